/* SPDX-License-Identifier: MIT */
/* Finds the samples of a tar. See find.h. */
#include "data/tar/find.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/path.h"
#include "data/member.h"
#include "data/tar/reader.h"

static int add_sample(const tn__tar_member *member, const char *stem, tn__draft *draft)
{
    const tn__found found = {.name = member->name,
                             .n_name = member->n_name,
                             .offset = member->offset,
                             .length = member->length};
    return tn__member_add(&found, stem, draft);
}

/* Takes a member that is not a tar. */
static int take(const tn__tar_search *search, const tn__tar_member *member, tn__draft *draft)
{
    const char *const base = tn__path_leaf(member->name);
    const bool is_image = tn__extensions_match(search->extensions, base);
    if (is_image && member->type == '0')
        return add_sample(member, search->stem, draft);
    if (is_image && (member->type == '1' || member->type == 'S'))
        return tn__tar_fail_kind(member);
    const bool is_other = member->type != '5' && base[0] != '.';
    const bool is_file = !strchr("2346", member->type); /* else a link, a device or a pipe */
    draft->left_out[is_file ? TN__OTHER_FILES : TN__OTHER_MEMBERS] += is_other;
    return TN_OK;
}

/* Searches a tar in a tar. */
static int find_flat(const tn__tar_search *search, int64_t begin, int64_t end, tn__draft *draft)
{
    tn__tar tar;
    tn__tar_member member;
    tn__tar_open(search->descriptor, begin, end, &tar);
    int status;
    while ((status = tn__tar_next(&tar, &member)) == TN_OK) {
        status = tn__listing_step(search->watch);
        if (status == TN_OK)
            status = take(search, &member, draft);
        if (status != TN_OK)
            break;
    }
    tn__tar_close(&tar);
    return status == TN_END ? TN_OK : status;
}

/* Searches a tar that is a member. Its name without the extension is the class of files at its top.
 */
static int find_inside(const tn__tar_search *search, const tn__tar_member *member, tn__draft *draft)
{
    char stem[TN__NAME_BYTES];
    const char *const base = tn__path_leaf(member->name);
    const size_t n = strlen(base) - strlen(".tar");
    int status = tn__check_name_length(base, n);
    if (status != TN_OK)
        return status;
    memcpy(stem, base, n);
    stem[n] = '\0';
    tn__tar_search inner = *search;
    inner.stem = stem;
    const int64_t end = member->offset + member->length;
    status = find_flat(&inner, member->offset, end, draft);
    return status == TN_OK ? TN_OK : tn__error_prefix("\"%.200s\"", member->name);
}

static bool is_tar(const tn__tar_member *member)
{
    const char *const base = tn__path_leaf(member->name), *const dot = strrchr(base, '.');
    return member->type == '0' && dot && (size_t)(dot - base) >= strspn(base, ".") &&
           strcasecmp(dot, ".tar") == 0;
}

int tn__tar_find(const tn__tar_search *search, tn__draft drafts[2])
{
    tn__tar tar;
    tn__tar_member member;
    tn__tar_open(search->descriptor, 0, search->bytes, &tar);
    int status;
    while ((status = tn__tar_next(&tar, &member)) == TN_OK) {
        status = tn__listing_step(search->watch);
        if (status == TN_OK)
            status = is_tar(&member) ? find_inside(search, &member, &drafts[0])
                                     : take(search, &member, &drafts[1]);
        if (status != TN_OK)
            break;
    }
    tn__tar_close(&tar);
    return status == TN_END ? TN_OK : status;
}
