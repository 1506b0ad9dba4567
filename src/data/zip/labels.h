/* SPDX-License-Identifier: MIT */
/* Labels of a zip as StyleGAN's tools write them: the member dataset.json at its top has the labels
 * by the names of the images. They take the place of folders as classes. */
#ifndef TENCH_DATA_ZIP_LABELS_H
#define TENCH_DATA_ZIP_LABELS_H

#include <stdbool.h>

#include "data/container.h"
#include "data/zip/reader.h"

/* True if the member has the labels. Its name is a text. */
bool tn__zip_is_labels(const char *name);
/* Reads the labels from the member, whose data begin at `offset`, and gives them to the samples of
 * the draft. A file without a list "labels" is another's: the samples keep their classes. With
 * "labels": null they have none. TN_EDECODE: it is damaged, a sample has no label, or a label is
 * neither a class nor a list of numbers; TN_EINVAL: lists differ in length; TN_ELIMIT, TN_EIO,
 * TN_ENOMEM. */
int tn__zip_label(const tn__container_file *file, const tn__zip_member *member, int64_t offset,
                  tn__draft *draft);

#endif
