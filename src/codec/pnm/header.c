/* SPDX-License-Identifier: MIT */
/* Reads the header of a PNM file as Pillow does. See header.h. */
#include "codec/pnm/header.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { MAGIC_BYTES = 6, MAX_VALUE = 65535 };

struct kind {
    const char *magic;
    int32_t layout, samples;
    bool plain;
};

static const struct kind kinds[] = {
    {"P1", TN__PNM_BITS, 1, true},      {"P2", TN__PNM_GREY, 1, true},
    {"P3", TN__PNM_RGB, 3, true},       {"P4", TN__PNM_BITS, 1, false},
    {"P5", TN__PNM_GREY, 1, false},     {"P6", TN__PNM_RGB, 3, false},
    {"P0CMYK", TN__PNM_CMYK, 4, false}, {"Pf", TN__PNM_FLOAT, 1, false},
    {"PyRGBA", TN__PNM_RGBA, 4, false}, {"PyCMYK", TN__PNM_CMYK, 4, false},
};

struct token {
    char text[TN__PNM_TOKEN_BYTES + 1];
    size_t length;
};

/* The kind whose name the file begins with, up to six bytes or white space; `*length` is what was
 * read. NULL: none. */
static const struct kind *find_kind(tn__bytes bytes, size_t *length)
{
    size_t n = 0;
    while (n < MAGIC_BYTES && n < bytes.size && !tn__pnm_is_space(bytes.data[n]))
        n++;
    *length = n < MAGIC_BYTES && n < bytes.size ? n + 1 : n;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        if (strlen(kinds[k].magic) == n && memcmp(kinds[k].magic, bytes.data, n) == 0)
            return &kinds[k];
    return NULL;
}

bool tn__pnm_sniff(tn__bytes bytes)
{
    size_t length;
    return find_kind(bytes, &length) != NULL;
}

bool tn__pnm_number(const char *token, size_t length, int64_t *value)
{
    size_t k = length > 0 && (token[0] == '+' || token[0] == '-');
    const bool negative = k > 0 && token[0] == '-';
    *value = 0;
    bool digit = false; /* the byte before is a digit */
    for (; k < length; k++) {
        if (token[k] == '_' && digit) {
            digit = false;
            continue;
        }
        if (token[k] < '0' || token[k] > '9')
            return false;
        digit = true;
        *value = *value * 10 + (token[k] - '0');
    }
    if (negative)
        *value = -*value;
    return digit;
}

/* Returns the place after a comment, which ends with its line. A token can have a comment inside.
 */
static size_t skip_comment(tn__bytes bytes, size_t at)
{
    while (at < bytes.size && bytes.data[at] != '\r' && bytes.data[at] != '\n')
        at++;
    return at < bytes.size ? at + 1 : at;
}

static int read_token(tn__bytes bytes, size_t *at, struct token *out)
{
    out->length = 0;
    while (*at < bytes.size && out->length <= TN__PNM_TOKEN_BYTES) {
        const uint8_t byte = bytes.data[(*at)++];
        if (byte == '#')
            *at = skip_comment(bytes, *at);
        else if (!tn__pnm_is_space(byte))
            out->text[out->length++] = (char)byte;
        else if (out->length > 0)
            break;
    }
    if (out->length == 0)
        return tn__fail(TN_EDECODE, "truncated PNM: the data ends within its header");
    if (out->length > TN__PNM_TOKEN_BYTES)
        return tn__fail(TN_EDECODE, "broken PNM: a number of its header is too long");
    return TN_OK;
}

static int read_number(tn__bytes bytes, size_t *at, const char *name, int64_t max, int32_t *out)
{
    struct token token;
    int64_t value = 0;
    const int status = read_token(bytes, at, &token);
    if (status != TN_OK)
        return status;
    if (!tn__pnm_number(token.text, token.length, &value))
        return tn__fail(TN_EDECODE, "broken PNM: its %s is not a number", name);
    if (value < 1 || value > max)
        return tn__fail(TN_EDECODE, "broken PNM: its %s is %lld", name, (long long)value);
    *out = (int32_t)value;
    return TN_OK;
}

/* True for what both C and Python's float() read: neither white space nor hexadecimal. */
static bool is_decimal(const struct token *token)
{
    for (size_t k = 0; k < token->length; k++)
        if (!isdigit((unsigned char)token->text[k]) && !strchr("+-.eE", token->text[k]))
            return false;
    return true;
}

/* The sign of the scale tells the order of bytes. */
static int read_scale(tn__bytes bytes, tn__pnm_header *header)
{
    struct token token;
    const int status = read_token(bytes, &header->pixels_at, &token);
    if (status != TN_OK)
        return status;
    token.text[token.length] = '\0';
    double scale = 0;
    const char *const end =
        is_decimal(&token) ? tn__text_parse_number(token.text, &scale) : token.text;
    if (!end || *end != '\0' || scale == 0)
        return tn__fail(TN_EDECODE, "broken PNM: its scale is not a finite number");
    header->little_endian = scale < 0;
    return TN_OK;
}

int tn__pnm_header_read(tn__bytes bytes, tn__pnm_header *header)
{
    *header = (tn__pnm_header){.max = 1};
    const struct kind *const kind = find_kind(bytes, &header->pixels_at);
    if (!kind)
        return tn__fail(TN_EDECODE, "broken PNM: its kind is not known");
    header->layout = kind->layout;
    header->samples = kind->samples;
    header->plain = kind->plain;
    int status = read_number(bytes, &header->pixels_at, "width", INT32_MAX, &header->w);
    if (status == TN_OK)
        status = read_number(bytes, &header->pixels_at, "height", INT32_MAX, &header->h);
    if (status == TN_OK && header->layout == TN__PNM_FLOAT)
        status = read_scale(bytes, header);
    else if (status == TN_OK && header->layout != TN__PNM_BITS)
        status = read_number(bytes, &header->pixels_at, "largest value", MAX_VALUE, &header->max);
    return status;
}
