#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes folder.inc: a tree of files, with timm's order and labels.

    make_folder.py > folder.inc      (timm 1.0.31)

No two names of the tree have the same key in timm, as "a1" and "A01" would: their order would depend on the file
system.
"""
import os
import tempfile

from timm.data.readers.reader_image_folder import ReaderImageFolder
from timm.utils.misc import natural_key

CLASSES = [b"n1", b"n2", b"n10", b"n01440764", b"n03", b"Dog", b"cat", b"a b", b"a-b", b"a/b", b"x", b"x1", b"x 1", b"x.1",
           b"deep/er/n2", b"other/n2", b"n2/n2", b"10", b"9", b"_", b"[", b"caf\xc3\xa9", b"\xe6\x97\xa5\xe6\x9c\xac",
           b".hidden", b"99999999999999999999999", b"100000000000000000000000"]
FILES = [b"1.jpg", b"2.JPG", b"10.jpeg", b"img_3.Jpg", b"img_20.png", b"IMG_4.PNG", b"a.b.jpg", b"..x.jpg", b"sp ace (1).jpg",
         b"\xc3\xa9.jpg", b"-.jpg", b"~.jpg", b"0007.jpg", b"q\"uote.jpg", b"new\nline.jpg", b"tab\t.jpg", b"back\\slash.jpg"]
ROOT = [b"5.jpg", b"root.png", b"Zebra.jpeg", b"0.jpg"]
NOT_IMAGES = [b"n1/notes.txt", b"n2/.jpg", b"n2/...png", b"n10/jpg", b"n10/a.jpg.bak", b"empty/readme", b"cat/a.webp",
              b"cat/a.jpg~", b"cat/a.jpg ", b"x/a.jpgx"]


def tree():
    paths = list(ROOT)
    for k, folder in enumerate(CLASSES):
        paths += [folder + b"/" + name for j, name in enumerate(FILES) if (j * 7 + k * 3) % 5 < 2]
    # Bytes that are not UTF-8, at places where the order does not depend on how they are decoded.
    return paths + [b"cat/zz\xff.jpg", b"cat/zz\xffa.jpg", b"\xfe\xff/1.jpg"]


def has_ties(names):
    keys = sorted(map(natural_key, names))
    return any(a == b for a, b in zip(keys, keys[1:]))


def quoted(path):
    plain = b'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._- ()[]~'
    return '"' + "".join(chr(c) if c in plain else "\\%03o" % c for c in path) + '"'


def main():
    with tempfile.TemporaryDirectory() as root:
        for path in tree() + NOT_IMAGES:
            full = os.path.join(os.fsencode(root), path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            open(full, "xb").close()
        reader = ReaderImageFolder(root)
        assert not has_ties(reader.class_to_idx) and not has_ties(name for name, _ in reader.samples)
        print("/* SPDX-License-Identifier: MIT */")
        print("/* Made by make_folder.py with timm 1.0.31: path and label in timm's order; label -1: not a sample. */")
        for k in range(len(reader)):
            print("{%s, %d}," % (quoted(os.fsencode(reader.filename(k))), reader.samples[k][1]))
        for path in NOT_IMAGES:
            print("{%s, -1}," % quoted(path))


main()
