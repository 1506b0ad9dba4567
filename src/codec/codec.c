/* SPDX-License-Identifier: MIT */
/* The table of codecs, and the calls that go through it. See codec.h. */
#include "codec/codec.h"

#include "base/error.h"
#include "codec/describe.h"
#include "tench.h"

static const tn__codec *const codecs[] = {
    &tn__codec_libjpeg,
};
enum { N_CODECS = sizeof codecs / sizeof codecs[0] };

const tn__codec *tn__codec_find(tn__bytes bytes)
{
    for (int k = 0; k < N_CODECS; k++)
        if (codecs[k]->sniff(bytes))
            return codecs[k];
    char text[TN__DESCRIBE_BYTES];
    tn__describe(bytes, text);
    return tn__fail_null(TN_EDECODE,
                         bytes.size ? "not an image that this build can read: %s" : "%s", text);
}

const tn__codec *tn__codec_probe(tn__bytes bytes, int64_t max_pixels, tn__info *info)
{
    const tn__codec *const codec = tn__codec_find(bytes);
    if (!codec || codec->probe(bytes, info) != TN_OK)
        return NULL;
    const int64_t n_pixels = (int64_t)info->w * info->h;
    if (n_pixels <= max_pixels)
        return codec;
    return tn__fail_null(TN_ELIMIT, "%dx%d = %lld pixels: more than the limit of %lld", info->w,
                         info->h, (long long)n_pixels, (long long)max_pixels);
}

static int place_of(const tn__codec *codec)
{
    int place = 0;
    while (place < N_CODECS && codecs[place] != codec)
        place++;
    return place;
}

int tn__codec_decode(const tn__codec *codec, tn__bytes bytes, const void *index,
                     const tn__info *info, const tn__want *want, tn__arena *arena, tn_px_image *out,
                     int32_t *damage)
{
    for (int k = place_of(codec); k < N_CODECS; k++) {
        if (codecs[k] != codec && !codecs[k]->sniff(bytes))
            continue;
        *damage = 0;
        const int status = codecs[k]->decode(bytes, index, info, want, arena, out, damage);
        if (status != TN__NOT_MINE)
            return status;
    }
    return tn__fail(TN_EDECODE, "%s file of a kind that this build cannot decode", info->format);
}
