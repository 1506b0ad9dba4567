/* SPDX-License-Identifier: MIT */
/* One epoch in a program that has an event loop: poll() waits for batches and for a timer, and no
 * call of tench waits. The same works with epoll, libuv or GLib.
 *
 *     cc event_loop.c $(pkg-config --cflags --libs tench) -o event_loop && ./event_loop DATASET */
#include <poll.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <tench.h>
#include <unistd.h>

enum { TICK_NS = 100 * 1000 * 1000 };

/* Takes all batches that are ready. Returns TN_ETIMEOUT while more will come, TN_END, or an error.
 */
static int take_batches(tn_loader *loader, long long *images)
{
    tn_batch batch = {.size = sizeof batch};
    int status;
    while ((status = tn_loader_next(loader, &batch, 0)) == TN_OK)
        *images += batch.n_rows;
    return status;
}

static int run_epoch(tn_loader *loader, int timer)
{
    const int batches = tn_loader_fd(loader);
    if (batches < 0)
        return TN_EIO;
    struct pollfd events[] = {{.fd = batches, .events = POLLIN}, {.fd = timer, .events = POLLIN}};
    long long images = 0;
    int status = tn_loader_start(loader, 0);
    if (status == TN_OK)
        status = take_batches(loader, &images);
    while (status == TN_ETIMEOUT) {
        uint64_t ticks;
        if (poll(events, 2, -1) < 0)
            continue; /* a signal came */
        if (events[0].revents)
            status = take_batches(loader, &images);
        if (events[1].revents && read(timer, &ticks, sizeof ticks) > 0)
            printf("%lld images so far\n", images);
    }
    if (status == TN_END)
        printf("%lld images in all\n", images);
    return status;
}

int main(int argc, char **argv)
{
    const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    const struct itimerspec tick = {.it_interval = {.tv_nsec = TICK_NS},
                                    .it_value = {.tv_nsec = TICK_NS}};
    if (timer < 0 || timerfd_settime(timer, 0, &tick, NULL)) {
        perror("timer");
        return 1;
    }
    tn_dataset_options data = {.size = sizeof data, .root = argc > 1 ? argv[1] : "."};
    tn_loader_options options = {.size = sizeof options, .batch_size = 32, .order = "feistel-1"};
    tn_dataset *dataset = tn_dataset_create(&data);
    tn_transform *transform =
        tn_transform_create("random_resized_crop size=224; hflip; normalize; convert dtype=f32");
    tn_loader *loader = NULL;
    if (dataset && transform)
        loader = tn_loader_create(dataset, transform, &options);

    const int status = loader ? run_epoch(loader, timer) : TN_EINVAL;
    if (status != TN_END)
        fprintf(stderr, "%s\n", tn_error());
    tn_loader_destroy(loader);
    tn_transform_destroy(transform);
    tn_dataset_destroy(dataset);
    close(timer);
    return status == TN_END ? 0 : 1;
}
