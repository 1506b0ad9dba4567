/* SPDX-License-Identifier: MIT */
/* Single images. See image.h. */
#include "make/image.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/error.h"
#include "make/planning.h"
#include "make/run.h"

void tn__image_free(tn_image *image)
{
    if (!image)
        return;
    free(image->memory);
    free(image->name);
    free(image->explain);
    free(image);
}

tn_image *tn__image_make(int64_t label, const char *name, const char *explain)
{
    tn_image *const image = calloc(1, sizeof *image);
    if (!image)
        return tn__fail_null(TN_ENOMEM, "out of memory for an image");
    image->label = label;
    image->name = strdup(name);
    image->explain = strdup(explain);
    if (image->name && image->explain)
        return image;
    tn__image_free(image);
    return tn__fail_null(TN_ENOMEM, "out of memory for an image");
}

/* Gives the image planes of w × h, in one allocation, and their view {h, w, c}. */
static int give_planes(tn_image *image, int32_t w, int32_t h, int32_t channels, int32_t bits)
{
    const size_t plane_bytes =
        (tn_px_plane_bytes(w, h, bits) + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN;
    uint8_t *const memory = aligned_alloc(TN_PX_ALIGN, plane_bytes * (size_t)channels);
    if (!memory)
        return tn__fail_memory("an image", plane_bytes * (size_t)channels);
    memset(memory, 0, plane_bytes * (size_t)channels);
    image->memory = memory;
    image->pixels = (tn_px_image){
        .stride = tn_px_stride(w, bits), .w = w, .h = h, .channels = channels, .bits = bits};
    const int64_t bytes = bits / 8;
    for (int32_t c = 0; c < channels; c++)
        image->pixels.plane[c] = memory + plane_bytes * (size_t)c;
    image->tensor = (tn_tensor){
        .data = memory,
        .name = "image",
        .dtype = bits == 16 ? TN_U16 : TN_U8,
        .device = TN_DEVICE_CPU,
        .ndim = 3,
        .shape = {h, w, channels},
        .strides = {image->pixels.stride / bytes, 1, (int64_t)plane_bytes / bytes},
    };
    return TN_OK;
}

tn_image *tn__image_copy_in(const uint8_t *pixels, int32_t w, int32_t h, int32_t channels)
{
    tn_image *const image = tn__image_make(-1, "", "[]");
    if (!image)
        return NULL;
    if (give_planes(image, w, h, channels, 8) != TN_OK) {
        tn__image_free(image);
        return NULL;
    }
    for (int32_t c = 0; c < channels; c++) {
        uint8_t *const plane = image->pixels.plane[c];
        assert(plane);
        for (int32_t y = 0; y < h; y++)
            for (int32_t x = 0; x < w; x++)
                plane[y * image->pixels.stride + x] = pixels[((int64_t)y * w + x) * channels + c];
    }
    return image;
}

static int copy_planes(tn_image *image, const tn_px_image *pixels)
{
    const int status = give_planes(image, pixels->w, pixels->h, pixels->channels, pixels->bits);
    if (status != TN_OK)
        return status;
    for (int32_t c = 0; c < pixels->channels; c++) {
        uint8_t *const plane = image->pixels.plane[c];
        assert(plane);
        for (int32_t y = 0; y < pixels->h; y++)
            memcpy(plane + y * image->pixels.stride, pixels->plane[c] + y * pixels->stride,
                   (size_t)pixels->w * (size_t)(pixels->bits / 8));
    }
    return TN_OK;
}

static int decode_into(tn_image *image, const tn__probed *probed, int32_t mode, bool orient,
                       tn__arena *arena)
{
    const tn__info *const info = &probed->info;
    const tn__want want = {.need = {0, 0, info->w, info->h}, .mode = mode};
    tn_px_image seen;
    const int status =
        tn__probed_decode(probed, NULL, &want, tn__info_turn(info, orient), arena, &seen);
    image->indices = mode == TN_INDICES;
    return status == TN_OK ? copy_planes(image, &seen) : status;
}

tn_image *tn__image_decode(const tn__probed *probed, int32_t mode, bool orient)
{
    tn_image *image = tn__image_make(-1, "", "[]");
    if (!image)
        return NULL;
    tn__arena arena;
    tn__arena_init(&arena, 0, 0);
    const int status = decode_into(image, probed, mode, orient, &arena);
    tn__arena_free(&arena);
    if (status == TN_OK)
        return image;
    tn__image_free(image);
    return NULL;
}

tn_image *tn__image_open(const tn_dataset *dataset, int64_t sample)
{
    tn__buffer file = {0};
    tn_image *image = NULL;
    tn__probed probed;
    int status = tn__dataset_read(dataset, sample, &file);
    if (status == TN_OK)
        status = tn__probe_sample(dataset, sample, (tn__bytes){file.bytes, file.size}, &probed);
    if (status == TN_OK)
        image = tn__image_decode(&probed, dataset->mode, dataset->orient);
    tn__buffer_free(&file);
    if (!image) {
        tn__error_place(tn__error_last()->stage, tn__source_name(dataset->source, sample), -1,
                        sample);
        return NULL;
    }
    free(image->name);
    image->name = strdup(tn__source_name(dataset->source, sample));
    image->label = tn__source_class(dataset->source, sample);
    if (image->name)
        return image;
    tn__image_free(image);
    return tn__fail_null(TN_ENOMEM, "out of memory for an image");
}

int tn__image_give_output(tn_image *image, const tn_transform *transform, const tn__plan *plan)
{
    const int32_t dtype = tn__transform_dtype(transform, plan->bits);
    const int64_t element = tn__dtype_bytes(dtype), w = plan->w, h = plan->h,
                  channels = plan->channels;
    const int64_t n_bytes = element * channels * w * h;
    image->memory =
        aligned_alloc(TN_PX_ALIGN, (size_t)(n_bytes + TN_PX_ALIGN - 1) / TN_PX_ALIGN * TN_PX_ALIGN);
    if (!image->memory)
        return tn__fail_memory("an image", (uint64_t)n_bytes);
    image->tensor = (tn_tensor){
        .data = image->memory,
        .name = "image",
        .dtype = dtype,
        .device = TN_DEVICE_CPU,
        .ndim = 3,
        .shape = {channels, h, w},
        .strides = {w * h, w, 1},
    };
    if (transform->write.layout == TN_NHWC) {
        const int64_t shape[3] = {h, w, channels}, strides[3] = {w * channels, channels, 1};
        memcpy(image->tensor.shape, shape, sizeof shape);
        memcpy(image->tensor.strides, strides, sizeof strides);
    }
    return TN_OK;
}

/* Gives `made` its output memory, explanation and pixels. `source` covers the plan's need; ops may
 * change it. */
static int run_into(tn_image *made, const tn_transform *transform, const tn__plan *plan,
                    tn_px_image *source, tn__worker *worker)
{
    tn__text text = {0};
    tn__plan_explain(transform, plan, &text);
    if (text.failed) {
        tn__text_free(&text);
        return tn__fail(TN_ENOMEM, "out of memory for an explanation");
    }
    free(made->explain);
    made->explain = text.chars;
    const int status = tn__image_give_output(made, transform, plan);
    const tn__row_output out = {.out = made->memory};
    return status != TN_OK ? status : tn__plan_run(transform, plan, source, worker, &out);
}

static int copy_needed(const tn_image *image, const tn__plan *plan, tn__arena *arena,
                       tn_px_image *out)
{
    const tn_px_rect need = plan->need;
    const tn_px_image *const pixels = &image->pixels;
    const int32_t bytes = pixels->bits / 8;
    const int status = tn__arena_image(arena, need.w, need.h, pixels->channels, pixels->bits, out);
    if (status != TN_OK)
        return status;
    out->x0 = need.x;
    out->y0 = need.y;
    for (int32_t c = 0; c < out->channels; c++)
        for (int32_t y = 0; y < need.h; y++)
            memcpy(out->plane[c] + y * out->stride,
                   pixels->plane[c] + (need.y + y) * pixels->stride + (ptrdiff_t)need.x * bytes,
                   (size_t)need.w * (size_t)bytes);
    return TN_OK;
}

int tn__image_plan(const tn_transform *transform, const tn_image *image, const tn__place *place,
                   tn__worker *worker, tn__plan *plan, tn_px_image *source)
{
    const tn__info info = {.w = image->pixels.w,
                           .h = image->pixels.h,
                           .channels = image->pixels.channels,
                           .bits = image->pixels.bits,
                           .orientation = 1};
    const int32_t mode = image->indices ? TN_INDICES : TN_KEEP;
    const int status = tn__plan_make(transform, &info, mode, false, place, plan);
    return status == TN_OK ? copy_needed(image, plan, &worker->arena, source) : status;
}

static int transform_into(tn_image *made, const tn_transform *transform, const tn_image *image,
                          const tn__place *place, tn__plan *plan, tn__worker *worker)
{
    tn_px_image source;
    const int status = tn__image_plan(transform, image, place, worker, plan, &source);
    return status == TN_OK ? run_into(made, transform, plan, &source, worker) : status;
}

tn_image *tn__image_transform(const tn_transform *transform, const tn_image *image,
                              const tn__place *place)
{
    tn_image *made = tn__image_make(image->label, image->name, "[]");
    tn__plan *const plan = malloc(sizeof *plan);
    tn__worker worker;
    tn__worker_init(&worker, NULL);
    int status = TN_ENOMEM;
    if (made && plan)
        status = transform_into(made, transform, image, place, plan, &worker);
    else
        tn__fail(TN_ENOMEM, "out of memory for an image");
    tn__worker_free(&worker);
    free(plan);
    if (status != TN_OK) {
        tn__error_place("transform", image->name, place->position, -1);
        tn__image_free(made);
        return NULL;
    }
    return made;
}
