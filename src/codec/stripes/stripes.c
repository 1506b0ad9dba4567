/* SPDX-License-Identifier: MIT */
/* Decodes striped images. See stripes.h.
 *
 * Only the stripes that meet the wanted rectangle are read. Their rows are unfiltered from the left
 * up to its last column, and from the top of the stripe down to its last row. */
#include "codec/stripes/stripes.h"

#include <stdio.h>
#include <string.h>
#include <zstd.h>

#include "base/error.h"
#include "codec/rows.h"
#include "codec/stripes/decoder.h"
#include "codec/stripes/make.h"
#include "codec/stripes/record.h"
#include "codec/stripes/restore.h"
#include "png/unfilter.h"
#include "tench.h"

enum { PIXEL, STRIPE_ROWS }; /* numbers of our own in tn__info */

static const tn__spec spec = {
    .name = "stripes",
    .doc = "The pixels of a PNG, BMP, WebP or TIFF file that a pack stores without loss.",
    .source = "data/pack/PACK.md",
    .speed = "7.1 times Pillow on the PNGs that were packed, crops 11",
};

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__stripes_record record;
    const int status = tn__stripes_read(bytes, true, &record);
    if (status != TN_OK)
        return status;
    *info = record.image.info;
    info->own[PIXEL] = (uint64_t)tn__stripes_pixel(record.image.kind);
    info->own[STRIPE_ROWS] = (uint64_t)record.image.n_rows;
    return TN_OK;
}

/* Bytes between unfiltered rows of n_bytes. */
static size_t stride_of(size_t n_bytes)
{
    return n_bytes + (size_t)2 * TN__PNG_SLACK;
}

static size_t unfiltered_bytes(size_t n_bytes, size_t n_rows)
{
    return stride_of(n_bytes) * n_rows + TN__ROWS_TAIL;
}

static size_t filtered_bytes(size_t row_bytes, size_t n_rows)
{
    return row_bytes * n_rows + TN__PNG_SLACK;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    const size_t n_bytes = (size_t)info->w * info->own[PIXEL];
    const size_t n_rows = info->own[STRIPE_ROWS];
    return tn__rows_image_bytes(info, want) + filtered_bytes(n_bytes + 1, n_rows) +
           unfiltered_bytes(n_bytes, n_rows) + stride_of(n_bytes) + (size_t)4 * TN_PX_ALIGN;
}

/* An image that is being decoded. */
struct decoding {
    const tn__stripes_record *record;
    tn_px_rect need;
    tn__rows rows;
    tn_px_image *out;
    ZSTD_DCtx *decoder;  /* the thread's */
    size_t row_bytes;    /* of a filtered row, with its filter */
    uint8_t *filtered;   /* the rows of a stripe */
    uint8_t *unfiltered; /* the same rows; the first TN__PNG_SLACK bytes belong to none */
    uint8_t *zeros;      /* the row above the first one */
};

static void set_rows(const tn__stripes_image *image, int32_t mode, tn__rows *rows)
{
    uint8_t colours[TN__STRIPES_COLOURS_MOST][3], alpha[TN__STRIPES_COLOURS_MOST];
    *rows = (tn__rows){.kind = image->kind, .mode = mode, .big_endian = true};
    for (int32_t k = 0; k < image->n_colours; k++) {
        memcpy(colours[k], image->palette[k], 3);
        alpha[k] = image->palette[k][3];
    }
    if (image->n_colours > 0)
        tn__rows_set_palette(rows, &image->info, colours[0], alpha, image->n_colours);
}

static int take_memory(struct decoding *self, tn__arena *arena)
{
    const size_t n_rows = (size_t)self->record->image.n_rows, n_bytes = self->row_bytes - 1;
    self->filtered = tn__arena_take(arena, filtered_bytes(self->row_bytes, n_rows));
    self->unfiltered =
        self->filtered ? tn__arena_take(arena, unfiltered_bytes(n_bytes, n_rows)) : NULL;
    self->zeros = self->unfiltered ? tn__arena_take(arena, stride_of(n_bytes)) : NULL;
    if (!self->zeros)
        return tn__error_last()->code;
    memset(self->zeros, 0, stride_of(n_bytes));
    self->decoder = tn__stripes_decoder();
    return self->decoder ? TN_OK : tn__error_last()->code;
}

static int32_t rows_of(const tn__stripes_image *image, int32_t stripe)
{
    const int32_t left = image->info.h - stripe * image->n_rows;
    return left < image->n_rows ? left : image->n_rows;
}

/* Decompresses a stripe, and checks its filters. */
static int unpack(struct decoding *self, int32_t stripe)
{
    const size_t n_rows = (size_t)rows_of(&self->record->image, stripe);
    tn__bytes packed;
    const int status = tn__stripes_stripe(self->record, stripe, &packed);
    if (status != TN_OK)
        return status;
    const size_t size = ZSTD_decompressDCtx(self->decoder, self->filtered, n_rows * self->row_bytes,
                                            packed.data, packed.size);
    if (ZSTD_isError(size))
        return tn__fail(TN_EDECODE, "striped image: stripe %d: %s", stripe,
                        ZSTD_getErrorName(size));
    if (size != n_rows * self->row_bytes)
        return tn__fail(TN_EDECODE, "striped image: stripe %d lacks rows", stripe);
    for (size_t r = 0; r < n_rows; r++)
        if (self->filtered[r * self->row_bytes] >= TN__PNG_FILTERS)
            return tn__fail(TN_EDECODE, "striped image: stripe %d has an unknown filter", stripe);
    return TN_OK;
}

static int decode_stripe(struct decoding *self, int32_t stripe)
{
    const tn_px_rect need = self->need;
    const tn__stripes_image *const image = &self->record->image;
    const int32_t pixel = tn__stripes_pixel(image->kind), first = stripe * image->n_rows;
    const int32_t have = rows_of(image, stripe), want = need.y + need.h - first;
    const int status = unpack(self, stripe);
    if (status != TN_OK)
        return status;
    const tn__png_rows rows = {
        .filtered = self->filtered,
        .filtered_stride = (ptrdiff_t)self->row_bytes,
        .above = self->zeros + TN__PNG_SLACK,
        .out = self->unfiltered + TN__PNG_SLACK,
        .out_stride = (ptrdiff_t)stride_of(self->row_bytes - 1),
        .n_rows = want < have ? want : have,
        .n_bytes = (need.x + need.w) * pixel,
        .pixel = pixel,
    };
    tn__unfilter_get()->rows(&rows);
    for (int32_t r = need.y > first ? need.y - first : 0; r < rows.n_rows; r++)
        tn__rows_put(&self->rows, self->out, first + r - need.y,
                     rows.out + r * rows.out_stride + (ptrdiff_t)need.x * pixel);
    return TN_OK;
}

/* Decodes the stripes that the need meets. *done gets the rows above the failure. */
static int decode_stripes(struct decoding *self, int32_t *done)
{
    const tn_px_rect need = self->need;
    const int32_t n_rows = self->record->image.n_rows;
    int status = TN_OK;
    for (int32_t k = need.y / n_rows; k <= (need.y + need.h - 1) / n_rows && status == TN_OK; k++) {
        *done = k * n_rows;
        status = decode_stripe(self, k);
    }
    return status;
}

static int decode_record(const tn__stripes_record *record, const tn__info *info,
                         const tn__want *want, tn__arena *arena, tn_px_image *out, int32_t *done)
{
    struct decoding self = {.record = record,
                            .need = want->need,
                            .out = out,
                            .row_bytes = tn__stripes_row_bytes(&record->image)};
    set_rows(&record->image, want->mode, &self.rows);
    int status = tn__rows_image(info, want, arena, out);
    if (status == TN_OK)
        status = take_memory(&self, arena);
    if (status == TN_OK)
        status = decode_stripes(&self, done);
    return status;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    tn__stripes_record record;
    int32_t done = -1;
    *damage = 0;
    int status = tn__stripes_read(bytes, false, &record);
    if (status == TN_OK && (record.image.info.w != info->w || record.image.info.h != info->h))
        status = tn__info_fail_changed("striped image");
    if (status == TN_OK)
        status = decode_record(&record, info, want, arena, out, &done);
    if (status != TN_OK && access && access->trouble) {
        tn__trouble *const trouble = access->trouble;
        *trouble = (tn__trouble){.byte = -1, .row = done};
        snprintf(trouble->what, sizeof trouble->what, "%.199s", tn__error_last()->message);
    }
    return status;
}

const tn__codec tn__codec_stripes = {
    .spec = &spec,
    .sniff = tn__stripes_is,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
    .pack = tn__stripes_make,
    .restore = tn__stripes_restore,
    .packs_pixels = true,
};
