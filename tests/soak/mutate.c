/* SPDX-License-Identifier: MIT */
/* Changes files in hostile ways. See mutate.h. */
#include "mutate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_MORE = 64 };

static size_t place_in(soak_random *random, size_t n_bytes)
{
    return (size_t)(soak_bits(random) % (n_bytes > 0 ? n_bytes : 1));
}

/* Sets four or eight bytes at a multiple of four: counts, offsets, lengths. */
static void set_number(soak_random *random, uint8_t *bytes, size_t n_bytes)
{
    static const uint64_t numbers[] = {
        0,         1,        2,          UINT64_MAX, INT64_MAX,      UINT32_MAX,
        INT32_MAX, 1u << 20, 1ull << 40, 1ull << 61, UINT64_MAX - 63};
    const size_t width = soak_chance(random, 50) ? 4 : 8;
    if (n_bytes < width)
        return;
    const size_t head = soak_chance(random, 50) && n_bytes > 128 ? 128 : n_bytes;
    const size_t at = place_in(random, head - width + 1) / 4 * 4;
    uint64_t number = numbers[soak_below(random, sizeof numbers / sizeof numbers[0])];
    if (soak_chance(random, 30))
        number = place_in(random, 2 * n_bytes);
    memcpy(bytes + at, &number, width);
}

static void copy_range(soak_random *random, uint8_t *bytes, size_t n_bytes)
{
    const size_t from = place_in(random, n_bytes), to = place_in(random, n_bytes);
    const size_t most = n_bytes - (from > to ? from : to);
    if (most > 0)
        memmove(bytes + to, bytes + from, 1 + place_in(random, most));
}

static size_t insert(soak_random *random, uint8_t *bytes, size_t n_bytes)
{
    const size_t at = place_in(random, n_bytes + 1), n = 1 + place_in(random, MOST_MORE);
    memmove(bytes + at + n, bytes + at, n_bytes - at);
    for (size_t k = 0; k < n; k++)
        bytes[at + k] = (uint8_t)soak_bits(random);
    return n_bytes + n;
}

static size_t cut(soak_random *random, uint8_t *bytes, size_t n_bytes)
{
    const size_t at = place_in(random, n_bytes), n = place_in(random, n_bytes - at) + 1;
    if (n_bytes == 0)
        return 0;
    memmove(bytes + at, bytes + at + n, n_bytes - at - n);
    return n_bytes - n;
}

/* Makes one change and returns the new size. There is space for MOST_MORE more bytes. */
static size_t change_once(soak_random *random, uint8_t *bytes, size_t n_bytes)
{
    switch (soak_below(random, n_bytes > 0 ? 8 : 1)) {
    case 0: return insert(random, bytes, n_bytes);
    case 1: return cut(random, bytes, n_bytes);
    case 2: return place_in(random, n_bytes);
    case 3: copy_range(random, bytes, n_bytes); break;
    case 4:
    case 5: set_number(random, bytes, n_bytes); break;
    case 6: bytes[place_in(random, n_bytes)] = (uint8_t)soak_bits(random); break;
    default: bytes[place_in(random, n_bytes)] ^= (uint8_t)(1 << soak_below(random, 8)); break;
    }
    return n_bytes;
}

void mutate_bytes(soak_random *random, const char *path, void (*mend)(uint8_t *, size_t))
{
    enum { MOST_CHANGES = 4 };
    size_t n_bytes = 0;
    uint8_t *const old = soak_read(path, &n_bytes);
    uint8_t *const bytes = calloc(1, n_bytes + (size_t)MOST_CHANGES * MOST_MORE + 8);
    if (!old || !bytes)
        soak_fail("%s: cannot be changed", path);
    memcpy(bytes, old, n_bytes);
    const int32_t n = 1 + soak_below(random, MOST_CHANGES);
    for (int32_t k = 0; k < n; k++)
        n_bytes = change_once(random, bytes, n_bytes);
    if (mend)
        mend(bytes, n_bytes);
    soak_write(path, bytes, n_bytes);
    free(old);
    free(bytes);
}

static void grow(soak_random *random, const char *path)
{
    static const off_t sizes[] = {
        1 << 16, 1 << 24, (off_t)1 << 31, ((off_t)1 << 32) + 7, (off_t)5 << 30, (off_t)1 << 41};
    if (truncate(path, sizes[soak_below(random, sizeof sizes / sizeof sizes[0])]) != 0)
        soak_skip("a sparse file", strerror(errno));
}

/* Replaces the file by something that is not a file, or by a link. */
static void replace(soak_random *random, const char *path)
{
    static const char *const targets[] = {"/dev/zero", "/dev/full", "/absent/file",
                                          "/proc/self/mem", "/dev/tty"};
    char kept[SOAK_PATH];
    soak_path(kept, "%s.kept", path);
    int code = rename(path, kept);
    switch (soak_below(random, 5)) {
    case 0: code |= mkfifo(path, 0600); break;
    case 1: code |= mkdir(path, 0700); break;
    case 2: code |= symlink(path, path); break;
    case 3: code |= symlink(kept, path); break;
    default: code |= symlink(targets[soak_below(random, 5)], path); break;
    }
    if (code != 0)
        soak_fail("%s: %s", path, strerror(errno));
}

void mutate_file(soak_random *random, const char *path)
{
    switch (soak_below(random, 12)) {
    case 0: grow(random, path); break;
    case 1: replace(random, path); break;
    case 2:
        if (chmod(path, 0) != 0)
            soak_fail("%s: %s", path, strerror(errno));
        break;
    default: mutate_bytes(random, path, NULL); break;
    }
}
