/* SPDX-License-Identifier: MIT */
/* Lists of samples: CSV, TSV and JSON lines against Python's csv and json, labels of every kind,
 * and every way to be wrong. */
#include <check.h>
#include <string.h>
#include <time.h>

#include "data/list/table.h"
#include "suite.h"
#include "tree.h"

static tree here;

static void set_up(void)
{
    here = tree_make();
}

static void tear_down(void)
{
    tree_remove(&here);
}

static const struct {
    const char *name, *label; /* label NULL: a list */
    int64_t n;
} golden[] = {
#include "../golden/lists.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden };

static tn_dataset *open_text(const char *text)
{
    const tn_dataset_options options = {.size = (int32_t)sizeof options, .source = text};
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

static tn_label label_of(const tn_dataset *dataset, int64_t sample)
{
    tn_label label = {.size = (int32_t)sizeof label};
    ck_assert_int_eq(tn_dataset_label_of(dataset, sample, &label), TN_OK);
    return label;
}

START_TEST(python_reads_the_same)
{
    for (int g = 0; g < N_GOLDEN; g++) {
        char text[TREE_PATH];
        ck_assert_ptr_null(golden[g].label);
        snprintf(text, sizeof text, "list labels=text path=" GOLDEN_FOLDER "/%s", golden[g].name);
        tn_dataset *const dataset = open_text(text);
        const int64_t n = golden[g].n;
        ck_assert_msg(tn_dataset_count(dataset) == n, "%s: %lld", text,
                      (long long)tn_dataset_count(dataset));
        for (int64_t i = 0; i < n; i++) {
            const tn_label label = label_of(dataset, i);
            g++;
            ck_assert_msg(strcmp(tn_dataset_sample_name(dataset, i), golden[g].name) == 0, "%s: %s",
                          text, tn_dataset_sample_name(dataset, i));
            ck_assert_int_eq(label.kind, TN_LABEL_TEXT);
            ck_assert_msg(strcmp(label.text, golden[g].label) == 0, "%s: %s: %s", text,
                          golden[g].name, label.text);
        }
        tn_dataset_destroy(dataset);
    }
}
END_TEST

/* Writes a list, and describes it: the source `how`, for example "list labels=text". */
static tn_dataset_options describe(const char *name, const char *content, const char *how)
{
    static char path[2 * TREE_PATH];
    tree_write(&here, name, content, strlen(content));
    snprintf(path, sizeof path, "%s/%s", here.root, name);
    return (tn_dataset_options){
        .size = (int32_t)sizeof(tn_dataset_options), .root = path, .source = how};
}

static tn_dataset *open_list(const char *name, const char *content, const char *how)
{
    const tn_dataset_options options = describe(name, content, how);
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

START_TEST(a_list_of_a_folder_equals_the_folder)
{
    static const char *const lists[][2] = {
        {"x.csv", "path,label\na/1.jpg,a\n./a/2.jpg,a\nb/3.jpg,b\n"},
        {"x.tsv", "a/1.jpg\t0\na/2.jpg\t0\nb/3.jpg\t1\n"},
        {"x.jsonl", "{\"path\":\"a/1.jpg\",\"label\":\"a\"}\n{\"path\":\"a/2.jpg\",\"label\":"
                    "\"a\"}\n{\"path\":\"b/3.jpg\",\"label\":\"b\"}"}};
    tree_write(&here, "a/1.jpg", "one", 3);
    tree_write(&here, "a/2.jpg", "two", 3);
    tree_write(&here, "b/3.jpg", "three", 5);
    tn_dataset *const folder = tree_open(&here);
    for (int i = 0; i < 3; i++) {
        tn_dataset *const listed = open_list(lists[i][0], lists[i][1], NULL);
        ck_assert_uint_eq(tn_dataset_fingerprint(listed), tn_dataset_fingerprint(folder));
        ck_assert_str_eq(tn_dataset_class_name(listed, 1), i == 1 ? "1" : "b");
        ck_assert_ptr_null(tn_dataset_image(listed, 2));
        ck_assert_msg(strstr(tn_error(), "b/3.jpg: ") != NULL && !strstr(tn_error(), "No such"),
                      "%s", tn_error());
        tn_dataset_destroy(listed);
    }
    tn_dataset_destroy(folder);
}
END_TEST

START_TEST(classes_come_from_names_numbers_or_a_map)
{
    tn_dataset *dataset =
        open_list("x.csv", "a.jpg,class10\nb.jpg,class2\nc.jpg,\nd.jpg,\n\n\n", NULL);
    ck_assert_int_eq(tn_dataset_classes(dataset), 2);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 0), "class2");
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 1);
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 0);
    ck_assert_int_eq(tn_dataset_label(dataset, 2), -1);
    ck_assert_int_eq(tn_dataset_label(dataset, 3), -1);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.csv", "a.jpg,7\nb.jpg,2\n", NULL);
    ck_assert_int_eq(tn_dataset_classes(dataset), 8);
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 7);
    tn_dataset_destroy(dataset);
    tree_write(&here, "map.txt", "cat\ndog\n", 8);
    tn_dataset_options options = describe("x.csv", "a.jpg,dog\nb.jpg,0\n", NULL);
    options.class_map = "map.txt";
    dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 1);
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 0);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 1), "dog");
    tn_dataset_destroy(dataset);
    options = describe("x.csv", "a.jpg,dog\nb.jpg,cow\n", NULL);
    options.class_map = "map.txt";
    tree_refuse(&options, TN_EINVAL, "entry 2: \"b.jpg\": \"cow\" is not a class of the class map");
    options = describe("x.csv", "a.jpg,0.5\nb.jpg,0.25\n", "list labels=numbers");
    options.class_map = "map.txt";
    tree_refuse(&options, TN_EINVAL,
                "\"map.txt\" has no effect: the label of each sample is a list of numbers");
    options = describe("x.csv", "a.jpg,dog\nb.jpg,cat\n", "list labels=text");
    options.class_map = "map.txt";
    tree_refuse(&options, TN_EINVAL,
                "\"map.txt\" has no effect: the label of each sample is a text");
}
END_TEST

/* Writes -1 for each sample without a class. */
static void expect_classes(const char *name, const char *content, const char *names,
                           const int64_t *labels, int n)
{
    char shown[100] = "";
    size_t length = 0;
    tn_dataset *const dataset = open_list(name, content, NULL);
    for (int64_t c = 0; c < tn_dataset_classes(dataset); c++)
        length += (size_t)snprintf(shown + length, sizeof shown - length, "%s%s", c > 0 ? "|" : "",
                                   tn_dataset_class_name(dataset, c));
    ck_assert_str_eq(shown, names);
    ck_assert_int_eq(tn_dataset_count(dataset), n);
    for (int i = 0; i < n; i++)
        ck_assert_int_eq(tn_dataset_label(dataset, i), labels[i]);
    tn_dataset_destroy(dataset);
}

START_TEST(whole_numbers_are_classes)
{
    expect_classes("x.csv", "a,-1\nb,0\nc, 2 \nd,+1\ne,02\nf,\n", "0|1|2",
                   (const int64_t[]){-1, 0, 2, 1, 2, -1}, 6);
    expect_classes("x.jsonl",
                   "{\"path\":\"a\",\"label\":\" 1\"}\n{\"path\":\"b\",\"label\":-1}\n"
                   "{\"path\":\"c\",\"label\":\"\"}\n{\"path\":\"d\",\"label\":\"+0 \"}\n"
                   "{\"path\":\"e\",\"label\":null}\n",
                   "0|1", (const int64_t[]){1, -1, -1, 0, -1}, 5);
    expect_classes("x.csv", "a,3\nb,-1\nc,cat\nd,1_0\n", "1_0|3|cat",
                   (const int64_t[]){1, -1, 2, 0}, 4);
    expect_classes("x.csv", "a,-1\nb,-1\n", "", (const int64_t[]){-1, -1}, 2);
    expect_classes("x.csv", "a,16777215\nb,+\n", "16777215|+", (const int64_t[]){0, 1}, 2);
}
END_TEST

/* Cells that are not read may be missing, and empty ones too many. */
START_TEST(rows_need_the_cells_that_are_read)
{
    expect_classes("x.csv", "path,label,note\na,3\nb,1,,,\nc,2,x\n", "0|1|2|3",
                   (const int64_t[]){3, 1, 2}, 3);
}
END_TEST

/* The greatest number tells how many classes there are, however the labels are written. */
START_TEST(numbers_count_the_classes)
{
    static const char *const lists[][3] = {
        {"x.csv", "a,3\nb,9\n", NULL},
        {"x.csv", "a,3|9\nb,\n", "list labels=classes"},
        {"x.csv", "a,3:0.5|9:1\nb,0:1\n", "list labels=weights"},
        {"x.jsonl", "{\"path\":\"a\",\"label\":9}", NULL},
        {"x.jsonl", "{\"path\":\"a\",\"label\":[9,3]}", NULL},
        {"x.jsonl", "{\"path\":\"a\",\"label\":{\"9\":1}}", NULL},
        {"x/dataset.json", "{\"labels\":[[\"a\",9]]}", NULL}};
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        tn_dataset *const dataset = open_list(lists[k][0], lists[k][1], lists[k][2]);
        ck_assert_int_eq(tn_dataset_classes(dataset), 10);
        ck_assert_str_eq(tn_dataset_class_name(dataset, 9), "9");
        tn_dataset_destroy(dataset);
    }
}
END_TEST

START_TEST(no_class_counts_for_nothing_among_several)
{
    tn_dataset *const dataset = open_list("x.csv", "a,1|-1\nb,-1\nc,0|2\n", "list labels=classes");
    static const int64_t n[] = {1, 0, 2};
    for (int i = 0; i < 3; i++) {
        const tn_label label = label_of(dataset, i);
        ck_assert_int_eq(label.kind, TN_LABEL_INTS);
        ck_assert_int_eq(label.n, n[i]);
    }
    ck_assert_int_eq(label_of(dataset, 0).ints[0], 1);
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(labels_are_of_every_kind)
{
    tn_dataset *dataset =
        open_list("x.csv", "a.jpg,dog | cat\nb.jpg,\nc.jpg,cow\n", "list labels=classes");
    tn_label label = label_of(dataset, 0);
    ck_assert(label.kind == TN_LABEL_INTS && label.n == 2 && label.ints[0] == 2 &&
              label.ints[1] == 0);
    ck_assert(label_of(dataset, 1).n == 0 && label_of(dataset, 2).ints[0] == 1);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.csv", "a.jpg,dog:0.25; cat:1\nb.jpg,cat:2\n", "list labels=weights");
    label = label_of(dataset, 0);
    ck_assert(label.kind == TN_LABEL_FLOATS && label.n == 2 && label.floats[0] == 1 &&
              label.floats[1] == 0.25f);
    ck_assert(label_of(dataset, 1).floats[0] == 2 && label_of(dataset, 1).floats[1] == 0);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.csv", "path,x,y\na.jpg,1,-2.5\nb.jpg,3e2,0\n",
                        "list labels=numbers label=x,y");
    label = label_of(dataset, 1);
    ck_assert(label.kind == TN_LABEL_FLOATS && label.n == 2 && label.floats[0] == 300 &&
              label.floats[1] == 0);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.csv", "a.jpg,1 2\nb.jpg,3 4\n", "list labels=numbers separator=blank");
    ck_assert(label_of(dataset, 1).floats[1] == 4);
    tn_dataset_destroy(dataset);
}
END_TEST

/* What looks like a header without known names may be files, and a bar may belong to a name. */
START_TEST(unusual_tables_open)
{
    static const struct {
        const char *content, *how, *name;
        int64_t n, classes;
    } cases[] = {{"picture\tkind\na.jpg\tx\n", "list header=yes image=picture", "a.jpg", 1, 1},
                 {"picture,kind\na.jpg,x\n", "list header=no", "picture", 2, 2},
                 {"there,kind\na.jpg,x\n", NULL, "there", 2, 2},
                 {"picture,kind\nb,x\n", NULL, "picture", 2, 2},
                 {"a.jpg\tx\nb.jpg\ty\n", NULL, "a.jpg", 2, 2},
                 {"path,labels\na.jpg,cat|dog\n", "list labels=class", "a.jpg", 1, 1},
                 {"path,label\na.jpg,cat|dog\n", NULL, "a.jpg", 1, 1}};
    enum { N = sizeof cases / sizeof *cases };
    tree_touch(&here, "there");
    for (size_t i = 0; i < N; i++) {
        tn_dataset *const dataset = open_list("x.csv", cases[i].content, cases[i].how);
        ck_assert_int_eq(tn_dataset_count(dataset), cases[i].n);
        ck_assert_int_eq(tn_dataset_classes(dataset), cases[i].classes);
        ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), cases[i].name);
        tn_dataset_destroy(dataset);
    }
}
END_TEST

/* The kind of JSON labels is that of the first one. */
START_TEST(json_shows_the_kind_of_labels)
{
    tn_dataset *dataset = open_list(
        "x.jsonl", "{\"path\":\"a\",\"label\":null}\n{\"path\":\"b\",\"label\":[\"y\",\"x\"]}",
        NULL);
    ck_assert(label_of(dataset, 1).kind == TN_LABEL_INTS && label_of(dataset, 1).ints[0] == 1);
    ck_assert_int_eq(label_of(dataset, 0).n, 0);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.jsonl", "{\"path\":\"a\",\"label\":[0.5,1]}", NULL);
    ck_assert(label_of(dataset, 0).kind == TN_LABEL_FLOATS &&
              label_of(dataset, 0).floats[0] == 0.5f);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.jsonl", "{\"path\":\"a\",\"label\":{\"q\":2,\"p\":0.5}}", NULL);
    ck_assert(label_of(dataset, 0).n == 2 && label_of(dataset, 0).floats[0] == 0.5f);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 1), "q");
    tn_dataset_destroy(dataset);
    dataset = open_list("x.jsonl", "{\"meta\":{\"to\":\"a\",\"is\":3}}",
                        "list image=meta.to label=meta.is");
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 3);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "a");
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(columns_are_found)
{
    tn_dataset *dataset = open_list("x.csv", "id,File,more,CLASS\n1,a.jpg,x,cat\n", NULL);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "a.jpg");
    ck_assert_str_eq(tn_dataset_class_name(dataset, 0), "cat");
    tn_dataset_destroy(dataset);
    dataset = open_list("x.csv", "1,a.jpg,x,cat\n", "list image=2 label=4");
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "a.jpg");
    ck_assert_str_eq(tn_dataset_class_name(dataset, 0), "cat");
    tn_dataset_destroy(dataset);
    dataset = open_list("x.txt", "path\nfile\n", "list header=no format=csv");
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    ck_assert_int_eq(tn_dataset_classes(dataset), 0);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.csv", "q,w\na.jpg,c\n", "list header=yes");
    ck_assert_int_eq(tn_dataset_count(dataset), 1);
    tn_dataset_destroy(dataset);
    tree_write(&here, "sub/a.jpg", "x", 1);
    char how[2 * TREE_PATH];
    snprintf(how, sizeof how, "list folder=%s/sub", here.root);
    dataset = open_list("x.csv", "a.jpg,c\n", how);
    ck_assert_ptr_null(tn_dataset_image(dataset, 0));
    ck_assert_msg(!strstr(tn_error(), "No such file"), "%s", tn_error());
    tn_dataset_destroy(dataset);
}
END_TEST

enum { WEIGHED = 6 };

/* Opens a list of six images, whose weights are 0, 1, 2, 3, 4.5 and `last`. */
static tn_dataset *open_weighed(const char *last)
{
    char content[256];
    for (int i = 0; i < WEIGHED; i++) {
        const char image[] = {'P', '5', ' ', '1', ' ', '1', ' ', '9', '9', '\n', (char)(9 * i)};
        snprintf(content, sizeof content, "%d.pgm", i);
        tree_write(&here, content, image, sizeof image);
    }
    snprintf(content, sizeof content,
             "path,label,often\n0.pgm,a,0\n1.pgm,b, 1\n2.pgm,a,2.0\n3.pgm,b,3\n4.pgm,a,45e-1\n"
             "5.pgm,c,%s\n",
             last);
    return open_list("x.csv", content, "list weight=often");
}

static tn_loader *load_weighed(tn_dataset *dataset, int32_t repeats, int32_t threads,
                               const int64_t *subset)
{
    tn_transform *const transform = tn_transform_create("resize size=8 mode=exact; hflip");
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = 7,
                                       .seed = 5,
                                       .order = "weighted-1",
                                       .repeats = repeats,
                                       .subset = subset,
                                       .n_subset = subset ? 2 : 0,
                                       .threads = threads};
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    tn_transform_destroy(transform);
    return loader;
}

/* Counts the samples of an epoch, and writes the hash of its tensors. */
static void count_epoch(tn_loader *loader, int64_t epoch, int count[WEIGHED], char hash_text[33])
{
    tn_batch batch = {.size = (int32_t)sizeof batch};
    tn_hash *const hash = tn_hash_create();
    memset(count, 0, WEIGHED * sizeof *count);
    ck_assert_msg(loader != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_loader_start(loader, epoch), TN_OK);
    while (tn_loader_next(loader, &batch, -1) == TN_OK) {
        ck_assert_int_eq(tn_hash_batch(hash, &batch), TN_OK);
        for (int32_t r = 0; r < batch.n_rows; r++)
            count[batch.rows[r]->sample]++;
    }
    tn_hash_text(hash, hash_text);
    tn_hash_destroy(hash);
}

/* 66 draws of weights whose sum is 11: each sample comes six times its weight. */
START_TEST(weights_decide_how_often)
{
    static const int wanted[WEIGHED] = {0, 6, 12, 18, 27, 3};
    char hashes[3][33];
    int count[WEIGHED];
    tn_dataset *const dataset = open_weighed("0.5");
    ck_assert(tn_dataset_weight(dataset, 0) == 0.0 && tn_dataset_weight(dataset, 4) == 4.5);
    ck_assert_double_eq(tn_dataset_weight(dataset, WEIGHED), -1.0);
    for (int t = 0; t < 3; t++) {
        tn_loader *const loader = load_weighed(dataset, 11, t == 1 ? 4 : 1, NULL);
        count_epoch(loader, t / 2, count, hashes[t]);
        ck_assert_mem_eq(count, wanted, sizeof wanted);
        tn_loader_destroy(loader);
    }
    ck_assert_str_eq(hashes[0], hashes[1]);
    ck_assert_str_ne(hashes[0], hashes[2]);
    tn_loader *const once = load_weighed(dataset, 1, 2, NULL);
    count_epoch(once, 3, count, hashes[0]);
    for (int i = 0; i < WEIGHED; i++) {
        const double exact = 6.0 * tn_dataset_weight(dataset, i) / 11.0;
        ck_assert(count[i] > exact - 1.0 && count[i] < exact + 1.0);
    }
    tn_loader_destroy(once);
    static const int64_t subset[] = {3, 1};
    tn_loader *const part = load_weighed(dataset, 8, 2, subset);
    count_epoch(part, 0, count, hashes[0]);
    ck_assert(count[3] == 12 && count[1] == 4);
    tn_loader_destroy(part);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Other weights draw other samples, so a loader cannot go on with them. */
START_TEST(a_state_fits_its_weights)
{
    tn_dataset *const dataset = open_weighed("0.5"), *const other = open_weighed("0.75");
    ck_assert_uint_eq(tn_dataset_fingerprint(dataset), tn_dataset_fingerprint(other));
    tn_loader *const first = load_weighed(dataset, 1, 1, NULL);
    tn_loader *const same = load_weighed(dataset, 1, 1, NULL);
    tn_loader *const changed = load_weighed(other, 1, 1, NULL);
    char state[512];
    ck_assert_int_eq(tn_loader_start(first, 0), TN_OK);
    snprintf(state, sizeof state, "%s", tn_loader_state(first));
    ck_assert_msg(strstr(state, "\"order\":\"weighted-1 ") != NULL, "%s", state);
    ck_assert_msg(tn_loader_resume(same, state) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(tn_loader_resume(changed, state), TN_EINVAL);
    ck_assert_msg(strstr(tn_error(), "state: its order is \"weighted-1 ") != NULL, "%s",
                  tn_error());
    tn_loader_destroy(first);
    tn_loader_destroy(same);
    tn_loader_destroy(changed);
    tn_dataset_destroy(dataset);
    tn_dataset_destroy(other);
}
END_TEST

START_TEST(weights_are_needed)
{
    static const int64_t subset[] = {0, 0};
    tn_dataset *const weighed = open_weighed("1");
    ck_assert_ptr_null(load_weighed(weighed, 1, 1, subset));
    ck_assert_str_eq(tn_error(), "order \"weighted-1\": all weights are 0");
    tn_dataset_destroy(weighed);
    tn_dataset *const plain = open_list("x.csv", "a.jpg,1\n", NULL);
    ck_assert_double_eq(tn_dataset_weight(plain, 0), 1.0);
    ck_assert_ptr_null(load_weighed(plain, 1, 1, NULL));
    ck_assert_msg(strstr(tn_error(), "needs weights, and the data set has none") != NULL, "%s",
                  tn_error());
    tn_dataset_destroy(plain);
}
END_TEST

START_TEST(weights_are_found)
{
    tn_dataset *dataset = open_list("x.csv", "a.jpg,cat,0.25\nb.jpg,dog,1e-3\n", "list weight=3");
    ck_assert_double_eq(tn_dataset_weight(dataset, 0), 0.25);
    ck_assert_double_eq(tn_dataset_weight(dataset, 1), (double)1e-3f);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.jsonl", "{\"path\":\"a\",\"meta\":{\"w\":7},\"label\":[1,2]}",
                        "list weight=meta.w");
    ck_assert_double_eq(tn_dataset_weight(dataset, 0), 7.0);
    ck_assert_int_eq(label_of(dataset, 0).n, 2);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Sets the time of the last change, in seconds before one moment, however long the test takes. */
static void set_age(const char *path, long seconds)
{
    enum { MOMENT = 1700000000 };
    const struct timespec time = {.tv_sec = MOMENT - seconds}, times[] = {time, time};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Writes a list of 1200 samples with labels of a kind, in place. */
static void write_long(const char *path, const char *prefix, int kind)
{
    FILE *const file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 1200; i++)
        fprintf(file, kind == 0 ? "%s/%04d.jpg,class%d\n" : "%s/%04d.jpg,%d|7\n", prefix, i, i % 3);
    fclose(file);
}

/* A listing in the cache is used until the list changes, or is read in another way. The list's time
 * is set back, so that only its contents change unseen. */
START_TEST(long_lists_are_kept)
{
    static const char *const hows[] = {"list", "list labels=classes", "list labels=numbers",
                                       "list labels=text"};
    tree_folder(&here, "cache/");
    setenv("XDG_CACHE_HOME", tree_path(&here, "cache"), 1);
    tn_dataset_options options = describe("x.csv", "", hows[_i]);
    write_long(options.root, "a", _i);
    set_age(options.root, 100);
    tn_dataset *const made = tn_dataset_create(&options);
    ck_assert_msg(made != NULL, "%s", tn_error());
    write_long(options.root, "b", _i);
    set_age(options.root, 100);
    tn_dataset *const kept = tn_dataset_create(&options);
    ck_assert_int_eq(tn_dataset_count(kept), 1200);
    ck_assert_str_eq(tn_dataset_sample_name(kept, 1199), "a/1199.jpg");
    ck_assert_uint_eq(tn_dataset_fingerprint(kept), tn_dataset_fingerprint(made));
    ck_assert_int_eq(tn_dataset_classes(kept), tn_dataset_classes(made));
    for (int64_t i = 0; i < 1200; i += 7) {
        const tn_label one = label_of(kept, i), other = label_of(made, i);
        ck_assert(one.kind == other.kind && one.n == other.n && one.value == other.value);
    }
    options.source = "list header=no labels=text";
    tn_dataset *const otherwise = tn_dataset_create(&options);
    ck_assert_str_eq(tn_dataset_sample_name(otherwise, 0), "b/0000.jpg");
    options.source = hows[_i];
    set_age(options.root, 50);
    tn_dataset *const changed = tn_dataset_create(&options);
    ck_assert_str_eq(tn_dataset_sample_name(changed, 0), "b/0000.jpg");
    tn_dataset_destroy(made);
    tn_dataset_destroy(kept);
    tn_dataset_destroy(otherwise);
    tn_dataset_destroy(changed);
}
END_TEST

/* Writes a list of 1200 samples with weights, in place. */
static void write_weights(const char *path, int first)
{
    FILE *const file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 1200; i++)
        fprintf(file, "%04d.jpg,%d,%d.5\n", i, i % 3, (first + i) % 7);
    fclose(file);
}

START_TEST(weights_are_kept)
{
    tree_folder(&here, "cache/");
    setenv("XDG_CACHE_HOME", tree_path(&here, "cache"), 1);
    const tn_dataset_options options = describe("x.csv", "", "list weight=3");
    for (int round = 0; round < 3; round++) {
        write_weights(options.root, round);
        set_age(options.root, round < 2 ? 100 : 50);
        tn_dataset *const dataset = tn_dataset_create(&options);
        ck_assert_msg(dataset != NULL, "%s", tn_error());
        const int first = round < 2 ? 0 : 2; /* the second round sees what was kept */
        for (int i = 0; i < 1200; i++)
            ck_assert_double_eq(tn_dataset_weight(dataset, i), (first + i) % 7 + 0.5);
        tn_dataset_destroy(dataset);
    }
}
END_TEST

/* The file that StyleGAN's tools write beside the images. */
START_TEST(stylegan_has_pairs)
{
    tn_dataset *dataset = open_list(
        "x/dataset.json", "{\"labels\": [[\"00000/img1.png\", 6], [\"00000/img0.png\", 0]]}", NULL);
    ck_assert_int_eq(tn_dataset_classes(dataset), 7);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "00000/img1.png");
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 6);
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 0);
    tn_dataset_destroy(dataset);
    dataset =
        open_list("x.json", "{\"more\":1,\"labels\":[[\"a.png\",[0,1]]]}", "list format=stylegan");
    ck_assert_int_eq(label_of(dataset, 0).kind, TN_LABEL_FLOATS);
    ck_assert_int_eq(label_of(dataset, 0).n, 2);
    tn_dataset_destroy(dataset);
    dataset = open_list("x.json", "{\"labels\":[[\"a.png\",[0,1]]]}",
                        "list format=stylegan labels=classes");
    ck_assert_int_eq(label_of(dataset, 0).kind, TN_LABEL_INTS);
    tn_dataset_destroy(dataset);
}
END_TEST

static const struct {
    const char *name, *content, *how;
    int code;
    const char *message;
} wrong[] = {
    {"x/dataset.json", "{", NULL, TN_EDECODE, "dataset.json: is not JSON"},
    {"x/dataset.json", "{\"labels\":null}", NULL, TN_EDECODE, "has no list \"labels\""},
    {"x/dataset.json", "{\"labels\":[[\"a\",1],[2,3]]}", NULL, TN_EDECODE,
     "dataset.json, entry 2: has no path"},
    {"x/dataset.json", "{\"labels\":[[\"a\",true]]}", NULL, TN_EDECODE,
     "entry 1: has a label that is neither"},
    {"x/dataset.json", "{\"labels\":[[\"a\",1]]}", "list weight=w", TN_EINVAL,
     "this format has none"},
    {"x.csv", "a.jpg,1,2\n", "list weight=weight", TN_EINVAL, "there is no column \"weight\""},
    {"x.csv", "a.jpg,1,2\nb.jpg,1\n", "list weight=3", TN_EDECODE,
     "line 2: has 2 cells, and no weight in cell 3"},
    {"x.csv", "a.jpg,1, \n", "list weight=3", TN_EDECODE, "line 1: has no weight"},
    {"x.csv", "a.jpg,1,-1\n", "list weight=3", TN_EDECODE, "line 1: has the weight -1; it must be"},
    {"x.csv", "a.jpg,1,1e39\n", "list weight=3", TN_EDECODE, "has the weight 1e+39"},
    {"x.csv", "a.jpg,1,1e-60\n", "list weight=3", TN_EDECODE, "has the weight 1e-60"},
    {"x.csv", "a.jpg,1,nan\n", "list weight=3", TN_EDECODE, "\"nan\" is not a number"},
    {"x.csv", "a.jpg,1,inf\n", "list weight=3", TN_EDECODE, "\"inf\" is not a number"},
    {"x.csv", "a.jpg,1,0\nb.jpg,1,0\n", "list weight=3", TN_EINVAL, "x.csv: all weights are 0"},
    {"x.jsonl", "{\"path\":\"a\"}", "list weight=w", TN_EDECODE,
     "line 1: has no field w with a weight"},
    {"x.jsonl", "{\"path\":\"a\",\"w\":\"2\"}", "list weight=w", TN_EDECODE,
     "has a weight that is not a number: \"2\""},
    {"x.jsonl", "{\"path\":\"a\",\"w\":-2}", "list weight=w", TN_EDECODE, "has the weight -2"},
    {"x.csv", "picture,kind\na.jpg,x\n", NULL, TN_EINVAL,
     "x.csv: its first line names \"picture\", and there is no such file; if it names the columns, "
     "say header=yes image=picture, else header=no"},
    {"x.csv", "picture,kind\na.jpg,x\n", "list image=3", TN_EDECODE,
     "line 1: has 2 cells, and no path in cell 3"},
    {"x.csv", "path,labels\na.jpg,cat\nb.jpg,cat|dog\n", NULL, TN_EINVAL,
     "x.csv, line 3: the column \"labels\" has \"cat|dog\"; say labels=classes"},
    {"x.csv", "", NULL, TN_EINVAL, "the list has no samples"},
    {"x.csv", "path,label\n", NULL, TN_EINVAL, "the list has no samples"},
    {"x.csv", "a.jpg,x\n\n\"b.jpg", NULL, TN_EDECODE,
     "x.csv, line 3: has a quote that does not end"},
    {"x.csv", "\"a\nb\",x\n\"a\" ,x\n", NULL, TN_EDECODE, "line 3: has text after the quote"},
    {"x.csv", "a.jpg,x\n,y\n", NULL, TN_EDECODE, "line 2: has no path"},
    {"x.csv", "x,a.jpg\nx\n", "list image=2", TN_EDECODE,
     "line 2: has 1 cells, and no path in cell 2"},
    {"x.csv", "path,label\na.jpg,x\n\nb.jpg\n", NULL, TN_EDECODE,
     "x.csv, line 4: has 1 cells, and no label in cell 2"},
    {"x.csv", "path,x,y\na.jpg,1,2\nb.jpg,1\n", "list labels=numbers label=x,y", TN_EDECODE,
     "x.csv, line 3: has 2 cells, and no label in cell 3"},
    {"x.csv", "path,label\na, b.jpg,cat\n", NULL, TN_EDECODE,
     "x.csv, line 2: has 3 cells, but the first line has 2; a cell with \",\" in it stands in"},
    {"x.jsonl", "{\"path\":\"a\",\"label\":1}\n", "list label=lable", TN_EINVAL,
     "x.jsonl: no line has a field lable with a label"},
    {"x.csv", "https://example.org/a.jpg,1\n", NULL, TN_EDECODE, "is a URL"},
    {"x.csv", "a.jpg,1\n", "list label=clas", TN_EINVAL, "there is no column \"clas\""},
    {"x.csv", "a.jpg,1\n", "list image=0", TN_EINVAL, "there is no column \"0\""},
    {"x.csv", "path,a,b\nx.jpg,1,2\n", "list label=a,b", TN_EINVAL,
     "entry 1: \"x.jpg\": has 2 labels; say labels=classes"},
    {"x.csv", "a.jpg,1\nb.jpg,1|x\n", "list labels=numbers", TN_EDECODE,
     "line 2: \"x\" is not a number"},
    {"x.csv", "a.jpg,1e39\n", "list labels=numbers", TN_EDECODE, "a number beyond f32: 1e+39"},
    {"x.csv", "a.jpg,nan\n", "list labels=numbers", TN_EDECODE, "\"nan\" is not a number"},
    {"x.csv", "a.jpg,1\nb.jpg,1|2\n", "list labels=numbers", TN_EINVAL,
     "entry 2: \"b.jpg\": has 2 numbers as its label, but the samples before it have 1"},
    {"x.csv", "a.jpg,cat\n", "list labels=weights", TN_EDECODE, "\"cat\" has no weight"},
    {"x.txt", "a.jpg,1\n", "list", TN_EINVAL, "its name does not tell its format"},
    {"x.jsonl", "{\"path\":\"a\"}\nnot json\n", NULL, TN_EDECODE, "line 2: is not a JSON object"},
    {"x.jsonl", "[1]", NULL, TN_EDECODE, "line 1: is not a JSON object"},
    {"x.jsonl", "{\"label\":1}", NULL, TN_EDECODE, "line 1: has no field path with a path"},
    {"x.jsonl", "{\"path\":5}", "list image=path", TN_EDECODE, "has no field path with a path"},
    {"x.jsonl", "{\"path\":\"a\\u0000b\"}", NULL, TN_EDECODE, "zero byte"},
    {"x.jsonl", "{\"path\":\"a\",\"label\":true}", NULL, TN_EDECODE,
     "has a label that is neither a text nor a whole number: true"},
    {"x.jsonl", "{\"path\":\"a\",\"label\":[1.5,\"x\"]}", NULL, TN_EDECODE,
     "is not a number: \"x\""},
    {"x.jsonl", "{\"path\":\"a\",\"label\":1}", "list labels=weights", TN_EDECODE,
     "not an object of weights"},
    {"x.jsonl", "{\"path\":\"a\",\"label\":[\"x\",\"y\"]}", "list labels=text", TN_EDECODE,
     "line 1: has a list as its label, not a text"},
    {"x.csv", "a,1\nb,-2\n", NULL, TN_EDECODE,
     "x.csv: entry 2: \"b\": its label is -2; only -1, for no class, is below 0"},
    {"x.csv", "a,1\nb,16777216\n", NULL, TN_EDECODE,
     "x.csv: entry 2: \"b\": its label \"16777216\" is over 16777215, the last class"},
    {"x.csv", "a,1\nb,99999999999999999999999\n", NULL, TN_EDECODE, "is over 16777215"},
    {"x.csv", "a,1\nb,-99999999999999999999999\n", NULL, TN_EDECODE,
     "entry 2: \"b\": its label is -"},
    {"x.csv", "a,1\nb,1.5\n", NULL, TN_EDECODE,
     "label \"1.5\" is not a whole number: say labels=numbers"},
    {"x.csv", "a,1:2|-1:3\n", "list labels=weights", TN_EDECODE,
     "entry 1: \"a\": has a weight for -1, which means no class"},
};

START_TEST(wrong_lists_are_named)
{
    const tn_dataset_options options = describe(wrong[_i].name, wrong[_i].content, wrong[_i].how);
    tree_refuse(&options, wrong[_i].code, wrong[_i].message);
}
END_TEST

START_TEST(other_things_are_refused)
{
    tree_write(&here, "x.csv", "a\0b", 3);
    tn_dataset_options options = {.size = (int32_t)sizeof options};
    options.root = tree_path(&here, "x.csv");
    tree_refuse(&options, TN_EDECODE, "is not plain text: it has a zero byte");
    options = describe("x.csv", "a.jpg,1\n", NULL);
    options.split = "train";
    tree_refuse(&options, TN_EINVAL, "has no split \"train\"");
    options.split = NULL;
    const int32_t stop = 1;
    options.stop = &stop;
    char content[4200 * 4 + 1] = "";
    for (int row = 0; row < 4200; row++)
        memcpy(content + 4 * row, "a,1\n", 5);
    tree_write(&here, "x.csv", content, strlen(content));
    tree_refuse(&options, TN_ESTOPPED, "the caller stopped the work");
}
END_TEST

/* All cells of a row that breaks over lines; the next row's line is right. */
START_TEST(rows_know_their_lines)
{
    char text[] = "a,\"b\r\nc\"\"d\",\r\n\r\n\"\",x";
    tn__table table;
    tn__table_begin(text, ',', &table);
    ck_assert_int_eq(tn__table_next(&table), 1);
    ck_assert(table.line == 1 && table.n_cells == 3);
    ck_assert_str_eq(table.cells[1], "b\r\nc\"d");
    ck_assert_str_eq(table.cells[2], "");
    ck_assert_int_eq(tn__table_next(&table), 1);
    ck_assert(table.line == 4 && table.n_cells == 2);
    ck_assert_str_eq(table.cells[0], "");
    ck_assert_str_eq(table.cells[1], "x");
    ck_assert_int_eq(tn__table_next(&table), 0);
    tn__table_free(&table);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("list");
    TCase *const tcase = tcase_create("list");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, python_reads_the_same);
    tcase_add_test(tcase, a_list_of_a_folder_equals_the_folder);
    tcase_add_test(tcase, classes_come_from_names_numbers_or_a_map);
    tcase_add_test(tcase, whole_numbers_are_classes);
    tcase_add_test(tcase, rows_need_the_cells_that_are_read);
    tcase_add_test(tcase, numbers_count_the_classes);
    tcase_add_test(tcase, no_class_counts_for_nothing_among_several);
    tcase_add_test(tcase, labels_are_of_every_kind);
    tcase_add_test(tcase, unusual_tables_open);
    tcase_add_test(tcase, json_shows_the_kind_of_labels);
    tcase_add_test(tcase, columns_are_found);
    tcase_add_test(tcase, weights_decide_how_often);
    tcase_add_test(tcase, a_state_fits_its_weights);
    tcase_add_test(tcase, weights_are_needed);
    tcase_add_test(tcase, weights_are_found);
    tcase_add_loop_test(tcase, long_lists_are_kept, 0, 4);
    tcase_add_test(tcase, weights_are_kept);
    tcase_add_test(tcase, stylegan_has_pairs);
    tcase_add_loop_test(tcase, wrong_lists_are_named, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tcase, other_things_are_refused);
    tcase_add_test(tcase, rows_know_their_lines);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
