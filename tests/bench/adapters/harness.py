# SPDX-License-Identifier: MIT
"""The parts that all adapters share: arguments, the draws of a random resized crop, clocks, the JSON line.

The benchmark calls an adapter so:

    load_PEER.py DATASET train|eval --threads N --batch B --epochs E

The adapter gives `run` a function that makes an object with `version`, a text, and `epoch()`, an iterator over the
sizes of the batches of an epoch. One epoch runs before the clock starts: it starts workers, compiles and fills caches.
Its first batch gives the time to the first batch, counted from the start of the process and so with all imports.
"""
import argparse
import json
import math
import multiprocessing
import os
import sys
import time

SIZE = 224  # of the output, both sides
SHORT = 256  # short side of the image before the crop of eval
TICKS = os.sysconf("SC_CLK_TCK")


def files(dataset):
    """Lists the JPEGs of a class folder in the order of their names."""
    found = []
    for folder, folders, names in os.walk(dataset):
        folders.sort()
        found += [os.path.join(folder, name) for name in sorted(names) if name.lower().endswith((".jpg", ".jpeg"))]
    return found


def draw_crop(width, height, random):
    """Draws a box (left, top, width, height) like torchvision's RandomResizedCrop: scale 0.08–1, ratio 3/4–4/3."""
    for _ in range(10):
        area = width * height * random.uniform(0.08, 1)
        ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            return random.randint(0, width - w), random.randint(0, height - h), w, h
    w = min(width, round(height * 4 / 3))
    h = min(height, round(width * 4 / 3))
    return (width - w) // 2, (height - h) // 2, w, h


def short_side_to(short, width, height):
    """The size with a short side of `short`, rounded like torchvision's Resize."""
    if width <= height:
        return short, int(short * height / width)
    return int(short * width / height), short


def batches(items, size):
    """Yields lists of `size` items, and drops a last, smaller one."""
    for start in range(0, len(items) - size + 1, size):
        yield items[start : start + size]


def age():
    """Seconds since the start of this process, to a hundredth."""
    with open("/proc/self/stat", encoding="ascii") as file:
        started = int(file.read().rsplit(")", 1)[1].split()[19]) / TICKS
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def cpu_seconds():
    """CPU time of all threads of this process and of its live workers."""
    total = time.process_time()
    for child in multiprocessing.active_children():
        with open(f"/proc/{child.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def run(make, **choices):
    """`choices` are further arguments, with the values that each can have."""
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset")
    parser.add_argument("recipe", choices=["train", "eval"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=1)
    for name, values in choices.items():
        parser.add_argument(f"--{name}", choices=values, required=True)
    arguments = parser.parse_args()
    peer = make(arguments)
    first_batch = None
    for _ in peer.epoch():
        first_batch = first_batch or age()
    if first_batch is None:
        sys.exit(f"{arguments.dataset} has less than one batch of {arguments.batch} images")
    images, wall, cpu = 0, time.monotonic(), cpu_seconds()
    for _ in range(arguments.epochs):
        images += sum(peer.epoch())
    wall, cpu = time.monotonic() - wall, cpu_seconds() - cpu
    print(json.dumps({
        "version": peer.version, "images": images, "seconds": wall, "cpu_s": cpu, "first_batch_s": first_batch,
    }))
    sys.stdout.flush()
    os._exit(0)  # some peers take seconds to end, and one sometimes hangs
