/* SPDX-License-Identifier: MIT */
/* Chooses the rows of a striped image: the narrowest kind that gives the pixels of a file back. */
#ifndef TENCH_STRIPES_PICTURE_H
#define TENCH_STRIPES_PICTURE_H

#include "codec/stripes/record.h"

/* The images that modes make of a file. The rows come from them, so they depend on no codec. */
typedef struct tn__stripes_source {
    tn_px_image kept;             /* of TN_KEEP */
    tn_px_image numbers, colours; /* of TN_INDICES and TN_RGBA; only if the file has a palette */
} tn__stripes_source;

/* Both set kind and palette of an image whose `info` is set. The first one chooses the narrowest
 * kind, the second one the kind that has the channels of TN_KEEP. */
void tn__stripes_choose(const tn__stripes_source *source, tn__stripes_image *image);
void tn__stripes_choose_widest(const tn__stripes_source *source, tn__stripes_image *image);
/* Writes the samples of row `row`, of the chosen kind. 16 bits: the high byte comes first. */
void tn__stripes_row(const tn__stripes_source *source, const tn__stripes_image *image, int32_t row,
                     uint8_t *out);

#endif
