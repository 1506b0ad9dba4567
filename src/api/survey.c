/* SPDX-License-Identifier: MIT */
/* Exported calls on surveys: check, then call inward. */
#include "data/survey.h"

#include "base/error.h"
#include "base/thread.h"

tn_survey *tn_survey_create(tn_dataset *dataset, int32_t threads, int32_t progress)
{
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "survey: data set is NULL");
    if (threads < 0 || threads > TN__MAX_THREADS)
        return tn__fail_null(TN_EINVAL, "survey: threads is %d, not in 0…%d", threads,
                             TN__MAX_THREADS);
    if (progress != 0 && progress != TN_NO && progress != TN_YES)
        return tn__fail_null(TN_EINVAL, "survey: progress is %d, not TN_NO (%d) or TN_YES (%d)",
                             progress, TN_NO, TN_YES);
    return tn__survey_create(dataset, threads ? threads : tn_cpu_threads(), progress == TN_YES);
}

void tn_survey_destroy(tn_survey *survey)
{
    if (survey)
        tn__survey_destroy(survey);
}

/* `size` is the first field of a struct that the caller made. */
static bool is_usable(const tn_survey *survey, const int32_t *size, size_t right, const char *type)
{
    if (!survey)
        tn__fail(TN_EINVAL, "survey is NULL");
    else if (!size)
        tn__fail(TN_EINVAL, "survey: %s is NULL", type);
    else if (*size != (int32_t)right)
        tn__fail(TN_EINVAL, "survey: size is %d, not sizeof(%s), %zu", *size, type, right);
    else
        return true;
    return false;
}

static bool is_inside(int64_t index, int64_t n, const char *what)
{
    if (index < 0 || index >= n)
        tn__fail(TN_EINVAL, "survey: %s %lld is not in 0…%lld", what, (long long)index,
                 (long long)n - 1);
    return index >= 0 && index < n;
}

int32_t tn_survey_facts_of(const tn_survey *survey, tn_survey_facts *out)
{
    if (!is_usable(survey, out ? &out->size : NULL, sizeof *out, "tn_survey_facts"))
        return TN_EINVAL;
    *out = survey->facts;
    return TN_OK;
}

int32_t tn_survey_kind(const tn_survey *survey, int32_t index, tn_file_kind *out)
{
    if (!is_usable(survey, out ? &out->size : NULL, sizeof *out, "tn_file_kind") ||
        !is_inside(index, survey->facts.n_kinds, "kind"))
        return TN_EINVAL;
    *out = survey->kinds[index];
    return TN_OK;
}

int32_t tn_survey_fault(const tn_survey *survey, int64_t index, tn_fault *out)
{
    if (!is_usable(survey, out ? &out->size : NULL, sizeof *out, "tn_fault") ||
        !is_inside(index, survey->facts.faults, "fault"))
        return TN_EINVAL;
    const tn__finding *const fault = &survey->faults.list[index];
    *out = (tn_fault){.size = (int32_t)sizeof *out,
                      .code = fault->code,
                      .epoch = -1,
                      .position = -1,
                      .sample = fault->sample,
                      .stage = fault->stage,
                      .name = tn_dataset_sample_name(survey->dataset, fault->sample),
                      .message = fault->message};
    return TN_OK;
}
