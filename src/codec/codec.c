/* SPDX-License-Identifier: MIT */
/* The table of codecs, and the calls that go through it. See codec.h. */
#include "codec/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "codec/bmp/bmp.h"
#include "codec/describe.h"
#include "codec/gif/gif.h"
#include "codec/jpeg/baseline.h"
#include "codec/jpeg/libjpeg.h"
#include "codec/jpeg/packed.h"
#include "codec/modules.h"
#include "codec/png/png.h"
#include "codec/pnm/pnm.h"
#include "codec/qoi.h"
#include "codec/raw.h"
#include "codec/rows.h"
#include "codec/stripes/stripes.h"
#include "tench.h"

static const tn__codec *const codecs[] = {
    &tn__codec_packed, &tn__codec_baseline, &tn__codec_libjpeg, &tn__codec_png,
    &tn__codec_gif,    &tn__codec_bmp,      &tn__codec_pnm,     &tn__codec_qoi,
    &tn__codec_webp,   &tn__codec_avif,     &tn__codec_tiff,    &tn__codec_jp2,
    &tn__codec_jxl,    &tn__codec_heif,     &tn__codec_raw,     &tn__codec_stripes,
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

/* The place of a codec, or of the entry that led to a module's codec. */
static int place_of(const tn__codec *codec)
{
    int place = 0;
    while (place < N_CODECS && codecs[place] != codec &&
           !(codecs[place]->module && strcmp(codecs[place]->spec->name, codec->spec->name) == 0))
        place++;
    return place;
}

/* Most libraries call a file damaged if they get no memory for it. The machine is at fault if it
 * lacks the memory that the codec needs, or a good part of it. */
static int judge(const tn__codec *entry, int status, size_t n_bytes)
{
    enum { GOOD_PART = 256 << 20 };
    if (status != TN_EDECODE || !entry->module)
        return status;
    void *volatile memory = malloc(n_bytes < GOOD_PART ? n_bytes : GOOD_PART);
    free(memory);
    return memory ? status : tn__fail_memory("the decoder of a file", n_bytes);
}

/* The bytes that a codec may take besides those of the image. */
static size_t library_bytes(const tn__codec *codec, const tn__info *info, const tn__want *want)
{
    const size_t all = codec->scratch(info, want), image = tn__rows_image_bytes(info, want);
    return all > image ? all - image : 1;
}

/* The first codec, from `codec` on, that accepts the bytes; NULL: the failure is recorded. */
static const tn__codec *probe_from(const tn__codec *codec, tn__bytes bytes, tn__info *info)
{
    enum { HEADER_BYTES = 16 << 20 }; /* more than a library needs to read a header */
    for (int k = place_of(codec); k < N_CODECS; k++) {
        if (!codecs[k]->sniff(bytes))
            continue;
        const tn__codec *const loaded = tn__codec_load(codecs[k]);
        const int status = loaded ? judge(codecs[k], loaded->probe(bytes, info), HEADER_BYTES)
                                  : tn__error_last()->code;
        if (status != TN__NOT_MINE)
            return status == TN_OK ? loaded : NULL;
    }
    return NULL;
}

static const tn__codec *probe(tn__bytes bytes, const tn__hint *hint, tn__info *info)
{
    if (hint)
        return tn__raw_probe(hint, info) == TN_OK ? &tn__codec_raw : NULL;
    const tn__codec *const first = tn__codec_find(bytes);
    return first ? probe_from(first, bytes, info) : NULL;
}

const tn__codec *tn__codec_probe(tn__bytes bytes, const tn__hint *hint, int64_t max_pixels,
                                 tn__info *info)
{
    const tn__codec *const codec = probe(bytes, hint, info);
    if (!codec)
        return NULL;
    const int64_t n_pixels = (int64_t)info->w * info->h;
    if (n_pixels <= max_pixels)
        return codec;
    return tn__fail_null(TN_ELIMIT, "%dx%d = %lld pixels: more than the limit of %lld", info->w,
                         info->h, (long long)n_pixels, (long long)max_pixels);
}

int tn__codec_decode(const tn__codec *codec, tn__bytes bytes, tn__access *access,
                     const tn__info *info, const tn__want *want, tn__arena *arena, tn_px_image *out,
                     int32_t *damage)
{
    if (tn__info_check_mode(info, want->mode) != TN_OK)
        return TN_EDECODE;
    const int first = place_of(codec);
    for (int k = first; k < N_CODECS; k++) {
        if (k != first && !codecs[k]->sniff(bytes))
            continue;
        const tn__codec *const loaded = tn__codec_load(codecs[k]);
        if (!loaded)
            return tn__error_last()->code;
        *damage = 0;
        const tn__arena_mark mark = tn__arena_here(arena);
        const int status = loaded->decode(bytes, access, info, want, arena, out, damage);
        if (status != TN__NOT_MINE)
            return judge(codecs[k], status, library_bytes(loaded, info, want));
        tn__arena_rewind(arena, mark);
    }
    return tn__fail(TN_EDECODE, "%s file of a kind that this build cannot decode", info->format);
}

/* Codecs of one format stand next to each other. */
const tn__spec *tn__codec_spec(int32_t index)
{
    const tn__spec *last = NULL;
    for (int k = 0; k < N_CODECS; k++) {
        if (codecs[k]->spec != last && index-- == 0)
            return codecs[k]->spec;
        last = codecs[k]->spec;
    }
    return NULL;
}

int tn__codec_pack(tn__bytes file, int32_t layout, tn__arena *arena, tn__blob *record, bool *pixels)
{
    int status = TN__NOT_MINE;
    for (int k = 0; k < N_CODECS && status == TN__NOT_MINE; k++) {
        if (!codecs[k]->pack)
            continue;
        status = codecs[k]->pack(file, layout, arena, record);
        *pixels = codecs[k]->packs_pixels;
    }
    return status;
}

int tn__codec_restore(tn__bytes record, tn__blob *file)
{
    for (int k = 0; k < N_CODECS; k++)
        if (codecs[k]->restore && codecs[k]->sniff(record))
            return codecs[k]->restore(record, file);
    return tn__fail(TN_EDECODE, "is damaged: it does not begin like a record");
}
