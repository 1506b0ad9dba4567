/* SPDX-License-Identifier: MIT */
/* Noise for AVX-512. See noise_tmpl.h. */
#define TN__NOISE tn__avx512_noise
#include "cpu/noise_tmpl.h"
