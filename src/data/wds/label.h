/* SPDX-License-Identifier: MIT */
/* Labels of samples in WebDataset shards: the text of a .cls, or a field of a .json. */
#ifndef TENCH_DATA_WDS_LABEL_H
#define TENCH_DATA_WDS_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/json.h"
#include "data/source.h"

typedef struct tn__wds_label {
    tn__label label; /* its arrays and text lie in the two below */
    tn__blob values;
    tn__text text;
} tn__wds_label;

/* Reads an integer between blanks. */
bool tn__wds_read_int(const char *text, size_t n, int64_t *out);
/* Finds a field by its path, a/b for b in a. As in timm, a key that has the "/" in it goes first.
 */
bool tn__wds_find_field(tn__json object, const char *path, tn__json *out);
/* Reads the value of a field. `as` is one of TN__LABELS_AUTO … TN_EDECODE: it is something else;
 * the message says what. TN_ENOMEM. */
int tn__wds_read_label(tn__json value, int32_t as, tn__wds_label *out);
void tn__wds_label_free(tn__wds_label *label);

#endif
