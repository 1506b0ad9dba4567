/* SPDX-License-Identifier: MIT */
/* Finds the codec of a file, and decodes. See read.h. */
#include "make/read.h"

#include "base/error.h"
#include "make/orient.h"

static int place(int status)
{
    if (status != TN_OK)
        tn__error_place("decode", "", -1, -1);
    return status;
}

int tn__probe(tn__bytes bytes, const tn__hint *hint, int64_t max_pixels, tn__probed *out)
{
    out->bytes = bytes;
    out->codec = tn__codec_probe(bytes, hint, max_pixels, &out->info);
    return place(out->codec ? TN_OK : tn__error_last()->code);
}

int tn__probe_sample(const tn_dataset *dataset, int64_t sample, tn__bytes bytes, tn__probed *out)
{
    return tn__probe(bytes, tn__source_hint(dataset->source, sample), dataset->max_pixels, out);
}

int tn__probed_decode(const tn__probed *probed, tn__access *access, const tn__want *want,
                      int32_t turn, tn__arena *arena, tn_px_image *out)
{
    const tn__info *const info = &probed->info;
    tn_px_image stored;
    /* What the decoder guessed is not an error here; tn_verify_start finds it. */
    int32_t damage = 0;
    int status =
        tn__codec_decode(probed->codec, probed->bytes, access, info, want, arena, &stored, &damage);
    if (status == TN_OK)
        status = tn__orient_image(turn, info->w, info->h, &stored, arena, out);
    return place(status);
}

/* Probes what was read. The error gets the sample's name. */
static int probe_buffer(const tn_dataset *dataset, int64_t sample, const tn__buffer *buffer,
                        tn__info *info)
{
    const tn__source *const source = dataset->source;
    tn__probed probed;
    const tn__bytes bytes = {buffer->bytes, buffer->size};
    const int status = tn__probe_sample(dataset, sample, bytes, &probed);
    if (status == TN_OK)
        *info = probed.info;
    else
        tn__error_place("decode", tn__source_name(source, sample), -1, sample);
    return status;
}

/* Reads all of a file whose facts do not all stand in its head, or that has no header. */
static int read_whole(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer, tn__info *info,
                      int64_t *file_bytes)
{
    int status = tn__dataset_read_in_turn(dataset, sample, buffer);
    if (status == TN_OK) {
        *file_bytes = buffer->file_bytes;
        status = probe_buffer(dataset, sample, buffer, info);
    }
    tn__dataset_end_turn(dataset, buffer);
    return status;
}

int tn__read_header(const tn_dataset *dataset, int64_t sample, tn__buffer *buffer, tn__info *info,
                    int64_t *file_bytes)
{
    int64_t length;
    int status = tn__dataset_head(dataset, sample, TN__HEAD_BYTES, buffer, &length);
    if (status != TN_OK)
        return status;
    *file_bytes = buffer->file_bytes;
    status = probe_buffer(dataset, sample, buffer, info);
    const bool is_known = status == TN_OK && !info->is_cut;
    if (!is_known && (status == TN_OK || status == TN_EDECODE) && length > TN__HEAD_BYTES)
        return read_whole(dataset, sample, buffer, info, file_bytes);
    return status;
}
