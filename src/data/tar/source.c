/* SPDX-License-Identifier: MIT */
/* Tars as sources, by the rules of timm's ImageInTar. See source.h. */
#include "data/tar/source.h"

#include "base/path.h"
#include "data/archive.h"
#include "data/tar/find.h"

static int list(void *context, const tn__container_file *file, tn__draft drafts[2])
{
    const tn__archive_rules *const rules = context;
    char stem[TN__NAME_BYTES];
    tn__archive_class(rules, file, stem);
    const tn__tar_search search = {.descriptor = file->descriptor,
                                   .bytes = file->bytes,
                                   .stem = stem,
                                   .extensions = &rules->extensions,
                                   .watch = file->watch};
    return tn__tar_find(&search, drafts);
}

static tn__source *open_tar(const tn__source_options *options)
{
    static const tn__archive kind = {.name = "tar", .suffix = ".tar", .key = "tar", .list = list};
    return tn__archive_open(&kind, options);
}

/* A file is a tar by its name, as in timm. A compressed one is refused when it is opened. A folder
 * of tars has nothing else that could be a class folder. */
static int claims(tn__root_facts *root)
{
    static const char *const suffixes[] = {".tar",     ".tar.gz", ".tgz",
                                           ".tar.bz2", ".tar.xz", ".tar.zst"};
    if (tn__root_is_folder(root))
        return tn__root_is_folder_of(root, ".tar");
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (tn__ends_with_any_case(root->path, suffixes[i]))
            return 1;
    return 0;
}

const tn__source_kind tn__kind_tar = {
    .spec =
        {
            .name = "tar",
            .aliases = "tar/",
            .doc = "A tar, or the tars of a folder; the folder in the tar that holds a file names "
                   "its class, or else the tar does.",
            .source = "timm 1.0.31 reader_image_in_tar.py",
            .speed = "1.00 of a folder's time; 5.8 times timm",
            .shared = {tn__kind_params},
        },
    .claims = claims,
    .open = open_tar,
};
