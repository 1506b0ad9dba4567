/* SPDX-License-Identifier: MIT */
/* Checks and copies the caller's structs that begin with their size. See sized.h. */
#include "base/sized.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/least.h"

/* MOST is more than any struct will have: an unset size may be any number. */
enum { STEP = 8, MOST = 4096 };

static int32_t size_of(const void *given)
{
    int32_t size;
    memcpy(&size, given, sizeof size);
    return size;
}

bool tn__sized_is_sound(const void *given, size_t least)
{
    const int32_t size = given ? size_of(given) : 0;
    return size >= (int32_t)least && size >= STEP && size <= MOST && size % STEP == 0;
}

int tn__sized_check(const char *call, const char *name, const void *given, size_t n_bytes,
                    size_t least)
{
    if (tn__sized_is_sound(given, least))
        return TN_OK;
    if (!given)
        return tn__fail(TN_EINVAL, "%s: %s is NULL", call, name);
    return tn__fail(TN_EINVAL, "%s: %s->size is %d; set it to the struct's %zu bytes", call, name,
                    size_of(given), n_bytes);
}

int tn__sized_read(const char *call, const void *given, void *ours, size_t n_bytes)
{
    const int status = tn__sized_check(call, "options", given, n_bytes, 0);
    if (status != TN_OK)
        return status;
    const size_t size = (size_t)size_of(given);
    const char *const bytes = given;
    for (size_t b = n_bytes; b < size; b++)
        if (bytes[b])
            return tn__fail(TN_EINVAL,
                            "%s: the options have %zu bytes, but this library knows only %zu: "
                            "it is older than the header",
                            call, size, n_bytes);
    memset(ours, 0, n_bytes);
    memcpy(ours, given, tn__least(size, n_bytes));
    return TN_OK;
}

void tn__sized_write(void *given, const void *ours, size_t n_bytes)
{
    const size_t head = sizeof(int32_t);
    memcpy((char *)given + head, (const char *)ours + head,
           tn__least((size_t)size_of(given), n_bytes) - head);
}
