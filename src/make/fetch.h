/* SPDX-License-Identifier: MIT */
/* Fetching is the part of a worker's turn between claiming a row and making it: the sample's bytes
 * come into the worker's buffer. */
#ifndef TENCH_MAKE_FETCH_H
#define TENCH_MAKE_FETCH_H

#include "make/worker.h"
#include "plan/plan.h"

/* Reads sample place->sample into worker->file, but only the head of a file longer than
 * TN__FILE_ROOM: the rest is read at the large gate. Errors carry the stage "read", name, position
 * and sample. */
int tn__sample_fetch(const tn_dataset *dataset, const tn__place *place, tn__worker *worker);
/* Reads all of it, for a worker that has passed the gate. */
int tn__sample_fetch_whole(const tn_dataset *dataset, const tn__place *place, tn__worker *worker);

#endif
