#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/jp2: small JPEG 2000 files, and Pillow's results for them (record.py)."""
import random

from PIL import Image

from record import encode, picture, record


def jp2(image, **options):
    return encode(image, "JPEG2000", **options)


def stills():
    image, clear = picture(45, 37), picture(46, 38, alpha=True)
    wide = Image.frombytes("I;16", (45, 37), random.Random(1).randbytes(45 * 37 * 2))
    for name, source in ("rgb", image), ("rgba", clear), ("grey", image.convert("L")), ("grey_alpha", clear.convert("LA")):
        yield f"{name}.jp2", jp2(source)
        yield f"{name}_lossy.jp2", jp2(source, irreversible=True, quality_mode="rates", quality_layers=[8])
        yield f"{name}.j2k", jp2(source, no_jp2=True)
    yield "wide.jp2", jp2(wide)
    yield "wide.j2k", jp2(wide, no_jp2=True)
    yield "tiles.jp2", jp2(image, tile_size=(16, 16))
    yield "tiles_lossy.jp2", jp2(image, tile_size=(32, 16), irreversible=True)
    yield "layers.jp2", jp2(image, quality_mode="rates", quality_layers=[20, 8, 2])
    yield "one_level.jp2", jp2(image, num_resolutions=1)
    for width, height in (1, 1), (3, 1), (1, 9), (97, 2):
        yield f"{width}x{height}.jp2", jp2(picture(width, height))


def broken():
    whole = jp2(picture(45, 37))
    for share in 2, 20:
        yield f"truncated_{share}.jp2", whole[:len(whole) * share // 100]
    yield "only_mark.j2k", b"\xff\x4f\xff\x51"
    yield "more_bytes.jp2", whole + b"more"


if __name__ == "__main__":
    record("jp2", [*stills(), *broken()])
