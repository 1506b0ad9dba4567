/* SPDX-License-Identifier: MIT */
/* Keeps one file in memory, and writes each input into it. See memory.h. */
#include "memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/write.h"

static int memory = -1;

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

int memory_file(const uint8_t *bytes, size_t size)
{
    if (memory < 0)
        memory = memfd_create("input", MFD_CLOEXEC);
    expect(memory >= 0 && ftruncate(memory, 0) == 0 && lseek(memory, 0, SEEK_SET) == 0 &&
               tn__write_all(memory, bytes, size),
           "a file in memory");
    return memory;
}

/* The file can be opened below /proc/self/fd. */
static void name_file(const void *context, uint32_t file, char out[TN__NAME_BYTES])
{
    (void)context;
    (void)file;
    snprintf(out, TN__NAME_BYTES, "%d", memory);
}

tn__files *memory_files(void)
{
    static tn__files files;
    if (files.n == 0) {
        files = (tn__files){
            .folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY), .n = 1, .name = name_file};
        expect(files.folder >= 0 && tn__files_make(&files) == TN_OK, "/proc/self/fd");
    }
    return &files;
}
