/* SPDX-License-Identifier: MIT */
/* For tests: recipes of JPEG files that tench's own decoder accepts. Together they cover each of
 * its features. */
#ifndef TENCH_TESTS_BASELINE_RECIPES_H
#define TENCH_TESTS_BASELINE_RECIPES_H

#include "make_jpeg.h"

static const jpeg_recipe baseline_recipes[] = {
    {.name = "4:4:4", YCC(203, 151, 11, 11, 11)},
    {.name = "4:2:2", YCC(203, 151, 21, 11, 11)},
    {.name = "4:2:0", YCC(203, 151, 22, 11, 11)},
    {.name = "4:4:0", YCC(203, 151, 12, 11, 11)},
    {.name = "4:2:0 of whole MCUs", YCC(192, 160, 22, 11, 11)},
    {.name = "wide", YCC(1500, 9, 22, 11, 11)},
    {.name = "high", YCC(9, 1500, 22, 11, 11)},
    {.name = "mixed", YCC(203, 151, 22, 21, 12)},
    {.name = "luma halved", YCC(203, 151, 11, 22, 22)},
    {.name = "restart 1", YCC(203, 151, 22, 11, 11), .restart = 1},
    {.name = "restart 3", YCC(203, 151, 21, 11, 11), .restart = 3},
    {.name = "restart 17", YCC(203, 151, 11, 11, 11), .restart = 17},
    {.name = "restart by row", YCC(203, 151, 22, 11, 11), .restart_rows = 1},
    {.name = "restart by two rows", YCC(203, 151, 12, 11, 11), .restart_rows = 2},
    {.name = "interval longer than the image", YCC(203, 151, 22, 11, 11), .restart = 65535},
    {.name = "optimised", YCC(203, 151, 22, 11, 11), .optimize = TRUE},
    {.name = "optimised noise", YCC(203, 151, 11, 11, 11), .optimize = TRUE, .noise = TRUE},
    {.name = "quality 1", YCC(203, 151, 22, 11, 11), .quality = 1},
    {.name = "quality 100", YCC(203, 151, 11, 11, 11), .quality = 100},
    {.name = "quality 100 noise", YCC(203, 151, 22, 11, 11), .quality = 100, .noise = TRUE},
    {.name = "16-bit quantisers", YCC(203, 151, 22, 11, 11), .quality = 1, .wide_quantisers = TRUE},
    {.name = "long codes", YCC(203, 151, 22, 11, 11), .long_codes = TRUE},
    {.name = "long codes, noise", YCC(77, 61, 11), .long_codes = TRUE, .noise = TRUE},
    {.name = "neither JFIF nor Adobe", YCC(77, 45, 22, 11, 11), .no_jfif = TRUE},
    {.name = "Adobe", YCC(77, 45, 22, 11, 11), .no_jfif = TRUE, .adobe = TRUE},
    {.name = "JFIF and Adobe", YCC(77, 45, 22, 11, 11), .adobe = TRUE},
    {.name = "RGB", .w = 203, .h = 151, .channels = 3, .space = JCS_RGB},
    {.name = "RGB, 2x1", .w = 77, .h = 45, .channels = 3, .space = JCS_RGB, .sampling = {11, 21}},
    {.name = "RGB by component names",
     .w = 77,
     .h = 45,
     .channels = 3,
     .space = JCS_RGB,
     .no_adobe = TRUE},
    {.name = "grey", .w = 203, .h = 151, .channels = 1, .space = JCS_GRAYSCALE},
    {.name = "grey 2x1", .w = 45, .h = 77, .channels = 1, .space = JCS_GRAYSCALE, .sampling = {21}},
    {.name = "grey 1x2", .w = 77, .h = 45, .channels = 1, .space = JCS_GRAYSCALE, .sampling = {12}},
    {.name = "grey 2x2, restarts",
     .w = 77,
     .h = 45,
     .channels = 1,
     .space = JCS_GRAYSCALE,
     .sampling = {22},
     .restart = 4},
};
enum { N_BASELINE = sizeof baseline_recipes / sizeof baseline_recipes[0] };

#endif
