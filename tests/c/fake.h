/* SPDX-License-Identifier: MIT */
/* Samples that need no files. Tests decide how long a sample takes and whether it can be made.
 *
 * These tests link src/load with fakes of tn__sample_fetch, tn__sample_make and of a few functions
 * for data sets and transforms. As with a real sample, the bytes of a row depend only on its place.
 */
#ifndef TENCH_TESTS_FAKE_H
#define TENCH_TESTS_FAKE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "data/dataset.h"
#include "make/fetch.h"
#include "make/sample.h"
#include "op/transform.h"

enum { FAKE_SIDE = 4, FAKE_ROW_BYTES = 3 * FAKE_SIDE * FAKE_SIDE, FAKE_FILE_BYTES = 10 };

typedef struct fake_knobs {
    atomic_int delay_us; /* a sample takes up to this long */
    atomic_int
        fail_every; /* samples whose index is a multiple of this number cannot be made; 0: none */
    atomic_int fail_code;   /* status of their failure; 0: TN_EDECODE */
    atomic_bool gate;       /* while this is set, samples from gate_from on do not finish */
    atomic_llong gate_from; /* position */
    atomic_int made;        /* calls of tn__sample_make that ended */
    _Atomic(tn__large_gate *) large_gate; /* place of the last call */
    atomic_llong waits_from, waits_to;    /* fetches of these positions wait for the disk */
    atomic_int live_datasets, live_transforms;
} fake_knobs;
extern fake_knobs fake;

/* Resets all knobs. Every test case uses it as a fixture, because tests can share a process. */
void fake_reset(void);

tn_dataset *fake_dataset(int64_t n_samples);
tn_transform *fake_transform(void);
/* The samples that loaders wanted ahead since fake_reset, in order, up to `room`; returns how many.
 */
int64_t fake_wanted(int64_t *samples, int64_t room);
/* A loader over n samples that owns both; `options` without size. */
tn_loader *fake_loader(int64_t n_samples, tn_loader_options options);
/* The row's bytes. */
void fake_row(int64_t seed, int64_t epoch, int64_t position, int64_t sample, int32_t attempt,
              uint8_t out[FAKE_ROW_BYTES]);
/* Waits until nothing of earlier loaders is alive; false after ten seconds. */
bool fake_all_gone(void);
/* Hashes and counts the rest of an epoch's batches. */
uint64_t fake_hash(tn_loader *loader, int64_t *n_batches);

#endif
