#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""day_timm.py [KEY=VALUE...]: runs the installed timm's loader as day_loader.c runs ours.

It uses the same images, sizes and erasing, f16, and steps of the same length on the consumer's stream,
timed by events. Prints lines of JSON; without a GPU, torch or timm exits with 77 and says why. device=cpu goes
its way without a GPU: the step is a sleep, and the figures mean nothing.

Not proven yet: no GPU has run the CUDA half."""
import os
import sys
import time

SETTINGS = {"images": "256", "size": "224", "batches": "200", "step_ms": "20", "device": "cuda",
            "data": "tests/data/shapes"}


def leave(why):
    print(why, file=sys.stderr)
    sys.exit(77)


def settings():
    out = dict(SETTINGS)
    for argument in sys.argv[1:]:
        key, _, value = argument.partition("=")
        out[key] = value
    return out


def import_both():
    try:
        import timm
        import torch
    except ImportError as error:
        leave(f"not installed: {error.name}")
    return torch, timm


class Repeated:
    """Repeats a data set. timm's loader sets `transform`."""

    def __init__(self, dataset, n):
        self.dataset, self.n, self.transform = dataset, n, None

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        self.dataset.transform = self.transform
        return self.dataset[index % len(self.dataset)]


def make_loader(timm, torch, given, device):
    rows = int(given["images"])
    dataset = timm.data.create_dataset("", root=given["data"])
    return timm.data.create_loader(
        Repeated(dataset, rows * int(given["batches"])), (3, int(given["size"]), int(given["size"])),
        rows, is_training=True, re_prob=0.25, re_mode="pixel", hflip=0.5, interpolation="bicubic",
        num_workers=min(len(os.sched_getaffinity(0)), 16), pin_memory=device.type == "cuda",
        img_dtype=torch.float16, device=device)


class Clock:
    """Sets marks on the current stream. On the CPU it reads the host's clock."""

    def __init__(self, torch, device):
        self.torch, self.cuda = torch, device.type == "cuda"

    def mark(self):
        if not self.cuda:
            return time.perf_counter()
        event = self.torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def seconds(self, start, end):
        if not self.cuda:
            return end - start
        end.synchronize()
        return start.elapsed_time(end) / 1e3


def make_step(torch, clock, step_ms):
    """Returns work of that length for the current stream: a calibrated kernel that counts cycles."""
    if not clock.cuda:
        return lambda: time.sleep(step_ms / 1e3)
    cycles = 10_000_000
    torch.cuda._sleep(cycles)
    start = clock.mark()
    torch.cuda._sleep(cycles)
    wanted = int(cycles * step_ms / 1e3 / clock.seconds(start, clock.mark()))
    return lambda: torch.cuda._sleep(wanted)


def run(loader, clock, step, n):
    """Returns seconds from the first batch to the end of the last step, and the host's time in calls for
    batches."""
    host, start, batches, begun = 0.0, None, 0, time.perf_counter()
    for images, _ in loader:
        if start is None:
            start = clock.mark()
        else:
            host += time.perf_counter() - begun
        step()
        del images  # not held longer than a training loop would
        batches += 1
        begun = time.perf_counter()
    assert batches == n, (batches, n)
    return clock.seconds(start, clock.mark()), host


def alone(clock, step):
    seconds = []
    for _ in range(7):
        start = clock.mark()
        step()
        seconds.append(clock.seconds(start, clock.mark()))
    return sorted(seconds)[3]


def launches(torch, clock, loader):
    """Counts the kernels of a batch with the profiler, over some batches of an epoch. None: unknown."""
    if not clock.cuda:
        return None
    kinds = [torch.profiler.ProfilerActivity.CUDA]
    n = 0
    with torch.profiler.profile(activities=kinds) as profile:
        for images, _ in loader:
            n += 1
            if n == 8:
                break
        torch.cuda.synchronize()
    kernels = [event for event in profile.events() if "emcpy" not in event.name and
               "emset" not in event.name and event.device_type != torch.autograd.DeviceType.CPU]
    return round(len(kernels) / n, 1)


def main():
    import json
    given = settings()
    if given["device"] == "fake":
        leave("the fake device is none of torch's")
    torch, timm = import_both()
    if given["device"] == "cuda" and not torch.cuda.is_available():
        leave("torch finds no GPU")
    device = torch.device(given["device"])
    clock, n = Clock(torch, device), int(given["batches"])
    loader = make_loader(timm, torch, given, device)
    for step_ms in (0, int(given["step_ms"])):
        step = make_step(torch, clock, step_ms) if step_ms else lambda: None
        length = alone(clock, step) if step_ms else 0
        seconds, host = run(loader, clock, step, n)
        print(json.dumps({
            "what": "timm", "version": timm.__version__, "torch": torch.__version__,
            "step_ms": round(1e3 * length, 2), "batches": n,
            "images/s": round(n * int(given["images"]) / seconds),
            "stall": round(1 - length * n / seconds, 4) if step_ms else 0,
            "host_us": round(1e6 * host / n, 1),
            "launches": None if step_ms else launches(torch, clock, loader)}), flush=True)


if __name__ == "__main__":
    main()
