/* SPDX-License-Identifier: MIT */
/* A recipe cannot take over the program. Checks the limits of a confined process, every way in
 * which it can end, and that its parent trusts none of the bytes that it sends. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/confine.h"
#include "cli/filter.h"
#include "suite.h"

enum { SHORT_MS = 300, LONG_MS = 60000, ROOM = 4096 };

static void drop_note(void *context, const char *bytes, size_t n_bytes)
{
    (void)context;
    (void)bytes;
    (void)n_bytes;
}

static tn__confinement confinement(void (*body)(void *, int), void *context)
{
    return (tn__confinement){.cpu_s = 5,
                             .wall_ms = LONG_MS,
                             .address_bytes = (size_t)512 << 20,
                             .answer_bytes = ROOM,
                             .note_bytes = ROOM,
                             .body = body,
                             .note = drop_note,
                             .context = context};
}

/* No child is left, not even as a zombie. */
static void check_childless(void)
{
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

static void check_fails(const tn__confinement *given, const char *message)
{
    tn__answer answer;
    ck_assert_int_lt(tn__confine(given, &answer), 0);
    ck_assert_msg(strstr(tncli_error(), message) != NULL, "'%s' lacks '%s'", tncli_error(),
                  message);
    ck_assert_ptr_null(answer.text);
    check_childless();
}

static void check_answers(const tn__confinement *given, bool failed, const char *text)
{
    tn__answer answer;
    ck_assert_msg(tn__confine(given, &answer) == TN_OK, "%s", tncli_error());
    ck_assert_int_eq(answer.failed, failed);
    ck_assert_str_eq(answer.text, text);
    ck_assert_uint_eq(answer.length, strlen(text));
    free(answer.text);
    check_childless();
}

static void say_and_answer(void *context, int out)
{
    (void)context;
    tn__confined_note(out, "one", 3);
    tn__confined_note(out, "", 0);
    tn__confined_note(out, "two", 3);
    tn__confined_answer(out, "done", 4);
}

static void say_and_fail(void *context, int out)
{
    tn__confined_fail(out, context, strlen(context));
}

static void give_up(void *context, int out)
{
    tn__confined_stop(out, context);
}

static void keep_note(void *context, const char *bytes, size_t n_bytes)
{
    tn__text_add_bytes(context, bytes, n_bytes);
    tn__text_add(context, ".");
}

START_TEST(answers_and_notes_arrive)
{
    tn__text notes = {0};
    tn__confinement given = confinement(say_and_answer, &notes);
    given.note = keep_note;
    check_answers(&given, false, "done");
    ck_assert_str_eq(notes.chars, "one..two.");
    tn__text_free(&notes);
    given = confinement(say_and_fail, "line 3");
    check_answers(&given, true, "line 3");
    given = confinement(say_and_fail, "");
    check_answers(&given, true, "");
    given = confinement(give_up, "too much of it");
    check_fails(&given, "too much of it");
}
END_TEST

/* System calls that must fail in the child. The parent passes their number. */
static long try_call(int number, int out)
{
    static char name[] = "/tmp";
    char *const arguments[] = {name, NULL};
    const struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    char byte;
    int ends[2];
    switch (number) {
    case 0: return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
    case 1: return syscall(SYS_read, STDIN_FILENO, &byte, 1);
    case 2: return syscall(SYS_write, STDOUT_FILENO, "!", 1);
    case 3: return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    case 4: return syscall(SYS_execve, "/bin/true", arguments, NULL);
    case 5: return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
    case 6: return syscall(SYS_kill, 1, 0);
    case 7: return syscall(SYS_mkdirat, AT_FDCWD, "/tmp/tench-confined", 0777);
    case 8: return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/tench-confined", 0);
    case 9:
        return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    case 10: return syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_SHARED, out, 0);
    case 11:
        return syscall(SYS_mprotect, (uintptr_t)name & ~(uintptr_t)4095, 4096,
                       PROT_READ | PROT_WRITE | PROT_EXEC);
    case 12: return syscall(SYS_prlimit64, 0, RLIMIT_CPU, &limit, NULL);
    case 13: return syscall(SYS_rt_sigaction, SIGXCPU, NULL, NULL, 8);
    case 14: return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
    case 15: return syscall(SYS_pipe2, ends, 0);
    case 16: return syscall(SYS_dup, out);
    default: return syscall(SYS_setpgid, 0, 0);
    }
}

static void try_one(void *context, int out)
{
    char text[64];
    errno = 0;
    const long result = try_call(*(const int *)context, out);
    const int n = snprintf(text, sizeof text, "%ld %d", result, errno);
    tn__confined_answer(out, text, (size_t)n);
}

START_TEST(no_file_no_process_no_code)
{
    char refused[16];
    snprintf(refused, sizeof refused, "-1 %d", EPERM);
    int number = _i;
    const tn__confinement given = confinement(try_one, &number);
    check_answers(&given, false, refused);
}
END_TEST

START_TEST(without_the_filter_nothing_is_evaluated)
{
    /* Acts like a system without seccomp: that call of prctl fails, others work. */
    struct sock_filter calls[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof calls / sizeof *calls, calls};
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
    const tn__confinement given = confinement(say_and_answer, NULL);
    check_fails(&given, "this system cannot confine a recipe: Invalid argument");
}
END_TEST

static void use_cpu(void *context, int out)
{
    tn__confined_note(out, "here", 4);
    for (volatile unsigned i = 0;; i++)
        (void)context;
}

START_TEST(cpu_time_is_bounded)
{
    tn__confinement given = confinement(use_cpu, NULL);
    given.cpu_s = 1;
    /* A parent that ignores these signals passes that on to its child. */
    signal(SIGXCPU, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    check_fails(&given, "the recipe used more than 1 s of CPU time");
    ck_assert(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
    /* The lower of two limits counts. */
    const struct rlimit limit = {1, 1};
    ck_assert_int_eq(setrlimit(RLIMIT_CPU, &limit), 0);
    given.cpu_s = 5;
    check_fails(&given, "the recipe used more than 1 s of CPU time");
}
END_TEST

static void use_memory(void *context, int out)
{
    static void *mib[1024];
    (void)context;
    size_t n_mib = 0;
    while (n_mib < 1024 && (mib[n_mib] = malloc((size_t)1 << 20)))
        n_mib++;
    if (n_mib < 512)
        tn__confined_answer(out, "bounded", 7);
    else
        tn__confined_fail(out, "unbounded", 9);
}

START_TEST(memory_is_bounded)
{
    const tn__confinement given = confinement(use_memory, NULL);
    check_answers(&given, TN__SANITIZED, TN__SANITIZED ? "unbounded" : "bounded");
}
END_TEST

START_TEST(waiting_is_bounded)
{
    tn__confinement given = confinement(use_cpu, NULL);
    given.wall_ms = SHORT_MS;
    check_fails(&given, "the recipe did not finish within 0.3 s");
}
END_TEST

static FILE *open_children(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    return fopen(path, "re");
}

/* The only child of this process. */
static pid_t find_child(void)
{
    char line[32] = "";
    FILE *const file = open_children();
    const char *const text = file ? fgets(line, sizeof line, file) : NULL;
    if (file)
        fclose(file);
    const pid_t child = text ? (pid_t)strtol(text, NULL, 10) : 0;
    ck_assert_int_gt(child, 1);
    return child;
}

static void signal_child(void *context, const char *bytes, size_t n_bytes)
{
    (void)bytes;
    (void)n_bytes;
    kill(find_child(), *(const int *)context);
}

START_TEST(the_end_of_a_child_is_reported)
{
    int number = SIGSTOP;
    tn__confinement given = confinement(use_cpu, &number);
    given.note = signal_child;
    given.wall_ms = SHORT_MS;
    check_fails(&given, "the recipe did not finish within 0.3 s");
    given.wall_ms = LONG_MS;
    number = SIGKILL;
    check_fails(&given, "the recipe's process was ended by signal 9 (Killed)");
    number = SIGSEGV;
    check_fails(&given, "the recipe's process was ended by signal 11 (Segmentation fault)");
}
END_TEST

typedef struct raw {
    uint32_t words[2];
    const char *text;
    int32_t repeats;
    const char *message;
} raw;

static void send_raw(void *context, int out)
{
    const raw *const sent = context;
    for (int32_t i = 0; i < sent->repeats; i++)
        if (write(out, sent->words, sizeof sent->words) < 0 ||
            write(out, sent->text, strlen(sent->text)) < 0)
            return;
}

static raw raws[] = {
    {{0, 0}, "", 0, "ended without an answer (exit code 0)"},
    {{2, 5}, "half", 1, "ended without an answer (exit code 0)"},
    {{2, ROOM + 1}, "", 1, "sent more than is allowed"},
    {{2, UINT32_MAX}, "", 1, "sent more than is allowed"},
    {{3, UINT32_MAX - 7}, "", 1, "sent more than is allowed"},
    {{1, ROOM}, "", 1, "sent more than is allowed"},
    {{1, 4}, "note", INT32_MAX, "sent more than is allowed"},
    {{1, 0}, "", INT32_MAX, "sent more than is allowed"},
    {{0, 4}, "kind", 1, "sent more than is allowed"},
    {{5, 4}, "kind", 1, "sent more than is allowed"},
    {{UINT32_MAX, 0}, "", 1, "sent more than is allowed"},
};
enum { N_RAWS = sizeof raws / sizeof *raws };

START_TEST(the_answer_of_a_child_is_checked)
{
    const tn__confinement given = confinement(send_raw, &raws[_i]);
    check_fails(&given, raws[_i].message);
}
END_TEST

static void interrupt_parent(void *context, const char *bytes, size_t n_bytes)
{
    (void)context;
    (void)bytes;
    (void)n_bytes;
    raise(SIGINT);
}

START_TEST(a_signal_ends_the_child)
{
    tncli_catch_signals();
    tn__confinement given = confinement(use_cpu, NULL);
    given.note = interrupt_parent;
    check_fails(&given, "interrupted");
    ck_assert_int_eq(tncli_signal(), SIGINT);
}
END_TEST

static void tell_child(void *context, const char *bytes, size_t n_bytes)
{
    (void)bytes;
    (void)n_bytes;
    const pid_t child = find_child();
    ck_assert_int_eq(write(*(const int *)context, &child, sizeof child), sizeof child);
}

/* True if the process is gone, or is a zombie that waits for its new parent. */
static bool is_dead(pid_t process)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *const file = fopen(path, "re");
    if (!file)
        return true;
    const char *const text = fgets(line, sizeof line, file);
    fclose(file);
    const char *const state = text ? strrchr(line, ')') : NULL;
    return !state || strchr("ZX", state[2]) != NULL;
}

START_TEST(the_child_dies_with_its_parent)
{
    int ends[2];
    pid_t child = 0;
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    const pid_t parent = fork();
    if (parent == 0) {
        tn__confinement given = confinement(use_cpu, &ends[1]);
        given.note = tell_child;
        tn__answer answer;
        tn__confine(&given, &answer);
        _exit(0);
    }
    ck_assert_int_eq(read(ends[0], &child, sizeof child), sizeof child);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    for (int tries = 0; tries < 500 && !is_dead(child); tries++)
        usleep(10000);
    ck_assert(is_dead(child));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("confine");
    TCase *const tests = tcase_create("a recipe cannot hold the program");
    tcase_set_timeout(tests, 200);
    tcase_add_test(tests, answers_and_notes_arrive);
    tcase_add_loop_test(tests, no_file_no_process_no_code, 0, 18);
    tcase_add_test(tests, without_the_filter_nothing_is_evaluated);
    tcase_add_test(tests, cpu_time_is_bounded);
    tcase_add_test(tests, memory_is_bounded);
    tcase_add_test(tests, waiting_is_bounded);
    tcase_add_loop_test(tests, the_answer_of_a_child_is_checked, 0, N_RAWS);
    tcase_add_test(tests, a_signal_ends_the_child);
    FILE *const children = open_children();
    if (children) {
        fclose(children);
        tcase_add_test(tests, the_end_of_a_child_is_reported);
        tcase_add_test(tests, the_child_dies_with_its_parent);
    } else {
        puts("this system does not list children in /proc: two tests are skipped");
    }
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
