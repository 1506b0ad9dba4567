/* SPDX-License-Identifier: MIT */
/* The entries of a list while it is read: paths, and labels as they are written. Classes get their
 * numbers when all entries are known. */
#ifndef TENCH_DATA_LIST_ENTRIES_H
#define TENCH_DATA_LIST_ENTRIES_H

#include "base/blob.h"
#include "base/text.h"
#include "data/classmap.h"
#include "data/listing/draft.h"

/* What the labels of a list are. */
enum {
    TN__LIST_AUTO,    /* as the first label is written */
    TN__LIST_CLASS,   /* one class, by name or number */
    TN__LIST_CLASSES, /* several */
    TN__LIST_NUMBERS, /* numbers, whatever they mean */
    TN__LIST_WEIGHTS, /* classes, each with a weight: as many numbers as there are classes */
    TN__LIST_TEXT
};

typedef struct tn__entries {
    int32_t kind;     /* TN__LIST_AUTO until a label decides */
    tn__draft draft;  /* the entries: names are paths; labels come last */
    tn__text words;   /* names or numbers of classes, or texts; each with its NUL */
    tn__blob counts;  /* of each entry: how many words or numbers it has, as int32_t */
    tn__blob weights; /* of words, or the numbers themselves; as float */
    int32_t n_now;    /* words or numbers of the entry that is being added */
} tn__entries;

/* Adds an entry, whose words and numbers were added before it. TN_EDECODE: the path is empty, too
 * long or a URL; TN_ENOMEM. */
int tn__entries_add(tn__entries *entries, const char *path);
/* Add to the labels of the next entry. TN_EDECODE, TN_ENOMEM. */
int tn__entries_add_word(tn__entries *entries, const char *word, size_t n);
int tn__entries_add_number(tn__entries *entries, double number);
/* Adds the weight of the next entry, also as a text. TN_EDECODE: it is not finite, or below 0. */
int tn__entries_add_weight(tn__entries *entries, double weight);
int tn__entries_add_weight_text(tn__entries *entries, const char *text);
/* Adds the labels in a cell of a table, by the kind; `separators` are the characters between
 * them. */
int tn__entries_add_cell(tn__entries *entries, const char *cell, const char *separators);
void tn__entries_free(tn__entries *entries);
/* Gives all entries of the draft their labels, which are numbers of the classes: those of
 * class_map, or, if it is NULL, those that the entries name, in natural order, or, if all are
 * numbers, "0" to the largest. -1 means no class. The caller frees the classes, also after a
 * failure. TN_EINVAL, TN_EDECODE, TN_EIO, TN_ENOMEM, TN_ELIMIT. */
int tn__entries_label(tn__entries *entries, const char *folder, const char *class_map,
                      tn__classmap *classes);

#endif
