/* SPDX-License-Identifier: MIT */
/* Makes PNG files of striped images. See record.h. */
#ifndef TENCH_STRIPES_RESTORE_H
#define TENCH_STRIPES_RESTORE_H

#include "base/blob.h"
#include "codec/codec.h"

/* Makes a PNG whose pixels equal those of the packed file in every mode. TN_EDECODE, TN_ENOMEM. */
int tn__stripes_restore(tn__bytes bytes, tn__blob *out);

#endif
