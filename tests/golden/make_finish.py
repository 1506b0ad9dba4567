#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes finish.inc: checksums of the results of timm 1.0.31's PrefetchLoader for all 256 values.

The image is 16 × 16, three channels, each counting from 0 to 255. A checksum is FNV-1a, 64 bits, of
the bytes of the normalised image (channels one after the other).
"""

import pathlib

import timm
import torch
from timm.data.loader import PrefetchLoader

DTYPES = {"TN_F16": torch.float16, "TN_BF16": torch.bfloat16, "TN_F32": torch.float32}
CONSTANTS = (
    ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ((0.5, 0.25, 0.1), (0.5, 0.3, 0.7)),
    ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)))


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def main():
    assert timm.__version__ == "1.0.31", timm.__version__
    image = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16).repeat(1, 3, 1, 1)
    lines = ["/* SPDX-License-Identifier: MIT */",
             "/* Made by make_finish.py with timm 1.0.31: dtype, mean, std, checksum. */"]
    for name, dtype in DTYPES.items():
        for mean, std in CONSTANTS:
            loader = PrefetchLoader([(image, torch.zeros(1))], mean=mean, std=std, channels=3,
                                    device=torch.device("cpu"), img_dtype=dtype)
            result = next(iter(loader))[0].contiguous().reshape(-1).view(torch.uint8)
            numbers = ["{%s}" % ", ".join(map(str, k)) for k in (mean, std)]
            lines.append("{%s, %s, %s, 0x%016xULL}," % (name, *numbers, fnv(result.numpy().tobytes())))
    pathlib.Path(__file__).with_name("finish.inc").write_text("\n".join(lines) + "\n")


main()
