/* SPDX-License-Identifier: MIT */
/* Puts files into containers: contain_files STEP FOLDER. It takes every STEP-th file of the folder,
 *
 * - in every kind of container;
 * - in one kind of container, in all damaged variants (harm.h);
 *
 * with a good image before each, and damages containers of a few small images.
 *
 * A file in a container gives the same pixels, or the same fault, as the file alone, and an epoch
 * that skips faults gives the same bytes from each container. Nothing crashes, hangs or leaks:
 * build it with a sanitizer. The last lines name what it worked on. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "containers.h"
#include "harm.h"
#include "suite.h"
#include "tench.h"
#include "tree.h"

enum { SECONDS = 10, EPOCH_SECONDS = 60, BATCH = 4, WAIT_MS = 600000 };
enum { MAX_PIXELS = 1 << 24, LARGE_BYTES = 1 << 29, HASH = 33, MESSAGE = 160 };
enum { SMALL = 3000, N_SMALL = 6 };

/* What became of a file. */
typedef struct outcome {
    int32_t code;
    char message[MESSAGE];
    int64_t width, height;
    char hash[HASH];
} outcome;

typedef struct epoch {
    int64_t rows, faults;
    char hash[HASH];
} epoch;

static tree place;
static long n_containers, n_images, n_refused, n_rows, n_damaged, n_opened;

static void die(const char *what, const char *name)
{
    fprintf(stderr, "contain_files: %s: %s\n", name, what);
    exit(EXIT_FAILURE);
}

static tn_dataset_options options_of(void)
{
    return (tn_dataset_options){
        .size = (int32_t)sizeof(tn_dataset_options), .threads = 1, .max_pixels = MAX_PIXELS};
}

static outcome outcome_of(const tn_dataset *dataset, int64_t sample)
{
    outcome out = {0};
    limit_time(SECONDS);
    tn_image *const image = tn_dataset_image(dataset, sample);
    limit_time(0);
    if (!image) {
        tn_error_info info = {.size = (int32_t)sizeof info};
        tn_error_details(&info);
        out.code = info.code;
        snprintf(out.message, sizeof out.message, "%s", info.message);
        return out;
    }
    tn_tensor tensor = {.size = (int32_t)sizeof tensor};
    tn_image_tensor(image, &tensor);
    out.height = tensor.shape[0];
    out.width = tensor.shape[1];
    const int64_t n_bytes = out.height * out.width * tensor.shape[2];
    uint8_t *const pixels = malloc((size_t)n_bytes);
    tn_hash *const hash = tn_hash_create();
    if (!pixels || !hash || tn_image_copy(image, pixels, n_bytes) != TN_OK)
        die(tn_error(), "an image");
    tn_hash_bytes(hash, pixels, n_bytes);
    tn_hash_text(hash, out.hash);
    tn_hash_destroy(hash);
    free(pixels);
    tn_image_destroy(image);
    return out;
}

static tn_dataset *open_items(const member *members, size_t n)
{
    tn_item *const items = calloc(n + 1, sizeof *items);
    if (!items)
        die("no memory", "items");
    for (size_t m = 0; m < n; m++)
        items[m] = (tn_item){.size = (int32_t)sizeof *items,
                             .bytes = members[m].bytes,
                             .n_bytes = (int64_t)members[m].size,
                             .name = members[m].name};
    tn_dataset_options options = options_of();
    options.items = items;
    options.n_items = (int64_t)n;
    tn_dataset *const dataset = tn_dataset_create(&options);
    if (!dataset)
        die(tn_error(), "items");
    free(items);
    return dataset;
}

static tn_dataset *try_open(const char *path, const char *source)
{
    tn_dataset_options options = options_of();
    options.root = tree_path(&place, path);
    options.source = source;
    limit_time(EPOCH_SECONDS);
    tn_dataset *const dataset = tn_dataset_create(&options);
    limit_time(0);
    return dataset;
}

static tn_dataset *open_root(const char *path, const char *source)
{
    tn_dataset *const dataset = try_open(path, source);
    if (!dataset)
        die(tn_error(), path);
    return dataset;
}

static epoch load_epoch(tn_dataset *dataset)
{
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = BATCH,
                                       .threads = 2,
                                       .on_fault = TN_FAULT_SKIP,
                                       .large_bytes = LARGE_BYTES};
    tn_transform *const transform = tn_transform_create("random_resized_crop size=32; hflip p=0.5");
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = {.size = (int32_t)sizeof batch};
    epoch out = {0};
    int status = loader && hash ? tn_loader_start(loader, 0) : TN_ENOMEM;
    while (status == TN_OK) {
        limit_time(EPOCH_SECONDS);
        status = tn_loader_next(loader, &batch, WAIT_MS);
        limit_time(0);
        if (status != TN_OK)
            break;
        const tn_tensor *const images = batch.tensors[0];
        out.rows += batch.n_rows;
        tn_hash_bytes(hash, images->data, batch.n_rows * images->strides[0]);
    }
    if (status != TN_END)
        die(tn_error(), "an epoch");
    out.faults = tn_loader_faults(loader);
    tn_hash_text(hash, out.hash);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    return out;
}

/* What the files give alone, and their epoch from memory. */
typedef struct group {
    const member *members;
    size_t n;
    outcome *alone;
    epoch epoch;
} group;

static group make_group(const member *members, size_t n)
{
    group made = {members, n, calloc(n + 1, sizeof(outcome)), {0}};
    if (!made.alone)
        die("no memory", "outcomes");
    for (size_t m = 0; m < n; m++) {
        tn_dataset *const dataset = open_items(&members[m], 1);
        made.alone[m] = outcome_of(dataset, 0);
        tn_dataset_destroy(dataset);
        n_images += made.alone[m].code == TN_OK;
        n_refused += made.alone[m].code != TN_OK;
    }
    tn_dataset *const items = open_items(members, n);
    made.epoch = load_epoch(items);
    tn_dataset_destroy(items);
    return made;
}

static bool are_equal(const outcome *a, const outcome *b)
{
    return a->code == b->code && a->width == b->width && a->height == b->height &&
           strcmp(a->message, b->message) == 0 && strcmp(a->hash, b->hash) == 0;
}

/* Compares a data set with the files alone, and destroys it. */
static void compare(const group *with, tn_dataset *dataset, const char *kind)
{
    if (tn_dataset_count(dataset) != (int64_t)with->n)
        die("another number of samples", kind);
    for (size_t m = 0; m < with->n; m++) {
        const outcome contained = outcome_of(dataset, (int64_t)m), *const alone = &with->alone[m];
        if (are_equal(&contained, alone))
            continue;
        fprintf(stderr, "sample %zu alone: %d %s %" PRId64 "x%" PRId64 " %s\n", m, alone->code,
                alone->message, alone->width, alone->height, alone->hash);
        fprintf(stderr, "in a %s: %d %s %" PRId64 "x%" PRId64 " %s\n", kind, contained.code,
                contained.message, contained.width, contained.height, contained.hash);
        die("another outcome than alone", kind);
    }
    const epoch made = load_epoch(dataset);
    if (made.rows != with->epoch.rows || made.faults != with->epoch.faults ||
        strcmp(made.hash, with->epoch.hash) != 0)
        die("another epoch than the files in memory", kind);
    n_rows += made.rows;
    n_containers++;
    tn_dataset_destroy(dataset);
}

static void compare_container(const group *with, const container *kind)
{
    tn__blob blob = {0};
    kind->write(&blob, with->members, with->n);
    tree_write(&place, kind->file, blob.bytes, blob.size);
    tn__blob_free(&blob);
    compare(with, open_root(kind->file, kind->source), kind->kind);
}

static void write_folder(const group *of)
{
    tn__blob list = {0};
    char path[64];
    put(&list, "path,label\n", 11);
    for (size_t m = 0; m < of->n; m++) {
        snprintf(path, sizeof path, "folder/%s", of->members[m].name);
        tree_write(&place, path, of->members[m].bytes, of->members[m].size);
        put(&list, path, strlen(path));
        put(&list, ",c\n", 3);
    }
    tree_write(&place, "list.csv", list.bytes, list.size);
    tn__blob_free(&list);
}

static void pack(tn_dataset *folder)
{
    const tn_pack_options options = {
        .size = (int32_t)sizeof options, .threads = 2, .path = tree_path(&place, "pack")};
    tn_task *const task = tn_pack_start(folder, &options);
    if (!task || tn_task_wait(task, -1) != TN_OK)
        die(tn_error(), "a pack");
    tn_task_destroy(task);
}

/* Compares the kinds that are not a single file. */
static void compare_folders(const group *with)
{
    write_folder(with);
    tn_dataset *const folder = open_root("folder", NULL);
    pack(folder);
    compare(with, folder, "folder");
    compare(with, open_root("list.csv", NULL), "list");
    compare(with, open_root("pack", NULL), "pack");
}

static void name_members(member *members, size_t n)
{
    for (size_t m = 0; m < n; m++)
        snprintf(members[m].name, sizeof members[m].name, "c/%06zu.jpg", m);
}

/* Puts the good image before each member, because an epoch of nothing but faults would end. */
static member *mix(const loaded *good, size_t n)
{
    member *const members = calloc(2 * n, sizeof *members);
    if (!members)
        die("no memory", "members");
    for (size_t m = 0; m < 2 * n; m += 2)
        members[m] = (member){.bytes = good->bytes, .size = good->size};
    name_members(members, 2 * n);
    return members;
}

/* All files in every container. */
static void contain_all(const loaded *from, size_t n, const loaded *good)
{
    member *const members = mix(good, n);
    for (size_t f = 0; f < n; f++) {
        members[2 * f + 1].bytes = from[f].bytes;
        members[2 * f + 1].size = from[f].size;
    }
    const group all = make_group(members, 2 * n);
    for (int k = 0; k < N_CONTAINERS; k++) {
        printf("all files in a %s\n", containers[k].kind);
        fflush(stdout);
        compare_container(&all, &containers[k]);
    }
    compare_folders(&all);
    free(all.alone);
    free(members);
}

/* A file in all variants, in one container. */
static void contain_variants(const loaded *of, const loaded *good, const container *kind)
{
    member *const members = mix(good, VARIANTS);
    uint8_t *copies[VARIANTS];
    printf("%s in a %s\n", of->path, kind->kind);
    fflush(stdout);
    for (int k = 0; k < VARIANTS; k++) {
        copies[k] = harm(of->bytes, of->size, k, 0, &members[2 * k + 1].size);
        members[2 * k + 1].bytes = copies[k];
    }
    const group variants = make_group(members, (size_t)2 * VARIANTS);
    compare_container(&variants, kind);
    free(variants.alone);
    free(members);
    for (int k = 0; k < VARIANTS; k++)
        free(copies[k]);
}

/* Opens a damaged container, by its kind's name and without it, and reads what it has. */
static void open_damaged(const container *kind, const uint8_t *bytes, size_t size)
{
    tree_write(&place, kind->file, bytes, size);
    for (int is_named = 0; is_named < 2; is_named++) {
        tn_dataset *const dataset = try_open(kind->file, is_named ? kind->source : NULL);
        n_damaged++;
        if (!dataset)
            continue;
        n_opened++;
        for (int64_t s = 0; s < tn_dataset_count(dataset) && s < 2 * N_SMALL; s++)
            outcome_of(dataset, s);
        tn_dataset_destroy(dataset);
    }
}

static void damage_containers(const loaded *from, size_t n)
{
    member members[N_SMALL] = {0};
    size_t n_small = 0;
    for (size_t f = 0; f < n && n_small < N_SMALL; f++)
        if (from[f].size > 0 && from[f].size < SMALL)
            members[n_small++] = (member){.bytes = from[f].bytes, .size = from[f].size};
    name_members(members, n_small);
    for (int c = 0; c < N_CONTAINERS; c++) {
        tn__blob blob = {0};
        containers[c].write(&blob, members, n_small);
        for (int k = 0; k < VARIANTS; k++) {
            size_t size;
            uint8_t *const copy = harm(blob.bytes, blob.size, k, 0, &size);
            printf("variant %d of a damaged %s\n", k, containers[c].kind);
            fflush(stdout);
            open_damaged(&containers[c], copy, size);
            free(copy);
        }
        tn__blob_free(&blob);
    }
}

/* The smallest JPEG that decodes and is not an icon. */
static const loaded *find_good(const loaded *from, size_t n)
{
    const loaded *good = NULL;
    for (size_t f = 0; f < n; f++) {
        if (from[f].size < SMALL || memcmp(from[f].bytes, "\xFF\xD8", 2) != 0 ||
            (good && from[f].size >= good->size))
            continue;
        tn_image *const image = tn_image_decode(from[f].bytes, (int64_t)from[f].size, TN_RGB);
        tn_image_destroy(image);
        if (image)
            good = &from[f];
    }
    if (!good)
        die("no JPEG can be decoded", "the folder");
    return good;
}

static loaded *files;
static size_t n_files;

START_TEST(files_in_containers_are_as_alone)
{
    const loaded *const good = find_good(files, n_files);
    place = tree_make();
    setenv("XDG_CACHE_HOME", tree_path(&place, "cache"), 1);
    contain_all(files, n_files, good);
    for (size_t f = 0; f < n_files; f++)
        contain_variants(&files[f], good, &containers[f % N_CONTAINERS]);
    damage_containers(files, n_files);
    tree_remove(&place);
}
END_TEST

int main(int argc, char **argv)
{
    const long step = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    if (step < 1) {
        fprintf(stderr, "usage: contain_files STEP FOLDER\n");
        return EXIT_FAILURE;
    }
    files = load_files(argv[2], (size_t)step, &n_files);
    Suite *const suite = suite_create("contain");
    TCase *const tests = tcase_create("contain");
    tcase_add_test(tests, files_in_containers_are_as_alone);
    suite_add_tcase(suite, tests);
    setenv("CK_FORK", "no", 1); /* the sanitizers then see one process */
    const int status = suite_run(suite);
    free_files(files, n_files);
    printf("%zu files in %ld containers: %ld images and %ld refusals as alone, %ld rows of epochs; "
           "%ld damaged containers, %ld of them opened\n",
           n_files, n_containers, n_images, n_refused, n_rows, n_damaged, n_opened);
    return status;
}
