/* SPDX-License-Identifier: MIT */
/* Reads the texts that lie beside shards. See text.h. */
#include "data/wds/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/read.h"

enum { MOST_BYTES = 256 << 20 };

static int read_open(const char *path, int descriptor, char **text, size_t *n)
{
    struct stat facts;
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_system(errno, "%s", path);
    if (!S_ISREG(facts.st_mode))
        return tn__fail(TN_EIO, "%s: is not a regular file", path);
    if (facts.st_size > MOST_BYTES)
        return tn__fail(TN_ELIMIT, "%s: has %lld bytes; the limit is %d MiB", path,
                        (long long)facts.st_size, MOST_BYTES >> 20);
    *n = (size_t)facts.st_size;
    char *const bytes = malloc(*n + 1);
    if (!bytes)
        return tn__fail_memory("a description of shards", *n);
    if (!tn__read_at(descriptor, bytes, *n, 0)) {
        free(bytes);
        return tn__fail_system(errno ? errno : EIO, "%s", path);
    }
    bytes[*n] = '\0';
    *text = bytes;
    return TN_OK;
}

int tn__wds_read_text(const char *path, char **text, size_t *n)
{
    *text = NULL;
    *n = 0;
    const int descriptor = tn__open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return errno == ENOENT ? TN_END : tn__fail_system(errno, "%s", path);
    const int status = read_open(path, descriptor, text, n);
    close(descriptor);
    return status;
}

int tn__wds_read_json(const char *path, char **text, tn__json *value)
{
    size_t n;
    const int status = tn__wds_read_text(path, text, &n);
    if (status == TN_OK && !tn__json_read(*text, n, value)) {
        free(*text);
        *text = NULL;
        return tn__fail(TN_EDECODE, "%s: is not JSON", path);
    }
    return status;
}
