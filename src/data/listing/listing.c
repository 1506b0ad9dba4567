/* SPDX-License-Identifier: MIT */
/* Looks samples up in a listing, and checks one that was read from a file. See listing.h. */
#include "data/listing/listing.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/each.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/stamp.h"
#include "base/varint.h"
#include "data/classmap.h"
#include "data/labels.h"

enum { BLOCK = TN__LISTING_BLOCK };
/* Blocks that a thread checks at once; fewer are not worth a thread. */
enum { BLOCKS_AT_ONCE = 256 };

static int64_t n_blocks(const tn__listing *listing)
{
    return (listing->n_samples + BLOCK - 1) / BLOCK;
}

static const uint8_t *block_of(const tn__listing *listing, int directory, int64_t block)
{
    const uint8_t *const offsets = listing->sections[directory];
    return listing->sections[directory + 1] + tn__get_64(offsets + 8 * block);
}

size_t tn__listing_bytes(const tn__listing *listing)
{
    return (size_t)tn__get_64(listing->bytes + TN__LISTING_SIZE);
}

const char *tn__listing_key(const tn__listing *listing)
{
    return (const char *)listing->sections[TN__LISTING_KEY];
}

tn__listed_file tn__listed_file_of(const char *path, const struct stat *facts)
{
    return (tn__listed_file){.path = path,
                             .bytes = facts->st_size,
                             .stamp = tn__stamp(&facts->st_mtim),
                             .inode = facts->st_ino};
}

bool tn__listed_file_is_equal(const tn__listed_file *a, const tn__listed_file *b)
{
    return a->bytes == b->bytes && a->stamp == b->stamp && a->inode == b->inode;
}

tn__listed_file tn__listing_file(const tn__listing *listing, uint32_t file)
{
    const uint8_t *const entry =
        listing->sections[TN__LISTING_FILES] + (size_t)file * TN__LISTING_FILE;
    return (tn__listed_file){.bytes = (int64_t)tn__get_64(entry),
                             .stamp = (int64_t)tn__get_64(entry + 8),
                             .inode = tn__get_64(entry + 16),
                             .path = (const char *)listing->sections[TN__LISTING_PATHS] +
                                     tn__get_64(entry + 24)};
}

/* A place begins with a word: if its lowest bit is 1, the file's number is above it, and the offset
 * follows. Otherwise the sample lies in the same file as the one before, and the word has the
 * distance from that one's end. Twice the length comes next, plus 1 if the sample is coded; then
 * the length of its contents and the number of its coding follow. */
tn__listed_place tn__listing_place(const tn__listing *listing, int64_t sample)
{
    const uint8_t *at = block_of(listing, TN__LISTING_PLACE_BLOCKS, sample / BLOCK);
    tn__listed_place place = {0};
    for (int64_t left = sample % BLOCK; left >= 0; left--) {
        const uint64_t word = tn__varint_get(&at);
        if (word & 1) {
            place.file = (uint32_t)(word >> 1);
            place.offset = (int64_t)tn__varint_get(&at);
        } else {
            place.offset += place.length + tn__unzigzag(word >> 1);
        }
        const uint64_t length = tn__varint_get(&at);
        place.length = (int64_t)(length >> 1);
        place.coding.is_coded = length & 1;
        place.coding.content = place.coding.is_coded ? (int64_t)tn__varint_get(&at) : 0;
        place.coding.number = place.coding.is_coded ? (uint32_t)tn__varint_get(&at) : 0;
    }
    return place;
}

int64_t tn__listing_label(const tn__listing *listing, int64_t sample)
{
    const uint8_t *const at =
        listing->sections[TN__LISTING_LABELS] + (size_t)sample * listing->label_bytes;
    switch (listing->label_bytes) {
    case 1: return *at - 1;
    case 2: return tn__get_16(at) - 1;
    case 4: return (int64_t)tn__get_32(at) - 1;
    case 8: return (int64_t)(tn__get_64(at) - 1);
    default: return -1;
    }
}

static uint64_t start_of(const tn__listing *listing, int64_t sample)
{
    return tn__get_64(listing->sections[TN__LISTING_LABELS] + 8 * sample);
}

void tn__listing_label_of(const tn__listing *listing, int64_t sample, tn__label *out)
{
    const uint8_t *const values = listing->sections[TN__LISTING_VALUES];
    *out = (tn__label){.kind = listing->shape.kind, .n = listing->shape.most};
    if (out->kind == TN_LABEL_INT) {
        out->value = tn__listing_label(listing, sample);
        return;
    }
    const bool are_equal = out->kind == TN_LABEL_FLOATS; /* in size */
    const uint64_t size = (uint64_t)listing->shape.most * sizeof *out->floats;
    const uint64_t start = are_equal ? (uint64_t)sample * size : start_of(listing, sample);
    const uint64_t end = are_equal ? start + size : start_of(listing, sample + 1);
    tn__label_read(end > start ? values + start : NULL, end - start, out);
}

void tn__names_from(const tn__listing *listing, int64_t sample, tn__name_reader *out)
{
    out->at = block_of(listing, TN__LISTING_NAME_BLOCKS, sample / BLOCK);
    out->n_name = 0;
    out->name[0] = '\0';
}

/* Reads a name over the one before it; returns its length. It is coded as the number of bytes that
 * the two share, the number of its other bytes, and these. The first name of a block shares none.
 */
static size_t read_name(const uint8_t **at, char name[TN__NAME_BYTES])
{
    const size_t n_shared = (size_t)tn__varint_get(at), n_other = (size_t)tn__varint_get(at);
    memcpy(name + n_shared, *at, n_other);
    *at += n_other;
    return n_shared + n_other;
}

void tn__names_next(tn__name_reader *names)
{
    names->n_name = read_name(&names->at, names->name);
    names->name[names->n_name] = '\0';
}

size_t tn__listing_name(const tn__listing *listing, int64_t sample, char out[TN__NAME_BYTES])
{
    const uint8_t *at = block_of(listing, TN__LISTING_NAME_BLOCKS, sample / BLOCK);
    size_t n_name = 0;
    for (int64_t left = sample % BLOCK; left >= 0; left--)
        n_name = read_name(&at, out);
    out[n_name] = '\0';
    return n_name;
}

static int fail(const char *what)
{
    return tn__fail(TN_EDECODE, "the list of samples is damaged: %s", what);
}

int64_t *tn__listing_count(tn_dataset_facts *facts, int place)
{
    switch (place) {
    case 0: return &facts->unmapped_folders;
    case 1: return &facts->unmapped_images;
    case TN__LISTING_UNMAPPED + TN__OTHER_FILES: return &facts->other_files;
    case TN__LISTING_UNMAPPED + TN__OTHER_MEMBERS: return &facts->other_members;
    case TN__LISTING_UNMAPPED + TN__OTHER_KEYS: return &facts->other_keys;
    case TN__LISTING_UNMAPPED + TN__NO_IMAGE: return &facts->without_image;
    default: return &facts->negative_labels;
    }
}

/* Reads the head, and finds the sections. `n_bytes` is at least TN__LISTING_HEAD. */
static int read_head(size_t n_bytes, tn__listing *self)
{
    const uint8_t *const head = self->bytes;
    uint64_t at = TN__LISTING_HEAD;
    for (int i = 0; i < TN__LISTING_SECTIONS; i++) {
        const uint64_t offset = tn__get_64(head + TN__LISTING_OFFSETS + 8 * i);
        if (offset < at || offset > n_bytes || offset % 8 != 0)
            return fail("its sections");
        self->sections[i] = self->bytes + offset;
        at = offset;
    }
    const uint64_t n_samples = tn__get_64(head + TN__LISTING_SAMPLES);
    const uint32_t n_classes = tn__get_32(head + TN__LISTING_N_CLASSES);
    if (n_samples > n_bytes || n_classes > TN__MAX_CLASSES)
        return fail("its counts");
    self->n_samples = (int64_t)n_samples;
    self->n_classes = (int32_t)n_classes;
    self->n_files = tn__get_32(head + TN__LISTING_N_FILES);
    self->label_bytes = tn__get_32(head + TN__LISTING_LABEL_BYTES);
    self->shape = (tn__label_shape){(int32_t)tn__get_32(head + TN__LISTING_LABEL_KIND), 1};
    self->fingerprint = tn__get_64(head + TN__LISTING_FINGERPRINT);
    self->left_out = (tn_dataset_facts){0};
    for (int place = 0; place < TN__LISTING_COUNTS; place++)
        *tn__listing_count(&self->left_out, place) =
            (int64_t)tn__get_64(head + TN__LISTING_LEFT_OUT + 8 * place);
    return TN_OK;
}

static const uint8_t *end_of(const tn__listing *self, int section)
{
    return section + 1 < TN__LISTING_SECTIONS ? self->sections[section + 1]
                                              : self->bytes + tn__listing_bytes(self);
}

static size_t room_of(const tn__listing *self, int section)
{
    return (size_t)(end_of(self, section) - self->sections[section]);
}

/* True if the section has a text at this offset that ends with a NUL. */
static bool has_text(const tn__listing *self, int section, uint64_t offset)
{
    const size_t room = room_of(self, section);
    return offset < room &&
           memchr(self->sections[section] + offset, 0, room - (size_t)offset) != NULL;
}

static bool files_are_sound(const tn__listing *self)
{
    if (self->n_files > room_of(self, TN__LISTING_FILES) / TN__LISTING_FILE)
        return false;
    for (uint32_t i = 0; i < self->n_files; i++) {
        const uint8_t *const entry =
            self->sections[TN__LISTING_FILES] + (size_t)i * TN__LISTING_FILE;
        if (!has_text(self, TN__LISTING_PATHS, tn__get_64(entry + 24)) ||
            tn__get_64(entry) > INT64_MAX)
            return false;
    }
    return true;
}

static int name_classes(tn__listing *self)
{
    const char *const text = (const char *)self->sections[TN__LISTING_CLASSES];
    size_t at = 0;
    self->class_names = malloc(((size_t)self->n_classes + 1) * sizeof *self->class_names);
    if (!self->class_names)
        return tn__fail_memory("class names", (size_t)self->n_classes * sizeof *self->class_names);
    for (int32_t label = 0; label < self->n_classes; label++) {
        if (!has_text(self, TN__LISTING_CLASSES, at))
            return fail("its classes");
        self->class_names[label] = text + at;
        at += strlen(text + at) + 1;
    }
    return TN_OK;
}

static bool is_class(const tn__listing *self, int64_t label, int64_t least)
{
    return label >= least && (self->n_classes == 0 || label < self->n_classes);
}

static bool ints_are_sound(const tn__listing *self)
{
    const uint32_t n = self->label_bytes;
    if ((n != 0 && n != 1 && n != 2 && n != 4) ||
        (n != 0 && (uint64_t)self->n_samples > room_of(self, TN__LISTING_LABELS) / n))
        return false;
    for (int64_t i = 0; n != 0 && i < self->n_samples; i++)
        if (!is_class(self, tn__listing_label(self, i), -1))
            return false;
    return true;
}

/* As many floats for each sample as there is room for. */
static bool floats_are_sound(tn__listing *self)
{
    const uint32_t n = self->label_bytes / sizeof(float);
    self->shape.most = n;
    return n > 0 && (uint64_t)self->n_samples <=
                        room_of(self, TN__LISTING_VALUES) / ((uint64_t)n * sizeof(float));
}

/* Checks the values of a label: classes, or one text. */
static bool value_is_sound(tn__listing *self, int64_t sample)
{
    tn__label label;
    tn__listing_label_of(self, sample, &label);
    if (label.n > self->shape.most)
        self->shape.most = label.n;
    if (label.kind == TN_LABEL_TEXT)
        return strnlen(label.text, (size_t)label.n + 1) == (size_t)label.n;
    for (int64_t k = 0; k < label.n; k++)
        if (!is_class(self, label.ints[k], 0))
            return false;
    return true;
}

/* Checks labels of any number of values: where they begin and end, and the values. */
static bool lists_are_sound(tn__listing *self)
{
    const bool is_text = self->shape.kind == TN_LABEL_TEXT;
    uint64_t before = 0;
    self->shape.most = 0;
    if (self->label_bytes != 8 ||
        (uint64_t)self->n_samples >= room_of(self, TN__LISTING_LABELS) / 8 ||
        start_of(self, 0) != 0)
        return false;
    for (int64_t i = 0; i < self->n_samples; i++) {
        const uint64_t end = start_of(self, i + 1);
        if (end < before + is_text || end > room_of(self, TN__LISTING_VALUES) ||
            (!is_text && end % 8 != 0) || !value_is_sound(self, i))
            return false;
        before = end;
    }
    return true;
}

static bool labels_are_sound(tn__listing *self)
{
    switch (self->shape.kind) {
    case TN_LABEL_INT: return ints_are_sound(self);
    case TN_LABEL_FLOATS: return floats_are_sound(self);
    case TN_LABEL_INTS:
    case TN_LABEL_TEXT: return lists_are_sound(self);
    default: return false;
    }
}

/* Finds the weights, if there are any, and checks them. */
static bool weights_are_sound(tn__listing *self)
{
    const size_t room = room_of(self, TN__LISTING_WEIGHTS);
    bool has_some = false;
    if (room == 0)
        return true;
    if ((uint64_t)self->n_samples > room / sizeof *self->weights)
        return false;
    self->weights = (const float *)(const void *)self->sections[TN__LISTING_WEIGHTS];
    for (int64_t i = 0; i < self->n_samples; i++) {
        if (!(self->weights[i] >= 0.0f && self->weights[i] <= FLT_MAX))
            return false;
        has_some |= self->weights[i] > 0.0f;
    }
    return has_some;
}

/* Checks the list of blocks: it has an end for each block, and ends within the next section. */
static bool blocks_are_sound(const tn__listing *self, int directory)
{
    const uint8_t *const offsets = self->sections[directory];
    uint64_t before = 0;
    if ((uint64_t)n_blocks(self) >= room_of(self, directory) / 8 || tn__get_64(offsets) != 0)
        return false;
    for (int64_t block = 0; block < n_blocks(self); block++) {
        const uint64_t end = tn__get_64(offsets + 8 * (block + 1));
        if (end < before)
            return false;
        before = end;
    }
    return before <= room_of(self, directory + 1);
}

static bool place_is_sound(const tn__listing *self, const tn__listed_place *place)
{
    if (place->file >= self->n_files)
        return false;
    const int64_t file_bytes = tn__listing_file(self, place->file).bytes;
    return place->offset >= 0 && place->length <= file_bytes &&
           place->offset <= file_bytes - place->length;
}

static bool try_coding(const uint8_t **at, const uint8_t *end)
{
    uint64_t content, number;
    return tn__varint_try(at, end, &content) && tn__varint_try(at, end, &number) &&
           content <= INT64_MAX && number <= UINT32_MAX;
}

/* Reads a place as tn__listing_place does, but each step may fail. */
static bool try_place(const tn__listing *self, const uint8_t **at, const uint8_t *end,
                      bool is_first, tn__listed_place *place)
{
    uint64_t word, number;
    if (!tn__varint_try(at, end, &word) || (is_first && !(word & 1)))
        return false;
    if (word & 1) {
        if (word >> 1 > UINT32_MAX || !tn__varint_try(at, end, &number))
            return false;
        place->file = (uint32_t)(word >> 1);
        place->offset = (int64_t)number;
    } else if (__builtin_add_overflow(place->offset + place->length, tn__unzigzag(word >> 1),
                                      &place->offset)) {
        return false;
    }
    if (!tn__varint_try(at, end, &number))
        return false;
    place->length = (int64_t)(number >> 1);
    return place_is_sound(self, place) && (!(number & 1) || try_coding(at, end));
}

static bool try_name(const uint8_t **at, const uint8_t *end, bool is_first, size_t *n_name)
{
    uint64_t n_shared, n_other;
    if (!tn__varint_try(at, end, &n_shared) || !tn__varint_try(at, end, &n_other))
        return false;
    if (n_shared > (is_first ? 0 : *n_name) || n_other >= TN__NAME_BYTES - n_shared ||
        n_other > (size_t)(end - *at) || memchr(*at, 0, (size_t)n_other))
        return false;
    *at += n_other;
    *n_name = (size_t)(n_shared + n_other);
    return true;
}

static int check_block(void *shared, void *own, int64_t block)
{
    (void)own;
    const tn__listing *const self = shared;
    const int64_t first = block * BLOCK;
    const int64_t n = self->n_samples - first < BLOCK ? self->n_samples - first : BLOCK;
    const uint8_t *places = block_of(self, TN__LISTING_PLACE_BLOCKS, block);
    const uint8_t *names = block_of(self, TN__LISTING_NAME_BLOCKS, block);
    const uint8_t *const end_of_places = block_of(self, TN__LISTING_PLACE_BLOCKS, block + 1);
    const uint8_t *const end_of_names = block_of(self, TN__LISTING_NAME_BLOCKS, block + 1);
    tn__listed_place place = {0};
    size_t n_name = 0;
    for (int64_t i = 0; i < n; i++)
        if (!try_place(self, &places, end_of_places, i == 0, &place) ||
            !try_name(&names, end_of_names, i == 0, &n_name))
            return fail("a sample");
    return places == end_of_places && names == end_of_names ? TN_OK : fail("a block");
}

static int check_blocks(tn__listing *self, int32_t n_threads)
{
    if (!blocks_are_sound(self, TN__LISTING_PLACE_BLOCKS) ||
        !blocks_are_sound(self, TN__LISTING_NAME_BLOCKS))
        return fail("its blocks");
    int status = TN_OK;
    if (n_blocks(self) <= BLOCKS_AT_ONCE) {
        for (int64_t block = 0; block < n_blocks(self) && status == TN_OK; block++)
            status = check_block(self, NULL, block);
        return status;
    }
    const tn__each_work work = {.name = "tench/listing",
                                .n = n_blocks(self),
                                .n_threads = n_threads,
                                .block = BLOCKS_AT_ONCE,
                                .shared = self,
                                .visit = check_block};
    return tn__each_run(&work, (tn__each_watch){.doing = "checking a list"});
}

static int open_bytes(size_t n_bytes, int32_t n_threads, tn__listing *self)
{
    if (n_bytes < TN__LISTING_HEAD || memcmp(self->bytes, TN__LISTING_MAGIC, 8) != 0)
        return fail("its head");
    if (tn__listing_bytes(self) != n_bytes)
        return fail("its length");
    if (tn__hash_of(self->bytes + TN__LISTING_FINGERPRINT, n_bytes - TN__LISTING_FINGERPRINT) !=
        tn__get_64(self->bytes + TN__LISTING_SUM))
        return fail("its checksum");
    int status = read_head(n_bytes, self);
    if (status == TN_OK && (!has_text(self, TN__LISTING_KEY, 0) || !files_are_sound(self)))
        status = fail("its files");
    if (status == TN_OK)
        status = name_classes(self);
    if (status == TN_OK && !labels_are_sound(self))
        status = fail("its labels");
    if (status == TN_OK && !weights_are_sound(self))
        status = fail("its weights");
    return status == TN_OK ? check_blocks(self, n_threads) : status;
}

int tn__listing_open(uint8_t *bytes, size_t n_bytes, int32_t n_threads, tn__listing *out)
{
    *out = (tn__listing){0};
    out->bytes = bytes;
    const int status = open_bytes(n_bytes, n_threads, out);
    if (status != TN_OK)
        tn__listing_free(out);
    return status;
}

void tn__listing_free(tn__listing *listing)
{
    free(listing->bytes);
    free(listing->class_names);
    *listing = (tn__listing){0};
}
