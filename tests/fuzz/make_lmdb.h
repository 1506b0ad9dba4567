/* SPDX-License-Identifier: MIT */
/* Makes LMDB files. */
#ifndef TENCH_TESTS_MAKE_LMDB_H
#define TENCH_TESTS_MAKE_LMDB_H

#include "containers.h"

/* Up to some 10,000 members, each on pages of its own; keys are names. */
void write_lmdb(tn__blob *out, const member *members, size_t n);

#endif
