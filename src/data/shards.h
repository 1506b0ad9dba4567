/* SPDX-License-Identifier: MIT */
/* The names of the files that make up one data set: tars of a folder, for example. */
#ifndef TENCH_DATA_SHARDS_H
#define TENCH_DATA_SHARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { TN__MAX_SHARDS = 1 << 22 };

typedef struct tn__shards {
    char **names;
    uint32_t n, capacity;
} tn__shards;

/* Adds a copy of a name. TN_ELIMIT, TN_ENOMEM. */
int tn__shards_add(tn__shards *shards, const char *name);
/* Adds the names in a folder that end with `suffix` and do not begin with ".", in the order of
 * their bytes. `data_set` is for messages. TN_EIO, TN_ELIMIT, TN_ENOMEM. */
int tn__shards_find(const char *folder, const char *suffix, const char *data_set, tn__shards *out);
/* Finds the files at a root: the file that it is itself, or the files in that folder as above.
 * `folder` becomes the folder that their paths begin in. */
int tn__shards_at(const char *root, const char *suffix, bool *is_one, tn__text *folder,
                  tn__shards *out);
void tn__shards_free(tn__shards *shards);

#endif
