/* SPDX-License-Identifier: MIT */
/* Finds the files of a folder and all folders below it, with threads.
 *
 * Links are followed. A link to a folder that it lies in is passed over: what it leads to is
 * found anyway (timm goes round until the system refuses the path). */
#ifndef TENCH_DATA_SCAN_H
#define TENCH_DATA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/extensions.h"

enum { TN__MAX_DEPTH = 256, TN__MAX_DIRECTORIES = 1 << 24 };

/* A folder and the names of its files that have a wanted extension. */
typedef struct tn__directory {
    struct tn__directory *parent; /* NULL: the root */
    struct tn__directory *next;
    dev_t device;
    ino_t inode;
    int32_t depth;
    uint32_t n_files;
    char *names;     /* each with its NUL */
    uint32_t *order; /* offsets of the names in `names`, in natural order */
    size_t n_bytes;  /* of `names` */
    char path[];     /* below the root; "" for the root */
} tn__directory;

typedef struct tn__listing {
    tn__directory **directories; /* in natural order of their paths with a "/" behind */
    size_t n_directories;
    int64_t n_files;
} tn__listing;

typedef struct tn__scan_options {
    int root;         /* descriptor of the root */
    const char *name; /* of the root, for messages */
    const tn__extensions *extensions;
    int32_t n_threads;
    bool progress;
} tn__scan_options;

int tn__scan(const tn__scan_options *options, tn__listing *out);
void tn__listing_free(tn__listing *listing);

#endif
