/* SPDX-License-Identifier: MIT */
/* For tests: makes JPEG files in memory with libjpeg, of every kind that its encoder can write. */
#ifndef TENCH_TESTS_MAKE_JPEG_H
#define TENCH_TESTS_MAKE_JPEG_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

typedef struct jpeg_recipe {
    const char *name;
    int w, h;
    int channels; /* 1: grey, 2: unnamed, 3: RGB, 4: CMYK */
    J_COLOR_SPACE space;
    int sampling[4];  /* of each component: 10 × horizontal + vertical */
    int restart;      /* MCUs between restart markers; 0: no markers */
    int restart_rows; /* the same, in rows of MCUs */
    int quality;      /* 1 to 100; 0: 80 */
    boolean progressive, arithmetic;
    boolean separate;        /* one scan for each component */
    boolean optimize;        /* Huffman tables made for this image */
    boolean wide_quantisers; /* allow quantisers above 255, which take 16 bits */
    boolean noise;           /* random samples, the same in each run */
    boolean long_codes; /* Huffman tables with codes of 5 to 16 bits (DC) and of 16 bits (AC) */
    boolean no_jfif;    /* JFIF marker: not written, or as the colour space needs */
    boolean adobe, no_adobe; /* Adobe marker: always written, or never */
} jpeg_recipe;

/* Fields of a recipe: the size, and each component's sampling; 0: libjpeg's default, 4:2:0. */
#define YCC(width, height, ...)                                                                    \
    .w = (width), .h = (height), .channels = 3, .space = JCS_YCbCr, .sampling = {__VA_ARGS__}

typedef struct jpeg_file {
    unsigned char *bytes; /* the caller frees it */
    unsigned long size;
} jpeg_file;

/* A pixel that differs from its neighbours in every channel; the same in each run. */
static inline uint8_t picture_sample(int x, int y, int channel)
{
    const unsigned slope = (unsigned)(x * 5 + y * 3 + channel * 40);
    const unsigned edge = (unsigned)((x / 5 + y / 3 + channel) % 3) * 60;
    return (uint8_t)((slope + edge) & 255);
}

/* A random byte. */
static inline uint8_t noise_sample(int x, int y, int channel)
{
    uint32_t mixed = (uint32_t)(x * 1619 + y * 31337 + channel * 6971) * 2654435761u;
    mixed = (mixed ^ mixed >> 15) * 2246822519u;
    return (uint8_t)(mixed >> 24);
}

static inline void write_picture(struct jpeg_compress_struct *encoder, boolean noise)
{
    uint8_t (*const sample)(int, int, int) = noise ? noise_sample : picture_sample;
    const int channels = encoder->input_components;
    JSAMPLE *const line = malloc((size_t)encoder->image_width * (size_t)channels);
    JSAMPROW rows[1] = {line};
    while (encoder->next_scanline < encoder->image_height) {
        for (int x = 0; x < (int)encoder->image_width; x++)
            for (int c = 0; c < channels; c++)
                line[x * channels + c] = sample(x, (int)encoder->next_scanline, c);
        jpeg_write_scanlines(encoder, rows, 1);
    }
    free(line);
}

static inline void describe_scans(struct jpeg_compress_struct *encoder, const jpeg_recipe *recipe,
                                  jpeg_scan_info scans[4])
{
    for (int c = 0; c < recipe->channels && recipe->separate; c++)
        scans[c] = (jpeg_scan_info){.comps_in_scan = 1, .component_index = {c}, .Se = 63};
    if (recipe->separate) {
        encoder->scan_info = scans;
        encoder->num_scans = recipe->channels;
    }
    if (recipe->progressive)
        jpeg_simple_progression(encoder);
}

/* DC sizes get one code of each length from 5 bits up; every AC symbol gets a code of 16 bits. */
static inline void lengthen_codes(struct jpeg_compress_struct *encoder)
{
    for (int t = 0; t < 2; t++) {
        JHUFF_TBL *const dc = encoder->dc_huff_tbl_ptrs[t], *const ac =
                                                                encoder->ac_huff_tbl_ptrs[t];
        int n_symbols = 0;
        for (int length = 1; length <= 16; length++) {
            dc->bits[length] = length >= 5;
            n_symbols += ac->bits[length];
            ac->bits[length] = 0;
        }
        ac->bits[16] = (UINT8)n_symbols;
    }
}

static inline void set_markers(struct jpeg_compress_struct *encoder, const jpeg_recipe *recipe)
{
    if (recipe->no_jfif)
        encoder->write_JFIF_header = FALSE;
    if (recipe->adobe)
        encoder->write_Adobe_marker = TRUE;
    if (recipe->no_adobe)
        encoder->write_Adobe_marker = FALSE;
}

/* Applies the whole recipe, for rows of recipe->channels samples per pixel. The caller sets the
 * size and the destination. */
static inline void set_encoder(struct jpeg_compress_struct *encoder, const jpeg_recipe *recipe,
                               jpeg_scan_info scans[4])
{
    static const J_COLOR_SPACE spaces[] = {JCS_UNKNOWN, JCS_GRAYSCALE, JCS_UNKNOWN, JCS_RGB,
                                           JCS_CMYK};
    encoder->input_components = recipe->channels;
    encoder->in_color_space = spaces[recipe->channels];
    jpeg_set_defaults(encoder);
    jpeg_set_colorspace(encoder, recipe->space);
    jpeg_set_quality(encoder, recipe->quality ? recipe->quality : 80, !recipe->wide_quantisers);
    for (int c = 0; c < recipe->channels && recipe->sampling[c]; c++) {
        encoder->comp_info[c].h_samp_factor = recipe->sampling[c] / 10;
        encoder->comp_info[c].v_samp_factor = recipe->sampling[c] % 10;
    }
    encoder->restart_interval = (unsigned)recipe->restart;
    encoder->restart_in_rows = recipe->restart_rows;
    encoder->arith_code = recipe->arithmetic;
    encoder->optimize_coding = recipe->optimize;
    if (recipe->long_codes)
        lengthen_codes(encoder);
    set_markers(encoder, recipe);
    describe_scans(encoder, recipe, scans);
}

/* The encoder warns about coarse quantisers on stderr. */
static inline void ignore_message(j_common_ptr encoder, int level)
{
    (void)encoder;
    (void)level;
}

static inline struct jpeg_error_mgr *make_errors(struct jpeg_error_mgr *errors)
{
    jpeg_std_error(errors);
    errors->emit_message = ignore_message;
    return errors;
}

static inline jpeg_file make_jpeg(const jpeg_recipe *recipe)
{
    jpeg_file file = {0};
    struct jpeg_compress_struct encoder;
    struct jpeg_error_mgr errors;
    jpeg_scan_info scans[4];
    encoder.err = make_errors(&errors);
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &file.bytes, &file.size);
    encoder.image_width = (JDIMENSION)recipe->w;
    encoder.image_height = (JDIMENSION)recipe->h;
    set_encoder(&encoder, recipe, scans);
    jpeg_start_compress(&encoder, TRUE);
    write_picture(&encoder, recipe->noise);
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    return file;
}

#endif
