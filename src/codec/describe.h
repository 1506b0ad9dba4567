/* SPDX-License-Identifier: MIT */
/* Describes a file that no codec recognises, for its error message. */
#ifndef TENCH_CODEC_DESCRIBE_H
#define TENCH_CODEC_DESCRIBE_H

#include "codec/codec.h"

enum { TN__DESCRIBE_BYTES = 80 };

/* Writes for example "a PNG file", "empty file" or "unknown (bytes 00 01 02 03)". */
void tn__describe(tn__bytes bytes, char text[TN__DESCRIBE_BYTES]);

#endif
