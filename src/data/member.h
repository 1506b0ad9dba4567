/* SPDX-License-Identifier: MIT */
/* Members of containers as samples: the folder that holds a file names its class. */
#ifndef TENCH_DATA_MEMBER_H
#define TENCH_DATA_MEMBER_H

#include "data/listing/draft.h"

/* Writes the path of a member without its empty parts and ".". TN_EDECODE: a NUL is in it;
 * TN_ELIMIT. */
int tn__member_path(const char *name, size_t n_name, char out[TN__NAME_BYTES], size_t *n_path);
/* Adds a member that lies at the member's place. Its name is a text; the sample's name lacks its
 * empty parts and ".". The class of a file at the top of the container is `stem`. Failures of
 * tn__draft_add. */
int tn__member_add(const tn__found *member, const char *stem, tn__draft *draft);

#endif
