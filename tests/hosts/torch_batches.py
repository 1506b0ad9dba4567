# SPDX-License-Identifier: MIT
"""PyTorch gets batches through recipes/examples/tench_torch.py: torch_batches.py DATASET, with TENCH_LIB. Skips (77)
without PyTorch. Leaves CUDA out, and says so, if PyTorch or this tench has none."""
import contextlib
import os
import pathlib
import sys
import tempfile
import types
from unittest import mock

try:
    import torch
except ImportError:
    print("skipped: no PyTorch here")
    sys.exit(77)
import tench_torch
from tench_torch import Loader

OPS = "random_resized_crop size=32; hflip; normalize; convert dtype=%s"
DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "u8": torch.uint8}


def raises(word, function, *arguments, error=RuntimeError, **options):
    try:
        function(*arguments, **options)
    except error as raised:
        assert word in str(raised), raised
        return
    raise AssertionError(f"no error that says {word}")


def check_dtype(root, name, device):
    """Checks that two runs of an epoch are equal and that a tensor outlives its loader. Returns the epoch's batches in
    the host's memory."""
    loader = Loader(root, OPS % name, batch_size=4, seed=1, device=device)
    twice = []
    for _ in range(2):
        twice.append([])
        for images, labels in loader.epoch(0):
            assert images.dtype == DTYPES[name] and images.shape[1:] == (3, 32, 32) and images.is_contiguous()
            assert images.device.type == labels.device.type == device and labels.dtype == torch.int64
            twice[-1].append((images.cpu().clone(), labels.tolist()))
    assert len(twice[0]) == len(twice[1]) > 1 and not torch.equal(twice[0][0][0], twice[0][1][0])
    for (images, labels), (again, labels_again) in zip(*twice):
        assert torch.equal(images, again) and labels == labels_again
    kept, _ = next(loader.epoch(0))
    del loader
    assert torch.equal(kept.cpu(), twice[0][0][0])
    return twice[0]


def check_rest(root):
    """Checks soft targets, and that wrong options raise errors with tench's messages."""
    mixed = Loader(root, OPS % "f32" + "; mixup mixup_alpha=1", batch_size=4, order="sequential")
    for images, labels, targets in mixed.epoch(3):
        assert targets.shape == (len(labels), 2) and torch.allclose(targets.sum(1), torch.ones(len(labels)))
    raises("No such file", Loader, root + "/nowhere", OPS % "f32", batch_size=4)
    raises('did you mean "hflip"', Loader, root, "hflop", batch_size=4)
    wrong = {"batch_size": 0, "order": "odd", "drop_last": 7, "repeats": -1, "n_subset": 9, "world_size": -1,
             "even_ranks": 7, "threads": -1, "depth": 1, "on_fault": 7, "fault_budget": -1, "device": "tpu",
             "large_bytes": -1, "outputs": -1, "max_outputs": -1}
    for name, value in wrong.items():
        raises({"n_subset": "subset", "device": "tpu"}.get(name, name), Loader, root, OPS % "f32",
               **{"batch_size": 4, name: value})
    raises("thread", Loader, root, OPS % "f32", error=AttributeError, batch_size=4, thread=1)
    for name, value in {"seed": 2**63, "batch_size": 2**32 + 4, "large_bytes": -(2**63) - 1, "order": "odd\0",
                        "device": "cpu\0", "split": "\0"}.items():
        raises(name + " = ", Loader, root, OPS % "f32", error=ValueError, **{"batch_size": 4, name: value})
    raises("root = ", Loader, root + "\0", OPS % "f32", error=ValueError, batch_size=4)
    raises("NUL", Loader, root, OPS % "f32" + "\0", error=ValueError, batch_size=4)
    raises("epoch = ", next, mixed.epoch(2**64 + 3), error=ValueError)
    for seed in (2**63 - 1, -(2**63)):
        assert next(Loader(root, OPS % "u8", batch_size=4, seed=seed).epoch(2**62))
    raises("epoch", next, mixed.epoch(-1))
    raises("held", list, Loader(root, OPS % "u8", batch_size=1, depth=3).epoch(0))
    older, newer = mixed.epoch(0), mixed.epoch(1)
    assert next(older) and next(newer)
    raises("epoch 0 was ended", next, older, error=AssertionError)
    for flag, sizes in {True: [4, 4], False: [4, 4, 2]}.items():
        epoch = Loader(pathlib.Path(root), OPS % "u8", batch_size=4, drop_last=flag).epoch(0)
        assert [len(labels) for _, labels in epoch] == sizes


def check_bad_name():
    """Checks that a message escapes a name that is not UTF-8."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/class")
        with open(os.fsencode(folder) + b"/class/\xff.jpg", "wb") as file:
            file.write(b"not a picture")
        raises("class/\\xFF.jpg", next, Loader(folder, OPS % "u8", batch_size=1).epoch(0))


class Witness:
    """Passes calls to the library, and records the names of the functions."""

    def __init__(self, library):
        self.library, self.names = library, []

    def __getattr__(self, name):
        return getattr(self.library, name)

    def __getitem__(self, name):
        self.names.append(name)
        return self.library[name]


def check_ends(root):
    """Checks that every object is destroyed, even if the next call fails."""
    witness = tench_torch.tench = Witness(tench_torch.tench)
    try:
        raises("batch_size", Loader, root, OPS % "u8", batch_size=0)
        raises("hflop", Loader, root, "hflop", batch_size=4)
        epoch = Loader(root, OPS % "u8", batch_size=4).epoch(0)
        next(epoch)
        del epoch
    finally:
        tench_torch.tench = witness.library
    for noun, n in {"dataset": 3, "transform": 3, "loader": 2}.items():
        made, ended = (witness.names.count(f"tn_{noun}_{verb}") for verb in ("create", "destroy"))
        assert made == n <= ended, (noun, witness.names)


def check_whose_stream(root):
    """Checks that PyTorch is asked for the stream of tench's device, not of PyTorch's current device. If "auto" is the
    CPU, the stream is not used."""
    asked = []
    stream = types.SimpleNamespace(cuda_stream=0)
    with mock.patch.multiple(torch.cuda, is_available=lambda: True, current_stream=lambda n: asked.append(n) or stream):
        for device in ("cpu", "auto"):
            with contextlib.suppress(RuntimeError, AssertionError):  # tench may have a device that PyTorch lacks
                next(Loader(root, OPS % "u8", batch_size=4, device=device).epoch(0))
    assert asked == [0], asked


def check_cuda(root, wanted):
    """Checks that the bits are those of the CPU, on the default stream and on another one."""
    if not torch.cuda.is_available():
        check_whose_stream(root)
        return "PyTorch sees no CUDA device"
    try:
        Loader(root, OPS % "u8", batch_size=4, device="cuda")
    except RuntimeError as error:
        if "no CUDA kernels" in str(error):
            return str(error)
        raise
    for name, batches in wanted.items():
        for stream in (torch.cuda.default_stream(), torch.cuda.Stream()):
            with torch.cuda.stream(stream):
                made = check_dtype(root, name, "cuda")
            assert all(torch.equal(a[0], b[0]) and a[1] == b[1] for a, b in zip(made, batches))
    return None


def main(root):
    wanted = {name: check_dtype(root, name, "cpu") for name in DTYPES}
    check_rest(root)
    check_bad_name()
    check_ends(root)
    left_out = check_cuda(root, wanted)
    print("torch", torch.__version__, "took all batches on cpu" + ("" if left_out else " and cuda"))
    if left_out:
        print("cuda left out:", left_out)


if __name__ == "__main__":
    main(*sys.argv[1:])
