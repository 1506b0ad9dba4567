/* SPDX-License-Identifier: MIT */
/* Characters of UTF-8, and what they look like on a terminal. */
#ifndef TENCH_BASE_CHARACTER_H
#define TENCH_BASE_CHARACTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One character of a text. A byte that is not UTF-8 counts as a character with its own number, and
 * is not `valid`. */
typedef struct tn__character {
    uint32_t point;
    uint8_t n_bytes;
    bool valid;
} tn__character;

/* Returns the first character of a text; n_bytes is at least 1. */
tn__character tn__character_at(const char *text, size_t n_bytes);
/* True for control and format characters, and for those that end a line or show nothing. */
bool tn__character_is_hidden(uint32_t point);
/* Returns its columns on a terminal: 0, 1 or 2. */
int tn__character_columns(uint32_t point);

#endif
