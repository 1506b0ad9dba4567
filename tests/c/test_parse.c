/* SPDX-License-Identifier: MIT */
/* Op texts: what the parser accepts, how it writes ops back, and its messages about mistakes. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "op/ops.h"
#include "op/parse.h"
#include "op/transform.h"
#include "suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

static tn__node nodes[TN__MAX_NODES];
static int32_t n_nodes;

/* The canonical form of a text, which must parse. Valid until the next call. */
static const char *canonical(const char *ops)
{
    static tn__text text;
    tn__text_clear(&text);
    tn__text_add(&text, "");
    const int status = tn__parse_ops(ops, nodes, &n_nodes);
    ck_assert_msg(status == TN_OK, "%s: %s", ops, tn__error_last()->message);
    tn__format_ops(nodes, n_nodes, &text);
    return text.chars;
}

static const struct {
    const char *given, *canonical;
} texts[] = {
    {"", ""},
    {" ;;\n ; ", ""},
    {"hflip", "hflip"},
    {"hflip p=0.5", "hflip"},
    {"\thflip  p=0.25 ;vflip\np=1", NULL},
    {"hflip p=0.25\nvflip p=1;", "hflip p=0.25; vflip p=1"},
    {"resize size=224x224", "resize size=224"},
    {"resize mode=exact size=224x192", "resize size=224x192 mode=exact"},
    {"random_resized_crop interpolation=bicubic scale=0.080,1.0 size=224",
     "random_resized_crop size=224 interpolation=bicubic"},
    {"random_resized_crop size=224 scale=0.5 ratio=1,1",
     "random_resized_crop size=224 scale=0.5 ratio=1"},
    {"resize_keep_ratio size=8 random_scale_area=1",
     "resize_keep_ratio size=8 random_scale_area=yes"},
    {"resize_keep_ratio size=8 random_scale_area=false", "resize_keep_ratio size=8"},
    {"crop box=1,2,3,4", "crop box=1,2,3,4"},
    {"color_jitter brightness=0.4 contrast=0 saturation=0.5,1.5 p=1",
     "color_jitter contrast=0 saturation=0.5,1.5"},
    {"random_erasing count=1,3", "random_erasing count=1,3"},
    {"convert; mixup place=float cutmix_minmax=0.2,0.8 num_classes=10 mode=pair",
     "convert; mixup cutmix_minmax=0.2,0.8 mode=pair num_classes=10 place=float"},
    {"random_erasing num_splits=2 mode=pixel; random_erasing mode=pixel",
     "random_erasing mode=pixel num_splits=2; random_erasing mode=pixel"},
    {"normalize mean=imagenet std=0.5", "normalize std=0.5"},
    {"normalize mean=clip std=clip; convert dtype=bf16 layout=nhwc",
     "normalize mean=clip std=clip; convert dtype=bf16 layout=nhwc"},
    {"center_crop_or_pad size=4 fill=124,116,104 padding_mode=reflect",
     "center_crop_or_pad size=4 fill=124,116,104 padding_mode=reflect"},
};

START_TEST(canonical_text)
{
    if (texts[_i].canonical) {
        ck_assert_str_eq(canonical(texts[_i].given), texts[_i].canonical);
        ck_assert_str_eq(canonical(texts[_i].canonical), texts[_i].canonical);
    } else {
        ck_assert_int_eq(tn__parse_ops(texts[_i].given, nodes, &n_nodes), TN_EINVAL);
    }
}
END_TEST

static const struct {
    const char *text, *message;
} wrong[] = {
    {"hflip p=1.5", "hflip: p=1.5 is outside 0…1"},
    {"hflip p=-1e-3", "hflip: p=-0.001 is outside 0…1"},
    {"hflip p=", "hflip: p= has no value"},
    {"hflip p=half", "hflip: p=half: this is not a number"},
    {"hflip p=0x1", "hflip: p=0x1: this is not a number"},
    {"hflip p=nan", "hflip: p=nan: this is not a number"},
    {"hflip p=1e999", "hflip: p=1e999: this is not a number"},
    {"hflip p=0.5,0.5", "hflip: p=0.5,0.5: this is not a number"},
    {"hflip 0.5", "hflip: \"0.5\" is not key=value"},
    {"hflip p=0.1 p=0.2", "hflip: p is given twice"},
    {"random_resize_crop size=1", "no op \"random_resize_crop\"; did you mean "
                                  "\"random_resized_crop\"?"},
    {"zebra", "no op \"zebra\""},
    {"gaussian_blur p=0.1", "gaussian_blur is not supported yet"},
    {"resize size=8 interp=box",
     "resize: no parameter \"interp\"; did you mean \"interpolation\"? (parameters: size, "
     "mode, interpolation, pillow)"},
    {"resize size=8 max_size=9", "resize: max_size is not supported yet"},
    {"random_resized_crop", "random_resized_crop: \"size\" is required"},
    {"random_resized_crop size=0", "random_resized_crop: size=0 is outside 1…65500"},
    {"random_resized_crop size=224x70000", "random_resized_crop: size=70000 is outside 1…65500"},
    {"random_resized_crop size=22.5", "random_resized_crop: size=22.5: whole pixels are "
                                      "needed"},
    {"random_resized_crop size=1x2x3", "random_resized_crop: size=1x2x3 has more than 2 "
                                       "numbers"},
    {"random_resized_crop size=8 scale=1,0.08",
     "random_resized_crop: scale=1,0.08: the first number must not be above the second"},
    {"random_resized_crop size=8 scale=0,1", "random_resized_crop: scale=0 is outside "
                                             "1e-06…1"},
    {"random_resized_crop size=8 interpolation=cubic",
     "random_resized_crop: interpolation cannot be \"cubic\"; did you mean \"bicubic\"? "
     "(choices: nearest box bilinear hamming bicubic lanczos mks2013 mks2021 random)"},
    {"resize size=8 interpolation=random",
     "resize: interpolation cannot be \"random\" (choices: nearest box bilinear hamming "
     "bicubic lanczos mks2013 mks2021)"},
    {"resize size=8x9", "resize: size=8x9 has two sides, which needs mode=exact; mode=short "
                        "takes the length of the shorter side"},
    {"trim_border border=1.5", "trim_border: border=1.5: a whole number is needed"},
    {"crop box=1,2,3", "crop: box=1,2,3: 4 numbers are needed"},
    {"crop box=1,2,0,4", "crop: box is 0 x 4; both sides must be at least 1"},
    {"center_crop_or_pad size=8 fill=1,2", "center_crop_or_pad: fill=1,2: 1, 3 or 4 numbers are "
                                           "needed"},
    {"resize_keep_ratio size=8 random_scale_area=maybe",
     "resize_keep_ratio: random_scale_area=maybe: yes or no is needed"},
    {"color_jitter hue=0.1", "color_jitter: hue is not supported yet"},
    {"random_erasing count=0", "random_erasing: count=0 is outside 1…16"},
    {"normalize mean=imagnet", "normalize: mean cannot be \"imagnet\"; did you mean "
                               "\"imagenet\"? (choices: imagenet inception dpn clip, or "
                               "numbers)"},
    {"normalize mean=1,2", "normalize: mean has 2 numbers, std has 3"},
    {"normalize std=0", "normalize: std=0 is outside 1e-06…1000000"},
    {"normalize; hflip", "hflip must come before normalize: normalize works on finished "
                         "samples"},
    {"convert; normalize", "normalize must come before convert"},
    {"normalize; normalize", "normalize is given twice"},
    {"convert; convert", "convert is given twice"},
#define FLIPS "hflip; hflip; hflip; hflip; hflip; hflip; hflip; hflip; hflip; "
    {FLIPS FLIPS FLIPS "random_erasing count=16; random_erasing count=16; random_erasing count=16",
     "the ops may need 51 steps for a sample; at most 48 are possible"},
    {"random_erasing count=16; random_erasing count=1,16; random_erasing count=16; "
     "random_erasing count=16; random_erasing",
     "the ops may erase 65 boxes of a sample; at most 64 are possible"},
    {"mixup mixup_alpha=0",
     "mixup: nothing is mixed, because mixup_alpha and cutmix_alpha are 0 and "
     "cutmix_minmax is not set"},
    {"mixup mode=quarter", "mixup: mode cannot be \"quarter\" (choices: batch elem pair half)"},
    {"mixup multi_label=yes", "mixup: multi_label is not supported yet"},
    {"mixup; hflip", "hflip must come before mixup: mixup works on whole batches"},
    {"mixup; convert", "convert must come before mixup: mixup works on whole batches"},
    {"convert; mixup; mixup", "mixup is given twice"},
    {"random_erasing; convert; random_erasing mode=rand",
     "random_erasing is given twice, with different modes"},
};

START_TEST(mistakes)
{
    const int status = tn__parse_ops(wrong[_i].text, nodes, &n_nodes);
    ck_assert_int_eq(status, TN_EINVAL);
    ck_assert_str_eq(tn__error_last()->message, wrong[_i].message);
}
END_TEST

START_TEST(long_texts_are_refused)
{
    static char text[TN__MAX_OPS_TEXT + 2];
    memset(text, ' ', sizeof text - 1);
    ck_assert_int_eq(tn__parse_ops(text, nodes, &n_nodes), TN_EINVAL);
    text[0] = '\0';
    for (int i = 0; i < TN__MAX_NODES; i++)
        memcpy(text + 6 * i, "hflip;", 7);
    ck_assert_int_eq(tn__parse_ops(text, nodes, &n_nodes), TN_OK);
    ck_assert_int_eq(n_nodes, TN__MAX_NODES);
    ck_assert_int_eq(nodes[TN__MAX_NODES - 1].occurrence, TN__MAX_NODES - 1);
    memcpy(text + 6 * TN__MAX_NODES, "hflip;", 7);
    ck_assert_int_eq(tn__parse_ops(text, nodes, &n_nodes), TN_EINVAL);
    memset(text, 0, sizeof text);
    memcpy(text, "hflip p=", 8);
    memset(text + 8, '0', 4000);
    ck_assert_int_eq(tn__parse_ops(text, nodes, &n_nodes), TN_EINVAL);
}
END_TEST

static tn__draws draws;

static double random_number(const tn__param *param)
{
    const bool bounded = param->min != 0 || param->max != 0;
    return tn__draw_range(&draws, bounded ? param->min : -9, bounded ? param->max : 9);
}

static void add_random_list(const tn__param *param, int32_t n, bool whole, tn__text *text)
{
    double numbers[TN__VALUE_NUMBERS];
    for (int32_t i = 0; i < n; i++) {
        numbers[i] = random_number(param);
        if (whole)
            numbers[i] = (double)(int64_t)numbers[i];
    }
    if (param->kind == TN__RANGE && n == 2 && numbers[0] > numbers[1]) {
        const double first = numbers[0];
        numbers[0] = numbers[1];
        numbers[1] = first;
    }
    for (int32_t i = 0; i < n; i++) {
        if (i > 0)
            tn__text_add(text, ",");
        tn__text_number(text, numbers[i]);
    }
}

static void add_random_name(const char *names, tn__text *text)
{
    int32_t n = 1;
    for (const char *c = names; *c; c++)
        n += *c == ' ';
    for (int64_t skip = tn__draw_integer(&draws, 0, n - 1); skip > 0; skip--)
        names = strchr(names, ' ') + 1;
    tn__text_add_bytes(text, names, strcspn(names, " "));
}

static void add_random_value(const tn__op *op, const tn__param *param, tn__text *text)
{
    const bool whole = op->id == TN__OP_CROP || strcmp(param->name, "fill") == 0 ||
                       strcmp(param->name, "count") == 0 || param->kind == TN__INTEGER;
    switch (param->kind) {
    case TN__FLAG: tn__text_add(text, tn__draw_integer(&draws, 0, 1) ? "yes" : "no"); break;
    case TN__CHOICE: add_random_name(param->choices, text); break;
    case TN__SIZE: tn__text_number(text, (double)tn__draw_integer(&draws, 1, 65500)); break;
    case TN__RANGE:
        add_random_list(param, (int32_t)tn__draw_integer(&draws, 1, 2), whole, text);
        break;
    case TN__NUMBERS:
        if (param->choices && tn__draw_integer(&draws, 0, 1))
            add_random_name(param->choices, text);
        else
            add_random_list(param, param->choices ? 3 : op->id == TN__OP_CROP ? 4 : 1, whole, text);
        break;
    default: add_random_list(param, 1, whole, text);
    }
}

/* Every op, with random values for all required parameters and for a random half of the others. */
START_TEST(every_op_reads_back)
{
    const tn__op *const op = tn__ops[_i];
    tn__draws_begin(&draws, tn__key_make(1, 2, TN__DOMAIN_SAMPLE), 0, 0, op->id, 0);
    for (int round = 0; round < 200; round++) {
        tn__text text = {0};
        tn__text_add(&text, op->spec.name);
        for (int32_t p = 0; op->spec.params[p].name; p++) {
            if (op->spec.params[p].initial && (round == 0 || tn__draw_integer(&draws, 0, 1)))
                continue;
            tn__text_printf(&text, " %s=", op->spec.params[p].name);
            add_random_value(op, &op->spec.params[p], &text);
        }
        char *const once = strdup(canonical(text.chars));
        static tn__node first[TN__MAX_NODES];
        memcpy(first, nodes, sizeof first);
        ck_assert_str_eq(canonical(once), once);
        for (int32_t p = 0; op->spec.params[p].name; p++)
            ck_assert_mem_eq(&first[0].value[p], &nodes[0].value[p], sizeof(tn__value));
        free(once);
        tn__text_free(&text);
    }
}
END_TEST

/* Texts with changed bytes: the parser accepts them, or a message says why not. */
START_TEST(damaged_texts_are_harmless)
{
    static const char good[] = "random_resized_crop size=224x192 scale=0.08,1 interpolation=random;"
                               "resize_keep_ratio size=9 random_scale_area=yes;hflip p=1e-1;"
                               "color_jitter brightness=0.1,2 p=.5;normalize mean=clip std=1,2,3";
    static const char bytes[] = "\x01\xff =;\n,.x-+e019pzr";
    tn__draws_begin(&draws, tn__key_make(3, 2, TN__DOMAIN_SAMPLE), 0, 0, 0, 0);
    int read = 0;
    for (int round = 0; round < 20000; round++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (int64_t n = tn__draw_integer(&draws, 1, 3); n > 0; n--)
            text[tn__draw_integer(&draws, 0, sizeof good - 2)] =
                bytes[tn__draw_integer(&draws, 0, sizeof bytes - 1)];
        const int status = tn__parse_ops(text, nodes, &n_nodes);
        read += status == TN_OK;
        if (status != TN_OK && (status != TN_EINVAL || tn__error_last()->message[0] == '\0'))
            ck_abort_msg("%s: status %d", text, status);
    }
    ck_assert_int_gt(read, 100);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("parse");
    TCase *const tcase = tcase_create("parse");
    tcase_add_loop_test(tcase, canonical_text, 0, COUNT(texts));
    tcase_add_loop_test(tcase, mistakes, 0, COUNT(wrong));
    tcase_add_test(tcase, long_texts_are_refused);
    tcase_add_loop_test(tcase, every_op_reads_back, 0, tn__n_ops);
    tcase_add_test(tcase, damaged_texts_are_harmless);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
