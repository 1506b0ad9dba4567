/* SPDX-License-Identifier: MIT */
/* Our JPEG decoder as a codec: baseline files, with random access. */
#ifndef TENCH_CODEC_JPEG_BASELINE_H
#define TENCH_CODEC_JPEG_BASELINE_H

#include "codec/codec.h"

extern const tn__codec tn__codec_baseline;

#endif
