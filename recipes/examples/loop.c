/* SPDX-License-Identifier: MIT */
/* One epoch of training batches, in C:
 *
 *     cc loop.c $(pkg-config --cflags --libs tench) -o loop && ./loop DATASET */
#include <stdio.h>
#include <tench.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: loop DATASET\n");
        return 1;
    }
    tn_dataset_options data = {.size = sizeof data, .root = argv[1]};
    tn_loader_options options = {.size = sizeof options, .batch_size = 32, .order = "feistel-1"};
    tn_dataset *dataset = tn_dataset_create(&data);
    tn_transform *transform =
        tn_transform_create("random_resized_crop size=224; hflip; normalize; convert dtype=f32");
    tn_loader *loader = NULL;
    if (dataset && transform)
        loader = tn_loader_create(dataset, transform, &options);

    int status = loader ? tn_loader_start(loader, 0) : TN_EINVAL;
    tn_batch batch = {.size = sizeof batch};
    while (status == TN_OK && (status = tn_loader_next(loader, &batch, -1)) == TN_OK) {
        /* The memory of a batch is valid until the next call of tn_loader_next. */
        const float *pixels = batch.tensors[0]->data;
        const int64_t *labels = batch.tensors[1]->data;
        printf("batch %lld: %d images, first value %.3f, first class %s\n", (long long)batch.number,
               batch.n_rows, (double)pixels[0], tn_dataset_class_name(dataset, labels[0]));
    }
    if (status != TN_END)
        fprintf(stderr, "%s\n", tn_error());

    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    return status == TN_END ? 0 : 1;
}
