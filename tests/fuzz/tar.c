/* SPDX-License-Identifier: MIT */
/* Fuzz target: finds the samples of a tar, by timm's rules and by those of WebDataset, and makes a
 * listing of them.
 *
 * An input is a tar. Its last byte selects whether the sums of its headers are repaired first,
 * which no accident does, and the label of WebDataset and its kind. For any contents, each sample
 * lies inside the file and comes out of the listing as it was found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/listing/make.h"
#include "data/tar/find.h"
#include "data/tar/reader.h"
#include "data/wds/find.h"
#include "make_tar.h"
#include "memory.h"
#include "target.h"

enum { MENDED = 1, FIELD = 2, KINDS = TN__LABELS_TEXT + 1 };

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void compare(const tn__listing *listing, const tn__draft *draft, int64_t first, int64_t size)
{
    char name[TN__NAME_BYTES];
    for (int64_t i = 0; i < draft->n; i++) {
        const tn__listed_place place = tn__listing_place(listing, first + i);
        const tn__drafted *const sample = &draft->samples[i];
        tn__listing_name(listing, first + i, name);
        check(strcmp(name, draft->names.chars + sample->name) == 0, "another name");
        check(place.offset == sample->offset && place.length == sample->length, "another place");
        check(place.offset >= 0 && place.length >= 0 && place.length <= size - place.offset,
              "a place outside the file");
    }
}

/* Makes a listing of drafts in their order. */
static void list(const tn__draft drafts[2], int64_t size)
{
    const tn__listed_file file = {"a.tar", size, 1, 1};
    const tn__listing_wanted wanted = {
        .key = "k", .files = &file, .n_files = 1, .drafts = drafts, .n_drafts = 2, .n_threads = 1};
    tn__listing listing;
    if (tn__listing_make(&wanted, &listing) != TN_OK)
        return;
    check(listing.n_samples == drafts[0].n + drafts[1].n, "another number");
    compare(&listing, &drafts[0], 0, size);
    compare(&listing, &drafts[1], drafts[0].n, size);
    tn__listing_free(&listing);
}

static void mend(int file, size_t size)
{
    uint8_t head[TN__TAR_BLOCK];
    for (size_t at = 0; at + sizeof head <= size; at += sizeof head) {
        tn__blob block = {.bytes = head, .size = sizeof head};
        if (pread(file, head, sizeof head, (off_t)at) != (ssize_t)sizeof head)
            abort();
        if (memcmp(head + 257, "ustar", 5) != 0)
            continue;
        tar_mend(&block, 0);
        if (pwrite(file, head, sizeof head, (off_t)at) != (ssize_t)sizeof head)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    tn__listing_watch watch = {.stop = NULL};
    tn__extensions extensions;
    if (size < 1)
        return 0;
    const uint8_t options = bytes[--size];
    const int file = memory_file(bytes, size);
    if (tn__extensions_parse(".jpg,.png", &extensions) != TN_OK)
        abort();
    if (options & MENDED)
        mend(file, size);
    tn__draft drafts[2] = {{0}, {0}}, samples[2] = {{0}, {0}};
    const tn__tar_search search = {.descriptor = file,
                                   .bytes = (int64_t)size,
                                   .stem = "stem",
                                   .extensions = &extensions,
                                   .watch = &watch};
    if (tn__tar_find(&search, drafts) == TN_OK)
        list(drafts, (int64_t)size);
    const tn__wds_search shard = {.descriptor = file,
                                  .bytes = (int64_t)size,
                                  .images = "jpg;png",
                                  .label = options & FIELD ? "a/b" : "cls",
                                  .labels = (options >> 4) % KINDS,
                                  .watch = &watch};
    int64_t n_samples;
    if (tn__wds_find(&shard, &samples[0], &n_samples) == TN_OK)
        list(samples, (int64_t)size);
    (void)tn__wds_is_shard(file, (int64_t)size, size % 2);
    for (int i = 0; i < 2; i++) {
        tn__draft_free(&drafts[i]);
        tn__draft_free(&samples[i]);
    }
    return 0;
}
