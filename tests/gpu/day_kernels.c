/* SPDX-License-Identifier: MIT */
/* Kernels on the GPU day. It compares each variant's bytes with the CPU's. Then it times the
 * variants with outputs in rotation, so that caches do not help, and beside them a copy of as many
 * bytes within the device. It also times copies of a batch from pinned memory, and one long copy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "random_batch.h"
#include "tench.h"

enum { CHANNELS = 3, LONG = 4 }; /* LONG: batches in the long copy */

static const char *const dtypes[] = {"", "u8", "f16", "bf16", "f32"};
static const char *const layouts[] = {"", "nchw", "nhwc"};
static const char *const kinds[] = {"plain", "fma", "table"};
static const int32_t dtype_bytes[] = {0, 1, 2, 2, 4};
static day_device gpu;

static void drop(tn__device_memory *buffer)
{
    gpu.ops->free(gpu.device, buffer);
}

static int32_t check_one(random_batch *batch)
{
    tn__launch launch;
    uint8_t *const want = batch->with.out, *const got = random_memory(batch->out_bytes);
    tn__device_memory staging = day_upload(&gpu, batch->staging, batch->staging_bytes);
    tn__device_memory records = day_upload(&gpu, batch->records, sizeof batch->records);
    tn__device_memory table = day_upload(&gpu, batch->table, sizeof batch->table);
    tn__device_memory out = day_allocate(&gpu, TN__ON_DEVICE, batch->out_bytes);
    const tn__finish_work work = {&batch->with.finish, day_whole(&staging), day_whole(&records),
                                  day_whole(&table),   day_whole(&out),     batch->with.rows};
    day_need(gpu.ops->finish(gpu.device, &work, gpu.stream));
    day_need(gpu.ops->drain(gpu.device));
    day_need(gpu.ops->fetch(gpu.device, got, day_whole(&out)));
    tn__launch_general(&batch->with.finish, batch->with.rows, &launch);
    tn__launch_run(&launch, &batch->with);
    const int32_t wrong = memcmp(want, got, batch->out_bytes) != 0;
    drop(&staging);
    drop(&records);
    drop(&table);
    drop(&out);
    free(got);
    return wrong;
}

/* Checks every dtype, layout, number of channels and kind of mixing. */
int day_check(void)
{
    int32_t wrong = 0, n = 0;
    gpu = day_open();
    for (int32_t i = 0; i < 4 * 4 * 2 * 3; i++) {
        const int32_t dtype = TN_PX_U8 + i % 4, mix = i / 32;
        for (int32_t round = 0; round < day.rounds && !(dtype == TN_PX_U8 && mix == 2); round++) {
            random_batch batch;
            random_batch_make(&batch, (uint32_t)(1000 * i + round), dtype, TN_PX_NCHW + i / 16 % 2,
                              1 + i / 4 % 4, mix);
            wrong += check_one(&batch);
            n++;
            random_batch_free(&batch);
        }
    }
    printf("{\"what\": \"check\", \"batches\": %d, \"wrong\": %d}\n", n, wrong);
    day_close(&gpu);
    return wrong != 0;
}

typedef struct kernel_case {
    tn_px_finish finish;
    tn__device_memory staging, records, table, out[DAY_TURNS];
} kernel_case;

static void run_kernel(void *argument, int32_t turn)
{
    const kernel_case *const it = argument;
    const tn__finish_work work = {
        &it->finish,           day_whole(&it->staging),   day_whole(&it->records),
        day_whole(&it->table), day_whole(&it->out[turn]), day.images};
    day_need(gpu.ops->finish(gpu.device, &work, gpu.stream));
}

static void run_copy(void *argument, int32_t turn)
{
    const kernel_case *const it = argument;
    day_copy_within(&gpu, &it->out[turn], &it->out[(turn + 1) % DAY_TURNS]);
}

/* Contents of a batch: plain; a quarter erased with noise; blended; with a pasted box. */
enum { PLAIN, ERASED, BLENDED, PASTED };
static const char *const contents[] = {"plain", "erase=pixel", "mixup", "cutmix"};

static tn__device_memory make_records(const tn_px_finish *finish, int32_t content)
{
    tn_px_record *const records = calloc((size_t)day.images, sizeof *records);
    if (!records)
        exit(1);
    const uint16_t half = (uint16_t)(finish->w / 2), edge = (uint16_t)(finish->w / 10);
    for (int32_t row = 0; row < day.images; row++) {
        tn_px_record *const record = &records[row];
        record->offset = (uint64_t)row * (uint64_t)(CHANNELS * finish->w * finish->h + 7) / 8 * 8;
        record->flip = row % 2 != 0;
        record->partner = (uint32_t)(content >= BLENDED ? day.images - 1 - row : row);
        record->lambda = 0.3f;
        record->erase = content == ERASED && row % 4 == 0 ? TN_PX_ERASE_PIXEL : TN_PX_ERASE_NONE;
        record->n_boxes = record->erase ? 1 : 0;
        record->box[0] = (tn_px_box){edge, edge, half, half};
        if (content == PASTED)
            record->mix = (tn_px_box){(uint16_t)(edge + 1), edge, half, half};
    }
    const tn__device_memory out = day_upload(&gpu, records, (size_t)day.images * sizeof *records);
    free(records);
    return out;
}

static void print_time(const kernel_case *it, const char *content, double seconds, double copy)
{
    const double values = (double)day.images * CHANNELS * it->finish.w * it->finish.h;
    const double sources = it->finish.mix == TN_PX_MIX_NONE || content == contents[PASTED] ? 1 : 2;
    const double bytes = values * sources + (double)it->out[0].use.n_bytes;
    const double rate = bytes / seconds, copied = 2.0 * (double)it->out[0].use.n_bytes / copy;
    printf(
        "{\"what\": \"kernel\", \"dtype\": \"%s\", \"layout\": \"%s\", \"staged\": \"%s\", "
        "\"kind\": \"%s\", \"batch\": \"%s\", \"mix\": %d, \"width\": %d, \"us\": %.1f, \"GB/s\": "
        "%.0f, \"copy GB/s\": %.0f, \"share\": %.2f}\n",
        dtypes[it->finish.dtype], layouts[it->finish.layout], layouts[it->finish.staged],
        kinds[it->finish.kind], content, it->finish.mix, it->finish.w, 1e6 * seconds, 1e-9 * rate,
        1e-9 * copied, rate / copied);
}

static void time_kernel(kernel_case *it, int32_t content, int32_t mix, double copy)
{
    it->finish.mix = content >= BLENDED ? mix : TN_PX_MIX_NONE;
    it->records = make_records(&it->finish, content);
    print_time(it, contents[content], day_time(&gpu, run_kernel, it), copy);
    drop(&it->records);
}

static kernel_case make_case(int32_t dtype, int32_t layout, int32_t staged, int32_t w, int32_t kind)
{
    kernel_case it = {.finish = {.kind = dtype == TN_PX_U8 ? TN_PX_PLAIN : kind,
                                 .dtype = dtype,
                                 .layout = layout,
                                 .channels = CHANNELS,
                                 .w = w,
                                 .h = day.size,
                                 .staged = staged,
                                 .scale = {0.017f, 0.017f, 0.017f},
                                 .bias = {-2, -2, -2}}};
    const size_t values = (size_t)day.images * CHANNELS * (size_t)w * (size_t)day.size;
    it.finish.stride = staged == TN_PX_NHWC ? CHANNELS * w : w;
    it.finish.plane = staged == TN_PX_NHWC ? 0 : (uint64_t)(uint32_t)w * (uint32_t)day.size;
    it.staging = day_upload(&gpu, NULL, (values + 7) / 8 * 8 + 8 * (size_t)day.images);
    it.table = day_upload(&gpu, NULL, (size_t)4 * 256 * sizeof(uint32_t));
    for (int32_t t = 0; t < DAY_TURNS; t++)
        it.out[t] = day_upload(&gpu, NULL, values * (size_t)dtype_bytes[dtype]);
    return it;
}

/* Times one variant with each content, mixed in both places. */
static void time_variant(int32_t dtype, int32_t layout, int32_t staged, int32_t w, int32_t kind)
{
    kernel_case it = make_case(dtype, layout, staged, w, kind);
    const double copy = day_time(&gpu, run_copy, &it);
    for (int32_t content = PLAIN; content <= PASTED; content++)
        time_kernel(&it, content, TN_PX_MIX_U8, copy);
    if (dtype != TN_PX_U8)
        time_kernel(&it, BLENDED, TN_PX_MIX_FLOAT, copy);
    for (int32_t t = 0; t < DAY_TURNS; t++)
        drop(&it.out[t]);
    drop(&it.table);
    drop(&it.staging);
}

/* Loaders stage planes. A width that is not a multiple of eight, with planes at any offset, needs
 * the general form. Only the fast form handles channels that are staged side by side. */
int day_kernels(void)
{
    gpu = day_open();
    for (int32_t dtype = TN_PX_U8; dtype <= TN_PX_F32; dtype++)
        for (int32_t layout = TN_PX_NCHW; layout <= TN_PX_NHWC; layout++) {
            time_variant(dtype, layout, TN_PX_NCHW, day.size, TN_PX_FMA);
            time_variant(dtype, layout, TN_PX_NCHW, day.size + 3, TN_PX_FMA);
            if (dtype != TN_PX_U8)
                time_variant(dtype, layout, TN_PX_NCHW, day.size, TN_PX_TABLE);
            if (layout == TN_PX_NHWC)
                time_variant(dtype, layout, TN_PX_NHWC, day.size, TN_PX_FMA);
        }
    day_close(&gpu);
    return 0;
}

typedef struct upload_case {
    tn__device_memory from, to;
} upload_case;

static void run_upload(void *argument, int32_t turn)
{
    const upload_case *const it = argument;
    (void)turn;
    day_need(gpu.ops->copy(gpu.device, day_whole(&it->to), day_whole(&it->from), gpu.stream));
}

static double upload_rate(size_t n_bytes)
{
    upload_case it = {day_allocate(&gpu, TN__PINNED, n_bytes),
                      day_allocate(&gpu, TN__ON_DEVICE, n_bytes)};
    if (gpu.ops->host_uses)
        day_need(gpu.ops->host_uses(gpu.device, day_whole(&it.from), TN__HOST_WRITES));
    memset(it.from.data, 1, n_bytes);
    const double rate = (double)n_bytes / day_time(&gpu, run_upload, &it);
    drop(&it.to);
    drop(&it.from);
    return rate;
}

int day_uploads(void)
{
    gpu = day_open();
    const size_t batch = (size_t)day.images * CHANNELS * (size_t)day.size * (size_t)day.size;
    const double rate = upload_rate(batch), most = upload_rate(LONG * batch);
    printf("{\"what\": \"upload\", \"GB/s\": %.1f, \"pinned GB/s\": %.1f, \"share\": %.2f}\n",
           1e-9 * rate, 1e-9 * most, rate / most);
    day_close(&gpu);
    return 0;
}
