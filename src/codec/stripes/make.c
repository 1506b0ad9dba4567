/* SPDX-License-Identifier: MIT */
/* Packs lossless files. See make.h.
 *
 * The file is decoded by its own codec. Its rows are filtered and compressed in two ways, and the
 * shorter one counts: photographs gain from Paeth's filter, drawings and numbers of a palette gain
 * from none. Then the record, and the PNG that unpacking would make of it, are decoded in every
 * mode and compared with the file. */
#include "codec/stripes/make.h"

#include <string.h>
#include <zstd.h>

#include "base/error.h"
#include "codec/png/png.h"
#include "codec/stripes/picture.h"
#include "codec/stripes/record.h"
#include "codec/stripes/restore.h"
#include "codec/stripes/stripes.h"
#include "cpu/checksum.h"
#include "png/filter.h"
#include "png/unfilter.h"
#include "tench.h"

/* A record is at most MOST_TIMES as long as its file, plus MOST_MORE. */
enum { STRIPE_ROWS = 32, MOST_TIMES = 2, MOST_MORE = 1024 };
/* Levels of zstd. Measured on photographs: 3 gives 1.02 of a PNG's bytes, 9 gives 1.00 and takes a
 * tenth more time to decode. */
enum { LEVEL_FAST = 3, LEVEL_SMALL = 9 };

struct maker {
    tn__bytes file;
    const tn__codec *codec;
    tn__arena *arena;
    tn__stripes_source source;
    tn__stripes_image image;
    int32_t level;
    ZSTD_CCtx *compressor;
    tn__blob rows, filtered; /* a stripe */
    tn__blob packed, table;  /* the stripes, and their entries */
};

/* A failure of the file becomes TN__NOT_MINE: the pack stores it unchanged. */
static int decline_file(int status)
{
    return status == TN_EDECODE || status == TN_EINVAL ? TN__NOT_MINE : status;
}

/* Decodes the whole file. A damaged one is declined. */
static int decode_file(const struct maker *maker, int32_t mode, tn_px_image *out)
{
    const tn__info *const info = &maker->image.info;
    const tn__want want = {{0, 0, info->w, info->h}, mode};
    int32_t damage = 0;
    const int status =
        tn__codec_decode(maker->codec, maker->file, NULL, info, &want, maker->arena, out, &damage);
    return status == TN_OK && damage > 0 ? TN__NOT_MINE : decline_file(status);
}

static int probe_file(struct maker *maker)
{
    tn__info *const info = &maker->image.info;
    const tn__codec *const first = tn__codec_find(maker->file);
    if (!first || tn__stripes_format(first->spec->name) == 0)
        return TN__NOT_MINE;
    maker->codec = tn__codec_probe(maker->file, NULL, TN_MAX_PIXELS, info);
    if (!maker->codec)
        return tn__error_last()->code == TN_ELIMIT ? TN__NOT_MINE
                                                   : decline_file(tn__error_last()->code);
    const bool is_turned = info->always_turned && info->orientation != 1;
    return info->lossless && !is_turned ? TN_OK : TN__NOT_MINE;
}

static int decode_source(struct maker *maker)
{
    tn__stripes_source *const source = &maker->source;
    int status = decode_file(maker, TN_KEEP, &source->kept);
    if (status == TN_OK && maker->image.info.has_palette)
        status = decode_file(maker, TN_INDICES, &source->numbers);
    if (status == TN_OK && maker->image.info.has_palette)
        status = decode_file(maker, TN_RGBA, &source->colours);
    return status;
}

/* Takes the rows of a stripe from the source, and filters them. */
static int filter_stripe(struct maker *maker, int32_t first, int32_t n, uint8_t filter)
{
    const tn__stripes_image *const image = &maker->image;
    const size_t length = tn__stripes_row_bytes(image), n_bytes = length - 1;
    maker->rows.size = maker->filtered.size = 0;
    int status = tn__blob_add(&maker->rows, NULL, n_bytes * (size_t)n);
    if (status == TN_OK)
        status = tn__blob_add(&maker->filtered, NULL, length * (size_t)n);
    if (status != TN_OK)
        return status;
    for (int32_t r = 0; r < n; r++) {
        uint8_t *const row = maker->rows.bytes + (size_t)r * n_bytes;
        tn__stripes_row(&maker->source, image, first + r, row);
        tn__png_filter(r == 0 && filter == TN__PNG_PAETH ? TN__PNG_SUB : filter, row,
                       r > 0 ? row - n_bytes : NULL, (ptrdiff_t)n_bytes,
                       tn__stripes_pixel(image->kind), maker->filtered.bytes + (size_t)r * length);
    }
    return TN_OK;
}

/* Compresses the filtered stripe, and adds it with its entry. */
static int add_stripe(struct maker *maker)
{
    uint8_t entry[TN__STRIPES_ENTRY];
    const tn__blob *const from = &maker->filtered;
    tn__blob *const to = &maker->packed;
    const size_t bound = ZSTD_compressBound(from->size);
    const int status = tn__blob_reserve(to, bound);
    if (status != TN_OK)
        return status;
    uint8_t *const at = to->bytes + to->size;
    const size_t size =
        ZSTD_compressCCtx(maker->compressor, at, bound, from->bytes, from->size, maker->level);
    if (ZSTD_isError(size))
        return tn__fail_memory("a zstd compressor", from->size);
    to->size += size;
    if (to->size > UINT32_MAX)
        return TN__NOT_MINE;
    tn__put_32(entry, (uint32_t)to->size);
    tn__put_32(entry + 4, (uint32_t)tn__checksum(at, size));
    return tn__blob_add(&maker->table, entry, sizeof entry);
}

static int make_record(struct maker *maker, uint8_t filter, tn__blob *out)
{
    const int32_t h = maker->image.info.h, n_rows = maker->image.n_rows;
    int status = TN_OK;
    maker->packed.size = maker->table.size = 0;
    for (int32_t first = 0; first < h && status == TN_OK; first += n_rows) {
        status = filter_stripe(maker, first, h - first < n_rows ? h - first : n_rows, filter);
        if (status == TN_OK)
            status = add_stripe(maker);
    }
    if (status != TN_OK)
        return status;
    return tn__stripes_write(&maker->image, maker->file, &maker->table, &maker->packed, out);
}

/* Makes both records, and keeps the shorter one. */
static int make_shorter(struct maker *maker, tn__blob *out)
{
    tn__blob plain = {0};
    int status = make_record(maker, TN__PNG_PAETH, out);
    if (status == TN_OK)
        status = make_record(maker, TN__PNG_NONE, &plain);
    if (status == TN_OK && plain.size < out->size) {
        const tn__blob longer = *out;
        *out = plain;
        plain = longer;
    }
    tn__blob_free(&plain);
    if (status == TN_OK && out->size > MOST_TIMES * maker->file.size + MOST_MORE)
        return TN__NOT_MINE;
    return status;
}

/* What was made of the file: the record, and the PNG that unpacking makes of it. */
struct copy {
    const tn__codec *codec;
    tn__bytes bytes;
    tn__info info;
};
enum { N_COPIES = 2 };

static bool are_equal(const tn_px_image *a, const tn_px_image *b)
{
    if (a->channels != b->channels || a->bits != b->bits || a->w != b->w || a->h != b->h)
        return false;
    const size_t n_bytes = (size_t)a->w * (size_t)(a->bits / 8);
    for (int32_t c = 0; c < a->channels; c++)
        for (int32_t y = 0; y < a->h; y++)
            if (memcmp(a->plane[c] + y * a->stride, b->plane[c] + y * b->stride, n_bytes) != 0)
                return false;
    return true;
}

static int probe_copy(const struct maker *maker, struct copy *copy)
{
    const tn__info *const info = &maker->image.info;
    const int status = copy->codec->probe(copy->bytes, &copy->info);
    if (status != TN_OK)
        return status;
    const bool is_same = copy->info.w == info->w && copy->info.h == info->h &&
                         copy->info.orientation == info->orientation;
    return is_same ? TN_OK : TN__NOT_MINE;
}

static int compare_copy(const struct maker *maker, const struct copy *copy, int32_t mode,
                        const tn_px_image *expected)
{
    const tn__info *const info = &copy->info;
    const tn__want want = {{0, 0, info->w, info->h}, mode};
    const tn__arena_mark mark = tn__arena_here(maker->arena);
    tn_px_image image;
    int32_t damage;
    if (!tn__info_has_mode(info, mode))
        return TN__NOT_MINE;
    const int status =
        copy->codec->decode(copy->bytes, NULL, info, &want, maker->arena, &image, &damage);
    const bool is_same = status == TN_OK && are_equal(&image, expected);
    tn__arena_rewind(maker->arena, mark);
    return status == TN_OK && !is_same ? TN__NOT_MINE : status;
}

static int compare_mode(const struct maker *maker, const struct copy copies[N_COPIES], int32_t mode)
{
    const tn__arena_mark mark = tn__arena_here(maker->arena);
    tn_px_image expected;
    int status = decode_file(maker, mode, &expected);
    for (int k = 0; k < N_COPIES && status == TN_OK; k++)
        status = compare_copy(maker, &copies[k], mode, &expected);
    tn__arena_rewind(maker->arena, mark);
    return status;
}

/* Compares the copies with the file, in each mode that takes the file. */
static int compare(const struct maker *maker, struct copy copies[N_COPIES])
{
    static const int32_t modes[] = {TN_RGB, TN_GREY, TN_RGBA, TN_KEEP, TN_INDICES};
    int status = TN_OK;
    for (int k = 0; k < N_COPIES && status == TN_OK; k++)
        status = probe_copy(maker, &copies[k]);
    for (size_t m = 0; m < sizeof modes / sizeof modes[0] && status == TN_OK; m++)
        if (tn__info_has_mode(&maker->image.info, modes[m]))
            status = compare_mode(maker, copies, modes[m]);
    return decline_file(status);
}

static int check(const struct maker *maker, const tn__blob *record)
{
    const tn__bytes bytes = {record->bytes, record->size};
    tn__blob png = {0};
    int status = tn__stripes_restore(bytes, &png);
    const size_t n_bytes = png.size;
    if (status == TN_OK)
        status = tn__blob_add(&png, NULL, TN__READ_PADDING);
    if (status == TN_OK) {
        struct copy copies[N_COPIES] = {{.codec = &tn__codec_stripes, .bytes = bytes},
                                        {.codec = &tn__codec_png, .bytes = {png.bytes, n_bytes}}};
        status = compare(maker, copies);
    }
    tn__blob_free(&png);
    return decline_file(status);
}

static int make(struct maker *maker, tn__blob *out)
{
    int status = decode_source(maker);
    if (status != TN_OK)
        return status;
    tn__stripes_choose(&maker->source, &maker->image);
    maker->image.n_rows = STRIPE_ROWS;
    maker->compressor = ZSTD_createCCtx();
    if (!maker->compressor)
        return tn__fail_memory("a zstd compressor", 1 << 20);
    status = make_shorter(maker, out);
    return status == TN_OK ? check(maker, out) : status;
}

int tn__stripes_make(tn__bytes file, int32_t layout, tn__arena *arena, tn__blob *out)
{
    struct maker maker = {
        .file = file, .arena = arena, .level = layout == TN_PACK_FAST ? LEVEL_FAST : LEVEL_SMALL};
    int status = probe_file(&maker);
    if (status == TN_OK)
        status = make(&maker, out);
    ZSTD_freeCCtx(maker.compressor);
    tn__blob_free(&maker.rows);
    tn__blob_free(&maker.filtered);
    tn__blob_free(&maker.packed);
    tn__blob_free(&maker.table);
    return status;
}
