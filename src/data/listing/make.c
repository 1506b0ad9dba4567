/* SPDX-License-Identifier: MIT */
/* Makes a listing of drafts. See make.h.
 *
 * One word names a drafted sample: the number of its draft, and its number there. */
#include "data/listing/make.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/varint.h"
#include "data/merge.h"
#include "data/natural.h"
#include "data/sort_names.h"
#include "data/source.h"

enum { NUMBER_BITS = 40 };
/* Names in shorter runs are sorted faster than merged. */
enum { SHORT_RUN = 32 };
/* Samples that are fetched from memory before they are needed. */
enum { AHEAD = 16 };

/* Labels of classes that the class map lacks: of one with images that were left out, or without. */
enum { UNMAPPED = -2, UNMAPPED_SEEN = -3 };

typedef struct making {
    const tn__listing_wanted *wanted;
    tn__classmap own; /* classes that the samples name */
    const tn__classmap *classes;
    int32_t **labels;   /* for each draft: the labels of its classes */
    int32_t *of_number; /* the label of each of wanted->numbered, or UNMAPPED, UNMAPPED_SEEN */
    tn__blob mapped;    /* labels of one sample */
    uint64_t *words;    /* samples that stay, in their order */
    int64_t n;
    size_t *runs; /* places in `words` where ordered runs begin */
    size_t n_runs;
    int64_t largest; /* label; -1: no sample has one */
    tn__labels kept; /* if they are not integers: in the order of the words */
    tn_dataset_facts left_out;
    tn__blob sections[TN__LISTING_SECTIONS];
} making;

static const tn__draft *draft_of(const making *self, uint64_t word)
{
    return &self->wanted->drafts[word >> NUMBER_BITS];
}

static const tn__drafted *sample_of(const making *self, uint64_t word)
{
    return &draft_of(self, word)->samples[word & (((uint64_t)1 << NUMBER_BITS) - 1)];
}

static tn__coding coding_of(const making *self, uint64_t word)
{
    const tn__draft *const draft = draft_of(self, word);
    return draft->codings ? draft->codings[sample_of(self, word) - draft->samples]
                          : (tn__coding){0};
}

static const char *name_of(const making *self, uint64_t word)
{
    return draft_of(self, word)->names.chars + sample_of(self, word)->name;
}

/* The label of an integer that a draft has; under -1: the class map lacks its class. */
static int64_t label_of_number(const making *self, int64_t number)
{
    return number >= 0 && self->of_number ? self->of_number[number] : number;
}

/* The label; under -1: the class map lacks the sample's class. */
static int64_t label_of(const making *self, size_t draft, const tn__drafted *sample)
{
    if (sample->label >= -1)
        return label_of_number(self, sample->label);
    assert(self->labels[draft]);
    const int32_t label = self->labels[draft][-2 - sample->label];
    return label >= 0 ? label : UNMAPPED;
}

static int compare_classes(const void *a, const void *b)
{
    return tn__natural_compare(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts names and removes those that occur again. Returns how many are left. */
static size_t sort_unique(const char **names, size_t n)
{
    size_t n_unique = 0;
    qsort(names, n, sizeof *names, compare_classes);
    for (size_t i = 0; i < n; i++)
        if (n_unique == 0 || strcmp(names[n_unique - 1], names[i]) != 0)
            names[n_unique++] = names[i];
    return n_unique;
}

/* Finds the classes: those of the class map, or those that the samples name. */
static int find_classes(making *self)
{
    const tn__listing_wanted *const wanted = self->wanted;
    size_t n = 0;
    for (size_t d = 0; d < wanted->n_drafts; d++)
        n += wanted->drafts[d].n_classes;
    const char **const names = malloc((n + 1) * sizeof *names);
    if (!names)
        return tn__fail_memory("class names", n * sizeof *names);
    n = 0;
    for (size_t d = 0; d < wanted->n_drafts; d++)
        for (size_t i = 0; i < wanted->drafts[d].n_classes; i++)
            names[n++] = wanted->drafts[d].class_names.chars + wanted->drafts[d].class_at[i];
    n = sort_unique(names, n);
    int status = TN_OK;
    if (!wanted->classes)
        status = tn__classmap_make(names, n, &self->own);
    for (size_t i = 0; i < n && status == TN_OK; i++)
        self->left_out.unmapped_folders += tn__classmap_find(self->classes, names[i]) < 0;
    free(names);
    return status;
}

static int find_labels(making *self)
{
    const tn__listing_wanted *const wanted = self->wanted;
    self->labels = calloc(wanted->n_drafts + 1, sizeof *self->labels);
    if (!self->labels) {
        tn__fail_memory("class names", wanted->n_drafts * sizeof *self->labels);
        return TN_ENOMEM;
    }
    for (size_t d = 0; d < wanted->n_drafts; d++) {
        const tn__draft *const draft = &wanted->drafts[d];
        self->labels[d] = malloc((draft->n_classes + 1) * sizeof *self->labels[d]);
        if (!self->labels[d])
            return tn__fail_memory("class names", draft->n_classes * sizeof *self->labels[d]);
        for (size_t i = 0; i < draft->n_classes; i++)
            self->labels[d][i] =
                tn__classmap_find(self->classes, draft->class_names.chars + draft->class_at[i]);
    }
    return TN_OK;
}

/* Finds the labels of classes whose numbers the drafts have. */
static int map_numbers(making *self)
{
    const tn__classmap *const numbered = self->wanted->numbered;
    if (!numbered)
        return TN_OK;
    self->of_number = malloc(((size_t)numbered->n + 1) * sizeof *self->of_number);
    if (!self->of_number)
        return tn__fail_memory("class names", (size_t)numbered->n * sizeof *self->of_number);
    for (int32_t number = 0; number < numbered->n; number++) {
        const int32_t label = tn__classmap_find(self->classes, numbered->names[number]);
        self->of_number[number] = label >= 0 ? label : UNMAPPED;
    }
    return TN_OK;
}

static int reserve_words(making *self)
{
    size_t n = 0;
    for (size_t d = 0; d < self->wanted->n_drafts; d++)
        n += (size_t)self->wanted->drafts[d].n;
    self->words = calloc(n + 1, sizeof *self->words);
    self->runs = malloc((n + 1) * sizeof *self->runs);
    if (self->words && self->runs)
        return TN_OK;
    return tn__fail_memory("a list of samples", n * (sizeof *self->words + sizeof *self->runs));
}

/* Notes where a run begins that is in natural order, if the last word begins one. */
static void add_run(making *self)
{
    const uint64_t word = self->words[self->n - 1];
    if (self->n == 1 ||
        tn__natural_compare(name_of(self, self->words[self->n - 2]), name_of(self, word)) > 0)
        self->runs[self->n_runs++] = (size_t)self->n - 1;
}

/* Adds the file and the sample to a failure. */
static int fail_sample(const making *self, const tn__draft *draft, const tn__drafted *sample)
{
    return tn__error_prefix("%s: \"%s\"", self->wanted->files[draft->file].path,
                            draft->names.chars + sample->name);
}

/* Checks that an integer of a draft has a class, if there are classes. */
static int check_number(const making *self, int64_t number)
{
    const tn__listing_wanted *const wanted = self->wanted;
    const int32_t n = wanted->numbered ? wanted->numbered->n : self->classes->n;
    if (n == 0 || number < n)
        return TN_OK;
    if (wanted->class_map && !wanted->numbered)
        return tn__fail(TN_EDECODE, "its label is %lld, but the class map \"%s\" has %d classes",
                        (long long)number, wanted->class_map, n);
    return tn__fail(TN_EDECODE, "its label is %lld, but there are %d classes", (long long)number,
                    n);
}

/* Counts a sample whose class the class map lacks. Classes that samples name are counted already.
 */
static void leave_out(making *self, const tn__drafted *sample)
{
    self->left_out.unmapped_images++;
    if (sample->label >= 0 && self->of_number[sample->label] == UNMAPPED) {
        self->of_number[sample->label] = UNMAPPED_SEEN;
        self->left_out.unmapped_folders++;
    }
}

static bool is_typed(const tn__labels *labels)
{
    return labels->shape.kind != 0 && labels->shape.kind != TN_LABEL_INT;
}

/* Checks the integers of a sample, and notes the largest. */
static int check_sample(making *self, const tn__draft *draft, const tn__drafted *sample)
{
    tn__label label = {.kind = TN_LABEL_INT};
    int status = check_number(self, sample->label);
    if (is_typed(&draft->labels))
        tn__labels_at(&draft->labels, sample - draft->samples, &label);
    for (int64_t i = 0; label.kind == TN_LABEL_INTS && i < label.n && status == TN_OK; i++) {
        status = check_number(self, label.ints[i]);
        self->largest = label.ints[i] > self->largest ? label.ints[i] : self->largest;
    }
    return status == TN_OK ? TN_OK : fail_sample(self, draft, sample);
}

/* Collects the samples of a draft that stay. */
static int collect_draft(making *self, size_t d)
{
    const tn__draft *const draft = &self->wanted->drafts[d];
    int status = TN_OK;
    for (int64_t i = 0; i < draft->n && status == TN_OK; i++) {
        const tn__drafted *const sample = &draft->samples[i];
        status = check_sample(self, draft, sample);
        const int64_t label = status == TN_OK ? label_of(self, d, sample) : -1;
        if (label < -1) {
            leave_out(self, sample);
            continue;
        }
        self->largest = label > self->largest ? label : self->largest;
        self->words[self->n++] = (uint64_t)d << NUMBER_BITS | (uint64_t)i;
        if (self->wanted->in_natural_order)
            add_run(self);
    }
    for (int kind = 0; kind < TN__LEFT_OUT; kind++)
        *tn__listing_count(&self->left_out, TN__LISTING_UNMAPPED + kind) += draft->left_out[kind];
    return status;
}

static int collect(making *self)
{
    self->largest = -1;
    size_t first = 0; /* draft with samples: its labels decide the kind of all */
    while (first + 1 < self->wanted->n_drafts && self->wanted->drafts[first].n == 0)
        first++;
    if (self->wanted->n_drafts > 0 && is_typed(&self->wanted->drafts[first].labels))
        tn__labels_init(&self->kept, self->wanted->drafts[first].labels.shape.kind);
    int status = tn__labels_check_map(self->wanted->class_map, self->kept.shape.kind);
    for (size_t d = 0; d < self->wanted->n_drafts && status == TN_OK; d++)
        status = collect_draft(self, d);
    self->runs[self->n_runs] = (size_t)self->n;
    return status;
}

static int compare_words(uint64_t a, uint64_t b, const void *context)
{
    return tn__natural_compare(name_of(context, a), name_of(context, b));
}

static const char *name_of_word(uint64_t word, const void *context)
{
    return name_of(context, word);
}

/* Merges few runs; it is faster to sort the names of many. */
static int sort(making *self)
{
    if ((int64_t)self->n_runs <= self->n / SHORT_RUN)
        return tn__merge_runs(self->words, self->runs, self->n_runs, compare_words, self);
    return tn__sort_names(self->words, (size_t)self->n, self->wanted->n_threads, name_of_word,
                          self);
}

/* A label is under TN__MAX_CLASSES. */
static uint32_t bytes_for(int64_t largest_label)
{
    return largest_label < 0            ? 0
           : largest_label < UINT8_MAX  ? 1
           : largest_label < UINT16_MAX ? 2
                                        : 4;
}

static int add_64(tn__blob *blob, uint64_t value)
{
    uint8_t raw[8];
    tn__put_64(raw, value);
    return tn__blob_add(blob, raw, sizeof raw);
}

/* Maps the classes of a sample that has several. */
static int map_classes(making *self, tn__label *label)
{
    self->mapped.size = 0;
    for (int64_t i = 0; i < label->n; i++) {
        const int64_t mapped = label_of_number(self, label->ints[i]);
        if (label->ints[i] >= 0 && mapped < 0)
            return tn__fail(TN_EDECODE, "its class \"%s\" is not in the class map \"%s\"",
                            self->wanted->numbered->names[label->ints[i]], self->wanted->class_map);
        const int status = tn__blob_add(&self->mapped, &mapped, sizeof mapped);
        if (status != TN_OK)
            return status;
    }
    label->ints = (const int64_t *)(const void *)self->mapped.bytes;
    return TN_OK;
}

static int find_sample_label(making *self, uint64_t word, tn__label *out)
{
    const tn__draft *const draft = draft_of(self, word);
    const tn__drafted *const sample = sample_of(self, word);
    if (is_typed(&draft->labels))
        tn__labels_at(&draft->labels, sample - draft->samples, out);
    else
        *out = (tn__label){.kind = TN_LABEL_INT,
                           .n = 1,
                           .value = label_of(self, (size_t)(word >> NUMBER_BITS), sample)};
    return self->of_number && out->kind == TN_LABEL_INTS && out->n > 0 ? map_classes(self, out)
                                                                       : TN_OK;
}

/* Writes an integer; keeps other labels until all are known. */
static int write_label(making *self, const tn__label *label)
{
    if (is_typed(&self->kept) || label->kind != TN_LABEL_INT)
        return tn__labels_add(&self->kept, label);
    uint8_t raw[8];
    tn__put_64(raw, (uint64_t)(label->value + 1));
    return tn__blob_add(&self->sections[TN__LISTING_LABELS], raw, bytes_for(self->largest));
}

static int write_weight(making *self, uint64_t word)
{
    const tn__draft *const draft = draft_of(self, word);
    const size_t size = sizeof(float), sample = (size_t)(sample_of(self, word) - draft->samples);
    return draft->weights.size == 0 ? TN_OK
                                    : tn__blob_add(&self->sections[TN__LISTING_WEIGHTS],
                                                   draft->weights.bytes + sample * size, size);
}

/* Moves the labels that were kept to their sections. */
static int write_kept_labels(making *self)
{
    tn__blob *const starts = &self->kept.starts;
    const int32_t kind = self->kept.shape.kind;
    if (!is_typed(&self->kept))
        return TN_OK;
    const int status = kind == TN_LABEL_FLOATS ? TN_OK : add_64(starts, self->kept.values.size);
    self->sections[TN__LISTING_LABELS] = *starts;
    self->sections[TN__LISTING_VALUES] = self->kept.values;
    self->kept.starts = self->kept.values = (tn__blob){0};
    return status;
}

/* Bytes of an entry of the section of labels; of floats, those of a label. */
static uint32_t label_bytes(const making *self)
{
    switch (self->kept.shape.kind) {
    case TN_LABEL_FLOATS: return (uint32_t)(self->kept.shape.most * (int64_t)sizeof(float));
    case TN_LABEL_INTS:
    case TN_LABEL_TEXT: return 8;
    default: return bytes_for(self->largest);
    }
}

/* Writes a place; tn__listing_place describes the form. The first one of a block names its file. */
static int write_place(making *self, const tn__listed_place *place, const tn__listed_place *before,
                       bool is_first)
{
    uint8_t raw[5 * TN__VARINT_BYTES];
    size_t n = 0;
    if (is_first || place->file != before->file) {
        n += tn__varint_put(raw, (uint64_t)place->file << 1 | 1);
        n += tn__varint_put(raw + n, (uint64_t)place->offset);
    } else {
        const int64_t distance = place->offset - (before->offset + before->length);
        n += tn__varint_put(raw, tn__zigzag(distance) << 1);
    }
    n += tn__varint_put(raw + n, (uint64_t)place->length << 1 | place->coding.is_coded);
    if (place->coding.is_coded) {
        n += tn__varint_put(raw + n, (uint64_t)place->coding.content);
        n += tn__varint_put(raw + n, place->coding.number);
    }
    return tn__blob_add(&self->sections[TN__LISTING_PLACES], raw, n);
}

static size_t count_shared(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

/* Writes a name; the one before it is empty for the first of a block. */
static int write_name(making *self, const char *name, size_t n_name, const char *before)
{
    tn__blob *const names = &self->sections[TN__LISTING_NAMES];
    const size_t n_shared = count_shared(before, name);
    uint8_t raw[2 * TN__VARINT_BYTES];
    size_t n = tn__varint_put(raw, n_shared);
    n += tn__varint_put(raw + n, n_name - n_shared);
    const int status = tn__blob_add(names, raw, n);
    return status == TN_OK ? tn__blob_add(names, name + n_shared, n_name - n_shared) : status;
}

/* Notes where a block begins, or where the last one ends. */
static int end_block(making *self)
{
    const int status =
        add_64(&self->sections[TN__LISTING_PLACE_BLOCKS], self->sections[TN__LISTING_PLACES].size);
    return status == TN_OK ? add_64(&self->sections[TN__LISTING_NAME_BLOCKS],
                                    self->sections[TN__LISTING_NAMES].size)
                           : status;
}

/* What was written last. */
typedef struct last {
    tn__listed_place place;
    const char *name;
} last;

static int write_sample(making *self, int64_t i, last *before, tn_hash *fingerprint)
{
    const uint64_t word = self->words[i];
    const tn__drafted *const sample = sample_of(self, word);
    const bool is_first = i % TN__LISTING_BLOCK == 0;
    const tn__listed_place place = {.file = draft_of(self, word)->file,
                                    .offset = sample->offset,
                                    .length = sample->length,
                                    .coding = coding_of(self, word)};
    tn__label label;
    const char *const name = name_of(self, word);
    const size_t n_name = strlen(name);
    int status = is_first ? end_block(self) : TN_OK;
    if (status == TN_OK)
        status = find_sample_label(self, word, &label);
    if (status == TN_OK)
        status = write_label(self, &label);
    if (status == TN_EDECODE || status == TN_EINVAL)
        return fail_sample(self, draft_of(self, word), sample);
    if (status == TN_OK)
        status = write_weight(self, word);
    if (status == TN_OK)
        status = write_place(self, &place, &before->place, is_first);
    if (status == TN_OK)
        status = write_name(self, name, n_name, is_first ? "" : before->name);
    if (status == TN_OK)
        tn__fingerprint_add(fingerprint, name, n_name, &label);
    *before = (last){place, name};
    return status;
}

/* Writes all samples, and computes their fingerprint. In another order than that of the drafts they
 * lie all over the memory: so there is one pass, which fetches what is needed soon. The prefetches
 * stand in the loop: GCC 12 drops a function that has nothing else. */
static int write_samples(making *self, uint64_t *fingerprint)
{
    tn_hash *const hash = tn__fingerprint_begin(self->n);
    last before = {.name = ""};
    int status = hash ? TN_OK : TN_ENOMEM;
    for (int64_t i = 0; i < self->n && status == TN_OK; i++) {
        if (i + 2 * AHEAD < self->n) {
            const tn__drafted *const soon = sample_of(self, self->words[i + 2 * AHEAD]);
            __builtin_prefetch(&soon->name);
            __builtin_prefetch(&soon->label); /* often in the next line of the cache */
        }
        if (i + AHEAD < self->n)
            __builtin_prefetch(name_of(self, self->words[i + AHEAD]));
        status = write_sample(self, i, &before, hash);
    }
    if (hash)
        *fingerprint = tn__fingerprint_end(hash);
    return status == TN_OK ? end_block(self) : status;
}

static int write_files(making *self)
{
    const tn__listing_wanted *const wanted = self->wanted;
    tn__blob *const files = &self->sections[TN__LISTING_FILES];
    tn__blob *const paths = &self->sections[TN__LISTING_PATHS];
    int status = TN_OK;
    for (uint32_t i = 0; i < wanted->n_files && status == TN_OK; i++) {
        const tn__listed_file *const file = &wanted->files[i];
        uint8_t entry[TN__LISTING_FILE];
        tn__put_64(entry, (uint64_t)file->bytes);
        tn__put_64(entry + 8, (uint64_t)file->stamp);
        tn__put_64(entry + 16, file->inode);
        tn__put_64(entry + 24, paths->size);
        status = tn__blob_add(files, entry, sizeof entry);
        if (status == TN_OK)
            status = tn__blob_add(paths, file->path, strlen(file->path) + 1);
    }
    return status;
}

static int write_texts(making *self)
{
    const tn__listing_wanted *const wanted = self->wanted;
    int status =
        tn__blob_add(&self->sections[TN__LISTING_KEY], wanted->key, strlen(wanted->key) + 1);
    for (int32_t i = 0; i < self->classes->n && status == TN_OK; i++)
        status = tn__blob_add(&self->sections[TN__LISTING_CLASSES], self->classes->names[i],
                              strlen(self->classes->names[i]) + 1);
    return status == TN_OK ? write_files(self) : status;
}

static size_t padded(size_t n_bytes)
{
    return (n_bytes + 7) / 8 * 8;
}

static void write_head(const making *self, uint64_t fingerprint, size_t n_bytes, uint8_t *head)
{
    memcpy(head, TN__LISTING_MAGIC, 8);
    tn__put_64(head + TN__LISTING_SIZE, n_bytes);
    tn__put_64(head + TN__LISTING_FINGERPRINT, fingerprint);
    tn__put_64(head + TN__LISTING_SAMPLES, (uint64_t)self->n);
    tn__put_32(head + TN__LISTING_N_FILES, self->wanted->n_files);
    tn__put_32(head + TN__LISTING_N_CLASSES, (uint32_t)self->classes->n);
    tn__put_32(head + TN__LISTING_LABEL_BYTES, label_bytes(self));
    tn__put_32(head + TN__LISTING_LABEL_KIND, (uint32_t)self->kept.shape.kind);
    tn_dataset_facts left_out = self->left_out;
    for (int place = 0; place < TN__LISTING_COUNTS; place++)
        tn__put_64(head + TN__LISTING_LEFT_OUT + 8 * place,
                   (uint64_t)*tn__listing_count(&left_out, place));
}

/* Joins the sections in one block of memory, and frees them on the way. */
static uint8_t *join(making *self, uint64_t fingerprint, size_t *n_bytes)
{
    *n_bytes = TN__LISTING_HEAD;
    for (int i = 0; i < TN__LISTING_SECTIONS; i++)
        *n_bytes += padded(self->sections[i].size);
    uint8_t *const bytes = calloc(1, *n_bytes);
    if (!bytes) {
        tn__fail_memory("a list of samples", *n_bytes);
        return NULL;
    }
    size_t at = TN__LISTING_HEAD;
    write_head(self, fingerprint, *n_bytes, bytes);
    for (int i = 0; i < TN__LISTING_SECTIONS; i++) {
        tn__blob *const section = &self->sections[i];
        tn__put_64(bytes + TN__LISTING_OFFSETS + 8 * i, at);
        if (section->size > 0)
            memcpy(bytes + at, section->bytes, section->size);
        at += padded(section->size);
        tn__blob_free(section);
    }
    tn__put_64(bytes + TN__LISTING_SUM,
               tn__hash_of(bytes + TN__LISTING_FINGERPRINT, *n_bytes - TN__LISTING_FINGERPRINT));
    return bytes;
}

static int write_all(making *self, tn__listing *out)
{
    uint64_t fingerprint = 0;
    size_t n_bytes;
    int status = TN_OK;
    if (self->classes->n == 0 && self->largest >= 0) {
        tn__classmap_free(&self->own);
        status = tn__classmap_number(self->largest + 1, &self->own);
    }
    if (status == TN_OK)
        status = write_texts(self);
    if (status == TN_OK)
        status = write_samples(self, &fingerprint);
    if (status == TN_OK)
        status = write_kept_labels(self);
    if (status != TN_OK)
        return status;
    uint8_t *const bytes = join(self, fingerprint, &n_bytes);
    return bytes ? tn__listing_open(bytes, n_bytes, self->wanted->n_threads, out) : TN_ENOMEM;
}

static void free_all(making *self)
{
    for (size_t d = 0; self->labels && d < self->wanted->n_drafts; d++)
        free(self->labels[d]);
    for (int i = 0; i < TN__LISTING_SECTIONS; i++)
        tn__blob_free(&self->sections[i]);
    free(self->labels);
    free(self->of_number);
    tn__blob_free(&self->mapped);
    free(self->words);
    free(self->runs);
    tn__classmap_free(&self->own);
    tn__labels_free(&self->kept);
}

int tn__listing_make(const tn__listing_wanted *wanted, tn__listing *out)
{
    making self = {.wanted = wanted, .kept = {.shape = {TN_LABEL_INT, 1}}};
    self.classes = wanted->classes ? wanted->classes : &self.own;
    int status = find_classes(&self);
    if (status == TN_OK)
        status = find_labels(&self);
    if (status == TN_OK)
        status = map_numbers(&self);
    if (status == TN_OK)
        status = reserve_words(&self);
    if (status == TN_OK)
        status = collect(&self);
    if (status == TN_OK && wanted->in_natural_order)
        status = sort(&self);
    if (status == TN_OK)
        status = write_all(&self, out);
    free_all(&self);
    return status;
}
