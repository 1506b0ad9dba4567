/* SPDX-License-Identifier: MIT */
/* CIFAR-10 and CIFAR-100 as sources. See cifar.h.
 *
 * A file is a row of records: one label (CIFAR-100: a coarse one, then a fine one), then the red,
 * the green and the blue plane of 32 x 32 pixels. Names of classes lie beside the files. The form
 * for Python is pickles, which are programs: they are refused. */
#include "data/arrays/cifar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/arrays/arrays.h"

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE };
enum { FINE, COARSE }; /* choices of `label` */

/* A file with images. */
typedef struct part_file {
    const char *path, *split;
} part_file;

/* One of the two data sets. */
typedef struct cifar {
    const char *name;
    const char *folder, *pickles; /* folders of its two forms, below the root */
    const char *pickle;           /* a file of the form for Python */
    const char *names[2]; /* files with the names of classes; [COARSE] NULL: there is none */
    int32_t n_labels;     /* bytes before the pixels */
    int32_t n_classes[2];
    part_file files[7]; /* ends with NULL */
} cifar;

static const cifar cifar10 = {
    .name = "CIFAR-10",
    .folder = "cifar-10-batches-bin",
    .pickles = "cifar-10-batches-py",
    .pickle = "data_batch_1",
    .names = {"batches.meta.txt"},
    .n_labels = 1,
    .n_classes = {10},
    .files = {{"data_batch_1.bin", "train"},
              {"data_batch_2.bin", "train"},
              {"data_batch_3.bin", "train"},
              {"data_batch_4.bin", "train"},
              {"data_batch_5.bin", "train"},
              {"test_batch.bin", "test"}},
};

static const cifar cifar100 = {
    .name = "CIFAR-100",
    .folder = "cifar-100-binary",
    .pickles = "cifar-100-python",
    .pickle = "train",
    .names = {"fine_label_names.txt", "coarse_label_names.txt"},
    .n_labels = 2,
    .n_classes = {100, 20},
    .files = {{"train.bin", "train"}, {"test.bin", "test"}},
};

/* 1 if a folder of the root has the file, or the file with ".gz"; 0 if not; a negative status. */
static int has_file(const tn__root_facts *root, const char *folder, const char *file)
{
    char path[96];
    int answer = 0;
    for (int packed = 0; packed < 2 && answer == 0; packed++) {
        snprintf(path, sizeof path, "%s%s%s%s", folder, folder[0] ? "/" : "", file,
                 packed ? ".gz" : "");
        answer = tn__root_has(root, path);
    }
    return answer;
}

/* 1 if the binary files lie in the root or in their folder below it; *folder is that folder. */
static int find_binary(const cifar *set, const tn__root_facts *root, const char **folder)
{
    const char *const folders[] = {"", set->folder};
    int answer = 0;
    for (int f = 0; f < 2 && answer == 0; f++) {
        answer = has_file(root, folders[f], set->files[0].path);
        if (answer > 0) /* train.bin alone may be anything */
            answer = has_file(root, folders[f], set->names[FINE]);
        *folder = folders[f];
    }
    return answer;
}

/* The same for the form for Python. */
static int find_pickles(const cifar *set, const tn__root_facts *root)
{
    const int answer = tn__root_has(root, set->pickles);
    if (answer != 0 || strcmp(set->pickle, "train") == 0)
        return answer;
    return tn__root_has(root, set->pickle);
}

static int claims(const cifar *set, const tn__root_facts *root)
{
    const char *folder;
    if (!tn__root_is_folder(root))
        return 0;
    const int answer = find_binary(set, root, &folder);
    return answer != 0 ? answer : find_pickles(set, root);
}

static int refuse(const cifar *set, const char *root, bool has_pickles)
{
    if (has_pickles)
        return tn__fail(TN_EINVAL,
                        "data set \"%s\": these are the pickles of %s for Python, which tench does "
                        "not run; take its binary version (%s)",
                        root, set->name, set->folder);
    return tn__fail(TN_EINVAL,
                    "data set \"%s\" has no %s: it needs the files of %s, for example %s and %s",
                    root, set->name, set->folder, set->files[0].path, set->names[FINE]);
}

/* Finds the folder with the binary files. */
static int find_folder(const cifar *set, const char *root, tn__text *out)
{
    tn__root_facts facts;
    const char *folder = "";
    int status = tn__root_read(root, &facts);
    if (status != TN_OK)
        return status;
    const int answer = find_binary(set, &facts, &folder);
    if (answer == 0)
        status = refuse(set, root, find_pickles(set, &facts) > 0);
    tn__root_free(&facts);
    if (answer < 0)
        return answer;
    tn__text_printf(out, "%s%s%s", root, folder[0] ? "/" : "", folder);
    return status == TN_OK && out->failed ? tn__fail_memory("a path", out->capacity) : status;
}

/* Reads the names of classes, one on each line; lines after the last class are empty. */
static int read_classes(const cifar *set, int32_t which, const char *folder, tn__classmap *out)
{
    tn__blob text = {0};
    bool is_packed;
    int status = tn__arrays_read(folder, set->names[which], &text, &is_packed);
    if (status == TN_OK)
        status = tn__blob_add(&text, "", 1);
    const char *names[100];
    int32_t n = 0;
    char *rest = (char *)text.bytes;
    for (char *line = status == TN_OK ? strtok_r(rest, "\r\n", &rest) : NULL;
         line && n < set->n_classes[which]; line = strtok_r(NULL, "\r\n", &rest))
        names[n++] = line;
    if (status == TN_OK && n < set->n_classes[which])
        status = tn__fail(TN_EDECODE, "%s/%s: has %d classes; %s has %d", folder, set->names[which],
                          n, set->name, set->n_classes[which]);
    if (status == TN_OK)
        status = tn__classmap_make(names, (size_t)n, out);
    tn__blob_free(&text);
    return status;
}

/* Adds the images of a file. `which` of the labels counts. */
static int add_file(const cifar *set, const part_file *file, const char *folder, int32_t which,
                    tn__arrays *arrays)
{
    tn__blob bytes = {0};
    bool is_packed;
    const size_t step = (size_t)set->n_labels + PIXELS;
    int status = tn__arrays_read(folder, file->path, &bytes, &is_packed);
    if (status == TN_OK && (bytes.size == 0 || bytes.size % step != 0))
        status = tn__fail(TN_EDECODE, "%s/%s: has %zu bytes; that is no whole number of images",
                          folder, file->path, bytes.size);
    const size_t n = status == TN_OK ? bytes.size / step : 0;
    int32_t *const labels = malloc((n + 1) * sizeof *labels);
    if (!labels) {
        tn__blob_free(&bytes);
        tn__fail_memory("labels", n * sizeof *labels);
        return TN_ENOMEM;
    }
    const size_t at = which == FINE ? (size_t)set->n_labels - 1 : 0;
    for (size_t i = 0; i < n && status == TN_OK; i++)
        labels[i] = bytes.bytes[i * step + at];
    const tn__array_block block = {.path = file->path,
                                   .split = file->split,
                                   .first = set->n_labels,
                                   .step = (int64_t)step,
                                   .n = (int64_t)n,
                                   .labels = labels};
    if (status == TN_OK)
        status = tn__arrays_add(arrays, &block, is_packed ? &bytes : NULL);
    free(labels);
    tn__blob_free(&bytes);
    return status;
}

static tn__source *open_in(const cifar *set, const tn__source_options *options, const char *folder)
{
    static const tn__hint hint = {.w = SIDE, .h = SIDE, .channels = 3, .planar = true};
    const char *const split = options->dataset->split;
    const int32_t which = set->n_labels > 1 ? tn__kind_value(options, "label")->choice : FINE;
    tn__classmap classes = {0};
    tn__arrays *const arrays =
        tn__arrays_begin(options->dataset->root, folder, &hint, split == NULL);
    if (!arrays)
        return NULL;
    int status = TN_OK;
    for (const part_file *file = set->files; file->path && status == TN_OK; file++)
        if (!split || strcmp(split, file->split) == 0)
            status = add_file(set, file, folder, which, arrays);
    if (status == TN_OK)
        status = read_classes(set, which, folder, &classes);
    if (status == TN_OK)
        return tn__arrays_finish(arrays, &classes);
    tn__arrays_free(arrays);
    return NULL;
}

static tn__source *open_set(const cifar *set, const tn__source_options *options)
{
    tn__text folder = {0};
    tn__source *opened = NULL;
    if (options->dataset->class_map)
        tn__fail(TN_EINVAL, "data set \"%s\": %s has its classes, and class_map cannot change them",
                 options->dataset->root, set->name);
    else if (find_folder(set, options->dataset->root, &folder) == TN_OK)
        opened = open_in(set, options, folder.chars);
    tn__text_free(&folder);
    return opened;
}

static int list_splits(const tn__source_options *options, tn__splits *out)
{
    (void)options;
    *out = (tn__splits){2, {"test", "train"}};
    return TN_OK;
}

static int claims10(tn__root_facts *root)
{
    return claims(&cifar10, root);
}

static int claims100(tn__root_facts *root)
{
    return claims(&cifar100, root);
}

static tn__source *open10(const tn__source_options *options)
{
    return open_set(&cifar10, options);
}

static tn__source *open100(const tn__source_options *options)
{
    return open_set(&cifar100, options);
}

const tn__source_kind tn__kind_cifar10 = {
    .spec =
        {
            .name = "cifar10",
            .aliases = "torch/cifar10",
            .doc = "CIFAR-10, binary version, with the splits train and test.",
            .source = "https://www.cs.toronto.edu/~kriz/cifar.html",
            .shared = {tn__kind_params},
        },
    .claims = claims10,
    .splits = list_splits,
    .open = open10,
};

static const tn__param params100[] = {{.name = "label",
                                       .kind = TN__CHOICE,
                                       .initial = "fine",
                                       .choices = "fine coarse",
                                       .doc = "which of its labels: one of 100 classes, or of 20"},
                                      {0}};

const tn__source_kind tn__kind_cifar100 = {
    .spec =
        {
            .name = "cifar100",
            .aliases = "torch/cifar100",
            .doc = "CIFAR-100, binary version, with the splits train and test.",
            .source = "https://www.cs.toronto.edu/~kriz/cifar.html",
            .params = params100,
            .shared = {tn__kind_params},
        },
    .claims = claims100,
    .splits = list_splits,
    .open = open100,
};
