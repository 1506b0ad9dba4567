/* SPDX-License-Identifier: MIT */
/* Output files and folders. A full disk or a kill leaves no half of a file under its name. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/program.h"

static int fail_write(const char *path)
{
    return tn__fail(TN_EIO, "%s: cannot write: %s", path, strerror(errno));
}

/* Something that is there and no regular file (a pipe, /dev/full, /dev/stdout) is written in place:
 * renaming would replace it. */
static int is_special(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && !S_ISREG(facts.st_mode);
}

int tn__output_open(tn__output *output, const char *path)
{
    *output = (tn__output){.path = path};
    if (!is_special(path)) {
        const size_t size = strlen(path) + 32;
        output->temporary = malloc(size);
        if (!output->temporary)
            return tn__fail_memory("a file name", size);
        snprintf(output->temporary, size, "%s.%ld.part", path, (long)getpid());
    }
    output->file = fopen(output->temporary ? output->temporary : path, "wbe");
    if (output->file)
        return TN_OK;
    const int status = fail_write(path);
    free(output->temporary);
    return status;
}

int tn__output_close(tn__output *output, int status)
{
    if (status == TN_OK && (fflush(output->file) != 0 || ferror(output->file)))
        status = fail_write(output->path);
    if (fclose(output->file) != 0 && status == TN_OK)
        status = fail_write(output->path);
    if (!output->temporary)
        return status;
    if (status == TN_OK && rename(output->temporary, output->path) != 0)
        status = fail_write(output->path);
    if (status != TN_OK)
        unlink(output->temporary);
    free(output->temporary);
    return status;
}

int32_t tncli_write_text(const char *path, const char *text, int64_t n_bytes)
{
    if (!path || !text || n_bytes < 0)
        return tn__fail(TN_EINVAL, "tncli_write_text: path, text and its length are required");
    tn__output output;
    int status = tn__output_open(&output, path);
    if (status != TN_OK)
        return status;
    if (fwrite(text, 1, (size_t)n_bytes, output.file) != (size_t)n_bytes)
        status = fail_write(path);
    return tn__output_close(&output, status);
}

static int make_one(const char *path)
{
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && tncli_path_kind(path) == 1))
        return TN_OK;
    return tn__fail(TN_EIO, "%s: cannot make this folder: %s", path, strerror(errno));
}

int32_t tncli_make_folder(const char *path)
{
    char *const partial = strdup(path);
    if (!partial)
        return tn__fail_memory("a folder name", strlen(path));
    int status = TN_OK;
    for (char *slash = strchr(partial + 1, '/'); slash && status == TN_OK;
         slash = strchr(slash + 1, '/')) {
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
        return tn__fail(TN_EIO, "%s: cannot read this folder: %s", path, strerror(errno));
    int32_t used = 0;
    for (const struct dirent *entry = readdir(folder); entry && !used; entry = readdir(folder))
        used = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return used;
}

int32_t tncli_path_kind(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return 0;
    return S_ISDIR(facts.st_mode) ? 1 : 2;
}
