/* SPDX-License-Identifier: MIT */
/* The launcher's variables. See world.h. */
#include "load/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

typedef struct family {
    const char *name;
    const char *rank, *size, *local_rank;
    const char *local_size; /* NULL or unset: 1 is assumed */
    const char *needs;      /* one more variable that must be a number; NULL: none */
} family;

/* The most reliable family comes first. A batch script of Slurm has SLURM_PROCID too, but no
 * numeric step. */
static const family families[] = {
    {"torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", NULL},
    {"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE", NULL},
    {"MPICH", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", NULL},
    {"PALS", "PALS_RANKID", "PMI_SIZE", "PALS_LOCAL_RANKID", NULL, NULL},
    {"Slurm", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE",
     "SLURM_STEP_ID"},
};

/* A whole non-negative number below 2^24; -1 for anything else. */
static int32_t number(const char *(*get)(const char *name), const char *name)
{
    const char *const text = name ? get(name) : NULL;
    if (!text || !*text)
        return -1;
    int32_t value = 0;
    for (const char *digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || value >= 1 << 20)
            return -1;
        value = value * 10 + (*digit - '0');
    }
    return value;
}

static bool read_family(const family *f, const char *(*get)(const char *name), tn__world *out)
{
    const int32_t rank = number(get, f->rank), size = number(get, f->size);
    const int32_t local_rank = number(get, f->local_rank);
    if (rank < 0 || rank >= size || local_rank < 0)
        return false;
    if (f->needs && number(get, f->needs) < 0)
        return false;
    const int32_t local_size = number(get, f->local_size);
    *out = (tn__world){rank, size, local_rank, local_size > local_rank ? local_size : 1, f->name};
    return true;
}

tn__world tn__world_find(const char *(*get)(const char *name))
{
    tn__world world = {0, 1, 0, 1, "none"};
    for (size_t f = 0; f < sizeof families / sizeof *families; f++)
        if (read_family(&families[f], get, &world))
            break;
    return world;
}

static const char *get_variable(const char *name)
{
    return getenv(name);
}

tn__world tn__world_here(void)
{
    return tn__world_find(get_variable);
}
