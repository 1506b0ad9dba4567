/* SPDX-License-Identifier: MIT */
/* What the finishing kernel knows about one sample: 64 bytes, the same on the CPU and on a device.
 *
 * Finishing reads a sample's u8 pixels from the staging buffer and writes its row of the output
 * tensor: flip, normalise, erase, mix, convert, lay out. */
#ifndef TENCH_PX_RECORD_H
#define TENCH_PX_RECORD_H

#include <stdint.h>

enum { TN_PX_ERASE_NONE = 0, TN_PX_ERASE_CONST = 1, TN_PX_ERASE_RAND = 2, TN_PX_ERASE_PIXEL = 3 };
enum { TN_PX_RECORD_BOXES = 2, TN_PX_MAX_BOXES = 64 };

/* A box in pixels of the output. */
typedef struct tn_px_box {
    uint16_t x, y, w, h;
} tn_px_box;

typedef struct tn_px_record {
    uint64_t offset; /* of the sample's pixels in the staging buffer, in bytes */
    uint8_t unused;  /* 0 */
    uint8_t flip;    /* 1: mirror left to right */
    uint8_t erase;   /* TN_PX_ERASE_… */
    uint8_t n_boxes; /* number of erased boxes: two are here, the others at more_boxes */
    uint16_t w, h;   /* of the sample */
    tn_px_box box[TN_PX_RECORD_BOXES];
    uint32_t more_boxes; /* the others: offset in the staging buffer, in units of 8 bytes */
    uint32_t partner;    /* row to mix with; the own row if there is none */
    float lambda;        /* share of the sample's own pixels */
    uint32_t key[2];     /* Philox key for the sample's noise */
    tn_px_box mix;       /* box to paste; empty to blend the whole image */
    uint32_t reserved;   /* 0 */
} tn_px_record;

#endif
