/* SPDX-License-Identifier: MIT */
/* Verification. See verify.h. */
#include "jobs/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "codec/jpeg/compact.h"
#include "data/notes/notes.h"

/* Scratch that a thread keeps; images that need more take turns. */
enum { SCRATCH = 64 << 20, BLOCK = 2 };

typedef struct scratch {
    tn__buffer file;
    tn__arena arena;
} scratch;

/* A file on its way through the checks. */
typedef struct check {
    tn_verifier *verifier;
    int64_t sample;
    tn__bytes bytes;
    const tn__codec *codec;
    tn__info info;
    tn__want want;
    tn__arena *arena;
} check;

static void leave(void *own)
{
    scratch *const mine = own;
    tn__buffer_free(&mine->file);
    tn__arena_free(&mine->arena);
}

static int keep(tn_verifier *verifier, const tn__finding *finding, const char *message)
{
    atomic_fetch_add(&verifier->samples[finding->kind], 1);
    return tn__findings_add(&verifier->findings, finding, message);
}

/* This thread's failure, as a finding; the machine's trouble ends the work. */
static int keep_failure(const check *job, int32_t kind, const char *stage,
                        const tn__trouble *trouble)
{
    const tn__error *const error = tn__error_last();
    if (tn__error_is_systemic(error))
        return error->code;
    const tn__finding finding = {.sample = job->sample,
                                 .code = error->code,
                                 .kind = kind,
                                 .row = trouble ? trouble->row : -1,
                                 .byte = trouble ? trouble->byte : -1,
                                 .stage = stage};
    return keep(job->verifier, &finding, error->message);
}

static int keep_guess(const check *job, int32_t n_guesses, const tn__trouble *trouble)
{
    const tn__finding finding = {.sample = job->sample,
                                 .code = TN_OK,
                                 .kind = TN_FOUND_GUESS,
                                 .guesses = n_guesses,
                                 .row = trouble->row,
                                 .byte = trouble->byte,
                                 .stage = "decode"};
    return keep(job->verifier, &finding, trouble->what);
}

static bool is_same(const tn_px_image *a, const tn_px_image *b)
{
    if (a->w != b->w || a->h != b->h || a->channels != b->channels)
        return false;
    for (int32_t c = 0; c < a->channels; c++)
        for (int32_t y = 0; y < a->h; y++)
            if (memcmp(a->plane[c] + y * a->stride, b->plane[c] + y * b->stride, (size_t)a->w) != 0)
                return false;
    return true;
}

/* Decodes once more, by the index. */
static int compare_indexed(const check *job, const tn__note *record, const tn_px_image *plain)
{
    const tn__compact_facts facts = {(int64_t)job->bytes.size, job->info.w, job->info.h};
    tn__jpeg_index index;
    int status = tn__compact_read(record->form, record->n_form, &facts, job->arena, &index);
    if (status != TN_OK)
        return keep_failure(job, TN_FOUND_INDEX, "index", NULL);
    tn__access access = {.index = &index};
    tn_px_image image;
    int32_t damage = 0;
    atomic_fetch_add(&job->verifier->indexed, 1);
    status = tn__codec_decode(job->codec, job->bytes, &access, &job->info, &job->want, job->arena,
                              &image, &damage);
    if (status == TN_OK && !access.rejected && is_same(plain, &image))
        return TN_OK;
    if (status == TN_OK)
        tn__fail(TN_EDECODE, access.rejected ? "its index does not fit the file"
                                             : "its index gives other pixels");
    return keep_failure(job, TN_FOUND_INDEX, "index", NULL);
}

/* What the index knows of the file. `plain`: its pixels, NULL if it has none. */
static int check_record(const check *job, const tn__buffer *file, const tn_px_image *plain)
{
    tn__note record;
    if (!job->verifier->index)
        return TN_OK;
    const int status = tn__notes_read(job->verifier->index, job->sample, job->arena, &record);
    if (status == TN_END)
        return TN_OK;
    if (status != TN_OK)
        return keep_failure(job, TN_FOUND_INDEX, "index", NULL);
    if (!tn__note_matches(&record, file, true)) {
        tn__fail(TN_EDECODE, "the file is not as it was when it was indexed");
        return keep_failure(job, TN_FOUND_CHANGE, "index", NULL);
    }
    if (record.kind != TN__NOTE_INDEX || !plain)
        return TN_OK;
    return compare_indexed(job, &record, plain);
}

static int check_pixels(const check *job, const tn__buffer *file)
{
    tn__trouble trouble = {.byte = -1, .row = -1};
    tn__access access = {.trouble = &trouble};
    tn_px_image image;
    int32_t damage = 0;
    const int code = tn__codec_decode(job->codec, job->bytes, &access, &job->info, &job->want,
                                      job->arena, &image, &damage);
    int status = TN_OK;
    if (code != TN_OK)
        status = keep_failure(job, TN_FOUND_DAMAGE, "decode", &trouble);
    else if (damage > 0)
        status = keep_guess(job, damage, &trouble);
    return status == TN_OK ? check_record(job, file, code == TN_OK ? &image : NULL) : status;
}

/* Images that are too large for a thread's own scratch are decoded one at a time. */
static int check_in_turn(check *job, const tn__buffer *file)
{
    const size_t n_bytes =
        2 * job->codec->scratch(&job->info, &job->want) + 2 * tn__notes_scratch(&job->info);
    if (n_bytes <= SCRATCH)
        return check_pixels(job, file);
    pthread_mutex_lock(&job->verifier->large);
    const int status = check_pixels(job, file);
    tn__arena_reset(job->arena);
    pthread_mutex_unlock(&job->verifier->large);
    return status;
}

static int check_file(check *job, tn__buffer *file)
{
    const tn_dataset *const dataset = job->verifier->dataset;
    if (tn__dataset_read_in_turn(dataset, job->sample, file) != TN_OK)
        return keep_failure(job, TN_FOUND_DAMAGE, "read", NULL);
    atomic_fetch_add(&job->verifier->file_bytes, file->file_bytes);
    job->bytes = (tn__bytes){file->bytes, file->size};
    job->codec = tn__codec_probe(job->bytes, dataset->max_pixels, &job->info);
    if (!job->codec) {
        const int status = keep_failure(job, TN_FOUND_DAMAGE, "decode", NULL);
        return status == TN_OK ? check_record(job, file, NULL) : status;
    }
    job->want = (tn__want){.need = {0, 0, job->info.w, job->info.h}, .mode = dataset->mode};
    return check_in_turn(job, file);
}

static int visit(void *shared, void *own, int64_t sample)
{
    scratch *const mine = own;
    if (mine->arena.keep == 0)
        tn__arena_init(&mine->arena, SCRATCH, 0);
    check job = {.verifier = shared, .sample = sample, .arena = &mine->arena};
    const int status = check_file(&job, &mine->file);
    tn__arena_reset(&mine->arena);
    tn__dataset_end_turn(job.verifier->dataset, &mine->file);
    return status;
}

static void dispose(tn_verifier *verifier)
{
    if (verifier->index)
        tn__notes_close(verifier->index);
    pthread_mutex_destroy(&verifier->large);
    tn__findings_free(&verifier->findings);
    tn__dataset_release(verifier->dataset);
    free(verifier);
}

/* A warning of the index is a finding of no sample; the machine's trouble ends the work. */
static int keep_warning(tn_verifier *verifier, const tn__finding *warning)
{
    tn__finding finding = *warning;
    finding.kind = TN_FOUND_INDEX;
    finding.stage = "index";
    if (!tn__is_systemic(warning->code, warning->system_error))
        return keep(verifier, &finding, finding.message);
    tn__error error = {.code = warning->code, .system_error = warning->system_error};
    snprintf(error.message, sizeof error.message, "%s", warning->message);
    (void)tn__error_raise(&error);
    tn__error_place("index", "", -1, -1);
    return warning->code;
}

static int open_index(tn_verifier *verifier)
{
    const tn__notes_options options = {.mode = TN_INDEX_USE, .path = verifier->dataset->index_path};
    int status = tn__notes_open(verifier->dataset->source, &options, &verifier->index);
    if (status != TN_OK || !verifier->index)
        return status;
    const tn__findings *const warnings = &verifier->index->warnings;
    for (size_t w = 0; w < warnings->n && status == TN_OK; w++)
        status = keep_warning(verifier, &warnings->list[w]);
    return status;
}

tn_verifier *tn__verifier_start(tn_dataset *dataset, int32_t n_threads)
{
    tn_verifier *const verifier = calloc(1, sizeof *verifier);
    if (!verifier) {
        tn__fail_memory("a verifier", sizeof *verifier);
        return NULL;
    }
    verifier->dataset = tn__dataset_keep(dataset);
    pthread_mutex_init(&verifier->large, NULL);
    tn__findings_init(&verifier->findings, 0);
    const tn__each_work work = {.name = "tench/verify",
                                .n = dataset->source->ops->count(dataset->source),
                                .n_threads = n_threads,
                                .block = BLOCK,
                                .shared = verifier,
                                .own_bytes = sizeof(scratch),
                                .visit = visit,
                                .leave = leave};
    int status = open_index(verifier);
    if (status == TN_OK)
        status = tn__each_start(&verifier->each, &work);
    verifier->is_running = status == TN_OK;
    if (status == TN_OK)
        return verifier;
    dispose(verifier);
    return NULL;
}

static int end(tn_verifier *verifier)
{
    verifier->is_running = false;
    tn__findings_sort(&verifier->findings);
    return tn__each_end(&verifier->each);
}

int tn__verifier_wait(tn_verifier *verifier, int32_t timeout_ms)
{
    if (!verifier->is_running)
        return verifier->status;
    if (!tn__each_wait(&verifier->each, timeout_ms))
        return tn__fail(TN_ETIMEOUT, "verification is not done yet");
    verifier->status = end(verifier);
    return verifier->status;
}

void tn__verifier_destroy(tn_verifier *verifier)
{
    tn__error before;
    tn__error_take(&before);
    if (verifier->is_running) {
        tn__each_stop(&verifier->each);
        (void)tn__each_wait(&verifier->each, -1);
        (void)end(verifier);
    }
    dispose(verifier);
    (void)tn__error_raise(&before);
}

void tn__verifier_facts(const tn_verifier *verifier, tn_verify_facts *out)
{
    const atomic_llong *const samples = verifier->samples;
    *out = (tn_verify_facts){
        .samples = verifier->dataset->source->ops->count(verifier->dataset->source),
        .done = tn__each_done(&verifier->each),
        .damaged = atomic_load(&samples[TN_FOUND_DAMAGE]),
        .guessed = atomic_load(&samples[TN_FOUND_GUESS]),
        .changed = atomic_load(&samples[TN_FOUND_CHANGE]),
        .misindexed = atomic_load(&samples[TN_FOUND_INDEX]),
        .indexed = atomic_load(&verifier->indexed),
        .file_bytes = atomic_load(&verifier->file_bytes),
        .findings = verifier->is_running ? 0 : (int64_t)verifier->findings.n,
    };
}
