/* SPDX-License-Identifier: MIT */
/* Reads the protobuf form of a tf.train.Example. See example.h.
 *
 * An Example has one field, its Features (1). These have an entry (1) for each feature: its key (1)
 * and the Feature (2). A Feature has one of three lists: bytes (1), floats (2), integers (3). The
 * values of a list are its field 1; numbers may be packed into one field. Protobuf lets fields come
 * in any order and more than once, and unknown ones in between. */
#include "data/tfrecord/example.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/protobuf.h"
#include "base/varint.h"

typedef struct field {
    uint64_t number;
    int32_t wire;      /* TN__WIRE_VARINT … */
    uint64_t value;    /* of a TN__WIRE_VARINT */
    tn__stretch bytes; /* of the others */
} field;

static bool read_varint(tn__stretch *rest, uint64_t *out)
{
    const uint8_t *const end = rest->bytes + rest->n;
    const bool is_whole = tn__varint_try(&rest->bytes, end, out);
    rest->n = (size_t)(end - rest->bytes);
    return is_whole;
}

static bool take(tn__stretch *rest, uint64_t n, tn__stretch *out)
{
    if (n > rest->n)
        return false;
    *out = (tn__stretch){rest->bytes, (size_t)n};
    rest->bytes += n;
    rest->n -= (size_t)n;
    return true;
}

/* Takes the next field. False: the bytes are not a protobuf message. */
static bool next_field(tn__stretch *rest, field *out)
{
    uint64_t tag = 0, n = 0;
    if (!read_varint(rest, &tag))
        return false;
    out->number = tag >> TN__WIRE_BITS;
    out->wire = (int32_t)(tag & ((1 << TN__WIRE_BITS) - 1));
    switch (out->wire) {
    case TN__WIRE_VARINT: return read_varint(rest, &out->value);
    case TN__WIRE_EIGHT: return take(rest, 8, &out->bytes);
    case TN__WIRE_BYTES: return read_varint(rest, &n) && take(rest, n, &out->bytes);
    case TN__WIRE_FOUR: return take(rest, 4, &out->bytes);
    default: return false;
    }
}

/* Adds an integer, also to `numbers` unless that is NULL. False: out of memory. */
static bool add_integer(uint64_t value, tn__feature *out, tn__blob *numbers)
{
    const int64_t integer = (int64_t)value;
    if (out->n++ == 0)
        out->integer = integer;
    return !numbers || tn__blob_add(numbers, &integer, sizeof integer) == TN_OK;
}

/* Adds floats of 4 bytes, as above. False: there is a rest, too. */
static bool add_floats(tn__stretch floats, tn__feature *out, tn__blob *numbers)
{
    out->n += (int64_t)(floats.n / 4);
    return floats.n % 4 == 0 &&
           (!numbers || tn__blob_add(numbers, floats.bytes, floats.n) == TN_OK);
}

/* Adds the values of a list's field 1 to those that were found before. */
static bool read_values(const field *in, tn__feature *out, tn__blob *numbers)
{
    const bool first = out->n == 0;
    uint64_t value = in->value;
    tn__stretch rest = in->bytes;
    if (out->kind == TN__FEATURE_BYTES && in->wire == TN__WIRE_BYTES) {
        if (first)
            out->bytes = in->bytes;
        out->n++;
        return true;
    }
    if (out->kind == TN__FEATURE_FLOATS &&
        (in->wire == TN__WIRE_BYTES || in->wire == TN__WIRE_FOUR))
        return add_floats(in->bytes, out, numbers);
    if (out->kind != TN__FEATURE_INTS ||
        (in->wire != TN__WIRE_VARINT && in->wire != TN__WIRE_BYTES))
        return false;
    if (in->wire == TN__WIRE_VARINT)
        return add_integer(value, out, numbers);
    while (rest.n > 0)
        if (!read_varint(&rest, &value) || !add_integer(value, out, numbers))
            return false;
    return true;
}

/* Reads a feature, and adds its numbers to `numbers` unless that is NULL. */
static bool read_feature(tn__stretch feature, tn__feature *out, tn__blob *numbers)
{
    field list, value = {0};
    const tn__stretch message = feature;
    const size_t n_before = numbers ? numbers->size : 0;
    *out = (tn__feature){.message = message};
    while (feature.n > 0) {
        if (!next_field(&feature, &list))
            return false;
        if (list.number < TN__FEATURE_BYTES || list.number > TN__FEATURE_INTS ||
            list.wire != TN__WIRE_BYTES)
            continue;
        if (out->kind != (int32_t)list.number) { /* another kind of list replaces the one before */
            *out = (tn__feature){.kind = (int32_t)list.number, .message = message};
            if (numbers)
                numbers->size = n_before;
        }
        while (list.bytes.n > 0)
            if (!next_field(&list.bytes, &value) ||
                (value.number == 1 && !read_values(&value, out, numbers)))
                return false;
    }
    return true;
}

/* Splits an entry into its key and its feature; either may be missing. */
static bool read_entry(tn__stretch entry, tn__stretch *key, tn__stretch *feature)
{
    field part;
    *key = *feature = (tn__stretch){(const uint8_t *)"", 0};
    while (entry.n > 0) {
        if (!next_field(&entry, &part))
            return false;
        if (part.number == 1 && part.wire == TN__WIRE_BYTES)
            *key = part.bytes;
        if (part.number == 2 && part.wire == TN__WIRE_BYTES)
            *feature = part.bytes;
    }
    return true;
}

/* What is asked of each entry of an Example. False: the message is broken. */
typedef bool entry_visit(void *context, tn__stretch key, tn__stretch feature);

static bool visit_entries(tn__stretch example, entry_visit *visit, void *context)
{
    field features, entry;
    tn__stretch key, feature;
    while (example.n > 0) {
        if (!next_field(&example, &features))
            return false;
        if (features.number != 1 || features.wire != TN__WIRE_BYTES)
            continue;
        while (features.bytes.n > 0) {
            if (!next_field(&features.bytes, &entry))
                return false;
            if (entry.number != 1 || entry.wire != TN__WIRE_BYTES)
                continue;
            if (!read_entry(entry.bytes, &key, &feature) || !visit(context, key, feature))
                return false;
        }
    }
    return true;
}

typedef struct search {
    const char *key;
    tn__feature *out;
} search;

static bool compare_key(void *context, tn__stretch key, tn__stretch feature)
{
    const search *const self = context;
    if (key.n != strlen(self->key) || memcmp(key.bytes, self->key, key.n) != 0)
        return true;
    return read_feature(feature, self->out, NULL);
}

int tn__example_find(tn__stretch example, const char *key, tn__feature *out)
{
    search self = {.key = key, .out = out};
    *out = (tn__feature){0};
    if (visit_entries(example, compare_key, &self))
        return TN_OK;
    return tn__fail(TN_EDECODE, "is not a tf.train.Example");
}

int tn__example_numbers(const tn__feature *feature, tn__blob *out)
{
    tn__feature again;
    return read_feature(feature->message, &again, out) ? TN_OK : TN_ENOMEM;
}

typedef struct list {
    char *out;
    size_t n, room;
} list;

static bool add_key(void *context, tn__stretch key, tn__stretch feature)
{
    list *const self = context;
    (void)feature;
    const int n = snprintf(self->out + self->n, self->room - self->n, "%s%.*s", self->n ? ", " : "",
                           key.n < 256 ? (int)key.n : 256, (const char *)key.bytes);
    if (n > 0 && (size_t)n < self->room - self->n)
        self->n += (size_t)n;
    self->out[self->n] = '\0';
    return true;
}

void tn__example_keys(tn__stretch example, char *out, size_t room)
{
    list self = {.out = out, .room = room};
    out[0] = '\0';
    (void)visit_entries(example, add_key, &self);
}
