/* SPDX-License-Identifier: MIT */
/* Class names and their labels: read from a .txt class map, or made from folder names. */
#ifndef TENCH_DATA_CLASSMAP_H
#define TENCH_DATA_CLASSMAP_H

#include <stddef.h>
#include <stdint.h>

/* A class map may have 16 bytes for each of the most classes. */
enum { TN__MAX_CLASSES = 1 << 24, TN__CLASS_MAP_BYTES = 16 * TN__MAX_CLASSES };

typedef struct tn__classmap {
    int32_t n;
    char *text;         /* all names, each with its NUL */
    const char **names; /* by label */
    int32_t *by_name;   /* labels in the order of their names' bytes */
} tn__classmap;

/* Reads a class map as timm does: the number of a line, from 0, is the label of the name on it,
 * without the white space around it. The path is tried as given, then below `root`.
 *
 * Stricter than timm: a name that stands on two lines is refused (timm takes the last). Blank lines
 * at the end are no classes; others keep their label, and the last of them is the class of images
 * that lie in the root itself. A byte order mark in front is skipped. */
int tn__classmap_read(const char *given, const char *root, tn__classmap *out);
/* Copies `n` distinct names; a name's place is its label. */
int tn__classmap_make(const char *const *names, size_t n, tn__classmap *out);
void tn__classmap_free(tn__classmap *map);
/* Label of a name, -1 if it has none. */
int32_t tn__classmap_find(const tn__classmap *map, const char *name);

#endif
