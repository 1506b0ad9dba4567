#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""NVIDIA DALI with every operator on the CPU: its reader, its region decode, its resize, u8 NHWC.

It follows DALI's own ResNet-50 example: decoders.image_random_crop decodes only the drawn region; files are mapped into
memory; two batches are made ahead (the default); a whole epoch is shuffled. Everything else has its default: the tuning
page says that the defaults do well, and pinning threads needs CPUs of their own.
"""
import nvidia.dali as dali
from nvidia.dali import fn, pipeline_def, types

import harness


@pipeline_def
def train(files):
    encoded, label = fn.readers.file(files=files, shuffle_after_epoch=True, name="files")
    image = fn.decoders.image_random_crop(
        encoded, output_type=types.RGB, random_area=[0.08, 1.0], random_aspect_ratio=[3 / 4, 4 / 3], num_attempts=10
    )
    image = fn.resize(image, size=[harness.SIZE, harness.SIZE], interp_type=types.INTERP_CUBIC, antialias=True)
    return fn.flip(image, horizontal=fn.random.coin_flip()), label


@pipeline_def
def evaluate(files):
    encoded, label = fn.readers.file(files=files, name="files")
    image = fn.decoders.image(encoded, output_type=types.RGB)
    image = fn.resize(image, resize_shorter=harness.SHORT, interp_type=types.INTERP_CUBIC, antialias=True)
    return fn.crop(image, crop=(harness.SIZE, harness.SIZE)), label


class Dali:
    def __init__(self, arguments):
        self.version = f"DALI {dali.__version__}"
        make = train if arguments.recipe == "train" else evaluate
        files = harness.files(arguments.dataset)
        self.pipe = make(files, batch_size=arguments.batch, num_threads=arguments.threads, device_id=None)
        self.pipe.build()
        self.batches = len(files) // arguments.batch

    def epoch(self):
        """The reader continues from epoch to epoch. A batch across the end of an epoch counts for that epoch."""
        for _ in range(self.batches):
            yield len(self.pipe.run()[0])


harness.run(Dali)
