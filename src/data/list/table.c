/* SPDX-License-Identifier: MIT */
/* Reads rows of CSV and TSV files in place. See table.h. */
#include "data/list/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { MOST_CELLS = 1 << 16 };

void tn__table_begin(char *text, char delimiter, tn__table *out)
{
    *out = (tn__table){.at = text + tn__text_mark(text), .delimiter = delimiter, .next_line = 1};
}

void tn__table_free(tn__table *table)
{
    free(table->cells);
    table->cells = NULL;
}

static int add_cell(tn__table *table, char *cell)
{
    if (table->n_cells == table->capacity) {
        if (table->n_cells == MOST_CELLS)
            return tn__fail(TN_EDECODE, "has more than %d cells", MOST_CELLS);
        const int32_t capacity = table->capacity ? 2 * table->capacity : 16;
        char **const more = realloc(table->cells, (size_t)capacity * sizeof *more);
        if (!more)
            return tn__fail_memory("cells of a list", (size_t)capacity * sizeof *more);
        table->cells = more;
        table->capacity = capacity;
    }
    table->cells[table->n_cells++] = cell;
    return TN_OK;
}

/* Steps over the line break at `at`, if there is one. */
static char *skip_break(tn__table *table, char *at)
{
    if (*at == '\0')
        return at;
    table->next_line++;
    return at + 1 + (at[0] == '\r' && at[1] == '\n');
}

static bool ends_cell(const tn__table *table, char c)
{
    return c == table->delimiter || c == '\n' || c == '\r' || c == '\0';
}

/* Moves the contents of the quotes at `at` to `cell`, and returns what follows them; *end is the
 * end of the contents. NULL: the quotes have no end, or more follows them. */
static char *read_quoted(tn__table *table, char *at, char **end)
{
    char *out = at++;
    for (; *at; at++) {
        if (at[0] == '"' && at[1] != '"')
            break;
        table->next_line += *at == '\n' || (at[0] == '\r' && at[1] != '\n');
        at += *at == '"';
        *out++ = *at;
    }
    if (!*at || !ends_cell(table, at[1])) {
        tn__fail(TN_EDECODE, *at ? "has text after the quote that ends a cell"
                                 : "has a quote that does not end");
        return NULL;
    }
    *end = out;
    return at + 1;
}

/* Reads the cells up to the line break, which it leaves. */
static int read_cells(tn__table *table)
{
    for (;;) {
        char *const cell = table->at;
        char *end = cell;
        if (*cell == '"') {
            table->at = read_quoted(table, cell, &end);
            if (!table->at)
                return TN_EDECODE;
        } else {
            while (!ends_cell(table, *end))
                end++;
            table->at = end;
        }
        const int status = add_cell(table, cell);
        if (status != TN_OK)
            return status;
        const bool more = *table->at == table->delimiter && *table->at;
        char *const next = more ? table->at + 1 : skip_break(table, table->at);
        *end = '\0';
        table->at = next;
        if (!more)
            return TN_OK;
    }
}

int tn__table_next(tn__table *table)
{
    do {
        if (!*table->at)
            return 0;
        table->n_cells = 0;
        table->line = table->next_line;
        const int status = read_cells(table);
        if (status != TN_OK)
            return status;
    } while (table->n_cells == 1 && !table->cells[0][0]);
    return 1;
}
