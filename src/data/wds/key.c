/* SPDX-License-Identifier: MIT */
/* Splits names of members, and expands names of shards. See key.h. */
#include "data/wds/key.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
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
    return tn__fail(TN_EINVAL, "\"%s\": \"%.*s\" is no list {a,b} and no range {00..15}", pattern,
                    (int)(b->close - b->open + 1), b->open);
}

/* Reads the bounds of a range; false: it is none. *width: of numbers if one has zeros in front. */
static bool read_range(const brace *b, int64_t bounds[2], int *width)
{
    const char *at = b->open + 1;
    bool has_zeros = false;
    *width = 0;
    for (int i = 0; i < 2; i++) {
        const char *const first = at;
        bounds[i] = 0;
        for (; *at >= '0' && *at <= '9' && at - first < 18; at++)
            bounds[i] = bounds[i] * 10 + (*at - '0');
        const int length = (int)(at - first);
        if (length == 0 || (i == 0 && strncmp(at, "..", 2) != 0))
            return false;
        has_zeros |= *first == '0' && length > 1;
        *width = length > *width ? length : *width;
        at += i == 0 ? 2 : 0;
    }
    *width = has_zeros ? *width : 0;
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
    int64_t bounds[2];
    int width, status = TN_OK;
    if (!read_range(b, bounds, &width))
        return fail_brace(pattern, b);
    const int64_t step = bounds[0] <= bounds[1] ? 1 : -1;
    if ((bounds[1] - bounds[0]) * step >= TN__MAX_SHARDS)
        return tn__fail(TN_ELIMIT, "\"%s\": more than %d files in one data set", pattern,
                        TN__MAX_SHARDS);
    for (int64_t i = bounds[0]; status == TN_OK; i += step) {
        char number[32];
        const int n = snprintf(number, sizeof number, "%0*" PRId64, width, i);
        status = add_with(pattern, b, number, (size_t)n, out);
        if (i == bounds[1])
            break;
    }
    return status;
}

static int add_list(const char *pattern, const brace *b, tn__shards *out)
{
    int status = TN_OK;
    for (const char *at = b->open + 1; status == TN_OK; at++) {
        const char *const comma = memchr(at, ',', (size_t)(b->close - at));
        const char *const end = comma ? comma : b->close;
        status = add_with(pattern, b, at, (size_t)(end - at), out);
        at = end;
        if (end == b->close)
            break;
    }
    return status;
}

/* Expands the first brace of a pattern. *has_brace: there was one. */
static int expand_one(const char *pattern, tn__shards *out, bool *has_brace)
{
    brace b = {.open = strchr(pattern, '{')};
    *has_brace = b.open != NULL;
    if (!*has_brace)
        return tn__shards_add(out, pattern);
    b.close = strpbrk(b.open + 1, "{}");
    if (!b.close || *b.close == '{')
        return tn__fail(TN_EINVAL, "\"%s\": a brace is not closed, or holds another one", pattern);
    return memchr(b.open, ',', (size_t)(b.close - b.open)) ? add_list(pattern, &b, out)
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
    const char *const slash = strrchr(name, '/');
    const char *at = slash ? slash + 1 : name;
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
