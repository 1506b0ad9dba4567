/* SPDX-License-Identifier: MIT */
/* Sorts names by stretches of their keys. See sort_names.h.
 *
 * tn__natural_bytes gives each name a key whose bytes have the order of the names. All names are
 * sorted by the first eight bytes of their keys, which lie beside the words; then each group with
 * equal bytes by the next eight, and so on. So a name is fetched from memory a few times, not at
 * each comparison. */
#include "data/sort_names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/each.h"
#include "base/error.h"
#include "data/natural.h"

enum {
    STEP = 8,     /* bytes of a key that are compared at once */
    FEW = 4,      /* as few names are compared as they are */
    AHEAD = 16,   /* names that are fetched from memory before they are read */
    SMALL = 48,   /* a smaller group is sorted by insertion */
    DEEPEST = 512 /* names with more equal bytes are compared: each step begins at their begin */
};

typedef struct item {
    uint64_t stretch; /* of the key: its first byte is the highest one */
    uint64_t word;
    const char *name;
} item;

/* Items whose keys are equal up to a depth. */
typedef struct group {
    size_t begin, end;
} group;

typedef struct sorter {
    item *items, *spare; /* spare: memory for as many items */
    size_t depth;        /* of the groups */
    group *groups;
    size_t n_groups;
} sorter;

static int compare_items(const void *a, const void *b)
{
    const item *const x = a, *const y = b;
    const int order = tn__natural_compare(x->name, y->name);
    return order != 0 ? order : (x->word > y->word) - (x->word < y->word);
}

/* Reads the stretch of each key at a depth. False: the keys end before. */
static bool read_stretches(item *items, size_t n, size_t depth)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        uint8_t raw[STEP];
        if (i + AHEAD < n)
            __builtin_prefetch(items[i + AHEAD].name);
        any |= tn__natural_bytes(items[i].name, depth, raw, STEP) > 0;
        items[i].stretch = tn__get_64_big(raw);
    }
    return any;
}

static void insert(item *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const item moved = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1].stretch > moved.stretch; at--)
            items[at] = items[at - 1];
        items[at] = moved;
    }
}

/* Sorts by the stretches, from their lowest byte to their highest; bytes that all have are passed
 * over. Equal ones stay in their order. */
static void sort_by_bytes(item *items, item *spare, size_t n)
{
    size_t counts[STEP][256] = {{0}};
    item *from = items, *to = spare;
    for (size_t i = 0; i < n; i++)
        for (unsigned b = 0; b < STEP; b++)
            counts[b][items[i].stretch >> 8 * b & 255]++;
    for (unsigned b = 0; b < STEP; b++) {
        size_t *const places = counts[b], at = 0;
        if (places[items[0].stretch >> 8 * b & 255] == n)
            continue;
        for (int value = 0; value < 256; value++) {
            const size_t count = places[value];
            places[value] = at;
            at += count;
        }
        for (size_t i = 0; i < n; i++)
            to[places[from[i].stretch >> 8 * b & 255]++] = from[i];
        item *const sorted = to;
        to = from;
        from = sorted;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
}

/* The end of the items that have the same stretch as the first one. */
static size_t end_of_equal(const item *items, size_t begin, size_t end)
{
    size_t at = begin + 1;
    while (at < end && items[at].stretch == items[begin].stretch)
        at++;
    return at;
}

static void sort_stretches(const sorter *self, group of)
{
    const size_t n = of.end - of.begin;
    if (n < SMALL)
        insert(self->items + of.begin, n);
    else
        sort_by_bytes(self->items + of.begin, self->spare + of.begin, n);
}

/* Sorts a group whose keys are equal up to a depth by the next stretch. True: parts with equal
 * stretches are left to be sorted. */
static bool sort_once(const sorter *self, group of, size_t depth)
{
    const size_t n = of.end - of.begin;
    item *const items = self->items + of.begin;
    if (n < 2)
        return false;
    if (n <= FEW || depth >= DEEPEST) {
        qsort(items, n, sizeof *items, compare_items);
        return false;
    }
    if (!read_stretches(items, n, depth))
        return false; /* equal names, whose words are in their order */
    sort_stretches(self, of);
    return true;
}

/* Sorts a group, its parts, their parts, and so on. */
static void sort_group(const sorter *self, group whole)
{
    group open[DEEPEST / STEP + 1]; /* what is left of a group, of a part of it, … */
    size_t n_open = 0;
    if (sort_once(self, whole, self->depth))
        open[n_open++] = whole;
    while (n_open > 0) {
        group *const last = &open[n_open - 1];
        if (last->begin == last->end) {
            n_open--;
            continue;
        }
        const group part = {last->begin, end_of_equal(self->items, last->begin, last->end)};
        last->begin = part.end;
        if (sort_once(self, part, self->depth + n_open * STEP))
            open[n_open++] = part;
    }
}

static int visit_group(void *shared, void *own, int64_t number)
{
    (void)own;
    const sorter *const self = shared;
    sort_group(self, self->groups[number]);
    return TN_OK;
}

/* Lists the groups with equal stretches. */
static int list_groups(sorter *self, size_t n)
{
    self->n_groups = 0;
    for (size_t at = 0; at < n; at = end_of_equal(self->items, at, n))
        self->n_groups++;
    self->groups = malloc(self->n_groups * sizeof *self->groups);
    if (!self->groups)
        return tn__fail_memory("sorting", self->n_groups * sizeof *self->groups);
    size_t k = 0;
    for (size_t at = 0; at < n; at = self->groups[k++].end)
        self->groups[k] = (group){at, end_of_equal(self->items, at, n)};
    return TN_OK;
}

/* Sorts by the stretches that all names share and by the next one, and then the groups that are
 * left, with threads. */
static int sort_all(sorter *self, size_t n, int32_t n_threads)
{
    const group all = {0, n};
    bool is_split = false;
    while (!is_split && self->depth < DEEPEST) {
        if (!read_stretches(self->items, n, self->depth))
            return TN_OK;
        sort_stretches(self, all);
        self->depth += STEP;
        is_split = end_of_equal(self->items, 0, n) < n;
    }
    const int status = list_groups(self, n);
    if (status != TN_OK)
        return status;
    const tn__each_work work = {.name = "tench/sort",
                                .n = (int64_t)self->n_groups,
                                .n_threads = n_threads,
                                .shared = self,
                                .visit = visit_group};
    return tn__each_run(&work, (tn__each_watch){.doing = "sorting names"});
}

static void free_all(sorter *self)
{
    free(self->items);
    free(self->spare);
    free(self->groups);
}

int tn__sort_names(uint64_t *words, size_t n, int32_t n_threads, tn__word_name *name,
                   const void *context)
{
    if (n < 2)
        return TN_OK;
    sorter self = {.items = malloc(n * sizeof *self.items),
                   .spare = malloc(n * sizeof *self.spare)};
    if (!self.items || !self.spare) {
        free_all(&self);
        return tn__fail_memory("sorting", 2 * n * sizeof(item));
    }
    for (size_t i = 0; i < n; i++)
        self.items[i] = (item){.word = words[i], .name = name(words[i], context)};
    const int status = sort_all(&self, n, n_threads);
    for (size_t i = 0; i < n && status == TN_OK; i++)
        words[i] = self.items[i].word;
    free_all(&self);
    return status;
}
