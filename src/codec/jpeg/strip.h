/* SPDX-License-Identifier: MIT */
/* The blocks of a row of MCUs: what packing a JPEG and restoring it go through, row after row. */
#ifndef TENCH_CODEC_JPEG_STRIP_H
#define TENCH_CODEC_JPEG_STRIP_H

#include "codec/jpeg/emit.h"

typedef struct tn__strip {
    const tn__jpeg_frame *frame;
    tn__jpeg_blocks blocks;
    int16_t *groups; /* as the entropy decoder writes them: the packer's */
    /* Of `groups`, in coefficients: where a component begins, its block rows' size, and all. */
    size_t at[TN__JPEG_MAX_COMPONENTS], row_size[TN__JPEG_MAX_COMPONENTS], size;
} tn__strip;

/* Takes memory for the blocks, not for the groups. TN_ENOMEM: tn__strip_free all the same. */
int tn__strip_make(const tn__jpeg_frame *frame, tn__strip *strip);
void tn__strip_free(tn__strip *strip);
/* Blocks in a block row of component c. */
int32_t tn__strip_across(const tn__jpeg_frame *frame, int32_t c);
/* Visits the block rows of a row of MCUs, k of component c, one after the other; ends at the first
 * status that is not TN_OK, and returns it. */
int tn__strip_visit(const tn__jpeg_frame *frame, int (*visit)(void *argument, int32_t c, int32_t k),
                    void *argument);

#endif
