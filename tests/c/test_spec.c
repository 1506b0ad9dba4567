/* SPDX-License-Identifier: MIT */
/* The registry: each entry is whole, can be found by its names, and each default is a value that
 * its own parameter takes. */
#include <check.h>
#include <string.h>

#include "base/words.h"
#include "op/op.h"
#include "suite.h"

#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

static const int32_t kinds[] = {TN_SPEC_OP};

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
    ck_assert_int_le(spec->n_params, TN__MAX_PARAMS); /* a node has as many values */
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

static const struct {
    const char *given, *nearest;
} near[] = {{"hflp", "hflip"},
            {"HFlip", "hflip"},
            {"centre_crop", "center_crop"},
            {"colour_jitter", "color_jitter"},
            {"normalise", "normalize"},
            {"random_erase", "random_erasing"},
            {"inter", "interpolation"}, /* it begins the name */
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
    tcase_add_loop_test(tcase, nearest_names, 0, COUNT(near));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
