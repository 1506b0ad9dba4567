/* SPDX-License-Identifier: MIT */
/* Reads pickles of one form. See pickle.h.
 *
 * The form: a dictionary whose keys are texts, and whose values are texts, numbers, lists of these,
 * and one array of NumPy with bytes in two dimensions. Python's pickletools names and explains the
 * instructions. */
#include "data/arrays/pickle.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "tench.h"

/* The instructions, by their bytes. */
enum {
    PROTO = 0x80,
    EMPTY_DICT = '}',
    EMPTY_LIST = ']',
    MARK = '(',
    SHORT_STRING = 'U',
    STRING = 'T',
    INT_1 = 'K',
    INT_2 = 'M',
    INT_4 = 'J',
    APPENDS = 'e',
    SET_ITEMS = 'u',
    GLOBAL = 'c',
    TUPLE = 't',
    TUPLE_1 = 0x85,
    TUPLE_2 = 0x86,
    TUPLE_3 = 0x87,
    REDUCE = 'R',
    BUILD = 'b',
    NONE = 'N',
    FALSE_VALUE = 0x89,
    PUT = 'q',
    LONG_PUT = 'r',
    GET = 'h',
    LONG_GET = 'j',
    STOP = '.'
};

/* An instruction with its argument. All strings are STRING, numbers INT_4, references GET. */
typedef struct instruction {
    int op;
    int64_t number;
    const char *chars;
    size_t n;
} instruction;

typedef struct reader {
    const uint8_t *bytes, *at, *end;
    instruction now; /* that was read last */
    const char *wanted;
    tn__pickle *out;
} reader;

static int fail(const reader *self, const char *what)
{
    return tn__fail(TN_EDECODE, "byte %lld: %s", (long long)(self->at - self->bytes), what);
}

static int fail_form(const reader *self)
{
    return fail(self, "is not what a pickle of CIFAR has here");
}

/* Takes `n` bytes. NULL: the file ends before. */
static const uint8_t *take(reader *self, size_t n)
{
    const uint8_t *const taken = self->at;
    if (n > (size_t)(self->end - self->at)) {
        fail(self, "the file is cut off");
        return NULL;
    }
    self->at += n;
    return taken;
}

/* Takes a number of `n` bytes. */
static int take_number(reader *self, size_t n, int op)
{
    uint8_t raw[4] = {0};
    const uint8_t *const taken = take(self, n);
    if (!taken)
        return TN_EDECODE;
    memcpy(raw, taken, n);
    self->now = (instruction){.op = op, .number = (int32_t)tn__get_32(raw)};
    return TN_OK;
}

static int take_string(reader *self, size_t n_length)
{
    const int status = take_number(self, n_length, STRING);
    if (status != TN_OK)
        return status;
    if (self->now.number < 0)
        return fail(self, "a text has a negative length");
    self->now.n = (size_t)self->now.number;
    self->now.chars = (const char *)take(self, self->now.n);
    return self->now.chars ? TN_OK : TN_EDECODE;
}

/* Takes the two lines that name a function or a type. */
static int take_global(reader *self)
{
    const uint8_t *const begin = self->at;
    for (int line = 0; line < 2; line++) {
        const uint8_t *const end = memchr(self->at, '\n', (size_t)(self->end - self->at));
        if (!end)
            return fail(self, "the file is cut off");
        self->at = end + 1;
    }
    self->now =
        (instruction){.op = GLOBAL, .chars = (const char *)begin, .n = (size_t)(self->at - begin)};
    return TN_OK;
}

/* Reads the next instruction but those that only number a value for later. */
static int next(reader *self)
{
    for (;;) {
        const uint8_t *const op = take(self, 1);
        if (!op)
            return TN_EDECODE;
        switch (*op) {
        case PUT:
        case LONG_PUT:
            if (!take(self, *op == PUT ? 1 : 4))
                return TN_EDECODE;
            break;
        case SHORT_STRING: return take_string(self, 1);
        case STRING: return take_string(self, 4);
        case INT_1: return take_number(self, 1, INT_4);
        case INT_2: return take_number(self, 2, INT_4);
        case INT_4: return take_number(self, 4, INT_4);
        case GET: return take_number(self, 1, GET);
        case LONG_GET: return take_number(self, 4, GET);
        case GLOBAL: return take_global(self);
        default: self->now = (instruction){.op = *op}; return TN_OK;
        }
    }
}

static bool is_text(const instruction *it, const char *text)
{
    return it->n == strlen(text) && memcmp(it->chars, text, it->n) == 0;
}

/* Reads the next instruction, which must be `op`. */
static int expect(reader *self, int op)
{
    const int status = next(self);
    return status == TN_OK && self->now.op != op ? fail_form(self) : status;
}

static int keep_item(reader *self)
{
    tn__pickle *const out = self->out;
    if (self->now.op == GET)
        return fail(self, "an item of the list refers to another one");
    if (self->now.op == INT_4) {
        const int32_t number = (int32_t)self->now.number;
        return tn__blob_add(&out->numbers, &number, sizeof number);
    }
    if (memchr(self->now.chars, 0, self->now.n))
        return fail(self, "a text has a zero byte");
    tn__text_add_bytes(&out->words, self->now.chars, self->now.n);
    tn__text_add_bytes(&out->words, "", 1);
    out->n_words++;
    return out->words.failed ? tn__fail_memory("class names", out->words.length) : TN_OK;
}

static bool is_item(const instruction *it)
{
    return it->op == INT_4 || it->op == STRING || it->op == GET;
}

/* Reads the items up to the instruction that appends them. */
static int read_items(reader *self, bool is_wanted)
{
    int status = next(self);
    while (status == TN_OK && is_item(&self->now)) {
        status = is_wanted ? keep_item(self) : TN_OK;
        if (status == TN_OK)
            status = next(self);
    }
    return status == TN_OK && self->now.op != APPENDS ? fail_form(self) : status;
}

/* Reads the rest of a list: any number of groups of items. Reads the instruction after them. */
static int read_list(reader *self, bool is_wanted)
{
    int status = next(self);
    while (status == TN_OK && self->now.op == MARK) {
        status = read_items(self, is_wanted);
        if (status == TN_OK)
            status = next(self);
    }
    return status;
}

static bool is_known_global(const instruction *it)
{
    static const char *const known[] = {"numpy.core.multiarray\n_reconstruct\n", "numpy\nndarray\n",
                                        "numpy\ndtype\n"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_text(it, known[i]))
            return true;
    return false;
}

/* What was read of an array so far. */
typedef struct description {
    int64_t last[2];  /* numbers */
    int64_t shape[2]; /* the first tuple of two numbers */
    bool has_shape, is_bytes, is_by_rows;
} description;

/* Takes an instruction of an array that is not its pixels. */
static int take_array(reader *self, description *array)
{
    const instruction *const it = &self->now;
    array->is_by_rows = it->op == FALSE_VALUE; /* right before the pixels: not by columns */
    switch (it->op) {
    case INT_4:
        array->last[0] = array->last[1];
        array->last[1] = it->number;
        return TN_OK;
    case TUPLE_2:
        if (array->has_shape)
            return fail_form(self);
        array->has_shape = true;
        memcpy(array->shape, array->last, sizeof array->shape);
        return TN_OK;
    case STRING: array->is_bytes = array->is_bytes || is_text(it, "u1"); return TN_OK;
    case GLOBAL: return is_known_global(it) ? TN_OK : fail(self, "names another function");
    case MARK:
    case TUPLE:
    case TUPLE_1:
    case TUPLE_3:
    case REDUCE:
    case BUILD:
    case NONE:
    case FALSE_VALUE: return TN_OK;
    default: return fail_form(self);
    }
}

/* Takes the pixels of an array: all that its shape says. */
static int take_pixels(reader *self, const description *array)
{
    int64_t n_bytes;
    if (!array->is_bytes || !array->is_by_rows || array->shape[0] < 1 || array->shape[1] < 1 ||
        __builtin_mul_overflow(array->shape[0], array->shape[1], &n_bytes) ||
        (uint64_t)n_bytes != self->now.n)
        return fail(self, "the array is not one of bytes, row by row, in two dimensions");
    self->out->n_rows = array->shape[0];
    self->out->n_columns = array->shape[1];
    self->out->offset = (const uint8_t *)self->now.chars - self->bytes;
    const int status = expect(self, TUPLE);
    return status == TN_OK ? expect(self, BUILD) : status;
}

/* Reads the rest of an array, whose first instruction was read. Its pixels are the first text of
 * more than a few bytes. */
static int read_array(reader *self)
{
    enum { LONGEST_NAME = 2 };
    description array = {0};
    int status = self->out->n_rows > 0 ? fail(self, "has a second array") : TN_OK;
    while (status == TN_OK && !(self->now.op == STRING && self->now.n > LONGEST_NAME)) {
        status = take_array(self, &array);
        if (status == TN_OK)
            status = next(self);
    }
    return status == TN_OK ? take_pixels(self, &array) : status;
}

/* Reads the value of a key, and the instruction after it. */
static int read_value(reader *self, const instruction *key)
{
    int status = next(self);
    if (status != TN_OK)
        return status;
    switch (self->now.op) {
    case EMPTY_LIST: return read_list(self, is_text(key, self->wanted));
    case GLOBAL:
        status = is_text(key, "data") ? read_array(self) : fail_form(self);
        return status == TN_OK ? next(self) : status;
    case STRING:
    case INT_4:
    case GET: return next(self);
    default: return fail_form(self);
    }
}

static int read_all(reader *self)
{
    const uint8_t *const proto = take(self, 2);
    if (!proto)
        return TN_EDECODE;
    if (proto[0] != PROTO || proto[1] != 2)
        return fail_form(self);
    int status = expect(self, EMPTY_DICT);
    if (status == TN_OK)
        status = expect(self, MARK);
    if (status == TN_OK)
        status = next(self);
    while (status == TN_OK && self->now.op == STRING) {
        const instruction key = self->now;
        status = read_value(self, &key);
    }
    if (status == TN_OK && self->now.op != SET_ITEMS)
        status = fail_form(self);
    if (status == TN_OK)
        status = expect(self, STOP);
    return status == TN_OK && self->at != self->end ? fail(self, "has bytes after its end")
                                                    : status;
}

int tn__pickle_read(const uint8_t *bytes, size_t n_bytes, const char *wanted, tn__pickle *out)
{
    reader self = {
        .bytes = bytes, .at = bytes, .end = bytes + n_bytes, .wanted = wanted, .out = out};
    *out = (tn__pickle){0};
    return read_all(&self);
}

void tn__pickle_free(tn__pickle *pickle)
{
    tn__blob_free(&pickle->numbers);
    tn__text_free(&pickle->words);
    *pickle = (tn__pickle){0};
}
