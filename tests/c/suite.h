/* SPDX-License-Identifier: MIT */
/* What each test program does in the end. */
#ifndef TENCH_TESTS_SUITE_H
#define TENCH_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs the suite and frees it; the exit status of the program. */
static inline int suite_run(Suite *suite)
{
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
