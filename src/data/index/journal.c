/* SPDX-License-Identifier: MIT */
/* Writing a journal. See journal.h. */
#include "data/index/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "base/write.h"
#include "data/index/store.h"

void tn__journal_init(tn__journal *journal)
{
    *journal = (tn__journal){.descriptor = -1, .shelf = {.folder = -1}};
    pthread_mutex_init(&journal->lock, NULL);
}

/* A new file in the shelf's folder. */
static int make_file(tn__journal *journal, const char *root, int which)
{
    if (tn__shelf_open(root, which, true, &journal->shelf) != TN_OK)
        return TN_EIO;
    tn__text path = {0};
    tn__text_printf(&path, "%s/%s", journal->shelf.path, TN__JOURNAL_FORM);
    if (path.failed)
        return tn__fail_memory("a path", strlen(root));
    journal->descriptor =
        mkostemps(path.chars, (int)strlen(TN__JOURNAL_SUFFIX), O_CLOEXEC | O_APPEND);
    int status = TN_OK;
    if (journal->descriptor >= 0)
        memcpy(journal->name, strrchr(path.chars, '/') + 1, sizeof journal->name);
    else
        status = tn__fail_system(errno, "%s", journal->shelf.path);
    tn__text_free(&path);
    return status;
}

/* Makes the file and locks it, with its head in it. Somebody may look, with the lock, whether the
 * file is a journal that was left behind: without a head it is none. */
static int begin(tn__journal *journal, const char *root)
{
    int status = make_file(journal, root, TN__SHELF_BESIDE);
    if (status == TN_EIO) {
        tn__error beside;
        tn__error_take(&beside);
        tn__shelf_close(&journal->shelf);
        status = make_file(journal, root, TN__SHELF_CACHE);
        if (status == TN_EIO)
            tn__fail(TN_EIO, "no place to keep an index: %s; %s", beside.message, tn_error());
    }
    uint8_t head[TN__STORE_HEAD];
    tn__journal_head(head);
    if (status == TN_OK &&
        (fchmod(journal->descriptor, 0644) != 0 || flock(journal->descriptor, LOCK_EX) != 0 ||
         !tn__write_all(journal->descriptor, head, sizeof head)))
        status = tn__fail_system(errno, "%s/%s", journal->shelf.path, journal->name);
    if (status != TN_OK && journal->descriptor >= 0)
        unlinkat(journal->shelf.folder, journal->name, 0);
    journal->end = TN__STORE_HEAD;
    journal->pid = getpid();
    return status;
}

/* What was written of a record that did not go in whole is cut off again. */
static int append(tn__journal *journal, const uint8_t *record, size_t n_bytes)
{
    if (tn__write_all(journal->descriptor, record, n_bytes)) {
        journal->end += (int64_t)n_bytes;
        return TN_OK;
    }
    const int reason = errno;
    const int cut = ftruncate(journal->descriptor, (off_t)journal->end);
    (void)cut; /* where that fails too, readers stop at the part of a record */
    return tn__fail_system(reason, "%s/%s", journal->shelf.path, journal->name);
}

/* Under the lock. */
static int begin_or_append(tn__journal *journal, const char *root, const uint8_t *record,
                           size_t n_bytes, int64_t *offset)
{
    int status = journal->descriptor < 0 ? begin(journal, root) : TN_OK;
    *offset = journal->end;
    if (status == TN_OK)
        status = append(journal, record, n_bytes);
    if (status != TN_OK)
        tn__error_take(&journal->failure);
    return status;
}

int tn__journal_add(tn__journal *journal, const char *root, const uint8_t *record, size_t n_bytes,
                    int64_t *offset)
{
    pthread_mutex_lock(&journal->lock);
    const bool is_new = journal->descriptor < 0;
    int status = TN_OK;
    if (journal->failure.code != TN_OK)
        status = tn__error_raise(&journal->failure);
    else if (!is_new && journal->pid != getpid())
        status = tn__fail(TN_ECLOSED, "the index is another process's: it cannot be written here");
    else
        status = begin_or_append(journal, root, record, n_bytes, offset);
    pthread_mutex_unlock(&journal->lock);
    return status;
}

void tn__journal_close(tn__journal *journal)
{
    if (journal->descriptor >= 0)
        close(journal->descriptor);
    tn__shelf_close(&journal->shelf);
    pthread_mutex_destroy(&journal->lock);
}
