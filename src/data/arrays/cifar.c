/* SPDX-License-Identifier: MIT */
/* CIFAR-10 and CIFAR-100 as sources. See cifar.h.
 *
 * A file is a row of records: one label (CIFAR-100: a coarse one, then a fine one), then the red,
 * the green and the blue plane of 32 x 32 pixels. Names of classes lie beside the files. The form
 * for Python has the same rows in pickles; only the official files are opened. */
#include "data/arrays/cifar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/arrays/arrays.h"
#include "data/arrays/pickled.h"

enum { SIDE = 32, PIXELS = 3 * SIDE * SIDE };
enum { FINE, COARSE }; /* choices of `label` */

/* A file with images. */
typedef struct part_file {
    const char *path, *split;
} part_file;

/* One of the two data sets. [COARSE] NULL: there are no such labels. */
typedef struct cifar {
    const char *name;
    int32_t n_classes[2];
    /* The binary form. */
    const char *folder;   /* below the root */
    const char *names[2]; /* files with the names of classes */
    int32_t n_labels;     /* bytes before the pixels */
    part_file files[7];   /* ends with NULL */
    /* The form for Python. */
    const char *pickles;                    /* its folder below the root */
    const char *labels[2], *class_names[2]; /* its lists */
    tn__pickled_file meta;                  /* has the names of classes */
    tn__pickled_file pickled[7];            /* ends with NULL */
} cifar;

static const cifar cifar10 = {
    .name = "CIFAR-10",
    .n_classes = {10},
    .folder = "cifar-10-batches-bin",
    .names = {"batches.meta.txt"},
    .n_labels = 1,
    .files = {{"data_batch_1.bin", "train"},
              {"data_batch_2.bin", "train"},
              {"data_batch_3.bin", "train"},
              {"data_batch_4.bin", "train"},
              {"data_batch_5.bin", "train"},
              {"test_batch.bin", "test"}},
    .pickles = "cifar-10-batches-py",
    .labels = {"labels"},
    .class_names = {"label_names"},
    .meta = {"batches.meta", NULL, "5ff9c542aee3614f3951f8cda6e48888"},
    .pickled = {{"data_batch_1", "train", "c99cafc152244af753f735de768cd75f"},
                {"data_batch_2", "train", "d4bba439e000b95fd0a9bffe97cbabec"},
                {"data_batch_3", "train", "54ebc095f3ab1f0389bbae665268c751"},
                {"data_batch_4", "train", "634d18415352ddfa80567beed471001a"},
                {"data_batch_5", "train", "482c414d41f54cd18b22e5b47cb7c3cb"},
                {"test_batch", "test", "40351d587109b95175f43aff81a1287e"}},
};

static const cifar cifar100 = {
    .name = "CIFAR-100",
    .n_classes = {100, 20},
    .folder = "cifar-100-binary",
    .names = {"fine_label_names.txt", "coarse_label_names.txt"},
    .n_labels = 2,
    .files = {{"train.bin", "train"}, {"test.bin", "test"}},
    .pickles = "cifar-100-python",
    .labels = {"fine_labels", "coarse_labels"},
    .class_names = {"fine_label_names", "coarse_label_names"},
    .meta = {"meta", NULL, "7973b15100ade9c7d40fb424638fde48"},
    .pickled = {{"train", "train", "16019d7e3df5f24257cddd939b257f8d"},
                {"test", "test", "f0ef6b0ae62326f3e7ffdfab6717acfc"}},
};

/* 1 if a file lies in the folder below the root, or in the root, with a second one that tells it
 * from others: train.bin alone may be anything. *folder is where it lies. */
static int find_form(const tn__root_facts *root, const char *below, const char *file,
                     const char *second, const char **folder)
{
    *folder = "";
    int answer = tn__arrays_has(root, "", file);
    if (answer > 0)
        answer = tn__arrays_has(root, "", second);
    if (answer != 0)
        return answer;
    *folder = below;
    return tn__arrays_has(root, below, file);
}

static int find_binary(const cifar *set, const tn__root_facts *root, const char **folder)
{
    return find_form(root, set->folder, set->files[0].path, set->names[FINE], folder);
}

static int find_pickles(const cifar *set, const tn__root_facts *root, const char **folder)
{
    return find_form(root, set->pickles, set->pickled[0].path, set->meta.path, folder);
}

/* A root with train and meta may be a class folder, so their own folder must name CIFAR-100. */
static int claims(const cifar *set, const tn__root_facts *root)
{
    const char *folder;
    if (!tn__root_is_folder(root))
        return 0;
    int answer = find_binary(set, root, &folder);
    if (answer == 0)
        answer = find_pickles(set, root, &folder);
    if (answer > 0 && folder[0] == '\0' && set == &cifar100)
        return tn__arrays_has(root, "", set->files[0].path);
    return answer;
}

static int refuse(const cifar *set, const char *root)
{
    return tn__fail(
        TN_EINVAL,
        "data set \"%s\" has no %s: it needs the files of %s, for example %s and %s, or "
        "those of %s",
        root, set->name, set->folder, set->files[0].path, set->names[FINE], set->pickles);
}

/* Finds the folder with the binary files, or else that with the pickles. */
static int find_folder(const cifar *set, const char *root, tn__text *out, bool *is_pickled)
{
    tn__root_facts facts;
    const char *folder = "";
    int status = tn__root_read(root, &facts);
    if (status != TN_OK)
        return status;
    int answer = find_binary(set, &facts, &folder);
    *is_pickled = answer == 0;
    if (answer == 0)
        answer = find_pickles(set, &facts, &folder);
    tn__root_free(&facts);
    if (answer <= 0)
        return answer < 0 ? answer : refuse(set, root);
    tn__text_printf(out, "%s%s%s", root, folder[0] ? "/" : "", folder);
    return out->failed ? tn__fail_memory("a path", out->capacity) : TN_OK;
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
        status = tn__fail(TN_EDECODE, "%s/%s: has %zu bytes; that is not a whole number of images",
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

/* What to open. */
typedef struct opening {
    const cifar *set;
    const char *folder;
    const char *split; /* NULL: both */
    int32_t which;     /* FINE, COARSE */
    bool is_pickled;
} opening;

static int add_binary(const opening *self, tn__arrays *arrays, tn__classmap *classes)
{
    const cifar *const set = self->set;
    int status = TN_OK;
    for (const part_file *file = set->files; file->path && status == TN_OK; file++)
        if (!self->split || strcmp(self->split, file->split) == 0)
            status = add_file(set, file, self->folder, self->which, arrays);
    return status == TN_OK ? read_classes(set, self->which, self->folder, classes) : status;
}

static int add_pickles(const opening *self, tn__arrays *arrays, tn__classmap *classes)
{
    const cifar *const set = self->set;
    int status = tn__pickled_classes(self->folder, &set->meta, set->class_names[self->which],
                                     set->n_classes[self->which], classes);
    for (const tn__pickled_file *file = set->pickled; file->path && status == TN_OK; file++)
        if (!self->split || strcmp(self->split, file->split) == 0)
            status = tn__pickled_add(self->folder, file, set->labels[self->which], PIXELS, arrays);
    return status;
}

static tn__source *open_in(const opening *self, const char *root)
{
    static const tn__hint hint = {.w = SIDE, .h = SIDE, .channels = 3, .planar = true};
    tn__classmap classes = {0};
    tn__arrays *const arrays = tn__arrays_begin(root, self->folder, &hint, self->split == NULL);
    if (!arrays)
        return NULL;
    const int status =
        self->is_pickled ? add_pickles(self, arrays, &classes) : add_binary(self, arrays, &classes);
    if (status == TN_OK)
        return tn__arrays_finish(arrays, &classes);
    tn__classmap_free(&classes);
    tn__arrays_free(arrays);
    return NULL;
}

static tn__source *open_set(const cifar *set, const tn__source_options *options)
{
    tn__text folder = {0};
    tn__source *opened = NULL;
    const char *const root = options->dataset->root;
    opening self = {
        .set = set,
        .split = options->dataset->split,
        .which = set->n_labels > 1 ? tn__kind_value(options, "label")->choice : FINE,
    };
    if (tn__arrays_check_options(options, set->name) == TN_OK &&
        find_folder(set, root, &folder, &self.is_pickled) == TN_OK) {
        self.folder = folder.chars;
        opened = open_in(&self, root);
    }
    tn__text_free(&folder);
    return opened;
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
            .doc = "CIFAR-10, the binary version or the one for Python, with the splits train and "
                   "test.",
            .source = "https://www.cs.toronto.edu/~kriz/cifar.html",
            .shared = {tn__kind_params},
        },
    .needs_folder = true,
    .claims = claims10,
    .splits = tn__arrays_splits,
    .validation = "test",
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
            .doc = "CIFAR-100, the binary version or the one for Python, with the splits train and "
                   "test.",
            .source = "https://www.cs.toronto.edu/~kriz/cifar.html",
            .params = params100,
            .shared = {tn__kind_params},
        },
    .needs_folder = true,
    .claims = claims100,
    .splits = tn__arrays_splits,
    .validation = "test",
    .open = open100,
};
