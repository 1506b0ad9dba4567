/* SPDX-License-Identifier: MIT */
/* Which kind of source claims what lies at a path, and the texts that name kinds. */
#include "data/sources.h"

#include <check.h>

#include "data/pack/format.h"
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

/* What is made below the root, the path to open, and the kind that claims it; NULL: none does. */
static const struct {
    const char *made[3], *path, *kind;
} cases[] = {
    {{"x/"}, "x", "folder"},
    {{"x/a/1.jpg"}, "x", "folder"},
    {{"x/" TN__PACK_MANIFEST}, "x", "pack"},
    {{"x/" TN__PACK_MANIFEST, "x/a/1.jpg"}, "x", "pack"},
    {{"x/train/" TN__PACK_MANIFEST}, "x", "folder"},
    {{"x/train.tfrecord", "x/label.labels.txt"}, "x", "tfrecord"},
    {{"x/train.tfrecord-00000-of-00001"}, "x", "tfrecord"},
    {{"x/train.tfrecord", "x/1.jpg"}, "x", "folder"},
    {{"x/train-00000-of-00001"}, "x", "folder"},
    {{"a.tfrecords"}, "a.tfrecords", "tfrecord"},
    {{"x/data_batch_1.bin", "x/batches.meta.txt"}, "x", "cifar10"},
    {{"x/cifar-10-batches-py/data_batch_1"}, "x", "cifar10"},
    {{"x/data_batch_1", "x/batches.meta"}, "x", "cifar10"},
    {{"x/cifar-100-python/train"}, "x", "cifar100"},
    {{"x/train", "x/meta"}, "x", "folder"},
    {{"x/train.bin"}, "x", "folder"},
    {{"x/train.bin", "x/fine_label_names.txt"}, "x", "cifar100"},
    {{"x/MNIST/raw/t10k-images-idx3-ubyte.gz"}, "x", "mnist"},
    {{"x/FashionMNIST/raw/train-images-idx3-ubyte"}, "x", "fashion_mnist"},
    {{"Fashion/train-images-idx3-ubyte"}, "Fashion", "fashion_mnist"},
    {{"x.csv"}, "x.csv", "list"},
    {{"x/dataset.json"}, "x/dataset.json", "list"},
    {{"x.JSONL"}, "x.JSONL", "list"},
    {{"x.csv/a.jpg"}, "x.csv", "folder"},
    {{"1.jpg"}, "1.jpg", NULL},
    {{"empty"}, "empty", NULL},
};

START_TEST(the_first_kind_that_knows_a_path_claims_it)
{
    for (int i = 0; i < 3 && cases[_i].made[i]; i++) {
        const char *const path = cases[_i].made[i];
        tree_folder(&here, path);
        if (path[strlen(path) - 1] != '/')
            tree_touch(&here, path);
    }
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s", tree_path(&here, cases[_i].path));
    const tn__source_kind *const kind = tn__source_kind_at(path);
    if (cases[_i].kind) {
        ck_assert_msg(kind != NULL, "%s", tn_error());
        ck_assert_str_eq(kind->spec.name, cases[_i].kind);
        ck_assert_int_eq(tn__source_is_container(path), strcmp(cases[_i].kind, "folder") != 0);
    } else {
        ck_assert_ptr_null(kind);
        ck_assert_int_eq(tn__error_last()->code, TN_EINVAL);
        ck_assert_int_eq(tn__source_is_container(path), 0);
    }
}
END_TEST

START_TEST(facts_of_a_root)
{
    tn__root_facts root;
    tree_write(&here, "x/file.tar", "1234", 4);
    tree_touch(&here, "x/.hidden.zip");
    tree_touch(&here, "x/.gz");
    char path[2 * TREE_PATH];
    snprintf(path, sizeof path, "%s/x", here.root);
    ck_assert_int_eq(tn__root_read(path, &root), TN_OK);
    ck_assert(tn__root_is_folder(&root) && root.n_head == 0);
    ck_assert_int_eq(tn__root_has(&root, "file.tar"), 1);
    ck_assert_int_eq(tn__root_has(&root, "file"), 0);
    ck_assert_int_eq(tn__root_has_suffix(&root, ".tar"), 1);
    ck_assert_int_eq(tn__root_has_suffix(&root, ".TAR"), 0);
    ck_assert_int_eq(tn__root_has_suffix(&root, ".zip"), 0);
    ck_assert_int_eq(tn__root_has_suffix(&root, ".gz"), 0);
    tn__root_free(&root);
    snprintf(path, sizeof path, "%s/x/file.tar", here.root);
    ck_assert_int_eq(tn__root_read(path, &root), TN_OK);
    ck_assert(!tn__root_is_folder(&root) && root.n_head == 4 && memcmp(root.head, "1234", 4) == 0);
    ck_assert_int_eq(tn__root_has_suffix(&root, ".tar"), 0);
    tn__root_free(&root);
    snprintf(path, sizeof path, "%s/x/file.tarx", here.root);
    ck_assert_int_eq(tn__root_read(path, &root), TN_EIO);
    ck_assert_ptr_null(tn__source_kind_at(path));
    ck_assert_int_eq(tn__error_last()->code, TN_EIO);
}
END_TEST

/* Each kind is found by its name and its aliases, and says what it is. */
START_TEST(texts_name_kinds)
{
    tn__source_text text;
    for (int32_t k = 0; tn__source_spec(k); k++) {
        const tn__spec *const spec = tn__source_spec(k);
        ck_assert_int_eq(tn__source_text_read(spec->name, &text), TN_OK);
        ck_assert_ptr_eq(&text.kind->spec, spec);
        ck_assert_ptr_null(tn__source_text_path(&text));
        tn__source_text_free(&text);
        ck_assert_ptr_nonnull(spec->doc);
    }
    ck_assert_int_eq(tn__source_text_read("torch/image_folder  path=/a/b", &text), TN_OK);
    ck_assert_str_eq(text.kind->spec.name, "folder");
    ck_assert_str_eq(tn__source_text_path(&text), "/a/b");
    tn__source_text_free(&text);
    ck_assert_int_eq(tn__source_text_read(NULL, &text), TN_OK);
    ck_assert_ptr_null(text.kind);
    ck_assert_int_eq(tn__source_text_read("folder path", &text), TN_EINVAL);
    ck_assert_str_eq(tn_error(), "folder: \"path\" is not key=value");
    tn__source_text_free(&text);
    ck_assert_int_eq(tn__source_text_read("folder path=a path=b", &text), TN_EINVAL);
    ck_assert_str_eq(tn_error(), "folder: path is given twice");
    tn__source_text_free(&text);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("sources");
    TCase *const tcase = tcase_create("sources");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, the_first_kind_that_knows_a_path_claims_it, 0,
                        sizeof cases / sizeof *cases);
    tcase_add_test(tcase, facts_of_a_root);
    tcase_add_test(tcase, texts_name_kinds);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
