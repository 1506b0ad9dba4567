/* SPDX-License-Identifier: MIT */
/* Reads the directory of a zip. See reader.h. PKWARE's APPNOTE.TXT 6.3 describes the form; the
 * comments name its sections. */
#include "data/zip/reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/read.h"
#include "tench.h"

/* 4.3.7, 4.3.12, 4.3.14 to 4.3.16: signatures, and lengths without texts. */
enum {
    LOCAL = 0x04034b50,
    LOCAL_BYTES = 30,
    ENTRY = 0x02014b50,
    ENTRY_BYTES = 46,
    END64 = 0x06064b50,
    END64_BYTES = 56,
    LOCATOR = 0x07064b50,
    LOCATOR_BYTES = 20,
    END = 0x06054b50,
    END_BYTES = 22
};
enum { EXTRA_64 = 1 };                      /* 4.5.3: the extra field with numbers of 64 bits */
enum { MOST_END = END_BYTES + UINT16_MAX }; /* with its comment */
enum { MOST_SHOWN = 200 };                  /* bytes of a name in a message */
enum { WINDOW = 1 << 18 };                  /* an entry with its texts fits */

/* The end record. */
typedef struct ending {
    int64_t at; /* where it begins: the directory ends there, or before its zip64 form */
    int64_t size, directory; /* of the directory: its length, and its offset in the archive */
} ending;

/* Finds the end record in the file's last n bytes, which begin at `from`: at the end, if the zip
 * has no comment, and else where its signature comes last. */
static const uint8_t *find_end(const uint8_t *bytes, size_t n)
{
    const uint8_t *const last = bytes + n - END_BYTES;
    if (tn__get_32(last) == END && tn__get_16(last + 20) == 0)
        return last;
    for (const uint8_t *at = last; at >= bytes; at--)
        if (tn__get_32(at) == END)
            return at;
    return NULL;
}

/* Reads the zip64 form of the end record, if its locator lies before the plain one. */
static int read_end64(int descriptor, ending *out)
{
    uint8_t locator[LOCATOR_BYTES], record[END64_BYTES];
    if (out->at < LOCATOR_BYTES)
        return TN_OK;
    int64_t at = out->at - LOCATOR_BYTES;
    int status = tn__read_or_fail(descriptor, locator, sizeof locator, at);
    if (status != TN_OK)
        return status;
    if (tn__get_32(locator) != LOCATOR)
        return TN_OK;
    if (tn__get_32(locator + 4) != 0 || tn__get_32(locator + 16) > 1)
        return tn__fail(TN_EDECODE, "is one part of a zip that lies in several files");
    /* The locator has the record's offset. Bytes before the archive shift it; then it lies directly
     * before the locator. */
    const uint64_t told = tn__get_64(locator + 8);
    const int64_t nearest = at - END64_BYTES;
    for (int attempt = 0; attempt < 2; attempt++) {
        at = attempt == 0 && told <= INT64_MAX ? (int64_t)told : nearest;
        if (at < 0 || at > nearest)
            continue;
        status = tn__read_or_fail(descriptor, record, sizeof record, at);
        if (status != TN_OK)
            return status;
        if (tn__get_32(record) != END64)
            continue;
        out->at = at;
        out->size = (int64_t)tn__get_64(record + 40);
        out->directory = (int64_t)tn__get_64(record + 48);
        return TN_OK;
    }
    return tn__fail(TN_EDECODE, "its zip64 end record is missing");
}

static int read_end(int descriptor, int64_t n_bytes, uint8_t *bytes, ending *out)
{
    const size_t n = n_bytes < MOST_END ? (size_t)n_bytes : MOST_END;
    if (n < END_BYTES)
        return tn__fail(TN_EDECODE, "is not a zip: it has %zu bytes", n);
    const int status = tn__read_or_fail(descriptor, bytes, n, n_bytes - (int64_t)n);
    if (status != TN_OK)
        return status;
    const uint8_t *const end = find_end(bytes, n);
    if (!end)
        return tn__fail(TN_EDECODE, "is not a zip, or its end is missing: no end record");
    if (tn__get_16(end + 4) != 0 && tn__get_16(end + 4) != UINT16_MAX)
        return tn__fail(TN_EDECODE, "is one part of a zip that lies in several files");
    *out = (ending){.at = n_bytes - (int64_t)n + (end - bytes),
                    .size = tn__get_32(end + 12),
                    .directory = tn__get_32(end + 16)};
    return read_end64(descriptor, out);
}

int tn__zip_open(int descriptor, int64_t n_bytes, tn__zip *out)
{
    *out = (tn__zip){.descriptor = descriptor, .window = malloc(WINDOW)};
    if (!out->window)
        return tn__fail_memory("a zip's directory", WINDOW);
    ending end = {0};
    const int status = read_end(descriptor, n_bytes, out->window, &end);
    if (status != TN_OK)
        return status;
    if (end.size < 0 || end.size > end.at)
        return tn__fail(TN_EDECODE, "its directory has %llu bytes, more than lie before its end",
                        (unsigned long long)end.size);
    out->begin = out->at = end.at - end.size;
    out->end = end.at;
    if (end.directory < 0 || end.directory > out->begin)
        return tn__fail(TN_EDECODE, "its directory should begin at byte %llu, but ends before",
                        (unsigned long long)end.directory);
    out->shift = out->begin - end.directory;
    return TN_OK;
}

void tn__zip_close(tn__zip *zip)
{
    free(zip->window);
    zip->window = NULL;
}

/* Returns n bytes of the directory at `at`. NULL: TN_EDECODE, TN_EIO. */
static const uint8_t *find_bytes(tn__zip *zip, int64_t at, size_t n)
{
    const int64_t left = zip->end - at;
    if (left < (int64_t)n)
        return tn__fail_null(TN_EDECODE, "its directory is cut off in the entry at byte %lld",
                             (long long)zip->at);
    if (at < zip->window_at || at - zip->window_at + (int64_t)n > (int64_t)zip->window_size) {
        const size_t size = left < WINDOW ? (size_t)left : WINDOW;
        zip->window_size = 0;
        if (tn__read_or_fail(zip->descriptor, zip->window, size, at) != TN_OK)
            return NULL;
        zip->window_at = at;
        zip->window_size = size;
    }
    return zip->window + (at - zip->window_at);
}

/* Takes the next number of the zip64 field in place of one that is too large for 32 bits. False:
 * the field has no more numbers, or this one is larger than any file. */
static bool widen(int64_t *number, const uint8_t **field, const uint8_t *end)
{
    if (*number != UINT32_MAX)
        return true;
    if (end - *field < 8)
        return false;
    *number = (int64_t)tn__get_64(*field);
    *field += 8;
    return *number >= 0;
}

/* Reads the zip64 field, if there is one among the extra fields. False: it is too short. */
static bool read_extra(const uint8_t *at, const uint8_t *end, tn__zip_member *member)
{
    while (end - at >= 4) {
        const uint32_t id = tn__get_16(at), n = tn__get_16(at + 2);
        at += 4;
        if (end - at < (ptrdiff_t)n)
            return false;
        const uint8_t *field = at;
        at += n;
        if (id == EXTRA_64)
            return widen(&member->content, &field, at) && widen(&member->length, &field, at) &&
                   widen(&member->header, &field, at);
    }
    return true;
}

static int fail_entry(const tn__zip *zip, const char *what)
{
    return tn__fail(TN_EDECODE, "its directory is damaged at byte %lld: %s", (long long)zip->at,
                    what);
}

int tn__zip_next(tn__zip *zip, tn__zip_member *out)
{
    if (zip->at == zip->end)
        return TN_END;
    const uint8_t *entry = find_bytes(zip, zip->at, ENTRY_BYTES);
    if (!entry)
        return tn__error_last()->code;
    if (tn__get_32(entry) != ENTRY)
        return fail_entry(zip, "no entry begins there");
    const size_t n_name = tn__get_16(entry + 28), n_extra = tn__get_16(entry + 30);
    const size_t n = ENTRY_BYTES + n_name + n_extra + tn__get_16(entry + 32);
    entry = find_bytes(zip, zip->at, n);
    if (!entry)
        return tn__error_last()->code;
    *out = (tn__zip_member){.name = (const char *)entry + ENTRY_BYTES,
                            .n_name = n_name,
                            .flags = tn__get_16(entry + 8),
                            .method = tn__get_16(entry + 10),
                            .sum = tn__get_32(entry + 16),
                            .length = tn__get_32(entry + 20),
                            .content = tn__get_32(entry + 24),
                            .header = tn__get_32(entry + 42)};
    const uint8_t *const extra = entry + ENTRY_BYTES + n_name;
    if (!read_extra(extra, extra + n_extra, out))
        return fail_entry(zip, "an extra field");
    if (out->header > zip->begin - zip->shift)
        return fail_entry(zip, "its member begins after the directory");
    out->header += zip->shift;
    zip->at += (int64_t)n;
    return TN_OK;
}

int tn__zip_find(const tn__zip *zip, const tn__zip_member *member, int64_t *offset)
{
    uint8_t header[LOCAL_BYTES + TN__NAME_BYTES];
    const size_t n_header = LOCAL_BYTES + member->n_name;
    const int shown = member->n_name < MOST_SHOWN ? (int)member->n_name : MOST_SHOWN;
    int status = tn__check_name_length(member->name, member->n_name);
    if (status != TN_OK)
        return status;
    if (member->header > zip->begin - (int64_t)n_header)
        return tn__fail(TN_EDECODE, "\"%.*s\" begins in the directory", shown, member->name);
    status = tn__read_or_fail(zip->descriptor, header, n_header, member->header);
    if (status != TN_OK)
        return status;
    if (tn__get_32(header) != LOCAL || tn__get_16(header + 26) != member->n_name ||
        memcmp(header + LOCAL_BYTES, member->name, member->n_name) != 0)
        return tn__fail(TN_EDECODE,
                        "\"%.*s\" has no header at byte %lld, or that of another member", shown,
                        member->name, (long long)member->header);
    *offset = member->header + (int64_t)n_header + tn__get_16(header + 28);
    if (*offset > zip->begin || member->length > zip->begin - *offset)
        return tn__fail(TN_EDECODE, "\"%.*s\" has %lld bytes, more than lie before the directory",
                        shown, member->name, (long long)member->length);
    return TN_OK;
}
