/* SPDX-License-Identifier: MIT */
/* TFRecord files as sources. */
#ifndef TENCH_DATA_TFRECORD_SOURCE_H
#define TENCH_DATA_TFRECORD_SOURCE_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_tfrecord;

#endif
