#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares a dump of an evaluation recipe with timm's own evaluation transform, file by file.

    eval.py DATASET DIR key=value …

The keys are arguments of timm.data.create_transform, for example `input_size=224 crop_mode=squash crop_pct=0.9`. Unlike
replay.py, this uses none of tench's numbers: sizes, offsets and filters are timm's own.
"""
import ast
import json
import os
import sys

import numpy as np
from PIL import Image
from timm.data import create_transform


def value(text):
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def main():
    root, directory = sys.argv[1:3]
    arguments = {key: value(text) for key, text in (pair.split("=", 1) for pair in sys.argv[3:])}
    transform = create_transform(is_training=False, use_prefetcher=True, **arguments)
    batches, rows, bad_rows, bad_bytes = {}, 0, 0, 0
    for text in open(os.path.join(directory, "samples.jsonl"), encoding="utf-8"):
        line = json.loads(text)
        number = line["batch"]
        if number not in batches:
            batches = {number: np.load(os.path.join(directory, f"batch_{number:05d}.npy"))}
        with Image.open(os.path.join(root, line["name"])) as file:
            theirs = np.asarray(transform(file.convert("RGB")))
        ours = batches[number][line["slot"]]
        differing = int(np.count_nonzero(ours != theirs)) if ours.shape == theirs.shape else ours.size
        rows += 1
        bad_rows += differing > 0
        bad_bytes += differing
        if differing and bad_rows <= 5:
            print(f"{line['name']}: {differing} of {ours.size} bytes differ: {json.dumps(line['ops'])}")
    print(f"rows={rows} differing_rows={bad_rows} differing_bytes={bad_bytes}")
    sys.exit(1 if bad_bytes or rows == 0 else 0)


if __name__ == "__main__":
    main()
