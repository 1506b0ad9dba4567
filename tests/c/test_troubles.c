/* SPDX-License-Identifier: MIT */
/* Checks the index against troubles of the machine: file systems without locks, folders that cannot
 * be flushed, locks of other processes, many journals and few descriptors, files of other users,
 * files without a time. In none of these cases does the work fail or its result get lost; a warning
 * says what gets slower. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "data/notes/lock.h"
#include "data/notes/merge.h"
#include "data/notes/notes.h"
#include "index_tree.h"
#include "suite.h"
#include "tasks.h"

enum { INDEXED = FILES - 3, OTHER_USER = TREE_OTHER_USER };

/* The linker redirects calls of flock and fsync to these. */
static int flock_error[TN__STORES], folder_error, file_error; /* 0: none */
int __real_flock(int descriptor, int operation); // NOLINT(bugprone-reserved-identifier)
int __wrap_flock(int descriptor, int operation); // NOLINT(bugprone-reserved-identifier)
int __real_fsync(int descriptor);                // NOLINT(bugprone-reserved-identifier)
int __wrap_fsync(int descriptor);                // NOLINT(bugprone-reserved-identifier)

static bool is_in_cache(int descriptor)
{
    char entry[64], opened[TREE_PATH];
    snprintf(entry, sizeof entry, "/proc/self/fd/%d", descriptor);
    const ssize_t n = readlink(entry, opened, sizeof opened - 1);
    opened[n > 0 ? n : 0] = '\0';
    return strstr(opened, "/cache/tench/") != NULL;
}

int __wrap_flock(int descriptor, int operation) // NOLINT(bugprone-reserved-identifier)
{
    const int error = flock_error[is_in_cache(descriptor) ? TN__STORE_CACHE : TN__STORE_BESIDE];
    if (error == 0)
        return __real_flock(descriptor, operation);
    errno = error;
    return -1;
}

int __wrap_fsync(int descriptor) // NOLINT(bugprone-reserved-identifier)
{
    struct stat facts;
    ck_assert_int_eq(fstat(descriptor, &facts), 0);
    const int error = S_ISDIR(facts.st_mode) ? folder_error : file_error;
    if (error == 0)
        return __real_fsync(descriptor);
    errno = error;
    return -1;
}

static void set_up_troubles(void)
{
    memset(flock_error, 0, sizeof flock_error);
    folder_error = file_error = 0;
    set_up();
}

/* The result of an index task. */
typedef struct outcome {
    int status;
    tn_index_facts facts;
    char path[TREE_PATH], message[1024]; /* message of the failure, or of the first warning */
} outcome;

static outcome run_indexer(int32_t force)
{
    static outcome out;
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    const tn_index_options options = {
        .size = (int32_t)sizeof options, .threads = 2, .force = force};
    tn_task *const indexer = tn_index_start(dataset, &options);
    tn_dataset_destroy(dataset);
    ck_assert_msg(indexer != NULL, "%s", tn_error());
    out = (outcome){.status = tn_task_wait(indexer, -1),
                    .facts = {.size = (int32_t)sizeof out.facts}};
    snprintf(out.message, sizeof out.message, "%s", out.status == TN_OK ? "" : tn_error());
    ck_assert_int_eq(tn_index_facts_of(indexer, &out.facts), TN_OK);
    snprintf(out.path, sizeof out.path, "%s", out.facts.path);
    tn_fault warning = {.size = (int32_t)sizeof warning};
    if (out.facts.warnings > 0) {
        ck_assert_int_eq(tn_index_warning(indexer, 0, &warning), TN_OK);
        snprintf(out.message, sizeof out.message, "%s", warning.message);
    }
    ck_assert_int_eq(tn_index_warning(indexer, out.facts.warnings, &warning), TN_EINVAL);
    tn_task_destroy(indexer);
    return out;
}

static bool exists(const char *name)
{
    return access(tree_path(&here, name), F_OK) == 0;
}

static int count_journals(void)
{
    int n = 0;
    DIR *const folder = opendir(here.root);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        n += tn__store_is_journal(entry->d_name);
    closedir(folder);
    return n;
}

static void expect_text(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in: %s", part, text);
}

static const int no_locks[] = {ENOSYS, ENOLCK, EOPNOTSUPP, EINVAL};

/* If the folder of the data has no locks, the index goes to the cache; if the cache has none
 * either, there is no index. */
START_TEST(without_locks_the_cache_has_the_index)
{
    flock_error[TN__STORE_BESIDE] = no_locks[_i];
    outcome end = run_indexer(0);
    ck_assert_msg(end.status == TN_OK, "%s", end.message);
    ck_assert_int_eq(end.facts.built, INDEXED);
    expect_text(end.path, "/cache/tench/index/");
    ck_assert(!exists(TN__INDEX_NAME));
    ck_assert_int_eq(count_journals(), 0);
    ck_assert_int_eq(count_used(), INDEXED);
    end = run_indexer(0);
    ck_assert_int_eq(end.facts.known, INDEXED);
    flock_error[TN__STORE_CACHE] = no_locks[_i];
    end = run_indexer(TN_YES);
    ck_assert_int_eq(end.status, TN_EIO);
    expect_text(end.message, "no place to keep an index: ");
    expect_text(end.message, strerror(no_locks[_i]));
}
END_TEST

static const int no_flush[] = {EINVAL, ENOTSUP, EIO};

/* The disk has room for the journal, but not for the index file. */
START_TEST(a_store_that_cannot_be_written_is_named)
{
    const int64_t n_bytes = run_indexer(0).facts.index_bytes;
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit less = {(rlim_t)n_bytes - 1, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &less), 0);
    const outcome found = run_indexer(TN_YES);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(found.status, TN_EIO);
    ck_assert_msg(strstr(found.message, here.root) != NULL, "%s", found.message);
    ck_assert_msg(strstr(found.message, strerror(EFBIG)) != NULL, "%s", found.message);
}
END_TEST

START_TEST(a_folder_that_cannot_be_flushed_is_a_warning)
{
    folder_error = no_flush[_i];
    outcome end = run_indexer(0);
    ck_assert_msg(end.status == TN_OK, "%s", end.message);
    ck_assert_str_eq(end.path, tree_path(&here, TN__INDEX_NAME));
    ck_assert_int_eq(end.facts.warnings, 1);
    expect_text(end.message, "the folder cannot be flushed to the disk");
    expect_text(end.message, strerror(no_flush[_i]));
    ck_assert_int_eq(count_journals(), 0);
    ck_assert_int_eq(count_used(), INDEXED);
    /* If the bytes of an index file cannot be flushed, the journal stays and is used. */
    ck_assert_int_eq(unlink(tree_path(&here, TN__INDEX_NAME)), 0);
    folder_error = 0;
    file_error = no_flush[_i];
    end = run_indexer(0);
    ck_assert_int_eq(end.status, file_error == EIO ? TN_EIO : TN_OK);
    ck_assert_int_eq(count_journals(), file_error == EIO);
    ck_assert_int_eq(count_used(), INDEXED);
}
END_TEST

/* Holds the lock like another process; `name` is a path below the tree. */
static int hold(const char *name)
{
    const int lock = open(tree_path(&here, name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(lock, 0);
    ck_assert_int_eq(__real_flock(lock, LOCK_EX), 0);
    return lock;
}

/* Opens with index=auto, and builds the index of one file. */
static tn_dataset *build_one(int file)
{
    tn_dataset *const dataset = open_with(TN_INDEX_AUTO);
    tn__buffer buffer = {0};
    (void)decode_and_learn(dataset, file, &buffer);
    tn__arena_reset(&arena);
    tn__buffer_free(&buffer);
    return dataset;
}

/* Destroying a data set does not wait for a lock; an index task waits a few seconds. */
START_TEST(a_lock_of_another_process_is_not_waited_for)
{
    const int old_lock = hold(TN__INDEX_PART), lock = hold(TN__INDEX_LOCK);
    const double begin = tn__now();
    tn_dataset_destroy(build_one(0));
    tn_dataset *const dataset = open_with(TN_INDEX_OFF);
    const tn_index_options options = {.size = (int32_t)sizeof options, .threads = 1};
    tn_task_destroy(tn_index_start(dataset, &options));
    tn_dataset_destroy(dataset);
    ck_assert_double_lt(tn__now() - begin, 2.5);
    ck_assert_int_ge(count_journals(), 1);
    ck_assert(!exists(TN__INDEX_NAME));
    outcome end = run_indexer(0);
    ck_assert_msg(end.status == TN_OK, "%s", end.message);
    ck_assert_int_eq(end.facts.built + end.facts.known, INDEXED);
    ck_assert_int_eq(end.facts.warnings, 1);
    char holder[64];
    snprintf(holder, sizeof holder, "is held by process %ld (test_troubles)", (long)getpid());
    expect_text(end.message, holder);
    expect_text(end.message, "the new notes stay in ");
    expect_text(end.path, TN__JOURNAL_SUFFIX);
    ck_assert_int_eq(count_used(), INDEXED); /* from the journals */
    close(lock);
    close(old_lock);
    end = run_indexer(0);
    ck_assert_int_eq(end.facts.known, INDEXED);
    ck_assert_int_eq(end.facts.built, 0);
    ck_assert_int_eq(count_journals(), 0);
    ck_assert(exists(TN__INDEX_NAME) && !exists(TN__INDEX_LOCK) && !exists(TN__INDEX_PART));
}
END_TEST

/* A data set stores its notes on demand, reports the reason if it cannot, and builds no more. */
START_TEST(a_data_set_stores_on_demand)
{
    tn_dataset *const dataset = build_one(0);
    ck_assert_int_eq(tn_dataset_index_store(NULL, 0), TN_EINVAL);
    ck_assert_int_eq(tn_dataset_index_store(dataset, -2), TN_EINVAL);
    const int lock = hold(TN__INDEX_LOCK);
    ck_assert_int_eq(tn_dataset_index_store(dataset, 10), TN_OK);
    ck_assert(!exists(TN__INDEX_NAME));
    tn_fault warning = {.size = (int32_t)sizeof warning};
    ck_assert_int_eq(tn_dataset_warning(dataset, 0, &warning), TN_OK);
    expect_text(warning.message, "the new notes stay in ");
    close(lock);
    file_error = EIO;
    ck_assert_int_eq(tn_dataset_index_store(dataset, 0), TN_EIO);
    file_error = 0;
    ck_assert_int_eq(tn_dataset_index_store(dataset, 0), TN_OK);
    ck_assert_int_eq(tn_dataset_index_store(dataset, 0), TN_OK);
    ck_assert(exists(TN__INDEX_NAME));
    ck_assert_int_eq(count_journals(), 0);
    ck_assert_int_eq(n_warnings(dataset), 1);
    tn__buffer buffer = {0};
    tn__info info;
    ck_assert_int_eq(look_up(dataset, 1, &buffer, &info).access.build, 0);
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    tn_dataset *const other = open_with(TN_INDEX_USE);
    ck_assert_int_eq(tn_dataset_index_store(other, 0), TN_OK);
    tn_dataset_destroy(other);
}
END_TEST

/* Only its owner can open the lock; journals and the index file get the mode of the umask. */
START_TEST(the_umask_decides_modes)
{
    static const mode_t masks[] = {022, 077, 002, 027};
    struct stat facts;
    umask(masks[_i]);
    tn__store store;
    int lock;
    ck_assert_int_eq(tn__store_open(here.root, TN__STORE_BESIDE, &store), TN_OK);
    ck_assert_int_eq(tn__store_lock(&store, 0, &lock), TN_OK);
    ck_assert_int_eq(stat(tree_path(&here, TN__INDEX_LOCK), &facts), 0);
    ck_assert_uint_eq(facts.st_mode & 0777, 0600);
    tn_dataset *const dataset = build_one(0);
    ck_assert_int_eq(fstat(dataset->aids.notes->journal.descriptor, &facts), 0);
    ck_assert_uint_eq(facts.st_mode & 0777, 0666 & ~masks[_i]);
    tn__store_unlock(&store, lock);
    tn__store_close(&store);
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(stat(tree_path(&here, TN__INDEX_NAME), &facts), 0);
    ck_assert_uint_eq(facts.st_mode & 0777, 0666 & ~masks[_i]);
}
END_TEST

enum { KILLS = 50, FEW = 40 };
static const char left_name[] = ".tench-index-999999.journal";

/* Keeps a journal like that of a process that was killed after one file. `name` does not have the
 * form of a journal's name yet, so that no later builder merges it. */
static void keep_journal(int file, const char *name)
{
    static uint8_t bytes[1 << 16];
    tn_dataset *const dataset = build_one(file);
    const tn__journal *const journal = &dataset->aids.notes->journal;
    const ssize_t n_bytes = pread(journal->descriptor, bytes, sizeof bytes, 0);
    ck_assert_int_gt(n_bytes, TN__NOTE_FILE_HEAD);
    ck_assert_int_eq(unlink(tree_path(&here, journal->name)), 0);
    dataset->aids.notes->is_stored = true; /* destroying must not merge the journal that is gone */
    tn_dataset_destroy(dataset);
    tree_write(&here, name, bytes, (size_t)n_bytes);
}

static void move(const char *from, const char *to)
{
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&here, from));
    ck_assert_int_eq(rename(path, tree_path(&here, to)), 0);
}

static void leave_journal(void)
{
    keep_journal(0, "left");
    move("left", left_name);
}

static void leave_journals(void)
{
    char from[32], to[64];
    for (int n = 0; n < KILLS; n++) {
        snprintf(from, sizeof from, "left-%06d", n);
        keep_journal(n % FILES, from);
    }
    for (int n = 0; n < KILLS; n++) {
        snprintf(from, sizeof from, "left-%06d", n);
        snprintf(to, sizeof to, ".tench-index-%06d.journal", n);
        move(from, to);
    }
}

/* One index task takes over the journals of many killed ones, with few descriptors. */
START_TEST(one_run_merges_all_journals)
{
    leave_journals();
    ck_assert_int_eq(count_journals(), KILLS);
    tn_dataset *const dataset =
        open_with(TN_INDEX_USE); /* reads some, and warns that there are more */
    tn_fault warning = {.size = (int32_t)sizeof warning};
    ck_assert_int_eq(tn_dataset_warning(dataset, 0, &warning), TN_OK);
    expect_text(warning.message, "journals more than can be read at once: tench index merges them");
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(count_journals(), KILLS);
    const struct rlimit few = {FEW, FEW};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    const outcome end = run_indexer(0);
    ck_assert_msg(end.status == TN_OK, "%s", end.message);
    ck_assert_int_eq(end.facts.built, 0);
    ck_assert_int_eq(end.facts.known, INDEXED);
    ck_assert_int_eq(end.facts.warnings, 0);
    ck_assert_int_eq(count_journals(), 0);
    ck_assert_int_eq(count_used(), INDEXED);
}
END_TEST

/* Index files and journals of version 1, whose notes had no names, cause one warning and are
 * replaced. */
START_TEST(an_older_version_is_replaced)
{
    uint8_t head[TN__NOTE_FILE_HEAD];
    const char *const names[] = {TN__INDEX_NAME, ".tench-index-abcdef.journal"};
    for (int n = 0; n < 2; n++) {
        tn__journal_head(head);
        memcpy(head, n == 0 ? "tnindex1" : "tnjourn1", 8);
        tn__put_64(head + 56, tn__hash_of(head, 56));
        tree_write(&here, names[n], head, sizeof head);
    }
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    ck_assert_int_eq(n_warnings(dataset), 2);
    tn_fault warning = {.size = (int32_t)sizeof warning};
    ck_assert_int_eq(tn_dataset_warning(dataset, 0, &warning), TN_OK);
    expect_text(warning.message, "has an older format: tench index makes a new one");
    tn_dataset_destroy(dataset);
    const outcome end = run_indexer(0);
    ck_assert_int_eq(end.facts.built, INDEXED);
    ck_assert_int_eq(end.facts.warnings, 0);
    ck_assert_int_eq(count_journals(), 0);
    ck_assert_int_eq(count_used(), INDEXED);
}
END_TEST

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* A table of 16 million empty places, in a sparse file, is checked without being kept in memory. */
START_TEST(a_large_table_takes_little_memory)
{
    enum { PLACES = 1 << 24, TABLE = 8 * PLACES, STEP = 1 << 16 };
    static const uint8_t zeros[STEP];
    uint8_t head[TN__NOTE_FILE_HEAD];
    tn_hash *const hash = tn_hash_create();
    for (int64_t at = 0; at < TABLE; at += STEP)
        tn_hash_bytes(hash, zeros, STEP);
    const uint64_t sums[] = {tn__hash_64(hash), tn__hash_64(hash)};
    tn_hash_destroy(hash);
    tn__note_file_head(head, PLACES, 7, TN__NOTE_FILE_HEAD + (int64_t)2 * TABLE,
                       tn__hash_of(sums, sizeof sums));
    tree_write(&here, TN__INDEX_NAME, head, sizeof head);
    ck_assert_int_eq(
        truncate(tree_path(&here, TN__INDEX_NAME), TN__NOTE_FILE_HEAD + (off_t)2 * TABLE), 0);
    const long before = peak_kib();
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    ck_assert_int_eq(n_warnings(dataset), 0);
    ck_assert_int_lt(peak_kib() - before, 64 << 10);
    tn_dataset_destroy(dataset);
}
END_TEST

static void give_to(const char *name, uid_t owner)
{
    ck_assert_int_eq(chown(tree_path(&here, name), owner, (gid_t)-1), 0);
}

static tn_dataset *open_named(const char *path, int32_t mode)
{
    tn_dataset_options options = tree_options(&here);
    options.index_path = path;
    options.index = mode;
    return tn_dataset_create(&options);
}

/* An index of another user is used only if index_path names it, and is never replaced; this user's
 * index is then in the cache. */
START_TEST(an_index_of_another_user_must_be_named)
{
    if (!tree_has_second_user())
        return;
    (void)build(0, 0);
    give_to(TN__INDEX_NAME, OTHER_USER);
    tn_dataset *dataset = open_with(TN_INDEX_USE);
    tn_index_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_dataset_index(dataset, &info), TN_OK);
    ck_assert_int_eq(info.known, 0);
    ck_assert_int_eq(info.warnings, 1);
    tn_fault warning = {.size = (int32_t)sizeof warning};
    ck_assert_int_eq(tn_dataset_warning(dataset, 0, &warning), TN_OK);
    expect_text(warning.message, "belongs to another user (uid 65534)");
    expect_text(warning.message, "only if index_path names it");
    tn_dataset_destroy(dataset);
    char store[2 * TREE_PATH];
    snprintf(store, sizeof store, "%s", tree_path(&here, TN__INDEX_NAME));
    dataset = open_named(store, TN_INDEX_USE);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    info = (tn_index_info){.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_dataset_index(dataset, &info), TN_OK);
    ck_assert_int_eq(info.known, FILES);
    ck_assert_int_eq(info.warnings, 0);
    tn_dataset_destroy(dataset);
    outcome end = run_indexer(0);
    ck_assert_int_eq(end.facts.built, INDEXED);
    expect_text(end.path, "/cache/tench/index/");
    ck_assert_ptr_null(strstr(end.path, ", "));
    struct stat facts;
    ck_assert_int_eq(stat(store, &facts), 0);
    ck_assert_uint_eq(facts.st_uid, OTHER_USER);
    /* Another user's lock or unfinished index file does not keep this user's from being stored. */
    ck_assert_int_eq(unlink(store), 0);
    static const char *const others[] = {TN__INDEX_LOCK, TN__INDEX_PART};
    for (int n = 0; n < 2; n++) {
        tree_touch(&here, others[n]);
        give_to(others[n], OTHER_USER);
        end = run_indexer(TN_YES);
        ck_assert_msg(end.status == TN_OK, "%s", end.message);
        expect_text(end.path, "/cache/tench/index/");
        ck_assert_int_eq(end.facts.warnings, 0);
        ck_assert_int_eq(unlink(tree_path(&here, others[n])), 0);
    }
    /* Another user's journals are neither used nor removed. */
    ck_assert_int_eq(unlink(end.path), 0);
    leave_journal();
    give_to(left_name, OTHER_USER);
    end = run_indexer(TN_YES);
    ck_assert_int_eq(end.facts.built, INDEXED);
    ck_assert(exists(left_name));
    give_to(left_name, 0);
    (void)run_indexer(TN_YES);
    ck_assert(!exists(left_name));
}
END_TEST

START_TEST(a_named_index_must_be_one)
{
    (void)build(0, 0);
    ck_assert_ptr_null(open_named(tree_path(&here, "absent"), TN_INDEX_USE));
    expect_text(tn_error(), "absent\": No such file or directory");
    ck_assert_ptr_null(open_named(tree_path(&here, name_of(0)), TN_INDEX_PARANOID));
    expect_text(tn_error(), "0.jpg is not an index that this version knows");
    ck_assert_ptr_null(open_named("", TN_INDEX_OFF));
    expect_text(tn_error(), "index_path is \"\"");
    /* The index and verify tasks open the named index later. */
    char store[2 * TREE_PATH], moved[2 * TREE_PATH];
    snprintf(store, sizeof store, "%s", tree_path(&here, TN__INDEX_NAME));
    snprintf(moved, sizeof moved, "%s", tree_path(&here, "elsewhere"));
    ck_assert_int_eq(rename(store, moved), 0);
    tn_dataset *const dataset = open_named(moved, TN_INDEX_OFF);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    tn_task *const verifier = start_verify(dataset, 1);
    tn_verify_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_task_wait(verifier, -1), TN_OK);
    ck_assert_int_eq(tn_verify_facts_of(verifier, &facts), TN_OK);
    ck_assert_int_eq(facts.indexed, INDEXED);
    tn_task_destroy(verifier);
    tn_dataset_destroy(dataset);
}
END_TEST

static void set_no_time(int file)
{
    const struct timespec none[] = {{0, 0}, {0, 0}};
    ck_assert_int_eq(utimensat(AT_FDCWD, tree_path(&here, name_of(file)), none, 0), 0);
}

/* A time of 0 counts as none: then the hash decides whether a file has changed. */
START_TEST(a_file_without_a_time_is_known_by_its_hash)
{
    for (int file = 0; file < FILES; file++)
        set_no_time(file);
    ck_assert_int_eq(run_indexer(0).facts.built, INDEXED);
    for (int round = 0; round < 2; round++) {
        const outcome end = run_indexer(0);
        ck_assert_int_eq(end.facts.built, 0);
        ck_assert_int_eq(end.facts.known, INDEXED);
        ck_assert_int_eq(end.facts.warnings, 0);
    }
    ck_assert_int_eq(count_used(), INDEXED);
    FILE *const file = fopen(tree_path(&here, name_of(5)), "r+b");
    fseek(file, 15, SEEK_SET), fputc('x', file); /* JFIF's density; no pixel depends on it */
    fclose(file);
    set_no_time(5);
    ck_assert_int_eq(run_indexer(0).facts.built, 1); /* only the changed file */
    ck_assert_int_eq(run_indexer(0).facts.built, 0);
    tn_dataset *const dataset = open_with(TN_INDEX_USE);
    tn__buffer buffer = {0};
    tn__info info;
    (void)look_up(dataset, 5, &buffer, &info);
    ck_assert_int_eq(n_warnings(dataset), 0);
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* The index goes to the folder that a relative root named when it was opened, even if the host
 * changes its directory. */
START_TEST(the_index_lands_in_the_folder_that_was_opened)
{
    ck_assert_int_eq(chdir(here.root), 0);
    tn_dataset_options options = tree_options(&here);
    options.root = ".";
    options.index = TN_INDEX_AUTO;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    tree_folder(&here, "cache/elsewhere/");
    ck_assert_int_eq(chdir(tree_path(&here, "cache/elsewhere")), 0);
    tn__buffer buffer = {0};
    (void)decode_and_learn(dataset, 2, &buffer);
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    ck_assert(exists(TN__INDEX_NAME));
    ck_assert(!exists("cache/elsewhere/" TN__INDEX_NAME));
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("troubles");
    TCase *const cases = tcase_create("the machine's troubles are not the file's");
    tcase_add_checked_fixture(cases, set_up_troubles, tear_down);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, without_locks_the_cache_has_the_index, 0, 4);
    tcase_add_loop_test(cases, a_folder_that_cannot_be_flushed_is_a_warning, 0, 3);
    tcase_add_test(cases, a_store_that_cannot_be_written_is_named);
    tcase_add_test(cases, a_lock_of_another_process_is_not_waited_for);
    tcase_add_test(cases, a_data_set_stores_on_demand);
    tcase_add_loop_test(cases, the_umask_decides_modes, 0, 4);
    tcase_add_test(cases, one_run_merges_all_journals);
    tcase_add_test(cases, an_older_version_is_replaced);
    tcase_add_test(cases, a_large_table_takes_little_memory);
    tcase_add_test(cases, an_index_of_another_user_must_be_named);
    tcase_add_test(cases, a_named_index_must_be_one);
    tcase_add_test(cases, a_file_without_a_time_is_known_by_its_hash);
    tcase_add_test(cases, the_index_lands_in_the_folder_that_was_opened);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
