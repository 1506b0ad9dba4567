/* SPDX-License-Identifier: MIT */
/* The codec of PNM files: PBM, PGM, PPM and PFM. */
#ifndef TENCH_CODEC_PNM_PNM_H
#define TENCH_CODEC_PNM_PNM_H

#include "codec/codec.h"

extern const tn__codec tn__codec_pnm;

#endif
