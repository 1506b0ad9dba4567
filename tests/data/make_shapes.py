#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the JPEGs that the Lua tests read, with Pillow: shapes/ (three classes of eight images),
and broken/ (one class with a file that is cut off and a file that is not a JPEG). The images are dedicated
to the public domain (CC0).

    python make_shapes.py           (needs Pillow; writes beside itself)
"""
import io
import pathlib
import random

from PIL import Image, ImageDraw

HERE = pathlib.Path(__file__).parent
CLASSES = ("circle", "square", "triangle")


def draw(kind, rng):
    width, height = rng.randint(40, 90), rng.randint(40, 90)
    corner = [rng.randint(0, 255) for _ in range(3)]
    image = Image.new("RGB", (width, height))
    image.putdata([tuple((c + 2 * x + 3 * y * (i + 1)) % 256 for i, c in enumerate(corner))
                   for y in range(height) for x in range(width)])
    side = min(width, height) // 2
    x, y = rng.randint(0, width - side), rng.randint(0, height - side)
    box = (x, y, x + side, y + side)
    color = tuple(rng.randint(0, 255) for _ in range(3))
    pen = ImageDraw.Draw(image)
    if kind == "circle":
        pen.ellipse(box, fill=color)
    elif kind == "square":
        pen.rectangle(box, fill=color)
    else:
        pen.polygon([(x, y + side), (x + side, y + side), (x + side // 2, y)], fill=color)
    return image


def jpeg(image, rng):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=rng.choice((60, 75, 90)), subsampling=rng.choice((0, 1, 2)))
    return out.getvalue()


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def main():
    rng = random.Random(1)
    for kind in CLASSES:
        for number in range(1, 9):
            write(HERE / "shapes" / kind / f"{kind}{number}.jpg", jpeg(draw(kind, rng), rng))
    for number in range(1, 7):
        write(HERE / "broken" / "circle" / f"circle{number}.jpg", jpeg(draw("circle", rng), rng))
    good = jpeg(draw("circle", rng), rng)
    write(HERE / "broken" / "circle" / "cut.jpg", good[: len(good) // 2])
    write(HERE / "broken" / "circle" / "text.jpg", b"This is not a JPEG.\n")


main()
