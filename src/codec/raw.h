/* SPDX-License-Identifier: MIT */
/* Pixels without a header, for example those of CIFAR: a hint of the source describes them. */
#ifndef TENCH_CODEC_RAW_H
#define TENCH_CODEC_RAW_H

#include "codec/codec.h"

/* Its `sniff` knows no bytes: tn__codec_probe takes this codec where it gets a hint. */
extern const tn__codec tn__codec_raw;

/* Reads a hint as if it were the header. TN_EDECODE: it makes no sense. */
int tn__raw_probe(const tn__hint *hint, tn__info *info);

#endif
