/* SPDX-License-Identifier: MIT */
/* The decoder of Zstandard that a thread keeps. To make one takes longer than to decode an icon. */
#ifndef TENCH_STRIPES_DECODER_H
#define TENCH_STRIPES_DECODER_H

#include <zstd.h>

/* Returns this thread's decoder, which lives as long as the thread. NULL: TN_ENOMEM. */
ZSTD_DCtx *tn__stripes_decoder(void);

#endif
