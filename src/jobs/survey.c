/* SPDX-License-Identifier: MIT */
/* Reads the headers of all samples, and sums them up. See survey.h. */
#include "jobs/survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "jobs/read.h"

enum { BLOCK = 4 }; /* samples that a thread draws at once */

static int compare_numbers(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts the most frequent kind first, and equally frequent ones by their fields. */
static int compare_kinds(const void *a, const void *b)
{
    const tn_file_kind *const x = a, *const y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    const int order = strcmp(x->format, y->format);
    if (order != 0)
        return order;
    if (x->channels != y->channels)
        return x->channels > y->channels ? -1 : 1;
    if (x->bits != y->bits)
        return x->bits - y->bits;
    return x->palette != y->palette ? x->palette - y->palette : x->progressive - y->progressive;
}

/* Sorts the values. The median of an even number of values is the lower middle one. */
static tn_spread spread(int64_t *values, size_t n)
{
    if (n == 0)
        return (tn_spread){0};
    qsort(values, n, sizeof *values, compare_numbers);
    return (tn_spread){values[0], values[(n - 1) / 2], values[n - 1]};
}

static int64_t width(const tn__header *header)
{
    return header->w;
}

static int64_t height(const tn__header *header)
{
    return header->h;
}

static int64_t pixels(const tn__header *header)
{
    return (int64_t)header->w * header->h;
}

static int64_t bytes(const tn__header *header)
{
    return header->file_bytes;
}

/* Fills in the ranges of values, over the first n headers. */
static int count_spreads(tn__survey *survey, size_t n)
{
    const struct {
        tn_spread *out;
        int64_t (*value)(const tn__header *header);
    } wanted[] = {{&survey->facts.width, width},
                  {&survey->facts.height, height},
                  {&survey->facts.pixels, pixels},
                  {&survey->facts.bytes, bytes}};
    int64_t *const values = malloc((n + 1) * sizeof *values);
    if (!values)
        return tn__fail_memory("sizes", (n + 1) * sizeof *values);
    for (size_t q = 0; q < sizeof wanted / sizeof *wanted; q++) {
        for (size_t i = 0; i < n; i++)
            values[i] = wanted[q].value(&survey->headers[i]);
        *wanted[q].out = spread(values, n);
    }
    free(values);
    return TN_OK;
}

/* A file of one channel that the mode keep makes colours of. */
static bool is_palette(const tn__info *info)
{
    return info->has_palette && info->file_channels == 1 && info->channels > 1;
}

static tn_file_kind kind_of(const tn__header *header)
{
    return (tn_file_kind){.size = (int32_t)sizeof(tn_file_kind),
                          .channels = header->channels,
                          .bits = header->bits,
                          .progressive = header->progressive ? TN_YES : TN_NO,
                          .palette = header->palette ? TN_YES : TN_NO,
                          .format = header->format};
}

static int is_same(const tn_file_kind *a, const tn_file_kind *b)
{
    return a->channels == b->channels && a->bits == b->bits && a->progressive == b->progressive &&
           a->palette == b->palette && strcmp(a->format, b->format) == 0;
}

static int count_kinds(tn__survey *survey, size_t n)
{
    int32_t n_kinds = 0;
    for (size_t i = 0; i < n; i++) {
        const tn_file_kind kind = kind_of(&survey->headers[i]);
        int32_t k = 0;
        while (k < n_kinds && !is_same(&survey->kinds[k], &kind))
            k++;
        if (k == n_kinds) {
            tn_file_kind *const more = realloc(survey->kinds, ((size_t)k + 1) * sizeof *more);
            if (!more)
                return tn__fail_memory("kinds of files", ((size_t)k + 1) * sizeof *more);
            survey->kinds = more;
            survey->kinds[n_kinds++] = kind;
        }
        survey->kinds[k].count++;
    }
    if (n_kinds > 0)
        qsort(survey->kinds, (size_t)n_kinds, sizeof *survey->kinds, compare_kinds);
    survey->facts.n_kinds = n_kinds;
    return TN_OK;
}

static void count_faults(tn__survey *survey)
{
    tn_survey_facts *const facts = &survey->facts;
    facts->faults = (int64_t)survey->faults.n;
    for (size_t f = 0; f < survey->faults.n; f++) {
        facts->unread += survey->faults.list[f].code == TN_EIO;
        facts->undecoded += survey->faults.list[f].code == TN_EDECODE;
        facts->over_limit += survey->faults.list[f].code == TN_ELIMIT;
    }
    tn__findings_sort(&survey->faults);
}

/* Moves the headers that could be read to the front; returns their number. */
static size_t close_up(tn__survey *survey)
{
    size_t n = 0;
    for (int64_t i = 0; i < survey->task.n; i++)
        if (survey->headers[i].format)
            survey->headers[n++] = survey->headers[i];
    return n;
}

/* Sums up headers and faults. TN_ENOMEM. */
static int sum_up(tn__survey *survey)
{
    tn_survey_facts *const facts = &survey->facts;
    count_faults(survey);
    const size_t n = close_up(survey);
    for (size_t i = 0; i < n; i++) {
        facts->turned += survey->headers[i].orientation != 1;
        facts->file_bytes += survey->headers[i].file_bytes;
    }
    int status = count_kinds(survey, n);
    if (status == TN_OK)
        status = count_spreads(survey, n);
    free(survey->headers);
    survey->headers = NULL;
    return status;
}

static int read_header(void *shared, void *own, int64_t sample)
{
    tn__survey *const survey = shared;
    tn__info info;
    int64_t file_bytes = 0;
    const int status = tn__task_read_header(&survey->task, sample, own, &info, &file_bytes);
    if (status != TN_OK)
        return tn__findings_add_fault(&survey->faults, sample, 0);
    survey->headers[sample] = (tn__header){.format = info.format,
                                           .file_bytes = file_bytes,
                                           .w = info.w,
                                           .h = info.h,
                                           .channels = (int16_t)info.file_channels,
                                           .bits = (int16_t)info.file_bits,
                                           .orientation = (int16_t)info.orientation,
                                           .progressive = info.progressive,
                                           .palette = is_palette(&info)};
    return TN_OK;
}

static void leave(void *own)
{
    tn__buffer_free(own);
}

static int end(tn_task *task, int status, bool is_waited)
{
    (void)is_waited;
    return status == TN_OK ? sum_up((tn__survey *)task) : status;
}

static void dispose(tn_task *task)
{
    tn__survey *const survey = (tn__survey *)task;
    tn__findings_free(&survey->faults);
    free(survey->kinds);
    free(survey->headers);
    tn__task_free(task);
}

static const tn__task_ops survey_ops = {
    .kind = TN_TASK_SURVEY, .end = end, .dispose = dispose, .head_bytes = TN__HEAD_BYTES};

tn_task *tn__survey_start(tn_dataset *dataset, int32_t n_threads)
{
    tn__survey *const survey = (tn__survey *)tn__task_make(&survey_ops, sizeof *survey, dataset);
    if (!survey)
        return NULL;
    const size_t n = (size_t)survey->task.n;
    tn__findings_init(&survey->faults, dataset->source, 0);
    survey->headers = calloc(n, sizeof *survey->headers);
    if (!survey->headers) {
        tn__fail_memory("headers", n * sizeof *survey->headers);
        tn__task_destroy(&survey->task);
        return NULL;
    }
    return tn__task_run(&survey->task, (tn__each_work){.name = "tench/survey",
                                                       .n = survey->task.n,
                                                       .n_threads = n_threads,
                                                       .block = BLOCK,
                                                       .own_bytes = sizeof(tn__buffer),
                                                       .visit = read_header,
                                                       .leave = leave});
}

void tn__survey_facts(tn__survey *survey, tn_survey_facts *out)
{
    *out = survey->facts;
    out->samples = survey->task.n;
    out->done = tn__task_done(&survey->task);
}
