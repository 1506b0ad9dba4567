/* SPDX-License-Identifier: MIT */
/* Soak test: changes files that tench made, and uses them.
 *
 * TENCH=program soak_stores SEED SECONDS [NUMBER]
 *
 * A sequence changes an index store, a journal, a pack's manifest or shard, the folder of an
 * unfinished pack, a state, a class map or a recipe, and uses it. Nothing may crash, hang or take
 * all memory. If the checksums stay as they are, the result is right or an error: an index or a
 * pack gives the pixels of the files, and unpacked files are the original ones. If the checksums
 * were repaired, any result is possible, as src/data/notes/format.md says. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "mutate.h"
#include "soak.h"
#include "tench.h"

enum { N_IMAGES = 18, BATCH = 4, STATE_BYTES = 4096, MANY = 64, NAME_BYTES = 512 };
enum { MODES = TN_INDEX_OFF };

static const char *const transform_text = "random_resized_crop size=24; hflip; normalize; convert";
static const char recipe_text[] =
    "local size = 24\n"
    "return {\n"
    "    dataset = { class_map = nil, extensions = '.jpg' },\n"
    "    ops = { op.random_resized_crop{ size = size, scale = { 0.1, 1 } }, op.hflip{ p = 0.5 },\n"
    "        op.normalize{ mean = { 0.5, 0.4, 0.3 } }, op.convert{ dtype = 'f16' } },\n"
    "    loader = { batch_size = 4, shuffle = true, seed = 7, threads = 1 },\n"
    "}\n";

/* The right results, computed once. */
typedef struct references {
    char epoch[33];
    char image[N_IMAGES][33];
    char state[STATE_BYTES];
    char journal[NAME_BYTES], store[NAME_BYTES], shard[NAME_BYTES]; /* names of files */
} references;
static references *expected;
static const char *program;

static _Noreturn void unexpected(const char *what)
{
    soak_fail("%s: %s", what, tn_error());
}

static void check_failure(const char *what)
{
    if (tn_error()[0] == '\0')
        soak_fail("%s: fails without a message", what);
}

static tn_dataset *open_root(const char *root, int32_t index, const char *class_map)
{
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = root,
                                        .class_map = class_map,
                                        .index = index,
                                        .threads = 1};
    return tn_dataset_create(&options);
}

static tn_loader *make_loader(tn_dataset *dataset)
{
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = BATCH,
                                       .seed = 5,
                                       .order = "feistel-1",
                                       .threads = 2};
    tn_transform *const transform = tn_transform_create(transform_text);
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    tn_transform_destroy(transform);
    return loader;
}

/* Hashes all batches of an epoch into `out`. False: the epoch ends with an error. */
static bool hash_epoch(tn_dataset *dataset, char out[33])
{
    tn_batch batch = {.size = (int32_t)sizeof batch};
    tn_loader *const loader = make_loader(dataset);
    tn_hash *const hash = tn_hash_create();
    int32_t status = loader ? tn_loader_start(loader, 3) : TN_EINVAL;
    while (status == TN_OK) {
        status = tn_loader_next(loader, &batch, -1);
        if (status == TN_OK)
            status = tn_hash_batch(hash, &batch);
    }
    tn_hash_text(hash, out);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
    if (status != TN_END)
        check_failure("an epoch");
    return status == TN_END;
}

/* Hashes the pixels of one image. False: it cannot be decoded. */
static bool hash_image(const tn_dataset *dataset, int64_t sample, char out[33])
{
    tn_tensor tensor = {.size = (int32_t)sizeof tensor};
    tn_image *const image = tn_dataset_image(dataset, sample);
    if (!image) {
        check_failure("an image");
        return false;
    }
    tn_hash *const hash = tn_hash_create();
    if (tn_image_tensor(image, &tensor) != TN_OK)
        unexpected("tn_image_tensor");
    const int64_t n_bytes = tensor.shape[0] * tensor.shape[1] * tensor.shape[2];
    uint8_t *const pixels = malloc((size_t)n_bytes);
    if (tn_image_copy(image, pixels, n_bytes) != TN_OK)
        unexpected("tn_image_copy");
    tn_hash_bytes(hash, pixels, n_bytes);
    tn_hash_text(hash, out);
    free(pixels);
    tn_hash_destroy(hash);
    tn_image_destroy(image);
    return true;
}

/* Checks that each image is right or refused. */
static void check_images(const tn_dataset *dataset)
{
    char hash[33];
    if (tn_dataset_count(dataset) != N_IMAGES)
        soak_fail("%lld samples instead of %d", (long long)tn_dataset_count(dataset), N_IMAGES);
    for (int64_t k = 0; k < N_IMAGES; k++)
        if (hash_image(dataset, k, hash) && strcmp(hash, expected->image[k]) != 0)
            soak_fail("sample %lld has other pixels", (long long)k);
}

/* Uses every function that a data set has. */
static void look_around(const tn_dataset *dataset)
{
    char hash[33];
    const int64_t n = tn_dataset_count(dataset);
    for (int64_t k = 0; k < n && k < MANY; k++) {
        (void)tn_dataset_sample_name(dataset, k);
        (void)tn_dataset_class_name(dataset, tn_dataset_label(dataset, k));
        (void)hash_image(dataset, k, hash);
    }
}

static void make_job_end(tn_task *job, const char *what)
{
    if (!job || tn_task_wait(job, -1) != TN_OK)
        unexpected(what);
    tn_task_destroy(job);
}

static tn_task *start_pack(const char *root, const char *path)
{
    tn_dataset *const dataset = open_root(root, TN_INDEX_OFF, NULL);
    const tn_pack_options options = {
        .size = (int32_t)sizeof options, .shard_bytes = 9000, .threads = 1, .path = path};
    if (!dataset)
        unexpected(root);
    tn_task *const job = tn_pack_start(dataset, &options);
    tn_dataset_destroy(dataset);
    return job;
}

/* The folders of a sequence: WORK/data and others, copied from the preparation. */
typedef struct place {
    const soak_options *options;
    soak_random *random;
    char data[SOAK_PATH], other[SOAK_PATH];
} place;

static void copy_in(const place *at, const char *from, const char *to)
{
    char path[SOAK_PATH];
    soak_path(path, "%s/%s", at->options->folder, from);
    soak_copy_folder(path, to);
}

static void mend_store(uint8_t *bytes, size_t n_bytes)
{
    enum { HEAD = 64, AT_N = 8, AT_BYTES = 24, AT_TABLES = 32, AT_SUM = 56 };
    if (n_bytes < HEAD)
        return;
    const uint64_t n = tn__get_64(bytes + AT_N);
    if (n <= (n_bytes - HEAD) / 16) {
        const uint64_t sums[] = {tn__hash_of(bytes + HEAD, (size_t)n * 8),
                                 tn__hash_of(bytes + HEAD + n * 8, (size_t)n * 8)};
        tn__put_64(bytes + AT_TABLES, tn__hash_of(sums, sizeof sums));
        for (uint64_t k = 0; k < n; k++) {
            const uint64_t word = tn__get_64(bytes + HEAD + k * 8);
            const uint64_t from = word >> 20, length = word & 0xfffff;
            if (length >= 16 && from >= HEAD && from <= n_bytes && length <= n_bytes - from)
                tn__put_64(bytes + from, tn__hash_of(bytes + from + 8, (size_t)length - 8));
        }
    }
    tn__put_64(bytes + AT_BYTES, n_bytes);
    tn__put_64(bytes + AT_SUM, tn__hash_of(bytes, AT_SUM));
}

static void mend_manifest(uint8_t *bytes, size_t n_bytes)
{
    if (n_bytes < 64)
        return;
    tn__put_64(bytes + 16, n_bytes);
    tn__put_64(bytes + 8, tn__hash_of(bytes + 16, n_bytes - 16));
}

static void index_again(const char *root, bool sums_are_wrong)
{
    char hash[33];
    tn_dataset *dataset = open_root(root, TN_INDEX_OFF, NULL);
    const tn_index_options options = {.size = (int32_t)sizeof options, .threads = 1};
    tn_task *const indexer = dataset ? tn_index_start(dataset, &options) : NULL;
    if (!indexer)
        unexpected("indexing again");
    if (tn_task_wait(indexer, -1) != TN_OK)
        check_failure("indexing again");
    tn_task_destroy(indexer);
    tn_dataset_destroy(dataset);
    dataset = open_root(root, TN_INDEX_USE, NULL);
    if (!dataset)
        unexpected("after indexing again");
    if (sums_are_wrong && (!hash_epoch(dataset, hash) || strcmp(hash, expected->epoch) != 0))
        unexpected("other pixels after indexing again");
    tn_dataset_destroy(dataset);
}

static void try_index(const place *at, bool is_journal)
{
    char path[SOAK_PATH], hash[33];
    const bool mends = !is_journal && soak_chance(at->random, 40);
    copy_in(at, is_journal ? "journalled" : "indexed", at->data);
    soak_path(path, "%s/%s", at->data, is_journal ? expected->journal : expected->store);
    if (is_journal && soak_chance(at->random, 30)) {
        char copy[SOAK_PATH];
        soak_path(copy, "%s/.tench-index-aaaaaa.journal", at->data);
        soak_copy(path, copy);
    }
    if (mends)
        mutate_bytes(at->random, path, mend_store);
    else
        mutate_file(at->random, path);
    tn_dataset *const dataset = open_root(at->data, 1 + soak_below(at->random, MODES), NULL);
    if (!dataset)
        unexpected("a data set whose index was changed");
    const bool well = hash_epoch(dataset, hash);
    if (!mends && (!well || strcmp(hash, expected->epoch) != 0))
        unexpected("other pixels by an index that was changed");
    tn_dataset_destroy(dataset);
    index_again(at->data, !mends);
}

static void try_store(const place *at)
{
    try_index(at, false);
}

static void try_journal(const place *at)
{
    try_index(at, true);
}

/* Opens one split of a pack with splits. */
static tn_dataset *open_split(const char *root)
{
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = root, .split = "train", .threads = 1};
    return tn_dataset_create(&options);
}

static void try_manifest(const place *at)
{
    char path[SOAK_PATH];
    const bool mends = soak_chance(at->random, 60), has_splits = soak_chance(at->random, 50);
    copy_in(at, has_splits ? "split-pack" : "pack", at->data);
    soak_path(path, "%s/tench.pack", at->data);
    if (mends)
        mutate_bytes(at->random, path, mend_manifest);
    else
        mutate_file(at->random, path);
    tn_dataset *const dataset = has_splits && soak_chance(at->random, 50)
                                    ? open_split(at->data)
                                    : open_root(at->data, 0, NULL);
    if (!dataset)
        check_failure("a pack whose manifest was changed");
    else if (mends || has_splits)
        look_around(dataset);
    else if (tn_dataset_is_pack(dataset) == TN_YES)
        check_images(dataset);
    tn_dataset_destroy(dataset);
}

static void change_shard(const place *at)
{
    char path[SOAK_PATH];
    copy_in(at, "pack", at->data);
    soak_path(path, "%s/%s", at->data, expected->shard);
    mutate_file(at->random, path);
}

static void try_shard(const place *at)
{
    char hash[33];
    change_shard(at);
    tn_dataset *const dataset = open_root(at->data, 0, NULL);
    if (!dataset) {
        check_failure("a pack whose shard was changed");
        return;
    }
    check_images(dataset);
    if (hash_epoch(dataset, hash) && strcmp(hash, expected->epoch) != 0)
        soak_fail("other pixels of a pack whose shard was changed");
    tn_dataset_destroy(dataset);
}

static void check_same_folder(const place *at, const char *wanted, const char *what)
{
    char path[SOAK_PATH], found[SOAK_PATH];
    soak_path(path, "%s/%s", at->options->folder, wanted);
    if (soak_differ(at->other, path, NULL, found))
        soak_fail("%s: %s is not as it should be", what, found);
}

static void try_unpack(const place *at)
{
    change_shard(at);
    tn_dataset *const dataset = open_root(at->data, 0, NULL);
    const tn_unpack_options options = {
        .size = (int32_t)sizeof options, .threads = 1, .path = at->other};
    tn_task *const job = dataset ? tn_unpack_start(dataset, &options) : NULL;
    if (job && tn_task_wait(job, -1) == TN_OK)
        check_same_folder(at, "images", "files of a pack whose shard was changed");
    else
        check_failure("unpacking");
    tn_task_destroy(job);
    tn_dataset_destroy(dataset);
}

static bool choose_name(const place *at, const char *folder, char out[NAME_BYTES])
{
    int n = 0;
    DIR *const list = opendir(folder);
    for (const struct dirent *entry = list ? readdir(list) : NULL; entry; entry = readdir(list))
        if (entry->d_name[0] != '.' && soak_below(at->random, ++n) == 0)
            snprintf(out, NAME_BYTES, "%s", entry->d_name);
    if (list)
        closedir(list);
    return n > 0;
}

/* Changes a file of an unfinished pack, and continues the job. */
static void try_pack(const place *at)
{
    char path[SOAK_PATH], name[NAME_BYTES], root[SOAK_PATH];
    copy_in(at, "half", at->other);
    if (!choose_name(at, at->other, name))
        return;
    soak_path(path, "%s/%s", at->other, name);
    mutate_file(at->random, path);
    soak_path(root, "%s/images", at->options->folder);
    tn_task *const job = start_pack(root, at->other);
    if (job && tn_task_wait(job, -1) == TN_OK) {
        tn_dataset *const dataset = open_root(at->other, 0, NULL);
        if (!dataset)
            unexpected("a pack that was changed while it was made");
        check_images(dataset);
        tn_dataset_destroy(dataset);
    } else {
        check_failure("packing");
    }
    tn_task_destroy(job);
}

static void try_state(const place *at)
{
    char path[SOAK_PATH], root[SOAK_PATH];
    size_t n_bytes = 0;
    soak_path(path, "%s/state", at->options->folder);
    soak_write(path, expected->state, strlen(expected->state));
    mutate_bytes(at->random, path, NULL);
    char *const state = (char *)soak_read(path, &n_bytes);
    state[n_bytes] = '\0';
    soak_path(root, "%s/images", at->options->folder);
    tn_dataset *const dataset = open_root(root, TN_INDEX_OFF, NULL);
    tn_loader *const loader = make_loader(dataset);
    if (!loader)
        unexpected("a loader");
    tn_batch batch = {.size = (int32_t)sizeof batch};
    int32_t status = tn_loader_resume(loader, state);
    for (int k = 0; k < 3 && status == TN_OK; k++)
        status = tn_loader_next(loader, &batch, -1);
    if (status < 0)
        check_failure("a state that was changed");
    (void)tn_loader_state(loader);
    tn_loader_destroy(loader);
    tn_dataset_destroy(dataset);
    free(state);
}

static void try_class_map(const place *at)
{
    static const char map[] = "cat\ndog é\nn03\n";
    struct stat facts;
    char path[SOAK_PATH], root[SOAK_PATH];
    soak_path(path, "%s/work/map.txt", at->options->folder);
    soak_write(path, map, sizeof map - 1);
    mutate_file(at->random, path);
    if (lstat(path, &facts) == 0 && S_ISFIFO(facts.st_mode))
        return; /* a class map may be a program's output; the test would wait for it */
    soak_path(root, "%s/images", at->options->folder);
    tn_dataset *const dataset = open_root(root, TN_INDEX_OFF, path);
    if (dataset)
        look_around(dataset);
    else
        check_failure("a class map that was changed");
    tn_dataset_destroy(dataset);
}

/* A recipe with larger numbers may rightly take much memory. */
static bool has_large_number(const char *text)
{
    for (int n_digits = 0; *text; text++) {
        const bool is_digit = *text >= '0' && *text <= '9';
        if ((n_digits > 0 && strchr("eExXpP.*^", *text)) || (is_digit && n_digits == 2))
            return true;
        n_digits = is_digit ? n_digits + 1 : 0;
    }
    return false;
}

static _Noreturn void become_run(const char *recipe, const char *root, const char *report)
{
    const char *const arguments[] = {program, "run", recipe, root, "epochs=1", "--quiet", NULL};
    const struct rlimit memory = {(rlim_t)3 << 30, (rlim_t)3 << 30};
    const int file = open(report, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file >= 0 && dup2(file, STDERR_FILENO) >= 0 && dup2(file, STDOUT_FILENO) >= 0 &&
        (SOAK_SANITIZED || setrlimit(RLIMIT_AS, &memory) == 0))
        execv(program, (char *const *)(uintptr_t)arguments);
    _exit(EXIT_FAILURE);
}

static void try_recipe(const place *at)
{
    enum { EXIT_TENCH = 5, MOST = 6 };
    char path[SOAK_PATH], root[SOAK_PATH], report[SOAK_PATH];
    size_t n_bytes = 0;
    int status = 0;
    soak_path(path, "%s/work/recipe.lua", at->options->folder);
    soak_path(root, "%s/images", at->options->folder);
    soak_path(report, "%s/work/report", at->options->folder);
    soak_write(path, recipe_text, sizeof recipe_text - 1);
    mutate_bytes(at->random, path, NULL);
    char *const text = (char *)soak_read(path, &n_bytes);
    text[n_bytes] = '\0';
    const bool is_large = has_large_number(text);
    free(text);
    if (is_large)
        return;
    const pid_t process = fork();
    if (process == 0)
        become_run(path, root, report);
    waitpid(process, &status, 0);
    char *const said = (char *)soak_read(report, &n_bytes);
    said[n_bytes] = '\0';
    if (WIFSIGNALED(status) || WEXITSTATUS(status) == EXIT_TENCH || WEXITSTATUS(status) > MOST)
        soak_fail("a recipe that was changed: status %d: %s", status, said);
    if (WEXITSTATUS(status) != 0 && n_bytes == 0)
        soak_fail("a recipe that was changed: exit code %d without a message", WEXITSTATUS(status));
    free(said);
}

static void (*const attempts[])(const place *) = {try_store, try_journal,   try_manifest,
                                                  try_shard, try_unpack,    try_pack,
                                                  try_state, try_class_map, try_recipe};
enum { N_ATTEMPTS = sizeof attempts / sizeof attempts[0] };

static void sequence(const soak_options *options, soak_random *random)
{
    char path[SOAK_PATH];
    place at = {.options = options, .random = random};
    soak_path(path, "%s/work", options->folder);
    soak_remove(path);
    soak_make_images(path, 0, false);
    soak_path(at.data, "%s/data", path);
    soak_path(at.other, "%s/other", path);
    attempts[soak_below(random, N_ATTEMPTS)](&at);
}

/* Runs part of an epoch that builds an index, in a process that ends as if it were killed. */
static void leave_journal(const char *root)
{
    const pid_t process = fork();
    int status = 0;
    if (process == 0) {
        tn_batch batch = {.size = (int32_t)sizeof batch};
        tn_loader *const loader = make_loader(open_root(root, TN_INDEX_AUTO, NULL));
        if (!loader || tn_loader_start(loader, 0) != TN_OK ||
            tn_loader_next(loader, &batch, -1) != TN_OK ||
            tn_loader_next(loader, &batch, -1) != TN_OK)
            unexpected(root);
        _exit(EXIT_SUCCESS);
    }
    waitpid(process, &status, 0);
    if (status != 0)
        soak_fail("no journal");
}

static void find_name(const char *folder, const char *beginning, char out[NAME_BYTES])
{
    static const char *const none[] = {NULL};
    char path[SOAK_PATH];
    if (!soak_other_name(folder, beginning, none, path))
        soak_fail("%s has no %s", folder, beginning);
    snprintf(out, NAME_BYTES, "%.*s", NAME_BYTES - 1, strrchr(path, '/') + 1);
}

static void prepare_split_pack(const soak_options *options)
{
    char root[SOAK_PATH], folder[SOAK_PATH], pack[SOAK_PATH];
    soak_path(root, "%s/splits", options->folder);
    soak_make_images(root, 0, false);
    soak_path(folder, "%s/train", root);
    soak_make_images(folder, N_IMAGES / 2, false);
    soak_path(folder, "%s/val", root);
    soak_make_images(folder, N_IMAGES / 2, false);
    soak_path(pack, "%s/split-pack", options->folder);
    make_job_end(start_pack(root, pack), "a pack with splits");
    tn_dataset *const train = open_split(pack);
    if (!train)
        unexpected("a pack with splits");
    tn_dataset_destroy(train);
}

static void prepare_packs(const char *root, const soak_options *options)
{
    char path[SOAK_PATH], other[SOAK_PATH];
    soak_path(path, "%s/pack", options->folder);
    make_job_end(start_pack(root, path), "a pack");
    find_name(path, "shard-", expected->shard);
    /* Half a pack: the manifest and the last shards are missing. */
    soak_path(path, "%s/half", options->folder);
    tn_task *const job = start_pack(root, path);
    tn_pack_facts facts = {.size = (int32_t)sizeof facts};
    while (job && facts.done < N_IMAGES / 2 && tn_pack_facts_of(job, &facts) == TN_OK &&
           tn_task_wait(job, 0) == TN_ETIMEOUT)
        continue;
    (void)tn_task_stop(job);
    tn_task_destroy(job);
    soak_path(other, "%s/tench.pack", path);
    if (access(other, F_OK) == 0 && remove(other) != 0) /* the other process was faster */
        soak_fail("%s: %s", other, strerror(errno));
}

static void prepare(const soak_options *options)
{
    char root[SOAK_PATH], path[SOAK_PATH];
    soak_path(root, "%s/images", options->folder);
    soak_make_images(root, N_IMAGES, false);
    soak_path(path, "%s/indexed", options->folder);
    soak_copy_folder(root, path);
    index_again(path, false);
    find_name(path, ".tench-index", expected->store);
    soak_path(path, "%s/journalled", options->folder);
    soak_copy_folder(root, path);
    leave_journal(path);
    find_name(path, ".tench-index-", expected->journal);
    prepare_packs(root, options);
    prepare_split_pack(options);
    tn_dataset *const dataset = open_root(root, TN_INDEX_OFF, NULL);
    if (!dataset || !hash_epoch(dataset, expected->epoch))
        unexpected(root);
    for (int64_t k = 0; k < N_IMAGES; k++)
        if (!hash_image(dataset, k, expected->image[k]))
            unexpected(root);
    tn_loader *const loader = make_loader(dataset);
    snprintf(expected->state, STATE_BYTES, "%s", tn_loader_state(loader));
    tn_loader_destroy(loader);
    tn_dataset_destroy(dataset);
}

int main(int argc, char **argv)
{
    soak_options options;
    program = getenv("TENCH");
    if (!program || !soak_begin(&options, "soak_stores", argc, argv)) {
        fputs("usage: TENCH=program soak_stores SEED SECONDS [NUMBER]\n", stderr);
        return 2;
    }
    expected = soak_share(sizeof *expected);
    return soak_run(&options, prepare, sequence);
}
