/* SPDX-License-Identifier: MIT */
/* The registry: one kind of entry for everything that has a name.
 *
 * Ops, orders and devices each have an entry beside their code; the options of data sets, loaders
 * and jobs have theirs in spec/options.c. An entry holds what a person needs to know of the name,
 * and the limits and defaults of its parameters. These are written nowhere else: the checks in C
 * and in Lua, the help, the annotations and the tables of the documentation all read them. */
#ifndef TENCH_SPEC_SPEC_H
#define TENCH_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tench.h"

/* Kinds of parameters, by the text forms of their values. */
enum {
    TN__NUMBER = 1, /* 0.5 */
    TN__INTEGER,    /* 3 */
    TN__FLAG,       /* yes, no (true, false, 1, 0) */
    TN__SIZE,       /* 224 (both sides) or 224x192 (height x width): numbers h, w */
    TN__RANGE,      /* 0.08,1 (low, high): numbers; one number is both */
    TN__NUMBERS,    /* 0.485,0.456,0.406: 1 to 8 of them */
    TN__CHOICE,     /* bilinear: one of `choices` */
    TN__TEXT        /* imagenet, or numbers: one of `choices`, kept as text, or a list of numbers */
};
/* Name of a kind, for example "range". Static. */
const char *tn__kind_name(int32_t kind);

/* The longest side that a size may have. */
enum { TN__MAX_SIZE = TN_MAX_SIDE };

typedef struct tn__param {
    const char *name, *doc;
    int32_t kind;
    const char *initial; /* the default, as text; NULL: the parameter is required; "": it is unset
                            unless it is given */
    const char *choices; /* words: of a choice, or those that a text may be */
    const char *missing; /* choices of timm that tench lacks so far: refused by name */
    double min, max;     /* bounds of each number; both 0: none */
    int32_t counts;      /* of TN__NUMBERS: bit n allows n numbers; 0: 1 to 8 */
} tn__param;

typedef struct tn__spec {
    const char *name, *doc;
    const char *aliases;     /* further names, as words; NULL: none */
    const char *source;      /* what defines it, for example "Pillow 13.0 Resample.c" */
    const char *missing;     /* parameters of timm that tench lacks so far: refused by name */
    const tn__param *params; /* ends with a zero name */
} tn__spec;

/* True if `name` is the entry's name or one of its aliases. */
bool tn__spec_is(const tn__spec *spec, const char *name, size_t length);
/* Parameter by its name; NULL: the entry has none of that name. */
const tn__param *tn__spec_param(const tn__spec *spec, const char *name, size_t length);

#endif
