/* SPDX-License-Identifier: MIT */
/* State to JSON and back. See state.h. */
#include "load/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"

typedef struct field {
    const char *key;
    size_t offset;
    bool is_text;
    bool must_match; /* the resuming loader's value */
} field;

static const field fields[] = {
    {"format", offsetof(tn__state, format), true, true},
    {"order", offsetof(tn__state, order), true, true},
    {"rng", offsetof(tn__state, rng), true, true},
    {"dataset", offsetof(tn__state, dataset), true, true},
    {"transform", offsetof(tn__state, transform), true, true},
    {"subset", offsetof(tn__state, subset), true, true},
    {"positions", offsetof(tn__state, positions), false, true},
    {"batch_size", offsetof(tn__state, batch_size), false, true},
    {"seed", offsetof(tn__state, seed), false, true},
    {"epoch", offsetof(tn__state, epoch), false, false},
    {"position", offsetof(tn__state, position), false, false},
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

static const char *text_of(const tn__state *state, const field *f)
{
    return (const char *)state + f->offset;
}

static int64_t number_of(const tn__state *state, const field *f)
{
    int64_t value;
    memcpy(&value, (const char *)state + f->offset, sizeof value);
    return value;
}

void tn__state_write(const tn__state *state, tn__text *text)
{
    for (int f = 0; f < N_FIELDS; f++) {
        tn__text_printf(text, "%s\"%s\":", f ? "," : "{", fields[f].key);
        if (fields[f].is_text)
            tn__text_json(text, text_of(state, &fields[f]));
        else
            tn__text_printf(text, "%lld", (long long)number_of(state, &fields[f]));
    }
    tn__text_add(text, "}");
}

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Reads a string without escapes, because no value has any. NULL: malformed, or too long. */
static const char *read_text(const char *at, char out[TN__STATE_TEXT])
{
    if (*at != '"')
        return NULL;
    const size_t length = strcspn(at + 1, "\"\\\n");
    if (length >= TN__STATE_TEXT || at[1 + length] != '"')
        return NULL;
    memcpy(out, at + 1, length);
    out[length] = '\0';
    return at + length + 2;
}

/* Reads a whole number in JSON. NULL: malformed, or more than 64 bits. */
static const char *read_number(const char *at, int64_t *out)
{
    const bool negative = *at == '-';
    at += negative;
    if (*at < '0' || *at > '9' || (*at == '0' && at[1] >= '0' && at[1] <= '9'))
        return NULL;
    int64_t value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        const int digit = negative ? '0' - *at : *at - '0';
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return NULL;
    }
    *out = value;
    return at;
}

static const field *find_field(const char *key)
{
    for (int f = 0; f < N_FIELDS; f++)
        if (strcmp(fields[f].key, key) == 0)
            return &fields[f];
    return NULL;
}

/* Reads `"key": value` into the state. NULL with the failure recorded. */
static const char *read_member(const char *at, tn__state *state, uint32_t *seen)
{
    char key[TN__STATE_TEXT];
    at = read_text(at, key);
    if (!at)
        return tn__fail_null(TN_EINVAL, "state: a key is expected");
    at = skip_space(at);
    if (*at != ':')
        return tn__fail_null(TN_EINVAL, "state: \":\" must follow the key \"%s\"", key);
    const field *const f = find_field(key);
    if (!f)
        return tn__fail_null(TN_EINVAL, "state: key \"%s\" is unknown", key);
    const uint32_t bit = 1u << (f - fields);
    if (*seen & bit)
        return tn__fail_null(TN_EINVAL, "state: key \"%s\" appears twice", key);
    *seen |= bit;
    at = skip_space(at + 1);
    int64_t value = 0;
    at = f->is_text ? read_text(at, (char *)state + f->offset) : read_number(at, &value);
    if (!at)
        return tn__fail_null(TN_EINVAL, "state: the value of \"%s\" is malformed", key);
    if (!f->is_text)
        memcpy((char *)state + f->offset, &value, sizeof value);
    return skip_space(at);
}

static int check_complete(uint32_t seen)
{
    for (int f = 0; f < N_FIELDS; f++)
        if (!(seen & 1u << f))
            return tn__fail(TN_EINVAL, "state: key \"%s\" is missing", fields[f].key);
    return TN_OK;
}

int tn__state_read(const char *text, tn__state *state)
{
    *state = (tn__state){0};
    if (strnlen(text, TN__STATE_BYTES) == TN__STATE_BYTES)
        return tn__fail(TN_EINVAL, "state: the text is longer than %d bytes", TN__STATE_BYTES - 1);
    const char *at = skip_space(text);
    if (*at != '{')
        return tn__fail(TN_EINVAL, "state: the text is not a JSON object");
    uint32_t seen = 0;
    do {
        at = read_member(skip_space(at + 1), state, &seen);
        if (!at)
            return TN_EINVAL;
    } while (*at == ',');
    if (*at != '}' || *skip_space(at + 1))
        return tn__fail(TN_EINVAL, "state: \",\" or \"}\" must come at \"%.16s\"", at);
    return check_complete(seen);
}

int tn__state_match(const tn__state *own, const tn__state *state)
{
    for (int i = 0; i < N_FIELDS; i++) {
        const field *const f = &fields[i];
        if (!f->must_match)
            continue;
        if (f->is_text && strcmp(text_of(own, f), text_of(state, f)) != 0)
            return tn__fail(TN_EINVAL, "state: its %s is \"%s\", but the loader's is \"%s\"",
                            f->key, text_of(state, f), text_of(own, f));
        if (!f->is_text && number_of(own, f) != number_of(state, f))
            return tn__fail(TN_EINVAL, "state: its %s is %lld, but the loader's is %lld", f->key,
                            (long long)number_of(state, f), (long long)number_of(own, f));
    }
    if (state->epoch < 0 || state->epoch == INT64_MAX || state->position < 0 ||
        state->position > state->positions)
        return tn__fail(
            TN_EINVAL,
            "state: epoch %lld, position %lld does not exist: an epoch has %lld positions",
            (long long)state->epoch, (long long)state->position, (long long)state->positions);
    if (state->position % state->batch_size != 0)
        return tn__fail(TN_EINVAL, "state: position %lld is not a multiple of batch_size %lld",
                        (long long)state->position, (long long)state->batch_size);
    return TN_OK;
}
