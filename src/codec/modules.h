/* SPDX-License-Identifier: MIT */
/* The codecs that modules contain: their entries in the core, and the way to their code.
 *
 * An entry recognises files by their content and names its module; the module has a codec of the
 * same name, with all the other functions. */
#ifndef TENCH_CODEC_MODULES_H
#define TENCH_CODEC_MODULES_H

#include "base/text.h"
#include "codec/codec.h"

extern const tn__codec tn__codec_webp, tn__codec_avif, tn__codec_tiff, tn__codec_jp2, tn__codec_jxl,
    tn__codec_heif;

/* Returns the codec that does an entry's work, and opens its module if it has one. NULL: TN_EIO, as
 * in tn__module_open. */
const tn__codec *tn__codec_load(const tn__codec *entry);
/* Adds a line for each module: see tn__module_report. */
void tn__codec_report_modules(tn__text *out);

#endif
