/* SPDX-License-Identifier: MIT */
/* For tests: JPEG files with random coefficients. No photograph has such coefficients, but a file
 * may: every run length, every size of a value, sums outside the range of a sample. */
#ifndef TENCH_TESTS_MAKE_COEFFICIENTS_H
#define TENCH_TESTS_MAKE_COEFFICIENTS_H

#include "base/rng.h"
#include "make_jpeg.h"

/* Largest DC coefficient: a file stores differences of at most 11 bits. */
typedef enum dc_kind { DC_SMALL, DC_FULL, DC_WALK } dc_kind;

enum { AC_BITS = 10, DC_LIMIT = 1023 };

static inline JCOEF draw_value(tn__draws *draws, int max_bits)
{
    const int64_t bits = tn__draw_integer(draws, 1, max_bits);
    const int64_t limit = ((int64_t)1 << bits) - 1;
    return (JCOEF)tn__draw_integer(draws, -limit, limit);
}

static inline void draw_block(tn__draws *draws, int max_bits, JCOEF *block)
{
    static const double densities[] = {0, 0.02, 0.1, 0.5, 1};
    const double density = densities[tn__draw_integer(draws, 0, 4)];
    for (int k = 1; k < DCTSIZE2; k++)
        block[k] = tn__draw_chance(draws, density) ? draw_value(draws, max_bits) : (JCOEF)0;
}

static inline JCOEF draw_dc(tn__draws *draws, dc_kind kind, JCOEF last)
{
    if (kind == DC_SMALL)
        return (JCOEF)tn__draw_integer(draws, -60, 60);
    if (kind == DC_FULL)
        return (JCOEF)tn__draw_integer(draws, -DC_LIMIT, DC_LIMIT);
    const int64_t next = last + tn__draw_integer(draws, -DC_LIMIT / 2, DC_LIMIT);
    return (JCOEF)(next > INT16_MAX ? INT16_MAX : next);
}

static inline void draw_component(struct jpeg_compress_struct *encoder, jvirt_barray_ptr array,
                                  const JDIMENSION size[2], tn__draws *draws, int max_bits,
                                  dc_kind kind)
{
    JCOEF last = 0;
    for (JDIMENSION y = 0; y < size[1]; y++) {
        JBLOCKARRAY row =
            encoder->mem->access_virt_barray((j_common_ptr)encoder, array, y, 1, TRUE);
        for (JDIMENSION x = 0; x < size[0]; x++) {
            draw_block(draws, max_bits, row[0][x]);
            last = row[0][x][0] = draw_dc(draws, kind, last);
        }
    }
}

/* Blocks of a component, with the dummy blocks at the right and lower edges. */
static inline JDIMENSION count_blocks(int pixels, int factor, int max_factor)
{
    const int unit = max_factor * DCTSIZE;
    return (JDIMENSION)((pixels + unit - 1) / unit * factor);
}

static inline void draw_image(struct jpeg_compress_struct *encoder, jvirt_barray_ptr *arrays,
                              tn__draws *draws, int max_bits, dc_kind kind)
{
    JDIMENSION size[MAX_COMPONENTS][2] = {{0}};
    int h = 1, v = 1;
    for (int c = 0; c < encoder->num_components; c++) {
        const jpeg_component_info *const component = &encoder->comp_info[c];
        h = component->h_samp_factor > h ? component->h_samp_factor : h;
        v = component->v_samp_factor > v ? component->v_samp_factor : v;
    }
    for (int c = 0; c < encoder->num_components; c++) {
        const jpeg_component_info *const component = &encoder->comp_info[c];
        size[c][0] = count_blocks((int)encoder->image_width, component->h_samp_factor, h);
        size[c][1] = count_blocks((int)encoder->image_height, component->v_samp_factor, v);
        arrays[c] =
            encoder->mem->request_virt_barray((j_common_ptr)encoder, JPOOL_IMAGE, TRUE, size[c][0],
                                              size[c][1], (JDIMENSION)component->v_samp_factor);
    }
    encoder->mem->realize_virt_arrays((j_common_ptr)encoder);
    for (int c = 0; c < encoder->num_components; c++)
        draw_component(encoder, arrays[c], size[c], draws, max_bits, kind);
}

/* A file whose AC coefficients have at most `max_bits` bits. */
static inline jpeg_file make_coefficients(const jpeg_recipe *recipe, tn__draws *draws, int max_bits,
                                          dc_kind kind)
{
    jpeg_file file = {0};
    struct jpeg_compress_struct encoder;
    struct jpeg_error_mgr errors;
    jpeg_scan_info scans[4];
    jvirt_barray_ptr arrays[MAX_COMPONENTS] = {NULL};
    encoder.err = make_errors(&errors);
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &file.bytes, &file.size);
    encoder.image_width = (JDIMENSION)recipe->w;
    encoder.image_height = (JDIMENSION)recipe->h;
    set_encoder(&encoder, recipe, scans);
    draw_image(&encoder, arrays, draws, max_bits, kind);
    jpeg_write_coefficients(&encoder, arrays);
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    return file;
}

#endif
