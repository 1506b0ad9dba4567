/* SPDX-License-Identifier: MIT */
/* Blends for AVX-512. See mix_tmpl.h. */
#define TN__MIX(name) tn__avx512_##name
#include "cpu/mix_tmpl.h"
