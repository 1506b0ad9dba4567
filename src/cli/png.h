/* SPDX-License-Identifier: MIT */
/* Writes PNG files with libpng. */
#ifndef TENCH_CLI_PNG_H
#define TENCH_CLI_PNG_H

#include <stdint.h>
#include <stdio.h>

/* Writes w × h pixels of 3 bytes, row after row. TN_OK, TN_EIO, TN_ENOMEM. `path` is for messages.
 */
int tn__png_write(FILE *file, const char *path, const uint8_t *rgb, int32_t w, int32_t h);

#endif
