# SPDX-License-Identifier: MIT
"""Reads dumps of `tench run … --dump DIR` for replay.py and eval.py, and counts the bytes that differ."""
import json
import os
import sys

import numpy as np


def rows(directory, *names):
    """Each line of samples.jsonl, and the row that it has in the arrays of these names."""
    last, arrays = None, []
    with open(os.path.join(directory, "samples.jsonl"), encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line["batch"] != last:
                last = line["batch"]
                arrays = [np.load(os.path.join(directory, f"{name}_{last:05d}.npy")) for name in names]
            yield line, *(array[line["slot"]] for array in arrays)


class Differences:
    def __init__(self):
        self.rows = self.bad_rows = self.bad_bytes = 0

    def add(self, line, ours, theirs):
        """Compares a row; images of another shape differ in every byte."""
        n_bytes = int(np.count_nonzero(ours != theirs)) if ours.shape == theirs.shape else ours.size
        self.rows += 1
        self.bad_rows += n_bytes > 0
        self.bad_bytes += n_bytes
        if n_bytes and self.bad_rows <= 5:
            print(f"{line['name']}: {n_bytes} of {ours.size} bytes differ: {json.dumps(line['ops'])}")

    def finish(self):
        print(f"rows={self.rows} differing_rows={self.bad_rows} differing_bytes={self.bad_bytes}")
        sys.exit(1 if self.bad_bytes or self.rows == 0 else 0)
