/* SPDX-License-Identifier: MIT */
/* Reads the headers of a tar. See reader.h. POSIX.1-2017, pax, describes ustar and the extended
 * headers; GNU tar's manual describes its own types. */
#include "data/tar/reader.h"

#include <string.h>

#include "base/read.h"

/* Fields of a header. */
enum {
    NAME = 0,
    NAME_BYTES = 100,
    SIZE = 124,
    SIZE_BYTES = 12,
    SUM = 148,
    SUM_BYTES = 8,
    TYPE = 156,
    MAGIC = 257,
    PREFIX = 345,
    PREFIX_BYTES = 155,
    SPARSE_GOES_ON = 482,      /* in a header: blocks with more of the map follow */
    SPARSE_BLOCK_GOES_ON = 504 /* in such a block */
};

/* An extended header or long name of more bytes is refused. */
enum { MOST_EXTENDED = 1 << 20 };

/* What the headers before a member say about it. The first one counts, as in tarfile. */
typedef struct extension {
    bool has_name, has_size, is_sparse;
    int64_t size;
} extension;

void tn__tar_open(int descriptor, int64_t begin, int64_t end, tn__tar *out)
{
    out->descriptor = descriptor;
    out->begin = out->at = begin;
    out->end = end;
    out->name = (tn__text){0};
    out->window_at = 0;
    out->window_size = 0;
}

void tn__tar_close(tn__tar *tar)
{
    tn__text_free(&tar->name);
}

const char *tn__tar_other_format(const uint8_t *bytes, size_t n_bytes)
{
    static const struct {
        const char *name, *magic;
        size_t n;
    } formats[] = {{"gzip", "\x1F\x8B", 2},
                   {"bzip2", "BZh", 3},
                   {"xz",
                    "\xFD"
                    "7zXZ",
                    5},
                   {"zstd", "\x28\xB5\x2F\xFD", 4}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (n_bytes >= formats[i].n && memcmp(bytes, formats[i].magic, formats[i].n) == 0)
            return formats[i].name;
    return NULL;
}

/* Reads the file at `at` into the window, as far as the archive goes. */
static int fill_window(tn__tar *tar, int64_t at)
{
    const int64_t left = tar->end - at;
    const size_t n = left < (int64_t)sizeof tar->window ? (size_t)left : sizeof tar->window;
    tar->window_size = 0;
    const int status = tn__read_or_fail(tar->descriptor, tar->window, n, at);
    if (status != TN_OK)
        return status;
    tar->window_at = at;
    tar->window_size = n;
    return TN_OK;
}

/* Finds the block at `at`. */
static int find_block(tn__tar *tar, int64_t at, const uint8_t **block)
{
    if (at > tar->end - TN__TAR_BLOCK) {
        tn__fail(TN_EDECODE, "is cut off in the header at byte %lld", (long long)at);
        return TN_EDECODE;
    }
    const int64_t from = at - tar->window_at;
    if (from < 0 || from + TN__TAR_BLOCK > (int64_t)tar->window_size) {
        const int status = fill_window(tar, at);
        if (status != TN_OK)
            return status;
    }
    *block = tar->window + (at - tar->window_at);
    return TN_OK;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Reads a number: octal digits between blanks, up to a NUL; nothing is 0. A first byte of 80 or FF
 * (hexadecimal) begins a number of base 256. */
static bool read_number(const uint8_t *field, size_t n, int64_t *out)
{
    uint64_t value = 0;
    if (field[0] == 0x80 || field[0] == 0xFF) {
        for (size_t i = 1; i < n; i++) {
            if (value >> 55 != 0)
                return false;
            value = value << 8 | field[i];
        }
        *out = (int64_t)value;
        return field[0] == 0x80;
    }
    size_t i = 0, end = 0;
    while (end < n && field[end])
        end++;
    while (i < end && is_blank(field[i]))
        i++;
    while (end > i && is_blank(field[end - 1]))
        end--;
    for (; i < end; i++) { /* at most 12 digits */
        if (field[i] < '0' || field[i] > '7')
            return false;
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    *out = (int64_t)value;
    return true;
}

/* The sum of a header's bytes counts its own field as blanks. Old programs added signed bytes. */
static bool sum_is_right(const uint8_t *block)
{
    int64_t plain = 0, with_signs = 0, sum;
    for (size_t i = 0; i < TN__TAR_BLOCK; i++) {
        const uint8_t byte = i >= SUM && i < SUM + SUM_BYTES ? ' ' : block[i];
        plain += byte;
        with_signs += (int8_t)byte;
    }
    return read_number(block + SUM, SUM_BYTES, &sum) && (sum == plain || sum == with_signs);
}

static bool is_zero(const uint8_t *block)
{
    for (size_t i = 0; i < TN__TAR_BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

static size_t length_of(const uint8_t *field, size_t n)
{
    return strnlen((const char *)field, n);
}

/* The types whose data follows in whole blocks. All others that POSIX defines have none. */
static bool has_data(char type)
{
    return !strchr("123456", type) || type == '\0';
}

/* The end of a stretch of data, and of its last block; false if the archive ends before. */
static bool find_end(const tn__tar *tar, int64_t offset, int64_t length, int64_t *end)
{
    if (length < 0 || length > tar->end - offset)
        return false;
    *end = offset + (length + TN__TAR_BLOCK - 1) / TN__TAR_BLOCK * TN__TAR_BLOCK;
    return true;
}

static void set_name(tn__tar *tar, const char *name, size_t n)
{
    tn__text_clear(&tar->name);
    tn__text_add_bytes(&tar->name, name, n);
}

/* Takes the name from the header itself. GNU tar's headers have other fields in the prefix's place.
 */
static void take_name(tn__tar *tar, const uint8_t *block)
{
    const char *const name = (const char *)block + NAME;
    const bool is_gnu = memcmp(block + MAGIC, "ustar  ", 8) == 0;
    const size_t n_prefix = is_gnu ? 0 : length_of(block + PREFIX, PREFIX_BYTES);
    set_name(tar, (const char *)block + PREFIX, n_prefix);
    if (n_prefix > 0)
        tn__text_add_bytes(&tar->name, "/", 1);
    tn__text_add_bytes(&tar->name, name, length_of(block + NAME, NAME_BYTES));
}

static bool key_is(const char *record, size_t n_key, const char *key)
{
    return strlen(key) == n_key && memcmp(record, key, n_key) == 0;
}

/* Reads a decimal number that fills the text. */
static bool read_decimal(const char *text, size_t n, int64_t *out)
{
    int64_t value = 0;
    for (size_t i = 0; i < n; i++)
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text[i] - '0', &value))
            return false;
    *out = value;
    return n > 0;
}

/* Takes one record of an extended header. False: its size is not a number. */
static bool take_record(tn__tar *tar, const char *key, size_t n_key, const char *value,
                        size_t n_value, extension *more)
{
    static const char sparse[] = "GNU.sparse.";
    const bool is_sparse_name = key_is(key, n_key, "GNU.sparse.name");
    if (n_key > sizeof sparse - 1 && memcmp(key, sparse, sizeof sparse - 1) == 0)
        more->is_sparse = true;
    /* Of a sparse file, "path" is the name of a folder that GNU tar makes up. */
    if (is_sparse_name || (key_is(key, n_key, "path") && !more->has_name)) {
        set_name(tar, value, n_value);
        more->has_name = true;
    }
    if (key_is(key, n_key, "size") && !more->has_size) {
        more->has_size = true;
        return read_decimal(value, n_value, &more->size);
    }
    return true;
}

/* Reads the records "LENGTH KEY=VALUE\n" of an extended header. */
static int read_records(tn__tar *tar, const char *text, size_t n, extension *more)
{
    while (n > 0 && text[0] != '\0') { /* some programs fill the block with NULs */
        const char *const blank = memchr(text, ' ', n < 20 ? n : 20);
        int64_t length = 0;
        if (!blank || !read_decimal(text, (size_t)(blank - text), &length) ||
            length < blank - text + 3 || (uint64_t)length > n || text[length - 1] != '\n')
            return tn__fail(TN_EDECODE, "an extended header is damaged");
        const char *const end = text + length - 1;
        const char *const equals = memchr(blank + 1, '=', (size_t)(end - blank - 1));
        if (!equals || !take_record(tar, blank + 1, (size_t)(equals - blank - 1), equals + 1,
                                    (size_t)(end - equals - 1), more))
            return tn__fail(TN_EDECODE, "an extended header is damaged");
        text += length;
        n -= (size_t)length;
    }
    return TN_OK;
}

/* Reads the data of an extended header, or of a long name. */
static int read_extended(tn__tar *tar, int64_t offset, int64_t length, tn__text *out)
{
    uint8_t bytes[1 << 12];
    if (length > MOST_EXTENDED) {
        tn__fail(TN_ELIMIT, "an extended header has %lld bytes; the limit is %d", (long long)length,
                 MOST_EXTENDED);
        return TN_ELIMIT;
    }
    while (length > 0) {
        const size_t n = length < (int64_t)sizeof bytes ? (size_t)length : sizeof bytes;
        const int64_t from = offset - tar->window_at;
        int status = TN_OK;
        if (from >= 0 && from + (int64_t)n <= (int64_t)tar->window_size)
            memcpy(bytes, tar->window + from, n);
        else
            status = tn__read_or_fail(tar->descriptor, bytes, n, offset);
        if (status != TN_OK)
            return status;
        tn__text_add_bytes(out, (const char *)bytes, n);
        offset += (int64_t)n;
        length -= (int64_t)n;
    }
    tn__text_add_bytes(out, "", 0);
    return out->failed ? tn__fail_memory("an extended header", out->capacity) : TN_OK;
}

/* Takes a global header, which sets defaults for all members after it. Names and sizes make no
 * sense there. */
static int take_global(tn__tar *tar, const char *text, size_t n)
{
    extension more = {0};
    const int status = read_records(tar, text, n, &more);
    if (status == TN_OK && (more.has_name || more.has_size || more.is_sparse))
        return tn__fail(TN_EDECODE, "a global header gives all members one name or size");
    return status;
}

/* Takes a header that describes the next member. */
static int take_extended(tn__tar *tar, char type, int64_t offset, int64_t length, extension *more)
{
    tn__text text = {0};
    int status = read_extended(tar, offset, length, &text);
    const char *const chars = text.chars ? text.chars : "";
    if (status == TN_OK && type == 'g') {
        status = take_global(tar, chars, text.length);
    } else if (status == TN_OK && type == 'L') {
        if (!more->has_name)
            set_name(tar, chars, strnlen(chars, text.length));
        more->has_name = true;
    } else if (status == TN_OK && type != 'K') { /* K: the target of a link */
        status = read_records(tar, chars, text.length, more);
    }
    tn__text_free(&text);
    return status;
}

/* Steps over the blocks that continue the map of a sparse file. */
static int pass_sparse_map(tn__tar *tar, const uint8_t *block)
{
    bool goes_on = block[SPARSE_GOES_ON] != 0;
    while (goes_on) {
        const int status = find_block(tar, tar->at, &block);
        if (status != TN_OK)
            return status;
        goes_on = block[SPARSE_BLOCK_GOES_ON] != 0;
        tar->at += TN__TAR_BLOCK;
    }
    return TN_OK;
}

/* A name may begin as a compressed file does, so only a block that is no header can be one. */
static int fail_header(const tn__tar *tar, const uint8_t *block)
{
    const char *const other = tar->at == 0 ? tn__tar_other_format(block, TN__TAR_BLOCK) : NULL;
    if (other)
        return tn__fail(TN_EDECODE,
                        "is compressed (%s), and so has no random access: decompress it once",
                        other);
    if (tar->at == tar->begin)
        return tn__fail(TN_EDECODE, "is not a tar");
    return tn__fail(TN_EDECODE, "the header at byte %lld is damaged", (long long)tar->at);
}

/* Reads a header and its place. TN_END: the archive ends here. */
static int read_header(tn__tar *tar, const uint8_t **block, int64_t *length)
{
    if (tar->end == tar->begin) {
        tn__fail(TN_EDECODE, "is empty: a tar has at least blocks of zeros");
        return TN_EDECODE;
    }
    if (tar->at >= tar->end) /* without blocks of zeros at the end, or without the last padding */
        return TN_END;
    const int status = find_block(tar, tar->at, block);
    if (status != TN_OK)
        return status;
    if (is_zero(*block))
        return TN_END;
    if (!sum_is_right(*block) || !read_number(*block + SIZE, SIZE_BYTES, length))
        return fail_header(tar, *block);
    tar->at += TN__TAR_BLOCK;
    return TN_OK;
}

static int fail_end(const tn__tar *tar)
{
    return tn__fail(TN_EDECODE, "\"%s\" is cut off: the tar ends at byte %lld",
                    tar->name.length > 0 ? tar->name.chars : "", (long long)tar->end);
}

/* Fills in the member whose header was read. */
static int take_member(tn__tar *tar, const uint8_t *block, int64_t length, const extension *more,
                       tn__tar_member *out)
{
    char type = (char)block[TYPE];
    if (!more->has_name)
        take_name(tar, block);
    tn__text_add_bytes(&tar->name, "", 0);
    if (tar->name.failed)
        return tn__fail_memory("a member's name", tar->name.capacity);
    size_t n_name = tar->name.length;
    const bool is_old_folder = type == '\0' && n_name > 0 && tar->name.chars[n_name - 1] == '/';
    if (type == '\0' || type == '7')
        type = is_old_folder ? '5' : '0';
    if (type == 'S') {
        const int status = pass_sparse_map(tar, block);
        if (status != TN_OK)
            return status;
    }
    *out = (tn__tar_member){.type = type == '0' && more->is_sparse ? 'S' : type,
                            .name = tar->name.chars,
                            .n_name = n_name,
                            .offset = tar->at,
                            .length = more->has_size ? more->size : length};
    return has_data(type) && !find_end(tar, tar->at, out->length, &tar->at) ? fail_end(tar) : TN_OK;
}

int tn__tar_next(tn__tar *tar, tn__tar_member *out)
{
    extension more = {0};
    bool is_extended = false;
    for (;;) {
        const uint8_t *block;
        int64_t length = 0;
        int status = read_header(tar, &block, &length);
        if (status == TN_END && is_extended)
            return tn__fail(TN_EDECODE, "ends after an extended header");
        if (status != TN_OK)
            return status;
        const char type = (char)block[TYPE];
        if (!type || !strchr("xgXLK", type))
            return take_member(tar, block, length, &more, out);
        const int64_t offset = tar->at;
        if (!find_end(tar, offset, length, &tar->at))
            return tn__fail(TN_EDECODE, "is cut off in an extended header");
        status = take_extended(tar, type, offset, length, &more);
        if (status != TN_OK)
            return status;
        is_extended = is_extended || type != 'g';
    }
}

int tn__tar_fail_kind(const tn__tar_member *member)
{
    if (member->type == '1')
        return tn__fail(TN_EDECODE,
                        "\"%s\" is a hard link, which has no bytes of its own: make the tar again "
                        "with --hard-dereference",
                        member->name);
    return tn__fail(TN_EDECODE,
                    "\"%s\" is a sparse file, whose bytes lie in pieces: make the tar again "
                    "without --sparse",
                    member->name);
}
