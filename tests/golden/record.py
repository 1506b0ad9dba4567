# SPDX-License-Identifier: MIT
"""Records what Pillow makes of small files: used by make_webp.py, make_avif.py, make_tiff.py.

FOLDER/files.bin has the files one after the other. Each line of FOLDER/golden.txt is

    NAME BYTES VERDICT WIDTH HEIGHT ORIENTATION RGB L RGBA

with VERDICT ok or error (then the other fields are 0). ORIENTATION is the one that
ImageOps.exif_transpose uses after load. RGB, L and RGBA are 64-bit FNV-1a hashes of the pixels' bytes after
convert, row after row, channels interleaved; 0: Pillow has no such conversion. The C tests read it (tests/c/golden_files.h).
"""
import io
import pathlib
import random
import warnings

import PIL
from PIL import Image, ImageOps

ERROR = "error 0 0 0 0 0 0"
MODES = ("RGB", "L", "RGBA")
TURNS = {None: 1, Image.Transpose.FLIP_LEFT_RIGHT: 2, Image.Transpose.ROTATE_180: 3,
         Image.Transpose.FLIP_TOP_BOTTOM: 4, Image.Transpose.TRANSPOSE: 5, Image.Transpose.ROTATE_270: 6,
         Image.Transpose.TRANSVERSE: 7, Image.Transpose.ROTATE_90: 8}


def fnv(data):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def picture(width, height, alpha=False):
    """Slopes, hard coloured edges and some noise; with alpha, clear and half clear parts."""
    rng = random.Random(width * 1000 + height)
    image = Image.new("RGBA" if alpha else "RGB", (width, height))
    for y in range(height):
        for x in range(width):
            edge = 200 if (x // 5 + y // 3) % 2 else 20
            noise = rng.randrange(-12, 13)
            pixel = [max(0, min(255, v + noise)) for v in (x * 255 // width, edge, 255 - y * 255 // height)]
            if alpha:
                pixel.append((0, 90, 255)[(x // 4 + y // 6) % 3])
            image.putpixel((x, y), tuple(pixel))
    return image


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def xmp(orientation):
    return f'<x:xmpmeta><rdf:Description tiff:Orientation="{orientation}"/></x:xmpmeta>'.encode()


def orientation_of(image):
    """The turn that exif_transpose makes, found by what it does."""
    turned = ImageOps.exif_transpose(image)
    for turn, number in TURNS.items():
        same = image if turn is None else image.transpose(turn)
        if same.size == turned.size and same.tobytes() == turned.tobytes():
            return number
    raise ValueError("exif_transpose did what no turn does")


def hash_of(image, mode):
    try:
        return f"{fnv(image.convert(mode).tobytes()):016x}"
    except ValueError:
        return "0"


def result_of(data, image=None):
    """Returns the fields after BYTES. `image` is what the file shows, if Pillow cannot open it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = image or Image.open(io.BytesIO(data))
            image.load()
            turn = orientation_of(image)
            hashes = [hash_of(image, mode) for mode in MODES]
        if set(hashes) == {"0"}:
            return ERROR
    except Exception:  # a broken file may raise anything
        return ERROR
    return f"ok {image.width} {image.height} {turn} {' '.join(hashes)}"


def record(name, files, refused=()):
    """Writes the files, a list of names, bytes, and perhaps images, into the folder of that name.

    `refused` names files that tench refuses though Pillow reads them: their verdict is error.
    """
    assert PIL.__version__ == "13.0.0", PIL.__version__
    folder = pathlib.Path(__file__).parent / name
    folder.mkdir(exist_ok=True)
    lines = [f"{file_name} {len(data)} {ERROR if file_name in refused else result_of(data, *image)}\n" for file_name, data, *image in files]
    (folder / "files.bin").write_bytes(b"".join(file[1] for file in files))
    (folder / "golden.txt").write_text("".join(lines))
    print(f"{len(lines)} files, {sum(line.split()[2] == 'ok' for line in lines)} of them are images")
