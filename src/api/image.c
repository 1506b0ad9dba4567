/* SPDX-License-Identifier: MIT */
/* Public calls on single images: they check their arguments, then call the engine. */
#include <string.h>

#include "base/dtype.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/sized.h"
#include "make/image.h"
#include "spec/read.h"

tn_image *tn_dataset_image(const tn_dataset *dataset, int64_t index)
{
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "tn_dataset_image: the data set is NULL");
    const int64_t count = dataset->source->n_samples;
    if (index < 0 || index >= count)
        return tn__fail_null(TN_EINVAL, "sample %lld is outside 0…%lld", (long long)index,
                             (long long)count - 1);
    return tn__image_open(dataset, index);
}

tn_image *tn_image_create(const void *pixels, int32_t width, int32_t height, int32_t channels)
{
    if (!pixels)
        return tn__fail_null(TN_EINVAL, "tn_image_create: the pixels are NULL");
    if (width < 1 || height < 1 || width > TN__MAX_SIZE || height > TN__MAX_SIZE)
        return tn__fail_null(TN_EINVAL, "the image is %d x %d, but each side must be 1 to %d",
                             width, height, TN__MAX_SIZE);
    if (channels != 1 && channels != 3 && channels != 4)
        return tn__fail_null(TN_EINVAL, "channels=%d is none of 1, 3 and 4", channels);
    if (tn__limits_image("tn_image_create", "an image", width, height, channels) != TN_OK)
        return NULL;
    return tn__image_copy_in(pixels, width, height, channels);
}

tn_image *tn_image_decode(const void *bytes, int64_t n_bytes, int32_t mode)
{
    if (!bytes || n_bytes < 0 || n_bytes > INT32_MAX)
        return tn__fail_null(TN_EINVAL, "tn_image_decode: %lld bytes are outside 0…%d",
                             (long long)n_bytes, INT32_MAX);
    if (mode < 0 || mode > TN_INDICES)
        return tn__fail_null(TN_EINVAL, "mode=%d is none of TN_RGB … TN_INDICES, 1 to %d", mode,
                             TN_INDICES);
    const tn__param *const most = tn__spec_param(&tn__options_dataset, "max_pixels", 10);
    tn__buffer file = {0}; /* codecs may read a little after the end */
    if (tn__buffer_reserve(&file, (size_t)n_bytes) != TN_OK)
        return NULL;
    memcpy(file.bytes, bytes, (size_t)n_bytes);
    tn__probed probed;
    const int status = tn__probe((tn__bytes){file.bytes, (size_t)n_bytes}, NULL,
                                 tn__option_default(most), &probed);
    tn_image *const image =
        status == TN_OK ? tn__image_decode(&probed, mode ? mode : TN_RGB, false) : NULL;
    tn__buffer_free(&file);
    return image;
}

void tn_image_destroy(tn_image *image)
{
    tn__image_free(image);
}

int32_t tn_image_tensor(const tn_image *image, tn_tensor *out)
{
    static const char call[] = "tn_image_tensor";
    if (!image)
        return tn__fail(TN_EINVAL, "%s: image is NULL", call);
    const int status = tn__sized_check(call, "out", out, sizeof *out, 0);
    if (status == TN_OK)
        tn__sized_write(out, &image->tensor, sizeof *out);
    return status;
}

/* Copies n values of `element` bytes. One loop for all sizes would call memcpy for each value. */
static void copy_channel(const char *from, int64_t from_step, char *to, int64_t to_step, int64_t n,
                         int64_t element)
{
    switch (element) {
    case 1:
        for (int64_t j = 0; j < n; j++)
            to[j * to_step] = from[j * from_step];
        break;
    case 2:
        for (int64_t j = 0; j < n; j++)
            memcpy(to + j * to_step, from + j * from_step, 2);
        break;
    default:
        for (int64_t j = 0; j < n; j++)
            memcpy(to + j * to_step, from + j * from_step, (size_t)element);
    }
}

int32_t tn_image_copy(const tn_image *image, void *out, int64_t n_bytes)
{
    if (!image || !out)
        return tn__fail(TN_EINVAL, "tn_image_copy: an argument is NULL");
    const tn_tensor *const t = &image->tensor;
    const int64_t element = tn__dtype_bytes(t->dtype);
    const int64_t size = element * t->shape[0] * t->shape[1] * t->shape[2];
    if (n_bytes != size)
        return tn__fail(TN_EINVAL, "tn_image_copy: n_bytes is %lld, but the image has %lld bytes",
                        (long long)n_bytes, (long long)size);
    const char *const from = t->data;
    const int64_t pixel = element * t->shape[2];
    char *to = out;
    for (int64_t i = 0; i < t->shape[0]; i++, to += pixel * t->shape[1])
        for (int64_t k = 0; k < t->shape[2]; k++)
            copy_channel(from + element * (i * t->strides[0] + k * t->strides[2]),
                         element * t->strides[1], to + element * k, pixel, t->shape[1], element);
    return TN_OK;
}

int64_t tn_image_label(const tn_image *image)
{
    return image ? image->label : -1;
}

const char *tn_image_name(const tn_image *image)
{
    return image ? image->name : "";
}

const char *tn_image_explain(const tn_image *image)
{
    return image ? image->explain : "[]";
}

tn_image *tn_transform_apply(const tn_transform *transform, const tn_image *image,
                             const tn_draw_key *key)
{
    if (!transform || !image)
        return tn__fail_null(TN_EINVAL, "tn_transform_apply: an argument is NULL");
    if (!image->pixels.plane[0])
        return tn__fail_null(TN_EINVAL, "tn_transform_apply: the image was transformed already");
    tn_draw_key known = key ? *key : (tn_draw_key){0};
    if (tn__options_check("tn_transform_apply", &tn__options_transform, &known) != TN_OK)
        return NULL;
    const tn__place place = {.seed = known.seed,
                             .epoch = known.epoch,
                             .position = known.position,
                             .sample = -1,
                             .view = known.view};
    return tn__image_transform(transform, image, &place);
}
