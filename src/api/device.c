/* SPDX-License-Identifier: MIT */
/* Exported calls about devices. */
#include <stdio.h>

#include "base/nvtx.h"
#include "dev/cuda.h"
#include "tench.h"

enum { REPORT_BYTES = 4096 };

const char *tn_cuda_report(void)
{
    static _Thread_local char report[REPORT_BYTES];
    tn__text text = {0};
    tn__cuda_report(&text);
    snprintf(report, sizeof report, "%s", text.failed ? "out of memory\n" : text.chars);
    tn__text_free(&text);
    return report;
}

const char *tn_nvtx_report(void)
{
    static _Thread_local char report[REPORT_BYTES];
    tn__text text = {0};
    tn__nvtx_report(&text);
    snprintf(report, sizeof report, "%s", text.failed ? "out of memory" : text.chars);
    tn__text_free(&text);
    return report;
}
