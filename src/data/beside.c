/* SPDX-License-Identifier: MIT */
/* Counts the containers of other kinds in a folder. See beside.h. */
#include "data/beside.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"
#include "data/scan.h"
#include "data/tfrecord/names.h"

/* Endings of names, and the number of the kind of source that opens such files. tench opens no
 * compressed tar, but such a file has samples that the user may miss. */
enum { NONE, TAR, ZIP, PARQUET, LMDB, COMPRESSED_TAR, TFRECORD };
static const struct {
    const char *suffix;
    int kind;
} endings[] = {{".tar", TAR},
               {".zip", ZIP},
               {".parquet", PARQUET},
               {".mdb", LMDB},
               {".tar.gz", COMPRESSED_TAR},
               {".tgz", COMPRESSED_TAR},
               {".tar.bz2", COMPRESSED_TAR},
               {".tar.xz", COMPRESSED_TAR},
               {".tar.zst", COMPRESSED_TAR}};

static int kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (tn__ends_with(name, endings[i].suffix))
            return endings[i].kind;
    return tn__tfrecord_has_extension(name) ? TFRECORD : NONE;
}

/* Counts an entry. */
static int take(DIR *stream, const struct dirent *entry, int own, int64_t *n, char **first)
{
    const int kind = kind_of(entry->d_name);
    const bool is_lock = strcmp(entry->d_name, "lock.mdb") == 0;
    if (entry->d_name[0] == '.' || kind == NONE || kind == own || is_lock)
        return TN_OK;
    const int is_folder = tn__scan_is_folder(dirfd(stream), entry);
    if (is_folder != 0)
        return is_folder < 0 ? is_folder : TN_OK;
    ++*n;
    if (*first && strcmp(*first, entry->d_name) <= 0)
        return TN_OK;
    free(*first);
    *first = strdup(entry->d_name);
    return *first ? TN_OK : tn__fail_memory("a name", strlen(entry->d_name));
}

int tn__beside_count(const char *folder, const tn__shards *own, int64_t *n, char **first)
{
    *n = 0;
    *first = NULL;
    DIR *const stream = tn__open_folder(folder);
    if (!stream)
        return tn__fail_errno(errno);
    const int kind = own->n > 0 ? kind_of(own->names[0]) : NONE;
    const struct dirent *entry;
    int status = TN_OK;
    while (status == TN_OK && (entry = tn__next_entry(stream)))
        status = take(stream, entry, kind, n, first);
    if (status == TN_OK && errno != 0)
        status = tn__fail_errno(errno);
    closedir(stream);
    return status;
}
