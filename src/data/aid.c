/* SPDX-License-Identifier: MIT */
/* The aids of a data set's files. See aid.h. */
#include "data/aid.h"

#include <string.h>

#include "base/error.h"

_Static_assert((int)TN__NOTE_READ_PADDING >= (int)TN__AID_READ_PADDING,
               "a note ends as aid_read needs it");
_Static_assert((int)TN__AID_ANSWERS <= (int)TN__NOTE_MOST_ANSWER, "an answer fits");

int tn__aids_open(const tn__source *source, int32_t mode, int32_t build, const char *path,
                  tn__aids *out)
{
    const tn__notes_options options = {
        .kinds = 1u << TN__NOTE_AID, .writes = mode == TN_INDEX_AUTO, .path = path};
    *out = (tn__aids){.build = options.writes ? build : 0, .paranoid = mode == TN_INDEX_PARANOID};
    return tn__notes_open(source, &options, &out->notes);
}

size_t tn__aid_scratch(const tn__codec *codec, const tn__info *info)
{
    const size_t notes = 2 * (tn__notes_scratch() + (size_t)2 * TN_PX_ALIGN);
    if (!codec->aid_read)
        return notes;
    return notes + codec->aid_scratch(info) + 2 * codec->aid_bytes(info, NULL);
}

int tn__aid_note(const tn__notes *notes, int64_t sample, tn__arena *arena, tn__note *out)
{
    const int status = tn__notes_read(notes, TN__NOTE_AID, sample, arena, out);
    if (status != TN_OK)
        return status;
    const bool is_sound = out->answer >= TN__AID_BUILT && out->answer < TN__AID_ANSWERS &&
                          (out->answer == TN__AID_BUILT) == (out->n_body > 0);
    return is_sound ? TN_OK : tn__fail(TN_EDECODE, "its note in the index is damaged");
}

/* The aid of a file, checked as far as possible before its use. */
static int load(const tn__aids *aids, const tn__aid_job *job, const tn__aid **out)
{
    tn__note note;
    const int status = tn__aid_note(aids->notes, job->sample, job->arena, &note);
    if (status != TN_OK)
        return status;
    if (!tn__note_matches(&note, job->file, aids->paranoid))
        return tn__fail(TN_EDECODE, "the file has changed since it was indexed");
    if (note.answer != TN__AID_BUILT)
        return TN_OK;
    if (!job->codec->aid_read)
        return tn__fail(TN_EDECODE, "its index does not fit the file");
    const tn__bytes form = {note.body, note.n_body};
    return job->codec->aid_read(form, note.file_bytes, job->info, job->arena, out);
}

void tn__aid_find(const tn__aids *aids, const tn__aid_job *job, tn__lookup *out)
{
    *out = (tn__lookup){.is_dropped = false};
    const tn__aid *aid = NULL;
    const int status = load(aids, job, &aid);
    if (status == TN_OK) {
        out->access.aid = aid;
        return;
    }
    out->is_dropped = status != TN_END;
    if (out->is_dropped)
        tn__notes_drop(aids->notes, TN__NOTE_AID, job->sample);
    if (tn__notes_can_add(aids->notes, job->sample))
        out->access.build = aids->build;
}

static int32_t answer_of(const tn__info *info, const tn__access *access)
{
    if (access->built)
        return TN__AID_BUILT;
    return info->no_aid ? info->no_aid : TN__AID_UNCLEAN;
}

/* Writes the aid into the body of its note. If that is impossible, the note says that the file has
 * no aid. */
static void write_aid(const tn__aids *aids, const tn__aid_job *job, const tn__aid *built,
                      tn__note *note, uint8_t *body)
{
    const char *const place = tn__source_place(aids->notes->source, job->sample);
    note->n_body = job->codec->aid_write(built, body);
    if (note->n_body > TN__NOTE_MAX - tn__note_body_at(place, strlen(place)))
        note->n_body = 0;
    if (note->n_body == 0)
        note->answer = TN__AID_UNCLEAN;
}

static int keep(const tn__aids *aids, const tn__aid_job *job, tn__lookup *lookup)
{
    const tn__aid *const built = lookup->access.built;
    const size_t most = built ? job->codec->aid_bytes(job->info, built) : 0;
    tn__note note = tn__note_of(job->file, TN__NOTE_AID);
    note.answer = answer_of(job->info, &lookup->access);
    note.detail = lookup->access.build;
    uint8_t *const body = tn__notes_begin(aids->notes, job->sample, most, job->arena);
    if (!body)
        return tn__fail_memory("an index", TN__NOTE_HEAD + most);
    if (built)
        write_aid(aids, job, built, &note, body);
    const int status = tn__notes_add(aids->notes, job->sample, note, body);
    if (status == TN_OK)
        lookup->kept = note.answer;
    return status;
}

int tn__aid_learn(const tn__aids *aids, const tn__aid_job *job, tn__lookup *lookup)
{
    if (lookup->access.rejected) {
        tn__fail(TN_EDECODE, "its index does not fit the file");
        tn__notes_drop(aids->notes, TN__NOTE_AID, job->sample);
        lookup->is_dropped = true;
    }
    if (lookup->access.build == 0 || !tn__notes_can_add(aids->notes, job->sample))
        return TN_OK;
    return keep(aids, job, lookup);
}
