#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes Parquet files with pyarrow 26.0 and datasets 5.2 into tests/golden/parquet/, and prints what these read from
them: parquet.inc."""
import contextlib
import glob
import logging
import os
import shutil
import zlib

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "parquet")
STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def image(k, n):
    """n bytes that snappy shortens, with copies from near and far."""
    piece = bytes((i * i // 7 + k * 31) % 251 for i in range(997))
    return (b"image %d: " % k + piece * (n // len(piece) + 1))[:n]


def images(sizes, path="%d.jpg"):
    return [{"bytes": image(k, n), "path": path % k if path else None} for k, n in enumerate(sizes)]


SMALL = [40, 0, 300, 7, 120, 64]
LARGE = [70000, 200, 140000, 65536, 0, 66000, 131072, 9]


def write(name, rows, labels, kind=pa.int64(), struct=STRUCT, **options):
    columns = {"image": pa.array(rows, type=struct)}
    if labels is not None:
        columns["label"] = pa.array(labels, type=kind)
    pq.write_table(pa.table(columns), os.path.join(OUT, name), **options)


def noise(k, n):
    """n bytes that snappy hardly shortens, with a beginning that all of them share."""
    head = bytes(range(64))
    return (head + np.random.default_rng(k).bytes(n))[:n]


def make_pyarrow():
    labels = [2, 0, 1, 1, 0, 2, 2, 0]
    write("snappy-literals.parquet", [{"bytes": noise(k, n), "path": None} for k, n in enumerate([9000, 5000, 0, 12000])],
          labels[:4])
    write("snappy.parquet", images(LARGE), labels, row_group_size=5)
    write("snappy-v2.parquet", images(LARGE), labels, data_page_version="2.0")
    write("snappy-plain.parquet", images(LARGE), labels, use_dictionary=False, data_page_size=1 << 17)
    write("zstd.parquet", images(LARGE), labels, compression="zstd")
    write("zstd-small.parquet", images(SMALL), labels[:6], compression="zstd")
    write("gzip.parquet", images(SMALL), labels[:6], compression="gzip")
    write("stored.parquet", images(SMALL), labels[:6], compression="none", row_group_size=4)
    write("stored-v2.parquet", images(SMALL), labels[:6], compression="none", data_page_version="2.0")
    write("stored-plain.parquet", images(SMALL), labels[:6], compression="none", use_dictionary=False)
    nulls = images(SMALL)
    nulls[1] = None
    nulls[3]["bytes"] = None
    nulls[4]["path"] = None
    for version in ("1.0", "2.0"):
        write("nulls-v%s.parquet" % version[0], nulls, [0, None, 1, 1, None, 1], data_page_version=version)
    write("int32.parquet", images(SMALL), [5, 5, 5, 5, 5, 0], pa.int32())
    write("texts.parquet", images(SMALL), ["cat", "dog", "cat", "cat", "ant", "dog"], pa.string())
    write("no-labels.parquet", images(SMALL), None)
    write("bytes.parquet", [image(k, n) for k, n in enumerate(SMALL)], [0, 1] * 3, struct=pa.binary())
    truths = [True, False, None, True, True, False]
    write("bools.parquet", images(SMALL), truths, pa.bool_())
    write("bools-v2.parquet", images(SMALL), truths, pa.bool_(), data_page_version="2.0")
    write("bools-runs.parquet", [{"bytes": b"", "path": "a.jpg"}] * 60, [k > 40 or k in (3, 8, 9) for k in range(60)], pa.bool_(),
          data_page_version="2.0", compression="none")
    write("bools-of-nobody.parquet", images(SMALL[:2]), [None, None], pa.bool_(), data_page_version="2.0")
    write("unsigned.parquet", images(SMALL[:2]), [1, 200], pa.uint8())
    write("equal.parquet", [{"bytes": image(k % 2, 50), "path": "same.jpg"} for k in range(40)], [k // 9 for k in range(40)])
    os.makedirs(OUT + "/gaps")
    write("gaps/a.parquet", [], [])
    write("gaps/b.parquet", images(SMALL[:2]), [1, 0])
    write("gaps/c.parquet", [], [], compression="none", use_dictionary=False)


def make_datasets():
    features = datasets.Features({"label": datasets.ClassLabel(names=["zebra", "ant", "\u00e9mu \"1\""]),
                                  "photo": datasets.Image(decode=False), "caption": datasets.Value("string")})
    for split, counts in (("train", (4, 3)), ("test", (2,))):
        for i, n in enumerate(counts):
            rows = {"label": [(i + k) % 3 for k in range(n)], "photo": images([100 + 10 * k for k in range(n)], None),
                    "caption": ["?"] * n}
            path = "%s/hub/data/%s-%05d-of-%05d.parquet" % (OUT, split, i, len(counts))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            datasets.Dataset.from_dict(rows, features=features).to_parquet(path)


def write_labels(name, labels, kind, **options):
    write("labels/" + name, images(SMALL[:len(labels)]), labels, kind, **options)


def make_labels():
    """Labels that are no single class: several classes, numbers, texts."""
    os.makedirs(OUT + "/labels")
    several = [[2, 0], [], [7], None, [1, 1, 2], [0]]
    points = [[0.5, -1.0], [0.1, 2.0], [1e30, 0.0], [3.0, 3.0], [0.5, -1.0], [0.5, -1.0]]
    for version in ("1.0", "2.0"):
        write_labels("several-v%s.parquet" % version[0], several, pa.list_(pa.int64()), data_page_version=version)
        write_labels("points-v%s.parquet" % version[0], points, pa.list_(pa.float32()), data_page_version=version)
    write_labels("small.parquet", several, pa.list_(pa.int32()), use_dictionary=False, compression="none", row_group_size=4)
    write_labels("doubles.parquet", points, pa.list_(pa.float64()), use_dictionary=False, row_group_size=2)
    for version in ("1.0", "2.0"):
        write_labels("truths-v%s.parquet" % version[0], [[True, False, True], [False] * 3, [False, True, True]] * 2,
                     pa.list_(pa.bool_()), data_page_version=version)
    write_labels("number.parquet", [0.5, -2.25, 0.1, 0.5, 0.0, 1e-3], pa.float32(), row_group_size=5)
    write_labels("double.parquet", [0.5, -2.25, 0.1, 0.5, 0.0, 1e-3], pa.float64(), use_dictionary=False)
    write_labels("texts.parquet", ["a cat", "", None, "a \u00e9mu", "a cat", "x" * 300], pa.string())
    nulls = images(SMALL[:4])
    nulls[0] = nulls[1] = None
    write("labels/nulls.parquet", nulls, several[:4], pa.list_(pa.int64()))
    features = datasets.Features({"image": datasets.Image(decode=False),
                                  "labels": datasets.Sequence(datasets.ClassLabel(names=["old", "new"]))})
    rows = {"image": images(SMALL[:3]), "labels": [[1], [], [0, 1]]}
    datasets.Dataset.from_dict(rows, features=features).to_parquet(OUT + "/labels/hub.parquet")


def label_text(label):
    """How the test writes a label: numbers as f32 with commas between them, integers in brackets."""
    if label is None or isinstance(label, str):
        return label or ""
    if isinstance(label, float):
        label = [label]
    if label and isinstance(label[0], bool):
        label = [float(x) for x in label]
    if label and isinstance(label[0], float):
        return ",".join("%.9g" % float(np.float32(x)) for x in label)
    return "[" + ",".join(map(str, label)) + "]"


def record_labels(path):
    table = pq.read_table(path)
    column = "labels" if "labels" in table.column_names else "label"
    rows = zip(table.column("image").to_pylist(), table.column(column).to_pylist())
    for row, label in enumerate(label for image, label in rows if image):
        if label is None and not pa.types.is_string(table.schema.field(column).type):
            label = []
        print("{%s, %d, %s}," % (quoted(os.path.basename(path)), row, quoted(label_text(label))))


def make_refused():
    write("labels-of-texts.parquet", images(SMALL[:2]), [["a"], ["b"]], pa.list_(pa.string()))
    write("points-of-two-lengths.parquet", images(SMALL[:2]), [[1.0], [1.0, 2.0]], pa.list_(pa.float32()))
    for name, kind, label in (("int64", pa.int64(), 1 << 24), ("uint32", pa.uint32(), (1 << 32) - 1),
                              ("uint64", pa.uint64(), (1 << 63) + 5), ("uint64-none", pa.uint64(), (1 << 64) - 1)):
        write("far-%s.parquet" % name, images(SMALL[:2]), [1, label], kind)
    write("far-list.parquet", images(SMALL[:2]), [[1], [0, (1 << 64) - 1]], pa.list_(pa.uint64()))
    write("brotli.parquet", images(SMALL), None, compression="brotli")
    write("delta.parquet", images(SMALL), [0, 1] * 3, use_dictionary=False,
          column_encoding={"label": "DELTA_BINARY_PACKED"})
    pq.write_table(pa.table({"image": pa.array([[b"a", b"b"], []], pa.list_(pa.binary()))}), OUT + "/lists.parquet")
    write("rows.parquet", images([9], None) * 100000, None)
    pq.write_table(pa.table({"width": [1, 2]}), OUT + "/numbers.parquet")


def rows_of(path):
    """Names, labels, names of classes and bytes: what datasets reads, or pyarrow where rows are no images."""
    table = pq.read_table(path)
    features = (table.schema.metadata or {}).get(b"huggingface")
    names = None
    if features:
        column = datasets.load_dataset("parquet", data_files={"train": path}, split="train").features["label"]
        names = column.names
    base = os.path.basename(path)
    photos = table.column("photo" if features else "image").to_pylist()
    labels = table.column("label").to_pylist() if "label" in table.column_names else [None] * len(photos)
    for row, (photo, label) in enumerate(zip(photos, labels)):
        if isinstance(photo, bytes):
            photo = {"bytes": photo, "path": None}
        if photo is None or photo["bytes"] is None:
            continue
        yield photo["path"] or "%s/%d" % (base, row), label, names, photo["bytes"]


def quoted(text):
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._- ()[]~;"
    return '"' + "".join(chr(c) if c in plain else "\\%03o" % c for c in text.encode()) + '"'


def record(name, split, paths):
    rows = [row for path in paths for row in rows_of(path)]
    texts = sorted({label for _, label, _, _ in rows if isinstance(label, str)})
    print("{%s, %s, %d, NULL, 0, 0}," % (quoted(name), quoted(split), len(rows)))
    for sample, label, names, content in rows:
        class_name = label if isinstance(label, str) else names[label] if names else None
        number = texts.index(label) if isinstance(label, str) else -1 if label is None else label
        print("{%s, \"\", %d, %s, %d, 0x%08x}," % (quoted(sample), number, quoted(class_name) if class_name else "NULL",
                                                 len(content), zlib.crc32(content)))


def print_labels():
    with open(os.path.join(os.path.dirname(OUT), "parquet_labels.inc"), "w") as out, contextlib.redirect_stdout(out):
        print("/* SPDX-License-Identifier: MIT */")
        print("/* Made by make_parquet.py: files in parquet/labels/, rows, and their labels as pyarrow reads them. */")
        for path in sorted(glob.glob(OUT + "/labels/*.parquet")):
            record_labels(path)


def main():
    logging.disable(logging.WARNING)
    datasets.disable_progress_bars()
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    make_pyarrow()
    make_datasets()
    make_labels()
    print_labels()
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Made by make_parquet.py with pyarrow 26.0 and datasets 5.2: a file or folder, its split and its number of")
    print(" * samples; then their names, labels and classes, and the length and the CRC-32 of their bytes. */")
    for name in sorted(os.path.basename(path) for path in glob.glob(OUT + "/*.parquet")):
        record(name, "", [os.path.join(OUT, name)])
    record("gaps", "", sorted(glob.glob(OUT + "/gaps/*.parquet")))
    for split in ("train", "test"):
        record("hub", split, sorted(glob.glob("%s/hub/data/%s-*.parquet" % (OUT, split))))
    make_refused()


if __name__ == "__main__":
    main()
