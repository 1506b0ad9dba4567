/* SPDX-License-Identifier: MIT */
/* Reads the header of a baseline JPEG: ITU T.81, annex B. See frame.h.
 *
 * Some rules are libjpeg's own: which colour space a file has, and what deserves a warning. They
 * follow jdmarker.c and jdapimin.c. */
#include "codec/jpeg/frame.h"

#include <string.h>

#include "base/bytes.h"

enum {
    MARKER_SOF0 = 0xc0,
    MARKER_SOF1 = 0xc1,
    MARKER_DHT = 0xc4,
    MARKER_SOI = 0xd8,
    MARKER_SOS = 0xda,
    MARKER_DQT = 0xdb,
    MARKER_DRI = 0xdd,
    MARKER_APP0 = 0xe0,
    MARKER_APP14 = 0xee,
    MARKER_APP15 = 0xef,
    MARKER_COM = 0xfe
};
enum { JFIF_BYTES = 14, ADOBE_BYTES = 12, MAX_DC_SYMBOL = 15 };
enum { MAX_SIDE = 65500 }; /* JPEG_MAX_DIMENSION of libjpeg */
enum { ADOBE_RGB = 0, ADOBE_YCC = 1 };

/* What the reader needs to know besides the frame. */
struct header {
    tn__jpeg_frame *frame;
    bool sof, jfif, adobe;
    uint8_t adobe_transform;
    uint8_t id[TN__JPEG_MAX_COMPONENTS];
    bool quantiser[TN__JPEG_TABLES];
};

static bool read_quantisers(struct header *header, tn__bytes segment)
{
    size_t at = 0;
    while (at < segment.size) {
        const int32_t precision = segment.data[at] >> 4, number = segment.data[at] & 15;
        const size_t n_bytes = precision ? 128 : 64;
        if (precision > 1 || number >= TN__JPEG_TABLES || segment.size - at - 1 < n_bytes)
            return false;
        const uint8_t *const value = segment.data + at + 1;
        uint16_t *const quantiser = header->frame->quantiser[number];
        for (int32_t k = 0; k < 64; k++)
            quantiser[tn__jpeg_natural[k]] =
                (uint16_t)(precision ? tn__get_16_big(value + (ptrdiff_t)2 * k) : value[k]);
        header->quantiser[number] = true;
        at += 1 + n_bytes;
    }
    return true;
}

/* True if codes of these lengths exist and the symbols are possible. */
static bool is_table(const uint8_t *counts, int32_t n_symbols, bool dc)
{
    uint32_t code = 0;
    for (int32_t length = 1; length <= 16; length++) {
        code += counts[length - 1];
        if (code >= 1u << length) /* no code consists of ones only */
            return false;
        code <<= 1;
    }
    for (int32_t k = 0; k < n_symbols && dc; k++)
        if (counts[16 + k] > MAX_DC_SYMBOL)
            return false;
    return true;
}

static bool read_tables(struct header *header, tn__bytes segment)
{
    size_t at = 0;
    while (at < segment.size) {
        if (segment.size - at < 17)
            return false;
        const int32_t kind = segment.data[at] >> 4, number = segment.data[at] & 15;
        const uint8_t *const counts = segment.data + at + 1;
        int32_t n_symbols = 0;
        for (int32_t k = 0; k < 16; k++)
            n_symbols += counts[k];
        if (kind > 1 || number >= TN__JPEG_TABLES || n_symbols > 256 ||
            segment.size - at - 17 < (size_t)n_symbols || !is_table(counts, n_symbols, kind == 0))
            return false;
        (kind ? header->frame->ac : header->frame->dc)[number] = counts;
        at += 17 + (size_t)n_symbols;
    }
    return true;
}

static bool read_component(struct header *header, int32_t c, const uint8_t *bytes)
{
    tn__jpeg_component *const component = &header->frame->component[c];
    header->id[c] = bytes[0];
    for (int32_t before = 0; before < c; before++)
        if (header->id[before] == bytes[0])
            return false;
    component->h = bytes[1] >> 4;
    component->v = bytes[1] & 15;
    component->quantiser = bytes[2];
    return component->h >= 1 && component->h <= 2 && component->v >= 1 && component->v <= 2 &&
           component->quantiser < TN__JPEG_TABLES;
}

static bool read_frame(struct header *header, tn__bytes segment)
{
    tn__jpeg_frame *const frame = header->frame;
    if (header->sof || segment.size < 6 || segment.data[0] != 8)
        return false;
    header->sof = true;
    frame->h = tn__get_16_big(segment.data + 1);
    frame->w = tn__get_16_big(segment.data + 3);
    frame->n_components = segment.data[5];
    if (frame->w == 0 || frame->h == 0 || frame->w > MAX_SIDE || frame->h > MAX_SIDE ||
        (frame->n_components != 1 && frame->n_components != 3) ||
        segment.size != 6 + 3 * (size_t)frame->n_components)
        return false;
    for (int32_t c = 0; c < frame->n_components; c++)
        if (!read_component(header, c, segment.data + 6 + (ptrdiff_t)3 * c))
            return false;
    return true;
}

/* The only scan must have all components, in the frame's order. */
static bool read_scan(struct header *header, tn__bytes segment)
{
    tn__jpeg_frame *const frame = header->frame;
    const int32_t n = frame->n_components;
    if (!header->sof || segment.size != 4 + 2 * (size_t)n || segment.data[0] != n)
        return false;
    for (int32_t c = 0; c < n; c++) {
        const uint8_t *const bytes = segment.data + 1 + (ptrdiff_t)2 * c;
        tn__jpeg_component *const component = &frame->component[c];
        component->dc = bytes[1] >> 4;
        component->ac = bytes[1] & 15;
        if (bytes[0] != header->id[c] || component->dc >= TN__JPEG_TABLES ||
            component->ac >= TN__JPEG_TABLES || !frame->dc[component->dc] ||
            !frame->ac[component->ac] || !header->quantiser[component->quantiser])
            return false;
    }
    const uint8_t *const spectrum = segment.data + 1 + (ptrdiff_t)2 * n;
    return spectrum[0] == 0 && spectrum[1] == 63 && spectrum[2] == 0;
}

/* JFIF and Adobe segments tell how colours are stored. libjpeg warns about other major versions of
 * JFIF. */
static bool read_application(struct header *header, uint8_t marker, tn__bytes segment)
{
    if (marker == MARKER_APP0 && segment.size >= JFIF_BYTES &&
        memcmp(segment.data, "JFIF", 5) == 0) {
        header->jfif = true;
        return segment.data[5] == 1;
    }
    if (marker == MARKER_APP14 && segment.size >= ADOBE_BYTES &&
        memcmp(segment.data, "Adobe", 5) == 0) {
        header->adobe = true;
        header->adobe_transform = segment.data[11];
    }
    return true;
}

static bool read_segment(struct header *header, uint8_t marker, tn__bytes segment)
{
    switch (marker) {
    case MARKER_DQT: return read_quantisers(header, segment);
    case MARKER_DHT: return read_tables(header, segment);
    case MARKER_SOF0:
    case MARKER_SOF1: return read_frame(header, segment);
    case MARKER_SOS: return read_scan(header, segment);
    case MARKER_DRI:
        if (segment.size != 2)
            return false;
        header->frame->restart_interval = tn__get_16_big(segment.data);
        return true;
    case MARKER_COM: return true;
    default:
        return marker >= MARKER_APP0 && marker <= MARKER_APP15 &&
               read_application(header, marker, segment);
    }
}

/* Chooses the colour space like jdapimin.c. Refuses files about which jdapimin.c warns. */
static bool find_colour(struct header *header)
{
    tn__jpeg_frame *const frame = header->frame;
    const uint8_t *const id = header->id;
    frame->colour = frame->n_components == 1 ? TN__JPEG_COLOUR_GREY : TN__JPEG_COLOUR_YCC;
    if (frame->n_components == 1 || header->jfif)
        return true;
    if (header->adobe) {
        if (header->adobe_transform == ADOBE_RGB)
            frame->colour = TN__JPEG_COLOUR_RGB;
        return header->adobe_transform <= ADOBE_YCC;
    }
    if (id[0] == 'R' && id[1] == 'G' && id[2] == 'B')
        frame->colour = TN__JPEG_COLOUR_RGB;
    return true;
}

static int32_t divide_up(int32_t a, int32_t b)
{
    return (a + b - 1) / b;
}

/* Computes the sizes that follow from the sampling factors. In a scan of one component an MCU is
 * one block, whatever the factors are. */
static bool find_geometry(tn__jpeg_frame *frame)
{
    int32_t h_max = 1, v_max = 1, n_blocks = 0;
    for (int32_t c = 0; c < frame->n_components; c++) {
        tn__jpeg_component *const component = &frame->component[c];
        if (frame->n_components == 1)
            component->h = component->v = 1;
        h_max = component->h > h_max ? component->h : h_max;
        v_max = component->v > v_max ? component->v : v_max;
        n_blocks += component->h * component->v;
    }
    for (int32_t c = 0; c < frame->n_components; c++) {
        tn__jpeg_component *const component = &frame->component[c];
        component->spread_x = h_max / component->h;
        component->spread_y = v_max / component->v;
        component->w = divide_up(frame->w, component->spread_x);
        component->h_samples = divide_up(frame->h, component->spread_y);
    }
    frame->mcu_w = 8 * h_max;
    frame->mcu_h = 8 * v_max;
    frame->mcus = divide_up(frame->w, frame->mcu_w);
    frame->mcu_rows = divide_up(frame->h, frame->mcu_h);
    return n_blocks <= TN__JPEG_MAX_PLACES;
}

/* Returns the offset after the next marker, or 0 if there is none. Fill bytes may precede the
 * marker. */
static size_t find_marker(tn__bytes bytes, size_t at)
{
    if (at >= bytes.size || bytes.data[at] != 0xff)
        return 0;
    while (at < bytes.size && bytes.data[at] == 0xff)
        at++;
    return at < bytes.size ? at + 1 : 0;
}

bool tn__jpeg_frame_read(tn__bytes bytes, tn__jpeg_frame *frame)
{
    struct header header = {.frame = frame};
    memset(frame, 0, sizeof *frame);
    if (bytes.size < 4 || bytes.data[0] != 0xff || bytes.data[1] != MARKER_SOI)
        return false;
    for (size_t at = find_marker(bytes, 2); at != 0; at = find_marker(bytes, at)) {
        const uint8_t marker = bytes.data[at - 1];
        if (bytes.size - at < 2)
            return false;
        const size_t length = (size_t)tn__get_16_big(bytes.data + at);
        if (length < 2 || length > bytes.size - at ||
            !read_segment(&header, marker, (tn__bytes){bytes.data + at + 2, length - 2}))
            return false;
        at += length;
        frame->scan_at = at;
        if (marker == MARKER_SOS)
            return find_colour(&header) && find_geometry(frame);
    }
    return false;
}
