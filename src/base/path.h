/* SPDX-License-Identifier: MIT */
/* Parts of paths and of names. */
#ifndef TENCH_BASE_PATH_H
#define TENCH_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Returns the path's part after its last slash. */
const char *tn__path_leaf(const char *path);
/* Adds the folder of the path's first n bytes: what stands before the last slash, or ".". */
void tn__path_folder(const char *path, size_t n_bytes, tn__text *out);
/* True if the name is longer than the suffix and ends with it. */
bool tn__ends_with(const char *name, const char *suffix);
/* The same for any case of ASCII letters. */
bool tn__ends_with_any_case(const char *name, const char *suffix);

#endif
