/* SPDX-License-Identifier: MIT */
/* Facts from the header of an image file. A plan depends on no other fact of the file. */
#ifndef TENCH_PLAN_INFO_H
#define TENCH_PLAN_INFO_H

#include <stdbool.h>
#include <stdint.h>

enum { TN__INFO_OWN = 4 };

typedef struct tn__info {
    int32_t w, h;           /* as stored, before orientation */
    int32_t channels, bits; /* of the image that the mode TN_KEEP makes: 1, 3 or 4; 8 or 16 */
    int32_t file_channels; /* in the file, for people: 4 for inks, 1 for palette numbers, 2 for grey
                              with alpha or with a transparent level */
    int32_t file_bits;     /* of a sample in the file, for people: 1 for black and white */
    bool has_palette;    /* a pixel is one number of at most 8 bits: of a palette, or a grey level.
                            Files with 1 channel of 8 bits need not set it */
    bool progressive;    /* the file holds the image in several passes */
    int32_t orientation; /* EXIF 1…8; 1 if absent or invalid */
    bool always_turned;  /* the orientation counts even where a caller does not ask for it, because
                            Pillow turns such files when it loads them */
    bool is_cut;    /* the bytes end before all facts are known: what follows in the file may have
                       others, for example another orientation */
    bool lossless;  /* the file is one image, whose pixels it holds as they were before: a pack may
                       store the pixels */
    int32_t no_aid; /* TN__AID_FORMAT …: why such a file gets no aid; 0: it may get one */
    const char *format;         /* static */
    uint64_t own[TN__INFO_OWN]; /* the codec's own numbers, for example for `scratch` */
} tn__info;

/* Channels and bits of the image that mode TN_RGB … makes of such a file. */
int32_t tn__info_channels(const tn__info *info, int32_t mode);
int32_t tn__info_bits(const tn__info *info, int32_t mode);
/* The orientation that an image gets: 1 if neither the caller nor the format turns it. */
int32_t tn__info_turn(const tn__info *info, bool orient);
/* False if the mode does not take the file: TN_INDICES needs one number for each pixel. */
bool tn__info_has_mode(const tn__info *info, int32_t mode);
/* The same as a status: TN_EDECODE says why the mode does not take the file. */
int tn__info_check_mode(const tn__info *info, int32_t mode);
/* Records that a file's header is no longer the one that the facts came from; TN_EDECODE. `format`
 * is the name of the format for people, for example "WebP". */
int tn__info_fail_changed(const char *format);

#endif
