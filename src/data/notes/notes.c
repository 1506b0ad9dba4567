/* SPDX-License-Identifier: MIT */
/* The random access index of a data set, as workers use it. See notes.h. */
#include "data/notes/notes.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/write.h"
#include "codec/jpeg/compact.h"

size_t tn__notes_scratch(const tn__info *info)
{
    const size_t n = tn__compact_entries(info->h, TN__JPEG_MAX_COLUMNS);
    const size_t form =
        tn__note_form_at(TN__NOTE_NAME) + tn__compact_bound(n) + TN__COMPACT_READ_BEHIND;
    return n * sizeof(tn__jpeg_entry) + 2 * form + (size_t)4 * TN_PX_ALIGN;
}

/* The failure stays this thread's record, as the reason; nobody looks at it there. */
void tn__notes_drop(tn__notes *index, int64_t sample)
{
    atomic_store_explicit(&index->words[sample], 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&index->n_dropped, 1, memory_order_relaxed);
    (void)tn__findings_add_failure(&index->warnings, sample, 0);
}

int tn__notes_read(const tn__notes *index, int64_t sample, tn__arena *arena, tn__note *out)
{
    const uint64_t word = atomic_load_explicit(&index->words[sample], memory_order_acquire);
    if (word == 0)
        return TN_END;
    const size_t length = tn__word_length(word);
    uint8_t *const bytes = tn__arena_take(arena, length + TN__COMPACT_READ_BEHIND);
    if (!bytes)
        return TN_ENOMEM;
    memset(bytes + length, 0, TN__COMPACT_READ_BEHIND);
    if (!tn__read_at(index->descriptors[tn__word_file(word)], bytes, length, tn__word_offset(word)))
        return errno ? tn__fail_system(errno, "the index cannot be read")
                     : tn__fail(TN_EIO, "the index cannot be read: it was cut off");
    if (!tn__note_read(bytes, length, out))
        return tn__fail(TN_EDECODE, "its record in the index is damaged");
    return tn__note_is_of(out, index->source->ops->name(index->source, sample)) ? TN_OK : TN_END;
}

bool tn__note_matches(const tn__note *record, const tn__buffer *file, bool paranoid)
{
    if (record->file_bytes != (int64_t)file->size)
        return false;
    if (!paranoid && file->stamp != 0 && record->stamp == file->stamp)
        return true;
    uint64_t hash[2];
    tn__hash_pair(file->bytes, file->size, hash);
    return hash[0] == record->hash[0] && hash[1] == record->hash[1];
}

/* The index of a file, checked as far as it can be before it is used. */
static int load(const tn__notes *index, int64_t sample, const tn__buffer *file,
                const tn__info *info, tn__arena *arena, tn__lookup *out)
{
    tn__note record = {0};
    int status = tn__notes_read(index, sample, arena, &record);
    if (status != TN_OK)
        return status;
    if (!tn__note_matches(&record, file, index->paranoid))
        return tn__fail(TN_EDECODE, "the file is not as it was when it was indexed");
    if (record.kind != TN__NOTE_INDEX)
        return TN_OK;
    const tn__compact_facts facts = {(int64_t)file->size, info->w, info->h};
    status = tn__compact_read(record.form, record.n_form, &facts, arena, &out->index);
    if (status == TN_OK)
        out->access.index = &out->index;
    return status;
}

static bool may_build(const tn__notes *index)
{
    return index->columns > 0 && !atomic_load_explicit(&index->is_closed, memory_order_relaxed);
}

void tn__notes_find(tn__notes *index, int64_t sample, const tn__buffer *file, const tn__info *info,
                    tn__arena *arena, tn__lookup *out)
{
    *out = (tn__lookup){.is_dropped = false};
    const int status = load(index, sample, file, info, arena, out);
    if (status == TN_OK)
        return;
    out->is_dropped = status != TN_END;
    if (out->is_dropped)
        tn__notes_drop(index, sample);
    if (may_build(index))
        out->access.build = index->columns;
}

static int32_t kind_of(const tn__info *info, const tn__access *access)
{
    if (access->built.entry)
        return TN__NOTE_INDEX;
    if (strcmp(info->format, "jpeg") != 0)
        return TN__NOTE_FORMAT;
    if (info->channels == 4)
        return TN__NOTE_COLOURS;
    return info->progressive ? TN__NOTE_SCANS : TN__NOTE_UNCLEAN;
}

/* The record's bytes, in the arena; NULL: no memory. */
static uint8_t *make_record(const tn__notes *index, int64_t sample, const tn__buffer *file,
                            const tn__info *info, tn__arena *arena, const tn__access *access,
                            tn__note *out)
{
    const tn__jpeg_index *const built = &access->built;
    const char *const name = index->source->ops->name(index->source, sample);
    const size_t n_name = strlen(name), form = tn__note_form_at(n_name);
    const size_t n_entries = (size_t)built->rows * (size_t)built->columns + 1;
    uint8_t *const bytes = tn__arena_take(arena, form + tn__compact_bound(n_entries));
    *out = (tn__note){
        .name = name,
        .n_name = n_name,
        .file_bytes = (int64_t)file->size,
        .stamp = file->stamp,
        .kind = kind_of(info, access),
        .columns = access->build,
    };
    if (!bytes)
        return NULL;
    tn__hash_pair(file->bytes, file->size, out->hash);
    if (out->kind == TN__NOTE_INDEX)
        out->n_form = tn__compact_write(built, bytes + form);
    if (out->n_form > TN__NOTE_MAX - form)
        out->n_form = 0; /* a picture of nearly 65535 rows with 16 entries each */
    if (out->n_form == 0 && out->kind == TN__NOTE_INDEX)
        out->kind = TN__NOTE_UNCLEAN; /* no scan that an encoder wrote has such an index */
    (void)tn__note_write(out, bytes);
    return bytes;
}

/* The first failure is a warning, and the last: nothing is built from then on. */
static int keep(tn__notes *index, int64_t sample, const uint8_t *bytes, size_t n_bytes)
{
    int64_t offset;
    const int status = tn__journal_add(&index->journal, index->stores, bytes, n_bytes, &offset);
    if (status == TN_OK) {
        index->descriptors[TN__NOTES_OWN] = index->journal.descriptor;
        atomic_store_explicit(&index->words[sample], tn__word(TN__NOTES_OWN, offset, n_bytes),
                              memory_order_release);
        return TN_OK;
    }
    if (!atomic_exchange(&index->is_closed, true) && status != TN_ECLOSED)
        (void)tn__findings_add_failure(&index->warnings, -1, 0);
    return status;
}

int tn__notes_learn(tn__notes *index, int64_t sample, const tn__buffer *file, const tn__info *info,
                    tn__arena *arena, tn__lookup *lookup)
{
    if (lookup->access.rejected) {
        tn__fail(TN_EDECODE, "its index does not fit the file");
        tn__notes_drop(index, sample);
        lookup->is_dropped = true;
    }
    if (lookup->access.build == 0 ||
        strlen(index->source->ops->name(index->source, sample)) > TN__NOTE_NAME)
        return TN_OK;
    tn__note record;
    const uint8_t *const bytes =
        make_record(index, sample, file, info, arena, &lookup->access, &record);
    if (!bytes)
        return tn__fail_memory("an index", TN__NOTE_HEAD);
    const int status = keep(index, sample, bytes, tn__note_form_at(record.n_name) + record.n_form);
    if (status == TN_OK)
        lookup->kept = record.kind;
    return status;
}
