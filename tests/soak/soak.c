/* SPDX-License-Identifier: MIT */
/* Runs sequences in processes of their own. See soak.h. */
#include "soak.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SECONDS = SOAK_SANITIZED ? 240 : 60, MOST_MIB = SOAK_SANITIZED ? 3072 : 1024 };
enum { POLL_NS = 2000000 };

uint64_t soak_bits(soak_random *random)
{
    uint64_t bits = random->state += 0x9e3779b97f4a7c15u;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return bits ^ bits >> 31;
}

int32_t soak_below(soak_random *random, int32_t n)
{
    return (int32_t)(soak_bits(random) % (uint64_t)n);
}

bool soak_chance(soak_random *random, int32_t percent)
{
    return soak_below(random, 100) < percent;
}

/* The sanitizers call functions of these names for their options. If memory cannot be allocated,
 * the library must report it, and the sequence goes on. */
#pragma GCC visibility push(default)
#define SANITIZER_OPTIONS "allocator_may_return_null=1:handle_abort=1"
/* NOLINTBEGIN(bugprone-reserved-identifier) */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__asan_default_options(void)
{
    return SANITIZER_OPTIONS;
}
const char *__tsan_default_options(void)
{
    return SANITIZER_OPTIONS;
}
/* NOLINTEND(bugprone-reserved-identifier) */
#pragma GCC visibility pop

static bool parse_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

bool soak_begin(soak_options *options, const char *name, int argc, char **argv)
{
    static char folder[SOAK_PATH];
    uint64_t seconds = 0;
    const char *const base = getenv("TMPDIR");
    *options = (soak_options){.name = name, .more = "", .folder = folder};
    if (argc < 3 || argc > 4 || !parse_number(argv[1], &options->seed) ||
        !parse_number(argv[2], &seconds) || seconds > 1000000 ||
        (argc == 4 && !parse_number(argv[3], &options->number)))
        return false;
    options->seconds = (int)seconds;
    snprintf(folder, sizeof folder, "%s/tench-soak-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        exit(EXIT_FAILURE);
    }
    return true;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Returns the memory of a process in MiB, or 0 if it has ended. */
static long resident(pid_t process)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)process);
    FILE *const file = fopen(path, "re");
    if (file && fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
}

typedef struct verdict {
    int status;
    bool late, large;
} verdict;

/* Waits for a process. If it takes too much time or memory, aborts it, so that a core file or a
 * sanitizer shows where it is. */
static verdict await(pid_t process)
{
    const struct timespec pause = {.tv_nsec = POLL_NS};
    const double end = now() + MOST_SECONDS;
    verdict found = {0};
    for (;;) {
        const bool over = found.late || found.large;
        const pid_t done = waitpid(process, &found.status, over ? 0 : WNOHANG);
        if (done == process || (done < 0 && errno != EINTR))
            return found;
        found.late = now() > end;
        found.large = resident(process) > MOST_MIB;
        if (found.late || found.large)
            kill(process, SIGABRT);
        else
            nanosleep(&pause, NULL);
    }
}

static void kill_group(pid_t process)
{
    kill(-process, SIGKILL);
}

/* True if the process ended well. */
static bool judge(const soak_options *options, const char *what, pid_t process)
{
    const verdict found = await(process);
    const int status = found.status;
    kill_group(process); /* kill what it has started */
    if (found.late)
        fprintf(stderr, "%s: %s takes longer than %d s\n", options->name, what, MOST_SECONDS);
    else if (found.large)
        fprintf(stderr, "%s: %s takes more than %d MiB of memory\n", options->name, what, MOST_MIB);
    else if (WIFSIGNALED(status))
        fprintf(stderr, "%s: %s ends by signal %d (%s)\n", options->name, what, WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != EXIT_SUCCESS)
        fprintf(stderr, "%s: %s fails, exit code %d\n", options->name, what, WEXITSTATUS(status));
    else
        return true;
    return false;
}

/* A sequence that uses up the memory should be the only process to die. */
static void offer_to_be_killed(void)
{
    FILE *const file = fopen("/proc/self/oom_score_adj", "we");
    if (!file)
        return;
    fputs("1000", file);
    fclose(file);
}

static pid_t start(void)
{
    fflush(NULL);
    const pid_t process = fork();
    if (process < 0) {
        perror("fork");
        exit(EXIT_FAILURE);
    }
    if (process == 0) {
        setpgid(0, 0);
        offer_to_be_killed();
    }
    return process;
}

static bool run_one(const soak_options *options, uint64_t number,
                    void (*sequence)(const soak_options *, soak_random *))
{
    soak_random random = {options->seed * 0xd1342543de82ef95u + number};
    char what[64];
    soak_bits(&random);
    const pid_t process = start();
    if (process == 0) {
        sequence(options, &random);
        exit(EXIT_SUCCESS);
    }
    snprintf(what, sizeof what, "sequence %llu of seed %llu", (unsigned long long)number,
             (unsigned long long)options->seed);
    if (judge(options, what, process))
        return true;
    fprintf(stderr, "%s: to run it again: %s %llu 0 %llu%s\n", options->name, options->name,
            (unsigned long long)options->seed, (unsigned long long)number, options->more);
    return false;
}

void *soak_share(size_t n_bytes)
{
    void *const memory =
        mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED)
        return memory;
    perror("mmap");
    exit(EXIT_FAILURE);
}

int soak_run(const soak_options *options, void (*prepare)(const soak_options *),
             void (*sequence)(const soak_options *, soak_random *))
{
    const double end = now() + options->seconds;
    const pid_t process = start();
    if (process == 0) {
        prepare(options);
        exit(EXIT_SUCCESS);
    }
    bool well = judge(options, "preparation", process);
    uint64_t n = 0;
    while (well) {
        well = run_one(options, options->number + n++, sequence);
        if (now() >= end)
            break;
    }
    printf("%s: seed %llu: %llu sequences, %s\n", options->name, (unsigned long long)options->seed,
           (unsigned long long)n, well ? "none failed" : "FAILED");
    if (well)
        soak_remove(options->folder);
    else
        printf("%s: its files are in %s\n", options->name, options->folder);
    return well ? EXIT_SUCCESS : EXIT_FAILURE;
}

_Noreturn void soak_fail(const char *form, ...)
{
    va_list arguments;
    va_start(arguments, form);
    fputs("soak: ", stderr);
    vfprintf(stderr, form, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    _exit(EXIT_FAILURE);
}

void soak_skip(const char *part, const char *reason)
{
    fprintf(stderr, "soak: skipped: %s: %s\n", part, reason);
}
