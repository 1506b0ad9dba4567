#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares a dump of an evaluation recipe with timm's own evaluation transform, file by file.

    eval.py DATASET DIR key=value …

The keys are arguments of timm.data.create_transform, for example `input_size=224 crop_mode=squash crop_pct=0.9`. Unlike
replay.py, this uses none of tench's numbers: sizes, offsets and filters are timm's own.
"""
import ast
import os
import sys

import numpy as np
from PIL import Image
from timm.data import create_transform

from dumps import Differences, rows


def value(text):
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def main():
    root, directory = sys.argv[1:3]
    arguments = {key: value(text) for key, text in (pair.split("=", 1) for pair in sys.argv[3:])}
    transform = create_transform(is_training=False, use_prefetcher=True, **arguments)
    differences = Differences()
    for line, ours in rows(directory, "batch"):
        with Image.open(os.path.join(root, line["name"])) as file:
            differences.add(line, ours, np.asarray(transform(file.convert("RGB"))))
    differences.finish()


if __name__ == "__main__":
    main()
