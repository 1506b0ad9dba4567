/* SPDX-License-Identifier: MIT */
/* Blends for AVX2. See mix_tmpl.h. */
#define TN__MIX(name) tn__avx2_##name
#include "cpu/mix_tmpl.h"
