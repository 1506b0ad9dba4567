/* SPDX-License-Identifier: MIT */
/* Finds the files of a folder and all folders below it, with threads.
 *
 * A scan follows links. It skips a link to one of the link's own parents, since it finds those
 * files anyway (timm walks in circles until the system refuses the path). If several paths lead to
 * a folder, the scan finds it once for each, as timm does. All paths but the first, and all paths
 * below them, are repeated paths; the scan accepts TN_MAX_REPEATED_PATHS of them, so that links
 * cannot make a small tree endless. Nothing else limits a scan; its memory grows with the number of
 * files. */
#ifndef TENCH_DATA_SCAN_H
#define TENCH_DATA_SCAN_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/extensions.h"

enum { TN__MAX_DEPTH = 256, TN__MAX_DIRECTORIES = 1 << 24 };

/* A folder, and the names of its files with a wanted extension. */
typedef struct tn__directory {
    struct tn__directory *parent; /* NULL: the root */
    struct tn__directory *next;
    dev_t device;
    ino_t inode;
    int32_t depth;
    uint32_t n_files;
    bool is_passed; /* skipped: it is one of its own parents */
    bool is_repeated;
    uint32_t n_others; /* files with other extensions, except names that begin with "." */
    char *names;       /* each with its NUL */
    uint32_t *order;   /* offsets of the names in `names`, in natural order */
    size_t n_bytes;    /* of `names` */
    char path[];       /* below the root; "" for the root */
} tn__directory;

typedef struct tn__scan_result {
    tn__directory **directories; /* in natural order of PATH + "/" */
    size_t n_directories;
    int64_t n_files, n_others, n_repeated;
} tn__scan_result;

typedef struct tn__scan_options {
    int root;         /* descriptor of the root */
    const char *name; /* of the root, for messages */
    const tn__extensions *extensions;
    int32_t n_threads;
    bool progress;
    const int32_t *stop; /* of tn__is_stopped: then TN_ESTOPPED */
    bool until_first;    /* ends at the first file: the caller asks only if there is one */
} tn__scan_options;

int tn__scan(const tn__scan_options *options, tn__scan_result *out);
void tn__scan_free(tn__scan_result *scanned);
/* 1 if an entry of the open folder `parent` is a folder, or a link to one, as in timm's walk. An
 * entry that cannot be examined counts as a file (0), unless the machine is the reason: then a
 * negative status. */
int tn__scan_is_folder(int parent, const struct dirent *entry);

#endif
