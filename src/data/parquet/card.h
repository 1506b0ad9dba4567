/* SPDX-License-Identifier: MIT */
/* The card of a repository of the Hugging Face Hub: the head of its README.md, between lines of
 * "---", may say which files each split has. tench goes by the names of files, so both must agree.
 */
#ifndef TENCH_DATA_PARQUET_CARD_H
#define TENCH_DATA_PARQUET_CARD_H

#include <stddef.h>

/* A file that was found. */
typedef struct tn__card_file {
    const char *path;  /* below the repository */
    const char *split; /* by its name; NULL: none */
} tn__card_file;

/* Compares a README.md with all files. It agrees if one of its configurations names the same files,
 * each for the same split, and if it names none. TN_EINVAL: it says something else, or in a form
 * that tench does not read; the message is a sentence about it. TN_ENOMEM. */
int tn__card_compare(const char *text, size_t n_text, const tn__card_file *files, size_t n_files);

#endif
