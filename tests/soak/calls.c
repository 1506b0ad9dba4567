/* SPDX-License-Identifier: MIT */
/* Soak test: makes random calls of the public functions.
 *
 * soak_calls SEED SECONDS [NUMBER]
 *
 * A sequence has one to four threads. Each creates objects, uses them and destroys them in any
 * order, sometimes with wrong arguments. Threads pass loaders and tensors to each other. Every
 * failure must have a message. An epoch with good arguments must always give the same bytes, for
 * any number of threads, and with any device, index or pack. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak.h"
#include "tench.h"

enum { PLACES = 3, MAX_THREADS = 4, N_TEXTS = 4, N_ROOTS = 6, N_IMAGES = 14 };
enum { STRUCT_BYTES = 512, CALLS = SOAK_SANITIZED ? 120 : 250 };

/* A loader, and what only its current thread may use. Held batches outlive it. */
typedef struct group {
    tn_loader *loader;
    tn_batch last; /* size 0: there is no batch */
    tn_batch held[PLACES];
} group;

typedef struct world {
    soak_random random;
    const char *folder;
    int number;
    tn_dataset *datasets[PLACES];
    tn_transform *transforms[PLACES];
    tn_image *images[PLACES];
    group groups[PLACES];
    tn_task *tasks[PLACES];
    tn_hash *hashes[PLACES];
} world;

static const char *const texts[N_TEXTS] = {
    "random_resized_crop size=40; hflip; normalize; convert dtype=f32",
    "resize size=32; center_crop size=32; normalize; random_erasing p=0.5; convert dtype=f16",
    "resize size=33 mode=exact; color_jitter; convert layout=nhwc",
    "random_resized_crop size=24; normalize; convert; mixup num_classes=3",
};
static const char *const odd_texts[] = {
    "",
    "hflip p=2",
    "crop box=0,0,70000,70000",
    "resize size=65500; center_crop size=65500",
    "resize size=65500 mode=exact; random_erasing; normalize; convert",
    "resize_keep_ratio size=33",
    "resize size=17 mode=exact; vflip",
    "center_crop size=1",
    "random_crop_or_pad size=50 padding_mode=reflect; convert dtype=bf16",
    "trim_border border=3; resize size=20",
    "normalise",
    "resize size=99999999999999999999",
    "mixup num_classes=2147483647",
    "convert; convert",
    ";;;",
    "resize size=9;hflip;resize size=31;vflip;resize size=16",
};
enum { N_ODD_TEXTS = sizeof odd_texts / sizeof odd_texts[0] };
/* The data: the folder, its packs, and paths that cannot be opened. */
static const char *const roots[N_ROOTS] = {"images", "fast", "small", "absent", "images/cat", ""};
enum { N_GOOD_ROOTS = 3 };

/* The result of an epoch for each text, computed once. */
typedef struct reference {
    char hash[N_TEXTS][33];
} reference;
static reference *expected;

/* Objects on their way to another thread. */
static struct {
    pthread_mutex_t lock;
    group group;
    void *tensors[PLACES];
} exchange = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int32_t below(world *w, int32_t n)
{
    return soak_below(&w->random, n);
}

static bool chance(world *w, int32_t percent)
{
    return soak_chance(&w->random, percent);
}

/* Returns a usual value most of the time, and any value now and then. */
static int32_t number(world *w, int32_t low, int32_t high)
{
    static const int32_t wild[] = {-1, -2, 0, 4097, 65536, INT32_MAX, INT32_MIN};
    if (chance(w, 6))
        return wild[below(w, sizeof wild / sizeof wild[0])];
    return low + below(w, high - low + 1);
}

static int64_t wide_number(world *w, int64_t low, int64_t high)
{
    if (chance(w, 6))
        return (int64_t)soak_bits(&w->random);
    return low + (int64_t)(soak_bits(&w->random) % (uint64_t)(high - low + 1));
}

static void check(const char *call, int64_t status)
{
    if (status >= 0)
        return;
    if (status < TN_ESTOPPED || tn_error()[0] == '\0' ||
        strcmp(tn_status_name((int32_t)status), "unknown status") == 0)
        soak_fail("%s: status %lld, \"%s\"", call, (long long)status, tn_error());
}

static void check_made(const char *call, const void *made)
{
    tn_error_info info = {.size = (int32_t)sizeof info};
    if (made)
        return;
    if (tn_error_details(&info) != TN_OK || info.code >= 0 || info.message[0] == '\0')
        soak_fail("%s: NULL, status %d, \"%s\"", call, info.code, tn_error());
}

/* Returns a copy of a struct of options or results as other versions of a program have it: shorter,
 * or longer with zeros or nonzero bytes at its end. */
static void *resized(world *w, void *bytes, const void *options, size_t n_bytes)
{
    static const int32_t more[] = {0, 0, 0, 0, 0, 0, -8, 8, 64, -1000};
    const int32_t size = (int32_t)n_bytes + more[below(w, sizeof more / sizeof more[0])];
    memset(bytes, chance(w, 20) ? 0xa5 : 0, STRUCT_BYTES);
    memcpy(bytes, options, n_bytes);
    memcpy(bytes, &size, sizeof size);
    return chance(w, 1) ? NULL : bytes;
}

static void *result(world *w, void *bytes, size_t n_bytes)
{
    static const char zeros[STRUCT_BYTES];
    return resized(w, bytes, zeros, n_bytes);
}

/* Returns one of the objects, or NULL. */
#define ANY(w, kind) ((w)->kind[below(w, PLACES)])

/* Puts an object in a place, and destroys the one that was there. */
#define REPLACE(w, kind, destroy, made)                                                            \
    do {                                                                                           \
        const int32_t place_ = below(w, PLACES);                                                   \
        destroy((w)->kind[place_]);                                                                \
        (w)->kind[place_] = (made);                                                                \
    } while (0)

static tn_dataset *open_root(world *w, const char *root, int32_t index, int32_t threads)
{
    char path[SOAK_PATH];
    soak_path(path, "%s/%s", w->folder, root);
    const tn_dataset_options options = {.size = (int32_t)sizeof options,
                                        .root = root[0] ? path : NULL,
                                        .index = index,
                                        .threads = threads};
    return tn_dataset_create(&options);
}

static void make_dataset(world *w)
{
    char path[SOAK_PATH], bytes[STRUCT_BYTES];
    const char *const root = roots[below(w, chance(w, 70) ? N_GOOD_ROOTS : N_ROOTS)];
    soak_path(path, "%s/%s", w->folder, root);
    tn_dataset_options options = {.root = path,
                                  .mode = number(w, 0, TN_INDICES),
                                  .orient = number(w, 0, TN_YES),
                                  .threads = number(w, 0, 3),
                                  .index = number(w, 0, TN_INDEX_OFF),
                                  .index_entries = number(w, 0, 16)};
    static const int32_t stopped = 1;
    if (chance(w, 10))
        options.split = chance(w, 50) ? "train" : "../images";
    if (chance(w, 20))
        options.split_rule = number(w, 0, TN_SPLIT_IF_THERE);
    if (chance(w, 2))
        options.stop = &stopped;
    char index[SOAK_PATH];
    soak_path(index, "%s/.tench-index", path);
    if (chance(w, 5))
        options.index_path = chance(w, 70) ? index : "/dev/null";
    if (chance(w, 10))
        options.extensions = chance(w, 50) ? ".txt,jpg" : ".jpg";
    if (chance(w, 5))
        options.max_pixels = wide_number(w, 1, 3000);
    if (chance(w, 5))
        options.max_file_bytes = wide_number(w, 1, 3000);
    if (chance(w, 10))
        check_made("tn_dataset_splits",
                   tn_dataset_splits(resized(w, bytes, &options, sizeof options)));
    tn_dataset *const made = tn_dataset_create(resized(w, bytes, &options, sizeof options));
    check_made("tn_dataset_create", made);
    REPLACE(w, datasets, tn_dataset_destroy, made);
}

static void ask_dataset(world *w)
{
    char bytes[STRUCT_BYTES];
    tn_dataset *const dataset = ANY(w, datasets);
    const int64_t sample = wide_number(w, 0, N_IMAGES + 2);
    switch (below(w, 12)) {
    case 0: check("tn_dataset_count", tn_dataset_count(dataset)); break;
    case 1: check("tn_dataset_classes", tn_dataset_classes(dataset)); break;
    case 2: check_made("tn_dataset_root", tn_dataset_root(dataset)); break;
    case 3:
        check_made("tn_dataset_class_name", tn_dataset_class_name(dataset, wide_number(w, 0, 4)));
        break;
    case 4: check_made("tn_dataset_sample_name", tn_dataset_sample_name(dataset, sample)); break;
    case 5: check("tn_dataset_label", tn_dataset_label(dataset, sample)); break;
    case 6:
        check("tn_dataset_probe",
              tn_dataset_probe(dataset, sample, result(w, bytes, sizeof(tn_image_info))));
        break;
    case 7:
        check("tn_dataset_index",
              tn_dataset_index(dataset, result(w, bytes, sizeof(tn_index_info))));
        break;
    case 8: check_made("tn_dataset_split", tn_dataset_split(dataset)); break;
    case 9:
        check("tn_dataset_facts_of",
              tn_dataset_facts_of(dataset, result(w, bytes, sizeof(tn_dataset_facts))));
        break;
    case 10:
        check("tn_dataset_index_store", tn_dataset_index_store(dataset, number(w, -1, 50)));
        break;
    default:
        check("tn_dataset_warning", tn_dataset_warning(dataset, wide_number(w, 0, 3),
                                                       result(w, bytes, sizeof(tn_fault))));
        break;
    }
}

/* A text of ops. What does not fit is left out. */
typedef struct op_text {
    char chars[1024];
    size_t length;
} op_text;

__attribute__((format(printf, 2, 3))) static void add_text(op_text *out, const char *form, ...)
{
    va_list arguments;
    const size_t room = sizeof out->chars - out->length;
    va_start(arguments, form);
    const int n = vsnprintf(out->chars + out->length, room, form, arguments);
    va_end(arguments);
    out->length += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

/* Returns a number inside a parameter's bounds, at a bound, or outside. It never makes batches
 * large. */
static double extreme(world *w, const tn_param *param)
{
    const bool is_long = strcmp(param->name, "num_classes") == 0; /* each row gets this many */
    const double most = is_long ? 1000 : param->max, share = below(w, 1000) / 999.0;
    switch (below(w, 9)) {
    case 0: return param->min;
    case 1: return most;
    case 2: return param->min + 1;
    case 3: return chance(w, 20) ? param->min - 1 : param->min;
    case 4: return chance(w, 20) ? param->max * 2 + 1 : most;
    case 5: return param->min + (most - param->min) * 1e-9;
    default: return param->min + (most - param->min) * share * share * share;
    }
}

static void add_numbers(world *w, const tn_param *param, bool whole, int32_t n, op_text *out)
{
    for (int32_t k = 0; k < n; k++)
        add_text(out, whole ? "%s%.0f" : "%s%.17g", k > 0 ? "," : "", extreme(w, param));
}

static void add_value(world *w, const tn_param *param, op_text *out)
{
    static const char *const sizes[] = {"1",       "2",       "17",  "33x9",
                                        "65500x1", "1x65500", "200", "70000"};
    if (chance(w, 3)) {
        add_text(out, "%s", odd_texts[below(w, N_ODD_TEXTS)]);
    } else if (strcmp(param->kind, "size") == 0) {
        add_text(out, "%s", sizes[below(w, sizeof sizes / sizeof sizes[0])]);
    } else if (strcmp(param->kind, "flag") == 0) {
        add_text(out, "%s", chance(w, 50) ? "yes" : "no");
    } else if (strcmp(param->kind, "choice") == 0 || strcmp(param->kind, "text") == 0) {
        const char *choice = param->choices;
        for (int32_t skipped = below(w, 8); skipped > 0 && strchr(choice, ' '); skipped--)
            choice = strchr(choice, ' ') + 1;
        add_text(out, "%.*s", (int)strcspn(choice, " "), choice);
    } else {
        const int32_t n = strcmp(param->kind, "range") == 0     ? 1 + below(w, 2)
                          : strcmp(param->kind, "numbers") == 0 ? 1 + below(w, 4)
                                                                : 1;
        add_numbers(w, param, strcmp(param->kind, "integer") == 0 || chance(w, 30), n, out);
    }
}

static int32_t count_ops(void)
{
    int32_t n = 0;
    while (tn_spec_at(TN_SPEC_OP, n))
        n++;
    return n;
}

/* Writes ops of the registry with random values for their parameters. */
static void make_text(world *w, op_text *out)
{
    const int32_t n = 1 + below(w, 3);
    for (int32_t k = 0; k < n; k++) {
        const tn_spec *const op = tn_spec_at(TN_SPEC_OP, below(w, count_ops()));
        add_text(out, "%s%s", k > 0 ? "; " : "", op->name);
        for (int32_t p = 0; p < op->n_params; p++)
            if (op->params[p]->required == TN_YES || chance(w, 40)) {
                add_text(out, " %s=", op->params[p]->name);
                add_value(w, op->params[p], out);
            }
    }
}

static void make_transform(world *w)
{
    op_text any = {0};
    const char *text = texts[below(w, N_TEXTS)];
    if (chance(w, 40)) {
        make_text(w, &any);
        text = any.chars;
    } else if (chance(w, 20)) {
        text = odd_texts[below(w, N_ODD_TEXTS)];
    }
    tn_transform *const made = tn_transform_create(chance(w, 1) ? NULL : text);
    check_made("tn_transform_create", made);
    REPLACE(w, transforms, tn_transform_destroy, made);
}

static void ask_transform(world *w)
{
    tn_tensor out = {.size = (int32_t)sizeof out};
    const tn_transform *const transform = ANY(w, transforms);
    check_made("tn_transform_text", tn_transform_text(transform));
    check("tn_transform_output",
          tn_transform_output(transform, number(w, 1, 3), chance(w, 2) ? NULL : &out));
    (void)tn_transform_rows(transform, number(w, -1, 100));
    (void)tn_transform_tensor(transform, number(w, -1, 4), number(w, 0, 100), number(w, 1, 3),
                              number(w, 0, 10), chance(w, 2) ? NULL : &out);
    (void)tn_spec_at(number(w, 0, 6), number(w, 0, 100));
    (void)tn_spec_find(number(w, 0, 6), odd_texts[below(w, N_ODD_TEXTS)]);
    (void)tn_nearest(odd_texts[below(w, N_ODD_TEXTS)], odd_texts[below(w, N_ODD_TEXTS)]);
}

static void make_image(world *w)
{
    static const uint8_t pixels[4 * 30 * 20] = {1, 2, 3};
    char path[SOAK_PATH];
    tn_image *made = NULL;
    switch (below(w, 4)) {
    case 0: made = tn_dataset_image(ANY(w, datasets), wide_number(w, 0, N_IMAGES + 1)); break;
    case 1:
        made = tn_image_create(chance(w, 2) ? NULL : pixels, chance(w, 5) ? -1 : 1 + below(w, 30),
                               1 + below(w, 20), 1 + below(w, 4));
        break;
    case 2: {
        size_t n_bytes = 0;
        const int32_t k = below(w, N_IMAGES);
        static const char *const classes[] = {"cat", "dog é", "n03"};
        soak_path(path, "%s/images/%s/image %d.jpg", w->folder, classes[k % 3], k);
        uint8_t *const bytes = soak_read(path, &n_bytes);
        made = tn_image_decode(bytes, chance(w, 20) ? below(w, 500) : (int64_t)n_bytes,
                               number(w, 0, TN_INDICES));
        free(bytes);
        break;
    }
    default: {
        const tn_draw_key key = {.seed = wide_number(w, 0, 9),
                                 .epoch = wide_number(w, 0, 9),
                                 .position = wide_number(w, 0, 99),
                                 .view = number(w, 0, 3)};
        made = tn_transform_apply(ANY(w, transforms), ANY(w, images), chance(w, 9) ? NULL : &key);
        break;
    }
    }
    check_made("an image", made);
    REPLACE(w, images, tn_image_destroy, made);
}

static void ask_image(world *w)
{
    tn_tensor tensor = {.size = (int32_t)sizeof tensor};
    const tn_image *const image = ANY(w, images);
    const int32_t status = tn_image_tensor(image, &tensor);
    check("tn_image_tensor", status);
    (void)tn_image_label(image);
    (void)tn_image_name(image);
    (void)tn_image_explain(image);
    if (status != TN_OK)
        return;
    int64_t n_bytes = tensor.dtype == TN_F32 ? 4 : tensor.dtype == TN_U8 ? 1 : 2;
    for (int32_t d = 0; d < tensor.ndim; d++)
        n_bytes *= tensor.shape[d];
    void *const copy = malloc((size_t)n_bytes + 1);
    check("tn_image_copy", tn_image_copy(image, copy, n_bytes + (chance(w, 10) ? 1 : 0)));
    free(copy);
}

static void destroy_loader(group *from)
{
    tn_loader_destroy(from->loader);
    from->loader = NULL;
    from->last.size = 0;
}

static void release_held(group *from, int k)
{
    if (from->held[k].size)
        check("tn_batch_release", tn_batch_release(&from->held[k]));
    from->held[k].size = 0;
}

static void make_loader(world *w)
{
    static const int64_t subset[] = {3, 1, 4, 1, 5, 9, 2, 6};
    static const char *const devices[] = {"cpu", "fake", NULL, "cpu", "fake", "cuda:99", "cud", ""};
    static const char *const orders[] = {"feistel-1", "sequential", NULL, "random"};
    char bytes[STRUCT_BYTES];
    tn_loader_options options = {.batch_size = number(w, 1, 6),
                                 .seed = wide_number(w, 0, 9),
                                 .order = orders[below(w, chance(w, 90) ? 3 : 4)],
                                 .drop_last = number(w, 0, TN_YES),
                                 .repeats = chance(w, 90) ? below(w, 3) : number(w, 0, 3),
                                 .threads = below(w, 4) - (chance(w, 3) ? 1 : 0),
                                 .depth = chance(w, 90) ? below(w, 7) : -1,
                                 .on_fault = number(w, TN_FAULT_SKIP, TN_FAULT_SKIP),
                                 .fault_budget = chance(w, 80) ? 0 : wide_number(w, 0, 9),
                                 .device = devices[below(w, chance(w, 90) ? 5 : 8)],
                                 .outputs = below(w, 4),
                                 .max_outputs = below(w, 7)};
    if (chance(w, 20)) {
        options.subset = subset;
        options.n_subset = wide_number(w, 1, 8) % 9;
    }
    if (chance(w, 20)) {
        options.world_size = number(w, 1, 3);
        options.rank = number(w, 0, 2);
        options.even_ranks = number(w, 0, TN_YES);
    }
    if (options.batch_size > 64)
        options.batch_size = 64;
    group *const to = &ANY(w, groups);
    destroy_loader(to);
    to->loader = tn_loader_create(ANY(w, datasets), ANY(w, transforms),
                                  resized(w, bytes, &options, sizeof options));
    check_made("tn_loader_create", to->loader);
}

static void start_loader(world *w)
{
    group *const of = &ANY(w, groups);
    of->last.size = 0;
    if (chance(w, 80)) {
        check("tn_loader_start", tn_loader_start(of->loader, wide_number(w, 0, 5)));
        return;
    }
    const char *const state = of->loader ? tn_loader_state(of->loader) : NULL;
    char *const copy = state ? strdup(state) : NULL;
    if (copy && chance(w, 20))
        copy[below(w, (int32_t)strlen(copy))] = (char)('0' + below(w, 40));
    check("tn_loader_resume", tn_loader_resume(of->loader, copy));
    free(copy);
}

static void next_batch(world *w)
{
    static const int32_t waits[] = {0, 0, 3, 50, -1, -2};
    group *const of = &ANY(w, groups);
    const int32_t wait = waits[below(w, chance(w, 95) ? 5 : 6)];
    of->last = (tn_batch){.size = chance(w, 97) ? (int32_t)sizeof of->last : 8};
    const int32_t status = chance(w, 70) ? tn_loader_next(of->loader, &of->last, wait)
                                         : tn_loader_next_on(of->loader, &of->last, NULL, wait);
    check("tn_loader_next", status);
    if (status != TN_OK)
        of->last.size = 0;
}

static void use_batch(world *w)
{
    char text[33];
    group *const of = &ANY(w, groups);
    const tn_batch *batch = &of->last;
    if (chance(w, 50))
        batch = &of->held[below(w, PLACES)];
    if (!batch->size)
        return;
    const int32_t row = number(w, 0, batch->n_rows), tensor = number(w, 0, batch->n_tensors);
    switch (below(w, 6)) {
    case 0: check("tn_batch_check", tn_batch_check(batch)); break;
    case 1: check_made("tn_batch_explain", tn_batch_explain(batch, row)); break;
    case 2: {
        tn_image *const image = tn_batch_replay(batch, row);
        check_made("tn_batch_replay", image);
        REPLACE(w, images, tn_image_destroy, image);
        break;
    }
    case 3: {
        tn_hash *const hash = tn_hash_create();
        check("tn_hash_batch", tn_hash_batch(hash, batch));
        tn_hash_text(hash, text);
        tn_hash_destroy(hash);
        break;
    }
    case 4: check("tn_batch_also_uses", tn_batch_also_uses(batch, NULL)); break;
    default: {
        int64_t labels[64];
        check("tn_batch_copy",
              tn_batch_copy(batch, tensor, labels,
                            tensor == 1 && batch->n_rows <= 64 ? batch->n_rows * 8 : 3));
        break;
    }
    }
}

static void hold_batch(world *w)
{
    group *const of = &ANY(w, groups);
    const int32_t place = below(w, PLACES);
    if (!of->last.size || of->held[place].size)
        return;
    const int32_t status = tn_batch_hold(&of->last);
    check("tn_batch_hold", status);
    if (status == TN_OK)
        of->held[place] = of->last;
    if (status == TN_OK && chance(w, 50))
        of->last.size = 0;
}

static void release_batch(world *w)
{
    group *const of = &ANY(w, groups);
    const int32_t place = below(w, PLACES);
    tn_batch *const batch = &of->held[place];
    if (chance(w, 20) && of->last.size) {
        check("tn_batch_release", tn_batch_release(&of->last));
        return;
    }
    if (!batch->size)
        return;
    const bool again = of->loader == batch->loader && chance(w, 20);
    check("tn_batch_done", chance(w, 50) ? tn_batch_done(batch, NULL) : tn_batch_release(batch));
    if (again && tn_batch_release(batch) >= 0 && tn_batch_release(batch) >= 0 &&
        tn_batch_release(batch) >= 0)
        soak_fail("a batch is handed back again and again");
    batch->size = 0;
}

static void export_tensor(world *w)
{
    group *const of = &ANY(w, groups);
    const tn_batch *const batch = chance(w, 50) ? &of->last : &of->held[below(w, PLACES)];
    if (!batch->size)
        return;
    void *made = tn_batch_dlpack(batch, number(w, 0, batch->n_tensors));
    check_made("tn_batch_dlpack", made);
    pthread_mutex_lock(&exchange.lock);
    void **const place = &exchange.tensors[below(w, PLACES)];
    void *const old = *place;
    *place = made;
    pthread_mutex_unlock(&exchange.lock);
    tn_dlpack_delete(old);
}

static void delete_tensor(world *w)
{
    pthread_mutex_lock(&exchange.lock);
    void **const place = &exchange.tensors[below(w, PLACES)];
    void *const old = *place;
    *place = NULL;
    pthread_mutex_unlock(&exchange.lock);
    tn_dlpack_delete(old);
}

static void swap_loader(world *w)
{
    group *const mine = &ANY(w, groups);
    pthread_mutex_lock(&exchange.lock);
    const group other = exchange.group;
    exchange.group = *mine;
    *mine = other;
    pthread_mutex_unlock(&exchange.lock);
}

static void ask_loader(world *w)
{
    char bytes[STRUCT_BYTES], path[SOAK_PATH];
    group *const of = &ANY(w, groups);
    soak_path(path, "%s/scratch/trace-%d.json", w->folder, w->number);
    switch (below(w, 9)) {
    case 0: (void)tn_loader_batches(of->loader); break;
    case 1:
        check("tn_loader_budget",
              tn_loader_budget(of->loader, result(w, bytes, sizeof(tn_budget))));
        break;
    case 2:
        check("tn_loader_stats", tn_loader_stats(of->loader, result(w, bytes, sizeof(tn_stats))));
        break;
    case 3:
        check("tn_loader_trace_start",
              tn_loader_trace_start(of->loader, chance(w, 90) ? path : "/absent/x",
                                    wide_number(w, 0, 1000)));
        break;
    case 4: check("tn_loader_trace_stop", tn_loader_trace_stop(of->loader, NULL)); break;
    case 5:
        check("tn_loader_fault", tn_loader_fault(of->loader, wide_number(w, 0, 2),
                                                 result(w, bytes, sizeof(tn_fault))));
        break;
    case 6: check_made("tn_loader_state", tn_loader_state(of->loader)); break;
    case 7: (void)tn_loader_fd(of->loader); break;
    default:
        of->last.size = 0;
        check("tn_loader_stop", tn_loader_stop(of->loader));
        break;
    }
}

static void close_loader(world *w)
{
    destroy_loader(&ANY(w, groups));
}

static tn_task *start_any(world *w, tn_dataset *dataset, const char *path)
{
    char bytes[STRUCT_BYTES];
    const int32_t threads = number(w, 0, 3);
    const tn_survey_options survey = {.threads = threads};
    const tn_index_options index = {
        .threads = threads, .entries = number(w, 0, 16), .force = number(w, 0, TN_YES)};
    const tn_verify_options verify = {.threads = threads};
    const tn_pack_options pack = {.layout = number(w, 0, TN_PACK_SMALL),
                                  .threads = threads,
                                  .shard_bytes = wide_number(w, 1024, 9000),
                                  .path = path};
    const tn_unpack_options unpack = {.threads = threads, .path = path};
    switch (below(w, 6)) {
    case 0: return tn_survey_start(dataset, resized(w, bytes, &survey, sizeof survey));
    case 1: return tn_index_start(dataset, resized(w, bytes, &index, sizeof index));
    case 2: return tn_verify_start(dataset, resized(w, bytes, &verify, sizeof verify));
    case 3: return tn_unpack_start(dataset, resized(w, bytes, &unpack, sizeof unpack));
    default: return tn_pack_start(dataset, resized(w, bytes, &pack, sizeof pack));
    }
}

static void start_task(world *w)
{
    char path[SOAK_PATH];
    soak_path(path, "%s/scratch/out-%d", w->folder, below(w, 6));
    tn_task *const made = start_any(w, ANY(w, datasets), chance(w, 98) ? path : NULL);
    check_made("a task", made);
    REPLACE(w, tasks, tn_task_destroy, made);
}

/* Asks a task of any kind for facts of any kind. */
static void ask_task(world *w)
{
    char bytes[STRUCT_BYTES];
    tn_task *const task = ANY(w, tasks);
    const int64_t place = wide_number(w, 0, 3);
    switch (below(w, 9)) {
    case 0:
        check("tn_task_progress", tn_task_progress(task, result(w, bytes, sizeof(tn_progress))));
        break;
    case 1:
        check("tn_task_fault", tn_task_fault(task, place, result(w, bytes, sizeof(tn_fault))));
        break;
    case 2:
        check("tn_survey_facts_of",
              tn_survey_facts_of(task, result(w, bytes, sizeof(tn_survey_facts))));
        break;
    case 3:
        check("tn_survey_kind",
              tn_survey_kind(task, number(w, 0, 3), result(w, bytes, sizeof(tn_file_kind))));
        break;
    case 4:
        check("tn_index_facts_of",
              tn_index_facts_of(task, result(w, bytes, sizeof(tn_index_facts))));
        break;
    case 5:
        check("tn_index_warning",
              tn_index_warning(task, place, result(w, bytes, sizeof(tn_fault))));
        break;
    case 6:
        check("tn_verify_facts_of",
              tn_verify_facts_of(task, result(w, bytes, sizeof(tn_verify_facts))));
        break;
    case 7:
        check("tn_verify_finding",
              tn_verify_finding(task, place, result(w, bytes, sizeof(tn_finding))));
        break;
    default:
        check("tn_pack_facts_of", tn_pack_facts_of(task, result(w, bytes, sizeof(tn_pack_facts))));
        break;
    }
}

static void end_task(world *w)
{
    tn_task *const task = ANY(w, tasks);
    if (chance(w, 50))
        check("tn_task_stop", tn_task_stop(task));
    check("tn_task_wait", tn_task_wait(task, number(w, -1, 5)));
}

static void library(world *w)
{
    char text[33];
    REPLACE(w, hashes, tn_hash_destroy, tn_hash_create());
    tn_hash *const hash = ANY(w, hashes);
    if (hash) {
        tn_hash_bytes(hash, w, 1 + below(w, (int32_t)sizeof w->random));
        tn_hash_text(hash, text);
    }
    if (chance(w, 5))
        (void)tn_cuda_report();
    if (chance(w, 5))
        (void)tn_nvtx_report();
    if (chance(w, 5))
        (void)tn_module_report();
    (void)tn_status_name(number(w, -13, 3));
    if (tn_cpu_threads() < 1 || tn_abi() != TN_ABI)
        soak_fail("threads or ABI");
}

/* Hashes an epoch. Each sample is either there or replaced. */
static void hash_epoch(world *w, const char *root, int32_t index, int text, const char *device,
                       int32_t threads, char out[33])
{
    tn_dataset *const dataset = open_root(w, root, index, threads);
    if (!dataset)
        soak_fail("%s: %s", root, tn_error());
    tn_transform *const transform = tn_transform_create(texts[text]);
    const tn_loader_options options = {.size = (int32_t)sizeof options,
                                       .batch_size = 4,
                                       .seed = 5,
                                       .order = "feistel-1",
                                       .drop_last = TN_YES,
                                       .threads = threads,
                                       .on_fault = TN_FAULT_SKIP,
                                       .device = device};
    tn_loader *const loader = tn_loader_create(dataset, transform, &options);
    tn_hash *const hash = tn_hash_create();
    tn_batch batch = {.size = (int32_t)sizeof batch};
    if (!loader)
        soak_fail("%s: %s", root, tn_error());
    tn_dataset_destroy(dataset);
    tn_transform_destroy(transform);
    int32_t status = tn_loader_start(loader, 3);
    while (status == TN_OK) {
        status = tn_loader_next(loader, &batch, -1);
        if (status == TN_OK)
            status = tn_hash_batch(hash, &batch);
    }
    if (status != TN_END)
        soak_fail("an epoch of %s, \"%s\", %s: %s", root, texts[text], device, tn_error());
    tn_hash_text(hash, out);
    tn_hash_destroy(hash);
    tn_loader_destroy(loader);
}

static void whole_epoch(world *w)
{
    char hash[33];
    const int text = below(w, N_TEXTS);
    const int32_t index = below(w, TN_INDEX_OFF + 1), threads = 1 + below(w, 3);
    const char *const root = roots[below(w, N_GOOD_ROOTS)], *const device =
                                                                chance(w, 70) ? "cpu" : "fake";
    hash_epoch(w, root, index, text, device, threads, hash);
    if (strcmp(hash, expected->hash[text]) != 0)
        soak_fail("other bytes: %s, index %d, \"%s\", %s, %d threads", root, index, texts[text],
                  device, threads);
}

static const struct {
    void (*call)(world *);
    int32_t weight;
} calls[] = {
    {make_dataset, 6},  {ask_dataset, 6},   {make_transform, 5}, {ask_transform, 3},
    {make_image, 6},    {ask_image, 4},     {make_loader, 9},    {start_loader, 9},
    {next_batch, 24},   {use_batch, 14},    {hold_batch, 8},     {ask_loader, 8},
    {release_batch, 6}, {export_tensor, 5}, {swap_loader, 4},    {delete_tensor, 4},
    {start_task, 7},    {ask_task, 6},      {end_task, 3},       {close_loader, 3},
    {library, 2},       {whole_epoch, 1},
};
enum { N_CALLS = sizeof calls / sizeof calls[0] };

static void call_one(world *w)
{
    int32_t total = 0, k = 0;
    for (int c = 0; c < N_CALLS; c++)
        total += calls[c].weight;
    for (int32_t left = below(w, total); left >= calls[k].weight; k++)
        left -= calls[k].weight;
    calls[k].call(w);
}

static void *act(void *argument)
{
    world *const w = argument;
    const int32_t n = 1 + below(w, 2 * CALLS);
    for (int32_t k = 0; k < n; k++)
        call_one(w);
    return NULL;
}

static void end_group(group *of)
{
    for (int k = 0; k < PLACES; k++)
        release_held(of, k);
    destroy_loader(of);
}

/* Destroys all objects of one kind. */
static void end_kind(world *w, int32_t kind)
{
    for (int k = 0; k < PLACES; k++) {
        switch (kind) {
        case 0: tn_dataset_destroy(w->datasets[k]); break;
        case 1: tn_transform_destroy(w->transforms[k]); break;
        case 2: tn_image_destroy(w->images[k]); break;
        case 3: end_group(&w->groups[k]); break;
        case 4: tn_task_destroy(w->tasks[k]); break;
        case 5: tn_hash_destroy(w->hashes[k]); break;
        default: tn_dlpack_delete(exchange.tensors[k]); break;
        }
    }
    if (kind == 6)
        memset(exchange.tensors, 0, sizeof exchange.tensors);
}

static void end_world(world *w)
{
    enum { KINDS = 7 };
    const int32_t first = below(w, KINDS), step = chance(w, 50) ? 3 : 5; /* coprime to KINDS */
    for (int32_t k = 0; k < KINDS; k++)
        end_kind(w, (first + k * step) % KINDS);
}

static void sequence(const soak_options *options, soak_random *random)
{
    static world worlds[MAX_THREADS];
    pthread_t threads[MAX_THREADS];
    const int32_t n = 1 + soak_below(random, MAX_THREADS);
    char path[SOAK_PATH];
    soak_path(path, "%s/scratch", options->folder);
    soak_remove(path);
    soak_make_images(path, 0, false);
    for (int32_t k = 0; k < n; k++) {
        worlds[k] = (world){.random = {soak_bits(random)}, .folder = options->folder, .number = k};
        make_dataset(&worlds[k]);
        make_transform(&worlds[k]);
        if (k > 0 && pthread_create(&threads[k], NULL, act, &worlds[k]) != 0)
            soak_fail("no thread");
    }
    act(&worlds[0]);
    for (int32_t k = 1; k < n; k++)
        pthread_join(threads[k], NULL);
    for (int32_t k = 0; k < n; k++)
        end_world(&worlds[k]);
    end_group(&exchange.group);
}

static void make_pack(world *w, const char *name, int32_t layout)
{
    char path[SOAK_PATH];
    soak_path(path, "%s/%s", w->folder, name);
    tn_dataset *const dataset = open_root(w, "images", TN_INDEX_OFF, 1);
    const tn_pack_options options = {
        .size = (int32_t)sizeof options, .layout = layout, .shard_bytes = 6000, .path = path};
    tn_task *const job = tn_pack_start(dataset, &options);
    if (!job || tn_task_wait(job, -1) != TN_OK)
        soak_fail("%s: %s", name, tn_error());
    tn_task_destroy(job);
    tn_dataset_destroy(dataset);
}

static void prepare(const soak_options *options)
{
    char path[SOAK_PATH];
    world w = {.folder = options->folder};
    soak_path(path, "%s/images", options->folder);
    soak_make_images(path, N_IMAGES, true);
    make_pack(&w, "fast", TN_PACK_FAST);
    make_pack(&w, "small", TN_PACK_SMALL);
    for (int text = 0; text < N_TEXTS; text++)
        hash_epoch(&w, "images", TN_INDEX_OFF, text, "cpu", 1, expected->hash[text]);
}

int main(int argc, char **argv)
{
    soak_options options;
    if (!soak_begin(&options, "soak_calls", argc, argv)) {
        fputs("usage: soak_calls SEED SECONDS [NUMBER]\n", stderr);
        return 2;
    }
    expected = soak_share(sizeof *expected);
    return soak_run(&options, prepare, sequence);
}
