#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/tiff: small TIFF files, and Pillow's results for them (record.py)."""
import random
import struct
import zlib

import numpy as np
from PIL import Image

from record import encode, picture, record

SHORT, LONG, BYTE, LONG8, UNDEFINED = 3, 4, 1, 16, 7
FORMATS = {BYTE: "B", SHORT: "H", LONG: "L", LONG8: "Q", UNDEFINED: "B"}


def directory(order, tags, data_at, big=False):
    """Returns the directory, and the values that do not fit into it, which lie at data_at."""
    number, count, width = ("Q", "Q", 8) if big else ("L", "H", 4)
    entries, outside = struct.pack(order + count, len(tags)), b""
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(order + FORMATS[kind] * len(values), *values)
        if len(packed) > width:
            place = struct.pack(order + number, data_at + len(outside))
            outside += packed
        else:
            place = packed.ljust(width, b"\0")
        entries += struct.pack(order + "HH" + number, tag, kind, len(values)) + place
    return entries + struct.pack(order + number, 0), outside


def tiff(order, width, height, blocks, tags, big=False, tile=None):
    """A file with these strips or tiles, before the directory."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HH", 8, 0) if big else b""
    start = len(head) + (8 if big else 4)
    offsets, body = [], b""
    for block in blocks:
        offsets.append(start + len(body))
        body += block
    body += b"\0" * (len(body) % 2)
    places = {324: (LONG, offsets), 325: (LONG, [len(b) for b in blocks]), 322: (SHORT, [tile[0]]),
              323: (SHORT, [tile[1]])} if tile else {273: (LONG, offsets), 279: (LONG, [len(b) for b in blocks])}
    all_tags = {256: (SHORT, [width]), 257: (SHORT, [height]), **places,
                **{tag: value if isinstance(value, tuple) else (SHORT, value) for tag, value in tags.items()}}
    at = start + len(body)
    size = len(directory(order, all_tags, 0, big)[0])
    entries, outside = directory(order, all_tags, at + size, big)
    return head + struct.pack(order + ("Q" if big else "L"), at) + body + entries + outside


W, H = 19, 9


def noise(n_bytes, seed=1):
    return random.Random(seed).randbytes(n_bytes)


def reverse(data):
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)


def rows(bits, samples):
    return noise((W * bits * samples + 7) // 8 * H, bits * 10 + samples)


def deflate_without_end(data):
    """Deflates to a zlib stream whose code has all bytes, of 8 bits each, but no symbol for the end of the data."""
    bits = "1" "01" + "00000" + "00000" + "1000"  # the last block; 257 literals, 1 distance, 5 lengths of lengths
    bits += "000" "000" "000" "100" "100"  # of 16, 17, 18, 0 and 8
    bits += "1" * 256 + "0" + "0"  # the bytes have 8 bits; neither the end nor the distance has a code
    bits += "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 8)
    packed = bytes(int(bits[at:at + 8][::-1], 2) for at in range(0, len(bits), 8))
    return b"\x78\x9c" + packed + zlib.adler32(data).to_bytes(4, "big")


def flush(data):
    """A zlib stream that stops after the data, without the sign of the end."""
    packer = zlib.compressobj()
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


def colour_map(bits):
    return SHORT, [random.Random(7).randrange(65536) for _ in range(3 << bits)]


def combinations():
    """The entries of Pillow's table, and some that are not in it: order, photometric, format, fill order, bits,
    samples, extra samples."""
    for order in "<>":
        for fill in 1, 2:
            for bits in 1, 2, 4, 8:
                for photometric in 0, 1, 3:
                    yield order, photometric, 1, fill, bits, 1, ()
            yield order, 2, 1, fill, 8, 3, ()
            yield order, 1, 1, fill, 16, 1, ()
        yield order, 1, 2, 1, 8, 1, ()
        yield order, 1, 1, 1, 12, 1, ()
        yield order, 0, 1, 1, 16, 1, ()
        for bits, kind in (16, 2), (32, 1), (32, 2), (32, 3), (64, 3), (16, 3):
            yield order, 1, kind, 1, bits, 1, ()
        yield order, 0, 3, 1, 32, 1, ()
        for extra in 0, 1, 2:
            yield order, 1, 1, 1, 8, 2, (extra,)
            yield order, 3, 1, 1, 8, 2, (extra,)
            for more in 0, 1, 2:
                yield order, 2, 1, 1, 8, 4 + more, (extra,) + (0,) * more
                yield order, 5, 1, 1, 8, 5 + more, (extra,) + (0,) * more
            yield order, 2, 1, 1, 16, 4, (extra,)
        yield order, 2, 1, 1, 8, 4, ()
        yield order, 2, 1, 1, 8, 4, (999,)
        yield order, 2, 1, 1, 16, 3, ()
        yield order, 2, 1, 1, 16, 4, ()
        yield order, 5, 1, 1, 8, 4, ()
        yield order, 5, 1, 1, 16, 4, ()
        yield order, 6, 1, 1, 8, 1, ()
        yield order, 6, 1, 1, 8, 3, ()
        yield order, 2, 1, 1, 4, 3, ()
        yield order, 8, 1, 1, 8, 3, ()
        yield order, 8, 1, 1, 8, 4, (0,)
        yield order, 8, 1, 1, 8, 1, ()
        yield order, 8, 1, 1, 16, 3, ()


def tags_of(photometric, kind, fill, bits, samples, extras, compression):
    tags = {258: [bits] * samples, 259: [compression], 262: [photometric], 277: [samples], 278: [4], 266: [fill],
            339: [kind] * samples}
    if extras:
        tags[338] = list(extras)
    if photometric == 3:
        tags[320] = colour_map(bits)
    if photometric == 6:
        tags[530] = [1, 1]
    return tags


def strips(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


def table():
    for order, photometric, kind, fill, bits, samples, extras in combinations():
        data = rows(bits, samples)
        if kind == 3 and bits == 32:
            numbers = np.random.default_rng(3).uniform(-40, 300, W * H)
            data = numbers.astype(order + "f4").tobytes()
        if bits == 32 and kind != 3:
            data = np.random.default_rng(4).integers(-40, 300, W * H).astype(order + "i4").tobytes()
        parts = strips(data, len(data) // H * 4)
        name = f"{'II' if order == '<' else 'MM'}_{photometric}_{kind}_{fill}_{bits}x{samples}"
        name += "_" + "".join(map(str, extras)) if extras else ""
        tags = tags_of(photometric, kind, fill, bits, samples, extras, 1)
        yield f"{name}.tif", tiff(order, W, H, parts, tags)
        if fill == 1:
            packed = [zlib.compress(part, 1) for part in parts]
            yield f"{name}_z.tif", tiff(order, W, H, packed, {**tags, 259: [8]})


def tiles(data, size, pixel_bytes):
    """Cuts rows of pixels into tiles; the last ones are filled with zeros."""
    array = np.frombuffer(data, np.uint8).reshape(H, W, pixel_bytes)
    for top in range(0, H, size):
        for left in range(0, W, size):
            tile = np.zeros((size, size, pixel_bytes), np.uint8)
            part = array[top:top + size, left:left + size]
            tile[:part.shape[0], :part.shape[1]] = part
            yield tile.tobytes()


def organised():
    """Tiles, planes, strips of other heights."""
    for samples, photometric in (1, 1), (3, 2), (4, 5), (3, 8):
        data = rows(8, samples)
        planes = [data[k::samples] for k in range(samples)]
        for compression in 1, 8:
            pack = zlib.compress if compression == 8 else bytes
            tags = tags_of(photometric, 1, 1, 8, samples, (), compression)
            name = f"{samples}x8_{compression}" + "_lab" * (photometric == 8)
            yield f"tiles_{name}.tif", tiff("<", W, H, [pack(t) for t in tiles(data, 16, samples)], tags, tile=(16, 16))
            if photometric == 8:
                continue  # the page of codecs says why planes of it are refused
            separate = [pack(part) for plane in planes for part in strips(plane, W * 4)]
            yield f"planes_{name}.tif", tiff("<", W, H, separate, {**tags, 284: [2]})
            cells = [pack(t) for plane in planes for t in tiles(plane, 16, 1)]
            yield f"tiled_planes_{name}.tif", tiff("<", W, H, cells, {**tags, 284: [2]}, tile=(16, 16))
            yield f"one_strip_{name}.tif", tiff("<", W, H, [pack(data)], {**tags, 278: [H]})
            yield f"tall_strip_{name}.tif", tiff("<", W, H, [pack(data)], {**tags, 278: [H + 9]})
    data = rows(16, 3)
    planes = [b"".join(data[at + 2 * k:at + 2 * k + 2] for at in range(0, len(data), 6)) for k in range(3)]
    parts = [zlib.compress(part) for plane in planes for part in strips(plane, W * 8)]
    yield "planes_3x16_8.tif", tiff("<", W, H, parts, {**tags_of(2, 1, 1, 16, 3, (), 8), 284: [2]})
    yield from reversed_and_predicted()
    data = rows(8, 3)
    tags = tags_of(2, 1, 1, 8, 3, (), 1)
    yield "big.tif", tiff("<", W, H, strips(data, W * 12), tags, big=True)
    yield "big_MM.tif", tiff(">", W, H, strips(data, W * 12), tags, big=True)
    yield "one_number_of_bits.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 258: [8]})
    yield "too_many_bits.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 258: [8, 8, 8, 8]})
    yield "no_strip_height.tif", tiff("<", W, H, [data], {k: v for k, v in tags.items() if k != 278})
    yield "bilevel_tiles.tif", tiff("<", 64, 16, [noise(64, s) for s in range(2)], tags_of(1, 1, 1, 1, 1, (), 1),
                                   tile=(32, 16))


def reversed_and_predicted():
    """Deflated files: bits of bytes reversed, and samples that are differences, of several sizes."""
    for samples, photometric in (1, 1), (3, 2):
        for order in "<>":
            for bits in 8, 16:
                data = rows(bits, samples)
                parts = [zlib.compress(part) for part in strips(data, len(data) // H * 4)]
                tags = tags_of(photometric, 1, 1, bits, samples, (), 8)
                name = f"{'II' if order == '<' else 'MM'}_{bits}x{samples}"
                yield f"predicted_{name}.tif", tiff(order, W, H, parts, {**tags, 317: [2]})
                backwards = [reverse(part) for part in parts]
                yield f"backwards_{name}.tif", tiff(order, W, H, backwards, {**tags, 266: [2]})
    data = rows(8, 3)
    planes = [zlib.compress(part) for k in range(3) for part in strips(data[k::3], W * 4)]
    yield "predicted_planes.tif", tiff("<", W, H, planes, {**tags_of(2, 1, 1, 8, 3, (), 8), 284: [2], 317: [2]})
    cells = [zlib.compress(t) for t in tiles(data, 16, 3)]
    yield "predicted_tiles.tif", tiff("<", W, H, cells, {**tags_of(2, 1, 1, 8, 3, (), 8), 317: [2]}, tile=(16, 16))
    for order in "<>":
        numbers = np.random.default_rng(5).integers(-40, 300, W * H).astype(order + "i4").tobytes()
        for predictor in 2, 3:
            tags = {**tags_of(1, 2, 1, 32, 1, (), 8), 317: [predictor]}
            yield f"predicted_{predictor}_{order == '<'}_32.tif", tiff(order, W, H, [zlib.compress(p) for p in strips(numbers, W * 16)], tags)
    grey = rows(8, 1)
    odd = [zlib.compress(part) for part in strips(grey, W * 4)]
    yield "predictor_9.tif", tiff("<", W, H, odd, {**tags_of(1, 1, 1, 8, 1, (), 8), 317: [9]})


def turned():
    data = rows(8, 3)
    tags = tags_of(2, 1, 1, 8, 3, (), 1)
    for orientation in range(10):
        yield f"turned_{orientation}.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 274: [orientation]})
    xmp = (BYTE, list(b'<x tiff:Orientation="6"/>'))
    yield "turned_xmp.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 700: xmp})
    packed = [zlib.compress(part) for part in strips(data, W * 12)]
    yield "turned_packed.tif", tiff(">", W, H, packed, {**tags, 259: [8], 274: [6]})
    luma = tags_of(6, 1, 1, 8, 3, (), 8)
    for orientation in range(10):
        yield f"turned_ycbcr_{orientation}.tif", tiff("<", W, H, packed, {**luma, 274: [orientation]})
    tiled = [zlib.compress(tile) for tile in tiles(data, 16, 3)]
    image = picture(JPEG_W, JPEG_H)
    planes = [stream_of(part, APPLICATION) for band in image.split() for part in cut(band, JPEG_W, 16)]
    for orientation in 3, 6:
        turn = {274: [orientation]}
        yield f"turned_ycbcr_tiles_{orientation}.tif", tiff("<", W, H, tiled, {**luma, **turn}, tile=(16, 16))
        yield f"turned_ycbcr_planes_{orientation}.tif", file_of(planes, {**luma, 259: [7], 278: [16], 284: [2], **turn})
        yield f"turned_old_jpeg_{orientation}.tif", old_jpeg(image, turn)


def written():
    """What Pillow and libtiff write."""
    image = picture(45, 37)
    for compression in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "jpeg", "zstd", "lzma"):
        yield f"rgb_{compression}.tif", encode(image, "TIFF", compression=compression)
    for compression in "tiff_ccitt", "group3", "group4":
        yield f"bilevel_{compression}.tif", encode(image.convert("1"), "TIFF", compression=compression)
    for compression in "tiff_lzw", "tiff_adobe_deflate":
        for mode in "L", "RGB", "I;16":
            source = image.convert(mode) if mode != "I;16" else Image.frombytes("I;16", (45, 37), noise(45 * 37 * 2))
            yield f"predictor_{mode.replace(';', '')}_{compression}.tif", encode(
                source, "TIFF", compression=compression, tiffinfo={317: 2})
    yield "grey_jpeg.tif", encode(image.convert("L"), "TIFF", compression="jpeg")
    yield "lab_lzw.tif", encode(image.convert("LAB"), "TIFF", compression="tiff_lzw")
    yield "ycbcr_jpeg.tif", encode(image.convert("YCbCr"), "TIFF", compression="jpeg")
    yield "ycbcr_lzw.tif", encode(image.convert("YCbCr"), "TIFF", compression="tiff_lzw")
    yield "cmyk_lzw.tif", encode(image.convert("CMYK"), "TIFF", compression="tiff_lzw")
    yield "palette_lzw.tif", encode(image.quantize(20), "TIFF", compression="tiff_lzw")
    yield "pages.tif", encode(image, "TIFF", save_all=True, append_images=[picture(9, 5)])
    yield "pixel.tif", encode(picture(1, 1), "TIFF")


def segments(stream):
    """The marker segments of a JPEG before its scan, and the scan with its header and the end."""
    found, at = [], 2
    while stream[at + 1] != 0xda:
        length = 2 + struct.unpack_from(">H", stream, at + 2)[0]
        found.append(stream[at:at + length])
        at += length
    return found, stream[at:]


def stream_of(image, drop=(), **options):
    """A JPEG without the segments whose markers are in `drop`."""
    parts, scan = segments(encode(image, "JPEG", **{"quality": 90, **options}))
    return b"\xff\xd8" + b"".join(part for part in parts if part[1] not in drop) + scan


def tables_of(image, **options):
    parts, _ = segments(encode(image, "JPEG", **{"quality": 90, **options}))
    return UNDEFINED, list(b"\xff\xd8" + b"".join(part for part in parts if part[1] in TABLES) + b"\xff\xd9")


APPLICATION, TABLES = tuple(range(0xe0, 0xf0)), (0xc4, 0xdb)
JPEG_W, JPEG_H = 77, 61


def cut(image, w, h):
    """Strips or tiles; a tile at the edge is as large as the others."""
    return [image.crop((x, y, x + w, min(y + h, JPEG_H) if w == JPEG_W else y + h))
            for y in range(0, JPEG_H, h) for x in range(0, JPEG_W, w)]


def streams():
    """JPEG streams in strips and tiles, with tables of their own and with those of the directory."""
    image, bare = picture(JPEG_W, JPEG_H), APPLICATION
    samplings = {"444": (0, 1, 1), "422": (1, 2, 1), "420": (2, 2, 2)}
    for name, (subsampling, h, v) in samplings.items():
        options = {"subsampling": subsampling}
        tags = {**tags_of(6, 1, 1, 8, 3, (), 7), 278: [16], 530: [h, v]}
        split, tables = cut(image, JPEG_W, 16), tables_of(image, **options)
        yield f"jpeg_{name}.tif", file_of([stream_of(part, bare, **options) for part in split], tags)
        yield f"jpeg_{name}_jfif.tif", file_of([stream_of(part, **options) for part in split], tags)
        short = [stream_of(part, bare + TABLES, **options) for part in split]
        yield f"jpeg_{name}_tables.tif", file_of(short, {**tags, 347: tables})
        tiled = [stream_of(part, bare + TABLES, **options) for part in cut(image, 32, 32)]
        yield f"jpeg_{name}_tiles.tif", file_of(tiled, {**tags, 347: tables}, (32, 32))
        yield f"jpeg_{name}_contradicts.tif", file_of(short, {**tags, 347: tables, 530: [2, 2] if h == 1 else [1, 1]})
    yield from odd_streams(image)


def old_jpeg(image, more):
    """JPEG of TIFF 6.0: one strip, and a tag that says where the whole stream lies."""
    stream = stream_of(image, APPLICATION)
    places = {512: [1], 513: (LONG, [8]), 514: (LONG, [len(stream)])}
    return file_of([stream], {**tags_of(6, 1, 1, 8, 3, (), 6), 278: [JPEG_H], 530: [2, 2], **places, **more})


def file_of(blocks, tags, tile=None):
    return tiff("<", JPEG_W, JPEG_H, blocks, tags, tile=tile)


def odd_streams(image):
    bare, split = APPLICATION, cut(image, JPEG_W, 16)
    tags = {**tags_of(6, 1, 1, 8, 3, (), 7), 278: [16], 530: [2, 2]}
    whole = [stream_of(part, bare) for part in split]
    colours = {**tags, 262: [2]}
    yield "jpeg_rgb.tif", file_of([stream_of(part, bare, keep_rgb=True) for part in split], colours)
    yield "jpeg_rgb_adobe.tif", file_of([stream_of(part, keep_rgb=True) for part in split], colours)
    yield "jpeg_rgb_says_jfif.tif", file_of([stream_of(part, subsampling=0) for part in split], colours)
    yield "jpeg_rgb_sampled.tif", file_of(whole, colours)
    grey = [stream_of(part.convert("L"), bare) for part in split]
    grey_tags = {**tags_of(1, 1, 1, 8, 1, (), 7), 278: [16]}
    yield "jpeg_grey.tif", file_of(grey, grey_tags)
    yield "jpeg_grey_inverted.tif", file_of(grey, {**grey_tags, 262: [0]})
    yield "jpeg_restarts.tif", file_of([stream_of(part, bare, restart_marker_blocks=2) for part in split], tags)
    yield "jpeg_progressive.tif", file_of([stream_of(part, bare, progressive=True) for part in split], tags)
    yield "jpeg_turned.tif", file_of(whole, {**tags, 274: [6]})
    low = [*whole[:-1], stream_of(image.crop((0, 48, JPEG_W, 64)), bare)]
    yield "jpeg_last_too_high.tif", file_of(low, tags)
    yield "jpeg_too_low.tif", file_of([whole[0], stream_of(image.crop((0, 16, JPEG_W, 24)), bare), *whole[2:]], tags)
    yield "jpeg_too_narrow.tif", file_of([stream_of(part.crop((0, 0, 40, part.height)), bare) for part in split], tags)
    yield "jpeg_too_wide.tif", file_of([stream_of(part.resize((90, part.height)), bare) for part in split], tags)
    yield "jpeg_cut.tif", file_of([whole[0], whole[1][:-60], *whole[2:]], tags)
    yield "jpeg_damaged.tif", file_of([whole[0], whole[1][:-60] + bytes(40) + whole[1][-20:], *whole[2:]], tags)
    yield "jpeg_no_tables.tif", file_of([stream_of(part, bare + TABLES) for part in split], tags)
    yield "jpeg_tables_of_one_byte.tif", file_of(whole, {**tags, 347: (UNDEFINED, [255])})
    yield "jpeg_grey_in_colours.tif", file_of(grey, tags)


def with_count(file, tag, count):
    """A file in which a tag says that it has another number of values."""
    changed = bytearray(file)
    at = struct.unpack_from("<L", file, 4)[0] + 2
    while struct.unpack_from("<H", file, at)[0] != tag:
        at += 12
    struct.pack_into("<L", changed, at + 4, count)
    return bytes(changed)


def broken():
    data = rows(8, 3)
    tags = tags_of(2, 1, 1, 8, 3, (), 1)
    whole = tiff("<", W, H, strips(data, W * 12), tags)
    packed = encode(picture(45, 37), "TIFF", compression="tiff_adobe_deflate")
    for share in 3, 20, 70, 95:
        yield f"truncated_{share}.tif", whole[:len(whole) * share // 100]
        yield f"truncated_z_{share}.tif", packed[:len(packed) * share // 100]
    yield "offset_outside.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 273: (LONG, [8, 1 << 20, 8])})
    yield "data_outside.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 273: (LONG, [8, 8, 3000])})
    yield "no_colours.tif", tiff("<", W, H, strips(rows(8, 1), W * 4),
                                 {k: v for k, v in tags_of(3, 1, 1, 8, 1, (), 1).items() if k != 320})
    yield "few_colours.tif", tiff("<", W, H, strips(rows(8, 1), W * 4),
                                  {**tags_of(3, 1, 1, 8, 1, (), 1), 320: [n * 9000 for n in range(6)]})
    yield "odd_compression.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 259: [1234]})
    yield "odd_samples.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 277: [7]})
    yield "two_photometrics.tif", tiff("<", W, H, strips(rows(8, 1), W * 4),
                                       {**tags_of(1, 1, 1, 8, 1, (), 1), 262: [1, 1]})
    yield "no_width.tif", tiff("<", 0, H, strips(data, W * 12), tags)
    yield "no_directory.tif", b"II*\0" + bytes(4)
    packed_tags = {**tags, 259: [8]}
    parts = [zlib.compress(part) for part in strips(data, W * 12)]
    more = [part + bytes(300) for part in strips(data, W * 12)]
    flushed = [flush(part) for part in strips(data, W * 12)]
    for name, odd in {
            "adler_wrong": [part[:-4] + bytes(4) for part in parts],
            "adler_missing": [part[:-4] for part in parts],
            "too_much": [zlib.compress(part) for part in more],
            "too_much_stored": [zlib.compress(part, 0) for part in more],
            "junk_after": [part + b"junk" for part in parts],
            "too_little": [zlib.compress(part[:-5]) for part in strips(data, W * 12)],
            "no_code_of_the_end": [deflate_without_end(part) for part in strips(data, W * 12)],
            "no_end": flushed,
            "cut_in_the_last_row": [part[:-8] for part in flushed],
            "dictionary": [b"\x78\xbb" + part[2:] for part in parts],
            "plain_deflate": [part[2:-4] for part in parts],
            "large_window": [b"\x88\x1c" + part[2:] for part in parts]}.items():
        yield f"z_{name}.tif", tiff("<", W, H, odd, packed_tags)
        yield f"z_predicted_{name}.tif", tiff("<", W, H, odd, {**packed_tags, 317: [2]})
    lengths = {"length_absurd": [1 << 31] * 3, "length_0": [len(parts[0]), 0, len(parts[2])],
               "length_short": [len(part) - 9 for part in parts], "length_to_the_end_and_more": [5000] * 3}
    for name, numbers in lengths.items():
        yield f"z_{name}.tif", tiff("<", W, H, parts, {**packed_tags, 279: (LONG, numbers)})
    yield "no_rows_in_strip.tif", tiff("<", W, H, strips(data, W * 12), {**tags, 278: [0]})
    swapped = bytearray(whole)
    swapped[2:4] = b"\0*"
    yield "swapped_mark.tif", bytes(swapped)
    zeros = bytearray(packed)
    zeros[30:60] = bytes(30)
    yield "damaged_z.tif", bytes(zeros)
    yield "count_absurd.tif", with_count(whole, 266, 1 << 24)
    yield "count_absurd_z.tif", with_count(tiff("<", W, H, parts, packed_tags), 266, 1 << 24)
    yield "count_absurd_twice_z.tif", with_count(with_count(tiff("<", W, H, parts, packed_tags), 258, 1 << 30), 266, 1 << 24)


if __name__ == "__main__":
    record("tiff", [*table(), *organised(), *turned(), *written(), *streams(), *broken()])
