/* SPDX-License-Identifier: MIT */
/* Samples that the caller lists in memory: what is read, names, labels of every kind, and batches
 * of them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "make_jpeg.h"
#include "suite.h"
#include "tree.h"

enum { N = 4 };

static tree here;
static jpeg_file files[N];

/* Four files of different sizes, in two classes. */
static void set_up(void)
{
    here = tree_make();
    for (int f = 0; f < N; f++) {
        const jpeg_recipe recipe = {.w = 40 + f, .h = 30, .channels = 3, .space = JCS_YCbCr};
        char path[32];
        files[f] = make_jpeg(&recipe);
        snprintf(path, sizeof path, "%c/%d.jpg", 'a' + f / 2, f);
        tree_write(&here, path, files[f].bytes, files[f].size);
    }
}

static void tear_down(void)
{
    for (int f = 0; f < N; f++)
        free(files[f].bytes);
    tree_remove(&here);
}

static const tn_label classes[N] = {
    {.size = (int32_t)sizeof(tn_label), .kind = TN_LABEL_INT, .value = 0},
    {.size = (int32_t)sizeof(tn_label), .kind = TN_LABEL_INT, .value = 0},
    {.size = (int32_t)sizeof(tn_label), .kind = TN_LABEL_INT, .value = 1},
    {.size = (int32_t)sizeof(tn_label), .kind = TN_LABEL_INT, .value = 1}};
static const char *const paths[N] = {"a/0.jpg", "a/1.jpg", "b/2.jpg", "b/3.jpg"};
static const char *const names[] = {"a", "b"};

/* The files of the folder; those with odd numbers as bytes. */
static void list(tn_item items[N])
{
    for (int f = 0; f < N; f++)
        items[f] = (tn_item){.size = (int32_t)sizeof(tn_item),
                             .path = f % 2 ? NULL : paths[f],
                             .bytes = f % 2 ? files[f].bytes : NULL,
                             .n_bytes = f % 2 ? (int64_t)files[f].size : 0,
                             .name = paths[f],
                             .label = &classes[f]};
}

static tn_dataset_options options_of(const tn_item *items)
{
    tn_dataset_options options = tree_options(&here);
    options.items = items;
    options.n_items = N;
    options.class_names = names;
    options.n_classes = 2;
    return options;
}

static tn_dataset *open_items(const tn_dataset_options *options)
{
    tn_dataset *const dataset = tn_dataset_create(options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

/* The hash of an epoch's tensors, and the state of its loader. */
static void load(tn_dataset *dataset, char hash_text[33], char state[512])
{
    tn_transform *const transform = tn_transform_create("random_resized_crop size=16; hflip");
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = 3,
                                       .seed = 5,
                                       .order = "feistel-1",
                                       .threads = 2};
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    tn_batch batch = {.size = (int32_t)sizeof batch};
    tn_hash *const hash = tn_hash_create();
    ck_assert_msg(loader != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    while (tn_loader_next(loader, &batch, -1) == TN_OK)
        ck_assert_int_eq(tn_hash_batch(hash, &batch), TN_OK);
    snprintf(state, 512, "%s", tn_loader_state(loader));
    tn_hash_text(hash, hash_text);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
}

START_TEST(items_equal_the_folder)
{
    tn_item items[N];
    list(items);
    const tn_dataset_options options = options_of(items);
    tn_dataset *const folder = tree_open(&here), *const listed = open_items(&options);
    memset(items, 0, sizeof items); /* all was copied */
    char hashes[2][33], states[2][512];
    ck_assert_uint_eq(tn_dataset_fingerprint(listed), tn_dataset_fingerprint(folder));
    ck_assert_int_eq(tn_dataset_classes(listed), 2);
    ck_assert_str_eq(tn_dataset_class_name(listed, 1), "b");
    ck_assert_str_eq(tn_dataset_sample_name(listed, 3), "b/3.jpg");
    ck_assert_str_eq(tn_dataset_split(listed), "");
    load(folder, hashes[0], states[0]);
    load(listed, hashes[1], states[1]);
    ck_assert_str_eq(hashes[0], hashes[1]);
    ck_assert_str_eq(states[0], states[1]);
    tn_dataset_destroy(folder);
    tn_dataset_destroy(listed);
}
END_TEST

START_TEST(names_and_classes_have_defaults)
{
    tn_item items[N];
    list(items);
    for (int f = 0; f < N; f++)
        items[f].name = NULL;
    items[2].label = NULL;
    tn_dataset_options options = options_of(items);
    options.class_names = NULL;
    options.n_classes = 0;
    tn_dataset *const dataset = open_items(&options);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "a/0.jpg");
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 1), "1");
    ck_assert_int_eq(tn_dataset_classes(dataset), 2);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 1), "1");
    ck_assert_int_eq(tn_dataset_label(dataset, 2), -1);
    ck_assert_int_eq(tn_dataset_label(dataset, 3), 1);
    tn_image_info info = {.size = (int32_t)sizeof info};
    ck_assert_int_eq(tn_dataset_probe(dataset, 1, &info), TN_OK);
    ck_assert(info.width == 41 && info.file_bytes == (int64_t)files[1].size);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(paths_can_be_absolute_and_the_root_left_out)
{
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&here, "b/2.jpg"));
    const tn_item item = {.size = (int32_t)sizeof item, .path = path};
    const tn_dataset_options options = {
        .size = (int32_t)sizeof options, .items = &item, .n_items = 1};
    tn_dataset *const dataset = open_items(&options);
    tn_image_info info = {.size = (int32_t)sizeof info};
    ck_assert_msg(tn_dataset_probe(dataset, 0, &info) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(info.width, 42);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), path);
    ck_assert_int_eq(tn_dataset_classes(dataset), 0);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Reads one batch of all four samples, in their order. */
static tn_loader *read_batch(tn_dataset *dataset, tn_batch *batch)
{
    tn_transform *const transform = tn_transform_create("resize size=8 mode=exact");
    const tn_loader_options options = {
        .size = (int32_t)sizeof options, .batch_size = N, .threads = 1};
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    *batch = (tn_batch){.size = (int32_t)sizeof *batch};
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    ck_assert_msg(tn_loader_next(loader, batch, -1) == TN_OK, "%s", tn_error());
    tn_transform_destroy(transform);
    return loader;
}

START_TEST(several_integers_fill_a_padded_tensor)
{
    static const int64_t values[] = {1, 0, 2};
    tn_label labels[N];
    tn_item items[N];
    list(items);
    for (int f = 0; f < N; f++) {
        labels[f] = (tn_label){.size = (int32_t)sizeof *labels,
                               .kind = TN_LABEL_INTS,
                               .n = f,
                               .ints = f ? values : NULL};
        items[f].label = &labels[f];
    }
    items[0].label = NULL; /* it has no labels either way */
    tn_dataset_options options = options_of(items);
    options.class_names = NULL;
    tn_dataset *const dataset = open_items(&options);
    tn_label label = {.size = (int32_t)sizeof label};
    ck_assert_int_eq(tn_dataset_classes(dataset), 3);
    ck_assert_int_eq(tn_dataset_label_of(dataset, 3, &label), TN_OK);
    ck_assert(label.kind == TN_LABEL_INTS && label.n == 3);
    ck_assert_mem_eq(label.ints, values, sizeof values);
    ck_assert_int_eq(tn_dataset_label(dataset, 0), -1);
    ck_assert_int_eq(tn_dataset_label(dataset, 3), 1);
    tn_batch batch;
    tn_loader *const loader = read_batch(dataset, &batch);
    static const int64_t wanted[N][3] = {{-1, -1, -1}, {1, -1, -1}, {1, 0, -1}, {1, 0, 2}};
    const tn_tensor *const tensor = batch.tensors[1];
    ck_assert(tensor->dtype == TN_I64 && tensor->ndim == 2 && tensor->shape[0] == N &&
              tensor->shape[1] == 3 && tensor->strides[0] == 3 && tensor->strides[1] == 1);
    ck_assert_mem_eq(tensor->data, wanted, sizeof wanted);
    ck_assert_int_eq(batch.rows[0]->label, -1);
    ck_assert_int_eq(batch.rows[2]->label, 1);
    tn_loader_destroy(loader);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(floats_fill_a_tensor)
{
    static const float values[N][2] = {{0.5f, 1}, {-2, 3}, {0, 0.25f}, {7, 8}};
    tn_label labels[N];
    tn_item items[N];
    list(items);
    for (int f = 0; f < N; f++) {
        labels[f] = (tn_label){
            .size = (int32_t)sizeof *labels, .kind = TN_LABEL_FLOATS, .n = 2, .floats = values[f]};
        items[f].label = &labels[f];
    }
    tn_dataset_options options = options_of(items);
    options.class_names = NULL;
    tn_dataset *const dataset = open_items(&options);
    tn_batch batch;
    tn_loader *const loader = read_batch(dataset, &batch);
    const tn_tensor *const tensor = batch.tensors[1];
    ck_assert(tensor->dtype == TN_F32 && tensor->ndim == 2 && tensor->shape[1] == 2);
    ck_assert_mem_eq(tensor->data, values, sizeof values);
    ck_assert_int_eq(batch.rows[0]->label, -1);
    tn_loader_destroy(loader);
    tn_transform *const transform =
        tn_transform_create("resize size=8 mode=exact; convert dtype=f32; mixup");
    const tn_loader_options loading = {.size = (int32_t)sizeof loading, .batch_size = 2};
    ck_assert_ptr_null(tn_loader_create(dataset, transform, &loading));
    ck_assert_msg(strstr(tn_error(), "mixup") != NULL, "%s", tn_error());
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    labels[2].n = 1;
    tree_refuse(&options, TN_EINVAL,
                "items[2]: has 1 numbers as its label, but the samples before it have 2");
}
END_TEST

/* 18 draws of weights whose sum is 9: each sample comes twice its weight. */
START_TEST(mixing_needs_a_class_of_each_sample)
{
    static const int64_t subset[] = {0, 1, 3};
    tn_label labels[N];
    tn_item items[N];
    list(items);
    memcpy(labels, classes, sizeof labels);
    labels[2].value = -1;
    for (int f = 0; f < N; f++)
        items[f].label = &labels[f];
    const tn_dataset_options options = options_of(items);
    tn_dataset *const dataset = open_items(&options);
    tn_transform *const transform =
        tn_transform_create("resize size=8 mode=exact; convert dtype=f32; mixup");
    tn_loader_options loading = {.size = (int32_t)sizeof loading, .batch_size = 2};
    ck_assert_ptr_null(tn_loader_create(dataset, transform, &loading));
    ck_assert_msg(strstr(tn_error(), "mixup: sample 2, \"b/2.jpg\", is in no class") != NULL, "%s",
                  tn_error());
    loading.subset = subset;
    loading.n_subset = 3;
    tn_loader *const loader = tn_loader_create(dataset, transform, &loading);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(weights_decide_how_often)
{
    static const double weights[N] = {0, 1.5, 2.5, 5};
    int count[N] = {0};
    tn_item items[N];
    list(items);
    for (int f = 0; f < N; f++)
        items[f].weight = weights[f];
    const tn_dataset_options options = options_of(items);
    tn_dataset *const dataset = open_items(&options);
    tn_transform *const transform = tn_transform_create("resize size=8 mode=exact");
    const tn_loader_options how = {.size = (int32_t)sizeof how,
                                   .batch_size = 1,
                                   .order = "weighted-1",
                                   .repeats = 9,
                                   .threads = 1};
    tn_loader *const loader = tn_loader_create(dataset, transform, &how);
    tn_batch batch = {.size = (int32_t)sizeof batch};
    ck_assert_msg(loader != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_loader_start(loader, 0), TN_OK);
    while (tn_loader_next(loader, &batch, -1) == TN_OK)
        count[batch.rows[0]->sample]++;
    for (int f = 0; f < N; f++) {
        ck_assert_double_eq(tn_dataset_weight(dataset, f), weights[f]);
        ck_assert_int_eq(count[f], (int)(4 * weights[f]));
    }
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(texts_are_labels)
{
    tn_label label = {.size = (int32_t)sizeof label, .kind = TN_LABEL_TEXT, .text = "a grey cat"};
    tn_item items[N];
    list(items);
    for (int f = 0; f < N; f++)
        items[f].label = f == 1 ? &label : NULL;
    tn_dataset_options options = options_of(items);
    options.class_names = NULL;
    tn_dataset *const dataset = open_items(&options);
    tn_label found = {.size = (int32_t)sizeof found};
    ck_assert_int_eq(tn_dataset_label_of(dataset, 1, &found), TN_OK);
    ck_assert(found.kind == TN_LABEL_TEXT && found.n == 10);
    ck_assert_str_eq(found.text, "a grey cat");
    ck_assert_int_eq(tn_dataset_label_of(dataset, 2, &found), TN_OK);
    ck_assert_str_eq(found.text, "");
    tn_batch batch;
    tn_loader *const loader = read_batch(dataset, &batch);
    static const int64_t none[N] = {-1, -1, -1, -1};
    ck_assert_int_eq(batch.tensors[1]->ndim, 1);
    ck_assert_mem_eq(batch.tensors[1]->data, none, sizeof none);
    tn_loader_destroy(loader);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(wrong_items_are_named)
{
    tn_item items[N] = {{0}};
    tn_dataset_options options = options_of(items);
    const tn_label far = {.size = (int32_t)sizeof far, .kind = TN_LABEL_INT, .value = 2};
    const tn_label text = {.size = (int32_t)sizeof text, .kind = TN_LABEL_TEXT, .text = "x"};
    const tn_label strange = {.size = (int32_t)sizeof strange, .kind = 9};
    static char long_name[5000];
    memset(long_name, 'x', sizeof long_name - 1);
    list(items);
    items[1].path = "a/1.jpg";
    tree_refuse(&options, TN_EINVAL, "items[1] has a path and bytes; give one of them");
    list(items);
    items[0].path = NULL;
    tree_refuse(&options, TN_EINVAL, "items[0] has neither a path nor bytes");
    list(items);
    items[2].path = "";
    tree_refuse(&options, TN_EINVAL, "items[2] has the path \"\"");
    list(items);
    items[1].n_bytes = -1;
    tree_refuse(&options, TN_EINVAL, "items[1] has neither a path nor bytes");
    list(items);
    items[3].size = 8;
    tree_refuse(&options, TN_EINVAL, "items[3]: its size is 8");
    list(items);
    items[0].size = 0;
    tree_refuse(&options, TN_EINVAL, "items[0]->size is 0");
    list(items);
    items[3].name = long_name;
    tree_refuse(&options, TN_ELIMIT, "items[3]: a name or path longer than 4095 bytes");
    list(items);
    items[0].name = "short";
    items[0].path = long_name;
    tree_refuse(&options, TN_ELIMIT, "items[0]: a name or path longer than 4095 bytes");
    list(items);
    items[3].label = &far;
    tree_refuse(&options, TN_EINVAL, "b/3.jpg: its label is 2; there are 2 classes");
    const tn_label beyond = {
        .size = (int32_t)sizeof beyond, .kind = TN_LABEL_INT, .value = 1 << 24};
    items[2].weight = -1;
    tree_refuse(&options, TN_EINVAL, "items[2]: has the weight -1; it must be 0, or between");
    items[2].weight = 0;
    items[3].label = &beyond;
    tree_refuse(&options, TN_EINVAL, "items[3]: its label is 16777216; the last class is 16777215");
    items[3].label = &text;
    tree_refuse(&options, TN_EINVAL,
                "items[3]: has a text as its label, but other samples have an integer");
    items[3].label = &strange;
    tree_refuse(&options, TN_EINVAL, "items[3]: its label has the kind 9");
    list(items);
    static const char *const twice[] = {"x", "y", "x"};
    options.class_names = twice;
    options.n_classes = 3;
    tree_refuse(&options, TN_EINVAL, "class_names[0] and class_names[2] are both \"x\"");
    options = options_of(items);
    options.n_items = 0;
    tree_refuse(&options, TN_EINVAL, "there are no items");
    options.n_items = N;
    options.source = "folder";
    tree_refuse(&options, TN_EINVAL, "there are items, but the source is folder");
    options.source = NULL;
    options.split = "train";
    tree_refuse(&options, TN_EINVAL, "has no split \"train\"");
    options.split = NULL;
    options.class_map = "map.txt";
    tree_refuse(&options, TN_EINVAL, "class_names can");
    options.class_map = NULL;
    options.source = "items";
    options.items = NULL;
    tree_refuse(&options, TN_EINVAL, "there are no items");
}
END_TEST

/* A file that is missing, and bytes over the limit, are faults of their samples. */
START_TEST(what_cannot_be_read_is_named)
{
    tn_item items[N];
    list(items);
    items[0].path = "a/none.jpg";
    items[0].name = "first";
    tn_dataset_options options = options_of(items);
    options.max_file_bytes = (int64_t)files[1].size - 1;
    tn_dataset *const dataset = open_items(&options);
    ck_assert_ptr_null(tn_dataset_image(dataset, 0));
    ck_assert_msg(strstr(tn_error(), "first: No such file") != NULL, "%s", tn_error());
    ck_assert_ptr_null(tn_dataset_image(dataset, 1));
    ck_assert_msg(strstr(tn_error(), "a/1.jpg: ") != NULL && strstr(tn_error(), "the limit is"),
                  "%s", tn_error());
    tn_dataset_destroy(dataset);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("items");
    TCase *const cases = tcase_create("items");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, items_equal_the_folder);
    tcase_add_test(cases, names_and_classes_have_defaults);
    tcase_add_test(cases, paths_can_be_absolute_and_the_root_left_out);
    tcase_add_test(cases, several_integers_fill_a_padded_tensor);
    tcase_add_test(cases, floats_fill_a_tensor);
    tcase_add_test(cases, mixing_needs_a_class_of_each_sample);
    tcase_add_test(cases, weights_decide_how_often);
    tcase_add_test(cases, texts_are_labels);
    tcase_add_test(cases, wrong_items_are_named);
    tcase_add_test(cases, what_cannot_be_read_is_named);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
