/* SPDX-License-Identifier: MIT */
/* Compares a card with files. See card.h.
 *
 * A card is YAML. Of that this file knows what datasets and people write: a list of configurations,
 * each with data_files, line by line:
 *
 *     configs:
 *     - config_name: default
 *       data_files:
 *       - split: train
 *         path: data/train-*
 *
 * A path may also be a list, and so may data_files without splits, which are those of "train". */
#include "data/parquet/card.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/text.h"
#include "data/split_names.h"

enum { SHOWN = 200 };

/* A pattern of paths. */
typedef struct entry {
    int32_t config, item;  /* its place in the lists */
    size_t split, pattern; /* in the texts */
    bool is_used;          /* it matches a file */
} entry;

typedef struct card {
    tn__text texts;   /* each with its NUL; the first is the split of entries without one */
    tn__blob entries; /* of the type entry */
    int32_t n_configs, item;
    ptrdiff_t config_indent, files_indent; /* -1: not seen yet */
    bool is_inside;                        /* data_files */
    bool is_path;                          /* a path whose patterns follow as a list */
    size_t split;                          /* of the item in hand */
} card;

/* A stretch of a line. */
typedef struct piece {
    const char *chars;
    size_t n;
} piece;

static int fail_form(piece line)
{
    return tn__fail(TN_EINVAL, "it describes its files in a form that tench does not read: %.*s",
                    line.n < SHOWN ? (int)line.n : SHOWN, line.chars);
}

static piece trim(piece p)
{
    while (p.n > 0 && (p.chars[p.n - 1] == ' ' || p.chars[p.n - 1] == '\r'))
        p.n--;
    while (p.n > 0 && p.chars[0] == ' ')
        p = (piece){p.chars + 1, p.n - 1};
    return p;
}

static bool is_text(piece p, const char *text)
{
    return p.n == strlen(text) && memcmp(p.chars, text, p.n) == 0;
}

/* Removes the quotes of a value, or the comment after it. False: it is not a plain text. */
static bool read_scalar(piece *value)
{
    const char first = value->n > 0 ? value->chars[0] : '\0';
    if (first == '"' || first == '\'') {
        const char *const end = memchr(value->chars + 1, first, value->n - 1);
        if (!end || memchr(value->chars, '\\', value->n))
            return false;
        const piece rest = trim((piece){end + 1, value->n - (size_t)(end + 1 - value->chars)});
        *value = (piece){value->chars + 1, (size_t)(end - value->chars) - 1};
        return rest.n == 0 || rest.chars[0] == '#';
    }
    for (size_t i = 1; i < value->n; i++)
        if (value->chars[i] == '#' && value->chars[i - 1] == ' ')
            *value = trim((piece){value->chars, i});
    return value->n > 0 && !strchr("[]{}&*!|>%@`,?#", first);
}

static int add_text(card *self, piece text, size_t *at)
{
    *at = self->texts.length;
    tn__text_add_bytes(&self->texts, text.chars, text.n);
    tn__text_add_bytes(&self->texts, "", 1);
    return self->texts.failed ? tn__fail_memory("a card", self->texts.capacity) : TN_OK;
}

static entry *entries_of(const card *self, size_t *n)
{
    *n = self->entries.size / sizeof(entry);
    return (entry *)(void *)self->entries.bytes;
}

static int add_pattern(card *self, piece line, piece value)
{
    entry added = {.config = self->n_configs - 1, .item = self->item, .split = self->split};
    if (!read_scalar(&value))
        return fail_form(line);
    if (value.n > 2 && memcmp(value.chars, "./", 2) == 0)
        value = (piece){value.chars + 2, value.n - 2};
    if (memchr(value.chars, '[', value.n) || memchr(value.chars, '{', value.n))
        return fail_form(line); /* sets of characters and of words */
    const int status = add_text(self, value, &added.pattern);
    return status == TN_OK ? tn__blob_add(&self->entries, &added, sizeof added) : status;
}

/* Gives the item its split; its patterns may stand before. */
static int set_split(card *self, piece line, piece value)
{
    size_t n;
    if (!read_scalar(&value))
        return fail_form(line);
    const int status = add_text(self, value, &self->split);
    entry *const entries = entries_of(self, &n);
    while (n > 0 && entries[n - 1].item == self->item)
        entries[--n].split = self->split;
    return status;
}

/* Reads a key of data_files, of one of its items. */
static int read_inner(card *self, piece line, piece key, piece value)
{
    self->is_path = is_text(key, "path") && value.n == 0;
    if (is_text(key, "split"))
        return set_split(self, line, value);
    if (!is_text(key, "path"))
        return fail_form(line);
    return value.n > 0 ? add_pattern(self, line, value) : TN_OK;
}

/* Reads a key of a configuration. */
static int read_outer(card *self, piece line, ptrdiff_t indent, piece key, piece value)
{
    if (is_text(key, "data_dir"))
        return fail_form(line);
    self->is_inside = is_text(key, "data_files");
    self->is_path = false;
    if (!self->is_inside)
        return TN_OK;
    self->files_indent = indent;
    self->split = 0;
    self->item++;
    return value.n > 0 ? add_pattern(self, line, value) : TN_OK;
}

/* Splits "key: value". False: it is not a such pair. */
static bool split_pair(piece content, piece *key, piece *value)
{
    const char *colon = memchr(content.chars, ':', content.n);
    const char *const end = content.chars + content.n;
    while (colon && colon + 1 < end && colon[1] != ' ')
        colon = memchr(colon + 1, ':', (size_t)(end - colon - 1));
    if (!colon || content.chars[0] == '"' || content.chars[0] == '\'')
        return false;
    *key = (piece){content.chars, (size_t)(colon - content.chars)};
    *value = trim((piece){colon + 1, (size_t)(end - colon - 1)});
    if (value->n > 0 && value->chars[0] == '#')
        value->n = 0;
    return true;
}

/* Takes the "- " that begins an item of a list, and moves to what follows. */
static bool take_dash(card *self, piece *content, ptrdiff_t *indent)
{
    if (content->n == 0 || content->chars[0] != '-' || (content->n > 1 && content->chars[1] != ' '))
        return false;
    if (self->config_indent < 0)
        self->config_indent = *indent;
    if (*indent == self->config_indent) {
        self->n_configs++;
        self->is_inside = false;
    }
    const piece rest = trim((piece){content->chars + 1, content->n - 1});
    *indent += rest.chars - content->chars;
    *content = rest;
    return true;
}

/* Reads a line below "configs:". */
static int read_line(card *self, piece line)
{
    piece content = trim(line), key, value;
    ptrdiff_t indent = content.chars - line.chars;
    const bool is_item = take_dash(self, &content, &indent);
    if (content.n == 0 || content.chars[0] == '#')
        return TN_OK;
    if (memchr(line.chars, '\t', line.n) || self->n_configs == 0)
        return fail_form(line);
    if (!split_pair(content, &key, &value)) {
        if (!self->is_inside)
            return TN_OK;
        if (!self->is_path) {
            self->split = 0;
            self->item++;
        }
        return is_item ? add_pattern(self, line, content) : fail_form(line);
    }
    if (!self->is_inside || indent <= self->files_indent)
        return read_outer(self, line, indent, key, value);
    if (is_item) {
        self->split = 0;
        self->item++;
    }
    return read_inner(self, line, key, value);
}

static bool next_line(const char **at, const char *end, piece *line)
{
    if (*at == end)
        return false;
    const char *const stop = memchr(*at, '\n', (size_t)(end - *at));
    *line = (piece){*at, (size_t)((stop ? stop : end) - *at)};
    *at = stop ? stop + 1 : end;
    return true;
}

/* Reads the lines below "configs:", up to the next key or the end of the head. */
static int read_card(card *self, const char *text, size_t n_text)
{
    const char *at = text, *const end = text + n_text;
    piece line;
    bool is_below = false;
    int status = TN_OK;
    if (!next_line(&at, end, &line) || !is_text(trim(line), "---"))
        return TN_OK;
    while (status == TN_OK && next_line(&at, end, &line) && !is_text(trim(line), "---")) {
        piece key, value;
        const bool is_key = line.n > 0 && !strchr(" \t-#\r", line.chars[0]);
        if (!is_key) {
            status = is_below ? read_line(self, line) : TN_OK;
            continue;
        }
        is_below = split_pair(trim(line), &key, &value) && is_text(key, "configs");
        if (is_below && value.n > 0)
            status = fail_form(line);
    }
    return status;
}

static const char *text_at(const card *self, size_t at)
{
    return self->texts.chars + at;
}

/* Where a match can go on, after a star. */
typedef struct mark {
    const char *pattern, *path;
    bool is_folder; /* only where a name begins */
} mark;

/* Lets the stars of a mark match more. False: there is no more. */
static bool widen(mark *m)
{
    if (!m->pattern || !*m->path)
        return false;
    do
        m->path++;
    while (m->is_folder && *m->path && m->path[-1] != '/');
    return true;
}

/* As in datasets, "*" and "?" do not match "/", "**" does, and "**" with a "/" may match nothing.
 */
static bool matches(const char *pattern, const char *path)
{
    mark star = {0}, stars = {0};
    while (*path || *pattern) {
        if (pattern[0] == '*' && pattern[1] == '*') {
            const bool is_folder = pattern[2] == '/';
            pattern += is_folder ? 3 : 2;
            stars = (mark){pattern, path, is_folder};
            star = (mark){0};
        } else if (*pattern == '*') {
            star = (mark){++pattern, path, false};
        } else if (*path && (*pattern == *path || (*pattern == '?' && *path != '/'))) {
            pattern++;
            path++;
        } else if (star.pattern && *star.path != '/' && widen(&star)) {
            pattern = star.pattern;
            path = star.path;
        } else if (widen(&stars)) {
            pattern = stars.pattern;
            path = stars.path;
            star = (mark){0};
        } else {
            return false;
        }
    }
    return true;
}

/* True for names of one split, for example val and validation. */
static bool are_synonyms(const char *a, const char *b)
{
    const char *const *row = tn__split_synonyms(a, strlen(a));
    while (row && *row && strcmp(*row, b) != 0)
        row++;
    return strcmp(a, b) == 0 || (row && *row);
}

/* Checks the split of a file; without one by its name, all files of the card must be of one. */
static int check_split(const tn__card_file *file, const char *split, bool is_only)
{
    if (file->split ? are_synonyms(file->split, split) : is_only)
        return TN_OK;
    return tn__fail(TN_EINVAL, "it puts \"%s\" into the split \"%s\"", file->path, split);
}

/* Checks that the entries of a configuration name a file, and for the right split. */
static int check_file(const card *self, int32_t config, const tn__card_file *file, bool is_only)
{
    size_t n;
    entry *const entries = entries_of(self, &n);
    bool is_named = false;
    int status = TN_OK;
    for (size_t i = 0; i < n && status == TN_OK; i++)
        if (entries[i].config == config && matches(text_at(self, entries[i].pattern), file->path)) {
            is_named = entries[i].is_used = true;
            status = check_split(file, text_at(self, entries[i].split), is_only);
        }
    return is_named || status != TN_OK ? status
                                       : tn__fail(TN_EINVAL, "it does not name \"%s\"", file->path);
}

/* True if all entries of a configuration are of one split. */
static bool has_one_split(const card *self, int32_t config)
{
    size_t n;
    const entry *const entries = entries_of(self, &n), *first = NULL;
    for (size_t i = 0; i < n; i++) {
        if (entries[i].config != config)
            continue;
        if (!first)
            first = &entries[i];
        if (strcmp(text_at(self, first->split), text_at(self, entries[i].split)) != 0)
            return false;
    }
    return true;
}

static int compare_config(const card *self, int32_t config, const tn__card_file *files,
                          size_t n_files)
{
    size_t n, n_own = 0;
    const entry *const entries = entries_of(self, &n);
    const bool is_only = has_one_split(self, config);
    for (size_t i = 0; i < n; i++)
        n_own += entries[i].config == config;
    int status = TN_OK;
    for (size_t f = 0; f < n_files && n_own > 0 && status == TN_OK; f++)
        status = check_file(self, config, &files[f], is_only);
    for (size_t i = 0; i < n && status == TN_OK; i++)
        if (entries[i].config == config && !entries[i].is_used)
            status = tn__fail(TN_EINVAL, "it names \"%.200s\", which is not a file that was found",
                              text_at(self, entries[i].pattern));
    return status;
}

/* One configuration must agree. If none does, the failure of the first one stays. */
static int compare_all(const card *self, const tn__card_file *files, size_t n_files)
{
    int status = TN_OK;
    for (int32_t config = self->n_configs - 1; config >= 0; config--) {
        status = compare_config(self, config, files, n_files);
        if (status == TN_OK)
            return TN_OK;
    }
    return status;
}

int tn__card_compare(const char *text, size_t n_text, const tn__card_file *files, size_t n_files)
{
    card self = {.config_indent = -1};
    size_t first;
    int status = add_text(&self, (piece){"train", strlen("train")}, &first);
    if (status == TN_OK)
        status = read_card(&self, text, n_text);
    if (status == TN_OK)
        status = compare_all(&self, files, n_files);
    tn__text_free(&self.texts);
    tn__blob_free(&self.entries);
    return status;
}
