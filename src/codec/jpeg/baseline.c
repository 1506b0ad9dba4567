/* SPDX-License-Identifier: MIT */
/* Our own JPEG decoder as a codec: it decodes baseline files, region by region.
 *
 * If it does not take a file, or finds damage in the bytes that the region needs, libjpeg decodes
 * the file, and libjpeg's pixels and verdict count. So this codec reports no errors of its own. */
#include "codec/jpeg/baseline.h"

#include "codec/exif.h"
#include "codec/jpeg/blocks.h"
#include "codec/jpeg/compact.h"
#include "codec/jpeg/libjpeg.h"
#include "tench.h"

static bool sniff(tn__bytes bytes)
{
    return tn__codec_libjpeg.sniff(bytes);
}

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__jpeg_frame frame;
    if (!tn__jpeg_frame_read(bytes, &frame))
        return TN__NOT_MINE;
    *info = (tn__info){
        .w = frame.w,
        .h = frame.h,
        .channels = frame.n_components,
        .bits = 8,
        .file_channels = frame.n_components,
        .file_bits = 8,
        .orientation = tn__exif_orientation(bytes),
        .own = {[TN__JPEG_SCAN_BYTES] = bytes.size - frame.scan_at,
                [TN__JPEG_PLANE_QUARTERS] = (uint64_t)tn__jpeg_plane_quarters(&frame)},
        .format = tn__jpeg_spec.name,
    };
    return TN_OK;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    const size_t fallback = tn__codec_libjpeg.scratch(info, want);
    const size_t own = tn__jpeg_region_bytes(info, want) +
                       tn__jpeg_blocks_bytes(want->need.w, info->h, info->own[TN__JPEG_SCAN_BYTES]);
    return own > fallback ? own : fallback;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    tn__jpeg_frame frame;
    tn__jpeg_region region;
    if (!tn__jpeg_frame_read(bytes, &frame) || !tn__jpeg_frame_holds(&frame, want->need))
        return TN__NOT_MINE;
    int status = tn__jpeg_region_make(&frame, info, want, arena, &region);
    if (status == TN_OK)
        status = tn__jpeg_blocks_decode(&frame, &region, bytes, access, arena);
    if (status == TN_OK)
        status = tn__jpeg_region_finish(&frame, &region, arena, out);
    *damage = 0;
    return status;
}

static size_t aid_scratch(const tn__info *info)
{
    return sizeof(tn__jpeg_index) +
           tn__compact_entries(info->h, TN__JPEG_MAX_COLUMNS) * sizeof(tn__jpeg_entry) +
           (size_t)2 * TN_PX_ALIGN;
}

static size_t aid_bytes(const tn__info *info, const tn__aid *aid)
{
    const tn__jpeg_index *const index = tn__jpeg_index_of(aid);
    return tn__compact_bound(index ? (size_t)index->rows * (size_t)index->columns + 1
                                   : tn__compact_entries(info->h, TN__JPEG_MAX_COLUMNS));
}

static size_t aid_write(const tn__aid *aid, uint8_t *out)
{
    return tn__compact_write(tn__jpeg_index_of(aid), out);
}

static int aid_read(tn__bytes form, int64_t file_bytes, const tn__info *info, tn__arena *arena,
                    const tn__aid **out)
{
    const tn__compact_facts facts = {file_bytes, info->w, info->h};
    tn__jpeg_index *const index = tn__arena_take(arena, sizeof *index);
    if (!index)
        return TN_ENOMEM;
    *out = tn__jpeg_aid(index);
    return tn__compact_read(form.data, form.size, &facts, arena, index);
}

const tn__codec tn__codec_baseline = {
    .spec = &tn__jpeg_spec,
    .sniff = sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
    .aid_scratch = aid_scratch,
    .aid_bytes = aid_bytes,
    .aid_write = aid_write,
    .aid_read = aid_read,
};
_Static_assert((int)TN__AID_READ_PADDING >= (int)TN__COMPACT_READ_PADDING,
               "zero bytes follow a compact form");
