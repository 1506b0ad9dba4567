/* SPDX-License-Identifier: MIT */
/* Reads the fields of a Caffe Datum around its data, which are an encoded image, or pixels. */
#ifndef TENCH_DATA_LMDB_DATUM_H
#define TENCH_DATA_LMDB_DATUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tn__datum {
    int64_t offset, length;  /* of the data in the file */
    int64_t label;           /* -1: it has none */
    uint64_t channels, w, h; /* of pixels: one plane after the other */
    bool is_encoded;         /* false: the data are pixels */
    bool has_floats;         /* the pixels are floats, beside the data */
} tn__datum;

/* True if a value can be a Datum. No image begins so. */
bool tn__datum_is(uint8_t first_byte);
/* Reads the Datum at [offset, offset + length) of an open file. TN_EDECODE: it is none; TN_EIO. */
int tn__datum_read(int descriptor, int64_t offset, int64_t length, tn__datum *out);

#endif
