#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Decoding against Pillow, format by format: CPU time from a file in memory to RGB pixels.

    formats.py BUILD PHOTOS [--rounds 5] [--files 40] [--levels avx2,avx512] [--only REGEX]

It writes photographs of the folder PHOTOS in each format, below ~/.cache/tench/bench, and decodes them with Pillow in
this process and with BUILD/tests/bench_formats: as a whole, and the boxes of a random resized crop, without a resize.
Both sides decode the same boxes. Of packs, tench decodes the records, and Pillow the files that were packed; the last
column says how large a record is beside its file. Each round runs both sides one after the other, and ratios are taken
within a round. The table has the medians, and the goal for the first level. It runs in the environment of ./dev golden,
which has Pillow 13.0.0; TENCH_PYTHON names another Python that has it.
"""
import argparse
import io
import os
import pathlib
import random
import re
import statistics
import struct
import subprocess
import sys
import time
import zlib

import environments
import machine


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help="the folder of the build")
    parser.add_argument("photos", type=pathlib.Path, help="a class folder of JPEGs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--levels", type=lambda text: text.split(","), default=["avx2", "avx512"])
    parser.add_argument("--only", type=re.compile, default=re.compile(""), help="formats to measure")
    return parser.parse_args()


if __name__ == "__main__":
    ARGUMENTS = read_arguments()
    environments.enter("timm")

import numpy
import PIL
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parent / "adapters"))
import harness

CACHE = pathlib.Path(environments.CACHE) / "bench"
REPEATS = 3
ENOUGH_S = 1  # a pass of Pillow that takes longer is not repeated
PIECE = 8192  # bytes of image data in a chunk, as libpng writes them


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(pixels, filters, packer):
    """A PNG with these filtered rows, one filter a row."""
    height, width = pixels.shape[:2]
    rows = numpy.concatenate([filters[:, None], filtered(pixels, filters)], axis=1)
    stream = packer.compress(rows.tobytes()) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"".join(chunk(b"IDAT", stream[k:k + PIECE]) for k in range(0, len(stream), PIECE))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def all_filtered(pixels):
    """The rows under each filter: an array of five images."""
    x = numpy.pad(pixels.astype(numpy.int16), ((1, 0), (1, 0), (0, 0)))
    a, b, c, x = x[1:, :-1], x[:-1, 1:], x[:-1, :-1], x[1:, 1:]
    to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    paeth = numpy.where((to_a <= to_b) & (to_a <= to_c), a, numpy.where(to_b <= to_c, b, c))
    return numpy.stack([x, x - a, x - b, x - (a + b) // 2, x - paeth]).astype(numpy.uint8).reshape(5, len(pixels), -1)


def filtered(pixels, filters):
    return all_filtered(pixels)[filters, numpy.arange(len(filters))]


def as_libpng(image):
    """Each row has the filter whose bytes, as signed numbers, have the least sum of absolute values."""
    pixels = numpy.asarray(image)
    sums = abs(all_filtered(pixels).view(numpy.int8).astype(numpy.int32)).sum(axis=2)
    return png(pixels, sums.argmin(axis=0).astype(numpy.uint8), zlib.compressobj(6))


def as_opencv(image):
    pixels = numpy.asarray(image)
    return png(pixels, numpy.full(len(pixels), 1, numpy.uint8), zlib.compressobj(1, zlib.DEFLATED, 15, 8, zlib.Z_RLE))


def save(form, **options):
    def write(image):
        out = io.BytesIO()
        image.save(out, form, **options)
        return out.getvalue()
    return write


def wide(image):
    """16 bits: luma, and the green channel below it."""
    pixels = numpy.asarray(image).astype(numpy.uint16)
    return Image.fromarray(numpy.asarray(image.convert("L")).astype(numpy.uint16) * 256 + pixels[:, :, 1])


def with_alpha(image):
    image = image.copy()
    image.putalpha(image.convert("L"))
    return image


def same(image):
    return image


def grey(image):
    return image.convert("L")


# Name: what is made of the photograph, how it is written, the goals for whole images and for crops.
KINDS = {
    "PNG RGB, level 6": (same, save("PNG"), 2.8, 3.2),
    "PNG RGB, level 1": (same, save("PNG", compress_level=1), 2.5, 2.9),
    "PNG RGB, libpng's choice of filters": (same, as_libpng, 2.3, 2.7),
    "PNG RGB as OpenCV writes it": (same, as_opencv, 1.5, 1.8),
    "PNG RGBA": (with_alpha, save("PNG"), 2.7, None),
    "PNG grey": (grey, save("PNG"), 2.3, None),
    "PNG grey, 16 bits": (wide, save("PNG"), 2.1, None),
    "PNG palette": (lambda image: image.quantize(256), save("PNG"), 1.6, None),
    "PNG RGB, 32x32": (lambda image: image.resize((32, 32)), save("PNG"), 2.5, None),
    "BMP": (same, save("BMP"), 1.0, None),
    "GIF": (lambda image: image.quantize(256), save("GIF"), 1.0, None),
    "PPM": (same, save("PPM"), 1.0, None),
    "QOI": (same, save("QOI"), 1.0, None),
    "WebP, lossy": (same, save("WEBP", quality=80), 1.1, 1.4),
    "WebP, lossless": (same, save("WEBP", lossless=True), 1.1, 1.4),
    "AVIF": (same, save("AVIF"), 1.0, None),
    "TIFF": (same, save("TIFF"), 4.0, None),
    "TIFF, deflate": (same, save("TIFF", compression="tiff_adobe_deflate"), 2.0, None),
    "TIFF, LZW": (same, save("TIFF", compression="tiff_lzw"), 1.05, None),
    "TIFF, JPEG": (same, save("TIFF", compression="jpeg"), 1.3, None),
}

# Packs: what is packed, the layout, and the goals as above.
PACKED = ", packed "
for packed, layout, *goals in (
        ("PNG RGB, level 6", "fast", 5, 6), ("PNG RGB, level 6", "small", 5, 6), ("PNG RGBA", "fast", None, None),
        ("PNG grey", "fast", None, None), ("PNG grey, 16 bits", "fast", None, None), ("PNG palette", "fast", None, None),
        ("BMP", "fast", None, None), ("WebP, lossless", "fast", None, None), ("TIFF", "fast", None, None)):
    KINDS[packed + PACKED + layout] = (*KINDS[packed][:2], *goals)


def make_files(photos, name):
    """Writes the photographs in this format, once. Returns the files' paths."""
    prepare, encode = KINDS[name][:2]
    name = name.split(PACKED)[0]
    folder = CACHE / ("formats-" + re.sub(r"\W+", "-", name.lower())) / str(len(photos))
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / str(number) for number in range(len(photos))]
    for path, photo in zip(paths, photos):
        if not path.exists():
            with Image.open(photo) as image:
                content = encode(prepare(image.convert("RGB")))
            path.with_suffix(".part").write_bytes(content)
            path.with_suffix(".part").rename(path)
    return paths


def draw_boxes(contents):
    rng = random.Random(1)
    sizes = [Image.open(io.BytesIO(content)).size for content in contents]
    return [(0, 0, *size) for size in sizes], [harness.draw_crop(*size, rng) for size in sizes]


def time_pillow(contents, boxes):
    least = float("inf")
    for _ in range(REPEATS):
        begin = time.process_time()
        for content, (x, y, w, h) in zip(contents, boxes):
            image = Image.open(io.BytesIO(content)).convert("RGB")
            if (w, h) != image.size:
                image.crop((x, y, x + w, y + h))
        least = min(least, time.process_time() - begin)
        if least > ENOUGH_S:
            break
    return least


def time_tench(program, listing, level, layout):
    """Returns the seconds, and the bytes of what was decoded."""
    done = subprocess.run([program, listing, str(REPEATS), *layout], env={**os.environ, "TENCH_CPU": level}, check=True,
                          capture_output=True, text=True)
    words = done.stdout.split()
    return float(words[-2]), int(words[2])


def measure(name, arguments, photos):
    """Returns both ms a megapixel, for each level the ratios of whole images and of crops, and the size of records."""
    paths = make_files(photos, name)
    contents = [path.read_bytes() for path in paths]
    megapixels = sum(w * h for *_, w, h in draw_boxes(contents)[0]) / 1e6
    program, ratios, ours, size = arguments.build / "tests/bench_formats", {}, [], 0
    for number, boxes in enumerate(draw_boxes(contents)):
        listing = paths[0].parent / f"list-{number}"
        listing.write_text("".join(f"{x} {y} {w} {h} {path}\n" for (x, y, w, h), path in zip(boxes, paths)))
        rounds = {level: [] for level in arguments.levels}
        for _ in range(arguments.rounds):
            pillow = time_pillow(contents, boxes)
            for level in arguments.levels:
                seconds, size = time_tench(program, listing, level, name.split(PACKED)[1:])
                rounds[level].append((pillow, seconds))
        for level, pairs in rounds.items():
            ratios[level, number] = statistics.median(p / t for p, t in pairs)
        ours.append(rounds[arguments.levels[0]])
    whole = ours[0]
    times = [statistics.median(column) / megapixels * 1e3 for column in zip(*whole)]
    return times, ratios, size / sum(map(len, contents)) if PACKED in name else None


def verdict(name, ratios, level):
    """The goals, and whether the level reaches them."""
    goals = KINDS[name][2:]
    is_met = all(goal is None or ratios[level, number] >= goal for number, goal in enumerate(goals))
    return " / ".join(str(goal) for goal in goals if goal) + ("" if is_met else ", missed")


def main(arguments):
    photos = harness.files(arguments.photos)
    if not photos:
        sys.exit(f"formats: no JPEGs in {arguments.photos}")
    photos = photos[::max(1, len(photos) // arguments.files)][:arguments.files]
    print(f"{len(photos)} photographs, Pillow {PIL.__version__}; rounds: {arguments.rounds}. "
          f"Times as fast: whole image / crop. {machine.here_and_now()}\n")
    print("| format | Pillow, ms/MP | tench, ms/MP | " + " | ".join(arguments.levels) + " | goal | size |")
    print("| --- | " + "--- | " * (len(arguments.levels) + 3) + "--- |")
    for name in filter(arguments.only.search, KINDS):
        try:
            times, ratios, size = measure(name, arguments, photos)
        except (subprocess.CalledProcessError, OSError, KeyError) as error:
            print(f"| {name} | not measured: {getattr(error, 'stderr', None) or error} |")
            continue
        cells = [f"{ratios[level, 0]:.2f} / {ratios[level, 1]:.2f}" for level in arguments.levels]
        cells += [verdict(name, ratios, arguments.levels[0]), f"{size:.3f}" if size else ""]
        print(f"| {name} | {times[0]:.2f} | {times[1]:.2f} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(ARGUMENTS)
