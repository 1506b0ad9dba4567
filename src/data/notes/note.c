/* SPDX-License-Identifier: MIT */
/* Notes as bytes. See note.h and format.md. */
#include "data/notes/note.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

/* "TNR2", read as a little-endian number. */
static const uint32_t MARK = 0x32524E54;

/* Offsets of the head's fields. */
enum {
    AT_SUM = 0,
    AT_MARK = 8,
    AT_BODY = 12,
    AT_KEY = 16,
    AT_BYTES = 24,
    AT_STAMP = 32,
    AT_HASH = 40,
    AT_ANSWER = 56,
    AT_KIND = 57,
    AT_DETAIL = 58,
    AT_NAME = 60
};

/* In a note on a part of a file, the length and the inode of the file come between name and body;
 * the head counts them as a part of the body. */

/* True for the name of a part: that of a file has no empty part (tn__source_place). */
static bool is_part(const char *name, size_t n_name)
{
    return memmem(name, n_name, "//", 2) != NULL;
}

tn__note tn__note_of(const tn__buffer *file, int32_t kind)
{
    tn__note note = {.file_bytes = (int64_t)file->size, .state = file->state, .kind = kind};
    tn__hash_pair(file->bytes, file->size, note.hash);
    return note;
}

bool tn__note_is_recent(const tn__note *note, const tn__file_state *now)
{
    if (now->stamp == 0 || note->state.stamp != now->stamp)
        return false;
    return !is_part(note->name, note->n_name) ||
           (note->state.n_bytes == now->n_bytes && note->state.inode == now->inode);
}

bool tn__note_matches(const tn__note *note, const tn__buffer *file, bool paranoid)
{
    if (note->file_bytes != (int64_t)file->size)
        return false;
    if (!paranoid && tn__note_is_recent(note, &file->state))
        return true;
    uint64_t hash[2];
    tn__hash_pair(file->bytes, file->size, hash);
    return hash[0] == note->hash[0] && hash[1] == note->hash[1];
}

/* The key of kind 0 is the hash of the name alone, as in files that were written before there were
 * other kinds. */
static uint64_t key_of(const char *name, size_t n_name, int32_t kind)
{
    const uint64_t of_name = tn__hash_of(name, n_name);
    const uint64_t both[] = {htole64(of_name), htole64((uint64_t)kind)};
    return kind == 0 ? of_name : tn__hash_of(both, sizeof both);
}

uint64_t tn__note_key(const char *name, int32_t kind)
{
    return key_of(name, strlen(name), kind);
}

size_t tn__note_body_at(const char *name, size_t n_name)
{
    return TN__NOTE_HEAD + n_name + (is_part(name, n_name) ? TN__NOTE_STATE : 0);
}

size_t tn__note_write(const tn__note *note, uint8_t *out)
{
    const size_t n_bytes = tn__note_body_at(note->name, note->n_name) + note->n_body;
    uint8_t *const after_name = out + TN__NOTE_HEAD + note->n_name;
    tn__put_32(out + AT_MARK, MARK);
    tn__put_32(out + AT_BODY, (uint32_t)(n_bytes - TN__NOTE_HEAD - note->n_name));
    tn__put_64(out + AT_KEY, key_of(note->name, note->n_name, note->kind));
    tn__put_64(out + AT_BYTES, (uint64_t)note->file_bytes);
    tn__put_64(out + AT_STAMP, (uint64_t)note->state.stamp);
    tn__put_64(out + AT_HASH, note->hash[0]);
    tn__put_64(out + AT_HASH + 8, note->hash[1]);
    out[AT_ANSWER] = (uint8_t)note->answer;
    out[AT_KIND] = (uint8_t)note->kind;
    tn__put_16(out + AT_DETAIL, (uint16_t)note->detail);
    tn__put_32(out + AT_NAME, (uint32_t)note->n_name);
    memcpy(out + TN__NOTE_HEAD, note->name, note->n_name);
    if (is_part(note->name, note->n_name)) {
        tn__put_64(after_name, (uint64_t)note->state.n_bytes);
        tn__put_64(after_name + 8, note->state.inode);
    }
    tn__put_64(out + AT_SUM, tn__hash_of(out + AT_MARK, n_bytes - AT_MARK));
    return n_bytes;
}

bool tn__note_look(const uint8_t *head, tn__note_peek *out)
{
    const size_t n_body = tn__get_32(head + AT_BODY), n_name = tn__get_32(head + AT_NAME);
    if (tn__get_32(head + AT_MARK) != MARK || n_name == 0 || n_name > TN__NOTE_NAME ||
        n_body > TN__NOTE_MAX - TN__NOTE_HEAD - n_name)
        return false;
    *out = (tn__note_peek){.key = tn__get_64(head + AT_KEY),
                           .kind = head[AT_KIND],
                           .n_name = n_name,
                           .n_bytes = TN__NOTE_HEAD + n_name + n_body};
    return true;
}

bool tn__note_read(const uint8_t *bytes, size_t n_bytes, tn__note *out)
{
    tn__note_peek head;
    if (n_bytes < TN__NOTE_HEAD || !tn__note_look(bytes, &head) || head.n_bytes != n_bytes ||
        tn__get_64(bytes + AT_SUM) != tn__hash_of(bytes + AT_MARK, n_bytes - AT_MARK))
        return false;
    const char *const name = (const char *)bytes + TN__NOTE_HEAD;
    const size_t body = tn__note_body_at(name, head.n_name);
    if (body > n_bytes)
        return false;
    const uint8_t *const after_name = bytes + TN__NOTE_HEAD + head.n_name;
    *out = (tn__note){
        .name = name,
        .n_name = head.n_name,
        .file_bytes = (int64_t)tn__get_64(bytes + AT_BYTES),
        .state.stamp = (int64_t)tn__get_64(bytes + AT_STAMP),
        .hash = {tn__get_64(bytes + AT_HASH), tn__get_64(bytes + AT_HASH + 8)},
        .kind = head.kind,
        .answer = bytes[AT_ANSWER],
        .detail = tn__get_16(bytes + AT_DETAIL),
        .body = bytes + body,
        .n_body = n_bytes - body,
    };
    if (is_part(name, head.n_name)) {
        out->state.n_bytes = (int64_t)tn__get_64(after_name);
        out->state.inode = tn__get_64(after_name + 8);
    }
    return key_of(out->name, out->n_name, out->kind) == head.key;
}

bool tn__note_is_of(const tn__note *note, const char *name, int32_t kind)
{
    return note->kind == kind && strlen(name) == note->n_name &&
           memcmp(note->name, name, note->n_name) == 0;
}
