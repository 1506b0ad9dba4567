/* SPDX-License-Identifier: MIT */
/* Blends in plain C. See mix_tmpl.h. */
#define TN__MIX(name) tn__scalar_##name
#include "cpu/mix_tmpl.h"
