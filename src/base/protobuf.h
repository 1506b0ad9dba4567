/* SPDX-License-Identifier: MIT */
/* The forms of protobuf's fields. A field begins with a varint, its key: the field's number, and in
 * the low bits how its value is written. */
#ifndef TENCH_BASE_PROTOBUF_H
#define TENCH_BASE_PROTOBUF_H

enum {
    TN__WIRE_VARINT = 0,
    TN__WIRE_EIGHT = 1, /* bytes */
    TN__WIRE_BYTES = 2, /* a varint with their number, then bytes */
    TN__WIRE_FOUR = 5,  /* bytes */
    TN__WIRE_BITS = 3   /* of a key that tell the form */
};

#endif
