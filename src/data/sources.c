/* SPDX-License-Identifier: MIT */
/* Kinds of sources by name and by path. See sources.h. To add a kind, add its file, and one line
 * here. */
#include "data/sources.h"

#include <string.h>

#include "base/error.h"
#include "base/show.h"
#include "base/text.h"
#include "codec/codec.h"
#include "codec/describe.h"
#include "data/arrays/cifar.h"
#include "data/arrays/mnist.h"
#include "data/extensions.h"
#include "data/folder.h"
#include "data/items.h"
#include "data/list/source.h"
#include "data/lmdb/source.h"
#include "data/pack/source.h"
#include "data/parquet/source.h"
#include "data/tar/source.h"
#include "data/tfrecord/source.h"
#include "data/wds/source.h"
#include "data/zip/source.h"

/* In the order in which they are asked: the class folder claims every folder. */
static const tn__source_kind *const kinds[] = {
    &tn__kind_pack,     &tn__kind_wds,           &tn__kind_tar,      &tn__kind_zip,
    &tn__kind_parquet,  &tn__kind_lmdb,          &tn__kind_tfrecord, &tn__kind_cifar10,
    &tn__kind_cifar100, &tn__kind_fashion_mnist, &tn__kind_mnist,    &tn__kind_list,
    &tn__kind_folder,   &tn__kind_items,
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

const tn__spec *tn__source_spec(int32_t index)
{
    return index < N_KINDS ? &kinds[index]->spec : NULL;
}

static int unknown_kind(tn__word name)
{
    tn__text text = {0};
    tn__text_add_bytes(&text, name.at, (size_t)tn__shown(name.length));
    const int status = text.failed ? tn__fail_memory("a name", name.length)
                                   : tn__spec_unknown(TN_EINVAL, tn__source_spec,
                                                      "the kind of source", text.chars);
    tn__text_free(&text);
    return status;
}

int tn__source_text_read(const char *text, tn__source_text *out)
{
    *out = (tn__source_text){0};
    if (!text)
        return TN_OK;
    tn__word rest = {text, strlen(text)};
    const tn__word name = tn__arguments_next(&rest);
    const int32_t found = tn__spec_find(tn__source_spec, name.at, name.length);
    if (found < 0)
        return unknown_kind(name);
    out->kind = kinds[found];
    return tn__arguments_read(&out->kind->spec, rest, out->value);
}

int tn__source_text_default(const tn__source_kind *kind, tn__source_text *out)
{
    out->kind = kind;
    return tn__arguments_read(&kind->spec, (tn__word){"", 0}, out->value);
}

void tn__source_text_free(tn__source_text *text)
{
    for (int32_t p = 0; p < TN__MAX_PARAMS; p++)
        tn__value_free(&text->value[p]);
}

const char *tn__source_text_path(const tn__source_text *text)
{
    return text->kind && tn__spec_param(&text->kind->spec, "path", 4)
               ? tn__arguments_value(&text->kind->spec, text->value, "path")->text
               : NULL;
}

/* 1 if a kind claims the path, 0 if none does; a negative status. */
static int ask(const char *path, const tn__source_kind **claimed)
{
    tn__root_facts root;
    int answer = tn__root_read(path, &root);
    if (answer != TN_OK)
        return answer;
    for (int32_t kind = 0; kind < N_KINDS && answer == 0; kind++) {
        answer = kinds[kind]->claims ? kinds[kind]->claims(&root) : 0;
        if (answer > 0)
            *claimed = kinds[kind];
    }
    tn__root_free(&root);
    return answer;
}

int tn__source_is_container(const char *path)
{
    const tn__source_kind *kind = NULL;
    const int answer = ask(path, &kind);
    return answer > 0 ? kind != &tn__kind_folder : answer;
}

/* True if the path ends with one of the extensions of a list. */
static bool has_extension(const char *path, const char *list)
{
    tn__extensions extensions;
    return tn__extensions_parse(list, &extensions) == TN_OK &&
           tn__extensions_match(&extensions, path);
}

/* Says what the file is whose name or content is known. False: nothing is known of it. */
static bool explain(const tn__root_facts *root)
{
    static const struct {
        const char *extensions, *noun;
    } kinds_by_name[] = {{".parquet", "a Parquet file"},
                         {".zip", "a zip"},
                         {".tfrecord,.tfrecords,.tfrec", "a TFRecord file"},
                         {".mdb", "an LMDB file"}};
    enum { N_BY_NAME = sizeof kinds_by_name / sizeof *kinds_by_name };
    const tn__bytes head = {root->head, root->n_head};
    const char *const path = root->path;
    char content[TN__DESCRIBE_BYTES];
    if (tn__codec_find(head)) {
        tn__fail(
            TN_EINVAL,
            "data set \"%s\" is an image: open the folder that holds the folders of its classes",
            path);
        return true;
    }
    tn__describe(head, content);
    for (size_t k = 0; k < N_BY_NAME; k++)
        if (has_extension(path, kinds_by_name[k].extensions)) {
            tn__fail(TN_EINVAL,
                     "data set \"%s\": this file has the name of %s, but not its content (%s)",
                     path, kinds_by_name[k].noun, content);
            return true;
        }
    if (strcmp(content, "text") != 0)
        return false;
    tn__fail(TN_EINVAL,
             "data set \"%s\": this file is text; if it is a list of images, name it .csv, .tsv or "
             ".jsonl, or say source=list",
             path);
    return true;
}

/* Fails for what no kind claims. */
static int fail_unclaimed(const char *path)
{
    tn__root_facts root;
    int status = tn__root_read(path, &root);
    if (status != TN_OK)
        return status;
    const bool is_explained = explain(&root);
    tn__root_free(&root);
    if (is_explained)
        return TN_EINVAL;
    tn__text known = {0};
    for (int32_t kind = 0; kind < N_KINDS; kind++)
        if (kinds[kind]->claims && !kinds[kind]->needs_folder)
            tn__text_printf(&known, "%s%s", known.length > 0 ? ", " : "", kinds[kind]->spec.name);
    tn__fail(TN_EINVAL,
             "data set \"%s\": no kind of source opens this file; the kinds that open files are %s",
             path, known.chars ? known.chars : "none");
    tn__text_free(&known);
    return TN_EINVAL;
}

const tn__source_kind *tn__source_kind_at(const char *path)
{
    const tn__source_kind *kind = NULL;
    if (ask(path, &kind) == 0)
        fail_unclaimed(path);
    return kind;
}
