/* SPDX-License-Identifier: MIT */
/* The caller's structs that begin with their size, an int32_t: options to read, and facts to fill.
 *
 * The caller's header may be older than the library, with a shorter struct, or newer, with a longer
 * one. Structs only grow, by multiples of eight bytes, so that no size cuts a field. */
#ifndef TENCH_BASE_SIZED_H
#define TENCH_BASE_SIZED_H

#include <stdbool.h>
#include <stddef.h>

/* True if `given` is not NULL, and its size is possible and at least `least`. */
bool tn__sized_is_sound(const void *given, size_t least);
/* TN_EINVAL if not; the message names `call` and its argument `name`. `n_bytes` is the size of our
 * struct. */
int tn__sized_check(const char *call, const char *name, const void *given, size_t n_bytes,
                    size_t least);
/* Copies options to our struct, with zeros for what a shorter struct lacks. TN_EINVAL also if a
 * longer struct sets something that this library does not know. */
int tn__sized_read(const char *call, const void *given, void *ours, size_t n_bytes);
/* Copies our struct to the caller's, as far as that one extends, and keeps its size. */
void tn__sized_write(void *given, const void *ours, size_t n_bytes);

#endif
