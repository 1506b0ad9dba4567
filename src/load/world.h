/* SPDX-License-Identifier: MIT */
/* The world: this process among those that train together. Its launcher's environment names it.
 *
 * All variables come from one family, never from a mixture: inside a batch system's allocation more
 * than one launcher sets variables. */
#ifndef TENCH_LOAD_WORLD_H
#define TENCH_LOAD_WORLD_H

#include <stdint.h>

typedef struct tn__world {
    int32_t rank, size;             /* 0 and 1 without a launcher */
    int32_t local_rank, local_size; /* on this machine */
    const char *family; /* of the variables: "torchrun", "Open MPI", …; "none". Static. */
} tn__world;

/* `get` looks up a variable, like getenv. */
tn__world tn__world_find(const char *(*get)(const char *name));
/* The same from the process's environment. */
tn__world tn__world_here(void);

#endif
