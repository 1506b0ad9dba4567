/* SPDX-License-Identifier: MIT */
/* Reads JSON texts in place. See json.h. */
#include "base/json.h"

#include <string.h>

/* The rest of a text. */
typedef struct rest {
    const char *at, *end;
} rest;

static void skip_blanks(rest *r)
{
    while (r->at < r->end && memchr(" \t\n\r", *r->at, 4))
        r->at++;
}

static bool skip_char(rest *r, char c)
{
    const bool is_there = r->at < r->end && *r->at == c;
    r->at += is_there;
    return is_there;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Steps over the character after a backslash. */
static bool skip_escape(rest *r)
{
    if (r->at == r->end || !memchr("\"\\/bfnrtu", *r->at, 9))
        return false;
    if (*r->at++ != 'u')
        return true;
    if (r->end - r->at < 4)
        return false;
    for (int i = 0; i < 4; i++)
        if (!is_hex(*r->at++))
            return false;
    return true;
}

static bool skip_string(rest *r)
{
    if (!skip_char(r, '"'))
        return false;
    while (r->at < r->end) {
        const unsigned char c = (unsigned char)*r->at++;
        if (c == '"')
            return true;
        if (c < ' ' || (c == '\\' && !skip_escape(r)))
            return false;
    }
    return false;
}

static bool skip_digits(rest *r)
{
    const char *const first = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > first;
}

static bool skip_word(rest *r, const char *word)
{
    const size_t n = strlen(word);
    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0)
        return false;
    r->at += n;
    return true;
}

static bool skip_number(rest *r)
{
    skip_char(r, '-');
    if (skip_word(r, "Infinity"))
        return true;
    if (!skip_char(r, '0') && !skip_digits(r))
        return false;
    if (skip_char(r, '.') && !skip_digits(r))
        return false;
    if (!skip_char(r, 'e') && !skip_char(r, 'E'))
        return true;
    if (!skip_char(r, '+'))
        skip_char(r, '-');
    return skip_digits(r);
}

static bool skip_scalar(rest *r)
{
    if (r->at < r->end && *r->at == '"')
        return skip_string(r);
    return skip_word(r, "true") || skip_word(r, "false") || skip_word(r, "null") ||
           skip_word(r, "NaN") || skip_number(r);
}

/* Steps over a key and its colon. */
static bool skip_key(rest *r)
{
    skip_blanks(r);
    if (!skip_string(r))
        return false;
    skip_blanks(r);
    return skip_char(r, ':');
}

/* The brackets that are open. */
typedef struct nest {
    char close[TN__JSON_DEPTH];
    int depth;
} nest;

/* Steps over brackets that open, up to a scalar or an empty pair. False: the text is wrong. */
static bool descend(rest *r, nest *open)
{
    for (;;) {
        skip_blanks(r);
        const bool is_object = skip_char(r, '{');
        if (!is_object && !skip_char(r, '['))
            return skip_scalar(r);
        if (open->depth == TN__JSON_DEPTH)
            return false;
        open->close[open->depth++] = is_object ? '}' : ']';
        skip_blanks(r);
        if (skip_char(r, is_object ? '}' : ']')) {
            open->depth--;
            return true;
        }
        if (is_object && !skip_key(r))
            return false;
    }
}

/* Steps over brackets that close, up to a comma. *more: an item follows. */
static bool ascend(rest *r, nest *open, bool *more)
{
    *more = false;
    while (open->depth > 0 && !*more) {
        const char close = open->close[open->depth - 1];
        skip_blanks(r);
        *more = skip_char(r, ',');
        if (*more ? close == '}' && !skip_key(r) : !skip_char(r, close))
            return false;
        open->depth -= !*more;
    }
    return true;
}

static bool skip_value(rest *r)
{
    nest open = {.depth = 0};
    bool more = true;
    while (more)
        if (!descend(r, &open) || !ascend(r, &open, &more))
            return false;
    return true;
}

bool tn__json_read(const char *text, size_t n, tn__json *out)
{
    rest r = {text, text + n};
    skip_word(&r, "\xEF\xBB\xBF"); /* a byte order mark */
    skip_blanks(&r);
    const char *const first = r.at;
    if (!skip_value(&r))
        return false;
    *out = (tn__json){first, (size_t)(r.at - first)};
    skip_blanks(&r);
    return r.at == r.end;
}

char tn__json_kind(tn__json value)
{
    return strchr("{[\"tfn", value.chars[0]) ? value.chars[0] : '0';
}

tn__json_walk tn__json_items(tn__json value)
{
    const char kind = tn__json_kind(value);
    const bool has_items = kind == '{' || kind == '[';
    return (tn__json_walk){.at = value.chars + (has_items ? 1 : value.n),
                           .end = value.chars + value.n - has_items,
                           .has_keys = kind == '{'};
}

/* Cuts off the value at the begin of a text that was checked. */
static tn__json cut_value(rest *r)
{
    skip_blanks(r);
    const char *const first = r->at;
    (void)skip_value(r);
    return (tn__json){first, (size_t)(r->at - first)};
}

bool tn__json_next(tn__json_walk *walk)
{
    rest r = {walk->at, walk->end};
    skip_blanks(&r);
    skip_char(&r, ',');
    skip_blanks(&r);
    if (r.at == r.end)
        return false;
    if (walk->has_keys) {
        walk->key = cut_value(&r);
        skip_blanks(&r);
        skip_char(&r, ':');
    }
    walk->value = cut_value(&r);
    walk->at = r.at;
    return true;
}

static bool is_key(tn__json string, const char *key, size_t n_key)
{
    if (!memchr(string.chars, '\\', string.n))
        return string.n == n_key + 2 && memcmp(string.chars + 1, key, n_key) == 0;
    tn__text text = {0};
    tn__json_text(string, &text);
    const bool is_equal =
        text.length == n_key && !text.failed && n_key > 0 && memcmp(text.chars, key, n_key) == 0;
    tn__text_free(&text);
    return is_equal;
}

bool tn__json_member(tn__json object, const char *key, size_t n_key, tn__json *out)
{
    bool found = false;
    if (tn__json_kind(object) != '{')
        return false;
    tn__json_walk walk = tn__json_items(object);
    while (tn__json_next(&walk)) {
        if (!is_key(walk.key, key, n_key))
            continue;
        *out = walk.value;
        found = true;
    }
    return found;
}

bool tn__json_int(tn__json value, int64_t *out)
{
    const bool is_negative = value.chars[0] == '-';
    int64_t number = 0;
    for (size_t i = is_negative; i < value.n; i++) {
        const int digit = value.chars[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digit, &number))
            return false;
    }
    if (!is_negative && number == INT64_MIN)
        return false;
    *out = is_negative ? number : -number;
    return true;
}

bool tn__json_number(tn__json value, double *out)
{
    char text[64];
    if (tn__json_kind(value) != '0' || value.n >= sizeof text)
        return false;
    memcpy(text, value.chars, value.n);
    text[value.n] = '\0';
    return tn__text_parse_number(text, out) != NULL;
}

static uint32_t hex_4(const char *chars)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = chars[i];
        value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* Appends a code point as UTF-8. A lone surrogate from DC80 on is a byte that is not UTF-8, as in
 * Python's os.fsdecode. */
static void add_point(tn__text *out, uint32_t point)
{
    char bytes[4];
    size_t n = 0;
    if (point < 0x80) {
        bytes[n++] = (char)point;
    } else if (point >= 0xDC80 && point <= 0xDCFF) {
        bytes[n++] = (char)(point & 0xFF);
    } else {
        const int n_more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
        static const uint8_t marks[] = {0, 0xC0, 0xE0, 0xF0};
        bytes[n++] = (char)(marks[n_more] | point >> (6 * n_more));
        for (int i = n_more - 1; i >= 0; i--)
            bytes[n++] = (char)(0x80 | (point >> (6 * i) & 0x3F));
    }
    tn__text_add_bytes(out, bytes, n);
}

/* Reads \uXXXX, or two that are one character; returns how many characters of the text it took. */
static size_t add_escaped_point(const char *at, const char *end, tn__text *out)
{
    const uint32_t point = hex_4(at + 2);
    if (point >= 0xD800 && point < 0xDC00 && end - at >= 12 && at[6] == '\\' && at[7] == 'u') {
        const uint32_t low = hex_4(at + 8);
        if (low >= 0xDC00 && low < 0xE000) {
            add_point(out, 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00));
            return 12;
        }
    }
    add_point(out, point);
    return 6;
}

bool tn__json_text(tn__json value, tn__text *out)
{
    static const char names[] = "bfnrt", chars[] = "\b\f\n\r\t";
    if (tn__json_kind(value) != '"')
        return false;
    const char *at = value.chars + 1, *const end = value.chars + value.n - 1;
    while (at < end) {
        const char *const slash = memchr(at, '\\', (size_t)(end - at));
        const char *const stop = slash ? slash : end;
        tn__text_add_bytes(out, at, (size_t)(stop - at));
        at = stop;
        if (at == end)
            break;
        const char *const name = memchr(names, at[1], sizeof names - 1);
        if (at[1] == 'u') {
            at += add_escaped_point(at, end, out);
            continue;
        }
        tn__text_add_bytes(out, name ? chars + (name - names) : at + 1, 1);
        at += 2;
    }
    tn__text_add_bytes(out, "", 0); /* so that the text is not NULL */
    return true;
}
