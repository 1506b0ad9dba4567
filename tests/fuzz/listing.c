/* SPDX-License-Identifier: MIT */
/* Fuzz target: opens a kept listing, with its checksum repaired, which no accident does. For any
 * contents, what is accepted can be used: each sample lies in its file and has a name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "data/listing/listing.h"
#include "target.h"

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void use_label(const tn__listing *listing, int64_t sample)
{
    tn__label label;
    tn__listing_label_of(listing, sample, &label);
    check(label.n >= 0 && label.n <= listing->shape.most, "too many values");
    const int64_t *const ints = label.kind == TN_LABEL_INTS ? label.ints : &label.value;
    const int64_t n = label.kind == TN_LABEL_INTS || label.kind == TN_LABEL_INT ? label.n : 0;
    for (int64_t k = 0; k < n; k++)
        check(ints[k] >= (label.kind == TN_LABEL_INT ? -1 : 0) &&
                  (listing->n_classes == 0 || ints[k] < listing->n_classes),
              "a label");
    float sum = 0;
    for (int64_t k = 0; label.kind == TN_LABEL_FLOATS && k < label.n; k++)
        sum += label.floats[k];
    check(sum <= 0 || sum > 0 || sum != sum, "a number");
    if (label.kind == TN_LABEL_TEXT)
        check((int64_t)strlen(label.text) == label.n, "a text");
}

static void use(const tn__listing *listing)
{
    char name[TN__NAME_BYTES];
    for (int64_t i = 0; i < listing->n_samples; i++) {
        const tn__listed_place place = tn__listing_place(listing, i);
        check(place.file < listing->n_files, "no such file");
        const tn__listed_file file = tn__listing_file(listing, place.file);
        check(place.offset >= 0 && place.length >= 0 && place.length <= file.bytes - place.offset,
              "a place outside the file");
        check(tn__listing_name(listing, i, name) == strlen(name), "a name with a NUL");
        use_label(listing, i);
    }
    for (int32_t label = 0; label < listing->n_classes; label++)
        check(strlen(listing->class_names[label]) < tn__listing_bytes(listing), "a class");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *const copy = malloc(size + 1);
    tn__listing listing;
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    if (size >= TN__LISTING_HEAD) {
        tn__put_64(copy + TN__LISTING_SIZE, size);
        tn__put_64(copy + TN__LISTING_SUM,
                   tn__hash_of(copy + TN__LISTING_FINGERPRINT, size - TN__LISTING_FINGERPRINT));
    }
    if (tn__listing_open(copy, size, 1, &listing) == TN_OK) {
        use(&listing);
        tn__listing_free(&listing);
    }
    return 0;
}
