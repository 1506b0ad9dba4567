/* SPDX-License-Identifier: MIT */
/* Public calls about failures. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/show.h"
#include "base/sized.h"

const char *tn_error(void)
{
    enum { SHOWN_BYTES = 1024 };
    static _Thread_local char told[SHOWN_BYTES + TN__MESSAGE_BYTES + 2];
    const tn__error *const last = tn__error_last();
    char name[SHOWN_BYTES];
    tn__show(last->name, strlen(last->name), name, sizeof name);
    if (!name[0] || strstr(last->message, name))
        return last->message;
    snprintf(told, sizeof told, "%s: %s", name, last->message);
    return told;
}

int32_t tn_error_details(tn_error_info *out)
{
    /* Records no failure, because that would replace the last one. */
    if (!tn__sized_is_sound(out, 0))
        return TN_EINVAL;
    const tn__error *const last = tn__error_last();
    const tn_error_info info = {
        .code = last->code,
        .stage = last->stage,
        .name = last->name,
        .message = last->message,
        .position = last->position,
        .sample = last->sample,
        .system_error = last->system_error,
        .is_machines = tn__error_is_systemic(last) ? TN_YES : TN_NO,
    };
    tn__sized_write(out, &info, sizeof info);
    return TN_OK;
}

const char *tn_status_name(int32_t code)
{
    return tn__status_name(code);
}
