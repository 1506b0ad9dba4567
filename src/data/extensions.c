/* SPDX-License-Identifier: MIT */
/* Lists of file name extensions. See extensions.h. */
#include "data/extensions.h"

#include <string.h>

#include "base/error.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static int add(tn__extensions *out, const char *item, size_t length)
{
    const int shown = length < 64 ? (int)length : 64;
    const size_t n_dots = length > 0 && item[0] == '.';
    const char *const letters = item + n_dots;
    const size_t n = length - n_dots;
    if (n == 0 || memchr(letters, '.', n) || memchr(letters, '/', n))
        return tn__fail(TN_EINVAL, "extensions: \"%.*s\" is not an extension like \".jpg\"", shown,
                        item);
    if (n + 1 >= TN__EXTENSION_BYTES)
        return tn__fail(TN_EINVAL, "extensions: \"%.*s\" has %zu characters; the limit is %d",
                        shown, item, length, TN__EXTENSION_BYTES - 1);
    if (out->n == TN__MAX_EXTENSIONS)
        return tn__fail(TN_EINVAL, "extensions: more than %d in the list", TN__MAX_EXTENSIONS);
    char *const added = out->item[out->n++];
    added[0] = '.';
    for (size_t i = 0; i < n; i++)
        added[i + 1] = lower(letters[i]);
    added[n + 1] = '\0';
    return TN_OK;
}

int tn__extensions_parse(const char *list, tn__extensions *out)
{
    *out = (tn__extensions){0};
    for (const char *item = list;; item++) {
        item += strspn(item, " ");
        const size_t span = strcspn(item, ",");
        size_t length = span;
        while (length > 0 && item[length - 1] == ' ')
            length--;
        const int status = add(out, item, length);
        if (status != TN_OK)
            return status;
        item += span;
        if (*item == '\0')
            return TN_OK;
    }
}

bool tn__extensions_match(const tn__extensions *extensions, const char *name)
{
    const char *const dot = strrchr(name, '.');
    if (!dot || (size_t)(dot - name) < strspn(name, "."))
        return false;
    char wanted[TN__EXTENSION_BYTES];
    size_t length = 0;
    for (; dot[length]; length++) {
        if (length == TN__EXTENSION_BYTES - 1)
            return false;
        wanted[length] = lower(dot[length]);
    }
    wanted[length] = '\0';
    for (int32_t i = 0; i < extensions->n; i++)
        if (strcmp(extensions->item[i], wanted) == 0)
            return true;
    return false;
}
