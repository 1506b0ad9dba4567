/* SPDX-License-Identifier: MIT */
/* Reads Thrift's compact protocol. See thrift.h. */
#include "data/parquet/thrift.h"

enum { DEEPEST = 32 }; /* structs and lists inside one another */

static void fail(tn__thrift *t)
{
    t->failed = true;
    t->at = t->end;
}

static uint8_t take(tn__thrift *t)
{
    if (t->at < t->end)
        return *t->at++;
    fail(t);
    return 0;
}

static uint64_t varint(tn__thrift *t)
{
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = take(t);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    fail(t);
    return 0;
}

static int64_t zigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

bool tn__thrift_next(tn__thrift *thrift, tn__thrift_field *field)
{
    const uint8_t head = take(thrift);
    if (thrift->failed || head == 0)
        return false;
    field->type = head & 15;
    const int64_t id = head >> 4 ? field->id + (head >> 4) : zigzag(varint(thrift));
    if (id < 0 || id > INT16_MAX)
        fail(thrift);
    field->id = (int32_t)id;
    return !thrift->failed;
}

static void forward(tn__thrift *t, uint64_t n)
{
    if (n > (uint64_t)(t->end - t->at))
        fail(t);
    else
        t->at += n;
}

static void skip(tn__thrift *t, uint8_t type, int depth);

static void skip_struct(tn__thrift *t, int depth)
{
    tn__thrift_field field = {0};
    while (tn__thrift_next(t, &field))
        skip(t, field.type, depth);
}

/* In a list a boolean has a byte of its own. */
static void skip_item(tn__thrift *t, uint8_t type, int depth)
{
    if (type == TN__THRIFT_TRUE || type == TN__THRIFT_FALSE)
        forward(t, 1);
    else
        skip(t, type, depth);
}

static void skip_list(tn__thrift *t, int depth)
{
    const uint8_t head = take(t);
    uint64_t n = head >> 4;
    if (n == 15)
        n = varint(t);
    for (; n > 0 && !t->failed; n--)
        skip_item(t, head & 15, depth);
}

static void skip_map(tn__thrift *t, int depth)
{
    const uint64_t n = varint(t);
    const uint8_t types = n > 0 ? take(t) : 0;
    for (uint64_t i = 0; i < n && !t->failed; i++) {
        skip_item(t, types >> 4, depth);
        skip_item(t, types & 15, depth);
    }
}

static void skip(tn__thrift *t, uint8_t type, int depth)
{
    if (depth > DEEPEST) {
        fail(t);
        return;
    }
    switch (type) {
    case TN__THRIFT_TRUE:
    case TN__THRIFT_FALSE: return;
    case TN__THRIFT_BYTE: forward(t, 1); return;
    case TN__THRIFT_I16:
    case TN__THRIFT_I32:
    case TN__THRIFT_I64: varint(t); return;
    case TN__THRIFT_DOUBLE: forward(t, 8); return;
    case TN__THRIFT_BINARY: forward(t, varint(t)); return;
    case TN__THRIFT_LIST:
    case TN__THRIFT_SET: skip_list(t, depth + 1); return;
    case TN__THRIFT_MAP: skip_map(t, depth + 1); return;
    case TN__THRIFT_STRUCT: skip_struct(t, depth + 1); return;
    default: fail(t);
    }
}

void tn__thrift_skip(tn__thrift *thrift, const tn__thrift_field *field)
{
    skip(thrift, field->type, 0);
}

int64_t tn__thrift_int(tn__thrift *thrift, const tn__thrift_field *field)
{
    if (field->type >= TN__THRIFT_I16 && field->type <= TN__THRIFT_I64)
        return zigzag(varint(thrift));
    tn__thrift_skip(thrift, field);
    return 0;
}

bool tn__thrift_bool(tn__thrift *thrift, const tn__thrift_field *field)
{
    tn__thrift_skip(thrift, field);
    return field->type == TN__THRIFT_TRUE;
}

const uint8_t *tn__thrift_bytes(tn__thrift *thrift, const tn__thrift_field *field, size_t *n)
{
    static const uint8_t nothing[1];
    *n = 0;
    if (field->type != TN__THRIFT_BINARY) {
        tn__thrift_skip(thrift, field);
        return nothing;
    }
    const uint64_t length = varint(thrift);
    const uint8_t *const bytes = thrift->at;
    forward(thrift, length);
    if (thrift->failed)
        return nothing;
    *n = (size_t)length;
    return bytes;
}

size_t tn__thrift_structs(tn__thrift *thrift, const tn__thrift_field *field)
{
    if (field->type != TN__THRIFT_LIST || thrift->at == thrift->end ||
        (*thrift->at & 15) != TN__THRIFT_STRUCT) {
        tn__thrift_skip(thrift, field);
        return 0;
    }
    uint64_t n = take(thrift) >> 4;
    if (n == 15)
        n = varint(thrift);
    if (n > (uint64_t)(thrift->end - thrift->at)) /* each takes a byte at least */
        fail(thrift);
    return thrift->failed ? 0 : (size_t)n;
}

bool tn__thrift_struct(tn__thrift *thrift, const tn__thrift_field *field)
{
    if (field->type == TN__THRIFT_STRUCT)
        return true;
    tn__thrift_skip(thrift, field);
    return false;
}
