/* SPDX-License-Identifier: MIT */
/* Finds the codec of a file, and decodes: for samples, single images and the jobs on a data set. */
#ifndef TENCH_MAKE_READ_H
#define TENCH_MAKE_READ_H

#include "codec/codec.h"
#include "data/dataset.h"

/* A file whose header was read. */
typedef struct tn__probed {
    tn__bytes bytes; /* borrowed */
    const tn__codec *codec;
    tn__info info;
} tn__probed;

/* Asks the codecs which of them knows the bytes. With a hint they have no header; else it is NULL.
 * Errors carry the stage "decode". */
int tn__probe(tn__bytes bytes, const tn__hint *hint, int64_t max_pixels, tn__probed *out);
/* Does this for bytes of a sample. */
int tn__probe_sample(const tn_dataset *dataset, int64_t sample, tn__bytes bytes, tn__probed *out);
/* Decodes a rectangle of the stored image, and turns it as EXIF orientation `turn` says.
 * `access` may be NULL. Errors carry the stage "decode". */
int tn__probed_decode(const tn__probed *probed, tn__access *access, const tn__want *want,
                      int32_t turn, tn__arena *arena, tn_px_image *out);

/* Reads the head of a sample's file, and all of it only if some of the facts lie after that. Errors
 * carry the stage, "read" or "decode", and the sample's name. The buffer is scratch. */
int tn__read_header(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer, tn__info *info,
                    int64_t *file_bytes);

#endif
