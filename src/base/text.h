/* SPDX-License-Identifier: MIT */
/* Texts that grow: canonical op lists, JSON, messages. Numbers do not depend on the locale. */
#ifndef TENCH_BASE_TEXT_H
#define TENCH_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* `chars` ends with NUL once anything was added. After a failed allocation `failed` is set and
 * further additions do nothing, so check it once, at the end. */
typedef struct tn__text {
    char *chars;
    size_t length, capacity;
    int failed;
} tn__text;

void tn__text_free(tn__text *text);
/* Empties the text but keeps its memory. */
void tn__text_clear(tn__text *text);
void tn__text_add(tn__text *text, const char *string);
void tn__text_add_bytes(tn__text *text, const char *bytes, size_t n_bytes);
void tn__text_printf(tn__text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds the shortest decimal form that reads back as the same double; integers get no point. */
void tn__text_number(tn__text *text, double value);
/* Adds a JSON string with its quotes. A byte that is not UTF-8, for example FF, becomes the lone
 * surrogate \udcff, as in Python's os.fsdecode: no byte is lost, and no valid text looks like it.
 */
void tn__text_json(tn__text *text, const char *string);
void tn__text_json_bytes(tn__text *text, const char *string, size_t n_bytes);
/* The length of the mark that some editors put before UTF-8; 0 if the text does not begin with it.
 */
size_t tn__text_mark(const char *text);
/* Reads a number such as "0.25" (but not "3/4") in the C locale. Returns its end, or NULL if there
 * is not a number. */
const char *tn__text_parse_number(const char *string, double *out);

#endif
