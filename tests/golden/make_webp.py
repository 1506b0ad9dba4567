#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/webp: small WebP files, and Pillow's results for them (record.py)."""
from record import encode, exif, picture, record, xmp


def webp(image, **options):
    return encode(image, "WEBP", **options)


def chunk(name, content):
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def riff(*chunks):
    content = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def three(number):
    return number.to_bytes(3, "little")


def extended(flags, width, height, *chunks):
    """A file that begins with a VP8X chunk: 2 animation, 4 XMP, 8 EXIF, 16 alpha."""
    return riff(chunk(b"VP8X", bytes((flags, 0, 0, 0)) + three(width - 1) + three(height - 1)), *chunks)


def frame(x, y, image, **options):
    """One frame of an animation, whose picture is a still file without its header."""
    data = webp(image, **options)[12:]
    if data[:4] == b"VP8X":
        data = data[18:]
    head = three(x // 2) + three(y // 2) + three(image.width - 1) + three(image.height - 1) + three(100) + b"\0"
    return chunk(b"ANMF", head + data)


ANIM = chunk(b"ANIM", bytes((10, 20, 30, 255)) + b"\0\0")


def stills():
    image, clear = picture(45, 37), picture(46, 38, alpha=True)
    yield "lossy.webp", webp(image, quality=80)
    yield "lossy_low.webp", webp(image, quality=5)
    yield "lossless.webp", webp(image, lossless=True)
    yield "lossy_alpha.webp", webp(clear, quality=80)
    yield "lossy_alpha_lossy.webp", webp(clear, quality=80, alpha_quality=20)
    yield "lossless_alpha.webp", webp(clear, lossless=True)
    yield "lossless_exact.webp", webp(clear, lossless=True, exact=True)
    yield "lossless_palette.webp", webp(image.quantize(7).convert("RGB"), lossless=True)
    for width, height in (1, 1), (2, 2), (3, 1), (1, 9), (16, 16), (17, 33), (97, 2):
        yield f"lossy_{width}x{height}.webp", webp(picture(width, height))
        yield f"lossless_{width}x{height}.webp", webp(picture(width, height, alpha=True), lossless=True)


def metadata():
    image = picture(23, 11)
    for orientation in range(1, 9):
        yield f"exif_{orientation}.webp", webp(image, exif=exif(orientation))
    yield "xmp_6.webp", webp(image, xmp=xmp(6))
    yield "exif_8_xmp_6.webp", webp(image, exif=exif(8), xmp=xmp(6))
    yield "icc.webp", webp(image, icc_profile=b"a profile that means nothing")


def animations():
    image, clear = picture(21, 17), picture(20, 14, alpha=True)
    yield "frames.webp", webp(image, save_all=True, append_images=[picture(21, 17).rotate(180)])
    yield "frames_alpha.webp", webp(clear, save_all=True, append_images=[clear.rotate(180)])
    yield "frame_inside.webp", extended(2, 40, 30, ANIM, frame(6, 4, image), frame(0, 0, picture(40, 30)))
    yield "frame_inside_alpha.webp", extended(18, 40, 30, ANIM, frame(6, 4, clear, lossless=True))
    yield "frame_at_end.webp", extended(18, 30, 22, ANIM, frame(10, 8, clear))
    yield "frame_without_flag.webp", extended(2, 40, 30, ANIM, frame(6, 4, clear, lossless=True))


def broken():
    whole = webp(picture(45, 37), quality=80)
    clear = webp(picture(46, 38, alpha=True), lossless=True)
    for share in 30, 60, 99:
        yield f"truncated_{share}.webp", whole[:len(whole) * share // 100]
        yield f"truncated_lossless_{share}.webp", clear[:len(clear) * share // 100]
    yield "cut_inside.webp", riff(chunk(b"VP8 ", whole[20:len(whole) // 2]))
    yield "zeros.webp", whole[:60] + bytes(len(whole) - 60)
    yield "more_bytes.webp", whole + b"more"
    yield "size_too_small.webp", whole[:4] + (20).to_bytes(4, "little") + whole[8:]
    yield "size_too_large.webp", whole[:4] + (len(whole) + 20).to_bytes(4, "little") + whole[8:]
    yield "wrong_first_chunk.webp", whole[:12] + b"VP8Z" + whole[16:]
    yield "canvas_of_another_size.webp", extended(0, 50, 40, whole[12:])
    yield "frame_outside.webp", extended(2, 24, 20, ANIM, frame(6, 4, picture(21, 17)))
    yield "no_frame.webp", extended(2, 24, 20, ANIM)
    yield "only_header.webp", whole[:12]


if __name__ == "__main__":
    record("webp", [*stills(), *metadata(), *animations(), *broken()])
