#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whole epochs of timm's real loader over a class folder, on the CPU. Prints one JSON object.

    timm_epochs.py DATASET train|eval u8|f32 --workers N --batch B --epochs E

u8 takes the batches as fast_collate makes them, before PrefetchLoader's normalisation on the main process: the
cheapest that timm can deliver. f32 takes what PrefetchLoader yields on the CPU device. The first epoch, which starts
the workers, is not counted. CPU time is that of the main process and all workers.
"""
import time

STARTED = time.monotonic()

import argparse
import json
import multiprocessing
import os
import warnings

import torch
import timm
from timm.data import create_dataset, create_loader

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds():
    """Of this process and its live children."""
    total = 0.0
    for pid in [os.getpid()] + [child.pid for child in multiprocessing.active_children()]:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def make_loader(arguments):
    train = arguments.recipe == "train"
    dataset = create_dataset("", arguments.dataset, search_split=False, is_training=train)
    loader = create_loader(
        dataset,
        input_size=(3, 224, 224),
        batch_size=arguments.batch,
        is_training=train,
        interpolation="bicubic",
        color_jitter=0.0,
        crop_pct=0.875,
        num_workers=arguments.workers,
        device=torch.device("cpu"),
        use_prefetcher=True,
        persistent_workers=True,
    )
    return loader.loader if arguments.output == "u8" else loader


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset")
    parser.add_argument("recipe", choices=["train", "eval"])
    parser.add_argument("output", choices=["u8", "f32"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    loader_made = time.monotonic()
    loader = make_loader(arguments)
    first_batch = None
    for images, _ in loader:
        first_batch = first_batch or time.monotonic()
    images_seen, wall, cpu = 0, time.monotonic(), cpu_seconds()
    for _ in range(arguments.epochs):
        for images, _ in loader:
            images_seen += images.shape[0]
    wall, cpu = time.monotonic() - wall, cpu_seconds() - cpu
    print(
        json.dumps(
            {
                "version": f"timm {timm.__version__}, torch {torch.__version__}",
                "images": images_seen,
                "seconds": wall,
                "cpu_s": cpu,
                "images_per_s": images_seen / wall,
                "first_batch_s": first_batch - STARTED,
                "loader_first_batch_s": first_batch - loader_made,
            }
        )
    )


if __name__ == "__main__":
    main()
