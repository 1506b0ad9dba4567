/* SPDX-License-Identifier: MIT */
/* What lies at a path: the facts by which a kind of source recognises its data sets. */
#ifndef TENCH_DATA_ROOT_H
#define TENCH_DATA_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { TN__ROOT_HEAD = 4096, TN__ROOT_ENTRIES = 4096 };

typedef struct tn__root_facts {
    const char *path; /* borrowed */
    struct stat stat;
    /* Of a file: its first bytes. */
    uint8_t head[TN__ROOT_HEAD];
    size_t n_head;
    /* Of a folder: the names of its first TN__ROOT_ENTRIES entries, each with its NUL. They are
     * read when a kind first asks for them. */
    char *names;
    size_t n_names; /* bytes */
    bool is_listed;
    bool has_folders; /* one of them is a folder, and its name does not begin with "." */
} tn__root_facts;

/* Records errno's failure for a data set's path, which may be a URL. Returns the status. */
int tn__root_fail(const char *path);
/* TN_EIO, TN_ENOMEM, TN_EINVAL: a URL; messages name the data set. */
int tn__root_read(const char *path, tn__root_facts *out);
void tn__root_free(tn__root_facts *root);
bool tn__root_is_folder(const tn__root_facts *root);
/* 1 if the folder has an entry of that name, 0 if not; a negative status: the system cannot tell.
 */
int tn__root_has(const tn__root_facts *root, const char *name);
/* Lists the first entries of a folder, unless they are listed. A folder that this user may not
 * read, and a file, have none. */
int tn__root_list(tn__root_facts *root);
/* 1 if the name of one of the first entries ends with `suffix` and does not begin with ".", 0 if
 * none does; a negative status: the system cannot tell. */
int tn__root_has_suffix(tn__root_facts *root, const char *suffix);
/* The same, but 0 if there is a folder or an image beside: the root may be a class folder. */
int tn__root_is_folder_of(tn__root_facts *root, const char *suffix);

#endif
