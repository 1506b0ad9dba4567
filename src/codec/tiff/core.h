/* SPDX-License-Identifier: MIT */
/* The services that the files of this module share. */
#ifndef TENCH_CODEC_TIFF_CORE_H
#define TENCH_CODEC_TIFF_CORE_H

#include "module/services.h"

extern const tn__services *core;

#endif
