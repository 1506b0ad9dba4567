/* SPDX-License-Identifier: MIT */
/* The codec of BMP files. */
#ifndef TENCH_CODEC_BMP_BMP_H
#define TENCH_CODEC_BMP_BMP_H

#include "codec/codec.h"

extern const tn__codec tn__codec_bmp;

#endif
