/* SPDX-License-Identifier: MIT */
/* Public calls that write names and texts for people, for JSON and for terminals. */
#include <string.h>

#include "base/character.h"
#include "base/error.h"
#include "base/show.h"
#include "base/text.h"
#include "tench.h"

static size_t length_of(const char *text, int64_t n_bytes)
{
    if (!text)
        return 0;
    return n_bytes < 0 ? strlen(text) : (size_t)n_bytes;
}

int64_t tn_show_name(const char *name, int64_t n_bytes, char *out, int64_t out_bytes)
{
    const size_t size = out && out_bytes > 0 ? (size_t)out_bytes : 0;
    return (int64_t)tn__show(name ? name : "", length_of(name, n_bytes), out, size);
}

int64_t tn_json_text(const char *text, int64_t n_bytes, char *out, int64_t out_bytes)
{
    tn__text json = {0};
    const size_t n = length_of(text, n_bytes);
    tn__text_json_bytes(&json, text ? text : "", n);
    if (json.failed) {
        tn__text_free(&json);
        return tn__fail_memory("a JSON string", 6 * (uint64_t)n + 2);
    }
    const int64_t length = (int64_t)json.length;
    if (out && out_bytes > length)
        memcpy(out, json.chars, json.length + 1);
    else if (out && out_bytes > 0)
        *out = '\0';
    tn__text_free(&json);
    return length;
}

int32_t tn_text_columns(const char *text)
{
    int32_t columns = 0;
    for (size_t left = length_of(text, -1); left > 0;) {
        const tn__character c = tn__character_at(text, left);
        columns += tn__character_columns(c.point);
        text += c.n_bytes;
        left -= c.n_bytes;
    }
    return columns;
}
