/* SPDX-License-Identifier: MIT */
/* Listings for tests: made-up samples, and the listing that they should become, in plain arrays. */
#ifndef TENCH_TESTS_LISTING_CASE_H
#define TENCH_TESTS_LISTING_CASE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/listing/make.h"
#include "data/natural.h"
#include "tench.h"

enum { CASE_FILES = 5, CASE_MOST = 1000, CASE_CLASSES = 7, CASE_NAME = 200 };

typedef struct case_sample {
    char name[CASE_NAME], class_name[16];
    tn__listed_place place;
    int64_t label; /* as it was added; -2: the class decides */
} case_sample;

/* The samples in the order of the files, and the drafts and files that hold them. */
typedef struct listing_case {
    int n;
    case_sample samples[CASE_MOST];
    tn__draft drafts[CASE_FILES];
    tn__listed_file files[CASE_FILES];
} listing_case;

static inline uint64_t case_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Makes a name below a folder: "c3/some long begin 17.jpg". */
static inline void case_name(uint64_t *state, case_sample *sample)
{
    const int class_number = (int)(case_random(state) % CASE_CLASSES);
    const int n_fill = (int)(case_random(state) % 4 == 0 ? case_random(state) % 150 : 3);
    snprintf(sample->class_name, sizeof sample->class_name, "c%d", class_number);
    snprintf(sample->name, sizeof sample->name, "c%d/%.*s%d.jpg", class_number, n_fill,
             "a long begin that many names of the container share, up to their ends, which differ "
             "in digits and sometimes in the case of a letter, and which go on",
             (int)(case_random(state) % 2000));
}

/* Makes n samples; with an even seed some are deflated. `label_bits` -1: classes decide; 0: no
 * labels; else labels of so many bits. */
static inline listing_case *case_make(int n, int label_bits, uint64_t seed)
{
    static const char *const paths[CASE_FILES] = {"a.tar", "b.tar", "sub/c.tar", "d d.tar", "e"};
    listing_case *const made = calloc(1, sizeof *made);
    const bool deflates = seed % 2 == 0;
    uint64_t state = seed;
    int64_t end[CASE_FILES] = {0};
    for (int file = 0; file < CASE_FILES; file++)
        made->drafts[file].file = (uint32_t)file;
    for (made->n = 0; made->n < n; made->n++) {
        case_sample *const sample = &made->samples[made->n];
        const uint32_t file = (uint32_t)(made->n * CASE_FILES / n);
        case_name(&state, sample);
        const int64_t gap = 512 + (int64_t)(case_random(&state) % 1000);
        const bool is_far = case_random(&state) % 10 == 0;
        sample->place.file = file;
        sample->place.offset = end[file] + gap + (is_far ? (int64_t)1 << 40 : 0);
        sample->place.length = (int64_t)(case_random(&state) % 300000);
        end[file] = sample->place.offset + sample->place.length;
        sample->label =
            label_bits < 0 ? -2
            : label_bits == 0
                ? -1
                : (int64_t)(case_random(&state) * case_random(&state) >> (62 - label_bits)) - 1;
        if (deflates && case_random(&state) % 3 == 0)
            sample->place.coding = (tn__coding){.is_coded = true,
                                                .number = (uint32_t)(case_random(&state) * 3),
                                                .content = (int64_t)case_random(&state)};
        const tn__found found = {.name = sample->name,
                                 .coding = sample->place.coding,
                                 .n_name = strlen(sample->name),
                                 .offset = sample->place.offset,
                                 .length = sample->place.length,
                                 .class_name = label_bits < 0 ? sample->class_name : NULL,
                                 .n_class_name = strlen(sample->class_name),
                                 .label = sample->label};
        ck_assert_int_eq(tn__draft_add(&made->drafts[file], &found), TN_OK);
    }
    for (int file = 0; file < CASE_FILES; file++)
        made->files[file] =
            (tn__listed_file){paths[file], end[file] + file, 77 + file, (uint64_t)file << 40};
    return made;
}

static inline void case_free(listing_case *made)
{
    for (int file = 0; file < CASE_FILES; file++)
        tn__draft_free(&made->drafts[file]);
    free(made);
}

static inline tn__listing_wanted case_wanted(const listing_case *made, bool in_natural_order)
{
    return (tn__listing_wanted){.key = "the key",
                                .files = made->files,
                                .n_files = CASE_FILES,
                                .drafts = made->drafts,
                                .n_drafts = CASE_FILES,
                                .in_natural_order = in_natural_order,
                                .n_threads = 2};
}

static inline tn__listing case_list(const tn__listing_wanted *wanted)
{
    tn__listing listing;
    ck_assert_msg(tn__listing_make(wanted, &listing) == TN_OK, "%s", tn_error());
    return listing;
}

#endif
