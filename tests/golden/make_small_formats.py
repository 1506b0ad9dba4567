#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes small_formats.inc: BMP, GIF, PNM and QOI files, plain, odd and broken, and Pillow's answers.

    make_small_formats.py > small_formats.inc      (with the Pillow of requirements.txt)

Each line has a name, the file in hexadecimal, the size of the image, and hashes (FNV-1a, 64 bits) of
its pixels in the modes RGB, L, RGBA, keep and index; 0 for a mode that refuses the file. A size of 0
means that Pillow refuses the file, as a whole or once it reads the pixels.

keep and index are modes of tench. keep is Pillow's image, with transparency as RGBA, palettes as RGB,
and 16 bits as they are. index is the array behind Pillow's modes 1, L and P, for PGM before Pillow
scales it to 255.
"""
import io
import random
import struct
import warnings

import numpy as np
from PIL import Image

random.seed(13)


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def noise(n_bytes):
    return random.randbytes(n_bytes)


def smooth(width, height, channels):
    """A picture with a ramp, flat stretches, and some noise."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    pixels = np.where(x % 11 < 4, 90 + c, x * 3 + y * 2 + c * 40 + (x * y * 7 & 3))
    return Image.fromarray((pixels & 255).astype(np.uint8).squeeze())


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


cases = {}


def case(name, content):
    assert name not in cases, name
    assert len(content) < 2048, name  # a string of C has at most 4095 characters
    cases[name] = bytes(content)


# BMP.

MASKS = [(0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF00, 0xFF, 0),
         (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
         (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0)]
COLOURS = b"".join(bytes((k * 7 & 255, k * 5 + 3 & 255, 255 - k, 0)) for k in range(256))
GREYS = b"".join(bytes((k, k, k, 0)) for k in range(256))
BLACK_WHITE = b"\0\0\0\0\xff\xff\xff\0"


def bmp(width, height, bits, pixels=None, compression=0, palette=b"", header=40, colours=0, offset=None,
        masks=None, file_header=True, raw_height=None):
    stride = (width * bits + 31) // 32 * 4
    pixels = noise(stride * abs(height)) if pixels is None else pixels
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        info = struct.pack("<IIIHHIIiiII", header, width, (raw_height if raw_height is not None else height) & 0xFFFFFFFF,
                           1, bits, compression, len(pixels), 2835, 2835, colours, 0)
        if header > 40 and masks:
            info += struct.pack("<4I", *masks)
        info = info[:header].ljust(header, b"\0")
        if header == 40 and masks:
            info += struct.pack("<3I", *masks[:3])
    start = 14 + len(info) + len(palette) if offset is None else offset
    first = b"BM" + struct.pack("<IHHI", 14 + len(info) + len(palette) + len(pixels), 0, 0, start)
    return (first if file_header else b"") + info + palette + pixels


for bits in (1, 4, 8, 16, 24, 32):
    palette = COLOURS[:4 << bits] if bits <= 8 else b""
    for width, height in ((1, 1), (5, 3), (33, 2), (70, 3)):
        case(f"bmp {bits} bits {width}x{height}", bmp(width, height, bits, palette=palette))
    case(f"bmp {bits} bits top down", bmp(5, -3, bits, palette=palette))
    case(f"bmp {bits} bits truncated", bmp(5, 3, bits, palette=palette)[:-(4 if bits < 32 else 1)])
    case(f"bmp {bits} bits without padding", bmp(5, 3, bits, palette=palette)[:-1])
    case(f"bmp {bits} bits dib", bmp(5, 3, bits, palette=palette, file_header=False))
    case(f"bmp {bits} bits no offset", bmp(5, 3, bits, palette=palette, offset=0))
    case(f"bmp {bits} bits offset at palette", bmp(5, 3, bits, palette=palette, offset=54))
    case(f"bmp {bits} bits core", bmp(5, 3, bits, header=12, palette=b"".join(
        palette[k:k + 3] for k in range(0, len(palette), 4))))
    for compression in (1, 2, 3, 4, 5, 6):
        case(f"bmp {bits} bits compression {compression}", bmp(5, 3, bits, palette=palette, compression=compression))
for header in (16, 38, 52, 56, 64, 108, 124, 128):
    case(f"bmp header {header}", bmp(5, 3, 24, header=header))
    case(f"bmp header {header} palette", bmp(5, 3, 8, header=header, palette=COLOURS))
for number, masks in enumerate(MASKS):
    for header in (40, 52, 56, 64, 108, 124):
        case(f"bmp masks {number} header {header}", bmp(3, 2, 32, header=header, compression=3, masks=masks))
    case(f"bmp masks {number} 24 bits", bmp(3, 2, 24, header=56, compression=3, masks=masks))
case("bmp masks unknown", bmp(3, 2, 32, header=56, compression=3, masks=(0xFF, 0xFF0000, 0xFF00, 0)))
case("bmp masks 565", bmp(9, 3, 16, compression=3, masks=(0xF800, 0x7E0, 0x1F, 0)))
case("bmp masks 555", bmp(9, 3, 16, compression=3, masks=(0x7C00, 0x3E0, 0x1F, 0)))
case("bmp masks 565 alpha ignored", bmp(9, 3, 16, header=56, compression=3, masks=(0xF800, 0x7E0, 0x1F, 0x8000)))
case("bmp masks 444", bmp(9, 3, 16, compression=3, masks=(0xF00, 0xF0, 0xF, 0)))
case("bmp masks for a palette", bmp(9, 3, 8, compression=3, masks=(0xF00, 0xF0, 0xF, 0), palette=COLOURS))
case("bmp greys", bmp(9, 3, 8, palette=GREYS))
case("bmp black and white", bmp(9, 3, 1, palette=BLACK_WHITE))
case("bmp white and black", bmp(9, 3, 1, palette=BLACK_WHITE[4:] + BLACK_WHITE[:4]))
case("bmp one grey", bmp(9, 3, 1, palette=GREYS[:4], colours=1))
case("bmp 8 bits, 2 greys", bmp(9, 3, 8, palette=BLACK_WHITE, colours=2))
case("bmp 8 bits, 100 greys", bmp(9, 3, 8, palette=GREYS[:400], colours=100))
case("bmp 8 bits, 100 colours", bmp(9, 3, 8, palette=COLOURS[:400], colours=100))
case("bmp 4 bits, 16 greys, 4 pixels", bmp(4, 3, 4, palette=GREYS[:64]))
case("bmp 4 bits, 16 greys, 5 pixels", bmp(5, 3, 4, palette=GREYS[:64]))
case("bmp 1 bit, 256 colours", bmp(9, 3, 1, palette=COLOURS, colours=256))
case("bmp 257 colours", bmp(9, 3, 8, palette=COLOURS + b"\1\2\3\0", colours=257))
case("bmp 257 greys", bmp(9, 3, 8, palette=GREYS + b"\0\0\0\0", colours=257))
case("bmp 257 colours in a short file", bmp(2, 1, 8, palette=COLOURS[:800], colours=257))
case("bmp 65537 colours", bmp(9, 3, 8, palette=COLOURS, colours=65537))
case("bmp no palette", bmp(9, 3, 8, palette=b"", offset=54))
case("bmp offset beyond", bmp(9, 3, 24, offset=100000))
case("bmp offset near the end", bmp(9, 3, 24, offset=60))
case("bmp offset inside the header", bmp(9, 3, 24, offset=20))
case("bmp no width", bmp(0, 3, 24))
case("bmp no height", bmp(3, 0, 24))
case("bmp height -2^24", bmp(3, 1, 24, raw_height=-(1 << 24)))
case("bmp height -2^25", bmp(3, 1, 24, raw_height=-(1 << 25)))
case("bmp height FF as low byte", bmp(3, 255, 1, palette=BLACK_WHITE))
for depth in (0, 2, 3, 15, 64):
    case(f"bmp {depth} bits", bmp(3, 2, depth, pixels=noise(64)))
for cut in (1, 2, 10, 14, 17, 18, 30, 53, 54, 60):
    case(f"bmp cut at {cut}", bmp(5, 3, 8, palette=COLOURS)[:cut])
case("bmp masks cut", bmp(3, 2, 32, compression=3, masks=MASKS[0])[:60])

RLE8 = b"\3\7\2\11\0\0" b"\0\5\1\2\3\4\5\0\0\0" b"\1\4\0\2\2\0\2\6\0\0" b"\0\1"
RLE4 = b"\5\x71\0\0" b"\0\5\x12\x34\x50\0\0\0" b"\1\x40\0\2\2\0\2\x61\0\0" b"\0\1"
PALETTE16 = COLOURS[100:164]


def rle(name, width, height, pixels, bits=8, rle4=False, palette=COLOURS, **options):
    compression = 2 if rle4 else 1
    case(f"bmp rle{4 if rle4 else 8} {name}", bmp(width, height, bits, pixels, compression, palette, **options))


rle("plain", 5, 3, RLE8)
rle("top down", 5, -3, RLE8)
rle("greys", 5, 3, RLE8, palette=GREYS)
rle("black and white", 5, 3, RLE8, bits=1, palette=BLACK_WHITE)
rle("4 bits", 5, 3, RLE8, bits=4, palette=PALETTE16)
rle("no last line", 5, 3, RLE8[:-4])
rle("early end", 5, 3, RLE8[:6] + b"\0\1")
rle("cut in a copy", 5, 3, RLE8[:11])
rle("cut in a jump", 5, 3, RLE8[:19])
rle("run too long", 5, 3, b"\xff\7\0\0\xff\x08\0\0\xff\x09\0\0")
rle("runs without ends of lines", 5, 3, b"\5\1\5\2\5\3")
rle("full row, then more of it", 5, 3, b"\5\1\3\2\0\0\5\3\0\0\5\2")
rle("copy over a row", 5, 3, b"\0\x0c" + bytes(range(1, 13)) + b"\3\7")
rle("copy over a row, then a run", 5, 3, b"\0\7" + bytes(range(7)) + b"\0\3\7\0\0\5\1\5\2")
rle("copy of more than the image", 5, 3, b"\0\x20" + bytes(range(32)))
rle("jump over a row", 5, 3, b"\2\4\0\2\4\0\3\3\0\2\1\1\5\5")
rle("jump beyond", 5, 3, b"\2\4\0\2\4\xff")
rle("end of line at its end", 5, 3, b"\5\1\0\0\0\0\5\2\0\0\5\3")
rle("odd start", 5, 3, RLE8, offset=0, file_header=True)
rle("odd offset", 5, 3, b"\0" + RLE8, offset=14 + 40 + 1024 + 1)
rle("plain", 5, 3, RLE4, bits=4, rle4=True, palette=PALETTE16)
rle("odd run", 5, 3, b"\3\x12\2\x34\0\0\5\x56\0\0\5\x78", bits=4, rle4=True, palette=PALETTE16)
rle("8 bits", 5, 3, RLE4, rle4=True)
rle("cut in a copy", 5, 3, RLE4[:6], bits=4, rle4=True, palette=PALETTE16)
rle("copy to the last pixel", 5, 1, b"\0\5\x12\x34\x50", bits=4, rle4=True, palette=PALETTE16)
rle("copy, one byte short", 5, 1, b"\0\5\x12\x34", bits=4, rle4=True, palette=PALETTE16)
for mode in "1 L P RGB RGBA".split():
    case(f"bmp by Pillow {mode}", saved(smooth(37, 11, 3).convert("RGBA").convert("P" if mode == "P" else mode), "BMP"))

# GIF.

SCREEN_COLOURS = bytes(k * 37 + 11 & 255 for k in range(24))


def codes(values, code_bits, grow=True):
    """Packs LZW codes, with the widths that a decoder expects."""
    clear, value, n_bits, width, following, first = 1 << code_bits, 0, 0, code_bits + 1, None, True
    for code in values:
        value |= code << n_bits
        n_bits += width
        if code == clear:
            width, following, first = code_bits + 1, clear + 2, True
        elif not first and grow and following < 4096:
            if following == (1 << width) - 1 and width < 12:
                width += 1
            following += 1
        else:
            first = False
    return value.to_bytes((n_bits + 7) // 8, "little")


def blocks(data, size=255):
    return b"".join(bytes((len(data[k:k + size]),)) + data[k:k + size] for k in range(0, len(data), size)) + b"\0"


def gif(data, screen=(4, 3), frame=None, palette=SCREEN_COLOURS, local=b"", code_bits=3, before=b"", flags=0,
        version=b"89a", after=b";"):
    def size(colours):
        return 0x80 | (len(colours) // 3).bit_length() - 2 if colours else 0
    frame = frame or (0, 0, *screen)
    return (b"GIF" + version + struct.pack("<HHBBB", *screen, size(palette), 0, 0) + palette + before + b"," +
            struct.pack("<HHHHB", *frame, size(local) | flags) + local + bytes((code_bits,)) + data + after)


def control(flags=1, transparent=5, size=4):
    return b"!\xf9" + bytes((size,)) + bytes((flags, 1, 0, transparent))[:size].ljust(size, b"\1") + b"\0"


PIXELS = [0, 1, 2, 3, 4, 5, 6, 7, 0, 5, 5, 2]
PLAIN = blocks(codes([8, *PIXELS, 9], 3))
GREY_RAMP = bytes(k // 3 for k in range(24))

case("gif plain", gif(PLAIN))
case("gif 87a", gif(PLAIN, version=b"87a"))
case("gif 88a", gif(PLAIN, version=b"88a"))
case("gif greys", gif(PLAIN, palette=GREY_RAMP))
case("gif no palette", gif(PLAIN, palette=b""))
case("gif local palette", gif(PLAIN, local=SCREEN_COLOURS[::-1]))
case("gif local palette alone", gif(PLAIN, palette=b"", local=SCREEN_COLOURS[::-1]))
case("gif local palette after greys", gif(PLAIN, palette=GREY_RAMP, local=SCREEN_COLOURS))
case("gif local greys alone", gif(PLAIN, palette=b"", local=GREY_RAMP))
case("gif local greys after greys", gif(PLAIN, palette=GREY_RAMP, local=GREY_RAMP))
case("gif short palette", gif(PLAIN, palette=SCREEN_COLOURS[:6]))
case("gif short greys", gif(PLAIN, palette=GREY_RAMP[:6]))
case("gif palette of 256", gif(PLAIN, palette=bytes(k * 7 & 255 for k in range(768))))
case("gif transparent", gif(PLAIN, before=control()))
case("gif transparent greys", gif(PLAIN, before=control(), palette=GREY_RAMP))
case("gif transparent, no palette", gif(PLAIN, before=control(transparent=200), palette=b""))
case("gif transparent beyond the palette", gif(PLAIN, before=control(transparent=200)))
case("gif two controls", gif(PLAIN, before=control(transparent=5) + control(transparent=2)))
case("gif second control without a colour", gif(PLAIN, before=control(transparent=5) + control(0, 2)))
for disposal in range(8):
    case(f"gif disposal {disposal}", gif(PLAIN, before=control(1 | disposal << 2)))
for size in range(8):
    case(f"gif control of {size} bytes", gif(PLAIN, before=control(0, size=size)))
    case(f"gif transparent control of {size} bytes", gif(PLAIN, before=control(1, size=size)))
SMALL = blocks(codes([8, *PIXELS[:6], 9], 3))
for place in ((0, 0, 3, 2), (1, 1, 3, 2), (2, 1, 3, 2), (1, 2, 3, 2), (6, 5, 3, 2), (1, 0, 2, 3), (0, 1, 2, 3)):
    case(f"gif frame at {place}", gif(SMALL, frame=place))
    case(f"gif transparent frame at {place}", gif(SMALL, frame=place, before=control()))
    case(f"gif transparent grey frame at {place}", gif(SMALL, frame=place, before=control(), palette=GREY_RAMP))
case("gif no screen", gif(PLAIN, screen=(0, 0), frame=(0, 0, 4, 3)))
case("gif nothing at all", gif(PLAIN, screen=(0, 0)))
case("gif empty frame", gif(PLAIN, frame=(0, 0, 0, 3)))
case("gif frame without rows", gif(PLAIN, frame=(0, 0, 4, 0)))
for height in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 17):
    case(f"gif interlaced, {height} rows",
         gif(blocks(codes([8, *(k * 5 % 8 for k in range(3 * height)), 9], 3)), screen=(3, height), flags=64))
case("gif comment", gif(PLAIN, before=b"!\xfe\5hello\3you\0"))
case("gif empty comment", gif(PLAIN, before=b"!\xfe\0"))
case("gif loop", gif(PLAIN, before=b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0"))
case("gif loop without its block", gif(PLAIN, before=b"!\xff\x0bNETSCAPE2.0\0" b"\0"))
case("gif application", gif(PLAIN, before=b"!\xff\x0bXMP DataXMP\4abcd\0"))
case("gif empty application", gif(PLAIN, before=b"!\xff\0" b"\2ab\0"))
case("gif empty control", gif(PLAIN, before=b"!\xf9\0" b"\2ab\0"))
case("gif unknown extension", gif(PLAIN, before=b"!\x01\2ab\1c\0"))
case("gif bytes between", gif(PLAIN, before=b"\0\1\2xyz"))
case("gif trailer first", gif(PLAIN, before=b";"))
case("gif no trailer", gif(PLAIN, after=b""))
case("gif no last block", gif(PLAIN[:-1], after=b""))
case("gif no end code", gif(blocks(codes([8, *PIXELS], 3))))
case("gif too many pixels", gif(blocks(codes([8, *PIXELS, 1, 2, 3, 9], 3))))
case("gif too few pixels", gif(blocks(codes([8, *PIXELS[:-1], 9], 3))))
case("gif end code, then more", gif(blocks(codes([8, *PIXELS[:-3], 9], 3)) + bytes(99)))
case("gif no first clear", gif(blocks(codes(PIXELS, 3, grow=False))))
case("gif two clears", gif(blocks(codes([8, 8, *PIXELS[:5], 8, *PIXELS[5:], 9], 3))))
case("gif first code too large", gif(blocks(codes([8, 10, *PIXELS, 9], 3))))
case("gif code not yet known", gif(blocks(codes([8, 1, 10, 11, 12, 9], 3))))
case("gif code too large", gif(blocks(codes([8, 1, 12, *PIXELS, 9], 3))))
case("gif strings", gif(blocks(codes([8, 1, 2, 10, 11, 12, 3, 9], 3))))
case("gif blocks of 1", gif(blocks(codes([8, *PIXELS, 9], 3), 1)))
case("gif empty block between", gif(PLAIN[:4].replace(PLAIN[:1], b"\3", 1) + b"\0" + bytes((len(PLAIN) - 5,)) + PLAIN[4:]))
case("gif cut in a block", gif(PLAIN)[:-5])
for bits in range(14):
    case(f"gif codes of {bits} bits", gif(blocks(codes([1 << bits, *(k % max(1, min(1 << bits, 8)) for k in PIXELS)],
                                                       bits, grow=bits > 1)), code_bits=bits))
    case(f"gif noise of {bits} bits", gif(blocks(noise(60)), code_bits=bits))
case("gif 12 bits, string beyond the table", gif(blocks(codes([4096, 5, 4098, 6, 4098, 7, 1, 2, 3, 4, 5, 6, 7], 12, grow=False)),
                                                 code_bits=12))
case("gif 12 bits, two of them", gif(blocks(codes([4096, 5, 4098, 4098, 6, 7, 1, 2, 3, 4, 5, 6, 7], 12, grow=False)), code_bits=12))
case("gif 9 bits, large pixels", gif(blocks(codes([512, 300, 7, 511, 515, 256, 1, 2, 3, 4, 5, 6, 7, 8], 9)), code_bits=9))
for cut in (3, 6, 8, 12, 13, 20, 37, 38, 45, 46, 47, 48):
    case(f"gif cut at {cut}", gif(PLAIN)[:cut])
case("gif long comment", gif(PLAIN, before=b"!\xfe" + b"\xff" + bytes(255) + b"\0"))
case("gif by Pillow", saved(smooth(43, 17, 3).convert("P", palette=Image.Palette.ADAPTIVE), "GIF"))
case("gif by Pillow not interlaced", saved(smooth(40, 23, 3).convert("P", palette=Image.Palette.ADAPTIVE), "GIF", interlace=0))
case("gif by Pillow grey", saved(smooth(40, 20, 1), "GIF"))
case("gif by Pillow flat", saved(Image.new("L", (300, 70), 7), "GIF"))
case("gif by Pillow animated", saved(smooth(20, 20, 1), "GIF", save_all=True, append_images=[Image.new("L", (20, 20), 9)]))

# PNM.

for kind, samples in (("P5", 1), ("P6", 3), ("PyRGBA", 4), ("PyCMYK", 4), ("P0CMYK", 4)):
    for largest in (255, 1, 100, 128, 254, 256, 1000, 40000, 65535, 0, 65536, -1):
        size = 1 if largest < 256 else 2
        content = noise(5 * 3 * samples * size)
        case(f"pnm {kind} {largest}", f"{kind}\n5 3\n{largest}\n".encode() + content)
    case(f"pnm {kind} truncated", f"{kind}\n5 3\n255\n".encode() + noise(5 * 3 * samples - 1))
    case(f"pnm {kind} 7 truncated", f"{kind}\n5 3\n7\n".encode() + noise(5 * 3 * samples - 1))
    case(f"pnm {kind} 1000 truncated", f"{kind}\n5 3\n1000\n".encode() + noise(5 * 6 * samples - 1))
    case(f"pnm {kind} longer", f"{kind}\n5 3\n255\n".encode() + noise(5 * 3 * samples + 9))
for width in (1, 7, 8, 9, 70):
    case(f"pnm P4 {width}", f"P4\n{width} 3\n".encode() + noise((width + 7) // 8 * 3))
case("pnm P4 truncated", b"P4\n9 3\n" + noise(5))
case("pnm P1", b"P1\n4 2\n1 0 1\n1\n0 0 0 1\n")
case("pnm P1 joined", b"P1\n4 2\n10110001")
case("pnm P1 comment", b"P1\n4 2\n1011#000\n0001")
case("pnm P1 comment at the end", b"P1\n4 2\n10110001#x")
case("pnm P1 short", b"P1\n4 2\n1011000")
case("pnm P1 longer", b"P1\n4 2\n10110001111")
case("pnm P1 text after the end", b"P1\n4 2\n10110001 x")
case("pnm P1 comment after the end", b"P1\n4 2\n10110001 # x")
case("pnm P1 two", b"P1\n4 2\n10110002")
for largest in (255, 15, 200, 1000, 65535):
    numbers = " ".join(str(k * 7919 % (largest + 1)) for k in range(18))
    case(f"pnm P2 {largest}", f"P2\n6 3\n{largest}\n{numbers}\n".encode())
    case(f"pnm P3 {largest}", f"P3\n3 2\n{largest}\n{numbers}".encode())
for name, text in {"too large": "1 2 3 16", "negative": "1 2 3 -1", "minus zero": "1 2 3 -0", "plus": "1 2 3 +4",
                   "underscore": "1 2 3 1_0", "two underscores": "1 2 3 1__0", "underscore first": "1 2 3 _1",
                   "underscore last": "1 2 3 1_", "zeros": "1 2 3 000000004", "ten": "1 2 3 0000000004",
                   "eleven": "1 2 3 00000000004", "sign alone": "1 2 3 +", "letters": "1 2 3 x", "few": "1 2 3",
                   "hexadecimal": "1 2 3 0x1", "float": "1 2 3 4.0", "comment": "1 2#a\n 3 4", "comment joins": "1 2 3 1#\n0",
                   "comment joins at the end": "1 2 3 1#\n", "comment to the end": "1 2 3 4#a",
                   "rest": "1 2 3 4 5 x", "long rest": "1 2 3 4 aaaaaaaaaaaa", "long rest with space": "1 2 3 4 aaaaaaaaaaaa ",
                   "long rest in a comment": "1 2 3 4 #aaaaaaaaaaaa", "spaces": "1\t2\v3\f4\r", "nul": "1 2 3 4\0"}.items():
    case(f"pnm P2 {name}", f"P2 2 2 15\n{text}".encode())
for name, head in {"comment": "P5#a\n2 2 255\n", "comment after the kind": "P5\n#a\n2 2 255\n", "comments": "P5\n2#b\n 2#c\r255\n",
                   "comment joins": "P5\n2#a\n 1#x\n0 255\n", "comment inside": "P5\n1#a\n0 2 25#b\n5\n", "spaces": "P5  2\t2\v255\f",
                   "no space": "P52 2 255\n", "letters": "P5\n2 b 255\n", "negative": "P5\n-2 2 255\n", "zero": "P5\n0 2 255\n",
                   "plus": "P5\n+2 2 255\n", "underscore": "P5\n1_0 2 255\n", "ten": "P5\n0000000002 2 255\n",
                   "eleven": "P5\n00000000002 2 255\n", "nothing": "P5\n", "one": "P5\n2", "no largest": "P5\n2 2",
                   "comment to the end": "P5\n2 2 #", "kind 7": "P7\n2 2 255\n", "kind 0": "P0\n2 2 255\n", "PF": "PF\n2 2 255\n",
                   "upper case": "p5\n2 2 255\n"}.items():
    case(f"pnm head {name}", head.encode() + noise(40))
FLOATS = [0.0, -1.5, 3.7, 254.99, 255.0, 256.0, 1e30, float("nan"), float("inf"), float("-inf"), 0.999, 1.0]
for scale, order in (("-1.0", "<"), ("1.0", ">"), ("2", ">"), ("-1e-3", "<"), ("0", ">"), ("nan", ">"), ("inf", ">"), ("1e999", ">"),
                     ("0x1", ">"), (".5", ">"), ("1.", ">"), ("+1", ">"), ("1e", ">"), ("1e-999", ">"), ("-", ">")):
    case(f"pnm Pf {scale}", f"Pf\n4 3\n{scale}\n".encode() + struct.pack(order + "12f", *FLOATS))
case("pnm Pf truncated", b"Pf\n4 3\n1\n" + struct.pack("<12f", *FLOATS)[:-1])
for mode in "1 L I;16 RGB F".split():
    image = smooth(19, 5, 3).convert("L" if mode == "I;16" else mode)
    case(f"pnm by Pillow {mode}", saved(image.convert(mode), "PPM"))

# QOI.


def qoi(pixels, width=4, height=2, channels=4, end=bytes(7) + b"\1"):
    return b"qoif" + struct.pack(">IIBB", width, height, channels, 0) + pixels + end


OPS = b"\xfe\1\2\3" b"\xff\4\5\6\7" b"\x6a" b"\xa5\x3c" b"\xc1" b"\x15" b"\x40"
for channels in (3, 4, 0, 7):
    case(f"qoi {channels} channels", qoi(OPS, channels=channels))
case("qoi run first", qoi(b"\xc7"))
case("qoi run first, then its index", qoi(b"\xc0\x35\xfe\1\2\3\xc7"))
case("qoi unset index", qoi(b"\xfe\0\0\0\x05\x35\x00\xc7"))
case("qoi run too long", qoi(OPS[:9] + b"\xfd"))
case("qoi wraps", qoi(b"\x40\x7f\x80\x00\xbf\xff\x40\xa0\x0f\xc7"))
for cut in range(1, len(OPS) + 1):
    case(f"qoi without {cut} bytes", qoi(OPS[:-cut], end=b""))
case("qoi without the end", qoi(OPS, end=b""))
case("qoi no width", qoi(OPS, width=0))
case("qoi no height", qoi(OPS, height=0))
for cut in (3, 4, 8, 12, 13, 14):
    case(f"qoi cut at {cut}", qoi(OPS)[:cut])
case("qoi noise", qoi(noise(300), 20, 9))
case("qoi noise, 3 channels", qoi(noise(300), 20, 9, 3))
case("qoi by Pillow RGB", saved(smooth(33, 12, 3), "QOI"))
case("qoi by Pillow RGBA", saved(smooth(33, 12, 4), "QOI"))


def decoded(content, mode=None):
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image if mode is None else image.convert(mode)


def unscaled(content, array):
    """The numbers of a PGM file before Pillow scales them from its largest value to 255."""
    if content[:2] == b"P5":
        return np.frombuffer(content[-array.size:], np.uint8)
    return np.rint(array * (int(content.split(maxsplit=4)[3]) / 255)).astype(np.uint8)


def kept(content):
    """The bytes of the mode keep."""
    image = decoded(content)
    if image.mode == "I":
        return np.asarray(image).astype("<u2").tobytes()
    if image.mode in ("RGB", "RGBA") and content[:1] == b"P" and int(content.split(maxsplit=4)[3]) > 255:
        return None
    if "transparency" in image.info:
        return decoded(content, "RGBA").tobytes()
    return decoded(content, {"1": "L", "P": "RGB", "CMYK": "RGB", "F": "L"}.get(image.mode)).tobytes()


def indices(content):
    image = decoded(content)
    if image.mode not in ("1", "L", "P"):
        return None
    array = np.asarray(image).astype(np.uint8)
    if content[:2] in (b"P2", b"P5") and content.split(maxsplit=4)[3] in (b"1", b"7", b"15", b"100", b"128", b"200", b"254"):
        array = unscaled(content, array)
    return array.tobytes()


def answer(content):
    """Size, and hashes for RGB, L, RGBA, keep and index. None: Pillow refuses the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = decoded(content)
            results = [decoded(content, mode).tobytes() for mode in ("RGB", "L", "RGBA")]
        except Exception:  # a broken file may raise anything
            return None
        results += [kept(content), indices(content)]
    return image.size, [0 if data is None else fnv(data) for data in results]


def main():
    print("/* Written by make_small_formats.py. */")
    for name, content in cases.items():
        found = answer(content)
        size, hashes = found or ((0, 0), [0] * 5)
        numbers = ", ".join(f"0x{value:016x}u" if value else "0" for value in hashes)
        print(f'{{"{name}", "{content.hex()}", {size[0]}, {size[1]}, {{{numbers}}}}},')


if __name__ == "__main__":
    main()
