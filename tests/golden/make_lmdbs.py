#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes lmdbs/, and lmdbs.inc: the entries of each of them, as LMDB itself reads them. Also writes a seed of the fuzz
target with pages of 512 bytes, which LMDB makes on no machine here.

    make_lmdbs.py > lmdbs.inc      (in tests/golden; lmdb 3.0.0 with LMDB 0.9.36)

Values are short texts instead of images, or Caffe Datums around them.
"""
import os
import shutil
import struct
import tempfile

import lmdb

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "lmdbs")


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def datum(data, label, shape=(3, 2, 2), encoded=True):
    """Caffe's message Datum; None leaves a field out."""
    out = b"".join(bytes([number << 3]) + varint(value) for number, value in zip((1, 2, 3), shape or ()))
    out += b"\x22" + varint(len(data)) + data
    if label is not None:
        out += b"\x28" + varint(label)
    return out + (b"\x38\x01" if encoded else b"")


def make(name, rounds, **options):
    """Each round is a transaction: a list of (key, value), where None deletes the key."""
    with tempfile.TemporaryDirectory() as root:
        environment = lmdb.open(root, map_size=1 << 24, **options)
        for entries in rounds:
            with environment.begin(write=True) as transaction:
                for key, value in entries:
                    if value is None:
                        transaction.delete(key)
                    else:
                        transaction.put(key, value)
        environment.close()
        os.makedirs(os.path.join(OUT, name))
        shutil.copy(os.path.join(root, "data.mdb"), os.path.join(OUT, name, "data.mdb"))


def text(name, n=1):
    return ("value of %s; " % name).encode() * n


def make_all():
    numbers = [(b"%08d" % k, text("%08d" % k, 1 + k % 5 * 3)) for k in range(60)]
    about = [(b"__len__", b"60"), (b"__keys__", b"many")]
    make("numbers", [numbers + about])
    make("large", [[(b"a", text("a", 200)), (b"b", text("b")), (b"c", text("c", 341))]])
    paths = [("%s/%d.jpg" % (name, k)).encode() for name in ("cat", "dog 2", "dog 10") for k in (1, 10, 2)]
    make("paths", [[(path, text(path.decode())) for path in paths]])
    make("binary-keys", [[(struct.pack("<I", k), text(str(k))) for k in (1, 258, 65536)]])
    make("changed", [numbers[:30], [(key, None) for key, _ in numbers[:30:3]], numbers[40:], numbers[:3]])
    make("datums", [[(b"%04d" % k, datum(text(str(k), 1 + 60 * (k % 2)), k % 3, (3, 2, 2) if k % 2 else None))
                     for k in range(9)] + [(b"no-label", datum(text("no label"), None)), (b"negative", datum(text("n"), -1))]])
    make("pixels", [[(b"%d" % k, datum(bytes(range(65 + k, 65 + k + c * h * w)), k, (c, h, w), encoded=False))
                     for k, (c, h, w) in enumerate([(3, 2, 2), (3, 1, 5), (1, 4, 3)])]])
    make("refused-floats", [[(b"0", b"\x08\x01\x10\x01\x18\x01" + b"\x35" + struct.pack("<f", 0.5))]])
    make("refused-shape", [[(b"0", datum(bytes(12), 1, (3, 2, 3), encoded=False))]])
    make("refused-mixture", [[(b"0", datum(bytes(12), 1, encoded=False)), (b"1", datum(b"image", 1))]])
    make("refused-pickle", [[(b"0", b"\x80\x04\x95\0")]])
    make("refused-msgpack", [[(b"0", b"\x92\xc4\x01a\x01")]])
    with tempfile.TemporaryDirectory() as root:
        environment = lmdb.open(root, map_size=1 << 24, max_dbs=2)
        database = environment.open_db(b"named")
        with environment.begin(write=True, db=database) as transaction:
            transaction.put(b"key", b"value")
        environment.close()
        os.makedirs(os.path.join(OUT, "refused-named"))
        shutil.copy(os.path.join(root, "data.mdb"), os.path.join(OUT, "refused-named", "data.mdb"))


def small_pages(size=512):
    """A tree of a branch and two leaves, with a Datum, an inline value and one on a page of its own."""
    def head(number, flags, lower, upper=size):
        return struct.pack("<QHHHH", number, 0, flags, lower, upper)

    def page(number, flags, nodes):
        places, body = [], b""
        for node in nodes:
            places.append(size - len(body) - len(node))
            body = node + body
        lower = 16 + 2 * len(nodes)
        raw = head(number, flags, lower, size - len(body)) + struct.pack("<%dH" % len(places), *places)
        return raw.ljust(size - len(body), b"\0") + body

    def leaf(key, length, flags, value):
        return struct.pack("<IHH", length, flags, len(key)) + key + value

    def meta(number, transaction):
        free = struct.pack("<IHHQQQQQ", size, 0, 0, 0, 0, 0, 0, (1 << 64) - 1)
        tree = struct.pack("<IHHQQQQQ", 0, 0, 2, 1, 2, 1, 3, 2)
        return (head(number, 8, 0) + struct.pack("<IIQQ", 0xBEEFC0DE, 1, 0, 1 << 20) + free + tree +
                struct.pack("<QQ", 5, transaction)).ljust(size, b"\0")

    small = datum(b"image", 7)
    branch = page(2, 1, [struct.pack("<IHH", 3, 0, 0), struct.pack("<IHH", 4, 0, 1) + b"c"])
    first = page(3, 2, [leaf(b"a", len(small), 0, small), leaf(b"b", 5, 0, b"plain")])
    second = page(4, 2, [leaf(b"c", 100, 1, struct.pack("<Q", 5))])
    large = (head(5, 4, 1, 0) + datum(bytes(86), 3)).ljust(size, b"\0")
    return meta(0, 0) + meta(1, 1) + branch + first + second + large


def quoted(raw):
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._- ()[]~;"
    return '"' + "".join(chr(c) if c in plain else "\\%03o" % c for c in raw) + '"'


def unwrap(name, value):
    """The bytes and the label of a value."""
    if name not in ("datums", "pixels"):
        return value, -1
    at, label, data = 0, -1, b""
    while at < len(value):
        number, form = value[at] >> 3, value[at] & 7
        at, n, shift = at + 1, 0, 0
        while True:
            n |= (value[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if value[at - 1] < 128:
                break
        if form == 2:
            data, at = value[at:at + n], at + n
        elif number == 5:
            label = n if n < 1 << 63 else -1
    return data, label


def record(name):
    environment = lmdb.open(os.path.join(OUT, name), readonly=True, lock=False)
    with environment.begin() as transaction:
        entries = [(bytes(key), bytes(value)) for key, value in transaction.cursor() if not key.startswith(b"__")]
    environment.close()
    classes = sorted({key.split(b"/")[0] for key, _ in entries if b"/" in key},
                     key=lambda folder: (folder.split()[0], int(folder.split()[1]) if b" " in folder else 0))
    print("{%s, NULL, %d}," % (quoted(name.encode()), len(entries)))
    for key, value in entries:
        data, label = unwrap(name, value)
        if b"/" in key:
            label = classes.index(key.split(b"/")[0])
        shown = key.hex().encode() if b"\0" in key else key
        print("{%s, %s, %d}," % (quoted(shown), quoted(data), label))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    make_all()
    with open(os.path.join(HERE, "../fuzz/lmdb/small-pages"), "wb") as file:
        file.write(small_pages())
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by make_lmdbs.py with lmdb 3.0.0: a data set and its number of entries; then their keys, bytes and")
    print(" * labels. */")
    for name in sorted(os.listdir(OUT)):
        if not name.startswith("refused"):
            record(name)


if __name__ == "__main__":
    main()
