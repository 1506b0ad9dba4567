/* SPDX-License-Identifier: MIT */
/* Judges texts and colour profiles of PNG files as Pillow 13.0 does. See text.h. */
#include "codec/png/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "flate/inflate.h"

enum { MOST_TEXT = 1 << 20, MOST_TEXTS = 64 << 20 }; /* bytes of one text, of all */
enum { MOST_RATIO = 1032 };                          /* deflate makes no more of a byte */
enum { STEP = 32768 };

/* Room to inflate: the window, then a step. */
struct room {
    tn__inflate inflate;
    uint8_t bytes[TN__FLATE_WINDOW + STEP];
};

/* Inflates a text, keeping none of it. */
static int run(struct room *room, tn__bytes packed, size_t *n_bytes)
{
    tn__inflate_io io = {.in = packed.data, .in_end = packed.data + packed.size};
    io.window = io.out = room->bytes;
    tn__inflate_open(&room->inflate, TN__FLATE_ZLIB);
    int answer = TN__FLATE_OUTPUT_FULL;
    while (answer == TN__FLATE_OUTPUT_FULL && *n_bytes < MOST_TEXT) {
        const size_t kept = (size_t)(io.out - room->bytes);
        if (kept > TN__FLATE_WINDOW) {
            memmove(room->bytes, io.out - TN__FLATE_WINDOW, TN__FLATE_WINDOW);
            io.out = room->bytes + TN__FLATE_WINDOW;
        }
        const size_t left = MOST_TEXT - *n_bytes;
        const uint8_t *const begin = io.out;
        io.out_end = io.out + (left < STEP ? left : STEP);
        answer = tn__inflate_run(&room->inflate, &io);
        *n_bytes += (size_t)(io.out - begin);
    }
    if (answer == TN__FLATE_BAD)
        *n_bytes = 0;
    return answer == TN__FLATE_OUTPUT_FULL && io.in < io.in_end ? TN_EDECODE : TN_OK;
}

/* Counts the bytes of a compressed text; 0 if it is damaged, which is not a failure. */
static int measure(tn__bytes packed, size_t *n_bytes)
{
    *n_bytes = 0;
    struct room *const room = malloc(sizeof *room);
    if (!room)
        return tn__fail_memory("the text of a PNG file", sizeof *room);
    const int status = run(room, packed, n_bytes);
    free(room);
    if (status == TN_OK)
        return TN_OK;
    return tn__fail(TN_EDECODE, "PNG with a text or profile of more than %d bytes", MOST_TEXT);
}

size_t tn__png_text_bytes(void)
{
    return sizeof(struct room);
}

static int count(tn__png *png, size_t n_characters)
{
    png->n_text += n_characters;
    if (png->n_text <= MOST_TEXTS)
        return TN_OK;
    return tn__fail(TN_EDECODE, "PNG with more than %d bytes of text", MOST_TEXTS);
}

/* Cuts off what comes before the first NUL. False: there is none. */
static bool cut(tn__bytes *rest, tn__bytes *front)
{
    const uint8_t *const end = rest->size ? memchr(rest->data, 0, rest->size) : NULL;
    if (!end)
        return false;
    *front = (tn__bytes){rest->data, (size_t)(end - rest->data)};
    *rest = (tn__bytes){end + 1, rest->size - front->size - 1};
    return true;
}

static bool is_xmp(tn__bytes key)
{
    static const char name[] = "XML:com.adobe.xmp";
    return key.size == sizeof name - 1 && memcmp(key.data, name, key.size) == 0;
}

static int take_plain(tn__png *png, tn__bytes text)
{
    tn__bytes key = {NULL, 0};
    const bool has_key = cut(&text, &key);
    if (has_key && is_xmp(key))
        png->xmp = text;
    return has_key && key.size ? count(png, text.size) : TN_OK;
}

static int unknown_method(uint8_t method, const char *where)
{
    return tn__fail(TN_EDECODE, "broken PNG: compression method %u in a chunk %s", method, where);
}

static int take_compressed(tn__png *png, tn__bytes text)
{
    tn__bytes key = text;
    if (!cut(&text, &key))
        text.size = 0;
    if (text.size && text.data[0] != 0)
        return unknown_method(text.data[0], "zTXt");
    if (!png->judge || text.size == 0)
        return TN_OK;
    size_t n_bytes;
    const int status = measure((tn__bytes){text.data + 1, text.size - 1}, &n_bytes);
    if (status != TN_OK)
        return status;
    return key.size ? count(png, n_bytes) : TN_OK;
}

/* Characters of a text in UTF-8, which the function does not check. */
static size_t count_characters(tn__bytes text)
{
    size_t n = 0;
    for (size_t k = 0; k < text.size; k++)
        n += (text.data[k] & 0xc0) != 0x80;
    return n;
}

/* Key, flag and method of compression, language, translated key, text. A chunk that lacks a part is
 * ignored. */
static int take_international(tn__png *png, tn__bytes text)
{
    tn__bytes key, part;
    if (!cut(&text, &key) || text.size < 2)
        return TN_OK;
    const bool compressed = text.data[0] != 0;
    const uint8_t method = text.data[1];
    text = (tn__bytes){text.data + 2, text.size - 2};
    bool complete = !compressed || method == 0;
    for (int k = 0; k < 2; k++) /* the language and the translated key */
        complete = complete && cut(&text, &part);
    if (!complete)
        return TN_OK;
    if (!compressed && is_xmp(key))
        png->xmp = text;
    if (!png->judge)
        return TN_OK;
    size_t n_bytes = count_characters(text);
    const int status = compressed ? measure(text, &n_bytes) : TN_OK;
    return status == TN_OK ? count(png, n_bytes) : status;
}

/* The method follows the first NUL. If there is none, Pillow looks at the first byte. */
static int take_profile(const tn__png *png, tn__bytes profile)
{
    tn__bytes name;
    (void)cut(&profile, &name);
    if (profile.size == 0)
        return tn__fail(TN_EDECODE, "broken PNG: no profile in the chunk iCCP");
    if (profile.data[0] != 0)
        return unknown_method(profile.data[0], "iCCP");
    const tn__bytes packed = {profile.data + 1, profile.size - 1};
    size_t n_bytes;
    if (!png->judge || packed.size < MOST_TEXT / MOST_RATIO)
        return TN_OK;
    return measure(packed, &n_bytes);
}

int tn__png_text(tn__png *png, const uint8_t *name, tn__bytes content)
{
    switch (name[0]) {
    case 't': return take_plain(png, content);
    case 'z': return take_compressed(png, content);
    default: break;
    }
    return name[1] == 'T' ? take_international(png, content) : take_profile(png, content);
}
