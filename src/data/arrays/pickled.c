/* SPDX-License-Identifier: MIT */
/* Opens the official pickles of CIFAR. See pickled.h. */
#include "data/arrays/pickled.h"

#include <stdlib.h>
#include <string.h>

#include "base/md5.h"
#include "data/arrays/pickle.h"

static int check_sum(const tn__pickled_file *file, const tn__blob *bytes)
{
    char sum[TN__MD5_TEXT];
    tn__md5_text(bytes->bytes, bytes->size, sum);
    if (strcmp(sum, file->sum) == 0)
        return TN_OK;
    return tn__fail(TN_EINVAL,
                    "is not the official file: its MD5 is %s, not %s. Pickles are programs, so "
                    "tench opens no others: take the binary version of the data set",
                    sum, file->sum);
}

/* Reads a file into `bytes`, and what it has. */
static int read_file(const char *folder, const tn__pickled_file *file, const char *wanted,
                     tn__blob *bytes, bool *is_packed, tn__pickle *out)
{
    int status = tn__arrays_read(folder, file->path, bytes, is_packed);
    if (status != TN_OK)
        return status;
    status = check_sum(file, bytes);
    if (status == TN_OK)
        status = tn__pickle_read(bytes->bytes, bytes->size, wanted, out);
    return status == TN_OK || status == TN_ENOMEM ? status
                                                  : tn__error_prefix("%s/%s", folder, file->path);
}

int tn__pickled_add(const char *folder, const tn__pickled_file *file, const char *labels,
                    int64_t row_bytes, tn__arrays *arrays)
{
    tn__blob bytes = {0};
    tn__pickle read = {0};
    bool is_packed;
    int status = read_file(folder, file, labels, &bytes, &is_packed, &read);
    const int64_t n_labels = (int64_t)(read.numbers.size / sizeof(int32_t));
    if (status == TN_OK && (read.n_columns != row_bytes || read.n_rows != n_labels))
        status =
            tn__fail(TN_EDECODE, "%s/%s: has %lld rows of %lld bytes, and %lld numbers in \"%s\"",
                     folder, file->path, (long long)read.n_rows, (long long)read.n_columns,
                     (long long)n_labels, labels);
    const tn__array_block block = {.path = file->path,
                                   .split = file->split,
                                   .first = read.offset,
                                   .step = row_bytes,
                                   .n = n_labels,
                                   .labels = (const int32_t *)(const void *)read.numbers.bytes};
    if (status == TN_OK)
        status = tn__arrays_add(arrays, &block, is_packed ? &bytes : NULL);
    tn__pickle_free(&read);
    tn__blob_free(&bytes);
    return status;
}

/* Makes the classes of the words that were read. */
static int make_classes(const tn__pickle *read, tn__classmap *out)
{
    const char **const names = malloc(((size_t)read->n_words + 1) * sizeof *names);
    if (!names)
        return tn__fail_memory("class names", (size_t)read->n_words * sizeof *names);
    const char *at = read->words.chars;
    for (int64_t i = 0; i < read->n_words; i++, at += strlen(at) + 1)
        names[i] = at;
    const int status = tn__classmap_make(names, (size_t)read->n_words, out);
    free(names);
    return status;
}

int tn__pickled_classes(const char *folder, const tn__pickled_file *file, const char *names,
                        int32_t n, tn__classmap *out)
{
    tn__blob bytes = {0};
    tn__pickle read = {0};
    bool is_packed;
    int status = read_file(folder, file, names, &bytes, &is_packed, &read);
    if (status == TN_OK && read.n_words != n)
        status = tn__fail(TN_EDECODE, "%s/%s: has %lld classes, not %d", folder, file->path,
                          (long long)read.n_words, n);
    if (status == TN_OK)
        status = make_classes(&read, out);
    tn__pickle_free(&read);
    tn__blob_free(&bytes);
    return status;
}
