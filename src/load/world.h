/* SPDX-License-Identifier: MIT */
/* The world: this process among those that train together, as its launcher's environment says.
 *
 * One whole family of variables is taken, never a mixture: inside a batch system's allocation more
 * than one launcher leaves its marks. */
#ifndef TENCH_LOAD_WORLD_H
#define TENCH_LOAD_WORLD_H

#include <stdint.h>

typedef struct tn__world {
    int32_t rank, size;             /* 0, 1 where there is no launcher */
    int32_t local_rank, local_size; /* on this node */
    const char *family;             /* "torchrun", "Open MPI", …; "none". Static. */
} tn__world;

/* `get` looks a variable up, as getenv does. */
tn__world tn__world_find(const char *(*get)(const char *name));
/* Of the process's environment. */
tn__world tn__world_here(void);

#endif
