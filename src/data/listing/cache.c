/* SPDX-License-Identifier: MIT */
/* Keeps listings in the user's cache. See cache.h. */
#include "data/listing/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/open.h"
#include "base/output.h"
#include "base/read.h"
#include "base/stamp.h"
#include "base/text.h"
#include "base/write.h"
#include "data/notes/store.h"

/* File systems count time in steps of up to 2 s. */
static const int64_t step_ns = 2000000000;

/* Says why a listing is made again or cannot be kept: the reason is this thread's last failure. */
static void say(const tn__listing_cache *cache, const char *what)
{
    if (cache->reports)
        fprintf(stderr, "tench: %s: %s: %s\n", cache->root, what, tn__error_last()->message);
}

/* Adds the file's name: listings of one root with different keys stand side by side. */
static void add_name(const char *key, tn__text *path)
{
    tn__text_printf(path, "/.tench-listing-%016llx",
                    (unsigned long long)tn__hash_of(key, strlen(key)));
}

static int check_file(int descriptor, int64_t *n_bytes)
{
    struct stat facts;
    uint8_t head[TN__LISTING_HEAD];
    if (!tn__stat_open(descriptor, &facts))
        return tn__fail_errno(errno);
    if (!S_ISREG(facts.st_mode))
        return tn__fail(TN_EIO, "it is not a regular file");
    if (!tn__store_trusts(facts.st_uid))
        return tn__fail(TN_EIO, "it belongs to another user (uid %u)", (unsigned)facts.st_uid);
    /* The length in the head keeps a damaged file from taking memory. */
    if (!tn__read_at(descriptor, head, sizeof head, 0) || memcmp(head, TN__LISTING_MAGIC, 8) != 0 ||
        tn__get_64(head + TN__LISTING_SIZE) != (uint64_t)facts.st_size)
        return tn__fail(TN_EDECODE, "its head is damaged");
    *n_bytes = facts.st_size;
    return TN_OK;
}

static int read_file(int descriptor, int32_t n_threads, tn__listing *out)
{
    int64_t n_bytes = 0;
    int status = check_file(descriptor, &n_bytes);
    if (status != TN_OK)
        return status;
    uint8_t *const bytes = malloc((size_t)n_bytes + 1);
    if (!bytes)
        return tn__fail_memory("a list of samples", (uint64_t)n_bytes);
    status = tn__read_or_fail(descriptor, bytes, (size_t)n_bytes, 0);
    if (status == TN_OK)
        return tn__listing_open(bytes, (size_t)n_bytes, n_threads, out);
    free(bytes);
    return status;
}

/* Compares the listing with the files that are there now. */
static int compare(const tn__listing *listing, const tn__listing_wanted *wanted)
{
    if (strcmp(tn__listing_key(listing), wanted->key) != 0)
        return tn__fail(TN_EDECODE, "it has another choice of samples");
    if (listing->n_files != wanted->n_files)
        return tn__fail(TN_EDECODE, "there were %u files, and now there are %u",
                        (unsigned)listing->n_files, (unsigned)wanted->n_files);
    for (uint32_t i = 0; i < wanted->n_files; i++) {
        const tn__listed_file then = tn__listing_file(listing, i), *const now = &wanted->files[i];
        if (strcmp(then.path, now->path) != 0)
            return tn__fail(TN_EDECODE, "\"%s\" was not there", now->path);
        if (!tn__listed_file_is_equal(&then, now) || now->stamp == 0)
            return tn__fail(TN_EDECODE, "\"%s\" has changed", now->path);
    }
    return TN_OK;
}

/* Opens the store of listings. The root may have none: then its path is NULL. */
static int open_path(const tn__listing_cache *cache, const char *key, tn__text *path)
{
    tn__store store;
    const int status = tn__store_open(cache->root, TN__STORE_CACHE, &store);
    if (status != TN_OK)
        return status;
    if (store.path) {
        tn__text_add(path, store.path);
        add_name(key, path);
    }
    tn__store_close(&store);
    return path->failed ? tn__fail_memory("a path", path->capacity) : TN_OK;
}

static int open_listing(const tn__listing_cache *cache, const tn__listing_wanted *wanted,
                        int *descriptor)
{
    tn__text path = {0};
    const int status = open_path(cache, wanted->key, &path);
    *descriptor = status == TN_OK && path.chars ? tn__open(path.chars, O_RDONLY | O_NOFOLLOW) : -1;
    tn__text_free(&path);
    return status;
}

bool tn__listing_load(const tn__listing_cache *cache, const tn__listing_wanted *wanted,
                      tn__listing *out)
{
    int descriptor;
    if (open_listing(cache, wanted, &descriptor) != TN_OK || descriptor < 0)
        return false;
    int status = read_file(descriptor, wanted->n_threads, out);
    close(descriptor);
    if (status == TN_OK) {
        status = compare(out, wanted);
        if (status != TN_OK)
            tn__listing_free(out);
    }
    if (status != TN_OK)
        say(cache, "its list of samples is made again");
    return status == TN_OK;
}

static bool can_be_kept(const tn__listing *listing)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    const int64_t now = tn__stamp(&time);
    if (listing->n_samples < TN__LISTING_LEAST)
        return false;
    for (uint32_t i = 0; i < listing->n_files; i++) {
        const int64_t stamp = tn__listing_file(listing, i).stamp;
        if (stamp == 0 || stamp > now - step_ns)
            return false;
    }
    return true;
}

static int write_listing(const char *path, const tn__listing *listing)
{
    tn__output_file output;
    const int status = tn__output_open(&output, path);
    if (status != TN_OK)
        return status;
    const size_t n_bytes = tn__listing_bytes(listing);
    const bool written = fwrite(listing->bytes, 1, n_bytes, output.file) == n_bytes;
    return tn__output_close(&output, written ? TN_OK : tn__output_fail(path));
}

static int save(const tn__listing_cache *cache, const tn__listing *listing)
{
    tn__store store;
    tn__text path = {0};
    int status = tn__store_open(cache->root, TN__STORE_CACHE, &store);
    if (status != TN_OK)
        return status;
    status = tn__store_make(&store);
    tn__store_close(&store);
    if (status == TN_OK)
        status = open_path(cache, tn__listing_key(listing), &path);
    if (status == TN_OK)
        status = write_listing(path.chars, listing);
    tn__text_free(&path);
    return status;
}

void tn__listing_save(const tn__listing_cache *cache, const tn__listing *listing)
{
    sigset_t before;
    if (!can_be_kept(listing))
        return;
    tn__write_shield(&before);
    if (save(cache, listing) != TN_OK)
        say(cache, "its list of samples cannot be kept");
    tn__write_unshield(&before);
}
