/* SPDX-License-Identifier: MIT */
/* Names for people to read.
 *
 * A file may be called anything: a name can clear the terminal, fake a line, turn the text that
 * follows it around, or be no UTF-8. Shown, it is one line of visible characters, from which the
 * name can be had again. The escapes are those of $'…' in bash. */
#ifndef TENCH_BASE_SHOW_H
#define TENCH_BASE_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* One character of a text. A byte that is not UTF-8 is its own number, and not `valid`. */
typedef struct tn__character {
    uint32_t point;
    uint8_t n_bytes;
    bool valid;
} tn__character;

/* The character at the text's start; n_bytes is at least 1. */
tn__character tn__character_at(const char *text, size_t n_bytes);
/* True of control and format characters, and of those that end a line or show nothing. */
bool tn__character_is_hidden(uint32_t point);
/* Columns that it takes on a terminal: 0, 1 or 2. */
int tn__character_columns(uint32_t point);

/* Writes the shown form into `out`, with a NUL, cut with "…" where `size` is too small for it.
 * Returns the length of the whole form: at most four times that of the name. */
size_t tn__show(const char *name, size_t n_bytes, char *out, size_t size);
void tn__text_show(tn__text *text, const char *name);

#endif
