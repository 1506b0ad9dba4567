/* SPDX-License-Identifier: MIT */
/* The registry: one kind of entry for everything that has a name.
 *
 * Ops, orders and devices have their entries beside their code. The entries for the options of data
 * sets, loaders and tasks are in spec/options.c. An entry explains a name to people, and holds the
 * limits and defaults of its parameters. Nothing else repeats them: the checks in C and in Lua, the
 * help, the annotations and the tables of the documentation all read the registry. */
#ifndef TENCH_SPEC_SPEC_H
#define TENCH_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tench.h"

/* Kinds of parameters, by the text forms of their values. Only options have the last three. */
enum {
    TN__NUMBER = 1, /* 0.5 */
    TN__INTEGER,    /* 3 */
    TN__FLAG,       /* yes, no (true, false, 1, 0) */
    TN__SIZE,       /* 224 (both sides) or 224x192 (height x width): numbers h, w */
    TN__RANGE,      /* 0.08,1 (low, high): numbers; one number is both */
    TN__NUMBERS,    /* 0.485,0.456,0.406: 1 to 8 of them, or one of `choices`: imagenet */
    TN__CHOICE,     /* bilinear: one of `choices` */
    TN__TEXT,       /* any text */
    TN__NAME,       /* cuda: the name of an entry, of the kind `of` */
    TN__FUNCTION,   /* a function of Lua */
    TN__ANY         /* a value of Lua; the code that uses it checks it */
};
/* Returns the name of a kind, for example "range". Static. */
const char *tn__kind_name(int32_t kind);

/* The longest side that a size can have. */
enum { TN__MAX_SIZE = TN_MAX_SIDE };
/* Marks a parameter without an upper bound. Doubles are exact integers up to here. */
#define TN__ENDLESS 0x1p53

/* Says where an option stands in a struct of tench.h: an int32_t, an int64_t or a text. */
typedef struct tn__field {
    const char *name;
    size_t offset, bytes; /* bytes 0: the option is in no struct */
} tn__field;

typedef struct tn__param {
    const char *name, *doc;
    int32_t kind;
    int32_t of;          /* of TN__NAME: TN_SPEC_… */
    const char *initial; /* the default, as text; NULL: the parameter is required; "": it is unset
                            unless it is given */
    const char *choices; /* words */
    const char *missing; /* choices of timm that tench lacks so far and refuses by name */
    const char *type;    /* type of the value in Lua, where the kind does not tell it */
    const char *refused; /* why tench takes only the default; "": it lacks the option so far */
    const char *instead; /* what to use instead, where another library has this option */
    double min, max;     /* bounds of each number; both 0: none */
    int32_t counts;      /* of TN__NUMBERS: bit n allows n numbers; 0: 1 to 8 */
    tn__field field;
} tn__param;

/* True if the numbers of the parameter have bounds. */
bool tn__param_has_bounds(const tn__param *param);

/* An entry has the parameters in `params`, then those that it shares with other entries. */
typedef struct tn__spec {
    const char *name, *doc;
    const char *aliases;     /* further names, as words; NULL: none */
    const char *source;      /* what defines it, for example "Pillow 13.0 Resample.c" */
    const char *package;     /* of Debian, that it needs besides tench; NULL: none */
    const char *speed;       /* as tests/bench/RESULTS.md has it; NULL: not measured */
    const char *missing;     /* parameters of timm that tench lacks and refuses by name */
    const tn__param *params; /* ends with a zero name; NULL: none */
    const tn__param *shared[2];
} tn__spec;

/* True if `name` is the entry's name or one of its aliases. */
bool tn__spec_is(const tn__spec *spec, const char *name, size_t length);
/* Returns parameter number `index`, shared ones included; NULL after the last one. */
const tn__param *tn__spec_at(const tn__spec *spec, int32_t index);
/* Finds a parameter by its name; NULL: the entry has none of that name. */
const tn__param *tn__spec_param(const tn__spec *spec, const char *name, size_t length);

/* A table of entries is a function: it returns entry number `index`, NULL after the last one. */
typedef const tn__spec *tn__spec_table(int32_t index);
/* Finds the number of the entry with that name or alias; -1: there is none. */
int32_t tn__spec_find(tn__spec_table *at, const char *name, size_t length);
/* Records that there is no entry of that name, and lists the names; `noun` names the kind. Returns
 * `status`. */
int tn__spec_unknown(int status, tn__spec_table *at, const char *noun, const char *name);

#endif
