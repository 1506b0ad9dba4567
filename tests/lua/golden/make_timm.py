#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes timm.lua: the defaults of the real timm 1.0.31, and the ops that its create_transform makes
from many sets of arguments. The script reads each pipeline object back into the text of our ops, so
the test compares with the code that timm runs, not with an interpretation of it.

    python make_timm.py > timm.lua       (timm 1.0.31, torchvision 0.29)
"""
import inspect
import math

import timm
from timm.data import Mixup, create_dataset, create_loader, create_transform
from timm.data import transforms as tt
from torchvision import transforms as tv

INCEPTION = (0.5, 0.5, 0.5)
SETS = [
    {},
    {"input_size": 192},
    {"input_size": (3, 224, 224)},
    {"input_size": (3, 240, 320), "interpolation": "bicubic"},
    {"input_size": (192, 256), "crop_pct": 0.95},
    {"input_size": 299, "interpolation": "bicubic", "mean": INCEPTION, "std": INCEPTION},
    {"crop_pct": 0.9, "interpolation": "lanczos"},
    {"crop_pct": 1.0, "interpolation": "nearest"},
    {"crop_mode": "center", "crop_border_pixels": 8},
    {"crop_mode": "squash", "crop_pct": 0.94, "interpolation": "bicubic"},
    {"crop_mode": "squash", "input_size": (3, 160, 224)},
    {"crop_mode": "border", "crop_pct": 0.9},
    {"crop_mode": "border", "mean": INCEPTION, "interpolation": "bicubic"},
    {"crop_mode": "border", "input_size": (3, 128, 224), "interpolation": "hamming"},
    {"normalize": False},
    {"use_prefetcher": True, "interpolation": "box"},
    {"is_training": True},
    {"is_training": True, "input_size": (3, 224, 192), "interpolation": "random"},
    {"is_training": True, "scale": (0.2, 0.9), "ratio": (0.5, 2.0), "interpolation": "bicubic"},
    {"is_training": True, "hflip": 0.0, "vflip": 0.25},
    {"is_training": True, "color_jitter": None},
    {"is_training": True, "color_jitter": 0.0},
    {"is_training": True, "color_jitter": 0.3, "color_jitter_prob": 0.8},
    {"is_training": True, "color_jitter": (0.1, 0.2, 0.3)},
    {"is_training": True, "color_jitter": (0.4, 0.0, 1.5)},
    {"is_training": True, "re_prob": 0.25},
    {"is_training": True, "re_prob": 0.5, "re_count": 3, "use_prefetcher": True},
    {"is_training": True, "re_prob": 1.0, "re_count": 2, "mean": INCEPTION, "std": INCEPTION},
    {"is_training": True, "re_prob": 0.25, "re_mode": "pixel"},
    {"is_training": True, "re_prob": 0.25, "re_mode": "rand", "re_num_splits": 2},
    {"is_training": True, "train_crop_mode": "rrc"},
    {"is_training": True, "train_crop_mode": "rkrc", "interpolation": "random"},
    {"is_training": True, "train_crop_mode": "rkrr", "input_size": (3, 96, 128)},
    {"is_training": True, "train_crop_mode": "rkrr", "scale": (0.5, 1.0), "ratio": (0.8, 1.25)},
    {"is_training": True, "no_aug": True},
    {"is_training": True, "no_aug": True, "input_size": (3, 224, 224), "interpolation": "random"},
    {"is_training": True, "no_aug": True, "interpolation": "bicubic", "re_prob": 0.5},
    {"is_training": True, "normalize": False, "re_prob": 0.5},
]


def number(value):
    return repr(float(value)) if value != int(value) else str(int(value))


def numbers(values):
    return ",".join(number(v) for v in values)


def size(value):
    return f"{value[0]}x{value[1]}" if isinstance(value, (tuple, list)) else str(value)


def filter_name(value):
    if isinstance(value, (tuple, list)):
        return "random"
    return str(getattr(value, "value", value))


def yes(value):
    return "yes" if value else "no"


def keep_ratio(t):
    return (f"resize_keep_ratio size={size(t.size)} longest={number(t.longest)} "
            f"interpolation={filter_name(t.interpolation)} "
            f"random_scale_prob={number(t.random_scale_prob)} "
            f"random_scale_range={numbers(t.random_scale_range)} "
            f"random_scale_area={yes(t.random_scale_area)} "
            f"random_aspect_prob={number(t.random_aspect_prob)} "
            f"random_aspect_range={numbers(t.random_aspect_range)}")


def crop_or_pad(name, t):
    fill = t.fill if isinstance(t.fill, (tuple, list)) else [t.fill]
    return f"{name} size={size(t.size)} fill={numbers(fill)} padding_mode={t.padding_mode}"


def jitter(t, p=1.0):
    assert t.hue is None
    parts = []
    for name in ("brightness", "contrast", "saturation"):
        bounds = getattr(t, name)
        value = round(bounds[1] - 1, 12) if bounds else 0
        assert bounds is None or abs(max(0.0, 1 - value) - bounds[0]) < 1e-12
        parts.append(f"{name}={number(value)}")
    if t.brightness is t.contrast is t.saturation is None:
        return None
    return f"color_jitter {' '.join(parts)} p={number(p)}"


def erasing(t):
    aspect = [math.exp(v) for v in t.log_aspect_ratio]
    assert abs(aspect[0] - 0.3) < 1e-12 and abs(aspect[1] - 1 / 0.3) < 1e-12
    assert abs(t.min_area - 0.02) < 1e-12 and abs(t.max_area - 1 / 3) < 1e-12
    return (f"random_erasing p={number(t.probability)} mode={t.mode} count={t.min_count},{t.max_count} "
            f"num_splits={t.num_splits}")


def resize(t):
    if isinstance(t.size, int):
        return f"resize size={t.size} interpolation={filter_name(t.interpolation)}"
    return f"resize size={size(t.size)} mode=exact interpolation={filter_name(t.interpolation)}"


READERS = {
    tt.RandomResizedCropAndInterpolation: lambda t: (
        f"random_resized_crop size={size(t.size)} scale={numbers(t.scale)} "
        f"ratio={numbers(t.ratio)} interpolation={filter_name(t.interpolation)}"),
    tt.ResizeKeepRatio: keep_ratio,
    tt.CenterCropOrPad: lambda t: crop_or_pad("center_crop_or_pad", t),
    tt.RandomCropOrPad: lambda t: crop_or_pad("random_crop_or_pad", t),
    tt.TrimBorder: lambda t: f"trim_border border={t.border_size}",
    tv.Resize: resize,
    tv.CenterCrop: lambda t: f"center_crop size={size(tuple(t.size))}",
    tv.RandomHorizontalFlip: lambda t: f"hflip p={number(t.p)}",
    tv.RandomVerticalFlip: lambda t: f"vflip p={number(t.p)}",
    tv.ColorJitter: jitter,
    tv.RandomApply: lambda t: jitter(t.transforms[0], t.p),
    timm.data.random_erasing.RandomErasing: erasing,
}


def pipeline_text(kwargs):
    mean = kwargs.get("mean", timm.data.IMAGENET_DEFAULT_MEAN)
    std = kwargs.get("std", timm.data.IMAGENET_DEFAULT_STD)
    ops, dtype = [], None
    for t in create_transform(**kwargs).transforms:
        if isinstance(t, tt.MaybePILToTensor):
            dtype = "u8"
        elif isinstance(t, tt.MaybeToTensor):
            dtype = "f32"
        elif isinstance(t, tv.Normalize):
            assert all(abs(a - float(b)) < 1e-6 for a, b in zip(mean, t.mean))
            assert all(abs(a - float(b)) < 1e-6 for a, b in zip(std, t.std))
            ops.append(f"normalize mean={numbers(mean)} std={numbers(std)}")
        else:
            ops.append(READERS[type(t)](t))
    return "; ".join([op for op in ops if op] + [f"convert dtype={dtype}"])


def lua(value):
    if value is None or value is False:
        return "false"
    if value is True:
        return "true"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (tuple, list)):
        return "{ " + ", ".join(lua(v) for v in value) + " }"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {lua(v)}" for k, v in value.items()) + " }" if value else "{}"
    return number(value)


def default(value):
    """Writes a default as Lua compares it: None as the text "None", devices and dtypes by their names."""
    if value is inspect.Parameter.empty:
        return '"required"'
    if value is None:
        return '"None"'
    if type(value).__module__.startswith("torch"):
        return f'"{str(value).replace("torch.", "")}"'
    return lua(value)


def defaults(function):
    rows = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            rows.append(f"        {name} = {default(parameter.default)},")
    return "\n".join(rows)


def fill(words, width):
    """Joins words into lines of at most `width` characters, with a blank after each word."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word + " "
    lines[-1] = lines[-1][:-1]
    return lines


def wrapped_text(text):
    return "\n            .. ".join(f'"{line}"' for line in fill(text.split(" "), 76))


def wrapped_table(text):
    return "\n            ".join(line.rstrip() for line in fill(text.split(" "), 76))


def main():
    assert timm.__version__ == "1.0.31", timm.__version__
    print("-- SPDX-License-Identifier: MIT")
    print("-- Made by make_timm.py from the real timm 1.0.31; not edited by hand.")
    print("return {")
    print("    defaults = {")
    for function in (create_dataset, create_transform, create_loader, Mixup):
        body = defaults(function).replace("\n", "\n    ")
        print(f"        {function.__name__} = {{\n    {body}\n        }},")
    print("    },")
    print("    transforms = {")
    for kwargs in SETS:
        print(f"        {{ args = {wrapped_table(lua(kwargs))},")
        print(f"            text = {wrapped_text(pipeline_text(kwargs))} }},")
    print("    },")
    print("}")


main()
