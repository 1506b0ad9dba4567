/* SPDX-License-Identifier: MIT */
/* The codec of GIF files: the first frame. */
#ifndef TENCH_CODEC_GIF_GIF_H
#define TENCH_CODEC_GIF_GIF_H

#include "codec/codec.h"

extern const tn__codec tn__codec_gif;

#endif
