# SPDX-License-Identifier: MIT
"""NumPy, and CuPy on a CUDA device, take batches by DLPack: array_batches.py DATASET numpy|cupy, with TENCH_LIB.
Skips (77) without the library; skips cupy without a device, or if this tench has no kernels for it.

tench_torch.py calls PyTorch to take a tensor, to ask whether it has CUDA, and to get the current stream. The test puts
another library in PyTorch's place and leaves the file as it is.
"""
import importlib
import sys
import types


def skip(why):
    print("skipped:", why)
    sys.exit(77)


class Shared:
    """Wraps a capsule in an object that returns it, which is what the array libraries take."""

    def __init__(self, capsule, device):
        self.capsule, self.device = capsule, device

    def __dlpack_device__(self):
        return self.device, 0

    def __dlpack__(self, *, max_version=(0, 8), **_):  # ignores the stream, which already waits for the batch
        if max_version < (1, 0):
            skip("a library that knows DLPack 0.8 only")
        return self.capsule


def loader_with(library, device):
    """Returns tench_torch.Loader with this library instead of PyTorch."""
    def current_stream(_):
        return types.SimpleNamespace(cuda_stream=library.cuda.get_current_stream().ptr)

    sys.modules["torch"] = types.SimpleNamespace(
        from_dlpack=lambda capsule: library.from_dlpack(Shared(capsule, device)),
        cuda=types.SimpleNamespace(current_stream=current_stream, is_available=lambda: hasattr(library, "cuda")))
    sys.modules.pop("tench_torch", None)
    return importlib.import_module("tench_torch").Loader


def epoch_of(loader, number, to_host):
    return [(to_host(images), to_host(labels)) for images, labels in loader.epoch(number)]


def check(root, dtype, numpy, cupy):
    """Checks that CuPy's bits on the device are those of NumPy on the CPU, and that an array outlives its loader."""
    ops = f"random_resized_crop size=32; hflip; normalize; convert dtype={dtype}"
    loader = loader_with(numpy, 1)(root, ops, batch_size=4, seed=1)
    wanted, others = (epoch_of(loader, number, numpy.copy) for number in (0, 1))
    assert len(wanted) > 1 and wanted[0][0].shape == (4, 3, 32, 32) and wanted[0][1].dtype == numpy.int64
    assert wanted[0][0].tobytes() != others[0][0].tobytes()
    library, to_host = numpy, numpy.copy
    if cupy:
        library, to_host = cupy, cupy.asnumpy
        loader = loader_with(cupy, 2)(root, ops, batch_size=4, seed=1, device="cuda")
    made = epoch_of(loader, 0, to_host)
    for (images, labels), (images_wanted, labels_wanted) in zip(made, wanted, strict=True):
        assert images.dtype == images_wanted.dtype and images.tobytes() == images_wanted.tobytes()
        assert labels.tolist() == labels_wanted.tolist()
    kept, _ = next(loader.epoch(0))
    del loader
    assert isinstance(kept, library.ndarray) and to_host(kept).tobytes() == wanted[0][0].tobytes()


def open_cupy(root, cupy):
    try:
        devices = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        skip(f"CuPy has no device: {error}")
    if devices == 0:
        skip("CuPy has no device")
    try:
        loader_with(cupy, 2)(root, "center_crop size=32", batch_size=4, device="cuda")
    except RuntimeError as error:
        if "no CUDA kernels" not in str(error):
            raise
        skip(error)


def main(root, name):
    try:
        import numpy
        cupy = importlib.import_module("cupy") if name == "cupy" else None
    except ImportError as error:
        skip(error)
    if cupy:
        open_cupy(root, cupy)
    for dtype in ("f32", "f16", "u8"):
        check(root, dtype, numpy, cupy)
    print(name, (cupy or numpy).__version__, "took all batches")


if __name__ == "__main__":
    main(*sys.argv[1:])
