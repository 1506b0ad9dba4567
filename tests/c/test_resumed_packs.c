/* SPDX-License-Identifier: MIT */
/* Checks resumed packing and unpacking. The result depends only on the files and the pack as they
 * are now, and no write follows a link. The job recognises another data set with the same
 * fingerprint. It works on file systems that have no locks or cannot flush a folder. */
#include <check.h>
#include <errno.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include "data/dataset.h"
#include "data/pack/manifest.h"
#include "data/pack/names.h"
#include "data/pack/source.h"
#include "jobs/pack/write_manifest.h"
#include "pack_case.h"
#include "suite.h"

/* These replace functions of the C library: a test can make them refuse, or put a file into a new
 * folder. */
static bool no_locks, dog_is_not_empty;

/* NOLINTNEXTLINE: the names of the parameters are the C library's own */
int mkdirat(int folder, const char *name, mode_t mode)
{
    char file[64];
    const int status = (int)syscall(SYS_mkdirat, folder, name, mode);
    if (status == 0 && dog_is_not_empty && strcmp(name, "dog") == 0) {
        snprintf(file, sizeof file, "%s/text.jpg", name);
        close(openat(folder, file, O_WRONLY | O_CREAT, 0666));
    }
    return status;
}

/* NOLINTNEXTLINE: the names of the parameters are the C library's own */
int flock(int file, int operation)
{
    if (no_locks) {
        errno = ENOLCK;
        return -1;
    }
    return (int)syscall(SYS_flock, file, operation);
}

static void set_time(const char *path, time_t seconds, long ns)
{
    const struct timespec times[2] = {{.tv_sec = seconds, .tv_nsec = ns},
                                      {.tv_sec = seconds, .tv_nsec = ns}};
    ck_assert_int_eq(utimensat(AT_FDCWD, tree_path(&place, path), times, 0), 0);
}

/* Gives all files of the data set this time stamp. */
static void set_times(time_t seconds)
{
    tn_dataset *const dataset = tree_open(&place);
    for (int64_t i = 0; i < tn_dataset_count(dataset); i++)
        set_time(tn_dataset_sample_name(dataset, i), seconds, 0);
    tn_dataset_destroy(dataset);
}

static void write_other(const char *path)
{
    write_jpeg(path,
               &(jpeg_recipe){.w = 33, .h = 44, .channels = 3, .space = JCS_YCbCr, .quality = 55});
}

/* Continues the pack; `notes` gets its notes. */
static tn_pack_facts go_on(char notes[TREE_PATH])
{
    tn_pack_facts facts = {.size = (int32_t)sizeof facts};
    tn_task *const job = start("pack", TN_PACK_FAST, 3);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_msg(tn_task_wait(job, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_pack_facts_of(job, &facts), TN_OK);
    snprintf(notes, TREE_PATH, "%s", facts.notes);
    facts.notes = NULL;
    tn_task_destroy(job);
    return facts;
}

static void check_as_new(void)
{
    pack("new", TN_PACK_FAST, 2);
    check_same_packs("new", "pack");
}

START_TEST(nothing_changed)
{
    char notes[TREE_PATH];
    set_times(_i ? 1000000000 : 0);
    pack_up_to("pack", 12);
    const int64_t kept = go_on(notes).resumed;
    ck_assert_int_gt(kept, 0);
    ck_assert_str_eq(notes, "");
    check_as_new();
}
END_TEST

/* A file in a finished shard gets other bytes, another time, or another inode. */
START_TEST(changed_after_it_was_packed)
{
    char notes[TREE_PATH], path[TREE_PATH], copy[2 * TREE_PATH];
    set_times(1000000000);
    pack_up_to("pack", 12);
    const int64_t changed = _i % 2 ? 7 : 0;
    snprintf(path, sizeof path, "%s", path_at(changed));
    if (_i / 2 == 0) {
        write_other(path);
        set_time(path, 1000000000, 0); /* with another size */
    } else if (_i / 2 == 1) {
        set_time(path, 1000000000, 1); /* with the same bytes */
    } else {
        static uint8_t bytes[MOST];
        const long n = read_file(&place, path, bytes);
        snprintf(copy, sizeof copy, "%s", tree_path(&place, "copy"));
        tree_write(&place, "copy", bytes, (size_t)n);
        ck_assert_int_eq(rename(copy, tree_path(&place, path)), 0);
        set_time(path, 1000000000, 0);
    }
    ck_assert_int_le(go_on(notes).resumed, changed);
    ck_assert_msg(strstr(notes, path) != NULL, "%s is not in: %s", path, notes);
    ck_assert_ptr_nonnull(strstr(notes, "packed again"));
    check_as_new();
}
END_TEST

/* Only the bytes change, not size, time and inode. The hash finds that if the time proves nothing:
 * because there is none, or because the file changed just before it was packed. */
START_TEST(changed_with_the_same_facts)
{
    static uint8_t bytes[MOST];
    char notes[TREE_PATH], path[TREE_PATH];
    snprintf(path, sizeof path, "%s", path_at(0));
    if (_i)
        set_times(0);
    const struct stat before = facts_of(&place, path);
    pack_up_to("pack", 12);
    const long n = read_file(&place, path, bytes);
    bytes[n / 2] ^= 1;
    tree_write(&place, path, bytes, (size_t)n);
    set_time(path, before.st_mtim.tv_sec, before.st_mtim.tv_nsec);
    ck_assert_int_eq(go_on(notes).resumed, 0);
    ck_assert_ptr_nonnull(strstr(notes, "changed after it was packed"));
    check_as_new();
}
END_TEST

/* The pack gets fewer shards than the ended run had written. */
START_TEST(no_shard_is_left_over)
{
    char notes[TREE_PATH];
    pack_up_to("pack", 14);
    tn_dataset *const dataset = tree_open(&place);
    for (int64_t i = 0; i < tn_dataset_count(dataset); i++)
        tree_write(&place, tn_dataset_sample_name(dataset, i), "small", 5);
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(go_on(notes).resumed, 0);
    ck_assert_int_eq(count_shards("pack"), 1);
    check_as_new();
}
END_TEST

static void remove_file(const char *path)
{
    ck_assert_int_eq(unlink(tree_path(&out, path)), 0);
}

/* Shards without a valid journal are not kept. */
START_TEST(without_its_journal)
{
    static uint8_t bytes[MOST];
    char notes[TREE_PATH];
    pack_up_to("pack", 12);
    if (_i == 0) {
        remove_file("pack/tench.pack.inputs");
    } else if (_i == 1) {
        const long n = read_file(&out, "pack/tench.pack.inputs", bytes);
        tree_write(&out, "pack/tench.pack.inputs", bytes, (size_t)n / 2);
    } else if (_i == 2) {
        const long n = read_file(&out, "pack/tench.pack.inputs", bytes);
        bytes[n / 2] ^= 1;
        tree_write(&out, "pack/tench.pack.inputs", bytes, (size_t)n);
    } else {
        remove_file("pack/shard-00000.coef");
    }
    ck_assert_int_lt(go_on(notes).resumed, 12);
    ck_assert_ptr_nonnull(strstr(notes, "packed again"));
    check_as_new();
}
END_TEST

static char late[TREE_PATH], early[TREE_PATH];

/* Reads a file; before it reads the last one, the first one gets other bytes. */
static int read_late(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    if (strcmp(tn__source_name(source, part->sample), late) == 0)
        write_other(early);
    return true_ops->read(source, part, extent, buffer, length);
}

/* A file changes after it was read and before the pack is complete. */
START_TEST(changed_while_it_is_packed)
{
    char notes[TREE_PATH];
    tn__source_ops ops;
    set_times(1000000000);
    snprintf(early, sizeof early, "%s", path_at(0));
    snprintf(late, sizeof late, "%s", path_at(14));
    tn_dataset *const dataset = tree_open(&place);
    true_ops = dataset->source->ops;
    ops = *true_ops;
    ops.read = read_late;
    dataset->source->ops = &ops;
    tn_task *const job = start_on(dataset, "pack", TN_PACK_FAST, 2);
    ck_assert_ptr_nonnull(job);
    ck_assert_int_eq(tn_task_wait(job, -1), TN_EIO);
    ck_assert_msg(strstr(tn_error(), "changed while it was packed") != NULL, "%s", tn_error());
    ck_assert_ptr_nonnull(strstr(tn_error(), early));
    tn_task_destroy(job);
    tn_dataset_destroy(dataset);
    ck_assert_int_eq(go_on(notes).resumed, 0);
    check_as_new();
}
END_TEST

/* Shards of another data set with as many samples and the same fingerprint are not taken over. */
START_TEST(same_fingerprint)
{
    pack_up_to("pack", 12);
    tn_dataset *const first = tree_open(&place);
    const uint64_t stolen = tn_dataset_fingerprint(first);
    tn_dataset_destroy(first);
    const char *const old = path_at(0);
    char renamed[2 * TREE_PATH];
    snprintf(renamed, sizeof renamed, "%s", tree_path(&place, "dog/another name.jpg"));
    ck_assert_int_eq(rename(tree_path(&place, old), renamed), 0);
    tn_dataset *const other = tree_open(&place);
    ck_assert_uint_ne(tn_dataset_fingerprint(other), stolen);
    other->source->fingerprint = stolen;
    ck_assert_ptr_null(start_on(other, "pack", TN_PACK_FAST, 1));
    ck_assert_msg(strstr(tn_error(), "contains unexpected samples") != NULL, "%s", tn_error());
    tn_dataset_destroy(other);
    ck_assert_int_eq(access(tree_path(&out, "pack/shard-00000.coef"), F_OK), 0);
}
END_TEST

/* The pack's folder has links and second names in place of each file that packing writes. */
START_TEST(packing_follows_no_link)
{
    static const char *const names[] = {"shard-00000.coef.part", "tench.pack.part",
                                        "tench.pack.inputs"};
    char link[TREE_PATH], notes[TREE_PATH], target[2 * TREE_PATH];
    static uint8_t text[MOST];
    tree_write(&out, "mine", "mine", 4);
    tree_folder(&out, "pack/");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(link, sizeof link, "pack/%s", names[i]);
        snprintf(target, sizeof target, "%s", tree_path(&out, "mine"));
        if (_i)
            tree_link(&out, target, link);
        else
            ck_assert_int_eq(linkat(AT_FDCWD, target, AT_FDCWD, tree_path(&out, link), 0), 0);
    }
    go_on(notes);
    ck_assert_int_eq(read_file(&out, "mine", text), 4);
    ck_assert_mem_eq(text, "mine", 4);
    check_as_new();
}
END_TEST

static void refuse_unpack(const char *to, const char *text)
{
    ck_assert_int_lt(unpack("pack", to), 0);
    ck_assert_msg(strstr(tn_error(), text) != NULL, "\"%s\" is not in: %s", text, tn_error());
}

START_TEST(folders_above_are_made)
{
    pack("deep/er/pack/", TN_PACK_FAST, 1);
    ck_assert_msg(unpack("deep/er/pack", "else/where/again/") == TN_OK, "%s", tn_error());
    check_unpacked("else/where/again", "");
}
END_TEST

/* Leaves again.part as a killed process would: a damaged record ends the job. */
static void unpack_half(void)
{
    static uint8_t bytes[MOST];
    const long n = read_file(&out, "pack/shard-00001.coef", bytes);
    tree_write(&out, "pack/shard-00001.coef", bytes, (size_t)n / 2);
    refuse_unpack("again", "shard-00001.coef");
    tree_write(&out, "pack/shard-00001.coef", bytes, (size_t)n);
    ck_assert_int_eq(access(tree_path(&out, "again.part"), F_OK), 0);
}

START_TEST(unpacked_again)
{
    pack("pack", TN_PACK_FAST, 1);
    unpack_half();
    tree_write(&out, "again.part/dog/3 é.jpg", "half a file", 11);
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
    check_unpacked("again", "");
}
END_TEST

/* Refuses a folder that unpacking did not make, further files in it, and the remains of another
 * pack. */
START_TEST(foreign_files_are_refused)
{
    pack("pack", TN_PACK_FAST, 1);
    if (_i == 0) {
        tree_write(&out, "again.part/dog/other.jpg", "other", 5);
    } else if (_i == 1) {
        unpack_half();
        tree_write(&out, "again.part/dog/other.jpg", "other", 5);
    } else {
        unpack_half();
        remove_pack("pack");
        write_other("dog/other.jpg");
        pack("pack", TN_PACK_FAST, 1);
    }
    refuse_unpack("again", "again.part contains");
    ck_assert_int_ne(access(tree_path(&out, "again"), F_OK), 0);
    if (_i < 2)
        ck_assert_int_eq(access(tree_path(&out, "again.part/dog/other.jpg"), F_OK), 0);
}
END_TEST

/* On a file system where "Text.jpg" and "text.jpg" are one name, no file replaces another. */
START_TEST(two_names_are_one_file)
{
    pack("pack", TN_PACK_FAST, 1);
    dog_is_not_empty = true;
    refuse_unpack("again", "dog/text.jpg: exists already");
    ck_assert_int_ne(access(tree_path(&out, "again"), F_OK), 0);
    dog_is_not_empty = false;
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
    check_unpacked("again", "");
}
END_TEST

/* Links in place of the working folder, of a folder, of a file, and of the mark. */
START_TEST(unpacking_follows_no_link)
{
    char target[2 * TREE_PATH];
    static uint8_t text[MOST];
    pack("pack", TN_PACK_FAST, 1);
    unpack_half();
    tree_write(&out, "mine/note", "mine", 4);
    snprintf(target, sizeof target, "%s", tree_path(&out, _i < 2 ? "mine" : "mine/note"));
    if (_i == 0) {
        remove_pack("again.part");
        tree_link(&out, target, "again.part");
        refuse_unpack("again", "again.part");
    } else if (_i == 1) {
        tree_folder(&out, "again.part/dog/");
        remove_pack("again.part/dog");
        tree_link(&out, target, "again.part/dog");
        refuse_unpack("again", "contains \"dog\"");
    } else if (_i == 2) {
        tree_folder(&out, "again.part/dog/");
        (void)unlink(tree_path(&out, "again.part/dog/3 é.jpg"));
        tree_link(&out, target, "again.part/dog/3 é.jpg");
        ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
        check_unpacked("again", "");
    } else {
        remove_file("again.part/.tench-unpack");
        tree_link(&out, target, "again.part/.tench-unpack");
        refuse_unpack("again", "again.part contains");
    }
    ck_assert_int_eq(read_file(&out, "mine/note", text), 4);
    ck_assert_mem_eq(text, "mine", 4);
    tree_folder(&out, "mine/");
    ck_assert_int_eq(rmdir(tree_path(&out, "mine")), -1);
    ck_assert_int_eq(unlink(tree_path(&out, "mine/note")), 0);
    ck_assert_int_eq(rmdir(tree_path(&out, "mine")), 0); /* nothing was written through the link */
}
END_TEST

/* A run that is killed while it writes its mark leaves the beginning of the mark. */
START_TEST(a_mark_that_was_begun_is_written_anew)
{
    static uint8_t mark[MOST];
    pack("pack", TN_PACK_FAST, 1);
    unpack_half();
    const long n = read_file(&out, "again.part/.tench-unpack", mark);
    ck_assert_int_gt(n, 0);
    const size_t lengths[] = {0, 1, (size_t)n - 1};
    remove_pack("again.part");
    tree_write(&out, "again.part/.tench-unpack", mark, lengths[_i]);
    tree_write(&out, "again.part/note", "mine", 4);
    refuse_unpack("again", "contains \"note\"");
    remove_file("again.part/note");
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
    check_unpacked("again", "");
    tree_write(&out, "other.part/.tench-unpack", "trench", 3); /* not the first bytes of a mark */
    refuse_unpack("other", "other.part contains");
}
END_TEST

static tn_task *begin_unpack(const char *from, const char *to)
{
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&out, to));
    tn_dataset *const packed = open_pack(from);
    ck_assert_ptr_nonnull(packed);
    tn_task *const job = start_unpack(packed, path, 2);
    tn_dataset_destroy(packed);
    return job;
}

START_TEST(two_at_once)
{
    pack("pack", TN_PACK_FAST, 1);
    tn_task *const packing = start("busy", TN_PACK_FAST, 1);
    ck_assert_ptr_nonnull(packing);
    ck_assert_ptr_null(start("busy", TN_PACK_FAST, 1));
    ck_assert_msg(strstr(tn_error(), "another") || strstr(tn_error(), "already a pack"), "%s",
                  tn_error());
    tn_task_destroy(packing);
    tn_task *const unpacking = begin_unpack("pack", "again");
    ck_assert_ptr_nonnull(unpacking);
    ck_assert_ptr_null(begin_unpack("pack", "again"));
    ck_assert_msg(strstr(tn_error(), "another") || strstr(tn_error(), "exists already"), "%s",
                  tn_error());
    ck_assert_int_eq(tn_task_wait(unpacking, -1), TN_OK);
    tn_task_destroy(unpacking);
    check_unpacked("again", "");
}
END_TEST

/* If nothing is kept, the job removes the folder that it made; a folder that existed stays. */
START_TEST(nothing_is_kept)
{
    pack_up_to("pack", 0);
    ck_assert_int_ne(access(tree_path(&out, "pack"), F_OK), 0);
    tree_folder(&out, "pack/");
    pack_up_to("pack", 0);
    ck_assert_int_eq(rmdir(tree_path(&out, "pack")), 0);
    no_file_sync = true;
    tn_task *const job = start("pack", TN_PACK_FAST, 2);
    ck_assert_ptr_nonnull(job);
    ck_assert_int_eq(tn_task_wait(job, -1), TN_EIO);
    tn_task_destroy(job);
    ck_assert_int_ne(access(tree_path(&out, "pack"), F_OK), 0);
}
END_TEST

START_TEST(neither_locks_nor_folder_sync)
{
    char notes[TREE_PATH];
    no_locks = no_folder_sync = true;
    const tn_pack_facts facts = go_on(notes);
    ck_assert_int_eq(facts.whole, TN_YES);
    ck_assert_msg(strstr(notes, "has no locks") != NULL, "%s", notes);
    ck_assert_msg(strstr(notes, "cannot flush this folder to the disk") != NULL, "%s", notes);
    tn_task *const job = begin_unpack("pack", "again");
    ck_assert_ptr_nonnull(job);
    ck_assert_int_eq(tn_task_wait(job, -1), TN_OK);
    tn_pack_facts unpacked = {.size = (int32_t)sizeof unpacked};
    ck_assert_int_eq(tn_pack_facts_of(job, &unpacked), TN_OK);
    ck_assert_msg(strstr(unpacked.notes, "has no locks") != NULL, "%s", unpacked.notes);
    tn_task_destroy(job);
    check_unpacked("again", "");
}
END_TEST

START_TEST(names_that_clash)
{
    static const struct {
        const char *names[4];
        int kind;
        int64_t sample;
    } cases[] = {
        {{"a/1", "a/2", "b", "c"}, TN__NAMES_UNIQUE, 0},
        {{"a/1", "a/10", "a/1", "a/2"}, TN__NAMES_TWICE, 2},
        {{"a", "a b", "a/b/c", "b"}, TN__NAMES_FOLDER, 0},
        {{"a/b/c", "a/b/d", "b/a", "a/b"}, TN__NAMES_FOLDER, 3},
        {{"a/b/c", "a/b/d/e", "a/b/d/f", "a/b/d"}, TN__NAMES_FOLDER, 3},
        {{"a/bc", "ab/c", "a/b", "a/b c"}, TN__NAMES_UNIQUE, 0},
    };
    tn__name_clash clash;
    ck_assert_int_eq(tn__names_check(cases[_i].names, 4, &clash), TN_OK);
    ck_assert_int_eq(clash.kind, cases[_i].kind);
    if (clash.kind == TN__NAMES_FOLDER)
        ck_assert_int_eq(clash.sample, cases[_i].sample);
    if (clash.kind == TN__NAMES_TWICE)
        ck_assert_str_eq(cases[_i].names[clash.sample], cases[_i].names[cases[_i].sample]);
}
END_TEST

static const char *first_name;

/* Two samples have one name. */
static size_t name_twice(const tn__source *source, int64_t sample, char name[TN__NAME_BYTES])
{
    (void)source;
    return (size_t)snprintf(name, TN__NAME_BYTES, "%s", sample < 2 ? first_name : "dog/x.jpg");
}

/* Unpacking such a pack would give fewer files than it has samples. */
START_TEST(a_manifest_with_a_name_twice)
{
    bool synced;
    const tn__pack_entry entries[3] = {
        {.kind = TN__PACK_FILE}, {.kind = TN__PACK_FILE}, {.kind = TN__PACK_FILE}};
    first_name = "dog/y.jpg";
    pack("pack", TN_PACK_FAST, 1);
    tn_dataset *const dataset = tree_open(&place);
    tn__source_ops ops = *dataset->source->ops;
    ops.name = name_twice;
    dataset->source->ops = &ops;
    dataset->source->n_samples = 3;
    const int folder = open(tree_path(&out, "pack"), O_RDONLY | O_DIRECTORY);
    const tn__packed_set set = {.source = dataset->source, .entries = entries, .n_shards = 1};
    ck_assert_int_eq(tn__manifest_write(folder, "pack", &set, &synced), TN_OK);
    close(folder);
    tn_dataset_destroy(dataset);
    ck_assert_ptr_null(open_pack("pack"));
    ck_assert_msg(strstr(tn_error(), "twice") != NULL, "%s", tn_error());
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("resumed packs");
    TCase *const cases = tcase_create("resumed work belongs to its inputs");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, nothing_changed, 0, 2);
    tcase_add_loop_test(cases, changed_after_it_was_packed, 0, 6);
    tcase_add_loop_test(cases, changed_with_the_same_facts, 0, 2);
    tcase_add_test(cases, no_shard_is_left_over);
    tcase_add_loop_test(cases, without_its_journal, 0, 4);
    tcase_add_test(cases, changed_while_it_is_packed);
    tcase_add_loop_test(cases, packing_follows_no_link, 0, 2);
    tcase_add_test(cases, folders_above_are_made);
    tcase_add_test(cases, unpacked_again);
    tcase_add_loop_test(cases, foreign_files_are_refused, 0, 3);
    tcase_add_loop_test(cases, unpacking_follows_no_link, 0, 4);
    tcase_add_loop_test(cases, a_mark_that_was_begun_is_written_anew, 0, 3);
    tcase_add_test(cases, two_names_are_one_file);
    tcase_add_test(cases, two_at_once);
    tcase_add_test(cases, nothing_is_kept);
    tcase_add_test(cases, a_manifest_with_a_name_twice);
    suite_add_tcase(suite, cases);
    TCase *const hashes = tcase_create("a hash is not an identity");
    tcase_add_checked_fixture(hashes, set_up, tear_down);
    tcase_add_test(hashes, same_fingerprint);
    tcase_add_loop_test(hashes, names_that_clash, 0, 6);
    suite_add_tcase(suite, hashes);
    TCase *const machine = tcase_create("the machine's troubles are not the work's");
    tcase_add_checked_fixture(machine, set_up, tear_down);
    tcase_add_test(machine, neither_locks_nor_folder_sync);
    suite_add_tcase(suite, machine);
    return suite_run(suite);
}
