/* SPDX-License-Identifier: MIT */
/* Indexing ahead. See index.h.
 *
 * What is found goes to a journal at once, so that a process that is killed has lost nothing: the
 * next one finds it, and continues where it ended. At the end the journal becomes the store. */
#include "jobs/index.h"

#include <stdlib.h>

#include "base/error.h"

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

/* What a record says of its file. */
static void count(tn__indexing *indexing, int32_t kind)
{
    if (kind != TN__NOTE_INDEX)
        atomic_fetch_add(&indexing->without[kind], 1);
}

/* True if the record is of the file as it is now, by length and time. A file without a time is
 * read: its hash tells. */
static bool is_of_now(const tn__indexing *indexing, scratch *mine, int64_t sample,
                      const tn__note *record)
{
    int64_t n_bytes;
    if (tn__dataset_stat(indexing->task.dataset, sample, &mine->file, &n_bytes) != TN_OK ||
        record->file_bytes != n_bytes)
        return false;
    if (mine->file.stamp != 0)
        return record->stamp == mine->file.stamp;
    const bool is_same =
        tn__dataset_read_in_turn(indexing->task.dataset, sample, &mine->file) == TN_OK &&
        tn__note_matches(record, &mine->file, true);
    tn__dataset_end_turn(indexing->task.dataset, &mine->file);
    return is_same;
}

static bool is_known(tn__indexing *indexing, scratch *mine, int64_t sample)
{
    tn__note record;
    if (indexing->force ||
        tn__notes_read(indexing->notes, sample, &mine->arena, &record) != TN_OK ||
        (record.kind == TN__NOTE_INDEX && record.columns != indexing->notes->columns) ||
        !is_of_now(indexing, mine, sample, &record))
        return false;
    atomic_fetch_add(&indexing->file_bytes, record.file_bytes);
    atomic_fetch_add(&indexing->known, record.kind == TN__NOTE_INDEX);
    count(indexing, record.kind);
    return true;
}

/* Goes through the whole scan; of the pixels one is made. Files that are not for the own decoder
 * are not decoded: they have no index. */
static int scan(const tn__codec *codec, const tn__buffer *file, const tn__info *info,
                tn__arena *arena, tn__access *access)
{
    const tn__want want = {.need = {0, 0, 1, 1}, .mode = TN_GREY};
    const tn__bytes bytes = {file->bytes, file->size};
    tn_px_image image;
    int32_t damage = 0;
    if (codec != &tn__codec_baseline)
        return TN_OK;
    const int status = codec->decode(bytes, access, info, &want, arena, &image, &damage);
    return status == TN__NOT_MINE ? TN_OK : status;
}

static int index_file(tn__indexing *indexing, scratch *mine, int64_t sample)
{
    int status = tn__dataset_read_in_turn(indexing->task.dataset, sample, &mine->file);
    if (status != TN_OK)
        return tn__findings_add_fault(&indexing->faults, sample, 0);
    atomic_fetch_add(&indexing->file_bytes, (int64_t)mine->file.size);
    tn__info info;
    const tn__bytes bytes = {mine->file.bytes, mine->file.size};
    const tn__codec *const codec =
        tn__codec_probe(bytes, indexing->task.dataset->max_pixels, &info);
    if (!codec) {
        tn__error_place("decode", "", -1, -1);
        return tn__findings_add_fault(&indexing->faults, sample, 0);
    }
    tn__lookup lookup = {.access = {.build = indexing->notes->columns}};
    status = scan(codec, &mine->file, &info, &mine->arena, &lookup.access);
    if (status != TN_OK)
        return status;
    status = tn__notes_learn(indexing->notes, sample, &mine->file, &info, &mine->arena, &lookup);
    if (status != TN_OK)
        return status; /* a loader would go on without; here an index is what was asked for */
    atomic_fetch_add(&indexing->built, lookup.kept == TN__NOTE_INDEX);
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

/* Stores the notes, also after a failure of a thread, which then counts. */
static int store(tn__indexing *indexing, int status, bool is_waited)
{
    tn__error failure;
    tn__error_take(&failure);
    const int stored = tn__notes_save(indexing->notes, is_waited ? TN__NOTES_WAIT_MS : 0);
    if (status == TN_OK)
        return stored;
    return tn__error_raise(&failure);
}

static int end(tn_task *task, int status, bool is_waited)
{
    tn__indexing *const indexing = (tn__indexing *)task;
    const int ended = store(indexing, status, is_waited);
    tn__findings_sort(&indexing->faults);
    const int told = tn__notes_where(indexing->notes, &indexing->path, &indexing->index_bytes);
    return ended == TN_OK ? told : ended;
}

static void dispose(tn_task *task)
{
    tn__indexing *const indexing = (tn__indexing *)task;
    if (indexing->notes)
        tn__notes_close(indexing->notes);
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
    tn__findings_init(&indexing->faults, 0);
    indexing->force = options->force == TN_YES;
    const tn__notes_options notes = {
        .mode = TN_INDEX_AUTO, .columns = options->entries, .path = dataset->index_path};
    if (tn__notes_open(dataset->source, &notes, &indexing->notes) != TN_OK) {
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
        .other_formats = atomic_load(&without[TN__NOTE_FORMAT]),
        .several_scans = atomic_load(&without[TN__NOTE_SCANS]),
        .other_colours = atomic_load(&without[TN__NOTE_COLOURS]),
        .unclean = atomic_load(&without[TN__NOTE_UNCLEAN]),
        .faults = is_running ? 0 : (int64_t)indexing->faults.n,
        .warnings = is_running ? 0 : (int64_t)indexing->notes->warnings.n,
        .index_bytes = indexing->index_bytes,
        .file_bytes = atomic_load(&indexing->file_bytes),
        .path = indexing->path.chars ? indexing->path.chars : "",
    };
}
