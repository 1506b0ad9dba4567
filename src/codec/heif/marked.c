/* SPDX-License-Identifier: MIT */
/* Marks the memory of pictures. See marked.h. */
#include "codec/heif/marked.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A decoder leaves out whole blocks. Marks keep away from the right and lower edges of a block,
 * which the filter of the next one may change. */
enum { BLOCK = 8, MARK = 4 };
enum { N_PLANES = 3 };

static int planes_of(const struct de265_image *picture)
{
    return de265_get_chroma_format(picture) == de265_chroma_mono ? 1 : N_PLANES;
}

static size_t sample_bytes(const struct de265_image *picture, int plane)
{
    return ((size_t)de265_get_bits_per_pixel(picture, plane) + 7) / 8;
}

/* The low bits of a sample that belongs to a mark: noise, different at each place. */
static uint8_t mark_at(size_t x, size_t y)
{
    uint32_t value = (uint32_t)x * 0x9e3779b1u ^ (uint32_t)y * 0x85ebca77u;
    value = (value ^ value >> 15) * 0x2c1b3c6du;
    return (uint8_t)(value >> 24);
}

/* Samples of two bytes are in this machine's order. */
static void put(uint8_t *row, size_t x, size_t size, uint8_t value)
{
    const uint16_t wide = value;
    if (size == 1)
        row[x] = value;
    else
        memcpy(row + x * sizeof wide, &wide, sizeof wide);
}

static bool has(const uint8_t *row, size_t x, size_t size, uint8_t value)
{
    uint16_t wide = 0;
    if (size == 1)
        return row[x] == value;
    memcpy(&wide, row + x * sizeof wide, sizeof wide);
    return wide == value;
}

static void mark_blocks(uint8_t *samples, size_t w, size_t h, size_t row_bytes, size_t size)
{
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            if (y % BLOCK < MARK && x % BLOCK < MARK)
                put(samples + y * row_bytes, x, size, mark_at(x, y));
}

/* Gives a picture a plane, zeros and in the first plane marks. libde265 may touch a few bytes after
 * it. */
static bool add_plane(const struct de265_image_spec *spec, struct de265_image *picture, int plane)
{
    enum { ALIGN = 64, MARGIN = 64 };
    const enum de265_chroma chroma = de265_get_chroma_format(picture);
    const bool halves_columns = plane > 0 && chroma != de265_chroma_444;
    const bool halves_rows = plane > 0 && chroma == de265_chroma_420;
    const size_t align = (size_t)spec->alignment, size = sample_bytes(picture, plane);
    const size_t w = (size_t)spec->width >> halves_columns, h = (size_t)spec->height >> halves_rows;
    const size_t row_bytes = (w + align - 1) / align * align * size;
    const size_t n_bytes = row_bytes * h + MARGIN;
    void *memory = NULL;
    if (posix_memalign(&memory, ALIGN, n_bytes) != 0)
        return false;
    memset(memory, 0, n_bytes);
    if (plane == 0)
        mark_blocks(memory, w, h, row_bytes, size);
    de265_set_image_plane(picture, plane, memory, (int)row_bytes, memory);
    return true;
}

static void release(de265_decoder_context *context, struct de265_image *picture, void *user)
{
    (void)context;
    (void)user;
    for (int plane = 0; plane < planes_of(picture); plane++) {
        free(de265_get_image_plane_user_data(picture, plane));
        de265_set_image_plane(picture, plane, NULL, 0, NULL);
    }
}

/* Returns 0 if there is no memory for the picture. With sample adaptive offset, libde265 asks here
 * only if that filter is disabled. It reads the setting again when it filters, so it can be enabled
 * now. */
static int allocate(de265_decoder_context *context, struct de265_image_spec *spec,
                    struct de265_image *picture, void *user)
{
    tn__marked *const marked = user;
    de265_set_parameter_bool(marked->context, DE265_DECODER_PARAM_DISABLE_SAO, 0);
    if ((uint64_t)spec->width * (uint64_t)spec->height > marked->limit) {
        marked->exceeded = true;
        return 0;
    }
    for (int plane = 0; plane < planes_of(picture); plane++)
        de265_set_image_plane(picture, plane, NULL, 0, NULL);
    for (int plane = 0; plane < planes_of(picture); plane++)
        if (!add_plane(spec, picture, plane)) {
            release(context, picture, user);
            return 0;
        }
    return 1;
}

void tn__marked_use(de265_decoder_context *context, uint64_t limit, tn__marked *marked)
{
    static struct de265_image_allocation functions = {allocate, release};
    *marked = (tn__marked){.context = context, .limit = limit};
    de265_set_image_allocation_functions(context, &functions, marked);
    de265_set_parameter_bool(context, DE265_DECODER_PARAM_DISABLE_SAO, 1);
}

static bool is_marked(const uint8_t *samples, size_t left, size_t top, size_t row_bytes,
                      size_t size)
{
    for (size_t y = top; y < top + MARK; y++)
        for (size_t x = left; x < left + MARK; x++)
            if (!has(samples + y * row_bytes, x, size, mark_at(x, y)))
                return false;
    return true;
}

/* The part in sight may begin and end within blocks: those count too. */
bool tn__marked_is_whole(const struct de265_image *picture)
{
    int stride;
    const uint8_t *const samples = de265_get_image_plane_user_data(picture, 0);
    if (!samples)
        return false;
    const uint8_t *const seen = de265_get_image_plane(picture, 0, &stride);
    const size_t row_bytes = (size_t)stride, size = sample_bytes(picture, 0);
    const size_t skipped = (size_t)(seen - samples);
    const size_t x = skipped % row_bytes / size, y = skipped / row_bytes;
    const size_t right = x + (size_t)de265_get_image_width(picture, 0);
    const size_t bottom = y + (size_t)de265_get_image_height(picture, 0);
    for (size_t top = y / BLOCK * BLOCK; top < bottom; top += BLOCK)
        for (size_t left = x / BLOCK * BLOCK; left < right; left += BLOCK)
            if (is_marked(samples, left, top, row_bytes, size))
                return false;
    return true;
}
