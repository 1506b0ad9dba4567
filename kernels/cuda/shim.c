/* SPDX-License-Identifier: MIT */
/* Runs kernels as C: it includes finish.cu unchanged, and a loop stands for the grid. See shim.h.
 */
#include "cuda/shim.h"

#include <string.h>

#include "cuda/variants.h"

_Thread_local tn_thread tn__this_thread;
_Thread_local tn_dim tn__block_size;
_Thread_local int tn__before_barrier;

typedef void (*body)(const tn_px_finish finish, const uint8_t *restrict staging,
                     const tn_px_record *restrict records, const uint32_t *restrict table,
                     uint8_t *restrict out, int32_t rows);

#include "cuda/finish.cu"

static const struct {
    const char *name;
    body run;
    int32_t dtype, layout, channels, mix;
} kernels[] = {
#define FAST(name, dtype, layout, channels, mix) {#name, name, dtype, layout, channels, mix},
    TN_FINISH_FAST(FAST)
#undef FAST
#define GENERAL(name, dtype, channels, mix) {#name, name, dtype, 0, channels, mix},
        TN_FINISH_GENERAL(GENERAL)
#undef GENERAL
};
enum { N_KERNELS = sizeof kernels / sizeof *kernels };
static const uint32_t most_blocks[3] = {0x7FFFFFFFu, TN_MOST_BLOCKS,
                                        TN_MOST_BLOCKS}; /* limits of every device */

int32_t tn__kernels(void)
{
    return N_KERNELS;
}

const char *tn__kernel_name(int32_t kernel)
{
    return kernels[kernel].name;
}

static uint32_t split(uint64_t n, uint64_t by)
{
    const uint64_t parts = (n + by - 1) / by;
    return parts <= 0xFFFFFFFFu ? (uint32_t)parts : 0xFFFFFFFFu;
}

static bool fits(tn_dim grid)
{
    return grid.x <= most_blocks[0] && grid.y <= most_blocks[1] && grid.z <= most_blocks[2];
}

/* Returns the kernel for a finish, or -1. General kernels have no layout: they handle three
 * channels side by side, or one plane at a time. */
static int32_t find(const tn_px_finish *finish, bool fast)
{
    const int32_t layout = fast ? finish->layout : 0;
    const bool joined = finish->layout == TN_PX_NHWC && finish->channels == 3;
    const int32_t channels = fast ? finish->channels : joined ? 3 : 1;
    for (int32_t k = 0; k < N_KERNELS; k++)
        if (kernels[k].dtype == finish->dtype && kernels[k].layout == layout &&
            kernels[k].channels == channels && kernels[k].mix == finish->mix)
            return k;
    return -1;
}

/* A plane's first group may begin up to seven pixels before it. */
bool tn__launch_general(const tn_px_finish *finish, int32_t rows, tn__launch *out)
{
    const uint64_t pixels = (uint64_t)(uint32_t)finish->w * (uint32_t)finish->h;
    const uint32_t blocks = split(pixels + TN_GROUP - 1, TN_GROUP * TN_BLOCK);
    const uint32_t y = blocks < TN_MOST_BLOCKS ? blocks : TN_MOST_BLOCKS;
    out->kernel = find(finish, false);
    out->block = (tn_dim){TN_BLOCK, 1, 1};
    out->grid = (tn_dim){(uint32_t)rows, y, split(blocks, y)};
    return fits(out->grid);
}

bool tn__launch_of(const tn_px_finish *finish, int32_t rows, tn__launch *out)
{
    const uint32_t groups = (uint32_t)finish->w / TN_GROUP;
    out->kernel = find(finish, true);
    if (out->kernel < 0 || finish->w % TN_GROUP != 0)
        return tn__launch_general(finish, rows, out);
    const uint32_t x = groups < TN_BLOCK ? groups : TN_BLOCK, y = TN_BLOCK / x;
    out->block = (tn_dim){x, y, 1};
    out->grid = (tn_dim){(uint32_t)rows, split((uint32_t)finish->h, y), split(groups, x)};
    return fits(out->grid);
}

/* Runs all threads to the barrier, then runs all of them from the start. */
static void run_block(const tn__launch *launch, const tn__arguments *with)
{
    for (int pass = 1; pass >= 0; pass--)
        for (uint32_t y = 0; y < launch->block.y; y++)
            for (uint32_t x = 0; x < launch->block.x; x++) {
                tn__before_barrier = pass;
                tn__this_thread.x = x;
                tn__this_thread.y = y;
                kernels[launch->kernel].run(with->finish, with->staging, with->records, with->table,
                                            with->out, with->rows);
            }
}

void tn__launch_run(const tn__launch *launch, const tn__arguments *with)
{
    tn__block_size = launch->block;
    for (uint32_t z = 0; z < launch->grid.z; z++)
        for (uint32_t y = 0; y < launch->grid.y; y++)
            for (uint32_t x = 0; x < launch->grid.x; x++) {
                tn__this_thread.block = (tn_dim){x, y, z};
                run_block(launch, with);
            }
}
