/* SPDX-License-Identifier: MIT */
/* Pictures of libde265 whose memory is marked, so that one can tell whether the decoder wrote all
 * of it.
 *
 * libde265 takes a damaged picture for whole if its data end early in a regular way: the rest keeps
 * what was in memory. A mark in each block of 8 x 8 samples shows such a rest. */
#ifndef TENCH_CODEC_HEIF_MARKED_H
#define TENCH_CODEC_HEIF_MARKED_H

#include <stdbool.h>
#include <stdint.h>

#include <libde265/de265.h>

typedef struct tn__marked {
    de265_decoder_context *context;
    uint64_t limit; /* pixels; larger pictures get no memory */
    bool exceeded;  /* there was a larger one */
} tn__marked;

/* Lets a decoder take the memory of its picture from here. `marked` outlives the decoder. */
void tn__marked_use(de265_decoder_context *context, uint64_t limit, tn__marked *marked);
/* True if the memory of the picture comes from here, and each block in sight was written. */
bool tn__marked_is_whole(const struct de265_image *picture);

#endif
