/* SPDX-License-Identifier: MIT */
/* The registry for callers. The first call builds it from the tables; after that it does not
 * change. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "codec/codec.h"
#include "data/order.h"
#include "data/sources.h"
#include "dev/devices.h"
#include "op/op.h"
#include "op/ops.h"
#include "spec/options.h"

enum { MAX_SPECS = 128, MAX_PARAMS = 1024, MAX_NAMES = 256 };
enum { FIRST_KIND = TN_SPEC_OP, N_KINDS = 6 };

/* The ordered table of one kind of entries. */
typedef struct section {
    tn__spec_table *at;
    tn_spec specs[MAX_SPECS];
    int32_t n;
} section;

static const tn__spec *op_at(int32_t index)
{
    return index < tn__n_ops ? &tn__ops[index]->spec : NULL;
}

static section sections[N_KINDS] = {{.at = op_at},          {.at = tn__options_at},
                                    {.at = tn__order_spec}, {.at = tn__device_spec},
                                    {.at = tn__codec_spec}, {.at = tn__source_spec}};
static pthread_once_t once = PTHREAD_ONCE_INIT;
/* The parameters of all entries, entry after entry. */
static tn_param params[MAX_PARAMS];
static const tn_param *places[MAX_PARAMS];
static int32_t n_params;

static const char *stage_name(int32_t stage)
{
    static const char *const names[] = {
        [TN__GEOMETRY] = "geometry",
        [TN__PIXEL] = "pixel",
        [TN__FINISH] = "finish",
        [TN__BATCH] = "batch",
    };
    return names[stage];
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* Names of all entries of a kind, as words. */
static const char *names_of(int32_t kind)
{
    static char names[N_KINDS][MAX_NAMES];
    tn__spec_table *const at = sections[kind - FIRST_KIND].at;
    char *const out = names[kind - FIRST_KIND];
    size_t length = 0;
    for (int32_t index = 0; at(index); index++) {
        const int n = snprintf(out + length, MAX_NAMES - length, "%s%s", index > 0 ? " " : "",
                               at(index)->name);
        length += (size_t)n;
        assert(length < MAX_NAMES);
    }
    return out;
}

static bool takes_zero(const tn__param *param)
{
    return param->kind == TN__INTEGER && param->initial && param->field.bytes > 0 && param->min > 0;
}

static void add_param(const tn__param *param)
{
    assert(n_params < MAX_PARAMS);
    params[n_params] = (tn_param){
        .name = param->name,
        .doc = param->doc,
        .kind = tn__kind_name(param->kind),
        .initial = or_empty(param->initial),
        .choices = param->of ? names_of(param->of) : or_empty(param->choices),
        .type = or_empty(param->type),
        .field = or_empty(param->field.name),
        .refused = param->refused,
        .instead = param->instead,
        .min = param->kind == TN__SIZE ? 1 : param->min,
        .max = param->kind == TN__SIZE ? TN__MAX_SIZE : param->max,
        .required = param->initial ? TN_NO : TN_YES,
        .takes_zero = takes_zero(param) ? TN_YES : TN_NO,
    };
    places[n_params] = &params[n_params];
    n_params++;
}

static tn_spec describe_spec(int32_t kind, int32_t index, const tn__spec *spec)
{
    const int32_t first = n_params;
    for (int32_t p = 0; tn__spec_at(spec, p); p++)
        add_param(tn__spec_at(spec, p));
    return (tn_spec){
        .name = spec->name,
        .doc = spec->doc,
        .aliases = or_empty(spec->aliases),
        .source = or_empty(spec->source),
        .stage = kind == TN_SPEC_OP ? stage_name(tn__ops[index]->stage) : "",
        .kind = kind,
        .n_params = n_params - first,
        .params = places + first,
        .package = or_empty(spec->package),
        .speed = or_empty(spec->speed),
    };
}

static void describe(void)
{
    for (int32_t s = 0; s < N_KINDS; s++) {
        section *const out = &sections[s];
        for (const tn__spec *spec; (spec = out->at(out->n)); out->n++) {
            assert(out->n < MAX_SPECS);
            out->specs[out->n] = describe_spec(FIRST_KIND + s, out->n, spec);
        }
    }
}

const tn_spec *tn_spec_at(int32_t kind, int32_t index)
{
    if (kind < FIRST_KIND || kind >= FIRST_KIND + N_KINDS)
        return NULL;
    pthread_once(&once, describe);
    const section *const all = &sections[kind - FIRST_KIND];
    return index >= 0 && index < all->n ? &all->specs[index] : NULL;
}

const tn_spec *tn_spec_find(int32_t kind, const char *name)
{
    if (!name || !tn_spec_at(kind, 0))
        return NULL;
    const section *const all = &sections[kind - FIRST_KIND];
    const int32_t index = tn__spec_find(all->at, name, strlen(name));
    return index >= 0 ? &all->specs[index] : NULL;
}

const char *tn_nearest(const char *name, const char *known)
{
    static _Thread_local char answer[TN__NEAREST_LENGTH + 1];
    tn__nearest nearest = {.given = name, .length = name ? strlen(name) : 0};
    tn__nearest_offer_list(&nearest, known);
    memcpy(answer, or_empty(nearest.name), nearest.name_length);
    answer[nearest.name_length] = '\0';
    return answer;
}
