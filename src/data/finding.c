/* SPDX-License-Identifier: MIT */
/* Lists of findings. See finding.h. */
#include "data/finding.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void tn__findings_init(tn__findings *findings, const tn__source *source, size_t most)
{
    *findings = (tn__findings){.source = source, .most = most};
    pthread_mutex_init(&findings->lock, NULL);
}

void tn__findings_free(tn__findings *findings)
{
    for (size_t f = 0; f < findings->n; f++) {
        free(findings->list[f].name);
        free(findings->list[f].message);
    }
    free(findings->list);
    pthread_mutex_destroy(&findings->lock);
}

/* With the lock held. */
static int push(tn__findings *findings, const tn__finding *finding, const char *message)
{
    if (findings->n == findings->capacity) {
        const size_t capacity = findings->capacity ? 2 * findings->capacity : 16;
        tn__finding *const more = realloc(findings->list, capacity * sizeof *more);
        if (!more)
            return tn__fail_memory("a list of findings", capacity * sizeof *more);
        findings->list = more;
        findings->capacity = capacity;
    }
    tn__finding *const kept = &findings->list[findings->n];
    *kept = *finding;
    kept->message = strdup(message);
    kept->name =
        strdup(finding->sample >= 0 ? tn__source_name(findings->source, finding->sample) : "");
    if (!kept->message || !kept->name) {
        free(kept->message);
        free(kept->name);
        return tn__fail_memory("a message", strlen(message));
    }
    findings->n++;
    return TN_OK;
}

int tn__findings_add(tn__findings *findings, const tn__finding *finding, const char *message)
{
    int status = TN_OK;
    pthread_mutex_lock(&findings->lock);
    if (findings->most == 0 || findings->n < findings->most)
        status = push(findings, finding, message);
    pthread_mutex_unlock(&findings->lock);
    return status;
}

int tn__findings_add_failure(tn__findings *findings, int64_t sample, int32_t kind)
{
    const tn__error *const error = tn__error_last();
    const tn__finding finding = {.sample = sample,
                                 .code = error->code,
                                 .system_error = error->system_error,
                                 .kind = kind,
                                 .row = -1,
                                 .byte = -1,
                                 .stage = error->stage};
    return tn__findings_add(findings, &finding, error->message);
}

int tn__findings_add_fault(tn__findings *findings, int64_t sample, int32_t kind)
{
    const tn__error *const error = tn__error_last();
    return tn__error_is_systemic(error) ? error->code
                                        : tn__findings_add_failure(findings, sample, kind);
}

int64_t tn__findings_count(tn__findings *findings)
{
    pthread_mutex_lock(&findings->lock);
    const int64_t n = (int64_t)findings->n;
    pthread_mutex_unlock(&findings->lock);
    return n;
}

bool tn__findings_at(tn__findings *findings, int64_t place, tn__finding *out)
{
    pthread_mutex_lock(&findings->lock);
    const bool is_there = place >= 0 && place < (int64_t)findings->n;
    if (is_there)
        *out = findings->list[place];
    pthread_mutex_unlock(&findings->lock);
    return is_there;
}

static int compare(const void *a, const void *b)
{
    const tn__finding *const x = a, *const y = b;
    if (x->sample != y->sample)
        return x->sample < y->sample ? -1 : 1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

void tn__findings_sort(tn__findings *findings)
{
    if (findings->n > 0)
        qsort(findings->list, findings->n, sizeof *findings->list, compare);
}
