/* SPDX-License-Identifier: MIT */
/* Makes PNG files of striped images. See restore.h. */
#include "codec/stripes/restore.h"

#include <string.h>

#include "codec/png/chunks.h"
#include "codec/png/write.h"
#include "codec/rows.h"
#include "codec/stripes/picture.h"
#include "codec/stripes/record.h"
#include "codec/stripes/stripes.h"
#include "tench.h"

enum { ARENA_KEEP = 1 << 20 };

struct restoring {
    tn__stripes_source source;
    tn__stripes_image image;
    int32_t bits; /* of a number, if it has fewer than 8 */
};

static int decode(tn__bytes record, const tn__info *info, int32_t mode, tn__arena *arena,
                  tn_px_image *out)
{
    const tn__want want = {{0, 0, info->w, info->h}, mode};
    int32_t damage;
    return tn__codec_stripes.decode(record, NULL, info, &want, arena, out, &damage);
}

static int decode_source(tn__bytes record, const tn__info *info, tn__arena *arena,
                         tn__stripes_source *source)
{
    int status = decode(record, info, TN_KEEP, arena, &source->kept);
    if (status == TN_OK && info->has_palette)
        status = decode(record, info, TN_INDICES, arena, &source->numbers);
    if (status == TN_OK && info->has_palette)
        status = decode(record, info, TN_RGBA, arena, &source->colours);
    return status;
}

static void write_row(const void *context, int32_t row, uint8_t *out)
{
    const struct restoring *const self = context;
    tn__stripes_row(&self->source, &self->image, row, out);
}

/* Packs the numbers of a row into bytes; the first one gets the highest bits. */
static void write_numbers(const void *context, int32_t row, uint8_t *out)
{
    const struct restoring *const self = context;
    const tn_px_image *const numbers = &self->source.numbers;
    const uint8_t *const from = numbers->plane[0] + row * numbers->stride;
    const int32_t a_byte = 8 / self->bits;
    memset(out, 0, ((size_t)numbers->w * (size_t)self->bits + 7) / 8);
    for (int32_t x = 0; x < numbers->w; x++)
        out[x / a_byte] |= (uint8_t)(from[x] << (8 - self->bits * (x % a_byte + 1)));
}

static int32_t colour_of(int32_t kind)
{
    switch (kind) {
    case TN__ROW_PALETTE8: return TN__PNG_PALETTE;
    case TN__ROW_GREY8:
    case TN__ROW_GREY16: return TN__PNG_GREY;
    case TN__ROW_RGB8:
    case TN__ROW_RGB16: return TN__PNG_RGB;
    default: return TN__PNG_RGB_ALPHA;
    }
}

/* Numbers that are grey levels of fewer than 8 bits stay such levels: so mode index gives them
 * again. */
static tn__png_image describe(struct restoring *self)
{
    const tn__info *const info = &self->image.info;
    const bool are_levels = self->image.kind == TN__ROW_PALETTE8 && info->channels == 1;
    self->bits = info->file_bits;
    const bool are_few = are_levels && (self->bits == 1 || self->bits == 2 || self->bits == 4);
    return (tn__png_image){
        .w = info->w,
        .h = info->h,
        .bits = are_few ? self->bits : info->bits,
        .colour = are_few ? TN__PNG_GREY : colour_of(self->image.kind),
        .n_colours = self->image.n_colours,
        .palette = self->image.palette[0],
        .orientation = info->orientation,
        .row = are_few ? write_numbers : write_row,
        .context = self,
    };
}

static int restore(tn__bytes record, tn__arena *arena, struct restoring *self, tn__blob *out)
{
    int status = tn__codec_stripes.probe(record, &self->image.info);
    if (status == TN_OK)
        status = decode_source(record, &self->image.info, arena, &self->source);
    if (status != TN_OK)
        return status;
    tn__stripes_choose_widest(&self->source, &self->image);
    const tn__png_image image = describe(self);
    return tn__png_write_image(&image, out);
}

int tn__stripes_restore(tn__bytes bytes, tn__blob *out)
{
    struct restoring self = {.bits = 0};
    tn__arena arena;
    tn__arena_init(&arena, ARENA_KEEP, 0);
    const int status = restore(bytes, &arena, &self, out);
    tn__arena_free(&arena);
    return status;
}
