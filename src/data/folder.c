/* SPDX-License-Identifier: MIT */
/* Class folders as sources, by timm's rules: the folder that directly holds a file names its class,
 * at any depth; classes and samples are in natural order. See folder.h.
 *
 * One word describes a sample: the offset of its path in the pool of all paths, and its label. The
 * pool is written folder by folder, so the words are nearly in order before they are sorted. */
#include "data/folder.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "base/text.h"
#include "data/advice.h"
#include "data/classmap.h"
#include "data/extensions.h"
#include "data/merge.h"
#include "data/natural.h"
#include "data/root.h"
#include "data/scan.h"

enum { LABEL_BITS = 24 };
_Static_assert(TN__MAX_CLASSES <= 1 << LABEL_BITS, "a label fits beside its offset");

typedef struct folder {
    tn__source source;
    int descriptor; /* of the root: paths below stay valid when the host changes its directory */
    char *pool;
    uint64_t *samples; /* offset << LABEL_BITS | label */
    tn__classmap classes;
} folder;

static const folder *folder_of(const tn__source *source)
{
    return (const folder *)source;
}

static const char *path_of(const folder *self, int64_t sample)
{
    return self->pool + (self->samples[sample] >> LABEL_BITS);
}

static size_t name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    const char *const path = path_of(folder_of(source), sample);
    const size_t length = strlen(path);
    memcpy(out, path, length + 1);
    return length;
}

static void label(const tn__source *source, int64_t sample, tn__label *out)
{
    const uint64_t word = folder_of(source)->samples[sample];
    *out = (tn__label){
        .kind = TN_LABEL_INT, .n = 1, .value = (int64_t)(word & ((1u << LABEL_BITS) - 1))};
}

static tn__part part(const tn__source *source, int64_t sample)
{
    (void)source;
    return (tn__part){.sample = sample, .file = sample, .length = -1};
}

static int read_part(const tn__source *source, const tn__part *part, tn__extent extent,
                     tn__buffer *buffer, int64_t *length)
{
    const folder *const self = folder_of(source);
    return tn__read_file(self->descriptor, path_of(self, part->sample), extent, buffer, length);
}

static void want(const tn__source *source, const tn__part *parts, int32_t n)
{
    const folder *const self = folder_of(source);
    for (int32_t p = 0; p < n; p++)
        tn__want_file(self->descriptor, path_of(self, parts[p].sample), parts[p].offset,
                      parts[p].length);
}

static void destroy(tn__source *source)
{
    folder *const self = (folder *)source;
    if (self->descriptor >= 0)
        close(self->descriptor);
    tn__classmap_free(&self->classes);
    free(self->pool);
    free(self->samples);
    tn__source_end(source);
    free(self);
}

static const tn__source_ops folder_ops = {
    .name = name,
    .label = label,
    .part = part,
    .file_name = name, /* a file's number is its sample's */
    .read = read_part,
    .want = want,
    .destroy = destroy,
};

static int compare_leaves(const void *a, const void *b)
{
    return tn__natural_compare(*(const char *const *)a, *(const char *const *)b);
}

/* Collects the classes: the names of the folders that hold files, each once, in natural order. The
 * caller frees the array. */
static int collect_classes(const tn__scan_result *scanned, const char ***out, size_t *n_unique)
{
    const char **const names = malloc((scanned->n_directories + 1) * sizeof *names);
    if (!names)
        return tn__fail_memory("class names", scanned->n_directories * sizeof *names);
    size_t n = 0;
    for (size_t d = 0; d < scanned->n_directories; d++)
        if (scanned->directories[d]->n_files > 0)
            names[n++] = tn__path_leaf(scanned->directories[d]->path);
    qsort(names, n, sizeof *names, compare_leaves);
    *out = names;
    *n_unique = 0;
    for (size_t i = 0; i < n; i++)
        if (*n_unique == 0 || strcmp(names[*n_unique - 1], names[i]) != 0)
            names[(*n_unique)++] = names[i];
    return TN_OK;
}

/* Makes the classes, or counts those that the class map lacks. */
static int name_classes(folder *self, const tn__scan_result *scanned, bool has_map)
{
    const char **names = NULL;
    size_t n = 0;
    int status = collect_classes(scanned, &names, &n);
    if (status != TN_OK)
        return status;
    if (!has_map)
        status = tn__classmap_make(names, n, &self->classes);
    for (size_t i = 0; i < n && has_map; i++)
        self->source.left_out.unmapped_folders += tn__classmap_find(&self->classes, names[i]) < 0;
    free(names);
    return status;
}

/* Refuses a file whose name does not fit into TN__NAME_BYTES. No system opens such a path. */
static int check_names(const folder *self, const tn__scan_result *scanned)
{
    for (size_t d = 0; d < scanned->n_directories; d++) {
        const tn__directory *const directory = scanned->directories[d];
        const size_t n_prefix = strlen(directory->path) + 1;
        for (uint32_t i = 0; i < directory->n_files; i++)
            if (n_prefix + strlen(directory->names + directory->order[i]) >= TN__NAME_BYTES)
                return tn__fail(TN_ELIMIT,
                                "data set \"%s\": the path of a file below it is longer than %d "
                                "bytes: …%s",
                                self->source.root, TN__NAME_BYTES - 1,
                                directory->names + directory->order[i]);
    }
    return TN_OK;
}

/* The memory that `reserve` took. */
typedef struct room {
    size_t n_bytes; /* of paths */
    int64_t n_samples;
} room;

/* Takes memory for the paths of all samples, and for the samples. */
static int reserve(folder *self, const tn__scan_result *scanned, room *out)
{
    size_t n_bytes = 1;
    for (size_t d = 0; d < scanned->n_directories; d++) {
        const tn__directory *const directory = scanned->directories[d];
        n_bytes += directory->n_bytes + directory->n_files * (strlen(directory->path) + 1);
    }
    if (n_bytes >> (64 - LABEL_BITS) != 0) {
        tn__fail(TN_ELIMIT, "file names of %zu bytes; the limit is 1 TiB", n_bytes);
        return TN_ELIMIT;
    }
    *out = (room){n_bytes, scanned->n_files};
    self->pool = malloc(n_bytes);
    self->samples = malloc(((size_t)scanned->n_files + 1) * sizeof *self->samples);
    if (self->pool && self->samples)
        return TN_OK;
    tn__fail_memory("file names", n_bytes);
    return TN_ENOMEM;
}

/* Writes a folder's paths into the pool at *place, which moves to their end. False: they need more
 * memory than `reserve` counted. */
static bool add_samples(folder *self, const tn__directory *directory, int32_t class_label,
                        const room *counted, size_t *place)
{
    const size_t n_prefix = strlen(directory->path);
    size_t at = *place;
    for (uint32_t i = 0; i < directory->n_files; i++) {
        const char *const file = directory->names + directory->order[i];
        const size_t n_name = strlen(file) + 1;
        if (self->source.n_samples == counted->n_samples ||
            counted->n_bytes - at < n_prefix + 1 + n_name)
            return false;
        self->samples[self->source.n_samples++] =
            (uint64_t)at << LABEL_BITS | (uint32_t)class_label;
        if (n_prefix > 0) {
            memcpy(self->pool + at, directory->path, n_prefix);
            self->pool[at + n_prefix] = '/';
            at += n_prefix + 1;
        }
        memcpy(self->pool + at, file, n_name);
        at += n_name;
    }
    *place = at;
    return true;
}

static int compare_samples(uint64_t a, uint64_t b, const void *pool)
{
    const char *const text = pool;
    return tn__natural_compare(text + (a >> LABEL_BITS), text + (b >> LABEL_BITS));
}

/* Adds the samples of all folders. Those of one folder are a sorted run; runs[] has the places
 * where runs begin. */
static int add_all(folder *self, const tn__scan_result *scanned, const room *counted)
{
    size_t *const runs = malloc((scanned->n_directories + 1) * sizeof *runs);
    if (!runs)
        return tn__fail_memory("sorting", (scanned->n_directories + 1) * sizeof *runs);
    size_t n_runs = 0, at = 0;
    tn_dataset_facts *const left_out = &self->source.left_out;
    left_out->other_files = scanned->n_others;
    left_out->repeated_paths = scanned->n_repeated;
    for (size_t d = 0; d < scanned->n_directories; d++) {
        const tn__directory *const directory = scanned->directories[d];
        const int32_t class_label =
            tn__classmap_find(&self->classes, tn__path_leaf(directory->path));
        if (class_label < 0)
            left_out->unmapped_images += directory->n_files;
        if (directory->n_files == 0 || class_label < 0)
            continue;
        runs[n_runs++] = (size_t)self->source.n_samples;
        if (!add_samples(self, directory, class_label, counted, &at)) {
            free(runs);
            return tn__fail(TN_ELIMIT, "\"%s\": more file names than were counted",
                            self->source.root);
        }
    }
    runs[n_runs] = (size_t)self->source.n_samples;
    const int status = tn__merge_runs(self->samples, runs, n_runs, compare_samples, self->pool);
    free(runs);
    return status;
}

/* A file about which there is advice. */
typedef struct advised {
    tn__text file;   /* its path below the root; empty: there is none */
    int64_t n_alike; /* files with its extension */
} advised;

/* Counts the files with the extension of the advised one. */
static void count_alike(const tn__scan_result *found, advised *out)
{
    tn__extensions alike;
    if (!out->file.chars || tn__extensions_parse(strrchr(out->file.chars, '.'), &alike) != TN_OK)
        return;
    for (size_t d = 0; d < found->n_directories; d++)
        for (uint32_t i = 0; i < found->directories[d]->n_files; i++)
            out->n_alike += tn__extensions_match(&alike, found->directories[d]->names +
                                                             found->directories[d]->order[i]);
}

/* Finds a file about which there is advice. */
static int find_advice(const tn__scan_options *scan, advised *out)
{
    tn__text *const file = &out->file;
    tn__extensions extensions;
    tn__scan_options other = *scan;
    tn__scan_result found = {0};
    tn__advice_extensions(&extensions);
    other.extensions = &extensions;
    const int status = tn__scan(&other, &found);
    for (size_t d = 0; d < found.n_directories && file->length == 0; d++) {
        const tn__directory *const directory = found.directories[d];
        if (directory->n_files > 0)
            tn__text_printf(file, "%s%s%s", directory->path, directory->path[0] ? "/" : "",
                            directory->names + directory->order[0]);
    }
    count_alike(&found, out);
    tn__scan_free(&found);
    return file->failed ? tn__fail_memory("a path", file->capacity) : status;
}

static void fail_advised(const tn_dataset_options *options, const advised *found)
{
    const char *const file = found->file.chars, *const extension = strrchr(file, '.');
    if (tn__advice_is_image(file))
        tn__fail(TN_EINVAL,
                 "no images in \"%s\": no file has an extension of %s; %lld %s with %s: say "
                 "extensions=%s",
                 options->root, options->extensions, (long long)found->n_alike,
                 found->n_alike == 1 ? "file ends" : "files end", extension, extension);
    else
        tn__fail(TN_EINVAL, "no images in \"%s\": no file has an extension of %s; \"%s\" %s",
                 options->root, options->extensions, file, tn__advice_for(file));
}

static int fail_empty(const tn_dataset_options *options, const tn__scan_options *scan,
                      int64_t n_files)
{
    if (n_files > 0)
        return tn__fail(TN_EINVAL,
                        "no images in \"%s\": none of the folders of its %lld files is named in "
                        "the class map \"%s\"",
                        options->root, (long long)n_files, options->class_map);
    advised found = {.n_alike = 0};
    const int status = find_advice(scan, &found);
    if (status == TN_OK && found.file.length > 0)
        fail_advised(options, &found);
    else if (status == TN_OK)
        tn__fail(TN_EINVAL, "no images in \"%s\": no file has an extension of %s", options->root,
                 options->extensions);
    tn__text_free(&found.file);
    return tn__error_last()->code;
}

static int open_root(folder *self, const char *path)
{
    const int status = tn__source_begin(&self->source, &folder_ops, path, path);
    if (status != TN_OK)
        return status;
    self->descriptor = tn__open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (self->descriptor < 0)
        return tn__root_fail(path);
    return TN_OK;
}

static int fill(folder *self, const tn_dataset_options *options, tn__scan_result *scanned)
{
    tn__extensions extensions;
    int status = tn__extensions_parse(options->extensions, &extensions);
    if (status == TN_OK)
        status = open_root(self, options->root);
    if (status == TN_OK && options->class_map)
        status = tn__classmap_read(options->class_map, options->root, &self->classes);
    if (status != TN_OK)
        return status;
    const tn__scan_options scan = {.root = self->descriptor,
                                   .name = options->root,
                                   .extensions = &extensions,
                                   .n_threads = options->threads,
                                   .progress = options->progress == TN_YES,
                                   .stop = options->stop};
    room counted = {0};
    status = tn__scan(&scan, scanned);
    if (status == TN_OK)
        status = name_classes(self, scanned, options->class_map != NULL);
    if (status == TN_OK)
        status = check_names(self, scanned);
    if (status == TN_OK)
        status = reserve(self, scanned, &counted);
    if (status == TN_OK)
        status = add_all(self, scanned, &counted);
    if (status == TN_OK && self->source.n_samples == 0)
        status = fail_empty(options, &scan, scanned->n_files);
    self->source.n_classes = self->classes.n;
    self->source.class_names = self->classes.names;
    return status == TN_OK ? tn__source_add_fingerprint(&self->source) : status;
}

static tn__source *open_folder(const tn__source_options *options)
{
    folder *const self = calloc(1, sizeof *self);
    if (!self) {
        tn__fail_memory("a data set", sizeof *self);
        return NULL;
    }
    self->descriptor = -1;
    tn__scan_result scanned = {0};
    const int status = fill(self, options->dataset, &scanned);
    tn__scan_free(&scanned);
    if (status == TN_OK)
        return &self->source;
    destroy(&self->source);
    return NULL;
}

static int claims(tn__root_facts *root)
{
    return tn__root_is_folder(root);
}

const tn__source_kind tn__kind_folder = {
    .spec =
        {
            .name = "folder",
            .aliases = "image_folder torch/image_folder torch/folder",
            .doc = "A folder of images; the folder that directly holds a file names its class.",
            .source = "timm 1.0.31 reader_image_folder.py",
            .speed = "5.1 times timm",
            .shared = {tn__kind_params},
        },
    .needs_folder = true,
    .claims = claims,
    .open = open_folder,
};
