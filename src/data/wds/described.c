/* SPDX-License-Identifier: MIT */
/* Reads the files that describe shards. See described.h. */
#include "data/wds/described.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/show.h"
#include "data/wds/text.h"

void tn__wds_shards_free(tn__wds_shards *shards)
{
    tn__text_free(&shards->folder);
    tn__text_free(&shards->described);
    tn__text_free(&shards->alt_label);
    tn__shards_free(&shards->names);
    tn__blob_free(&shards->facts);
}

tn__wds_facts tn__wds_facts_of(const tn__wds_shards *shards, uint32_t shard)
{
    tn__wds_facts facts = {-1, -1};
    if (shards->facts.size > 0)
        memcpy(&facts, shards->facts.bytes + shard * sizeof facts, sizeof facts);
    return facts;
}

/* A file that describes shards. */
typedef struct file {
    const char *path;
    char *text;
    tn__json value; /* of the whole; of _info.json the object `splits` */
} file;

static int fail(const file *self, const char *what)
{
    return tn__fail(TN_EDECODE, "%s: %s", self->path, what);
}

static bool member(tn__json object, const char *key, tn__json *out)
{
    return tn__json_member(object, key, strlen(key), out);
}

/* Reads a member that is a number from 0; -1: there is none. */
static int read_number(const file *self, tn__json object, const char *key, int64_t *out)
{
    tn__json value;
    *out = -1;
    if (!member(object, key, &value) || tn__json_kind(value) == 'n')
        return TN_OK;
    if (tn__json_kind(value) == '0' && tn__json_int(value, out) && *out >= 0)
        return TN_OK;
    return tn__fail(TN_EDECODE, "%s: %s is %.*s, which is not a count", self->path, key,
                    tn__shown(value.n), value.chars);
}

/* Adds the shard that filenames[place] of a split names. */
static int add_shard(const file *self, const char *split, uint32_t place, tn__json name,
                     tn__wds_shards *out)
{
    const tn__wds_facts facts = {-1, -1};
    tn__text text = {0};
    int status = TN_OK;
    if (!tn__json_text(name, &text))
        status = tn__fail(TN_EDECODE, "%s: filenames[%u] of the split \"%s\" is not a text",
                          self->path, (unsigned)place, split);
    else if (text.failed)
        status = tn__fail_memory("the name of a shard", text.capacity);
    if (status == TN_OK)
        status = tn__shards_add(&out->names, text.chars);
    if (status == TN_OK)
        status = tn__blob_add(&out->facts, &facts, sizeof facts);
    tn__text_free(&text);
    return status;
}

/* Notes the counts of the shards from number `first` on, and adds them up. */
static int add_lengths(const file *self, tn__json lengths, uint32_t first, tn__wds_shards *out,
                       int64_t *sum)
{
    tn__wds_facts *const facts = (tn__wds_facts *)(void *)out->facts.bytes;
    const uint32_t n = out->names.n - first;
    uint32_t k = 0;
    *sum = 0;
    for (tn__json_walk walk = tn__json_items(lengths); tn__json_next(&walk); k++) {
        int64_t length;
        if (!tn__json_int(walk.value, &length) || length < 0 ||
            __builtin_add_overflow(*sum, length, sum))
            return fail(self, "shard_lengths has something that is not a count");
        if (k < n)
            facts[first + k].n_samples = length;
    }
    if (k != n)
        return tn__fail(TN_EDECODE, "%s: %u filenames, but %u shard_lengths", self->path,
                        (unsigned)n, (unsigned)k);
    return TN_OK;
}

/* Adds the shards of a split. */
static int add_split(const file *self, const char *name, tn__json split, tn__wds_shards *out)
{
    const uint32_t first = out->names.n;
    tn__json files, field;
    int64_t n_samples, sum = -1;
    if (!member(split, "filenames", &files) || tn__json_kind(files) != '[')
        return tn__fail(TN_EDECODE, "%s: the split \"%s\" has no list \"filenames\"", self->path,
                        name);
    int status = read_number(self, split, "num_samples", &n_samples);
    for (tn__json_walk walk = tn__json_items(files); status == TN_OK && tn__json_next(&walk);)
        status = add_shard(self, name, out->names.n - first, walk.value, out);
    if (status == TN_OK && member(split, "shard_lengths", &field) && tn__json_kind(field) == '[')
        status = add_lengths(self, field, first, out, &sum);
    if (status != TN_OK)
        return status;
    if (sum >= 0 && n_samples >= 0 && sum != n_samples)
        return tn__fail(TN_EDECODE, "%s: num_samples is %lld, but the sum of shard_lengths is %lld",
                        self->path, (long long)n_samples, (long long)sum);
    if (out->alt_label.length == 0 && member(split, "alt_label", &field))
        tn__json_text(field, &out->alt_label);
    return TN_OK;
}

/* What is done with a split: its name, without quotes, and its value. TN_END ends the walk. */
typedef int visit_split(const file *self, const char *name, tn__json split, void *context);

static int walk_splits(const file *self, visit_split *visit, void *context)
{
    tn__json_walk walk = tn__json_items(self->value);
    int status = TN_OK;
    while (status == TN_OK && tn__json_next(&walk)) {
        tn__text name = {0};
        tn__json_text(walk.key, &name);
        status = name.failed ? tn__fail_memory("names of splits", name.capacity)
                             : visit(self, name.chars, walk.value, context);
        tn__text_free(&name);
    }
    return status == TN_END ? TN_OK : status;
}

/* Visits the splits of _info.json or info.json, whichever is there. TN_END: neither. */
static int visit_info(const char *folder, visit_split *visit, void *context)
{
    static const char *const names[] = {"_info.json", "info.json"};
    int status = TN_END;
    for (int i = 0; i < 2 && status == TN_END; i++) {
        tn__text path = {0};
        file self = {.text = NULL};
        tn__text_printf(&path, "%s/%s", folder, names[i]);
        if (path.failed)
            return tn__fail_memory("a path", path.capacity);
        self.path = path.chars;
        status = tn__wds_read_json(self.path, &self.text, &self.value);
        if (status == TN_OK &&
            (!member(self.value, "splits", &self.value) || tn__json_kind(self.value) != '{'))
            status = TN_END; /* it describes something else */
        if (status == TN_OK)
            status = walk_splits(&self, visit, context);
        free(self.text);
        tn__text_free(&path);
    }
    return status;
}

typedef struct wanted {
    const char *split;
    tn__wds_shards *out;
} wanted;

static int add_wanted(const file *self, const char *name, tn__json split, void *context)
{
    const wanted *const what = context;
    if (what->split && strcmp(name, what->split) != 0)
        return TN_OK;
    tn__text_clear(&what->out->described);
    tn__text_add(&what->out->described, tn__path_leaf(self->path));
    return add_split(self, name, split, what->out);
}

int tn__wds_add_info(const char *folder, const char *split, tn__wds_shards *out)
{
    wanted what = {.split = split, .out = out};
    const int status = visit_info(folder, add_wanted, &what);
    return status == TN_OK && out->names.n == 0 ? TN_END : status;
}

static int list_split(const file *self, const char *name, tn__json split, void *context)
{
    (void)split;
    const int status = tn__splits_add_name(context, name, strlen(name));
    return status == TN_OK ? TN_OK : tn__error_prefix("%s", self->path);
}

int tn__wds_list_info(const char *folder, tn__splits *out)
{
    return visit_info(folder, list_split, out);
}

typedef struct shard_search {
    const char *shard;
    tn__text *out;
} shard_search;

static int find_shard(const file *self, const char *name, tn__json split, void *context)
{
    (void)self;
    (void)name;
    const shard_search *const search = context;
    tn__json files, field;
    if (!member(split, "filenames", &files) || !member(split, "alt_label", &field))
        return TN_OK;
    for (tn__json_walk walk = tn__json_items(files); tn__json_next(&walk);) {
        tn__text text = {0};
        const bool is_it = tn__json_text(walk.value, &text) && !text.failed &&
                           strcmp(text.chars, search->shard) == 0;
        tn__text_free(&text);
        if (!is_it)
            continue;
        tn__json_text(field, search->out);
        return TN_END;
    }
    return TN_OK;
}

int tn__wds_find_alt_label(const char *folder, const char *shard, tn__text *out)
{
    shard_search search = {.shard = shard, .out = out};
    const int status = visit_info(folder, find_shard, &search);
    return status == TN_END ? TN_OK : status;
}

/* The shard's path below the index's folder: of a URL of another machine, its file name. */
static const char *path_of(const char *url)
{
    const char *const scheme = strstr(url, "://");
    if (strncmp(url, "file:", 5) == 0)
        return url + (strncmp(url + 5, "//", 2) == 0 ? 7 : 5);
    return scheme ? tn__path_leaf(url) : url;
}

static int add_wids_shard(const file *self, tn__json shard, tn__wds_shards *out)
{
    tn__wds_facts facts;
    tn__json url;
    tn__text text = {0};
    if (!member(shard, "url", &url) || !tn__json_text(url, &text) || text.failed) {
        tn__text_free(&text);
        return fail(self, "a shard of its shardlist has no url");
    }
    int status = read_number(self, shard, "nsamples", &facts.n_samples);
    if (status == TN_OK)
        status = read_number(self, shard, "filesize", &facts.n_bytes);
    if (status == TN_OK)
        status = tn__shards_add(&out->names, path_of(text.chars));
    if (status == TN_OK)
        status = tn__blob_add(&out->facts, &facts, sizeof facts);
    tn__text_free(&text);
    return status;
}

/* Adds the list of shards that an object has. */
static int add_shardlist(const file *self, tn__json object, tn__wds_shards *out)
{
    tn__json list;
    int status = TN_OK;
    if (!member(object, "shardlist", &list))
        return TN_OK;
    for (tn__json_walk walk = tn__json_items(list); status == TN_OK && tn__json_next(&walk);)
        status = add_wids_shard(self, walk.value, out);
    return status;
}

/* Adds the shards of the index itself, and then those of the data sets that it joins. */
static int add_wids(const file *self, tn__wds_shards *out)
{
    tn__json list, other;
    int64_t version;
    if (!member(self->value, "wids_version", &list) || !tn__json_int(list, &version) ||
        version != 1)
        return fail(self, "is not an index of wids of version 1");
    int status = add_shardlist(self, self->value, out);
    if (status != TN_OK || !member(self->value, "datasets", &list))
        return status;
    for (tn__json_walk walk = tn__json_items(list); status == TN_OK && tn__json_next(&walk);)
        status = member(walk.value, "source_url", &other)
                     ? fail(self, "refers to another index (source_url): name that one instead")
                     : add_shardlist(self, walk.value, out);
    return status;
}

int tn__wds_add_wids(const char *path, tn__wds_shards *out)
{
    file self = {.path = path};
    int status = tn__wds_read_json(path, &self.text, &self.value);
    if (status == TN_OK)
        status = add_wids(&self, out);
    if (status == TN_OK && out->names.n == 0)
        status = fail(&self, "has no shards");
    tn__text_add(&out->described, tn__path_leaf(path));
    free(self.text);
    return status;
}
