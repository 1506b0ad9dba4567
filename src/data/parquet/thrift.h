/* SPDX-License-Identifier: MIT */
/* Reads Thrift's compact protocol, in which Parquet's metadata is written. A reader never leaves
 * its bytes. After damage it is `failed`, and each answer is 0 or empty. */
#ifndef TENCH_DATA_PARQUET_THRIFT_H
#define TENCH_DATA_PARQUET_THRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TN__THRIFT_TRUE = 1,
    TN__THRIFT_FALSE = 2,
    TN__THRIFT_BYTE = 3,
    TN__THRIFT_I16 = 4,
    TN__THRIFT_I32 = 5,
    TN__THRIFT_I64 = 6,
    TN__THRIFT_DOUBLE = 7,
    TN__THRIFT_BINARY = 8,
    TN__THRIFT_LIST = 9,
    TN__THRIFT_SET = 10,
    TN__THRIFT_MAP = 11,
    TN__THRIFT_STRUCT = 12
};

typedef struct tn__thrift {
    const uint8_t *at, *end;
    bool failed;
} tn__thrift;

/* A field of a struct. Begin a struct with {0}. */
typedef struct tn__thrift_field {
    int32_t id;
    uint8_t type;
} tn__thrift_field;

/* Reads the next field's head; false: the struct ends, or is damaged. */
bool tn__thrift_next(tn__thrift *thrift, tn__thrift_field *field);
/* Return a field's value; 0 or empty if the field has another type, which is then skipped. */
int64_t tn__thrift_int(tn__thrift *thrift, const tn__thrift_field *field);
bool tn__thrift_bool(tn__thrift *thrift, const tn__thrift_field *field);
const uint8_t *tn__thrift_bytes(tn__thrift *thrift, const tn__thrift_field *field, size_t *n);
/* Begins a list of structs; returns their number. */
size_t tn__thrift_structs(tn__thrift *thrift, const tn__thrift_field *field);
/* True if the field is a struct, which then begins. If not, skips it. */
bool tn__thrift_struct(tn__thrift *thrift, const tn__thrift_field *field);
/* Skips the field's value. */
void tn__thrift_skip(tn__thrift *thrift, const tn__thrift_field *field);

#endif
