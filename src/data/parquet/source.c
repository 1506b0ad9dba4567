/* SPDX-License-Identifier: MIT */
/* Parquet files as sources. See source.h. */
#include "data/parquet/source.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "data/container.h"
#include "data/parquet/find.h"
#include "data/parquet/first.h"
#include "data/parquet/layout.h"
#include "data/parquet/read.h"

enum { AUTO, TEXT };    /* the choices of `labels` */
enum { CHECK, IGNORE }; /* the choices of `card` */

static tn__parquet_place place_of(const tn__source_options *options)
{
    return (tn__parquet_place){.root = options->dataset->root,
                               .has_card = tn__kind_value(options, "card")->choice == CHECK};
}

static int list(void *context, const tn__container_file *file, tn__draft drafts[2])
{
    return tn__parquet_find_samples(file, context, &drafts[0]);
}

/* The first file decides about the columns. */
static int choose(const tn__source_options *options, const char *folder, const char *name,
                  tn__parquet_columns *out)
{
    tn__parquet_meta meta;
    const char *const image = tn__kind_value(options, "image")->text;
    const char *const label = tn__kind_value(options, "label")->text;
    const tn__parquet_wish wish = {.image = image && image[0] ? image : NULL,
                                   .label = label && label[0] ? label : NULL,
                                   .is_text = tn__kind_value(options, "labels")->choice == TEXT};
    int status = tn__parquet_read_file(folder, name, &meta);
    if (status == TN_OK)
        status = tn__parquet_choose(&meta, &wish, out);
    if (status != TN_OK)
        tn__error_prefix("data set \"%s\": %s", options->dataset->root, name);
    tn__parquet_free(&meta);
    return status;
}

/* One for each thread that may read, within reason: each takes TN__STREAM_KEPT bytes and more. */
static int32_t streams_for(int32_t n_threads)
{
    enum { FEW = 4, MANY = 16 };
    return n_threads < FEW ? FEW : n_threads > MANY ? MANY : n_threads;
}

static void free_streams(void *streams)
{
    tn__streams_free(streams);
}

static tn__source *open_files(const tn_dataset_options *dataset, const char *folder,
                              const tn__shards *files, tn__parquet_columns *columns)
{
    tn__streams *const streams = tn__streams_make(streams_for(dataset->threads));
    if (!streams)
        return NULL;
    tn__container_plan plan = {.dataset = dataset,
                               .folder = folder,
                               .files = files,
                               .classes = columns->classes.n > 0 ? &columns->classes : NULL,
                               .list = list,
                               .context = columns,
                               .read_coded = tn__parquet_read_coded,
                               .reader = streams,
                               .free_reader = free_streams};
    tn__text_printf(&plan.key, "parquet image=%s path=%s label=%s", columns->image.chars,
                    columns->path.chars, columns->label.chars);
    if (columns->more.length > 0)
        tn__text_printf(&plan.key, " labels=%s kind=%d", columns->more.chars, (int)columns->kind);
    tn__text_printf(&plan.nothing, "no row has one in the column %s", columns->image.chars);
    return tn__container_open(&plan);
}

static tn__source *open_parquet(const tn__source_options *options)
{
    const tn_dataset_options *const dataset = options->dataset;
    tn__text folder = {0};
    tn__shards files = {0};
    tn__parquet_columns columns = {0};
    tn__source *opened = NULL;
    const tn__parquet_place place = place_of(options);
    int status = tn__parquet_find_files(&place, dataset->split, &folder, &files);
    if (status == TN_OK && files.n == 0)
        status = tn__fail(TN_EINVAL, "no Parquet files in \"%s\": no file ends with .parquet",
                          dataset->root);
    if (status == TN_OK)
        status = choose(options, folder.chars, files.names[0], &columns);
    if (status == TN_OK)
        opened = open_files(dataset, folder.chars, &files, &columns);
    tn__parquet_columns_free(&columns);
    tn__text_free(&folder);
    tn__shards_free(&files);
    return opened;
}

static int list_splits(const tn__source_options *options, tn__splits *out)
{
    const tn__parquet_place place = place_of(options);
    return tn__parquet_find_splits(&place, out);
}

static int claims(tn__root_facts *root)
{
    if (!tn__root_is_folder(root))
        return root->n_head >= 4 && memcmp(root->head, "PAR1", 4) == 0;
    const int answer = tn__root_is_folder_of(root, ".parquet");
    return answer == 0 ? tn__parquet_is_repository(root) : answer;
}

static const tn__param params[] = {
    {.name = "image",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "the column of images: bytes, or a struct with bytes and path; default: the first "
            "feature Image, or image"},
    {.name = "label",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "the column of labels: numbers, lists of numbers, or texts; default: the first feature "
            "ClassLabel, label, or labels"},
    {.name = "labels",
     .kind = TN__CHOICE,
     .initial = "auto",
     .choices = "auto text",
     .doc = "what texts are. auto: names of classes; text: labels as they are"},
    {.name = "card",
     .kind = TN__CHOICE,
     .initial = "check",
     .choices = "check ignore",
     .doc =
         "what the README.md of a repository is for. check: its configs must name the same files "
         "and splits as the names of the files; ignore: nothing"},
    {0}};

const tn__source_kind tn__kind_parquet = {
    .spec =
        {
            .name = "parquet",
            .aliases = "hfds/",
            .doc = "Parquet files as on the Hugging Face Hub: one file, those of a folder, or of "
                   "a repository.",
            .source = "pyarrow 26.0, datasets 5.2",
            .speed =
                "0.98 of a folder's time, with snappy 0.99; 5.3 times datasets, 5.4 times timm",
            .params = params,
            .shared = {tn__kind_params},
        },
    .claims = claims,
    .splits = list_splits,
    .open = open_parquet,
};
