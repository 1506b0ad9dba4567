/* SPDX-License-Identifier: MIT */
/* Gathers the entries of a list. See entries.h. */
#include "data/list/entries.h"

#include <float.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/show.h"
#include "data/classmap.h"
#include "data/comb.h"
#include "data/labels.h"
#include "data/natural.h"

/* Forgets the labels as they are written. */
static void free_words(tn__entries *entries)
{
    tn__text_free(&entries->words);
    tn__blob_free(&entries->counts);
    tn__blob_free(&entries->weights);
}

void tn__entries_free(tn__entries *entries)
{
    tn__draft_free(&entries->draft);
    free_words(entries);
}

int tn__entries_add(tn__entries *entries, const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    if (!path[0])
        return tn__fail(TN_EDECODE, "has no path");
    if (strstr(path, "://"))
        return tn__fail(TN_EDECODE, "\"%.200s\" is a URL; list files on disk", path);
    if (strnlen(path, TN__NAME_BYTES) == TN__NAME_BYTES)
        return tn__fail(TN_EDECODE, "has a path longer than %d bytes", TN__NAME_BYTES - 1);
    int status = tn__blob_add(&entries->counts, &entries->n_now, sizeof entries->n_now);
    if (status == TN_OK)
        status = tn__draft_add(&entries->draft,
                               &(tn__found){.name = path, .n_name = strlen(path), .label = -1});
    entries->n_now = 0;
    return status;
}

int tn__entries_add_word(tn__entries *entries, const char *word, size_t n)
{
    if (memchr(word, '\0', n))
        return tn__fail(TN_EDECODE, "has a label with a zero byte");
    if (++entries->n_now > TN__MAX_CLASSES)
        return tn__fail(TN_EDECODE, "has more than %d labels", TN__MAX_CLASSES);
    tn__text_add_bytes(&entries->words, word, n);
    tn__text_add_bytes(&entries->words, "", 1);
    return entries->words.failed ? tn__fail_memory("labels", entries->words.length) : TN_OK;
}

int tn__entries_add_number(tn__entries *entries, double number)
{
    if (number > FLT_MAX || number < -FLT_MAX)
        return tn__fail(TN_EDECODE, "has a number beyond f32: %g", number);
    const float value = (float)number;
    if (entries->kind == TN__LIST_NUMBERS && ++entries->n_now > TN__MAX_CLASSES)
        return tn__fail(TN_EDECODE, "has more than %d numbers", TN__MAX_CLASSES);
    return tn__blob_add(&entries->weights, &value, sizeof value);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int parse_number(const char *text, size_t n, double *out)
{
    char copy[64];
    const char *end = NULL;
    if (n < sizeof copy) {
        memcpy(copy, text, n);
        copy[n] = '\0';
        end = tn__text_parse_number(copy, out);
    }
    return end && !*end ? TN_OK
                        : tn__fail(TN_EDECODE, "\"%.*s\" is not a number", tn__shown(n), text);
}

static int add_number_text(tn__entries *entries, const char *text, size_t n)
{
    double number = 0.0;
    const int status = parse_number(text, n, &number);
    return status == TN_OK ? tn__entries_add_number(entries, number) : status;
}

int tn__entries_add_weight(tn__entries *entries, double weight)
{
    float value;
    const int status = tn__comb_weight(weight, &value);
    return status == TN_OK ? tn__blob_add(&entries->draft.weights, &value, sizeof value) : status;
}

/* Removes the blanks around n characters. */
static const char *trim(const char *text, size_t *n)
{
    while (*n > 0 && is_blank(text[0])) {
        text++;
        --*n;
    }
    while (*n > 0 && is_blank(text[*n - 1]))
        --*n;
    return text;
}

int tn__entries_add_weight_text(tn__entries *entries, const char *text)
{
    double weight = 0.0;
    size_t n = strlen(text);
    const char *const trimmed = trim(text, &n);
    const int status =
        n > 0 ? parse_number(trimmed, n, &weight) : tn__fail(TN_EDECODE, "has no weight");
    return status == TN_OK ? tn__entries_add_weight(entries, weight) : status;
}

/* Adds a class with its weight, for example "cat:0.7". */
static int add_weighted(tn__entries *entries, const char *text, size_t n)
{
    const char *const colon = memrchr(text, ':', n);
    if (!colon)
        return tn__fail(TN_EDECODE, "\"%.*s\" has no weight: write class:weight", tn__shown(n),
                        text);
    const int status = tn__entries_add_word(entries, text, (size_t)(colon - text));
    return status == TN_OK ? add_number_text(entries, colon + 1, n - (size_t)(colon + 1 - text))
                           : status;
}

static int add_piece(tn__entries *entries, const char *text, size_t n)
{
    switch (entries->kind) {
    case TN__LIST_NUMBERS: return add_number_text(entries, text, n);
    case TN__LIST_WEIGHTS: return add_weighted(entries, text, n);
    default: return tn__entries_add_word(entries, text, n);
    }
}

/* Adds the pieces between the separators, without the blanks around them. */
static int add_pieces(tn__entries *entries, const char *cell, const char *separators)
{
    int status = TN_OK;
    while (*cell && status == TN_OK) {
        size_t n = strcspn(cell, separators);
        const char *const rest = cell + n + (cell[n] != '\0');
        const char *const piece = trim(cell, &n);
        if (n > 0)
            status = add_piece(entries, piece, n);
        cell = rest;
    }
    return status;
}

int tn__entries_add_cell(tn__entries *entries, const char *cell, const char *separators)
{
    if (entries->kind == TN__LIST_AUTO)
        entries->kind = TN__LIST_CLASS;
    if (entries->kind == TN__LIST_TEXT)
        return tn__entries_add_word(entries, cell, strlen(cell));
    return add_pieces(entries, cell, entries->kind == TN__LIST_CLASS ? "" : separators);
}

/* The numbers of the classes that words name. */
typedef struct numbering {
    tn__classmap map;
    const char *class_map; /* its path; NULL: the words themselves are the classes */
    bool by_number;        /* the words are numbers, of classes without names */
} numbering;

/* Reads a whole number as Python's int() does, but without "_". Too large ones become INT64_MAX. */
static bool read_whole(const char *word, int64_t *out)
{
    size_t n = strlen(word);
    word = trim(word, &n);
    const size_t n_sign = word[0] == '-' || word[0] == '+';
    const size_t n_digits = strspn(word + n_sign, "0123456789");
    if (n_digits == 0 || n_sign + n_digits < n)
        return false;
    *out = strtoll(word, NULL, 10);
    return true;
}

/* True for -1, which stands for no class. */
static bool is_none(const char *word)
{
    int64_t number;
    return read_whole(word, &number) && number == -1;
}

static int compare_words(const void *a, const void *b)
{
    return tn__natural_compare(*(const char *const *)a, *(const char *const *)b);
}

/* Different words, in a table by their hashes. */
typedef struct word_set {
    const char **slots;
    size_t n, n_slots; /* n_slots: a power of two, or 0 */
} word_set;

/* The slot that has the word, or where it belongs. */
static size_t slot_of(const word_set *set, const char *word)
{
    size_t slot = tn__hash_of(word, strlen(word)) & (set->n_slots - 1);
    while (set->slots[slot] && strcmp(set->slots[slot], word) != 0)
        slot = (slot + 1) & (set->n_slots - 1);
    return slot;
}

static int grow(word_set *set)
{
    const word_set old = *set;
    set->n_slots = old.n_slots ? 2 * old.n_slots : 1024;
    set->slots = calloc(set->n_slots, sizeof *set->slots);
    if (!set->slots) {
        *set = old;
        tn__fail_memory("class names", 2 * old.n_slots * sizeof *set->slots);
        return TN_ENOMEM;
    }
    for (size_t slot = 0; slot < old.n_slots; slot++)
        if (old.slots[slot])
            set->slots[slot_of(set, old.slots[slot])] = old.slots[slot];
    free(old.slots);
    return TN_OK;
}

static int add_to_set(word_set *set, const char *word)
{
    const int status = 2 * set->n >= set->n_slots ? grow(set) : TN_OK;
    if (status != TN_OK)
        return status;
    const size_t slot = slot_of(set, word);
    set->n += !set->slots[slot];
    set->slots[slot] = word;
    return TN_OK;
}

/* Moves the words to the front of the slots, in natural order. */
static void sort_set(word_set *set)
{
    size_t n = 0;
    for (size_t slot = 0; slot < set->n_slots; slot++)
        if (set->slots[slot])
            set->slots[n++] = set->slots[slot];
    if (n > 0)
        qsort(set->slots, n, sizeof *set->slots, compare_words);
}

/* True if all words are numbers: then *largest is the largest of those that can be a class. */
static bool are_numbers(const tn__entries *entries, int64_t *largest)
{
    *largest = -1;
    for (size_t at = 0; at < entries->words.length; at += strlen(entries->words.chars + at) + 1) {
        const char *const word = entries->words.chars + at;
        int64_t whole = -1;
        double number;
        if (!read_whole(word, &whole) && parse_number(word, strlen(word), &number) != TN_OK)
            return false;
        if (whole > *largest && whole < TN__MAX_CLASSES)
            *largest = whole;
    }
    return true;
}

/* Makes a class of each word, in natural order. */
static int name_words(const tn__entries *entries, tn__classmap *out)
{
    word_set words = {0};
    int status = TN_OK;
    for (size_t at = 0; at < entries->words.length && status == TN_OK;
         at += strlen(entries->words.chars + at) + 1)
        if (!is_none(entries->words.chars + at))
            status = add_to_set(&words, entries->words.chars + at);
    if (status == TN_OK) {
        sort_set(&words);
        status = tn__classmap_make(words.slots, words.n, out);
    }
    free(words.slots);
    return status;
}
/* Makes the classes that the words name. */
static int name_classes(const tn__entries *entries, numbering *out)
{
    int64_t largest;
    out->by_number = are_numbers(entries, &largest);
    return out->by_number ? tn__classmap_number(largest + 1, &out->map)
                          : name_words(entries, &out->map);
}

static int fail_number(const char *word, bool is_whole, int64_t number)
{
    if (!is_whole)
        return tn__fail(
            TN_EDECODE,
            "its label \"%.200s\" is not a whole number: say labels=numbers, or name the "
            "classes in a class_map",
            word);
    if (number < 0)
        return tn__labels_check(number);
    return tn__fail(TN_EDECODE,
                    "its label \"%.200s\" is over %d, the last class: name the classes in a "
                    "class_map",
                    word, TN__MAX_CLASSES - 1);
}

/* Finds the class of a word: by its name, or else by its number. -1: none. TN_EINVAL, TN_EDECODE.
 */
static int find_class(const numbering *classes, const char *word, int64_t *out)
{
    int64_t number = -1;
    *out = classes->by_number ? -1 : tn__classmap_find(&classes->map, word);
    if (*out >= 0)
        return TN_OK;
    const bool is_whole = read_whole(word, &number);
    *out = number;
    if (is_whole && number >= -1 && number < classes->map.n)
        return TN_OK;
    return classes->class_map
               ? tn__fail(TN_EINVAL, "\"%.200s\" is not a class of the class map \"%s\"", word,
                          classes->class_map)
               : fail_number(word, is_whole, number);
}

/* The places of the next entry's texts and numbers. */
typedef struct cursor {
    const char *word;
    const float *weight;
    int64_t *ints; /* room for the labels of one entry, */
    float *floats; /* and for a weight of each class */
} cursor;

static const char *after(const char *text)
{
    return text + strlen(text) + 1;
}

/* Reads `n` classes into at->ints. */
static int read_classes(const numbering *classes, int32_t n, cursor *at)
{
    int status = TN_OK;
    for (int32_t i = 0; i < n && status == TN_OK; i++, at->word = after(at->word))
        status = find_class(classes, at->word, &at->ints[i]);
    return status;
}

/* Removes the -1 of n classes. Returns how many are left. */
static int32_t drop_nones(int64_t *classes, int32_t n)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < n; i++)
        if (classes[i] >= 0)
            classes[kept++] = classes[i];
    return kept;
}

/* Spreads `n` weights over all classes. */
static int read_weights(const numbering *classes, int32_t n, cursor *at, tn__label *out)
{
    const int status = read_classes(classes, n, at);
    memset(at->floats, 0, (size_t)classes->map.n * sizeof *at->floats);
    for (int32_t i = 0; i < n && status == TN_OK; i++, at->weight++) {
        if (at->ints[i] < 0)
            return tn__fail(TN_EDECODE, "has a weight for -1, which means no class");
        at->floats[at->ints[i]] += *at->weight;
    }
    *out = (tn__label){.kind = TN_LABEL_FLOATS, .n = classes->map.n, .floats = at->floats};
    return status;
}

/* Makes the label of the next entry, which has `n` words or numbers. */
static int read_label(const tn__entries *entries, const numbering *classes, int32_t n, cursor *at,
                      tn__label *out)
{
    int status = TN_OK;
    switch (entries->kind) {
    case TN__LIST_TEXT:
        *out = (tn__label){.kind = TN_LABEL_TEXT, .text = n > 0 ? at->word : ""};
        out->n = (int64_t)strlen(out->text);
        at->word = n > 0 ? after(at->word) : at->word;
        return TN_OK;
    case TN__LIST_NUMBERS:
        *out = (tn__label){.kind = TN_LABEL_FLOATS, .n = n, .floats = at->weight};
        if (n > 0) /* without any number there is no array */
            at->weight += n;
        return TN_OK;
    case TN__LIST_WEIGHTS: return read_weights(classes, n, at, out);
    case TN__LIST_CLASSES:
        status = read_classes(classes, n, at);
        *out = (tn__label){.kind = TN_LABEL_INTS, .ints = at->ints};
        out->n = status == TN_OK ? drop_nones(at->ints, n) : 0;
        return status;
    default:
        if (n > 1)
            return tn__fail(TN_EINVAL, "has %d labels; say labels=classes", n);
        status = read_classes(classes, n, at);
        *out = (tn__label){.kind = TN_LABEL_INT, .n = 1, .value = n > 0 ? at->ints[0] : -1};
        return status;
    }
}

static int label_all(tn__entries *entries, const numbering *classes, cursor at)
{
    const int32_t *const counts = (const int32_t *)(const void *)entries->counts.bytes;
    tn__draft *const draft = &entries->draft;
    int status = TN_OK;
    for (int64_t i = 0; i < draft->n && status == TN_OK; i++) {
        tn__label label;
        status = read_label(entries, classes, counts[i], &at, &label);
        if (status == TN_EINVAL || status == TN_EDECODE)
            (void)tn__error_prefix("\"%.200s\"", draft->names.chars + draft->samples[i].name);
        if (status == TN_OK)
            status = tn__draft_label(draft, i, &label);
        if (status == TN_EINVAL || status == TN_EDECODE)
            return tn__error_prefix("entry %lld", (long long)i + 1);
    }
    return status;
}

static int32_t most_labels(const tn__entries *entries)
{
    const int32_t *const counts = (const int32_t *)(const void *)entries->counts.bytes;
    int32_t most = 1;
    for (int64_t i = 0; i < entries->draft.n; i++)
        most = counts[i] > most ? counts[i] : most;
    return most;
}

static int fill(tn__entries *entries, const numbering *classes)
{
    cursor at = {.word = entries->words.chars,
                 .weight = (const float *)(const void *)entries->weights.bytes,
                 .ints = malloc((size_t)most_labels(entries) * sizeof(int64_t)),
                 .floats = malloc(((size_t)classes->map.n + 1) * sizeof(float))};
    const int status = at.ints && at.floats
                           ? label_all(entries, classes, at)
                           : tn__fail_memory("labels", (size_t)classes->map.n * sizeof(float));
    free(at.ints);
    free(at.floats);
    return status;
}

/* True if there are weights, and all are 0. */
static bool weighs_nothing(const tn__entries *entries)
{
    const float *const weights = (const float *)(const void *)entries->draft.weights.bytes;
    const size_t n = entries->draft.weights.size / sizeof *weights;
    size_t i = 0;
    while (i < n && weights[i] == 0.0f)
        i++;
    return n > 0 && i == n;
}

static int find_classes(const tn__entries *entries, const char *folder, const char *class_map,
                        numbering *out)
{
    const int32_t kind = entries->kind == TN__LIST_NUMBERS ? TN_LABEL_FLOATS
                         : entries->kind == TN__LIST_TEXT  ? TN_LABEL_TEXT
                                                           : TN_LABEL_INTS;
    const int status = tn__labels_check_map(class_map, kind);
    out->class_map = class_map;
    if (status == TN_OK && class_map)
        return tn__classmap_read(class_map, folder, &out->map);
    return status == TN_OK && kind == TN_LABEL_INTS ? name_classes(entries, out) : status;
}

int tn__entries_label(tn__entries *entries, const char *folder, const char *class_map,
                      tn__classmap *classes)
{
    numbering found = {0};
    int status = weighs_nothing(entries) ? tn__fail(TN_EINVAL, "all weights are 0")
                                         : find_classes(entries, folder, class_map, &found);
    if (status == TN_OK)
        status = fill(entries, &found);
    *classes = found.map;
    free_words(entries);
    return status;
}
