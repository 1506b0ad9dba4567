/* SPDX-License-Identifier: MIT */
/* Reads manifests. See manifest.h.
 *
 * The head has the length of each part. The reader takes the parts in pieces, and checks each piece
 * before it reads the next: so it refuses a file that is merely long, for example one full of
 * zeros, at once. */
#include "data/pack/manifest.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/read.h"
#include "base/text.h"
#include "cpu/checksum.h"
#include "data/classmap.h"
#include "data/pack/names.h"
#include "tench.h"

const uint8_t tn__manifest_magic[TN__PACK_MAGIC] = {0x8a, 'T', 'N', 'P',
                                                    'A',  'C', 'K', TN__MANIFEST_WEIGHTS};
enum { PIECE = 1 << 20 };
/* The longest name of a folder. Names in a class map have a limit for all of them together. */
enum { CLASS_NAME_BYTES = NAME_MAX + 1 };

/* A manifest that is being read. */
typedef struct reader {
    int file;
    const char *path; /* of the manifest's folder */
    tn__manifest *to;
    uint64_t size, have; /* bytes of the file, and bytes that were read */
    size_t head_bytes, entry_bytes;
    uint64_t class_bytes, name_bytes, split_bytes;
} reader;

int tn__manifest_is_in(const char *folder)
{
    tn__text path = {0};
    struct stat facts;
    tn__text_add(&path, folder);
    tn__text_add(&path, "/" TN__PACK_MANIFEST);
    int answer = path.failed ? tn__fail_memory("a path", path.capacity) : 1;
    if (answer > 0 && !tn__stat(path.chars, &facts))
        answer = tn__errno_is_systemic(errno) ? tn__fail_system(errno, "%s", path.chars) : 0;
    tn__text_free(&path);
    return answer;
}

static int fail_read(const reader *self, const char *what)
{
    return tn__fail(TN_EDECODE, "%s/" TN__PACK_MANIFEST " %s", self->path, what);
}

/* Reads up to byte `end`. */
static int read_up_to(reader *self, uint64_t end)
{
    if (!tn__read_at(self->file, self->to->bytes + self->have, (size_t)(end - self->have),
                     (int64_t)self->have))
        return errno ? tn__fail_system(errno, "%s/" TN__PACK_MANIFEST, self->path)
                     : fail_read(self, "shrank while it was read");
    self->have = end;
    return TN_OK;
}

/* Reads `n` texts, each with its NUL, that fill n_bytes. is_valid NULL: any text is valid, even an
 * empty class name, since a class map may have blank lines. */
static int read_texts(reader *self, uint64_t n_bytes, int64_t n, bool (*is_valid)(const char *),
                      const char **out)
{
    const uint64_t end = self->have + n_bytes;
    const uint8_t *at = self->to->bytes + self->have;
    int64_t found = 0;
    while (self->have < end) {
        const uint8_t *look = self->to->bytes + self->have, *nul;
        const int status = read_up_to(self, end - self->have < PIECE ? end : self->have + PIECE);
        if (status != TN_OK)
            return status;
        const uint8_t *const stop = self->to->bytes + self->have;
        for (; (nul = memchr(look, 0, (size_t)(stop - look))) != NULL; at = look = nul + 1) {
            if (found == n || (is_valid && !is_valid((const char *)at)))
                return fail_read(self, "is damaged: it has an invalid name");
            out[found++] = (const char *)at;
        }
    }
    return found == n && at == self->to->bytes + end
               ? TN_OK
               : fail_read(self, "is damaged: it lacks names");
}

static bool is_known_kind(const reader *self, uint32_t kind)
{
    const bool has_pixels = self->to->bytes[TN__PACK_VERSION_AT] >= TN__MANIFEST_PIXELS;
    return kind == TN__PACK_COEFFICIENTS || kind == TN__PACK_FILE ||
           (has_pixels && (kind == TN__PACK_PIXELS || kind == TN__PACK_PIXELS_AND_FILE));
}

/* True if the record can have this length. */
static bool check_length(const tn__pack_entry *entry)
{
    if (entry->kind == TN__PACK_FILE)
        return entry->file_bytes == entry->length;
    return entry->kind != TN__PACK_PIXELS_AND_FILE || entry->file_bytes < entry->length;
}

/* An entry, its labels in the data set and in its split, and its weight. */
typedef struct sample_entry {
    tn__pack_entry entry;
    uint32_t label, split_label;
    float weight;
} sample_entry;

static bool has_weights(const reader *self)
{
    return self->to->bytes[TN__PACK_VERSION_AT] >= TN__MANIFEST_WEIGHTS;
}

static bool read_entry(const reader *self, const uint8_t *raw, sample_entry *out)
{
    const tn__manifest *const to = self->to;
    const uint32_t label = tn__get_32(raw + TN__ENTRY_LABEL);
    tn__pack_entry *const entry = &out->entry;
    *out = (sample_entry){.label = label & ((1u << TN__MANIFEST_LABEL_BITS) - 1)};
    *entry = (tn__pack_entry){.offset = tn__get_64(raw + TN__ENTRY_OFFSET),
                              .length = tn__get_64(raw + TN__ENTRY_LENGTH),
                              .checksum = tn__get_64(raw + TN__ENTRY_CHECKSUM),
                              .shard = tn__get_32(raw + TN__ENTRY_SHARD),
                              .kind = label >> TN__MANIFEST_LABEL_BITS};
    if (self->entry_bytes == TN__MANIFEST_ENTRY) {
        entry->file_bytes = tn__get_64(raw + TN__ENTRY_FILE_BYTES);
        out->split_label = tn__get_32(raw + TN__ENTRY_SPLIT_LABEL);
        if (has_weights(self))
            memcpy(&out->weight, raw + TN__ENTRY_WEIGHT, sizeof out->weight);
    } else if (entry->kind == TN__PACK_FILE) {
        entry->file_bytes = entry->length;
    }
    return entry->shard < to->n_shards && entry->offset <= INT64_MAX &&
           entry->length <= INT64_MAX - entry->offset && entry->file_bytes <= INT64_MAX &&
           out->label < (uint32_t)to->n_classes && is_known_kind(self, entry->kind) &&
           check_length(entry) && out->weight >= 0.0f && out->weight <= FLT_MAX;
}

static int fail_entry(const reader *self)
{
    return fail_read(self, "is damaged: it has an invalid entry");
}

/* Checks the last entry before memory is taken for all: a sparse file has only zeros there. */
static int check_last_entry(const reader *self)
{
    uint8_t raw[TN__MANIFEST_ENTRY];
    sample_entry last;
    const uint64_t at = self->head_bytes + ((uint64_t)self->to->n_samples - 1) * self->entry_bytes;
    if (tn__read_at(self->file, raw, self->entry_bytes, (int64_t)at))
        return read_entry(self, raw, &last) ? TN_OK : fail_entry(self);
    return errno ? tn__fail_system(errno, "%s/" TN__PACK_MANIFEST, self->path) : fail_entry(self);
}

static int read_entries(reader *self)
{
    tn__manifest *const to = self->to;
    const uint64_t end = self->have + (uint64_t)to->n_samples * self->entry_bytes;
    const uint64_t piece = PIECE / self->entry_bytes * self->entry_bytes;
    int64_t sample = 0;
    while (self->have < end) {
        const uint8_t *raw = to->bytes + self->have;
        const int status = read_up_to(self, end - self->have < piece ? end : self->have + piece);
        if (status != TN_OK)
            return status;
        for (; raw < to->bytes + self->have; raw += self->entry_bytes, sample++) {
            sample_entry one;
            if (!read_entry(self, raw, &one))
                return fail_entry(self);
            to->entries[sample] = one.entry;
            to->labels[sample] = one.label;
            to->split_labels[sample] = one.split_label;
            if (to->weights)
                to->weights[sample] = one.weight;
        }
    }
    return TN_OK;
}

/* Reads the fixed fields of a split that begins at sample `first`. */
static bool read_split(const tn__manifest *to, const uint8_t *raw, int64_t first,
                       tn__manifest_split *split)
{
    const char *const name = (const char *)raw + TN__SPLIT_NAME;
    const uint64_t n = tn__get_64(raw + TN__SPLIT_SAMPLES);
    const uint32_t n_classes = tn__get_32(raw + TN__SPLIT_CLASSES);
    const size_t n_name = strnlen(name, TN__SPLIT_NAME_BYTES);
    const bool is_name = n_name < TN__SPLIT_NAME_BYTES && tn__split_is_name(name, n_name);
    *split = (tn__manifest_split){.name = is_name ? name : NULL,
                                  .fingerprint = tn__get_64(raw + TN__SPLIT_FINGERPRINT),
                                  .first = first,
                                  .n = (int64_t)n,
                                  .n_classes = (int32_t)n_classes};
    return split->name && tn__get_64(raw + TN__SPLIT_FIRST) == (uint64_t)first && n > 0 &&
           n <= (uint64_t)(to->n_samples - first) && n_classes > 0 && n_classes <= TN__MAX_CLASSES;
}

/* True if the names of the split's samples begin with its folder, and their labels are in range. */
static bool check_split(const tn__manifest *to, const tn__manifest_split *split)
{
    const size_t length = strlen(split->name);
    for (int64_t i = split->first; i < split->first + split->n; i++)
        if (strncmp(to->names[i], split->name, length) != 0 || to->names[i][length] != '/' ||
            to->split_labels[i] >= (uint32_t)split->n_classes)
            return false;
    return true;
}

/* Reads the splits. Each sample must belong to exactly one. */
static int read_splits(reader *self)
{
    tn__manifest *const to = self->to;
    const uint64_t end = self->have + self->split_bytes;
    const uint8_t *const table = to->bytes + self->have;
    int64_t first = 0;
    if (self->split_bytes < (uint64_t)to->n_splits * TN__MANIFEST_SPLIT)
        return fail_read(self, "is damaged: its splits exceed their part of the file");
    int status = read_up_to(self, self->have + (uint64_t)to->n_splits * TN__MANIFEST_SPLIT);
    for (int32_t i = 0; i < to->n_splits && status == TN_OK; i++) {
        const uint8_t *const raw = table + (size_t)i * TN__MANIFEST_SPLIT;
        const uint64_t n_bytes = tn__get_64(raw + TN__SPLIT_CLASS_BYTES);
        tn__manifest_split *const split = &to->splits[i];
        if (!read_split(to, raw, first, split) || !check_split(to, split) ||
            n_bytes > end - self->have)
            return fail_read(self, "is damaged: it has an invalid split");
        first += split->n;
        split->class_names = calloc((size_t)split->n_classes, sizeof *split->class_names);
        if (!split->class_names)
            return tn__fail_memory("class names", (size_t)split->n_classes * sizeof(char *));
        status = read_texts(self, n_bytes, split->n_classes, NULL, split->class_names);
    }
    if (status == TN_OK && (self->have != end || (to->n_splits > 0 && first != to->n_samples)))
        return fail_read(self, "is damaged: its splits do not fill their part of the file");
    return status;
}

static int take_memory(reader *self)
{
    tn__manifest *const to = self->to;
    const size_t n = (size_t)to->n_samples;
    to->entries = calloc(n, sizeof *to->entries);
    to->labels = calloc(n, sizeof *to->labels);
    to->split_labels = calloc(n, sizeof *to->split_labels);
    const bool needs_weights = has_weights(self);
    to->weights = needs_weights ? calloc(n, sizeof *to->weights) : NULL;
    to->names = calloc(n, sizeof *to->names);
    to->class_names = calloc((size_t)to->n_classes, sizeof *to->class_names);
    uint8_t *const bytes = malloc((size_t)self->size);
    if (bytes)
        memcpy(bytes, to->bytes, self->have);
    free(to->bytes);
    to->bytes = bytes;
    const bool has_all =
        to->entries && to->labels && to->split_labels && to->names && to->class_names && bytes;
    if (has_all && (to->weights || !needs_weights))
        return TN_OK;
    return tn__fail_memory("a manifest", self->size);
}

/* True if the head's sizes are possible, and add up to the file. */
static bool check_sizes(const reader *self, uint64_t n)
{
    const tn__manifest *const to = self->to;
    const uint64_t n_classes = (uint64_t)to->n_classes;
    const uint64_t most_class_bytes = n_classes * CLASS_NAME_BYTES + TN__CLASS_MAP_BYTES;
    return self->size < (uint64_t)1 << 60 && /* no sum below overflows */
           tn__get_64(to->bytes + TN__MANIFEST_SIZE) == self->size && n > 0 &&
           n <= self->size / self->entry_bytes && to->n_classes > 0 && to->n_shards > 0 &&
           to->n_shards <= n && self->class_bytes <= most_class_bytes &&
           self->name_bytes <= self->size && self->name_bytes / PATH_MAX <= n &&
           to->n_splits <= TN__MAX_SPLITS &&
           self->split_bytes <= (uint64_t)to->n_splits * (TN__MANIFEST_SPLIT + most_class_bytes) &&
           self->head_bytes + n * self->entry_bytes + self->class_bytes + self->name_bytes +
                   self->split_bytes ==
               self->size;
}

static int read_head(reader *self)
{
    tn__manifest *const to = self->to;
    to->bytes = calloc(1, TN__MANIFEST_HEAD);
    if (!to->bytes)
        return tn__fail_memory("a manifest", TN__MANIFEST_HEAD);
    if (self->size < TN__MANIFEST_HEAD_1)
        return fail_read(self, "is not a pack's manifest");
    int status = read_up_to(self, TN__MANIFEST_HEAD_1);
    if (status != TN_OK)
        return status;
    const int version = to->bytes[TN__PACK_VERSION_AT];
    if (memcmp(to->bytes, tn__manifest_magic, TN__PACK_VERSION_AT) != 0)
        return fail_read(self, "is not a pack's manifest");
    if (version < 1 || version > tn__manifest_magic[TN__PACK_VERSION_AT])
        return tn__fail(TN_EDECODE,
                        "%s/" TN__PACK_MANIFEST
                        " has version %d; this build reads up to version %d",
                        self->path, version, tn__manifest_magic[TN__PACK_VERSION_AT]);
    if (version == 1) {
        self->head_bytes = TN__MANIFEST_HEAD_1;
        self->entry_bytes = TN__MANIFEST_ENTRY_1;
    }
    if (self->size < self->head_bytes)
        return fail_read(self, "is damaged: it ends within its head");
    return read_up_to(self, self->head_bytes);
}

static int parse_head(reader *self)
{
    tn__manifest *const to = self->to;
    const uint8_t *const head = to->bytes;
    const uint64_t n = tn__get_64(head + TN__MANIFEST_SAMPLES);
    const uint32_t n_classes = tn__get_32(head + TN__MANIFEST_CLASSES);
    const uint32_t n_splits = tn__get_32(head + TN__MANIFEST_SPLITS);
    to->n_samples = (int64_t)n;
    to->n_classes = n_classes <= TN__MAX_CLASSES ? (int32_t)n_classes : 0;
    to->n_shards = tn__get_32(head + TN__MANIFEST_SHARDS);
    to->fingerprint = tn__get_64(head + TN__MANIFEST_FINGERPRINT);
    self->class_bytes = tn__get_64(head + TN__MANIFEST_CLASS_BYTES);
    self->name_bytes = tn__get_64(head + TN__MANIFEST_NAME_BYTES);
    if (self->head_bytes == TN__MANIFEST_HEAD) {
        to->n_splits = n_splits <= TN__MAX_SPLITS ? (int32_t)n_splits : TN__MAX_SPLITS + 1;
        self->split_bytes = tn__get_64(head + TN__MANIFEST_SPLIT_BYTES);
    }
    return check_sizes(self, n)
               ? TN_OK
               : fail_read(self, "is damaged: the sizes of its parts do not add up");
}

/* Checks that each name is unique, and none is the folder of another: else unpacking would lose
 * files.
 */
static int check_names(const reader *self)
{
    const tn__manifest *const to = self->to;
    tn__name_clash clash;
    const int status = tn__names_check(to->names, to->n_samples, &clash);
    if (status != TN_OK || clash.kind == TN__NAMES_UNIQUE)
        return status;
    return tn__fail(TN_EDECODE,
                    clash.kind == TN__NAMES_TWICE
                        ? "%s/" TN__PACK_MANIFEST " is damaged: it has \"%s\" twice"
                        : "%s/" TN__PACK_MANIFEST
                          " is damaged: it has \"%s\" as a file and as a folder",
                    self->path, to->names[clash.sample]);
}

static int check_weights(const reader *self)
{
    const tn__manifest *const to = self->to;
    int64_t sample = 0;
    while (to->weights && sample < to->n_samples && to->weights[sample] == 0.0f)
        sample++;
    return !to->weights || sample < to->n_samples
               ? TN_OK
               : fail_read(self, "is damaged: all its weights are 0");
}

static int check_sum(const reader *self)
{
    const uint8_t *const bytes = self->to->bytes;
    const uint64_t sum =
        tn__checksum(bytes + TN__MANIFEST_SIZE, (size_t)self->size - TN__MANIFEST_SIZE);
    return sum == tn__get_64(bytes + TN__MANIFEST_CHECKSUM)
               ? TN_OK
               : fail_read(self, "is damaged: its checksum differs");
}

static int read_all(reader *self)
{
    tn__manifest *const to = self->to;
    int status = read_head(self);
    if (status == TN_OK)
        status = parse_head(self);
    if (status == TN_OK)
        status = check_last_entry(self);
    if (status == TN_OK)
        status = take_memory(self);
    if (status == TN_OK)
        status = read_entries(self);
    if (status == TN_OK)
        status = read_texts(self, self->class_bytes, to->n_classes, NULL, to->class_names);
    if (status == TN_OK)
        status = read_texts(self, self->name_bytes, to->n_samples, tn__name_is_safe, to->names);
    if (status == TN_OK)
        status = read_splits(self);
    if (status == TN_OK)
        status = check_sum(self);
    if (status == TN_OK)
        status = check_weights(self);
    return status == TN_OK ? check_names(self) : status;
}

/* Opens it for reading. */
static int open_manifest(reader *self, int folder)
{
    struct stat facts;
    self->head_bytes = TN__MANIFEST_HEAD; /* as this version has it */
    self->entry_bytes = TN__MANIFEST_ENTRY;
    self->file = tn__open_at(folder, TN__PACK_MANIFEST, O_RDONLY | O_NONBLOCK);
    if (self->file < 0 || !tn__stat_open(self->file, &facts)) {
        const int reason = errno;
        if (self->file >= 0)
            close(self->file);
        return tn__fail_system(reason, "%s/" TN__PACK_MANIFEST, self->path);
    }
    self->size = (uint64_t)facts.st_size;
    if (S_ISREG(facts.st_mode))
        return TN_OK;
    close(self->file);
    return fail_read(self, "is not a file");
}

int tn__manifest_read(int folder, const char *path, tn__manifest *manifest)
{
    *manifest = (tn__manifest){0};
    reader self = {.path = path, .to = manifest};
    int status = open_manifest(&self, folder);
    if (status != TN_OK)
        return status;
    status = read_all(&self);
    close(self.file);
    manifest->n_bytes = (size_t)self.have;
    return status;
}

/* Lists the names in the table of splits, which begins the last part. */
static int list_splits(reader *self, tn__splits *out)
{
    uint8_t raw[TN__MANIFEST_SPLIT];
    for (int32_t i = 0; i < self->to->n_splits; i++) {
        const uint64_t at = self->size - self->split_bytes + (uint64_t)i * sizeof raw;
        tn__manifest_split split;
        if (self->split_bytes < (uint64_t)self->to->n_splits * sizeof raw ||
            !tn__read_at(self->file, raw, sizeof raw, (int64_t)at))
            return fail_read(self, "is damaged: it lacks splits");
        (void)read_split(self->to, raw, 0, &split);
        if (!split.name)
            return fail_read(self, "is damaged: it has an invalid split");
        const int status = tn__splits_add_name(out, split.name, strlen(split.name));
        if (status != TN_OK)
            return status;
    }
    return TN_OK;
}

int tn__manifest_splits(int folder, const char *path, tn__splits *out)
{
    tn__manifest manifest = {0};
    reader self = {.path = path, .to = &manifest};
    *out = (tn__splits){0};
    int status = open_manifest(&self, folder);
    if (status != TN_OK)
        return status;
    status = read_head(&self);
    if (status == TN_OK)
        status = parse_head(&self);
    if (status == TN_OK)
        status = list_splits(&self, out);
    close(self.file);
    tn__manifest_free(&manifest);
    return status;
}

void tn__manifest_free(tn__manifest *manifest)
{
    for (int32_t i = 0; i < TN__MAX_SPLITS; i++)
        free(manifest->splits[i].class_names);
    free(manifest->entries);
    free(manifest->labels);
    free(manifest->split_labels);
    free(manifest->weights);
    free(manifest->class_names);
    free(manifest->names);
    free(manifest->bytes);
    *manifest = (tn__manifest){0};
}
