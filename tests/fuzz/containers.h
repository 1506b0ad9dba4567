/* SPDX-License-Identifier: MIT */
/* Writes samples into each kind of container. The writers make the plainest valid form of a file,
 * so that a difference between two kinds is a fault of their readers. */
#ifndef TENCH_TESTS_CONTAINERS_H
#define TENCH_TESTS_CONTAINERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/blob.h"

typedef struct member {
    char name[32]; /* "c/0001.jpg"; readers know the format by the bytes, not by this */
    const uint8_t *bytes;
    size_t size;
} member;

typedef struct container {
    const char *kind;
    const char *source; /* its text for tn_dataset_options */
    const char *file;   /* its name on disk */
    void (*write)(tn__blob *out, const member *members, size_t n);
} container;

enum { N_CONTAINERS = 9 };
extern const container containers[N_CONTAINERS];

/* Adds to a container; ends the program if there is no memory. */
void put(tn__blob *out, const void *bytes, size_t n_bytes);
void put_16(tn__blob *out, uint16_t value);
void put_32(tn__blob *out, uint32_t value);
void put_64(tn__blob *out, uint64_t value);

#endif
