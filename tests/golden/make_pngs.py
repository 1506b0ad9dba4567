#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/golden/png: small PNG files, and Pillow's results for them.

Run make_pngs.py with the Pillow of requirements.txt. Each line of png/golden.txt is

    NAME VERDICT WIDTH HEIGHT ORIENTATION RGB L RGBA KEEP INDEX

with VERDICT ok or error (then no other fields follow). RGB, L and RGBA are the 64-bit FNV-1a hashes
of the pixels' bytes after Pillow's convert, row after row, channels interleaved. KEEP and INDEX are
those of the samples that the file was made of, because Pillow has no such modes: KEEP of at most 8
bits is Pillow's own image, KEEP of 16 bits has samples of two bytes, the lower one first. A minus
sign means that the mode does not take the file, or that the case is not about it.
"""

import io
import pathlib
import random
import struct
import warnings
import zlib

from PIL import Image

FOLDER = pathlib.Path(__file__).parent / "png"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
COLOURS = bytes(random.Random(1).randrange(256) for _ in range(768))
NAMES = {(GREY, 0): "grey", (RGB, 0): "rgb", (PALETTE, 0): "palette", (GREY_ALPHA, 0): "grey_alpha", (RGB_ALPHA, 0): "rgba"}


def chunk(name, content=b"", crc=None):
    crc = zlib.crc32(name + content) if crc is None else crc
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


def header(width, height, bits=8, colour=RGB, interlace=0, compression=0, method=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, compression, method, interlace))


END = chunk(b"IEND")


def idat(stream, split=0, crc=None, between=b""):
    if not split:
        return chunk(b"IDAT", stream, crc)
    return between.join(chunk(b"IDAT", stream[k:k + split], crc) for k in range(0, len(stream), split))


def draw_samples(width, height, bits, colour):
    """Slopes with noise, so that every filter is worth something. A list of rows of samples."""
    rng = random.Random(width * 1000 + height * 10 + bits + colour)
    most, n = (1 << bits) - 1, SAMPLES[colour]
    slope = [rng.randrange(1, 4) for _ in range(n)]
    return [[(most * (x * slope[c] + y * 2) // (2 * (width + height)) + rng.randrange(-(most // 9) - 1, most // 9 + 2))
             & most for x in range(width) for c in range(n)] for y in range(height)]


def pack(samples, bits):
    if bits == 16:
        return struct.pack(f">{len(samples)}H", *samples)
    a_byte = 8 // bits
    samples = samples + [0] * (-len(samples) % a_byte)
    return bytes(sum(v << bits * (a_byte - 1 - k) for k, v in enumerate(samples[at:at + a_byte]))
                 for at in range(0, len(samples), a_byte))


def predict(kind, left, above, corner):
    if kind == 4:
        p = left + above - corner
        return min((abs(p - left), 0, left), (abs(p - above), 1, above), (abs(p - corner), 2, corner))[2]
    return (0, left, above, (left + above) // 2)[kind]


def filter_rows(rows, step, kinds):
    """Filters packed rows. `kinds`: the filters, used in turn."""
    out, before = b"", bytes(len(rows[0])) if rows else b""
    for y, row in enumerate(rows):
        kind = kinds[y % len(kinds)]
        out += bytes((kind,)) + bytes(
            (row[i] - predict(kind, row[i - step] if i >= step else 0, before[i], before[i - step] if i >= step else 0))
            & 255 for i in range(len(row)))
        before = row
    return out


def raw(samples, bits, colour, interlaced=False, kinds=(0, 1, 2, 3, 4, 4, 2, 4, 3, 3, 4, 4, 4, 4, 1)):
    n, step = SAMPLES[colour], max(1, SAMPLES[colour] * bits // 8)
    if not interlaced:
        return filter_rows([pack(row, bits) for row in samples], step, kinds)
    out = b""
    for x, y, dx, dy in ADAM7:
        rows = [[v for k in range(x, len(row) // n, dx) for v in row[k * n:k * n + n]] for row in samples[y::dy]]
        if rows and rows[0]:
            out += filter_rows([pack(row, bits) for row in rows], step, kinds)
    return out


def fnv(content):
    value = 14695981039346656037
    for byte in content:
        value = (value ^ byte) * 1099511628211 & (1 << 64) - 1
    return f"{value:016x}"


class Case:
    """A file, and what is known of it without Pillow."""

    def __init__(self, name, content, samples=None, bits=8, colour=RGB, key=None):
        self.name, self.content = name, content
        self.samples, self.bits, self.colour, self.key = samples, bits, colour, key

    def keep(self, image):
        transparent = image.info.get("transparency", b"") != b"" or self.colour & 4
        if self.samples is None:
            return "-"
        if self.bits < 16:
            mode = "RGBA" if transparent else "L" if self.colour == GREY else "RGB"
            return fnv(image.convert(mode).tobytes())
        n, out = SAMPLES[self.colour], b""
        for row in self.samples:
            for k in range(0, len(row), n):
                colour = tuple(row[k:k + (1 if self.colour in (GREY, GREY_ALPHA) else 3)])
                alpha = row[k + n - 1] if self.colour & 4 else 0 if colour == self.key else 65535
                pixel = colour * 3 if len(colour) == 1 and transparent else colour
                out += struct.pack(f"<{len(pixel)}H", *pixel) + (struct.pack("<H", alpha) if transparent else b"")
        return fnv(out)

    def index(self):
        if self.samples is None or self.bits > 8 or self.colour not in (GREY, PALETTE):
            return "-"
        return fnv(bytes(v for row in self.samples for v in row))

    def line(self):
        try:
            with Image.open(io.BytesIO(self.content)) as image:
                hashes = [fnv(image.convert(mode).tobytes()) for mode in ("RGB", "L", "RGBA")]
                turn = image.getexif().get(274, 1)
                return " ".join((self.name, "ok", str(image.width), str(image.height), str(turn), *hashes,
                                 self.keep(image), self.index()))
        except Exception:  # a broken file may raise anything
            return f"{self.name} error"


def kinds():
    """Each kind of pixels, plain and interlaced."""
    for colour, depths in ((GREY, (1, 2, 4, 8, 16)), (RGB, (8, 16)), (PALETTE, (1, 2, 4, 8)), (GREY_ALPHA, (8, 16)),
                           (RGB_ALPHA, (8, 16))):
        for bits in depths:
            palette = chunk(b"PLTE", COLOURS[:3 << bits]) if colour == PALETTE else b""
            for interlaced in (False, True):
                samples = draw_samples(19, 13, bits, colour)
                yield Case(f"{NAMES[colour, 0]}{bits}{'_adam7' if interlaced else ''}",
                           SIGNATURE + header(19, 13, bits, colour, interlaced) + palette
                           + idat(zlib.compress(raw(samples, bits, colour, interlaced)), 100) + END,
                           samples, bits, colour)


def sizes():
    for width, height in ((1, 1), (2, 1), (1, 2), (3, 3), (4, 5), (5, 4), (1, 9), (9, 1), (7, 8), (33, 2), (2, 33)):
        for bits, colour in ((8, RGB), (2, GREY)):
            samples = draw_samples(width, height, bits, colour)
            yield Case(f"adam7_{NAMES[colour, 0]}{bits}_{width}x{height}",
                       SIGNATURE + header(width, height, bits, colour, 1)
                       + idat(zlib.compress(raw(samples, bits, colour, True))) + END, samples, bits, colour)


def filters():
    for kind, name in enumerate(("none", "sub", "up", "average", "paeth")):
        for bits, colour in ((8, RGB), (8, RGB_ALPHA), (16, GREY)):
            samples = draw_samples(23, 10, bits, colour)
            yield Case(f"filter_{name}_{NAMES[colour, 0]}{bits}",
                       SIGNATURE + header(23, 10, bits, colour)
                       + idat(zlib.compress(raw(samples, bits, colour, kinds=(kind,)))) + END, samples, bits, colour)


def transparency():
    """Colours that are transparent, by a key or by a palette's alpha."""
    for bits, colour in ((1, GREY), (2, GREY), (4, GREY), (8, GREY), (16, GREY), (8, RGB), (16, RGB)):
        samples = draw_samples(9, 7, bits, colour)
        n = SAMPLES[colour]
        key = tuple(samples[3][4 * n:5 * n])
        scaled = tuple(v * 255 // ((1 << bits) - 1) for v in key) if bits < 8 else key
        for name, value in (("key", key), ("scaled_key", scaled), ("high_key", tuple(v | 0x100 for v in key))):
            yield Case(f"{name}_{NAMES[colour, 0]}{bits}",
                       SIGNATURE + header(9, 7, bits, colour) + chunk(b"tRNS", struct.pack(f">{n}H", *value))
                       + idat(zlib.compress(raw(samples, bits, colour))) + END, samples, bits, colour, value)
    for bits in (1, 4, 8):
        samples = draw_samples(9, 7, bits, PALETTE)
        for name, alpha in (("one", b"\xff\x00\xff"), ("some", bytes(range(40, 40 + min(1 << bits, 9)))), ("none", b""),
                            ("newline", b"\xff\x00\x0a")):
            yield Case(f"alpha_{name}_palette{bits}",
                       SIGNATURE + header(9, 7, bits, PALETTE) + chunk(b"PLTE", COLOURS[:3 << bits])
                       + chunk(b"tRNS", alpha) + idat(zlib.compress(raw(samples, bits, PALETTE))) + END,
                       samples, bits, PALETTE)


W, H = 5, 4
ROWS = draw_samples(W, H, 8, RGB)
PLAIN = raw(ROWS, 8, RGB)
STREAM = zlib.compress(PLAIN)
ROW = 3 * W + 1
FAR = zlib.compressobj(9, zlib.DEFLATED, 9)
SMALL_WINDOW = FAR.compress(PLAIN) + FAR.flush()


def png(before=b"", data=None, after=END, head=header(W, H)):
    return SIGNATURE + head + before + (idat(STREAM) if data is None else data) + after


def spoil(stream, at, by=1):
    stream = bytearray(stream)
    stream[at] ^= by
    return bytes(stream)


def zlib_head(cmf, flag=0):
    return bytes((cmf, flag | (31 - (cmf * 256 + flag) % 31) % 31))


def stored(content):
    """A zlib stream of one stored block, without a checksum."""
    return b"\x78\x01\x01" + struct.pack("<HH", len(content), len(content) ^ 0xffff) + content


def streams():
    """Image data that end early or late, or are damaged."""
    yield "wrong_sum", png(data=idat(spoil(STREAM, -1)))
    yield "wrong_sum_in_next_piece", png(data=idat(spoil(STREAM, -1), len(STREAM) - 4))
    yield "wrong_sum_in_two_pieces", png(data=idat(spoil(STREAM, -3), len(STREAM) - 2))
    yield "no_sum", png(data=idat(STREAM[:-4]))
    yield "half_a_sum", png(data=idat(STREAM[:-2]))
    yield "wrong_crc_of_data", png(data=idat(STREAM, crc=1))
    yield "half_the_rows", png(data=idat(zlib.compress(PLAIN[:2 * ROW])))
    yield "half_the_rows_sum_apart", png(data=idat(zlib.compress(PLAIN[:2 * ROW]), len(zlib.compress(PLAIN[:2 * ROW])) - 4))
    yield "half_the_rows_wrong_sum", png(data=idat(spoil(zlib.compress(PLAIN[:2 * ROW]), -1)))
    yield "no_rows", png(data=idat(zlib.compress(b"")))
    yield "half_a_row", png(data=idat(zlib.compress(PLAIN[:2 * ROW + 5])))
    yield "half_the_rows_adam7", png(data=idat(zlib.compress(raw(ROWS, 8, RGB, True)[:24])), head=header(W, H, interlace=1))
    yield "half_the_rows_palette", png(chunk(b"PLTE", COLOURS[:30]), idat(zlib.compress(b"\0\1\2\3\4\5")),
                                       head=header(W, H, 8, PALETTE))
    yield "half_the_rows_rgba", png(data=idat(zlib.compress(raw(draw_samples(W, H, 8, RGB_ALPHA), 8, RGB_ALPHA)[:42])),
                                    head=header(W, H, 8, RGB_ALPHA))
    yield "too_many_rows", png(data=idat(zlib.compress(PLAIN + PLAIN)))
    yield "more_data_that_is_bad", png(data=idat(stored(PLAIN) + b"\7\7\7"))
    yield "bad_block_after_rows", png(data=idat(b"\x78\x01\x00" + stored(PLAIN)[3:] + b"\7"))
    yield "stored_block", png(data=idat(stored(PLAIN) + struct.pack(">I", zlib.adler32(PLAIN))))
    yield "filter_5", png(data=idat(zlib.compress(b"\5" + PLAIN[1:])))
    yield "filter_5_in_last_row", png(data=idat(zlib.compress(PLAIN[:3 * ROW] + b"\5" + PLAIN[3 * ROW + 1:])))
    yield "filter_255_adam7", png(data=idat(zlib.compress(b"\xff" + PLAIN)), head=header(W, H, interlace=1))
    yield "small_window", png(data=idat(SMALL_WINDOW))
    yield "window_of_64_kib", png(data=idat(zlib_head(0x88) + STREAM[2:]))
    yield "dictionary", png(data=idat(zlib_head(0x78, 0x20) + STREAM[2:]))
    yield "wrong_head", png(data=idat(b"\x78\x9d" + STREAM[2:]))
    yield "wrong_method", png(data=idat(zlib_head(0x79) + STREAM[2:]))
    yield "raw_deflate", png(data=idat(STREAM[2:-4]))
    yield "spoiled_stream", png(data=idat(spoil(STREAM, 9, 255)))
    yield "pieces_of_one_byte", png(data=idat(STREAM, 1))
    yield "empty_pieces", png(data=idat(STREAM, 9, between=chunk(b"IDAT")))
    yield "empty_piece_first", png(data=chunk(b"IDAT") + idat(STREAM))
    yield "text_between_pieces", png(data=idat(STREAM, 9, between=chunk(b"tEXt", b"a\0b")))
    yield "other_data_name", png(data=idat(STREAM[:9]) + chunk(b"DDAT", STREAM[9:]))
    yield "cut_in_data", png()[:-30]
    yield "cut_before_sum", png()[:-12 - 4 - 4]
    yield "cut_in_sum", png()[:-12 - 4 - 2]
    yield "cut_after_sum", png()[:-12 - 4]
    yield "length_beyond_file", SIGNATURE + header(W, H) + struct.pack(">I", 1 << 31) + b"IDAT" + STREAM


def ends():
    """What follows the image data."""
    text = chunk(b"tEXt", b"a\0b")
    yield "no_end", png(after=b"")
    yield "no_crc_of_data", png(after=b"")[:-4]
    yield "wrong_crc_of_end", png(after=chunk(b"IEND", b"", 1))
    yield "junk_after_data", png(after=b"\0\0\0\5\1\2\3\4abcde")
    yield "junk_after_end", png(after=END + b"anything at all")
    yield "text_wrong_crc_after_data", png(after=chunk(b"tEXt", b"a\0b", 5) + END)
    yield "text_cut_after_data", png(after=text[:-6])
    yield "text_without_crc_after_data", png(after=text[:-4])
    yield "unknown_cut_after_data", png(after=chunk(b"prVt", b"a\0b")[:-6])
    yield "data_cut_after_data", png(after=idat(STREAM)[:-9])
    yield "header_short_after_data", png(after=chunk(b"IHDR", b"abc") + END)
    yield "header_method_after_data", png(after=header(W, H, method=1) + END)
    yield "other_header_after_data", png(after=header(9, 9) + END)
    yield "palette_after_data", png(after=chunk(b"PLTE", b"abcd") + END)
    yield "gamma_short_after_data", png(after=chunk(b"gAMA", b"abc") + END)
    yield "profile_method_after_data", png(after=chunk(b"iCCP", b"x\0\1abc") + END)
    yield "frame_after_data", png(after=frame(0) + END)
    yield "frame_out_of_order_after_data", png(after=frame(4) + END)
    yield "frame_data_after_data", png(after=chunk(b"fdAT", struct.pack(">I", 0) + STREAM) + END)
    yield "animated_bad_frame_after_data", png(animation(2), after=frame(7) + END)
    yield "animated_bad_frame_after_text", png(animation(1) + frame(0), after=text + frame(7) + END)


def chunks():
    """Chunks before the image data."""
    yield "plain", png()
    yield "empty", SIGNATURE
    yield "no_signature", png()[1:]
    yield "header_only", SIGNATURE + header(W, H)
    yield "no_data", SIGNATURE + header(W, H) + END
    yield "no_header", SIGNATURE + idat(STREAM) + END
    yield "data_before_header", SIGNATURE + idat(STREAM[:9]) + header(W, H) + idat(STREAM) + END
    yield "data_before_legal_header", SIGNATURE + header(W, H, 3, 5) + idat(STREAM) + header(W, H) + idat(STREAM) + END
    yield "cut_in_header", SIGNATURE + header(W, H)[:20]
    yield "text_before_header", SIGNATURE + chunk(b"tEXt", b"a\0b") + header(W, H) + idat(STREAM) + END
    yield "header_short", SIGNATURE + chunk(b"IHDR", header(W, H)[8:20]) + idat(STREAM) + END
    yield "header_long", SIGNATURE + chunk(b"IHDR", header(W, H)[8:21] + b"more") + idat(STREAM) + END
    yield "header_wrong_crc", SIGNATURE + spoil(header(W, H), -1) + idat(STREAM) + END
    yield "two_headers", png(header(3, 2), idat(zlib.compress(raw(draw_samples(3, 2, 8, RGB), 8, RGB))))
    yield "second_header_illegal", png(header(W, H, 3, 5))
    yield "first_header_adam7", png(header(W, H), head=header(W, H, interlace=1),
                                    data=idat(zlib.compress(raw(ROWS, 8, RGB, True))))
    yield "compression_1", png(head=header(W, H, compression=1))
    yield "method_1", png(head=header(W, H, method=1))
    yield "interlace_2", png(head=header(W, H, interlace=2), data=idat(zlib.compress(raw(ROWS, 8, RGB, True))))
    for bits, colour in ((3, 0), (0, 0), (32, 2), (4, 2), (16, 3), (8, 1), (4, 4), (8, 5), (2, 6), (8, 7), (8, 255)):
        yield f"illegal_{bits}_{colour}", png(head=header(W, H, bits, colour))
    yield "no_columns", png(head=header(0, H))
    yield "no_rows_in_header", png(head=header(W, 0))
    yield "apple", SIGNATURE + chunk(b"CgBI", b"\x50\0\x20\2") + png(data=idat(STREAM[2:-4]))[8:]
    yield "wide_as_a_lie", png(head=header(1 << 31, 1))
    for name, least in ((b"gAMA", 4), (b"cHRM", 32), (b"sRGB", 1), (b"pHYs", 9)):
        yield f"{name.decode()}_fits", png(chunk(name, bytes(least)))
        yield f"{name.decode()}_short", png(chunk(name, bytes(least - 1)))
    yield "text_wrong_crc", png(chunk(b"tEXt", b"a\0b", 5))
    yield "private_wrong_crc", png(chunk(b"prVt", b"a\0b", 5))
    yield "unknown_critical", png(chunk(b"ABCD", b"xyz"))
    yield "name_with_digits", png(chunk(b"A_09", b"xyz"))
    yield "name_with_space", png(chunk(b"AB D", b"xyz"))
    yield "length_of_4_gib", SIGNATURE + header(W, H) + b"\xff\xff\xff\xfftEXt" + idat(STREAM) + END
    yield "transparency_rgb_short", png(chunk(b"tRNS", bytes(5)))
    yield "transparency_grey_short", png(chunk(b"tRNS", b"\0"), idat(zlib.compress(bytes(24))), head=header(W, H, 8, GREY))
    yield "transparency_of_rgba", png(chunk(b"tRNS", b"\0"), idat(zlib.compress(bytes(84))), head=header(W, H, 8, RGB_ALPHA))
    yield "palette_of_rgb", png(chunk(b"PLTE", COLOURS[:6]))
    yield "long_palette_of_rgb", png(chunk(b"PLTE", COLOURS + b"abc"))


def texts():
    million = zlib.compress(bytes(1 << 20), 9)
    more = zlib.compress(bytes((1 << 20) + 1), 9)
    for name, prefix in ((b"iCCP", b"x\0\0"), (b"zTXt", b"x\0\0"), (b"iTXt", b"x\0\1\0\0\0")):
        yield f"{name.decode()}_1_mib", png(chunk(name, prefix + million))
        yield f"{name.decode()}_over_1_mib", png(chunk(name, prefix + more))
        yield f"{name.decode()}_over_1_mib_after_data", png(after=chunk(name, prefix + more) + END)
        yield f"{name.decode()}_over_1_mib_wrong_sum", png(chunk(name, prefix + spoil(more, -1)))
        yield f"{name.decode()}_1_mib_wrong_sum", png(chunk(name, prefix + spoil(million, -1)))
        yield f"{name.decode()}_no_zlib", png(chunk(name, prefix + b"abc"))
        yield f"{name.decode()}_empty", png(chunk(name))
        yield f"{name.decode()}_name_only", png(chunk(name, b"abc"))
        yield f"{name.decode()}_name_and_nul", png(chunk(name, b"abc\0"))
        yield f"{name.decode()}_method_1", png(chunk(name, prefix[:-2] + b"\1\1abc"))
    yield "iTXt_plain", png(chunk(b"iTXt", b"x\0\0\0\0\0text"))
    yield "iTXt_method_9", png(chunk(b"iTXt", b"x\0\1\x09\0\0" + more))
    yield "tEXt_empty", png(chunk(b"tEXt"))
    yield "tEXt_no_nul", png(chunk(b"tEXt", b"abc"))


def palettes():
    data = idat(zlib.compress(b"".join(b"\0" + bytes((x + y) % 9 for x in range(W)) for y in range(H))))
    head = header(W, H, 8, PALETTE)
    for name, content in (("empty", b""), ("7_bytes", COLOURS[:7]), ("2_colours", COLOURS[:6]), ("256_colours", COLOURS),
                          ("770_bytes", COLOURS + b"ab"), ("257_colours", COLOURS + b"abc")):
        yield f"palette_{name}", png(chunk(b"PLTE", content), data, head=head)
    yield "palette_missing", png(b"", data, head=head)
    yield "palette_twice", png(chunk(b"PLTE", COLOURS[:60]) + chunk(b"PLTE", COLOURS[99:]), data, head=head)
    yield "palette_before_header", SIGNATURE + chunk(b"PLTE", COLOURS) + head + data + END
    yield "alpha_longer_than_palette", png(chunk(b"PLTE", COLOURS[:12]) + chunk(b"tRNS", bytes(range(9))), data, head=head)
    yield "alpha_before_palette", png(chunk(b"tRNS", bytes(range(9))) + chunk(b"PLTE", COLOURS), data, head=head)


def frame(sequence, width=W, height=H, x=0, y=0):
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, x, y, 1, 10, 0, 0))


def animation(n_frames):
    return chunk(b"acTL", struct.pack(">II", n_frames, 0))


def animations():
    """The place of the image data in animations. `part` fills 3x2 pixels."""
    part_rows = draw_samples(3, 2, 8, RGB)
    part = idat(zlib.compress(raw(part_rows, 8, RGB)))
    again = frame(1) + chunk(b"fdAT", struct.pack(">I", 2) + STREAM) + END
    yield "animation", png(animation(2) + frame(0), after=again)
    yield "animation_of_other_frames", png(animation(1), after=frame(0) + chunk(b"fdAT", struct.pack(">I", 1) + STREAM) + END)
    yield "animation_short", png(chunk(b"acTL", bytes(7)))
    yield "animation_of_0_frames", png(animation(0))
    yield "animation_twice", png(animation(2) + animation(2) + frame(0), after=again)
    yield "frame_smaller", png(animation(2) + frame(0, 3, 2, 1, 1), part, again)
    yield "frame_smaller_without_animation", png(frame(0, 3, 2, 2, 2), part)
    yield "frame_smaller_adam7", png(frame(0, 3, 2, 2, 2), idat(zlib.compress(raw(part_rows, 8, RGB, True))),
                                     head=header(W, H, interlace=1))
    bits2 = draw_samples(3, 2, 2, GREY)
    yield "frame_smaller_grey2", png(frame(0, 3, 2, 1, 2), idat(zlib.compress(raw(bits2, 2, GREY))), head=header(W, H, 2, GREY))
    yield "frame_smaller_palette8", png(chunk(b"PLTE", COLOURS) + frame(0, 3, 2, 1, 2), idat(zlib.compress(bytes(8))),
                                        head=header(W, H, 8, PALETTE))
    yield "frame_outside", png(animation(2) + frame(0, 3, 2, 3, 3), part, again)
    yield "frame_far_outside", png(frame(0, 3, 2, 0xffffffff, 0), part)
    yield "frame_empty", png(frame(0, 0, 0, 2, 2))
    yield "frame_without_columns_at_0", png(frame(0, 0, 2, 0, 1))
    yield "frame_without_rows", png(frame(0, 3, 0, 1, 1))
    yield "frame_short", png(chunk(b"fcTL", bytes(25)))
    yield "frame_before_header", SIGNATURE + frame(0, 0, 0) + header(W, H) + idat(STREAM) + END
    yield "frame_twice", png(frame(0, 3, 2, 1, 1) + frame(1))
    yield "frame_number_1", png(frame(1))
    yield "frame_number_twice", png(frame(0) + frame(0))
    number = struct.pack(">I", 1)
    yield "frame_data_first", png(frame(0), data=chunk(b"fdAT", number + STREAM))
    yield "frame_data_without_frame", png(data=chunk(b"fdAT", bytes(4) + STREAM))
    yield "frame_data_number_2", png(frame(0), data=chunk(b"fdAT", struct.pack(">I", 2) + STREAM))
    yield "frame_data_short", png(frame(0), data=chunk(b"fdAT", number[:3]))
    yield "frame_data_continues", png(frame(0), data=idat(STREAM[:9]) + chunk(b"fdAT", number + STREAM[9:]))
    yield "frame_data_continues_number_2", png(frame(0), data=idat(STREAM[:9]) + chunk(b"fdAT", struct.pack(">I", 2) + STREAM[9:]))
    yield "header_smaller_after_frame", png(frame(0, 5, 4) + header(2, 2))


def metadata():
    def exif(orientation):
        return b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1" + struct.pack(">HHI", orientation, 0, 0)

    xmp = b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="3"/>'
    yield "exif_6", png(chunk(b"eXIf", exif(6)))
    yield "exif_9", png(chunk(b"eXIf", exif(9)))
    yield "exif_prefix_6", png(chunk(b"eXIf", b"Exif\0\0" + exif(6)))
    yield "exif_8_after_data", png(after=chunk(b"eXIf", exif(8)) + END)
    yield "exif_8_after_junk", png(after=b"\0\0\0\0\0\0\0\0" + chunk(b"eXIf", exif(8)) + END)
    yield "exif_twice", png(chunk(b"eXIf", exif(6)) + chunk(b"eXIf", exif(5)))
    yield "xmp_3", png(chunk(b"iTXt", xmp))
    yield "xmp_3_after_data", png(after=chunk(b"iTXt", xmp) + END)
    yield "xmp_3_in_plain_text", png(chunk(b"tEXt", xmp.replace(b"\0\0\0\0\0", b"\0")))
    yield "xmp_3_exif_6", png(chunk(b"iTXt", xmp) + chunk(b"eXIf", exif(6)))


def cases():
    for group in (kinds, sizes, filters, transparency):
        yield from group()
    for group in (streams, ends, chunks, texts, palettes, animations, metadata):
        for name, content in group():
            yield Case(name, content)


def main():
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    lines = []
    for case in cases():
        (FOLDER / f"{case.name}.png").write_bytes(case.content)
        lines.append(case.line() + "\n")
    (FOLDER / "golden.txt").write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
