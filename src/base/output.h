/* SPDX-License-Identifier: MIT */
/* Output files. After a full disk or a kill, no incomplete file has the output's name. */
#ifndef TENCH_BASE_OUTPUT_H
#define TENCH_BASE_OUTPUT_H

#include <stdio.h>

/* A file that gets its name only when it is complete. */
typedef struct tn__output_file {
    FILE *file;
    const char *path; /* borrowed */
    char *temporary;
} tn__output_file;

/* Opens a temporary file beside `path`. TN_EIO, TN_ENOMEM. */
int tn__output_open(tn__output_file *output, const char *path);
/* Closes it. Renames it if `status` is TN_OK, else removes it. Returns `status` or TN_EIO. */
int tn__output_close(tn__output_file *output, int status);

/* Records that `path` cannot be written, with the reason from errno; TN_EIO. */
int tn__output_fail(const char *path);

#endif
