#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the batches of a dump with timm's own code from the bytes before the last write, and counts the values that
differ.

    finish.py BYTES DIR [re_num_splits=N] [mixup argument=value…]

BYTES and DIR are dumps of `tench run` that differ only in the last write: BYTES has the pixels as u8, neither erased
nor normalised; DIR was made with `compat=timm`. timm's PrefetchLoader works on BYTES. Where its random erasing draws,
it gets the numbers of DIR/samples.jsonl. NumPy makes the noise again here, from the keys in that file. If DIR's recipe
has the op mixup, timm's FastCollateMixup (place=u8) or Mixup (place=float) mixes with DIR's lambdas and boxes, and
targets are compared too. With mode=half DIR has half of BYTES' rows. The last line is `rows=… erased=… mixed=…
differing_rows=… differing_values=…`; the exit code is 0 only if nothing differs.
"""
import collections
import json
import math
import os
import sys

import numpy as np
import timm
import timm.data.mixup
import timm.data.random_erasing
import torch
from timm.data.loader import PrefetchLoader

assert timm.__version__ == "1.0.31", f"timm {timm.__version__} is not the reference version"

DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
DEFAULTS = {"re_num_splits": "0", "mode": "batch", "place": "u8", "mixup_alpha": "1", "cutmix_alpha": "0",
            "cutmix_minmax": None, "correct_lam": "yes", "label_smoothing": "0.1", "num_classes": "1000"}
LOG = "-0.07634493 0.12761575 -0.13160183 0.14201759 -0.16623357 0.20001227 -0.2500082 0.33333331"
SINE = "-0.0046016611 0.079680033 -0.64596349 1.5707964"
COSINE = "9.0376654e-4 -0.020860165 0.25366923 -1.2337005 1"


def fused(a, b, c):
    """Computes fmaf in long double: a product of two floats is exact there, and the sum's second rounding is
    harmless."""
    return (np.longdouble(a) * b + c).astype(np.float32)


def polynomial(x, coefficients):
    numbers = [np.float32(number) for number in coefficients.split()]
    value = np.full_like(x, numbers[0])
    for number in numbers[1:]:
        value = fused(value, x, number)
    return value


def philox(counter, key):
    """Philox4x32-10 of arrays of counters."""
    c, k = [np.uint64(word) for word in counter], list(key)
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        first, second = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [second >> np.uint64(32) ^ c[1] ^ np.uint64(k[0]), second & low,
             first >> np.uint64(32) ^ c[3] ^ np.uint64(k[1]), first & low]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return [word.astype(np.uint32) for word in c]


def logarithm(u):
    bits = (u.view(np.uint32) - np.uint32(0x3F3504F3)).astype(np.int32)
    exponent = (bits >> 23).astype(np.float32)
    f = ((bits & 0x7FFFFF) + 0x3F3504F3).astype(np.uint32).view(np.float32) - np.float32(1)
    tail = fused(f * f, np.float32(-0.5), f * f * f * polynomial(f, LOG))
    return fused(exponent, np.float32(0.693359375), f + fused(exponent, np.float32(-2.12194440e-4), tail))


def normals(words):
    """Four normal numbers from each block, on the last axis."""
    out = []
    for radius, angle in ((words[0], words[1]), (words[2], words[3])):
        length = np.sqrt(np.float32(-2) * logarithm(((radius >> 8) + 1).astype(np.float32) / np.float32(1 << 24)))
        turn = (angle >> 8).astype(np.int64)
        quarter = (turn + 0x200000) >> 22
        t = (turn - (quarter << 22)).astype(np.float32) / np.float32(1 << 22)
        s, c = t * polynomial(t * t, SINE), polynomial(t * t, COSINE)
        sine, cosine = np.where(quarter & 1, c, s), np.where(quarter & 1, s, c)
        out += [length * np.where(quarter + 1 & 2, -cosine, cosine), length * np.where(quarter & 2, -sine, sine)]
    return np.stack(out, -1)


def noise(line, number, box, channels):
    """The values that timm would draw for a box: (c, 1, 1) or (c, h, w)."""
    if line["mode"] == "rand":
        words = philox([np.array([word]) for word in (number, 0, 0, 2)], line["key"])
        return normals(words)[0, :channels, None, None]
    x, y, w, h = box
    first, last = x // 4, (x + w - 1) // 4
    c, row, group = np.meshgrid(np.arange(channels), np.arange(y, y + h), np.arange(first, last + 1), indexing="ij")
    drawn = normals(philox([group, row, c, np.ones_like(c)], line["key"])).reshape(channels, h, -1)
    return drawn[:, :, x - 4 * first : x - 4 * first + w]


class Script:
    """Replaces Python's random in timm's random_erasing, and its _get_pixels: returns the numbers that tench drew."""

    def __init__(self):
        self.calls = collections.deque()

    def next(self, name):
        wanted, value = self.calls.popleft()
        assert wanted == name, f"timm draws {name}, the dump has {wanted}"
        return value

    def random(self):
        return self.next("random")

    def uniform(self, *_):
        return self.next("uniform")

    def randint(self, *_):
        return self.next("randint")

    def pixels(self, per_pixel, rand_color, patch_size, dtype, device):
        made = self.next("pixels")
        if made is None:
            return torch.zeros((patch_size[0], 1, 1), dtype=dtype, device=device)
        assert made.shape == (tuple(patch_size) if per_pixel else (patch_size[0], 1, 1))
        assert per_pixel or rand_color
        return torch.from_numpy(np.ascontiguousarray(made)).to(dtype)

    def add_row(self, line, channels, area):
        """The draws of a row: `line` is the explanation of its erasing, None if it has none."""
        self.calls.append(("random", 0.0 if line else 2.0))
        if not line:
            return
        self.calls.append(("randint", len(line["boxes"])))
        for number, box in enumerate(line["boxes"]):
            x, y, w, h = box
            drawn = None if line["mode"] == "const" else noise(line, number, box, channels)
            self.calls += [("uniform", w * h * len(line["boxes"]) / area), ("uniform", math.log(h / w)),
                           ("randint", y), ("randint", x), ("pixels", drawn)]


def op_line(line, name):
    found = [step for step in line["ops"] if step["op"] == name]
    return {**found[0], "boxes": sum((step["boxes"] for step in found), [])} if name == "random_erasing" and found \
        else found[0] if found else None


def erasing_lines(lines):
    return [op_line(line, "random_erasing") for line in lines]


class Numbers:
    """Replaces NumPy in timm's mixup: random numbers are those that tench drew, everything else is NumPy's."""

    def __init__(self, lines, options, h, w):
        self.random, self.calls = self, collections.deque()
        both = float(options["mixup_alpha"]) > 0 and (
            float(options["cutmix_alpha"]) > 0 or options["cutmix_minmax"] is not None)
        lines = lines[: len(lines) // 2] if options["mode"] == "pair" else lines
        coins = np.array([2.0 if line["kind"] == "none" else 0.0 for line in lines])
        other = np.array([0.0 if line["kind"] == "cutmix" else 2.0 for line in lines])
        drawn = np.array([line["drawn"] for line in lines])
        self.single = options["mode"] != "batch"
        if self.single:
            self.calls += [("rand", other)] if both else []
            self.calls += [("beta", drawn)] * (2 if both else 1) + [("rand", coins)]
        else:
            lines = lines[:1]
            self.calls.append(("rand", coins[0]))
            if lines[0]["kind"] != "none":
                self.calls += [("rand", other[0])] if both else []
                self.calls.append(("beta", drawn[0]))
        for line in lines:
            if line["kind"] == "cutmix":
                self.calls += [("randint", value) for value in self.box(line, options, h, w)]

    def box(self, line, options, h, w):
        x, y, wide, high = line["box"]
        if options["cutmix_minmax"] is not None:
            return high, wide, y, x
        lam = np.float32(line["drawn"]) if self.single else float(line["drawn"])
        ratio = np.sqrt(1 - lam)
        return tuple(centre(side, int(side * ratio), *at) for side, at in ((h, (y, high)), (w, (x, wide))))

    def next(self, name):
        wanted, value = self.calls.popleft()
        assert wanted == name, f"timm draws {name}, the dump has {wanted}"
        return value

    def rand(self, *_):
        return self.next("rand")

    def beta(self, *_, **__):
        return self.next("beta")

    def randint(self, *_, **__):
        return self.next("randint")

    def __getattr__(self, name):
        return getattr(np, name)


def centre(side, cut, low, length):
    """A centre for which timm's rand_bbox cuts this box; any centre if the box is empty."""
    for at in range(side):
        ends = [min(max(end, 0), side) for end in (at - cut // 2, at + (cut + 1) // 2)]
        if length == 0 or ends == [low, low + length]:
            return at
    raise AssertionError(f"no box of {cut} of {side} is {low}, {length}")


def mixer(kind, lines, options, h, w):
    timm.data.mixup.np = Numbers(lines, options, h, w)
    minmax = options["cutmix_minmax"]
    return kind(
        mixup_alpha=float(options["mixup_alpha"]), cutmix_alpha=float(options["cutmix_alpha"]),
        cutmix_minmax=minmax and [float(share) for share in minmax.split(",")], prob=1.0, mode=options["mode"],
        correct_lam=options["correct_lam"] == "yes", label_smoothing=float(options["label_smoothing"]),
        num_classes=int(options["num_classes"]))


def finish(pixels, lines, labels, options):
    """Makes a batch with timm's loader, and its targets."""
    num_splits = int(options["re_num_splits"])
    mixes = [op_line(line, "mixup") for line in lines]
    targets = torch.from_numpy(labels)
    place = options["place"] if mixes[0] else None
    if place == "u8":
        collate = mixer(timm.data.mixup.FastCollateMixup, mixes, options, *pixels.shape[2:])
        mixed, targets = collate([(image.copy(), int(label)) for image, label in zip(pixels, labels)])
        pixels = mixed.numpy()
    convert, normalize = op_line(lines[0], "convert"), op_line(lines[0], "normalize")
    erasings = erasing_lines(lines)
    modes = {line["mode"] for line in erasings if line}
    script = Script()
    timm.data.random_erasing.random = script
    timm.data.random_erasing._get_pixels = script.pixels
    rows, channels, h, w = pixels.shape
    first = rows // num_splits if num_splits > 1 else 0
    assert not any(erasings[:first]), "a row of the first part was erased"
    for line in erasings[first:] if modes else ():
        script.add_row(line, channels, h * w)
    loader = PrefetchLoader(
        [(torch.from_numpy(pixels), torch.zeros(rows))], mean=normalize["mean"], std=normalize["std"],
        channels=channels, device=torch.device("cpu"), img_dtype=DTYPES[convert["dtype"]],
        re_prob=1.0 if modes else 0.0, re_mode=modes.pop() if modes else "const", re_count=99,
        re_num_splits=num_splits)
    made = next(iter(loader))[0]
    assert not script.calls and not modes
    if place == "float":
        mix = mixer(timm.data.mixup.Mixup, mixes, options, h, w)
        made, targets = mix(made, targets)
    assert not mixes[0] or not timm.data.mixup.np.calls
    made = made.permute(0, 2, 3, 1) if convert["layout"] == "nhwc" else made
    return made.contiguous().view(torch.uint8).numpy(), targets.numpy()


def batches(directory):
    """Yields (number, lines) for each batch of a dump."""
    found = collections.defaultdict(list)
    for text in open(os.path.join(directory, "samples.jsonl"), encoding="utf-8"):
        line = json.loads(text)
        found[line["batch"]].append(line)
    return sorted(found.items())


def main():
    plain, directory = sys.argv[1:3]
    options = {**DEFAULTS, **dict(pair.split("=", 1) for pair in sys.argv[3:])}
    rows = bad_rows = bad_values = erased = mixed = 0
    for number, lines in batches(directory):
        name = f"batch_{number:05d}.npy"
        ours = np.load(os.path.join(directory, name))
        labels = np.load(os.path.join(plain, f"label_{number:05d}.npy"))
        theirs, targets = finish(np.load(os.path.join(plain, name)), lines, labels, options)
        if op_line(lines[0], "mixup"):
            kept = np.load(os.path.join(directory, f"target_{number:05d}.npy"))
            bad_values += int((kept.view(np.uint32) != targets.view(np.uint32)).sum())
            mixed += sum(op_line(line, "mixup")["kind"] != "none" for line in lines)
        differing = (ours.view(np.uint8) != theirs).reshape(len(lines), -1, ours.itemsize).any(2).sum(1)
        rows += len(lines)
        erased += sum(line is not None for line in erasing_lines(lines))
        bad_rows += int((differing > 0).sum())
        bad_values += int(differing.sum())
    print(f"rows={rows} erased={erased} mixed={mixed} differing_rows={bad_rows} differing_values={bad_values}")
    sys.exit(1 if bad_values or rows == 0 else 0)


if __name__ == "__main__":
    main()
