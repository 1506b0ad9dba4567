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
static void count(tn_indexer *indexer, int32_t kind)
{
    if (kind != TN__NOTE_INDEX)
        atomic_fetch_add(&indexer->without[kind], 1);
}

/* True if the record is of the file as it is now, by length and time. A file without a time is
 * read: its hash tells. */
static bool is_of_now(const tn_indexer *indexer, scratch *mine, int64_t sample,
                      const tn__note *record)
{
    int64_t n_bytes;
    if (tn__dataset_stat(indexer->dataset, sample, &mine->file, &n_bytes) != TN_OK ||
        record->file_bytes != n_bytes)
        return false;
    if (mine->file.stamp != 0)
        return record->stamp == mine->file.stamp;
    const bool is_same = tn__dataset_read_in_turn(indexer->dataset, sample, &mine->file) == TN_OK &&
                         tn__note_matches(record, &mine->file, true);
    tn__dataset_end_turn(indexer->dataset, &mine->file);
    return is_same;
}

static bool is_known(tn_indexer *indexer, scratch *mine, int64_t sample)
{
    tn__note record;
    if (indexer->force || tn__notes_read(indexer->index, sample, &mine->arena, &record) != TN_OK ||
        (record.kind == TN__NOTE_INDEX && record.columns != indexer->index->columns) ||
        !is_of_now(indexer, mine, sample, &record))
        return false;
    atomic_fetch_add(&indexer->file_bytes, record.file_bytes);
    atomic_fetch_add(&indexer->known, record.kind == TN__NOTE_INDEX);
    count(indexer, record.kind);
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

static int index_file(tn_indexer *indexer, scratch *mine, int64_t sample)
{
    int status = tn__dataset_read_in_turn(indexer->dataset, sample, &mine->file);
    if (status != TN_OK)
        return tn__findings_add_fault(&indexer->faults, sample, 0);
    atomic_fetch_add(&indexer->file_bytes, (int64_t)mine->file.size);
    tn__info info;
    const tn__bytes bytes = {mine->file.bytes, mine->file.size};
    const tn__codec *const codec = tn__codec_probe(bytes, indexer->dataset->max_pixels, &info);
    if (!codec) {
        tn__error_place("decode", "", -1, -1);
        return tn__findings_add_fault(&indexer->faults, sample, 0);
    }
    tn__lookup lookup = {.access = {.build = indexer->index->columns}};
    status = scan(codec, &mine->file, &info, &mine->arena, &lookup.access);
    if (status != TN_OK)
        return status;
    status = tn__notes_learn(indexer->index, sample, &mine->file, &info, &mine->arena, &lookup);
    if (status != TN_OK)
        return status; /* a loader would go on without; here an index is what was asked for */
    atomic_fetch_add(&indexer->built, lookup.kept == TN__NOTE_INDEX);
    count(indexer, lookup.kept);
    return TN_OK;
}

static int visit(void *shared, void *own, int64_t sample)
{
    tn_indexer *const indexer = shared;
    scratch *const mine = own;
    if (mine->arena.keep == 0)
        tn__arena_init(&mine->arena, SCRATCH, 0);
    const int status = is_known(indexer, mine, sample) ? TN_OK : index_file(indexer, mine, sample);
    tn__arena_reset(&mine->arena);
    tn__dataset_end_turn(indexer->dataset, &mine->file);
    return status;
}

static void dispose(tn_indexer *indexer)
{
    if (indexer->index)
        tn__notes_close(indexer->index);
    tn__findings_free(&indexer->faults);
    tn__text_free(&indexer->path);
    tn__dataset_release(indexer->dataset);
    free(indexer);
}

tn_indexer *tn__indexer_start(tn_dataset *dataset, const tn_index_options *options)
{
    tn_indexer *const indexer = calloc(1, sizeof *indexer);
    if (!indexer) {
        tn__fail_memory("an indexer", sizeof *indexer);
        return NULL;
    }
    indexer->dataset = tn__dataset_keep(dataset);
    indexer->force = options->force == TN_YES;
    tn__findings_init(&indexer->faults, 0);
    const tn__each_work work = {.name = "tench/index",
                                .n = dataset->source->ops->count(dataset->source),
                                .n_threads = options->threads,
                                .block = BLOCK,
                                .shared = indexer,
                                .own_bytes = sizeof(scratch),
                                .visit = visit,
                                .leave = leave};
    const tn__notes_options index = {
        .mode = TN_INDEX_AUTO, .columns = options->entries, .path = dataset->index_path};
    int status = tn__notes_open(dataset->source, &index, &indexer->index);
    if (status == TN_OK)
        status = tn__each_start(&indexer->each, &work);
    indexer->is_running = status == TN_OK;
    if (status == TN_OK)
        return indexer;
    dispose(indexer);
    return NULL;
}

/* The threads are done, or will be when they have finished what they have in hand. */
static int end(tn_indexer *indexer, int32_t wait_ms)
{
    indexer->is_running = false;
    int status = tn__each_end(&indexer->each);
    tn__error failure;
    tn__error_take(&failure);
    const int stored = tn__notes_save(indexer->index, wait_ms);
    if (status != TN_OK)
        (void)tn__error_raise(&failure);
    else
        status = stored;
    tn__findings_sort(&indexer->faults);
    const int told = tn__notes_where(indexer->index, &indexer->path, &indexer->index_bytes);
    return status == TN_OK ? told : status;
}

int tn__indexer_wait(tn_indexer *indexer, int32_t timeout_ms)
{
    if (!indexer->is_running)
        return indexer->status;
    if (!tn__each_wait(&indexer->each, timeout_ms))
        return tn__fail(TN_ETIMEOUT, "indexing is not done yet");
    indexer->status = end(indexer, TN__NOTES_WAIT_MS);
    return indexer->status;
}

void tn__indexer_destroy(tn_indexer *indexer)
{
    tn__error before;
    tn__error_take(&before);
    if (indexer->is_running) {
        tn__each_stop(&indexer->each);
        (void)end(indexer, 0);
    }
    dispose(indexer);
    (void)tn__error_raise(&before);
}

void tn__indexer_facts(const tn_indexer *indexer, tn_index_facts *out)
{
    const tn_dataset *const dataset = indexer->dataset;
    const atomic_llong *const without = indexer->without;
    *out = (tn_index_facts){
        .samples = dataset->source->ops->count(dataset->source),
        .done = tn__each_done(&indexer->each),
        .built = atomic_load(&indexer->built),
        .known = atomic_load(&indexer->known),
        .other_formats = atomic_load(&without[TN__NOTE_FORMAT]),
        .several_scans = atomic_load(&without[TN__NOTE_SCANS]),
        .other_colours = atomic_load(&without[TN__NOTE_COLOURS]),
        .unclean = atomic_load(&without[TN__NOTE_UNCLEAN]),
        .faults = indexer->is_running ? 0 : (int64_t)indexer->faults.n,
        .warnings = (int64_t)(indexer->is_running ? 0 : indexer->index->warnings.n),
        .index_bytes = indexer->index_bytes,
        .file_bytes = atomic_load(&indexer->file_bytes),
        .path = indexer->path.chars ? indexer->path.chars : "",
    };
}
