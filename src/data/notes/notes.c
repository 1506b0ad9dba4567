/* SPDX-License-Identifier: MIT */
/* The notes of a data set. See notes.h. */
#include "data/notes/notes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/read.h"
#include "data/notes/merge.h"
#include "tench.h"

/* This thread's last failure becomes a warning, and stays its last failure. */
void tn__notes_drop(tn__notes *notes, int32_t kind, int64_t sample)
{
    atomic_store_explicit(&notes->words[kind][sample], 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&notes->n_dropped, 1, memory_order_relaxed);
    (void)tn__findings_add_failure(&notes->warnings, sample, 0);
}

int tn__notes_read(const tn__notes *notes, int32_t kind, int64_t sample, tn__arena *arena,
                   tn__note *out)
{
    const uint64_t word = atomic_load_explicit(&notes->words[kind][sample], memory_order_acquire);
    if (word == 0)
        return TN_END;
    const size_t length = tn__word_length(word);
    uint8_t *const bytes = tn__arena_take(arena, length + TN__NOTE_READ_PADDING);
    if (!bytes)
        return TN_ENOMEM;
    memset(bytes + length, 0, TN__NOTE_READ_PADDING);
    if (!tn__read_at(notes->descriptors[tn__word_file(word)], bytes, length, tn__word_offset(word)))
        return errno ? tn__fail_system(errno, "the index cannot be read")
                     : tn__fail(TN_EIO, "the index cannot be read: it was cut off");
    if (!tn__note_read(bytes, length, out))
        return tn__fail(TN_EDECODE, "its note in the index is damaged");
    return tn__note_is_of(out, tn__source_place(notes->source, sample), kind) ? TN_OK : TN_END;
}

size_t tn__notes_scratch(void)
{
    return TN__NOTE_MOST_HEAD + TN__NOTE_READ_PADDING;
}

bool tn__notes_can_add(const tn__notes *notes, int64_t sample)
{
    if (!notes->writes || atomic_load_explicit(&notes->is_closed, memory_order_relaxed))
        return false;
    const size_t n_name = strlen(tn__source_place(notes->source, sample));
    return n_name > 0 && n_name <= TN__NOTE_NAME;
}

uint8_t *tn__notes_begin(const tn__notes *notes, int64_t sample, size_t n_body, tn__arena *arena)
{
    const char *const place = tn__source_place(notes->source, sample);
    const size_t body = tn__note_body_at(place, strlen(place));
    uint8_t *const bytes = tn__arena_take(arena, body + n_body);
    return bytes ? bytes + body : NULL;
}

int tn__notes_add(tn__notes *notes, int64_t sample, tn__note note, uint8_t *body)
{
    note.name = tn__source_place(notes->source, sample);
    note.n_name = strlen(note.name);
    uint8_t *const bytes = body - tn__note_body_at(note.name, note.n_name);
    const size_t n_bytes = tn__note_write(&note, bytes);
    int64_t offset;
    const int status = tn__journal_add(&notes->journal, notes->stores, bytes, n_bytes, &offset);
    if (status == TN_OK) {
        notes->descriptors[TN__NOTES_OWN] = notes->journal.descriptor;
        atomic_store_explicit(&notes->words[note.kind][sample],
                              tn__word_make(TN__NOTES_OWN, offset, n_bytes), memory_order_release);
        return TN_OK;
    }
    if (!atomic_exchange(&notes->is_closed, true) && status != TN_ECLOSED)
        (void)tn__findings_add_failure(&notes->warnings, -1, 0);
    return status;
}

int64_t tn__notes_count(const tn__notes *notes, int32_t kind)
{
    const int64_t n_samples = notes->source->n_samples;
    int64_t n = 0;
    for (int64_t sample = 0; sample < n_samples; sample++)
        n += atomic_load_explicit(&notes->words[kind][sample], memory_order_relaxed) != 0;
    return n;
}

/* A note that a sample may have. by_key has all of them, sorted by key, and by name for equal keys;
 * it is made for the first file whose notes cannot be found by their places. */
typedef struct expected {
    uint64_t key;
    int64_t sample;
    int32_t kind;
} expected;

typedef struct opening {
    tn__notes *notes;
    int64_t n; /* samples */
    uint32_t kinds;
    expected *by_key;
    size_t n_expected;
    struct stat chosen; /* the index that the user named; st_ino 0: none */
} opening;

static int compare_expected(const void *a, const void *b, void *context)
{
    const tn__source *const *const source = context;
    const expected *const x = a, *const y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    char place[TN__PLACE_BYTES];
    memcpy(place, tn__source_place(*source, x->sample), sizeof place);
    return strcmp(place, tn__source_place(*source, y->sample));
}

/* Adds the notes that a sample may have; one in memory has none. */
static void expect(opening *job, int64_t sample)
{
    const char *const place = tn__source_place(job->notes->source, sample);
    for (int32_t kind = 0; kind < TN__NOTE_KINDS && place[0]; kind++)
        if (job->notes->words[kind])
            job->by_key[job->n_expected++] = (expected){tn__note_key(place, kind), sample, kind};
}

static int sort_expected(opening *job)
{
    if (job->by_key)
        return TN_OK;
    const tn__source *source = job->notes->source;
    const size_t most = (size_t)job->n * (size_t)__builtin_popcount(job->kinds);
    job->by_key = malloc((most + 1) * sizeof *job->by_key);
    if (!job->by_key)
        return tn__fail_memory("an index", most * sizeof *job->by_key);
    for (int64_t sample = 0; sample < job->n; sample++)
        expect(job, sample);
    qsort_r(job->by_key, job->n_expected, sizeof *job->by_key, compare_expected, &source);
    return TN_OK;
}

/* The first number in by_key that is not before this key and name. */
static size_t find_first(const opening *job, uint64_t key, const char *name)
{
    size_t low = 0, high = job->n_expected;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const expected *const at = &job->by_key[middle];
        const bool is_before =
            at->key != key ? at->key < key
                           : strcmp(tn__source_place(job->notes->source, at->sample), name) < 0;
        if (is_before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_key(const opening *job, size_t number, uint64_t key)
{
    return number < job->n_expected && job->by_key[number].key == key;
}

static _Atomic uint64_t *word_of(const opening *job, const expected *note)
{
    return &job->notes->words[note->kind][note->sample];
}

/* Expected notes that follow one another in by_key. */
typedef struct stretch {
    size_t first, n;
} stretch;

/* The expected notes of this owner: one, or one for each sample that lies there. */
static stretch find_owned(const opening *job, uint64_t key, const tn__note_owner *owner)
{
    stretch found = {.first = find_first(job, key, owner->name)};
    for (size_t i = found.first; has_key(job, i, key); i++, found.n++)
        if (job->by_key[i].kind != owner->kind ||
            strcmp(tn__source_place(job->notes->source, job->by_key[i].sample), owner->name) != 0)
            break;
    return found;
}

/* Finds the expected notes that this entry may be; none: the data set has no such note. If several
 * expected notes or several entries have the key, the name in the note decides now; otherwise the
 * reader of the note compares the name. */
static stretch find_expected(const opening *job, int descriptor, const tn__note_entry *entry)
{
    const size_t first = find_first(job, entry->key, "");
    if (!has_key(job, first, entry->key))
        return (stretch){0};
    if (!has_key(job, first + 1, entry->key) &&
        atomic_load_explicit(word_of(job, &job->by_key[first]), memory_order_relaxed) == 0)
        return (stretch){first, 1};
    tn__note_owner owner;
    return tn__note_owner_at(descriptor, entry->word, &owner) ? find_owned(job, entry->key, &owner)
                                                              : (stretch){0};
}

/* A file whose notes are taken over. */
typedef struct taking {
    const opening *job;
    int descriptor, file;
    bool in_order; /* its first places are those of the samples, with their aids */
} taking;

static void take_word(const taking *from, uint64_t word, const expected *note)
{
    atomic_store_explicit(word_of(from->job, note),
                          tn__word_make(from->file, tn__word_offset(word), tn__word_length(word)),
                          memory_order_relaxed);
}

static int take_note(void *context, const tn__note_entry *entry)
{
    const taking *const from = context;
    const opening *const job = from->job;
    if (from->in_order && entry->place < (size_t)job->n) {
        const expected own = {.sample = (int64_t)entry->place, .kind = TN__NOTE_AID};
        if (job->notes->words[TN__NOTE_AID])
            take_word(from, entry->word, &own);
        return TN_OK;
    }
    const stretch found = job->by_key ? find_expected(job, from->descriptor, entry) : (stretch){0};
    /* In a file in order, all aids of samples are at the samples' places, so this is none of
     * them. */
    for (size_t i = found.first; i < found.first + found.n; i++)
        if (!from->in_order || job->by_key[i].kind != TN__NOTE_AID)
            take_word(from, entry->word, &job->by_key[i]);
    return TN_OK;
}

/* Whether a file's notes belong to the samples in their order. */
typedef struct comparing {
    const opening *job;
    int descriptor;
    bool is_same;
} comparing;

/* Compares the name of the first note with the place of its sample. TN_END ends the walk. */
static int compare_first(void *context, const tn__note_entry *entry)
{
    comparing *const files = context;
    tn__note_owner owner;
    files->is_same = entry->place >= (size_t)files->job->n ||
                     (tn__note_owner_at(files->descriptor, entry->word, &owner) &&
                      strcmp(owner.name, tn__source_place(files->job->notes->source,
                                                          (int64_t)entry->place)) == 0);
    return TN_END;
}

/* True if the first places of the file are those of the samples. The fingerprint says what they are
 * called, but not where they lie: two tars in a folder may hold the same. */
static bool is_in_order(const opening *job, const tn__note_file *file)
{
    const tn__source *const source = job->notes->source;
    comparing files = {job, file->descriptor, true};
    if (file->is_journal || file->fingerprint != source->fingerprint)
        return false;
    (void)tn__note_file_each(file, compare_first, &files);
    return files.is_same;
}

/* Takes over the file's notes and its descriptor. */
static int add_file(opening *job, tn__note_file *file)
{
    tn__notes *const notes = job->notes;
    taking from = {.job = job,
                   .descriptor = file->descriptor,
                   .file = notes->n_files,
                   .in_order = is_in_order(job, file)};
    const bool only_by_place = from.in_order && job->kinds == 1u << TN__NOTE_AID;
    int status = only_by_place ? TN_OK : sort_expected(job);
    if (status == TN_OK)
        status = tn__note_file_each(file, take_note, &from);
    if (status != TN_OK)
        return status;
    notes->descriptors[notes->n_files++] = file->descriptor;
    file->descriptor = -1;
    return TN_OK;
}

static int warn(tn__notes *notes)
{
    tn__error_place("index", "", -1, -1);
    return tn__findings_add_failure(&notes->warnings, -1, 0);
}

/* True for the index that the user named: it is open already. */
static bool is_chosen(const opening *job, const tn__store *store, const char *name)
{
    struct stat facts;
    return job->chosen.st_ino != 0 && tn__stat_at(store->folder, name, &facts, 0) &&
           facts.st_ino == job->chosen.st_ino && facts.st_dev == job->chosen.st_dev;
}

/* Opens a file, if it exists, and counts it in *n; one that cannot be used is a warning. */
static int open_file(const opening *job, const tn__store *store, const char *name,
                     tn__note_file *files, int *n)
{
    if (is_chosen(job, store, name))
        return TN_OK;
    const int status = tn__note_file_open(store, name, &files[*n]);
    if (status == TN_OK)
        ++*n;
    if (status == TN_OK || status == TN_ENOMEM)
        return status;
    return tn__error_last()->system_error == ENOENT ? TN_OK : warn(job->notes);
}

/* Opens up to `room` journals. */
static int open_journals(const opening *job, const tn__store *store, tn__note_file *files, int room,
                         int *n)
{
    DIR *const folder = tn__store_list(store);
    int status = TN_OK, n_more = 0;
    const struct dirent *entry = NULL;
    while (folder && status == TN_OK && (entry = tn__next_entry(folder))) {
        if (!tn__store_is_journal(entry->d_name))
            continue;
        if (*n < room)
            status = open_file(job, store, entry->d_name, files, n);
        else
            n_more++;
    }
    if (status == TN_OK && !entry && errno) {
        tn__fail_system(errno, "%s: cannot read this folder", store->path);
        status = warn(job->notes);
    }
    if (folder)
        closedir(folder);
    if (status != TN_OK || n_more == 0)
        return status;
    tn__fail(TN_ELIMIT, "%s has %d journals more than can be read at once: tench index merges them",
             store->path, n_more);
    return warn(job->notes);
}

/* Takes over a store's index file, then its journals, which are newer. Journals are opened first:
 * if another process merges one meanwhile, its notes are found in the index file. */
static int add_store(opening *job, const tn__store *store)
{
    tn__note_file journals[TN__NOTES_FILES], file;
    int n_journals = 0, n_files = 0;
    if (store->folder < 0)
        return TN_OK;
    const int room = TN__NOTES_OWN - job->notes->n_files - 1;
    int status = open_journals(job, store, journals, room, &n_journals);
    if (status == TN_OK)
        status = open_file(job, store, TN__INDEX_NAME, &file, &n_files);
    if (status == TN_OK && n_files == 1)
        status = add_file(job, &file);
    for (int j = 0; j < n_journals && status == TN_OK; j++)
        status = add_file(job, &journals[j]);
    for (int j = 0; j < n_journals; j++)
        tn__note_file_close(&journals[j]);
    if (n_files == 1)
        tn__note_file_close(&file);
    return status;
}

static int add_named(opening *job, const char *path)
{
    tn__note_file file;
    int status = tn__note_file_open_named(path, &file);
    if (status == TN_OK && !tn__stat_open(file.descriptor, &job->chosen))
        status = tn__fail_system(errno, "%s", path);
    if (status == TN_OK)
        status = add_file(job, &file);
    tn__note_file_close(&file);
    return status;
}

/* The last note wins: so the named index comes first, then the cache, then the folder. */
static int open_all(tn__notes *notes, const tn__notes_options *options)
{
    opening job = {.notes = notes, .n = notes->source->n_samples, .kinds = options->kinds};
    int status = options->path ? add_named(&job, options->path) : TN_OK;
    for (int which = TN__STORES - 1; which >= 0 && status == TN_OK; which--)
        status = add_store(&job, &notes->stores[which]);
    free(job.by_key);
    return status;
}

/* Merges the journals that processes left behind, in both stores; those that cannot be merged now
 * stay. */
static int merge_left(tn__notes *notes)
{
    for (int which = 0; which < TN__STORES; which++)
        if (tn__store_has_journals(&notes->stores[which]) &&
            tn__notes_merge(&notes->stores[which], notes->source, NULL, 0, &notes->warnings) ==
                TN_ENOMEM)
            return TN_ENOMEM;
    return TN_OK;
}

static int make_words(tn__notes *notes, uint32_t kinds)
{
    const size_t n = (size_t)notes->source->n_samples;
    for (int32_t kind = 0; kind < TN__NOTE_KINDS; kind++) {
        if (!(kinds >> kind & 1))
            continue;
        notes->words[kind] = calloc(n + 1, sizeof **notes->words);
        if (!notes->words[kind])
            return tn__fail_memory("an index", n * sizeof **notes->words);
    }
    return TN_OK;
}

static int open_stores(tn__notes *notes)
{
    int status = TN_OK;
    for (int which = 0; which < TN__STORES && status == TN_OK; which++)
        status = tn__store_open(notes->source->folder, which, &notes->stores[which]);
    return status;
}

static void dispose(tn__notes *notes)
{
    for (int file = 0; file < notes->n_files; file++)
        close(notes->descriptors[file]);
    tn__journal_close(&notes->journal);
    for (int which = 0; which < TN__STORES; which++)
        tn__store_close(&notes->stores[which]);
    tn__findings_free(&notes->warnings);
    for (int32_t kind = 0; kind < TN__NOTE_KINDS; kind++)
        free(notes->words[kind]);
    free(notes);
}

int tn__notes_open(const tn__source *source, const tn__notes_options *options, tn__notes **out)
{
    *out = NULL;
    if (!source->folder)
        return TN_OK;
    tn__notes *const notes = calloc(1, sizeof *notes);
    if (!notes)
        return tn__fail_memory("an index", sizeof *notes);
    notes->source = source;
    notes->writes = options->writes;
    for (int which = 0; which < TN__STORES; which++)
        notes->stores[which].folder = -1;
    tn__findings_init(&notes->warnings, source, TN__NOTES_WARNINGS);
    tn__journal_init(&notes->journal);
    int status = make_words(notes, options->kinds);
    if (status == TN_OK)
        status = open_stores(notes);
    if (status == TN_OK && notes->writes)
        status = merge_left(notes);
    if (status == TN_OK)
        status = open_all(notes, options);
    if (status == TN_OK && (notes->n_files > 0 || notes->writes || notes->warnings.n > 0))
        *out = notes;
    else
        dispose(notes);
    return status;
}

/* True if this process has notes that no index file has. Workers may be adding more meanwhile. */
static bool has_news(tn__notes *notes)
{
    pthread_mutex_lock(&notes->journal.lock);
    const bool has_journal = notes->journal.descriptor >= 0 && notes->journal.pid == getpid();
    pthread_mutex_unlock(&notes->journal.lock);
    return has_journal && !atomic_load_explicit(&notes->is_stored, memory_order_relaxed);
}

/* True if the last failure says that this user may not write: journals stay for their owner. */
static bool is_forbidden(void)
{
    const int reason = tn__error_last()->system_error;
    return reason == EACCES || reason == EPERM || reason == EROFS;
}

/* Merges the journals that tn__notes_open could not merge, or warns that they stay. */
static int merge_rest(tn__notes *notes, int32_t wait_ms)
{
    int status = TN_OK;
    for (int which = 0; which < TN__STORES && status == TN_OK; which++) {
        const tn__store *const store = &notes->stores[which];
        if (!tn__store_has_journals(store) ||
            tn__notes_merge(store, notes->source, NULL, wait_ms, &notes->warnings) == TN_OK ||
            is_forbidden())
            continue;
        tn__error_prefix("%s has journals; they are used, and stay until the next tench index",
                         store->path);
        status = tn__error_last()->code == TN_ENOMEM ? TN_ENOMEM : warn(notes);
    }
    return status;
}

int tn__notes_save(tn__notes *notes, int32_t wait_ms)
{
    atomic_store_explicit(&notes->is_closed, true, memory_order_relaxed);
    if (!has_news(notes))
        return wait_ms > 0 ? merge_rest(notes, wait_ms) : TN_OK;
    const tn__journal *const journal = &notes->journal; /* its place and name do not change */
    const int status =
        tn__notes_merge(journal->store, notes->source, journal->name, wait_ms, &notes->warnings);
    if (status == TN_OK)
        atomic_store_explicit(&notes->is_stored, true, memory_order_relaxed);
    if (status != TN_ETIMEOUT)
        return status;
    tn__error_prefix("the new notes stay in %s/%s and are used there until the next tench index",
                     journal->store->path, journal->name);
    return warn(notes);
}

void tn__notes_close(tn__notes *notes)
{
    tn__error before;
    tn__error_take(&before);
    if (has_news(notes))
        (void)tn__notes_save(notes, 0);
    (void)tn__error_raise(&before);
    dispose(notes);
}

static void look_at(const tn__store *store, const char *name, tn__text *path, int64_t *n_bytes)
{
    struct stat facts;
    if (store->folder < 0 || !tn__stat_at(store->folder, name, &facts, 0))
        return;
    *n_bytes += facts.st_size;
    if (path->length > 0)
        tn__text_add(path, ", ");
    tn__text_printf(path, "%s/%s", store->path, name);
}

int tn__notes_where(tn__notes *notes, tn__text *path, int64_t *n_bytes)
{
    *n_bytes = 0;
    tn__text_clear(path);
    for (int which = 0; which < TN__STORES; which++)
        if (notes->stores[which].folder >= 0 &&
            tn__store_check(&notes->stores[which], TN__INDEX_NAME) == TN_OK)
            look_at(&notes->stores[which], TN__INDEX_NAME, path, n_bytes);
    if (has_news(notes))
        look_at(notes->journal.store, notes->journal.name, path, n_bytes);
    return path->failed ? tn__fail_memory("a path", path->capacity) : TN_OK;
}
