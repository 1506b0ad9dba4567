/* SPDX-License-Identifier: MIT */
/* The codec for PNG files: all kinds of pixels, 1 to 16 bits, interlaced ones too, and the first
 * image of animations. */
#ifndef TENCH_PNG_PNG_H
#define TENCH_PNG_PNG_H

#include "codec/codec.h"

extern const tn__codec tn__codec_png;

#endif
