/* SPDX-License-Identifier: MIT */
/* WebDataset shards as sources, with random access. See source.h. */
#include "data/wds/source.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "base/text.h"
#include "data/container.h"
#include "data/labels.h"
#include "data/wds/find.h"
#include "data/wds/shards.h"

/* The members that make a sample, and what the shards should have. */
typedef struct rules {
    const char *root, *images, *label;
    int32_t labels;
    const tn__wds_shards *shards;
    bool reports; /* say on standard error why an index is not used */
} rules;

/* Opens the index beside a shard: a.idx for a.tar. TN_END: there is none. */
static int open_index(const rules *self, const char *shard, tn__wds_index *out)
{
    tn__text path = {0};
    *out = (tn__wds_index){.text = NULL};
    if (!tn__ends_with(shard, ".tar"))
        return TN_END;
    if (shard[0] != '/')
        tn__text_printf(&path, "%s/", self->shards->folder.chars);
    tn__text_add_bytes(&path, shard, strlen(shard) - strlen(".tar"));
    tn__text_add(&path, ".idx");
    const int status = path.failed ? tn__fail_memory("a path", path.capacity)
                                   : tn__wds_index_open(path.chars, out);
    tn__text_free(&path);
    return status;
}

/* Lists the samples by the index. TN_END: there is none that fits. What is wrong may be wrong in
 * the index alone, so the headers of the tar decide. */
static int list_by_index(const rules *self, const tn__wds_search *search,
                         const tn__container_file *file, tn__draft *draft, int64_t *n_samples)
{
    tn__wds_index index;
    tn__wds_search with = *search;
    int status = open_index(self, file->path, &index);
    with.index = &index;
    if (status == TN_OK)
        status = tn__wds_find(&with, draft, n_samples);
    if (status == TN_EDECODE || status == TN_ELIMIT || index.is_unfit) {
        if (self->reports)
            fprintf(stderr, "tench: %s: tench reads the headers of %s instead of its index: %s\n",
                    self->root, file->path, tn__error_last()->message);
        tn__draft_free(draft);
        draft->file = file->number;
        status = TN_END;
    }
    tn__wds_index_free(&index);
    return status;
}

/* Compares a shard with what describes it. */
static int check_shard(const rules *self, const tn__container_file *file, int64_t n_samples)
{
    const tn__wds_facts facts = tn__wds_facts_of(self->shards, file->number);
    const char *const described = self->shards->described.chars;
    if (facts.n_bytes >= 0 && facts.n_bytes != file->bytes)
        return tn__fail(TN_EDECODE, "has %lld bytes, but %s says %lld", (long long)file->bytes,
                        described, (long long)facts.n_bytes);
    if (n_samples >= 0 && facts.n_samples >= 0 && facts.n_samples != n_samples)
        return tn__fail(TN_EDECODE, "has %lld samples, but %s says %lld", (long long)n_samples,
                        described, (long long)facts.n_samples);
    return TN_OK;
}

static int list(void *context, const tn__container_file *file, tn__draft drafts[2])
{
    const rules *const self = context;
    const tn__wds_search search = {.descriptor = file->descriptor,
                                   .bytes = file->bytes,
                                   .images = self->images,
                                   .label = self->label,
                                   .labels = self->labels,
                                   .watch = file->watch};
    int64_t n_samples = -1;
    int status = check_shard(self, file, n_samples);
    if (status == TN_OK)
        status = list_by_index(self, &search, file, &drafts[0], &n_samples);
    if (status == TN_END)
        status = tn__wds_find(&search, &drafts[0], &n_samples);
    return status == TN_OK ? check_shard(self, file, n_samples) : status;
}

/* Adds what describes the shards to the key: another description makes another listing. */
static void add_facts(const tn__wds_shards *shards, tn__text *key)
{
    for (uint32_t i = 0; i < shards->names.n && shards->facts.size > 0; i++) {
        const tn__wds_facts facts = tn__wds_facts_of(shards, i);
        tn__text_printf(key, "%s%lld:%lld", i == 0 ? " facts=" : ",", (long long)facts.n_samples,
                        (long long)facts.n_bytes);
    }
}

static tn__source *open_shards(const tn_dataset_options *dataset, const tn__wds_shards *shards,
                               rules *self)
{
    tn__container_plan plan = {.dataset = dataset,
                               .folder = shards->folder.chars,
                               .files = &shards->names,
                               .list = list,
                               .context = self};
    tn__text_printf(&plan.key, "wds image=%s label=%s labels=%d", self->images, self->label,
                    (int)self->labels);
    add_facts(shards, &plan.key);
    tn__text_printf(&plan.nothing, "no sample has a member of %s", self->images);
    return tn__container_open(&plan);
}

static tn__source *open_wds(const tn__source_options *options)
{
    const tn_dataset_options *const dataset = options->dataset;
    tn__wds_shards shards;
    tn__source *opened = NULL;
    if (tn__wds_shards_find(dataset->root, dataset->split, &shards) == TN_OK) {
        const char *const label = tn__kind_value(options, "label")->text;
        rules self = {.root = dataset->root,
                      .shards = &shards,
                      .reports = dataset->progress == TN_YES,
                      .labels = tn__kind_value(options, "labels")->choice,
                      .images = tn__kind_value(options, "image")->text,
                      .label = label                         ? label
                               : shards.alt_label.length > 0 ? shards.alt_label.chars
                                                             : "cls"};
        opened = open_shards(dataset, &shards, &self);
    }
    tn__wds_shards_free(&shards);
    return opened;
}

static int list_splits(const tn__source_options *options, tn__splits *out)
{
    return tn__wds_splits(options->dataset->root, out);
}

/* 1 if the tar looks like a shard. A tar that cannot be read does not: other kinds say why. */
static int looks_like_shard(const char *path, bool is_described)
{
    struct stat facts;
    const int descriptor = tn__open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    int answer = 0;
    if (descriptor < 0)
        return 0;
    if (tn__stat_open(descriptor, &facts) && S_ISREG(facts.st_mode))
        answer = tn__wds_is_shard(descriptor, facts.st_size, is_described);
    close(descriptor);
    return answer;
}

/* 1 if a file in the folder describes shards. */
static int is_described(const tn__root_facts *root)
{
    static const char *const names[] = {"_info.json", "info.json", "shardindex.json"};
    int answer = 0;
    for (size_t k = 0; k < sizeof names / sizeof *names && answer == 0; k++)
        answer = tn__root_has(root, names[k]);
    return answer;
}

/* The first tar of a folder decides. */
static int claims_folder(tn__root_facts *root)
{
    const int answer = tn__root_is_folder_of(root, ".tar");
    tn__shards names = {0};
    if (answer <= 0)
        return answer;
    const int described = is_described(root);
    if (described < 0)
        return described;
    int status = tn__shards_find(root->path, ".tar", root->path, &names);
    tn__text path = {0};
    if (status == TN_OK && names.n > 0) {
        tn__text_printf(&path, "%s/%s", root->path, names.names[0]);
        status = path.failed ? tn__fail_memory("a path", path.capacity)
                             : looks_like_shard(path.chars, described);
    }
    tn__text_free(&path);
    tn__shards_free(&names);
    return status;
}

/* True for a file that begins like an index of wids. */
static bool is_wids(const tn__root_facts *root)
{
    static const char word[] = "\"wids_version\"";
    return root->n_head > 0 && root->head[0] == '{' &&
           memmem(root->head, root->n_head, word, sizeof word - 1) != NULL;
}

static int claims(tn__root_facts *root)
{
    if (tn__root_is_folder(root))
        return claims_folder(root);
    if (is_wids(root))
        return 1;
    return tn__ends_with_any_case(root->path, ".tar") ? looks_like_shard(root->path, false) : 0;
}

static const tn__param params[] = {
    {.name = "image",
     .kind = TN__TEXT,
     .initial = "jpg;png;webp;jpeg",
     .doc = "extensions of images; of several in a sample the first of this list counts"},
    {.name = "label",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "cls, or the field of the .json that has the label, a/b for b in a; default: the field "
            "that _info.json names, or cls"},
    {.name = "labels",
     .kind = TN__CHOICE,
     .initial = "auto",
     .choices = TN__LABELS_CHOICES,
     .doc = "what the field is: one class, several, numbers, or a text. auto: as it is written"},
    {0}};

const tn__source_kind tn__kind_wds = {
    .spec =
        {
            .name = "wds",
            .aliases = "wds/ webdataset",
            .doc =
                "WebDataset shards: the tars of a folder, one tar, an index of wids, or a pattern "
                "such as a-{000..127}.tar. Members with one key are a sample.",
            .source = "webdataset 1.0.2, timm 1.0.31 reader_wds.py",
            .speed = "0.99 of a folder's time; 6.7 times webdataset, 6.0 times timm",
            .params = params,
            .shared = {tn__kind_params},
        },
    .claims = claims,
    .splits = list_splits,
    .is_split = tn__wds_split_is_pattern,
    .open = open_wds,
};
