#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The containers that write_sources.py wrote, by the readers of others: timm, webdataset, Hugging Face's datasets, and
Pillow with lmdb or tfrecord. `--reader` names one.

All use timm's transform and the collate function of its prefetcher, so that they make the same batches of u8. They run
in one process, which costs them no transfer between workers.
"""
import io
import os
import warnings

import torch
from PIL import Image
from timm.data import create_dataset, create_loader, create_transform
from timm.data.loader import fast_collate
from torch.utils.data import DataLoader, Dataset

import harness

BUFFER = 1000  # samples in a shuffle buffer
CACHE = "cache"  # for the Arrow files that datasets makes of Parquet files


def transform_of(arguments):
    return create_transform((3, harness.SIZE, harness.SIZE), is_training=arguments.recipe == "train",
                            interpolation="bicubic", color_jitter=0.0, crop_pct=harness.SIZE / harness.SHORT,
                            use_prefetcher=True)


def open_image(content):
    return Image.open(io.BytesIO(content)).convert("RGB")


def by_timm(name, *, path="", split="train"):
    def make(arguments):
        root = os.path.join(arguments.dataset, path)
        images = len(harness.files(os.path.join(arguments.dataset, "folder")))
        made = create_dataset(name.format(arguments.dataset), root, split=split.format(images - 1, images), search_split=False,
                              is_training=True, batch_size=arguments.batch)
        return create_loader(made, input_size=(3, harness.SIZE, harness.SIZE), batch_size=arguments.batch,
                             is_training=arguments.recipe == "train", interpolation="bicubic", color_jitter=0.0,
                             crop_pct=harness.SIZE / harness.SHORT, num_workers=0, device=torch.device("cpu"),
                             persistent_workers=False).loader
    return make


def by_webdataset(arguments):
    import webdataset

    folder = os.path.join(arguments.dataset, "shards")
    shards = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    return (webdataset.WebDataset(shards, shardshuffle=len(shards)).shuffle(BUFFER).decode("pilrgb")
            .to_tuple("jpg", "cls").map_tuple(transform_of(arguments), int)
            .batched(arguments.batch, collation_fn=fast_collate, partial=False))


def batches_of(made, arguments, **how):
    return DataLoader(made, batch_size=arguments.batch, collate_fn=fast_collate, drop_last=True, **how)


def by_datasets(arguments):
    import datasets

    transform = transform_of(arguments)

    def apply(rows):
        return {"image": [transform(image.convert("RGB")) for image in rows["image"]], "label": rows["label"]}

    datasets.disable_progress_bars()
    made = datasets.load_dataset(os.path.join(arguments.dataset, "parquet"), split="train",
                                 cache_dir=os.path.join(arguments.dataset, CACHE))
    made.set_transform(apply)
    return DataLoader(made, batch_size=arguments.batch, shuffle=True, drop_last=True,
                      collate_fn=lambda rows: fast_collate([(row["image"], row["label"]) for row in rows]))


class Lmdb(Dataset):
    """The usual recipe: a transaction for reading, and the keys in a list."""

    def __init__(self, arguments):
        import lmdb

        self.transform = transform_of(arguments)
        path = os.path.join(arguments.dataset, "lmdb")
        self.reading = lmdb.open(path, readonly=True, lock=False, readahead=False).begin(buffers=True)
        self.keys = [bytes(key) for key in self.reading.cursor().iternext(values=False)]

    def __len__(self):
        return len(self.keys)

    def __getitem__(self, index):
        key = self.keys[index]
        return self.transform(open_image(self.reading.get(key))), int(key.partition(b"/")[0])


def by_tfrecord(arguments):
    from tfrecord.torch import TFRecordDataset

    transform = transform_of(arguments)

    def apply(features):
        return transform(open_image(features["image/encoded"])), int(features["image/class/label"][0])

    path = os.path.join(arguments.dataset, "photos.tfrecord")
    made = TFRecordDataset(path, None, {"image/encoded": "byte", "image/class/label": "int"}, transform=apply,
                           shuffle_queue_size=BUFFER)
    return batches_of(made, arguments)


READERS = {
    "timm-folder": by_timm("", path="folder"),
    "timm-tar": by_timm("", path="photos.tar"),
    "timm-wds": by_timm("wds/", path="shards", split="photos-{{000000..000003}}.tar|{1}"),
    "timm-hfds": by_timm("hfds/{}/parquet", path=CACHE),
    "webdataset": by_webdataset,
    "datasets": by_datasets,
    "lmdb": lambda arguments: batches_of(Lmdb(arguments), arguments, shuffle=True),
    "tfrecord": by_tfrecord,
}


class Reader:
    def __init__(self, arguments):
        from importlib.metadata import version

        warnings.simplefilter("ignore")
        torch.set_num_threads(1)
        package = arguments.reader.partition("-")[0]
        self.version = f"{package} {version(package)}"
        self.loader = READERS[arguments.reader](arguments)

    def epoch(self):
        for images, _ in self.loader:
            yield images.shape[0]


harness.run(Reader, reader=READERS)
