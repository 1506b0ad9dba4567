/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target over files without a fuzzer: replay FILE|FOLDER… Inputs that once showed an
 * error stay in the tests, with any compiler. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "target.h"

enum { PATH_BYTES = 4096 };

static long replay_file(const char *path, long size)
{
    FILE *const file = fopen(path, "rb");
    uint8_t *const bytes = malloc((size_t)size + 1);
    if (!file || !bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    /* If the target crashes, the last line names the file. */
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
    return 1;
}

/* True for a folder. Anything but a file or a folder ends the program. */
static bool is_folder(const char *path, long *size)
{
    struct stat facts;
    if (stat(path, &facts) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    *size = (long)facts.st_size;
    return S_ISDIR(facts.st_mode);
}

/* Runs the files of a folder, but not those of folders in it. */
static long replay_folder(const char *path)
{
    long n = 0, size;
    DIR *const folder = opendir(path);
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        char inner[PATH_BYTES];
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && !is_folder(inner, &size))
            n += replay_file(inner, size);
    }
    if (folder)
        closedir(folder);
    return n;
}

static long replay(const char *path)
{
    long size;
    return is_folder(path, &size) ? replay_folder(path) : replay_file(path, size);
}

int main(int argc, char **argv)
{
    long n = 0;
    for (int a = 1; a < argc; a++)
        n += replay(argv[a]);
    printf("%ld inputs\n", n);
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
