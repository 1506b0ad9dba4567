/* SPDX-License-Identifier: MIT */
/* Makes LMDB files. See make_lmdb.h. Pages: two descriptions, the values, leaves, and one branch
 * above them. mdb.c defines the form. */
#include "make_lmdb.h"

#include <string.h>

#include "base/bytes.h"

enum { PAGE = 4096, HEAD = 16, NODE = 8, LEAF_NODES = 64 };
enum { BRANCH = 1, LEAF = 2, OVERFLOW = 4, META = 8 };
enum { BIG = 1 };

static uint64_t begin_page(tn__blob *out, uint16_t kind)
{
    const uint64_t number = out->size / PAGE;
    put_64(out, number);
    put_16(out, 0);
    put_16(out, kind);
    return number;
}

static void end_page(tn__blob *out)
{
    put(out, NULL, (PAGE - out->size % PAGE) % PAGE);
}

static uint64_t write_value(tn__blob *out, const member *of)
{
    const uint64_t number = begin_page(out, OVERFLOW);
    put_32(out, (uint32_t)((HEAD + of->size + PAGE - 1) / PAGE));
    put(out, of->bytes, of->size);
    end_page(out);
    return number;
}

/* A page while its nodes are added: places grow from the head, nodes from the end. */
typedef struct nodes {
    uint8_t bytes[PAGE];
    size_t n, end;
} nodes;

static void add_node(nodes *page, uint32_t low, uint16_t flags, const char *key, uint64_t tail,
                     size_t n_tail)
{
    const size_t n_key = strlen(key), size = (NODE + n_key + n_tail + 1) & ~(size_t)1;
    page->end -= size;
    uint8_t *const node = page->bytes + page->end;
    tn__put_32(node, low);
    tn__put_16(node + 4, flags);
    tn__put_16(node + 6, (uint16_t)n_key);
    memcpy(node + NODE, key, n_key);
    uint8_t number[8];
    tn__put_64(number, tail);
    memcpy(node + NODE + n_key, number, n_tail);
    tn__put_16(page->bytes + HEAD + 2 * page->n++, (uint16_t)page->end);
}

static uint64_t write_nodes(tn__blob *out, nodes *page, uint16_t kind)
{
    const uint64_t number = begin_page(out, kind);
    put_16(out, (uint16_t)(HEAD + 2 * page->n));
    put_16(out, (uint16_t)page->end);
    put(out, page->bytes + HEAD, PAGE - HEAD);
    return number;
}

static void write_database(tn__blob *out, uint16_t depth, uint64_t n_entries, uint64_t root)
{
    put_32(out, PAGE); /* the first database has the size of pages here */
    put_16(out, 0);
    put_16(out, depth);
    put(out, NULL, 24); /* numbers of pages, which no reader needs */
    put_64(out, n_entries);
    put_64(out, root);
}

static void write_meta(tn__blob *out, uint64_t n_entries, uint64_t root)
{
    begin_page(out, META);
    put(out, NULL, 4);
    put_32(out, 0xBEEFC0DE);
    put_32(out, 1);
    put_64(out, 0);
    put_64(out, 1 << 30); /* size of the map */
    write_database(out, 0, 0, UINT64_MAX);
    write_database(out, 2, n_entries, root);
    end_page(out);
}

void write_lmdb(tn__blob *out, const member *members, size_t n)
{
    nodes branch = {.end = PAGE}, leaf = {.end = PAGE};
    put(out, NULL, (size_t)2 * PAGE); /* the descriptions come last */
    for (size_t m = 0; m < n; m++) {
        const uint64_t value = write_value(out, &members[m]);
        add_node(&leaf, (uint32_t)members[m].size, BIG, members[m].name, value, 8);
        if (leaf.n < LEAF_NODES && m + 1 < n)
            continue;
        const size_t first = m + 1 - leaf.n;
        const uint64_t number = write_nodes(out, &leaf, LEAF);
        add_node(&branch, (uint32_t)number, 0, branch.n > 0 ? members[first].name : "", 0, 0);
        leaf = (nodes){.end = PAGE};
    }
    const uint64_t root = write_nodes(out, &branch, BRANCH);
    tn__blob metas = {0};
    write_meta(&metas, n, root);
    write_meta(&metas, n, root);
    memcpy(out->bytes, metas.bytes, metas.size);
    tn__blob_free(&metas);
}
