/* SPDX-License-Identifier: MIT */
/* Builds the index of a data set ahead of its first use. See index.h.
 *
 * Each note goes to a journal at once, so a process that is killed loses none: the next one finds
 * the journal and continues from there. At the end the journal is merged into the index file. */
#include "jobs/index.h"

#include <stdlib.h>

#include "base/error.h"
#include "jobs/read.h"

enum { SCRATCH = 4 << 20, BLOCK = 4 };

typedef struct scratch {
    tn__buffer file;
    tn__arena arena;
} scratch;

static void leave(void *own)
{
    scratch *const mine = own;
    tn__buffer_free(&mine->file);
    tn__arena_free(&mine->arena);
}

static void count(tn__indexing *indexing, int32_t answer)
{
    if (answer != TN__AID_BUILT)
        atomic_fetch_add(&indexing->without[answer], 1);
}

/* True if the note describes the sample as it is now, by length and time. A sample in a file
 * without a time is read and its hash compared. */
static bool is_current(tn__indexing *indexing, scratch *mine, int64_t sample, const tn__note *note)
{
    const tn_dataset *const dataset = indexing->task.dataset;
    int64_t n_bytes;
    if (tn__dataset_head(dataset, sample, 0, &mine->file, &n_bytes) != TN_OK ||
        note->file_bytes != n_bytes)
        return false;
    if (mine->file.state.stamp != 0)
        return tn__note_is_recent(note, &mine->file.state);
    const bool is_same = tn__task_read(&indexing->task, sample, &mine->file) == TN_OK &&
                         tn__note_matches(note, &mine->file, true);
    tn__dataset_end_turn(dataset, &mine->file);
    return is_same;
}

static bool is_known(tn__indexing *indexing, scratch *mine, int64_t sample)
{
    tn__note note;
    if (indexing->force ||
        tn__aid_note(indexing->aids.notes, sample, &mine->arena, &note) != TN_OK ||
        (note.answer == TN__AID_BUILT && note.detail != indexing->aids.build) ||
        !is_current(indexing, mine, sample, &note))
        return false;
    atomic_fetch_add(&indexing->file_bytes, note.file_bytes);
    atomic_fetch_add(&indexing->known, note.answer == TN__AID_BUILT);
    count(indexing, note.answer);
    return true;
}

/* Decodes one pixel, and builds the aid on the way. A file whose codec has no aids is not decoded.
 */
static int build_aid(const tn__aid_job *job, tn__access *access)
{
    const tn__want want = {.need = {0, 0, 1, 1}, .mode = TN_GREY};
    const tn__bytes bytes = {job->file->bytes, job->file->size};
    tn_px_image image;
    int32_t damage = 0;
    if (!job->codec->aid_read)
        return TN_OK;
    const int status =
        job->codec->decode(bytes, access, job->info, &want, job->arena, &image, &damage);
    return status == TN__NOT_MINE ? TN_OK : status;
}

static int index_file(tn__indexing *indexing, scratch *mine, int64_t sample)
{
    const tn_dataset *const dataset = indexing->task.dataset;
    int status = tn__task_read(&indexing->task, sample, &mine->file);
    if (status != TN_OK)
        return tn__findings_add_fault(&indexing->faults, sample, 0);
    atomic_fetch_add(&indexing->file_bytes, (int64_t)mine->file.size);
    tn__probed probed;
    const tn__bytes bytes = {mine->file.bytes, mine->file.size};
    if (tn__probe_sample(dataset, sample, bytes, &probed) != TN_OK)
        return tn__findings_add_fault(&indexing->faults, sample, 0);
    const tn__aid_job job = {sample, &mine->file, probed.codec, &probed.info, &mine->arena};
    tn__lookup lookup = {.access = {.build = indexing->aids.build}};
    status = build_aid(&job, &lookup.access);
    if (status == TN_OK)
        status = tn__aid_learn(&indexing->aids, &job, &lookup);
    if (status != TN_OK)
        return status; /* unlike in a loader: here the index is the purpose */
    atomic_fetch_add(&indexing->built, lookup.kept == TN__AID_BUILT);
    count(indexing, lookup.kept);
    return TN_OK;
}

static int visit(void *shared, void *own, int64_t sample)
{
    tn__indexing *const indexing = shared;
    scratch *const mine = own;
    if (mine->arena.keep == 0)
        tn__arena_init(&mine->arena, SCRATCH, 0);
    const int status =
        is_known(indexing, mine, sample) ? TN_OK : index_file(indexing, mine, sample);
    tn__arena_reset(&mine->arena);
    tn__dataset_end_turn(indexing->task.dataset, &mine->file);
    return status;
}

/* Stores the notes. If a thread has failed, stores them too, but returns that failure. */
static int store(tn__indexing *indexing, int status, bool is_waited)
{
    tn__error failure;
    tn__error_take(&failure);
    const int stored = tn__notes_save(indexing->aids.notes, is_waited ? TN__NOTES_WAIT_MS : 0);
    if (status == TN_OK)
        return stored;
    return tn__error_raise(&failure);
}

static int end(tn_task *task, int status, bool is_waited)
{
    tn__indexing *const indexing = (tn__indexing *)task;
    const int ended = store(indexing, status, is_waited);
    tn__findings_sort(&indexing->faults);
    const int told = tn__notes_where(indexing->aids.notes, &indexing->path, &indexing->index_bytes);
    return ended == TN_OK ? told : ended;
}

static void dispose(tn_task *task)
{
    tn__indexing *const indexing = (tn__indexing *)task;
    if (indexing->aids.notes)
        tn__notes_close(indexing->aids.notes);
    tn__findings_free(&indexing->faults);
    tn__text_free(&indexing->path);
    tn__task_free(task);
}

static const tn__task_ops index_ops = {.kind = TN_TASK_INDEX, .end = end, .dispose = dispose};

tn_task *tn__index_start(tn_dataset *dataset, const tn_index_options *options)
{
    tn__indexing *const indexing =
        (tn__indexing *)tn__task_make(&index_ops, sizeof *indexing, dataset);
    if (!indexing)
        return NULL;
    tn__findings_init(&indexing->faults, dataset->source, 0);
    indexing->force = options->force == TN_YES;
    if (tn__aids_open(dataset->source, TN_INDEX_AUTO, options->entries, dataset->index_path,
                      &indexing->aids) != TN_OK) {
        tn__task_destroy(&indexing->task);
        return NULL;
    }
    return tn__task_run(&indexing->task, (tn__each_work){.name = "tench/index",
                                                         .n = indexing->task.n,
                                                         .n_threads = options->threads,
                                                         .block = BLOCK,
                                                         .own_bytes = sizeof(scratch),
                                                         .visit = visit,
                                                         .leave = leave});
}

void tn__index_facts(tn__indexing *indexing, tn_index_facts *out)
{
    const bool is_running = indexing->task.is_running;
    const atomic_llong *const without = indexing->without;
    *out = (tn_index_facts){
        .samples = indexing->task.n,
        .done = tn__task_done(&indexing->task),
        .built = atomic_load(&indexing->built),
        .known = atomic_load(&indexing->known),
        .other_formats = atomic_load(&without[TN__AID_FORMAT]),
        .several_scans = atomic_load(&without[TN__AID_SCANS]),
        .other_colours = atomic_load(&without[TN__AID_COLOURS]),
        .unclean = atomic_load(&without[TN__AID_UNCLEAN]),
        .faults = is_running ? 0 : (int64_t)indexing->faults.n,
        .warnings = is_running ? 0 : (int64_t)indexing->aids.notes->warnings.n,
        .index_bytes = indexing->index_bytes,
        .file_bytes = atomic_load(&indexing->file_bytes),
        .path = indexing->path.chars ? indexing->path.chars : "",
    };
}
