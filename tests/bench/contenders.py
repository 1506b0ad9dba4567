# SPDX-License-Identifier: MIT
"""Who runs: ours at each SIMD level, with one and two threads, from each kind of data; its first epoch; and the peers.

A contender names what has to be prepared for it (an environment, an index, a converted file) and makes the command of
one measurement. A command prints one JSON object: images, seconds, cpu_s, first_batch_s, and what else it likes to say.
"""
import dataclasses
import os
import re
import shutil
import subprocess

import environments
from environments import Failure, last_words

HERE = os.path.dirname(os.path.abspath(__file__))
LEVELS = ("avx512", "avx2")
KINDS = ("plain", "index", "pack")


@dataclasses.dataclass(frozen=True)
class Setting:
    """What is the same for all contenders of one run."""

    program: str
    dataset: str
    work: str  # a folder for what is converted
    batch: int
    threads: int  # of whole loaders
    before: str = ""  # an older build of the program, to compare ours with


def run_of(setting, recipe, data, threads, epochs, *keys, program=None):
    return [
        program or setting.program, "run", os.path.join(HERE, f"{recipe}.lua"), data, f"threads={threads}",
        f"batch_size={setting.batch}", "dtype=u8", f"epochs={epochs}", *keys, "--json", "--quiet",
    ]


def linked(setting, name):
    """A fresh folder of links to what is in the data set: an index is kept beside the data, which is not ours to write
    to."""
    folder = os.path.join(setting.work, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for entry in os.scandir(setting.dataset):
        if entry.is_dir():
            os.symlink(os.path.realpath(entry.path), os.path.join(folder, entry.name))
    return folder


@dataclasses.dataclass(frozen=True)
class Ours:
    level: str
    kind: str
    threads: int
    before: bool = False  # the older build
    probe_epochs = 4  # short epochs: a rate from one would be that of starting up

    @property
    def name(self):
        return f"{'before' if self.before else 'tench'} {self.kind} {self.level} x{self.threads}"

    @property
    def environment(self):
        return {"TENCH_CPU": self.level}

    @property
    def needs(self):
        return (self.level, *({"index": ["index"], "pack": ["pack"]}.get(self.kind, [])))

    def command(self, setting, recipe, epochs):
        data = setting.dataset if self.kind == "plain" else os.path.join(setting.work, self.kind)
        keys = {"plain": ["index=off"], "index": ["index=use"]}.get(self.kind, [])
        program = setting.before if self.before else setting.program
        return run_of(setting, recipe, data, self.threads, epochs, *keys, program=program)


@dataclasses.dataclass(frozen=True)
class FirstEpoch:
    """One epoch and no more, either plain or while the index is built."""

    level: str
    index: str  # off, auto
    threads: int
    probe_epochs = 1

    @property
    def name(self):
        return f"tench first epoch index={self.index} {self.level} x{self.threads}"

    @property
    def environment(self):
        return {"TENCH_CPU": self.level}

    @property
    def needs(self):
        return (self.level,)

    def command(self, setting, recipe, _):
        data = linked(setting, "first-epoch")  # with no index in it
        return run_of(setting, recipe, data, self.threads, 1, f"index={self.index}")


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    place: str  # the environment's name
    adapter: str
    threads: int
    data: str = ""  # a file in the work folder instead of the data set; also what prepares it
    environment = None
    probe_epochs = 1

    @property
    def needs(self):
        return (f"python {self.place}", *([self.data] if self.data else []))

    def command(self, setting, recipe, epochs):
        data = os.path.join(setting.work, self.data) if self.data else setting.dataset
        return [
            environments.python(self.place), os.path.join(HERE, "adapters", self.adapter), data, recipe,
            "--threads", str(self.threads), "--batch", str(setting.batch), "--epochs", str(epochs),
        ]


# One process and no loader; then whole loaders.
SINGLE = (("Pillow", "timm", "load_pillow.py"), ("pillow-simd", "pillow-simd", "load_pillow.py"),
          ("libvips", "libvips", "load_libvips.py"))
LOADERS = (("timm", "timm", "load_timm.py"), ("torchvision", "timm", "load_torchvision.py"),
           ("DALI", "dali", "load_dali.py"), ("SPDL", "spdl", "load_spdl.py"))
FFCV = {"ffcv-q96.beton": ("FFCV q96", 96, 1000), "ffcv-q90.beton": ("FFCV q90/500", 90, 500)}


def everyone(threads, before=False):
    builds = (False, True) if before else (False,)
    ours = [Ours(level, kind, n, build) for level in LEVELS for kind in KINDS for n in (1, threads) for build in builds]
    ours += [FirstEpoch(LEVELS[0], index, threads) for index in ("off", "auto")]
    single = [Peer(*peer, 1) for peer in SINGLE]
    loaders = [Peer(*peer, threads) for peer in LOADERS]
    ffcv = [Peer(name, "ffcv", "load_ffcv.py", threads, data) for data, (name, _, _) in FFCV.items()]
    return single + loaders + ffcv + ours


def call(command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Failure(f"{os.path.basename(command[0])} {command[1]}: {last_words(done.stderr)}")
    return done.stdout


def make_pack(setting):
    """Anew each time: the format may have changed since."""
    out = os.path.join(setting.work, "pack")
    shutil.rmtree(out, ignore_errors=True)
    call([setting.program, "pack", "--coefficients", setting.dataset, out])


def make_ffcv(setting, name):
    out = os.path.join(setting.work, name)
    _, quality, side = FFCV[name]
    if not os.path.exists(out):
        adapter = os.path.join(HERE, "adapters", "write_ffcv.py")
        call([environments.python("ffcv"), adapter, setting.dataset, out, str(quality), str(side)])


def doctor(program, what, level=None):
    """What `tench doctor` says of `what`."""
    env = {**os.environ, **({"TENCH_CPU": level} if level else {})}
    report = subprocess.run([program, "doctor"], env=env, capture_output=True, text=True).stdout
    line = re.search(rf"^{what} +(.*)$", report, re.MULTILINE)
    return line[1] if line else ""


def check_level(setting, level):
    """The program must follow TENCH_CPU: on a CPU that lacks the level it would run at a lower one."""
    if not doctor(setting.program, "cpu", level).startswith(level):
        raise Failure(f"this CPU has no {level}")


def prepare(setting, need):
    """Makes what contenders name in `needs`. Raises Failure."""
    if need.startswith("python "):
        environments.python(need.removeprefix("python "))
    elif need in LEVELS:
        check_level(setting, need)
    elif need in FFCV:
        make_ffcv(setting, need)
    elif need == "index":
        call([setting.program, "index", linked(setting, "index")])
    elif need == "pack":
        make_pack(setting)
    else:
        raise ValueError(need)
