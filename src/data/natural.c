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

/* Writes the bytes skip … end - 1 of a key. */
typedef struct writer {
    uint8_t *out;
    size_t at, skip, end;
} writer;

static void put(writer *self, unsigned byte)
{
    if (self->at >= self->skip && self->at < self->end)
        self->out[self->at - self->skip] = (uint8_t)byte;
    self->at++;
}

/* Writes a number as the count of its digits, and these, two in a byte: a number with more digits
 * is larger. Returns what follows it. */
static const char *put_number(const char *digits, writer *out)
{
    enum { LONG = 255 };
    while (*digits == '0')
        digits++;
    size_t n = 0;
    while (is_digit(digits[n]))
        n++;
    put(out, n + 1 < LONG ? (unsigned)n + 1 : LONG);
    for (unsigned shift = 64; n + 1 >= LONG && shift > 0; shift -= 8)
        put(out, (unsigned)(n >> (shift - 8) & 255));
    for (size_t i = 0; i < n && out->at < out->end; i += 2)
        put(out,
            (unsigned)(digits[i] - '0') << 4 | (unsigned)(i + 1 < n ? digits[i + 1] - '0' : 0));
    return digits + n;
}

/* A key has the name's texts in lower case, each with a zero at its end, and its numbers between
 * them. Another zero ends them, and the name itself follows, for names that are equal so far. */
size_t tn__natural_bytes(const char *name, size_t skip, uint8_t *out, size_t n)
{
    writer key = {.out = out, .skip = skip, .end = skip + n};
    const char *at = name;
    memset(out, 0, n);
    while (key.at < key.end) {
        for (; *at && !is_digit(*at) && key.at < key.end; at++)
            put(&key, (unsigned)lower(*at));
        put(&key, 0);
        if (!*at)
            break;
        at = put_number(at, &key);
    }
    put(&key, 0);
    for (at = name; *at && key.at < key.end; at++)
        put(&key, (unsigned char)*at);
    put(&key, 0);
    return key.at >= key.end ? n : key.at > skip ? key.at - skip : 0;
}
