/* SPDX-License-Identifier: MIT */
/* Starts tasks with a number of threads, a folder, and defaults for all other options. */
#ifndef TENCH_TESTS_TASKS_H
#define TENCH_TESTS_TASKS_H

#include "tench.h"

static inline tn_task *start_survey(tn_dataset *dataset, int32_t threads)
{
    const tn_survey_options options = {.size = (int32_t)sizeof options, .threads = threads};
    return tn_survey_start(dataset, &options);
}

static inline tn_task *start_verify(tn_dataset *dataset, int32_t threads)
{
    const tn_verify_options options = {.size = (int32_t)sizeof options, .threads = threads};
    return tn_verify_start(dataset, &options);
}

static inline tn_task *start_unpack(tn_dataset *pack, const char *path, int32_t threads)
{
    const tn_unpack_options options = {
        .size = (int32_t)sizeof options, .threads = threads, .path = path};
    return tn_unpack_start(pack, &options);
}

#endif
