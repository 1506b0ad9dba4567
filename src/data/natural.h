/* SPDX-License-Identifier: MIT */
/* Natural order of names: n1 < n2 < n10, as timm sorts classes and files.
 *
 * timm converts a name to lower case, splits it at its runs of digits, and compares the pieces,
 * digits as numbers. Here only A–Z have a lower case and only 0–9 are digits, so the order is the
 * same on every machine; timm follows Unicode, where "É" equals "é" and other scripts have digits.
 */
#ifndef TENCH_DATA_NATURAL_H
#define TENCH_DATA_NATURAL_H

#include <stddef.h>
#include <stdint.h>

/* Compares as strcmp does; 0 if timm's keys are equal ("Cat" and "cat", "01" and "1"). */
int tn__natural_key_compare(const char *a, const char *b);
/* The same, but compares equal keys by their bytes: 0 only for equal names. */
int tn__natural_compare(const char *a, const char *b);
/* Writes n bytes of a name's key, from its byte `skip` on; after its end, zeros. memcmp orders keys
 * as tn__natural_compare orders names, and no key begins with another. Returns how many of the
 * bytes are the key's. */
size_t tn__natural_bytes(const char *name, size_t skip, uint8_t *out, size_t n);

#endif
