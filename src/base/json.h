/* SPDX-License-Identifier: MIT */
/* Reads JSON texts in place: a value is a stretch of the text, and its parts are found on demand.
 * Like Python's json, it also knows NaN, Infinity and -Infinity. */
#ifndef TENCH_BASE_JSON_H
#define TENCH_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { TN__JSON_DEPTH = 128 };

/* A value, without blanks around it. */
typedef struct tn__json {
    const char *chars;
    size_t n;
} tn__json;

/* Checks a text. False: it is not one JSON value, or is nested deeper than TN__JSON_DEPTH. All
 * functions below take values of a text that was checked. */
bool tn__json_read(const char *text, size_t n, tn__json *out);
/* '{', '[', '"', 't', 'f', 'n' (null), or '0' for any number. */
char tn__json_kind(tn__json value);
/* Finds the value of a key; the last one, if the object repeats the key. False: there is none, or
 * the value is not an object. */
bool tn__json_member(tn__json object, const char *key, size_t n_key, tn__json *out);
/* A place in an array or object. */
typedef struct tn__json_walk {
    const char *at, *end;
    tn__json key;   /* of an object: a string */
    tn__json value; /* of the item that tn__json_next found */
    bool has_keys;
} tn__json_walk;
/* Begins before the first item. A value without items has none. */
tn__json_walk tn__json_items(tn__json value);
/* Finds the next item; false: there are no more. */
bool tn__json_next(tn__json_walk *walk);
/* Reads a number without a fraction. False: the value is something else, or needs more bits. */
bool tn__json_int(tn__json value, int64_t *out);
/* Reads a finite number of fewer than 64 characters. False: the value is something else. */
bool tn__json_number(tn__json value, double *out);
/* Appends a string, without quotes and escapes. False: the value is not a string. */
bool tn__json_text(tn__json value, tn__text *out);

#endif
