/* SPDX-License-Identifier: MIT */
/* A decoder of HEVC pictures for libheif, made of libde265.
 *
 * libheif has one too. But that one shows what lay in memory where a damaged picture has no data,
 * and it starts a thread. This decoder refuses pictures with damage, and those that are not
 * complete (marked.h). libheif keeps decoders for the whole process: ours offers itself only to a
 * thread that has entered. */
#ifndef TENCH_CODEC_HEIF_HEVC_H
#define TENCH_CODEC_HEIF_HEVC_H

#include <stdbool.h>
#include <stdint.h>

/* Gives the decoder to libheif. Call it once in a process. */
bool tn__hevc_register(void);
/* From here on libheif uses the decoder in this thread; it refuses pictures of more pixels. */
void tn__hevc_enter(uint64_t max_pixels);
void tn__hevc_leave(void);

#endif
