/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads lists of samples.
 *
 * An input is a list. Its last byte selects the format, the kind of labels, and whether there are
 * weights. What the reader accepts has paths as names, labels that are classes, and weights that
 * are finite. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "target.h"
#include "tench.h"

static void require(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s\n", what, tn_error());
    abort();
}

static void check_label(const tn_dataset *dataset, int64_t sample)
{
    tn_label label = {.size = (int32_t)sizeof label};
    require(tn_dataset_label_of(dataset, sample, &label) == TN_OK, "no label");
    const int32_t classes = tn_dataset_classes(dataset);
    if (label.kind == TN_LABEL_INT)
        require(label.value >= -1 && label.value < classes, "a class out of range");
    for (int64_t i = 0; label.kind == TN_LABEL_INTS && i < label.n; i++)
        require(label.ints[i] >= 0 && label.ints[i] < classes, "a class out of range");
    for (int64_t i = 0; label.kind == TN_LABEL_FLOATS && i < label.n; i++)
        require(label.floats[i] == label.floats[i], "a number that is none");
    if (label.kind == TN_LABEL_TEXT)
        require((int64_t)strlen(label.text) == label.n, "a text of another length");
}

static void check(const tn_dataset *dataset)
{
    const int64_t n = tn_dataset_count(dataset);
    require(n > 0, "a list without samples");
    for (int64_t sample = 0; sample < n; sample++) {
        const char *const name = tn_dataset_sample_name(dataset, sample);
        require(name && name[0] && strlen(name) < 4096, "a name of a wrong length");
        check_label(dataset, sample);
        const double weight = tn_dataset_weight(dataset, sample);
        require(weight >= 0.0 && weight < 1e39, "a weight out of range");
    }
    for (int32_t label = 0; label < tn_dataset_classes(dataset); label++)
        require(tn_dataset_class_name(dataset, label) != NULL, "a class without a name");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const formats[] = {"csv", "tsv", "jsonl"};
    static const char *const labels[] = {"auto", "class", "classes", "numbers", "weights", "text"};
    if (size == 0)
        return 0;
    const int choice = bytes[size - 1];
    const int file = memfd_create("list", MFD_CLOEXEC);
    require(file >= 0 && write(file, bytes, size - 1) == (ssize_t)(size - 1), "no memory file");
    const bool has_pairs = choice > 240;
    const char *const format = has_pairs ? "stylegan" : formats[choice % 3];
    const char *const weight = choice < 3 * 18 || has_pairs ? ""
                               : choice % 3 == 2            ? " weight=w"
                                                            : " weight=2";
    char path[64], source[96];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    snprintf(source, sizeof source, "list folder=/ format=%s labels=%s%s", format,
             labels[choice / 3 % 6], weight);
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .root = path, .source = source, .threads = 1};
    tn_dataset *const dataset = tn_dataset_create(&options);
    if (dataset)
        check(dataset);
    tn_dataset_destroy(dataset);
    close(file);
    return 0;
}
