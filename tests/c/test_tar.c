/* SPDX-License-Identifier: MIT */
/* Checks tars as data sets: the samples that timm finds in tars of many programs; what is refused,
 * and how the message says it; damage at any byte; tars that change, and the kept list of samples.
 */
#include <check.h>
#include <utime.h>

#include "container_case.h"
#include "data/listing/cache.h"
#include "make_tar.h"
#include "suite.h"

/* A tar and its number of samples, if there is no text; then its samples. */
static const struct {
    const char *name, *text;
    int label; /* or the number of samples */
    const char *class_name;
} golden[] = {
#include "../golden/tars.inc"
};
enum { N_GOLDEN = sizeof golden / sizeof *golden };

static tree place;
static tn__blob tar;

static void set_up(void)
{
    place = container_tree();
    tar = (tn__blob){0};
}

static void tear_down(void)
{
    tn__blob_free(&tar);
    tree_remove(&place);
}

static tn_dataset_options options_of(const char *root)
{
    return (tn_dataset_options){
        .size = (int32_t)sizeof(tn_dataset_options), .root = root, .threads = 3};
}

static int compare_with_timm(int at)
{
    char root[TREE_PATH];
    const int n = golden[at].label;
    snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, golden[at].name);
    tn_dataset_options options = options_of(root);
    options.source = "tar";
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_msg(tn_dataset_count(dataset) == n, "%s", root);
    for (int i = 0; i < n; i++) {
        const int k = at + 1 + i;
        const int64_t label = tn_dataset_label(dataset, i);
        ck_assert_str_eq(tn_dataset_sample_name(dataset, i), golden[k].name);
        ck_assert_str_eq(container_text(dataset, i), golden[k].text);
        ck_assert_int_eq(label, golden[k].label);
        ck_assert_str_eq(tn_dataset_class_name(dataset, label), golden[k].class_name);
    }
    tn_dataset_destroy(dataset);
    return at + 1 + n;
}

START_TEST(samples_are_those_of_timm)
{
    int n_tars = 0;
    for (int at = 0; at < N_GOLDEN; n_tars++) {
        ck_assert_ptr_null(golden[at].text);
        at = compare_with_timm(at);
    }
    ck_assert_int_ge(n_tars, 18);
}
END_TEST

static tn_dataset *open_bytes(const void *bytes, size_t n_bytes)
{
    char path[2 * TREE_PATH];
    tree_write(&place, "a.tar", bytes, n_bytes);
    snprintf(path, sizeof path, "%s", tree_path(&place, "a.tar"));
    const tn_dataset_options options = options_of(path);
    return tn_dataset_create(&options);
}

static tn_dataset *open_tar(void)
{
    return open_bytes(tar.bytes, tar.size);
}

static void refuse(int code, const char *text)
{
    char path[2 * TREE_PATH];
    tree_write(&place, "a.tar", tar.bytes, tar.size);
    snprintf(path, sizeof path, "%s", tree_path(&place, "a.tar"));
    const tn_dataset_options options = options_of(path);
    tree_refuse(&options, code, text);
    ck_assert_msg(strstr(tn_error(), "a.tar") != NULL, "%s", tn_error());
}

static void accept_one(const char *name, const char *text)
{
    tn_dataset *const dataset = open_tar();
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 1);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), name);
    ck_assert_str_eq(container_text(dataset, 0), text);
    tn_dataset_destroy(dataset);
    tar.size = 0;
}

START_TEST(members_without_bytes_of_their_own_are_refused)
{
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    const size_t one = tar.size;
    tar_head(&tar, "x/hard.jpg", '1', 0);
    refuse(TN_EDECODE, "\"x/hard.jpg\" is a hard link");
    tar.size = one;
    tar_head(&tar, "x/hard.txt", '1', 5); /* a link has no data, whatever its size says */
    tar_head(&tar, "x/soft.jpg", '2', 0);
    tar_head(&tar, "x/folder.jpg", '5', 0);
    accept_one("x/a.jpg", "bytes");
    tar_add_text(&tar, "x/sparse.jpg", 'S', "bytes");
    refuse(TN_EDECODE, "\"x/sparse.jpg\" is a sparse file");
    tar.size = 0;
    tar_add_pax(&tar, "GNU.sparse.name", "x/real.jpg");
    tar_add_text(&tar, "x/GNUSparseFile.1/real.jpg", '0', "bytes");
    refuse(TN_EDECODE, "\"x/real.jpg\" is a sparse file");
    tar.size = 0;
    /* Each block of a sparse file's map says whether another one follows. */
    const size_t at = tar_head(&tar, "x/sparse", 'S', 5);
    tar.bytes[at + 482] = 1;
    tar_mend(&tar, at);
    tn__blob_add(&tar, NULL, 512);
    tar.bytes[tar.size - 512 + 504] = 1;
    tn__blob_add(&tar, NULL, 512);
    tn__blob_add(&tar, "bytes", 5);
    tar_pad(&tar);
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    accept_one("x/a.jpg", "bytes");
}
END_TEST

START_TEST(names_come_from_the_first_header_that_has_one)
{
    tar_add_pax(&tar, "path", "x/pax.jpg");
    tar_add(&tar, "long", 'L', "x/long.jpg", 11);
    tar_add_text(&tar, "x/short.jpg", '0', "1");
    accept_one("x/pax.jpg", "1");
    tar_add(&tar, "long", 'L', "x/long.jpg", 11);
    tar_add_pax(&tar, "path", "x/pax.jpg");
    tar_add_text(&tar, "x/short.jpg", '0', "2");
    accept_one("x/long.jpg", "2");
    tar_add(&tar, "link", 'K', "a long target", 14);
    tar_add_pax(&tar, "comment", "a = b");
    tar_add_text(&tar, "x/short.jpg", '0', "3");
    accept_one("x/short.jpg", "3");
}
END_TEST

static void write_size(size_t head, const void *field, size_t n)
{
    memcpy(tar.bytes + head + 124, field, n);
    tar_mend(&tar, head);
}

START_TEST(sizes_have_many_forms)
{
    static const struct {
        const char *field;
        size_t n;
    } forms[] = {{"5          ", 12},   {"          5 ", 12},  {"   5\0garbage", 12},
                 {"000000000005", 12},  {"5\0zzzzzzzzzz", 12}, {"\x80\0\0\0\0\0\0\0\0\0\0\x05", 12},
                 {"\t5\n         ", 12}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const size_t at = tar_add_text(&tar, "x/a.jpg", '0', "bytes");
        write_size(at, forms[i].field, forms[i].n);
        accept_one("x/a.jpg", "bytes");
    }
    tar_add_pax(&tar, "size", "5"); /* goes before the header's own */
    write_size(tar_add_text(&tar, "x/a.jpg", '0', "bytes"), "00000077777", 12);
    accept_one("x/a.jpg", "bytes");
    const size_t empty = tar_head(&tar, "x/a.jpg", '0', 0);
    write_size(empty, "            ", 12);
    accept_one("x/a.jpg", "");
}
END_TEST

START_TEST(wrong_sizes_are_refused)
{
    static const char *const fields[] = {"8          ",
                                         "-5         ",
                                         "0x5        ",
                                         "5 5        ",
                                         "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                                         "\x80\xFF\0\0\0\0\0\0\0\0\0"};
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    const size_t at = tar_add_text(&tar, "x/b.jpg", '0', "bytes");
    write_size(at, fields[_i], 12);
    refuse(TN_EDECODE, "the header at byte 1024 is damaged");
    write_size(at, "77777777777", 12);
    refuse(TN_EDECODE, "\"x/b.jpg\" is cut off: the tar ends at byte 2048");
    write_size(at, "\x80\0\0\0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12);
    refuse(TN_EDECODE, "\"x/b.jpg\" is cut off");
}
END_TEST

START_TEST(wrong_extended_headers_are_refused)
{
    static const struct {
        char type;
        const char *text, *says;
    } cases[] = {{'x', "9 path=x\n ", "an extended header is damaged"},
                 {'x', "11 path=x\n", "an extended header is damaged"},
                 {'x', "9 path-xx\n", "an extended header is damaged"},
                 {'x', "0 path=x\n", "an extended header is damaged"},
                 {'x', "99999999999999999999 path=x\n", "an extended header is damaged"},
                 {'x', "9 path=xx", "an extended header is damaged"},
                 {'x', "11 size=-5\n", "an extended header is damaged"},
                 {'x', "28 size=9999999999999999999\n", "an extended header is damaged"},
                 {'x', "27 size=999999999999999999\n", "is cut off"},
                 {'g', "12 path=x/y\n", "a global header gives all members one name or size"},
                 {'g', "9 size=5\n", "a global header gives all members one name or size"}};
    tar_add_text(&tar, "pax", cases[_i].type, cases[_i].text);
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    refuse(TN_EDECODE, cases[_i].says);
}
END_TEST
enum { N_EXTENDED = 11 };

START_TEST(long_extended_headers_are_refused)
{
    static char text[3 << 20];
    memset(text, 'x', sizeof text);
    tar_add(&tar, "long", 'L', text, sizeof text);
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    refuse(TN_ELIMIT, "an extended header has 3145728 bytes; the limit is 1048576");
    tar.size = 0;
    memcpy(text + 4092, ".jpg", 4);
    tar_add(&tar, "long", 'L', text, 4096);
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    refuse(TN_ELIMIT, "a name of 4096 bytes; the limit is 4095");
    tar.size = 0;
    memcpy(text + 4091, ".jpg", 4);
    tar_add(&tar, "long", 'L', text, 4095);
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    text[4095] = '\0';
    accept_one(text, "bytes");
    tar_add_pax(&tar, "comment", "with a NUL below");
    tar_add_text(&tar, "pax", 'x', "16 path=x/.jpg\n");
    tar.bytes[tar.size - 512 + 10] = '\0';
    refuse(TN_EDECODE, "an extended header is damaged"); /* its length is wrong, too */
}
END_TEST

START_TEST(other_files_are_no_tars)
{
    static const struct {
        const char *bytes, *says;
    } cases[] = {{"\x1F\x8B", "is compressed (gzip), and so has no random access"},
                 {"BZh", "is compressed (bzip2)"},
                 {"\x28\xB5\x2F\xFD", "is compressed (zstd)"},
                 {"PK\3\4", "is not a tar"}};
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    memcpy(tar.bytes, cases[_i].bytes, strlen(cases[_i].bytes));
    refuse(TN_EDECODE, cases[_i].says);
}
END_TEST

START_TEST(a_name_may_begin_as_a_compressed_file)
{
    tar_add_text(&tar, "BZh9/a.jpg", '0', "bytes");
    accept_one("BZh9/a.jpg", "bytes");
}
END_TEST

START_TEST(the_end_of_a_tar)
{
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    tar.size = 512 + 5; /* without the last padding */
    accept_one("x/a.jpg", "bytes");
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    tar.size = 512 + 4;
    refuse(TN_EDECODE, "\"x/a.jpg\" is cut off");
    tar.size = 0;
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    tar_add_text(&tar, "x/b.jpg", '0', "bytes");
    tar.size = 1024 + 100;
    refuse(TN_EDECODE, "is cut off in the header at byte 1024");
    tar.size = 0;
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    tar_add_pax(&tar, "path", "x/b.jpg");
    refuse(TN_EDECODE, "ends after an extended header");
    tar.size = 0;
    tar_end(&tar);
    refuse(TN_EINVAL, "no images in");
    refuse(TN_EINVAL, "no member has an extension of .png,.jpg,.jpeg");
    tar.size = 512; /* of two blocks of zeros */
    refuse(TN_EINVAL, "no member has an extension of .png,.jpg,.jpeg");
    tar.size = 0;
    refuse(TN_EDECODE, "a.tar: is empty: a tar has");
}
END_TEST

/* Damage within a tar in a tar is found, too, and the message names both. */
START_TEST(an_inner_tar_is_read_with_the_same_care)
{
    tn__blob inner = {0};
    tar_add_text(&inner, "x/a.jpg", '0', "bytes");
    tar_add(&tar, "in/inner.tar", '0', inner.bytes, inner.size);
    accept_one("x/a.jpg", "bytes");
    inner.bytes[3] ^= 1;
    tar_add(&tar, "in/inner.tar", '0', inner.bytes, inner.size);
    refuse(TN_EDECODE, "a.tar: \"in/inner.tar\": is not a tar");
    tar.size = 0;
    tar_add(&tar, "in/inner.tar", '0', "", 0);
    refuse(TN_EDECODE, "a.tar: \"in/inner.tar\": is empty");
    tn__blob_free(&inner);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Opens bytes that may be damaged, and reads all samples. Any answer is right that comes soon, is
 * no crash, and says which file is damaged. */
static bool try_bytes(const void *bytes, size_t n_bytes)
{
    tn__buffer buffer = {0};
    tn_dataset *const dataset = open_bytes(bytes, n_bytes);
    if (!dataset) {
        ck_assert_msg(strstr(tn_error(), "a.tar") != NULL, "%s", tn_error());
        return false;
    }
    for (int64_t i = 0; i < tn_dataset_count(dataset); i++)
        ck_assert_msg(tn__dataset_read(dataset, i, &buffer) == TN_OK, "%s", tn_error());
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
    return true;
}

static void make_many(void)
{
    tn__blob inner = {0};
    tar_add_text(&inner, "y/b.jpg", '0', "inner bytes");
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    tar_add_pax(&tar, "path", "x/a long name that comes from an extended header.jpg");
    tar_add_text(&tar, "x/b.jpg", '0', "more bytes");
    tar_add(&tar, "long", 'L', "z/another long name.jpg", 24);
    tar_add_text(&tar, "x/c.jpg", '0', "and more");
    tar_add(&tar, "inner.tar", '0', inner.bytes, inner.size);
    tar_end(&tar);
    tn__blob_free(&inner);
}

/* A bit of many bytes is flipped, one byte at a time. With the sum as it was, the tar is refused if
 * the byte lies in a header; with a mended sum it may be anything. */
enum { STRIDE = 23 };
START_TEST(damage_at_any_byte)
{
    int n_refused = 0;
    make_many();
    for (size_t at = (size_t)_i * 7; at < tar.size; at += (size_t)STRIDE) {
        tar.bytes[at] ^= (uint8_t)(1u << (at % 8));
        n_refused += !try_bytes(tar.bytes, tar.size);
        tar_mend(&tar, at / 512 * 512);
        try_bytes(tar.bytes, tar.size);
        tar.size = 0;
        make_many();
    }
    ck_assert_int_ge(n_refused, 6 * 400 / STRIDE);
}
END_TEST

START_TEST(cut_anywhere)
{
    make_many();
    for (size_t n = 0; n < tar.size; n += 1 + n % 29)
        try_bytes(tar.bytes, n);
}
END_TEST

START_TEST(random_damage)
{
    uint64_t state = (uint64_t)_i + 1;
    for (int k = 0; k < 150; k++) {
        tar.size = 0;
        make_many();
        for (int flips = 0; flips < 4; flips++)
            tar.bytes[next_random(&state) % tar.size] = (uint8_t)next_random(&state);
        for (size_t at = 0; k % 2 && at < tar.size; at += 512)
            tar_mend(&tar, at);
        try_bytes(tar.bytes, tar.size);
    }
}
END_TEST

static void write_tar(const char *path, const char *name, const char *text)
{
    tar.size = 0;
    tar_add_text(&tar, name, '0', text);
    tar_end(&tar);
    tree_write(&place, path, tar.bytes, tar.size);
}

/* A folder with tars and nothing else is a data set of tars; with class folders or images beside
 * them it is a class folder. */
START_TEST(a_folder_of_tars)
{
    write_tar("set/a.tar", "1.jpg", "bytes");
    tree_write(&place, "set/notes.txt", "", 0);
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "set"));
    tn_dataset_options options = options_of(root);
    tn_dataset *dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_class_name(dataset, 0), "a");
    tn_dataset_destroy(dataset);
    tree_write(&place, "set/cat/2.jpg", "image", 5);
    dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "cat/2.jpg");
    tn_dataset_destroy(dataset);
    options.source = "tar";
    dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "1.jpg");
    tn_dataset_destroy(dataset);
    snprintf(root, sizeof root, "%s", tree_path(&place, "set/cat"));
    tree_refuse(&options, TN_EINVAL, "no file ends with .tar");
}
END_TEST

START_TEST(splits_of_tars)
{
    write_tar("set/train/a.tar", "1.jpg", "train");
    write_tar("set/val/a.tar", "1.jpg", "val");
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "set"));
    tn_dataset_options options = options_of(root);
    ck_assert_str_eq(tn_dataset_splits(&options), "train val");
    options.split = "validation";
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(tn_dataset_split(dataset), "val");
    ck_assert_str_eq(container_text(dataset, 0), "val");
    tn_dataset_destroy(dataset);
}
END_TEST

START_TEST(a_class_map)
{
    tar_add_text(&tar, "cat/1.jpg", '0', "1");
    tar_add_text(&tar, "dog/2.jpg", '0', "2");
    tar_add_text(&tar, "cow/3.jpg", '0', "3");
    tree_write(&place, "a.tar", tar.bytes, tar.size);
    tree_write(&place, "map.txt", "dog\ncat\n", 8);
    tree_write(&place, "other.txt", "horse\n", 6);
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "a.tar"));
    tn_dataset_options options = options_of(root);
    options.class_map = "map.txt";
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 1);
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 0);
    tn_dataset_facts facts = {.size = (int32_t)sizeof facts};
    ck_assert_int_eq(tn_dataset_facts_of(dataset, &facts), TN_OK);
    ck_assert_int_eq(facts.unmapped_images, 1);
    tn_dataset_destroy(dataset);
    options.class_map = "other.txt";
    tree_refuse(&options, TN_EINVAL, "none of its 3 is in a class of the class map \"other.txt\"");
}
END_TEST

/* The same files as a class folder and as a tar: equal names, labels and fingerprint. */
START_TEST(a_tar_equals_its_folder)
{
    static const char *const names[] = {"b/10.jpg", "b/9.jpg", "a/x.png", "B/1.jpeg"};
    for (int i = 0; i < 4; i++) {
        char path[64];
        tar_add_text(&tar, names[i], '0', names[i]);
        snprintf(path, sizeof path, "set/%s", names[i]);
        tree_write(&place, path, names[i], strlen(names[i]));
    }
    tn_dataset *const packed = open_tar();
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "set"));
    const tn_dataset_options options = options_of(root);
    tn_dataset *const folder = tn_dataset_create(&options);
    ck_assert(packed && folder);
    ck_assert_uint_eq(tn_dataset_fingerprint(packed), tn_dataset_fingerprint(folder));
    ck_assert_int_eq(tn_dataset_count(packed), 4);
    for (int64_t i = 0; i < 4; i++) {
        ck_assert_str_eq(container_text(packed, i), tn_dataset_sample_name(folder, i));
        ck_assert_int_eq(tn_dataset_label(packed, i), tn_dataset_label(folder, i));
    }
    tn_dataset_destroy(packed);
    tn_dataset_destroy(folder);
}
END_TEST

/* A tar that is written to in its place, so that all offsets fit, gives no other bytes. */
START_TEST(an_open_tar_that_is_overwritten)
{
    tn__buffer buffer = {0};
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    tn_dataset *const dataset = open_tar();
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    ck_assert_str_eq(container_text(dataset, 0), "bytes");
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&place, "a.tar"));
    const struct utimbuf times = {1000000000, 1000000000};
    ck_assert_int_eq(utime(path, &times), 0);
    ck_assert_int_eq(tn__dataset_read(dataset, 0, &buffer), TN_EIO);
    ck_assert_msg(strstr(tn_error(), "a.tar: has changed since the data set was opened") != NULL,
                  "%s", tn_error());
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

/* One that is replaced is an error when it is next opened. */
START_TEST(a_tar_that_changes)
{
    tn__buffer buffer = {0};
    tar_add_text(&tar, "x/a.jpg", '0', "bytes");
    tn_dataset *const dataset = open_tar();
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    tree_write(&place, "a.tar", tar.bytes, 600);
    ck_assert_int_eq(tn__dataset_read(dataset, 0, &buffer), TN_EIO);
    ck_assert_msg(strstr(tn_error(), "a.tar: has changed since the data set was opened") != NULL,
                  "%s", tn_error());
    tn__buffer_free(&buffer);
    tn_dataset_destroy(dataset);
}
END_TEST

static void make_long(int n)
{
    tar.size = 0;
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "c%d/%d.jpg", i % 10, i);
        tar_add_text(&tar, name, '0', name);
    }
    tree_write(&place, "a.tar", tar.bytes, tar.size);
    const struct utimbuf times = {1000000000, 1000000000};
    ck_assert_int_eq(utime(tree_path(&place, "a.tar"), &times), 0);
}

static int64_t count_members(const char *root)
{
    const tn_dataset_options options = options_of(root);
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    const int64_t n = tn_dataset_count(dataset);
    for (int64_t i = 0; i < n; i += 97)
        ck_assert_str_eq(container_text(dataset, i), tn_dataset_sample_name(dataset, i));
    tn_dataset_destroy(dataset);
    return n;
}

/* A list that was kept is used: the tar's bytes are not read again. A tar that changed is listed
 * again. */
START_TEST(the_list_is_kept)
{
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "a.tar"));
    make_long(TN__LISTING_LEAST);
    ck_assert_int_eq(count_members(root), TN__LISTING_LEAST);
    /* The first header is damaged, but the file's facts are as they were. */
    const int file = open(root, O_WRONLY);
    ck_assert_int_eq(pwrite(file, "?", 1, 0), 1);
    close(file);
    const struct utimbuf times = {1000000000, 1000000000};
    ck_assert_int_eq(utime(root, &times), 0);
    ck_assert_int_eq(count_members(root), TN__LISTING_LEAST);
    make_long(TN__LISTING_LEAST + 1);
    ck_assert_int_eq(count_members(root), TN__LISTING_LEAST + 1);
}
END_TEST

START_TEST(listing_can_be_stopped)
{
    const int32_t stop = 1;
    char root[2 * TREE_PATH];
    snprintf(root, sizeof root, "%s", tree_path(&place, "a.tar"));
    make_long(10);
    tn_dataset_options options = options_of(root);
    options.stop = &stop;
    tree_refuse(&options, TN_ESTOPPED, "stopped after 0 members");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("tar");
    TCase *const form = tcase_create("form");
    tcase_add_checked_fixture(form, set_up, tear_down);
    tcase_add_test(form, samples_are_those_of_timm);
    tcase_add_test(form, members_without_bytes_of_their_own_are_refused);
    tcase_add_test(form, names_come_from_the_first_header_that_has_one);
    tcase_add_test(form, sizes_have_many_forms);
    tcase_add_loop_test(form, wrong_sizes_are_refused, 0, 6);
    tcase_add_loop_test(form, wrong_extended_headers_are_refused, 0, N_EXTENDED);
    tcase_add_test(form, long_extended_headers_are_refused);
    tcase_add_loop_test(form, other_files_are_no_tars, 0, 4);
    tcase_add_test(form, a_name_may_begin_as_a_compressed_file);
    tcase_add_test(form, the_end_of_a_tar);
    tcase_add_test(form, an_inner_tar_is_read_with_the_same_care);
    suite_add_tcase(suite, form);
    TCase *const damage = tcase_create("damage");
    tcase_set_timeout(damage, 120);
    tcase_add_checked_fixture(damage, set_up, tear_down);
    tcase_add_loop_test(damage, damage_at_any_byte, 0, 3);
    tcase_add_test(damage, cut_anywhere);
    tcase_add_loop_test(damage, random_damage, 0, 2);
    suite_add_tcase(suite, damage);
    TCase *const sets = tcase_create("data sets");
    tcase_add_checked_fixture(sets, set_up, tear_down);
    tcase_add_test(sets, a_folder_of_tars);
    tcase_add_test(sets, splits_of_tars);
    tcase_add_test(sets, a_class_map);
    tcase_add_test(sets, a_tar_equals_its_folder);
    tcase_add_test(sets, an_open_tar_that_is_overwritten);
    tcase_add_test(sets, a_tar_that_changes);
    tcase_add_test(sets, the_list_is_kept);
    tcase_add_test(sets, listing_can_be_stopped);
    suite_add_tcase(suite, sets);
    return suite_run(suite);
}
