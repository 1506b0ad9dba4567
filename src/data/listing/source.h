/* SPDX-License-Identifier: MIT */
/* What sources share whose samples stand in a listing: names, labels, and the folder in which the
 * paths of the listing begin. */
#ifndef TENCH_DATA_LISTING_SOURCE_H
#define TENCH_DATA_LISTING_SOURCE_H

#include "data/listing/listing.h"
#include "data/source.h"

/* The struct of a kind begins with it. */
typedef struct tn__listing_source {
    tn__source source;
    tn__listing listing;
    int folder; /* descriptor of source.folder; -1: it is not open */
} tn__listing_source;

/* Begins a source, and opens its folder. Call tn__listing_source_end even if it fails. TN_EIO,
 * TN_ENOMEM; TN_EINVAL for a URL. */
int tn__listing_source_begin(tn__listing_source *self, const tn__source_ops *ops, const char *root,
                             const char *folder);
/* Takes over the listing, and fills in the source's fields from it. */
void tn__listing_source_show(tn__listing_source *self, const tn__listing *listing);
void tn__listing_source_end(tn__listing_source *self);

/* For tn__source_ops. */
size_t tn__listing_source_name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES]);
void tn__listing_source_label(const tn__source *source, int64_t sample, tn__label *out);

#endif
