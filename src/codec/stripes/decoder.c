/* SPDX-License-Identifier: MIT */
/* Keeps a decoder for each thread. See decoder.h. The library is never unloaded (nodelete), so the
 * key outlives all threads. */
#include "codec/stripes/decoder.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/error.h"

enum { DECODER_BYTES = 160 << 10 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* frees the decoder of a thread that ends */
static bool has_key;
static _Thread_local ZSTD_DCtx *mine;

static void drop(void *decoder)
{
    ZSTD_freeDCtx(decoder);
    mine = NULL;
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, drop) == 0;
}

ZSTD_DCtx *tn__stripes_decoder(void)
{
    if (mine)
        return mine;
    pthread_once(&once, make_key);
    ZSTD_DCtx *const decoder = has_key ? ZSTD_createDCtx() : NULL;
    if (decoder && pthread_setspecific(key, decoder) == 0)
        mine = decoder;
    else
        ZSTD_freeDCtx(decoder);
    if (!mine)
        tn__fail_memory("a zstd decoder", DECODER_BYTES);
    return mine;
}
