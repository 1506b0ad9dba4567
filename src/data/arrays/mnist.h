/* SPDX-License-Identifier: MIT */
/* MNIST and Fashion-MNIST in their IDX files. */
#ifndef TENCH_DATA_ARRAYS_MNIST_H
#define TENCH_DATA_ARRAYS_MNIST_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_mnist, tn__kind_fashion_mnist;

#endif
