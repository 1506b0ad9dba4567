/* SPDX-License-Identifier: MIT */
/* Public calls that say in lines for people what was found on this machine. */
#include <stdio.h>

#include "base/nvtx.h"
#include "codec/modules.h"
#include "dev/cuda.h"
#include "tench.h"

enum { REPORT_BYTES = 4096 };

/* Writes a report into the caller's memory. */
static const char *keep_report(char report[REPORT_BYTES], void (*tell)(tn__text *out))
{
    tn__text text = {0};
    tell(&text);
    snprintf(report, REPORT_BYTES, "%s", text.failed ? "out of memory" : text.chars);
    tn__text_free(&text);
    return report;
}

const char *tn_cuda_report(void)
{
    static _Thread_local char report[REPORT_BYTES];
    return keep_report(report, tn__cuda_report);
}

const char *tn_nvtx_report(void)
{
    static _Thread_local char report[REPORT_BYTES];
    return keep_report(report, tn__nvtx_report);
}

const char *tn_module_report(void)
{
    static _Thread_local char report[REPORT_BYTES];
    return keep_report(report, tn__codec_report_modules);
}
