/* SPDX-License-Identifier: MIT */
/* Public calls on surveys: they check their arguments, then call the engine. */
#include "jobs/survey.h"

#include "api/check.h"
#include "api/task.h"
#include "base/cpus.h"
#include "base/error.h"
#include "base/sized.h"
#include "base/thread.h"
#include "spec/read.h"

tn_task *tn_survey_start(tn_dataset *dataset, const tn_survey_options *options)
{
    static const char call[] = "tn_survey_start";
    tn_survey_options known;
    if (!dataset)
        return tn__fail_null(TN_EINVAL, "%s: dataset is NULL", call);
    if (tn__options_read(call, &tn__options_survey, options, &known, sizeof known) != TN_OK)
        return NULL;
    return tn__survey_start(dataset, known.threads ? known.threads : tn__cpu_threads());
}

int32_t tn_survey_facts_of(tn_task *survey, tn_survey_facts *out)
{
    const int status =
        tn__check_task("tn_survey_facts_of", survey, TN_TASK_SURVEY, out, sizeof *out);
    if (status != TN_OK)
        return status;
    tn_survey_facts facts;
    tn__survey_facts((tn__survey *)survey, &facts);
    tn__sized_write(out, &facts, sizeof facts);
    return TN_OK;
}

int32_t tn_survey_kind(tn_task *survey, int32_t index, tn_file_kind *out)
{
    static const char call[] = "tn_survey_kind";
    const int status = tn__check_task(call, survey, TN_TASK_SURVEY, out, sizeof *out);
    if (status != TN_OK)
        return status;
    const tn__survey *const known = (tn__survey *)survey;
    if (tn__check_place(call, index, known->facts.n_kinds) != TN_OK)
        return TN_EINVAL;
    tn__sized_write(out, &known->kinds[index], sizeof known->kinds[index]);
    return TN_OK;
}
