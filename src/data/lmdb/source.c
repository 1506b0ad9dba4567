/* SPDX-License-Identifier: MIT */
/* LMDB files as sources: each value is an encoded image, or a Caffe Datum around one or around
 * pixels. See source.h.
 *
 * A sample of pixels is coded in the listing: its number is the width, and 2^16 times the height.
 */
#include "data/lmdb/source.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/open.h"
#include "base/read.h"
#include "base/text.h"
#include "codec/codec.h"
#include "data/container.h"
#include "data/lmdb/datum.h"
#include "data/lmdb/reader.h"
#include "data/member.h"
#include "data/root.h"

enum { BGR }; /* a choice of `pixels`; the other one is rgb */

static const char data_file[] = "data.mdb";

/* Keys that name no image: counts and lists of keys, as several converters write them. */
static bool is_about_others(const tn__lmdb_entry *entry)
{
    static const char *const keys[] = {"__len__", "__keys__", "__meta__", "length", "num-samples"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (entry->n_key == strlen(keys[i]) && memcmp(entry->key, keys[i], entry->n_key) == 0)
            return true;
    return false;
}

/* Writes the key as a text: as it is, or the numbers of its bytes if it has a NUL. */
static size_t name_key(const tn__lmdb_entry *entry, char out[TN__NAME_BYTES])
{
    const bool is_text = entry->n_key > 0 && !memchr(entry->key, 0, entry->n_key);
    size_t n = 0;
    if (is_text && entry->n_key < TN__NAME_BYTES) {
        memcpy(out, entry->key, entry->n_key);
        n = entry->n_key;
    } else {
        for (size_t i = 0; i < entry->n_key && n + 2 < TN__NAME_BYTES; i++, n += 2)
            snprintf(out + n, 3, "%02x", (unsigned)(uint8_t)entry->key[i]);
    }
    out[n] = '\0';
    return n;
}

/* Refuses values that other programs have to read. */
static int check_form(const char *name, const uint8_t *head, size_t n)
{
    const bool is_pickle = n >= 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5;
    const bool is_msgpack = n >= 1 && ((head[0] >= 0x91 && head[0] <= 0x9F) || head[0] == 0xDC);
    if (is_pickle)
        return tn__fail(TN_EDECODE,
                        "\"%s\" is a pickle, which tench does not read: store the bytes of the "
                        "image as the value",
                        name);
    if (is_msgpack)
        return tn__fail(TN_EDECODE,
                        "\"%s\" is a list of MessagePack, which tench does not read: store the "
                        "bytes of the image as the value",
                        name);
    return TN_OK;
}

/* How the values are written; the first one decides. */
typedef enum form { UNKNOWN, PLAIN, DATUM, ENCODED, PIXELS } form;

enum { MOST_SIDE = 65535 };

/* Checks that the data of a Datum are the pixels of its shape, and notes that. */
static int take_pixels(const char *name, const tn__datum *datum, tn__found *found)
{
    if (datum->has_floats)
        return tn__fail(TN_EDECODE,
                        "\"%s\" is a Datum of floats, which tench does not read: store bytes",
                        name);
    if ((datum->channels != 1 && datum->channels != 3) || datum->w < 1 || datum->h < 1 ||
        datum->w > MOST_SIDE || datum->h > MOST_SIDE ||
        datum->channels * datum->w * datum->h != (uint64_t)datum->length)
        return tn__fail(TN_EDECODE,
                        "\"%s\" is a Datum of %llu x %llu pixels with %llu channels, but has %lld "
                        "bytes; tench reads 1 or 3 channels",
                        name, (unsigned long long)datum->w, (unsigned long long)datum->h,
                        (unsigned long long)datum->channels, (long long)datum->length);
    found->coding = (tn__coding){.is_coded = true,
                                 .number = (uint32_t)(datum->h << 16 | datum->w),
                                 .content = datum->length};
    return TN_OK;
}

/* Says what a sample of pixels is. Caffe's tools write blue first, as OpenCV has it. */
static void describe_rgb(const tn__listed_place *place, tn__hint *out)
{
    const int32_t w = place->coding.number & 0xffff, h = (int32_t)(place->coding.number >> 16);
    *out = (tn__hint){
        .w = w, .h = h, .channels = place->length > (int64_t)w * h ? 3 : 1, .planar = true};
}

static void describe_bgr(const tn__listed_place *place, tn__hint *out)
{
    describe_rgb(place, out);
    out->bgr = out->channels == 3;
}

static int add_datum(int descriptor, const char *name, form *values, tn__found *found)
{
    tn__datum datum;
    const int status = tn__datum_read(descriptor, found->offset, found->length, &datum);
    if (status != TN_OK)
        return tn__error_prefix("\"%s\"", name);
    const form of_datum = datum.is_encoded ? ENCODED : PIXELS;
    if (*values != DATUM && *values != of_datum)
        return tn__fail(TN_EDECODE, "\"%s\" is a Datum of %s, but those before it have %s", name,
                        datum.is_encoded ? "an encoded image" : "pixels",
                        datum.is_encoded ? "pixels" : "encoded images");
    *values = of_datum;
    found->offset = datum.offset;
    found->length = datum.length;
    found->label = datum.label;
    return datum.is_encoded ? TN_OK : take_pixels(name, &datum, found);
}

static int find_form(int descriptor, const char *name, const tn__lmdb_entry *entry, form *out)
{
    uint8_t head[2] = {0};
    const size_t n = entry->length < 2 ? (size_t)entry->length : 2;
    const int status = tn__read_or_fail(descriptor, head, n, entry->offset);
    if (status != TN_OK)
        return status;
    *out = n > 0 && tn__datum_is(head[0]) ? DATUM : PLAIN;
    return check_form(name, head, n);
}

static int add_entry(const tn__container_file *file, const tn__lmdb_entry *entry, form *values,
                     tn__draft *draft)
{
    char name[TN__NAME_BYTES];
    if (is_about_others(entry)) {
        draft->left_out[TN__OTHER_KEYS]++;
        return TN_OK;
    }
    tn__found found = {.name = name,
                       .n_name = name_key(entry, name),
                       .offset = entry->offset,
                       .length = entry->length,
                       .label = -1};
    int status = *values == UNKNOWN ? find_form(file->descriptor, name, entry, values) : TN_OK;
    if (status == TN_OK && *values != PLAIN)
        status = add_datum(file->descriptor, name, values, &found);
    if (status != TN_OK)
        return status;
    /* A key that is a path names its class like a file's. */
    return found.label == -1 && strchr(name, '/') ? tn__member_add(&found, "", draft)
                                                  : tn__draft_add(draft, &found);
}

static int list_open(const tn__container_file *file, tn__lmdb *lmdb, tn__draft *draft)
{
    tn__lmdb_entry entry;
    form values = UNKNOWN;
    int status = tn__lmdb_open(file->descriptor, file->bytes, lmdb);
    while (status == TN_OK && (status = tn__lmdb_next(lmdb, &entry)) == TN_OK) {
        status = tn__listing_step(file->watch);
        if (status == TN_OK)
            status = add_entry(file, &entry, &values, draft);
    }
    return status == TN_END ? TN_OK : status;
}

static int list(void *context, const tn__container_file *file, tn__draft drafts[2])
{
    (void)context;
    tn__lmdb lmdb;
    const int status = list_open(file, &lmdb, &drafts[0]);
    tn__lmdb_close(&lmdb);
    return status;
}

/* Finds the file at the root, or in the folder that the root is. */
static int find_file(const char *root, tn__text *folder, tn__shards *out)
{
    bool is_one;
    struct stat facts;
    if (!tn__stat(root, &facts))
        return tn__root_fail(root);
    if (!S_ISDIR(facts.st_mode))
        return tn__shards_at(root, data_file, &is_one, folder, out);
    tn__text_add(folder, root);
    return folder->failed ? tn__fail_memory("a path", folder->capacity)
                          : tn__shards_add(out, data_file);
}

static tn__source *open_lmdb(const tn__source_options *options)
{
    const tn_dataset_options *const dataset = options->dataset;
    tn__text folder = {0};
    tn__shards files = {0};
    tn__source *opened = NULL;
    const int status = find_file(dataset->root, &folder, &files);
    tn__container_plan plan = {
        .dataset = dataset,
        .folder = folder.chars,
        .files = &files,
        .list = list,
        .hint = tn__kind_value(options, "pixels")->choice == BGR ? describe_bgr : describe_rgb};
    if (status == TN_OK) {
        tn__text_add(&plan.key, "lmdb");
        tn__text_add(&plan.nothing, "it has no keys of images");
        opened = tn__container_open(&plan);
    }
    tn__text_free(&folder);
    tn__shards_free(&files);
    return opened;
}

static int claims(tn__root_facts *root)
{
    return tn__root_is_folder(root) ? tn__root_has(root, data_file)
                                    : tn__lmdb_is(root->head, root->n_head);
}

static const tn__param params[] = {
    {.name = "pixels",
     .kind = TN__CHOICE,
     .initial = "bgr",
     .choices = "bgr rgb",
     .doc = "order of the planes in Caffe Datums of pixels: Caffe's own tools write bgr"},
    {0}};

const tn__source_kind tn__kind_lmdb = {
    .spec =
        {
            .name = "lmdb",
            .aliases = "lmdb/",
            .doc = "An LMDB file, or the folder with its data.mdb: each value is an encoded image "
                   "or a Caffe Datum, in the order of the keys.",
            .source = "LMDB 0.9 mdb.c",
            .speed = "0.98 of a folder's time; 5.4 times lmdb with Pillow",
            .params = params,
            .shared = {tn__kind_params},
        },
    .claims = claims,
    .open = open_lmdb,
};
