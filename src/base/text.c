/* SPDX-License-Identifier: MIT */
/* Builds texts. See text.h. */
#include "base/text.h"

#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/character.h"

void tn__text_free(tn__text *text)
{
    free(text->chars);
    *text = (tn__text){0};
}

void tn__text_clear(tn__text *text)
{
    text->length = 0;
    text->failed = 0;
    if (text->chars)
        text->chars[0] = '\0';
}

/* Reserves space for n_bytes more and the NUL. */
static bool reserve(tn__text *text, size_t n_bytes)
{
    if (text->failed)
        return false;
    if (n_bytes < text->capacity - text->length)
        return true;
    size_t capacity = text->capacity ? text->capacity : 128;
    while (capacity <= text->length + n_bytes)
        capacity *= 2;
    char *const chars = realloc(text->chars, capacity);
    if (!chars) {
        text->failed = 1;
        return false;
    }
    text->chars = chars;
    text->capacity = capacity;
    return true;
}

void tn__text_add_bytes(tn__text *text, const char *bytes, size_t n_bytes)
{
    if (!reserve(text, n_bytes))
        return;
    memcpy(text->chars + text->length, bytes, n_bytes);
    text->length += n_bytes;
    text->chars[text->length] = '\0';
}

void tn__text_add(tn__text *text, const char *string)
{
    tn__text_add_bytes(text, string, strlen(string));
}

void tn__text_printf(tn__text *text, const char *format, ...)
{
    va_list arguments;
    const size_t room = text->failed ? 0 : text->capacity - text->length;
    va_start(arguments, format);
    const int n = vsnprintf(room ? text->chars + text->length : NULL, room, format, arguments);
    va_end(arguments);
    if (n < 0 || !reserve(text, (size_t)n))
        return;
    if ((size_t)n >= room) { /* now the text has space */
        va_start(arguments, format);
        vsnprintf(text->chars + text->length, (size_t)n + 1, format, arguments);
        va_end(arguments);
    }
    text->length += (size_t)n;
}

/* Returns our own locale, because the host's may write "0,5". It is made once and lives as long as
 * the process. */
static locale_t c_locale(void)
{
    static _Atomic(locale_t) made;
    locale_t locale = atomic_load(&made);
    if (!locale) {
        locale_t fresh = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        if (atomic_compare_exchange_strong(&made, &locale, fresh))
            return fresh;
        freelocale(fresh);
    }
    return locale;
}

void tn__text_number(tn__text *text, double value)
{
    char digits[40];
    const locale_t host = uselocale(c_locale());
    if (value == trunc(value) && fabs(value) < 1e15) {
        snprintf(digits, sizeof digits, "%.0f", value);
    } else {
        for (int precision = 1; precision <= 17; precision++) {
            snprintf(digits, sizeof digits, "%.*g", precision, value);
            if (strtod(digits, NULL) == value)
                break;
        }
    }
    uselocale(host);
    tn__text_add(text, digits);
}

size_t tn__text_mark(const char *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    return strncmp(text, mark, sizeof mark - 1) == 0 ? sizeof mark - 1 : 0;
}

const char *tn__text_parse_number(const char *string, double *out)
{
    char *end = NULL;
    const double value = strtod_l(string, &end, c_locale());
    if (end == string || !isfinite(value))
        return NULL;
    *out = value;
    return end;
}

/* Adds a character that a terminal could obey as its number. JSON readers get the same text. */
static void add_hidden(tn__text *text, uint32_t point)
{
    if (point > 0xFFFF)
        tn__text_printf(text, "\\u%04x\\u%04x", 0xD7C0 + (point >> 10), 0xDC00 + (point & 0x3FF));
    else
        tn__text_printf(text, "\\u%04x", point);
}

void tn__text_json(tn__text *text, const char *string)
{
    tn__text_json_bytes(text, string, strlen(string));
}

void tn__text_json_bytes(tn__text *text, const char *string, size_t n_bytes)
{
    tn__text_add(text, "\"");
    for (size_t left = n_bytes; left > 0;) {
        const tn__character c = tn__character_at(string, left);
        if (!c.valid)
            add_hidden(text, 0xDC00 + c.point);
        else if (c.point == '"' || c.point == '\\')
            tn__text_printf(text, "\\%c", (int)c.point);
        else if (tn__character_is_hidden(c.point))
            add_hidden(text, c.point);
        else
            tn__text_add_bytes(text, string, c.n_bytes);
        string += c.n_bytes;
        left -= c.n_bytes;
    }
    tn__text_add(text, "\"");
}
