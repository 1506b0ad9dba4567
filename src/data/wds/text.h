/* SPDX-License-Identifier: MIT */
/* Reads the texts that lie beside shards. */
#ifndef TENCH_DATA_WDS_TEXT_H
#define TENCH_DATA_WDS_TEXT_H

#include <stddef.h>

#include "base/json.h"

/* Reads a file into memory that the caller frees; a NUL follows it. TN_END: there is no such file.
 * TN_ELIMIT: it is too long, or no file; TN_EIO, TN_ENOMEM. Messages name the file. */
int tn__wds_read_text(const char *path, char **text, size_t *n);
/* Reads a file and the JSON value that it is. The same, and TN_EDECODE. */
int tn__wds_read_json(const char *path, char **text, tn__json *value);

#endif
