/* SPDX-License-Identifier: MIT */
/* The list of extensions by which a scan chooses files. Upper and lower case are equal. */
#ifndef TENCH_DATA_EXTENSIONS_H
#define TENCH_DATA_EXTENSIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { TN__MAX_EXTENSIONS = 32, TN__EXTENSION_BYTES = 16 };

typedef struct tn__extensions {
    int32_t n;
    char item[TN__MAX_EXTENSIONS][TN__EXTENSION_BYTES]; /* lower case, with the dot */
} tn__extensions;

/* Parses a list, for example ".png,.jpg" or "png,jpg". TN_EINVAL names the wrong item. */
int tn__extensions_parse(const char *list, tn__extensions *out);
/* True if the name's extension is in the list. ".jpg" alone is a name without an extension. */
bool tn__extensions_match(const tn__extensions *extensions, const char *name);

#endif
