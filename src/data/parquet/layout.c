/* SPDX-License-Identifier: MIT */
/* Finds Parquet files. See layout.h. */
#include "data/parquet/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "data/parquet/card.h"
#include "data/parquet/first.h"
#include "data/source.h"

static const char suffix[] = ".parquet";

/* How many entries a root with configurations has, and how many entries of one tell. */
enum { MOST_FOLDERS = 64, PEEKED = 16 };

/* The longest card. */
enum { MOST_CARD = 1 << 24 };

/* What a folder has. */
typedef struct look {
    bool has_files;    /* Parquet files */
    tn__splits splits; /* entries that have their names */
} look;

/* The length of the name before the number of a part, as in NAME-00000-of-00010.parquet; 0: there
 * is not such a number. */
static size_t before_part(const char *path)
{
    enum { DIGITS = 5 };
    static const char digits[] = "0123456789";
    for (const char *at = path; (at = strchr(at, '-')); at++)
        if (strspn(at + 1, digits) == DIGITS && strncmp(at + 1 + DIGITS, "-of-", 4) == 0 &&
            strspn(at + 5 + DIGITS, digits) >= DIGITS)
            return (size_t)(at - path);
    return 0;
}

/* The length of the split's name, with which a path begins: it is that of the folder, as in
 * train/0000.parquet; or that before the number of a part; or else a known name before other signs
 * than letters, as in train_0.parquet. 0: the path names none. */
static size_t split_length(const char *path)
{
    const char *const slash = strchr(path, '/');
    const size_t n_whole = before_part(path);
    if (!slash && n_whole > 0)
        return n_whole;
    const size_t n = slash ? (size_t)(slash - path) : strcspn(path, "-._ 0123456789");
    return tn__split_known(path, n) ? n : 0;
}

static bool is_of_split(const char *path, const char *split)
{
    const size_t n = split_length(path);
    return n > 0 && strlen(split) == n && memcmp(path, split, n) == 0;
}

static int enter(const char *root, const char *name, tn__text *path)
{
    tn__text_clear(path);
    tn__text_printf(path, "%s/%s", root, name);
    return path->failed ? tn__fail_memory("a path", path->capacity) : TN_OK;
}

static bool is_file(const char *name)
{
    return name[0] != '.' && tn__ends_with(name, suffix);
}

/* Looks at the first entries of a folder. What is not a folder, or may not be read, has none. */
static int look_at(const char *path, int most, look *out)
{
    *out = (look){0};
    DIR *const stream = tn__open_folder(path);
    if (!stream)
        return tn__errno_is_systemic(errno) ? tn__fail_system(errno, "%s", path) : TN_OK;
    const struct dirent *entry = NULL;
    for (int n = 0; n < most && (entry = tn__next_entry(stream)); n++) {
        const char *const known = tn__split_known(entry->d_name, strlen(entry->d_name));
        out->has_files |= is_file(entry->d_name);
        if (known)
            tn__splits_add(&out->splits, known);
    }
    const int status = !entry && errno != 0 ? tn__fail_system(errno, "%s", path) : TN_OK;
    closedir(stream);
    return status;
}

/* Adds the files of the folder `name` in `base`: their paths begin with this name. */
static int add_folder(const char *base, const char *name, tn__shards *out)
{
    tn__text path = {0};
    tn__shards names = {0};
    struct stat facts;
    int status = enter(base, name, &path);
    if (status == TN_OK && tn__stat(path.chars, &facts) && S_ISDIR(facts.st_mode))
        status = tn__shards_find(path.chars, suffix, path.chars, &names);
    for (uint32_t i = 0; i < names.n && status == TN_OK; i++) {
        status = enter(name, names.names[i], &path);
        if (status == TN_OK)
            status = tn__shards_add(out, path.chars);
    }
    tn__shards_free(&names);
    tn__text_free(&path);
    return status;
}

/* Lists the files of a folder; if it has none, those of the folders in it that have the names of
 * splits. */
static int list_folder(const char *path, tn__shards *out)
{
    look seen;
    int status = look_at(path, INT_MAX, &seen);
    if (status == TN_OK && seen.has_files)
        return tn__shards_find(path, suffix, path, out);
    for (int32_t i = 0; i < seen.splits.n && status == TN_OK; i++)
        status = add_folder(path, seen.splits.names[i], out);
    return status;
}

/* The search for the folder that has the files. */
typedef struct search {
    const char *root;
    tn__text *folder; /* empty: not found */
    tn__shards *files;
} search;

static int try_folder(search *self, const char *path)
{
    const int status = list_folder(path, self->files);
    if (status == TN_OK && self->files->n > 0)
        tn__text_add(self->folder, path);
    return status == TN_OK && self->folder->failed
               ? tn__fail_memory("a path", self->folder->capacity)
               : status;
}

/* Tries a folder that may be a configuration. */
static int try_configuration(search *self, const char *path)
{
    tn__shards files = {0};
    int status = list_folder(path, &files);
    if (status == TN_OK && files.n > 0 && self->files->n > 0)
        status = tn__fail(TN_EINVAL,
                          "data set \"%s\" has several configurations: open the folder of one of "
                          "them, for example \"%s\"",
                          self->root, self->folder->chars);
    if (status == TN_OK && files.n > 0) {
        *self->files = files;
        tn__text_add(self->folder, path);
        return self->folder->failed ? tn__fail_memory("a path", self->folder->capacity) : TN_OK;
    }
    tn__shards_free(&files);
    return status;
}

/* Calls `visit` with the path of each folder that may be a configuration, until it returns other
 * than 0. None, if there are many: then they are classes. */
static int each_configuration(tn__root_facts *root, int (*visit)(void *context, const char *path),
                              void *context)
{
    tn__text path = {0};
    int answer = tn__root_list(root), n = 0;
    for (size_t at = 0; at < root->n_names; at += strlen(root->names + at) + 1)
        n++;
    for (size_t at = 0; n <= MOST_FOLDERS && at < root->n_names && answer == 0;
         at += strlen(root->names + at) + 1) {
        const char *const name = root->names + at;
        if (name[0] == '.' || tn__split_known(name, strlen(name)))
            continue;
        answer = enter(root->path, name, &path);
        if (answer == TN_OK)
            answer = visit(context, path.chars);
    }
    tn__text_free(&path);
    return answer;
}

static int visit_configuration(void *context, const char *path)
{
    return try_configuration(context, path);
}

static int try_configurations(search *self)
{
    tn__root_facts root;
    int status = tn__root_read(self->root, &root);
    if (status != TN_OK)
        return status;
    status = each_configuration(&root, visit_configuration, self);
    tn__root_free(&root);
    return status;
}

/* Compares the files with the text of the card. Paths in the card begin at the root. */
static int compare_card(const char *root, const char *folder, const tn__shards *files,
                        const tn__buffer *text)
{
    tn__text paths = {0};
    tn__card_file *const listed = calloc((size_t)files->n + 1, sizeof *listed);
    const char *below = folder + strlen(root);
    while (*below == '/')
        below++;
    for (uint32_t i = 0; i < files->n; i++) {
        tn__text_printf(&paths, "%s%s%s", below, *below ? "/" : "", files->names[i]);
        tn__text_add_bytes(&paths, "", 1);
        tn__text_add_bytes(&paths, files->names[i], split_length(files->names[i]));
        tn__text_add_bytes(&paths, "", 1);
    }
    int status = listed && !paths.failed ? TN_OK : tn__fail_memory("a list of files", files->n);
    const char *at = paths.chars;
    for (uint32_t i = 0; listed && i < files->n && status == TN_OK; i++) {
        const char *const split = at + strlen(at) + 1;
        listed[i] = (tn__card_file){at, split[0] ? split : NULL};
        at = split + strlen(split) + 1;
    }
    if (status == TN_OK)
        status = tn__card_compare((const char *)text->bytes, text->size, listed, files->n);
    free(listed);
    tn__text_free(&paths);
    return status;
}

/* Completes the failure of a card. */
static void refuse_card(const char *root)
{
    static const tn__error advice = {.message = "say card=ignore to go by the names of files"};
    (void)tn__error_prefix("data set \"%s\": its README.md says other than the names of files",
                           root);
    (void)tn__error_add(&advice);
}

/* Checks that the card says what the names of the files say. A root without one has none. */
static int check_card(const char *root, const char *folder, const tn__shards *files)
{
    tn__text path = {0};
    tn__buffer text = {0};
    struct stat facts;
    int64_t length;
    const tn__extent all = {.length = -1, .max_bytes = MOST_CARD, .n_bytes = SIZE_MAX};
    int status = enter(root, "README.md", &path);
    if (status == TN_OK && tn__stat(path.chars, &facts) && S_ISREG(facts.st_mode)) {
        status = tn__read_file(AT_FDCWD, path.chars, all, &text, &length);
        if (status == TN_OK)
            status = compare_card(root, folder, files, &text);
        if (status == TN_EINVAL)
            refuse_card(root);
    }
    tn__buffer_free(&text);
    tn__text_free(&path);
    return status;
}

static int find_by_names(const char *root, tn__text *folder, tn__shards *out)
{
    static const char *const usual[] = {"data", "default"};
    bool is_one;
    tn__text path = {0};
    search self = {root, folder, out};
    int status = tn__shards_at(root, suffix, &is_one, folder, out);
    if (status != TN_OK || out->n > 0)
        return status;
    tn__text_clear(folder);
    status = try_folder(&self, root);
    for (size_t k = 0; k < sizeof usual / sizeof *usual && status == TN_OK && out->n == 0; k++) {
        status = enter(root, usual[k], &path);
        if (status == TN_OK)
            status = try_folder(&self, path.chars);
    }
    if (status == TN_OK && out->n == 0)
        status = try_configurations(&self);
    tn__text_free(&path);
    return status;
}

static int find_all(const tn__parquet_place *place, tn__text *folder, tn__shards *out)
{
    struct stat facts;
    const int status = find_by_names(place->root, folder, out);
    const bool has_card =
        place->has_card && out->n > 0 && tn__stat(place->root, &facts) && S_ISDIR(facts.st_mode);
    return status == TN_OK && has_card ? check_card(place->root, folder->chars, out) : status;
}

/* If all files lie in the folder of the split, as that of another kind of source would, their names
 * begin there. */
static int enter_split(const char *split, tn__text *folder, tn__shards *files)
{
    const size_t n = strlen(split);
    for (uint32_t i = 0; i < files->n; i++)
        if (files->names[i][n] != '/')
            return TN_OK;
    for (uint32_t i = 0; i < files->n; i++)
        memmove(files->names[i], files->names[i] + n + 1, strlen(files->names[i] + n));
    tn__text_printf(folder, "/%s", split);
    return folder->failed ? tn__fail_memory("a path", folder->capacity) : TN_OK;
}

int tn__parquet_find_files(const tn__parquet_place *place, const char *split, tn__text *folder,
                           tn__shards *out)
{
    tn__shards all = {0};
    int status = find_all(place, folder, &all);
    for (uint32_t i = 0; i < all.n && status == TN_OK; i++) {
        if (!split || is_of_split(all.names[i], split))
            status = tn__shards_add(out, all.names[i]);
    }
    tn__shards_free(&all);
    return status == TN_OK && split ? enter_split(split, folder, out) : status;
}

/* Adds the split that a path names. */
static int add_split(const char *root, const char *path, tn__splits *out)
{
    const int status = tn__splits_add_name(out, path, split_length(path));
    return status == TN_OK ? TN_OK : tn__error_prefix("data set \"%s\": %s", root, path);
}

int tn__parquet_find_splits(const tn__parquet_place *place, tn__splits *out)
{
    tn__shards all = {0};
    tn__text folder = {0};
    int status = find_all(place, &folder, &all);
    for (uint32_t i = 0; i < all.n && status == TN_OK; i++)
        if (split_length(all.names[i]) > 0)
            status = add_split(place->root, all.names[i], out);
    const bool is_empty = all.n == 0;
    tn__shards_free(&all);
    tn__text_free(&folder);
    return status == TN_OK && is_empty ? TN_END : status;
}

/* 1 if the folder has Parquet files, and either nothing beside them that a class folder has, or
 * images in them. */
static int holds_files(tn__root_facts *folder)
{
    const int has_nothing_else = tn__root_is_folder_of(folder, suffix);
    if (has_nothing_else != 0)
        return has_nothing_else;
    const int answer = tn__root_has_suffix(folder, suffix);
    return answer > 0 ? tn__parquet_has_images(folder->path) : answer;
}

/* 1 if the folder has Parquet files, and neither folders nor images beside them. */
static int has_files(const char *path)
{
    tn__root_facts facts;
    int answer = tn__root_read(path, &facts);
    if (answer != TN_OK)
        return answer;
    answer = tn__root_is_folder_of(&facts, suffix);
    tn__root_free(&facts);
    return answer;
}

/* 1 if the folder looks like a configuration. */
static int looks_right(void *context, const char *path)
{
    (void)context;
    look seen;
    tn__text split = {0};
    const int status = look_at(path, PEEKED, &seen);
    if (status != TN_OK)
        return status;
    int answer = seen.has_files ? has_files(path) : 0;
    for (int32_t i = 0; i < seen.splits.n && answer == 0; i++) {
        answer = enter(path, seen.splits.names[i], &split);
        if (answer == TN_OK)
            answer = has_files(split.chars);
    }
    tn__text_free(&split);
    return answer;
}

/* 1 if the folder `data` of the root has files of a repository. */
static int has_data(const tn__root_facts *root)
{
    tn__text path = {0};
    tn__root_facts data;
    int answer = tn__root_has(root, "data");
    if (answer > 0)
        answer = enter(root->path, "data", &path);
    if (answer == TN_OK && path.chars)
        answer = tn__root_read(path.chars, &data);
    if (answer == TN_OK && path.chars) {
        answer = holds_files(&data);
        tn__root_free(&data);
    }
    tn__text_free(&path);
    return answer;
}

int tn__parquet_is_repository(tn__root_facts *root)
{
    int answer = has_data(root);
    if (answer == 0)
        answer = holds_files(root);
    return answer == 0 ? each_configuration(root, looks_right, NULL) : answer;
}
