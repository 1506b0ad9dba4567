/* SPDX-License-Identifier: MIT */
/* A child process that can compute and answer. See confine.h.
 *
 * The child sends frames: a header, then its bytes. It is forked, not executed, so it begins after
 * a fraction of a millisecond with a copy of the program's Lua state. A process with threads may do
 * this too, if the body takes no lock that one of them may hold. */
#include "cli/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/fail.h"
#include "cli/filter.h"

enum { NOTE = 1, ANSWER = 2, FAILURE = 3, STOPPED = 4 };
enum { LOOK_MS = 100 }; /* between two checks for signals */

typedef struct frame {
    uint32_t kind, n_bytes;
} frame;

/* What the parent knows about its child. */
typedef struct child {
    const tn__confinement *given;
    pid_t process; /* 0 once its end is known */
    int in;
    int32_t cpu_s;
    double end; /* on the clock of tncli_seconds */
    size_t note_bytes_left, answer_bytes_left;
} child;

static bool write_all(int out, const void *bytes, size_t n_bytes)
{
    for (size_t done = 0; done < n_bytes;) {
        const ssize_t n = write(out, (const char *)bytes + done, n_bytes - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static void send_frame(int out, uint32_t kind, const char *bytes, size_t n_bytes)
{
    const frame header = {kind, (uint32_t)n_bytes};
    if (write_all(out, &header, sizeof header))
        write_all(out, bytes, n_bytes);
}

void tn__confined_note(int out, const char *bytes, size_t n_bytes)
{
    send_frame(out, NOTE, bytes, n_bytes);
}

void tn__confined_answer(int out, const char *bytes, size_t n_bytes)
{
    send_frame(out, ANSWER, bytes, n_bytes);
}

void tn__confined_fail(int out, const char *bytes, size_t n_bytes)
{
    send_frame(out, FAILURE, bytes, n_bytes);
}

void tn__confined_stop(int out, const char *text)
{
    send_frame(out, STOPPED, text, strlen(text));
}

/* Lets signals end the child, so that none of the program's handlers runs in it. Signals that the
 * program ignores stay ignored: a Ctrl-C that is not for the program is not for the child either.
 */
static void reset_signals(void)
{
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            signal(number, SIG_DFL);
    }
    signal(SIGXCPU, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The address space of this process; 0 if the system does not say. */
static rlim_t mapped_bytes(void)
{
    unsigned long n_pages = 0;
    FILE *const file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%lu", &n_pages) != 1)
        n_pages = 0;
    if (file)
        fclose(file);
    return (rlim_t)n_pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Sets a limit, unless the present one is lower. The hard limit is `grace` above it. */
static int lower_limit(unsigned resource, rlim_t value, rlim_t grace)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return errno;
    if (limit.rlim_cur > value)
        limit.rlim_cur = value;
    if (limit.rlim_max > value + grace)
        limit.rlim_max = value + grace;
    return setrlimit(resource, &limit) == 0 ? 0 : errno;
}

/* The filter alone keeps the child from files and processes; most of these limits only repeat that.
 * SIGXCPU ends the child at the soft limit of CPU time, and so tells the reason. The hard limit is
 * for a child that ignores SIGXCPU. */
static int confine_self(const tn__confinement *given, int out)
{
    const struct {
        unsigned resource;
        rlim_t value, grace;
    } limits[] = {
        {RLIMIT_CPU, (rlim_t)given->cpu_s, 1},
        {RLIMIT_AS, TN__SANITIZED ? RLIM_INFINITY : mapped_bytes() + given->address_bytes, 0},
        {RLIMIT_CORE, 0, 0},
        {RLIMIT_FSIZE, TN__SANITIZED ? RLIM_INFINITY : 0, 0}, /* a sanitizer writes its report */
        {RLIMIT_NOFILE, 0, 0},
        {RLIMIT_NPROC, 0, 0},
    };
    int problem = 0;
    for (size_t i = 0; i < sizeof limits / sizeof *limits && problem == 0; i++)
        problem = lower_limit(limits[i].resource, limits[i].value, limits[i].grace);
    return problem ? problem : tn__filter_install(out);
}

static _Noreturn void be_child(const tn__confinement *given, pid_t parent, int out)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    reset_signals();
    if (getppid() == parent) {
        const int problem = confine_self(given, out);
        if (problem) {
            char text[128];
            snprintf(text, sizeof text, "this system cannot confine a recipe: %s",
                     strerror(problem));
            tn__confined_stop(out, text);
        } else {
            given->body(given->context, out);
        }
    }
    /* exit and _exit would run handlers that the program or a sanitizer has registered. */
    for (;;)
        syscall(SYS_exit_group, 0);
}

static int32_t cpu_limit(const tn__confinement *given)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_cur < (rlim_t)given->cpu_s)
        return (int32_t)limit.rlim_cur;
    return given->cpu_s;
}

/* Forks with all signals blocked, so that none of the program's handlers runs in the child. */
static int start(const tn__confinement *given, child *c)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return tn__program_fail_system(errno, "cannot make a pipe for the recipe's process");
    const pid_t self = getpid();
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    const pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        be_child(given, self, ends[1]);
    }
    const int problem = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return tn__program_fail_system(problem, "cannot start a process for the recipe");
    }
    *c = (child){given,
                 process,
                 ends[0],
                 cpu_limit(given),
                 tncli_seconds() + 1e-3 * given->wall_ms,
                 given->note_bytes,
                 sizeof(frame) + given->answer_bytes};
    return TN_OK;
}

/* TN_OK if the child may have more time. */
static int check_time(const child *c)
{
    if (tncli_signal() != 0)
        return tn__program_fail(TN_EINVAL, "interrupted");
    if (tncli_seconds() < c->end)
        return TN_OK;
    return tn__program_fail(TN_ELIMIT, "the recipe did not finish within %g s",
                            1e-3 * c->given->wall_ms);
}

/* Waits. TN_OK: there are bytes, or the child has closed its end. */
static int wait_for_bytes(const child *c)
{
    for (;;) {
        const int status = check_time(c);
        if (status != TN_OK)
            return status;
        struct pollfd in = {.fd = c->in, .events = POLLIN};
        const int n = poll(&in, 1, LOOK_MS);
        if (n > 0)
            return TN_OK;
        if (n < 0 && errno != EINTR)
            return tn__program_fail_system(errno, "cannot wait for the recipe's process");
    }
}

/* Reads bytes. TN_END: the child closed its end before it had sent all of them. */
static int read_bytes(const child *c, void *out, size_t n_bytes)
{
    for (size_t done = 0; done < n_bytes;) {
        const int status = wait_for_bytes(c);
        if (status != TN_OK)
            return status;
        const ssize_t n = read(c->in, (char *)out + done, n_bytes - done);
        if (n == 0)
            return TN_END;
        if (n < 0 && errno != EINTR)
            return tn__program_fail_system(errno, "cannot read from the recipe's process");
        done += n > 0 ? (size_t)n : 0;
    }
    return TN_OK;
}

/* Replaces the text of `answer` with the next bytes. */
static int read_text(const child *c, size_t n_bytes, tn__answer *answer)
{
    free(answer->text);
    answer->length = n_bytes;
    answer->text = malloc(n_bytes + 1);
    if (!answer->text)
        return tn__program_fail_memory("the answer of the recipe's process", n_bytes + 1);
    answer->text[n_bytes] = '\0';
    return read_bytes(c, answer->text, n_bytes);
}

/* Counts a frame against its limit. All notes share one limit. It also counts headers, so that the
 * number of empty notes is limited too. */
static int check_frame(child *c, const frame *header)
{
    size_t *const left = header->kind == NOTE ? &c->note_bytes_left : &c->answer_bytes_left;
    const uint64_t n_bytes = sizeof *header + (uint64_t)header->n_bytes;
    if (header->kind < NOTE || header->kind > STOPPED || n_bytes > *left)
        return tn__program_fail(TN_ELIMIT, "the recipe's process sent more than is allowed");
    *left -= n_bytes;
    return TN_OK;
}

/* Reads frames up to the answer, and passes notes on. */
static int read_answer(child *c, tn__answer *answer)
{
    frame header = {0};
    while (header.kind <= NOTE) {
        int status = read_bytes(c, &header, sizeof header);
        if (status == TN_OK)
            status = check_frame(c, &header);
        if (status == TN_OK)
            status = read_text(c, header.n_bytes, answer);
        if (status != TN_OK)
            return status;
        if (header.kind == NOTE)
            c->given->note(c->given->context, answer->text, answer->length);
    }
    if (header.kind == STOPPED)
        return tn__program_fail(TN_ELIMIT, "%s", answer->text);
    answer->failed = header.kind == FAILURE;
    return TN_OK;
}

/* The hard limit ends a process by SIGKILL, as other senders may. The CPU time tells the cases
 * apart. */
static bool is_out_of_time(const child *c, int number, const struct rusage *use)
{
    const double used = (double)(use->ru_utime.tv_sec + use->ru_stime.tv_sec) +
                        1e-6 * (double)(use->ru_utime.tv_usec + use->ru_stime.tv_usec);
    return number == SIGXCPU || (number == SIGKILL && used > c->cpu_s - 0.5);
}

/* Says why a child ended without an answer. */
static int tell_death(const child *c, int status, const struct rusage *use)
{
    if (!WIFSIGNALED(status))
        return tn__program_fail(TN_EIO,
                                "the recipe's process ended without an answer (exit code %d)",
                                WEXITSTATUS(status));
    const int number = WTERMSIG(status);
    if (is_out_of_time(c, number, use))
        return tn__program_fail(TN_ELIMIT, "the recipe used more than %d s of CPU time",
                                (int)c->cpu_s);
    return tn__program_fail(TN_EIO, "the recipe's process was ended by signal %d (%s)", number,
                            strsignal(number));
}

/* Waits for the end of a child that has closed the pipe, at most until its time is up. */
static int wait_for_end(child *c)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int how = 0;
    struct rusage use;
    pid_t ended = wait4(c->process, &how, WNOHANG, &use);
    while (ended == 0) {
        const int status = check_time(c);
        if (status != TN_OK)
            return status;
        nanosleep(&pause, NULL);
        ended = wait4(c->process, &how, WNOHANG, &use);
    }
    if (ended < 0)
        return tn__program_fail_system(errno, "cannot wait for the recipe's process");
    c->process = 0;
    return tell_death(c, how, &use);
}

static void end_child(const child *c)
{
    close(c->in);
    if (c->process == 0)
        return;
    kill(c->process, SIGKILL);
    while (waitpid(c->process, NULL, 0) < 0 && errno == EINTR)
        continue;
}

int tn__confine(const tn__confinement *given, tn__answer *answer)
{
    *answer = (tn__answer){0};
    /* If SIGCHLD is ignored, the system forgets how a child ended. */
    struct sigaction plain = {.sa_handler = SIG_DFL}, before;
    sigaction(SIGCHLD, &plain, &before);
    child c = {.given = given};
    int status = start(given, &c);
    if (status == TN_OK) {
        status = read_answer(&c, answer);
        if (status == TN_END)
            status = wait_for_end(&c);
        end_child(&c);
    }
    sigaction(SIGCHLD, &before, NULL);
    if (status != TN_OK) {
        free(answer->text);
        *answer = (tn__answer){0};
    }
    return status;
}
