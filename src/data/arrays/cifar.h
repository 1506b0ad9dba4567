/* SPDX-License-Identifier: MIT */
/* CIFAR-10 and CIFAR-100, in their binary form and in their form for Python. */
#ifndef TENCH_DATA_ARRAYS_CIFAR_H
#define TENCH_DATA_ARRAYS_CIFAR_H

#include "data/kind.h"

extern const tn__source_kind tn__kind_cifar10, tn__kind_cifar100;

#endif
