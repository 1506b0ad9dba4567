/* SPDX-License-Identifier: MIT */
/* Batches on the host. See host_path.h. */
#include "load/host_path.h"

#include <stdlib.h>
#include <string.h>

typedef struct host_path {
    tn__path path;
    const tn__layout *layout;
    bool mixes; /* rows are staged in the slot until all of them are made */
} host_path;

static const host_path *of(const tn__path *path)
{
    return (const host_path *)(const void *)path;
}

static void open(tn__path *path, tn__slot *slot)
{
    (void)path;
    (void)slot;
}

static tn__row_output row_output(const tn__path *path, const tn__slot *slot, int32_t row)
{
    const tn__layout *const layout = of(path)->layout;
    if (of(path)->mixes)
        return tn__layout_row_output(layout, slot->memory + layout->staging_at, row);
    return (tn__row_output){.out = slot->memory + layout->row_bytes * (size_t)row};
}

static void do_nothing(tn__path *path)
{
    (void)path;
}

static void waits(const tn__path *path, tn__path_waits *out)
{
    (void)path;
    *out = (tn__path_waits){0};
}

/* The batch is in memory, so no stream needs to wait. */
static int use_on(tn__path *path, const tn__slot *slot, void *stream)
{
    (void)path;
    (void)slot;
    (void)stream;
    return TN_OK;
}

static void end_on(tn__path *path, const tn__slot *slot, void *stream)
{
    (void)path;
    (void)slot;
    (void)stream;
}

static int release(tn__path *path, const tn__slot *slot)
{
    (void)path;
    (void)slot;
    return TN_OK;
}

static int fetch(tn__path *path, const tn__slot *slot, size_t at, size_t n_bytes, void *to)
{
    (void)path;
    memcpy(to, slot->memory + at, n_bytes);
    return TN_OK;
}

static void free_path(tn__path *path)
{
    free(path);
}

static const tn__path_ops ops = {
    .limit = "depth",
    .open = open,
    .row_output = row_output,
    .reclaim = do_nothing,
    .wake = do_nothing,
    .waits = waits,
    .use_on = use_on,
    .also_use_on = use_on,
    .end_on = end_on,
    .release = release,
    .fetch = fetch,
    .free = free_path,
};

tn__path *tn__host_path_create(const tn__settings *settings)
{
    host_path *const path = calloc(1, sizeof *path);
    if (!path)
        return tn__fail_null(TN_ENOMEM, "out of memory: a loader's path");
    *path =
        (host_path){.path = {&ops}, .layout = &settings->layout, .mixes = settings->mixing != NULL};
    return &path->path;
}
