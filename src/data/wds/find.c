/* SPDX-License-Identifier: MIT */
/* Finds the samples of a WebDataset shard. See find.h. */
#include "data/wds/find.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/json.h"
#include "base/read.h"
#include "base/text.h"
#include "data/member.h"
#include "data/tar/reader.h"
#include "data/wds/key.h"
#include "data/wds/members.h"

/* Limits of the members with labels. */
enum { MOST_CLS = 64, MOST_JSON = 4 << 20 };
/* Members that decide whether a tar is a shard. */
enum { LOOK_AT = 16 };

static const tn__label no_label = {.kind = TN_LABEL_INT, .n = 1, .value = -1};

/* The sample whose members are being read. */
typedef struct sample {
    tn__text key;        /* "": there is none yet */
    tn__text extensions; /* of its members, in lower case, each between two "|" */
    bool has_image;
    int rank; /* place of the image's extension in the list */
    char name[TN__NAME_BYTES];
    size_t n_name;
    int64_t offset, length;
    bool has_label, is_dropped;
    tn__wds_label label;
} sample;

/* Goes through the members of a shard. */
typedef struct walk {
    const tn__wds_search *search;
    tn__wds_members members;
    tn__draft *draft;
    sample now;
    int64_t n_samples; /* that have ended */
} walk;

/* Reads a member that is small. The text ends with a NUL. */
static int read_member(const tn__wds_search *search, const tn__tar_member *member, int64_t most,
                       tn__text *out)
{
    if (member->length > most)
        return tn__fail(TN_ELIMIT, "\"%s\" has %lld bytes; the limit is %lld", member->name,
                        (long long)member->length, (long long)most);
    char *const bytes = malloc((size_t)member->length + 1);
    if (!bytes)
        return tn__fail_memory("a label", (uint64_t)member->length);
    const int status =
        tn__read_or_fail(search->descriptor, bytes, (size_t)member->length, member->offset);
    if (status == TN_OK)
        tn__text_add_bytes(out, bytes, (size_t)member->length);
    free(bytes);
    return out->failed ? tn__fail_memory("a label", (uint64_t)member->length) : status;
}

/* True if labels are members of their own. */
static bool wants_cls(const tn__wds_search *search)
{
    return strcmp(search->label, "cls") == 0;
}

static int take_cls(const tn__wds_search *search, const tn__tar_member *member, sample *now)
{
    tn__text text = {0};
    int status = read_member(search, member, MOST_CLS, &text);
    if (status == TN_OK && !tn__wds_read_int(text.chars, text.length, &now->label.label.value))
        status = tn__fail(TN_EDECODE, "\"%s\" holds no integer", member->name);
    tn__text_free(&text);
    now->has_label = true;
    return status;
}

/* Reads the label from the text of a .json. */
static int read_field(const tn__wds_search *search, const char *name, const tn__text *text,
                      tn__wds_label *out)
{
    tn__json value;
    if (!tn__json_read(text->chars, text->length, &value))
        return tn__fail(TN_EDECODE, "\"%s\" is not JSON", name);
    if (!tn__wds_find_field(value, search->label, &value))
        return tn__fail(TN_EDECODE, "\"%s\" has no field \"%s\"", name, search->label);
    const int status = tn__wds_read_label(value, search->labels, out);
    return status == TN_OK ? TN_OK
                           : tn__error_prefix("\"%s\": the field \"%s\"", name, search->label);
}

static int take_json(const tn__wds_search *search, const tn__tar_member *member, sample *now)
{
    tn__text text = {0};
    int status = read_member(search, member, MOST_JSON, &text);
    if (status == TN_OK)
        status = read_field(search, member->name, &text, &now->label);
    tn__text_free(&text);
    now->has_label = true;
    now->is_dropped = now->label.label.kind == TN_LABEL_INT && now->label.label.value < 0;
    return status;
}

/* The place of an extension in a list "jpg;png"; -1: the list lacks it. */
static int rank_of(const char *list, const char *extension)
{
    const size_t n = strlen(extension);
    for (int rank = 0;; rank++) {
        const size_t span = strcspn(list, ";");
        if (span == n && strncasecmp(list, extension, n) == 0)
            return rank;
        list += span;
        if (*list == '\0')
            return -1;
        list++;
    }
}

static int take_image(const tn__tar_member *member, int rank, sample *now)
{
    if (member->type == '1' || member->type == 'S')
        return tn__tar_fail_kind(member);
    if (now->has_image && now->rank < rank)
        return TN_OK;
    now->has_image = true;
    now->rank = rank;
    now->offset = member->offset;
    now->length = member->length;
    return tn__member_path(member->name, member->n_name, now->name, &now->n_name);
}

/* Ends the sample, if there is one: adds it if it has an image and a label that counts. */
static int finish(walk *self)
{
    const sample *const now = &self->now;
    if (now->key.length == 0)
        return TN_OK;
    self->n_samples++;
    if (!now->has_image) {
        self->draft->left_out[TN__NO_IMAGE]++;
        return TN_OK;
    }
    if (!wants_cls(self->search) && !now->has_label)
        return tn__fail(TN_EDECODE,
                        "\"%s\" has no .json beside it, and label=%s is a field of that .json",
                        now->name, self->search->label);
    if (now->is_dropped) {
        self->draft->left_out[TN__NEGATIVE_LABELS]++;
        return TN_OK;
    }
    const tn__label *const label = &now->label.label;
    const tn__found found = {.name = now->name,
                             .n_name = now->n_name,
                             .offset = now->offset,
                             .length = now->length,
                             .label = label->kind == TN_LABEL_INT ? label->value : -1,
                             .typed = label->kind != TN_LABEL_INT ? label : NULL};
    return tn__draft_add(self->draft, &found);
}

/* Begins the next sample. */
static int begin(const char *key, size_t n_key, sample *now)
{
    tn__text_clear(&now->key);
    tn__text_clear(&now->extensions);
    tn__text_add_bytes(&now->key, key, n_key);
    tn__text_add(&now->extensions, "|");
    now->has_image = now->has_label = now->is_dropped = false;
    now->label.label = no_label;
    return now->key.failed || now->extensions.failed
               ? tn__fail_memory("a member's name", now->key.capacity)
               : TN_OK;
}

/* Notes an extension in lower case; fails if the sample has it already. */
static int add_extension(const tn__tar_member *member, const char *extension, sample *now)
{
    tn__text text = {0};
    tn__text_printf(&text, "|%s|", extension);
    if (text.failed)
        return tn__fail_memory("a member's name", text.capacity);
    for (char *at = text.chars; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + ('a' - 'A'));
    const bool is_twice = strstr(now->extensions.chars, text.chars) != NULL;
    tn__text_add(&now->extensions, text.chars + 1);
    tn__text_free(&text);
    return is_twice ? tn__fail(TN_EDECODE, "\"%s\": its sample has two members with this extension",
                               member->name)
                    : TN_OK;
}

/* Takes the label from the member that has it. */
static int take_label(walk *self, const tn__tar_member *member)
{
    const int status = tn__wds_members_check(&self->members, member);
    if (status != TN_OK)
        return status;
    return wants_cls(self->search) ? take_cls(self->search, member, &self->now)
                                   : take_json(self->search, member, &self->now);
}

static int take(walk *self, const tn__tar_member *member)
{
    const size_t n_key = tn__wds_key(member->name);
    if (n_key == 0 || tn__wds_is_meta(member->name))
        return TN_OK;
    const char *const extension = member->name + n_key + 1;
    const int rank = rank_of(self->search->images, extension);
    const bool is_file = member->type == '0';
    if (!is_file && (rank < 0 || (member->type != '1' && member->type != 'S')))
        return TN_OK;
    sample *const now = &self->now;
    int status = TN_OK;
    if (now->key.length != n_key || memcmp(now->key.chars, member->name, n_key) != 0) {
        status = finish(self);
        if (status == TN_OK)
            status = begin(member->name, n_key, now);
    }
    if (status == TN_OK)
        status = add_extension(member, extension, now);
    if (status != TN_OK)
        return status;
    if (rank >= 0)
        return take_image(member, rank, now);
    const bool is_label = strcasecmp(extension, wants_cls(self->search) ? "cls" : "json") == 0;
    return is_label ? take_label(self, member) : TN_OK;
}

int tn__wds_find(const tn__wds_search *search, tn__draft *draft, int64_t *n_samples)
{
    walk self = {.search = search, .draft = draft, .now = {.label = {.label = no_label}}};
    tn__tar_member member;
    tn__wds_members_open(search->descriptor, search->bytes, search->index, &self.members);
    int status;
    while ((status = tn__wds_members_next(&self.members, &member)) == TN_OK) {
        status = tn__listing_step(search->watch);
        if (status == TN_OK)
            status = take(&self, &member);
        if (status != TN_OK)
            break;
    }
    if (status == TN_END)
        status = finish(&self);
    *n_samples = self.n_samples;
    tn__wds_members_close(&self.members);
    tn__text_free(&self.now.key);
    tn__text_free(&self.now.extensions);
    tn__wds_label_free(&self.now.label);
    return status;
}

/* True if a key lies in a folder; "." is none. */
static bool is_in_folder(const char *key, size_t n_key)
{
    while (n_key >= 2 && key[0] == '.' && key[1] == '/') {
        key += 2;
        n_key -= 2;
    }
    return memchr(key, '/', n_key) != NULL;
}

/* What the members of one key are. */
typedef struct kinds {
    bool image, label, text, in_folder; /* a text is a .json or .txt */
} kinds;

static void add_kind(const char *extension, kinds *of_key)
{
    of_key->image |= rank_of("jpg;jpeg;png;webp", extension) >= 0;
    of_key->label |= rank_of("cls", extension) >= 0;
    of_key->text |= rank_of("json;txt", extension) >= 0;
}

/* True if an image and one of the others have the key. */
static bool is_pair(const kinds *of_key)
{
    return of_key->image && (of_key->label || of_key->text);
}

int tn__wds_is_shard(int descriptor, int64_t bytes, bool is_described)
{
    tn__tar tar;
    tn__tar_member member;
    tn__text key = {0};
    kinds now = {false};
    tn__tar_open(descriptor, 0, bytes, &tar);
    for (int i = 0; i < LOOK_AT && tn__tar_next(&tar, &member) == TN_OK; i++) {
        const size_t n_key = tn__wds_key(member.name);
        if (n_key == 0 || member.type != '0')
            continue;
        if (key.length != n_key || memcmp(key.chars, member.name, n_key) != 0) {
            if (is_pair(&now))
                break;
            tn__text_clear(&key);
            tn__text_add_bytes(&key, member.name, n_key);
            now = (kinds){.in_folder = is_in_folder(member.name, n_key)};
        }
        add_kind(member.name + n_key + 1, &now);
    }
    tn__tar_close(&tar);
    tn__text_free(&key);
    return is_pair(&now) && (now.label || is_described || !now.in_folder);
}
