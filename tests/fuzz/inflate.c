/* SPDX-License-Identifier: MIT */
/* Fuzz target: decodes deflate data and compares with zlib.
 *
 * The last three bytes of an input select the wrapper, and the greatest length of a piece of input
 * and of output; 0 means no limit. At each level, and with pieces or without, the verdict and the
 * bytes are those of zlib. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cpu/level.h"
#include "flate/inflate.h"
#include "target.h"

enum { ROOM = 100000, TAIL = 3 };

typedef struct answer {
    int status;
    size_t n_out;
    uint8_t out[ROOM];
} answer;

static void ask_zlib(const uint8_t *bytes, size_t size, int32_t wrapper, answer *a)
{
    static const int window_bits[] = {-15, 15, 31};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
    if (inflateInit2(&z, window_bits[wrapper]) != Z_OK)
        abort();
    z.next_out = a->out;
    z.avail_out = ROOM;
    const int status = inflate(&z, Z_SYNC_FLUSH);
    a->n_out = ROOM - z.avail_out;
    a->status = TN__FLATE_NEEDS_INPUT;
    if (status == Z_STREAM_END)
        a->status = TN__FLATE_DONE;
    else if (status == Z_DATA_ERROR || status == Z_NEED_DICT)
        a->status = TN__FLATE_BAD;
    else if (z.avail_out == 0)
        a->status = TN__FLATE_OUTPUT_FULL;
    inflateEnd(&z);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A copy of each piece, so that the sanitizer sees what is read after its end. */
static void ask_tench(const uint8_t *bytes, size_t size, int32_t wrapper, const size_t piece[2],
                      answer *a)
{
    static tn__inflate inflate;
    uint8_t *copy = NULL;
    const uint8_t *const end = bytes + size;
    tn__inflate_io io = {NULL, NULL, a->out, a->out, a->out};
    tn__inflate_open(&inflate, wrapper);
    for (;;) {
        a->status = tn__inflate_run(&inflate, &io);
        if (a->status == TN__FLATE_NEEDS_INPUT && bytes < end) {
            const size_t n = least(piece[0], (size_t)(end - bytes));
            free(copy);
            copy = malloc(n);
            if (!copy)
                abort();
            memcpy(copy, bytes, n);
            bytes += n;
            io.in = copy;
            io.in_end = copy + n;
        } else if (a->status == TN__FLATE_OUTPUT_FULL && io.out_end < a->out + ROOM)
            io.out_end += least(piece[1], (size_t)(a->out + ROOM - io.out_end));
        else
            break;
    }
    free(copy);
    a->n_out = (size_t)(io.out - a->out);
}

/* zlib checks the head of gzip too. It finds out later that no code length has a code. If input and
 * output end together, either may be what is missing. */
static void compare(const answer *ours, const answer *theirs, int32_t wrapper)
{
    const bool is_early = ours->status == TN__FLATE_BAD && theirs->status == TN__FLATE_NEEDS_INPUT;
    const bool is_gzip = wrapper == TN__FLATE_GZIP && theirs->status == TN__FLATE_BAD;
    const bool is_unclear = ours->n_out == ROOM && ours->status != TN__FLATE_DONE;
    if (is_gzip && theirs->n_out == 0)
        return;
    if (ours->status != theirs->status && !is_early && !is_unclear)
        abort();
    if (ours->n_out != theirs->n_out || memcmp(ours->out, theirs->out, ours->n_out) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static answer ours, theirs;
    if (size < TAIL)
        return 0;
    const uint8_t *const tail = bytes + size - TAIL;
    const int32_t wrapper = tail[0] % 3;
    const size_t pieces[2][2] = {{SIZE_MAX, SIZE_MAX},
                                 {tail[1] ? tail[1] : SIZE_MAX, tail[2] ? tail[2] : SIZE_MAX}};
    ask_zlib(bytes, size - TAIL, wrapper, &theirs);
    for (int32_t level = 0; level <= TN__CPU_AVX2; level++)
        for (int32_t k = 0; k < 2; k++) {
            tn__cpu_lower(level);
            ask_tench(bytes, size - TAIL, wrapper, pieces[k], &ours);
            compare(&ours, &theirs, wrapper);
        }
    return 0;
}
