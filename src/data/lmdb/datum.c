/* SPDX-License-Identifier: MIT */
/* Reads Caffe's message Datum (caffe.proto) in protobuf's form. See datum.h. */
#include "data/lmdb/datum.h"

#include "base/error.h"
#include "base/protobuf.h"
#include "base/read.h"
#include "base/varint.h"
#include "tench.h"

enum { CHANNELS = 1, HEIGHT = 2, WIDTH = 3, DATA = 4, LABEL = 5, FLOATS = 6, ENCODED = 7 };
enum { WINDOW = 64 };

/* Reads the message through a window. */
typedef struct cursor {
    int descriptor;
    int64_t at, end;
    int64_t window_at;
    size_t n;
    uint8_t window[WINDOW];
} cursor;

static int fail(void)
{
    return tn__fail(TN_EDECODE, "is damaged: no Caffe Datum");
}

/* Brings the bytes from `at` into the window: those of a number, or as many as are left. */
static int look(cursor *self)
{
    const int64_t left = self->end - self->at;
    const size_t wanted = left < TN__VARINT_BYTES ? (size_t)left : TN__VARINT_BYTES;
    const int64_t from = self->at - self->window_at;
    if (from >= 0 && from + (int64_t)wanted <= (int64_t)self->n)
        return TN_OK;
    self->n = left < WINDOW ? (size_t)left : WINDOW;
    self->window_at = self->at;
    return tn__read_or_fail(self->descriptor, self->window, self->n, self->at);
}

static int next_number(cursor *self, uint64_t *out)
{
    const int status = look(self);
    if (status != TN_OK)
        return status;
    const uint8_t *at = self->window + (self->at - self->window_at);
    const bool is_whole = tn__varint_try(&at, self->window + self->n, out);
    self->at = self->window_at + (at - self->window);
    return is_whole ? TN_OK : fail();
}

bool tn__datum_is(uint8_t first_byte)
{
    return first_byte == (CHANNELS << TN__WIRE_BITS | TN__WIRE_VARINT) ||
           first_byte == (HEIGHT << TN__WIRE_BITS | TN__WIRE_VARINT) ||
           first_byte == (WIDTH << TN__WIRE_BITS | TN__WIRE_VARINT) ||
           first_byte == (DATA << TN__WIRE_BITS | TN__WIRE_BYTES);
}

static void take_number(uint64_t field, uint64_t value, tn__datum *out)
{
    switch (field) {
    case CHANNELS: out->channels = value; break;
    case HEIGHT: out->h = value; break;
    case WIDTH: out->w = value; break;
    case LABEL: out->label = (int64_t)value; break;
    case ENCODED: out->is_encoded = value != 0; break;
    default: break;
    }
}

/* Takes a field of `length` bytes, and steps over them. */
static int take_bytes(cursor *self, uint64_t field, uint64_t length, tn__datum *out)
{
    if (length > (uint64_t)(self->end - self->at))
        return fail();
    if (field == FLOATS)
        out->has_floats = true;
    if (field == DATA) {
        out->offset = self->at;
        out->length = (int64_t)length;
    }
    self->at += (int64_t)length;
    return TN_OK;
}

static int take_field(cursor *self, tn__datum *out)
{
    uint64_t key = 0, value = 4;
    int status = next_number(self, &key);
    if (status != TN_OK)
        return status;
    const uint64_t field = key >> TN__WIRE_BITS;
    const uint64_t wire = key & ((1 << TN__WIRE_BITS) - 1);
    if (wire != TN__WIRE_VARINT && wire != TN__WIRE_BYTES && wire != TN__WIRE_FOUR)
        return fail();
    if (wire != TN__WIRE_FOUR)
        status = next_number(self, &value);
    if (status != TN_OK || wire != TN__WIRE_VARINT)
        return status == TN_OK ? take_bytes(self, field, value, out) : status;
    take_number(field, value, out);
    return TN_OK;
}

int tn__datum_read(int descriptor, int64_t offset, int64_t length, tn__datum *out)
{
    cursor self = {.descriptor = descriptor, .at = offset, .end = offset + length};
    *out = (tn__datum){.label = -1};
    int status = TN_OK;
    while (self.at < self.end && status == TN_OK)
        status = take_field(&self, out);
    return status;
}
