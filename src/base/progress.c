/* SPDX-License-Identifier: MIT */
/* A line on standard error that tells how far long work has come. See progress.h. */
#include "base/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_BYTES = 256, DEFAULT_COLUMNS = 80 };

void tn__progress_begin(tn__progress *progress, bool wanted)
{
    *progress = (tn__progress){.wanted = wanted && isatty(STDERR_FILENO), .start = tn__now()};
}

/* One column less than the terminal has: a full line would wrap. */
static size_t line_limit(void)
{
    struct winsize window;
    size_t columns = DEFAULT_COLUMNS;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1)
        columns = window.ws_col;
    return columns - 1 < LINE_BYTES - 1 ? columns - 1 : LINE_BYTES - 1;
}

/* Control characters in a path must not reach the terminal. */
static void make_printable(char *line)
{
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
}

void tn__progress_show(tn__progress *progress, const char *format, ...)
{
    if (!progress->wanted || tn__now() - progress->start < 1)
        return;
    char line[LINE_BYTES] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t end = line_limit();
    while (end > 0 && ((unsigned char)line[end] & 0xC0) == 0x80) /* not inside a character */
        end--;
    line[end] = '\0';
    make_printable(line);
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
