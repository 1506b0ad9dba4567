/* SPDX-License-Identifier: MIT */
/* The registry: each entry is complete and can be found by each of its names, and each default is a
 * valid value of its own parameter. */
#include <check.h>
#include <string.h>

#include "base/words.h"
#include "op/op.h"
#include "op/ops.h"
#include "spec/read.h"
#include "suite.h"

#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

static const int32_t kinds[] = {TN_SPEC_OP,     TN_SPEC_OPTIONS, TN_SPEC_ORDER,
                                TN_SPEC_DEVICE, TN_SPEC_CODEC,   TN_SPEC_SOURCE};

static void check_param(const tn_param *param)
{
    ck_assert(param->name[0] && param->doc[0] && param->kind[0]);
    ck_assert(param->required == TN_YES || param->required == TN_NO);
    ck_assert(param->required == TN_NO || param->initial[0] == '\0');
    ck_assert_double_le(param->min, param->max);
}

START_TEST(entries_are_whole)
{
    const int32_t kind = kinds[_i];
    const tn_spec *spec;
    int32_t n = 0;
    for (; (spec = tn_spec_at(kind, n)); n++) {
        ck_assert_int_eq(spec->kind, kind);
        ck_assert(spec->name[0] && spec->doc[0]);
        ck_assert_ptr_eq(tn_spec_find(kind, spec->name), spec);
        const char *aliases = spec->aliases;
        for (tn__word word; (word = tn__words_take(&aliases)).length > 0;) {
            char *const name = strndup(word.at, word.length);
            ck_assert_ptr_eq(tn_spec_find(kind, name), spec);
            free(name);
        }
        for (int32_t p = 0; p < spec->n_params; p++)
            check_param(spec->params[p]);
    }
    ck_assert_int_gt(n, 0);
    ck_assert_ptr_null(tn_spec_at(kind, n));
    ck_assert_ptr_null(tn_spec_at(kind, -1));
    ck_assert_ptr_null(tn_spec_find(kind, "no such name"));
    ck_assert_ptr_null(tn_spec_find(kind, NULL));
}
END_TEST

START_TEST(kinds_have_an_end)
{
    ck_assert_ptr_null(tn_spec_at(0, 0));
    ck_assert_ptr_null(tn_spec_at(kinds[COUNT(kinds) - 1] + 1, 0));
    ck_assert_ptr_null(tn_spec_find(-1, "hflip"));
}
END_TEST

START_TEST(ops_are_those_of_the_table)
{
    const tn__op *const op = tn__ops[_i];
    const tn_spec *const spec = tn_spec_at(TN_SPEC_OP, _i);
    ck_assert_ptr_eq(tn__op_by_id(op->id), op);
    ck_assert_ptr_eq(tn__op_find(op->spec.name, strlen(op->spec.name)), op);
    ck_assert_str_eq(spec->name, op->spec.name);
    ck_assert(spec->source[0] && spec->stage[0]);
    ck_assert_int_le(spec->n_params, TN__MAX_PARAMS); /* a node has space for that many values */
    for (int32_t p = 0; p < spec->n_params; p++) {
        const tn__param *const param = &op->spec.params[p];
        tn__value value;
        ck_assert_str_eq(spec->params[p]->name, param->name);
        if (param->initial)
            ck_assert_int_eq(tn__value_default(op->spec.name, param, &value), TN_OK);
        for (int32_t choice = 0; tn__words_at(param->choices, choice).length > 0; choice++) {
            const tn__word word = tn__words_at(param->choices, choice);
            ck_assert_int_eq(tn__value_parse(op->spec.name, param, word.at, word.length, &value),
                             TN_OK);
        }
    }
}
END_TEST

/* A text may be as long as the text of all ops. */
START_TEST(texts_are_whole)
{
    enum { LENGTH = 60000 };
    static const tn__param param = {.name = "config", .kind = TN__TEXT, .initial = ""};
    static char given[LENGTH];
    memset(given, 'a', LENGTH);
    tn__value value;
    ck_assert_int_eq(tn__value_parse("op", &param, given, LENGTH, &value), TN_OK);
    tn__text text = {0};
    tn__value_format(&param, &value, &text);
    ck_assert_uint_eq(text.length, LENGTH);
    ck_assert_mem_eq(text.chars, given, LENGTH);
    ck_assert(!tn__value_is_default("op", &param, &value));
    tn__text_free(&text);
    tn__value_free(&value);
    ck_assert(tn__value_is_default("op", &param, &value));
}
END_TEST

/* Numbers may have a name: it stays a name in the canonical text, and is not the same as numbers.
 */
START_TEST(numbers_have_names)
{
    static const tn__param param = {
        .name = "mean", .kind = TN__NUMBERS, .initial = "b", .choices = "a b"};
    tn__value name, numbers;
    ck_assert_int_eq(tn__value_parse("op", &param, "a", 1, &name), TN_OK);
    ck_assert_int_eq(name.n, 0);
    ck_assert_int_eq(name.choice, 1);
    ck_assert_int_eq(tn__value_parse("op", &param, "1,2", 3, &numbers), TN_OK);
    ck_assert_int_eq(numbers.n, 2);
    tn__text text = {0};
    tn__value_format(&param, &name, &text);
    tn__value_format(&param, &numbers, &text);
    ck_assert_str_eq(text.chars, "a1,2");
    tn__text_free(&text);
    ck_assert_int_eq(tn__value_parse("op", &param, "c", 1, &name), TN_EINVAL);
    ck_assert_str_eq(tn_error(), "op: mean cannot be \"c\" (choices: a b, or numbers)");
}
END_TEST

/* The default of each option is a value that the option takes. */
START_TEST(defaults_are_values)
{
    const tn__spec *spec;
    for (int32_t index = 0; (spec = tn__options_at(index)); index++) {
        const tn__param *param;
        for (int32_t p = 0; (param = tn__spec_at(spec, p)); p++) {
            const char *const initial = param->initial;
            tn__value value = {0};
            if (!initial || !initial[0] || param->kind == TN__ANY || param->kind == TN__NAME)
                continue;
            const bool is_zero = param->kind == TN__INTEGER && strcmp(initial, "0") == 0;
            ck_assert_msg(is_zero || tn__value_parse(spec->name, param, initial, strlen(initial),
                                                     &value) == TN_OK,
                          "%s", tn_error());
            tn__value_free(&value);
        }
    }
    ck_assert_ptr_null(tn__options_at(-1));
}
END_TEST

START_TEST(options_get_their_defaults)
{
    tn_dataset_options given = {.size = (int32_t)sizeof given, .root = "here"}, known;
    ck_assert_int_eq(
        tn__options_read("data set", &tn__options_dataset, &given, &known, sizeof known), TN_OK);
    ck_assert_str_eq(known.extensions, ".png,.jpg,.jpeg");
    ck_assert_int_eq(known.mode, TN_RGB);
    ck_assert_int_eq(known.index, TN_INDEX_USE);
    ck_assert_int_eq(known.index_entries, 4);
    ck_assert_int_eq(known.orient, TN_NO);
    ck_assert_int_eq(known.max_file_bytes, 1 << 30);
    ck_assert_ptr_null(
        known.split); /* "validation" is create_dataset's default, not the struct's */
    ck_assert_ptr_null(known.class_map);
    tn_pack_options pack = {.size = (int32_t)sizeof pack, .path = "there"}, packed;
    ck_assert_int_eq(tn__options_read("pack", &tn__options_pack, &pack, &packed, sizeof packed),
                     TN_OK);
    ck_assert_int_eq(packed.splits, TN_YES);
    ck_assert_int_eq(packed.layout, TN_PACK_FAST);
    ck_assert_int_eq(packed.shard_bytes, 256 << 20);
}
END_TEST

static const struct {
    tn_dataset_options options;
    const char *message;
} wrong[] = {
    {{.root = ""}, "data set: root is \"\"; leave it out for the default"},
    {{.root = "a", .index = 5},
     "data set: index is 5; it must be 0 (the default) or 1 to 4 (use "
     "auto paranoid off)"},
    {{.root = "a", .orient = 3},
     "data set: orient is 3; it must be 0 (the default) or 1 to 2 (no yes)"},
    {{.root = "a", .orient = -1}, "data set: orient is -1"},
    {{.root = "a", .threads = TN_MAX_THREADS + 1},
     "data set: threads is 1025; it must be 0 to 1024"},
    {{.root = "a", .max_file_bytes = -7},
     "data set: max_file_bytes is -7; it must be 0 (the "
     "default) or 1 or more"},
    {{.root = "a", .class_map = ""}, "data set: class_map is \"\"; leave it out for the default"},
};

START_TEST(wrong_options_are_named)
{
    tn_dataset_options given = wrong[_i].options, known;
    given.size = (int32_t)sizeof given;
    ck_assert_int_eq(
        tn__options_read("data set", &tn__options_dataset, &given, &known, sizeof known),
        TN_EINVAL);
    ck_assert_msg(strstr(tn_error(), wrong[_i].message) == tn_error(), "%s", tn_error());
}
END_TEST

START_TEST(required_options_are_named)
{
    tn_pack_options given = {.size = (int32_t)sizeof given, .path = _i ? "" : NULL}, known;
    ck_assert_int_eq(tn__options_read("pack", &tn__options_pack, &given, &known, sizeof known),
                     TN_EINVAL);
    ck_assert_str_eq(tn_error(), "pack: path is missing: the folder that becomes the pack");
}
END_TEST

/* The choices of an option that takes a name are all names of that kind. */
START_TEST(names_are_choices)
{
    const tn_spec *const loader = tn_spec_find(TN_SPEC_OPTIONS, "loader");
    int32_t found = 0;
    for (int32_t p = 0; p < loader->n_params; p++) {
        const tn_param *const param = loader->params[p];
        if (strcmp(param->name, "device") == 0)
            ck_assert_str_eq(param->choices, "cpu auto cuda fake");
        else if (strcmp(param->name, "order") == 0)
            ck_assert_str_eq(param->choices, "sequential feistel-1 weighted-1");
        else
            continue;
        ck_assert_str_eq(param->kind, "name");
        found++;
    }
    ck_assert_int_eq(found, 2);
}
END_TEST

static const struct {
    const char *given, *nearest;
} near[] = {{"hflp", "hflip"},
            {"HFlip", "hflip"},
            {"centre_crop", "center_crop"},
            {"colour_jitter", "color_jitter"},
            {"normalise", "normalize"},
            {"random_erase", "random_erasing"},
            {"inter", "interpolation"}, /* the name begins with it */
            {"norm", "normalize"},
            {"x", ""},
            {"", ""},
            {"dtpye", "dtype"},
            {"dt", ""},
            {"banana", ""}};

START_TEST(nearest_names)
{
    static const char known[] = "hflip center_crop color_jitter normalize random_erasing "
                                "interpolation dtype";
    ck_assert_str_eq(tn_nearest(near[_i].given, known), near[_i].nearest);
    ck_assert_str_eq(tn_nearest(near[_i].given, ""), "");
    ck_assert_str_eq(tn_nearest(near[_i].given, NULL), "");
    ck_assert_str_eq(tn_nearest(NULL, known), "");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("spec");
    TCase *const tcase = tcase_create("spec");
    tcase_add_loop_test(tcase, entries_are_whole, 0, COUNT(kinds));
    tcase_add_test(tcase, kinds_have_an_end);
    tcase_add_loop_test(tcase, ops_are_those_of_the_table, 0, tn__n_ops);
    tcase_add_test(tcase, texts_are_whole);
    tcase_add_test(tcase, numbers_have_names);
    tcase_add_test(tcase, defaults_are_values);
    tcase_add_test(tcase, options_get_their_defaults);
    tcase_add_loop_test(tcase, wrong_options_are_named, 0, COUNT(wrong));
    tcase_add_loop_test(tcase, required_options_are_named, 0, 2);
    tcase_add_test(tcase, names_are_choices);
    tcase_add_loop_test(tcase, nearest_names, 0, COUNT(near));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
