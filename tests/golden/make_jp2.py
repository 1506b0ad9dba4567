#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/jp2: small JPEG 2000 files, and Pillow's results for them (record.py)."""
import random
import struct

from PIL import Image

from record import encode, picture, record

CODESTREAM = b"\xff\x4f\xff\x51"
SRGB, GREY, YCC, CMYK, EYCC = 16, 17, 18, 12, 24  # numbers of colour spaces


def jp2(image, **options):
    return encode(image, "JPEG2000", **options)


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def colr(space):
    return box(b"colr", struct.pack(">BBBI", 1, 0, 0, space))


def profile():
    return box(b"colr", bytes([2, 0, 0]) + bytes(200))


def in_boxes(codestream, w, h, components, bits, *others):
    """A file around a codestream. `bits` as in the header: less 1, 255 if they differ."""
    header = box(b"ihdr", struct.pack(">IIHBBBB", h, w, components, bits, 7, 0, 0)) + b"".join(others)
    return (box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", header) +
            box(b"jp2c", codestream))


def patched(codestream, at, values):
    """A codestream with other bytes in its header, counted from the marker SIZ."""
    out = bytearray(codestream)
    out[2 + at:2 + at + len(values)] = values
    return bytes(out)


def with_components(codestream, *components):
    """Sets the fields of components: bits less 1 (with 128: signed), dx, dy."""
    return patched(codestream, 40, b"".join(bytes(one) for one in components))


def bare(image, **options):
    return jp2(image, no_jp2=True, mct=0, **options)


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


def grids():
    """The image and its tiles begin elsewhere; precincts and blocks of other sizes."""
    image, clear = picture(33, 27), picture(34, 28, alpha=True)
    for name, source in ("rgb", image), ("grey", image.convert("L")), ("rgba", clear):
        yield f"offset_{name}.jp2", jp2(source, offset=(5, 3), tile_size=(64, 64), tile_offset=(0, 0))
        yield f"offset_tiles_{name}.jp2", jp2(source, offset=(5, 3), tile_size=(16, 16), tile_offset=(0, 0))
        yield f"offset_both_{name}.j2k", jp2(source, offset=(5, 3), tile_size=(20, 16), tile_offset=(2, 1), no_jp2=True)
    yield "tile_offset.jp2", jp2(image, offset=(7, 7), tile_size=(24, 24), tile_offset=(7, 7), irreversible=True)
    yield "precincts.jp2", jp2(image, precinct_size=(32, 32), codeblock_size=(8, 8), progression="PCRL")
    yield "plt.jp2", jp2(image, plt=True, progression="RPCL")
    tiles = jp2(image, tile_size=(16, 16), no_jp2=True)
    last = tiles.rindex(b"\xff\x90\x00\x0a")
    yield "tile_missing.j2k", tiles[:last] + b"\xff\xd9"


def colours():
    image, clear, noise = picture(21, 17), picture(22, 18, alpha=True), random.Random(2)
    ycc = Image.frombytes("RGB", (64, 64), noise.randbytes(64 * 64 * 3))
    yield "ycc.jp2", jp2(image.convert("YCbCr"))
    yield "ycc.j2k", jp2(image.convert("YCbCr"), no_jp2=True)
    yield "ycc_noise.jp2", in_boxes(bare(ycc), 64, 64, 3, 7, colr(YCC))
    yield "ycc_tiles.jp2", in_boxes(bare(image, tile_size=(12, 10)), 21, 17, 3, 7, colr(YCC))
    yield "ycc_alpha.jp2", in_boxes(bare(clear), 22, 18, 4, 7, colr(YCC))
    yield "eycc.jp2", in_boxes(bare(image), 21, 17, 3, 7, colr(EYCC))
    yield "cmyk.jp2", jp2(image.convert("CMYK"))
    yield "cmyk_noise.jp2", in_boxes(bare(clear), 22, 18, 4, 7, colr(CMYK))
    yield "cmyk.j2k", bare(clear)
    for name, source, n in ("grey", image.convert("L"), 1), ("rgb", image, 3), ("rgba", clear, 4):
        yield f"profile_{name}.jp2", in_boxes(bare(source), *source.size, n, 7, profile())
        yield f"two_colr_{name}.jp2", in_boxes(bare(source), *source.size, n, 7, colr(GREY if n == 1 else SRGB), profile())
    yield "profile_grey_alpha.jp2", in_boxes(bare(clear.convert("LA")), 22, 18, 2, 7, profile())
    for name, source, n in ("grey", image.convert("L"), 1), ("grey_alpha", clear.convert("LA"), 2), ("rgb", image, 3), ("rgba", clear, 4):
        other = SRGB if n < 3 else GREY
        yield f"other_space_{name}.jp2", in_boxes(bare(source), *source.size, n, 7, colr(other))
    order = struct.pack(">H", 4) + b"".join(struct.pack(">HHH", *one) for one in ((0, 1, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3)))
    yield "alpha_first.jp2", in_boxes(bare(clear), 22, 18, 4, 7, colr(SRGB), box(b"cdef", order))
    swapped = struct.pack(">H", 3) + b"".join(struct.pack(">HHH", *one) for one in ((0, 0, 3), (1, 0, 2), (2, 0, 1)))
    yield "swapped.jp2", in_boxes(bare(image), 21, 17, 3, 7, colr(SRGB), box(b"cdef", swapped))
    entries = struct.pack(">HB", 256, 3) + bytes([7, 7, 7]) + noise.randbytes(768)
    maps = b"".join(struct.pack(">HBB", 0, 1, k) for k in range(3))
    palette = box(b"pclr", entries), box(b"cmap", maps)
    yield "palette.jp2", in_boxes(bare(image.convert("L")), 21, 17, 1, 7, colr(SRGB), *palette)
    yield "palette_grey.jp2", in_boxes(bare(image.convert("L")), 21, 17, 1, 7, colr(GREY), *palette)
    yield "palette_profile.jp2", in_boxes(bare(image.convert("L")), 21, 17, 1, 7, profile(), *palette)
    yield "header_of_3.jp2", in_boxes(bare(clear), 22, 18, 3, 7, colr(SRGB))
    yield "header_larger.jp2", in_boxes(bare(image), 24, 20, 3, 7, colr(SRGB))


def samples():
    """Signed samples, and those of 1 to 16 bits. The codestream's data stay what they are."""
    image, clear = picture(17, 13), picture(18, 14, alpha=True)
    grey, wide = image.convert("L"), Image.frombytes("I;16", (17, 13), random.Random(1).randbytes(17 * 13 * 2))
    for name, source, n in ("grey", grey, 1), ("grey_alpha", clear.convert("LA"), 2), ("rgb", image, 3), ("rgba", clear, 4):
        yield f"signed_{name}.jp2", jp2(source, signed=True)
        yield f"signed_{name}.j2k", jp2(source, signed=True, no_jp2=True)
        for bits in 1, 4, 7, 9, 10, 12, 15, 16, 20:
            for sign in 0, 128:
                stream = with_components(bare(source), *[(bits - 1 + sign, 1, 1)] * n)
                yield f"bits_{bits}_{sign}_{name}.j2k", stream
                if sign == 0:
                    yield f"bits_{bits}_{name}.jp2", in_boxes(stream, *source.size, n, bits - 1, colr(SRGB if n > 2 else GREY))
    yield "signed_wide.jp2", jp2(wide, signed=True)
    for bits in 9, 10, 12, 15:
        yield f"wide_{bits}.j2k", with_components(bare(wide), (bits - 1, 1, 1))
        yield f"wide_{bits}.jp2", in_boxes(with_components(bare(wide), (bits - 1, 1, 1)), 17, 13, 1, bits - 1, colr(GREY))
    mixed = with_components(bare(image), (7, 1, 1), (11, 1, 1), (4, 1, 1))
    yield "mixed.j2k", mixed
    yield "mixed.jp2", in_boxes(mixed, 17, 13, 3, 255, colr(SRGB))
    yield "mixed_grey.jp2", in_boxes(bare(grey), 17, 13, 1, 255, colr(GREY))
    yield "ycc_12.jp2", in_boxes(with_components(bare(image), *[(11, 1, 1)] * 3), 17, 13, 3, 11, colr(YCC))
    yield "cmyk_12.jp2", in_boxes(with_components(bare(clear), *[(11, 1, 1)] * 4), 18, 14, 4, 11, colr(CMYK))


def shared():
    """Pixels that share samples: the codestream's components get another size in its header."""
    image, clear = picture(16, 12), picture(16, 12, alpha=True)
    for name, dx, dy in ("420", 2, 2), ("422", 2, 1), ("411", 4, 1):
        stream = with_components(bare(image), (7, 1, 1), (7, dx, dy), (7, dx, dy))
        yield f"shared_{name}.j2k", stream
        yield f"shared_{name}_ycc.jp2", in_boxes(stream, 16, 12, 3, 7, colr(YCC))
        yield f"shared_{name}_rgb.jp2", in_boxes(stream, 16, 12, 3, 7, colr(SRGB))
    yield "shared_all.j2k", with_components(bare(image), *[(7, 2, 2)] * 3)
    yield "shared_alpha.j2k", with_components(bare(clear), *[(7, 1, 1)] * 3, (7, 2, 2))
    yield "shared_ycc_alpha.j2k", with_components(bare(clear), (7, 1, 1), (7, 2, 2), (7, 2, 2), (7, 1, 1))
    yield "shared_grey.j2k", with_components(bare(image.convert("L")), (7, 2, 2))
    yield "shared_odd.j2k", with_components(bare(picture(15, 11)), (7, 1, 1), (7, 2, 2), (7, 2, 2))
    yield "shared_tiles.j2k", with_components(bare(image, tile_size=(5, 5)), (7, 1, 1), (7, 2, 2), (7, 2, 2))


def broken():
    whole = jp2(picture(45, 37))
    for share in 2, 20:
        yield f"truncated_{share}.jp2", whole[:len(whole) * share // 100]
    yield "only_mark.j2k", CODESTREAM
    yield "more_bytes.jp2", whole + b"more"


if __name__ == "__main__":
    record("jp2", [*stills(), *grids(), *colours(), *samples(), *shared(), *broken()],
           refused=("palette.jp2", "header_of_3.jp2", "shared_odd.j2k", "shared_tiles.j2k"))
