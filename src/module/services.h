/* SPDX-License-Identifier: MIT */
/* What the core and its modules know of each other: one table in each direction.
 *
 * A module exports one function, `tench_module`, and links nothing of the core. It reaches the core
 * through the services alone. Both tables begin with the ABI number; if the numbers differ, neither
 * side reads on. */
#ifndef TENCH_MODULE_SERVICES_H
#define TENCH_MODULE_SERVICES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct tn__codec;
struct tn__inflate;
struct tn__inflate_io;
struct tn__info;
struct tn__jpeg_inside;
struct tn__rows;
struct tn__want;

/* Raise it with every change of tn__services, tn__module_face, tn__codec, or a struct that they
 * pass. */
enum { TN__MODULE_ABI = 4 };

/* What the core does for its modules. */
typedef struct tn__services {
    int32_t abi; /* TN__MODULE_ABI */
    /* tn__fail */
    int (*fail)(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
    /* tn__fail_system */
    int (*fail_system)(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
    /* tn__info_fail_changed */
    int (*fail_changed)(const char *format);
    /* tn__arena_take, into *out. TN_ENOMEM, TN_ELIMIT. */
    int (*take)(tn__arena *arena, size_t n_bytes, uint8_t **out);
    /* tn__exif_orientation_of */
    int32_t (*orientation)(const uint8_t *exif, size_t exif_bytes, const uint8_t *xmp,
                           size_t xmp_bytes);
    /* The functions of codec/rows.h. */
    int (*rows_image)(const struct tn__info *info, const struct tn__want *want, tn__arena *arena,
                      tn_px_image *out);
    size_t (*rows_image_bytes)(const struct tn__info *info, const struct tn__want *want);
    void (*rows_set_palette)(struct tn__rows *rows, const struct tn__info *info, const uint8_t *rgb,
                             const uint8_t *alpha, int32_t n);
    void (*rows_unpack)(const uint8_t *packed, int32_t bits, int32_t first, int32_t n,
                        uint8_t *out);
    void (*rows_put)(const struct tn__rows *rows, const tn_px_image *out, int32_t row,
                     const uint8_t *samples);
    /* The functions of flate/inflate.h. */
    void (*inflate_open)(struct tn__inflate *inflate, int32_t wrapper);
    int (*inflate_run)(struct tn__inflate *inflate, struct tn__inflate_io *io);
    /* The functions of codec/jpeg/inside.h. */
    size_t (*jpeg_inside_bytes)(int32_t w, int32_t h, int32_t components);
    int (*jpeg_inside_decode)(const struct tn__jpeg_inside *inside, const struct tn__want *want,
                              tn__arena *arena, int32_t x, int32_t y, const tn_px_image *out);
} tn__services;

/* What a module offers. */
typedef struct tn__module_face {
    int32_t abi;                              /* TN__MODULE_ABI */
    const struct tn__codec *const *codecs;    /* ends with NULL */
    void (*versions)(char *out, size_t size); /* its libraries: "libwebp 1.2.4" */
} tn__module_face;

/* The type of `tench_module`. The services stay valid until the process ends. */
typedef const tn__module_face *tn__module_enter(const tn__services *services);

/* Defines `tench_module` in a module that keeps the services in its variable `core`. */
#define TN__MODULE(its_codecs, its_versions)                                                       \
    __attribute__((visibility("default"))) tn__module_enter tench_module;                          \
    const tn__module_face *tench_module(const tn__services *services)                              \
    {                                                                                              \
        static const tn__module_face face = {TN__MODULE_ABI, its_codecs, its_versions};            \
        core = services;                                                                           \
        return services->abi == TN__MODULE_ABI ? &face : NULL;                                     \
    }

#endif
