/* SPDX-License-Identifier: MIT */
/* The form in which people see names.
 *
 * A file may have any name: it may clear the terminal, imitate another line, reverse the text after
 * it, or not be UTF-8. The shown form is one line of visible characters, and the name can be
 * recovered from it. Its escapes are those of $'…' in bash. */
#ifndef TENCH_BASE_SHOW_H
#define TENCH_BASE_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

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

/* Writes the shown form and a NUL to `out`; "…" ends it if `size` is too small. Returns the length
 * of the whole form, at most four times that of the name. */
size_t tn__show(const char *name, size_t n_bytes, char *out, size_t size);
void tn__text_show(tn__text *text, const char *name);

#endif
