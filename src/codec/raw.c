/* SPDX-License-Identifier: MIT */
/* Pixels without a header. See raw.h.
 *
 * A source knows their size and order from its own format. They have as many bytes as their shape
 * says; a container with fewer is damaged. */
#include "codec/raw.h"

#include <assert.h>

#include "base/error.h"
#include "codec/rows.h"
#include "tench.h"

enum { PLANAR, BGR }; /* numbers of our own in tn__info */

static const tn__spec spec = {
    .name = "raw",
    .doc =
        "Pixels without a header, one byte for each value. The data set knows their size: CIFAR, "
        "MNIST, Caffe Datums in LMDB.",
};

int tn__raw_probe(const tn__hint *hint, tn__info *info)
{
    const bool fits = hint->channels == 1 || hint->channels == 3;
    if (hint->w < 1 || hint->h < 1 || !fits)
        return tn__fail(TN_EDECODE, "raw pixels of %dx%d with %d channels cannot be an image",
                        hint->w, hint->h, hint->channels);
    *info = (tn__info){
        .w = hint->w,
        .h = hint->h,
        .channels = hint->channels,
        .bits = 8,
        .file_channels = hint->channels,
        .file_bits = 8,
        .orientation = 1,
        .no_aid = TN__AID_FORMAT,
        .format = spec.name,
        .own = {[PLANAR] = hint->planar, [BGR] = hint->bgr},
    };
    return TN_OK;
}

static bool sniff(tn__bytes bytes)
{
    (void)bytes;
    return false;
}

/* Only a hint describes raw pixels. */
static int probe(tn__bytes bytes, tn__info *info)
{
    (void)bytes;
    (void)info;
    return TN__NOT_MINE;
}

/* Bytes of a row whose planes were joined. */
static size_t line_bytes(int32_t w)
{
    return (size_t)w * 3 + TN__ROWS_TAIL;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return tn__rows_image_bytes(info, want) + line_bytes(want->need.w) + TN_PX_ALIGN;
}

static int check_size(tn__bytes bytes, const tn__info *info)
{
    const uint64_t size = (uint64_t)info->w * (uint64_t)info->h * (uint64_t)info->channels;
    if (bytes.size == size)
        return TN_OK;
    return tn__fail(TN_EDECODE, "raw pixels of %dx%d with %d channels have %llu bytes, not %zu",
                    info->w, info->h, info->channels, (unsigned long long)size, bytes.size);
}

/* Joins n pixels of a planar row. */
static void join(tn__bytes bytes, const tn__info *info, size_t at, uint8_t *line, int32_t n)
{
    const size_t area = (size_t)info->w * (size_t)info->h;
    const uint8_t *const plane = bytes.data + at;
    for (ptrdiff_t x = 0; x < n; x++)
        for (size_t c = 0; c < 3; c++)
            line[3 * x + (ptrdiff_t)c] = plane[c * area + (size_t)x];
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    *damage = 0;
    const tn_px_rect need = want->need;
    const bool planar = info->channels == 3 && info->own[PLANAR];
    const tn__rows rows = {
        .kind = info->channels == 1 ? TN__ROW_GREY8
                : info->own[BGR]    ? TN__ROW_BGR8
                                    : TN__ROW_RGB8,
        .mode = want->mode,
    };
    int status = check_size(bytes, info);
    if (status == TN_OK)
        status = tn__rows_image(info, want, arena, out);
    uint8_t *const line =
        status == TN_OK && planar ? tn__arena_take(arena, line_bytes(need.w)) : NULL;
    if (status == TN_OK && planar && !line)
        status = tn__error_last()->code;
    for (int32_t y = 0; y < need.h && status == TN_OK; y++) {
        const size_t at = (size_t)(need.y + y) * (size_t)info->w + (size_t)need.x;
        if (line)
            join(bytes, info, at, line, need.w);
        tn__rows_put(&rows, out, y, line ? line : bytes.data + at * (size_t)info->channels);
    }
    return status;
}

const tn__codec tn__codec_raw = {
    .spec = &spec,
    .sniff = sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
_Static_assert((int)TN__READ_PADDING >= (int)TN__ROWS_TAIL, "bytes follow the last row");
