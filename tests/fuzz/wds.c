/* SPDX-License-Identifier: MIT */
/* Fuzz target: what lies beside WebDataset shards.
 *
 * An input is a text. Its last byte selects: an index of wids, or the index of a shard that the
 * target makes. With any index the samples that are found lie inside the tar, and if it does not
 * fit, the headers give the same samples as ever. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "data/wds/described.h"
#include "data/wds/find.h"
#include "make_tar.h"
#include "target.h"

enum { WIDS = 1 };
enum { SAMPLES = 5 };

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static int make_file(const void *bytes, size_t size)
{
    const int file = memfd_create("wds", MFD_CLOEXEC);
    check(file >= 0 && write(file, bytes, size) == (ssize_t)size, "no memory file");
    return file;
}

/* Appends a member of up to 512 bytes. (The helpers of make_tar.h that do so work in tests only.)
 */
static void add(tn__blob *tar, const char *name, char type, const char *text)
{
    uint8_t blocks[1024] = {0};
    tn__blob head = {.bytes = blocks, .size = 512};
    const size_t n = strlen(text);
    memcpy(blocks, name, strlen(name));
    snprintf((char *)blocks + 124, 12, "%011o", (unsigned)n);
    blocks[156] = (uint8_t)type;
    memcpy(blocks + 257, "ustar\00000", 8);
    tar_mend(&head, 0);
    memcpy(blocks + 512, text, n);
    check(tn__blob_add(tar, blocks, n > 0 ? 1024 : 512) == TN_OK, "no memory");
}

/* A shard of samples "N.jpg", "N.cls"; a folder and an extended header lie between them. */
static int make_shard(int64_t *size)
{
    tn__blob tar = {0};
    for (int k = 0; k < SAMPLES; k++) {
        char name[16];
        if (k == 2)
            add(&tar, "d/", '5', "");
        if (k == 3)
            add(&tar, "pax", 'x', "16 comment=none\n");
        snprintf(name, sizeof name, "%d.jpg", k);
        add(&tar, name, '0', "image");
        snprintf(name, sizeof name, "%d.cls", k);
        add(&tar, name, '0', "7");
    }
    const int file = make_file(tar.bytes, tar.size);
    *size = (int64_t)tar.size;
    tn__blob_free(&tar);
    return file;
}

static void find(tn__wds_index *index)
{
    static int shard = -1;
    static int64_t size;
    tn__listing_watch watch = {.stop = NULL};
    tn__draft draft = {0};
    int64_t n_samples;
    if (shard < 0)
        shard = make_shard(&size);
    const tn__wds_search search = {.descriptor = shard,
                                   .bytes = size,
                                   .images = "jpg",
                                   .label = "cls",
                                   .index = index,
                                   .watch = &watch};
    const int status = tn__wds_find(&search, &draft, &n_samples);
    check(index || (status == TN_OK && draft.n == SAMPLES), "samples are missing");
    for (int64_t i = 0; i < draft.n; i++)
        check(draft.samples[i].offset >= 0 && draft.samples[i].length >= 0 &&
                  draft.samples[i].length <= size - draft.samples[i].offset,
              "a sample outside the file");
    tn__draft_free(&draft);
}

static void use_index(const uint8_t *bytes, size_t size)
{
    char *const text = malloc(size + 1);
    tn__wds_index index;
    check(text != NULL, "no memory");
    memcpy(text, bytes, size);
    text[size] = '\0';
    if (tn__wds_index_read(text, size, &index) == TN_OK)
        find(&index);
    if (index.is_unfit)
        find(NULL);
    tn__wds_index_free(&index);
}

static void use_wids(const uint8_t *bytes, size_t size)
{
    char path[64];
    tn__wds_shards shards = {.folder = {0}};
    const int file = make_file(bytes, size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (tn__wds_add_wids(path, &shards) == TN_OK) {
        check(shards.names.n > 0, "an index without shards");
        for (uint32_t i = 0; i < shards.names.n; i++) {
            const tn__wds_facts facts = tn__wds_facts_of(&shards, i);
            check(facts.n_samples >= -1 && facts.n_bytes >= -1, "a count");
            check(strlen(shards.names.names[i]) <= size, "a name");
        }
    }
    tn__wds_shards_free(&shards);
    close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    if (bytes[size - 1] & WIDS)
        use_wids(bytes, size - 1);
    else
        use_index(bytes, size - 1);
    return 0;
}
