/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads a pickle as the reader of CIFAR does after the checksum, for each list that it
 * wants. The array that was found lies in the file, and the words are as many as were counted. */
#include <stdlib.h>
#include <string.h>

#include "data/arrays/pickle.h"
#include "target.h"
#include "tench.h"

static void check(const tn__pickle *read, size_t size)
{
    size_t n_words = 0;
    for (size_t at = 0; at < read->words.length; at += strlen(read->words.chars + at) + 1)
        n_words++;
    if (n_words != (size_t)read->n_words)
        abort();
    if (read->n_rows > 0 &&
        (uint64_t)read->offset + (uint64_t)read->n_rows * (uint64_t)read->n_columns > size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const lists[] = {"labels", "fine_labels", "label_names"};
    uint8_t *const copy = malloc(size ? size : 1); /* ASan sees what is read beyond it */
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
        tn__pickle read;
        if (tn__pickle_read(copy, size, lists[l], &read) == TN_OK)
            check(&read, size);
        tn__pickle_free(&read);
    }
    free(copy);
    return 0;
}
