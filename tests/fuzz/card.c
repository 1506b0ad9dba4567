/* SPDX-License-Identifier: MIT */
/* Fuzz target: compares the card of a repository with a few files. */
#include <stdlib.h>
#include <string.h>

#include "data/parquet/card.h"
#include "target.h"
#include "tench.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const tn__card_file files[] = {{"data/train-00000-of-00002.parquet", "train"},
                                          {"data/train-00001-of-00002.parquet", "train"},
                                          {"data/val-0.parquet", "val"},
                                          {"a/b/c/x.parquet", NULL}};
    char *const copy = malloc(size + 1); /* without a NUL at its end */
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    for (size_t n = 0; n <= sizeof files / sizeof *files; n++) {
        const int status = tn__card_compare(copy, size, files, n);
        if (status != TN_OK && status != TN_EINVAL)
            abort();
    }
    free(copy);
    return 0;
}
