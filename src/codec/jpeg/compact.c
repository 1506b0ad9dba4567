/* SPDX-License-Identifier: MIT */
/* Reads and writes the compact form of a random access index. See compact.h; compact.md describes
 * the form.
 *
 * The decoder reads an index for each sample, so reading has no branch per entry: one flag collects
 * all errors and is checked at the end. Before the reader decodes a group, it checks that all bits
 * of the group exist. */
#include "codec/jpeg/compact.h"

#include <stdbool.h>

#include "base/bytes.h"
#include "base/error.h"

enum { FORM = 1, HEAD_BYTES = 14, GROUP = 8, FIELDS = 4 };
enum { POSITION_BITS = 5, DC_BITS = 4, WIDTH_BITS = POSITION_BITS + 3 * DC_BITS };
enum { MAX_SIDE = 65535, LEAST_MCU = 8, MOST_MCU = 16 };
_Static_assert((1 << POSITION_BITS) - 1 <= 57, "eight bytes hold a field at any bit");
_Static_assert(3 * ((1 << DC_BITS) - 1) <= 57, "and three predictors");

/* The coded form of an entry: the distance, then three predictors, as zigzag numbers. */
typedef struct coded {
    uint64_t field[FIELDS];
} coded;

/* Writes bits from the lowest on. Between two numbers fewer than eight bits are pending. */
typedef struct bit_writer {
    uint8_t *out;
    uint64_t pending;
    int n_pending;
} bit_writer;

size_t tn__compact_entries(int32_t h, int32_t columns)
{
    return (size_t)(h + LEAST_MCU - 1) / LEAST_MCU * (size_t)columns + 1;
}

size_t tn__compact_bound(size_t n_entries)
{
    const size_t bits = n_entries * (31 + 3 * 15) + (n_entries / GROUP + 1) * WIDTH_BITS;
    return HEAD_BYTES + bits / 8 + 1;
}

static size_t count_places(const tn__jpeg_index *index)
{
    return (size_t)index->rows * (size_t)index->columns;
}

static int64_t position_of(const tn__jpeg_entry *entry)
{
    return 8 * (int64_t)entry->byte + entry->bit;
}

static uint64_t zigzag(int64_t value)
{
    return value < 0 ? 2 * (uint64_t) - (value + 1) + 1 : 2 * (uint64_t)value;
}

static int64_t unzigzag(uint64_t code)
{
    return (int64_t)(code >> 1) ^ -(int64_t)(code & 1);
}

static coded code_entry(const tn__jpeg_index *index, size_t place, int64_t mean)
{
    const tn__jpeg_entry *const entry = &index->entry[place];
    const size_t columns = (size_t)index->columns;
    const tn__jpeg_entry *const above = entry - (place >= columns ? columns : 1);
    coded out = {{zigzag(position_of(entry) - position_of(entry - 1) - mean)}};
    for (int c = 0; c < 3; c++)
        out.field[1 + c] = zigzag(entry->dc[c] - above->dc[c]);
    return out;
}

/* Writes up to 57 bits. */
static void put_bits(bit_writer *writer, uint64_t value, int n_bits)
{
    writer->pending |= value << writer->n_pending;
    writer->n_pending += n_bits;
    for (; writer->n_pending >= 8; writer->n_pending -= 8, writer->pending >>= 8)
        *writer->out++ = (uint8_t)writer->pending;
}

/* Writes the last bits, and returns the end. */
static uint8_t *finish_bits(bit_writer *writer)
{
    if (writer->n_pending > 0)
        *writer->out++ = (uint8_t)writer->pending;
    return writer->out;
}

static int width_of(uint64_t value)
{
    int n = 0;
    while (n < 64 && value >> n)
        n++;
    return n;
}

/* False if a number is wider than the form allows. */
static bool put_group(bit_writer *writer, const coded *group, size_t n)
{
    static const int room[FIELDS] = {POSITION_BITS, DC_BITS, DC_BITS, DC_BITS};
    int width[FIELDS];
    for (int f = 0; f < FIELDS; f++) {
        uint64_t all = 0;
        for (size_t i = 0; i < n; i++)
            all |= group[i].field[f];
        width[f] = width_of(all);
        if (width[f] >= 1 << room[f])
            return false;
        put_bits(writer, (uint64_t)width[f], room[f]);
    }
    for (size_t i = 0; i < n; i++)
        for (int f = 0; f < FIELDS; f++)
            put_bits(writer, group[i].field[f], width[f]);
    return true;
}

static void put_number(uint8_t *out, uint64_t value, int n_bytes)
{
    for (int b = 0; b < n_bytes; b++)
        out[b] = (uint8_t)(value >> 8 * b);
}

static bool is_writable(const tn__jpeg_index *index)
{
    const tn__jpeg_entry *const first = index->entry;
    return index->columns >= 1 && index->columns <= TN__JPEG_MAX_COLUMNS && index->rows >= 1 &&
           index->rows <= MAX_SIDE && index->step >= 1 && index->step <= MAX_SIDE &&
           first->bit == 0 && first->dc[0] == 0 && first->dc[1] == 0 && first->dc[2] == 0;
}

size_t tn__compact_write(const tn__jpeg_index *index, uint8_t *out)
{
    if (!is_writable(index))
        return 0;
    const size_t n = count_places(index);
    const int64_t mean = (position_of(&index->entry[n]) - position_of(index->entry)) / (int64_t)n;
    if (mean < 1 || mean > UINT32_MAX)
        return 0;
    put_number(out, FORM, 1);
    put_number(out + 1, (uint64_t)index->columns, 1);
    put_number(out + 2, (uint64_t)index->rows, 2);
    put_number(out + 4, (uint64_t)index->step, 2);
    put_number(out + 6, index->entry->byte, 4);
    put_number(out + 10, (uint64_t)mean, 4);
    bit_writer writer = {.out = out + HEAD_BYTES};
    for (size_t place = 1; place <= n; place += GROUP) {
        coded group[GROUP];
        const size_t n_group = n + 1 - place < GROUP ? n + 1 - place : GROUP;
        for (size_t i = 0; i < n_group; i++)
            group[i] = code_entry(index, place + i, mean);
        if (!put_group(&writer, group, n_group))
            return 0;
    }
    return (size_t)(finish_bits(&writer) - out);
}

static uint64_t get_number(const uint8_t *bytes, int n_bytes)
{
    uint64_t value = 0;
    for (int b = 0; b < n_bytes; b++)
        value |= (uint64_t)bytes[b] << 8 * b;
    return value;
}

/* Returns the bits from `at` on, at least 57 of them. */
static uint64_t get_bits(const uint8_t *bytes, size_t at)
{
    return tn__get_64(bytes + at / 8) >> at % 8;
}

static uint64_t low_bits(uint64_t bits, unsigned width)
{
    return bits & (((uint64_t)1 << width) - 1);
}

/* Widths of a group's fields and of a whole entry, in bits. */
typedef struct group_form {
    unsigned position, dc[3], all;
} group_form;

static group_form read_widths(uint64_t bits)
{
    group_form form = {.position = (unsigned)low_bits(bits, POSITION_BITS)};
    form.all = form.position;
    for (int c = 0; c < 3; c++) {
        form.dc[c] = (unsigned)low_bits(bits >> (POSITION_BITS + c * DC_BITS), DC_BITS);
        form.all += form.dc[c];
    }
    return form;
}

typedef struct index_reader {
    const uint8_t *bits;
    size_t at, end; /* in bits */
    int64_t position, mean;
    uint64_t wrong; /* nonzero once a distance or a predictor left its range */
} index_reader;

/* Reads the places of a group. `above` is one row before them, or the place before. */
static void read_group(index_reader *reader, const group_form *form, const tn__jpeg_entry *above,
                       tn__jpeg_entry *entry, size_t n)
{
    int64_t position = reader->position;
    uint64_t wrong = 0;
    for (size_t i = 0; i < n; i++, reader->at += form->all) {
        const uint64_t distance = low_bits(get_bits(reader->bits, reader->at), form->position);
        const int64_t step = reader->mean + unzigzag(distance);
        wrong |= (uint64_t)(step - 1) >> 63;
        position += step;
        entry[i].byte = (uint32_t)(position >> 3);
        entry[i].bit = position & 7;
        uint64_t codes = get_bits(reader->bits, reader->at + form->position);
        for (int c = 0; c < 3; c++) {
            const int64_t dc = above[i].dc[c] + unzigzag(low_bits(codes, form->dc[c]));
            wrong |= (uint64_t)(dc + 32768) >> 16;
            entry[i].dc[c] = (int16_t)dc;
            codes >>= form->dc[c];
        }
    }
    reader->position = position;
    reader->wrong |= wrong;
}

/* Reads all places but the first. False: there are too few bits, or too many. */
static bool read_places(index_reader *reader, const tn__jpeg_index *index)
{
    const size_t n = count_places(index), columns = (size_t)index->columns;
    for (size_t place = 1; place <= n; place += GROUP) {
        const size_t n_group = n + 1 - place < GROUP ? n + 1 - place : GROUP;
        if (reader->end - reader->at < WIDTH_BITS)
            return false;
        const group_form form = read_widths(get_bits(reader->bits, reader->at));
        reader->at += WIDTH_BITS;
        if (reader->end - reader->at < n_group * form.all)
            return false;
        tn__jpeg_entry *const entry = &index->entry[place];
        size_t n_first = place < columns ? columns - place : 0;
        n_first = n_first < n_group ? n_first : n_group;
        for (size_t i = 0; i < n_first; i++) /* the first row */
            read_group(reader, &form, entry + i - 1, entry + i, 1);
        if (n_first < n_group)
            read_group(reader, &form, entry + n_first - columns, entry + n_first,
                       n_group - n_first);
    }
    const size_t left = reader->end - reader->at; /* padding */
    return left < 8 && low_bits(get_bits(reader->bits, reader->at), (unsigned)left) == 0;
}

static int64_t pieces(int64_t whole, int64_t piece)
{
    return (whole + piece - 1) / piece;
}

/* MCUs have 8 or 16 pixels a side. The decoder checks which of these the file has. */
static int check_shape(const tn__jpeg_index *index, const tn__compact_facts *facts)
{
    const int64_t step = index->step, columns = index->columns;
    if (columns < 1 || columns > TN__JPEG_MAX_COLUMNS || step < 1)
        return tn__fail(TN_EDECODE, "index: %lld entries a row, %lld MCUs apart, are impossible",
                        (long long)columns, (long long)step);
    if (index->rows < pieces(facts->h, MOST_MCU) || index->rows > pieces(facts->h, LEAST_MCU) ||
        columns * step < pieces(facts->w, MOST_MCU) ||
        (columns - 1) * step >= pieces(facts->w, LEAST_MCU))
        return tn__fail(TN_EDECODE,
                        "index: %d rows of %lld entries, %lld MCUs apart, do not "
                        "fit an image of %d x %d",
                        index->rows, (long long)columns, (long long)step, facts->w, facts->h);
    return TN_OK;
}

static int read_head(const uint8_t *bytes, size_t n_bytes, const tn__compact_facts *facts,
                     tn__jpeg_index *out)
{
    if (n_bytes < HEAD_BYTES || bytes[0] != FORM)
        return tn__fail(TN_EDECODE, "index: %s",
                        n_bytes < HEAD_BYTES ? "it is too short" : "its form is unknown");
    *out = (tn__jpeg_index){.columns = (int32_t)get_number(bytes + 1, 1),
                            .rows = (int32_t)get_number(bytes + 2, 2),
                            .step = (int32_t)get_number(bytes + 4, 2)};
    return check_shape(out, facts);
}

int tn__compact_read(const uint8_t *bytes, size_t n_bytes, const tn__compact_facts *facts,
                     tn__arena *arena, tn__jpeg_index *out)
{
    tn__jpeg_index index = {0};
    const int status = read_head(bytes, n_bytes, facts, &index);
    if (status != TN_OK)
        return status;
    index.entry = tn__arena_take(arena, (count_places(&index) + 1) * sizeof *index.entry);
    if (!index.entry)
        return tn__error_last()->code;
    index.entry[0] = (tn__jpeg_entry){.byte = (uint32_t)get_number(bytes + 6, 4)};
    index_reader reader = {.bits = bytes + HEAD_BYTES,
                           .end = 8 * (n_bytes - HEAD_BYTES),
                           .position = position_of(index.entry),
                           .mean = (int64_t)get_number(bytes + 10, 4)};
    if (!read_places(&reader, &index) || reader.wrong)
        return tn__fail(TN_EDECODE, "index: its entries are damaged");
    if (pieces(reader.position, 8) > facts->file_bytes || facts->file_bytes > UINT32_MAX)
        return tn__fail(TN_EDECODE, "index: it points past the file's %lld bytes",
                        (long long)facts->file_bytes);
    *out = index;
    return TN_OK;
}
