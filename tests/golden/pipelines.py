#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Replays random chains of ops on random images with the real Pillow, torchvision and timm.

usage: pipelines.py LIBTENCH_SO [SEED [COUNT]]

Each chain runs through tn_transform_apply. Python then repeats the steps that tn_image_explain lists.
Prints each chain whose bytes differ, and exits with 1 if there is one. Packages: requirements.txt
beside this file.
"""
import ctypes
import json
import random
import sys

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image
from timm.data.transforms import crop_or_pad

FILTERS = "nearest box bilinear hamming bicubic lanczos mks2013 mks2021".split()
PADDINGS = "constant edge reflect symmetric".split()


class Key(ctypes.Structure):
    """tn_draw_key."""
    _fields_ = [("seed", ctypes.c_int64), ("epoch", ctypes.c_int64), ("position", ctypes.c_int64),
                ("view", ctypes.c_int32), ("reserved", ctypes.c_int32)]


def load(path):
    lib = ctypes.CDLL(path)
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32
    for name, result, arguments in (
            ("tn_image_create", pointer, (pointer, number, number, number)),
            ("tn_image_destroy", None, (pointer,)),
            ("tn_image_copy", number, (pointer, pointer, ctypes.c_int64)),
            ("tn_image_explain", text, (pointer,)),
            ("tn_transform_create", pointer, (text,)),
            ("tn_transform_destroy", None, (pointer,)),
            ("tn_transform_apply", pointer, (pointer, pointer, pointer)),
            ("tn_error", text, ())):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


def random_op(rng):
    size = f"{rng.randint(1, 60)}x{rng.randint(1, 60)}"
    name = rng.choice(FILTERS)
    return rng.choice((
        lambda: f"random_resized_crop size={size} interpolation={rng.choice((name, 'random'))}",
        lambda: f"resize size={rng.randint(1, 60)} interpolation={name}",
        lambda: f"resize size={size} mode=exact interpolation={name}",
        lambda: f"resize_keep_ratio size={size} longest={rng.choice((0, .5, 1))} "
                f"interpolation={name} random_scale_prob=0.5 random_aspect_prob=0.5",
        lambda: f"center_crop size={size}",
        lambda: f"{rng.choice(('center', 'random'))}_crop_or_pad size={size} fill=7 "
                f"padding_mode={rng.choice(PADDINGS)}",
        lambda: f"trim_border border={rng.randint(0, 9)}",
        lambda: rng.choice(("hflip", "vflip")),
        lambda: "color_jitter " + " ".join(f"{kind}={rng.choice((0, .4, 1.5))}" for kind in
                                           ("brightness", "contrast", "saturation"))))()


def random_pixels(rng, position):
    channels = rng.choice((1, 3))
    width = rng.randint(1, 4) if rng.random() < .2 else rng.randint(1, 120)
    height = rng.randint(1, 120)
    if rng.random() < .5:
        return np.random.RandomState(position).randint(0, 256, (height, width, channels), np.uint8)
    ramp = np.add.outer(np.arange(height) * 2, np.arange(width) * 3)[..., None]
    return (ramp + np.arange(channels) * 30).astype(np.uint8)


def replay(image, done):
    op = done["op"]
    if "box" in done:
        x, y, w, h = done["box"]
        image = crop_or_pad(image, y, x, h, w, fill=done.get("fill", [0])[0],
                            padding_mode=done.get("padding_mode", "constant"))
    if "size" in done:
        image = image.resize(done["size"][::-1], Image.Resampling[done["interpolation"].upper()])
    if op in ("hflip", "vflip"):
        image = getattr(F, op)(image)
    for name, factor in done.get("factors", ()):
        image = getattr(F, f"adjust_{name}")(image, factor)
    return image


def run(lib, text, pixels, position):
    """Returns whether the bytes are the same, and the steps. Prints a failure and returns None, None."""
    image = lib.tn_image_create(pixels.ctypes.data, pixels.shape[1], pixels.shape[0],
                                pixels.shape[2])
    transform = lib.tn_transform_create(text.encode())
    made = transform and lib.tn_transform_apply(transform, image, ctypes.byref(Key(5, 1, position)))
    if not made:
        print(f"{text}: {lib.tn_error().decode()}")
        return None, None
    done = json.loads(lib.tn_image_explain(made))
    want = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[:, :, 0])
    for step in done:
        want = replay(want, step)
    want = np.asarray(want).tobytes()
    got = ctypes.create_string_buffer(len(want))
    same = lib.tn_image_copy(made, got, len(want)) == 0 and got.raw == want
    lib.tn_image_destroy(made)
    lib.tn_image_destroy(image)
    lib.tn_transform_destroy(transform)
    return same, done


def main():
    lib = load(sys.argv[1])
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    different = 0
    for position in range(count):
        pixels = np.ascontiguousarray(random_pixels(rng, position))
        text = "; ".join(random_op(rng) for _ in range(rng.randint(1, 5)))
        same, done = run(lib, text + "; convert dtype=u8 layout=nhwc", pixels, position)
        if not same:
            different += 1
            print(f"differs: {text} on {pixels.shape}: {json.dumps(done)}")
    print(f"{count} chains, {different} differ")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
