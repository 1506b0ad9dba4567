/* SPDX-License-Identifier: MIT */
/* What kinds of sources share. See kind.h. */
#include "data/kind.h"

const tn__param tn__kind_params[] = {{.name = "path",
                                      .kind = TN__TEXT,
                                      .initial = "",
                                      .doc = "the file or folder, if it is not given as root"},
                                     {0}};

const tn__value *tn__kind_value(const tn__source_options *options, const char *name)
{
    return tn__arguments_value(&options->kind->spec, options->value, name);
}
