/* SPDX-License-Identifier: MIT */
/* What one worker keeps. See worker.h. */
#include "make/worker.h"

#include <stdlib.h>

#include "base/error.h"

enum { SMALL_SCRATCH = 8 << 20 };
/* For each pixel: three planes, the planes that 4:2:0 keeps beside them, and the file's own
 * bytes. */
enum { DECODED_BYTES = 4 };

size_t tn__scratch_bytes(void)
{
    return (size_t)TN__SCRATCH_PIXELS * DECODED_BYTES + SMALL_SCRATCH;
}

size_t tn__worker_bytes(void)
{
    return tn__scratch_bytes() + TN__KEPT_FILE_BYTES + tn__weight_cache_bytes();
}

void tn__worker_init(tn__worker *worker, tn__large_gate *gate)
{
    *worker = (tn__worker){.gate = gate};
    tn__arena_init(&worker->arena, tn__scratch_bytes(), 0);
}

void tn__worker_free(tn__worker *worker)
{
    for (int32_t s = 0; s < worker->n_states; s++)
        worker->states[s].op->close(worker->states[s].state);
    free(worker->states);
    tn__arena_free(&worker->arena);
    tn__buffer_free(&worker->file);
    tn__weight_cache_free(&worker->weights);
}

static int open_state(tn__worker *worker, const tn__op *op, void **out)
{
    const size_t n_bytes = ((size_t)worker->n_states + 1) * sizeof *worker->states;
    tn__op_state *const states = realloc(worker->states, n_bytes);
    if (!states)
        return tn__fail_memory("the states of ops", n_bytes);
    worker->states = states;
    *out = op->open();
    if (!*out)
        return tn__error_last()->code;
    states[worker->n_states++] = (tn__op_state){op, *out};
    return TN_OK;
}

int tn__worker_tools(tn__worker *worker, const tn__op *op, tn__tools *out)
{
    *out = (tn__tools){.arena = &worker->arena};
    if (!op->open)
        return TN_OK;
    for (int32_t s = 0; s < worker->n_states; s++)
        if (worker->states[s].op == op) {
            out->state = worker->states[s].state;
            return TN_OK;
        }
    return open_state(worker, op, &out->state);
}
