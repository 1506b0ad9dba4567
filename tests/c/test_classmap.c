/* SPDX-License-Identifier: MIT */
/* Checks class maps: the labels that a .txt file gives, and files that are refused. */
#include <check.h>
#include <string.h>

#include "data/classmap.h"
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

/* Reads a map from this text, which has no zero byte. */
static int read_text(const char *text, tn__classmap *map)
{
    tree_write(&here, "map.txt", text, strlen(text));
    return tn__classmap_read("map.txt", here.root, map);
}

START_TEST(lines_are_labels)
{
    static const struct {
        const char *text;
        int32_t n, cat, dog, empty; /* labels of "cat", "dog" and "" */
    } cases[] = {
        {"cat\ndog\n", 2, 0, 1, -1},
        {"cat\ndog", 2, 0, 1, -1},
        {"dog\r\ncat\r\n", 2, 1, 0, -1},
        {"dog\rcat", 2, 1, 0, -1},
        {"  cat\t\n\v dog \f\n", 2, 0, 1, -1},
        {"cat\n\ndog\n", 3, 0, 2, 1},
        {"\n\r\n\rdog\n", 4, -1, 3, 2},
        {"cat\ndog\n\n\n", 2, 0, 1, -1},
        {"\xEF\xBB\xBF"
         "cat\ndog\n",
         2, 0, 1, -1},
        {"caterpillar\nCat\nca\ndog", 4, -1, 3, -1},
    };
    tn__classmap map;
    ck_assert_msg(read_text(cases[_i].text, &map) == TN_OK, "%s", tn_error());
    ck_assert_int_eq(map.n, cases[_i].n);
    ck_assert_int_eq(tn__classmap_find(&map, "cat"), cases[_i].cat);
    ck_assert_int_eq(tn__classmap_find(&map, "dog"), cases[_i].dog);
    ck_assert_int_eq(tn__classmap_find(&map, ""), cases[_i].empty);
    ck_assert_str_eq(map.names[cases[_i].dog], "dog");
    tn__classmap_free(&map);
}
END_TEST

/* A map of the largest length is read; a longer one, and anything but a file, is refused. */
START_TEST(the_length_of_a_map_is_limited)
{
    tn__classmap map;
    ck_assert_int_eq(mkfifo(tree_path(&here, "pipe.txt"), 0600), 0);
    ck_assert_int_eq(tn__classmap_read("pipe.txt", here.root, &map), TN_EIO);
    ck_assert_ptr_nonnull(strstr(tn_error(), "pipe.txt\": is a pipe, not a file"));
    tree_folder(&here, "folder.txt/");
    ck_assert_int_eq(tn__classmap_read("folder.txt", here.root, &map), TN_EIO);
    ck_assert_ptr_nonnull(strstr(tn_error(), "is a folder, not a file"));
    tree_write(&here, "long.txt", "cat\n", 4);
    ck_assert_int_eq(truncate(tree_path(&here, "long.txt"), 5LL << 30), 0);
    ck_assert_int_eq(tn__classmap_read("long.txt", here.root, &map), TN_ELIMIT);
    ck_assert_ptr_nonnull(strstr(tn_error(), "5368709120 bytes; the limit is 268435456"));
}
END_TEST

START_TEST(many_lines)
{
    enum { N = 3000 };
    char text[N * 8], name[16];
    size_t length = 0;
    for (int i = 0; i < N; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "c%d\n", (i * 7919) % N);
    tn__classmap map;
    ck_assert_int_eq(read_text(text, &map), TN_OK);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "c%d", (i * 7919) % N);
        ck_assert_int_eq(tn__classmap_find(&map, name), i);
    }
    tn__classmap_free(&map);
}
END_TEST

START_TEST(wrong_maps_are_refused)
{
    static const char *const cases[][2] = {
        {"cat\ndog\ncat\n", "map.txt\", line 3: class \"cat\" is already on line 1"},
        {"", "map.txt\": names no class"},
        {"\n \n", "map.txt\": names no class"},
        {"cat\nanimals/dog\n", "map.txt\", line 2: \"animals/dog\" contains a \"/\""},
    };
    tn__classmap map;
    ck_assert_int_eq(read_text(cases[_i][0], &map), TN_EINVAL);
    ck_assert_msg(strstr(tn_error(), cases[_i][1]) != NULL, "%s", tn_error());
    ck_assert_ptr_null(map.text);
}
END_TEST

START_TEST(files_that_are_no_maps)
{
    tn__classmap map;
    tree_write(&here, "zero.txt", "a\nb\0c\n", 6);
    ck_assert_int_eq(tn__classmap_read("zero.txt", here.root, &map), TN_EINVAL);
    ck_assert_ptr_nonnull(strstr(tn_error(), "zero.txt\", line 2: contains a zero byte"));
    ck_assert_int_eq(tn__classmap_read("map.pkl", here.root, &map), TN_EINVAL);
    ck_assert_ptr_nonnull(strstr(tn_error(), "\"map.pkl\": must be a .txt file"));
    ck_assert_int_eq(tn__classmap_read("none.txt", here.root, &map), TN_EIO);
    ck_assert_ptr_nonnull(strstr(tn_error(), "class map \"none.txt\" (tried as given"));
    ck_assert_ptr_nonnull(strstr(tn_error(), "): No such file"));
    ck_assert_ptr_nonnull(strstr(tn_error(), here.root));
    tree_folder(&here, "folder.txt/");
    ck_assert_int_eq(tn__classmap_read("folder.txt", here.root, &map), TN_EIO);
    ck_assert_ptr_nonnull(strstr(tn_error(), "is a folder, not a file"));
}
END_TEST

/* The path as given is tried before the one below the root. */
START_TEST(the_given_path_is_tried_before_the_root)
{
    tree_write(&here, "data/map.TXT", "below\n", 6);
    tree_write(&here, "map.TXT", "given\n", 6);
    char data[2 * TREE_PATH];
    snprintf(data, sizeof data, "%s/data", here.root);
    tn__classmap map;
    ck_assert_int_eq(tn__classmap_read("map.TXT", data, &map), TN_OK);
    ck_assert_str_eq(map.names[0], "below");
    tn__classmap_free(&map);
    ck_assert_int_eq(chdir(here.root), 0);
    ck_assert_int_eq(tn__classmap_read("map.TXT", data, &map), TN_OK);
    ck_assert_str_eq(map.names[0], "given");
    tn__classmap_free(&map);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(folders_that_the_map_lacks_are_dropped)
{
    tree_touch(&here, "cat/1.jpg");
    tree_touch(&here, "dog/2.jpg");
    tree_touch(&here, "eel/3.jpg");
    tree_touch(&here, "0.jpg");
    tree_write(&here, "map.txt", "eel\nfox\ncat\n", 12);
    tn_dataset_options options = tree_options(&here);
    options.class_map = "map.txt";
    tn_dataset *const dataset = tn_dataset_create(&options);
    ck_assert_int_eq(tn_dataset_classes(dataset), 3);
    ck_assert_int_eq(tn_dataset_count(dataset), 2);
    ck_assert_str_eq(tn_dataset_sample_name(dataset, 0), "cat/1.jpg");
    ck_assert_int_eq(tn_dataset_label(dataset, 0), 2);
    ck_assert_int_eq(tn_dataset_label(dataset, 1), 0);
    ck_assert_str_eq(tn_dataset_class_name(dataset, 1), "fox");
    tn_dataset_destroy(dataset);
    tree_write(&here, "map.txt", "gnu\n", 4);
    tree_refuse(&options, TN_EINVAL, "none of the folders of its 4 files");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("classmap");
    TCase *const cases = tcase_create("classmap");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, lines_are_labels, 0, 10);
    tcase_add_test(cases, the_length_of_a_map_is_limited);
    tcase_add_test(cases, many_lines);
    tcase_add_loop_test(cases, wrong_maps_are_refused, 0, 4);
    tcase_add_test(cases, files_that_are_no_maps);
    tcase_add_test(cases, the_given_path_is_tried_before_the_root);
    tcase_add_test(cases, folders_that_the_map_lacks_are_dropped);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
