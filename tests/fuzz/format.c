/* SPDX-License-Identifier: MIT */
/* Fuzz target of the decoder of one format, FORMAT: a region of a file has the pixels of the whole
 * image, in each mode and on each instruction set. A file that decodes whole decodes in parts. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "cpu/level.h"
#include "input.h"
#include "target.h"
#include "tench.h"

/* Small, for many runs a second: a header can claim any size. */
enum { MAX_PIXELS = 1 << 17 };

size_t target_tail(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    return size < INPUT_TAIL ? size : INPUT_TAIL;
}

static void compare(const input *opened, const tn__codec *codec, const tn__info *info)
{
    static answer whole, part;
    tn__want want = {.need = {0, 0, info->w, info->h},
                     .mode = 1 + (opened->tail[0] >> 2) % TN_INDICES};
    tn__cpu_lower(input_level(opened));
    answer_decode(codec, opened->file, NULL, info, &want, &whole);
    tn__cpu_lower(TN__CPU_SCALAR);
    want.need = input_region(opened, info->w, info->h);
    answer_decode(codec, opened->file, NULL, info, &want, &part);
    if (whole.status == TN_OK && !answer_same_verdict(&part, &whole))
        answer_differ("verdict of a region", &part, &whole);
    if (whole.status == TN_OK && !answer_same_pixels(&part, &whole, want.need))
        answer_differ("pixels of a region", &part, &whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input opened = input_open(bytes, size);
    tn__info info;
    if (opened.file.data) {
        const tn__codec *const codec = tn__codec_probe(opened.file, NULL, MAX_PIXELS, &info);
        if (codec && strcmp(info.format, FORMAT) == 0)
            compare(&opened, codec, &info);
    }
    input_close(&opened);
    return 0;
}
