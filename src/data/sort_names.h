/* SPDX-License-Identifier: MIT */
/* Sorts many names that come in any order: several times faster than by comparing them, because
 * names lie all over the memory. */
#ifndef TENCH_DATA_SORT_NAMES_H
#define TENCH_DATA_SORT_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* The name that a word stands for. */
typedef const char *tn__word_name(uint64_t word, const void *context);

/* Sorts words by tn__natural_compare of their names. The words come in ascending order, and those
 * with equal names keep it. TN_ENOMEM. */
int tn__sort_names(uint64_t *words, size_t n, int32_t n_threads, tn__word_name *name,
                   const void *context);

#endif
