/* SPDX-License-Identifier: MIT */
/* Reads from open files. See read.h. */
#include "base/read.h"

#include <errno.h>
#include <unistd.h>

#include "base/error.h"

bool tn__read_at(int descriptor, void *out, size_t n_bytes, int64_t offset)
{
    uint8_t *const bytes = out;
    size_t have = 0;
    while (have < n_bytes) {
        const ssize_t n =
            pread(descriptor, bytes + have, n_bytes - have, (off_t)(offset + (int64_t)have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? 0 : errno;
            return false;
        }
        have += (size_t)n;
    }
    return true;
}

int tn__read_or_fail(int descriptor, void *out, size_t n_bytes, int64_t offset)
{
    if (tn__read_at(descriptor, out, n_bytes, offset))
        return TN_OK;
    return errno ? tn__fail_errno(errno) : tn__fail(TN_EIO, "shrank while it was read");
}
