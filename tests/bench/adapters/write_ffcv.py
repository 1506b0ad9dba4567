#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes FFCV's own file from a class folder: write_ffcv.py DATASET OUT.beton QUALITY LONG_SIDE

It stores every image as a JPEG of this quality, with a long side of at most LONG_SIDE. FFCV allocates memory for a
whole batch of the largest image; one photograph of 20 megapixels would make that gigabytes. Pages have 64 MiB, so that
a large image fits.
"""
import os
import sys

import cv2
from ffcv.fields import IntField, RGBImageField
from ffcv.writer import DatasetWriter

import harness


class Folder:
    """The interface that the writer needs: the length, and pairs of an RGB array and a label."""

    def __init__(self, root):
        self.files = harness.files(root)
        classes = sorted({os.path.dirname(path) for path in self.files})
        self.labels = {name: label for label, name in enumerate(classes)}

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        path = self.files[index]
        image = cv2.imread(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if image is None:
            raise ValueError(f"{path}: OpenCV cannot read it")
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB), self.labels[os.path.dirname(path)]


def main():
    dataset, out, quality, side = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    image = RGBImageField(write_mode="jpg", max_resolution=side, jpeg_quality=quality)
    writer = DatasetWriter(
        out + ".part", {"image": image, "label": IntField()}, page_size=64 << 20, num_workers=os.cpu_count()
    )
    writer.from_indexed_dataset(Folder(dataset))
    os.rename(out + ".part", out)


if __name__ == "__main__":
    main()
