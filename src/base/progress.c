/* SPDX-License-Identifier: MIT */
/* Shows the progress of long work on standard error. See progress.h. */
#include "base/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/character.h"
#include "base/clock.h"
#include "base/show.h"

enum { LINE_BYTES = 256, DEFAULT_COLUMNS = 80 };

void tn__progress_begin(tn__progress *progress, bool wanted)
{
    *progress = (tn__progress){.wanted = wanted && isatty(STDERR_FILENO), .start = tn__now()};
}

/* Returns one column less than the terminal has, because a full line would wrap. */
static int line_limit(void)
{
    struct winsize window;
    int columns = DEFAULT_COLUMNS;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
        columns = window.ws_col;
    return columns - 1;
}

/* Cuts the line to the terminal's width. */
static void cut_line(char *line, int columns)
{
    const size_t length = strlen(line);
    for (size_t i = 0; i < length;) {
        const tn__character c = tn__character_at(line + i, length - i);
        columns -= tn__character_columns(c.point);
        if (columns < 0) {
            line[i] = '\0';
            return;
        }
        i += c.n_bytes;
    }
}

void tn__progress_show(tn__progress *progress, const char *format, ...)
{
    if (!progress->wanted || tn__now() - progress->start < 1)
        return;
    char raw[LINE_BYTES] = "", line[4 * LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    tn__show(raw, strlen(raw), line, sizeof line);
    cut_line(line, line_limit());
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    progress->shown = true;
}

void tn__progress_end(tn__progress *progress)
{
    if (!progress->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = false;
}

struct timespec tn__progress_next(void)
{
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    moment.tv_nsec += TN__PROGRESS_MS * 1000000L;
    moment.tv_sec += moment.tv_nsec / 1000000000L;
    moment.tv_nsec %= 1000000000L;
    return moment;
}
