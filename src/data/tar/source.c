/* SPDX-License-Identifier: MIT */
/* Tars as sources, by the rules of timm's ImageInTar. See source.h. */
#include "data/tar/source.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "data/container.h"
#include "data/tar/find.h"

/* What listing a tar needs to know. */
typedef struct rules {
    tn__extensions extensions;
    bool is_one; /* the root is a tar: it gives no class to the files at its top */
} rules;

static int list(void *context, const tn__container_file *file, tn__draft drafts[2])
{
    const rules *const self = context;
    char stem[TN__NAME_BYTES] = "";
    if (!self->is_one) /* "n01.tar" gives the class n01 */
        snprintf(stem, sizeof stem, "%.*s", (int)(strlen(file->path) - strlen(".tar")), file->path);
    const tn__tar_search search = {.descriptor = file->descriptor,
                                   .bytes = file->bytes,
                                   .stem = stem,
                                   .extensions = &self->extensions,
                                   .watch = file->watch};
    return tn__tar_find(&search, drafts);
}

/* Opens the tars that were found; their paths begin in the folder. */
static tn__source *open_tars(const tn_dataset_options *dataset, const char *folder,
                             const tn__shards *tars, rules *self)
{
    tn__text key = {0}, nothing = {0};
    tn__source *opened = NULL;
    tn__text_printf(&key, "tar extensions=%s", dataset->extensions);
    tn__text_printf(&nothing, "no member has an extension of %s", dataset->extensions);
    const tn__container_plan plan = {.dataset = dataset,
                                     .folder = folder,
                                     .files = tars,
                                     .key = key.chars,
                                     .in_natural_order = true,
                                     .list = list,
                                     .context = self,
                                     .nothing = nothing.chars};
    if (key.failed || nothing.failed)
        tn__fail_memory("options", key.capacity);
    else
        opened = tn__container_open(&plan);
    tn__text_free(&key);
    tn__text_free(&nothing);
    return opened;
}

static tn__source *open_tar(const tn__source_options *options)
{
    const tn_dataset_options *const dataset = options->dataset;
    rules self;
    tn__text folder = {0};
    tn__shards tars = {0};
    tn__source *opened = NULL;
    int status = tn__extensions_parse(dataset->extensions, &self.extensions);
    if (status == TN_OK)
        status = tn__shards_at(dataset->root, ".tar", &self.is_one, &folder, &tars);
    if (status == TN_OK && tars.n == 0)
        status = tn__fail(TN_EINVAL, "no tars in \"%s\": no file ends with .tar", dataset->root);
    if (status == TN_OK)
        opened = open_tars(dataset, folder.chars, &tars, &self);
    tn__text_free(&folder);
    tn__shards_free(&tars);
    return opened;
}

static bool ends_with(const char *path, const char *suffix)
{
    const size_t n = strlen(path), n_suffix = strlen(suffix);
    return n > n_suffix && strcasecmp(path + n - n_suffix, suffix) == 0;
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
        if (ends_with(root->path, suffixes[i]))
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
            .shared = {tn__kind_params},
        },
    .claims = claims,
    .open = open_tar,
};
