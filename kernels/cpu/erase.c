/* SPDX-License-Identifier: MIT */
/* Erased boxes of a finished sample: a constant, a colour a box, or noise. See px/erase.h.
 *
 * Boxes are filled in their order, so that of two that overlap the last is seen. */
#include "cpu/finish.h"

enum { GROUPS = 32, LANES = 4 }; /* of pixels whose noise is made at once */

/* Pixels of a row of the output, in one channel. */
struct span {
    int32_t c, y, x, n;
};

/* Where the span begins. Its values are writer->turn apart. */
static uint8_t *place(const tn__writer *writer, struct span span)
{
    const size_t w = writer->record->w, area = w * writer->record->h;
    const size_t pixel = (size_t)span.y * w + (size_t)span.x;
    const size_t value = writer->turn > 1 ? pixel * (size_t)writer->turn + (size_t)span.c
                                          : (size_t)span.c * area + pixel;
    return writer->out + value * (size_t)writer->bytes;
}

static void write_bits(const tn__writer *writer, uint8_t *out, ptrdiff_t i, uint32_t bits)
{
    switch (writer->bytes) {
    case 1: out[i] = (uint8_t)bits; break;
    case 2: ((uint16_t *)(void *)out)[i] = (uint16_t)bits; break;
    default: ((uint32_t *)(void *)out)[i] = bits; break;
    }
}

static void fill_span(const tn__writer *writer, struct span span, uint32_t bits)
{
    uint8_t *const out = place(writer, span);
    for (ptrdiff_t i = 0; i < span.n; i++)
        write_bits(writer, out, i * writer->turn, bits);
}

static void noise_span(const tn__writer *writer, struct span span)
{
    float noise[GROUPS * LANES];
    uint8_t *const out = place(writer, span);
    const int32_t end = span.x + span.n;
    for (int32_t from = span.x / LANES * LANES; from < end; from += GROUPS * LANES) {
        const int32_t n = end - from < GROUPS * LANES ? end - from : GROUPS * LANES;
        writer->rows->noise(writer->record, span.c, span.y, from / LANES, noise,
                            (n + LANES - 1) / LANES);
        for (int32_t x = from < span.x ? span.x : from; x < from + n; x++)
            write_bits(writer, out, (ptrdiff_t)(x - span.x) * writer->turn,
                       tn_px_noise_bits(&writer->finish->px, span.c, noise[x - from]));
    }
}

static void erase_box(const tn__writer *writer, tn_px_box box, int32_t b)
{
    const tn_px_record *const record = writer->record;
    const tn_px_finish *const px = &writer->finish->px;
    const int32_t right = box.x + box.w < record->w ? box.x + box.w : record->w;
    const int32_t bottom = box.y + box.h < record->h ? box.y + box.h : record->h;
    for (int32_t c = 0; c < px->channels; c++) {
        const uint32_t bits = tn_px_erased(px, record, b, c, box.y, box.x);
        for (int32_t y = box.y; y < bottom; y++) {
            const struct span span = {c, y, box.x, right - box.x};
            if (record->erase == TN_PX_ERASE_PIXEL)
                noise_span(writer, span);
            else
                fill_span(writer, span, bits);
        }
    }
}

void tn__writer_end(const tn__writer *writer, const tn_px_box *boxes)
{
    const tn_px_record *const record = writer->record;
    for (int32_t b = 0; record->erase != TN_PX_ERASE_NONE && b < record->n_boxes; b++)
        erase_box(writer, boxes[b], b);
}
