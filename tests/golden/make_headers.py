#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes headers.inc: marker segments, and Pillow's result for a JPEG file that begins with them.

    make_headers.py > headers.inc      (with the Pillow of requirements.txt)

Each line has a name, the bytes between the start of the image and its first table in hexadecimal,
and the orientation that ImageOps.exif_transpose uses, or

    REFUSES  if Image.open raises: a row in the table of src/codec/README.md
    RAISES   if the image decodes but exif_transpose raises: also a row there
"""
import io
import struct
import warnings

from PIL import Image, ImageOps

ORIENTATION, DESCRIPTION, X_RESOLUTION, UNIT = 274, 270, 282, 296
SHORT, LONG = 3, 4
N_TYPES = 19
FORMATS = {1: "B", 3: "H", 4: "L", 5: "LL", 6: "b", 7: "B", 8: "h", 9: "l", 10: "ll", 11: "f", 12: "d", 13: "L", 16: "Q",
           17: "q", 18: "Q"}
TURNS = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
         5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
         8: Image.Transpose.ROTATE_90}


def plain_jpeg():
    """The headers without a JFIF segment."""
    image = Image.new("RGB", (17, 9))
    image.putdata([(x * 15, y * 28, x * y) for y in range(9) for x in range(17)])
    out = io.BytesIO()
    image.save(out, "JPEG")
    jpeg = out.getvalue()
    return jpeg[:2] + jpeg[4 + int.from_bytes(jpeg[4:6], "big"):]


PLAIN = plain_jpeg()


def segment(marker, content, length=None):
    length = len(content) + 2 if length is None else length
    return bytes((0xFF, marker)) + length.to_bytes(2, "big") + content


def exif(*tiffs):
    return b"".join(segment(0xE1, b"Exif\0\0" + tiff) for tiff in tiffs)


def xmp(text):
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + text)


XMP_3 = xmp(b'tiff:Orientation="3"')
JFIF = segment(0xE0, b"JFIF\0\1\1\1\0\x48\0\x48\0\0")  # a density, so Pillow reads no EXIF on opening


def value(kind, order, *numbers):
    if kind in FORMATS:
        each = len(FORMATS[kind])
        return b"".join(struct.pack(order + FORMATS[kind], *numbers[k:k + each]) for k in range(0, len(numbers), each))
    return bytes(48 + number for number in numbers)


def tiff(entries, order="<", magic=None):
    """A directory of (tag, type, count, value); values of more than four bytes follow it."""
    head = (b"II" if order == "<" else b"MM") + (magic or struct.pack(order + "H", 42)) + struct.pack(order + "L", 8)
    body, outside = struct.pack(order + "H", len(entries)), b""
    for tag, kind, count, content in entries:
        if len(content) > 4:
            outside += content
            content = struct.pack(order + "L", 8 + 2 + 12 * len(entries) + 4 + len(outside) - len(content))
        body += struct.pack(order + "HHL", tag, kind, count) + content.ljust(4, b"\0")
    return head + body + b"\0\0\0\0" + outside


def short(tag, number, order="<"):
    return tag, SHORT, 1, value(SHORT, order, number)


def types():
    """All types, byte orders and counts; all numbers after the first are 3."""
    for kind in range(N_TYPES):
        for order, count in (("<", 1), (">", 1), ("<", 0), ("<", 2), ("<", 5)):
            each = len(FORMATS.get(kind, "B"))
            first = {2: (12, 2), 1: (6,)}[each]
            numbers = (first + (3, 1)[:each] * 5)[:each * count]
            entry = (ORIENTATION, kind, count, value(kind, order, *numbers))
            yield f"type {kind}, {count} of them, {order}", exif(tiff([entry], order)) + XMP_3
    for number in range(10):
        yield f"short {number}", exif(tiff([short(ORIENTATION, number)])) + XMP_3
    for kind, numbers in ((5, (13, 2)), (5, (6, 0)), (5, (0, 0)), (5, (6, 1)), (10, (-12, -2)), (10, (-12, 2)), (11, (5.5,)),
                          (11, (float("nan"),)), (12, (8.0,)), (12, (1e300,)), (6, (-6,)), (8, (-6,)), (9, (6 - 2**31,)),
                          (16, (2**63 + 6,)), (4, (2**24 + 6,))):
        entry = (ORIENTATION, kind, 1, value(kind, "<", *numbers))
        yield f"type {kind}, {numbers}", exif(tiff([entry])) + XMP_3


def heads():
    for order in "<>":
        for magic in (b"\0*", b"*\0", b"\0+", b"+\0", b"**", b"\0\0"):
            name = f"{order}, magic {magic.hex()}"
            file = tiff([short(ORIENTATION, 6, order)], order, magic)
            yield name, exif(file)
            yield name + ", XMP", exif(file) + XMP_3
            yield name + ", density", JFIF + exif(file) + XMP_3
    file = tiff([(ORIENTATION, LONG, 2, value(LONG, "<", 6, 7))])
    for n_bytes in (0, 1, 4, 7, 8, 9, 10, 21, 22, 25, 26, 30, len(file) - 1):
        yield f"cut to {n_bytes} bytes", exif(file[:n_bytes]) + XMP_3


def directories():
    six, eight = short(ORIENTATION, 6), short(ORIENTATION, 8)
    long = (DESCRIPTION, 2, 60, b"x" * 60)
    unknown = (ORIENTATION, 15, 1, b"\5")
    three_outside = (ORIENTATION, SHORT, 3, value(SHORT, "<", 7, 7, 7))
    for name, entries in (("two values", [six, eight]), ("unknown type first", [unknown, six]),
                          ("empty first", [(ORIENTATION, SHORT, 0, b""), six]),
                          ("a tag again is not counted", [long] * 4 + [three_outside]),
                          ("more values than data", [long, (271, 2, 60, b"x" * 60), (272, 2, 400, b"x" * 8), six]),
                          ("values beyond the data", [(271, 2, 100, b"x" * 5), long, six]),
                          ("2^31 bytes", [(271, 2, 1 << 31, b"x" * 5), six]),
                          ("2^32 - 1 numbers", [(ORIENTATION, 12, 2**32 - 1, b"x" * 5), eight])):
        yield name, exif(tiff(entries)) + XMP_3
    file = tiff([long, three_outside])
    yield "one byte a segment", exif(*(file[k:k + 1] for k in range(len(file))))
    yield "empty segments between", exif(b"", file[:9], b"", b"", file[9:40], b"", file[40:])
    prefix = b"Exif\0\0"
    yield "prefix twice", exif(prefix + file)
    yield "prefix three times", exif(prefix + prefix + file) + XMP_3
    yield "second prefix in the second segment", exif(b"", prefix + file)
    yield "second prefix over two segments", exif(prefix[:4], prefix[4:] + file)
    yield "second prefix later", exif(file[:9], prefix + file[9:]) + XMP_3
    yield "XMP between", exif(file[:30]) + XMP_3 + exif(file[30:])
    yield "not quite the prefix", segment(0xE1, b"Exif\0" + file) + XMP_3


def xmps():
    for text in (b'tiff:Orientation="6"', b"tiff:Orientation='6'", b"<tiff:Orientation>6</tiff:Orientation>",
                 b"tiff:Orientation>85", b'tiff:Orientation="0"', b'tiff:Orientation="9"', b'tiff:Orientation = "6"',
                 b'tiff:Orientation="x" tiff:Orientation="5"', b'tiff:Orientation=""6 tiff:Orientation>7', b"tiff:Orientation",
                 b'tiff:Orientation="', b'TIFF:Orientation="6"', b"tiff:tiff:Orientation>4", b""):
        name = f"XMP {text.decode()}".replace('"', "''")
        yield name, xmp(text)
        yield name + ", after another", XMP_3 + xmp(text)
    for length in range(3):
        for marker in (0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE):
            yield f"segment {marker:x} of length {length}", segment(marker, b"", length) + XMP_3
    yield "fill bytes and junk", b"\xff\xff\xff\0\1\2" + XMP_3
    yield "restarts and a stuffed byte", b"\xff\xd0\xff\xd7\xff\0" + XMP_3


def exceptions():
    """Headers for which Pillow's parser raises an exception that Pillow does not expect."""
    for n_bytes in (4, 6, 7, 12):
        yield f"JFIF of {n_bytes} bytes", JFIF[:2] + segment(0, JFIF[4:4 + n_bytes])[2:]
    for n_bytes in (5, 6, 7, 11):
        yield f"Adobe of {n_bytes} bytes", segment(0xEE, b"Adobe\0\x64\0\0\0\0\1"[:n_bytes])
    for n_bytes in (12, 13, 14):
        yield f"ICC profile of {n_bytes} bytes", segment(0xE2, b"ICC_PROFILE\0\1\1"[:n_bytes])
        yield f"ICC profile of {n_bytes} bytes more", segment(0xE2, b"ICC_PROFILE\0\1\2abc" + b"ICC_PROFILE\0\2\2"[:n_bytes])
    resource = b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\4abcd"
    for n_bytes in (14, 17, 18, 19, 20, 21, 22, 25, 26, 27, len(resource)):
        yield f"Photoshop of {n_bytes} bytes", segment(0xED, resource[:n_bytes])
    turned = short(ORIENTATION, 6)
    for kind, content in ((1, b"\5"), (7, b"\5"), (2, b"7"), (2, b"\0"), (2, b"x"), (1, b"\5\2"), (1, b"\5\0"), (7, b"\5\2"),
                          (2, b"72"), (3, b"\5\0"), (4, b"\5\0\0\0")):
        count = 1 if kind > 2 and kind != 7 else len(content)
        entries = [turned, (X_RESOLUTION, kind, count, content), short(UNIT, 2)]
        name = f"XResolution of type {kind}: {content.hex()}"
        yield name, exif(tiff(entries))
        yield name + ", no unit", exif(tiff(entries[:2]))
        yield name + ", not turned", exif(tiff(entries[1:]))
    yield "marker FF 01", b"\xff\x01" + XMP_3


def answer(jpeg):
    try:
        image = Image.open(io.BytesIO(jpeg))
        image.load()
    except (OSError, SyntaxError):
        return "REFUSES"
    try:
        turned = ImageOps.exif_transpose(image)
    except (SyntaxError, TypeError, struct.error):
        return "RAISES"
    orientation = image.getexif().get(ORIENTATION, 1)
    turn = next((number for number in TURNS if orientation == number), 1)
    assert turned.tobytes() == (image.transpose(TURNS[turn]) if turn > 1 else image).tobytes()
    return turn


def main():
    warnings.simplefilter("ignore")
    print("/* SPDX-License-Identifier: MIT */")
    print(f"/* Made by make_headers.py with Pillow {Image.__version__}. */")
    for cases in (types, heads, directories, xmps, exceptions):
        for name, segments in cases():
            print('{"%s", "%s", %s},' % (name, segments.hex(), answer(PLAIN[:2] + segments + PLAIN[2:])))


if __name__ == "__main__":
    main()
