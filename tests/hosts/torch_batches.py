# SPDX-License-Identifier: MIT
"""PyTorch gets batches without a copy: torch_batches.py LIBRARY DATASET [DEVICE]. Skips (77) without it.

ctypes and DLPack only. On a CUDA device a batch is made behind torch's current stream, and handed back
behind what that stream has got to do by the time the batch's tensors are dropped.
"""
import ctypes as c
import sys

try:
    import torch
except ImportError:
    print("skipped: no PyTorch here")
    sys.exit(77)

i32, i64, text, pointer = c.c_int32, c.c_int64, c.c_char_p, c.c_void_p


def struct(name, *fields):
    return type(name, (c.Structure,), {"_fields_": [(field, kind) for kind, field in fields]})


DatasetOptions = struct("DatasetOptions", (i32, "size"), (i32, "mode"), (text, "root"), (i64 * 8, "defaults"))
LoaderOptions = struct(
    "LoaderOptions", (i32, "size"), (i32, "batch_size"), (i64, "seed"), (text, "order"), (i32 * 2, "epoch"),
    (i64 * 2, "subset"), (i32 * 6, "ranks"), (i64, "fault_budget"), (text, "device"))
Batch = struct(
    "Batch", (i32, "size"), (i32, "slot"), (i64, "generation"), (pointer, "loader"), (i64, "number"),
    (i64, "epoch"), (i32, "n_rows"), (i32, "n_tensors"), (pointer, "tensors"), (pointer, "rows"))


def load(library):
    tench = c.CDLL(library)
    for creator in ("tn_dataset_create", "tn_transform_create", "tn_loader_create", "tn_batch_dlpack"):
        getattr(tench, creator).restype = pointer
    tench.tn_error.restype = text
    c.pythonapi.PyCapsule_New.restype, c.pythonapi.PyCapsule_New.argtypes = c.py_object, [pointer, text, pointer]
    return tench


def made(tench, result):
    if not result:
        raise RuntimeError(tench.tn_error().decode())
    return pointer(result)


def loader_of(tench, root, ops, **options):
    dataset = DatasetOptions(size=c.sizeof(DatasetOptions), root=root.encode())
    loader = LoaderOptions(size=c.sizeof(LoaderOptions), order=b"feistel-1", **options)
    data = made(tench, tench.tn_dataset_create(c.byref(dataset)))
    transform = made(tench, tench.tn_transform_create(ops.encode()))
    created = made(tench, tench.tn_loader_create(data, transform, c.byref(loader)))
    tench.tn_transform_destroy(transform)  # the loader has its own references
    tench.tn_dataset_destroy(data)
    return created


def tensor_of(tench, batch, number):
    managed = made(tench, tench.tn_batch_dlpack(c.byref(batch), number))
    return torch.from_dlpack(c.pythonapi.PyCapsule_New(managed, b"dltensor_versioned", None))


def epoch_of(tench, loader, number, stream=None):
    """(images, labels) of an epoch's batches; keep them as long as you like."""
    if tench.tn_loader_start(loader, i64(number)) < 0:
        raise RuntimeError(tench.tn_error().decode())
    batch = Batch(size=c.sizeof(Batch))
    while (code := tench.tn_loader_next_on(loader, c.byref(batch), pointer(stream), -1)) == 0:
        yield tensor_of(tench, batch, 0), tensor_of(tench, batch, 1)
    if code < 0:
        raise RuntimeError(tench.tn_error().decode())


def main(library, root, device="cpu"):
    tench = load(library)
    ops = "random_resized_crop size=32; hflip; normalize; convert dtype=%s"
    for name, dtype in (("f32", torch.float32), ("f16", torch.float16), ("bf16", torch.bfloat16), ("u8", torch.uint8)):
        loader = loader_of(tench, root, ops % name, batch_size=4, seed=1, device=device.encode())
        stream = torch.cuda.current_stream().cuda_stream if device == "cuda" else None
        twice = []
        for _ in range(2):
            sums = []
            for images, labels in epoch_of(tench, loader, 0, stream):
                assert images.dtype == dtype and images.shape[1:] == (3, 32, 32) and images.is_contiguous()
                assert images.device.type == device and labels.dtype == torch.int64
                sums.append((images.double().sum().item(), labels.tolist()))
            twice.append(sums)
        assert twice[0] == twice[1] and len(twice[0]) > 1 and twice[0][0] != twice[0][1], twice
        kept = next(epoch_of(tench, loader, 0, stream))[0]
        tench.tn_loader_destroy(loader)
        assert kept.double().sum().item() == twice[0][0][0]  # a tensor outlives its loader
    print("torch", torch.__version__, "took all batches on", device)


if __name__ == "__main__":
    main(*sys.argv[1:])
