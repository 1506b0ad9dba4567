/* SPDX-License-Identifier: MIT */
/* Walks over the values of a column (parquet.thrift, PageHeader). See pages.h.
 *
 * A page is in memory whole, and the file decides how long it is. So it must fit to the length of
 * its stored bytes and to what the footer says, and walks with large pages take turns. */
#include "data/parquet/pages.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/read.h"
#include "data/parquet/hybrid.h"
#include "data/parquet/snappy.h"
#include "data/parquet/thrift.h"
#include "data/parquet/unpack.h"

enum { DATA = 0, INDEX = 1, DICTIONARY = 2, DATA_V2 = 3 };             /* PageType */
enum { PLAIN = 0, PLAIN_DICTIONARY = 2, RLE = 3, RLE_DICTIONARY = 8 }; /* Encoding */
enum { MOST_HEADER = 1 << 16, MOST_PAGE = 1 << 30, LARGE_PAGE = 16 << 20 };

/* Held by the one walk of the process that has large pages in memory. Any lock may be taken under
 * it. */
static pthread_mutex_t large = PTHREAD_MUTEX_INITIALIZER;

typedef struct page_head {
    int64_t type, n_bytes, n_stored, n_values, encoding;
    int64_t level_bytes; /* version 2: they are not compressed, and lie before the values */
    int64_t list_bytes;  /* the first of them: levels of repetition */
    bool is_stored;      /* version 2: the values are not compressed either */
} page_head;

/* A decompressed page, and where its bytes are stored. */
typedef struct page {
    uint8_t *bytes;
    size_t n_bytes;
    int64_t offset, length; /* of the stored bytes */
    int32_t how;
    tn__snappy_map map; /* of TN__STORED_BLOCKS */
} page;

/* A value: a number, or a stretch of the page. */
typedef union entry {
    int64_t number;
    double real;
    struct {
        uint32_t at, n;
    } bytes;
} entry;

typedef struct walk {
    int descriptor;
    const tn__parquet_column *column;
    const tn__parquet_chunk *chunk;
    tn__parquet_visit *visit;
    void *context;
    int64_t n_left; /* values */
    bool is_large;  /* holds `large` */
    page dictionary, data;
    tn__unpacker unpacker; /* of all pages */
    entry *entries;
    size_t n_entries;
} walk;

static int damaged(void)
{
    tn__fail(TN_EDECODE, "one of its pages is damaged");
    return TN_EDECODE;
}

/* Numbers of fields in parquet.thrift, for each struct that is read here. */
enum {
    HEAD_TYPE = 1,
    HEAD_BYTES = 2,
    HEAD_STORED = 3,
    HEAD_DATA = 5,
    HEAD_DICTIONARY = 7,
    HEAD_DATA_V2 = 8
};
enum { DATA_VALUES = 1, DATA_ENCODING = 2 };
enum {
    V2_VALUES = 1,
    V2_ENCODING = 4,
    V2_LEVEL_BYTES = 5,
    V2_LIST_BYTES = 6,
    V2_IS_COMPRESSED = 7
};

static void read_data_head(tn__thrift *t, page_head *out)
{
    tn__thrift_field field = {0};
    while (tn__thrift_next(t, &field))
        if (field.id == DATA_VALUES)
            out->n_values = tn__thrift_int(t, &field);
        else if (field.id == DATA_ENCODING)
            out->encoding = tn__thrift_int(t, &field);
        else
            tn__thrift_skip(t, &field);
}

static void read_data_head_v2(tn__thrift *t, page_head *out)
{
    tn__thrift_field field = {0};
    while (tn__thrift_next(t, &field))
        switch (field.id) {
        case V2_VALUES: out->n_values = tn__thrift_int(t, &field); break;
        case V2_ENCODING: out->encoding = tn__thrift_int(t, &field); break;
        case V2_LEVEL_BYTES: out->level_bytes = tn__thrift_int(t, &field); break;
        case V2_LIST_BYTES: out->list_bytes = tn__thrift_int(t, &field); break;
        case V2_IS_COMPRESSED: out->is_stored = !tn__thrift_bool(t, &field); break;
        default: tn__thrift_skip(t, &field);
        }
}

static void read_fields(tn__thrift *t, page_head *out)
{
    tn__thrift_field field = {0};
    *out = (page_head){.type = -1};
    while (tn__thrift_next(t, &field))
        switch (field.id) {
        case HEAD_TYPE: out->type = tn__thrift_int(t, &field); break;
        case HEAD_BYTES: out->n_bytes = tn__thrift_int(t, &field); break;
        case HEAD_STORED: out->n_stored = tn__thrift_int(t, &field); break;
        case HEAD_DATA:
        case HEAD_DICTIONARY: /* begins with the same fields */
            if (tn__thrift_struct(t, &field))
                read_data_head(t, out);
            break;
        case HEAD_DATA_V2:
            if (tn__thrift_struct(t, &field))
                read_data_head_v2(t, out);
            break;
        default: tn__thrift_skip(t, &field);
        }
}

/* Judges a head after which the chunk has `room` bytes, and adds up the levels of version 2. */
static int check_head(page_head *head, int64_t room)
{
    if (head->level_bytes < 0 || head->level_bytes > INT32_MAX || head->list_bytes < 0 ||
        head->list_bytes > INT32_MAX)
        return damaged();
    head->level_bytes += head->list_bytes;
    return head->n_bytes < 0 || head->n_bytes > MOST_PAGE || head->n_stored < 0 ||
                   head->n_stored > room || head->n_values < 0 ||
                   head->level_bytes > head->n_stored || head->level_bytes > head->n_bytes
               ? damaged()
               : TN_OK;
}

/* Reads the head at *at, and moves past it. Its length is not known before: a window that does not
 * have all of it grows. Heads without statistics fit into the first one. */
static int read_head(const walk *self, int64_t *at, page_head *out)
{
    enum { FIRST_WINDOW = 256, GROWTH = 16 };
    uint8_t bytes[MOST_HEADER];
    const int64_t end = self->chunk->offset + self->chunk->length, room = end - *at;
    tn__thrift t = {.failed = true};
    for (int64_t n = FIRST_WINDOW; t.failed; n *= GROWTH) {
        const int64_t n_read = n < room ? n : room;
        if (n > MOST_HEADER)
            return damaged();
        const int status = tn__read_or_fail(self->descriptor, bytes, (size_t)n_read, *at);
        if (status != TN_OK)
            return status;
        t = (tn__thrift){bytes, bytes + n_read, false};
        read_fields(&t, out);
        if (n_read == room && t.failed)
            return damaged();
    }
    *at += t.at - bytes;
    return check_head(out, end - *at);
}

static void free_page(page *p)
{
    free(p->bytes);
    free(p->map.begins);
    free(p->map.literals);
    *p = (page){0};
}

/* Finds the blocks of snappy, if they can be read alone. */
static int find_blocks(page *p, const uint8_t *in, size_t n_in)
{
    const uint8_t *at = in;
    uint64_t length;
    const size_t n_blocks = (p->n_bytes + TN__SNAPPY_BLOCK - 1) / TN__SNAPPY_BLOCK;
    const size_t n_literals = p->n_bytes / TN__LONG_LITERAL;
    p->how = TN__STORED_SNAPPY;
    if (!tn__snappy_length(&at, in + n_in, &length) || length != p->n_bytes)
        return TN_OK;
    p->map.begins = malloc((n_blocks + 1) * sizeof *p->map.begins);
    p->map.literals = malloc((n_literals + 1) * sizeof *p->map.literals);
    if (!p->map.begins || !p->map.literals)
        return tn__fail_memory("blocks of snappy", n_blocks * sizeof *p->map.begins);
    if (tn__snappy_find(at, in + n_in, p->n_bytes, &p->map)) {
        p->how = TN__STORED_BLOCKS;
        p->offset += at - in;
    }
    return TN_OK;
}

static int unpack(walk *self, int32_t codec, page *p, const uint8_t *in, size_t n_in)
{
    const int status = tn__parquet_unpack(&self->unpacker, codec, in, n_in, p->bytes, p->n_bytes);
    if (status != TN_OK)
        return status;
    switch (codec) {
    case TN__PARQUET_SNAPPY: return find_blocks(p, in, n_in);
    case TN__PARQUET_GZIP: p->how = TN__STORED_GZIP; return TN_OK;
    case TN__PARQUET_ZSTD: p->how = TN__STORED_ZSTD; return TN_OK;
    default: p->how = TN__STORED_PLAIN; return TN_OK;
    }
}

/* Waits for the turn of this walk if the page is large. */
static void take_turn(walk *self, size_t n_bytes)
{
    if (self->is_large || n_bytes <= LARGE_PAGE)
        return;
    pthread_mutex_lock(&large);
    self->is_large = true;
}

/* Reads and decompresses a page that begins at `at`. The levels of version 2 are left out; they are
 * read before. */
static int read_page(walk *self, const page_head *head, int64_t at, page *out)
{
    const size_t n_stored = (size_t)(head->n_stored - head->level_bytes);
    const int32_t codec = head->is_stored ? TN__PARQUET_STORED : self->chunk->codec;
    free_page(out);
    out->n_bytes = (size_t)(head->n_bytes - head->level_bytes);
    out->offset = at + head->level_bytes;
    out->length = (int64_t)n_stored;
    if (head->n_bytes > self->chunk->n_unpacked ||
        (int64_t)out->n_bytes > tn__parquet_most(codec, out->length))
        return damaged();
    take_turn(self, n_stored + out->n_bytes);
    uint8_t *const stored = malloc(n_stored + 1);
    out->bytes = malloc(out->n_bytes + 1);
    int status = stored && out->bytes
                     ? tn__read_or_fail(self->descriptor, stored, n_stored, out->offset)
                     : tn__fail_memory("a page", n_stored + out->n_bytes);
    if (status == TN_OK)
        status = unpack(self, codec, out, stored, n_stored);
    free(stored);
    return status;
}

/* The literal that has this byte of the page; NULL: no long one has it. */
static const tn__literal *literal_at(const page *p, size_t at)
{
    size_t low = 0, high = p->map.n_literals;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (p->map.literals[middle].begin <= at)
            low = middle + 1;
        else
            high = middle;
    }
    const tn__literal *const found = low > 0 ? &p->map.literals[low - 1] : NULL;
    return found && at - found->begin < found->n ? found : NULL;
}

/* True if n bytes lie in long literals that follow one another. */
static bool find_in_literals(const page *p, size_t at, size_t n, tn__stored *out)
{
    const tn__literal *const end_of_list = p->map.literals + p->map.n_literals;
    const tn__literal *const first = literal_at(p, at), *last = first;
    while (last && last->begin + last->n < at + n) {
        const bool goes_on = last + 1 < end_of_list && last[1].begin == last->begin + last->n;
        last = goes_on ? last + 1 : NULL;
    }
    if (!last)
        return false;
    const int64_t begin = first->at + (int64_t)(at - first->begin);
    const int64_t end = last->at + (int64_t)(at + n - last->begin);
    *out = (tn__stored){TN__STORED_LITERALS, p->offset + begin, end - begin,
                        (uint32_t)(first->begin + first->n - at)};
    return true;
}

static tn__stored stored_at(const page *p, size_t at, size_t n)
{
    if (p->how == TN__STORED_PLAIN)
        return (tn__stored){p->how, p->offset + (int64_t)at, (int64_t)n, 0};
    if (p->how != TN__STORED_BLOCKS)
        return (tn__stored){p->how, p->offset, p->length, (uint32_t)at};
    tn__stored literal;
    if (find_in_literals(p, at, n, &literal))
        return literal;
    const size_t first = at / TN__SNAPPY_BLOCK;
    const size_t end = (at + n + TN__SNAPPY_BLOCK - 1) / TN__SNAPPY_BLOCK;
    return (tn__stored){p->how, p->offset + p->map.begins[first],
                        (int64_t)p->map.begins[end] - p->map.begins[first],
                        (uint32_t)(at % TN__SNAPPY_BLOCK)};
}

/* A number of 8 bytes. Unsigned ones that do not fit become the largest that does. */
static int64_t long_number(const tn__parquet_column *column, const uint8_t *bytes)
{
    const uint64_t number = tn__get_64(bytes);
    return column->is_unsigned && number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

/* Reads a plain value at *at, and moves past it. */
static int read_plain(const walk *self, const page *p, size_t *at, entry *out)
{
    const size_t room = p->n_bytes - *at;
    const int32_t type = self->column->type;
    const size_t width = type == TN__PARQUET_INT64 || type == TN__PARQUET_DOUBLE ? 8 : 4;
    float single;
    if (room < width)
        return damaged();
    const uint8_t *const bytes = p->bytes + *at;
    *at += width;
    switch (type) {
    case TN__PARQUET_INT64: out->number = long_number(self->column, bytes); break;
    case TN__PARQUET_INT32:
        out->number =
            self->column->is_unsigned ? (int64_t)tn__get_32(bytes) : (int32_t)tn__get_32(bytes);
        break;
    case TN__PARQUET_DOUBLE: memcpy(&out->real, bytes, width); break;
    case TN__PARQUET_FLOAT:
        memcpy(&single, bytes, width);
        out->real = (double)single;
        break;
    default:
        out->bytes.n = tn__get_32(bytes);
        out->bytes.at = (uint32_t)*at;
        if (out->bytes.n > room - width)
            return damaged();
        *at += out->bytes.n;
    }
    return TN_OK;
}

static int visit(const walk *self, const page *p, entry value, bool is_more)
{
    tn__parquet_value v = {.is_more = is_more};
    switch (self->column->type) {
    case TN__PARQUET_FLOAT:
    case TN__PARQUET_DOUBLE: v.real = value.real; break;
    case TN__PARQUET_BYTES:
        v.bytes = p->bytes + value.bytes.at;
        v.n_bytes = value.bytes.n;
        v.stored = stored_at(p, value.bytes.at, value.bytes.n);
        break;
    default: v.number = value.number; v.real = (double)value.number;
    }
    return self->visit(self->context, &v);
}

static int visit_null(const walk *self, bool is_more)
{
    const tn__parquet_value null = {.is_null = true, .is_more = is_more};
    return self->visit(self->context, &null);
}

static int read_dictionary(walk *self, const page_head *head, int64_t at)
{
    int status = read_page(self, head, at, &self->dictionary);
    if (status != TN_OK)
        return status;
    if ((head->encoding != PLAIN && head->encoding != PLAIN_DICTIONARY) || self->entries ||
        self->column->type == TN__PARQUET_BOOL ||
        (uint64_t)head->n_values > self->dictionary.n_bytes / 4)
        return damaged();
    self->entries = malloc(((size_t)head->n_values + 1) * sizeof *self->entries);
    if (!self->entries)
        return tn__fail_memory("a dictionary", (size_t)head->n_values * sizeof *self->entries);
    size_t place = 0;
    for (; self->n_entries < (size_t)head->n_values && status == TN_OK; self->n_entries++)
        status = read_plain(self, &self->dictionary, &place, &self->entries[self->n_entries]);
    return status;
}

/* Finds the runs at *at, which have their length before them, and moves past them. */
static int find_runs(const page *p, size_t *at, const uint8_t **out, size_t *n)
{
    if (p->n_bytes - *at < 4)
        return damaged();
    *n = tn__get_32(p->bytes + *at);
    *at += 4;
    if (*n > p->n_bytes - *at)
        return damaged();
    *out = p->bytes + *at;
    *at += *n;
    return TN_OK;
}

/* Where the values of a data page come from. */
typedef struct values {
    bool is_indexed;
    tn__hybrid numbers; /* indices, or truth values as 0 and 1 */
    size_t at;          /* of the next plain value */
} values;

static int fail_encoding(const page_head *head)
{
    return tn__fail(TN_EDECODE,
                    "a column has encoding %lld: write the file again with plain values or "
                    "dictionaries",
                    (long long)head->encoding);
}

/* Begins truth values: bits, or runs of them. A page of nulls alone may have no bytes. */
static int begin_bools(const page *p, const page_head *head, size_t at, values *out)
{
    const uint8_t *bytes = p->bytes + at;
    size_t n = p->n_bytes - at;
    const int status = head->encoding == RLE && n > 0 ? find_runs(p, &at, &bytes, &n) : TN_OK;
    if (status != TN_OK)
        return status;
    if (head->encoding != PLAIN && head->encoding != RLE)
        return fail_encoding(head);
    out->numbers = head->encoding == PLAIN ? tn__hybrid_packed(bytes, bytes + n, 1)
                                           : tn__hybrid_open(bytes, bytes + n, 1);
    return TN_OK;
}

static int begin_values(const walk *self, const page_head *head, size_t at, values *out)
{
    const page *const p = &self->data;
    const bool are_bools = self->column->type == TN__PARQUET_BOOL;
    *out = (values){.at = at, .is_indexed = !are_bools && head->encoding != PLAIN};
    if (are_bools)
        return begin_bools(p, head, at, out);
    if (!out->is_indexed)
        return TN_OK;
    if (head->encoding != RLE_DICTIONARY && head->encoding != PLAIN_DICTIONARY)
        return fail_encoding(head);
    const uint8_t *const end = p->bytes + p->n_bytes;
    const uint32_t width = at < p->n_bytes ? p->bytes[at] : 0;
    if (width > TN__HYBRID_BITS)
        return damaged();
    out->numbers = tn__hybrid_open(p->bytes + at + (at < p->n_bytes), end, width);
    return TN_OK;
}

static int next_value(const walk *self, values *from, bool is_more)
{
    uint32_t number;
    entry plain;
    if (from->is_indexed) {
        if (!tn__hybrid_next(&from->numbers, &number) || number >= self->n_entries)
            return damaged();
        return visit(self, &self->dictionary, self->entries[number], is_more);
    }
    if (self->column->type == TN__PARQUET_BOOL)
        return tn__hybrid_next(&from->numbers, &number)
                   ? visit(self, &self->data, (entry){.number = number}, is_more)
                   : damaged();
    const int status = read_plain(self, &self->data, &from->at, &plain);
    return status == TN_OK ? visit(self, &self->data, plain, is_more) : status;
}

static uint32_t bits_for(uint32_t most)
{
    return most == 0 ? 0 : 32 - (uint32_t)__builtin_clz(most);
}

/* The levels of a page: which lists its values begin, and which of them are there. */
typedef struct levels {
    tn__hybrid lists, there;
} levels;

static levels open_levels(const walk *self, const uint8_t *lists, size_t n_lists,
                          const uint8_t *there, size_t n_there)
{
    return (levels){tn__hybrid_open(lists, lists + n_lists, bits_for(self->column->n_lists)),
                    tn__hybrid_open(there, there + n_there, bits_for(self->column->max_level))};
}

/* Visits the values of a data page, whose bytes begin at `at`. */
static int visit_values(const walk *self, const page_head *head, levels from_levels, size_t at)
{
    const uint32_t most = self->column->max_level;
    values from;
    int status = begin_values(self, head, at, &from);
    for (int64_t i = 0; i < head->n_values && status == TN_OK; i++) {
        uint32_t level = most, list = 0;
        if (self->column->n_lists > 0 && !tn__hybrid_next(&from_levels.lists, &list))
            return damaged();
        if (most > 0 && !tn__hybrid_next(&from_levels.there, &level))
            return damaged();
        status = level == most ? next_value(self, &from, list > 0) : visit_null(self, list > 0);
    }
    return status;
}

/* Version 1: the levels lie before the values, if there are any. */
static int visit_data(walk *self, const page_head *head, int64_t at)
{
    int status = read_page(self, head, at, &self->data);
    const page *const p = &self->data;
    const uint8_t *lists = p->bytes, *there = p->bytes;
    size_t begin = 0, n_lists = 0, n_there = 0;
    if (status == TN_OK && self->column->n_lists > 0)
        status = find_runs(p, &begin, &lists, &n_lists);
    if (status == TN_OK && self->column->max_level > 0)
        status = find_runs(p, &begin, &there, &n_there);
    if (status != TN_OK)
        return status;
    return visit_values(self, head, open_levels(self, lists, n_lists, there, n_there), begin);
}

static int visit_data_v2(walk *self, const page_head *head, int64_t at)
{
    const size_t n = (size_t)head->level_bytes, n_lists = (size_t)head->list_bytes;
    uint8_t *const bytes = malloc(n + 1);
    int status = bytes ? tn__read_or_fail(self->descriptor, bytes, n, at)
                       : tn__fail_memory("levels of a page", n);
    if (status == TN_OK)
        status = read_page(self, head, at, &self->data);
    if (status == TN_OK)
        status = visit_values(self, head,
                              open_levels(self, bytes, n_lists, bytes + n_lists, n - n_lists), 0);
    free(bytes);
    return status;
}

static int take_page(walk *self, const page_head *head, int64_t at)
{
    if (head->type == DICTIONARY)
        return read_dictionary(self, head, at);
    if (head->type != DATA && head->type != DATA_V2)
        return TN_OK;
    if (head->n_values > self->n_left)
        return damaged();
    self->n_left -= head->n_values;
    return head->type == DATA ? visit_data(self, head, at) : visit_data_v2(self, head, at);
}

static int check_column(const tn__parquet_column *column)
{
    if (column->n_lists > 1)
        return tn__fail(TN_EDECODE, "it has lists in lists");
    switch (column->type) {
    case TN__PARQUET_BOOL:
    case TN__PARQUET_INT32:
    case TN__PARQUET_INT64:
    case TN__PARQUET_FLOAT:
    case TN__PARQUET_DOUBLE:
    case TN__PARQUET_BYTES: return TN_OK;
    default: return tn__fail(TN_EDECODE, "it has neither numbers nor bytes");
    }
}

int tn__parquet_walk(int descriptor, const tn__parquet_column *column,
                     const tn__parquet_chunk *chunk, tn__parquet_visit *visit_value, void *context)
{
    walk self = {.descriptor = descriptor,
                 .column = column,
                 .chunk = chunk,
                 .visit = visit_value,
                 .context = context,
                 .n_left = chunk->n_values};
    int64_t at = chunk->offset;
    const int64_t end = chunk->offset + chunk->length;
    int status = check_column(column);
    if (status == TN_OK)
        status = tn__parquet_check_codec(chunk->codec);
    while (status == TN_OK && self.n_left > 0) {
        page_head head = {0};
        status = at < end ? read_head(&self, &at, &head) : damaged();
        if (status == TN_OK)
            status = take_page(&self, &head, at);
        at += head.n_stored;
    }
    free_page(&self.dictionary);
    free_page(&self.data);
    tn__unpacker_free(&self.unpacker);
    free(self.entries);
    if (self.is_large)
        pthread_mutex_unlock(&large);
    return status;
}
