/* SPDX-License-Identifier: MIT */
/* Writes journals. See journal.h. */
#include "data/notes/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/open.h"
#include "base/write.h"
#include "data/notes/file.h"

enum { TRIES = 64 }; /* of different names */

void tn__journal_init(tn__journal *journal)
{
    *journal = (tn__journal){.descriptor = -1};
    pthread_mutex_init(&journal->lock, NULL);
}

/* Makes a name that probably no file has; O_EXCL finds out. */
static void make_name(char name[sizeof TN__JOURNAL_FORM])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static atomic_uint count;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t facts[] = {now.tv_sec, now.tv_nsec, getpid(), atomic_fetch_add(&count, 1)};
    uint64_t bits = tn__hash_of(facts, sizeof facts);
    memcpy(name, TN__JOURNAL_FORM, sizeof TN__JOURNAL_FORM);
    for (char *at = strchr(name, 'X'); *at == 'X'; at++, bits /= sizeof digits - 1)
        *at = digits[bits % (sizeof digits - 1)];
}

/* Makes a new file and locks it. -1: see errno; EEXIST and EWOULDBLOCK mean that another name may
 * work, because a process that looks for abandoned journals locks each for a moment, and removes
 * those without a head. */
static int make_locked(const tn__store *store, char name[sizeof TN__JOURNAL_FORM])
{
    make_name(name);
    const int descriptor =
        tn__open_at(store->folder, name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW);
    if (descriptor < 0)
        return -1;
    struct stat facts;
    const int locked = tn__folder_lock(descriptor);
    if (locked == TN__LOCK_GOT && tn__stat_open(descriptor, &facts) && facts.st_nlink > 0)
        return descriptor;
    const int reason = locked == TN__LOCK_GOT     ? EEXIST
                       : locked == TN__LOCK_TAKEN ? EWOULDBLOCK
                                                  : errno;
    unlinkat(store->folder, name, 0);
    close(descriptor);
    errno = reason;
    return -1;
}

int tn__journal_make(const tn__store *store, char name[sizeof TN__JOURNAL_FORM])
{
    int descriptor = -1;
    for (int n = 0; n < TRIES && descriptor < 0; n++) {
        descriptor = make_locked(store, name);
        if (descriptor < 0 && errno != EEXIST && errno != EWOULDBLOCK)
            break;
    }
    if (descriptor < 0)
        return tn__fail_system(errno, "%s", store->path);
    uint8_t head[TN__NOTE_FILE_HEAD];
    tn__journal_head(head);
    if (tn__write_all(descriptor, head, sizeof head))
        return descriptor;
    const int reason = errno;
    unlinkat(store->folder, name, 0);
    close(descriptor);
    return tn__fail_system(reason, "%s/%s", store->path, name);
}

/* Begins the journal in this store, unless merging it would replace another user's file there. */
static int begin_on(tn__journal *journal, tn__store *store)
{
    static const char *const replaced[] = {TN__INDEX_NAME, TN__INDEX_LOCK, TN__INDEX_PART};
    int status = tn__store_make(store);
    for (size_t n = 0; n < sizeof replaced / sizeof *replaced && status == TN_OK; n++)
        status = tn__store_check(store, replaced[n]);
    if (status != TN_OK)
        return status;
    const int made = tn__journal_make(store, journal->name);
    if (made < 0)
        return made;
    journal->descriptor = made;
    journal->store = store;
    journal->end = TN__NOTE_FILE_HEAD;
    journal->pid = getpid();
    return TN_OK;
}

static int begin(tn__journal *journal, tn__store stores[TN__STORES])
{
    int status = begin_on(journal, &stores[TN__STORE_BESIDE]);
    if (status != TN_EIO)
        return status;
    const tn__error beside = *tn__error_last();
    status = begin_on(journal, &stores[TN__STORE_CACHE]);
    if (status == TN_EIO) {
        const tn__error cache = *tn__error_last();
        tn__fail_because(TN_EIO, &beside, "no place to keep an index");
        tn__error_add(&cache);
    }
    return status;
}

/* Appends a note. If it cannot be written whole, cuts off its beginning again. */
static int append(tn__journal *journal, const uint8_t *note, size_t n_bytes)
{
    if (tn__write_all(journal->descriptor, note, n_bytes)) {
        journal->end += (int64_t)n_bytes;
        return TN_OK;
    }
    const int reason = errno;
    const int cut = ftruncate(journal->descriptor, (off_t)journal->end);
    (void)cut; /* if that fails too, readers stop at the incomplete note */
    return tn__fail_system(reason, "%s/%s", journal->store->path, journal->name);
}

/* With the lock held. */
static int begin_or_append(tn__journal *journal, tn__store stores[TN__STORES], const uint8_t *note,
                           size_t n_bytes, int64_t *offset)
{
    int status = journal->descriptor < 0 ? begin(journal, stores) : TN_OK;
    *offset = journal->end;
    if (status == TN_OK)
        status = append(journal, note, n_bytes);
    if (status != TN_OK)
        tn__error_take(&journal->failure);
    return status;
}

int tn__journal_add(tn__journal *journal, tn__store stores[TN__STORES], const uint8_t *note,
                    size_t n_bytes, int64_t *offset)
{
    pthread_mutex_lock(&journal->lock);
    const bool is_new = journal->descriptor < 0;
    int status = TN_OK;
    if (journal->failure.code != TN_OK)
        status = tn__error_raise(&journal->failure);
    else if (!is_new && journal->pid != getpid())
        status =
            tn__fail(TN_ECLOSED,
                     "this process did not open the index, so it cannot write it: it was forked");
    else
        status = begin_or_append(journal, stores, note, n_bytes, offset);
    pthread_mutex_unlock(&journal->lock);
    return status;
}

void tn__journal_close(tn__journal *journal)
{
    if (journal->descriptor >= 0)
        close(journal->descriptor);
    pthread_mutex_destroy(&journal->lock);
}
