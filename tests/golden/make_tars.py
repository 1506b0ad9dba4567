#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tars/, and tars.inc: the samples that timm finds in each of them.

    make_tars.py      (in tests/golden; timm 1.0.31, GNU tar)

GNU tar and Python's tarfile write the tars. Members hold short texts instead of images: timm's reader does not look at
them. A name loses its empty parts and its "." in tench; this script does that to timm's names. Equal names lie in the
order of the tars, as glob gives them sorted.
"""
import glob
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile

import timm.data.readers.reader_image_in_tar as in_tar

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "tars")
LONG = "long " * 30 + "name"
FILES = ["class10/1.jpg", "class2/10.JPG", "class2/9.jpeg", "class2/b.png", "Zebra/x.Jpg", "caf\u00e9/\u00fc.jpg", "root.jpg",
         "deep/er/class2/7.jpg", "class2/notes.txt", "class2/.hidden.jpg", "class2/.jpg", LONG + "/" + LONG + ".jpg",
         "prefix " * 9 + "/" + "middle " * 9 + "/1.jpg"]


def content(name):
    return ("bytes of " + name).encode()


def write_tree(root, names):
    for name in names:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content(name))


def gnu_tar(name, root, form, what=("*",)):
    """Runs GNU tar with the shell's order of names; it skips names that the format cannot hold."""
    command = "tar --format=%s --sort=name --mtime=@1000000000 --owner=0 --group=0 -b 1 -cf '%s' %s" % (
        form, os.path.join(OUT, name), " ".join(what))
    subprocess.run(["bash", "-c", command], cwd=root, check=False, stderr=subprocess.DEVNULL)


def python_tar(members, form=tarfile.PAX_FORMAT, end=True, **more):
    """Makes a tar of (name, bytes) in memory; None instead of bytes: a folder."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form, **more) as made:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
            info.size = len(data or b"")
            made.addfile(info, io.BytesIO(data or b""))
        size = made.offset
    return raw.getvalue()[:size + (1024 if end else 0)]


def texts(*names):
    return [(name, content(name)) for name in names]


def write(name, raw):
    path = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(raw)


def make_by_gnu_tar():
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, FILES)
        os.symlink("../class10/1.jpg", os.path.join(root, "class2/link.jpg"))
        for form in ("v7", "oldgnu", "gnu", "ustar", "pax"):
            gnu_tar("by-%s.tar" % form, root, form)
        gnu_tar("dot.tar", root, "gnu", ["."])
    # GNU tar keeps times of access in the place of a prefix, where Python's tarfile reads them as a folder.
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, ["in/1.jpg"])
        gnu_tar("incremental.tar", root, "gnu", ["--incremental", "in"])


def make_by_python():
    flat = texts("b 2.jpg", "b 10.jpg", "a.png", "readme")
    write("flat.tar", python_tar(flat))
    write("no-end.tar", python_tar(flat, end=False))
    write("twice.tar", python_tar(texts("x/1.jpg", "y/1.jpg", "x/1.jpg")))
    write("joined.tar", python_tar(flat) + python_tar(texts("lost.jpg")))
    write("one-zero-block.tar", python_tar(flat, end=False) + bytes(512) + python_tar(texts("lost.jpg")))
    write("odd-names.tar", python_tar(texts("a./6.jpg", "w/./1.jpg", "w//2.jpg", "x/3.jpg", "y/.7.jpg", "y/..jpg", "y/jpg")))
    write("dots.tar", python_tar(texts("./x/1.jpg", "./x/y/2.jpg", "./3.jpg")))
    write("slashes.tar", python_tar(texts("/x/1.jpg", "/x/y/2.jpg", "/3.jpg")))
    write("global.tar", python_tar(flat, pax_headers={"comment": "of all members"}))
    write("old-folder.tar", old_folder())
    write("folder/n2.tar", python_tar(texts("n2_1.jpg", "n2_10.jpg", "same.jpg")))
    write("folder/n10.tar", python_tar(texts("n10_1.jpg", "n10_2.jpg", "same.jpg", "other/in.jpg")))
    write("folder/N1.tar", python_tar([("sub", None)] + texts("sub/1.jpg")))
    write("folder/.hidden.tar", python_tar(texts("hidden.jpg")))
    write("folder/upper.TAR", python_tar(texts("upper.jpg")))
    write("folder/below/deep.tar", python_tar(texts("below.jpg")))
    inner = python_tar(texts("1.jpg", "k/2.jpg", "same.jpg"))
    deeper = python_tar(texts("deepest.jpg"))
    inner_with_tar = python_tar(texts("3.jpg") + [("deeper.tar", deeper)])
    nested = texts("same.jpg", "top.jpg") + [("some/where/inner 1.tar", inner), ("inner 2.TAR", inner_with_tar)]
    write("nested.tar", python_tar(nested))
    write("folder-of-nested/outer.tar", python_tar(nested))


def old_folder():
    """A tar from before 1988: type NUL, and a folder is a name that ends with a slash."""
    raw = bytearray(python_tar([("x/", b""), ("x/1.jpg", b"old")], tarfile.USTAR_FORMAT))
    for at in (0, 512):
        raw[at + 156] = 0
        raw[at + 257:at + 265] = bytes(8)
        raw[at + 148:at + 156] = b" " * 8
        raw[at + 148:at + 156] = b"%06o\0 " % sum(raw[at:at + 512])
    return bytes(raw)


def quoted(text):
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._- ()[]~"
    return '"' + "".join(chr(c) if c in plain else "\\%03o" % c for c in os.fsencode(text)) + '"'


def clean(name):
    name = re.sub("^[0-7]{11}/", "", name)  # of incremental.tar
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def record(name):
    reader = in_tar.ReaderImageInTar(os.path.join(OUT, name))
    print("{%s, NULL, %d, NULL}," % (quoted(name), len(reader)))
    for k in range(len(reader)):
        file, label = reader[k]
        print("{%s, %s, %d, %s}," % (quoted(clean(reader._filename(k))), quoted(file.read().decode()), label,
                                     quoted(reader.class_idx_to_name[label])))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    make_by_gnu_tar()
    make_by_python()
    in_tar.glob = lambda *arguments, **more: sorted(glob.glob(*arguments, **more))
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by make_tars.py with timm 1.0.31: a tar or folder and its number of samples; then their names,")
    print(" * bytes, labels and classes. */")
    tars = sorted(name for name in os.listdir(OUT))
    for name in tars:
        record(name)


if __name__ == "__main__":
    main()
