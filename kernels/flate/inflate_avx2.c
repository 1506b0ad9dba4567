/* SPDX-License-Identifier: MIT */
/* The fast loop of inflate with the instructions of AVX2 machines: shifts by a register that leave
 * the flags alone. */
#include <immintrin.h>

#define LOWEST_BITS(bits, n) _bzhi_u64(bits, n) /* of n, the lowest 8 bits count */
#include "flate/inflate_tmpl.h"

void tn__inflate_avx2(tn__inflate *inflate, tn__inflate_io *io)
{
    decode_symbols(inflate, io);
}
