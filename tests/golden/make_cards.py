#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints cards.inc: cards of repositories, and the files of each split that Hugging Face's datasets 5.2 finds by them.

    make_cards.py > cards.inc      (in tests/golden; the PyPI package datasets)
"""
import logging
import os
import tempfile

import datasets

FILES = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet",
         "data/val-00000-of-00001.parquet", "a.parquet", "b c.parquet", "deep/er/x.parquet", "deep/y.parquet"]
USUAL = "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n  - split: test\n    path: data/test-*\n"
CARDS = [
    (None, "license: mit\n" + USUAL + "tags:\n- split: train\n"),
    (None, USUAL.replace("\n", "\r\n")),
    (None, "configs:\n  # two splits\n  - config_name: default   # the only one\n    data_files:\n      - split: 'train'\n"
           "        path:\n          - \"data/train-00000-of-00002.parquet\"\n\n          - data/train-00001-*\n"
           "      - path: data/val-*\n        split: validation\n"),
    (None, "configs:\n- config_name: default\n  data_files: data/train-*.parquet\n"),
    (None, "configs:\n- config_name: default\n  data_files:\n  - a.parquet\n  - b c.parquet # with a blank\n"),
    (None, "configs:\n- config_name: default\n  data_files:\n  - split: test\n    path: \"deep/**/*.parquet\"\n"),
    (None, "configs:\n- config_name: default\n  data_files:\n  - split: test\n    path: \"*.parquet\"\n"),
    (None, "configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/train-0000?-of-00002.parquet\n"),
    (None, "configs:\n-\n  config_name: default\n  data_files:\n  -\n    split: train\n    path: ./data/train-*\n"),
    ("one", "configs:\n- config_name: one\n  data_files: a.parquet\n- config_name: two\n  default: true\n  data_files:\n"
            "  - split: test\n    path: deep/*.parquet\n"),
    ("two", "configs:\n- config_name: one\n  data_files: a.parquet\n- config_name: two\n  default: true\n  data_files:\n"
            "  - split: test\n    path: deep/*.parquet\n"),
]


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("?", "\\?") + '"'


def main():
    logging.disable(logging.WARNING)
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by make_cards.py: a card; then the files that datasets finds by it, and their splits. */")
    for name, card in CARDS:
        with tempfile.TemporaryDirectory() as root:
            for file in FILES:
                os.makedirs(os.path.dirname(os.path.join(root, file)), exist_ok=True)
                open(os.path.join(root, file), "wb").close()
            with open(os.path.join(root, "README.md"), "w", newline="") as file:
                file.write("---\n" + card + "---\n# A title\n")
            found = datasets.load_dataset_builder(root, name).config.data_files
            print("{%s, NULL}," % quoted("---\n" + card + "---\n# A title\n"))
            for split, files in found.items():
                for path in files:
                    print("{%s, %s}," % (quoted(os.path.relpath(path, os.path.realpath(root))), quoted(str(split))))


main()
