#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/avif: small AVIF files, and Pillow's results for them (record.py). Those of 10 and 12 bits are
written by deep_avif.c, with the library that is installed (Debian's 0.11.1)."""
import pathlib
import subprocess
import tempfile

from record import encode, exif, picture, record, xmp


def avif(image, **options):
    return encode(image, "AVIF", **{"speed": 6, **options})


def stills():
    image, clear = picture(45, 37), picture(46, 38, alpha=True)
    for sampling in "4:2:0", "4:2:2", "4:4:4", "4:0:0":
        name = sampling.replace(":", "")
        for span in "full", "limited":
            yield f"{name}_{span}.avif", avif(image, subsampling=sampling, range=span)
            yield f"{name}_{span}_alpha.avif", avif(clear, subsampling=sampling, range=span)
    yield "grey.avif", avif(image.convert("L"))
    yield "quality_100.avif", avif(image, quality=100, subsampling="4:4:4")
    yield "premultiplied.avif", avif(clear, alpha_premultiplied=True)
    for width, height in (1, 1), (2, 2), (3, 1), (1, 9), (16, 16), (17, 33), (97, 2):
        yield f"420_{width}x{height}.avif", avif(picture(width, height), subsampling="4:2:0")
        yield f"444_{width}x{height}.avif", avif(picture(width, height, alpha=True), subsampling="4:4:4")


def metadata():
    image = picture(23, 11)
    for orientation in range(1, 9):
        yield f"exif_{orientation}.avif", avif(image, exif=exif(orientation))
    yield "xmp_6.avif", avif(image, xmp=xmp(6))
    yield "exif_1_xmp_6.avif", avif(image, exif=exif(1), xmp=xmp(6))
    yield "icc.avif", avif(image, icc_profile=b"a profile that means nothing")


FORMATS, MATRICES = {"444": 1, "422": 2, "420": 3, "400": 4}, {"identity": 0, "709": 1, "601": 6, "ycgco": 8, "2020": 9}


def deep():
    """Files of 10 and 12 bits."""
    with tempfile.TemporaryDirectory() as folder:
        program, out = pathlib.Path(folder) / "deep_avif", pathlib.Path(folder) / "out.avif"
        source = pathlib.Path(__file__).parent / "deep_avif.c"
        subprocess.run(["cc", "-o", program, source, "-lavif", "-lm"], check=True)

        def made(bits, sampling, full=1, matrix="601", alpha=0):
            numbers = 45, 37, bits, FORMATS[sampling], full, MATRICES[matrix], alpha
            subprocess.run([program, out, *map(str, numbers)], check=True)
            span = "full" if full else "limited"
            clear = ("", "_alpha", "_premultiplied")[alpha]
            return f"{bits}_bits_{sampling}_{span}_{matrix}{clear}.avif", out.read_bytes()

        for bits in 10, 12:
            for sampling in FORMATS:
                yield made(bits, sampling)
                yield made(bits, sampling, alpha=1)
                yield made(bits, sampling, full=0, alpha=2)
            for matrix in "709", "2020", "ycgco":
                yield made(bits, "420", matrix=matrix)
            yield made(bits, "420", full=0, matrix="709")
            yield made(bits, "444", matrix="identity")
            yield made(bits, "400", matrix="identity")


def broken():
    whole = avif(picture(45, 37))
    yield "frames.avif", avif(picture(21, 17), save_all=True, append_images=[picture(21, 17).rotate(180)])
    for share in 10, 30, 60, 99:
        yield f"truncated_{share}.avif", whole[:len(whole) * share // 100]
    yield "zeros.avif", whole[:-60] + bytes(60)
    yield "more_bytes.avif", whole + b"more"
    yield "only_brand.avif", whole[:32]


if __name__ == "__main__":
    record("avif", [*stills(), *metadata(), *deep(), *broken()])
