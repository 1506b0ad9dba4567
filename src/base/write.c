/* SPDX-License-Identifier: MIT */
/* Writes files. See write.h. */
#include "base/write.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
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
    return tn__fail_system(errno, "%s/%s: cannot write", folder, name);
}

void tn__write_shield(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

void tn__write_unshield(const sigset_t *before)
{
    if (!sigismember(before, SIGXFSZ)) {
        sigset_t set;
        const struct timespec now = {0};
        sigemptyset(&set);
        sigaddset(&set, SIGXFSZ);
        while (sigtimedwait(&set, NULL, &now) > 0)
            continue;
    }
    pthread_sigmask(SIG_SETMASK, before, NULL);
}
