#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/jpeg: small JPEG files, and Pillow's results for them.

Run make_jpegs.py with the Pillow of requirements.txt. Each line of jpeg/golden.txt is

    NAME VERDICT WIDTH HEIGHT ORIENTATION RGB L

with VERDICT ok or error (then the other fields are 0), and for RGB and L the 64-bit FNV-1a hash of
the pixels' bytes, row after row, channels interleaved.
"""

import io
import pathlib
import random

from PIL import Image, ImageOps

FOLDER = pathlib.Path(__file__).parent / "jpeg"


def picture(width, height):
    """An image with slopes, hard coloured edges and some noise, so that each kind of upsampling gives another
    result."""
    rng = random.Random(width * 1000 + height)
    image = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            edge = 200 if (x // 5 + y // 3) % 2 else 20
            pixel = (x * 255 // width, edge, 255 - y * 255 // height)
            noise = rng.randrange(-12, 13)
            image.putpixel((x, y), tuple(max(0, min(255, v + noise)) for v in pixel))
    return image


def encode(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **{"quality": 60, "optimize": True, **options})
    return out.getvalue()


def exif(orientation, endian="<"):
    block = Image.Exif()
    block.endian = endian
    block[0x010E] = "a description that does not fit into the entry"
    block[0x0112] = orientation
    return block.tobytes()


def xmp(text):
    return b"<x:xmpmeta><rdf:Description " + text + b"/></x:xmpmeta>"


def add_segment(jpeg, marker, content):
    """Inserts a segment after the start of the image."""
    length = (len(content) + 2).to_bytes(2, "big")
    return jpeg[:2] + bytes((0xFF, marker)) + length + content + jpeg[2:]


def restamp(jpeg, width, height, sampling):
    """Arranges the same MCUs in another way, because Pillow cannot write these samplings."""
    at = jpeg.index(b"\xff\xc0") + 5
    size = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return jpeg[:at] + size + jpeg[at + 4 : at + 6] + bytes((sampling,)) + jpeg[at + 7 :]


def files():
    image = picture(45, 37)
    grey = image.convert("L")
    inks = Image.merge("CMYK", (*image.split(), ImageOps.mirror(grey)))
    plain = encode(image, subsampling=2)
    yield "444", encode(image, subsampling=0)
    yield "422", encode(image, subsampling=1)
    yield "420", plain
    yield "440", restamp(encode(image, subsampling=1), 23, 75, 0x12)
    yield "411", restamp(plain, 91, 21, 0x41)
    yield "141", restamp(plain, 21, 91, 0x14)
    yield "420_progressive", encode(image, subsampling=2, progressive=True)
    yield "444_progressive", encode(image, subsampling=0, progressive=True)
    yield "420_restart", encode(image, subsampling=2, restart_marker_blocks=2)
    yield "422_restart_rows", encode(image, subsampling=1, restart_marker_rows=1)
    yield "420_standard_tables", encode(image, subsampling=2, optimize=False)
    yield "rgb", encode(image, keep_rgb=True)
    yield "grey", encode(grey)
    yield "grey_progressive", encode(grey, progressive=True)
    yield "cmyk", encode(inks)
    yield "cmyk_progressive", encode(inks, progressive=True)
    for width, height in ((1, 1), (1, 9), (9, 1), (2, 2), (3, 3), (16, 16), (17, 33)):
        yield f"420_{width}x{height}", encode(picture(width, height), subsampling=2)
    small = encode(picture(17, 9), subsampling=2)
    yield "exif_6", encode(picture(17, 9), exif=exif(6))
    yield "exif_8_big_endian", encode(picture(17, 9), exif=exif(8, ">"))
    yield "exif_9", encode(picture(17, 9), exif=exif(9))
    yield "xmp_3", encode(picture(17, 9), xmp=xmp(b'tiff:Orientation="3"'))
    yield "exif_2_xmp_3", encode(picture(17, 9), exif=exif(2), xmp=xmp(b'tiff:Orientation="3"'))
    yield "no_end_marker", small[:-2]
    yield "half_an_end_marker", small[:-1]
    yield "cut_in_scan", small[:-40]
    yield "cut_in_header", small[:200]
    yield "progressive_without_end_marker", encode(image, progressive=True)[:-2]
    yield "junk_after_end", small + b"more" * 9
    yield "second_image_after_end", small + plain
    yield "junk_before_segment", small[:20] + b"\x00\x11\x22" + small[20:]
    yield "fill_bytes", small[:20] + b"\xff\xff\xff" + small[20:]
    frame = b"\xff\xc0\x00\x0b\x08\x00\x09\x00\x11\x01\x01\x11\x00"
    yield "second_frame_after_scan", small[:-2] + frame + small[-2:]
    yield "unknown_marker_in_scan", small[:-30] + b"\xff\x02" + small[-28:]
    yield "damaged_scan", small[:-30] + b"\x00\x00\x00\x00" + small[-26:]
    yield "adobe_unknown_transform", add_segment(small, 0xEE, b"Adobe\0\x64\0\0\0\0\x09")


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def orientation(image):
    """The orientation that exif_transpose uses; 1 if it does nothing."""
    value = image.getexif().get(0x0112, 1)
    return value if value in range(2, 9) else 1


def describe(jpeg):
    try:
        image = Image.open(io.BytesIO(jpeg))
        turn = orientation(image)
        ImageOps.exif_transpose(image)
        rgb, luma = image.convert("RGB"), image.convert("L")
    except OSError:
        return "error 0 0 0 0 0"
    hashes = f"{fnv(rgb.tobytes()):016x} {fnv(luma.tobytes()):016x}"
    return f"ok {image.width} {image.height} {turn} {hashes}"


def main():
    FOLDER.mkdir(exist_ok=True)
    lines = []
    for name, jpeg in files():
        (FOLDER / f"{name}.jpg").write_bytes(jpeg)
        lines.append(f"{name} {describe(jpeg)}\n")
    (FOLDER / "golden.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()
