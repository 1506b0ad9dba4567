/* SPDX-License-Identifier: MIT */
/* Opens archives of class folders. See archive.h. */
#include "data/archive.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

void tn__archive_class(const tn__archive_rules *rules, const tn__container_file *file,
                       char out[TN__NAME_BYTES])
{
    const size_t n = rules->is_one ? 0 : strlen(file->path) - strlen(rules->kind->suffix);
    snprintf(out, TN__NAME_BYTES, "%.*s", (int)n, file->path);
}

/* Opens the archives that were found; their paths begin in the folder. */
static tn__source *open_found(const tn_dataset_options *dataset, const char *folder,
                              const tn__shards *archives, tn__archive_rules *rules)
{
    tn__container_plan plan = {.dataset = dataset,
                               .folder = folder,
                               .files = archives,
                               .in_natural_order = true,
                               .list = rules->kind->list,
                               .context = rules,
                               .read_coded = rules->kind->read_coded};
    tn__text_printf(&plan.key, "%s extensions=%s", rules->kind->key, dataset->extensions);
    tn__text_printf(&plan.nothing, "no member has an extension of %s", dataset->extensions);
    return tn__container_open(&plan);
}

tn__source *tn__archive_open(const tn__archive *kind, const tn__source_options *options)
{
    const tn_dataset_options *const dataset = options->dataset;
    tn__archive_rules rules = {.kind = kind};
    tn__text folder = {0};
    tn__shards archives = {0};
    tn__source *opened = NULL;
    int status = tn__extensions_parse(dataset->extensions, &rules.extensions);
    if (status == TN_OK)
        status = tn__shards_at(dataset->root, kind->suffix, &rules.is_one, &folder, &archives);
    if (status == TN_OK && archives.n == 0)
        status = tn__fail(TN_EINVAL, "no %ss in \"%s\": no file ends with %s", kind->name,
                          dataset->root, kind->suffix);
    if (status == TN_OK)
        opened = open_found(dataset, folder.chars, &archives, &rules);
    tn__text_free(&folder);
    tn__shards_free(&archives);
    return opened;
}
