/* SPDX-License-Identifier: MIT */
/* The letters of the contact sheet: printable ASCII in 5 × 7 dots, with two rows for descenders. */
#ifndef TENCH_CLI_FONT_H
#define TENCH_CLI_FONT_H

#include <stdint.h>

enum { TN__GLYPH_W = 5, TN__GLYPH_H = 9, TN__GLYPH_ADVANCE = 6, TN__GLYPH_ELLIPSIS = 0x7F };

/* The rows of a character, from the top; bit 4 is the left dot. A character without a glyph gets
 * that of '?'; TN__GLYPH_ELLIPSIS is "…". */
const uint8_t *tn__font_glyph(uint32_t character);
/* Reads one UTF-8 character and moves on. Each byte that is not UTF-8 is read as U+FFFD. */
uint32_t tn__font_next(const char **text);

#endif
