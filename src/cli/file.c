/* SPDX-License-Identifier: MIT */
/* Output files and folders. */
#include <dirent.h>
#include <errno.h>
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

int32_t tncli_path_kind(const char *path)
{
    struct stat facts;
    if (!tn__stat(path, &facts))
        return 0;
    return S_ISDIR(facts.st_mode) ? 1 : 2;
}
