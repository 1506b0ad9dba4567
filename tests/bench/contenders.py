# SPDX-License-Identifier: MIT
"""The contenders: tench at each instruction set, with one and two threads, from each kind of data; its first epoch; and
the other loaders, called peers.

A contender names what it needs (an environment, an index, a converted file) and makes the command of one measurement.
The command prints one JSON object with images, seconds, cpu_s and first_batch_s; further fields are allowed.
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
    """The settings that all contenders of a run share."""

    program: str
    dataset: str
    work: str  # a folder for converted files
    batch: int
    threads: int  # for contenders that are whole loaders
    before: str = ""  # an older build of the program, for a comparison


def run_of(setting, recipe, data, threads, epochs, *keys, program=None):
    return [
        program or setting.program, "run", os.path.join(HERE, f"{recipe}.lua"), data, f"threads={threads}",
        f"batch_size={setting.batch}", "dtype=u8", f"epochs={epochs}", *keys, "--json", "--quiet",
    ]


def linked(setting, name):
    """Makes a new folder with links into the data set. An index is written beside the data, and the data set itself
    must not be changed."""
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
    before: bool = False  # True for the older build
    probe_epochs = 4  # epochs are short: the rate of a single one would be that of its start

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
    """A single epoch of tench, plain or building the index."""

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
        data = linked(setting, "first-epoch")  # it has no index
        return run_of(setting, recipe, data, self.threads, 1, f"index={self.index}")


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    place: str  # name of its environment
    adapter: str
    threads: int
    data: str = ""  # a file in the work folder, used instead of the data set; without it the peer cannot run
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


# First libraries without a loader, in one process; then whole loaders.
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
    """Makes the index or pack again each time, because the format may have changed."""
    out = os.path.join(setting.work, "pack")
    shutil.rmtree(out, ignore_errors=True)
    call([setting.program, "pack", setting.dataset, out])


def make_ffcv(setting, name):
    out = os.path.join(setting.work, name)
    _, quality, side = FFCV[name]
    if not os.path.exists(out):
        adapter = os.path.join(HERE, "adapters", "write_ffcv.py")
        call([environments.python("ffcv"), adapter, setting.dataset, out, str(quality), str(side)])


def doctor(program, what, level=None):
    """Returns the text of `tench doctor` about `what`."""
    env = {**os.environ, **({"TENCH_CPU": level} if level else {})}
    report = subprocess.run([program, "doctor"], env=env, capture_output=True, text=True).stdout
    line = re.search(rf"^{what} +(.*)$", report, re.MULTILINE)
    return line[1] if line else ""


def check_level(setting, level):
    """Checks that the program follows TENCH_CPU. A CPU without that instruction set would run a lower one."""
    if not doctor(setting.program, "cpu", level).startswith(level):
        raise Failure(f"this CPU has no {level}")


def prepare(setting, need):
    """Prepares what contenders name in `needs`. Raises Failure."""
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
