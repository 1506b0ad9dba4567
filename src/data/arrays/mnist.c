/* SPDX-License-Identifier: MIT */
/* MNIST and Fashion-MNIST as sources. See mnist.h.
 *
 * An IDX file begins with zeros, 8 for bytes, and the number of its sizes; the sizes follow, with
 * 32 bits each, the high byte first; then the values. Images and labels are two files. */
#include "data/arrays/mnist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "data/arrays/arrays.h"

enum { N_CLASSES = 10, LABELS_HEAD = 8, IMAGES_HEAD = 16, MOST_SIDE = 4096 };

static const char *const digits[N_CLASSES] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
static const char *const clothes[N_CLASSES] = {"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                               "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                               "Bag",         "Ankle boot"};

/* The two files of a split. */
static const struct {
    const char *split, *images, *labels;
} files[] = {{"train", "train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
             {"test", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};

/* Folders below the root where the files may lie; torchvision has them in MNIST/raw. */
static const char *const mnist_folders[] = {"", "MNIST/raw", "raw"};
static const char *const fashion_folders[] = {"", "FashionMNIST/raw", "raw"};
enum { N_FOLDERS = 3, N_SPLITS = 2 };

/* 1 if a folder has the training or the test images; 0 if not; a negative status. */
static int has_images(const tn__root_facts *root, const char *folder)
{
    int answer = 0;
    for (int s = 0; s < N_SPLITS && answer == 0; s++)
        answer = tn__arrays_has(root, folder, files[s].images);
    return answer;
}

/* 1 if one of the folders has the images; *folder is that one. */
static int find_images(const tn__root_facts *root, const char *const folders[N_FOLDERS],
                       const char **folder)
{
    int answer = 0;
    for (int f = 0; f < N_FOLDERS && answer == 0; f++) {
        answer = has_images(root, folders[f]);
        *folder = folders[f];
    }
    return answer;
}

static int find_folder(const char *root, const char *const folders[N_FOLDERS], tn__text *out)
{
    tn__root_facts facts;
    const char *folder = "";
    int status = tn__root_read(root, &facts);
    if (status != TN_OK)
        return status;
    const int answer = find_images(&facts, folders, &folder);
    tn__root_free(&facts);
    if (answer < 0)
        return answer;
    if (answer == 0)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\": there is no %s or %s.gz, nor one in the folder %s", root,
                        files[0].images, files[0].images, folders[1]);
    tn__text_printf(out, "%s%s%s", root, folder[0] ? "/" : "", folder);
    return out->failed ? tn__fail_memory("a path", out->capacity) : TN_OK;
}

/* Checks the head of a file with `n_sizes` sizes, and that the values fill the rest. */
static int check_head(const tn__blob *bytes, uint32_t n_sizes, const char *folder, const char *path)
{
    const size_t head = 4 + 4 * (size_t)n_sizes;
    uint64_t n_values = 1;
    if (bytes->size < head || tn__get_32_big(bytes->bytes) != (0x800 | n_sizes))
        return tn__fail(TN_EDECODE, "%s/%s: is not an IDX file of bytes with %u sizes", folder,
                        path, n_sizes);
    for (uint32_t s = 0; s < n_sizes; s++)
        if (__builtin_mul_overflow(n_values, (uint64_t)tn__get_32_big(bytes->bytes + 4 + 4 * s),
                                   &n_values))
            return tn__fail(TN_EDECODE, "%s/%s: its sizes are too large", folder, path);
    if (n_values != bytes->size - head)
        return tn__fail(TN_EDECODE, "%s/%s: has %zu bytes of values, but its sizes make %llu",
                        folder, path, bytes->size - head, (unsigned long long)n_values);
    return TN_OK;
}

/* The files of one split, in memory. */
typedef struct split_files {
    tn__blob images, labels;
    bool images_packed, labels_packed;
} split_files;

static int read_split(const char *folder, int32_t split, split_files *out)
{
    int status = tn__arrays_read(folder, files[split].images, &out->images, &out->images_packed);
    if (status == TN_OK)
        status = check_head(&out->images, 3, folder, files[split].images);
    if (status == TN_OK)
        status = tn__arrays_read(folder, files[split].labels, &out->labels, &out->labels_packed);
    if (status == TN_OK)
        status = check_head(&out->labels, 1, folder, files[split].labels);
    if (status == TN_OK &&
        tn__get_32_big(out->images.bytes + 4) != tn__get_32_big(out->labels.bytes + 4))
        return tn__fail(TN_EDECODE, "%s/%s: has %u labels for %u images", folder,
                        files[split].labels, tn__get_32_big(out->labels.bytes + 4),
                        tn__get_32_big(out->images.bytes + 4));
    return status;
}

/* Finds the shape of the images; that of two splits must be equal. */
static int take_shape(const split_files *read, const char *folder, int32_t split, tn__hint *hint)
{
    const uint32_t h = tn__get_32_big(read->images.bytes + 8),
                   w = tn__get_32_big(read->images.bytes + 12);
    if (h < 1 || w < 1 || h > MOST_SIDE || w > MOST_SIDE)
        return tn__fail(TN_EDECODE, "%s/%s: has images of %u x %u pixels", folder,
                        files[split].images, w, h);
    if (hint->w != 0 && ((uint32_t)hint->w != w || (uint32_t)hint->h != h))
        return tn__fail(TN_EDECODE, "%s/%s: has images of another size than the other split",
                        folder, files[split].images);
    *hint = (tn__hint){.w = (int32_t)w, .h = (int32_t)h, .channels = 1};
    return TN_OK;
}

static int add_split(split_files *read, int32_t split, const tn__hint *hint, tn__arrays *arrays)
{
    const size_t n = tn__get_32_big(read->labels.bytes + 4);
    int32_t *const labels = malloc((n + 1) * sizeof *labels);
    if (!labels)
        return tn__fail_memory("labels", n * sizeof *labels);
    for (size_t i = 0; i < n; i++)
        labels[i] = read->labels.bytes[LABELS_HEAD + i];
    const tn__array_block block = {.path = files[split].images,
                                   .split = files[split].split,
                                   .first = IMAGES_HEAD,
                                   .step = (int64_t)hint->w * hint->h,
                                   .n = (int64_t)n,
                                   .labels = labels};
    const int status = tn__arrays_add(arrays, &block, read->images_packed ? &read->images : NULL);
    free(labels);
    return status;
}

/* Makes the source of the splits that were read; the others have no images. */
static tn__source *make(const tn__source_options *options, const char *folder,
                        split_files read[N_SPLITS], const tn__hint *hint,
                        const char *const names[N_CLASSES])
{
    tn__classmap classes = {0};
    tn__arrays *const arrays =
        tn__arrays_begin(options->dataset->root, folder, hint, options->dataset->split == NULL);
    int status = arrays ? TN_OK : tn__error_last()->code;
    for (int32_t s = 0; s < N_SPLITS && status == TN_OK; s++)
        if (read[s].images.size > 0)
            status = add_split(&read[s], s, hint, arrays);
    if (status == TN_OK)
        status = tn__classmap_make(names, N_CLASSES, &classes);
    if (status == TN_OK)
        return tn__arrays_finish(arrays, &classes);
    if (arrays)
        tn__arrays_free(arrays);
    return NULL;
}

static tn__source *open_in(const tn__source_options *options, const char *folder,
                           const char *const names[N_CLASSES])
{
    const char *const wanted = options->dataset->split;
    split_files read[N_SPLITS] = {0};
    tn__hint hint = {0};
    int status = TN_OK;
    for (int32_t s = 0; s < N_SPLITS && status == TN_OK; s++) {
        if (wanted && strcmp(wanted, files[s].split) != 0)
            continue;
        status = read_split(folder, s, &read[s]);
        if (status == TN_OK)
            status = take_shape(&read[s], folder, s, &hint);
    }
    tn__source *const opened = status == TN_OK ? make(options, folder, read, &hint, names) : NULL;
    for (int32_t s = 0; s < N_SPLITS; s++) {
        tn__blob_free(&read[s].images);
        tn__blob_free(&read[s].labels);
    }
    return opened;
}

static tn__source *open_set(const tn__source_options *options, const char *const folders[N_FOLDERS],
                            const char *const names[N_CLASSES])
{
    tn__text folder = {0};
    tn__source *opened = NULL;
    if (tn__arrays_check_options(options, options->kind->spec.name) == TN_OK &&
        find_folder(options->dataset->root, folders, &folder) == TN_OK)
        opened = open_in(options, folder.chars, names);
    tn__text_free(&folder);
    return opened;
}

static tn__source *open_mnist(const tn__source_options *options)
{
    return open_set(options, mnist_folders, digits);
}

static tn__source *open_fashion(const tn__source_options *options)
{
    return open_set(options, fashion_folders, clothes);
}

static int claims_mnist(tn__root_facts *root)
{
    const char *folder;
    return tn__root_is_folder(root) ? find_images(root, mnist_folders, &folder) : 0;
}

/* The files of both data sets have the same names: the path must name this one. */
static int claims_fashion(tn__root_facts *root)
{
    const char *folder;
    if (!tn__root_is_folder(root))
        return 0;
    return strcasestr(root->path, "fashion") ? find_images(root, fashion_folders, &folder)
                                             : has_images(root, fashion_folders[1]);
}

const tn__source_kind tn__kind_mnist = {
    .spec =
        {
            .name = "mnist",
            .aliases = "torch/mnist",
            .doc = "MNIST in IDX files, as they are or with gzip, with the splits train and test.",
            .source = "http://yann.lecun.com/exdb/mnist",
            .shared = {tn__kind_params},
        },
    .needs_folder = true,
    .claims = claims_mnist,
    .splits = tn__arrays_splits,
    .validation = "test",
    .open = open_mnist,
};

const tn__source_kind tn__kind_fashion_mnist = {
    .spec =
        {
            .name = "fashion_mnist",
            .aliases = "torch/fashion_mnist",
            .doc = "Fashion-MNIST in IDX files, as they are or with gzip, with the splits train "
                   "and test.",
            .source = "https://github.com/zalandoresearch/fashion-mnist",
            .shared = {tn__kind_params},
        },
    .needs_folder = true,
    .claims = claims_fashion,
    .splits = tn__arrays_splits,
    .validation = "test",
    .open = open_fashion,
};
