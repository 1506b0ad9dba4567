/* SPDX-License-Identifier: MIT */
/* Decodes files again and again, and prints the CPU time: formats LIST REPEATS [fast|small]. Each
 * line of LIST is
 *
 *     X Y W H PATH
 *
 * a rectangle of the image, and the file. The files are in memory before the clock starts; with a
 * layout of packs, their records instead. Prints how many bytes they have, and the seconds of one
 * pass over all files: the least of REPEATS passes. See formats.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "codec/codec.h"
#include "tench.h"

enum { MAX_FILES = 4096, KEPT = 1 << 26, PATH_BYTES = 4096 };

typedef struct file_task {
    tn__bytes bytes;
    tn_px_rect need;
} file_task;

_Noreturn static void stop(const char *what, const char *path)
{
    fprintf(stderr, "formats: %s: %s\n", path, what);
    exit(EXIT_FAILURE);
}

static tn__bytes read_all(const char *path)
{
    FILE *const file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        stop("cannot read", path);
    const long size = ftell(file);
    uint8_t *const bytes = size < 0 ? NULL : calloc(1, (size_t)size + TN__READ_PADDING);
    rewind(file);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
        stop("cannot read", path);
    fclose(file);
    return (tn__bytes){bytes, (size_t)size};
}

static int read_list(const char *list, file_task *tasks)
{
    int n = 0;
    char path[PATH_BYTES];
    FILE *const file = fopen(list, "r");
    if (!file)
        stop("cannot read", list);
    for (tn_px_rect need; n < MAX_FILES && fscanf(file, "%d %d %d %d %4095[^\n]", &need.x, &need.y,
                                                  &need.w, &need.h, path) == 5;)
        tasks[n++] = (file_task){read_all(path), need};
    fclose(file);
    return n;
}

/* Packs the files. */
static void pack_all(file_task *tasks, int n, int32_t layout, tn__arena *arena)
{
    for (int k = 0; k < n; k++) {
        tn__blob record = {0};
        bool pixels;
        tn__arena_reset(arena);
        if (tn__codec_pack(tasks[k].bytes, layout, arena, &record, &pixels) != TN_OK ||
            tn__blob_add(&record, NULL, TN__READ_PADDING) != TN_OK)
            stop("a file cannot be packed", tn__error_last()->message);
        free((void *)(uintptr_t)tasks[k].bytes.data);
        tasks[k].bytes = (tn__bytes){record.bytes, record.size - TN__READ_PADDING};
    }
}

static size_t count_bytes(const file_task *tasks, int n)
{
    size_t n_bytes = 0;
    for (int k = 0; k < n; k++)
        n_bytes += tasks[k].bytes.size;
    return n_bytes;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void decode(const file_task *task, tn__arena *arena)
{
    tn__info info;
    tn_px_image image;
    int32_t damage;
    const tn__want want = {task->need, TN_RGB};
    const tn__codec *const codec = tn__codec_probe(task->bytes, NULL, INT64_MAX, &info);
    tn__arena_reset(arena);
    if (!codec ||
        tn__codec_decode(codec, task->bytes, NULL, &info, &want, arena, &image, &damage) != TN_OK)
        stop(tn__error_last()->message, "a file");
}

int main(int argc, char **argv)
{
    static file_task tasks[MAX_FILES];
    if (argc != 3 && argc != 4)
        stop("usage: formats LIST REPEATS [fast|small]", argv[0]);
    const int n = read_list(argv[1], tasks);
    tn__arena arena;
    tn__arena_init(&arena, KEPT, 0);
    if (argc == 4)
        pack_all(tasks, n, strcmp(argv[3], "fast") == 0 ? TN_PACK_FAST : TN_PACK_SMALL, &arena);
    double least = 1e9;
    for (long repeat = strtol(argv[2], NULL, 10); repeat > 0; repeat--) {
        const double begin = cpu_seconds();
        for (int k = 0; k < n; k++)
            decode(&tasks[k], &arena);
        const double seconds = cpu_seconds() - begin;
        least = seconds < least ? seconds : least;
    }
    printf("%d files, %zu bytes, %.9f s\n", n, count_bytes(tasks, n), least);
    tn__arena_free(&arena);
    for (int k = 0; k < n; k++)
        free((void *)(uintptr_t)tasks[k].bytes.data);
    return EXIT_SUCCESS;
}
