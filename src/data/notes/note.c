/* SPDX-License-Identifier: MIT */
/* Records as bytes. See note.h and format.md. */
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
    AT_FORM = 12,
    AT_KEY = 16,
    AT_BYTES = 24,
    AT_STAMP = 32,
    AT_HASH = 40,
    AT_KIND = 56,
    AT_COLUMNS = 58,
    AT_NAME = 60
};

static uint64_t key_of(const char *name, size_t n_name)
{
    return tn__hash_of(name, n_name);
}

uint64_t tn__note_key(const char *name)
{
    return key_of(name, strlen(name));
}

size_t tn__note_form_at(size_t n_name)
{
    return TN__NOTE_HEAD + n_name;
}

size_t tn__note_write(const tn__note *record, uint8_t *out)
{
    const size_t n_bytes = tn__note_form_at(record->n_name) + record->n_form;
    tn__put_32(out + AT_MARK, MARK);
    tn__put_32(out + AT_FORM, (uint32_t)record->n_form);
    tn__put_64(out + AT_KEY, key_of(record->name, record->n_name));
    tn__put_64(out + AT_BYTES, (uint64_t)record->file_bytes);
    tn__put_64(out + AT_STAMP, (uint64_t)record->stamp);
    tn__put_64(out + AT_HASH, record->hash[0]);
    tn__put_64(out + AT_HASH + 8, record->hash[1]);
    tn__put_16(out + AT_KIND, (uint16_t)record->kind);
    tn__put_16(out + AT_COLUMNS, (uint16_t)record->columns);
    tn__put_32(out + AT_NAME, (uint32_t)record->n_name);
    memcpy(out + TN__NOTE_HEAD, record->name, record->n_name);
    tn__put_64(out + AT_SUM, tn__hash_of(out + AT_MARK, n_bytes - AT_MARK));
    return n_bytes;
}

bool tn__note_look(const uint8_t *head, tn__note_peek *out)
{
    const size_t n_form = tn__get_32(head + AT_FORM), n_name = tn__get_32(head + AT_NAME);
    if (tn__get_32(head + AT_MARK) != MARK || n_name == 0 || n_name > TN__NOTE_NAME ||
        n_form > TN__NOTE_MAX - tn__note_form_at(n_name))
        return false;
    *out = (tn__note_peek){.key = tn__get_64(head + AT_KEY),
                           .n_name = n_name,
                           .n_bytes = tn__note_form_at(n_name) + n_form};
    return true;
}

bool tn__note_read(const uint8_t *bytes, size_t n_bytes, tn__note *out)
{
    tn__note_peek head;
    if (n_bytes < TN__NOTE_HEAD || !tn__note_look(bytes, &head) || head.n_bytes != n_bytes ||
        tn__get_64(bytes + AT_SUM) != tn__hash_of(bytes + AT_MARK, n_bytes - AT_MARK))
        return false;
    const size_t form = tn__note_form_at(head.n_name);
    *out = (tn__note){
        .name = (const char *)bytes + TN__NOTE_HEAD,
        .n_name = head.n_name,
        .file_bytes = (int64_t)tn__get_64(bytes + AT_BYTES),
        .stamp = (int64_t)tn__get_64(bytes + AT_STAMP),
        .hash = {tn__get_64(bytes + AT_HASH), tn__get_64(bytes + AT_HASH + 8)},
        .kind = tn__get_16(bytes + AT_KIND),
        .columns = tn__get_16(bytes + AT_COLUMNS),
        .form = bytes + form,
        .n_form = n_bytes - form,
    };
    return key_of(out->name, out->n_name) == head.key && out->kind >= TN__NOTE_INDEX &&
           out->kind < TN__NOTE_KINDS && (out->kind == TN__NOTE_INDEX) == (out->n_form > 0);
}

bool tn__note_is_of(const tn__note *record, const char *name)
{
    return strlen(name) == record->n_name && memcmp(record->name, name, record->n_name) == 0;
}
