/* SPDX-License-Identifier: MIT */
/* Texts and colour profiles in a PNG file. No pixel depends on them, but Pillow refuses files with
 * some of them, for example with texts that inflate to more than 1 MiB. */
#ifndef TENCH_PNG_TEXT_H
#define TENCH_PNG_TEXT_H

#include "codec/png/chunks.h"

/* Takes a chunk of the kind tEXt, zTXt, iTXt or iCCP; `name` has four characters. TN_EDECODE:
 * Pillow refuses it. Without png->judge the function only looks for metadata. */
int tn__png_text(tn__png *png, const uint8_t *name, tn__bytes content);
/* Bytes that it takes from the heap, at most. */
size_t tn__png_text_bytes(void);

#endif
