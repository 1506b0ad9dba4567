/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads IDX files, as they are and with gzip.
 *
 * An input is the file of the images, and its last byte says whether it is packed. The file of the
 * labels is right for up to 64 images, if the images' head tells so many. For any contents, what
 * the reader accepts can be read and decoded, and has labels that are classes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target.h"
#include "tench.h"

enum { MOST_IMAGES = 64, LABELS_HEAD = 8 };
static const char *const names[] = {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz",
                                    "train-labels-idx1-ubyte"};
static char folder[] = "/dev/shm/tench-fuzz-XXXXXX";

static const char *path_of(int which)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, names[which]);
    return path;
}

static void remove_folder(void)
{
    for (int which = 0; which < 3; which++)
        (void)unlink(path_of(which));
    rmdir(folder);
}

static void require(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, tn_error());
    abort();
}

static void write_file(int which, const void *bytes, size_t n)
{
    FILE *const file = fopen(path_of(which), "wb");
    require(file && fwrite(bytes, 1, n, file) == n, "no memory file");
    fclose(file);
}

/* Writes labels for as many images as the head of an unpacked file tells, or else for two. */
static void write_labels(const uint8_t *images, size_t size)
{
    uint8_t bytes[LABELS_HEAD + MOST_IMAGES] = {0, 0, 8, 1};
    const uint8_t n = size >= 8 && images[7] <= MOST_IMAGES ? images[7] : 2;
    bytes[7] = n;
    for (int i = 0; i < n; i++)
        bytes[LABELS_HEAD + i] = (uint8_t)(i % 10);
    write_file(2, bytes, LABELS_HEAD + (size_t)n);
}

static void check(const tn_dataset *dataset)
{
    const int64_t n = tn_dataset_count(dataset);
    for (int64_t sample = 0; sample < n; sample++) {
        const int64_t label = tn_dataset_label(dataset, sample);
        require(label >= 0 && label < tn_dataset_classes(dataset), "a class out of range");
        tn_image *const image = tn_dataset_image(dataset, sample);
        require(image != NULL, "an image that cannot be decoded");
        tn_image_destroy(image);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static int made;
    if (size == 0)
        return 0;
    if (!made) {
        require(mkdtemp(folder) != NULL, "no folder");
        atexit(remove_folder);
        made = 1;
    }
    const int packed = bytes[size - 1] & 1;
    (void)unlink(path_of(!packed));
    write_file(packed, bytes, size - 1);
    write_labels(bytes, size - 1);
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = folder,
                                        .split = "train",
                                        .source = "mnist",
                                        .threads = 1};
    tn_dataset *const dataset = tn_dataset_create(&options);
    if (dataset)
        check(dataset);
    tn_dataset_destroy(dataset);
    return 0;
}
