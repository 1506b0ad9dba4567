/* SPDX-License-Identifier: MIT */
/* Class names and their labels. See classmap.h. */
#include "data/classmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "base/text.h"
#include "data/source.h"

void tn__classmap_free(tn__classmap *map)
{
    free(map->text);
    free(map->names);
    free(map->by_name);
    *map = (tn__classmap){0};
}

static int compare_names(const void *a, const void *b, void *context)
{
    const char *const *const names = context;
    const int32_t label_a = *(const int32_t *)a, label_b = *(const int32_t *)b;
    const int order = strcmp(names[label_a], names[label_b]);
    return order != 0 ? order : (label_a > label_b) - (label_a < label_b);
}

/* Fills names and by_name. map->text has n names in n_bytes, each with its NUL. */
static int index_names(tn__classmap *map, size_t n, size_t n_bytes)
{
    map->names = malloc((n + 1) * sizeof *map->names);
    map->by_name = calloc(n + 1, sizeof *map->by_name);
    if (!map->names || !map->by_name)
        return tn__fail_memory("class names", (n + 1) * sizeof *map->names);
    size_t at = 0, label = 0;
    for (; label < n && at < n_bytes; label++) {
        map->names[label] = map->text + at;
        map->by_name[label] = (int32_t)label;
        at += strlen(map->text + at) + 1;
    }
    if (label < n || at != n_bytes) {
        tn__fail(TN_ELIMIT, "class names: their number differs from the count");
        return TN_ELIMIT;
    }
    map->n = (int32_t)n;
    qsort_r(map->by_name, n, sizeof *map->by_name, compare_names, map->names);
    return TN_OK;
}

static int check_number(size_t n)
{
    return n <= TN__MAX_CLASSES
               ? TN_OK
               : tn__fail(TN_ELIMIT, "%zu classes; the limit is %d", n, TN__MAX_CLASSES);
}

/* Takes over `text`, which has n names. */
static int make(tn__text *text, size_t n, tn__classmap *out)
{
    out->text = text->chars;
    const int status = text->failed ? tn__fail_memory("class names", text->length)
                                    : index_names(out, n, text->length);
    if (status != TN_OK)
        tn__classmap_free(out);
    return status;
}

int tn__classmap_number(int64_t n, tn__classmap *out)
{
    *out = (tn__classmap){0};
    if (check_number((size_t)n) != TN_OK)
        return TN_ELIMIT;
    tn__text text = {0};
    for (int64_t label = 0; label < n; label++) {
        tn__text_printf(&text, "%lld", (long long)label);
        tn__text_add_bytes(&text, "", 1);
    }
    return make(&text, (size_t)n, out);
}

int tn__classmap_make(const char *const *names, size_t n, tn__classmap *out)
{
    *out = (tn__classmap){0};
    if (check_number(n) != TN_OK)
        return TN_ELIMIT;
    tn__text text = {0};
    for (size_t label = 0; label < n; label++)
        tn__text_add_bytes(&text, names[label], strlen(names[label]) + 1);
    return make(&text, n, out);
}

int32_t tn__classmap_find(const tn__classmap *map, const char *name)
{
    int32_t low = 0, high = map->n;
    while (low < high) { /* finds the last of equal names */
        const int32_t middle = low + (high - low) / 2;
        if (strcmp(map->names[map->by_name[middle]], name) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || strcmp(map->names[map->by_name[low - 1]], name) != 0)
        return -1;
    return map->by_name[low - 1];
}

/* Opens the map as given, or else below the root; *path becomes the path that was opened. Without
 * O_NONBLOCK, opening a pipe would wait for its writer. */
static int open_map(const char *given, const char *root, tn__text *path)
{
    tn__text_add(path, given);
    int file = path->failed ? -1 : tn__open(given, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file < 0 && (errno == ENOENT || errno == ENOTDIR) && given[0] != '/') {
        tn__text_clear(path);
        tn__text_printf(path, "%s/%s", root, given);
        file = path->failed ? -1 : tn__open(path->chars, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    }
    if (path->failed)
        return tn__fail_memory("a path", path->capacity);
    if (file < 0)
        return tn__fail_system(errno, "class map \"%s\" (tried as given, and below \"%s\")", given,
                               root);
    return file;
}

/* Reads the map. Refuses all but files, and a file that is too long before it reads it. */
static int read_all(int file, const char *path, tn__buffer *buffer)
{
    int64_t length;
    const tn__extent all = {.length = -1, .max_bytes = TN__CLASS_MAP_BYTES, .n_bytes = SIZE_MAX};
    const int status = tn__read_extent(file, all, buffer, &length);
    return status == TN_OK ? TN_OK : tn__error_prefix("class map \"%s\"", path);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
}

/* Adds the stripped line to `names`, with its NUL. */
static int add_line(const char *line, size_t length, const char *path, size_t number,
                    tn__text *names)
{
    if (memchr(line, '\0', length))
        return tn__fail(TN_EINVAL, "class map \"%s\", line %zu: contains a zero byte", path,
                        number);
    while (length > 0 && is_blank(line[0])) {
        line++;
        length--;
    }
    while (length > 0 && is_blank(line[length - 1]))
        length--;
    if (memchr(line, '/', length))
        return tn__fail(TN_EINVAL,
                        "class map \"%s\", line %zu: \"%.*s\" contains a \"/\"; write only the "
                        "name of the class's folder",
                        path, number, length < 100 ? (int)length : 100, line);
    tn__text_add_bytes(names, line, length);
    tn__text_add_bytes(names, "", 1);
    return names->failed ? tn__fail_memory("class names", names->length) : TN_OK;
}

/* Cuts the file into lines, which end with LF, CR LF or CR. */
static int split_lines(const tn__buffer *file, const char *path, tn__text *names, size_t *n_names)
{
    const char *at = (const char *)file->bytes, *const end = at + file->size;
    at += tn__text_mark(at);                /* zeros follow the file's bytes */
    size_t n = 0, kept_bytes = 0, kept = 0; /* kept: up to the last line with text */
    while (at < end) {
        const char *stop = at;
        while (stop < end && *stop != '\n' && *stop != '\r')
            stop++;
        const size_t before = names->length;
        const int status = add_line(at, (size_t)(stop - at), path, ++n, names);
        if (status != TN_OK)
            return status;
        if (names->length > before + 1) {
            kept = n;
            kept_bytes = names->length;
        }
        at = stop + (stop < end) + (stop + 1 < end && stop[0] == '\r' && stop[1] == '\n');
    }
    names->length = kept_bytes;
    *n_names = kept;
    if (kept == 0)
        return tn__fail(TN_EINVAL, "class map \"%s\": names no class", path);
    if (kept > TN__MAX_CLASSES)
        return tn__fail(TN_ELIMIT, "class map \"%s\": %zu lines; the limit is %d", path, kept,
                        TN__MAX_CLASSES);
    return TN_OK;
}

bool tn__classmap_repeats(const tn__classmap *map, int32_t *first, int32_t *second)
{
    for (int32_t i = 1; i < map->n; i++) {
        *first = map->by_name[i - 1];
        *second = map->by_name[i];
        if (map->names[*second][0] && strcmp(map->names[*first], map->names[*second]) == 0)
            return true;
    }
    return false;
}

static int refuse_repeats(const tn__classmap *map, const char *path)
{
    int32_t first, second;
    if (!tn__classmap_repeats(map, &first, &second))
        return TN_OK;
    return tn__fail(TN_EINVAL, "class map \"%s\", line %d: class \"%.100s\" is already on line %d",
                    path, second + 1, map->names[second], first + 1);
}

/* Reads the names of an open map, one after the other with their NULs. */
static int read_names(int file, const char *path, tn__text *names, size_t *n)
{
    tn__buffer bytes = {0};
    int status = read_all(file, path, &bytes);
    if (status == TN_OK)
        status = split_lines(&bytes, path, names, n);
    tn__buffer_free(&bytes);
    return status;
}

int tn__classmap_read(const char *given, const char *root, tn__classmap *out)
{
    *out = (tn__classmap){0};
    if (!tn__ends_with_any_case(given, ".txt"))
        return tn__fail(TN_EINVAL,
                        "class map \"%s\": must be a .txt file with one class name on each line",
                        given);
    tn__text path = {0}, names = {0};
    size_t n = 0;
    const int file = open_map(given, root, &path);
    int status = file < 0 ? file : read_names(file, path.chars, &names, &n);
    out->text = names.chars;
    if (status == TN_OK)
        status = index_names(out, n, names.length);
    if (status == TN_OK)
        status = refuse_repeats(out, path.chars);
    if (file >= 0)
        close(file);
    if (status != TN_OK)
        tn__classmap_free(out);
    tn__text_free(&path);
    return status;
}

void tn__classmap_add(const tn__classmap *map, const char *what, tn__text *text)
{
    for (int32_t label = 0; label < map->n; label++) {
        tn__text_add(text, label == 0 ? what : ",");
        tn__text_json(text, map->names[label]);
    }
}
