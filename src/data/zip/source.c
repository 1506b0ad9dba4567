/* SPDX-License-Identifier: MIT */
/* Zips as sources: what a class folder has, packed. See source.h. */
#include "data/zip/source.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/path.h"
#include "data/archive.h"
#include "data/deflated.h"
#include "data/member.h"
#include "data/zip/labels.h"
#include "data/zip/reader.h"

/* Name of a method, APPNOTE.TXT 4.4.5. NULL: it has none here. */
static const char *method_name(uint32_t method)
{
    static const struct {
        uint32_t method;
        const char *name;
    } methods[] = {{9, "deflate64"}, {12, "bzip2"}, {14, "LZMA"}, {93, "zstd"}, {95, "xz"}};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].method == method)
            return methods[i].name;
    return NULL;
}

static int fail_method(const char *name, uint32_t method)
{
    const char *const known = method_name(method);
    if (!known)
        return tn__fail(TN_EDECODE,
                        "\"%s\" is compressed with method %u: make the zip again with deflate, or "
                        "store its members",
                        name, (unsigned)method);
    return tn__fail(TN_EDECODE,
                    "\"%s\" is compressed with %s: make the zip again with deflate, or store its "
                    "members",
                    name, known);
}

/* TN_EDECODE: the member's bytes cannot be had. */
static int check(const char *name, const tn__zip_member *member)
{
    if (member->flags & TN__ZIP_ENCRYPTED)
        return tn__fail(TN_EDECODE, "\"%s\" is encrypted: make the zip again without a password",
                        name);
    if (member->method != TN__ZIP_STORED && member->method != TN__ZIP_DEFLATED)
        return fail_method(name, member->method);
    if (member->method == TN__ZIP_STORED && member->length != member->content)
        return tn__fail(TN_EDECODE, "\"%s\" is stored as %lld bytes, but has %lld", name,
                        (long long)member->length, (long long)member->content);
    return TN_OK;
}

static int add_sample(const tn__zip *zip, const char *name, const tn__zip_member *member,
                      const char *stem, tn__draft *draft)
{
    const bool is_deflated = member->method == TN__ZIP_DEFLATED;
    int64_t offset = 0;
    int status = check(name, member);
    if (status == TN_OK)
        status = tn__zip_find(zip, member, &offset);
    if (status != TN_OK)
        return status;
    const tn__found found = {.name = name,
                             .n_name = member->n_name,
                             .offset = offset,
                             .length = member->length,
                             .coding = {.is_coded = is_deflated,
                                        .number = is_deflated ? member->sum : 0,
                                        .content = is_deflated ? member->content : 0}};
    return tn__member_add(&found, stem, draft);
}

/* Takes a member. macOS keeps a copy of each file's attributes in __MACOSX, under the file's name.
 * *labels gets the member with the labels. */
static int take(const tn__archive_rules *rules, const tn__zip *zip, const tn__zip_member *member,
                const char *stem, tn__draft *draft, tn__zip_member *labels)
{
    static const char macos[] = "__MACOSX/";
    char name[TN__NAME_BYTES];
    const int status = tn__check_name_length(member->name, member->n_name);
    if (status != TN_OK)
        return status;
    memcpy(name, member->name, member->n_name);
    name[member->n_name] = '\0';
    const char *const base = tn__path_leaf(name);
    if (base[0] == '\0' || strncmp(name, macos, sizeof macos - 1) == 0)
        return TN_OK;
    if (tn__extensions_match(&rules->extensions, base))
        return add_sample(zip, name, member, stem, draft);
    if (tn__zip_is_labels(name))
        *labels = *member;
    else
        draft->left_out[TN__OTHER_FILES] += base[0] != '.';
    return TN_OK;
}

static int take_labels(const tn__zip *zip, const tn__container_file *file,
                       const tn__zip_member *member, tn__draft *draft)
{
    int64_t offset = 0;
    int status = check("dataset.json", member);
    if (status == TN_OK)
        status = tn__zip_find(zip, member, &offset);
    return status == TN_OK ? tn__zip_label(file, member, offset, draft) : status;
}

static int list_open(const tn__archive_rules *rules, const tn__container_file *file, tn__zip *zip,
                     const char *stem, tn__draft *draft)
{
    tn__zip_member member, labels = {.header = -1};
    int status = tn__zip_open(file->descriptor, file->bytes, zip);
    while (status == TN_OK && (status = tn__zip_next(zip, &member)) == TN_OK) {
        status = tn__listing_step(file->watch);
        if (status == TN_OK)
            status = take(rules, zip, &member, stem, draft, &labels);
    }
    if (status != TN_END || labels.header < 0)
        return status == TN_END ? TN_OK : status;
    return take_labels(zip, file, &labels, draft);
}

static int list(void *context, const tn__container_file *file, tn__draft drafts[2])
{
    const tn__archive_rules *const rules = context;
    char stem[TN__NAME_BYTES];
    tn__archive_class(rules, file, stem);
    tn__zip zip;
    const int status = list_open(rules, file, &zip, stem, &drafts[0]);
    tn__zip_close(&zip);
    return status;
}

static tn__source *open_zip(const tn__source_options *options)
{
    static const tn__archive kind = {.name = "zip",
                                     .suffix = ".zip",
                                     .key = "zip with dataset.json",
                                     .list = list,
                                     .read_coded = tn__deflated_read};
    return tn__archive_open(&kind, options);
}

/* A zip is known by its first bytes, or by its name if a program lies before it. A folder of zips
 * has nothing else that could be a class folder. */
static int claims(tn__root_facts *root)
{
    if (tn__root_is_folder(root))
        return tn__root_is_folder_of(root, ".zip");
    const size_t n = strlen(root->path);
    return (root->n_head >= 4 && memcmp(root->head, "PK\3\4", 4) == 0) ||
           (n > 4 && strcasecmp(root->path + n - 4, ".zip") == 0);
}

const tn__source_kind tn__kind_zip = {
    .spec =
        {
            .name = "zip",
            .aliases = "zip/",
            .doc = "A zip, or the zips of a folder; the folder in the zip that holds a file names "
                   "its class, or else the zip does.",
            .source = "Python 3.11 zipfile",
            .speed = "0.99 of a folder's time if stored",
            .shared = {tn__kind_params},
        },
    .claims = claims,
    .open = open_zip,
};
