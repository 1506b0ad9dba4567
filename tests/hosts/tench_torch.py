# SPDX-License-Identifier: MIT
"""Batches of tench for PyTorch, without a copy: for images, labels in Loader(root, ops, batch_size=64).epoch(0)"""
import ctypes as c
import os
import torch

tench = c.CDLL(os.environ.get("TENCH_LIB", "libtench.so.3"))  # 3: TN_ABI in the tench.h that this follows
i32, i64, text, pointer = c.c_int32, c.c_int64, c.c_char_p, c.c_void_p
tench.tn_error.restype = text
c.pythonapi.PyCapsule_New.restype, c.pythonapi.PyCapsule_New.argtypes = c.py_object, [pointer, text, pointer]


def struct(**fields):  # one of options may end early: what it lacks has its default
    kind = type("struct", (c.Structure,), {"_fields_": [("size", i32), *fields.items()]})
    return lambda **values: kind(c.sizeof(kind), **values)


dataset_options = struct(mode=i32, root=text, split=text)
loader_options = struct(
    batch_size=i32, seed=i64, order=text, drop_last=i32, repeats=i32, subset=pointer, n_subset=i64, rank=i32,
    world_size=i32, even_ranks=i32, threads=i32, depth=i32, on_fault=i32, fault_budget=i64, device=text)
new_batch = struct(slot=i32, generation=i64, loader=pointer, number=i64, epoch=i64, n_rows=i32, n_tensors=i32,
                   tensors=pointer, rows=pointer)


def call(name, *arguments, result=i32):
    function = tench["tn_" + name]
    function.restype = result
    value = function(*arguments)
    if value is None or value < 0:
        raise RuntimeError(tench.tn_error().decode())
    return result(value)


class Loader:
    def __init__(self, root, ops, split=None, order="feistel-1", device="cpu", **options):
        self.device, self.loader = device, None
        where = dataset_options(root=root.encode(), split=split and split.encode())
        how = loader_options(order=order.encode(), device=device.encode(), **options)
        data = call("dataset_create", c.byref(where), result=pointer)
        transform = call("transform_create", ops.encode(), result=pointer)
        self.loader = call("loader_create", data, transform, c.byref(how), result=pointer)
        tench.tn_transform_destroy(transform)  # the loader has references of its own
        tench.tn_dataset_destroy(data)

    def __del__(self):  # tensors stay valid
        tench.tn_loader_destroy(self.loader)

    def epoch(self, number):  # on CUDA behind torch's current stream
        call("loader_start", self.loader, i64(number))
        batch, stream = new_batch(), None
        while True:
            if self.device.startswith("cuda"):
                stream = pointer(torch.cuda.current_stream(self.device).cuda_stream)
            if call("loader_next_on", self.loader, c.byref(batch), stream, -1).value == 1:
                return  # TN_END
            managed = [call("batch_dlpack", c.byref(batch), n, result=pointer) for n in range(batch.n_tensors)]
            yield [torch.from_dlpack(c.pythonapi.PyCapsule_New(one, b"dltensor_versioned", None)) for one in managed]
