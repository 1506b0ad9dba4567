/* SPDX-License-Identifier: MIT */
/* The blocks of a row of MCUs. See strip.h. */
#include "codec/jpeg/strip.h"

#include <stdlib.h>

#include "base/error.h"
#include "tench.h"

int32_t tn__strip_across(const tn__jpeg_frame *frame, int32_t c)
{
    return frame->mcus * frame->component[c].h;
}

int tn__strip_visit(const tn__jpeg_frame *frame, int (*visit)(void *argument, int32_t c, int32_t k),
                    void *argument)
{
    int status = TN_OK;
    for (int32_t c = 0; c < frame->n_components; c++)
        for (int32_t k = 0; k < frame->component[c].v && status == TN_OK; k++)
            status = visit(argument, c, k);
    return status;
}

static int take_row(void *argument, int32_t c, int32_t k)
{
    tn__strip *const strip = argument;
    const size_t n_bytes = (size_t)tn__strip_across(strip->frame, c) * sizeof(tn__pack_block);
    strip->blocks.row[c][k] = malloc(n_bytes);
    return strip->blocks.row[c][k] ? TN_OK : tn__fail_memory("coefficients", n_bytes);
}

int tn__strip_make(const tn__jpeg_frame *frame, tn__strip *strip)
{
    *strip = (tn__strip){.frame = frame};
    for (int32_t c = 0; c < frame->n_components; c++) {
        const int32_t groups = (tn__strip_across(frame, c) + TN__JPEG_GROUP - 1) / TN__JPEG_GROUP;
        strip->at[c] = strip->size;
        strip->row_size[c] = (size_t)groups * TN__JPEG_GROUP_SIZE;
        strip->size += strip->row_size[c] * (size_t)frame->component[c].v;
    }
    return tn__strip_visit(frame, take_row, strip);
}

void tn__strip_free(tn__strip *strip)
{
    for (int32_t c = 0; c < TN__JPEG_MAX_COMPONENTS; c++) {
        free(strip->blocks.row[c][0]);
        free(strip->blocks.row[c][1]);
    }
}
