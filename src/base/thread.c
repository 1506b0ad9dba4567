/* SPDX-License-Identifier: MIT */
/* Starts threads. See thread.h. */
#include "base/thread.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/error.h"

enum { STACK_BYTES = 2 << 20 }; /* of a detached thread */

int tn__threads_start(tn__threads *threads, const char *name, int32_t n, void *(*work)(void *),
                      void *argument)
{
    *threads = (tn__threads){.handle = malloc((size_t)n * sizeof(pthread_t))};
    if (!threads->handle)
        return tn__fail_memory("threads", (size_t)n * sizeof(pthread_t));
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = 0;
    while (threads->n < n && error == 0) {
        error = pthread_create(&threads->handle[threads->n], NULL, work, argument);
        if (error == 0)
            pthread_setname_np(threads->handle[threads->n++], name);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (threads->n > 0)
        return TN_OK;
    free(threads->handle);
    return tn__fail(TN_ENOMEM, "cannot start a thread: %s (ulimit -u, -v)", strerror(error));
}

void tn__threads_join(tn__threads *threads)
{
    for (int32_t t = 0; t < threads->n; t++)
        pthread_join(threads->handle[t], NULL);
    free(threads->handle);
    *threads = (tn__threads){0};
}

int tn__thread_detach(void *(*work)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* a thread inherits the mask of its creator */
    const int problem = pthread_create(&thread, &attributes, work, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return problem;
}

int64_t tn__thread_waits(void)
{
    struct rusage usage = {0};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}
