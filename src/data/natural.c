/* SPDX-License-Identifier: MIT */
/* Natural order of names. See natural.h.
 *
 * A key alternates text, number, text, …, and begins with a text that may be empty. Hence a text
 * that ends, at a digit or at the end of the name, sorts before a longer text. */
#include "data/natural.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Compares the numbers at *a and *b, of any length, and steps over them. */
static int compare_numbers(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    size_t n_a = 0, n_b = 0;
    while (is_digit((*a)[n_a]))
        n_a++;
    while (is_digit((*b)[n_b]))
        n_b++;
    if (n_a != n_b)
        return n_a < n_b ? -1 : 1;
    const int order = memcmp(*a, *b, n_a);
    *a += n_a;
    *b += n_b;
    return order;
}

int tn__natural_key_compare(const char *a, const char *b)
{
    for (;;) {
        while (*a && !is_digit(*a) && lower(*a) == lower(*b)) {
            a++;
            b++;
        }
        const bool a_ends = !*a || is_digit(*a), b_ends = !*b || is_digit(*b);
        if (a_ends != b_ends)
            return a_ends ? -1 : 1;
        if (!a_ends)
            return lower(*a) - lower(*b);
        if (!*a || !*b)
            return (*a != '\0') - (*b != '\0');
        const int order = compare_numbers(&a, &b);
        if (order != 0)
            return order;
    }
}

int tn__natural_compare(const char *a, const char *b)
{
    const int order = tn__natural_key_compare(a, b);
    return order != 0 ? order : strcmp(a, b);
}
