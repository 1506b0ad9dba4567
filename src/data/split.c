/* SPDX-License-Identifier: MIT */
/* Finds the splits of a data set, and chooses one. See split.h. */
#include "data/split.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "data/extensions.h"
#include "data/folder.h"
#include "data/pack/source.h"
#include "data/root.h"
#include "data/scan.h"
#include "data/sources.h"

/* A root that is searched for splits. */
typedef struct search {
    const tn_dataset_options *options;
    tn__extensions extensions;
    DIR *stream; /* of the root */
} search;

static int open_search(search *self)
{
    self->stream = tn__open_folder(self->options->root);
    return self->stream ? TN_OK : tn__root_fail(self->options->root);
}

/* The next entry except "." and ".."; NULL at the end, or after a failure, which *status gets. */
static const struct dirent *next_entry(search *self, int *status)
{
    const struct dirent *const entry = tn__next_entry(self->stream);
    if (!entry && errno != 0)
        *status = tn__root_fail(self->options->root);
    return entry;
}

/* 1 if the entry is a folder, 0 if not, or a negative status. */
static int is_folder(const search *self, const struct dirent *entry)
{
    const int answer = tn__scan_is_folder(dirfd(self->stream), entry);
    if (answer >= 0)
        return answer;
    return tn__fail_system(tn__error_last()->system_error, "data set \"%s\": \"%s\"",
                           self->options->root, entry->d_name);
}

/* Lists folders with known names, but none if there are images beside them. */
static int list_known(search *self, tn__splits *out)
{
    int status = TN_OK;
    bool images = false;
    const struct dirent *entry;
    while (!images && status == TN_OK && (entry = next_entry(self, &status))) {
        const char *const known = tn__split_known(entry->d_name, strlen(entry->d_name));
        if (!known && !tn__extensions_match(&self->extensions, entry->d_name))
            continue;
        const int answer = is_folder(self, entry);
        if (answer < 0)
            status = answer;
        else if (known && answer)
            tn__splits_add(out, known);
        else
            images = !known && !answer;
    }
    if (images)
        *out = (tn__splits){0};
    return status;
}

/* 1 if there is an image in the folder or below it. A pack counts as empty: it is no class. */
static int look_below(const search *self, const char *path, const char *name, bool *found)
{
    const int folder = tn__open_at(dirfd(self->stream), name, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (folder < 0)
        return tn__fail_system(errno, "cannot read the folder \"%s\"", path);
    const tn__scan_options scan = {.root = folder,
                                   .name = path,
                                   .extensions = &self->extensions,
                                   .n_threads = self->options->threads,
                                   .progress = self->options->progress == TN_YES,
                                   .stop = self->options->stop,
                                   .until_first = true};
    tn__scan_result scanned;
    const int status = tn__scan(&scan, &scanned);
    *found = scanned.n_files > 0;
    tn__scan_free(&scanned);
    close(folder);
    return status;
}

/* The same for a folder in the root. A split may also be a container. */
static int look_at(const search *self, const char *name, bool is_split, bool *found)
{
    tn__text path = {0};
    tn__text_printf(&path, "%s/%s", self->options->root, name);
    int status = path.failed ? tn__fail_memory("a path", strlen(name)) : 0;
    if (status == 0 && is_split)
        status = tn__source_is_container(path.chars);
    *found = status > 0;
    if (status == 0)
        status = look_below(self, path.chars, name, found);
    tn__text_free(&path);
    return status < 0 ? status : TN_OK;
}

/* True if the last failure says that this user may not read a folder. */
static bool is_forbidden(int status)
{
    return status < 0 && tn__error_last()->system_error == EACCES;
}

/* Removes splits without images. One that this user may not read stays: opening it reports that. */
static int leave_out_empty(const search *self, tn__splits *splits)
{
    const tn__splits all = *splits;
    int status = TN_OK;
    *splits = (tn__splits){0};
    for (int32_t i = 0; i < all.n && status == TN_OK; i++) {
        bool found = false;
        status = look_at(self, all.names[i], true, &found);
        if (found || is_forbidden(status))
            tn__splits_add(splits, all.names[i]);
        if (is_forbidden(status))
            status = TN_OK;
    }
    return status;
}

/* Empties the list if another folder with images lies beside the splits. A folder that this user
 * may not read, for example lost+found, counts as one without images. */
static int look_beside(search *self, tn__splits *out)
{
    int status = TN_OK;
    bool found = false;
    const struct dirent *entry;
    rewinddir(self->stream);
    while (!found && status == TN_OK && (entry = next_entry(self, &status))) {
        if (tn__split_known(entry->d_name, strlen(entry->d_name)))
            continue;
        status = is_folder(self, entry);
        if (status > 0)
            status = look_at(self, entry->d_name, false, &found);
        if (is_forbidden(status))
            status = TN_OK;
    }
    if (found)
        *out = (tn__splits){0};
    return status;
}

/* Lists the splits that the kind has itself. TN_END: folders may divide the root. */
static int list_own(const tn__source_options *source, tn__splits *out)
{
    *out = (tn__splits){0};
    return source->kind->splits ? source->kind->splits(source, out) : TN_END;
}

static int list_folders(const tn_dataset_options *options, tn__splits *out)
{
    struct stat facts;
    *out = (tn__splits){0};
    if (tn__stat(options->root, &facts) && !S_ISDIR(facts.st_mode))
        return TN_OK;
    search self = {.options = options};
    int status = tn__extensions_parse(options->extensions, &self.extensions);
    if (status == TN_OK)
        status = open_search(&self);
    if (status != TN_OK)
        return status;
    status = list_known(&self, out);
    if (status == TN_OK)
        status = leave_out_empty(&self, out);
    if (status == TN_OK && out->n > 0)
        status = look_beside(&self, out);
    out->are_folders = out->n > 0;
    closedir(self.stream);
    return status;
}

int tn__splits_find(const tn__source_options *source, tn__splits *out)
{
    const int status = list_own(source, out);
    return status == TN_END ? list_folders(source->dataset, out) : status;
}

/* The kind that opens a folder below the root; NULL: the system cannot tell. */
static const tn__source_kind *kind_below(const char *root, const char *name)
{
    tn__text path = {0};
    tn__text_printf(&path, "%s/%s", root, name);
    const tn__source_kind *const kind = path.failed ? NULL : tn__source_kind_at(path.chars);
    tn__text_free(&path);
    return kind;
}

bool tn__splits_hold_containers(const char *root, const tn__splits *splits)
{
    bool found = false;
    for (int32_t i = 0; i < splits->n; i++) {
        const tn__source_kind *const kind = kind_below(root, splits->names[i]);
        if (kind == &tn__kind_pack)
            return false;
        found |= kind && kind != &tn__kind_folder;
    }
    return found;
}

/* The choice of a split. */
typedef struct choice {
    const tn__source_options *source;
    const char *wanted; /* NULL: the options name no split */
    size_t length;
    bool by_folders; /* the kind has no splits of its own here */
    bool on_disk;    /* any folder below the root is accepted, even if the root has no splits */
    tn__splits listed;
} choice;

static bool is_in_list(const choice *self, const char *name, size_t length)
{
    for (int32_t i = 0; i < self->listed.n; i++)
        if (strlen(self->listed.names[i]) == length &&
            memcmp(self->listed.names[i], name, length) == 0)
            return true;
    return false;
}

/* 1 if a folder of that name is below the root, 0 if not, or a negative status. */
static int is_below(const choice *self, const char *name, size_t length)
{
    struct stat facts;
    tn__text path = {0};
    tn__text_printf(&path, "%s/%.*s", self->source->dataset->root, (int)length, name);
    int answer = path.failed ? tn__fail_memory("a path", length) : 0;
    if (answer == 0 && tn__stat(path.chars, &facts))
        answer = S_ISDIR(facts.st_mode);
    else if (answer == 0 && tn__errno_is_systemic(errno))
        answer = tn__root_fail(path.chars);
    tn__text_free(&path);
    return answer;
}

/* Chooses the name if there is such a split. Returns the result of is_below. */
static int take(const choice *self, const char *name, size_t length, tn__text *chosen)
{
    const int found = self->on_disk ? is_below(self, name, length) : is_in_list(self, name, length);
    if (found > 0)
        tn__text_add_bytes(chosen, name, length);
    return found;
}

/* Searches as timm does: for the name itself, then for its synonyms. Returns the result of
 * is_below. */
static int search_for(const choice *self, tn__text *chosen)
{
    int found = self->length > 0 ? take(self, self->wanted, self->length, chosen) : 0;
    const char *const *name = tn__split_synonyms(self->wanted, self->length);
    for (; found == 0 && name && *name; name++)
        found = take(self, *name, strlen(*name), chosen);
    if (found == 0 && tn__split_is_validation(self->wanted, self->length) &&
        self->source->kind->validation)
        found = take(self, self->source->kind->validation, strlen(self->source->kind->validation),
                     chosen);
    return found;
}

static int fail_choice(const choice *self)
{
    const char *const root = self->source->dataset->root;
    tn__text names = {0};
    for (int32_t i = 0; i < self->listed.n; i++)
        tn__text_printf(&names, "%s%s", i > 0 ? ", " : "", self->listed.names[i]);
    if (self->listed.n == 0)
        tn__fail(
            TN_EINVAL,
            "data set \"%s\" has no split \"%s\": it has no splits, and no folder of that name",
            root, self->wanted);
    else if (names.failed)
        tn__fail_memory("a message", names.capacity);
    else if (self->wanted)
        tn__fail(TN_EINVAL, "data set \"%s\" has no split \"%s\"; its splits are %s", root,
                 self->wanted, names.chars);
    else
        tn__fail(TN_EINVAL,
                 "data set \"%s\" has the splits %s; name one of them, for example split=%s", root,
                 names.chars, self->listed.names[0]);
    tn__text_free(&names);
    return tn__error_last()->code;
}

/* Searches by the rule. Returns the result of is_below; *whole: the root itself is accepted too. */
static int decide(choice *self, int32_t rule, tn__text *chosen, bool *whole)
{
    int found = list_own(self->source, &self->listed);
    self->by_folders = found == TN_END;
    if (found < 0)
        return found;
    /* A name that is no known split means a folder, even in a data set without splits. */
    self->on_disk = self->wanted && self->by_folders &&
                    (rule == TN_SPLIT_MUST || !tn__split_synonyms(self->wanted, self->length));
    found = self->on_disk ? search_for(self, chosen) : 0;
    self->on_disk = false;
    if (found == 0 && self->by_folders)
        found = list_folders(self->source->dataset, &self->listed);
    if (found == 0 && self->wanted)
        found = search_for(self, chosen);
    *whole = rule == TN_SPLIT_IF_THERE || (rule == TN_SPLIT_OR_WHOLE && self->listed.n == 0);
    return found;
}

int tn__split_choose(const tn__source_options *source, tn__text *chosen, bool *is_folder)
{
    const tn_dataset_options *const options = source->dataset;
    const int32_t rule = options->split_rule ? options->split_rule : TN_SPLIT_MUST;
    choice self = {.source = source,
                   .wanted = options->split,
                   .length = options->split ? strcspn(options->split, "[") : 0};
    *is_folder = false;
    if (self.wanted && source->kind->is_split && source->kind->is_split(self.wanted)) {
        tn__text_add(chosen, self.wanted);
        return chosen->failed ? tn__fail_memory("a split", chosen->capacity) : TN_OK;
    }
    bool whole = !self.wanted && rule != TN_SPLIT_OR_WHOLE;
    const int found = whole ? 0 : decide(&self, rule, chosen, &whole);
    *is_folder = self.by_folders;
    tn__text_add(chosen, ""); /* chosen->chars must not be NULL */
    if (found < 0)
        return found;
    if (chosen->failed)
        return tn__fail_memory("a path", chosen->capacity);
    return found || whole ? TN_OK : fail_choice(&self);
}
