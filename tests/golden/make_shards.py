#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes shards/, and shards.inc: the samples that webdataset finds in them, with timm's labels.

    make_shards.py WDS2IDX      (in tests/golden; webdataset 1.0.2, wids 0.1.11, timm 1.0.31)

WDS2IDX is the program tools/wds2idx.py of DALI, which writes indexes.

Members hold short texts instead of images. The first part of shards.inc lists keys of names, the second one patterns and
the names that they stand for, the third one samples, the last one lists that are labels. Names are webdataset's: the
extension is in lower case.
"""
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile

import webdataset
from timm.data.readers.reader_wds import _load_info, _parse_split_info, get_field
from webdataset.shardlists import expand_urls
from webdataset.tariterators import base_plus_ext, tarfile_to_samples
from wids.wids_specs import load_dsdesc_and_resolve

from make_tars import quoted

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "shards")
IMAGES = ("jpg", "png", "webp")
NAMES = ["a.jpg", "a.b.jpg", "d/a.jpg", "d.e/a.jpg", "22.0/1.1.png", "d/.x.jpg", ".x.jpg", "a.b/.x.jpg", "a.b/c/.x.jpg",
         "d.e/x", "x", "a.", "a..jpg", "./a.jpg", "../a.jpg", "d/a.tar/b.jpg", "new\nline/a.b.jpg", "d/new\nline.jpg",
         "a\n/b.c/d.jpg", "d//a.jpg", "a.jpg\n", "d/.e/f.g", ".d/e.f", ".d/.e"]
PATTERNS = ["a-{0..3}.tar", "a-{000..011}.tar", "a-{8..11}.tar", "a-{08..11}.tar", "a-{8..011}.tar", "{b,a,c}.tar",
            "{b,a}-{1..2}.tar", "a-{3..1}.tar", "a.tar::b-{0..1}.tar", "{a,}.tar", "plain.tar", "x{1..1}.tar",
            "{0..10..3}.tar", "{10..0..-4}.tar", "{0..3..0}.tar", "{-02..1}.tar", "{1..-1}.tar", "{-0..1}.tar",
            "{a..e}.tar", "{e..a..2}.tar", "{Y..b}.tar", "{b..Y}.tar", "{C..A}.tar", "{a..a}.tar",
            "{a,b{1..2},{c,d{x,y}}-z}{1,2}.tar", "{train-{0..1},val-0}.tar", "{,a}{,b}.tar"]


def write(name, members):
    path = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as made:
        for member, data in members:
            info = tarfile.TarInfo(member)
            if data is None:
                info.type = tarfile.DIRTYPE
                made.addfile(info)
            else:
                info.size = len(data)
                made.addfile(info, io.BytesIO(data))


def shorten(name):
    """Cuts the zeros that fill a record of tar."""
    path = os.path.join(OUT, name)
    with open(path, "rb") as file:
        raw = file.read().rstrip(b"\0")
    with open(path, "wb") as file:
        file.write(raw + bytes(-len(raw) % 512 + 1024))


def make():
    def sample(number, label):
        text = "image %d" % number
        return {"__key__": "%06d" % number, "jpg": text.encode(), "cls": label, "json": {"label": label, "n": number}}

    for shard in range(3):
        with webdataset.TarWriter(os.path.join(OUT, "written-%d.tar" % shard), mtime=0) as writer:
            for k in range(3):
                writer.write(sample(shard * 3 + k, (shard * 7 + k * 5) % 11))
    write("odd.tar", [
        ("__meta__/info.json", b"{}"), ("one.JPG", b"one"), ("one.cls", b" 5\n"), ("two.png", b"two png"),
        ("two.jpg", b"two jpg"), ("two.cls", b"1"), ("text.txt", b"no image"), ("text.cls", b"3"),
        ("no-dot", b"x"), ("d/three.webp", b"three"), ("d/three.cls", b"2"), ("one.jpg", b"one again"),
        ("one.cls", b"6"), ("d.0/a.b.jpg", b"no image: the extension is b.jpg"), ("d.0/a.cls", b"4"),
        ("d/.x.jpg", b"no image: its extension is x.jpg"), ("./four.jpg", b"four"), ("./four.cls", b"+7"),
        ("__x__", b"x"), ("__y__/five.jpg", b"skipped"), ("__five.jpg", b"five"), ("__five.cls", b"0")])
    fields = [{"label": 3}, {"label": -1}, {"label": "4"}, {"label": True}, {"label": 2.0}, {"label": 5, "other": [1, "]"]}]
    write("fields.tar", [("%d.%s" % (k, e), d) for k, field in enumerate(fields) for e, d in (
        ("json", json.dumps(field).encode()), ("jpg", b"image %d" % k))])
    nested = [{"a": {"b": 1}, "a/b": 2}, {"a": {"b": 7}}, {"a": {"b": 8, "b/c": 1}, "x\u00e9": 1}]
    write("nested.tar", [("%d.%s" % (k, e), d) for k, field in enumerate(nested) for e, d in (
        ("jpg", b"image %d" % k), ("json", json.dumps(field).encode()))])
    tags = [[3, 1], [], [9], [0, 2, 4, 8]]
    write("lists.tar", [("%d.%s" % (k, e), d) for k, field in enumerate(tags) for e, d in (
        ("jpg", b"image %d" % k), ("json", json.dumps({"meta": {"tags": field}}).encode()))])
    for name in ("train-0", "train-1", "val-0"):
        write("info/cats-%s.tar" % name, [(name + ".jpg", name.encode()), (name + ".json", b'{"target": 3}')])
        write("words/%s.tar" % name, [(name + ".jpg", name.encode()), (name + ".cls", b"1")])
    with open(os.path.join(OUT, "info/_info.json"), "w") as file:
        json.dump({"splits": {
            "train": {"name": "train", "num_samples": 2, "filenames": ["cats-train-1.tar", "cats-train-0.tar"],
                      "shard_lengths": [1, 1], "alt_label": "target"},
            "validation": {"name": "validation", "num_samples": 1, "filenames": ["cats-val-0.tar"],
                           "shard_lengths": [1], "alt_label": "target"}}}, file)
    # Between and after the entries of the index lie members and headers that it lacks.
    long = "d/" + "long" * 30
    write("gaps.tar", [("d/", None), ("d/0.jpg", b"image 0"), ("d/0.cls", b"3"), ("d/.hidden", b"x"),
                       (long + ".jpg", b"image 1"), (long + ".cls", b"4"), ("d/2.jpg", b"image 2" * 100),
                       ("d/2.cls", b"5"), ("e/", None)])
    write("indexed/a-0.tar", [("d/0.jpg", b"image 0"), ("d/0.cls", b"3"), ("d/.hidden", b"x"), ("d/1.cls", b"3"),
                              ("d/2.jpg", b"image 2" * 100), ("d/2.cls", b"5"), ("no-dot", b"x")])
    write("indexed/a-1.tar", [("%03d.%s" % (k // 2, "cls" if k % 2 else "jpg"), b"%d" % (k // 2)) for k in range(10)])
    for folder, _, files in os.walk(OUT):
        for name in files:
            if name.endswith(".tar"):
                shorten(os.path.relpath(os.path.join(folder, name), OUT))


def make_indexes(wds2idx):
    folder = os.path.join(OUT, "indexed")
    for name in ("gaps", "indexed/a-0", "indexed/a-1"):
        subprocess.run([sys.executable, wds2idx, name + ".tar"], cwd=OUT, check=True, stdout=subprocess.DEVNULL)
    names = ["a-1.tar", "a-0.tar"]
    subprocess.run([sys.executable, "-m", "wids.wids_index", "create", "--name", "a", *names], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    path = os.path.join(folder, "shardindex.json")
    with open(path, encoding="utf-8") as file:
        index = json.load(file)
    index["shardlist"].reverse()  # an order that differs from that of the names
    with open(path, "w", encoding="utf-8") as file:
        json.dump(index, file, indent=1)


def samples(files, field):
    def stop(error):
        raise error

    urls = iter([{"url": os.path.join(OUT, name)} for name in files])
    for sample in tarfile_to_samples(handler=stop)(urls):
        extension = next((e for e in IMAGES if e in sample), None)
        if not extension:
            continue
        label = int(get_field(json.loads(sample["json"]), field)) if field else int(sample["cls"])
        if not field or label >= 0:
            yield sample["__key__"] + "." + extension, sample[extension].decode(), label


def clean(name):
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def record(root, split, files, field=None):
    found = list(samples(files, field))
    print("{%s, %s, %s, %d}," % (quoted(root), quoted(split) if split else "NULL", quoted(field) if field else "NULL",
                                 len(found)))
    for name, text, label in found:
        print("{%s, %s, NULL, %d}," % (quoted(clean(name)), quoted(text), label))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    make()
    make_indexes(os.path.abspath(sys.argv[1]))
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by make_shards.py with webdataset 1.0.2, wids 0.1.11 and timm 1.0.31. */")
    print("#ifdef KEYS")
    for name in NAMES:
        print("{%s, %d}," % (quoted(name), len(base_plus_ext(name)[0] or "")))
    print("#endif\n#ifdef PATTERNS")
    for pattern in PATTERNS:
        print("{%s, %s}," % (quoted(pattern), quoted("".join(name + "\n" for name in expand_urls(pattern)))))
    print("#endif\n#ifdef SAMPLES")
    record("written-{0..2}.tar", None, ["written-%d.tar" % k for k in range(3)])
    record("written-{2..1}.tar|6", None, ["written-2.tar", "written-1.tar"], "n")
    record("odd.tar", None, ["odd.tar"])
    record("fields.tar", None, ["fields.tar"], "label")
    record("nested.tar", None, ["nested.tar"], "a/b")
    info = _load_info(os.path.join(OUT, "info"))["splits"]
    for split in info:
        files = [os.path.join("info", name) for name in info[split]["filenames"]]
        record("info", split, files, info[split]["alt_label"])
    record("words", "train", ["words/train-0.tar", "words/train-1.tar"])
    record("gaps.tar", None, ["gaps.tar"])
    index = load_dsdesc_and_resolve(os.path.join(OUT, "indexed/shardindex.json"))
    files = [os.path.join("indexed", shard["url"]) for shard in index["shardlist"]]
    record("indexed", None, files)
    record("indexed/shardindex.json", None, files)
    for pattern in ("cats-train-{0..1}.tar", "cats-train-{1..0}.tar|2", "cats-val-0.tar"):
        files = [os.path.join("info", name) for name in _parse_split_info(pattern, {}).filenames]
        record("info", pattern, files, "target")
    print("#endif\n#ifdef LISTS")
    for sample in tarfile_to_samples()(iter([{"url": os.path.join(OUT, "lists.tar")}])):
        values = get_field(json.loads(sample["json"]), "meta/tags")
        print("{%s, %s}," % (quoted(sample["__key__"] + ".jpg"), quoted("".join("%d " % value for value in values))))
    print("#endif")


main()
