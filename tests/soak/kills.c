/* SPDX-License-Identifier: MIT */
/* Soak test: kills the program.
 *
 * TENCH=program soak_kills SEED SECONDS [NUMBER]
 *
 * A sequence starts `tench index`, `pack`, `unpack` or `run` (index=auto, --state, --dump) and
 * kills it at a random moment, several times. It also starts it with few descriptors, small file
 * limits or a small disk. Each run may end by the signal, or with an exit code and a message. A
 * last run without disturbance must give the same result as if nothing had happened, and leave no
 * other files. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "soak.h"

enum { N_IMAGES = 60, MAX_ARGUMENTS = 24, HANG_SECONDS = SOAK_SANITIZED ? 150 : 40 };
enum { JOB_INDEX, JOB_PACK, JOB_UNPACK, JOB_RUN, N_JOBS };
enum { SHORT_NOTHING, SHORT_DESCRIPTORS, SHORT_FILES, SHORT_DISK, N_SHORTAGES };
enum { MOST_KIB = 160, LARGE_KIB = 65536 };
#define LARGE_DISK "size=65536k"
/* Exit codes of the program; `tench help` lists them. */
enum { EXIT_MISTAKE = 1, EXIT_TENCH = 5, EXIT_OTHER_MOST = 6 };

static const char *const job_names[N_JOBS] = {"index", "pack", "unpack", "run"};

/* Results of runs without disturbance. */
typedef struct references {
    double seconds[N_JOBS];
} references;
static references *expected;
static const char *program;
static char history[2048]; /* of this sequence, for the report */

typedef struct place {
    char data[SOAK_PATH], pack[SOAK_PATH], recipe[SOAK_PATH]; /* inputs */
    char out[SOAK_PATH];    /* all results except an index are here */
    char made[SOAK_PATH];   /* the folder that the program makes in `out` */
    char state[SOAK_PATH];  /* for JOB_RUN */
    char report[SOAK_PATH]; /* output of the program */
} place;

/* How to run the program. */
typedef struct attempt {
    int job, threads, shortage;
    rlim_t limit; /* number of descriptors or bytes */
    int signal;   /* 0: none */
    double delay; /* seconds before the signal */
} attempt;

static place places(const soak_options *options, const char *work)
{
    place at;
    soak_path(at.data, "%s/%s/data", options->folder, work);
    soak_path(at.pack, "%s/pack", options->folder);
    soak_path(at.recipe, "%s/recipe.lua", options->folder);
    soak_path(at.out, "%s/%s/out", options->folder, work);
    soak_path(at.made, "%s/made", at.out);
    soak_path(at.state, "%s/state", at.out);
    soak_path(at.report, "%s/%s/report", options->folder, work);
    return at;
}

static bool has_bytes(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && facts.st_size > 0;
}

/* Writes the command line of a job. It is always the same, except that `run` resumes if there is a
 * state. */
static void list_arguments(const place *at, const attempt *how, char *threads_text, int n_text,
                           const char *out[MAX_ARGUMENTS])
{
    int n = 0;
    const bool is_run = how->job == JOB_RUN;
    snprintf(threads_text, (size_t)n_text, is_run ? "threads=%d" : "%d", how->threads);
    out[n++] = program;
    out[n++] = job_names[how->job];
    if (is_run)
        out[n++] = at->recipe;
    out[n++] = how->job == JOB_UNPACK ? at->pack : at->data;
    if (how->job == JOB_PACK || how->job == JOB_UNPACK)
        out[n++] = at->made;
    if (how->job == JOB_PACK) {
        out[n++] = "--shard-bytes";
        out[n++] = "9000";
    }
    if (is_run) {
        out[n++] = "index=auto";
        out[n++] = "epochs=2";
        out[n++] = "--dump";
        out[n++] = at->made;
        out[n++] = "--force";
        out[n++] = has_bytes(at->state) ? "--resume" : "--state";
        out[n++] = at->state;
    } else {
        out[n++] = "--threads";
    }
    out[n++] = threads_text;
    out[n++] = "--quiet";
    out[n] = NULL;
}

static void set_limit(int which, rlim_t limit)
{
    const struct rlimit limits = {limit, limit};
    if (setrlimit((__rlimit_resource_t)which, &limits) != 0)
        soak_fail("setrlimit: %s", strerror(errno));
}

/* Turns the child into the program. */
static _Noreturn void become(const place *at, const attempt *how)
{
    const char *arguments[MAX_ARGUMENTS];
    char threads_text[32];
    list_arguments(at, how, threads_text, (int)sizeof threads_text, arguments);
    const int report = open(at->report, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (report < 0 || dup2(report, STDOUT_FILENO) < 0 || dup2(report, STDERR_FILENO) < 0)
        _exit(EXIT_TENCH);
    close(report);
    if (how->shortage == SHORT_DESCRIPTORS)
        set_limit(RLIMIT_NOFILE, how->limit);
    if (how->shortage == SHORT_FILES)
        set_limit(RLIMIT_FSIZE, how->limit);
    execv(program, (char *const *)(uintptr_t)arguments);
    _exit(EXIT_TENCH);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void pause_for(double seconds)
{
    const struct timespec time = {(time_t)seconds,
                                  (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

static void note(const attempt *how, int status)
{
    static const char *const shortages[N_SHORTAGES] = {"nothing", "descriptors", "file size",
                                                       "disk"};
    const size_t n = strlen(history);
    snprintf(history + n, sizeof history - n,
             "    threads %d, short of %s (%llu), signal %d after %.3f s: %s %d\n", how->threads,
             shortages[how->shortage], (unsigned long long)how->limit, how->signal, how->delay,
             WIFSIGNALED(status) ? "signal" : "exit code",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

static _Noreturn void fail_with_report(const place *at, const attempt *how, const char *what)
{
    size_t n_bytes = 0;
    uint8_t *const text = soak_read(at->report, &n_bytes);
    soak_fail("%s: %s; the runs were\n%sthe last one said\n%.*s", job_names[how->job], what,
              history, text ? (int)n_bytes : 0, text ? (const char *)text : "");
}

/* Runs the program, and kills it if the attempt says so. Returns its status like waitpid. */
static int run(const place *at, const attempt *how)
{
    const double begin = now();
    int status = 0;
    bool killed = how->signal == 0;
    const pid_t process = fork();
    if (process == 0)
        become(at, how);
    while (waitpid(process, &status, WNOHANG) == 0) {
        if (!killed && now() - begin >= how->delay) {
            kill(process, how->signal);
            killed = true;
        }
        if (now() - begin > HANG_SECONDS) {
            kill(process, SIGABRT);
            waitpid(process, &status, 0);
            fail_with_report(at, how, "hangs");
        }
        pause_for(0.0005);
    }
    note(how, status);
    return status;
}

/* Packs and unpacked folders exist only when they are complete; making them again is refused. */
static bool is_made(const place *at, int job)
{
    char manifest[SOAK_PATH + 16];
    snprintf(manifest, sizeof manifest, "%s/tench.pack", at->made);
    return (job == JOB_PACK && access(manifest, F_OK) == 0) ||
           (job == JOB_UNPACK && access(at->made, F_OK) == 0);
}

/* Checks that a disturbed run ended in an allowed way. */
static void check_disturbed(const place *at, const attempt *how, int status)
{
    char what[64];
    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) == how->signal)
            return;
        snprintf(what, sizeof what, "ends by signal %d", WTERMSIG(status));
        fail_with_report(at, how, what);
    }
    const int code = WEXITSTATUS(status);
    const bool interrupted = how->signal && code == 128 + how->signal;
    snprintf(what, sizeof what, "exit code %d", code);
    if (code == EXIT_MISTAKE || code == EXIT_TENCH || (code > EXIT_OTHER_MOST && !interrupted))
        fail_with_report(at, how, what);
    if (code != 0 && !interrupted && !has_bytes(at->report) && how->shortage != SHORT_FILES)
        fail_with_report(at, how, "fails without a word");
    if (code != 0 && !interrupted && how->shortage == SHORT_NOTHING)
        fail_with_report(at, how, what);
}

/* Checks that a folder has only the expected names. */
static void check_names(const place *at, const attempt *how, const char *folder,
                        const char *beginning, const char *const *names)
{
    char found[SOAK_PATH], what[SOAK_PATH + 64];
    if (soak_other_name(folder, beginning, names, found)) {
        snprintf(what, sizeof what, "leaves %s", found);
        fail_with_report(at, how, what);
    }
}

static const char store_name[] = ".tench-index";

/* Runs `tench index` and keeps its report. */
static void index_data(const place *at)
{
    const char *const arguments[] = {program, "index", at->data, "--quiet", "--json", NULL};
    int status = 0;
    const pid_t process = fork();
    if (process == 0) {
        const int report = open(at->report, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (report >= 0 && dup2(report, STDOUT_FILENO) >= 0)
            execv(program, (char *const *)(uintptr_t)arguments);
        _exit(EXIT_TENCH);
    }
    waitpid(process, &status, 0);
    if (status != 0)
        soak_fail("index: status %d", status);
}

/* Checks that indexing again finds nothing to do. */
static void check_whole(const place *at)
{
    size_t n_bytes = 0;
    index_data(at);
    uint8_t *const text = soak_read(at->report, &n_bytes);
    text[n_bytes] = '\0';
    if (!strstr((const char *)text, "\"built\":0"))
        soak_fail("index: the second time it is not whole: %s", (const char *)text);
    free(text);
}

static void check_result(const soak_options *options, const place *at, const attempt *how)
{
    static const char *const store[] = {store_name, NULL};
    /* An unfinished state has a name of its own, and remains after a kill. */
    static const char *const results[] = {"made", "state", "state.*.part", NULL};
    char wanted[SOAK_PATH], found[SOAK_PATH], what[SOAK_PATH + 64];
    soak_path(wanted, "%s/expected-%s", options->folder, job_names[how->job]);
    if (soak_differ(how->job == JOB_INDEX ? at->data : at->made, wanted, store_name, found)) {
        snprintf(what, sizeof what, "has another result: %s", found);
        fail_with_report(at, how, what);
    }
    /* A run without files to index leaves the journals of killed runs to the next one. */
    if (how->job == JOB_RUN)
        index_data(at);
    check_names(at, how, at->data, store_name, store);
    check_names(at, how, at->out, "", results);
    if (how->job == JOB_INDEX)
        check_whole(at);
}

static void last_run(const place *at, attempt *how)
{
    how->shortage = SHORT_NOTHING;
    how->signal = 0;
    if (is_made(at, how->job))
        return;
    const int status = run(at, how);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_with_report(at, how, "fails when nothing disturbs it");
}

static const char *disk_of(const place *at, int job)
{
    return job == JOB_INDEX ? at->data : at->out;
}

static void resize_disk(const char *path, uint64_t n_kib)
{
    char size[32];
    snprintf(size, sizeof size, "size=%lluk", (unsigned long long)n_kib);
    if (mount("tmpfs", path, "tmpfs", MS_REMOUNT, size) != 0)
        soak_fail("a disk of another size: %s", strerror(errno));
}

/* Mounts a disk with this many free KiB where the job writes. False: this process may not. */
static bool mount_disk(const soak_options *options, const place *at, int job, int32_t n_kib)
{
    char origin[SOAK_PATH];
    struct statvfs facts;
    const char *const path = disk_of(at, job);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", path, "tmpfs", 0, LARGE_DISK) != 0)
        return false;
    soak_path(origin, "%s/data", options->folder);
    if (job == JOB_INDEX)
        soak_copy_folder(origin, at->data);
    if (statvfs(path, &facts) != 0)
        soak_fail("%s: %s", path, strerror(errno));
    resize_disk(path, (facts.f_blocks - facts.f_bfree) * facts.f_frsize / 1024 + (uint64_t)n_kib);
    return true;
}

static attempt choose(soak_random *random, int job)
{
    static const int signals[] = {SIGKILL, SIGKILL, SIGTERM, SIGINT};
    attempt how = {.job = job, .threads = 1 + soak_below(random, 3)};
    how.shortage = soak_chance(random, 60) ? SHORT_NOTHING : 1 + soak_below(random, 2);
    how.limit = how.shortage == SHORT_DESCRIPTORS ? (rlim_t)(5 + soak_below(random, 40))
                                                  : (rlim_t)soak_below(random, 20000);
    if (how.shortage == SHORT_NOTHING || soak_chance(random, 50)) {
        how.signal = signals[soak_below(random, 4)];
        how.delay = expected->seconds[job] * (0.2 + 0.0009 * soak_below(random, 1000));
    }
    return how;
}

static void make_place(const soak_options *options, const char *work, place *at)
{
    char path[SOAK_PATH], origin[SOAK_PATH];
    soak_path(path, "%s/%s", options->folder, work);
    soak_remove(path);
    *at = places(options, work);
    if (mkdir(path, 0700) != 0 || mkdir(at->out, 0700) != 0)
        soak_fail("%s: %s", path, strerror(errno));
    soak_path(origin, "%s/data", options->folder);
    soak_copy_folder(origin, at->data);
}

static void sequence(const soak_options *options, soak_random *random)
{
    place at;
    const int job = soak_below(random, N_JOBS);
    make_place(options, "work", &at);
    const bool wants_disk = soak_chance(random, 15);
    const bool has_disk =
        wants_disk && mount_disk(options, &at, job, 4 + soak_below(random, MOST_KIB));
    if (wants_disk && !has_disk)
        soak_skip("a small disk", "this user cannot mount one");
    const int32_t n = 1 + soak_below(random, 5);
    attempt how = {0};
    how.job = job;
    for (int32_t k = 0; k < n && !is_made(&at, job); k++) {
        how = choose(random, job);
        if (has_disk && how.shortage == SHORT_NOTHING)
            how.shortage = SHORT_DISK;
        check_disturbed(&at, &how, run(&at, &how));
    }
    if (has_disk)
        resize_disk(disk_of(&at, job), LARGE_KIB);
    last_run(&at, &how);
    check_result(options, &at, &how);
}

static void prepare(const soak_options *options)
{
    char path[SOAK_PATH];
    static const char recipe[] =
        "return {\n"
        "    ops = { op.random_resized_crop{ size = 24 }, op.hflip{}, op.convert{ dtype = 'u8' } "
        "},\n"
        "    loader = { batch_size = 4, shuffle = true, seed = 7, on_fault = 'skip' },\n"
        "}\n";
    soak_path(path, "%s/data", options->folder);
    soak_make_images(path, N_IMAGES, false);
    soak_path(path, "%s/recipe.lua", options->folder);
    soak_write(path, recipe, sizeof recipe - 1);
    for (int job = 0; job < N_JOBS; job++) {
        place at;
        attempt how = {.job = job, .threads = 2};
        make_place(options, "work", &at);
        const double begin = now();
        last_run(&at, &how);
        expected->seconds[job] = now() - begin;
        soak_path(path, "%s/expected-%s", options->folder, job_names[job]);
        soak_copy_folder(job == JOB_INDEX ? at.data : at.made, path);
        check_result(options, &at, &how);
        if (job == JOB_PACK)
            soak_copy_folder(at.made, at.pack);
    }
}

int main(int argc, char **argv)
{
    soak_options options;
    program = getenv("TENCH");
    if (!program || !soak_begin(&options, "soak_kills", argc, argv)) {
        fputs("usage: TENCH=program soak_kills SEED SECONDS [NUMBER]\n", stderr);
        return 2;
    }
    expected = soak_share(sizeof *expected);
    return soak_run(&options, prepare, sequence);
}
