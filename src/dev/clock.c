/* SPDX-License-Identifier: MIT */
/* Vector clocks. See clock.h. */
#include "dev/clock.h"

#include <string.h>

void tn__clock_join(tn__clock *clock, const tn__clock *other)
{
    for (int32_t a = 0; a < TN__ACTORS; a++)
        if (clock->at[a] < other->at[a])
            clock->at[a] = other->at[a];
}

void tn__clock_step(tn__clock *clock, int32_t actor)
{
    clock->at[actor]++;
}

static const tn__access *unordered(const tn__history *history, const tn__access *access,
                                   const tn__clock *clock)
{
    if (history->written > clock->at[history->write.actor])
        return &history->write;
    for (int32_t a = 0; access->writes && a < TN__ACTORS; a++)
        if (history->read[a] > clock->at[a])
            return &history->reads[a];
    return NULL;
}

const tn__access *tn__history_add(tn__history *history, const tn__access *access,
                                  const tn__clock *clock)
{
    const tn__access *const earlier = unordered(history, access, clock);
    if (earlier)
        return earlier;
    const uint32_t step = clock->at[access->actor];
    if (access->writes) {
        history->write = *access;
        history->written = step;
        memset(history->read, 0, sizeof history->read);
    } else {
        history->reads[access->actor] = *access;
        history->read[access->actor] = step;
    }
    return NULL;
}
