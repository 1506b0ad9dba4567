/* SPDX-License-Identifier: MIT */
/* TFRecord files of tf.train.Example as sources. See source.h.
 *
 * All records are read and their sums checked when the data set is listed. After that a sample is
 * one read of the image's bytes in its record. */
#include "data/tfrecord/source.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "base/text.h"
#include "codec/codec.h"
#include "data/container.h"
#include "data/labels.h"
#include "data/member.h"
#include "data/root.h"
#include "data/tfrecord/example.h"
#include "data/tfrecord/label.h"
#include "data/tfrecord/names.h"
#include "data/tfrecord/record.h"

enum { MAX_KEYS = 4, KEYS_SHOWN = 400 };

/* Keys of a feature, in the order in which they are tried. */
typedef struct keys {
    const char *key[MAX_KEYS]; /* ends with NULL */
    bool is_given;             /* the user named it, so each record must have it */
} keys;

/* What listing a file needs to know. */
typedef struct rules {
    keys image, label, name;
    tn__tfrecord_labels labels;
} rules;

static keys keys_of(const tn__source_options *options, const char *parameter, const keys *initial)
{
    const char *const given = tn__kind_value(options, parameter)->text;
    return given && *given ? (keys){.key = {given}, .is_given = true} : *initial;
}

static rules rules_of(const tn__source_options *options)
{
    static const keys image = {.key = {"image/encoded", "image"}, .is_given = true},
                      label = {.key = {"image/class/label", "label"}},
                      name = {.key = {"image/filename", "file_name", "filename"}};
    return (rules){
        .image = keys_of(options, "image", &image),
        .label = keys_of(options, "label", &label),
        .name = keys_of(options, "name", &name),
        .labels = {.as = tn__kind_value(options, "labels")->choice,
                   .first_label = (int64_t)tn__kind_value(options, "first_label")->number[0]},
    };
}

/* Finds the first of the keys that the record has. */
static int find(tn__stretch example, const keys *wanted, tn__feature *out)
{
    int status = TN_OK;
    *out = (tn__feature){0};
    for (int k = 0; k < MAX_KEYS && wanted->key[k] && status == TN_OK && out->n == 0; k++)
        status = tn__example_find(example, wanted->key[k], out);
    if (status != TN_OK || out->kind != TN__FEATURE_NONE || !wanted->is_given)
        return status;
    char shown[KEYS_SHOWN];
    tn__example_keys(example, shown, sizeof shown);
    return tn__fail(TN_EDECODE, "has no feature \"%s\"; it has: %s", wanted->key[0], shown);
}

static int find_image(const rules *self, tn__stretch example, tn__feature *out)
{
    const int status = find(example, &self->image, out);
    if (status == TN_OK && (out->kind != TN__FEATURE_BYTES || out->n != 1))
        return tn__fail(TN_EDECODE, "its image is not one encoded file, but %lld %s",
                        (long long)out->n, out->kind == TN__FEATURE_BYTES ? "of them" : "numbers");
    return status;
}

static int find_label(const rules *self, tn__stretch example, tn__tfrecord_label *out,
                      tn__found *found)
{
    tn__feature label;
    const int status = find(example, &self->label, &label);
    return status == TN_OK ? tn__tfrecord_read_label(&self->labels, &label, out, found) : status;
}

/* Makes a name of the file's name, the number of the record, and the format of the image: a pack
 * restores files by their names. */
static void make_name(const tn__container_file *file, int64_t number, tn__stretch image,
                      tn__text *out)
{
    const tn__codec *const codec = tn__codec_find((tn__bytes){image.bytes, image.n});
    tn__text_printf(out, "%s/%08lld", file->path, (long long)number);
    if (codec)
        tn__text_printf(out, ".%s", codec->spec->name);
}

/* Writes the name that the record has, or makes one. */
static int find_name(const rules *self, tn__stretch example, const tn__container_file *file,
                     int64_t number, tn__stretch image, char out[TN__NAME_BYTES], tn__found *found)
{
    tn__feature name;
    tn__text text = {0};
    int status = find(example, &self->name, &name);
    if (status != TN_OK)
        return status;
    if (name.kind == TN__FEATURE_BYTES && name.bytes.n > 0)
        tn__text_add_bytes(&text, (const char *)name.bytes.bytes, name.bytes.n);
    else
        make_name(file, number, image, &text);
    found->name = out;
    status = text.failed ? tn__fail_memory("a name", text.capacity)
                         : tn__member_path(text.chars, text.length, out, &found->n_name);
    tn__text_free(&text);
    return status;
}

static int add_record(const rules *self, const tn__container_file *file, const tn__records *records,
                      tn__tfrecord_label *label, tn__draft *draft)
{
    const tn__stretch example = {records->data, records->length};
    char name[TN__NAME_BYTES];
    tn__feature image;
    tn__found found = {0};
    int status = find_image(self, example, &image);
    if (status == TN_OK)
        status = find_label(self, example, label, &found);
    if (status == TN_OK)
        status = find_name(self, example, file, records->n - 1, image.bytes, name, &found);
    if (status != TN_OK)
        return tn__error_prefix("record %lld", (long long)records->n - 1);
    found.offset = records->offset + (image.bytes.bytes - records->data);
    found.length = (int64_t)image.bytes.n;
    return tn__draft_add(draft, &found);
}

static int list(void *context, const tn__container_file *file, tn__draft drafts[2])
{
    tn__records records = {.descriptor = file->descriptor, .size = file->bytes};
    (void)posix_fadvise(file->descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    tn__tfrecord_label label = {0};
    int status;
    while ((status = tn__records_next(&records)) == TN_OK) {
        status = tn__listing_step(file->watch);
        if (status == TN_OK)
            status = add_record(context, file, &records, &label, &drafts[0]);
        if (status != TN_OK)
            break;
    }
    tn__tfrecord_label_free(&label);
    tn__records_free(&records);
    return status == TN_END ? TN_OK : status;
}

/* The classes that TensorFlow Datasets writes beside its files. */
static int read_labels(const rules *self, const char *folder, tn__classmap *out)
{
    struct stat facts;
    tn__text path = {0};
    const char *const key = self->label.is_given ? self->label.key[0] : "label";
    tn__text_printf(&path, "%s/%s.labels.txt", folder, key);
    int status = path.failed ? tn__fail_memory("a path", path.capacity) : TN_OK;
    if (status == TN_OK && tn__stat(path.chars, &facts))
        status = tn__classmap_read(path.chars, folder, out);
    tn__text_free(&path);
    return status;
}

static void add_key(tn__text *text, const char *name, const keys *wanted)
{
    tn__text_printf(text, " %s=", name);
    tn__text_json(text, wanted->is_given ? wanted->key[0] : "");
}

static tn__source *open_files(const tn_dataset_options *dataset, const char *folder,
                              const tn__shards *files, rules *self)
{
    tn__classmap labels = {0};
    if (read_labels(self, folder, &labels) != TN_OK)
        return NULL;
    tn__container_plan plan = {.dataset = dataset,
                               .folder = folder,
                               .files = files,
                               .classes = labels.n ? &labels : NULL,
                               .list = list,
                               .context = self};
    tn__text_printf(&plan.key, "tfrecord first_label=%lld", (long long)self->labels.first_label);
    if (self->labels.as != TN__LABELS_AUTO)
        tn__text_printf(&plan.key, " labels=%d", (int)self->labels.as);
    add_key(&plan.key, "image", &self->image);
    add_key(&plan.key, "label", &self->label);
    add_key(&plan.key, "name", &self->name);
    tn__text_add(&plan.nothing, "its TFRecord files have no records");
    tn__source *const opened = tn__container_open(&plan);
    tn__classmap_free(&labels);
    return opened;
}

/* True if the name is that of a TFRecord file, and of the split unless that is NULL. */
static bool is_wanted(const char *name, const char *split)
{
    const char *const of = tn__tfrecord_split(name);
    return tn__tfrecord_is_name(name) && (!split || (of && strcmp(of, split) == 0));
}

/* Finds the files at the root, and the folder that their paths begin in. */
static int find_files(const char *root, const char *split, tn__text *folder, tn__shards *out)
{
    tn__shards all = {0};
    bool is_one = false;
    int status = tn__shards_at(root, "", &is_one, folder, &all);
    for (uint32_t i = 0; i < all.n && status == TN_OK; i++)
        if (is_one || is_wanted(all.names[i], split))
            status = tn__shards_add(out, all.names[i]);
    tn__shards_free(&all);
    return status;
}

static tn__source *open_tfrecord(const tn__source_options *options)
{
    const tn_dataset_options *const dataset = options->dataset;
    rules self = rules_of(options);
    tn__text folder = {0};
    tn__shards files = {0};
    int status = find_files(dataset->root, dataset->split, &folder, &files);
    if (status == TN_OK && files.n == 0)
        status = tn__fail(TN_EINVAL, "no TFRecord files in \"%s\": no file is named *.tfrecord",
                          dataset->root);
    tn__source *const opened =
        status == TN_OK ? open_files(dataset, folder.chars, &files, &self) : NULL;
    tn__text_free(&folder);
    tn__shards_free(&files);
    return opened;
}

/* A folder has splits if the name of each of its TFRecord files tells one. */
static int list_splits(const tn__source_options *options, tn__splits *out)
{
    tn__text folder = {0};
    tn__shards files = {0};
    const int status = find_files(options->dataset->root, NULL, &folder, &files);
    bool all = true;
    for (uint32_t i = 0; i < files.n; i++) {
        const char *const split = tn__tfrecord_split(files.names[i]);
        all = all && split;
        if (split)
            tn__splits_add(out, split);
    }
    if (!all || files.n == 1)
        *out = (tn__splits){0};
    const bool is_empty = files.n == 0;
    tn__text_free(&folder);
    tn__shards_free(&files);
    return status == TN_OK && is_empty ? TN_END : status;
}

/* 1 if the file in the folder begins like a TFRecord file, 0 if not; a negative status. */
static int begins_right(const char *folder, const char *name)
{
    tn__text path = {0};
    tn__root_facts file = {.n_head = 0};
    tn__text_printf(&path, "%s/%s", folder, name);
    int answer =
        path.failed ? tn__fail_memory("a path", path.capacity) : tn__root_read(path.chars, &file);
    if (answer == TN_OK)
        answer = tn__records_sniff(file.head, file.n_head);
    tn__text_free(&path);
    return answer;
}

/* A name that has only the number of a part may be that of any file, so its bytes decide. */
static int claims(tn__root_facts *root)
{
    const char *part = NULL;
    if (!tn__root_is_folder(root))
        return tn__records_sniff(root->head, root->n_head) ||
               tn__tfrecord_has_extension(tn__path_leaf(root->path));
    const int alone = tn__root_is_folder_of(root, "");
    if (alone <= 0)
        return alone;
    for (size_t at = 0; at < root->n_names; at += strlen(root->names + at) + 1)
        if (root->names[at] != '.' && tn__tfrecord_has_extension(root->names + at))
            return 1;
        else if (root->names[at] != '.' && !part && tn__tfrecord_is_name(root->names + at))
            part = root->names + at;
    return part ? begins_right(root->path, part) : 0;
}

static const tn__param params[] = {
    {.name = "image",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "the feature that is the encoded image; unset: image/encoded, or image"},
    {.name = "label",
     .kind = TN__TEXT,
     .initial = "",
     .doc = "the feature that is the label; unset: image/class/label, or label, if there is one"},
    {.name = "labels",
     .kind = TN__CHOICE,
     .initial = "auto",
     .choices = TN__LABELS_CHOICES,
     .doc = "what the label is: one class, several, numbers, or a text. auto: one integer or text "
            "is a class, several integers are classes, and floats are numbers"},
    {.name = "name",
     .kind = TN__TEXT,
     .initial = "",
     .doc =
         "the feature that is the sample's name; unset: image/filename, file_name or filename, or "
         "else the file, the number of the record, and the format of the image"},
    {.name = "first_label",
     .kind = TN__INTEGER,
     .initial = "0",
     .min = 0,
     .max = 1 << 24,
     .doc = "subtracted from each label: 1 for ImageNet files, whose labels begin with 1"},
    {0}};

const tn__source_kind tn__kind_tfrecord = {
    .spec =
        {
            .name = "tfrecord",
            .doc = "TFRecord files of tf.train.Example, one or those of a folder.",
            .source = "TensorFlow, tf.train.Example; TensorFlow Datasets",
            .speed = "0.98 of a folder's time; 5.6 times tfrecord with Pillow",
            .params = params,
            .shared = {tn__kind_params},
        },
    .claims = claims,
    .splits = list_splits,
    .open = open_tfrecord,
};
