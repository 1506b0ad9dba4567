/* SPDX-License-Identifier: MIT */
/* Moves images of 16 bits, and compares with their high and low bytes, moved as images of 8 bits.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make/image.h"
#include "make/orient.h"
#include "suite.h"

enum { W = 37, H = 23 };

static uint32_t value_at(int32_t x, int32_t y, int32_t c)
{
    return (uint32_t)(x * 7919 + y * 104729 + c * 1299709 + x * y * 31) & 0xffff;
}

/* Makes an image of all 16 bits, or (shift 0, 8) of the low or high byte of each value. */
static tn_image *make(int32_t bits, int32_t channels, int32_t shift)
{
    tn_image *const image = tn__image_make(-1, "made", "[]");
    ck_assert_ptr_nonnull(image);
    const size_t plane = tn_px_plane_bytes(W, H, bits);
    image->memory = aligned_alloc(TN_PX_ALIGN, plane * (size_t)channels);
    ck_assert_ptr_nonnull(image->memory);
    image->pixels = (tn_px_image){
        .stride = tn_px_stride(W, bits), .w = W, .h = H, .channels = channels, .bits = bits};
    for (int32_t c = 0; c < channels; c++) {
        image->pixels.plane[c] = (uint8_t *)image->memory + plane * (size_t)c;
        for (int32_t y = 0; y < H; y++)
            for (int32_t x = 0; x < W; x++) {
                const uint32_t value = value_at(x, y, c);
                uint8_t *const row = image->pixels.plane[c] + y * image->pixels.stride;
                if (bits == 8)
                    row[x] = (uint8_t)(value >> shift);
                else
                    ((uint16_t *)(void *)row)[x] = (uint16_t)value;
            }
    }
    return image;
}

static tn_image *apply(const char *ops, tn_image *image)
{
    tn_transform *const transform = tn_transform_create(ops);
    ck_assert_msg(transform != NULL, "%s", tn_error());
    const tn_draw_key key = {.seed = 5, .position = 77};
    tn_image *const made = tn_transform_apply(transform, image, &key);
    tn_transform_destroy(transform);
    tn_image_destroy(image);
    return made;
}

/* The second text is for the high bytes: there a fill is 0. */
static const char *const moves[][2] = {
    {"crop box=3,2,20,15", "crop box=3,2,20,15"},
    {"center_crop size=11x30", "center_crop size=11x30"},
    {"trim_border border=4", "trim_border border=4"},
    {"hflip p=1", "hflip p=1"},
    {"vflip p=1; crop box=1,0,5,7", "vflip p=1; crop box=1,0,5,7"},
    {"crop box=30,20,5,3; hflip p=1", "crop box=30,20,5,3; hflip p=1"},
    {"center_crop_or_pad size=50x60 fill=9", "center_crop_or_pad size=50x60"},
    {"random_crop_or_pad size=30x20 padding_mode=reflect",
     "random_crop_or_pad size=30x20 padding_mode=reflect"},
    {"random_crop_or_pad size=60x70 padding_mode=symmetric; hflip p=1; vflip p=1",
     "random_crop_or_pad size=60x70 padding_mode=symmetric; hflip p=1; vflip p=1"},
    {"center_crop_or_pad size=40x90 padding_mode=edge",
     "center_crop_or_pad size=40x90 padding_mode=edge"},
};
enum { N_MOVES = sizeof moves / sizeof moves[0] };

START_TEST(values_of_16_bits_move_as_their_bytes_do)
{
    for (int32_t channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1) {
        tn_image *const wide = apply(moves[_i][0], make(16, channels, 0)),
                        *const low = apply(moves[_i][0], make(8, channels, 0)),
                        *const high = apply(moves[_i][1], make(8, channels, 8));
        ck_assert_msg(wide && low && high, "%s", tn_error());
        const tn_tensor *const tensor = &wide->tensor;
        ck_assert_int_eq(tensor->dtype, TN_U16);
        ck_assert_mem_eq(tensor->shape, low->tensor.shape, sizeof tensor->shape);
        const int64_t n = tensor->shape[0] * tensor->shape[1] * tensor->shape[2];
        const uint16_t *const values = tensor->data;
        const uint8_t *const lows = low->tensor.data, *const highs = high->tensor.data;
        int64_t equal = 0;
        for (int64_t i = 0; i < n; i++)
            equal += values[i] == ((uint32_t)highs[i] << 8 | lows[i]);
        ck_assert_int_eq(equal, n);
        tn_image_destroy(wide);
        tn_image_destroy(low);
        tn_image_destroy(high);
    }
}
END_TEST

START_TEST(other_ops_refuse_16_bits)
{
    static const char *const ops[] = {"resize size=8 interpolation=nearest",
                                      "resize size=8",
                                      "color_jitter",
                                      "random_erasing p=1",
                                      "normalize mean=0.5 std=0.5",
                                      "convert dtype=u8",
                                      "random_resized_crop size=8",
                                      "resize_keep_ratio size=8"};
    ck_assert_ptr_null(apply(ops[_i], make(16, 3, 0)));
    char first[64];
    snprintf(first, sizeof first, "made: %.*s takes images of 8 bits", (int)strcspn(ops[_i], " "),
             ops[_i]);
    ck_assert_msg(strncmp(tn_error(), first, strlen(first)) == 0, "%s", tn_error());
}
END_TEST

START_TEST(values_of_16_bits_turn_as_their_bytes_do)
{
    tn__arena arena;
    tn__arena_init(&arena, 0, 0);
    tn_image *const image[3] = {make(16, 4, 0), make(8, 4, 0), make(8, 4, 8)};
    tn_px_image turned[3];
    for (int k = 0; k < 3; k++)
        ck_assert_int_eq(tn__orient_image(_i, W, H, &image[k]->pixels, &arena, &turned[k]), TN_OK);
    ck_assert_int_eq(turned[0].bits, 16);
    int32_t equal = 0;
    for (int32_t c = 0; c < 4; c++)
        for (int32_t y = 0; y < turned[0].h; y++)
            for (int32_t x = 0; x < turned[0].w; x++) {
                uint16_t value;
                memcpy(&value, turned[0].plane[c] + y * turned[0].stride + 2 * x, 2);
                const uint8_t low = turned[1].plane[c][y * turned[1].stride + x];
                const uint8_t high = turned[2].plane[c][y * turned[2].stride + x];
                equal += value == ((uint32_t)high << 8 | low);
            }
    ck_assert_int_eq(equal, 4 * W * H);
    for (int k = 0; k < 3; k++)
        tn_image_destroy(image[k]);
    tn__arena_free(&arena);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("wide");
    TCase *const wide = tcase_create("wide");
    tcase_add_loop_test(wide, values_of_16_bits_move_as_their_bytes_do, 0, N_MOVES);
    tcase_add_loop_test(wide, other_ops_refuse_16_bits, 0, 8);
    tcase_add_loop_test(wide, values_of_16_bits_turn_as_their_bytes_do, 1, 9);
    suite_add_tcase(suite, wide);
    return suite_run(suite);
}
