/* SPDX-License-Identifier: MIT */
/* Reads the footer of a Parquet file (parquet.thrift, FileMetaData). See meta.h. */
#include "data/parquet/meta.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/read.h"
#include "data/parquet/thrift.h"

enum { MAGIC = 4, TAIL = 8, DEEPEST = 16, MOST_COLUMNS = 1 << 12, MOST_FOOTER = 1 << 30 };
enum { OPTIONAL = 1, REPEATED = 2 }; /* FieldRepetitionType */
enum { UINT_8 = 11, UINT_64 = 14 };  /* ConvertedType; those of unsigned integers are in a row */
/* Numbers of fields in parquet.thrift, for each struct that is read here. */
enum { LOGICAL_INTEGER = 10 };
enum { INTEGER_IS_SIGNED = 2 };
enum {
    ELEMENT_TYPE = 1,
    ELEMENT_REPETITION = 3,
    ELEMENT_NAME = 4,
    ELEMENT_CHILDREN = 5,
    ELEMENT_CONVERTED = 6,
    ELEMENT_LOGICAL = 10
};
enum {
    CHUNK_CODEC = 4,
    CHUNK_VALUES = 5,
    CHUNK_UNPACKED = 6,
    CHUNK_LENGTH = 7,
    CHUNK_DATA = 9,
    CHUNK_DICTIONARY = 11
};
enum { COLUMN_FILE = 1, COLUMN_CHUNK = 3 };
enum { GROUP_COLUMNS = 1 };
enum { TEXT_KEY = 1, TEXT_VALUE = 2 };
enum { FILE_SCHEMA = 2, FILE_GROUPS = 4, FILE_TEXTS = 5, FILE_ENCRYPTION = 8 };
static const char huggingface[] = "huggingface";

static int damaged(void)
{
    return tn__fail(TN_EDECODE, "its Parquet footer is damaged");
}

/* A group of columns that is not complete yet. */
typedef struct group {
    size_t n_left;  /* children */
    size_t n_path;  /* length of its path */
    uint32_t level; /* definition level of its children */
    uint32_t n_lists;
} group;

typedef struct schema {
    tn__parquet_meta *meta;
    tn__text path;
    int depth;
    group groups[DEEPEST];
} schema;

typedef struct schema_element {
    int64_t type, repetition, n_children;
    bool is_unsigned;
    const uint8_t *name;
    size_t n_name;
} schema_element;

/* Reads an IntType. True: it is unsigned. */
static bool read_int_type(tn__thrift *t)
{
    bool is_unsigned = false;
    tn__thrift_field field = {0};
    while (tn__thrift_next(t, &field))
        if (field.id == INTEGER_IS_SIGNED)
            is_unsigned = !tn__thrift_bool(t, &field);
        else
            tn__thrift_skip(t, &field);
    return is_unsigned;
}

/* Reads a LogicalType. True: it is an unsigned integer. */
static bool read_is_unsigned(tn__thrift *t)
{
    bool is_unsigned = false;
    tn__thrift_field kind = {0};
    while (tn__thrift_next(t, &kind))
        if (kind.id != LOGICAL_INTEGER)
            tn__thrift_skip(t, &kind);
        else if (tn__thrift_struct(t, &kind))
            is_unsigned = read_int_type(t);
    return is_unsigned;
}

/* True if a ConvertedType, which older writers use alone, is an unsigned integer. */
static bool is_unsigned_type(int64_t converted)
{
    return converted >= UINT_8 && converted <= UINT_64;
}

static schema_element read_element(tn__thrift *t)
{
    schema_element e = {.type = -1};
    tn__thrift_field field = {0};
    while (tn__thrift_next(t, &field))
        switch (field.id) {
        case ELEMENT_TYPE: e.type = tn__thrift_int(t, &field); break;
        case ELEMENT_REPETITION: e.repetition = tn__thrift_int(t, &field); break;
        case ELEMENT_NAME: e.name = tn__thrift_bytes(t, &field, &e.n_name); break;
        case ELEMENT_CHILDREN: e.n_children = tn__thrift_int(t, &field); break;
        case ELEMENT_CONVERTED: e.is_unsigned |= is_unsigned_type(tn__thrift_int(t, &field)); break;
        case ELEMENT_LOGICAL:
            e.is_unsigned |= tn__thrift_struct(t, &field) && read_is_unsigned(t);
            break;
        default: tn__thrift_skip(t, &field);
        }
    return e;
}

static int add_column(schema *self, const schema_element *e, const group *in)
{
    tn__parquet_meta *const meta = self->meta;
    if (meta->n_columns == MOST_COLUMNS)
        return tn__fail(TN_ELIMIT, "it has more than %d columns", MOST_COLUMNS);
    meta->columns[meta->n_columns++] = (tn__parquet_column){.path = meta->texts.length,
                                                            .type = (int32_t)e->type,
                                                            .is_unsigned = e->is_unsigned,
                                                            .max_level = in->level,
                                                            .n_lists = in->n_lists};
    tn__text_add_bytes(&meta->texts, self->path.chars, self->path.length);
    tn__text_add_bytes(&meta->texts, "", 1);
    return meta->texts.failed ? tn__fail_memory("column names", meta->texts.capacity) : TN_OK;
}

/* Elements come in the order of a walk: a group, then its children. */
static int add_element(schema *self, const schema_element *e)
{
    group *const parent = &self->groups[self->depth];
    if (parent->n_left == 0 || e->n_name == 0)
        return damaged();
    parent->n_left--;
    const group own = {.n_left = (size_t)e->n_children,
                       .n_path = parent->n_path + (parent->n_path > 0) + e->n_name,
                       .level = parent->level + (e->repetition != 0),
                       .n_lists = parent->n_lists + (e->repetition == REPEATED)};
    self->path.length = parent->n_path;
    if (parent->n_path > 0)
        tn__text_add(&self->path, ".");
    tn__text_add_bytes(&self->path, (const char *)e->name, e->n_name);
    if (self->path.failed)
        return tn__fail_memory("column names", self->path.capacity);
    if (e->n_children <= 0)
        return add_column(self, e, &own);
    if (self->depth + 1 == DEEPEST || e->n_children > MOST_COLUMNS)
        return tn__fail(TN_ELIMIT, "its columns are nested too deep");
    self->groups[++self->depth] = own;
    return TN_OK;
}

static int read_elements(schema *self, tn__thrift *t, size_t n)
{
    int status = TN_OK;
    for (size_t i = 0; i < n && status == TN_OK; i++) {
        const schema_element e = read_element(t);
        if (t->failed)
            return damaged();
        if (i == 0)
            self->groups[0] = (group){.n_left = e.n_children > 0 ? (size_t)e.n_children : 0};
        else
            status = add_element(self, &e);
        while (self->depth > 0 && self->groups[self->depth].n_left == 0)
            self->depth--;
    }
    return status == TN_OK && self->groups[self->depth].n_left > 0 ? damaged() : status;
}

static int read_schema(tn__parquet_meta *meta, tn__thrift *t, size_t n)
{
    schema self = {.meta = meta};
    if (meta->columns)
        return damaged();
    meta->columns = calloc(MOST_COLUMNS, sizeof *meta->columns);
    if (!meta->columns)
        return tn__fail_memory("columns", MOST_COLUMNS * sizeof *meta->columns);
    const int status = read_elements(&self, t, n);
    tn__text_free(&self.path);
    return status;
}

/* ColumnMetaData. */
static void read_chunk(tn__thrift *t, tn__parquet_chunk *out)
{
    int64_t data = 0, dictionary = 0;
    tn__thrift_field field = {0};
    while (tn__thrift_next(t, &field))
        switch (field.id) {
        case CHUNK_CODEC: out->codec = (int32_t)tn__thrift_int(t, &field); break;
        case CHUNK_VALUES: out->n_values = tn__thrift_int(t, &field); break;
        case CHUNK_UNPACKED: out->n_unpacked = tn__thrift_int(t, &field); break;
        case CHUNK_LENGTH: out->length = tn__thrift_int(t, &field); break;
        case CHUNK_DATA: data = tn__thrift_int(t, &field); break;
        case CHUNK_DICTIONARY: dictionary = tn__thrift_int(t, &field); break;
        default: tn__thrift_skip(t, &field);
        }
    out->offset = dictionary > 0 && dictionary < data ? dictionary : data;
}

static int read_chunks(tn__parquet_meta *meta, tn__thrift *t, size_t n, tn__parquet_chunk *out)
{
    if (n != meta->n_columns)
        return damaged();
    for (size_t c = 0; c < n; c++) {
        tn__thrift_field field = {0};
        while (tn__thrift_next(t, &field))
            if (field.id == COLUMN_FILE)
                return tn__fail(TN_EDECODE, "it keeps columns in other files");
            else if (field.id == COLUMN_CHUNK && tn__thrift_struct(t, &field))
                read_chunk(t, &out[c]);
            else if (field.id != COLUMN_CHUNK)
                tn__thrift_skip(t, &field);
    }
    return TN_OK;
}

static int read_group(tn__parquet_meta *meta, tn__thrift *t, tn__parquet_chunk *chunks)
{
    tn__thrift_field field = {0};
    int status = TN_OK;
    while (status == TN_OK && tn__thrift_next(t, &field))
        if (field.id == GROUP_COLUMNS)
            status = read_chunks(meta, t, tn__thrift_structs(t, &field), chunks);
        else
            tn__thrift_skip(t, &field);
    return status;
}

/* A row group takes more than a byte for each of its columns, so that the footer's length limits
 * the memory. */
static int read_groups(tn__parquet_meta *meta, tn__thrift *t, size_t n)
{
    if (meta->chunks || meta->n_columns == 0 || n > meta->n_footer / meta->n_columns)
        return damaged();
    meta->chunks = calloc(n * meta->n_columns + 1, sizeof *meta->chunks);
    if (!meta->chunks)
        return tn__fail_memory("row groups", n * meta->n_columns * sizeof *meta->chunks);
    meta->n_groups = n;
    int status = TN_OK;
    for (size_t g = 0; g < n && status == TN_OK; g++)
        status = read_group(meta, t, meta->chunks + g * meta->n_columns);
    return status;
}

static void read_texts(tn__parquet_meta *meta, tn__thrift *t, size_t n)
{
    for (size_t i = 0; i < n && !t->failed; i++) {
        const uint8_t *key = NULL, *value = NULL;
        size_t n_key = 0, n_value = 0;
        tn__thrift_field field = {0};
        while (tn__thrift_next(t, &field))
            if (field.id == TEXT_KEY)
                key = tn__thrift_bytes(t, &field, &n_key);
            else if (field.id == TEXT_VALUE)
                value = tn__thrift_bytes(t, &field, &n_value);
            else
                tn__thrift_skip(t, &field);
        if (n_key == sizeof huggingface - 1 && memcmp(key, huggingface, n_key) == 0) {
            meta->features = (const char *)value;
            meta->n_features = n_value;
        }
    }
}

static int read_footer(tn__parquet_meta *meta)
{
    tn__thrift t = {meta->footer, meta->footer + meta->n_footer, false};
    tn__thrift_field field = {0};
    int status = TN_OK;
    while (status == TN_OK && tn__thrift_next(&t, &field))
        switch (field.id) {
        case FILE_SCHEMA: status = read_schema(meta, &t, tn__thrift_structs(&t, &field)); break;
        case FILE_GROUPS: status = read_groups(meta, &t, tn__thrift_structs(&t, &field)); break;
        case FILE_TEXTS: read_texts(meta, &t, tn__thrift_structs(&t, &field)); break;
        case FILE_ENCRYPTION: return tn__fail(TN_EDECODE, "it is encrypted");
        default: tn__thrift_skip(&t, &field);
        }
    if (status == TN_OK && (t.failed || !meta->columns || !meta->chunks))
        return damaged();
    return status;
}

/* A chunk without values has no place: pyarrow writes any. */
static int check_chunks(tn__parquet_meta *meta, int64_t end)
{
    for (size_t i = 0; i < meta->n_groups * meta->n_columns; i++) {
        tn__parquet_chunk *const c = &meta->chunks[i];
        if (c->n_values == 0)
            c->offset = c->length = 0;
        else if (c->offset < MAGIC || c->length < 0 || c->n_values < 0 || c->offset > end ||
                 c->length > end - c->offset)
            return damaged();
    }
    return TN_OK;
}

/* Reads the last bytes, and what they say of the footer. */
static int find_footer(int descriptor, int64_t n_bytes, size_t *n_footer)
{
    uint8_t tail[TAIL];
    if (n_bytes < MAGIC + TAIL)
        return tn__fail(TN_EDECODE, "it is too short for a Parquet file");
    const int status = tn__read_or_fail(descriptor, tail, TAIL, n_bytes - TAIL);
    if (status != TN_OK)
        return status;
    if (memcmp(tail + 4, "PARE", MAGIC) == 0)
        return tn__fail(TN_EDECODE, "it is encrypted");
    if (memcmp(tail + 4, "PAR1", MAGIC) != 0)
        return tn__fail(TN_EDECODE,
                        "it is not a Parquet file, or is cut off: PAR1 is not at its end");
    *n_footer = tn__get_32(tail);
    return *n_footer <= MOST_FOOTER && (int64_t)*n_footer <= n_bytes - MAGIC - TAIL ? TN_OK
                                                                                    : damaged();
}

int tn__parquet_read(int descriptor, int64_t n_bytes, tn__parquet_meta *out)
{
    *out = (tn__parquet_meta){0};
    int status = find_footer(descriptor, n_bytes, &out->n_footer);
    if (status != TN_OK)
        return status;
    out->footer = malloc(out->n_footer + 1);
    if (!out->footer)
        return tn__fail_memory("a Parquet footer", out->n_footer);
    const int64_t at = n_bytes - TAIL - (int64_t)out->n_footer;
    status = tn__read_or_fail(descriptor, out->footer, out->n_footer, at);
    if (status == TN_OK)
        status = read_footer(out);
    return status == TN_OK ? check_chunks(out, at) : status;
}

void tn__parquet_free(tn__parquet_meta *meta)
{
    free(meta->footer);
    free(meta->columns);
    free(meta->chunks);
    tn__text_free(&meta->texts);
    *meta = (tn__parquet_meta){0};
}

const char *tn__parquet_path(const tn__parquet_meta *meta, size_t column)
{
    return meta->texts.chars + meta->columns[column].path;
}

int64_t tn__parquet_find(const tn__parquet_meta *meta, const char *path)
{
    for (size_t c = 0; c < meta->n_columns; c++)
        if (strcmp(tn__parquet_path(meta, c), path) == 0)
            return (int64_t)c;
    return -1;
}

int tn__parquet_check_counts(const tn__parquet_meta *meta, int64_t column, int64_t n_bytes)
{
    enum { BITS_OF_BYTE = 8 };
    int64_t n = 0;
    for (size_t g = 0; g < meta->n_groups; g++)
        if (__builtin_add_overflow(n, meta->chunks[g * meta->n_columns + (size_t)column].n_values,
                                   &n))
            return damaged();
    return n / BITS_OF_BYTE > n_bytes
               ? tn__fail(TN_ELIMIT, "column %s has %lld values in a file of %lld bytes",
                          tn__parquet_path(meta, (size_t)column), (long long)n, (long long)n_bytes)
               : TN_OK;
}
