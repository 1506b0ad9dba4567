/* SPDX-License-Identifier: MIT */
/* Reads Thrift's compact protocol. See thrift.h. */
#include "data/parquet/thrift.h"

#include "base/varint.h"

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
    uint64_t value;
    if (tn__varint_try(&t->at, t->end, &value))
        return value;
    fail(t);
    return 0;
}

bool tn__thrift_next(tn__thrift *thrift, tn__thrift_field *field)
{
    const uint8_t head = take(thrift);
    if (thrift->failed || head == 0)
        return false;
    field->type = head & 15;
    const int64_t id = head >> 4 ? field->id + (head >> 4) : tn__unzigzag(varint(thrift));
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

/* A struct, list or map in the skipping. */
typedef struct level {
    uint8_t kind;
    uint8_t types[2]; /* of a list's items, twice; of keys and values */
    uint64_t left;    /* items; keys and values are two */
} level;

typedef struct levels {
    int n;
    level list[DEEPEST];
} levels;

static void push(tn__thrift *t, levels *open, level added)
{
    if (open->n == DEEPEST)
        fail(t);
    else
        open->list[open->n++] = added;
}

static void begin_list(tn__thrift *t, levels *open)
{
    const uint8_t head = take(t), type = head & 15;
    const uint64_t n = head >> 4 == 15 ? varint(t) : head >> 4;
    push(t, open, (level){TN__THRIFT_LIST, {type, type}, n});
}

static void begin_map(tn__thrift *t, levels *open)
{
    const uint64_t n = varint(t);
    const uint8_t types = n > 0 ? take(t) : 0;
    if (n > UINT32_MAX)
        fail(t);
    push(t, open, (level){TN__THRIFT_MAP, {types & 15, types >> 4}, 2 * n});
}

/* Skips a value, or begins one that has parts. */
static void skip_value(tn__thrift *t, uint8_t type, levels *open)
{
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
    case TN__THRIFT_SET: begin_list(t, open); return;
    case TN__THRIFT_MAP: begin_map(t, open); return;
    case TN__THRIFT_STRUCT: push(t, open, (level){.kind = TN__THRIFT_STRUCT}); return;
    default: fail(t);
    }
}

/* In a list or map a boolean has a byte of its own. */
static void skip_item(tn__thrift *t, uint8_t type, levels *open)
{
    if (type == TN__THRIFT_TRUE || type == TN__THRIFT_FALSE)
        forward(t, 1);
    else
        skip_value(t, type, open);
}

void tn__thrift_skip(tn__thrift *thrift, const tn__thrift_field *field)
{
    levels open = {0};
    skip_value(thrift, field->type, &open);
    while (open.n > 0 && !thrift->failed) {
        level *const inner = &open.list[open.n - 1];
        tn__thrift_field part = {0};
        if (inner->kind == TN__THRIFT_STRUCT && tn__thrift_next(thrift, &part))
            skip_value(thrift, part.type, &open);
        else if (inner->kind == TN__THRIFT_STRUCT || inner->left == 0)
            open.n--;
        else
            skip_item(thrift, inner->types[--inner->left & 1], &open);
    }
}

int64_t tn__thrift_int(tn__thrift *thrift, const tn__thrift_field *field)
{
    if (field->type >= TN__THRIFT_I16 && field->type <= TN__THRIFT_I64)
        return tn__unzigzag(varint(thrift));
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
