/* SPDX-License-Identifier: MIT */
/* Writes files that appear only when they are complete. See output.h. */
#include "base/output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"

int tn__output_fail(const char *path)
{
    return tn__fail_system(errno, "%s: cannot write", path);
}

/* True for a pipe, /dev/full, /dev/stdout and the like. They are written in place, because renaming
 * would replace them. */
static int is_special(const char *path)
{
    struct stat facts;
    return tn__stat(path, &facts) && !S_ISREG(facts.st_mode);
}

/* Returns a name beside `path` that no other output of any process has. NULL: no memory. */
static char *name_beside(const char *path)
{
    static atomic_uint n_outputs;
    const size_t size = strlen(path) + 48;
    char *const name = malloc(size);
    if (name)
        snprintf(name, size, "%s.%ld-%u.part", path, (long)getpid(),
                 atomic_fetch_add(&n_outputs, 1));
    else
        tn__fail_memory("a file name", size);
    return name;
}

int tn__output_open(tn__output_file *output, const char *path)
{
    *output = (tn__output_file){.path = path};
    if (is_special(path)) {
        output->file = tn__open_stream(path, "wbe");
        return output->file ? TN_OK : tn__output_fail(path);
    }
    /* An existing file belongs to another process, which was killed or runs in another container. A
     * link would lead elsewhere. */
    do {
        free(output->temporary);
        output->temporary = name_beside(path);
        if (!output->temporary)
            return tn__error_last()->code;
        output->file = tn__open_stream(output->temporary, "wbxe");
    } while (!output->file && errno == EEXIST);
    if (output->file)
        return TN_OK;
    const int status = tn__output_fail(path);
    free(output->temporary);
    return status;
}

int tn__output_close(tn__output_file *output, int status)
{
    if (status == TN_OK && (fflush(output->file) != 0 || ferror(output->file)))
        status = tn__output_fail(output->path);
    if (fclose(output->file) != 0 && status == TN_OK)
        status = tn__output_fail(output->path);
    if (!output->temporary)
        return status;
    if (status == TN_OK && rename(output->temporary, output->path) != 0)
        status = tn__output_fail(output->path);
    if (status != TN_OK)
        unlink(output->temporary);
    free(output->temporary);
    return status;
}
