/* SPDX-License-Identifier: MIT */
/* Makes, locks and opens folders. See folder.h. */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"

static int make_one(const char *path, bool *made)
{
    struct stat facts;
    *made = mkdir(path, 0777) == 0;
    if (*made)
        return TN_OK;
    const int reason = errno; /* mkdir may fail for another reason although the folder exists */
    if (tn__stat(path, &facts) && S_ISDIR(facts.st_mode))
        return TN_OK;
    return tn__fail_system(reason, "%s: cannot make this folder", path);
}

int tn__folder_make(const char *path, bool *made)
{
    char *const partial = strdup(path);
    if (!partial)
        return tn__fail_memory("a folder's name", strlen(path));
    int status = TN_OK;
    for (char *slash = strchr(partial + 1, '/'); slash && status == TN_OK;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_one(partial, made);
        *slash = '/';
    }
    free(partial);
    return status == TN_OK ? make_one(path, made) : status;
}

int tn__folder_lock(int folder)
{
    while (flock(folder, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return TN__LOCK_TAKEN;
        if (errno != EINTR)
            return TN__LOCK_NONE;
    }
    return TN__LOCK_GOT;
}

bool tn__folder_sync(int folder)
{
    while (fsync(folder) != 0)
        if (errno != EINTR)
            return false;
    return true;
}

bool tn__file_sync(int file)
{
    return tn__folder_sync(file) || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
}

/* Opens folder `name` in `parent`. Closes `parent` unless it is `root`. */
static int enter(int root, int parent, const char *name, bool make)
{
    static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    int entered = tn__open_at(parent, name, flags);
    if (entered < 0 && errno == ENOENT && make &&
        (mkdirat(parent, name, 0777) == 0 || errno == EEXIST))
        entered = tn__open_at(parent, name, flags);
    const int reason = errno;
    if (parent != root)
        close(parent);
    errno = reason;
    return entered;
}

int tn__folder_of(int folder, const char *path, bool make, const char **name)
{
    int at = folder;
    for (const char *slash; at >= 0 && (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        char part[NAME_MAX + 1];
        const size_t length = (size_t)(slash - path);
        if (length >= sizeof part) {
            if (at != folder)
                close(at);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, path, length);
        part[length] = '\0';
        at = enter(folder, at, part, make);
    }
    *name = path;
    return at == folder ? fcntl(folder, F_DUPFD_CLOEXEC, 0) : at;
}
