/* SPDX-License-Identifier: MIT */
/* Records as bytes. See record.h and format.md. */
#include "data/index/record.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

/* "TNR1", read as a little-endian number. */
static const uint32_t MARK = 0x31524E54;

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
    AT_COLUMNS = 60
};

uint64_t tn__record_key(const char *name)
{
    return tn__hash_of(name, strlen(name));
}

size_t tn__record_write(const tn__record *record, uint8_t *out)
{
    const size_t n_bytes = TN__RECORD_HEAD + record->n_form;
    tn__put_32(out + AT_MARK, MARK);
    tn__put_32(out + AT_FORM, (uint32_t)record->n_form);
    tn__put_64(out + AT_KEY, record->key);
    tn__put_64(out + AT_BYTES, (uint64_t)record->file_bytes);
    tn__put_64(out + AT_STAMP, (uint64_t)record->stamp);
    tn__put_64(out + AT_HASH, record->hash[0]);
    tn__put_64(out + AT_HASH + 8, record->hash[1]);
    tn__put_32(out + AT_KIND, (uint32_t)record->kind);
    tn__put_32(out + AT_COLUMNS, (uint32_t)record->columns);
    tn__put_64(out + AT_SUM, tn__hash_of(out + AT_MARK, n_bytes - AT_MARK));
    return n_bytes;
}

size_t tn__record_peek(const uint8_t *head, uint64_t *key)
{
    const size_t n_form = tn__get_32(head + AT_FORM);
    *key = tn__get_64(head + AT_KEY);
    if (tn__get_32(head + AT_MARK) != MARK || n_form > TN__RECORD_MAX - TN__RECORD_HEAD)
        return 0;
    return TN__RECORD_HEAD + n_form;
}

bool tn__record_read(const uint8_t *bytes, size_t n_bytes, tn__record *out)
{
    uint64_t key;
    if (n_bytes < TN__RECORD_HEAD || tn__record_peek(bytes, &key) != n_bytes ||
        tn__get_64(bytes + AT_SUM) != tn__hash_of(bytes + AT_MARK, n_bytes - AT_MARK))
        return false;
    *out = (tn__record){
        .key = key,
        .file_bytes = (int64_t)tn__get_64(bytes + AT_BYTES),
        .stamp = (int64_t)tn__get_64(bytes + AT_STAMP),
        .hash = {tn__get_64(bytes + AT_HASH), tn__get_64(bytes + AT_HASH + 8)},
        .kind = (int32_t)tn__get_32(bytes + AT_KIND),
        .columns = (int32_t)tn__get_32(bytes + AT_COLUMNS),
        .form = bytes + TN__RECORD_HEAD,
        .n_form = n_bytes - TN__RECORD_HEAD,
    };
    return out->kind >= TN__RECORD_INDEX && out->kind < TN__RECORD_KINDS &&
           (out->kind == TN__RECORD_INDEX) == (out->n_form > 0);
}
