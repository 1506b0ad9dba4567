#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints splits.inc: names of files in repositories, and the splits that Hugging Face's datasets 5.2 finds by them.

    make_splits.py > splits.inc      (in tests/golden; the PyPI package datasets)
"""
import logging
import os
import tempfile

import datasets

PART = "-00000-of-00001.parquet"
REPOSITORIES = [
    ["data/train_clean" + PART, "data/train_noisy" + PART],
    ["data/train" + PART, "data/test_rare" + PART, "data/dev" + PART],
    ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/train.extra" + PART],
    ["data/train-00000-of-00001-1a2b3c.parquet", "data/minival-00000-of-00001-4d5e.parquet"],
    ["data/clean" + PART],
    ["data/train" + PART, "data/validation" + PART, "data/test" + PART],
    ["data/train_clean.parquet", "data/train_noisy.parquet", "data/test_0.parquet"],
    ["train/0000.parquet", "train/0001.parquet", "test/0000.parquet"],
]


def main():
    logging.disable(logging.WARNING)
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by make_splits.py: the number of a repository, a file, and the split that datasets puts it into. */")
    for number, files in enumerate(REPOSITORIES):
        with tempfile.TemporaryDirectory() as root:
            for file in files:
                os.makedirs(os.path.dirname(os.path.join(root, file)), exist_ok=True)
                open(os.path.join(root, file), "wb").close()
            found = datasets.load_dataset_builder(root).config.data_files
            splits = {os.path.relpath(path, os.path.realpath(root)): split for split in found for path in found[split]}
            assert sorted(splits) == sorted(files)
            for file in files:
                print('{%d, "%s", "%s"},' % (number, file, splits[file]))


main()
