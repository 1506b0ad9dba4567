/* SPDX-License-Identifier: MIT */
/* The module for JPEG 2000: OpenJPEG decodes, tile after tile, as Pillow asks it to. */
#include <stdio.h>
#include <string.h>

#include <openjpeg.h>

#include "base/least.h"
#include "codec/codec.h"
#include "codec/jp2/boxes.h"
#include "codec/jp2/samples.h"
#include "codec/rows.h"
#include "module/services.h"
#include "tench.h"

static const tn__services *core;

/* A file that OpenJPEG has opened. */
typedef struct opened {
    tn__bytes left; /* what OpenJPEG has not read yet */
    opj_stream_t *stream;
    opj_codec_t *codec;
    opj_image_t *image;
    opj_codestream_info_v2_t *grid; /* of the tiles */
    tn__jp2_boxes boxes;
    char why[160]; /* the last error of OpenJPEG, or empty */
} opened;

static OPJ_SIZE_T read_bytes(void *to, OPJ_SIZE_T n, void *from)
{
    tn__bytes *const left = from;
    const size_t taken = n < left->size ? n : left->size;
    if (taken == 0)
        return (OPJ_SIZE_T)-1; /* the end */
    memcpy(to, left->data, taken);
    left->data += taken;
    left->size -= taken;
    return taken;
}

static OPJ_OFF_T skip_bytes(OPJ_OFF_T n, void *from)
{
    tn__bytes *const left = from;
    if (n < 0 || left->size == 0)
        return -1;
    const size_t taken = (size_t)n < left->size ? (size_t)n : left->size;
    left->data += taken;
    left->size -= taken;
    return (OPJ_OFF_T)taken;
}

static void keep_message(const char *message, void *file)
{
    opened *const it = file;
    snprintf(it->why, sizeof it->why, "%.*s", (int)strcspn(message, "\n"), message);
}

static int fail(const opened *it)
{
    return core->fail(TN_EDECODE, "broken JPEG 2000%s%s", *it->why ? ": " : "", it->why);
}

static int fail_kind(const char *kind)
{
    return core->fail(TN_EDECODE, "JPEG 2000 with %s, which tench does not read", kind);
}

static void close_file(opened *it)
{
    if (it->grid)
        opj_destroy_cstr_info(&it->grid);
    if (it->image)
        opj_image_destroy(it->image);
    if (it->codec)
        opj_destroy_codec(it->codec);
    if (it->stream)
        opj_stream_destroy(it->stream);
}

static int fail_memory(void)
{
    return core->fail(TN_ENOMEM, "no memory for OpenJPEG");
}

/* Reads the headers. Close the file afterwards, whatever this returns. */
static int open_file(tn__bytes bytes, opened *it)
{
    *it = (opened){.left = bytes};
    if (!tn__jp2_read_boxes(bytes, &it->boxes))
        return core->fail(TN_EDECODE, "broken JPEG 2000: no header of the image");
    it->stream = opj_stream_create(OPJ_J2K_STREAM_CHUNK_SIZE, OPJ_TRUE);
    it->codec = opj_create_decompress(it->boxes.is_there ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    if (!it->stream || !it->codec)
        return fail_memory();
    opj_stream_set_read_function(it->stream, read_bytes);
    opj_stream_set_skip_function(it->stream, skip_bytes);
    opj_stream_set_user_data(it->stream, &it->left, NULL);
    opj_stream_set_user_data_length(it->stream, bytes.size);
    opj_set_error_handler(it->codec, keep_message, it);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (!opj_setup_decoder(it->codec, &parameters) ||
        !opj_read_header(it->stream, it->codec, &it->image))
        return fail(it);
    it->grid = opj_get_cstr_info(it->codec);
    return it->grid ? TN_OK : fail_memory();
}

/* Numbers of colour spaces in files. */
enum { SRGB = 16, GREY = 17, YCC = 18, EYCC = 24, CMYK = 12 };

/* The kinds of colours that Pillow reads, and the rows that they become. */
typedef struct colours {
    uint32_t space;
    uint32_t components;
    int32_t narrow, wide; /* kinds of rows; wide 0: always 8 bits */
} colours;
static const colours kinds[] = {
    {GREY, 1, TN__ROW_GREY8, TN__ROW_GREY16},
    {GREY, 2, TN__ROW_GREY_ALPHA8, TN__ROW_GREY_ALPHA16},
    {GREY, 4, TN__ROW_RGBA8, TN__ROW_RGBA16},
    {SRGB, 3, TN__ROW_RGB8, TN__ROW_RGB16},
    {SRGB, 4, TN__ROW_RGBA8, TN__ROW_RGBA16},
    {YCC, 3, TN__ROW_RGB8, 0},
    {YCC, 4, TN__ROW_RGBA8, 0},
    {CMYK, 4, TN__ROW_CMYK8, 0},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static bool shares_samples(const opj_image_comp_t *component)
{
    return component->dx != 1 || component->dy != 1;
}

/* A file need not tell its colours. If it does not, the first component of which pixels share
 * samples does: it is Cb or Cr in photographs. OpenJPEG knows the file's number only from 2.5.1 on,
 * before it decodes. */
static uint32_t space_of(const opened *it)
{
    const opj_image_t *const image = it->image;
    const uint32_t space = it->boxes.space;
    if (space == SRGB || space == GREY || space == YCC || space == EYCC || space == CMYK)
        return space;
    if (image->numcomps < 3)
        return GREY;
    uint32_t first = 0;
    while (first < image->numcomps && !shares_samples(&image->comps[first]))
        first++;
    return first == 1 || first == 2 ? YCC : SRGB;
}

static const colours *colours_of(const opened *it)
{
    const uint32_t space = space_of(it);
    for (int k = 0; k < N_KINDS; k++)
        if (kinds[k].space == space && kinds[k].components == it->image->numcomps)
            return &kinds[k];
    return NULL;
}

/* True if no sample of the component belongs to pixels of two tiles, or to pixels outside. */
static bool divides_all(const opened *it, const opj_image_comp_t *component)
{
    const opj_image_t *const image = it->image;
    const uint32_t dx = component->dx, dy = component->dy;
    return image->x0 % dx == 0 && image->x1 % dx == 0 && image->y0 % dy == 0 &&
           image->y1 % dy == 0 && it->grid->tx0 % dx == 0 && it->grid->ty0 % dy == 0 &&
           it->grid->tdx % dx == 0 && it->grid->tdy % dy == 0;
}

/* Pillow takes the places of such samples from the width of a tile, rounded down. */
static int check_shared(const opened *it)
{
    for (uint32_t k = 0; k < it->image->numcomps; k++) {
        const opj_image_comp_t *const component = &it->image->comps[k];
        if (!shares_samples(component))
            continue;
        if (it->image->numcomps < 3)
            return fail_kind("grey of which several pixels share a sample");
        if (!divides_all(it, component))
            return fail_kind("sides or tiles that end within a shared sample");
    }
    return TN_OK;
}

static int check_boxes(const opened *it)
{
    const tn__jp2_boxes *const boxes = &it->boxes;
    const opj_image_t *const image = it->image;
    if (!boxes->is_there)
        return TN_OK;
    if (boxes->has_palette && boxes->space != GREY) /* Pillow ignores that of grey */
        return fail_kind("a palette");
    if ((uint32_t)boxes->components != image->numcomps || boxes->w != image->x1 - image->x0 ||
        boxes->h != image->y1 - image->y0)
        return core->fail(TN_EDECODE, "broken JPEG 2000: its two headers contradict each other");
    return TN_OK;
}

static int check_file(const opened *it)
{
    const opj_image_t *const image = it->image;
    if (image->x1 <= image->x0 || image->y1 <= image->y0 || image->x1 > INT32_MAX ||
        image->y1 > INT32_MAX)
        return core->fail(TN_EDECODE, "broken JPEG 2000: its size");
    const int status = check_boxes(it);
    if (status != TN_OK)
        return status;
    if (!colours_of(it))
        return core->fail(TN_EDECODE,
                          "JPEG 2000 with %u components of a kind that tench does not read",
                          image->numcomps);
    return check_shared(it);
}

/* Of grey alone Pillow makes 16 bits, from 9 on in a codestream, and from 10 on in a file. */
static bool has_wide_samples(const opened *it)
{
    const opj_image_t *const image = it->image;
    if (colours_of(it)->wide == 0)
        return false;
    if (image->numcomps == 1 && it->boxes.is_there)
        return it->boxes.bits > 8;
    for (uint32_t k = 0; k < image->numcomps; k++)
        if (image->comps[k].prec > 8)
            return true;
    return false;
}

static tn__jp2_pixels pixels_of(const opened *it, int32_t mode)
{
    const opj_image_t *const image = it->image;
    tn__jp2_pixels pixels = {
        .n = (int32_t)image->numcomps,
        .is_wide = has_wide_samples(it) && (mode == TN_KEEP || image->numcomps == 1),
        .is_ycc = colours_of(it)->space == YCC,
    };
    for (int32_t k = 0; k < pixels.n; k++) {
        pixels.component[k].dx = (int32_t)image->comps[k].dx;
        pixels.component[k].dy = (int32_t)image->comps[k].dy;
        tn__jp2_set_component(&pixels, k, (int32_t)image->comps[k].prec, image->comps[k].sgnd != 0);
    }
    return pixels;
}

enum { OWN_SAMPLE_BYTES }; /* places in tn__info.own */

static void describe(const opened *it, tn__info *info)
{
    const opj_image_t *const image = it->image;
    const int32_t n = (int32_t)image->numcomps;
    const tn__jp2_pixels pixels = pixels_of(it, TN_KEEP);
    const bool is_cmyk = colours_of(it)->narrow == TN__ROW_CMYK8;
    *info = (tn__info){
        .w = (int32_t)(image->x1 - image->x0),
        .h = (int32_t)(image->y1 - image->y0),
        .channels = is_cmyk  ? 3
                    : n == 2 ? 4
                             : n,
        .bits = pixels.is_wide ? 16 : 8,
        .file_channels = n,
        .file_bits = (int32_t)image->comps[0].prec,
        .orientation = 1,
        .no_aid = TN__AID_FORMAT,
        .format = "jp2",
        .own = {[OWN_SAMPLE_BYTES] = (uint64_t)tn__jp2_sample_bytes(&pixels)},
    };
}

static int probe(tn__bytes bytes, tn__info *info)
{
    opened it;
    int status = open_file(bytes, &it);
    if (status == TN_OK)
        status = check_file(&it);
    if (status == TN_OK)
        describe(&it, info);
    close_file(&it);
    return status;
}

/* Memory of OpenJPEG, as measured: it holds each sample of a tile in 32 bits, and more. */
enum { LIBRARY_BYTES = 16 << 20, LIBRARY_BYTES_PER_PIXEL = 32 };

/* The pixels of a region, before they become the image. */
static size_t region_bytes(int32_t w, int32_t h, int32_t n, bool is_wide)
{
    return (size_t)w * (size_t)h * (size_t)n * (is_wide ? 2 : 1) + TN__ROWS_TAIL;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    const size_t n_pixels = (size_t)info->w * (size_t)info->h;
    return core->rows_image_bytes(info, want) +
           region_bytes(want->need.w, want->need.h, info->file_channels, info->bits > 8) +
           n_pixels * (size_t)info->own[OWN_SAMPLE_BYTES] + (size_t)2 * TN_PX_ALIGN +
           LIBRARY_BYTES + n_pixels * LIBRARY_BYTES_PER_PIXEL;
}

/* Tiles on their way into a region of the image. */
typedef struct work {
    opened *file;
    tn__jp2_pixels pixels;
    tn_px_rect need;
    uint8_t *samples; /* of one tile */
    size_t max_samples;
    uint8_t *region; /* its pixels, row after row */
} work;

typedef struct place {
    uint32_t number, n_bytes, components;
    int32_t x0, y0, x1, y1; /* as in the codestream */
} place;

static int check_place(const work *it, const place *at)
{
    const opj_image_t *const image = it->file->image;
    const size_t sample_bytes = (size_t)tn__jp2_sample_bytes(&it->pixels);
    if (at->x0 < 0 || at->y0 < 0 || at->x0 >= at->x1 || at->y0 >= at->y1 ||
        (uint32_t)at->x0 < image->x0 || (uint32_t)at->y0 < image->y0 ||
        (uint32_t)at->x1 > image->x1 || (uint32_t)at->y1 > image->y1 ||
        at->components != image->numcomps || at->n_bytes > it->max_samples ||
        (size_t)(at->x1 - at->x0) * (size_t)(at->y1 - at->y0) > it->max_samples / sample_bytes)
        return core->fail(TN_EDECODE, "broken JPEG 2000: a tile outside of the image");
    return TN_OK;
}

/* Puts the part of a tile that the region needs into it. */
static void put_tile(const work *it, const place *at)
{
    const opj_image_t *const image = it->file->image;
    const tn__jp2_tile tile = {it->samples, at->x1 - at->x0, at->y1 - at->y0};
    const int32_t left = at->x0 - (int32_t)image->x0, top = at->y0 - (int32_t)image->y0;
    const int32_t x0 = tn__most(left, it->need.x),
                  x1 = tn__least(left + tile.w, it->need.x + it->need.w);
    const int32_t y0 = tn__most(top, it->need.y),
                  y1 = tn__least(top + tile.h, it->need.y + it->need.h);
    const size_t pixel_bytes = (size_t)it->pixels.n * (it->pixels.is_wide ? 2 : 1);
    if (x0 >= x1)
        return;
    for (int32_t y = y0; y < y1; y++) {
        const size_t pixel =
            (size_t)(y - it->need.y) * (size_t)it->need.w + (size_t)(x0 - it->need.x);
        tn__jp2_put_pixels(&it->pixels, &tile, x0 - left, y - top, x1 - x0,
                           it->region + pixel * pixel_bytes);
    }
}

/* The bytes of samples that OpenJPEG leaves alone are 0. */
static int decode_tile(const work *it, const place *at)
{
    const opened *const file = it->file;
    const int status = check_place(it, at);
    if (status != TN_OK)
        return status;
    memset(it->samples, 0, it->max_samples);
    if (!opj_decode_tile_data(file->codec, at->number, it->samples, at->n_bytes, file->stream))
        return fail(file);
    put_tile(it, at);
    return TN_OK;
}

/* Counts the tiles that are there; the pixels of others are 0. */
static int decode_tiles(const work *it, int64_t *n_tiles)
{
    const opened *const file = it->file;
    for (*n_tiles = 0;; ++*n_tiles) {
        place at;
        OPJ_BOOL is_there = OPJ_FALSE;
        if (!opj_read_tile_header(file->codec, file->stream, &at.number, &at.n_bytes, &at.x0,
                                  &at.y0, &at.x1, &at.y1, &at.components, &is_there))
            return fail(file);
        if (!is_there)
            break;
        const int status = decode_tile(it, &at);
        if (status != TN_OK)
            return status;
    }
    return opj_end_decompress(file->codec, file->stream) ? TN_OK : fail(file);
}

static int take_memory(work *it, tn__arena *arena)
{
    const opj_image_t *const image = it->file->image;
    const opj_codestream_info_v2_t *const grid = it->file->grid;
    const uint32_t w = image->x1 - image->x0, h = image->y1 - image->y0;
    const size_t n_pixels =
        (size_t)(grid->tdx < w ? grid->tdx : w) * (grid->tdy < h ? grid->tdy : h);
    const size_t bytes = region_bytes(it->need.w, it->need.h, it->pixels.n, it->pixels.is_wide);
    it->max_samples = n_pixels * (size_t)tn__jp2_sample_bytes(&it->pixels);
    int status = core->take(arena, it->max_samples, &it->samples);
    if (status == TN_OK)
        status = core->take(arena, bytes, &it->region);
    if (status == TN_OK)
        memset(it->region, 0, bytes);
    return status;
}

static void put_rows(const work *it, const tn__want *want, const tn_px_image *out)
{
    const colours *const kind = colours_of(it->file);
    const tn__rows rows = {.kind = it->pixels.is_wide ? kind->wide : kind->narrow,
                           .mode = want->mode,
                           .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__};
    const size_t row_bytes = (size_t)out->w * (size_t)it->pixels.n * (it->pixels.is_wide ? 2 : 1);
    for (int32_t row = 0; row < out->h; row++)
        core->rows_put(&rows, out, row, it->region + (size_t)row * row_bytes);
}

static int decode_image(opened *file, const tn__info *info, const tn__want *want, tn__arena *arena,
                        tn_px_image *out, int32_t *damage)
{
    tn__info now;
    int64_t n_tiles;
    work it = {.file = file, .pixels = pixels_of(file, want->mode)};
    describe(file, &now);
    if (now.w != info->w || now.h != info->h || now.channels != info->channels ||
        now.bits != info->bits)
        return core->fail_changed("JPEG 2000");
    int status = core->rows_image(info, want, arena, out);
    it.need = (tn_px_rect){out->x0, out->y0, out->w, out->h};
    if (status == TN_OK)
        status = take_memory(&it, arena);
    if (status == TN_OK)
        status = decode_tiles(&it, &n_tiles);
    if (status != TN_OK)
        return status;
    put_rows(&it, want, out);
    const int64_t all = (int64_t)file->grid->tw * file->grid->th;
    *damage = n_tiles < all ? (int32_t)(all - n_tiles) : 0;
    return TN_OK;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0;
    opened it;
    int status = open_file(bytes, &it);
    if (status == TN_OK)
        status = check_file(&it);
    if (status == TN_OK)
        status = decode_image(&it, info, want, arena, out, damage);
    close_file(&it);
    return status;
}

static const tn__spec spec = {.name = "jp2"};
static const tn__codec jp2 = {.spec = &spec, .probe = probe, .scratch = scratch, .decode = decode};
static const tn__codec *const codecs[] = {&jp2, NULL};

static void versions(char *out, size_t size)
{
    snprintf(out, size, "OpenJPEG %s", opj_version());
}

TN__MODULE(codecs, versions)
