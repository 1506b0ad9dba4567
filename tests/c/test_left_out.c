/* SPDX-License-Identifier: MIT */
/* Checks what data sets leave out: each kind of thing has its own count, and files of other kinds
 * of sources beside the containers are counted and named. */
#include "data/numbered.h"

#include "make_tar.h"
#include "split_folders.h"
#include "suite.h"

static tree place;

static void set_up(void)
{
    place = container_tree();
}

static void tear_down(void)
{
    tree_remove(&place);
}

/* Opens a data set for its facts alone. */
static tn_dataset *open_facts(const char *root, const char *source, tn_dataset_facts *out)
{
    tn_dataset *const dataset = container_open(root, NULL, source);
    ck_assert_msg(dataset != NULL, "%s", tn_error());
    *out = (tn_dataset_facts){.size = (int32_t)sizeof *out};
    ck_assert_int_eq(tn_dataset_facts_of(dataset, out), TN_OK);
    return dataset;
}

/* The counts of a data set. */
static const struct {
    const char *golden, *source;
    int64_t files, members, keys, without_image, negative;
} cases[] = {
    {"lmdbs/numbers", "lmdb", 0, 0, 2, 0, 0},
    {"parquet/nulls-v1.parquet", "parquet", 0, 0, 0, 2, 0},
    {"parquet/bytes.parquet", "parquet", 0, 0, 0, 0, 0},
    {"shards/fields.tar", "wds label=label", 0, 0, 0, 0, 1},
    {"shards/odd.tar", "wds", 0, 0, 0, 3, 0},
    {"zips/stylegan.zip", "zip", 0, 0, 0, 0, 0},
};
enum { N_CASES = sizeof cases / sizeof *cases };

START_TEST(each_kind_has_its_count)
{
    char root[TREE_PATH];
    tn_dataset_facts facts;
    snprintf(root, sizeof root, "%s/%s", GOLDEN_FOLDER, cases[_i].golden);
    tn_dataset_destroy(open_facts(root, cases[_i].source, &facts));
    ck_assert_int_eq(facts.other_files, cases[_i].files);
    ck_assert_int_eq(facts.other_members, cases[_i].members);
    ck_assert_int_eq(facts.other_keys, cases[_i].keys);
    ck_assert_int_eq(facts.without_image, cases[_i].without_image);
    ck_assert_int_eq(facts.negative_labels, cases[_i].negative);
    ck_assert_int_eq(facts.other_containers, 0);
    ck_assert_ptr_null(facts.first_container);
}
END_TEST

START_TEST(links_in_tars_are_no_files)
{
    tn__blob tar = {0};
    tn_dataset_facts facts;
    tar_add_text(&tar, "x/a.jpg", '0', "image");
    tar_add_text(&tar, "x/a.txt", '0', "text");
    tar_head(&tar, "x/again.txt", '1', 0);
    tar_head(&tar, "x/soft.jpg", '2', 0);
    tar_head(&tar, "x/null", '3', 0);
    tar_head(&tar, "x/pipe", '6', 0);
    tar_head(&tar, "x/.hidden", '2', 0);
    tar_end(&tar);
    tree_write(&place, "a.tar", tar.bytes, tar.size);
    tn__blob_free(&tar);
    tn_dataset_destroy(open_facts(tree_path(&place, "a.tar"), "tar", &facts));
    ck_assert_int_eq(facts.other_files, 2);
    ck_assert_int_eq(facts.other_members, 3);
}
END_TEST

/* Files in the folder `data`, the kind that opens it, and what is left out. */
static const struct {
    const char *files, *kind, *first;
    int64_t n;
} mixed[] = {
    {"1a.tar 1b.tar", NULL, NULL, 0},
    {"1a.tar 1b.tar 2x.zip 2y.zip 3p.parquet", NULL, "2x.zip", 3},
    {"2a.zip 3p.parquet 5t.tfrecord-00000-of-00001 .2h.zip", NULL, "3p.parquet", 2},
    {"3a.parquet 3b.parquet 2z.zip", "parquet", "2z.zip", 1},
    {"1a.tar 2z.zip", "zip", "1a.tar", 1},
    {"1a.tar 1b.tar.gz readme.txt", NULL, "1b.tar.gz", 1},
    {"4data.mdb lock.mdb", NULL, NULL, 0},
    {"1a.tar folder.zip/ lock.mdb", "tar", NULL, 0},
    {"0a-0.tar 0a-1.tar a.idx 4other.mdb", NULL, "4other.mdb", 1},
};
enum { N_MIXED = sizeof mixed / sizeof *mixed };

/* A name that begins with a digit is that of a container, and the digit its number. */
static void make_files(const char *names)
{
    char list[TREE_PATH], path[TREE_PATH];
    char *rest = list;
    snprintf(list, sizeof list, "%s", names);
    for (const char *name; (name = strtok_r(NULL, " ", &rest));) {
        const bool is_container = name[0] >= '0' && name[0] <= '9';
        snprintf(path, sizeof path, "data/%s", name);
        if (name[strlen(name) - 1] == '/')
            tree_folder(&place, path);
        else if (!is_container)
            tree_write(&place, path, "", 0);
        else
            copy_container(&place, strcmp(name, "4data.mdb") == 0 ? "data/data.mdb" : path,
                           name[0] - '0');
    }
}

START_TEST(other_containers_are_counted_and_named)
{
    tn_dataset_facts facts;
    make_files(mixed[_i].files);
    tn_dataset *const dataset = open_facts(tree_path(&place, "data"), mixed[_i].kind, &facts);
    ck_assert_int_eq(facts.other_containers, mixed[_i].n);
    if (mixed[_i].first)
        ck_assert_str_eq(facts.first_container, mixed[_i].first);
    else
        ck_assert_ptr_null(facts.first_container);
    tn_dataset_destroy(dataset);
}
END_TEST

/* Split folders that hold containers are joined, and so are their counts. */
START_TEST(splits_are_joined)
{
    tn_dataset_facts facts;
    add_container(&place, "data/train", 4);
    copy_container(&place, "data/train/b.zip", 2);
    add_container(&place, "data/val", 2);
    copy_container(&place, "data/val/c.parquet", 3);
    tn_dataset *const dataset = open_facts(tree_path(&place, "data"), NULL, &facts);
    ck_assert_int_eq(facts.other_containers, 2);
    ck_assert_str_eq(facts.first_container, "data.mdb");
    tn_dataset_destroy(dataset);
}
END_TEST

/* Folders whose files do not open, and what the message says. */
static const struct {
    const char *files, *says;
} unopened[] = {
    {"sub/a.tar.gz sub/b.tar.gz", "\"sub/a.tar.gz\" is compressed, and tench needs random access"},
    {"data-00000-of-00001.arrow dataset_info.json state.json",
     "\"data-00000-of-00001.arrow\" is an Arrow file: load it with Hugging Face's datasets"},
    {"dataset_dict.json train/data-00000-of-00001.arrow train/state.json",
     "\"train/data-00000-of-00001.arrow\" is an Arrow file"},
    {"cat/1.webp cat/2.webp dog/3.webp dog/4.gif",
     "no file has an extension of .png,.jpg,.jpeg; 3 files end with .webp: say extensions=.webp"},
    {"cat/1.gif", "1 file ends with .gif: say extensions=.gif"},
    {"deep/shards/1a.tar", "\"deep/shards/1a.tar\" is a container: open the folder"},
    {"cat/1.doc", "no file has an extension of .png,.jpg,.jpeg"},
};
enum { N_UNOPENED = sizeof unopened / sizeof *unopened };

START_TEST(what_does_not_open_has_advice)
{
    make_files(unopened[_i].files);
    ck_assert_ptr_null(container_open(tree_path(&place, "data"), NULL, NULL));
    ck_assert_msg(strstr(tn_error(), unopened[_i].says) != NULL, "%s", tn_error());
}
END_TEST

START_TEST(a_file_that_is_no_data_set_has_advice)
{
    static const char gif[] = "GIF89a";
    tree_write(&place, "a.png", gif, sizeof gif);
    tree_write(&place, "a.dat", "\1\2\3\4", 4);
    ck_assert_ptr_null(container_open(tree_path(&place, "a.png"), NULL, NULL));
    ck_assert_msg(strstr(tn_error(), "a.png\" is an image: open the folder") != NULL, "%s",
                  tn_error());
    ck_assert_ptr_null(container_open(tree_path(&place, "a.dat"), NULL, NULL));
    ck_assert_msg(strstr(tn_error(), "kinds that open files are wds, tar, zip, parquet, lmdb, "
                                     "tfrecord, list") != NULL,
                  "%s", tn_error());
}
END_TEST

/* Names of files in their order, and what is missing. */
static const struct {
    const char *names, *missing;
} numbered[] = {
    {"a-00000-of-00002.tar a-00001-of-00002.tar", ""},
    {"a-00000-of-00002.tar", "a-00001-of-00002.tar is missing"},
    {"a-00001-of-00002.tar b-0-of-1.tar", "a-00000-of-00002.tar is missing"},
    {"a-00000-of-00005.tar a-00001-of-00005.tar a-00004-of-00005.tar",
     "a-00002-of-00005.tar is missing, and 1 more of these 5 files"},
    {"test-0-of-1.x train-0-of-2.x", "train-1-of-2.x is missing"},
    {"train.tfrecord-00001-of-00002", "train.tfrecord-00000-of-00002 is missing"},
    {"a-0-of-2.tar a-1-of-3.tar", "a-1-of-2.tar is missing"},
    {"a-7-of-3.tar best-of-all.tar -of-.tar a-of-2.tar 1.tar 9999999999-of-9999999999", ""},
    {"", ""},
};
enum { N_NUMBERED = sizeof numbered / sizeof *numbered };

START_TEST(gaps_in_numbered_sets_are_found)
{
    tn__shards files = {0};
    tn__text missing = {0};
    char names[256];
    snprintf(names, sizeof names, "%s", numbered[_i].names);
    for (char *name = strtok(names, " "); name; name = strtok(NULL, " "))
        ck_assert_int_eq(tn__shards_add(&files, name), TN_OK);
    tn__numbered_missing(&files, &missing);
    ck_assert_str_eq(missing.chars ? missing.chars : "", numbered[_i].missing);
    tn__text_free(&missing);
    tn__shards_free(&files);
}
END_TEST

START_TEST(patterns_need_their_kind)
{
    static const char *const patterns[] = {"a-{000..010}.tar", "a.tar::b.tar"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        ck_assert_ptr_null(container_open(patterns[i], NULL, NULL));
        ck_assert_msg(strstr(tn_error(), "give source=wds") != NULL, "%s", tn_error());
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("left out");
    TCase *const tcase = tcase_create("left out");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, each_kind_has_its_count, 0, N_CASES);
    tcase_add_test(tcase, links_in_tars_are_no_files);
    tcase_add_loop_test(tcase, other_containers_are_counted_and_named, 0, N_MIXED);
    tcase_add_test(tcase, splits_are_joined);
    tcase_add_loop_test(tcase, what_does_not_open_has_advice, 0, N_UNOPENED);
    tcase_add_test(tcase, a_file_that_is_no_data_set_has_advice);
    tcase_add_loop_test(tcase, gaps_in_numbered_sets_are_found, 0, N_NUMBERED);
    tcase_add_test(tcase, patterns_need_their_kind);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
