/* SPDX-License-Identifier: MIT */
/* Noise in plain C. See noise_tmpl.h. */
#define TN__NOISE tn__scalar_noise
#include "cpu/noise_tmpl.h"
