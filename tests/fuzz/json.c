/* SPDX-License-Identifier: MIT */
/* Fuzz target: reads a JSON text and walks through all its values. Each part of a text that was
 * accepted is a text itself. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "target.h"

enum { MOST_DEPTH = 8 };

/* Looks at a value and at the items in it, down to a depth. */
static void use(tn__json value)
{
    tn__json_walk walks[MOST_DEPTH];
    int depth = 0;
    walks[0] = tn__json_items(value);
    while (depth >= 0) {
        tn__json again;
        int64_t number;
        tn__text text = {0};
        if (!tn__json_next(&walks[depth])) {
            depth--;
            continue;
        }
        const tn__json item = walks[depth].value;
        if (!tn__json_read(item.chars, item.n, &again) || again.n != item.n)
            abort();
        (void)tn__json_int(item, &number);
        (void)tn__json_text(item, &text);
        if (walks[depth].has_keys && !tn__json_text(walks[depth].key, &text))
            abort();
        tn__text_free(&text);
        if (depth + 1 < MOST_DEPTH)
            walks[++depth] = tn__json_items(item);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *const copy = malloc(size + 1); /* without a NUL at its end */
    tn__json value;
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    if (tn__json_read(copy, size, &value))
        use(value);
    free(copy);
    return 0;
}
