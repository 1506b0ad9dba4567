/* SPDX-License-Identifier: MIT */
/* Sources whose samples stand in a listing. See source.h. */
#include "data/listing/source.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/open.h"
#include "data/root.h"

static const tn__listing *listing_of(const tn__source *source)
{
    return &((const tn__listing_source *)source)->listing;
}

int tn__listing_source_begin(tn__listing_source *self, const tn__source_ops *ops, const char *root,
                             const char *folder)
{
    self->folder = tn__open(folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    if (self->folder < 0)
        return tn__root_fail(strstr(root, "://") ? root : folder);
    return tn__source_begin(&self->source, ops, root, folder);
}

void tn__listing_source_show(tn__listing_source *self, const tn__listing *listing)
{
    tn__source *const source = &self->source;
    self->listing = *listing;
    source->n_samples = listing->n_samples;
    source->n_classes = listing->n_classes;
    source->class_names = listing->class_names;
    source->label_shape = listing->shape;
    source->weights = listing->weights;
    source->fingerprint = listing->fingerprint;
    source->left_out = listing->left_out;
}

void tn__listing_source_end(tn__listing_source *self)
{
    if (self->folder >= 0)
        close(self->folder);
    tn__listing_free(&self->listing);
    tn__source_end(&self->source);
}

size_t tn__listing_source_name(const tn__source *source, int64_t sample, char out[TN__NAME_BYTES])
{
    return tn__listing_name(listing_of(source), sample, out);
}

void tn__listing_source_label(const tn__source *source, int64_t sample, tn__label *out)
{
    tn__listing_label_of(listing_of(source), sample, out);
}
