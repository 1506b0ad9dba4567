#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""SPDL: its pipeline of threads, FFmpeg for the decode, the crop, the resize and the flip, u8 NHWC.

It follows SPDL's documentation: threads instead of processes, one filter graph an image (crop and bicubic scale before
the conversion to RGB), one copy from the frames into a batch, a few batches ahead in the sink. Flipping before the
scaling is a little faster than after it.
"""
import random
from importlib.metadata import version

import spdl.io
from spdl.pipeline import PipelineBuilder

import harness

SIZE = harness.SIZE
JPEG = spdl.io.demux_config(format="image2")  # FFmpeg need not guess the format, which takes a tenth of an image's time


def train(path):
    packets = spdl.io.demux_image(path, demux_config=JPEG)
    left, top, width, height = harness.draw_crop(packets.width, packets.height, random)
    flip = ",hflip" if random.random() < 0.5 else ""
    graph = f"crop={width}:{height}:{left}:{top}{flip},scale={SIZE}:{SIZE}:flags=bicubic,format=pix_fmts=rgb24"
    return spdl.io.decode_packets(packets, filter_desc=graph)


def evaluate(path):
    packets = spdl.io.demux_image(path, demux_config=JPEG)
    width, height = harness.short_side_to(harness.SHORT, packets.width, packets.height)
    graph = f"scale={width}:{height}:flags=bicubic,crop={SIZE}:{SIZE},format=pix_fmts=rgb24"
    return spdl.io.decode_packets(packets, filter_desc=graph)


def endless(files, shuffle):
    while True:
        if shuffle:
            random.shuffle(files)
        yield from files


class Spdl:
    def __init__(self, arguments):
        self.version = f"SPDL {version('spdl')}"
        files = harness.files(arguments.dataset)
        is_train = arguments.recipe == "train"
        self.batches = len(files) // arguments.batch
        self.pipeline = (
            PipelineBuilder()
            .add_source(endless(files, is_train))
            .pipe(train if is_train else evaluate, concurrency=arguments.threads)
            .aggregate(arguments.batch)
            .pipe(lambda frames: spdl.io.to_numpy(spdl.io.convert_frames(frames)))
            .add_sink(3)
            .build(num_threads=arguments.threads)
        )
        self.pipeline.start()
        self.iterator = self.pipeline.get_iterator()

    def epoch(self):
        for _ in range(self.batches):
            yield len(next(self.iterator))


harness.run(Spdl)
