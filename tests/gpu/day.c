/* SPDX-License-Identifier: MIT */
/* What a machine with a GPU is asked: day [images=256] [size=224] [rounds=6] [repeats=20].
 *
 * First every kernel makes random batches, which must be the CPU's bytes. Then kernels are timed
 * over outputs that take turns (nothing is found in the cache again) and compared with a copy of as
 * many bytes within the device; and copies of a batch from pinned memory with one long copy. Prints
 * a line of JSON for each; tests/gpu/day.sh makes a table of them. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dev/cuda.h"
#include "random_batch.h"
#include "tench.h"

enum { TURNS = 4, TIMES = 7, CHANNELS = 3, LONG = 4 }; /* LONG: batches in the long copy */

static const tn__device_ops *const ops = &tn__device_cuda;
static const char *const dtypes[] = {"", "u8", "f16", "bf16", "f32"};
static const char *const layouts[] = {"", "nchw", "nhwc"};
static tn__device *device;
static void *stream;
static int32_t images = 256, size = 224, rounds = 6, repeats = 20;

static void need(int status)
{
    if (status == TN_OK)
        return;
    fprintf(stderr, "day: %s\n", tn_error());
    exit(1);
}

static tn__device_memory allocate(int32_t memory, size_t n_bytes)
{
    const tn__memory_use use = {memory, n_bytes, "day", 0, NULL, NULL};
    tn__device_memory out;
    need(ops->allocate(device, &use, &out));
    return out;
}

static tn__device_part whole(const tn__device_memory *buffer)
{
    return (tn__device_part){buffer, 0, buffer->use.n_bytes};
}

/* Memory of the device with these bytes. */
static tn__device_memory upload(const void *bytes, size_t n_bytes)
{
    tn__device_memory pinned = allocate(TN__PINNED, n_bytes);
    const tn__device_memory out = allocate(TN__ON_DEVICE, n_bytes);
    memcpy(pinned.data, bytes, n_bytes);
    need(ops->copy(device, whole(&out), whole(&pinned), stream));
    need(ops->drain(device));
    ops->free(device, &pinned);
    return out;
}

static tn__device_memory zeros(size_t n_bytes)
{
    void *const bytes = calloc(1, n_bytes);
    if (!bytes)
        exit(1);
    const tn__device_memory out = upload(bytes, n_bytes);
    free(bytes);
    return out;
}

static int32_t check_one(random_batch *batch)
{
    tn__launch launch;
    uint8_t *const want = batch->with.out, *const got = random_memory(batch->out_bytes);
    tn__device_memory staging = upload(batch->staging, batch->staging_bytes);
    tn__device_memory records = upload(batch->records, sizeof batch->records);
    tn__device_memory table = upload(batch->table, sizeof batch->table);
    tn__device_memory out = allocate(TN__ON_DEVICE, batch->out_bytes);
    const tn__finish_work work = {&batch->with.finish, whole(&staging), whole(&records),
                                  whole(&table),       whole(&out),     batch->with.rows};
    need(ops->finish(device, &work, stream));
    need(ops->drain(device));
    need(ops->fetch(device, got, whole(&out)));
    tn__launch_general(&batch->with.finish, batch->with.rows, &launch);
    tn__launch_run(&launch, &batch->with);
    const int32_t wrong = memcmp(want, got, batch->out_bytes) != 0;
    tn__device_memory *const all[] = {&staging, &records, &table, &out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ops->free(device, all[i]);
    free(got);
    return wrong;
}

/* Every dtype, layout, number of channels and way of mixing. */
static int32_t check_all(void)
{
    int32_t wrong = 0, n = 0;
    for (int32_t i = 0; i < 4 * 4 * 2 * 3; i++) {
        const int32_t dtype = TN_PX_U8 + i % 4, mix = i / 32;
        for (int32_t round = 0; round < rounds && !(dtype == TN_PX_U8 && mix == 2); round++) {
            random_batch batch;
            random_batch_make(&batch, (uint32_t)(1000 * i + round), dtype, TN_PX_NCHW + i / 16 % 2,
                              1 + i / 4 % 4, mix);
            wrong += check_one(&batch);
            n++;
            random_batch_free(&batch);
        }
    }
    printf("{\"what\": \"check\", \"batches\": %d, \"wrong\": %d}\n", n, wrong);
    return wrong;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds of one call of many: the median of several rounds. Calls are enqueued ahead. */
static double time_of(void (*call)(void *argument, int32_t turn), void *argument)
{
    double seconds[TIMES];
    for (int32_t t = -1; t < TIMES; t++) {
        const double start = now();
        for (int32_t i = 0; i < repeats; i++)
            call(argument, i % TURNS);
        need(ops->drain(device));
        if (t >= 0)
            seconds[t] = (now() - start) / repeats;
    }
    qsort(seconds, TIMES, sizeof *seconds, by_value);
    return seconds[TIMES / 2];
}

typedef struct kernel_case {
    tn_px_finish finish;
    tn__device_memory staging, records, table, out[TURNS];
} kernel_case;

static void run_kernel(void *argument, int32_t turn)
{
    const kernel_case *const it = argument;
    const tn__finish_work work = {&it->finish,       whole(&it->staging),   whole(&it->records),
                                  whole(&it->table), whole(&it->out[turn]), images};
    need(ops->finish(device, &work, stream));
}

/* The driver's own copy within the device, which the loader has no use for. */
static int (*copy_within)(tn__cu_address, tn__cu_address, size_t, tn__cu_stream *);

static void run_copy(void *argument, int32_t turn)
{
    const kernel_case *const it = argument;
    const tn__device_memory *const to = &it->out[turn], *const from = &it->out[(turn + 1) % TURNS];
    if (copy_within((tn__cu_address)(uintptr_t)to->data, (tn__cu_address)(uintptr_t)from->data,
                    to->use.n_bytes, stream) != 0)
        exit(1);
}

/* What the records of a batch say: nothing; a quarter erased with noise; blended; a box pasted. */
enum { PLAIN, ERASED, BLENDED, PASTED };
static const char *const contents[] = {"plain", "erase=pixel", "mixup", "cutmix"};

static tn__device_memory make_records(const tn_px_finish *finish, int32_t content)
{
    tn_px_record *const records = calloc((size_t)images, sizeof *records);
    if (!records)
        exit(1);
    const uint16_t half = (uint16_t)(finish->w / 2);
    for (int32_t row = 0; row < images; row++) {
        tn_px_record *const record = &records[row];
        record->offset = (uint64_t)row * (uint64_t)(CHANNELS * finish->w * finish->h);
        record->flip = row % 2 != 0;
        record->partner = (uint32_t)(content >= BLENDED ? images - 1 - row : row);
        record->lambda = 0.3f;
        record->erase = content == ERASED && row % 4 == 0 ? TN_PX_ERASE_PIXEL : TN_PX_ERASE_NONE;
        record->n_boxes = record->erase ? 1 : 0;
        record->box[0] = (tn_px_box){20, 20, half, half};
        if (content == PASTED)
            record->mix = (tn_px_box){21, 30, half, half};
    }
    const tn__device_memory out = upload(records, (size_t)images * sizeof *records);
    free(records);
    return out;
}

static void print_time(const kernel_case *it, const char *content, double seconds, double copy)
{
    const double values = (double)images * CHANNELS * it->finish.w * it->finish.h;
    const double sources = it->finish.mix == TN_PX_MIX_NONE || content == contents[PASTED] ? 1 : 2;
    const double bytes = values * sources + (double)it->out[0].use.n_bytes;
    const double rate = bytes / seconds, copied = 2.0 * (double)it->out[0].use.n_bytes / copy;
    printf(
        "{\"what\": \"kernel\", \"dtype\": \"%s\", \"layout\": \"%s\", \"staged\": \"%s\", "
        "\"kind\": \"%s\", \"batch\": \"%s\", \"mix\": %d, \"width\": %d, \"us\": %.1f, \"GB/s\": "
        "%.0f, \"copy GB/s\": %.0f, \"share\": %.2f}\n",
        dtypes[it->finish.dtype], layouts[it->finish.layout], layouts[it->finish.staged],
        it->finish.kind == TN_PX_TABLE ? "table" : "fma", content, it->finish.mix, it->finish.w,
        1e6 * seconds, 1e-9 * rate, 1e-9 * copied, rate / copied);
}

static void time_kernel(kernel_case *it, int32_t content, int32_t mix, double copy)
{
    it->finish.mix = content >= BLENDED ? mix : TN_PX_MIX_NONE;
    it->records = make_records(&it->finish, content);
    print_time(it, contents[content], time_of(run_kernel, it), copy);
    ops->free(device, &it->records);
}

/* One dtype and layout: each content, the table, and a width that only the general form has. */
static void time_variant(int32_t dtype, int32_t layout, int32_t w, int32_t kind)
{
    kernel_case it = {.finish = {.kind = kind,
                                 .dtype = dtype,
                                 .layout = layout,
                                 .channels = CHANNELS,
                                 .w = w,
                                 .h = size,
                                 .staged = layout,
                                 .scale = {0.017f, 0.017f, 0.017f},
                                 .bias = {-2, -2, -2}}};
    const size_t values = (size_t)images * CHANNELS * (size_t)w * (size_t)size;
    it.finish.stride = layout == TN_PX_NHWC ? CHANNELS * w : w;
    it.finish.plane = layout == TN_PX_NHWC ? 0 : (uint64_t)(uint32_t)w * (uint32_t)size;
    it.staging = zeros(values);
    it.table = zeros(4096);
    for (int32_t t = 0; t < TURNS; t++)
        it.out[t] = zeros(values * (dtype == TN_PX_F32 ? 4 : 2));
    const double copy = time_of(run_copy, &it);
    for (int32_t content = PLAIN; content <= PASTED; content++)
        time_kernel(&it, content, TN_PX_MIX_U8, copy);
    time_kernel(&it, BLENDED, TN_PX_MIX_FLOAT, copy);
    for (int32_t t = 0; t < TURNS; t++)
        ops->free(device, &it.out[t]);
    ops->free(device, &it.table);
    ops->free(device, &it.staging);
}

typedef struct upload_case {
    tn__device_memory from, to;
} upload_case;

static void run_upload(void *argument, int32_t turn)
{
    const upload_case *const it = argument;
    (void)turn;
    need(ops->copy(device, whole(&it->to), whole(&it->from), stream));
}

static double upload_rate(size_t n_bytes)
{
    upload_case it = {allocate(TN__PINNED, n_bytes), allocate(TN__ON_DEVICE, n_bytes)};
    memset(it.from.data, 1, n_bytes);
    const double rate = (double)n_bytes / time_of(run_upload, &it);
    ops->free(device, &it.to);
    ops->free(device, &it.from);
    return rate;
}

static void time_uploads(void)
{
    const size_t batch = (size_t)images * CHANNELS * (size_t)size * (size_t)size;
    const double rate = upload_rate(batch), most = upload_rate(LONG * batch);
    printf("{\"what\": \"upload\", \"GB/s\": %.1f, \"pinned GB/s\": %.1f, \"share\": %.2f}\n",
           1e-9 * rate, 1e-9 * most, rate / most);
}

static void take_setting(const char *text)
{
    if (sscanf(text, "images=%d", &images) == 1 || sscanf(text, "size=%d", &size) == 1 ||
        sscanf(text, "rounds=%d", &rounds) == 1 || sscanf(text, "repeats=%d", &repeats) == 1)
        return;
    fprintf(stderr, "usage: day [images=256] [size=224] [rounds=6] [repeats=20]\n");
    exit(2);
}

static void open_device(void)
{
    tn__text text = {0};
    device = ops->open(0);
    need(device ? TN_OK : TN_EDEVICE);
    need(ops->stream_create(device, "day", &stream));
    ops->describe(device, &text);
    printf("{\"what\": \"device\", \"device\": \"%.*s\"}\n", (int)text.length - 1, text.chars);
    tn__text_free(&text);
    void *const found = dlsym(dlopen("libcuda.so.1", RTLD_NOW), "cuMemcpyDtoDAsync_v2");
    memcpy(&copy_within, &found, sizeof copy_within);
}

int main(int n, char **arguments)
{
    for (int i = 1; i < n; i++)
        take_setting(arguments[i]);
    open_device();
    const int32_t wrong = check_all();
    for (int32_t dtype = TN_PX_F16; dtype <= TN_PX_F32; dtype++)
        for (int32_t layout = TN_PX_NCHW; layout <= TN_PX_NHWC; layout++) {
            time_variant(dtype, layout, size, TN_PX_FMA);
            time_variant(dtype, layout, size, TN_PX_TABLE);
            time_variant(dtype, layout, size + 1, TN_PX_FMA);
        }
    time_uploads();
    ops->stream_destroy(device, stream);
    ops->close(device);
    return wrong != 0;
}
