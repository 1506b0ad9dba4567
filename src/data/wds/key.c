/* SPDX-License-Identifier: MIT */
/* Splits names of members, and expands names of shards. See key.h. */
#include "data/wds/key.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "data/split_names.h"

/* The key that begins after the folders name[0 … start); 0: there is none. */
static size_t key_after(const char *name, size_t start)
{
    const size_t n = strcspn(name + start, ".");
    const char *const dot = name + start + n;
    return n > 0 && *dot == '.' && !strchr(dot, '/') ? start + n : 0;
}

/* webdataset's expression is ^((?:.*\/|)[^.]+)[.]([^/]*)$. It takes as many folders as it can; if a
 * name after them begins with a dot, it takes fewer. Its "." stands for no new line. */
size_t tn__wds_key(const char *name)
{
    const char *const line = strchr(name, '\n');
    size_t start = line ? (size_t)(line - name) : strlen(name);
    for (; start > 0; start--) {
        const size_t key = name[start - 1] == '/' ? key_after(name, start) : 0;
        if (key > 0)
            return key;
    }
    return key_after(name, 0);
}

bool tn__wds_is_meta(const char *name)
{
    const size_t n = strcspn(name, "/");
    if (n < 4 || memcmp(name, "__", 2) != 0)
        return false;
    return memcmp(name + n - 2, "__", 2) == 0;
}

/* A brace of a pattern. */
typedef struct brace {
    const char *open, *close;
} brace;

static int fail_brace(const char *pattern, const brace *b)
{
    return tn__fail(TN_EINVAL, "\"%s\": \"%.*s\" is neither a list {a,b} nor a range {00..15}",
                    pattern, (int)(b->close - b->open + 1), b->open);
}

/* A range of numbers or letters: {00..15}, {a..e}, or with a step {0..8..2}. */
typedef struct range {
    int64_t first, last, step; /* letters are their places in the alphabet */
    bool has_letters;
    int width; /* of numbers if one has zeros in front */
} range;

/* webdataset's range of letters knows no other characters between Z and a. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Reads a number with its sign. *has_zeros: zeros stand before it. */
static bool read_number(const char **text, int64_t *out, int *length, bool *has_zeros)
{
    enum { MOST_DIGITS = 17 };
    const char *const begin = *text, *const digits = begin + (*begin == '-');
    const size_t n = strspn(digits, "0123456789");
    if (n == 0 || n > MOST_DIGITS)
        return false;
    *out = strtoll(begin, NULL, 10);
    *length = (int)(digits + n - begin);
    *has_zeros |= n > 1 && *digits == '0';
    *text = digits + n;
    return true;
}

static bool read_bounds(const char **text, range *out)
{
    const char *const first = strchr(alphabet, **text);
    if (**text && first && strncmp(*text + 1, "..", 2) == 0) {
        const char *const last = strchr(alphabet, (*text)[3]);
        out->has_letters = (*text)[3] && last;
        out->first = first - alphabet;
        out->last = out->has_letters ? last - alphabet : 0;
        *text += 4;
        return out->has_letters;
    }
    int lengths[2] = {0};
    bool has_zeros = false;
    if (!read_number(text, &out->first, &lengths[0], &has_zeros) || strncmp(*text, "..", 2) != 0)
        return false;
    *text += 2;
    if (!read_number(text, &out->last, &lengths[1], &has_zeros))
        return false;
    out->width = !has_zeros ? 0 : lengths[0] > lengths[1] ? lengths[0] : lengths[1];
    return true;
}

/* Reads what the brace holds; false: it is not a range. A step has no direction, and 0 counts as 1.
 */
static bool read_range(const brace *b, range *out)
{
    const char *at = b->open + 1;
    *out = (range){.step = 1};
    if (!read_bounds(&at, out))
        return false;
    if (strncmp(at, "..", 2) == 0) {
        int length;
        bool has_zeros;
        at += 2;
        if (!read_number(&at, &out->step, &length, &has_zeros))
            return false;
        out->step = out->step < 0 ? -out->step : out->step == 0 ? 1 : out->step;
    }
    return at == b->close;
}

/* Replaces the brace by a text. */
static int add_with(const char *pattern, const brace *b, const char *text, size_t n,
                    tn__shards *out)
{
    tn__text name = {0};
    tn__text_add_bytes(&name, pattern, (size_t)(b->open - pattern));
    tn__text_add_bytes(&name, text, n);
    tn__text_add(&name, b->close + 1);
    const int status = name.failed ? tn__fail_memory("names of shards", name.capacity)
                                   : tn__shards_add(out, name.chars);
    tn__text_free(&name);
    return status;
}

static int add_range(const char *pattern, const brace *b, tn__shards *out)
{
    range r;
    if (!read_range(b, &r))
        return fail_brace(pattern, b);
    const int64_t sign = r.first <= r.last ? 1 : -1, n = (r.last - r.first) * sign / r.step + 1;
    if (n > TN__MAX_SHARDS)
        return tn__fail(TN_ELIMIT, "\"%s\": more than %d files in one data set", pattern,
                        TN__MAX_SHARDS);
    int status = TN_OK;
    for (int64_t i = 0; i < n && status == TN_OK; i++) {
        const int64_t value = r.first + sign * i * r.step;
        char text[32] = {r.has_letters ? alphabet[value] : '\0'};
        if (!r.has_letters)
            snprintf(text, sizeof text, "%0*" PRId64, r.width, value);
        status = add_with(pattern, b, text, strlen(text), out);
    }
    return status;
}

/* Finds the end of the item of a list that begins at `at`: a comma or the closing brace. */
static const char *item_end(const char *at, const brace *b)
{
    int depth = 0;
    for (; at < b->close && (depth > 0 || *at != ','); at++)
        depth += *at == '{' ? 1 : *at == '}' ? -1 : 0;
    return at;
}

static int add_list(const char *pattern, const brace *b, tn__shards *out)
{
    int status = TN_OK;
    for (const char *at = b->open + 1; status == TN_OK; at++) {
        const char *const end = item_end(at, b);
        status = add_with(pattern, b, at, (size_t)(end - at), out);
        at = end;
        if (end == b->close)
            break;
    }
    return status;
}

/* The brace that closes the one at `open`; NULL: none does. */
static const char *closing(const char *open)
{
    int depth = 0;
    for (const char *at = open; *at; at++) {
        depth += *at == '{' ? 1 : *at == '}' ? -1 : 0;
        if (depth == 0)
            return at;
    }
    return NULL;
}

/* Expands the first brace of a pattern; those in it remain. *has_brace: there was one. */
static int expand_one(const char *pattern, tn__shards *out, bool *has_brace)
{
    brace b = {.open = strpbrk(pattern, "{}")};
    *has_brace = b.open != NULL;
    if (!*has_brace)
        return tn__shards_add(out, pattern);
    b.close = *b.open == '{' ? closing(b.open) : NULL;
    if (!b.close)
        return tn__fail(TN_EINVAL, "\"%s\": a brace has no partner", pattern);
    return item_end(b.open + 1, &b) < b.close ? add_list(pattern, &b, out)
                                              : add_range(pattern, &b, out);
}

/* Expands the first brace of each name, again and again. */
static int expand_all(tn__shards *names)
{
    bool more = true;
    int status = TN_OK;
    while (more && status == TN_OK) {
        tn__shards next = {0};
        more = false;
        for (uint32_t i = 0; i < names->n && status == TN_OK; i++) {
            bool has_brace;
            status = expand_one(names->names[i], &next, &has_brace);
            more |= has_brace;
        }
        tn__shards_free(names);
        *names = next;
    }
    return status;
}

/* The length of a pattern without a count such as "|1234". */
static size_t without_count(const char *pattern)
{
    const char *const bar = strrchr(pattern, '|');
    return bar && bar[1] && bar[1 + strspn(bar + 1, "0123456789")] == '\0' ? (size_t)(bar - pattern)
                                                                           : strlen(pattern);
}

static int add_pattern(const char *pattern, size_t n, tn__shards *out)
{
    tn__text text = {0};
    tn__text_add_bytes(&text, pattern, n);
    const int status =
        text.failed ? tn__fail_memory("names of shards", n) : tn__shards_add(out, text.chars);
    tn__text_free(&text);
    return status;
}

int tn__wds_expand(const char *pattern, tn__shards *out)
{
    const char *const end = pattern + without_count(pattern);
    int status = TN_OK;
    *out = (tn__shards){0};
    if (strpbrk(pattern, "*?"))
        return tn__fail(TN_EINVAL,
                        "\"%s\": * and ? stand for nothing here: open the folder of the shards, or "
                        "write a pattern such as a-{000..127}.tar",
                        pattern);
    while (status == TN_OK) {
        const char *const next = strstr(pattern, "::");
        const char *const stop = next && next < end ? next : end;
        status = add_pattern(pattern, (size_t)(stop - pattern), out);
        if (stop == end)
            break;
        pattern = stop + 2;
    }
    return status == TN_OK ? expand_all(out) : status;
}

const char *tn__wds_split_of(const char *name)
{
    const char *at = tn__path_leaf(name);
    while (*at) {
        const size_t n = strcspn(at, "-_.");
        const char *const known = tn__split_known(at, n);
        if (known)
            return known;
        at += n;
        at += *at != '\0';
    }
    return NULL;
}
