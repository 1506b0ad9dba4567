/* SPDX-License-Identifier: MIT */
/* The build includes this first in each program that uses Check.
 *
 * Check writes the line of each assertion to a file as soon as it holds, so that it can name the
 * last one before a crash. A test may have a million assertions, and then most of its time went to
 * that. A sanitizer or a debugger names the place of a crash better. */
#ifndef TENCH_TESTS_QUICK_CHECK_H
#define TENCH_TESTS_QUICK_CHECK_H

#include <check.h>

/* NOLINTNEXTLINE(bugprone-reserved-identifier): the name is Check's */
#define _mark_point(file, line) ((void)0)

#endif
