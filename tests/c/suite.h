/* SPDX-License-Identifier: MIT */
/* Runs the suite of a test program. */
#ifndef TENCH_TESTS_SUITE_H
#define TENCH_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs the suite, frees it, and returns the program's exit status. */
static inline int suite_run(Suite *suite)
{
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
