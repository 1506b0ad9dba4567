#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the same photographs as a class folder and as containers, each with the tool that users take:

    write_sources.py PHOTOS OUT LIMIT

OUT gets the folder, a tar (tarfile), WebDataset shards (webdataset), a zip (zipfile, stored), Parquet files (datasets,
pyarrow),
an LMDB file (lmdb) and a TFRecord file (tfrecord). All have the samples in the same order, so that tench makes the same
epochs of them.
"""
import json
import os
import shutil
import sys
import tarfile
import zipfile

import datasets
import lmdb
import pyarrow.parquet
import tfrecord
import webdataset

import harness

SHARD = 250  # samples in a shard
PART = "train-00000-of-00001.parquet"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def choose(photos, limit):
    """Returns a list of (path in the class folder, file, label). Names tell the order."""
    found = harness.files(photos)[:limit]
    folders = sorted({os.path.dirname(path) for path in found})
    labels = {folder: number for number, folder in enumerate(folders)}
    return [(f"{labels[os.path.dirname(path)]:06d}/{number:06d}.jpg", path, labels[os.path.dirname(path)])
            for number, path in enumerate(found)]


def write_folder(samples, out):
    for name, path, _ in samples:
        os.makedirs(os.path.dirname(os.path.join(out, name)), exist_ok=True)
        shutil.copy2(path, os.path.join(out, name))


def write_tar(samples, out):
    with tarfile.open(out, "w") as file:
        for name, path, _ in samples:
            file.add(path, name)


def write_zip(samples, out):
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, strict_timestamps=False) as file:
        for name, path, _ in samples:
            file.write(path, name)


def write_shards(samples, out):
    os.makedirs(out)
    with webdataset.ShardWriter(os.path.join(out, "photos-%06d.tar"), maxcount=SHARD, verbose=0) as file:
        for name, path, label in samples:
            file.write({"__key__": os.path.basename(name)[:-4], "jpg": read(path), "cls": label})


def table_of(samples):
    classes = sorted({name.split("/")[0] for name, _, _ in samples})
    features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=classes)})
    rows = {"image": [{"bytes": read(path), "path": name} for name, path, _ in samples],
            "label": [label for _, _, label in samples]}
    return datasets.Dataset.from_dict(rows, features=features)


def write_parquet(samples, out):
    os.makedirs(out)
    table_of(samples).to_parquet(os.path.join(out, PART))  # it does not compress images


def write_snappy(samples, out):
    """Writes snappy and row groups of 100 rows, as older versions of datasets did."""
    os.makedirs(out)
    made = table_of(samples)
    pyarrow.parquet.write_table(made.data.table.cast(made.features.arrow_schema), os.path.join(out, PART),
                                compression="snappy", row_group_size=100)


def write_lmdb(samples, out):
    total = sum(os.path.getsize(path) for _, path, _ in samples)
    with lmdb.open(out, map_size=2 * total + (64 << 20)) as environment, environment.begin(write=True) as changes:
        for name, path, _ in samples:
            changes.put(name.encode(), read(path))


def write_tfrecord(samples, out):
    writer = tfrecord.TFRecordWriter(out)
    for name, path, label in samples:
        writer.write({"image/encoded": (read(path), "byte"), "image/class/label": (label, "int"),
                      "image/filename": (name.encode(), "byte")})
    writer.close()


WRITERS = {
    "folder": write_folder,
    "photos.tar": write_tar,
    "shards": write_shards,
    "photos.zip": write_zip,
    "parquet": write_parquet,
    "parquet-snappy": write_snappy,
    "lmdb": write_lmdb,
    "photos.tfrecord": write_tfrecord,
}


def main():
    photos, out, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
    datasets.disable_progress_bars()
    samples = choose(photos, limit)
    if not samples:
        sys.exit(f"no JPEGs in {photos}")
    for name, write in WRITERS.items():
        write(samples, os.path.join(out, name))
    print(json.dumps({"images": len(samples)}))


if __name__ == "__main__":
    main()
