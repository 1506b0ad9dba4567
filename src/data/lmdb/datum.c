/* SPDX-License-Identifier: MIT */
/* Reads Caffe's message Datum (caffe.proto) in protobuf's form. See datum.h. */
#include "data/lmdb/datum.h"

#include "base/error.h"
#include "base/read.h"
#include "base/varint.h"
#include "tench.h"

enum { CHANNELS = 1, HEIGHT = 2, WIDTH = 3, DATA = 4, LABEL = 5, FLOATS = 6, ENCODED = 7 };
enum { VARINT = 0, BYTES = 2, FIXED_32 = 5 }; /* how a field is written */
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
    return first_byte == (CHANNELS << 3 | VARINT) || first_byte == (HEIGHT << 3 | VARINT) ||
           first_byte == (WIDTH << 3 | VARINT) || first_byte == (DATA << 3 | BYTES);
}

/* Takes a field whose value, or length, is `value`. */
static int take(cursor *self, uint64_t field, unsigned form, uint64_t value, tn__datum *out)
{
    if (form == VARINT && field == LABEL)
        out->label = (int64_t)value;
    if (form == VARINT && field == ENCODED)
        out->is_encoded = value != 0;
    if (form == VARINT && field == CHANNELS)
        out->channels = value;
    if (form == VARINT && field == HEIGHT)
        out->h = value;
    if (form == VARINT && field == WIDTH)
        out->w = value;
    if (form == VARINT)
        return TN_OK;
    out->has_floats = out->has_floats || field == FLOATS;
    if (value > (uint64_t)(self->end - self->at))
        return fail();
    if (field == DATA) {
        out->offset = self->at;
        out->length = (int64_t)value;
    }
    self->at += (int64_t)value;
    return TN_OK;
}

int tn__datum_read(int descriptor, int64_t offset, int64_t length, tn__datum *out)
{
    cursor self = {.descriptor = descriptor, .at = offset, .end = offset + length};
    *out = (tn__datum){.label = -1};
    int status = TN_OK;
    while (self.at < self.end && status == TN_OK) {
        uint64_t tag = 0, value = 4;
        status = next_number(&self, &tag);
        const unsigned form = tag & 7;
        if (status == TN_OK && form != VARINT && form != BYTES && form != FIXED_32)
            return fail();
        if (status == TN_OK && form != FIXED_32)
            status = next_number(&self, &value);
        if (status == TN_OK)
            status = take(&self, tag >> 3, form, value, out);
    }
    return status;
}
