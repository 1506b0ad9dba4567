/* SPDX-License-Identifier: MIT */
/* Opens modules. See module.h. */
#include "module/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/open.h"
#include "base/path.h"

enum { VERSIONS_BYTES = 256 };

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

/* Writes the folder of the file that has this code: the library, or a program that contains it.
 * Links to the library are followed, because only the library itself has modules beside it. */
static bool find_folder(char out[PATH_MAX])
{
    Dl_info info;
    struct link_map *map = NULL;
    if (!dladdr1(&opening, &info, (void **)&map, RTLD_DL_LINKMAP))
        return false;
    const char *const file = map->l_name[0] ? map->l_name : "/proc/self/exe";
    char *const slash = realpath(file, out) ? strrchr(out, '/') : NULL;
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static void *fail_missing(const tn__module *module, const char *path)
{
    tn__fail_system(ELIBACC,
                    "%s files need tench's module %s, which is not installed: build tench where "
                    "these packages are: %s",
                    module->formats, path, module->build);
    return NULL;
}

static void *fail_useless(const tn__module *module, const char *file, const char *reason)
{
    tn__fail_system(ELIBACC,
                    "%s files need tench's module %s, and the system cannot load that file (%s): "
                    "build tench again",
                    module->formats, file, reason);
    return NULL;
}

/* Says why the system refuses the module. Its reason begins with the file that it did not find or
 * cannot load: the module, or a library that the module needs. */
static void *refuse(const tn__module *module, const char *path, const char *reason)
{
    const char *const why = strstr(reason, ": ");
    char file[PATH_MAX];
    snprintf(file, sizeof file, "%.*s", (int)(why ? why - reason : 0), reason);
    if (why && strcmp(tn__path_leaf(file), tn__path_leaf(path)) == 0)
        return strchr(file, '/') && access(file, F_OK) == 0 ? fail_useless(module, file, why + 2)
                                                            : fail_missing(module, path);
    tn__fail_system(ELIBACC, "%s files need %s: %s", module->formats, module->packages, reason);
    return NULL;
}

/* True for a library whose last part, the table of its sections, is not there. The system loads
 * such a file, and the process dies when it reads the missing pages. */
static bool is_cut_off(const char *path)
{
    ElfW(Ehdr) head;
    struct stat facts;
    const int file = tn__open(path, O_RDONLY | O_NONBLOCK);
    if (file < 0)
        return false;
    const bool is_elf = tn__stat_open(file, &facts) &&
                        pread(file, &head, sizeof head, 0) == (ssize_t)sizeof head &&
                        memcmp(head.e_ident, ELFMAG, SELFMAG) == 0;
    close(file);
    return is_elf &&
           (uint64_t)facts.st_size < head.e_shoff + (uint64_t)head.e_shnum * head.e_shentsize;
}

const tn__module_face *tn__module_open_at(const tn__module *module, const char *path,
                                          const tn__services *services)
{
    if (strchr(path, '/') && is_cut_off(path))
        return fail_useless(module, path, "it is cut off");
    void *const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return refuse(module, path, dlerror());
    tn__module_enter *enter = NULL;
    void *const found = dlsym(library, "tench_module");
    memcpy(&enter, &found, sizeof enter); /* POSIX allows the copy */
    const tn__module_face *const face = enter ? enter(services) : NULL;
    if (face && face->abi == TN__MODULE_ABI)
        return face;
    tn__fail_system(ELIBACC,
                    "%s files need tench's module %s, and that file belongs to another "
                    "version of tench: install both from one build",
                    module->formats, path);
    dlclose(library);
    return NULL;
}

/* A module is looked for beside the library. After that the system looks in its own places: those
 * of LD_LIBRARY_PATH, of the program's run path, and of ld.so.conf. */
static const tn__module_face *find(const tn__module *module, const tn__services *services)
{
    char folder[PATH_MAX], file[NAME_MAX + 1], path[PATH_MAX + sizeof file];
    snprintf(file, sizeof file, "libtench_%s.so", module->name);
    if (!find_folder(folder))
        return tn__module_open_at(module, file, services);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return tn__module_open_at(module, access(path, F_OK) == 0 ? path : file, services);
}

const tn__module_face *tn__module_open(tn__module *module, const tn__services *services)
{
    const tn__module_face *face = atomic_load_explicit(&module->face, memory_order_acquire);
    if (face)
        return face;
    pthread_mutex_lock(&opening);
    face = atomic_load_explicit(&module->face, memory_order_relaxed);
    if (!face) {
        face = find(module, services);
        atomic_store_explicit(&module->face, face, memory_order_release);
    }
    pthread_mutex_unlock(&opening);
    return face;
}

void tn__module_report(tn__module *module, const tn__services *services, tn__text *out)
{
    char versions[VERSIONS_BYTES];
    const tn__error before = *tn__error_last();
    const tn__module_face *const face = tn__module_open(module, services);
    if (face)
        face->versions(versions, sizeof versions);
    tn__text_printf(out, "%s: %s\n", module->name, face ? versions : tn__error_last()->message);
    tn__error_raise(&before);
}
