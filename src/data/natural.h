/* SPDX-License-Identifier: MIT */
/* Natural order of names: n1 < n2 < n10, as timm sorts classes and files.
 *
 * timm lower-cases a name, cuts it at its runs of digits and compares the pieces, digits as
 * numbers. Here only A–Z are lower-cased and only 0–9 are digits, so that the order of bytes is one
 * on every machine; timm goes by Unicode, where "É" equals "é" and other scripts have digits too.
 */
#ifndef TENCH_DATA_NATURAL_H
#define TENCH_DATA_NATURAL_H

/* Below, equal to or above 0, as strcmp; 0 where timm's keys are equal ("Cat" and "cat", "01" and
 * "1"). */
int tn__natural_key_compare(const char *a, const char *b);
/* The same with ties broken by bytes: 0 only for the same name. */
int tn__natural_compare(const char *a, const char *b);

#endif
