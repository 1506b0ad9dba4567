/* SPDX-License-Identifier: MIT */
/* Finds the files of a folder and all folders below it, with threads.
 *
 * Links are followed. A link to a folder that it lies in is passed over: what it leads to is
 * found anyway (timm goes round until the system refuses the path). A folder that several paths
 * lead to is found once for each, as in timm. All paths but the first are repeated ones, and so are
 * the paths below them; at most TN_MAX_REPEATED_PATHS are taken, so that links cannot make a small
 * tree endless. Otherwise a scan takes as much as there is on the disk, and memory in proportion.
 */
#ifndef TENCH_DATA_SCAN_H
#define TENCH_DATA_SCAN_H

#include <dirent.h>
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
    bool is_passed; /* over: it is one of those that it lies in */
    bool is_repeated;
    uint32_t n_others; /* files with other extensions; of names that begin with "." none */
    char *names;       /* each with its NUL */
    uint32_t *order;   /* offsets of the names in `names`, in natural order */
    size_t n_bytes;    /* of `names` */
    char path[];       /* below the root; "" for the root */
} tn__directory;

typedef struct tn__listing {
    tn__directory **directories; /* in natural order of their paths with a "/" behind */
    size_t n_directories;
    int64_t n_files, n_others, n_repeated;
} tn__listing;

typedef struct tn__scan_options {
    int root;         /* descriptor of the root */
    const char *name; /* of the root, for messages */
    const tn__extensions *extensions;
    int32_t n_threads;
    bool progress;
    const int32_t *stop; /* of tn__is_stopped: then TN_ESTOPPED */
    bool until_first;    /* end at the first file: whether there is one is all that is wanted */
} tn__scan_options;

int tn__scan(const tn__scan_options *options, tn__listing *out);
void tn__listing_free(tn__listing *listing);
/* 1 if an entry of the open folder `parent` is a folder, or a link to one: the test of timm's walk.
 * What cannot be looked at is a file (0), unless the machine is why: then a failure below 0. */
int tn__scan_is_folder(int parent, const struct dirent *entry);

#endif
