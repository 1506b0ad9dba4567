#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tfrecords/, and tfrecords.inc and tfrecord_labels.inc: the samples that the package tfrecord reads from each
file, and labels that are no single class.

    make_tfrecords.py      (in tests/golden; the PyPI package tfrecord 1.14)

That package writes and reads the files, and google.protobuf the messages. Records hold short texts instead of images.
"""
import os
import shutil

import tfrecord
from tfrecord import example_pb2

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "tfrecords")

# Features of each record, and what tench takes as image, name and label.
IMAGENET = [{"image/encoded": (b"jpeg %d" % k, "byte"), "image/class/label": (k * 7 % 3 + 1, "int"),
             "image/class/text": (b"name %d" % k, "byte"), "image/filename": (b"n%03d.JPEG" % k, "byte"),
             "image/height": (300, "int"), "image/object/bbox/xmin": ([0.25, 0.5], "float")} for k in range(5)]
TFDS = [{"image": (b"png %d" % k, "byte"), "label": (k % 2, "int"), "file_name": (b"a/%d.png" % k, "byte")} for k in range(4)]
PLAIN = [{"image": (b"x" * (k * 70), "byte")} for k in range(3)]
TEXTS = [{"image": (b"image %d" % k, "byte"), "label": ((b"dog", b"cat")[k % 2], "byte")} for k in range(3)]

FILES = {
    "imagenet/train-00000-of-00002": IMAGENET[:3],
    "imagenet/train-00001-of-00002": IMAGENET[3:],
    "tfds/toy-train.tfrecord-00000-of-00002": TFDS[:1],
    "tfds/toy-train.tfrecord-00001-of-00002": TFDS[1:3],
    "tfds/toy-test.tfrecord-00000-of-00001": TFDS[3:],
    "plain.tfrecords": PLAIN,
    "texts.tfrec": TEXTS,
}

# Files with other labels, and the kind of source that reads them.
LABELS = {
    "several": ("tfrecord", [[2, 0], [1, 3]], "int"),
    "classes": ("tfrecord labels=classes", [[2, 0], [], [7], [1, -1, 1, 2], [300]], "int"),
    "from-one": ("tfrecord labels=classes first_label=1", [[3, 1], [-1]], "int"),
    "floats": ("tfrecord", [[0.5, -1.0], [0.1, 1e30]], "float"),
    "float": ("tfrecord", [0.25, -2.0], "float"),
    "multihot": ("tfrecord labels=numbers", [[1, 0, 1], [0, 0, 300]], "int"),
    "texts": ("tfrecord labels=text", [b"a cat", "a \u00e9mu".encode(), b""], "byte"),
}


def write(name, records):
    path = os.path.join(OUT, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    writer = tfrecord.TFRecordWriter(path)
    for record in records:
        writer.write(record)
    writer.close()


def read(name):
    """The features of each record, as the package reads them."""
    path = os.path.join(OUT, name)
    for raw in tfrecord.reader.tfrecord_iterator(path):
        example = example_pb2.Example()
        example.ParseFromString(bytes(raw))
        yield example.features.feature


def first(features, *keys):
    for key in keys:
        if key in features:
            kind = features[key].WhichOneof("kind")
            return getattr(features[key], kind).value[0]
    return None


def samples(name, first_label=0):
    for number, features in enumerate(read(name)):
        image = first(features, "image/encoded", "image")
        label = first(features, "image/class/label", "label")
        named = first(features, "image/filename", "file_name", "filename")
        named = named.decode() if named else f"{os.path.basename(name)}/{number:08d}"
        text = label.decode() if isinstance(label, bytes) else ""
        number = -1 if label is None or isinstance(label, bytes) else label - first_label
        yield f'{{"{named}", "{image.decode()}", {number}, "{text}"}},'


def label_text(feature, first_label, as_numbers):
    """How the test writes a label: numbers with commas between them, integers in brackets."""
    kind = feature.WhichOneof("kind")
    values = list(getattr(feature, kind).value)
    if kind == "bytes_list":
        return "".join("\\%03o" % c if c > 126 else chr(c) for c in values[0])
    if kind == "float_list" or as_numbers:
        return ",".join("%.9g" % value for value in values)
    return "[%s]" % ",".join(str(value - first_label) for value in values if value >= 0)


def write_labels():
    with open(os.path.join(HERE, "tfrecord_labels.inc"), "w", encoding="utf-8") as file:
        file.write("/* Made by make_tfrecords.py: files in tfrecords/labels/, their kind of source, and the label of each sample. */\n")
        for name, (source, labels, kind) in LABELS.items():
            path = "labels/%s.tfrecord" % name
            write(path, [{"image": (b"image %d" % k, "byte"), "label": (label, kind)} for k, label in enumerate(labels)])
            for row, features in enumerate(read(path)):
                text = label_text(features["label"], "first_label=1" in source, "=numbers" in source)
                file.write(f'{{"{path}", "{source}", {row}, "{text}"}},\n')


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for name, records in FILES.items():
        write(name, records)
    with open(os.path.join(OUT, "tfds/label.labels.txt"), "w", encoding="utf-8") as file:
        file.write("cat\ndog\n")
    write_labels()
    roots = [("imagenet", "tfrecord first_label=1", "", ["imagenet/train-00000-of-00002", "imagenet/train-00001-of-00002"], 1),
             ("tfds", "tfrecord", "train", ["tfds/toy-train.tfrecord-00000-of-00002", "tfds/toy-train.tfrecord-00001-of-00002"], 0),
             ("tfds", "tfrecord", "test", ["tfds/toy-test.tfrecord-00000-of-00001"], 0),
             ("plain.tfrecords", "", "", ["plain.tfrecords"], 0), ("texts.tfrec", "", "", ["texts.tfrec"], 0)]
    with open(os.path.join(HERE, "tfrecords.inc"), "w", encoding="utf-8") as file:
        file.write("/* Made by make_tfrecords.py: a root, the kind of source, a split, and its number of samples; then their\n"
                   " * names, bytes, labels (-1: none, or a text) and texts. */\n")
        for root, source, split, names, first_label in roots:
            lines = [line for name in names for line in samples(name, first_label)]
            file.write(f'{{"{root}", NULL, {len(lines)}, "{source}|{split}"}},\n' + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
