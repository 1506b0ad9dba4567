/* SPDX-License-Identifier: MIT */
/* Makes the noise of a row, as finish_rows.h declares: px/erase.h for many groups at once. The file
 * of each level includes this text, and its compiler turns the loops into vectors. */
#ifndef TENCH_CPU_NOISE_TMPL_H
#define TENCH_CPU_NOISE_TMPL_H

#include "px/erase.h"

enum { AT_ONCE = 16 }; /* groups made together */

/* Makes the normal numbers of AT_ONCE blocks; those of one block lie side by side. */
static void make_groups(const tn_px_record *record, int32_t c, int32_t y, int32_t group, float *out)
{
    uint32_t word[4][AT_ONCE];
    for (int32_t i = 0; i < AT_ONCE; i++) {
        const tn_px_words block = tn_px_pixel_noise(record, c, y, group + i);
        word[0][i] = block.word[0];
        word[1][i] = block.word[1];
        word[2][i] = block.word[2];
        word[3][i] = block.word[3];
    }
    for (int32_t i = 0; i < AT_ONCE; i++) {
        const tn_px_pair low = tn_px_normals(word[0][i], word[1][i]);
        const tn_px_pair high = tn_px_normals(word[2][i], word[3][i]);
        out[4 * i] = low.first;
        out[4 * i + 1] = low.second;
        out[4 * i + 2] = high.first;
        out[4 * i + 3] = high.second;
    }
}

static void noise(const tn_px_record *record, int32_t c, int32_t y, int32_t group, float *out,
                  int32_t n_groups)
{
    float last[4 * AT_ONCE];
    for (; n_groups >= AT_ONCE; n_groups -= AT_ONCE, group += AT_ONCE, out += 4 * AT_ONCE)
        make_groups(record, c, y, group, out);
    if (n_groups > 0)
        make_groups(record, c, y, group, last);
    for (int32_t i = 0; i < 4 * n_groups; i++)
        out[i] = last[i];
}

#endif
