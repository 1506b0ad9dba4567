/* SPDX-License-Identifier: MIT */
/* EXIF orientation: compares whole images with the definition, and windows with whole images. */
#include <check.h>

#include "base/error.h"
#include "make/orient.h"
#include "suite.h"

enum { W = 5, H = 3 };

/* Maps pixel (x, y) of the oriented image to the stored one: EXIF 2.3, tag 274, as Pillow
 * transposes. */
static void stored_place(int orientation, int x, int y, int *stored_x, int *stored_y)
{
    const int places[9][2] = {
        {0, 0},
        {x, y},                 /* 1 */
        {W - 1 - x, y},         /* 2: flip left to right */
        {W - 1 - x, H - 1 - y}, /* 3: rotate by 180 */
        {x, H - 1 - y},         /* 4: flip top to bottom */
        {y, x},                 /* 5: transpose */
        {y, H - 1 - x},         /* 6: rotate by 90 clockwise */
        {W - 1 - y, H - 1 - x}, /* 7: transverse */
        {W - 1 - y, x},         /* 8: rotate by 90 counter-clockwise */
    };
    *stored_x = places[orientation][0];
    *stored_y = places[orientation][1];
}

static void fill_window(tn_px_image *image, tn_px_rect window)
{
    image->x0 = window.x;
    image->y0 = window.y;
    for (int y = 0; y < window.h; y++)
        for (int x = 0; x < window.w; x++)
            image->plane[0][y * image->stride + x] = (uint8_t)((window.y + y) * W + window.x + x);
}

/* Decoding only what a window of the oriented image needs gives that window. */
static void check_window(int orientation, tn_px_rect seen)
{
    tn__arena arena;
    tn__arena_init(&arena, 0, 0);
    const tn_px_rect stored = tn__orient_to_stored(orientation, W, H, seen);
    ck_assert(stored.x >= 0 && stored.y >= 0 && stored.x + stored.w <= W &&
              stored.y + stored.h <= H);
    tn_px_image image, turned;
    ck_assert_int_eq(tn__arena_image(&arena, stored.w, stored.h, 1, 8, &image), TN_OK);
    fill_window(&image, stored);
    ck_assert_int_eq(tn__orient_image(orientation, W, H, &image, &arena, &turned), TN_OK);
    ck_assert_int_eq(turned.x0, seen.x);
    ck_assert_int_eq(turned.y0, seen.y);
    ck_assert_int_eq(turned.w, seen.w);
    ck_assert_int_eq(turned.h, seen.h);
    for (int y = 0; y < seen.h; y++) {
        for (int x = 0; x < seen.w; x++) {
            int stored_x, stored_y;
            stored_place(orientation, seen.x + x, seen.y + y, &stored_x, &stored_y);
            ck_assert_int_eq(turned.plane[0][y * turned.stride + x], stored_y * W + stored_x);
        }
    }
    tn__arena_free(&arena);
}

START_TEST(every_window_of_every_orientation)
{
    const int w = tn__orient_swaps(_i) ? H : W, h = tn__orient_swaps(_i) ? W : H;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int window_h = 1; y + window_h <= h; window_h++)
                for (int window_w = 1; x + window_w <= w; window_w++)
                    check_window(_i, (tn_px_rect){x, y, window_w, window_h});
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("orient");
    TCase *const tcase = tcase_create("orient");
    tcase_add_loop_test(tcase, every_window_of_every_orientation, 1, 9);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
