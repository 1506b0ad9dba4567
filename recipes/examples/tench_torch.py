# SPDX-License-Identifier: MIT
"""tench's batches in PyTorch, without a copy: for images, labels in Loader(root, ops, batch_size=64).epoch(0)"""
import ctypes as c
import os
import torch

tench = c.CDLL(os.environ.get("TENCH_LIB", "libtench.so.5"))  # 5: TN_ABI in the tench.h that this follows
i32, i64, text, pointer = c.c_int32, c.c_int64, c.c_char_p, c.c_void_p
tench.tn_error.restype = text
new_capsule = c.PYFUNCTYPE(c.py_object, pointer, text, pointer)(("PyCapsule_New", c.pythonapi))


def struct(**fields):  # a struct of options may be shorter than in C: missing fields have their defaults
    kind = type("options", (c.Structure,), {"__slots__": (), "_fields_": [("size", i32), *fields.items()]})

    def fill(**values):
        made = kind(c.sizeof(kind), **values)
        for name, value in values.items():  # ctypes would wrap integers, and cut texts at a NUL
            if fields[name] is not pointer and getattr(made, name) != value:
                raise ValueError(f"{name} = {value!r} does not fit")
        return made

    return fill


dataset_options = struct(mode=i32, root=text, split=text)
loader_options = struct(
    batch_size=i32, seed=i64, order=text, drop_last=i32, repeats=i32, subset=pointer, n_subset=i64, rank=i32,
    world_size=i32, even_ranks=i32, threads=i32, depth=i32, on_fault=i32, fault_budget=i64, device=text,
    large_bytes=i64, outputs=i32, max_outputs=i32)
new_batch = struct(slot=i32, generation=i64, loader=pointer, number=i64, epoch=i64, n_rows=i32, n_tensors=i32,
                   tensors=pointer, rows=pointer)


def call(name, *arguments, kind=i32):
    function = tench["tn_" + name]
    function.restype = kind
    value = function(*arguments)
    failed = value < 0 if kind is i32 else not value
    if failed:
        raise RuntimeError(tench.tn_error().decode(errors="replace"))
    return value


def create(noun, *arguments):  # the object is destroyed with the last reference to it
    destroy = {"__del__": lambda handle: tench[f"tn_{noun}_destroy"](handle)}
    return call(noun + "_create", *arguments, kind=type(noun, (pointer,), destroy))


class Loader:
    def __init__(self, root, ops, split=None, order="feistel-1", device="cpu", **options):
        options.update({name: value + 1 for name, value in options.items() if isinstance(value, bool)})  # TN_YES is 2
        where = dataset_options(root=os.fsencode(root), split=split and split.encode())
        how = loader_options(order=order.encode(), device=device.encode(), **options)
        if "\0" in ops:
            raise ValueError("the ops' text has a NUL byte in it")
        dataset, transform = create("dataset", c.byref(where)), create("transform", ops.encode())
        self.loader = create("loader", dataset, transform, c.byref(how))  # its tensors may outlive it
        self.gpu = int(device[5:] or 0) if device != "cpu" and torch.cuda.is_available() else None

    def stream(self):  # PyTorch's current stream on the loader's device
        return None if self.gpu is None else pointer(torch.cuda.current_stream(self.gpu).cuda_stream)

    def epoch(self, number):
        if i64(number).value != number:
            raise ValueError(f"epoch = {number} does not fit")
        call("loader_start", self.loader, i64(number))
        batch = new_batch()
        while call("loader_next_on", self.loader, c.byref(batch), self.stream(), -1) == 0:  # not TN_END
            assert batch.epoch == number, f"epoch {number} was ended: the loader has begun another one"
            managed = (call("batch_dlpack", c.byref(batch), n, kind=pointer) for n in range(batch.n_tensors))
            yield [torch.from_dlpack(new_capsule(one, b"dltensor_versioned", None)) for one in managed]
