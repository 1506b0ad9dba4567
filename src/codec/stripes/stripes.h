/* SPDX-License-Identifier: MIT */
/* The codec for striped images, which packs hold instead of lossless files. See record.h. */
#ifndef TENCH_STRIPES_STRIPES_H
#define TENCH_STRIPES_STRIPES_H

#include "codec/codec.h"

extern const tn__codec tn__codec_stripes;

#endif
