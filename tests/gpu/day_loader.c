/* SPDX-License-Identifier: MIT */
/* The loader on the GPU day: a consumer with steps of its own and its waits for batches, launches
 * for each batch, and a long run in which nothing may grow. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "day.h"
#include "load/loader.h"
#include "tench.h"

/* Half of timm's defaults for ImageNet, and erasing, which costs timm the most launches. */
static const char ops_format[] = "random_resized_crop size=%d; hflip; random_erasing p=0.25 "
                                 "mode=pixel; normalize; convert dtype=f16";
enum { LEAK_ROWS = 8, LEAK_SIZE = 64 };

static tn_loader *made(int32_t rows, int32_t size, int64_t batches)
{
    const tn_dataset_options where = {.size = (int32_t)sizeof where, .root = day.data};
    char ops[200];
    snprintf(ops, sizeof ops, ops_format, size);
    tn_dataset *const dataset = tn_dataset_create(&where);
    tn_transform *const transform = tn_transform_create(ops);
    day_need(dataset && transform ? TN_OK : TN_EINVAL);
    const int64_t count = tn_dataset_count(dataset);
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = rows,
                                       .order = "feistel-1",
                                       .drop_last = TN_YES,
                                       .repeats =
                                           (int32_t)(batches * rows / (count > 0 ? count : 1) + 1),
                                       .device = day.device};
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    day_need(loader ? TN_OK : TN_EINVAL);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    return loader;
}

/* Returns the loader's device in the form of this program, to query streams and counts. */
static day_device device_of(const tn_loader *loader, const day_device *opened)
{
    day_device it = *opened;
    if (it.is_fake)
        it.device = loader->feed->settings.device;
    day_need(it.ops->stream_create(it.device, "training", &it.stream));
    return it;
}

typedef struct outcome {
    double seconds, host_s; /* from the first batch to the end of the last step; time in calls */
    int32_t batches;
} outcome;

/* Consumes this many batches, each with or without a step on the consumer's stream. */
static outcome consume(tn_loader *loader, const day_device *it, int32_t batches, bool is_busy)
{
    tn_batch batch = {.size = (int32_t)sizeof batch};
    outcome out = {0};
    day_mark start = {0};
    for (; out.batches < batches; out.batches++) {
        const double begun = day_now();
        day_need(tn_loader_next_on(loader, &batch, it->stream, -1));
        if (out.batches == 0)
            start = day_mark_now(it, it->stream);
        else
            out.host_s += day_now() - begun;
        if (is_busy)
            day_step(it, it->stream);
        const double ended = day_now();
        day_need(tn_batch_done(&batch, it->stream));
        out.host_s += day_now() - ended;
    }
    out.seconds = day_seconds(it, start, day_mark_now(it, it->stream));
    day_need(it->ops->drain(it->device));
    return out;
}

/* Returns the median length of a step alone. */
static double step_alone(const day_device *it)
{
    double seconds[DAY_TIMES];
    for (int32_t t = 0; t < DAY_TIMES; t++) {
        const day_mark start = day_mark_now(it, it->stream);
        day_step(it, it->stream);
        seconds[t] = day_seconds(it, start, day_mark_now(it, it->stream));
    }
    return day_median(seconds, DAY_TIMES);
}

/* Runs a whole epoch. Kernels of prefetched batches are launched too, and at the end all launches
 * belong to the epoch. The steps of a busy consumer follow each other on its stream, so the
 * remaining time is what they waited for batches. */
static void run_epoch(const day_device *opened, bool is_busy)
{
    tn_loader *const loader = made(day.images, day.size, day.batches);
    const int64_t n = tn_loader_batches(loader);
    day_device it = device_of(loader, opened);
    const double step = is_busy ? step_alone(&it) : 0;
    const int64_t before = day_launches(&it);
    day_need(tn_loader_start(loader, 0));
    const outcome got = consume(loader, &it, (int32_t)n, is_busy);
    const int64_t launches = day_launches(&it) - before;
    tn_stats stats = {.size = (int32_t)sizeof stats};
    day_need(tn_loader_stats(loader, &stats));
    const double busy = step * got.batches;
    printf("{\"what\": \"loader\", \"step_ms\": %.2f, \"batches\": %d, \"images/s\": %.0f, "
           "\"stall\": %.4f, \"host_us\": %.1f, \"launches\": %.3f, \"threads\": %d, "
           "\"wait_s\": %.3f, \"output_wait_s\": %.3f}\n",
           1e3 * step, got.batches, (double)day.images * got.batches / got.seconds,
           is_busy ? 1 - busy / got.seconds : 0, 1e6 * got.host_s / got.batches,
           (double)launches / got.batches, stats.n_threads, stats.wait_s, stats.output_wait_s);
    it.ops->stream_destroy(it.device, it.stream);
    tn_loader_destroy(loader);
}

int day_loader(void)
{
    day_device opened = day_open();
    run_epoch(&opened, false);
    run_epoch(&opened, true);
    day_close(&opened);
    return 0;
}

static int64_t resident_bytes(void)
{
    long pages = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*s %ld", &pages) != 1)
        pages = -1;
    if (file)
        fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* A tenth of the batches warms up. Small batches make the number large. */
int day_leak(void)
{
    day_device opened = day_open();
    const int32_t before = day.leak / 10 + 1;
    tn_loader *const loader = made(LEAK_ROWS, LEAK_SIZE, day.leak + before);
    day_device it = device_of(loader, &opened);
    day_need(tn_loader_start(loader, 0));
    consume(loader, &it, before, false);
    const int64_t device_bytes = day_device_bytes(&it), host_bytes = resident_bytes();
    const outcome got = consume(loader, &it, day.leak, false);
    printf("{\"what\": \"leak\", \"batches\": %d, \"seconds\": %.1f, \"device_bytes\": %lld, "
           "\"host_bytes\": %lld}\n",
           got.batches, got.seconds, (long long)(day_device_bytes(&it) - device_bytes),
           (long long)(resident_bytes() - host_bytes));
    it.ops->stream_destroy(it.device, it.stream);
    tn_loader_destroy(loader);
    day_close(&opened);
    return 0;
}
