/* SPDX-License-Identifier: MIT */
/* CIFAR and MNIST: files of a few images that this test writes, as they are and with gzip, and
 * files that are wrong. */
#include <check.h>
#include <string.h>
#include <zlib.h>

#include "suite.h"
#include "tree.h"

enum { CIFAR = 3 * 32 * 32, W = 5, H = 4, MOST = 1 << 15 };

static tree here;

static void set_up(void)
{
    here = tree_make();
}

static void tear_down(void)
{
    tree_remove(&here);
}

/* The value of a pixel of image `i`, in channel c. */
static uint8_t value(int i, int c, int y, int x)
{
    return (uint8_t)(31 * i + 67 * c + 7 * y + x);
}

static void write_packed(const char *path, const void *bytes, size_t n)
{
    tree_folder(&here, path);
    gzFile file = gzopen(tree_path(&here, path), "wb");
    ck_assert_int_eq(gzwrite(file, bytes, (unsigned)n), (int)n);
    ck_assert_int_eq(gzclose(file), Z_OK);
}

static void write_file(const char *path, const void *bytes, size_t n, bool packed)
{
    char name[128];
    snprintf(name, sizeof name, "%s%s", path, packed ? ".gz" : "");
    if (packed)
        write_packed(name, bytes, n);
    else
        tree_write(&here, name, bytes, n);
}

/* Writes n images from number `first` on. Their labels count from it, modulo `classes`; with a
 * coarse label before the fine one, modulo 20. */
static void write_cifar(const char *path, int first, int n, int classes, bool coarse, bool packed)
{
    static uint8_t bytes[MOST];
    uint8_t *at = bytes;
    for (int i = first; i < first + n; i++) {
        if (coarse)
            *at++ = (uint8_t)(i % 20);
        *at++ = (uint8_t)(i % classes);
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < 32; y++)
                for (int x = 0; x < 32; x++)
                    *at++ = value(i, c, y, x);
    }
    write_file(path, bytes, (size_t)(at - bytes), packed);
}

static void write_names(const char *path, const char *prefix, int n)
{
    char text[2048] = "";
    for (int i = 0; i < n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d\n", prefix, i);
    snprintf(text + strlen(text), sizeof text - strlen(text), "\n");
    tree_write(&here, path, text, strlen(text));
}

/* CIFAR-10 of two images a file, numbers 0 to 11. */
static void write_cifar10(const char *folder, bool packed)
{
    char path[64];
    for (int b = 0; b < 6; b++) {
        snprintf(path, sizeof path, b < 5 ? "%sdata_batch_%d.bin" : "%stest_batch.bin", folder,
                 b + 1);
        write_cifar(path, 2 * b, 2, 10, false, packed);
    }
    snprintf(path, sizeof path, "%sbatches.meta.txt", folder);
    write_names(path, "thing", 10);
}

static tn_dataset *open_split(const char *source, const char *split)
{
    tn_dataset_options options = tree_options(&here);
    options.source = source;
    options.split = split;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

/* Sample `sample` is image `i`, of so many channels. */
static void check_image(const tn_dataset *dataset, int64_t sample, int i, int w, int h,
                        int channels)
{
    static uint8_t pixels[CIFAR];
    tn_image *const image = tn_dataset_image(dataset, sample);
    ck_assert_msg(image != NULL, "%s", tn_error());
    ck_assert_msg(tn_image_copy(image, pixels, (int64_t)w * h * 3) == TN_OK, "%s", tn_error());
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int c = 0; c < 3; c++)
                ck_assert_int_eq(pixels[(y * w + x) * 3 + c],
                                 value(i, channels == 1 ? 0 : c, y, x));
    tn_image_destroy(image);
}

START_TEST(cifar10)
{
    write_cifar10(_i % 2 ? "cifar-10-batches-bin/" : "", _i / 2);
    tn_dataset *dataset = open_split(NULL, NULL);
    ck_assert_int_eq(tn_dataset_count(dataset), 12);
    ck_assert_int_eq(tn_dataset_classes(dataset), 10);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 9), "thing9");
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 3), "train/00003");
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 11), "test/00001");
    for (int i = 0; i < 12; i++) {
        ck_assert_int_eq(tn_dataset_label(dataset, i), i % 10);
        check_image(dataset, i, i, 32, 32, 3);
    }
    tn_dataset_destroy(dataset);
    dataset = open_split("cifar10", "test");
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    ck_assert_str_eq(tn_dataset_split(dataset), "test");
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 1), "00001");
    check_image(dataset, 1, 11, 32, 32, 3);
    tn_dataset_destroy(dataset);
    const tn_dataset_options options = tree_options(&here);
    ck_assert_str_eq(tn_dataset_splits(&options), "test train");
}
END_TEST

START_TEST(cifar100)
{
    write_cifar("cifar-100-binary/train.bin", 0, 3, 100, true, false);
    write_cifar("cifar-100-binary/test.bin", 97, 2, 100, true, false);
    write_names("cifar-100-binary/fine_label_names.txt", "fine", 100);
    write_names("cifar-100-binary/coarse_label_names.txt", "coarse", 20);
    tn_dataset *dataset = open_split(NULL, "test");
    ck_assert_int_eq(tn_dataset_classes(dataset), 100);
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 98);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 98), "fine98");
    check_image(dataset, 1, 98, 32, 32, 3);
    tn_dataset_destroy(dataset);
    dataset = open_split("cifar100 label=coarse", "test");
    ck_assert_int_eq(tn_dataset_classes(dataset), 20);
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 18);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 18), "coarse18");
    tn_dataset_destroy(dataset);
}
END_TEST

static void put_big(uint8_t *at, uint32_t number)
{
    for (int b = 0; b < 4; b++)
        at[b] = (uint8_t)(number >> (24 - 8 * b));
}

/* Writes the two files of a split: images and labels from number `first` on. */
static void write_mnist(const char *folder, const char *split, int first, int n, bool packed)
{
    static uint8_t bytes[MOST];
    char path[96];
    put_big(bytes, 0x803);
    put_big(bytes + 4, (uint32_t)n);
    put_big(bytes + 8, H);
    put_big(bytes + 12, W);
    for (int i = 0; i < n * H * W; i++)
        bytes[16 + i] = value(first + i / (H * W), 0, i / W % H, i % W);
    snprintf(path, sizeof path, "%s%s-images-idx3-ubyte", folder, split);
    write_file(path, bytes, 16 + (size_t)(n * H * W), packed);
    put_big(bytes, 0x801);
    for (int i = 0; i < n; i++)
        bytes[8 + i] = (uint8_t)((first + i) % 10);
    snprintf(path, sizeof path, "%s%s-labels-idx1-ubyte", folder, split);
    write_file(path, bytes, 8 + (size_t)n, packed);
}

START_TEST(mnist)
{
    static const char *const folders[] = {"", "MNIST/raw/", "raw/", "FashionMNIST/raw/"};
    const bool is_fashion = _i / 2 == 3;
    write_mnist(folders[_i / 2], "train", 0, 3, _i % 2);
    write_mnist(folders[_i / 2], "t10k", 8, 2, _i % 2);
    tn_dataset *dataset = open_split(NULL, NULL);
    ck_assert_int_eq(tn_dataset_count(dataset), 5);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 9), is_fashion ? "Ankle boot" : "9");
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 4), "test/00001");
    ck_assert_int_eq(tn_dataset_label(dataset, 4), 9);
    for (int i = 0; i < 5; i++)
        check_image(dataset, i, i < 3 ? i : i + 5, W, H, 1);
    tn_image_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_dataset_probe(dataset, 0, &info), TN_OK);
    ck_assert(info.width == W && info.height == H && info.channels == 1);
    tn_dataset_destroy(dataset);
    dataset = open_split(is_fashion ? "torch/fashion_mnist" : "torch/mnist", "train");
    ck_assert_int_eq(tn_dataset_count(dataset), 3);
    check_image(dataset, 2, 2, W, H, 1);
    tn_dataset_destroy(dataset);
}
END_TEST

static void refuse(const char *source, int code, const char *message)
{
    tn_dataset_options options = tree_options(&here);
    options.source = source;
    tree_refuse(&options, code, message);
}

/* timm evaluates on the test split, whatever name for validation it is given. */
START_TEST(validation_is_the_test_split)
{
    static const char *const names[] = {"val", "valid", "validation", "eval", "evaluation"};
    write_cifar10("", false);
    write_mnist("raw/", "train", 0, 3, false);
    write_mnist("raw/", "t10k", 8, 2, false);
    const char *const source = _i ? "mnist" : "cifar10";
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        tn_dataset *const dataset = open_split(source, names[n]);
        ck_assert_str_eq(tn_dataset_split(dataset), "test");
        ck_assert_int_eq(tn_dataset_count(dataset), 2);
        tn_dataset_destroy(dataset);
    }
    tn_dataset_options options = tree_options(&here);
    options.source = source;
    options.split = "validation";
    options.split_rule = TN_SPLIT_IF_THERE;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_str_eq(tn_dataset_split(dataset), "test");
    tn_dataset_destroy(dataset);
    options.split = "holdout";
    options.split_rule = TN_SPLIT_MUST;
    tree_refuse(&options, TN_EINVAL, "has no split \"holdout\"; its splits are test, train");
}
END_TEST

START_TEST(wrong_cifar_is_named)
{
    write_cifar10("", false);
    write_cifar("data_batch_3.bin", 0, 1, 10, true, false);
    refuse(NULL, TN_EDECODE,
           "data_batch_3.bin: has 3074 bytes; that is not a whole number of images");
    write_cifar("data_batch_3.bin", 10, 1, 99, false, false);
    refuse(NULL, TN_EDECODE, "image train/00004 has the label 10; there are 10 classes");
    write_names("batches.meta.txt", "thing", 9);
    write_cifar("data_batch_3.bin", 0, 1, 10, false, false);
    refuse(NULL, TN_EDECODE, "batches.meta.txt: has 9 classes; CIFAR-10 has 10");
    ck_assert_int_eq(unlink(tree_path(&here, "data_batch_4.bin")), 0);
    refuse(NULL, TN_EIO,
           "data_batch_4.bin: no such file, nor one with .gz after its name; the files of all");
    tn_dataset_options options = tree_options(&here);
    options.class_map = "x.txt";
    tree_refuse(&options, TN_EINVAL, "CIFAR-10 has its classes");
    refuse("cifar100", TN_EINVAL, "has no CIFAR-100: it needs the files of cifar-100-binary");
}
END_TEST

START_TEST(wrong_mnist_is_named)
{
    static const uint8_t no_idx[16] = {0, 0, 8, 1};
    write_mnist("", "train", 0, 3, false);
    refuse(NULL, TN_EIO, "t10k-images-idx3-ubyte: no such file, nor one with .gz after its name");
    tree_write(&here, "t10k-images-idx3-ubyte", no_idx, 16);
    refuse(NULL, TN_EDECODE, "t10k-images-idx3-ubyte: is not an IDX file of bytes with 3 sizes");
    uint8_t head[16 + 3] = {0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    tree_write(&here, "t10k-images-idx3-ubyte", head, sizeof head);
    refuse(NULL, TN_EDECODE, "its sizes are too large");
    put_big(head + 4, 1);
    put_big(head + 8, 1);
    put_big(head + 12, 2);
    tree_write(&here, "t10k-images-idx3-ubyte", head, sizeof head);
    refuse(NULL, TN_EDECODE, "has 3 bytes of values, but its sizes make 2");
    write_mnist("", "t10k", 0, 2, false);
    write_mnist("", "train", 0, 3, false);
    tree_write(&here, "t10k-labels-idx1-ubyte", (uint8_t[]){0, 0, 8, 1, 0, 0, 0, 1, 7}, 9);
    refuse(NULL, TN_EDECODE, "has 1 labels for 2 images");
    put_big(head + 12, 3);
    tree_write(&here, "t10k-images-idx3-ubyte", head, sizeof head);
    refuse(NULL, TN_EDECODE, "has images of another size than the other split");
    put_big(head + 4, 0);
    tree_write(&here, "t10k-images-idx3-ubyte", head, 16);
    tree_write(&here, "t10k-labels-idx1-ubyte", (uint8_t[]){0, 0, 8, 1, 0, 0, 0, 0}, 8);
    tn_dataset_options none = tree_options(&here);
    none.split = "test";
    tree_refuse(&none, TN_EDECODE, "its files have no images");
    put_big(head + 4, 1);
    tree_write(&here, "t10k-images-idx3-ubyte", head, sizeof head);
    tree_write(&here, "t10k-labels-idx1-ubyte", (uint8_t[]){0, 0, 8, 1, 0, 0, 0, 1, 10}, 9);
    tn_dataset_options options = tree_options(&here);
    options.split = "test";
    tree_refuse(&options, TN_EDECODE, "image 00000 has the label 10");
    refuse("fashion_mnist path=/nowhere/at/all", TN_EINVAL, "give one of them");
}
END_TEST

/* A gzip file that is cut off, damaged, or followed by more. */
START_TEST(wrong_gzip_is_named)
{
    static const char path[] = "train-labels-idx1-ubyte.gz";
    static uint8_t bytes[256];
    write_mnist("", "train", 0, 3, true);
    write_mnist("", "t10k", 0, 3, true);
    FILE *file = fopen(tree_path(&here, path), "rb");
    const size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    tree_write(&here, path, bytes, n - 1);
    refuse(NULL, TN_EDECODE, "train-labels-idx1-ubyte.gz: is cut off");
    tree_write(&here, path, bytes, n + 1);
    refuse(NULL, TN_EDECODE, "train-labels-idx1-ubyte.gz: has bytes after its end");
    bytes[n - 5] ^= 1;
    tree_write(&here, path, bytes, n);
    refuse(NULL, TN_EDECODE, "train-labels-idx1-ubyte.gz: is damaged: ");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("arrays");
    TCase *const tcase = tcase_create("arrays");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, cifar10, 0, 4);
    tcase_add_test(tcase, cifar100);
    tcase_add_loop_test(tcase, mnist, 0, 8);
    tcase_add_test(tcase, wrong_cifar_is_named);
    tcase_add_loop_test(tcase, validation_is_the_test_split, 0, 2);
    tcase_add_test(tcase, wrong_mnist_is_named);
    tcase_add_test(tcase, wrong_gzip_is_named);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
