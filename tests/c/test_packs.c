/* SPDX-License-Identifier: MIT */
/* Checks packs: equal bytes for any number of threads, the same samples as the folder; resuming,
 * unpacking, damage. */
#include <check.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "cpu/checksum.h"
#include "data/pack/format.h"
#include "pack_case.h"
#include "suite.h"
#include "tasks.h"

START_TEST(test_any_number_of_threads)
{
    const int32_t layout = _i ? TN_PACK_SMALL : TN_PACK_FAST;
    const tn_pack_facts facts = pack("one", layout, 1);
    ck_assert_int_eq(facts.done, 15);
    ck_assert_int_eq(facts.coefficients, 12);
    ck_assert_int_eq(facts.resumed, 0);
    ck_assert_int_gt(facts.coefficient_bytes, facts.jpeg_bytes / 2);
    ck_assert_int_ge(count_shards("one"), 4);
    pack("two", layout, 2);
    pack("three", layout, 3);
    check_same_packs("one", "two");
    check_same_packs("one", "three");
}
END_TEST

START_TEST(test_as_the_folder)
{
    pack("pack", _i ? TN_PACK_SMALL : TN_PACK_FAST, 2);
    tn_dataset *const folder = tree_open(&place), *const packed = open_pack("pack");
    check_same_samples(packed, folder);
    for (int64_t i = 0; i < tn_dataset_count(folder); i++)
        ck_assert_msg(look(packed, i) == look(folder, i), "%s", tn_dataset_sample_name(folder, i));
    tn_dataset_destroy(packed);
    tn_dataset_destroy(folder);
}
END_TEST

START_TEST(test_unpack)
{
    pack("pack", _i ? TN_PACK_SMALL : TN_PACK_FAST, 2);
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
    tn_dataset *const folder = tree_open(&place);
    for (int64_t i = 0; i < tn_dataset_count(folder); i++) {
        char again[TREE_PATH];
        snprintf(again, sizeof again, "again/%s", tn_dataset_sample_name(folder, i));
        check_same_file(&place, tn_dataset_sample_name(folder, i), &out, again);
    }
    tn_dataset_destroy(folder);
    ck_assert_int_eq(unpack("pack", "again"), TN_EINVAL);
    ck_assert_ptr_nonnull(strstr(tn_error(), "exists already"));
}
END_TEST

/* A kill leaves finished shards, and perhaps an unfinished shard or manifest. */
START_TEST(test_resume)
{
    char part[64];
    pack("whole", TN_PACK_FAST, 2);
    for (int64_t killed = 0; killed < 15; killed++) {
        pack_up_to("pack", killed);
        const int kept = count_shards("pack");
        tree_write(&out, "pack/tench.pack.part", "half", 4);
        snprintf(part, sizeof part, "pack/shard-%05d.coef.part", kept);
        tree_write(&out, part, "half", 4);
        ck_assert_ptr_null(open_pack("pack/"));
        const tn_pack_facts facts = pack("pack", TN_PACK_FAST, 3);
        ck_assert(kept == 0 ? facts.resumed == 0 : facts.resumed > 0);
        ck_assert_int_eq(facts.done, 15);
        ck_assert_int_eq(facts.whole, TN_YES);
        check_same_packs("whole", "pack");
        ck_assert_int_ne(access(tree_path(&out, "pack/tench.pack.inputs"), F_OK), 0);
        remove_pack("pack");
    }
}
END_TEST

static void write_out(const char *path, const uint8_t *bytes, long n)
{
    tree_write(&out, path, bytes, (size_t)n);
}

/* The samples of the folder, with weights: 0, 0.5, 1, … */
static tn_dataset *open_weighed(const tn_dataset *folder)
{
    enum { MOST_ITEMS = 32 };
    static char names[MOST_ITEMS][TREE_PATH];
    static tn_label labels[MOST_ITEMS];
    static tn_item items[MOST_ITEMS];
    const int n = (int)tn_dataset_count(folder);
    for (int i = 0; i < n; i++) {
        snprintf(names[i], TREE_PATH, "%s", tn_dataset_sample_name(folder, i));
        labels[i] = (tn_label){.size = (int32_t)sizeof *labels,
                               .kind = TN_LABEL_INT,
                               .value = tn_dataset_label(folder, i)};
        items[i] = (tn_item){.size = (int32_t)sizeof *items,
                             .path = names[i],
                             .label = &labels[i],
                             .weight = i / 2.0};
    }
    tn_dataset_options options = tree_options(&place);
    options.items = items;
    options.n_items = n;
    return tn_dataset_create(&options);
}

static void pack_dataset(tn_dataset *dataset, const char *path)
{
    tn_task *const job = start_on(dataset, path, TN_PACK_FAST, 2);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_msg(tn_task_wait(job, -1) == TN_OK, "%s", tn_error());
    tn_task_destroy(job);
}

/* Only the manifest tells them, in a version that older readers refuse. */
START_TEST(test_weights)
{
    static uint8_t bytes[MOST];
    tn_dataset *const folder = tree_open(&place), *const weighed = open_weighed(folder);
    ck_assert_msg(weighed != NULL, "%s", tn_error());
    pack_dataset(weighed, "pack");
    tn_dataset *const packed = open_pack("pack");
    ck_assert_msg(packed != NULL, "%s", tn_error());
    ck_assert_uint_eq(tn_dataset_fingerprint(packed), tn_dataset_fingerprint(folder));
    for (int64_t i = 0; i < tn_dataset_count(packed); i++) {
        ck_assert_double_eq(tn_dataset_weight(packed, i), (double)i / 2.0);
        ck_assert_uint_eq(look(packed, i), look(folder, i));
    }
    const long n = read_file(&out, "pack/tench.pack", bytes);
    ck_assert_int_eq(bytes[TN__PACK_VERSION_AT], TN__MANIFEST_WEIGHTS);
    for (long at = 0; at < n; at++) {
        bytes[at] ^= 0x41;
        write_out("pack/tench.pack", bytes, n);
        bytes[at] ^= 0x41;
        ck_assert_ptr_null(open_pack("pack"));
    }
    pack("plain", TN_PACK_FAST, 1);
    ck_assert_int_gt(read_file(&out, "plain/tench.pack", bytes), 0);
    ck_assert_int_eq(bytes[TN__PACK_VERSION_AT], TN__MANIFEST_PLAIN);
    check_same_file(&out, "plain/shard-00000.coef", &out, "pack/shard-00000.coef");
    tn_dataset_destroy(packed);
    tn_dataset_destroy(weighed);
    tn_dataset_destroy(folder);
}
END_TEST

/* A manifest whose weights are nan, below 0, or all 0, with the right checksum. */
START_TEST(test_wrong_weights)
{
    static uint8_t bytes[MOST];
    static const uint32_t wrong[] = {0x7fc00000u, 0xbf800000u, 0x7f800000u, 0u};
    tn_dataset *const folder = tree_open(&place), *const weighed = open_weighed(folder);
    pack_dataset(weighed, "pack");
    const long n = read_file(&out, "pack/tench.pack", bytes);
    for (int64_t i = 0; i < tn_dataset_count(folder); i++)
        tn__put_32(bytes + TN__MANIFEST_HEAD + i * TN__MANIFEST_ENTRY + TN__ENTRY_WEIGHT, 0);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        tn__put_32(bytes + TN__MANIFEST_HEAD + TN__ENTRY_WEIGHT, wrong[k]);
        tn__put_64(bytes + TN__MANIFEST_CHECKSUM,
                   tn__checksum(bytes + TN__MANIFEST_SIZE, (size_t)n - TN__MANIFEST_SIZE));
        write_out("pack/tench.pack", bytes, n);
        ck_assert_ptr_null(open_pack("pack"));
        ck_assert_msg(
            strstr(tn_error(), k < 3 ? "it has an invalid entry" : "all its weights are 0"), "%s",
            tn_error());
    }
    tn_dataset_destroy(weighed);
    tn_dataset_destroy(folder);
}
END_TEST

static void refuse(const char *path, int32_t layout, const char *text)
{
    ck_assert_ptr_null(start(path, layout, 1));
    ck_assert_msg(strstr(tn_error(), text) != NULL, "\"%s\" is not in: %s", text, tn_error());
}

START_TEST(test_refused)
{
    pack("pack", TN_PACK_FAST, 1);
    refuse("pack", TN_PACK_FAST, "is already a pack");
    pack_up_to("half", 12);
    refuse("half", TN_PACK_SMALL, "other options");
    tree_write(&out, "used/note", "mine", 4);
    refuse("used", TN_PACK_FAST, "note");
    tree_write(&out, "file", "", 0);
    refuse("file", TN_PACK_FAST, "file");
    tn_task *const busy = start("busy", TN_PACK_FAST, 1);
    ck_assert_ptr_nonnull(busy);
    ck_assert_ptr_null(start("busy", TN_PACK_FAST, 1));
    tn_task_destroy(busy);
    pack("again", TN_PACK_FAST, 1);
    tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = tree_path(&out, "again"), .class_map = "map.txt"};
    tree_refuse(&options, TN_EINVAL, "class_map");
    options.class_map = NULL;
    options.extensions = ".png";
    tree_refuse(&options, TN_EINVAL, "extensions");
    options.extensions = NULL;
    tn_dataset *const folder = tree_open(&place);
    ck_assert_ptr_null(start_unpack(folder, "x", 1));
    ck_assert_ptr_nonnull(strstr(tn_error(), "not a pack"));
    tn_dataset_destroy(folder);
}
END_TEST

/* A file that cannot be read ends the job with an error that names it. */
START_TEST(test_unreadable)
{
    tn_dataset *const dataset = tree_open(&place);
    ck_assert_int_eq(unlink(tree_path(&place, "dog/1 é.jpg")), 0);
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&out, "pack"));
    const tn_pack_options options = {.size = (int32_t)sizeof options, .threads = 3, .path = path};
    tn_task *const job = tn_pack_start(dataset, &options);
    ck_assert_ptr_nonnull(job);
    ck_assert_int_eq(tn_task_wait(job, -1), TN_EIO);
    tn_error_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_error_details(&info), TN_OK);
    ck_assert_str_eq(info.name, "dog/1 é.jpg");
    ck_assert_int_eq(tn_task_wait(job, 0), TN_EIO);
    tn_task_destroy(job);
    tn_dataset_destroy(dataset);
    ck_assert_ptr_null(open_pack("pack"));
}
END_TEST

/* A manifest with a changed byte, or without its end, is refused with a reason. */
START_TEST(test_damaged_manifest)
{
    static uint8_t bytes[MOST];
    pack("pack", TN_PACK_FAST, 1);
    const long n = read_file(&out, "pack/tench.pack", bytes);
    ck_assert_int_gt(n, 0);
    for (long at = 0; at < n; at++) {
        bytes[at] ^= 0x41;
        write_out("pack/tench.pack", bytes, n);
        bytes[at] ^= 0x41;
        ck_assert_ptr_null(open_pack("pack"));
        ck_assert_ptr_nonnull(strstr(tn_error(), "tench.pack"));
        write_out("pack/tench.pack", bytes, at);
        ck_assert_ptr_null(open_pack("pack"));
    }
}
END_TEST

/* A damaged shard either changes nothing or causes an error. */
static void check_samples(const uint64_t expected[], bool all_same)
{
    tn_dataset *const packed = open_pack("pack");
    int n_faults = 0;
    ck_assert_msg(packed != NULL, "%s", tn_error());
    for (int64_t i = 0; i < tn_dataset_count(packed); i++) {
        tn_image *const image = tn_dataset_image(packed, i);
        ck_assert(image != NULL || strlen(tn_error()) > 10);
        if (image)
            ck_assert_msg(look(packed, i) == expected[i], "sample %d has other pixels", (int)i);
        n_faults += image == NULL;
        tn_image_destroy(image);
    }
    ck_assert(!all_same || n_faults == 2); /* the files that are not images */
    tn_dataset_destroy(packed);
}

START_TEST(test_damaged_shard)
{
    static uint8_t bytes[MOST];
    uint64_t expected[15];
    pack("pack", TN_PACK_FAST, 1);
    tn_dataset *const folder = tree_open(&place);
    for (int64_t i = 0; i < 15; i++)
        expected[i] = look(folder, i);
    tn_dataset_destroy(folder);
    const long n = read_file(&out, "pack/shard-00001.coef", bytes);
    check_samples(expected, true);
    for (long at = _i; at < n; at += 29) {
        bytes[at] ^= 0x10;
        write_out("pack/shard-00001.coef", bytes, n);
        bytes[at] ^= 0x10;
        check_samples(expected, false);
    }
    write_out("pack/shard-00001.coef", bytes, n / 2);
    check_samples(expected, false);
    ck_assert_int_lt(unpack("pack", "again"), 0);
    ck_assert_ptr_nonnull(strstr(tn_error(), "shard-00001.coef"));
    ck_assert_int_ne(access(tree_path(&out, "again"), F_OK), 0);
    ck_assert_int_eq(unlink(tree_path(&out, "pack/shard-00001.coef")), 0);
    check_samples(expected, false);
}
END_TEST

START_TEST(test_stop)
{
    tn_task *const job = start("pack", TN_PACK_FAST, 2);
    ck_assert_ptr_nonnull(job);
    ck_assert_int_eq(tn_task_stop(job), TN_OK);
    ck_assert_int_eq(tn_task_wait(job, -1), TN_OK);
    tn_task_destroy(job);
    tn_dataset *const early = open_pack("pack");
    if (!early) {
        const tn_pack_facts facts = pack("pack", TN_PACK_FAST, 1);
        ck_assert_int_eq(facts.done, 15);
    }
    tn_dataset_destroy(early);
    pack("other", TN_PACK_FAST, 1);
    check_same_packs("pack", "other");
}
END_TEST

START_TEST(test_arguments)
{
    tn_dataset *const dataset = tree_open(&place);
    tn_pack_options options = {.size = (int32_t)sizeof options, .path = "x", .layout = 7};
    ck_assert_ptr_null(tn_pack_start(NULL, &options));
    ck_assert_ptr_null(tn_pack_start(dataset, &options));
    ck_assert_ptr_nonnull(strstr(tn_error(), "layout is 7"));
    options.layout = 0;
    options.shard_bytes = 5;
    ck_assert_ptr_null(tn_pack_start(dataset, &options));
    ck_assert_ptr_nonnull(strstr(tn_error(), "shard_bytes is 5"));
    options.shard_bytes = 0;
    options.path = NULL;
    ck_assert_ptr_null(tn_pack_start(dataset, &options));
    options.size = 1;
    ck_assert_ptr_null(tn_pack_start(dataset, &options));
    ck_assert_ptr_null(start_unpack(dataset, "", 1));
    ck_assert_int_eq(tn_task_wait(NULL, -1), TN_EINVAL);
    ck_assert_int_eq(tn_task_stop(NULL), TN_EINVAL);
    ck_assert_int_eq(tn_pack_facts_of(NULL, NULL), TN_EINVAL);
    tn_task_destroy(NULL);
    tn_dataset_destroy(dataset);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("packs");
    TCase *const cases = tcase_create("packs");
    tcase_set_timeout(cases, 240);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, test_any_number_of_threads, 0, 2);
    tcase_add_loop_test(cases, test_as_the_folder, 0, 2);
    tcase_add_loop_test(cases, test_unpack, 0, 2);
    tcase_add_test(cases, test_resume);
    tcase_add_test(cases, test_weights);
    tcase_add_test(cases, test_wrong_weights);
    tcase_add_test(cases, test_refused);
    tcase_add_test(cases, test_unreadable);
    tcase_add_test(cases, test_damaged_manifest);
    tcase_add_loop_test(cases, test_damaged_shard, 0, 3);
    tcase_add_test(cases, test_stop);
    tcase_add_test(cases, test_arguments);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
