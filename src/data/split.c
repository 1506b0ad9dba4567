/* SPDX-License-Identifier: MIT */
/* Finds the splits of a data set, and chooses one. See split.h. */
#include "data/split.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
    DIR *stream;               /* of the root */
    char beside[NAME_MAX + 1]; /* an image, or a folder with images, beside the splits; "": none */
} search;

/* Folders that are named like splits, but are none because something lies beside them. */
typedef struct unclear {
    tn__splits folders;
    char beside[NAME_MAX + 1];
} unclear;

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

static void note_beside(search *self, const char *name)
{
    snprintf(self->beside, sizeof self->beside, "%s", name);
}

/* Lists folders with known names, and looks for an image beside them. */
static int list_known(search *self, tn__splits *out)
{
    int status = TN_OK;
    const struct dirent *entry;
    while (status == TN_OK && (entry = next_entry(self, &status))) {
        const char *const known = tn__split_known(entry->d_name, strlen(entry->d_name));
        if (!known && (self->beside[0] || !tn__extensions_match(&self->extensions, entry->d_name)))
            continue;
        const int answer = is_folder(self, entry);
        if (answer < 0)
            status = answer;
        else if (known && answer)
            tn__splits_add(out, known);
        else if (!known && !answer)
            note_beside(self, entry->d_name);
    }
    return status;
}

/* 1 if there is an image in the folder or below it. A pack counts as empty: it is not a class. */
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

/* Looks for another folder with images beside the splits. A folder that this user may not read, for
 * example lost+found, counts as one without images. */
static int look_beside(search *self)
{
    int status = TN_OK;
    const struct dirent *entry;
    rewinddir(self->stream);
    while (!self->beside[0] && status == TN_OK && (entry = next_entry(self, &status))) {
        if (tn__split_known(entry->d_name, strlen(entry->d_name)))
            continue;
        bool found = false;
        status = is_folder(self, entry);
        if (status > 0)
            status = look_at(self, entry->d_name, false, &found);
        if (found)
            note_beside(self, entry->d_name);
        if (is_forbidden(status))
            status = TN_OK;
    }
    return status;
}

/* Lists the splits that the kind has itself. TN_END: folders may divide the root. */
static int list_own(const tn__source_options *source, tn__splits *out)
{
    *out = (tn__splits){0};
    return source->kind->splits ? source->kind->splits(source, out) : TN_END;
}

/* Two folders named like splits are hardly classes, so *unclear gets them and what lies beside. */
static void set_unclear(const search *self, const tn__splits *found, unclear *out)
{
    out->folders = found->n > 1 ? *found : (tn__splits){0};
    memcpy(out->beside, self->beside, sizeof out->beside);
}

/* Lists the folders that divide the root. */
static int list_folders(const tn_dataset_options *options, tn__splits *out, unclear *doubt)
{
    struct stat facts;
    *out = (tn__splits){0};
    *doubt = (unclear){0};
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
        status = look_beside(&self);
    if (self.beside[0]) {
        set_unclear(&self, out, doubt);
        *out = (tn__splits){0};
    }
    out->are_folders = out->n > 0;
    closedir(self.stream);
    return status;
}

int tn__splits_find(const tn__source_options *source, tn__splits *out)
{
    unclear ignored;
    const int status = list_own(source, out);
    return status == TN_END ? list_folders(source->dataset, out, &ignored) : status;
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
    int32_t rule;    /* TN_SPLIT_… */
    tn__splits listed;
    unclear doubt;
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

/* The names for a message, separated by commas. Free it. */
static tn__text names_of(const tn__splits *splits)
{
    tn__text names = {0};
    for (int32_t i = 0; i < splits->n; i++)
        tn__text_printf(&names, "%s%s", i > 0 ? ", " : "", splits->names[i]);
    return names;
}

/* Says that the data set has other splits than the wanted one. */
static void fail_other(const choice *self, const char *names)
{
    const char *const root = self->source->dataset->root;
    if (self->rule == TN_SPLIT_OR_WHOLE)
        tn__fail(TN_EINVAL,
                 "data set \"%s\" has no split \"%s\", which the recipe asks for; its splits are "
                 "%s: say split=%s",
                 root, self->wanted, names, self->listed.names[0]);
    else
        tn__fail(TN_EINVAL, "data set \"%s\" has no split \"%s\"; its splits are %s", root,
                 self->wanted, names);
}

/* Refuses a slice, as in "train[:10%]". */
static int fail_slice(const choice *self, const char *slice)
{
    return tn__fail(TN_EINVAL,
                    "data set \"%s\": the split \"%s\" has a slice, \"%s\"; tench opens whole "
                    "splits: name the split alone, and let the loader's option subset take a part",
                    self->source->dataset->root, self->wanted, slice);
}

static int fail_choice(const choice *self)
{
    const char *const root = self->source->dataset->root;
    const char *const slice = self->wanted ? strchr(self->wanted, '[') : NULL;
    if (slice)
        return fail_slice(self, slice);
    tn__text names = names_of(&self->listed);
    if (self->listed.n == 0)
        tn__fail(
            TN_EINVAL,
            "data set \"%s\" has no split \"%s\": it has no splits, and no folder of that name",
            root, self->wanted);
    else if (names.failed)
        tn__fail_memory("a message", names.capacity);
    else if (self->wanted)
        fail_other(self, names.chars);
    else
        tn__fail(TN_EINVAL,
                 "data set \"%s\" has the splits %s; name one of them, for example split=%s", root,
                 names.chars, self->listed.names[0]);
    tn__text_free(&names);
    return tn__error_last()->code;
}

/* Refuses a root whose folders may be splits or classes: opened whole, it could add the samples of
 * training to those of validation. */
static int fail_unclear(const choice *self, const char *split)
{
    const tn__splits *const folders = &self->doubt.folders;
    tn__text names = names_of(folders);
    if (names.failed)
        tn__fail_memory("a message", names.capacity);
    else
        tn__fail(TN_EINVAL,
                 "data set \"%s\" has the folders %s, but \"%s\" lies beside them, so they may be "
                 "splits or classes; say split=%s to open one of them, or search_split=no to open "
                 "all",
                 self->source->dataset->root, names.chars, self->doubt.beside,
                 split[0] ? split : folders->names[0]);
    tn__text_free(&names);
    return tn__error_last()->code;
}

/* Refuses unclear folders if the split may be one of them. 0: the root may be opened whole. */
static int check_doubt(const choice *self, tn__text *chosen)
{
    choice unclear_ones = *self;
    unclear_ones.listed = self->doubt.folders;
    if (self->doubt.folders.n == 0 || self->rule == TN_SPLIT_MUST)
        return 0;
    const int found = self->wanted ? search_for(&unclear_ones, chosen) : 0;
    if (found == 0 && self->rule == TN_SPLIT_IF_THERE)
        return 0;
    return chosen->failed ? tn__fail_memory("a split", chosen->capacity)
                          : fail_unclear(self, found ? chosen->chars : "");
}

/* Searches by the rule. Returns the result of is_below; *whole: the root itself is accepted too. */
static int decide(choice *self, tn__text *chosen, bool *whole)
{
    int found = list_own(self->source, &self->listed);
    self->by_folders = found == TN_END;
    if (found < 0)
        return found;
    /* A name that is not a known split means a folder, even in a data set without splits. */
    self->on_disk =
        self->wanted && self->by_folders &&
        (self->rule == TN_SPLIT_MUST || !tn__split_synonyms(self->wanted, self->length));
    found = self->on_disk ? search_for(self, chosen) : 0;
    self->on_disk = false;
    if (found == 0 && self->by_folders)
        found = list_folders(self->source->dataset, &self->listed, &self->doubt);
    if (found == 0 && self->wanted)
        found = search_for(self, chosen);
    if (found == 0)
        found = check_doubt(self, chosen);
    const bool is_slice = self->wanted && strchr(self->wanted, '[');
    *whole = !is_slice && (self->rule == TN_SPLIT_IF_THERE ||
                           (self->rule == TN_SPLIT_OR_WHOLE && self->listed.n == 0));
    return found;
}

int tn__split_choose(const tn__source_options *source, tn__text *chosen, bool *is_folder)
{
    const tn_dataset_options *const options = source->dataset;
    choice self = {.source = source,
                   .rule = options->split_rule ? options->split_rule : TN_SPLIT_MUST,
                   .wanted = options->split,
                   .length = options->split ? strlen(options->split) : 0};
    *is_folder = false;
    if (self.wanted && source->kind->is_split && source->kind->is_split(self.wanted)) {
        tn__text_add(chosen, self.wanted);
        return chosen->failed ? tn__fail_memory("a split", chosen->capacity) : TN_OK;
    }
    bool whole = !self.wanted && self.rule != TN_SPLIT_OR_WHOLE;
    const int found = whole ? 0 : decide(&self, chosen, &whole);
    *is_folder = self.by_folders;
    tn__text_add(chosen, ""); /* chosen->chars must not be NULL */
    if (found < 0)
        return found;
    if (chosen->failed)
        return tn__fail_memory("a path", chosen->capacity);
    return found || whole ? TN_OK : fail_choice(&self);
}
