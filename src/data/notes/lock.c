/* SPDX-License-Identifier: MIT */
/* The lock of a store. See lock.h. */
#include "data/notes/lock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/folder.h"
#include "base/open.h"
#include "tench.h"

enum { STEP_MS = 20, LINE = 256, NAME = 64 };

/* True if the path still leads to the open file: the process that held the lock removes the file.
 */
static bool is_still_there(const tn__store *store, int lock)
{
    struct stat ours, named;
    return tn__stat_open(lock, &ours) && tn__stat_at(store->folder, TN__INDEX_LOCK, &named, 0) &&
           named.st_ino == ours.st_ino && named.st_dev == ours.st_dev;
}

/* Returns the lock's descriptor; -1: errno is EWOULDBLOCK or EACCES if another process has the
 * lock.
 */
static int try_once(const tn__store *store)
{
    const int lock = tn__open_mode(store->folder, TN__INDEX_LOCK,
                                   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (lock < 0)
        return -1;
    const int locked = tn__folder_lock(lock);
    if (locked == TN__LOCK_GOT && is_still_there(store, lock))
        return lock;
    const int reason = locked == TN__LOCK_NONE ? errno : EWOULDBLOCK;
    close(lock);
    errno = reason;
    return -1;
}

/* Reads the first line of /proc/PID/comm. A process may write any bytes there. */
static void read_name(long process, char out[NAME])
{
    char path[NAME];
    snprintf(path, sizeof path, "/proc/%ld/comm", process);
    FILE *const file = tn__open_stream(path, "re");
    if (!file || !fgets(out, NAME, file))
        snprintf(out, NAME, "?");
    if (file)
        fclose(file);
    out[strcspn(out, "\n")] = '\0';
    for (char *at = out; *at; at++)
        if (!isprint((unsigned char)*at))
            *at = '?';
}

/* Looks for the process that holds the lock in the system's list of locks; 0: unknown. In a line
 * "7: FLOCK ADVISORY WRITE 4242 fd:01:131 0 EOF" the process is 4242 and the inode 131. */
static long find_holder(const tn__store *store)
{
    struct stat facts;
    FILE *const list = tn__open_stream("/proc/locks", "re");
    long holder = 0;
    if (!list)
        return 0;
    char line[LINE];
    const bool is_there = fstatat(store->folder, TN__INDEX_LOCK, &facts, 0) == 0;
    while (is_there && holder == 0 && fgets(line, sizeof line, list)) {
        long process;
        unsigned long long inode;
        if (sscanf(line, "%*d: FLOCK %*s %*s %ld %*x:%*x:%llu", &process, &inode) == 2 &&
            inode == facts.st_ino && process > 0)
            holder = process;
    }
    fclose(list);
    return holder;
}

static int fail_held(const tn__store *store, int reason)
{
    struct stat facts;
    char name[NAME];
    const long holder = find_holder(store);
    if (holder > 0) {
        read_name(holder, name);
        return tn__fail(TN_ETIMEOUT, "%s/" TN__INDEX_LOCK " is held by process %ld (%s)",
                        store->path, holder, name);
    }
    if (reason == EACCES && fstatat(store->folder, TN__INDEX_LOCK, &facts, 0) == 0)
        return tn__fail(TN_ETIMEOUT, "%s/" TN__INDEX_LOCK " belongs to another user (uid %u)",
                        store->path, (unsigned)facts.st_uid);
    return tn__fail(TN_ETIMEOUT, "%s/" TN__INDEX_LOCK " is held by another process", store->path);
}

/* True if EACCES means that the lock belongs to another user, not that the folder is read-only. */
static bool is_held(const tn__store *store, int reason)
{
    return reason == EWOULDBLOCK ||
           (reason == EACCES && faccessat(store->folder, TN__INDEX_LOCK, F_OK, 0) == 0);
}

int tn__store_lock(const tn__store *store, int32_t wait_ms, int *lock)
{
    const double until = tn__now() + wait_ms / 1e3;
    const struct timespec step = {0, STEP_MS * 1000000L};
    for (;;) {
        *lock = try_once(store);
        if (*lock >= 0)
            return TN_OK;
        const int reason = errno;
        if (!is_held(store, reason))
            return tn__fail_system(reason, "%s/" TN__INDEX_LOCK, store->path);
        if (tn__now() >= until)
            return fail_held(store, reason);
        nanosleep(&step, NULL);
    }
}

void tn__store_unlock(const tn__store *store, int lock)
{
    unlinkat(store->folder, TN__INDEX_LOCK, 0);
    close(lock);
}
