/* SPDX-License-Identifier: MIT */
/* The codec of packed JPEGs: any region, without entropy decoding. See packed.h.
 *
 * The header of the file is in the record as it was, so everything but the coefficients comes from
 * it, and is worked out as for the file itself: so are the pixels. */
#include "codec/codec.h"

#include "base/error.h"
#include "codec/exif.h"
#include "codec/jpeg/packed.h"
#include "codec/jpeg/region.h"
#include "tench.h"

static int probe(tn__bytes bytes, tn__info *info)
{
    tn__packed record;
    const int status = tn__packed_read(bytes, true, &record);
    if (status != TN_OK)
        return status;
    *info = (tn__info){
        .w = record.frame.w,
        .h = record.frame.h,
        .channels = record.frame.n_components,
        .bits = 8,
        .orientation = tn__exif_orientation(record.header),
        .plane_quarters = tn__jpeg_plane_quarters(&record.frame),
        .format = "packed jpeg",
    };
    return TN_OK;
}

static size_t scratch(const tn__info *info, const tn__want *want)
{
    return tn__jpeg_region_bytes(info->plane_quarters, want->need);
}

static void decode_blocks(const tn__packed *record, const tn__jpeg_region *region, int32_t c,
                          int32_t block_row, const tn__pack_row *row)
{
    const tn__pack_kernels *const kernels = tn__pack_kernels_get();
    const tn__jpeg_plane *const plane = &region->plane[c];
    const int32_t first = plane->column + plane->group_begin * TN__JPEG_GROUP;
    kernels->decode(row, row->blocks + kernels->sum(row->size, first < row->n ? first : row->n),
                    first, plane->group_end - plane->group_begin,
                    record->frame.quantiser[record->frame.component[c].quantiser],
                    tn__jpeg_plane_at(plane, block_row, plane->group_begin), plane->stride);
}

static int decode_row(const tn__packed *record, const tn__jpeg_region *region, int32_t mcu_row)
{
    tn__packed_walk walk;
    int status = tn__packed_walk_begin(record, mcu_row, &walk);
    for (int32_t c = 0; c < record->frame.n_components && status == TN_OK; c++) {
        const tn__jpeg_plane *const plane = &region->plane[c];
        const int32_t v = record->frame.component[c].v;
        for (int32_t k = 0; k < v && status == TN_OK; k++) {
            const int32_t block_row = mcu_row * v + k;
            tn__pack_row row;
            status = tn__packed_walk_next(record, &walk, c, &row);
            if (status == TN_OK && block_row >= plane->row_begin && block_row < plane->row_end)
                decode_blocks(record, region, c, block_row, &row);
        }
    }
    return status == TN_OK ? tn__packed_walk_end(&walk) : status;
}

static int decode(tn__bytes bytes, tn__access *access, const tn__info *info, const tn__want *want,
                  tn__arena *arena, tn_px_image *out, int32_t *damage)
{
    (void)access;
    (void)info;
    tn__packed record;
    tn__jpeg_region region;
    *damage = 0;
    int status = tn__packed_read(bytes, false, &record);
    if (status != TN_OK)
        return status;
    if (!tn__jpeg_frame_holds(&record.frame, want->need))
        return tn__fail(TN_EINVAL, "region %d,%d %dx%d is not inside the image of %dx%d",
                        want->need.x, want->need.y, want->need.w, want->need.h, record.frame.w,
                        record.frame.h);
    status = tn__jpeg_region_make(&record.frame, want->need, want->mode, arena, &region);
    for (int32_t row = region.row_begin; row < region.row_end && status == TN_OK; row++)
        status = decode_row(&record, &region, row);
    if (status != TN_OK)
        return status;
    return tn__jpeg_region_finish(&record.frame, &region, arena, out);
}

const tn__codec tn__codec_packed = {
    .name = "packed",
    .sniff = tn__packed_sniff,
    .probe = probe,
    .scratch = scratch,
    .decode = decode,
};
