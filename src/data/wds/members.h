/* SPDX-License-Identifier: MIT */
/* The members of a shard, in their order: by its index, or by its headers. */
#ifndef TENCH_DATA_WDS_MEMBERS_H
#define TENCH_DATA_WDS_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "data/tar/reader.h"
#include "data/wds/index.h"

typedef struct tn__wds_members {
    tn__tar tar;
    tn__wds_index *index; /* NULL: there is none, or it has ended */
    tn__wds_entry entry;  /* the next one, if there is one */
    bool has_entry;
    bool is_checked; /* the header of the last member was read */
    int64_t n;       /* members that the index had */
} tn__wds_members;

/* Begins. `index` may be NULL; it is borrowed. */
void tn__wds_members_open(int descriptor, int64_t bytes, tn__wds_index *index,
                          tn__wds_members *out);
/* Reads the next member, as tn__tar_next does. If the index does not fit, `is_unfit` of it is set.
 */
int tn__wds_members_next(tn__wds_members *members, tn__tar_member *out);
/* Makes sure that the last member, which is `member`, is where the index says. */
int tn__wds_members_check(tn__wds_members *members, const tn__tar_member *member);
void tn__wds_members_close(tn__wds_members *members);

#endif
