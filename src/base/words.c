/* SPDX-License-Identifier: MIT */
/* Reads lists of words. See words.h. */
#include "base/words.h"

#include <string.h>

tn__word tn__words_take(const char **list)
{
    if (!*list)
        return (tn__word){0};
    const tn__word word = {*list, strcspn(*list, " ")};
    *list += word.length;
    *list += strspn(*list, " ");
    return word;
}

int32_t tn__words_find(const char *list, tn__word wanted)
{
    int32_t place = 0;
    for (tn__word word = tn__words_take(&list); word.length > 0;
         word = tn__words_take(&list), place++)
        if (word.length == wanted.length && memcmp(word.at, wanted.at, word.length) == 0)
            return place;
    return -1;
}

tn__word tn__words_at(const char *list, int32_t place)
{
    tn__word word = tn__words_take(&list);
    while (place-- > 0 && word.length > 0)
        word = tn__words_take(&list);
    return word;
}
