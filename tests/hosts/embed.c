/* SPDX-License-Identifier: MIT */
/* A complete C program with tench: data set, transform, loader, loop. It uses nothing but tench.h.
 *
 *     cc embed.c $(pkg-config --cflags --libs tench) && ./a.out DATASET */
#include <stdio.h>
#include <tench.h>

static int report(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, tn_error());
    return 1;
}

static int run_epoch(tn_loader *loader, const tn_dataset *dataset)
{
    tn_batch batch = {.size = sizeof batch};
    int32_t status = tn_loader_start(loader, 1);
    while (status == TN_OK && (status = tn_loader_next(loader, &batch, -1)) == TN_OK) {
        const tn_tensor *image = batch.tensors[0], *label = batch.tensors[1];
        const float *pixels = image->data;
        const int64_t *labels = label->data;
        printf("batch %lld: %d images of %lldx%lld, first value %.3f, first class %s\n",
               (long long)batch.number, batch.n_rows, (long long)image->shape[3],
               (long long)image->shape[2], (double)pixels[0],
               tn_dataset_class_name(dataset, labels[0]));
    }
    return status == TN_END ? 0 : report("epoch");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s DATASET\n", argv[0]);
        return 2;
    }
    tn_dataset_options data = {.size = sizeof data, .root = argv[1]};
    tn_loader_options options = {
        .size = sizeof options, .batch_size = 4, .order = "feistel-1", .seed = 42};
    tn_dataset *dataset = tn_dataset_create(&data);
    tn_transform *transform = tn_transform_create(
        "random_resized_crop size=64; hflip p=0.5; normalize; convert dtype=f32");
    tn_loader *loader = NULL;
    if (dataset && transform)
        loader = tn_loader_create(dataset, transform, &options);

    int failed = loader ? run_epoch(loader, dataset) : report("set-up");
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    return failed;
}
