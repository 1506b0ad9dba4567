# SPDX-License-Identifier: MIT
"""One epoch of training with PyTorch:

    python pytorch.py DATASET [SPLIT]

tench_torch.py, beside this file, is all that it needs; copy it into your project. Where tench is not installed, the
environment's TENCH_LIB names the library: TENCH_LIB=build/release/libtench.so.
"""
import sys

import torch
from tench_torch import Loader

OPS = "random_resized_crop size=64; hflip; normalize; convert dtype=f32"
CLASSES = 1000  # at least the data set's number of classes

device = "cuda" if torch.cuda.is_available() else "cpu"
loader = Loader(sys.argv[1], OPS, split=(sys.argv[2:] or [None])[0], batch_size=32, seed=1, device=device)
model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 64 * 64, CLASSES)).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
for images, labels in loader.epoch(0):
    loss = torch.nn.functional.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"{len(labels)} images, loss {loss.item():.3f}")
