/* SPDX-License-Identifier: MIT */
/* Compresses filtered rows of images into a deflate stream (RFC 1951).
 *
 * The only matches are runs of one byte. Filtered rows of photographs have hardly any others, and
 * what a filter makes of an even area is a run. So a photograph comes to within a few percent of
 * what zlib makes of it, in a fraction of the time. */
#ifndef TENCH_FLATE_DEFLATE_H
#define TENCH_FLATE_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

/* The most bytes that a stream of n_bytes has. */
size_t tn__deflate_bound(size_t n_bytes);
/* Writes the stream; returns its length. */
size_t tn__deflate(const uint8_t *bytes, size_t n_bytes, uint8_t *out);

#endif
