/* SPDX-License-Identifier: MIT */
/* Fuzz target: compares the table of codecs with libjpeg. See compare.c. */
#include "compare.h"
#include "target.h"

/* Small, for many runs a second: a header can claim any size. */
enum { MAX_PIXELS = 1 << 17 };

size_t target_tail(const uint8_t *bytes, size_t size)
{
    (void)bytes;
    return size < INPUT_TAIL ? size : INPUT_TAIL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    input opened = input_open(bytes, size);
    if (opened.file.data)
        compare_decoders(&opened, MAX_PIXELS, false);
    input_close(&opened);
    return 0;
}
