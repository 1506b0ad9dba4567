/* SPDX-License-Identifier: MIT */
/* Exported calls on surveys: check, then call inward. */
#include "jobs/survey.h"

#include "api/check.h"
#include "base/error.h"
#include "base/sized.h"
#include "base/thread.h"

tn_survey *tn_survey_create(tn_dataset *dataset, int32_t threads, int32_t progress)
{
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "survey: data set is NULL");
    if (tn__check_threads("survey", threads) != TN_OK ||
        tn__check_flag("survey", "progress", progress) != TN_OK)
        return NULL;
    return tn__survey_create(dataset, threads ? threads : tn_cpu_threads(), progress == TN_YES);
}

void tn_survey_destroy(tn_survey *survey)
{
    if (survey)
        tn__survey_destroy(survey);
}

int32_t tn_survey_facts_of(const tn_survey *survey, tn_survey_facts *out)
{
    if (tn__check_out("tn_survey_facts_of", survey, out, sizeof *out) != TN_OK)
        return TN_EINVAL;
    tn__sized_write(out, &survey->facts, sizeof survey->facts);
    return TN_OK;
}

int32_t tn_survey_kind(const tn_survey *survey, int32_t index, tn_file_kind *out)
{
    static const char call[] = "tn_survey_kind";
    if (tn__check_out(call, survey, out, sizeof *out) != TN_OK ||
        tn__check_place(call, index, survey->facts.n_kinds) != TN_OK)
        return TN_EINVAL;
    tn__sized_write(out, &survey->kinds[index], sizeof survey->kinds[index]);
    return TN_OK;
}

int32_t tn_survey_fault(const tn_survey *survey, int64_t index, tn_fault *out)
{
    static const char call[] = "tn_survey_fault";
    if (tn__check_out(call, survey, out, sizeof *out) != TN_OK ||
        tn__check_place(call, index, survey->facts.faults) != TN_OK)
        return TN_EINVAL;
    const tn_fault fault = tn__fault_of(survey->dataset, &survey->faults.list[index]);
    tn__sized_write(out, &fault, sizeof fault);
    return TN_OK;
}
