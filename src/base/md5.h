/* SPDX-License-Identifier: MIT */
/* MD5 (RFC 1321), which others publish to tell whether a file is theirs. It protects against
 * damage, not against an attacker. */
#ifndef TENCH_BASE_MD5_H
#define TENCH_BASE_MD5_H

#include <stddef.h>

enum { TN__MD5_TEXT = 33 };

/* Writes 32 hexadecimal digits and a NUL, as md5sum prints them. */
void tn__md5_text(const void *bytes, size_t n_bytes, char out[TN__MD5_TEXT]);

#endif
