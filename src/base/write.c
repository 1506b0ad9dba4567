/* SPDX-License-Identifier: MIT */
/* Writing files. See write.h. */
#include "base/write.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

bool tn__write_all(int descriptor, const void *bytes, size_t n_bytes)
{
    const char *at = bytes;
    while (n_bytes > 0) {
        const ssize_t n = write(descriptor, at, n_bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        at += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

int tn__fail_write(const char *folder, const char *name)
{
    return tn__fail(TN_EIO, "%s/%s: cannot write: %s", folder, name, strerror(errno));
}
