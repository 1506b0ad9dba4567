/* SPDX-License-Identifier: MIT */
/* The form in which people see names.
 *
 * A file may have any name: it may clear the terminal, imitate another line, reverse the text after
 * it, or not be UTF-8. The shown form is one line of visible characters, and the name can be
 * recovered from it. Its escapes are those of $'…' in bash. */
#ifndef TENCH_BASE_SHOW_H
#define TENCH_BASE_SHOW_H

#include <stddef.h>

#include "base/text.h"

/* Writes the shown form and a NUL to `out`; "…" ends it if `size` is too small. Returns the length
 * of the whole form, at most four times that of the name. */
size_t tn__show(const char *name, size_t n_bytes, char *out, size_t size);
void tn__text_show(tn__text *text, const char *name);
/* How many bytes of a value of n bytes a message shows, for "%.*s". */
static inline int tn__shown(size_t n_bytes)
{
    return n_bytes < 60 ? (int)n_bytes : 60;
}

#endif
