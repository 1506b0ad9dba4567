/* SPDX-License-Identifier: MIT */
/* Shows names to people. See show.h. */
#include "base/show.h"

#include <stdio.h>
#include <string.h>

#include "base/character.h"

enum { FORM_BYTES = 12 }; /* bytes of "\U000E0001" and its NUL */

/* Writes the shown form of the first character of `name`, and returns the bytes of that character.
 */
static size_t show_one(const char *name, size_t n_bytes, char form[FORM_BYTES])
{
    static const char named[] = "\n\r\t\\", letters[] = "nrt\\";
    const tn__character c = tn__character_at(name, n_bytes);
    const char *const letter = c.point && c.point < 0x80 ? strchr(named, (int)c.point) : NULL;
    if (letter)
        snprintf(form, FORM_BYTES, "\\%c", letters[letter - named]);
    else if (!c.valid || (c.point < 0x80 && tn__character_is_hidden(c.point)))
        snprintf(form, FORM_BYTES, "\\x%02X", (unsigned)c.point);
    else if (tn__character_is_hidden(c.point))
        snprintf(form, FORM_BYTES, c.point > 0xFFFF ? "\\U%08X" : "\\u%04X", (unsigned)c.point);
    else
        snprintf(form, FORM_BYTES, "%.*s", (int)c.n_bytes, name);
    return c.n_bytes;
}

size_t tn__show(const char *name, size_t n_bytes, char *out, size_t size)
{
    static const char cut[] = "…";
    char form[FORM_BYTES];
    /* kept: the bytes in `out`; fits: the most of them that leave space for `cut` */
    size_t length = 0, kept = 0, fits = 0;
    for (size_t i = 0; i < n_bytes;) {
        i += show_one(name + i, n_bytes - i, form);
        const size_t n = strlen(form);
        if (kept == length && length + n < size) {
            memcpy(out + kept, form, n);
            kept += n;
            if (kept + sizeof cut <= size)
                fits = kept;
        }
        length += n;
    }
    if (kept < length && size >= sizeof cut) {
        memcpy(out + fits, cut, sizeof cut);
        return length;
    }
    if (size > 0)
        out[kept < length ? 0 : kept] = '\0';
    return length;
}

void tn__text_show(tn__text *text, const char *name)
{
    char form[FORM_BYTES];
    for (size_t i = 0, n_bytes = strlen(name); i < n_bytes;) {
        i += show_one(name + i, n_bytes - i, form);
        tn__text_add(text, form);
    }
}
