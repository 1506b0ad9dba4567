/* SPDX-License-Identifier: MIT */
/* Class names and their labels, from a .txt class map or from the names of folders. */
#ifndef TENCH_DATA_CLASSMAP_H
#define TENCH_DATA_CLASSMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* The limit of a class map's length allows 16 bytes for each class. */
enum { TN__MAX_CLASSES = 1 << 24, TN__CLASS_MAP_BYTES = 16 * TN__MAX_CLASSES };

typedef struct tn__classmap {
    int32_t n;
    char *text;         /* all names, each with its NUL */
    const char **names; /* by label */
    int32_t *by_name;   /* labels, sorted by the bytes of their names */
} tn__classmap;

/* Reads a class map as timm does: the number of a line, counted from 0, is the label of the name on
 * it; white space around the name is ignored. Tries the path as given, then below `root`.
 *
 * It is stricter than timm: it refuses a name on two lines (timm takes the last). Blank lines at
 * the end are not classes. Other blank lines are classes, and the last one is the class of images
 * in the root itself. A byte order mark at the start is skipped. */
int tn__classmap_read(const char *given, const char *root, tn__classmap *out);
/* Copies `n` names. The index of a name becomes its label. */
int tn__classmap_make(const char *const *names, size_t n, tn__classmap *out);
/* True if two labels have one name, which is not empty. */
bool tn__classmap_repeats(const tn__classmap *map, int32_t *first, int32_t *second);
/* Makes the classes "0", "1", … for labels that have no names. */
int tn__classmap_number(int64_t n, tn__classmap *out);
void tn__classmap_free(tn__classmap *map);
/* The label of a name; -1: there is no such class. */
int32_t tn__classmap_find(const tn__classmap *map, const char *name);
/* Appends `what` and the names, as JSON with commas between them; nothing if there are none. */
void tn__classmap_add(const tn__classmap *map, const char *what, tn__text *text);

#endif
