/* SPDX-License-Identifier: MIT */
/* Hostile changes of files, for soak tests. */
#ifndef TENCH_TESTS_MUTATE_H
#define TENCH_TESTS_MUTATE_H

#include "soak.h"

/* Flips bits, sets bytes and numbers, cuts, inserts, truncates, or repeats a part. Then `mend`, if
 * it is not NULL, may repair checksums. The bytes have space for eight more. */
void mutate_bytes(soak_random *random, const char *path, void (*mend)(uint8_t *, size_t));
/* The same. It may also let the file grow to many GiB without contents, remove all permissions, or
 * put a link, a pipe or a folder in the file's place (the file is then PATH.kept). */
void mutate_file(soak_random *random, const char *path);

#endif
