/* SPDX-License-Identifier: MIT */
/* What a user can do with files that do not open as they are: compressed tars, for example. For
 * messages about data sets without images. */
#ifndef TENCH_DATA_ADVICE_H
#define TENCH_DATA_ADVICE_H

#include "data/extensions.h"

/* Fills in the extensions of files about which something is known. */
void tn__advice_extensions(tn__extensions *out);
/* True if the extension is one of images, which the option extensions takes. */
bool tn__advice_is_image(const char *name);
/* What a file of this name is, and what to do, as the rest of a sentence: "is compressed, …".
 * Static; NULL: nothing is known. */
const char *tn__advice_for(const char *name);

#endif
