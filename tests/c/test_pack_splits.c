/* SPDX-License-Identifier: MIT */
/* Checks splits in packs: a split equals the folder of its name in samples, labels, order,
 * fingerprint, state and bytes, and the whole pack equals the root opened as one folder. */
#include <check.h>

#include "data/dataset.h"
#include "data/pack/source.h"
#include "pack_case.h"
#include "split_folders.h"
#include "suite.h"

static void fill_class(const char *folder, int first, int n)
{
    for (int i = first; i < first + n; i++) {
        char path[64];
        const jpeg_recipe recipe = {.w = 30 + 5 * i,
                                    .h = 70 - 3 * i,
                                    .channels = 3,
                                    .space = JCS_YCbCr,
                                    .quality = 60 + 2 * i};
        snprintf(path, sizeof path, "%s/%d.jpg", folder, i);
        write_jpeg(path, &recipe);
    }
}

/* The splits have different classes, and one class is nested deeper. */
static void set_up_splits(void)
{
    place = tree_make();
    out = tree_make();
    fill_class("train/shoe", 0, 5);
    fill_class("train/hat", 3, 6);
    fill_class("val/deep/shoe", 1, 4);
    fill_class("val/bag", 2, 3);
    fill_class("test/hat", 0, 2);
    tree_write(&place, "test/hat/text.jpg", "not an image", 12);
    tree_folder(&place, "eval/"); /* without images */
}

static tn_dataset *open_split(const tree *where, const char *path, const char *split)
{
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", path ? tree_path(where, path) : where->root);
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = root, .split = split, .threads = 2};
    return tn_dataset_create(&options);
}

/* Gets the state in the middle of an epoch, and the hash of all its batches. */
static void run_epoch(tn_dataset *dataset, char state[TREE_PATH], char text[33])
{
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = 2,
                                       .seed = 5,
                                       .order = "feistel-1",
                                       .threads = 2,
                                       .on_fault = TN_FAULT_SKIP};
    tn_transform *const transform =
        tn_transform_create("random_resized_crop size=24; hflip p=0.5; convert dtype=u8");
    ck_assert_msg(transform != NULL, "%s", tn_error());
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int status;
    ck_assert_int_eq(tn_loader_start(loader, 3), TN_OK);
    for (int n = 0; (status = tn_loader_next(loader, &batch, -1)) == TN_OK; n++) {
        ck_assert_int_eq(tn_hash_batch(hash, &batch), TN_OK);
        if (n == 0)
            snprintf(state, TREE_PATH, "%s", tn_loader_state(loader));
    }
    ck_assert_msg(status == TN_END, "%s", tn_error());
    tn_hash_text(hash, text);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
}

static void check_same_runs(tn_dataset *a, tn_dataset *b)
{
    static char state[2][TREE_PATH];
    char hash[2][33];
    run_epoch(a, state[0], hash[0]);
    run_epoch(b, state[1], hash[1]);
    ck_assert_str_eq(state[0], state[1]);
    ck_assert_str_eq(hash[0], hash[1]);
}

static void check_same_data_sets(tn_dataset *folder, tn_dataset *packed)
{
    check_same_samples(packed, folder);
    ck_assert_str_eq(tn_dataset_split(packed), tn_dataset_split(folder));
    check_same_runs(folder, packed);
    tn_dataset_destroy(folder);
    tn_dataset_destroy(packed);
}

static const char *const named[] = {"train", "val", "test", "validation", "training", NULL};

START_TEST(as_the_folder)
{
    pack("pack", TN_PACK_FAST, 2);
    check_same_data_sets(open_split(&place, NULL, named[_i]), open_split(&out, "pack", named[_i]));
}
END_TEST

START_TEST(splits_are_listed)
{
    char root[2 * TREE_PATH];
    pack("pack", TN_PACK_FAST, 1);
    snprintf(root, sizeof root, "%s", tree_path(&out, "pack"));
    tn_dataset_options options = {.size = (int32_t)sizeof options, .root = root};
    ck_assert_str_eq(tn_dataset_splits(&options), "test train val");
    options.split = "holdout";
    tree_refuse(&options, TN_EINVAL, "its splits are test, train, val");
    options.split = NULL;
    options.split_rule = TN_SPLIT_OR_WHOLE;
    tree_refuse(&options, TN_EINVAL, "has the splits test, train, val");
}
END_TEST

static tn_pack_facts pack_split(const char *path, const char *split, int32_t splits)
{
    char full[2 * TREE_PATH];
    snprintf(full, sizeof full, "%s", tree_path(&out, path));
    tn_pack_facts facts = {.size = (int32_t)sizeof facts};
    tn_dataset *const dataset = open_split(&place, NULL, split);
    const tn_pack_options options = {.size = (int32_t)sizeof options,
                                     .threads = 2,
                                     .splits = splits,
                                     .shard_bytes = SHARD_BYTES,
                                     .path = full};
    tn_task *const job = tn_pack_start(dataset, &options);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_msg(tn_task_wait(job, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_pack_facts_of(job, &facts), TN_OK);
    tn_task_destroy(job);
    tn_dataset_destroy(dataset);
    return facts;
}

/* A split has its own shards, equal to those in a pack of that split alone. */
START_TEST(shards_never_mix_splits)
{
    uint32_t next = 0;
    pack("pack", TN_PACK_FAST, 2);
    for (int s = 0; s < 3; s++) {
        static const char *const sorted[] = {"test", "train", "val"};
        if (s > 0)
            remove_pack("alone");
        pack_split("alone", sorted[s], 0);
        tn_dataset *const split = open_split(&out, "pack", sorted[s]);
        tn_dataset *const alone = open_split(&out, "alone", NULL);
        uint32_t last = 0;
        for (int64_t i = 0; i < tn_dataset_count(alone); i++) {
            const tn__pack_entry *const a = tn__pack_entry_of(split->source, i);
            const tn__pack_entry *const b = tn__pack_entry_of(alone->source, i);
            ck_assert_uint_eq(a->shard, b->shard + next);
            ck_assert(a->offset == b->offset && a->length == b->length);
            ck_assert_uint_eq(a->checksum, b->checksum);
            last = a->shard > last ? a->shard : last;
        }
        next = last + 1;
        tn_dataset_destroy(split);
        tn_dataset_destroy(alone);
    }
    ck_assert_int_eq(count_shards("pack"), next);
}
END_TEST

/* A pack has no splits with splits=TN_NO, and if train is a class. */
START_TEST(without_splits)
{
    char root[2 * TREE_PATH];
    if (_i == 0) {
        pack_split("pack", NULL, TN_NO);
    } else {
        fill_class("bus", 0, 2);
        pack("pack", TN_PACK_FAST, 1);
    }
    snprintf(root, sizeof root, "%s", tree_path(&out, "pack"));
    tn_dataset_options options = {.size = (int32_t)sizeof options, .root = root};
    ck_assert_str_eq(tn_dataset_splits(&options), "");
    options.split = "train";
    tree_refuse(&options, TN_EINVAL, "has no splits");
    check_same_data_sets(open_split(&place, NULL, NULL), open_split(&out, "pack", NULL));
}
END_TEST

START_TEST(unpacked)
{
    char folder[2 * TREE_PATH];
    pack("pack", TN_PACK_FAST, 1);
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
    check_unpacked("again", "");
    tn_dataset *const split = open_split(&out, "pack", "val");
    snprintf(folder, sizeof folder, "%s", tree_path(&out, "val only"));
    tn_task *const job = start_unpack(split, folder, 2);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_task_wait(job, -1), TN_OK);
    tn_task_destroy(job);
    tn_dataset_destroy(split);
    check_unpacked("val only", "val/");
}
END_TEST

/* A job with splits may end at any file: continuing it makes the same pack. */
START_TEST(continued)
{
    pack("whole", TN_PACK_FAST, 2);
    tn_dataset *const dataset = tree_open(&place);
    char name[TREE_PATH];
    snprintf(name, sizeof name, "%s", tn_dataset_sample_name(dataset, 5 * _i));
    tn_dataset_destroy(dataset);
    pack_without(name, "pack");
    const tn_pack_facts facts = pack("pack", TN_PACK_FAST, 3);
    ck_assert_int_eq(facts.done, facts.samples);
    check_same_packs("whole", "pack");
}
END_TEST

/* A class map also gives the splits their classes. */
START_TEST(with_a_class_map)
{
    char root[2 * TREE_PATH];
    tree_write(&place, "map.txt", "shoe\nhat\nbag\n", 13);
    tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = place.root, .class_map = "map.txt", .threads = 1};
    tn_dataset *const whole = tn_dataset_create(&options);
    ck_assert_msg(whole != NULL, "%s", tn_error());
    tn_task *const job = start_on(whole, "pack", TN_PACK_FAST, 2);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_task_wait(job, -1), TN_OK);
    tn_task_destroy(job);
    tn_dataset_destroy(whole);
    snprintf(root, sizeof root, "%s", tree_path(&place, "map.txt"));
    options.class_map = root;
    options.split = "val";
    check_same_data_sets(tn_dataset_create(&options), open_split(&out, "pack", "val"));
}
END_TEST

static void set_up_containers(void)
{
    place = tree_make();
    out = container_tree();
}

/* The files of the splits train and val. In the first rows folders divide them, in the others the
 * kinds do it themselves. NULL: a class folder. */
static const struct {
    const char *train, *val;
    int train_kind, val_kind;
    const char *refusal; /* NULL: a pack can hold the samples */
} divided[] = {
    {"train", "val", 0, 0, NULL},
    {"train", "val", 1, 1, NULL},
    {"train", "val", 2, 2, NULL},
    {"train", "val", 3, 3, NULL},
    {"train", "val", 4, 4, "\"train/negative\" is in no class"},
    {"train", "val", 5, 5, NULL},
    {"train", "val", 1, 2, NULL}, /* of two kinds, with other classes */
    {"train", "val", -1, 2, NULL},
    {"x-train-0.tar", "x-val-0.tar", 0, 0, NULL},
    {"train-0.parquet", "val-0.parquet", 3, 3, NULL},
    {"x-train.tfrecord", "x-val.tfrecord", 5, 5, NULL},
};
enum { N_DIVIDED = sizeof divided / sizeof *divided };

static void add_split_of(const char *path, int kind)
{
    char full[64];
    if (kind < 0) {
        snprintf(full, sizeof full, "%s/shoe", path);
        fill_class(full, 0, 3);
    } else if (strchr(path, '.')) {
        copy_container(&place, path, kind);
    } else {
        add_container(&place, path, kind);
    }
}

/* Unpacking writes the file of each sample below the folder of its split. */
static void check_restored(const char *folder, const char *split)
{
    tn_dataset *const dataset = open_split(&place, NULL, split);
    tn__buffer file = {0};
    for (int64_t i = 0; i < tn_dataset_count(dataset); i++) {
        static uint8_t bytes[MOST];
        char path[TREE_PATH];
        ck_assert_int_eq(tn__dataset_read(dataset, i, &file), TN_OK);
        snprintf(path, sizeof path, "%s/%s/%s", folder, split, tn_dataset_sample_name(dataset, i));
        ck_assert_int_eq(read_file(&out, path, bytes), (long)file.size);
        ck_assert_int_eq(memcmp(bytes, file.bytes, file.size), 0);
    }
    tn__buffer_free(&file);
    tn_dataset_destroy(dataset);
}

/* Containers of golden tests hold texts, not images, so no batch can be made of them. */
static void check_same_beginnings(tn_dataset *source, tn_dataset *packed)
{
    static char state[2][TREE_PATH];
    check_same_samples(packed, source);
    for (int k = 0; k < 2; k++) {
        tn_dataset *const dataset = k ? packed : source;
        const tn_loader_options options = {
            .size = (int32_t)sizeof options, .batch_size = 2, .seed = 5, .order = "feistel-1"};
        tn_transform *const transform = tn_transform_create("center_crop size=8");
        tn_loader *const loader = tn_loader_create(dataset, transform, &options);
        ck_assert_msg(loader != NULL, "%s", tn_error());
        ck_assert_int_eq(tn_loader_start(loader, 3), TN_OK);
        snprintf(state[k], sizeof state[k], "%s", tn_loader_state(loader));
        tn_loader_destroy(loader);
        tn_transform_destroy(transform);
        tn_dataset_destroy(dataset);
    }
    ck_assert_str_eq(state[0], state[1]);
}

static void refuse_to_pack(const char *text)
{
    tn_dataset *const dataset = tree_open(&place);
    ck_assert_ptr_null(start_on(dataset, "pack", TN_PACK_FAST, 1));
    ck_assert_msg(strstr(tn_error(), text) != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
}

/* Without a split, the pack has the samples of all splits, each in the class of the same name. */
static void check_whole(void)
{
    tn_dataset *const whole = open_split(&out, "pack", NULL);
    int64_t at = 0;
    for (int s = 0; s < 2; s++) {
        const char *const name = s ? "val" : "train";
        tn_dataset *const split = open_split(&place, NULL, name);
        for (int64_t i = 0; i < tn_dataset_count(split); i++, at++) {
            char joined[TREE_PATH];
            snprintf(joined, sizeof joined, "%s/%s", name, tn_dataset_sample_name(split, i));
            ck_assert_str_eq(tn_dataset_sample_name(whole, at), joined);
            ck_assert_str_eq(tn_dataset_class_name(whole, tn_dataset_label(whole, at)),
                             tn_dataset_class_name(split, tn_dataset_label(split, i)));
        }
        tn_dataset_destroy(split);
    }
    ck_assert_int_eq(at, tn_dataset_count(whole));
    tn_dataset_destroy(whole);
}

/* The splits of a pack are those of the containers, even if they have samples of equal names. */
START_TEST(of_containers)
{
    add_split_of(divided[_i].train, divided[_i].train_kind);
    add_split_of(divided[_i].val, divided[_i].val_kind);
    if (divided[_i].refusal) {
        refuse_to_pack(divided[_i].refusal);
        return;
    }
    pack("pack", TN_PACK_FAST, 2);
    for (int s = 0; s < 2; s++) {
        const char *const split = s ? "val" : "train";
        check_same_beginnings(open_split(&place, NULL, split), open_split(&out, "pack", split));
    }
    check_whole();
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
    check_restored("again", "train");
    check_restored("again", "val");
}
END_TEST

/* Where folders divide containers, all samples are one data set, named or not. */
START_TEST(folders_of_containers_as_one)
{
    static const char *const names[] = {NULL, "zip"};
    add_container(&place, "train", 2);
    add_container(&place, "val", 2);
    pack("pack", TN_PACK_FAST, 2);
    check_same_beginnings(container_open(place.root, NULL, names[_i]),
                          open_split(&out, "pack", NULL));
}
END_TEST

static void place_info(const char *other)
{
    char info[200];
    const int n = snprintf(info, sizeof info,
                           "{\"splits\": {\"train\": {\"filenames\": [\"a.tar\"]}, "
                           "\"%s\": {\"filenames\": [\"b.tar\"]}}}",
                           other);
    copy_container(&place, "a.tar", 0);
    copy_container(&place, "b.tar", 0);
    tree_write(&place, "_info.json", info, (size_t)n);
}

START_TEST(splits_with_other_names)
{
    place_info("holdout_2.1-full");
    refuse_to_pack("the name of the split \"holdout_2.1-full\" has more than 15 bytes");
    place_info("holdout_2.1-ful");
    pack("pack", TN_PACK_FAST, 2);
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = tree_path(&out, "pack")};
    ck_assert_str_eq(tn_dataset_splits(&options), "holdout_2.1-ful train");
    check_same_beginnings(open_split(&place, NULL, "holdout_2.1-ful"),
                          open_split(&out, "pack", "holdout_2.1-ful"));
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
    check_restored("again", "holdout_2.1-ful");
}
END_TEST

/* Their names would lead out of the folder of an unpacked data set. */
START_TEST(names_that_no_split_may_have)
{
    static const char *const names[] = {"..", ".hidden", "a/b", "a b", ""};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        place_info(names[k]);
        const tn_dataset_options options = {.size = (int32_t)sizeof options, .root = place.root};
        ck_assert_ptr_null(tn_dataset_splits(&options));
        ck_assert_msg(strstr(tn_error(), "cannot be the name of a split") != NULL, "%s",
                      tn_error());
    }
}
END_TEST

START_TEST(samples_in_no_split_are_not_lost)
{
    copy_container(&place, "train-0.parquet", 3);
    copy_container(&place, "more.parquet", 3);
    refuse_to_pack("are in none of its splits");
}
END_TEST

static void move(const tree *from, const char *old, const tree *to, const char *new)
{
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(from, old));
    ck_assert_int_eq(rename(path, tree_path(to, new)), 0);
}

START_TEST(a_split_that_is_a_pack_is_not_lost)
{
    fill_class("shoe", 0, 3);
    pack("pack", TN_PACK_FAST, 1);
    move(&place, "shoe", &out, "shoe");
    move(&out, "pack", &place, "val");
    fill_class("train/hat", 0, 2);
    refuse_to_pack("lacks images of the split \"val\"");
}
END_TEST

START_TEST(equal_names_in_one_split_are_refused)
{
    copy_container(&place, "train/a.tar", 1);
    copy_container(&place, "train/b.tar", 1);
    refuse_to_pack("occurs twice");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("pack splits");
    TCase *const cases = tcase_create("the data set that you named");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up_splits, tear_down);
    tcase_add_loop_test(cases, as_the_folder, 0, sizeof named / sizeof *named);
    tcase_add_test(cases, splits_are_listed);
    tcase_add_test(cases, shards_never_mix_splits);
    tcase_add_loop_test(cases, without_splits, 0, 2);
    tcase_add_test(cases, unpacked);
    tcase_add_loop_test(cases, continued, 0, 4);
    tcase_add_test(cases, with_a_class_map);
    suite_add_tcase(suite, cases);
    TCase *const containers_case = tcase_create("containers");
    tcase_add_checked_fixture(containers_case, set_up_containers, tear_down);
    tcase_add_loop_test(containers_case, of_containers, 0, N_DIVIDED);
    tcase_add_loop_test(containers_case, folders_of_containers_as_one, 0, 2);
    tcase_add_test(containers_case, splits_with_other_names);
    tcase_add_test(containers_case, names_that_no_split_may_have);
    tcase_add_test(containers_case, samples_in_no_split_are_not_lost);
    tcase_add_test(containers_case, a_split_that_is_a_pack_is_not_lost);
    tcase_add_test(containers_case, equal_names_in_one_split_are_refused);
    suite_add_tcase(suite, containers_case);
    return suite_run(suite);
}
