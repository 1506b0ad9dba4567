#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes modes.inc: what Pillow's convert makes of rows of each kind, in each mode.

The samples of a row are a function of their number, so the C test (tests/c/test_modes.c) can make
them too. Of the modes RGB, L and RGBA Pillow decides every byte. What the mode keep makes is
computed here with NumPy. Packages: Pillow and NumPy of requirements.txt beside this file.
"""
import pathlib

import numpy as np
import PIL
from PIL import Image

WIDTHS = (1, 31, 700)  # the last is more than a tile of rows.c
COLOURS = 200          # of the palette; higher numbers are black
KEY_AT = 5             # the pixel whose colour is transparent, or the last one

# name, samples of a pixel, bits, Pillow's mode and its raw mode
KINDS = (
    ("GREY8", 1, 8, "L", "L"),
    ("GREY_ALPHA8", 2, 8, "LA", "LA"),
    ("RGB8", 3, 8, "RGB", "RGB"),
    ("RGBA8", 4, 8, "RGBA", "RGBA"),
    ("RGBX8", 4, 8, "RGB", "RGBX"),
    ("BGR8", 3, 8, "RGB", "BGR"),
    ("BGRA8", 4, 8, "RGBA", "BGRA"),
    ("BGRX8", 4, 8, "RGB", "BGRX"),
    ("CMYK8", 4, 8, "CMYK", "CMYK"),
    ("CMYK8_INVERTED", 4, 8, "CMYK", "CMYK;I"),
    ("PALETTE8", 1, 8, "P", "P"),
    ("GREY16", 1, 16, "I;16", "I;16"),
    ("GREY_ALPHA16", 2, 16, "RGBA", "LA;16"),
    ("RGB16", 3, 16, "RGB", "RGB;16"),
    ("RGBA16", 4, 16, "RGBA", "RGBA;16"),
)


def samples(n, bits):
    """Values that reach all bytes; a third of those of 16 bits are below 256."""
    k = np.arange(n, dtype=np.uint64)
    low = (k * k * 3 + k * 37 + (k >> 6) * 11) & 255
    high = np.where(k % 3 == 0, 0, (k * 91 + (k >> 4)) & 255)
    return (low if bits == 8 else high << 8 | low).astype(np.uint8 if bits == 8 else np.uint16)


def palette():
    k = np.arange(COLOURS)
    rgb = np.stack([k * 7 & 255, k * 13 + 5 & 255, k * 29 + 3 & 255], 1).astype(np.uint8)
    return rgb, (255 - k % 5 * 60).astype(np.uint8)


def fnv(data):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def open_row(width, values, count, bits, mode, raw):
    data = values.tobytes() if bits == 8 else values.astype(">u2").tobytes()
    order = "B" if bits == 16 else ""
    image = Image.frombytes(mode, (width, 1), data, "raw", raw + order)
    if mode == "P":
        rgb, alpha = palette()
        full = np.zeros((256, 3), np.uint8)
        full[:COLOURS] = rgb
        image.putpalette(full.tobytes())
        image.info["transparency"] = alpha.tobytes()
    return image


def kept(name, values, count, key):
    """The mode keep: (pixels, channels), with alpha where there is any."""
    pixels = values.reshape(-1, count)
    top = np.iinfo(pixels.dtype).max
    if name == "PALETTE8":
        rgb, alpha = palette()
        table = np.zeros((256, 4), np.uint8)
        table[:, 3] = 255
        table[:COLOURS] = np.concatenate([rgb, alpha[:, None]], 1)
        return table[pixels[:, 0]]
    if name.startswith("CMYK"):
        inks = (pixels if name == "CMYK8" else 255 - pixels).astype(int)
        product = inks[:, :3] * (255 - inks[:, 3:]) + 128
        left = 255 - inks[:, 3:] - ((product >> 8) + product >> 8)
        return np.clip(left, 0, 255).astype(np.uint8)
    if name.startswith("GREY_ALPHA"):
        return pixels[:, [0, 0, 0, 1]]
    if name.startswith("BGR"):
        pixels = pixels[:, [2, 1, 0, 3][:count]]
    if "X8" in name:
        pixels = pixels[:, :3]
    if key is None:
        return pixels
    alpha = np.where((pixels == key).all(1), 0, top).astype(pixels.dtype)
    colours = pixels[:, [0, 0, 0]] if count == 1 else pixels
    return np.concatenate([colours, alpha[:, None]], 1)


cases = []


def case(name, width, mode, key, pixels, channels, bits):
    numbers = [0] * 3 if key is None else (list(key) * 3)[:3]
    cases.append(f"{{TN__ROW_{name}, {width}, {mode}, {int(key is not None)}, "
                 f"{{{', '.join(map(str, numbers))}}}, {channels}, {bits}, 0x{fnv(pixels):016x}u}},")


def keys_of(name, width, count, bits):
    """Colours that are transparent, as a file would name them. Pillow compares the low bytes of a
    key with the high bytes of 16-bit samples: one key is found by that, another by its value."""
    if name not in ("GREY8", "RGB8", "BGR8", "GREY16", "RGB16"):
        return []
    pixel = samples(width * count, bits).reshape(-1, count)[min(KEY_AT, width - 1)].tolist()
    exact = tuple(reversed(pixel)) if name == "BGR8" else tuple(pixel)
    by_bytes = tuple(value & 0xFF00 | value >> 8 for value in exact)
    return [exact] if bits == 8 else [exact, by_bytes]


def convert_row(name, width, count, bits, mode, raw, key):
    values = samples(width * count, bits)
    image = open_row(width, values, count, bits, mode, raw)
    if key is not None and mode != "I;16":
        image.info["transparency"] = key[0] if count == 1 else key
    if key is None or mode != "I;16":
        for target, constant in (("RGB", "TN_RGB"), ("L", "TN_GREY"), ("RGBA", "TN_RGBA")):
            made = image.convert(target)
            case(name, width, constant, key, made.tobytes(), len(target) if target != "L" else 1, 8)
    pixels = kept(name, values, count, key)
    case(name, width, "TN_KEEP", key, pixels.tobytes(), pixels.shape[1], bits)
    if name in ("GREY8", "PALETTE8"):
        case(name, width, "TN_INDICES", key, values.tobytes(), 1, 8)


for name, count, bits, mode, raw in KINDS:
    for width in WIDTHS:
        for key in [None, *keys_of(name, width, count, bits)]:
            convert_row(name, width, count, bits, mode, raw, key)

head = (f"/* SPDX-License-Identifier: MIT */\n/* Made by make_modes.py with Pillow {PIL.__version__}: "
        "do not edit. */\n")
pathlib.Path(__file__).with_name("modes.inc").write_text(head + "\n".join(cases) + "\n")
