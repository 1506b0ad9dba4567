/* SPDX-License-Identifier: MIT */
/* The codec of QOI files. */
#ifndef TENCH_CODEC_QOI_H
#define TENCH_CODEC_QOI_H

#include "codec/codec.h"

extern const tn__codec tn__codec_qoi;

#endif
