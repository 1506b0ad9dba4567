/* SPDX-License-Identifier: MIT */
/* Reads the boxes of JPEG 2000 files: ISO/IEC 15444-1, annex I. See boxes.h. */
#include "codec/jp2/boxes.h"

#include <string.h>

#include "base/bytes.h"

/* A box: its four letters and what it contains. */
typedef struct box {
    const uint8_t *type;
    tn__bytes content;
} box;

/* Takes the next box from `left`. False: none is whole there. A length of 0, "up to the end of the
 * file", is for the codestream alone, which comes later. */
static bool next_box(tn__bytes *left, box *out)
{
    enum { SHORT = 8, LONG = 16, LONG_FOLLOWS = 1 };
    if (left->size < SHORT)
        return false;
    size_t head = SHORT;
    uint64_t length = tn__get_32_big(left->data);
    if (length == LONG_FOLLOWS) {
        if (left->size < LONG)
            return false;
        head = LONG;
        length = tn__get_64_big(left->data + SHORT);
    }
    if (length < head || length > left->size)
        return false;
    out->type = left->data + 4;
    out->content = (tn__bytes){left->data + head, (size_t)length - head};
    left->data += length;
    left->size -= (size_t)length;
    return true;
}

static bool is_type(const box *found, const char *type)
{
    return memcmp(found->type, type, 4) == 0;
}

static bool read_image_header(tn__bytes content, tn__jp2_boxes *out)
{
    enum { BYTES = 11 }; /* that are read here, of 14 */
    if (content.size < BYTES)
        return false;
    out->h = tn__get_32_big(content.data);
    out->w = tn__get_32_big(content.data + 4);
    out->components = tn__get_16_big(content.data + 8);
    out->bits = content.data[10] & 0x7f;
    return true;
}

/* The first box of colours counts, unless its method is of a later standard. */
static bool read_space(tn__bytes content, tn__jp2_boxes *out)
{
    enum { BY_NUMBER = 1, BY_PROFILE = 2, HEAD = 3, BYTES = 7 };
    const uint8_t method = content.size > 0 ? content.data[0] : 0;
    if (out->has_space || method > BY_PROFILE)
        return true;
    if (content.size < (method == BY_NUMBER ? BYTES : HEAD))
        return false;
    out->has_space = true;
    out->space = method == BY_NUMBER ? tn__get_32_big(content.data + HEAD) : 0;
    return true;
}

static bool read_header(tn__bytes left, tn__jp2_boxes *out)
{
    box found;
    while (left.size > 0) {
        if (!next_box(&left, &found))
            return false;
        if (is_type(&found, "ihdr") && !read_image_header(found.content, out))
            return false;
        if (is_type(&found, "colr") && !read_space(found.content, out))
            return false;
        out->has_palette |= is_type(&found, "pclr");
    }
    return out->components > 0;
}

bool tn__jp2_read_boxes(tn__bytes bytes, tn__jp2_boxes *out)
{
    static const uint8_t codestream[] = {0xff, 0x4f, 0xff, 0x51};
    *out = (tn__jp2_boxes){0};
    if (bytes.size >= sizeof codestream && memcmp(bytes.data, codestream, sizeof codestream) == 0)
        return true;
    out->is_there = true;
    box found;
    while (next_box(&bytes, &found))
        if (is_type(&found, "jp2h"))
            return read_header(found.content, out);
    return false;
}
