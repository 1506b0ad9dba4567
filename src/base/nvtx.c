/* SPDX-License-Identifier: MIT */
/* Speaks to an NVTX 3 tool through its binary interface, which nvtx3/nvToolsExt.h and
 * nvtx3/nvtxDetail/nvtxTypes.h describe. See nvtx.h. */
#include "base/nvtx.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/show.h"

enum { VERSION = 3, ASCII = 1, SIGNED_64 = 2 }; /* version; kinds of message and payload */
enum { TABLE_OF_CALLBACKS = 1, TABLE_OF_VERSION = 3 };
enum { MODULE_CORE = 1, MODULE_DOMAINS = 5 };
enum { RANGE_PUSH = 4, RANGE_POP = 5, DOMAIN_CREATE = 12, FUNCTIONS = 16 }; /* of MODULE_DOMAINS */

/* nvtxEventAttributes_t */
typedef struct event {
    uint16_t version, size;
    uint32_t category;
    int32_t color_kind;
    uint32_t color;
    int32_t payload_kind, reserved;
    int64_t payload;
    int32_t message_kind;
    const char *message;
} event;
_Static_assert(sizeof(event) == 48, "NVTX defines this size");

typedef void (*function)(void);
typedef int (*push_function)(void *domain, const event *attributes);
typedef int (*pop_function)(void *domain);
typedef void *(*create_function)(const char *name);

/* The tool's functions; number 0 is none. The core functions, for ranges without a domain, are
 * never called. */
static function core_functions[FUNCTIONS], functions[FUNCTIONS];
static function *core_places[FUNCTIONS + 1], *places[FUNCTIONS + 1];

static struct {
    bool is_wanted;
    void *domain;
    push_function push;
    pop_function pop;
    char why[TN__MESSAGE_BYTES + 64]; /* why there is no tool, or which one it is */
} state;

static int give_functions(int module, function ***table, unsigned *n)
{
    if (module != MODULE_CORE && module != MODULE_DOMAINS)
        return 0;
    *table = module == MODULE_CORE ? core_places : places;
    if (n)
        *n = FUNCTIONS;
    return 1;
}

static void take_version(uint32_t version)
{
    (void)version;
}

static const void *give_table(uint32_t number)
{
    static const struct {
        size_t size;
        int (*give)(int module, function ***table, unsigned *n);
    } callbacks = {sizeof callbacks, give_functions};
    static const struct {
        size_t size;
        uint32_t version, reserved;
        void (*take)(uint32_t version);
    } version = {sizeof version, VERSION, 0, take_version};
    switch (number) {
    case TABLE_OF_CALLBACKS: return &callbacks;
    case TABLE_OF_VERSION: return &version;
    default: return NULL;
    }
}

/* Keeps the functions that the tool has written to the table. */
static int keep_functions(const char *path)
{
    create_function create;
    memcpy(&create, &functions[DOMAIN_CREATE], sizeof create);
    memcpy(&state.push, &functions[RANGE_PUSH], sizeof state.push);
    memcpy(&state.pop, &functions[RANGE_POP], sizeof state.pop);
    if (!create || !state.push || !state.pop)
        return tn__fail(TN_EIO, "%s accepts no ranges in domains", path);
    state.domain = create("tench");
    state.is_wanted = true;
    return TN_OK;
}

/* Loads the tool's library. TN_EIO: the message says what is wrong with it. */
static int attach_tool(const char *path)
{
    int (*attach)(const void *(*give)(uint32_t number));
    void *const library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    if (!library)
        return tn__fail(TN_EIO, "%s", dlerror());
    void *const symbol = dlsym(library, "InitializeInjectionNvtx2");
    memcpy(&attach, &symbol, sizeof attach);
    for (int f = 1; f < FUNCTIONS; f++) {
        core_places[f] = &core_functions[f];
        places[f] = &functions[f];
    }
    if (symbol && attach(give_table))
        return keep_functions(path);
    dlclose(library);
    return tn__fail(TN_EIO, symbol ? "%s refused to attach" : "%s is not an NVTX 3 library", path);
}

static void tell_path(const char *path)
{
    static const char lead[] = "ranges go to ";
    memcpy(state.why, lead, sizeof lead);
    tn__show(path, strlen(path), state.why + sizeof lead - 1, sizeof state.why - sizeof lead + 1);
}

static void look_for_tool(void)
{
    const tn__error before = *tn__error_last();
    const char *const path = getenv("NVTX_INJECTION64_PATH");
    if (!path || !*path)
        snprintf(state.why, sizeof state.why,
                 "no tool is attached (NVTX_INJECTION64_PATH is not set)");
    else if (attach_tool(path) < 0)
        snprintf(state.why, sizeof state.why, "no tool is attached: %s", tn__error_last()->message);
    else
        tell_path(path);
    tn__error_raise(&before);
}

static void look_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, look_for_tool);
}

bool tn__nvtx_is_wanted(void)
{
    look_once();
    return state.is_wanted;
}

void tn__nvtx_push(const char *name, int64_t number)
{
    const event attributes = {.version = VERSION,
                              .size = sizeof attributes,
                              .payload_kind = SIGNED_64,
                              .payload = number,
                              .message_kind = ASCII,
                              .message = name};
    state.push(state.domain, &attributes);
}

void tn__nvtx_pop(void)
{
    state.pop(state.domain);
}

void tn__nvtx_report(tn__text *out)
{
    look_once();
    tn__text_add(out, state.why);
}
