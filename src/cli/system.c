/* SPDX-License-Identifier: MIT */
/* The process and its surroundings: terminal, signals, clocks, memory. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <jpeglib.h>

#include "cli/cli.h"
#include "cli/fail.h"
#include "cli/system.h"

enum { COLUMNS_UNKNOWN = 80 };

int32_t tncli_is_terminal(int32_t fd)
{
    return isatty(fd) ? 1 : 0;
}

int32_t tncli_columns(int32_t fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS_UNKNOWN;
    return size.ws_col;
}

enum { REPEAT_MS = 500 };

/* Signal handlers touch only these three; they do not interrupt each other. */
static volatile sig_atomic_t noted;
static int64_t noted_ms;
static int32_t stop; /* not 0 after a signal, for the library */

/* The first signal ends the run at its next batch. A later one kills the program, for a user who
 * cannot wait. A second one right after the first does not: timeout(1) and some shells signal a
 * process and then its group. */
static void note(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t now_ms = 1000 * (int64_t)now.tv_sec + now.tv_nsec / 1000000;
    if (!noted) {
        noted = number;
        noted_ms = now_ms;
        __atomic_store_n(&stop, number, __ATOMIC_RELAXED);
    } else if (now_ms - noted_ms > REPEAT_MS) {
        signal(number, SIG_DFL);
        raise(number); /* it is delivered when this handler returns */
    }
}

static struct sigaction before[2]; /* of SIGINT and SIGTERM */
static bool are_caught;

void tncli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, are_caught ? NULL : &before[0]);
    sigaction(SIGTERM, &action, are_caught ? NULL : &before[1]);
    are_caught = true;
}

void tncli_release_signals(void)
{
    if (!are_caught)
        return;
    sigaction(SIGINT, &before[0], NULL);
    sigaction(SIGTERM, &before[1], NULL);
    are_caught = false;
}

const int32_t *tncli_stop(void)
{
    return &stop;
}

int32_t tncli_signal(void)
{
    return (int32_t)noted;
}

static double read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double began;

/* Makes a write over the limit of a file's size (ulimit -f) fail with EFBIG, so that a message can
 * name the file. Otherwise SIGXFSZ would kill the program. The variable keeps libvips to the
 * workers' threads. */
void tn__program_begin(void)
{
    began = read_clock(CLOCK_MONOTONIC);
    signal(SIGXFSZ, SIG_IGN);
    setenv("VIPS_CONCURRENCY", "1", 0);
}

double tncli_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC) - began;
}

double tncli_cpu_seconds(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/* The kernel's VmHWM is this program's own peak. getrusage's ru_maxrss survives exec: if a large
 * process started this one, it would be the parent's peak. */
double tncli_peak_bytes(void)
{
    char line[256];
    long kib = 0;
    FILE *const status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    if (status)
        fclose(status);
    struct rusage use;
    if (kib == 0 && getrusage(RUSAGE_SELF, &use) == 0)
        kib = use.ru_maxrss;
    return 1024.0 * (double)kib;
}

const char *tncli_program_path(void)
{
    static char path[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return path;
}

const char *tncli_jpeg_version(void)
{
#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)
#ifdef LIBJPEG_TURBO_VERSION
    return TEXT(LIBJPEG_TURBO_VERSION);
#else
    return "libjpeg " TEXT(JPEG_LIB_VERSION);
#endif
}

int32_t tncli_flush(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return TN_OK;
    if (errno)
        return tn__program_fail_system(errno, "standard output");
    return tn__program_fail(TN_EIO, "standard output: a write failed");
}
