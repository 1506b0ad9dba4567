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

#include "cli/cli.h"
#include "cli/fail.h"
#include "cli/output.h"

int32_t tncli_write_text(const char *path, const char *text, int64_t n_bytes)
{
    if (!path || !text || n_bytes < 0)
        return tn__program_fail(TN_EINVAL, "tncli_write_text: give a path, a text and its length");
    tn__program_output output;
    const int status = tn__program_output_open(&output, path);
    if (status != TN_OK)
        return status;
    fwrite(text, 1, (size_t)n_bytes, output.file);
    return tn__program_output_close(&output, TN_OK); /* fails if a write failed */
}

static int make_one(const char *path)
{
    struct stat facts;
    if (mkdir(path, 0777) == 0)
        return TN_OK;
    const int reason = errno; /* EEXIST does not say whether a folder is there */
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
        return TN_OK;
    return tn__program_fail_system(reason, "%s: cannot make this folder", path);
}

int32_t tncli_make_folder(const char *path)
{
    char *const partial = strdup(path);
    if (!partial)
        return tn__program_fail_memory("a folder's name", strlen(path));
    int status = TN_OK;
    for (char *slash = partial; status == TN_OK && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        status = make_one(partial);
        *slash = '/';
    }
    free(partial);
    return status == TN_OK ? make_one(path) : status;
}

int32_t tncli_folder_used(const char *path)
{
    DIR *const folder = opendir(path);
    if (!folder && errno == ENOENT)
        return 0;
    if (!folder)
        return tn__program_fail_system(errno, "%s: cannot read this folder", path);
    int32_t used = 0;
    const struct dirent *entry;
    while (errno = 0, !used && (entry = readdir(folder)))
        used = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    if (!used && errno)
        used = tn__program_fail_system(errno, "%s: cannot read this folder", path);
    closedir(folder);
    return used;
}

static int32_t check_access(const char *output, const char *place, int access)
{
    if (faccessat(AT_FDCWD, place, access, AT_EACCESS) == 0)
        return TN_OK;
    return tn__program_fail_system(errno, "%s: cannot write", output);
}

/* Cuts the path down to its folder; the buffer has space for ".". False: there is no folder above.
 */
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

/* Checks that files can be created in the nearest existing folder above the path. */
static int32_t check_above(const char *path)
{
    struct stat facts;
    char *const above = malloc(strlen(path) + 2);
    if (!above)
        return tn__program_fail_memory("a folder's name", strlen(path));
    memcpy(above, path, strlen(path) + 1);
    while (go_up(above) && stat(above, &facts) != 0)
        continue;
    const int32_t status = check_access(path, above, W_OK | X_OK);
    free(above);
    return status;
}

int32_t tncli_check_file(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0 || S_ISREG(facts.st_mode))
        return check_above(path); /* an existing file will be replaced */
    if (S_ISDIR(facts.st_mode))
        return tn__program_fail_system(EISDIR, "%s: cannot write", path);
    return check_access(path, path, W_OK);
}

int32_t tncli_check_folder(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return check_above(path);
    return check_access(path, path, W_OK | X_OK);
}

int32_t tncli_path_kind(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return 0;
    return S_ISDIR(facts.st_mode) ? 1 : 2;
}
