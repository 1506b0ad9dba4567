# SPDX-License-Identifier: MIT
"""Pickles of CIFAR's form, as Python 2 wrote them, and what Python and NumPy read from them.

    python3 tests/golden/make_cifar.py

It writes tests/golden/cifar and cifar.inc. The encoder repeats what Python 2's cPickle did with
protocol 2. It makes the two official files with the names of classes again, byte for byte: their
MD5s are those that torchvision knows. So the form of the other files is the official one too.
"""
import hashlib
import pathlib
import pickle
import struct

import numpy as np
from torchvision.datasets import CIFAR10, CIFAR100

here = pathlib.Path(__file__).parent
out = here / "cifar"
GROUP = 1000  # cPickle appends the items of a list in groups

FINE = """apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab
crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider
squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout
tulip turtle wardrobe whale willow_tree wolf woman worm""".split()
COARSE = """aquatic_mammals fish flowers food_containers fruit_and_vegetables
household_electrical_devices household_furniture insects large_carnivores
large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores
medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1
vehicles_2""".split()
TEN = "airplane automobile bird cat deer dog frog horse ship truck".split()


class Python2:
    """Writes values as cPickle of Python 2 wrote them. Each value that may be needed again gets a
    number, from 1."""

    def __init__(self):
        self.n = 0

    def put(self):
        self.n += 1
        return b"q%c" % self.n if self.n < 256 else b"r" + struct.pack("<I", self.n)

    def text(self, chars):
        if len(chars) < 256:
            return b"U%c" % len(chars) + chars + self.put()
        return b"T" + struct.pack("<i", len(chars)) + chars + self.put()

    def number(self, value):
        if 0 <= value < 256:
            return b"K%c" % value
        return b"M" + struct.pack("<H", value) if 0 <= value < 65536 else b"J" + struct.pack("<i", value)

    def list(self, items):
        made = b"]" + self.put()
        for at in range(0, len(items), GROUP):
            made += b"(" + b"".join(self.value(item) for item in items[at:at + GROUP]) + b"e"
        return made

    def array(self, rows):
        n, columns = rows.shape
        made = b"cnumpy.core.multiarray\n_reconstruct\n" + self.put() + b"cnumpy\nndarray\n" + self.put()
        made += b"K\0\x85" + self.put() + self.text(b"b") + b"\x87" + self.put() + b"R" + self.put()
        made += b"(K\1" + self.number(n) + self.number(columns) + b"\x86" + self.put()
        made += b"cnumpy\ndtype\n" + self.put() + self.text(b"u1") + b"K\0K\1\x87" + self.put() + b"R" + self.put()
        made += b"(K\3" + self.text(b"|") + b"NNN" + 2 * self.number(-1) + b"K\0t" + self.put() + b"b"
        pixels = rows.tobytes()
        made += b"\x89T" + struct.pack("<i", len(pixels)) + pixels + self.put() + b"t" + self.put() + b"b"
        return made

    def value(self, value):
        if isinstance(value, str):
            return self.text(value.encode())
        if isinstance(value, int):
            return self.number(value)
        return self.list(value) if isinstance(value, list) else self.array(value)

    def dict(self, items):
        made = b"\x80\x02}" + self.put() + b"("
        for key, value in items.items():
            made += self.value(key) + self.value(value)
        return made + b"u."


def rows_of(n, seed):
    return np.random.RandomState(seed).randint(0, 256, (n, 12)).astype("u1")


files = {
    "batches.meta": {"num_cases_per_batch": 10000, "label_names": TEN, "num_vis": 3072},
    "meta": {"fine_label_names": FINE, "coarse_label_names": COARSE},
    "ten": {"batch_label": "training batch 1 of 5", "labels": [6, 9, 9, 4], "data": rows_of(4, 1),
            "filenames": ["a_s_%06d.png" % i for i in range(4)]},
    "hundred": {"filenames": ["b_s_%06d.png" % i for i in range(300)],
                "batch_label": "testing batch 1 of 1",
                "fine_labels": [i % 100 for i in range(300)],
                "coarse_labels": [i % 20 for i in range(300)], "data": rows_of(300, 2)},
    "groups": {"labels": [i % 10 for i in range(2345)],
               "data": np.arange(2345).astype("u1").reshape(-1, 1)},
}
officials = {CIFAR10.meta["filename"]: CIFAR10.meta["md5"], CIFAR100.meta["filename"]: CIFAR100.meta["md5"]}


def line(name, read):
    lists = [key for key in ("labels", "fine_labels", "coarse_labels") if key in read]
    raw = (out / name).read_bytes()
    for key in lists:
        data = read["data"]
        yield '{"%s", "%s", "%s", %d, %d, "%s", "%s"},' % (
            name, key, hashlib.md5(raw).hexdigest(), *data.shape,
            hashlib.md5(data.tobytes()).hexdigest(),
            hashlib.md5(np.array(read[key], "<i4").tobytes()).hexdigest())


def main():
    out.mkdir(exist_ok=True)
    lines = []
    for name, value in files.items():
        raw = Python2().dict(value)
        (out / name).write_bytes(raw)
        assert officials.get(name) in (None, hashlib.md5(raw).hexdigest()), name
        lines += line(name, pickle.loads(raw, encoding="latin1"))
    (here / "cifar.inc").write_text(
        "/* Made by make_cifar.py. {file, list, MD5 of the file, rows, columns, MD5 of the pixels, MD5 of\n"
        " * the list as int32} */\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
