/* SPDX-License-Identifier: MIT */
/* Checks TFRecord files as data sets: the samples that another reader finds in them
 * (tests/golden/make_tfrecords.py), splits, options, odd forms of protobuf, damage at any byte, and
 * which of them can be packed. */
#include <check.h>

#include "base/blob.h"
#include "base/bytes.h"
#include "container_case.h"
#include "data/tfrecord/example.h"
#include "data/tfrecord/names.h"
#include "flate/checksums.h"
#include "jobs/pack/packable.h"
#include "suite.h"

/* A root and its number of samples, if there is no image; then its samples. */
static const struct {
    const char *name, *image;
    int label; /* or the number of samples */
    const char *text;
} golden[] = {
#include "../golden/tfrecords.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden };

/* A file, the kind of source that reads it, a sample, and its label. */
static const struct {
    const char *name, *source;
    int row;
    const char *text;
} golden_labels[] = {
#include "../golden/tfrecord_labels.inc"
};
enum { N_GOLDEN_LABELS = sizeof golden_labels / sizeof *golden_labels };

static tree place;
static tn__blob file;

static void set_up(void)
{
    place = container_tree();
    file = (tn__blob){0};
}

static void tear_down(void)
{
    tn__blob_free(&file);
    tree_remove(&place);
}

static tn_dataset_options options_of(const char *root)
{
    return (tn_dataset_options){
        .size = (int32_t)sizeof(tn_dataset_options), .root = root, .threads = 2};
}

/* Opens a root of the table. The text is "SOURCE|SPLIT"; either may be empty. */
static tn_dataset *open_golden(int at)
{
    static char root[TREE_PATH], source[64];
    snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, golden[at].name);
    snprintf(source, sizeof source, "%s", golden[at].text);
    char *const split = strchr(source, '|');
    *split = '\0';
    tn_dataset_options options = options_of(root);
    options.source = source[0] ? source : NULL;
    options.split = split[1] ? split + 1 : NULL;
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    return dataset;
}

static void check_sample(const tn_dataset *dataset, int64_t sample, int k)
{
    const int64_t label = tn_dataset_label(dataset, sample);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, sample), golden[k].name);
    ck_assert_str_eq(container_text(dataset, sample), golden[k].image);
    if (golden[k].text[0])
        ck_assert_str_eq(tn_dataset_class_name(dataset, label), golden[k].text);
    else
        ck_assert_int_eq(label, golden[k].label);
}

START_TEST(samples_are_those_of_another_reader)
{
    int n_roots = 0;
    for (int at = 0; at < N_GOLDEN; n_roots++) {
        ck_assert_ptr_null(golden[at].image);
        tn_dataset *const dataset = open_golden(at);
        const int n = golden[at].label;
        ck_assert_int_eq(tn_dataset_count(dataset), n);
        for (int i = 0; i < n; i++)
            check_sample(dataset, i, at + 1 + i);
        tn_dataset_destroy(dataset);
        at += 1 + n;
    }
    ck_assert_int_eq(n_roots, 5);
}
END_TEST

START_TEST(labels_of_all_kinds_are_those_of_another_reader)
{
    int n_files = 0;
    for (int at = 0; at < N_GOLDEN_LABELS; n_files++) {
        char root[TREE_PATH], shown[100];
        int row = 0;
        const char *const name = golden_labels[at].name;
        snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, name);
        tn_dataset *const dataset = container_open(root, NULL, golden_labels[at].source);
        ck_assert_msg(dataset != NULL, "%s", tn_error());
        for (; at < N_GOLDEN_LABELS && strcmp(golden_labels[at].name, name) == 0; at++, row++) {
            container_show_label(dataset, row, shown, sizeof shown);
            ck_assert_int_eq(golden_labels[at].row, row);
            ck_assert_msg(strcmp(shown, golden_labels[at].text) == 0, "%s: %s", name, shown);
        }
        ck_assert_int_eq(tn_dataset_count(dataset), row);
        if (strcmp(name, "labels/classes.tfrecord") == 0)
            ck_assert_int_eq(tn_dataset_classes(dataset), 301);
        tn_dataset_destroy(dataset);
    }
    ck_assert_int_eq(n_files, 7);
}
END_TEST

/* A file of tfrecords/labels/, a kind of source, and what it says. */
static const struct {
    const char *name, *source, *says;
} other_labels[] = {
    {"classes", "tfrecord", "has an integer as its label, but other samples have a list of"},
    {"several", "tfrecord labels=class", "record 0: its label has 2 integers, and is not one int"},
    {"floats", "tfrecord labels=classes", "its label has 2 floats, and is not a list of integers"},
    {"several", "tfrecord labels=text", "its label has 2 integers, and is not one text"},
    {"texts", "tfrecord labels=numbers", "its label has 1 texts, and is not a list of numbers"},
    {"classes", "tfrecord labels=numbers", "has no numbers as its label, but other samples have"},
    {"several", "tfrecord labels=classes first_label=1", "its label is 0; the first one is 1"},
};

START_TEST(labels_of_another_kind_are_refused)
{
    char root[TREE_PATH];
    snprintf(root, sizeof root, "%s/labels/%s.tfrecord", GOLDEN_FOLDER, other_labels[_i].name);
    ck_assert_ptr_null(container_open(root, NULL, other_labels[_i].source));
    ck_assert_msg(strstr(tn_error(), other_labels[_i].says) != NULL, "%s", tn_error());
    ck_assert_msg(strstr(tn_error(), ".tfrecord: ") != NULL, "%s", tn_error());
}
END_TEST

START_TEST(class_names_lie_beside_the_files)
{
    char root[TREE_PATH];
    snprintf(root, sizeof root, "%s/tfds", GOLDEN_FOLDER);
    const tn_dataset_options options = options_of(root);
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 4);
    ck_assert_int_eq(tn_dataset_classes(dataset), 2);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 1), "dog");
    tn_dataset_destroy(dataset);
}
END_TEST

/* Opens the files of TensorFlow Datasets with a class map of this content. */
static tn_dataset *open_mapped(const char *map)
{
    char root[TREE_PATH];
    static char path[2 * TREE_PATH];
    tree_write(&place, "map.txt", map, strlen(map));
    snprintf(path, sizeof path, "%s", tree_path(&place, "map.txt"));
    snprintf(root, sizeof root, "%s/tfds", GOLDEN_FOLDER);
    tn_dataset_options options = options_of(root);
    options.class_map = path;
    return tn_dataset_create(&options);
}

/* The labels 0 and 1 are "cat" and "dog". */
START_TEST(a_class_map_goes_by_names)
{
    tn_dataset *dataset = open_mapped("cow\ndog\ncat\n");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    static const int labels[] = {1, 2, 1, 2};
    static const char *const names[] = {"a/3.png", "a/0.png", "a/1.png", "a/2.png"};
    ck_assert_int_eq(tn_dataset_count(dataset), 4);
    for (int i = 0; i < 4; i++) {
        ck_assert_str_eq(tn_dataset_sample_name(dataset, i), names[i]);
        ck_assert_int_eq(tn_dataset_label(dataset, i), labels[i]);
    }
    ck_assert_int_eq(tn_dataset_classes(dataset), 3);
    tn_dataset_destroy(dataset);
    dataset = open_mapped("dog\n");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    tn_dataset_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_dataset_facts_of(dataset, &facts), TN_OK);
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 0);
    ck_assert_int_eq(facts.unmapped_folders, 1);
    ck_assert_int_eq(facts.unmapped_images, 2);
    tn_dataset_destroy(dataset);
    ck_assert_ptr_null(open_mapped("cow\n"));
    ck_assert_msg(strstr(tn_error(), "none of its 4 is in a class of the class map") != NULL, "%s",
                  tn_error());
}
END_TEST

static void add(const void *bytes, size_t n_bytes)
{
    ck_assert_int_eq(tn__blob_add(&file, bytes, n_bytes), TN_OK);
}

static void add_sum(const void *bytes, size_t n_bytes)
{
    const uint32_t crc = tn__crc32c(0, bytes, n_bytes);
    uint8_t sum[4];
    tn__put_32(sum, (crc >> 15 | crc << 17) + 0xa282ead8u);
    add(sum, sizeof sum);
}

static void add_record(const void *bytes, size_t n_bytes)
{
    uint8_t length[8];
    tn__put_64(length, n_bytes);
    add(length, sizeof length);
    add_sum(length, sizeof length);
    add(bytes, n_bytes);
    add_sum(bytes, n_bytes);
}

/* Feature "image" with the bytes "ab", and feature "label" with the integer 5. */
#define IMAGE                                                                                      \
    "\x0a\x0f\x0a\x05image\x12\x06\x0a\x04\x0a\x02"                                                \
    "ab"
#define LABEL   "\x0a\x0e\x0a\x05label\x12\x05\x1a\x03\x0a\x01\x05"
#define EXAMPLE "\x0a\x21" IMAGE LABEL

static tn_dataset *open_with(const char *source)
{
    static char path[2 * TREE_PATH];
    tree_write(&place, "a.tfrecord", file.bytes, file.size);
    snprintf(path, sizeof path, "%s", tree_path(&place, "a.tfrecord"));
    tn_dataset_options options = options_of(path);
    options.source = source;
    return tn_dataset_create(&options);
}

static void refuse_with(const char *source, const char *text)
{
    ck_assert_ptr_null(open_with(source));
    ck_assert_msg(strstr(tn_error(), text) != NULL, "\"%s\" is not in: %s", text, tn_error());
    ck_assert_msg(strstr(tn_error(), "a.tfrecord") != NULL, "%s", tn_error());
}

static void refuse_record(const void *bytes, size_t n_bytes, const char *text)
{
    file.size = 0;
    add_record(bytes, n_bytes);
    refuse_with(NULL, text);
}

/* A name that tench makes tells the format, so that a pack restores files that others can open. */
static void copy_part(const char *to)
{
    static uint8_t bytes[1 << 14];
    char path[TREE_PATH];
    snprintf(path, sizeof path, "%s/imagenet/train-00000-of-00002", GOLDEN_FOLDER);
    FILE *const golden_file = fopen(path, "rb");
    ck_assert_msg(golden_file != NULL, "%s", path);
    const size_t n = fread(bytes, 1, sizeof bytes, golden_file);
    fclose(golden_file);
    ck_assert(n > 0 && n < sizeof bytes);
    tree_write(&place, to, bytes, n);
}

/* As the scripts for TPUs write ImageNet: names have no extension, and folders are splits. */
START_TEST(names_without_an_extension)
{
    static const char *const sources[] = {NULL, "tfrecord"};
    copy_part("train/train-00000-of-00001");
    copy_part("validation/validation-00000-of-00001");
    for (int k = 0; k < 2; k++) {
        tn_dataset_options options = options_of(place.root);
        options.source = sources[k];
        ck_assert_str_eq(tn_dataset_splits(&options), "train validation");
        tn_dataset *const whole = tn_dataset_create(&options);
        ck_assert_msg(whole != NULL, "%s", tn_error());
        options.split = "validation";
        tn_dataset *const part = tn_dataset_create(&options);
        ck_assert_msg(part != NULL, "%s", tn_error());
        ck_assert_int_eq(tn_dataset_count(whole), 2 * tn_dataset_count(part));
        tn_dataset_destroy(whole);
        tn_dataset_destroy(part);
    }
}
END_TEST

START_TEST(names_that_are_made_tell_the_format)
{
    static const char jpeg[] =
        "\x0a\x13\x0a\x11\x0a\x05image\x12\x08\x0a\x06\x0a\x04\xff\xd8\xff\xe0";
    add_record(jpeg, sizeof jpeg - 1);
    add_record(EXAMPLE, sizeof EXAMPLE - 1);
    tn_dataset *const dataset = open_with(NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "a.tfrecord/00000000.jpeg");
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 1), "a.tfrecord/00000001");
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(what_is_no_image_is_refused)
{
    refuse_record("", 0, "record 0: has no feature \"image/encoded\"; it has: ");
    refuse_record("\x0a\x10" LABEL, 18, "it has: label");
    refuse_record("\x0a\x13\x0a\x11\x0a\x05image\x12\x08\x0a\x06\x0a\x01"
                  "a\x0a\x01"
                  "b",
                  21, "its image is not one encoded file, but 2 of them");
    refuse_record("\x0a\x10\x0a\x0e\x0a\x05image\x12\x05\x1a\x03\x0a\x01\x05", 18,
                  "its image is not one encoded file, but 1 numbers");
    refuse_record("\x0a\x7f", 2, "is not a tf.train.Example");
    refuse_record("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11, "is not a tf.train.Example");
    file.size = 0;
    add_record(EXAMPLE, sizeof EXAMPLE - 1);
    refuse_with("tfrecord image=picture", "has no feature \"picture\"; it has: image, label");
    refuse_with("tfrecord label=class", "has no feature \"class\"");
    refuse_with("tfrecord first_label=6", "its label is 5; the first one is 6");
    tn_dataset *const dataset = open_with("tfrecord first_label=5 name=image");
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 0);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "ab");
    tn_dataset_destroy(dataset);
}
END_TEST

/* Image "ab", and the label -1 or, if the byte `low` is FE, -2. */
#define NEGATIVE(low)                                                                              \
    "\x0a\x2a" IMAGE "\x0a\x17\x0a\x05label\x12\x0e\x1a\x0c\x0a\x0a" low                           \
    "\xff\xff\xff\xff\xff\xff\xff\xff\x01"

START_TEST(minus_one_is_no_class)
{
    add_record(EXAMPLE, sizeof EXAMPLE - 1);
    add_record(NEGATIVE("\xff"), sizeof NEGATIVE("\xff") - 1);
    static const char *const sources[] = {"tfrecord", "tfrecord first_label=1"};
    for (int i = 0; i < 2; i++) {
        tn_dataset *const dataset = open_with(sources[i]);
        ck_assert_msg(dataset != NULL, "%s", tn_error());
        ck_assert_int_eq(tn_dataset_label(dataset, 0), 5 - i);
        ck_assert_int_eq(tn_dataset_label(dataset, 1), -1);
        tn_dataset_destroy(dataset);
    }
    refuse_record(NEGATIVE("\xfe"), sizeof NEGATIVE("\xfe") - 1,
                  "record 0: its label is -2; the first one is 0");
}
END_TEST

START_TEST(compressed_files_are_refused)
{
    add("\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    refuse_with(NULL, "is compressed (GZIP)");
    file.size = 0;
    add("\x78\x9c\x08\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    refuse_with(NULL, "is compressed (ZLIB)");
    file.size = 0;
    add("hello, this is no record", 24);
    refuse_with(NULL, "is not a TFRecord file");
    file.size = 5;
    refuse_with(NULL, "is not a TFRecord file: it has only 5 bytes");
}
END_TEST

/* Each change of a byte and each cut is found, but for cuts between records. */
START_TEST(damage_is_found)
{
    add_record(EXAMPLE, sizeof EXAMPLE - 1);
    const size_t one = file.size;
    add_record(EXAMPLE, sizeof EXAMPLE - 1);
    const size_t whole = file.size;
    for (size_t at = 0; at < whole; at++) {
        file.bytes[at] ^= 0x10;
        ck_assert_msg(open_with(NULL) == NULL, "byte %zu", at);
        ck_assert_int_eq(tn__error_last()->code, TN_EDECODE);
        file.bytes[at] ^= 0x10;
    }
    for (file.size = 1; file.size < whole; file.size++) {
        tn_dataset *const dataset = open_with(NULL);
        ck_assert_msg((dataset != NULL) == (file.size == one), "cut at %zu", file.size);
        tn_dataset_destroy(dataset);
    }
    tn_dataset *const dataset = open_with(NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Appends a field of protobuf that has bytes, up to 127 of them. */
static size_t put(uint8_t *out, int number, const void *bytes, size_t n_bytes)
{
    out[0] = (uint8_t)(number << 3 | 2);
    out[1] = (uint8_t)n_bytes;
    memcpy(out + 2, bytes, n_bytes);
    return n_bytes + 2;
}

/* Appends an entry of a feature with one text. */
static size_t put_text(uint8_t *out, const char *key, const char *text)
{
    uint8_t value[128], list[128], feature[128], entry[128];
    size_t n = put(value, 1, text, strlen(text));
    n = put(list, 1, value, n);
    n = put(feature, 2, list, n);
    const size_t n_key = put(entry, 1, key, strlen(key));
    memcpy(entry + n_key, feature, n);
    return put(out, 1, entry, n_key + n);
}

/* Adds a record of an image with a name and a class. */
static void add_named(const char *name, const char *class_name)
{
    uint8_t features[512], example[512];
    size_t n = put_text(features, "image", "bytes");
    n += put_text(features + n, "file_name", name);
    n += put_text(features + n, "label", class_name);
    add_record(example, put(example, 1, features, n));
}

START_TEST(a_class_folder_of_the_samples_has_the_same_fingerprint)
{
    static const char *const classes[] = {"dress", "dress", "hat"};
    for (int i = 0; i < 3; i++) {
        char name[32], path[64];
        snprintf(name, sizeof name, "%s/%d.jpg", classes[i], i);
        snprintf(path, sizeof path, "folder/%s", name);
        tree_write(&place, path, "bytes", 5);
        add_named(name, classes[i]);
    }
    const tn_dataset_options options = options_of(tree_path(&place, "folder"));
    tn_dataset *const folder = tn_dataset_create(&options), *const records = open_with(NULL);
    ck_assert_msg(folder && records, "%s", tn_error());
    ck_assert_uint_eq(tn_dataset_fingerprint(records), tn_dataset_fingerprint(folder));
    for (int i = 0; i < 3; i++)
        ck_assert_str_eq(container_text(records, i), "bytes");
    tn_dataset_destroy(records);
    tn_dataset_destroy(folder);
}
END_TEST

/* Names and classes of two samples, and what a job that packs them says; NULL: it packs them. */
static const struct {
    const char *name[2], *class_name[2], *text;
} packed[] = {
    {{"a/1.jpg", "./b//2.jpg"}, {"x", "y"}, NULL},
    {{"a/1.jpg", "a//1.jpg"}, {"x", "y"}, "the name \"a/1.jpg\" occurs twice"},
    {{"a", "a/1.jpg"}, {"x", "y"}, "the name \"a\" is that of a file and of a folder"},
    {{"a/1.jpg", "../2.jpg"}, {"x", "y"}, "the name \"../2.jpg\" is not a path inside a folder"},
};

START_TEST(packs_take_what_they_can_hold)
{
    for (int k = 0; k < 2; k++)
        add_named(packed[_i].name[k], packed[_i].class_name[k]);
    tn_dataset *const dataset = open_with(NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    const int status = tn__pack_check(dataset->source);
    ck_assert_int_eq(status, packed[_i].text ? TN_EINVAL : TN_OK);
    if (packed[_i].text)
        ck_assert_msg(strstr(tn_error(), packed[_i].text) != NULL, "%s", tn_error());
    else
        ck_assert_str_eq(tn_dataset_sample_name(dataset, 1), "b/2.jpg");
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(packs_need_classes)
{
    add_record("\x0a\x11" IMAGE, 19);
    tn_dataset *const dataset = open_with(NULL);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn__pack_check(dataset->source), TN_EINVAL);
    ck_assert_msg(strstr(tn_error(), "is in no class") != NULL, "%s", tn_error());
    tn_dataset_destroy(dataset);
}
END_TEST

/* Forms of one Example that protobuf allows: unpacked and packed integers, unknown fields, features
 * in two parts, and a key twice. */
static const struct {
    const char *bytes;
    size_t n_bytes;
    int64_t integer, n;
} forms[] = {
    {"\x0a\x10" LABEL, 18, 5, 1},
    {"\x0a\x0f\x0a\x0d\x0a\x05label\x12\x04\x1a\x02\x08\x05", 17, 5, 1},
    {"\x10\x01\x0a\x10" LABEL, 20, 5, 1},
    {"\x0a\x11" IMAGE "\x0a\x10" LABEL, 37, 5, 1},
    {"\x0a\x10\x0a\x0e\x0a\x05label\x12\x05\x1a\x03\x0a\x01\x07\x0a\x10" LABEL, 36, 5, 1},
    {"\x0a\x11\x0a\x0f\x0a\x05label\x12\x06\x1a\x04\x0a\x02\x05\x06", 19, 5, 2},
    {"\x0a\x19\x0a\x17\x0a\x05label\x12\x0e\x1a\x0c\x0a\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff"
     "\x01",
     27, -1, 1},
};

START_TEST(all_forms_of_a_message_are_read)
{
    tn__feature found;
    const tn__stretch example = {(const uint8_t *)forms[_i].bytes, forms[_i].n_bytes};
    ck_assert_int_eq(tn__example_find(example, "label", &found), TN_OK);
    ck_assert_int_eq(found.kind, TN__FEATURE_INTS);
    ck_assert_int_eq(found.integer, forms[_i].integer);
    ck_assert_int_eq(found.n, forms[_i].n);
}
END_TEST

static const struct {
    const char *name, *split;
    bool extension, is_name;
} names[] = {
    {"a.tfrecord", NULL, true, true},
    {"train.tfrecords", "train", true, true},
    {"toy-test.tfrecord-00000-of-00001", "test", true, true},
    {"validation-00127-of-00128", "validation", false, true},
    {"toy_val.tfrec", "val", true, true},
    {"a.tfrecord.index", NULL, false, false},
    {"a.tfrecord.gz", NULL, false, false},
    {"train", NULL, false, false},
    {"label.labels.txt", NULL, false, false},
    {"x-1-of-", NULL, false, false},
};

START_TEST(names_tell_files_and_splits)
{
    const char *const split = tn__tfrecord_split(names[_i].name);
    ck_assert_int_eq(tn__tfrecord_has_extension(names[_i].name), names[_i].extension);
    ck_assert_int_eq(tn__tfrecord_is_name(names[_i].name), names[_i].is_name);
    if (names[_i].split)
        ck_assert_pstr_eq(split, names[_i].split);
    else if (names[_i].is_name)
        ck_assert_ptr_null(split);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("tfrecord");
    TCase *const tcase = tcase_create("tfrecord");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, samples_are_those_of_another_reader);
    tcase_add_test(tcase, labels_of_all_kinds_are_those_of_another_reader);
    tcase_add_loop_test(tcase, labels_of_another_kind_are_refused, 0,
                        (int)(sizeof other_labels / sizeof *other_labels));
    tcase_add_test(tcase, class_names_lie_beside_the_files);
    tcase_add_test(tcase, a_class_map_goes_by_names);
    tcase_add_test(tcase, names_that_are_made_tell_the_format);
    tcase_add_test(tcase, names_without_an_extension);
    tcase_add_test(tcase, what_is_no_image_is_refused);
    tcase_add_test(tcase, minus_one_is_no_class);
    tcase_add_test(tcase, compressed_files_are_refused);
    tcase_add_test(tcase, a_class_folder_of_the_samples_has_the_same_fingerprint);
    tcase_add_test(tcase, damage_is_found);
    tcase_add_loop_test(tcase, packs_take_what_they_can_hold, 0,
                        (int)(sizeof packed / sizeof *packed));
    tcase_add_test(tcase, packs_need_classes);
    tcase_add_loop_test(tcase, all_forms_of_a_message_are_read, 0,
                        (int)(sizeof forms / sizeof *forms));
    tcase_add_loop_test(tcase, names_tell_files_and_splits, 0, (int)(sizeof names / sizeof *names));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
