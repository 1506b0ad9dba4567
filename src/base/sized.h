/* SPDX-License-Identifier: MIT */
/* Structs of the caller that begin with their size, an int32_t: options, and facts to be filled.
 *
 * The caller's header may be older than the library, and its struct shorter, or newer, and its
 * struct longer. Structs only grow, by multiples of eight bytes, so that no end cuts a field. */
#ifndef TENCH_BASE_SIZED_H
#define TENCH_BASE_SIZED_H

#include <stdbool.h>
#include <stddef.h>

/* True if `given` is there, and its size is that of such a struct, and not below `least`. */
bool tn__sized_is_sound(const void *given, size_t least);
/* TN_EINVAL where it is not, with a message on `call` and its argument `name`. Ours has `n_bytes`.
 */
int tn__sized_check(const char *call, const char *name, const void *given, size_t n_bytes,
                    size_t least);
/* Copies options into ours, in which what a shorter struct lacks is zero. TN_EINVAL also where a
 * longer one asks for what this library does not know. */
int tn__sized_read(const char *call, const void *given, void *ours, size_t n_bytes);
/* Copies ours out, as far as the caller's struct goes; its size stays as it is. */
void tn__sized_write(void *given, const void *ours, size_t n_bytes);

#endif
