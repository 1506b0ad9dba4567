/* SPDX-License-Identifier: MIT */
/* Checks the limits of packs: many shards with few descriptors, manifests that are too long or
 * forged, limits on the length of files. Packs of version 1 can be read. */
#include <check.h>
#include <pthread.h>
#include <sys/resource.h>

#include "cpu/checksum.h"
#include "data/dataset.h"
#include "data/files.h"
#include "data/pack/manifest.h"
#include "data/pack/source.h"
#include "pack_case.h"
#include "suite.h"

enum { N_FILES = 200, N_THREADS = 4 };

static tn_pack_facts pack_in_small_shards(void)
{
    char full[2 * TREE_PATH];
    snprintf(full, sizeof full, "%s", tree_path(&out, "pack"));
    tn_pack_facts facts = {.size = (int32_t)sizeof facts};
    tn_dataset *const dataset = tree_open(&place);
    const tn_pack_options options = {
        .size = (int32_t)sizeof options, .threads = 2, .shard_bytes = 1024, .path = full};
    tn_task *const job = tn_pack_start(dataset, &options);
    ck_assert_msg(job != NULL, "%s", tn_error());
    ck_assert_msg(tn_task_wait(job, -1) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_pack_facts_of(job, &facts), TN_OK);
    tn_task_destroy(job);
    tn_dataset_destroy(dataset);
    return facts;
}

static void set_up_many(void)
{
    place = tree_make();
    out = tree_make();
    for (int i = 0; i < N_FILES; i++) {
        char path[64];
        const jpeg_recipe recipe = {
            .w = 32, .h = 32, .channels = 3, .space = JCS_YCbCr, .quality = 50 + i % 50};
        snprintf(path, sizeof path, "%s/%d.jpg", i % 2 ? "dog" : "cat", i);
        write_jpeg(path, &recipe);
    }
}

static void limit_descriptors(rlim_t n)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = n;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static rlim_t next_descriptor(void)
{
    const int descriptor = dup(0);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    return (rlim_t)descriptor;
}

typedef struct reading {
    tn_dataset *packed;
    const uint64_t *expected;
    int number, n_wrong;
} reading;

/* Reads all samples; each thread has its own order and reads some of them many times. */
static void *read_all(void *argument)
{
    reading *const self = argument;
    for (int k = 0; k < 2 * N_FILES; k++) {
        const int64_t sample =
            k % 5 == 0 ? self->number : (k * (2 * self->number + 7) + self->number) % N_FILES;
        self->n_wrong += look(self->packed, sample) != self->expected[sample];
    }
    return NULL;
}

/* The process may open a quarter of the shards, or hardly one for each thread. */
START_TEST(few_descriptors)
{
    static uint64_t expected[N_FILES];
    pthread_t threads[N_THREADS];
    reading readings[N_THREADS];
    pack_in_small_shards();
    ck_assert_int_eq(count_shards("pack"), N_FILES);
    tn_dataset *const folder = tree_open(&place), *const packed = open_pack("pack");
    for (int64_t i = 0; i < N_FILES; i++)
        expected[i] = look(folder, i);
    tn_dataset_destroy(folder);
    limit_descriptors(_i == 0 ? 64 : next_descriptor() + 2);
    for (int t = 0; t < N_THREADS; t++) {
        readings[t] = (reading){packed, expected, t, 0};
        ck_assert_int_eq(pthread_create(&threads[t], NULL, read_all, &readings[t]), 0);
    }
    for (int t = 0; t < N_THREADS; t++) {
        ck_assert_int_eq(pthread_join(threads[t], NULL), 0);
        ck_assert_int_eq(readings[t].n_wrong, 0);
    }
    ck_assert_int_ge(tn__files_count(), 1);
    ck_assert_int_le(tn__files_count(), 16 + N_THREADS);
    tn_dataset_destroy(packed);
    ck_assert_int_eq(tn__files_count(), 0);
}
END_TEST

/* Two packs share the limit: one gets the descriptors that the other does not use. */
START_TEST(two_packs)
{
    pack_in_small_shards();
    tn_dataset *const first = open_pack("pack"), *const second = open_pack("pack");
    limit_descriptors(64);
    for (int64_t i = 0; i < N_FILES; i++)
        ck_assert_uint_eq(look(first, i), look(second, N_FILES - 1 - i % 3) ? look(first, i) : 0);
    ck_assert_int_le(tn__files_count(), 16);
    tn_dataset_destroy(first);
    ck_assert_uint_ne(look(second, 0), 0);
    tn_dataset_destroy(second);
    ck_assert_int_eq(tn__files_count(), 0);
}
END_TEST

START_TEST(no_descriptor_at_all)
{
    pack_in_small_shards();
    tn_dataset *const packed = open_pack("pack");
    limit_descriptors(next_descriptor());
    ck_assert_ptr_null(tn_dataset_image(packed, 3));
    tn_error_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_error_details(&info), TN_OK);
    ck_assert_msg(strstr(info.message, "ulimit -n") != NULL, "%s", info.message);
    ck_assert_int_eq(info.is_machines, TN_YES);
    limit_descriptors(64);
    tn_image *const image = tn_dataset_image(packed, 3);
    ck_assert_msg(image != NULL, "%s", tn_error());
    tn_image_destroy(image);
    tn_dataset_destroy(packed);
}
END_TEST

static long peak_kib(void)
{
    struct rusage use;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &use), 0);
    return use.ru_maxrss;
}

/* A sparse manifest of 5 GiB: with an empty head, and with a head that gives this length. */
START_TEST(a_long_manifest)
{
    static uint8_t bytes[MOST];
    const uint64_t size = (uint64_t)5 << 30;
    const long before = peak_kib();
    pack("pack", TN_PACK_FAST, 1);
    const long n = read_file(&out, "pack/tench.pack", bytes);
    if (_i == 0)
        memset(bytes, 0, (size_t)n);
    tn__put_64(bytes + TN__MANIFEST_SIZE, size);
    const uint64_t samples = (size - TN__MANIFEST_HEAD) / (TN__MANIFEST_ENTRY + 20);
    tn__put_64(bytes + TN__MANIFEST_SAMPLES, samples);
    tn__put_64(bytes + TN__MANIFEST_NAME_BYTES, size - TN__MANIFEST_HEAD -
                                                    samples * TN__MANIFEST_ENTRY -
                                                    tn__get_64(bytes + TN__MANIFEST_CLASS_BYTES));
    tree_write(&out, "pack/tench.pack", bytes, (size_t)n);
    ck_assert_int_eq(truncate(tree_path(&out, "pack/tench.pack"), (off_t)size), 0);
    ck_assert_ptr_null(open_pack("pack"));
    ck_assert_msg(strstr(tn_error(), _i == 0 ? "is not a pack's manifest" : "is damaged") != NULL,
                  "%s", tn_error());
    ck_assert_int_lt(peak_kib() - before, 512 << 10); /* sanitizers need more */
}
END_TEST

/* Rewrites the manifest as version 1. */
static void make_first_version(void)
{
    static uint8_t from[MOST], to[MOST];
    const long n = read_file(&out, "pack/tench.pack", from);
    const uint64_t samples = tn__get_64(from + TN__MANIFEST_SAMPLES);
    const size_t names = TN__MANIFEST_HEAD + samples * TN__MANIFEST_ENTRY;
    size_t size = TN__MANIFEST_HEAD_1;
    memcpy(to, from, size);
    to[TN__PACK_VERSION_AT] = 1;
    for (uint64_t i = 0; i < samples; i++, size += TN__MANIFEST_ENTRY_1)
        memcpy(to + size, from + TN__MANIFEST_HEAD + i * TN__MANIFEST_ENTRY, TN__MANIFEST_ENTRY_1);
    memcpy(to + size, from + names, (size_t)n - names);
    size += (size_t)n - names;
    tn__put_64(to + TN__MANIFEST_SIZE, size);
    tn__put_64(to + TN__MANIFEST_CHECKSUM,
               tn__checksum(to + TN__MANIFEST_SIZE, size - TN__MANIFEST_SIZE));
    tree_write(&out, "pack/tench.pack", to, size);
}

static tn_dataset *open_with_limit(const char *root, int64_t max_file_bytes)
{
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = root,
                                        .threads = 1,
                                        .max_file_bytes = max_file_bytes};
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

/* A limit refuses the same files in a folder and in its pack, in both versions. */
START_TEST(limits_apply_to_the_files)
{
    char root[2 * TREE_PATH];
    pack("pack", TN_PACK_FAST, 2);
    if (_i)
        make_first_version();
    snprintf(root, sizeof root, "%s", tree_path(&out, "pack"));
    tn_dataset *const all = tree_open(&place);
    for (int64_t i = 0; i < tn_dataset_count(all); i++) {
        tn_image_info a = {.size = (int32_t)sizeof a}, b = a;
        const int64_t n = facts_of(&place, tn_dataset_sample_name(all, i)).st_size;
        for (int64_t limit = n - 1; limit <= n; limit++) {
            if (limit < 1)
                continue;
            tn_dataset *const folder = open_with_limit(place.root, limit);
            tn_dataset *const packed = open_with_limit(root, limit);
            ck_assert_int_eq(tn_dataset_probe(packed, i, &a), tn_dataset_probe(folder, i, &b));
            ck_assert_int_eq(a.file_bytes, b.file_bytes);
            ck_assert_uint_eq(look(packed, i), look(folder, i));
            tn_dataset_destroy(folder);
            tn_dataset_destroy(packed);
        }
    }
    tn_dataset_destroy(all);
}
END_TEST

START_TEST(the_first_version)
{
    pack("pack", TN_PACK_FAST, 2);
    make_first_version();
    tn_dataset *const folder = tree_open(&place), *const packed = open_pack("pack");
    ck_assert_msg(packed != NULL, "%s", tn_error());
    ck_assert_uint_eq(tn_dataset_fingerprint(packed), tn_dataset_fingerprint(folder));
    for (int64_t i = 0; i < tn_dataset_count(folder); i++) {
        ck_assert_int_eq(tn_dataset_label(packed, i), tn_dataset_label(folder, i));
        ck_assert_uint_eq(look(packed, i), look(folder, i));
    }
    tn_dataset_destroy(packed);
    tn_dataset_destroy(folder);
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
}
END_TEST

/* JPEGs with long tails: only one is in memory while four threads pack and unpack. */
START_TEST(large_files_take_turns)
{
    enum { N_LARGE = 4, TAIL_BYTES = 24 << 20 };
    for (int i = 0; i < N_LARGE; i++) {
        char path[64];
        snprintf(path, sizeof path, "cat/large %d.jpg", i);
        write_jpeg(path, &(jpeg_recipe){.w = 40, .h = 40, .channels = 3, .space = JCS_YCbCr});
        const off_t n = facts_of(&place, path).st_size;
        ck_assert_int_eq(truncate(tree_path(&place, path), n + TAIL_BYTES), 0);
    }
    const long before = peak_kib();
    const tn_pack_facts facts = pack("pack", TN_PACK_FAST, 4);
    const long packing = peak_kib() - before;
    ck_assert_int_gt(facts.coefficient_bytes, N_LARGE * (int64_t)TAIL_BYTES);
    ck_assert_msg(unpack("pack", "again") == TN_OK, "%s", tn_error());
    if (!HAS_SANITIZER)
        ck_assert_msg(packing < 5 * (TAIL_BYTES >> 10), "%ld KiB for packing", packing);
}
END_TEST

static void mend_checksum(uint8_t *bytes, size_t n)
{
    tn__put_64(bytes + TN__MANIFEST_CHECKSUM,
               tn__checksum(bytes + TN__MANIFEST_SIZE, n - TN__MANIFEST_SIZE));
}

/* Asks for all facts of a data set and reads all samples. */
static void use_all(tn_dataset *packed)
{
    size_t n_bytes = 0;
    for (int32_t label = 0; label < tn_dataset_classes(packed); label++)
        n_bytes += strlen(tn_dataset_class_name(packed, label));
    for (int64_t i = 0; i < tn_dataset_count(packed); i++) {
        n_bytes += strlen(tn_dataset_sample_name(packed, i));
        ck_assert_int_lt(tn_dataset_label(packed, i), tn_dataset_classes(packed));
        tn_image_destroy(tn_dataset_image(packed, i));
    }
    ck_assert_uint_gt(n_bytes, 0);
    tn_dataset_destroy(packed);
}

/* Forged manifests with a right checksum and wrong bytes: each is refused, or describes a
 * consistent data set, whole and by split. */
START_TEST(forged_manifests_are_consistent_or_refused)
{
    enum { TIMES = 400 };
    static uint8_t good[MOST], bytes[MOST];
    char root[2 * TREE_PATH];
    uint64_t state = (uint64_t)_i * 1000003 + 1;
    tree_write(&place, "train/a/x.jpg", "x", 1);
    tree_write(&place, "train/b/y.jpg", "y", 1);
    ck_assert_int_eq(rename(tree_path(&place, "cat"), tree_path(&out, "cat")), 0);
    snprintf(root, sizeof root, "%s", tree_path(&place, "val"));
    ck_assert_int_eq(rename(tree_path(&place, "dog"), root), 0);
    pack("pack", TN_PACK_FAST, 1);
    snprintf(root, sizeof root, "%s", tree_path(&out, "pack"));
    const size_t n = (size_t)read_file(&out, "pack/tench.pack", good);
    for (int k = 0; k < TIMES; k++) {
        memcpy(bytes, good, n);
        for (int change = 0; change < 1 + k % 3; change++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            const size_t at = TN__MANIFEST_SIZE + (size_t)(state >> 33) % (n - TN__MANIFEST_SIZE);
            bytes[at] = (uint8_t)(k % 2 ? state >> 56 : bytes[at] ^ 1u << k % 8);
        }
        mend_checksum(bytes, n);
        tree_write(&out, "pack/tench.pack", bytes, n);
        tn_dataset_options options = {.size = (int32_t)sizeof options, .root = root, .threads = 1};
        tn_dataset *const whole = tn_dataset_create(&options);
        if (whole)
            use_all(whole);
        options.split = k % 4 ? "train" : "val";
        tn_dataset *const split = tn_dataset_create(&options);
        if (split)
            use_all(split);
        ck_assert(whole || strstr(tn_error(), "tench.pack") || strstr(tn_error(), "split"));
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("pack limits");
    TCase *const machine = tcase_create("the machine's troubles are not the file's");
    tcase_set_timeout(machine, 120);
    tcase_add_checked_fixture(machine, set_up_many, tear_down);
    tcase_add_loop_test(machine, few_descriptors, 0, 2);
    tcase_add_test(machine, two_packs);
    tcase_add_test(machine, no_descriptor_at_all);
    suite_add_tcase(suite, machine);
    TCase *const budget = tcase_create("one budget, and it holds");
    tcase_set_timeout(budget, 120);
    tcase_add_checked_fixture(budget, set_up, tear_down);
    tcase_add_loop_test(budget, a_long_manifest, 0, 2);
    tcase_add_loop_test(budget, limits_apply_to_the_files, 0, 2);
    tcase_add_test(budget, the_first_version);
    tcase_add_loop_test(budget, forged_manifests_are_consistent_or_refused, 0, 4);
    tcase_add_test(budget, large_files_take_turns);
    suite_add_tcase(suite, budget);
    return suite_run(suite);
}
