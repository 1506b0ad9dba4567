#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Saves the first images of a class folder eight times, once with each EXIF orientation.

    make_turned.py DATASET OUT [COUNT]
"""
import os
import sys

from PIL import Image

ORIENTATION = 0x0112


def files(root):
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith((".jpg", ".jpeg")):
                yield os.path.join(folder, name)


def main():
    root, out = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    for number, path in enumerate(files(root)):
        if number == count:
            break
        for orientation in range(1, 9):
            folder = os.path.join(out, f"turned{orientation}")
            os.makedirs(folder, exist_ok=True)
            with Image.open(path) as file:
                exif = Image.Exif()
                exif[ORIENTATION] = orientation
                file.convert("RGB").save(os.path.join(folder, f"{number}.jpg"), quality=95, exif=exif)


if __name__ == "__main__":
    main()
