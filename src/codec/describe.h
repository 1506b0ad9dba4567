/* SPDX-License-Identifier: MIT */
/* What a file that no codec knows looks like, for its error message. */
#ifndef TENCH_CODEC_DESCRIBE_H
#define TENCH_CODEC_DESCRIBE_H

#include "codec/codec.h"

enum { TN__DESCRIBE_BYTES = 80 };

/* Writes words such as "a PNG file", "empty file", "unknown (bytes 00 01 02 03)". */
void tn__describe(tn__bytes bytes, char text[TN__DESCRIBE_BYTES]);

#endif
