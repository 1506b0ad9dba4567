/* SPDX-License-Identifier: MIT */
/* Reads the index of a shard. See index.h.
 *
 * Its first line has the version and the number of samples: "v1.2 N". Each of the others is a
 * sample: extension, offset, size and name of each member, with blanks between them. Names with
 * blanks in them cannot be read back. */
#include "data/wds/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "data/wds/text.h"

void tn__wds_index_free(tn__wds_index *index)
{
    free(index->text);
    *index = (tn__wds_index){.text = NULL};
}

int tn__wds_index_fail(tn__wds_index *index, const char *what, const char *name)
{
    index->is_unfit = true;
    return name ? tn__fail(TN_EDECODE, "the index %s: \"%s\"", what, name)
                : tn__fail(TN_EDECODE, "the index %s", what);
}

/* Reads a number and what must follow it. */
static bool take_number(char **at, char end, int64_t *out)
{
    int64_t value = 0;
    char *digit = *at;
    for (; *digit >= '0' && *digit <= '9'; digit++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *digit - '0', &value))
            return false;
    if (digit == *at || *digit != end)
        return false;
    *at = digit + 1;
    *out = value;
    return true;
}

int tn__wds_index_read(char *text, size_t n, tn__wds_index *out)
{
    static const char version[] = "v1.2 ";
    *out = (tn__wds_index){.text = text, .at = text + sizeof version - 1};
    if (strncmp(text, "v1.1 ", 5) == 0)
        return tn__wds_index_fail(out, "has the version 1.1, which has no names", NULL);
    if (strncmp(text, version, sizeof version - 1) != 0 ||
        !take_number(&out->at, '\n', &out->n_samples))
        return tn__wds_index_fail(out, "does not begin with \"v1.2\" and a number", NULL);
    if (strlen(text) != n || text[n - 1] != '\n')
        return tn__wds_index_fail(out, "is cut off or damaged", NULL);
    return TN_OK;
}

int tn__wds_index_open(const char *path, tn__wds_index *out)
{
    char *text;
    size_t n;
    *out = (tn__wds_index){.text = NULL};
    const int status = tn__wds_read_text(path, &text, &n);
    return status == TN_OK ? tn__wds_index_read(text, n, out) : status;
}

/* Reads an entry, up to the blank or the end of the line after it. */
static bool take_entry(tn__wds_index *index, tn__wds_entry *out)
{
    char *at = index->at + strcspn(index->at, " \n"); /* after the extension */
    if (*at != ' ')
        return false;
    at++;
    if (!take_number(&at, ' ', &out->offset) || !take_number(&at, ' ', &out->length))
        return false;
    out->name = at;
    out->n_name = strcspn(at, " \n");
    at += out->n_name;
    index->n_read += *at == '\n';
    index->at = at + 1;
    *at = '\0';
    return out->n_name > 0;
}

int tn__wds_index_next(tn__wds_index *index, tn__wds_entry *out)
{
    if (*index->at == '\0')
        return index->n_read == index->n_samples
                   ? TN_END
                   : tn__wds_index_fail(index, "has another number of samples than it says", NULL);
    return take_entry(index, out) ? TN_OK : tn__wds_index_fail(index, "has a wrong entry", NULL);
}
