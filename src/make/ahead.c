/* SPDX-License-Identifier: MIT */
/* Decides which rows to read ahead. See ahead.h. */
#include "make/ahead.h"

#include "base/least.h"

/* Two fetches that waited start the reading ahead if no more rows than this lie between them: a
 * single one may have waited for a lock. */
enum { CLOSE_ROWS = 8 * TN__AHEAD_WATCHED };

void tn__ahead_start(tn__ahead *ahead, int64_t n_rows, int64_t claimed)
{
    const bool goes_on = ahead->until > claimed;
    ahead->n_rows = n_rows;
    ahead->next = 0;
    ahead->until = goes_on ? TN__AHEAD_ROWS : 0;
    ahead->waited = -CLOSE_ROWS - 1;
}

bool tn__ahead_watches(int64_t number)
{
    return number % TN__AHEAD_WATCHED == 0;
}

void tn__ahead_waited(tn__ahead *ahead, int64_t number)
{
    const int64_t apart = number - ahead->waited;
    const bool close = apart >= -CLOSE_ROWS && apart <= CLOSE_ROWS;
    if (close || number < ahead->until)
        ahead->until = number + TN__AHEAD_ROWS;
    ahead->waited = number;
}

/* How many rows may be wanted before workers claim the first of them. */
static int64_t window(const tn__ahead_view *view)
{
    const int64_t fit = TN__AHEAD_BYTES / (view->mean_bytes + 1);
    return fit < TN__AHEAD_LEAST ? TN__AHEAD_LEAST : tn__least(fit, TN__AHEAD_MOST);
}

/* The next row to want: none that workers are about to fetch. */
static int64_t first(const tn__ahead *ahead, const tn__ahead_view *view)
{
    const int64_t free = view->claimed + view->n_threads;
    return ahead->next > free ? ahead->next : free;
}

/* The end of the rows that can be wanted now. */
static int64_t end(const tn__ahead *ahead, const tn__ahead_view *view)
{
    return tn__least(tn__least(ahead->until, ahead->n_rows),
                     view->claimed + view->n_threads + window(view));
}

bool tn__ahead_is_due(const tn__ahead *ahead, const tn__ahead_view *view)
{
    return view->claimed < ahead->until &&
           end(ahead, view) - first(ahead, view) >= tn__least(TN__AHEAD_STEP, window(view) / 2);
}

int32_t tn__ahead_take(tn__ahead *ahead, const tn__ahead_view *view,
                       int64_t numbers[TN__AHEAD_STEP])
{
    const int64_t stop = end(ahead, view);
    int32_t n = 0;
    for (ahead->next = first(ahead, view); ahead->next < stop && n < TN__AHEAD_STEP; ahead->next++)
        if (ahead->next % TN__AHEAD_LEFT_OUT != 0)
            numbers[n++] = ahead->next;
    ahead->wanted += n;
    return n;
}
