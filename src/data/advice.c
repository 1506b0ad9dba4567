/* SPDX-License-Identifier: MIT */
/* What to do with files that do not open as they are. See advice.h. */
#include "data/advice.h"

#include <stddef.h>
#include <string.h>

static const char container[] = "is a container: open the folder that holds it, or the file itself";
static const char compressed[] = "is compressed, and tench needs random access: decompress it once";
static const char arrow[] = "is an Arrow file: load it with Hugging Face's datasets "
                            "(load_from_disk), and write Parquet files (to_parquet)";
static const char parquet[] =
    "is a Parquet file: open the folder that holds it, or the file itself; if no column looks like "
    "images, name one, as in source=\"parquet image=photo\"";
static const char image[] = "may be an image: add its extension to extensions=";

static const struct {
    const char *extensions;
    const char *advice;
} known[] = {
    {".gz,.tgz,.bz2,.tbz2,.xz,.txz,.zst", compressed},
    {".arrow", arrow},
    {".tar,.zip,.tfrecord,.tfrecords,.tfrec,.mdb", container},
    {".parquet", parquet},
    {".webp,.avif,.tif,.tiff,.bmp,.gif,.jp2,.j2k,.jxl,.heic,.heif,.qoi,.ppm,.pgm", image},
};
enum { N_KNOWN = sizeof known / sizeof *known };

void tn__advice_extensions(tn__extensions *out)
{
    *out = (tn__extensions){0};
    for (size_t k = 0; k < N_KNOWN; k++) {
        tn__extensions some;
        (void)tn__extensions_parse(known[k].extensions, &some);
        for (int32_t i = 0; i < some.n && out->n < TN__MAX_EXTENSIONS; i++)
            memcpy(out->item[out->n++], some.item[i], TN__EXTENSION_BYTES);
    }
}

bool tn__advice_is_image(const char *name)
{
    return tn__advice_for(name) == image;
}

const char *tn__advice_for(const char *name)
{
    for (size_t k = 0; k < N_KNOWN; k++) {
        tn__extensions some;
        (void)tn__extensions_parse(known[k].extensions, &some);
        if (tn__extensions_match(&some, name))
            return known[k].advice;
    }
    return NULL;
}
