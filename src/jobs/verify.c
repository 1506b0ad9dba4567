/* SPDX-License-Identifier: MIT */
/* Verifies a data set. See verify.h. */
#include "jobs/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/aid.h"
#include "jobs/read.h"

/* SCRATCH: bytes that a thread keeps; images that need more take turns. */
enum { SCRATCH = 64 << 20, BLOCK = 2 };

typedef struct scratch {
    tn__buffer file;
    tn__arena arena;
} scratch;

/* A file on its way through the checks. */
typedef struct check {
    tn__verification *verification;
    int64_t sample;
    tn__probed probed;
    tn__want want;
    tn__arena *arena;
} check;

static void leave(void *own)
{
    scratch *const mine = own;
    tn__buffer_free(&mine->file);
    tn__arena_free(&mine->arena);
}

static int keep(tn__verification *verification, const tn__finding *finding, const char *message)
{
    atomic_fetch_add(&verification->samples[finding->kind], 1);
    return tn__findings_add(&verification->findings, finding, message);
}

/* Keeps this thread's last failure as a finding, unless the machine is its reason: that ends the
 * work. */
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
    return keep(job->verification, &finding, error->message);
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
    return keep(job->verification, &finding, trouble->what);
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

/* Decodes once more, with the aid in the note. */
static int compare_aided(const check *job, const tn__note *note, const tn_px_image *plain)
{
    tn__access access = {0};
    const tn__bytes form = {note->body, note->n_body};
    int status = job->probed.codec->aid_read
                     ? job->probed.codec->aid_read(form, (int64_t)job->probed.bytes.size,
                                                   &job->probed.info, job->arena, &access.aid)
                     : tn__fail(TN_EDECODE, "its index does not fit the file");
    if (status != TN_OK)
        return keep_failure(job, TN_FOUND_INDEX, "index", NULL);
    tn_px_image image;
    int32_t damage = 0;
    atomic_fetch_add(&job->verification->indexed, 1);
    status = tn__codec_decode(job->probed.codec, job->probed.bytes, &access, &job->probed.info,
                              &job->want, job->arena, &image, &damage);
    if (status == TN_OK && !access.rejected && is_same(plain, &image))
        return TN_OK;
    if (status == TN_OK)
        tn__fail(TN_EDECODE, access.rejected ? "its index does not fit the file"
                                             : "its index gives other pixels");
    return keep_failure(job, TN_FOUND_INDEX, "index", NULL);
}

/* Compares the file with its note. `plain`: its pixels; NULL if it has none. */
static int check_note(const check *job, const tn__buffer *file, const tn_px_image *plain)
{
    tn__note note;
    if (!job->verification->aids.notes)
        return TN_OK;
    const int status = tn__aid_note(job->verification->aids.notes, job->sample, job->arena, &note);
    if (status == TN_END)
        return TN_OK;
    if (status != TN_OK)
        return keep_failure(job, TN_FOUND_INDEX, "index", NULL);
    if (!tn__note_matches(&note, file, true)) {
        tn__fail(TN_EDECODE, "the file has changed since it was indexed");
        return keep_failure(job, TN_FOUND_CHANGE, "index", NULL);
    }
    if (note.answer != TN__AID_BUILT || !plain)
        return TN_OK;
    return compare_aided(job, &note, plain);
}

static int check_pixels(const check *job, const tn__buffer *file)
{
    tn__trouble trouble = {.byte = -1, .row = -1};
    tn__access access = {.trouble = &trouble};
    tn_px_image image;
    int32_t damage = 0;
    const int decoded =
        tn__codec_decode(job->probed.codec, job->probed.bytes, &access, &job->probed.info,
                         &job->want, job->arena, &image, &damage);
    int status = TN_OK;
    if (decoded != TN_OK)
        status = keep_failure(job, TN_FOUND_DAMAGE, "decode", &trouble);
    else if (damage > 0)
        status = keep_guess(job, damage, &trouble);
    return status == TN_OK ? check_note(job, file, decoded == TN_OK ? &image : NULL) : status;
}

/* Decodes images that are too large for a thread's scratch one at a time. */
static int check_in_turn(check *job, const tn__buffer *file)
{
    const size_t n_bytes = 2 * job->probed.codec->scratch(&job->probed.info, &job->want) +
                           2 * tn__aid_scratch(job->probed.codec, &job->probed.info);
    if (n_bytes <= SCRATCH)
        return check_pixels(job, file);
    pthread_mutex_lock(&job->verification->large);
    const int status = check_pixels(job, file);
    tn__arena_reset(job->arena);
    pthread_mutex_unlock(&job->verification->large);
    return status;
}

static int check_file(check *job, tn__buffer *file)
{
    const tn_dataset *const dataset = job->verification->task.dataset;
    if (tn__task_read(&job->verification->task, job->sample, file) != TN_OK)
        return keep_failure(job, TN_FOUND_DAMAGE, "read", NULL);
    atomic_fetch_add(&job->verification->file_bytes, file->file_bytes);
    const tn__bytes bytes = {file->bytes, file->size};
    if (tn__probe_sample(dataset, job->sample, bytes, &job->probed) != TN_OK) {
        const int status = keep_failure(job, TN_FOUND_DAMAGE, "decode", NULL);
        return status == TN_OK ? check_note(job, file, NULL) : status;
    }
    job->want =
        (tn__want){.need = {0, 0, job->probed.info.w, job->probed.info.h}, .mode = dataset->mode};
    return check_in_turn(job, file);
}

static int visit(void *shared, void *own, int64_t sample)
{
    scratch *const mine = own;
    if (mine->arena.keep == 0)
        tn__arena_init(&mine->arena, SCRATCH, 0);
    check job = {.verification = shared, .sample = sample, .arena = &mine->arena};
    const int status = check_file(&job, &mine->file);
    tn__arena_reset(&mine->arena);
    tn__dataset_end_turn(job.verification->task.dataset, &mine->file);
    return status;
}

/* Keeps a warning of the index as a finding on no sample, unless the machine is its reason: that
 * ends the work. */
static int keep_warning(tn__verification *verification, const tn__finding *warning)
{
    tn__finding finding = *warning;
    finding.kind = TN_FOUND_INDEX;
    finding.stage = "index";
    if (!tn__is_systemic(warning->code, warning->system_error))
        return keep(verification, &finding, finding.message);
    tn__error error = {.code = warning->code, .system_error = warning->system_error};
    snprintf(error.message, sizeof error.message, "%s", warning->message);
    (void)tn__error_raise(&error);
    tn__error_place("index", "", -1, -1);
    return warning->code;
}

static int open_notes(tn__verification *verification)
{
    const tn_dataset *const dataset = verification->task.dataset;
    int status =
        tn__aids_open(dataset->source, TN_INDEX_USE, 0, dataset->index_path, &verification->aids);
    if (status != TN_OK || !verification->aids.notes)
        return status;
    const tn__findings *const warnings = &verification->aids.notes->warnings;
    for (size_t w = 0; w < warnings->n && status == TN_OK; w++)
        status = keep_warning(verification, &warnings->list[w]);
    return status;
}

static int end(tn_task *task, int status, bool is_waited)
{
    (void)is_waited;
    tn__findings_sort(&((tn__verification *)task)->findings);
    return status;
}

static void dispose(tn_task *task)
{
    tn__verification *const verification = (tn__verification *)task;
    if (verification->aids.notes)
        tn__notes_close(verification->aids.notes);
    pthread_mutex_destroy(&verification->large);
    tn__findings_free(&verification->findings);
    tn__task_free(task);
}

static const tn__task_ops verify_ops = {.kind = TN_TASK_VERIFY, .end = end, .dispose = dispose};

tn_task *tn__verify_start(tn_dataset *dataset, int32_t n_threads)
{
    tn__verification *const verification =
        (tn__verification *)tn__task_make(&verify_ops, sizeof *verification, dataset);
    if (!verification)
        return NULL;
    pthread_mutex_init(&verification->large, NULL);
    tn__findings_init(&verification->findings, dataset->source, 0);
    if (open_notes(verification) != TN_OK) {
        tn__task_destroy(&verification->task);
        return NULL;
    }
    return tn__task_run(&verification->task, (tn__each_work){.name = "tench/verify",
                                                             .n = verification->task.n,
                                                             .n_threads = n_threads,
                                                             .block = BLOCK,
                                                             .own_bytes = sizeof(scratch),
                                                             .visit = visit,
                                                             .leave = leave});
}

void tn__verify_facts(tn__verification *verification, tn_verify_facts *out)
{
    const atomic_llong *const samples = verification->samples;
    *out = (tn_verify_facts){
        .samples = verification->task.n,
        .done = tn__task_done(&verification->task),
        .damaged = atomic_load(&samples[TN_FOUND_DAMAGE]),
        .guessed = atomic_load(&samples[TN_FOUND_GUESS]),
        .changed = atomic_load(&samples[TN_FOUND_CHANGE]),
        .misindexed = atomic_load(&samples[TN_FOUND_INDEX]),
        .indexed = atomic_load(&verification->indexed),
        .file_bytes = atomic_load(&verification->file_bytes),
        .findings = verification->task.is_running ? 0 : (int64_t)verification->findings.n,
    };
}
