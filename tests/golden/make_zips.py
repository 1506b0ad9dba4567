#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes zips/, and zips.inc: the samples of each of them.

    make_zips.py > zips.inc      (in tests/golden; timm 1.0.31, Python 3.11, Info-ZIP's zip)

Python's zipfile and Info-ZIP write the zips. zipfile reads the members, and timm's reader of class folders says which
samples an unpacked zip has, in which order and with which labels. Members hold short texts instead of images.
"""
import glob
import io
import json
import os
import shutil
import subprocess
import tempfile
import zipfile

from timm.data.readers.reader_image_folder import ReaderImageFolder

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "zips")
LONG = "long " * 6 + "name"
FILES = ["class10/1.jpg", "class2/10.JPG", "class2/9.jpeg", "class2/b.png", "Zebra/x.Jpg", "caf\u00e9/\u00fc.jpg", "root.jpg",
         "deep/er/class2/7.jpg", "class2/notes.txt", "class2/.jpg", LONG + "/" + LONG + ".jpg", "class10/empty.jpg"]
STYLEGAN = ["%05d/img%08d.png" % (k // 3, k) for k in range(7)]
TIME = (2020, 2, 2, 2, 2, 2)


def content(name):
    if name.endswith("empty.jpg"):
        return b""
    return ("bytes of %s; " % name).encode() * (1 if "9" in name else 4)


def entry(name, method):
    info = zipfile.ZipInfo(name, TIME)
    info.compress_type = method
    return info


def python_zip(names, method, stream=False, zip64=False, comment=b""):
    """Makes a zip in memory. A stream cannot go back, so the lengths follow the data of each member."""
    raw = io.BytesIO()
    if stream:
        raw.seekable = lambda: False
        raw.tell = lambda: (_ for _ in ()).throw(OSError())
    with zipfile.ZipFile(raw, "w") as made:
        made.comment = comment
        for name in names:
            with made.open(entry(name, method), "w", force_zip64=zip64) as member:
                member.write(content(name))
    return raw.getvalue()


def with_zip64_end(raw):
    """Adds the zip64 form of the end record, as for more than 65535 members."""
    end = raw.rindex(b"PK\5\6")
    n, size, at = (int.from_bytes(raw[end + a:end + b], "little") for a, b in ((10, 12), (12, 16), (16, 20)))
    record = b"PK\6\6" + (44).to_bytes(8, "little") + b"\x2d\0\x2d\0" + bytes(8)
    record += b"".join(v.to_bytes(8, "little") for v in (n, n, size, at))
    locator = b"PK\6\7" + bytes(4) + end.to_bytes(8, "little") + (1).to_bytes(4, "little")
    return raw[:end] + record + locator + raw[end:end + 8] + b"\xff" * 12 + raw[end + 20:]


def write(name, raw):
    path = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(raw)


def write_tree(root, names):
    for name in names:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content(name))
        os.utime(path, (1580608922, 1580608922))


def info_zip(name, *options):
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, FILES)
        made = os.path.join(root, "made.zip")
        environment = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8")
        subprocess.run(["zip", "-qrX", *options, made, "."], cwd=root, check=True, env=environment)
        write(name, open(made, "rb").read())


def stylegan(labels, method=zipfile.ZIP_STORED, text=None):
    """A zip as StyleGAN's dataset_tool.py writes it: images in numbered folders, the labels as the last member."""
    raw = io.BytesIO(python_zip(STYLEGAN, zipfile.ZIP_STORED))
    with zipfile.ZipFile(raw, "a") as made:
        made.writestr(entry("dataset.json", method), text or json.dumps({"labels": labels}))
    return raw.getvalue()


def make_all():
    stored, deflated = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
    write("stored.zip", python_zip(FILES, stored))
    write("deflated.zip", python_zip(FILES, deflated))
    write("stream.zip", python_zip(FILES, deflated, stream=True))
    write("zip64-members.zip", python_zip(FILES, deflated, zip64=True))
    write("zip64-end.zip", with_zip64_end(python_zip(FILES, stored)))
    write("comment.zip", python_zip(FILES[:4], stored, comment=b"a comment with PK in it" * 20))
    write("after-a-program.zip", b"#!/bin/sh\nexit\n" + python_zip(FILES[:4], deflated))
    write("zip64-after-a-program.zip", b"#!/bin/sh\nexit\n" + with_zip64_end(python_zip(FILES[:4], stored)))
    write("flat.zip", python_zip(["b 2.jpg", "b 10.jpg", "a.png", "readme"], deflated))
    write("macos.zip", python_zip(["cat/1.jpg", "__MACOSX/cat/._1.jpg", "cat/2.jpg"], deflated))
    write("folder/n2.zip", python_zip(["n2_1.jpg", "n2_10.jpg"], stored))
    write("folder/n10.zip", python_zip(["n10_1.jpg", "other/in.jpg"], deflated))
    labels = [[name, 3 * k % 4] for k, name in enumerate(STYLEGAN)]
    write("stylegan.zip", stylegan(labels))
    write("stylegan-deflated.zip", stylegan([["of no image.png", 9]] + labels[::-1] + [[STYLEGAN[1], 0]], deflated))
    write("foreign-labels.zip", stylegan(None, text='{"labels": 7}'))
    write("other/null.zip", stylegan(None, deflated))
    write("other/missing.zip", stylegan(labels[1:]))
    write("other/vectors.zip", stylegan([[name, [0.25 * k, -k]] for k, name in enumerate(STYLEGAN)]))
    write("other/one-hot.zip", stylegan([[name, [int(c == k % 3) for c in range(3)]] for k, name in enumerate(STYLEGAN)]))
    write("other/mixed.zip", stylegan([[STYLEGAN[0], [0.5, 0.5]], [STYLEGAN[1], 1]]))
    write("other/mixed-too.zip", stylegan([[STYLEGAN[0], 1], [STYLEGAN[1], [0.5, 0.5]]]))
    write("other/lengths.zip", stylegan([[name, [1] * (2 + k % 2)] for k, name in enumerate(STYLEGAN)]))
    write("other/words.zip", stylegan([[STYLEGAN[0], ["cat"]]]))
    write("other/no-class.zip", stylegan([[STYLEGAN[0], -2]]))
    write("other/nameless.zip", stylegan([labels[0], 7]))
    write("other/broken.zip", stylegan(None, text="{"))
    info_zip("info-zip.zip")
    info_zip("info-zip-stored.zip", "-0")


def quoted(text):
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._- ()[]~;"
    return '"' + "".join(chr(c) if c in plain else "\\%03o" % c for c in os.fsencode(text)) + '"'


def unpack(path, root):
    """Unpacks a zip, or the zips of a folder, each into a folder of its stem, as far as it has no folders itself."""
    if not os.path.isdir(path):
        return read_all(path, root, "")
    contents = {}
    for part in sorted(glob.glob(path + "/*.zip")):
        contents.update(read_all(part, root, os.path.basename(part)[:-4]))
    return contents


def name_of(info):
    """The name's bytes as they are: zipfile takes those without the flag of UTF-8 for DOS's characters."""
    if info.flag_bits & 0x800:
        return info.filename
    return os.fsdecode(info.filename.encode("cp437"))


def read_all(path, root, stem):
    contents = {}
    with zipfile.ZipFile(path) as opened:
        for info in opened.infolist():
            if info.is_dir() or info.filename.startswith("__MACOSX/"):
                continue
            name = name_of(info)
            place = os.path.join(stem, name) if "/" not in name else name
            os.makedirs(os.path.dirname(os.path.join(root, place)), exist_ok=True)
            with open(os.path.join(root, place), "wb") as file:
                file.write(opened.read(info))
            contents[place] = name
    return contents


def labels_of(path):
    """The labels by names as StyleGAN's ImageFolderDataset reads them; None: there are none."""
    if os.path.isdir(path):
        return None
    with zipfile.ZipFile(path) as opened:
        read = json.loads(opened.read("dataset.json")) if "dataset.json" in opened.namelist() else {}
    return dict(read["labels"]) if isinstance(read.get("labels"), list) else None


def record(name):
    with tempfile.TemporaryDirectory() as root:
        names = unpack(os.path.join(OUT, name), root)
        reader = ReaderImageFolder(root)
        samples = [(names[os.path.relpath(path, root)], path, label) for path, label in reader.samples]
        print("{%s, NULL, %d, NULL}," % (quoted(name), len(samples)))
        classes = {label: key for key, label in reader.class_to_idx.items()}
        by_name = labels_of(os.path.join(OUT, name))
        for sample, path, label in samples:
            if by_name:
                label = by_name[sample]
                classes[label] = str(label)
            text = open(path, "rb").read().decode()
            print("{%s, %s, %d, %s}," % (quoted(sample), quoted(text), label, quoted(classes[label])))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    make_all()
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by make_zips.py with timm 1.0.31 and Python's zipfile: a zip or folder and its number of samples; then")
    print(" * their names, bytes, labels and classes. */")
    for name in sorted(os.listdir(OUT)):
        if name != "other":
            record(name)


if __name__ == "__main__":
    main()
