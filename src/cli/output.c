/* SPDX-License-Identifier: MIT */
/* Files that appear complete or not at all. See output.h. */
#include "cli/output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/fail.h"

static int fail_write(const char *path)
{
    return tn__program_fail_system(errno, "%s: cannot write", path);
}

/* True for a pipe, /dev/full or /dev/stdout: these are written in place, because a rename would
 * replace them. */
static bool is_special(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && !S_ISREG(facts.st_mode);
}

/* Creates a file beside `path`. An existing file of that name would belong to another process, and
 * a link would lead elsewhere, so both make it fail. */
static int open_beside(tn__program_output *output)
{
    static unsigned n_outputs;
    const size_t size = strlen(output->path) + 48;
    output->temporary = malloc(size);
    if (!output->temporary)
        return tn__program_fail_memory("a file name", size);
    do {
        snprintf(output->temporary, size, "%s.%ld-%u.part", output->path, (long)getpid(),
                 n_outputs++);
        output->file = fopen(output->temporary, "wbxe");
    } while (!output->file && errno == EEXIST);
    if (output->file)
        return TN_OK;
    const int status = fail_write(output->path);
    free(output->temporary);
    return status;
}

int tn__program_output_open(tn__program_output *output, const char *path)
{
    *output = (tn__program_output){.path = path};
    if (!is_special(path))
        return open_beside(output);
    output->file = fopen(path, "wbe");
    return output->file ? TN_OK : fail_write(path);
}

int tn__program_output_close(tn__program_output *output, int status)
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
