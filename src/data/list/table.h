/* SPDX-License-Identifier: MIT */
/* Rows of CSV and TSV files, as RFC 4180 and Python's csv module have them: a cell in quotes may
 * contain the delimiter, line breaks, and "" for a quote. */
#ifndef TENCH_DATA_LIST_TABLE_H
#define TENCH_DATA_LIST_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* A table in memory that is read once, row by row. Reading changes the memory. */
typedef struct tn__table {
    char *at; /* the rest; ends with NUL, and has none before */
    char delimiter;
    int64_t line; /* where the row that was read last begins, from 1 */
    int64_t next_line;
    char **cells; /* of that row, each ended with NUL; valid until the next row is read */
    int32_t n_cells, capacity;
} tn__table;

/* Begins at the start of `text`. */
void tn__table_begin(char *text, char delimiter, tn__table *out);
void tn__table_free(tn__table *table);
/* Reads the next row that is not empty. 1: there is one; 0: the table has ended; TN_EDECODE: a
 * quote has no end, or stands inside a cell; TN_ENOMEM. */
int tn__table_next(tn__table *table);

#endif
