/* SPDX-License-Identifier: MIT */
/* Modules: shared libraries of tench that decode formats with libraries of others.
 *
 * The core links none of those libraries. The file libtench_NAME.so lies beside the core, and is
 * opened when the first file needs it. It stays open until the process ends. A module that cannot
 * be opened is the machine's trouble: the message names the packages to install. */
#ifndef TENCH_MODULE_MODULE_H
#define TENCH_MODULE_MODULE_H

#include <stdatomic.h>

#include "base/text.h"
#include "module/services.h"

typedef struct tn__module {
    const char *name;     /* of libtench_NAME.so */
    const char *formats;  /* for messages, for example "WebP" */
    const char *packages; /* that have its libraries, by their names in Debian 12 */
    const char *build;    /* packages that the build of the module needs */
    _Atomic(const tn__module_face *) face; /* NULL until the module is opened */
} tn__module;

/* Opens the module, or finds that it is open. Any thread may call this. NULL: TN_EIO, with errno
 * ELIBACC, which is systemic (error.h). */
const tn__module_face *tn__module_open(tn__module *module, const tn__services *services);
/* Opens the library at `path` as the module. For tests too. */
const tn__module_face *tn__module_open_at(const tn__module *module, const char *path,
                                          const tn__services *services);
/* Adds a line for people: the module's libraries and their versions, or why it cannot be opened. */
void tn__module_report(tn__module *module, const tn__services *services, tn__text *out);

#endif
