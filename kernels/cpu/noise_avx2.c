/* SPDX-License-Identifier: MIT */
/* Noise for AVX2. See noise_tmpl.h. */
#define TN__NOISE tn__avx2_noise
#include "cpu/noise_tmpl.h"
