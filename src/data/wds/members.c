/* SPDX-License-Identifier: MIT */
/* The members of a shard. See members.h.
 *
 * With an index, the entries must cover the tar: each header begins where the data before it ends.
 * What lies between entries, and after the last one, is read from headers. So an index of another
 * tar is found out by its sizes; some headers are compared besides. */
#include "data/wds/members.h"

#include <string.h>

#include "base/error.h"

enum { CHECK_EACH = 64 };

void tn__wds_members_open(int descriptor, int64_t bytes, tn__wds_index *index, tn__wds_members *out)
{
    tn__tar_open(descriptor, 0, bytes, &out->tar);
    out->index = index;
    out->has_entry = out->is_checked = false;
    out->n = 0;
}

void tn__wds_members_close(tn__wds_members *members)
{
    tn__tar_close(&members->tar);
}

static bool is_same(const tn__tar_member *member, const char *name, size_t n_name, int64_t length)
{
    return member->type == '0' && member->length == length && member->n_name == n_name &&
           memcmp(member->name, name, n_name) == 0;
}

/* Takes the entry without a look at its header. */
static void trust(tn__wds_members *self, tn__tar_member *out)
{
    const tn__wds_entry *const entry = &self->entry;
    *out = (tn__tar_member){.type = '0',
                            .name = entry->name,
                            .n_name = entry->n_name,
                            .offset = entry->offset,
                            .length = entry->length};
    self->tar.at =
        entry->offset + (entry->length + TN__TAR_BLOCK - 1) / TN__TAR_BLOCK * TN__TAR_BLOCK;
    self->has_entry = self->is_checked = false;
    self->n++;
}

/* Reads the header that comes next: that of the entry, or of a member that the index lacks. */
static int read_header(tn__wds_members *self, tn__tar_member *out)
{
    const tn__wds_entry *const entry = &self->entry;
    const int status = tn__tar_next(&self->tar, out);
    if (status != TN_OK && status != TN_END && status != TN_EDECODE)
        return status;
    self->is_checked = true;
    if (status == TN_OK && out->offset < entry->offset)
        return TN_OK;
    if (status != TN_OK || out->offset != entry->offset ||
        !is_same(out, entry->name, entry->n_name, entry->length))
        return tn__wds_index_fail(self->index, "does not fit the tar at the member", entry->name);
    self->has_entry = false;
    self->n++;
    return TN_OK;
}

int tn__wds_members_next(tn__wds_members *members, tn__tar_member *out)
{
    tn__wds_entry *const entry = &members->entry;
    if (members->index && !members->has_entry) {
        const int status = tn__wds_index_next(members->index, entry);
        if (status != TN_OK && status != TN_END)
            return status;
        members->has_entry = status == TN_OK;
    }
    if (!members->has_entry) {
        members->index = NULL;
        return tn__tar_next(&members->tar, out);
    }
    const tn__tar *const tar = &members->tar;
    if (entry->offset < tar->at + TN__TAR_BLOCK || entry->offset > tar->end ||
        entry->length > tar->end - entry->offset)
        return tn__wds_index_fail(members->index, "does not fit the tar at the member",
                                  entry->name);
    if (entry->offset > tar->at + TN__TAR_BLOCK || members->n % CHECK_EACH == 0)
        return read_header(members, out);
    trust(members, out);
    return TN_OK;
}

int tn__wds_members_check(tn__wds_members *members, const tn__tar_member *member)
{
    tn__tar_member real;
    const int64_t after = members->tar.at;
    if (!members->index || members->is_checked)
        return TN_OK;
    members->tar.at = member->offset - TN__TAR_BLOCK;
    const int status = tn__tar_next(&members->tar, &real);
    members->tar.at = after;
    if (status != TN_OK && status != TN_END && status != TN_EDECODE)
        return status;
    members->is_checked = true;
    if (status == TN_OK && real.offset == member->offset &&
        is_same(&real, member->name, member->n_name, member->length))
        return TN_OK;
    return tn__wds_index_fail(members->index, "does not fit the tar at the member", member->name);
}
