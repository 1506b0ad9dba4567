/* SPDX-License-Identifier: MIT */
/* Checks listings: what was put in comes out, in its order and with its labels, in few bytes; bytes
 * that are damaged in any way are refused or harmless; a kept listing is used only for the files
 * that it was made of. */
#include <check.h>
#include <time.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "data/dataset.h"
#include "data/listing/cache.h"
#include "listing_case.h"
#include "suite.h"
#include "tree.h"

/* Compares as the listing's order does: by the natural order of names, then by place. */
static int compare_samples(const void *a, const void *b)
{
    const case_sample *const x = a, *const y = b;
    const int order = tn__natural_compare(x->name, y->name);
    if (order != 0)
        return order;
    if (x->place.file != y->place.file)
        return x->place.file < y->place.file ? -1 : 1;
    return x->place.offset < y->place.offset ? -1 : 1;
}

/* Classes are named c0 … c6, and each occurs. */
static int64_t expected_label(const case_sample *sample)
{
    return sample->label >= -1 ? sample->label : sample->class_name[1] - '0';
}

static void compare_listing(const tn__listing *listing, const case_sample *samples, int n)
{
    tn__name_reader names;
    ck_assert_int_eq(listing->n_samples, n);
    for (int i = 0; i < n; i++) {
        char name[TN__NAME_BYTES];
        const tn__listed_place place = tn__listing_place(listing, i);
        const tn__listed_place *const known = &samples[i].place;
        ck_assert_uint_eq(place.file, known->file);
        ck_assert_int_eq(place.offset, known->offset);
        ck_assert_int_eq(place.length, known->length);
        ck_assert_int_eq(place.coding.is_coded, known->coding.is_coded);
        ck_assert_uint_eq(place.coding.number, known->coding.number);
        ck_assert_int_eq(place.coding.content, known->coding.content);
        ck_assert_uint_eq(tn__listing_name(listing, i, name), strlen(samples[i].name));
        ck_assert_str_eq(name, samples[i].name);
        ck_assert_int_eq(tn__listing_label(listing, i), expected_label(&samples[i]));
        if (i % (3 * TN__LISTING_BLOCK) == 0)
            tn__names_from(listing, i, &names);
        tn__names_next(&names);
        ck_assert_str_eq(names.name, name);
    }
}

static const int sizes[] = {1, 63, 64, 65, 128, 777, 1000};
enum { N_SIZES = sizeof sizes / sizeof *sizes };
static const int label_bits[] = {-1, 0, 3, 12, 17};
enum { N_BITS = sizeof label_bits / sizeof *label_bits };

START_TEST(samples_come_out_as_they_went_in)
{
    for (int bits = 0; bits < N_BITS; bits++) {
        if (label_bits[bits] < 0 && sizes[_i] < 100)
            continue; /* too few for all classes */
        listing_case *const made = case_make(sizes[_i], label_bits[bits], (uint64_t)bits + 1);
        const tn__listing_wanted kept = case_wanted(made, false), sorted = case_wanted(made, true);
        tn__listing listing = case_list(&kept);
        compare_listing(&listing, made->samples, made->n);
        for (uint32_t file = 0; file < CASE_FILES; file++) {
            const tn__listed_file then = tn__listing_file(&listing, file);
            ck_assert_str_eq(then.path, made->files[file].path);
            ck_assert_int_eq(then.bytes, made->files[file].bytes);
            ck_assert_int_eq(then.stamp, made->files[file].stamp);
            ck_assert_uint_eq(then.inode, made->files[file].inode);
        }
        tn__listing_free(&listing);
        listing = case_list(&sorted);
        qsort(made->samples, (size_t)made->n, sizeof *made->samples, compare_samples);
        compare_listing(&listing, made->samples, made->n);
        tn__listing_free(&listing);
        case_free(made);
    }
}
END_TEST

START_TEST(an_empty_listing)
{
    const tn__listed_file file = {"a.tar", 10, 1, 2};
    const tn__listing_wanted wanted = {.key = "", .files = &file, .n_files = 1, .n_threads = 1};
    tn__listing listing = case_list(&wanted);
    ck_assert_int_eq(listing.n_samples, 0);
    ck_assert_uint_eq(listing.n_files, 1);
    ck_assert_int_eq(listing.n_classes, 0);
    tn__listing_free(&listing);
}
END_TEST

START_TEST(a_class_map_chooses)
{
    static const char *const classes[] = {"c5", "other", "c2"};
    listing_case *const made = case_make(500, -1, 9);
    tn__classmap map;
    int n = 0;
    ck_assert_int_eq(tn__classmap_make(classes, 3, &map), TN_OK);
    tn__listing_wanted wanted = case_wanted(made, false);
    wanted.classes = &map;
    for (int file = 0; file < CASE_FILES; file++)
        for (int kind = 0; kind < TN__LEFT_OUT; kind++)
            made->drafts[file].left_out[kind] = 1 + kind;
    tn__listing listing = case_list(&wanted);
    for (int i = 0; i < made->n; i++) {
        const char number = made->samples[i].class_name[1];
        if (number != '5' && number != '2')
            continue;
        char name[TN__NAME_BYTES];
        ck_assert_int_lt(n, listing.n_samples);
        tn__listing_name(&listing, n, name);
        ck_assert_str_eq(name, made->samples[i].name);
        ck_assert_int_eq(tn__listing_label(&listing, n++), number == '5' ? 0 : 2);
    }
    ck_assert_int_eq(n, listing.n_samples);
    ck_assert_int_eq(listing.left_out.unmapped_folders, CASE_CLASSES - 2);
    ck_assert_int_eq(listing.left_out.unmapped_images, made->n - n);
    ck_assert_int_eq(listing.left_out.other_files, CASE_FILES);
    ck_assert_int_eq(listing.left_out.other_members, 2 * CASE_FILES);
    ck_assert_int_eq(listing.left_out.other_keys, 3 * CASE_FILES);
    ck_assert_int_eq(listing.left_out.without_image, 4 * CASE_FILES);
    ck_assert_int_eq(listing.left_out.negative_labels, 5 * CASE_FILES);
    ck_assert_int_eq(listing.n_classes, 3);
    ck_assert_str_eq(listing.class_names[1], "other");
    tn__listing_free(&listing);
    tn__classmap_free(&map);
    case_free(made);
}
END_TEST

START_TEST(labels_beyond_the_classes_are_refused)
{
    static const char *const classes[] = {"a", "b", "c"};
    listing_case *const made = case_make(100, 8, 3);
    tn__classmap map;
    tn__listing listing;
    ck_assert_int_eq(tn__classmap_make(classes, 3, &map), TN_OK);
    tn__listing_wanted wanted = case_wanted(made, false);
    wanted.classes = &map;
    ck_assert_int_eq(tn__listing_make(&wanted, &listing), TN_EDECODE);
    ck_assert_msg(strstr(tn_error(), "but there are 3 classes") != NULL, "%s", tn_error());
    ck_assert_msg(strncmp(tn_error(), made->files[0].path, strlen(made->files[0].path)) == 0, "%s",
                  tn_error());
    tn__classmap_free(&map);
    case_free(made);
}
END_TEST

START_TEST(numbers_are_classes_if_nothing_names_them)
{
    listing_case *made = case_make(100, 8, 3);
    tn__listing_wanted wanted = case_wanted(made, false);
    tn__listing listing = case_list(&wanted);
    int64_t largest = -1;
    for (int64_t i = 0; i < listing.n_samples; i++)
        if (tn__listing_label(&listing, i) > largest)
            largest = tn__listing_label(&listing, i);
    ck_assert_int_eq(listing.n_classes, largest + 1);
    ck_assert_str_eq(listing.class_names[17], "17");
    tn__listing_free(&listing);
    case_free(made);
    tn__draft draft = {0};
    const tn__found found = {.name = "a.jpg", .n_name = 5, .label = 1 << 24};
    ck_assert_int_eq(tn__draft_add(&draft, &found), TN_EDECODE);
    ck_assert_str_eq(tn_error(), "\"a.jpg\": its label is 16777216; the last class is 16777215");
    tn__draft_free(&draft);
}
END_TEST

START_TEST(names_and_places_have_limits)
{
    static char name[TN__NAME_BYTES + 1];
    tn__draft draft = {0};
    memset(name, 'x', sizeof name - 1);
    tn__found found = {.name = name, .n_name = TN__NAME_BYTES - 1, .length = 1, .label = -1};
    ck_assert_int_eq(tn__draft_add(&draft, &found), TN_OK);
    found.n_name++;
    ck_assert_int_eq(tn__draft_add(&draft, &found), TN_ELIMIT);
    found.n_name = 5;
    name[3] = '\0';
    ck_assert_int_eq(tn__draft_add(&draft, &found), TN_EDECODE);
    found.n_name = 3;
    found.class_name = "a\0b";
    found.n_class_name = 3;
    ck_assert_int_eq(tn__draft_add(&draft, &found), TN_EDECODE);
    ck_assert_msg(strstr(tn_error(), "\"xxx\": a NUL is in the name of its class"), "%s",
                  tn_error());
    found.class_name = NULL;
    found.label = -2;
    ck_assert_int_eq(tn__draft_add(&draft, &found), TN_EDECODE);
    ck_assert_msg(strstr(tn_error(), "\"xxx\": its label is -2; only -1") != NULL, "%s",
                  tn_error());
    found.label = -1;
    found.offset = (int64_t)1 << 60;
    ck_assert_int_eq(tn__draft_add(&draft, &found), TN_ELIMIT);
    found.length = 0;
    ck_assert_int_eq(tn__draft_add(&draft, &found), TN_OK);
    ck_assert_int_eq(draft.n, 2);
    const tn__listed_file file = {"a.tar", INT64_MAX, 1, 2};
    const tn__listing_wanted wanted = {
        .key = "k", .files = &file, .n_files = 1, .drafts = &draft, .n_drafts = 1, .n_threads = 1};
    tn__listing listing = case_list(&wanted);
    ck_assert_uint_eq(tn__listing_name(&listing, 0, name), TN__NAME_BYTES - 1);
    ck_assert_int_eq(tn__listing_place(&listing, 1).offset, (int64_t)1 << 60);
    tn__listing_free(&listing);
    tn__draft_free(&draft);
}
END_TEST

/* Equal names and labels give the fingerprint that a class folder gives. */
START_TEST(the_fingerprint_is_that_of_a_folder)
{
    static const char *const paths[] = {"a/1.jpg", "a/2.jpg", "a/10.jpg", "b/1.jpg", "B/0.jpg"};
    const tree place = tree_make();
    tn__draft draft = {0};
    for (int i = 4; i >= 0; i--) {
        const tn__found found = {.name = paths[i],
                                 .n_name = strlen(paths[i]),
                                 .offset = i * 1024,
                                 .length = 5,
                                 .class_name = paths[i],
                                 .n_class_name = 1};
        tree_touch(&place, paths[i]);
        ck_assert_int_eq(tn__draft_add(&draft, &found), TN_OK);
    }
    const tn__listed_file file = {"a.tar", 1 << 20, 1, 2};
    const tn__listing_wanted wanted = {.key = "k",
                                       .files = &file,
                                       .n_files = 1,
                                       .drafts = &draft,
                                       .n_drafts = 1,
                                       .in_natural_order = true,
                                       .n_threads = 1};
    tn__listing listing = case_list(&wanted);
    tn_dataset *const folder = tree_open(&place);
    ck_assert_uint_eq(listing.fingerprint, tn_dataset_fingerprint(folder));
    tn_dataset_destroy(folder);
    tn__listing_free(&listing);
    tn__draft_free(&draft);
    tree_remove(&place);
}
END_TEST

/* The size that the format promises, with names like those of ImageNet, in their order or not. */
START_TEST(a_sample_takes_few_bytes)
{
    enum { N = 100000 };
    tn__draft draft = {0};
    uint64_t state = 5;
    int64_t offset = 0;
    for (int i = 0; i < N; i++) {
        char name[64];
        const int number = _i ? (int)((int64_t)i * 70657 % N) : i;
        snprintf(name, sizeof name, "n%08d/n%08d_%d.JPEG", number / 100, number / 100,
                 number % 100 * 37);
        const tn__found found = {.name = name,
                                 .n_name = strlen(name),
                                 .offset = offset + 512,
                                 .length = 50000 + (int64_t)(case_random(&state) % 100000),
                                 .class_name = name,
                                 .n_class_name = 9};
        offset = (found.offset + found.length + 511) / 512 * 512;
        ck_assert_int_eq(tn__draft_add(&draft, &found), TN_OK);
    }
    const tn__listed_file file = {"a.tar", offset, 1, 2};
    const tn__listing_wanted wanted = {.key = "k",
                                       .files = &file,
                                       .n_files = 1,
                                       .drafts = &draft,
                                       .n_drafts = 1,
                                       .in_natural_order = true,
                                       .n_threads = 2};
    tn__listing listing = case_list(&wanted);
    const size_t all = tn__listing_bytes(&listing);
    const size_t samples = (size_t)(listing.sections[TN__LISTING_NAME_BLOCKS] - listing.bytes);
    ck_assert_double_le((double)samples / N, _i ? 13 : 8);
    ck_assert_double_le((double)(all - samples) / N, 10);
    tn__listing_free(&listing);
    tn__draft_free(&draft);
}
END_TEST

static void mend(uint8_t *bytes, size_t n_bytes)
{
    tn__put_64(bytes + TN__LISTING_SUM,
               tn__hash_of(bytes + TN__LISTING_FINGERPRINT, n_bytes - TN__LISTING_FINGERPRINT));
}

static void use_all(const tn__listing *listing)
{
    char name[TN__NAME_BYTES];
    for (int64_t i = 0; i < listing->n_samples; i++) {
        const tn__listed_place place = tn__listing_place(listing, i);
        const tn__listed_file file = tn__listing_file(listing, place.file);
        ck_assert_uint_lt(place.file, listing->n_files);
        ck_assert_int_ge(place.offset, 0);
        ck_assert_int_ge(place.length, 0);
        ck_assert_int_le(place.length, file.bytes - place.offset);
        ck_assert_uint_lt(tn__listing_name(listing, i, name), TN__NAME_BYTES);
        tn__label label;
        tn__listing_label_of(listing, i, &label);
        if (label.kind == TN_LABEL_INT)
            ck_assert(label.value >= -1 &&
                      (listing->n_classes == 0 || label.value < listing->n_classes));
        for (int64_t k = 0; label.kind == TN_LABEL_INTS && k < label.n; k++)
            ck_assert(label.ints[k] >= 0 &&
                      (listing->n_classes == 0 || label.ints[k] < listing->n_classes));
        for (int64_t k = 0; label.kind == TN_LABEL_FLOATS && k < label.n; k++)
            (void)*(const volatile float *)&label.floats[k];
        if (label.kind == TN_LABEL_TEXT)
            ck_assert_int_eq((int64_t)strlen(label.text), label.n);
        ck_assert_int_le(label.n, listing->shape.most);
    }
}

static int open_copy(const uint8_t *bytes, size_t n_bytes, tn__listing *out)
{
    uint8_t *const copy = malloc(n_bytes + 1);
    memcpy(copy, bytes, n_bytes);
    return tn__listing_open(copy, n_bytes, 1, out);
}

/* Each byte of the head and each `step`th of the others are changed in turn, and the listing is cut
 * off at many lengths. With a mended checksum the listing is refused, or all in it can be used. */
static void damage(tn__listing *good, size_t step)
{
    tn__listing listing;
    const size_t n_bytes = tn__listing_bytes(good);
    uint64_t state = 77;
    int n_accepted = 0;
    for (size_t at = 0; at < n_bytes; at += at < TN__LISTING_HEAD ? 1 : step) {
        const uint8_t before = good->bytes[at];
        good->bytes[at] = (uint8_t)(before ^ (1 + case_random(&state) % 255));
        ck_assert_int_eq(open_copy(good->bytes, n_bytes, &listing), TN_EDECODE);
        mend(good->bytes, n_bytes);
        if (open_copy(good->bytes, n_bytes, &listing) == TN_OK) {
            use_all(&listing);
            tn__listing_free(&listing);
            n_accepted++;
        }
        good->bytes[at] = before;
        if (at >= TN__LISTING_SUM && at < TN__LISTING_FINGERPRINT)
            continue;
        mend(good->bytes, n_bytes);
    }
    for (size_t cut = 0; cut < n_bytes; cut += 1 + cut / 50)
        ck_assert_int_eq(open_copy(good->bytes, cut, &listing), TN_EDECODE);
    ck_assert_int_gt(n_accepted, 50); /* for example other letters in names */
}

START_TEST(damage_is_found_or_harmless)
{
    listing_case *const made = case_make(150, _i ? 4 : -1, 11 + (uint64_t)_i);
    const tn__listing_wanted wanted = case_wanted(made, true);
    tn__listing good = case_list(&wanted);
    damage(&good, 7);
    tn__listing_free(&good);
    case_free(made);
}
END_TEST

static const int32_t label_kinds[] = {TN_LABEL_INTS, TN_LABEL_FLOATS, TN_LABEL_TEXT};
enum { N_KINDS = sizeof label_kinds / sizeof *label_kinds };

/* The label of sample k: up to 3 classes, 3 numbers, or a text of up to 4 letters. */
static const tn__label *label_of(int32_t kind, int k)
{
    static tn__label label;
    static int64_t ints[3];
    static float floats[3];
    static char text[8];
    for (int v = 0; v < 3; v++) {
        ints[v] = (k * 7 + v) % 11;
        floats[v] = (float)k / (float)(v + 1);
    }
    memset(text, 0, sizeof text);
    memset(text, 'a' + k % 26, (size_t)k % 5);
    label = (tn__label){.kind = kind, .n = kind == TN_LABEL_FLOATS ? 3 : k % 4};
    label.ints = kind == TN_LABEL_INTS && label.n > 0 ? ints : NULL;
    label.floats = kind == TN_LABEL_FLOATS ? floats : NULL;
    label.text = kind == TN_LABEL_TEXT ? text : NULL;
    label.n = kind == TN_LABEL_TEXT ? k % 5 : label.n;
    return &label;
}

/* Adds samples k to last - 1 with such labels. Their names have the opposite order. */
static void add_typed(tn__draft *draft, int32_t kind, int k, int last)
{
    for (; k < last; k++) {
        char name[16];
        snprintf(name, sizeof name, "%04d.jpg", 9999 - k);
        const tn__found found = {.name = name,
                                 .n_name = strlen(name),
                                 .offset = k,
                                 .length = 1,
                                 .label = -1,
                                 .typed = kind == TN_LABEL_INT ? NULL : label_of(kind, k)};
        ck_assert_int_eq(tn__draft_add(draft, &found), TN_OK);
    }
}

static void compare_label(const tn__label *label, const tn__label *known)
{
    ck_assert_int_eq(label->kind, known->kind);
    ck_assert_int_eq(label->n, known->n);
    if (known->ints)
        ck_assert_mem_eq(label->ints, known->ints, (size_t)known->n * sizeof *known->ints);
    else
        ck_assert_ptr_null(label->ints);
    if (known->floats)
        ck_assert_mem_eq(label->floats, known->floats, (size_t)known->n * sizeof *known->floats);
    if (known->text)
        ck_assert_str_eq(label->text, known->text);
}

/* Lists of integers, numbers and texts come back as they were added, in another order too, and
 * count in the fingerprint. */
START_TEST(labels_of_other_kinds)
{
    enum { FIRST = 100, ALL = 150 };
    const int32_t kind = label_kinds[_i];
    static const tn__listed_file file = {"a.tar", 1000, 1, 2};
    tn__draft drafts[3] = {{0}, {0}, {0}};
    add_typed(&drafts[1], kind, 0, FIRST);
    add_typed(&drafts[2], kind, FIRST, ALL);
    const tn__listing_wanted wanted = {.key = "k",
                                       .files = &file,
                                       .n_files = 1,
                                       .drafts = drafts,
                                       .n_drafts = 3,
                                       .in_natural_order = true,
                                       .n_threads = 2};
    tn__listing listing = case_list(&wanted);
    tn_hash *const hash = tn__fingerprint_begin(ALL);
    ck_assert_int_eq(listing.shape.most, kind == TN_LABEL_TEXT ? 4 : 3);
    ck_assert_int_eq(listing.n_classes, kind == TN_LABEL_INTS ? 11 : 0);
    for (int i = 0; i < ALL; i++) {
        char name[TN__NAME_BYTES];
        tn__label label;
        const int k = ALL - 1 - i;
        const size_t n_name = tn__listing_name(&listing, i, name);
        tn__listing_label_of(&listing, i, &label);
        ck_assert_int_eq(tn__listing_place(&listing, i).offset, k);
        compare_label(&label, label_of(kind, k));
        tn__fingerprint_add(hash, name, n_name, &label);
    }
    ck_assert_uint_eq(listing.fingerprint, tn__fingerprint_end(hash));
    damage(&listing, 23);
    tn__listing_free(&listing);
    for (int d = 0; d < 3; d++)
        tn__draft_free(&drafts[d]);
}
END_TEST

/* Labels of two kinds are refused, in one file and in two. */
START_TEST(labels_of_two_kinds_are_refused)
{
    static const tn__listed_file file = {"a.tar", 1000, 1, 2};
    static const struct {
        int32_t first, second;
        const char *says;
    } cases[] = {
        {TN_LABEL_INT, TN_LABEL_INTS,
         "has a list of integers as its label, but other samples have an integer"},
        {TN_LABEL_TEXT, TN_LABEL_INT, "has an integer as its label, but other samples have a text"},
        {TN_LABEL_INTS, TN_LABEL_FLOATS,
         "has a list of numbers as its label, but other samples have a list of"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        tn__draft drafts[2] = {{0}, {0}};
        tn__listing listing;
        add_typed(&drafts[0], cases[c].first, 0, 3);
        add_typed(&drafts[1], cases[c].second, 3, 4);
        const tn__listing_wanted wanted = {.key = "k",
                                           .files = &file,
                                           .n_files = 1,
                                           .drafts = drafts,
                                           .n_drafts = 2,
                                           .n_threads = 1};
        ck_assert_int_eq(tn__listing_make(&wanted, &listing), TN_EINVAL);
        ck_assert_msg(strstr(tn_error(), cases[c].says) != NULL, "%s", tn_error());
        ck_assert_msg(strstr(tn_error(), "\"9996.jpg\"") != NULL, "%s", tn_error());
        const tn__found found = {
            .name = "x",
            .n_name = 1,
            .label = -1,
            .typed = cases[c].second == TN_LABEL_INT ? NULL : label_of(cases[c].second, 3)};
        ck_assert_int_eq(tn__draft_add(&drafts[0], &found), TN_EINVAL);
        ck_assert_msg(strstr(tn_error(), cases[c].says) != NULL, "%s", tn_error());
        tn__draft_free(&drafts[0]);
        tn__draft_free(&drafts[1]);
    }
}
END_TEST

static tree cache_home;
static listing_case *kept;

static void set_up(void)
{
    cache_home = tree_make();
    setenv("XDG_CACHE_HOME", cache_home.root, 1);
    kept = case_make(TN__LISTING_LEAST, -1, 21);
}

static void tear_down(void)
{
    case_free(kept);
    tree_remove(&cache_home);
}

static bool load(const tn__listing_wanted *wanted)
{
    tn__listing listing;
    const tn__listing_cache cache = {.root = cache_home.root};
    if (!tn__listing_load(&cache, wanted, &listing))
        return false;
    use_all(&listing);
    ck_assert_int_eq(listing.n_samples, TN__LISTING_LEAST);
    tn__listing_free(&listing);
    return true;
}

static void save(const tn__listing_wanted *wanted)
{
    const tn__listing_cache cache = {.root = cache_home.root};
    tn__listing listing = case_list(wanted);
    tn__listing_save(&cache, &listing);
    tn__listing_free(&listing);
}

START_TEST(a_kept_listing_is_used_for_the_same_files)
{
    tn__listing_wanted wanted = case_wanted(kept, true);
    ck_assert(!load(&wanted));
    save(&wanted);
    ck_assert(load(&wanted));
    for (int change = 0; change < 4; change++) {
        tn__listed_file *const file = &kept->files[3], before = *file;
        file->bytes += change == 0;
        file->stamp += change == 1;
        file->inode += change == 2;
        file->path = change == 3 ? "another" : before.path;
        ck_assert(!load(&wanted));
        ck_assert_msg(strstr(tn_error(), file->path) != NULL, "%s", tn_error());
        *file = before;
    }
    wanted.n_files--;
    ck_assert(!load(&wanted));
    wanted.n_files++;
    wanted.key = "another key";
    ck_assert(!load(&wanted));
    save(&wanted);
    ck_assert(load(&wanted));
    wanted.key = "the key"; /* both are kept */
    ck_assert(load(&wanted));
}
END_TEST

START_TEST(short_or_young_listings_are_not_kept)
{
    tn__listing_wanted wanted = case_wanted(kept, true);
    kept->files[1].stamp = 0;
    save(&wanted);
    ck_assert(!load(&wanted));
    kept->files[1].stamp = (int64_t)time(NULL) * 1000000000;
    save(&wanted);
    ck_assert(!load(&wanted));
    kept->files[1].stamp -= (int64_t)3000000000;
    wanted.n_drafts--;
    save(&wanted);
    ck_assert(!load(&wanted));
    wanted.n_drafts++;
    save(&wanted);
    ck_assert(load(&wanted));
}
END_TEST

/* The one file of the cache. */
static char path_of_listing[2 * TREE_PATH];

static int find_listing(const char *path, const struct stat *facts, int kind, struct FTW *walk)
{
    (void)facts;
    (void)walk;
    if (kind == FTW_F)
        snprintf(path_of_listing, sizeof path_of_listing, "%s", path);
    return 0;
}

static void save_and_find(const tn__listing_wanted *wanted)
{
    save(wanted);
    ck_assert_int_eq(nftw(cache_home.root, find_listing, 16, FTW_PHYS), 0);
    ck_assert(load(wanted));
}

START_TEST(damaged_and_foreign_listings_are_made_again)
{
    tn__listing_wanted wanted = case_wanted(kept, true);
    save_and_find(&wanted);
    FILE *const file = fopen(path_of_listing, "r+b");
    ck_assert_ptr_nonnull(file);
    fseek(file, 5000, SEEK_SET);
    fputc('x', file);
    fclose(file);
    ck_assert(!load(&wanted));
    save_and_find(&wanted);
    struct stat facts;
    ck_assert_int_eq(stat(path_of_listing, &facts), 0);
    ck_assert_int_eq(truncate(path_of_listing, facts.st_size - 1), 0);
    ck_assert(!load(&wanted));
    ck_assert_int_eq(truncate(path_of_listing, 0), 0);
    ck_assert(!load(&wanted));
    ck_assert_int_eq(truncate(path_of_listing, (off_t)1 << 40), 0);
    ck_assert(!load(&wanted));
    save_and_find(&wanted);
    if (tree_has_second_user()) {
        ck_assert_int_eq(chown(path_of_listing, TREE_OTHER_USER, (gid_t)-1), 0);
        ck_assert(!load(&wanted));
        ck_assert_msg(strstr(tn_error(), "another user") != NULL, "%s", tn_error());
    }
}
END_TEST

START_TEST(a_cache_that_cannot_be_written_is_no_failure)
{
    const tn__listing_wanted wanted = case_wanted(kept, true);
    setenv("XDG_CACHE_HOME", "/proc/none", 1);
    save(&wanted);
    ck_assert(!load(&wanted));
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    save(&wanted);
    ck_assert(!load(&wanted));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("listing");
    TCase *const form = tcase_create("form");
    tcase_set_timeout(form, 300);
    tcase_add_loop_test(form, samples_come_out_as_they_went_in, 0, N_SIZES);
    tcase_add_test(form, an_empty_listing);
    tcase_add_test(form, a_class_map_chooses);
    tcase_add_test(form, labels_beyond_the_classes_are_refused);
    tcase_add_test(form, numbers_are_classes_if_nothing_names_them);
    tcase_add_test(form, names_and_places_have_limits);
    tcase_add_test(form, the_fingerprint_is_that_of_a_folder);
    tcase_add_loop_test(form, a_sample_takes_few_bytes, 0, 2);
    tcase_add_loop_test(form, damage_is_found_or_harmless, 0, 2);
    tcase_add_loop_test(form, labels_of_other_kinds, 0, N_KINDS);
    tcase_add_test(form, labels_of_two_kinds_are_refused);
    suite_add_tcase(suite, form);
    TCase *const cache = tcase_create("cache");
    tcase_add_checked_fixture(cache, set_up, tear_down);
    tcase_add_test(cache, a_kept_listing_is_used_for_the_same_files);
    tcase_add_test(cache, short_or_young_listings_are_not_kept);
    tcase_add_test(cache, damaged_and_foreign_listings_are_made_again);
    tcase_add_test(cache, a_cache_that_cannot_be_written_is_no_failure);
    suite_add_tcase(suite, cache);
    return suite_run(suite);
}
