/* SPDX-License-Identifier: MIT */
/* Output files and folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/folder.h"
#include "base/open.h"
#include "base/output.h"
#include "cli/cli.h"

int32_t tncli_write_text(const char *path, const char *text, int64_t n_bytes)
{
    if (!path || !text || n_bytes < 0)
        return tn__fail(TN_EINVAL, "tncli_write_text: path, text and its length are required");
    tn__output_file output;
    int status = tn__output_open(&output, path);
    if (status != TN_OK)
        return status;
    if (fwrite(text, 1, (size_t)n_bytes, output.file) != (size_t)n_bytes)
        status = tn__output_fail(path);
    return tn__output_close(&output, status);
}

int32_t tncli_make_folder(const char *path)
{
    bool made;
    return tn__folder_make(path, &made);
}

int32_t tncli_folder_used(const char *path)
{
    DIR *const folder = tn__open_folder(path);
    if (!folder && errno == ENOENT)
        return 0;
    if (!folder)
        return tn__fail_system(errno, "%s: cannot read this folder", path);
    int32_t used = tn__next_entry(folder) != NULL;
    if (!used && errno)
        used = tn__fail_system(errno, "%s: cannot read this folder", path);
    closedir(folder);
    return used;
}

static int32_t check_access(const char *output, const char *place, int access)
{
    if (faccessat(AT_FDCWD, place, access, AT_EACCESS) == 0)
        return TN_OK;
    return tn__fail_system(errno, "%s: cannot write", output);
}

/* Leaves the folder in which the path lies; there is room for ".". False: there is none above. */
static bool go_up(char *path)
{
    if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0)
        return false;
    char *const slash = strrchr(path, '/');
    if (!slash)
        memcpy(path, ".", 2);
    else
        slash[slash == path] = '\0';
    return true;
}

/* Names can be made in the nearest folder above the path that is there. */
static int32_t check_above(const char *path)
{
    struct stat facts;
    char *const above = malloc(strlen(path) + 2);
    if (!above)
        return tn__fail_memory("a folder's name", strlen(path));
    memcpy(above, path, strlen(path) + 1);
    while (go_up(above) && !tn__stat(above, &facts))
        continue;
    const int32_t status = check_access(path, above, W_OK | X_OK);
    free(above);
    return status;
}

int32_t tncli_check_file(const char *path)
{
    struct stat facts;
    if (!tn__stat(path, &facts) || S_ISREG(facts.st_mode))
        return check_above(path); /* a file that is there is replaced */
    if (S_ISDIR(facts.st_mode))
        return tn__fail_system(EISDIR, "%s: cannot write", path);
    return check_access(path, path, W_OK);
}

int32_t tncli_check_folder(const char *path)
{
    struct stat facts;
    return tn__stat(path, &facts) ? check_access(path, path, W_OK | X_OK) : check_above(path);
}

int32_t tncli_path_kind(const char *path)
{
    struct stat facts;
    if (!tn__stat(path, &facts))
        return 0;
    return S_ISDIR(facts.st_mode) ? 1 : 2;
}
