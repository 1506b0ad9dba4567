/* SPDX-License-Identifier: MIT */
/* Walks over the tree of an LMDB file. See reader.h. LMDB's mdb.c defines the form, version 1:
 * pages of one size, each with a head of 16 bytes. Pages 0 and 1 describe the file; the one that
 * was written later counts. */
#include "data/lmdb/reader.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/read.h"
#include "tench.h"

enum { PAGE_HEAD = 16, LEAST_PAGE = 512, MOST_PAGE = 1 << 16 };
/* The head of a page: its number, and at these places: */
enum { PAGE_FLAGS = 10, PAGE_LOWER = 12 };
enum { IS_BRANCH = 1, IS_LEAF = 2, KINDS = 0x6F }; /* without the flags of pages in writing */
/* A description of the file. Its two databases are the list of free pages and the tree of keys. */
enum {
    VERSION = 20,
    FREE = 40,
    MAIN = 88,
    TRANSACTION = 144,
    META_BYTES = 152,
    DB_FLAGS = 4, /* places in a database */
    DB_ROOT = 40
};
enum { DUPSORT = 4 }; /* a key can have several values */
/* A node: in a branch its child's number, in a leaf the value's length; flags; length of the key.
 */
enum { NODE_FLAGS = 4, NODE_KEY_BYTES = 6, NODE_HEAD = 8 };
enum { IS_BIG = 1, IS_DATABASE = 2, IS_LIST = 4 };

static const uint32_t magic = 0xBEEFC0DE;

bool tn__lmdb_is(const uint8_t *head, size_t n_head)
{
    return n_head >= TN__LMDB_HEAD && tn__get_32(head + TN__LMDB_MAGIC_AT) == magic;
}

static int fail_short(void)
{
    return errno ? tn__fail_errno(errno) : tn__fail(TN_EDECODE, "is cut off");
}

static int fail_page(uint64_t number, const char *what)
{
    return tn__fail(TN_EDECODE, "is damaged in page %llu: %s", (unsigned long long)number, what);
}

static int read_meta(const tn__lmdb *self, int64_t offset, uint8_t meta[META_BYTES])
{
    if (self->n_bytes < META_BYTES)
        return tn__fail(TN_EDECODE, "is not an LMDB file: it has only %lld bytes",
                        (long long)self->n_bytes);
    if (!tn__read_at(self->descriptor, meta, META_BYTES, offset))
        return fail_short();
    if (!tn__lmdb_is(meta, META_BYTES))
        return tn__fail(TN_EDECODE,
                        "is not an LMDB file, or one of a machine with another byte order");
    if (tn__get_32(meta + VERSION) != 1)
        return tn__fail(TN_EDECODE, "has version %u of LMDB's format; tench reads version 1",
                        (unsigned)tn__get_32(meta + VERSION));
    return TN_OK;
}

/* Reads both descriptions, and finds the root of the tree. */
static int read_metas(tn__lmdb *self, uint64_t *root)
{
    uint8_t meta[META_BYTES], other[META_BYTES];
    int status = read_meta(self, 0, meta);
    if (status != TN_OK)
        return status;
    const uint32_t page_bytes = tn__get_32(meta + FREE);
    if (page_bytes < LEAST_PAGE || page_bytes > MOST_PAGE || (page_bytes & (page_bytes - 1)) != 0)
        return tn__fail(TN_EDECODE, "has pages of %u bytes", (unsigned)page_bytes);
    self->page_bytes = page_bytes;
    status = read_meta(self, page_bytes, other);
    if (status != TN_OK)
        return status;
    const bool is_other = tn__get_64(other + TRANSACTION) > tn__get_64(meta + TRANSACTION);
    const uint8_t *const latest = is_other ? other : meta;
    if (tn__get_16(latest + MAIN + DB_FLAGS) & DUPSORT)
        return tn__fail(TN_EDECODE, "has several values for one key (DUPSORT), which tench does "
                                    "not read");
    *root = tn__get_64(latest + MAIN + DB_ROOT);
    return TN_OK;
}

/* Reads a page onto the next level. */
static int descend(tn__lmdb *self, uint64_t number)
{
    const int64_t n_pages = self->n_bytes / self->page_bytes;
    if (self->level + 1 == TN__LMDB_LEVELS || self->n_seen == n_pages)
        return fail_page(number, "the tree has a circle");
    if (number >= (uint64_t)n_pages)
        return fail_page(number, "it lies after the end of the file");
    tn__lmdb_level *const level = &self->levels[self->level + 1];
    if (!level->page)
        level->page = malloc(self->page_bytes);
    if (!level->page)
        return tn__fail_memory("a page", self->page_bytes);
    if (!tn__read_at(self->descriptor, level->page, self->page_bytes,
                     (int64_t)number * self->page_bytes))
        return fail_short();
    const uint32_t kind = tn__get_16(level->page + PAGE_FLAGS) & KINDS;
    const uint32_t lower = tn__get_16(level->page + PAGE_LOWER);
    if ((kind != IS_BRANCH && kind != IS_LEAF) || tn__get_64(level->page) != number)
        return fail_page(number, "it is not a page of the tree");
    if (lower < PAGE_HEAD || lower > self->page_bytes)
        return fail_page(number, "its list of nodes");
    level->number = number;
    level->at = 0;
    level->n = (lower - PAGE_HEAD) / 2;
    level->is_leaf = kind == IS_LEAF;
    self->level++;
    self->n_seen++;
    return TN_OK;
}

int tn__lmdb_open(int descriptor, int64_t n_bytes, tn__lmdb *out)
{
    uint64_t root = 0;
    *out = (tn__lmdb){.descriptor = descriptor, .n_bytes = n_bytes, .level = -1};
    const int status = read_metas(out, &root);
    if (status != TN_OK || root == UINT64_MAX) /* that is an empty tree */
        return status;
    return descend(out, root);
}

void tn__lmdb_close(tn__lmdb *lmdb)
{
    for (int l = 0; l < TN__LMDB_LEVELS; l++) {
        free(lmdb->levels[l].page);
        lmdb->levels[l].page = NULL;
    }
}

/* Finds the value of a leaf's node, whose key ends at `end` in the page. */
static int find_value(const tn__lmdb *self, const tn__lmdb_level *level, const uint8_t *node,
                      uint32_t end, tn__lmdb_entry *out)
{
    const uint32_t flags = tn__get_16(node + NODE_FLAGS);
    out->length = tn__get_32(node);
    out->offset = (int64_t)level->number * self->page_bytes + end;
    if (flags & (IS_DATABASE | IS_LIST))
        return tn__fail(TN_EDECODE, "has named databases, which tench does not read: copy the one "
                                    "that you want to a file of its own");
    if (!(flags & IS_BIG))
        return end + (uint64_t)out->length <= self->page_bytes
                   ? TN_OK
                   : fail_page(level->number, "a value is longer than the page");
    if (end + 8 > self->page_bytes)
        return fail_page(level->number, "a node");
    const uint64_t number = tn__get_64(node + NODE_HEAD + out->n_key);
    if (number >= (uint64_t)(self->n_bytes / self->page_bytes))
        return fail_page(level->number, "a value lies after the end of the file");
    out->offset = (int64_t)number * self->page_bytes + PAGE_HEAD;
    return out->length <= self->n_bytes - out->offset
               ? TN_OK
               : fail_page(level->number, "a value goes on after the end of the file");
}

/* Takes the next node of the page: an entry, or (TN_END) a page below it. */
static int take_node(tn__lmdb *self, tn__lmdb_level *level, tn__lmdb_entry *out)
{
    const uint32_t place = tn__get_16(level->page + PAGE_HEAD + 2 * level->at);
    level->at++;
    if (place < PAGE_HEAD || place + NODE_HEAD > self->page_bytes)
        return fail_page(level->number, "a node");
    const uint8_t *const node = level->page + place;
    if (!level->is_leaf) {
        const uint64_t child = tn__get_32(node) | (uint64_t)tn__get_16(node + NODE_FLAGS) << 32;
        const int status = descend(self, child);
        return status == TN_OK ? TN_END : status;
    }
    out->n_key = tn__get_16(node + NODE_KEY_BYTES);
    out->key = (const char *)node + NODE_HEAD;
    const uint64_t end = place + NODE_HEAD + out->n_key;
    if (end > self->page_bytes)
        return fail_page(level->number, "a key is longer than the page");
    return find_value(self, level, node, (uint32_t)end, out);
}

int tn__lmdb_next(tn__lmdb *lmdb, tn__lmdb_entry *out)
{
    while (lmdb->level >= 0) {
        tn__lmdb_level *const level = &lmdb->levels[lmdb->level];
        if (level->at == level->n) {
            lmdb->level--;
            continue;
        }
        const int status = take_node(lmdb, level, out);
        if (status != TN_END)
            return status;
    }
    return TN_END;
}
