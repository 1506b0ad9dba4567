/* SPDX-License-Identifier: MIT */
/* Keeps listings in the user's cache, so that a source opens without reading its files again. A
 * listing is used only if the same files are there, unchanged, and its samples were chosen in the
 * same way. */
#ifndef TENCH_DATA_LISTING_CACHE_H
#define TENCH_DATA_LISTING_CACHE_H

#include <stdbool.h>

#include "data/listing/listing.h"
#include "data/listing/make.h"

/* A listing of fewer samples is not kept: making it again takes no longer than a file's opening. */
enum { TN__LISTING_LEAST = 1000 };

/* What the cache is asked for. */
typedef struct tn__listing_cache {
    const char *root; /* of the data set: a folder or a file */
    bool reports;     /* say on standard error why a listing is not used or cannot be kept */
} tn__listing_cache;

/* Finds the listing of the wanted files and key. False: the caller makes it. */
bool tn__listing_load(const tn__listing_cache *cache, const tn__listing_wanted *wanted,
                      tn__listing *out);
/* Keeps a listing, unless it is short, or a file changed so lately that a later change could leave
 * its time as it is. */
void tn__listing_save(const tn__listing_cache *cache, const tn__listing *listing);

#endif
