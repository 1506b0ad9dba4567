/* SPDX-License-Identifier: MIT */
/* Output files. A full disk or a kill never leaves half a file under its name. */
#ifndef TENCH_CLI_OUTPUT_H
#define TENCH_CLI_OUTPUT_H

#include <stdio.h>

/* A file that appears under its name only when it is complete. */
typedef struct tn__program_output {
    FILE *file;
    const char *path; /* borrowed */
    char *temporary;
} tn__program_output;

/* Opens a temporary file beside `path`. TN_EIO, TN_ENOMEM. */
int tn__program_output_open(tn__program_output *output, const char *path);
/* Closes it; renames it if `status` is TN_OK, else removes it. Returns `status` or TN_EIO. */
int tn__program_output_close(tn__program_output *output, int status);

#endif
