#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains one of timm's small models on a class folder, once for each seed, and prints a JSON object for each run:

    train_curves.py DATASET timm|tench|plain --seeds N --epochs E --size S --threads T

*timm* and *tench* use the same recipe, with timm's create_loader and with recipes/examples/tench_torch.py. *plain* is
tench without colour jitter and erasing, as an example of another recipe. A seed gives both loaders the same initial
model; each loader draws its own random numbers. Validation images are loaded once.
"""
import argparse
import json
import os
import random
import sys
import warnings

import numpy
import timm
import torch
from timm.data import create_dataset, create_loader

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 3, "recipes", "examples"))
from tench_torch import Loader

MODEL, LEARNING_RATE, DECAY, BATCH, CROP_SHARE = "test_byobnet", 4e-3, 0.05, 50, 0.875
JITTER, ERASING = 0.4, 0.25


class Timm:
    def __init__(self, options, seed):
        random.seed(seed)  # for erasing, which runs in this process
        numpy.random.seed(seed)
        shared = {"input_size": (3, options.size, options.size), "batch_size": BATCH, "interpolation": "bicubic",
                  "num_workers": options.threads, "device": torch.device("cpu"), "persistent_workers": True}
        self.train = create_loader(
            create_dataset("", options.dataset, split="train", is_training=True), is_training=True,
            color_jitter=JITTER, re_prob=ERASING, **shared)
        self.validation = create_loader(
            create_dataset("", options.dataset, split="validation"), crop_pct=CROP_SHARE, **shared)

    def epoch(self, _):
        return self.train


class Tench:
    def __init__(self, options, seed, more=f"color_jitter; random_erasing p={ERASING}; "):
        finish = "normalize; convert dtype=f32"
        crop = f"random_resized_crop size={options.size} interpolation=bicubic; hflip; "
        whole = f"resize size={int(options.size / CROP_SHARE)} interpolation=bicubic; center_crop size={options.size}; "
        self.train = Loader(options.dataset, crop + more + finish, split="train", batch_size=BATCH, seed=seed,
                            drop_last=True, threads=options.threads)
        self.validation = Loader(options.dataset, whole + finish, split="validation", batch_size=BATCH,
                                 order="sequential", threads=options.threads).epoch(0)

    def epoch(self, number):
        return self.train.epoch(number)


def plain(options, seed):
    return Tench(options, seed, more="")


def accuracy(model, validation):
    model.eval()
    with torch.inference_mode():
        right = sum((model(images).argmax(1) == labels).sum().item() for images, labels in validation)
    model.train()
    return right / sum(len(labels) for _, labels in validation)


def run(kind, options, seed):
    torch.manual_seed(seed)
    loader = kind(options, seed)
    validation = [(images.clone(), labels.clone()) for images, labels in loader.validation]
    torch.manual_seed(seed)
    model = timm.create_model(MODEL, num_classes=options.classes)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
    steps = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, epochs=options.epochs, steps_per_epoch=options.images // BATCH)
    losses, accuracies = [], []
    for number in range(options.epochs):
        sums = []
        for images, labels in loader.epoch(number):
            loss = torch.nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps.step()
            sums.append(loss.item())
        losses.append(sum(sums) / len(sums))
        accuracies.append(accuracy(model, validation))
    pixels = sum(images.double().sum().item() for images, _ in validation)
    return {"seed": seed, "train_loss": losses, "accuracy": accuracies, "validation_sum": pixels}


def main():
    kinds = {"timm": Timm, "tench": Tench, "plain": plain}
    parser = argparse.ArgumentParser()
    parser.add_argument("dataset")
    parser.add_argument("kind", choices=kinds)
    for name in ("seeds", "epochs", "size", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)  # on shared CPUs, several threads wait for each other
    train = create_dataset("", options.dataset, split="train")
    options.images, options.classes = len(train), len(train.reader.class_to_idx)
    for seed in range(options.seeds):
        print(json.dumps(run(kinds[options.kind], options, seed)), flush=True)


if __name__ == "__main__":
    main()
