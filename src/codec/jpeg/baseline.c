/* SPDX-License-Identifier: MIT */
/* The own JPEG decoder's entry in the table of codecs: baseline files, region by region.
 *
 * Whatever is not taken, or is found damaged in the bytes that the region needs, goes to libjpeg,
 * whose pixels and verdict count: there is no error of our own. */
#include "codec/codec.h"

#include "codec/exif.h"
#include "codec/jpeg/blocks.h"
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
        .orientation = tn__exif_orientation(bytes),
        .encoded_bytes = bytes.size - frame.scan_at,
        .plane_quarters = tn__jpeg_plane_quarters(&frame),
        .format = "jpeg",
    };
    return TN_OK;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    const size_t fallback = tn__codec_libjpeg.scratch(info, want);
    const size_t own = tn__jpeg_region_bytes(info->plane_quarters, want->need) +
                       tn__jpeg_blocks_bytes(want->need.w, info->h, info->encoded_bytes);
    return own > fallback ? own : fallback;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)info;
    tn__jpeg_frame frame;
    tn__jpeg_region region;
    if (!tn__jpeg_frame_read(bytes, &frame) || !tn__jpeg_frame_holds(&frame, want->need))
        return TN__NOT_MINE;
    int status = tn__jpeg_region_make(&frame, want->need, want->mode, arena, &region);
    if (status == TN_OK)
        status = tn__jpeg_blocks_decode(&frame, &region, bytes, access, arena);
    if (status == TN_OK)
        status = tn__jpeg_region_finish(&frame, &region, arena, out);
    *damage = 0;
    return status;
}

const tn__codec tn__codec_baseline = {
    .name = "baseline",
    .sniff = sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
