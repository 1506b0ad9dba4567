/* SPDX-License-Identifier: MIT */
/* Reads Parquet's hybrid of runs and packed bits, in which levels and indices are written. */
#ifndef TENCH_DATA_PARQUET_HYBRID_H
#define TENCH_DATA_PARQUET_HYBRID_H

#include <stdbool.h>
#include <stdint.h>

enum { TN__HYBRID_BITS = 32 };

typedef struct tn__hybrid {
    const uint8_t *at, *end;
    uint32_t width; /* bits of a number */
    uint64_t left;  /* numbers of the run in hand */
    bool is_packed;
    uint32_t value; /* of a run of equal numbers */
    uint32_t bit;   /* of the byte at `at`, where the next packed number begins */
} tn__hybrid;

/* `width` is at most TN__HYBRID_BITS. */
tn__hybrid tn__hybrid_open(const uint8_t *bytes, const uint8_t *end, uint32_t width);
/* The same of numbers that are all packed, without heads of runs. */
tn__hybrid tn__hybrid_packed(const uint8_t *bytes, const uint8_t *end, uint32_t width);
/* Reads the next number; false: the bytes end. */
bool tn__hybrid_next(tn__hybrid *hybrid, uint32_t *out);

#endif
