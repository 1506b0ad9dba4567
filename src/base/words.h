/* SPDX-License-Identifier: MIT */
/* Lists of words in tables of constants: one text, with single spaces between the words. */
#ifndef TENCH_BASE_WORDS_H
#define TENCH_BASE_WORDS_H

#include <stddef.h>
#include <stdint.h>

typedef struct tn__word {
    const char *at; /* not terminated */
    size_t length;  /* 0: there is no such word */
} tn__word;

/* Removes the first word from the list and returns it. */
tn__word tn__words_take(const char **list);
/* Finds the place of a word in the list; -1 if the list lacks it. NULL is a list without words. */
int32_t tn__words_find(const char *list, tn__word wanted);
/* Returns the word at a place of the list. */
tn__word tn__words_at(const char *list, int32_t place);

#endif
