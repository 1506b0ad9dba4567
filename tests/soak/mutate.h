/* SPDX-License-Identifier: MIT */
/* For soak tests: hostile changes of a file. */
#ifndef TENCH_TESTS_MUTATE_H
#define TENCH_TESTS_MUTATE_H

#include "soak.h"

/* Flips bits, sets bytes and numbers, cuts, inserts, truncates or repeats a part; then `mend` may
 * make sums right again (NULL: nothing does). The bytes have room for eight more. */
void mutate_bytes(soak_random *random, const char *path, void (*mend)(uint8_t *, size_t));
/* The same; or lets the file grow to many GiB without contents, puts a link, a pipe or a folder in
 * its place (the file is then PATH.kept), or takes all permissions. */
void mutate_file(soak_random *random, const char *path);

#endif
