#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An epoch of several formats, 70 % JPEG, 20 % PNG and 10 % WebP, by tench and by timm:

    mixed.py BUILD PHOTOS [--rounds 5] [--threads 2] [--files 1000]

It writes photographs of the folder PHOTOS in these formats, below ~/.cache/tench/bench: JPEGs as they are, PNGs and
lossy WebPs by Pillow. Each round runs BUILD/tench and timm's create_dataset and create_loader (adapters/load_timm.py)
one after the other, with as many workers; tench runs with one thread too. The transform is that of training, files are
in memory. The table has the medians, and ratios are taken within a round.
"""
import argparse
import os
import shutil
import statistics
import sys

import contenders
import environments
import machine
import measure
import table
from bench import say, survey
from environments import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 64
EPOCHS = {"tench": 4, "timm": 1}  # measured at once
TENTHS = ".jpg .jpg .png .jpg .jpg .webp .jpg .jpg .png .jpg".split()  # the formats of ten photographs
OPTIONS = {".png": {}, ".webp": {"quality": 80}}


def extension(number):
    return TENTHS[number % len(TENTHS)]


def write_files(photos, out, limit):
    """Writes the class folder, with Pillow."""
    from PIL import Image

    sys.path.insert(0, os.path.join(HERE, "adapters"))
    import harness

    for number, path in enumerate(harness.files(photos)[:limit]):
        folder = os.path.join(out, os.path.basename(os.path.dirname(path)))
        os.makedirs(folder, exist_ok=True)
        kind = extension(number)
        made = os.path.join(folder, f"{number:06d}{kind}")
        if kind == ".jpg":
            shutil.copy2(path, made)
            continue
        with Image.open(path) as image:
            image.convert("RGB").save(made, **OPTIONS[kind])


def make_files(photos, limit):
    """Writes the files unless they are there. Returns their folder."""
    name = os.path.basename(os.path.realpath(photos))
    out = os.path.join(environments.CACHE, "bench", f"mixed-{name}-{survey(photos)[1]}-{limit}")
    if not os.path.exists(out):
        say(f"writing photographs below {out}")
        shutil.rmtree(out + ".part", ignore_errors=True)
        os.makedirs(out + ".part")
        write_files(photos, out + ".part", limit)
        os.rename(out + ".part", out)
    return out


def contestants(options, files):
    """{name: (threads, command)}."""
    setting = contenders.Setting(os.path.join(options.build, "tench"), files, files, BATCH, options.threads)
    kinds = "extensions=" + ",".join(sorted(set(TENTHS)))
    ours = {f"tench x{n}": (n, contenders.run_of(setting, "train", files, n, EPOCHS["tench"], kinds, "index=off"))
            for n in sorted({1, options.threads})}
    timm = contenders.Peer("timm", "timm", "load_timm.py", options.threads)
    return {**ours, "timm": (options.threads, timm.command(setting, "train", EPOCHS["timm"]))}


def rows(rounds, threads):
    """rounds: [{name: result}…]; threads: {name: number}."""
    made = []
    for name, n in threads.items():
        cells = [f"{statistics.median(value(results[name]) for results in rounds):.0f}"
                 for value in (table.rate, table.rate_per_cpu)]
        ratios = [table.spread([value(results[name]) / value(results["timm"]) for results in rounds])
                  for value in (table.rate, table.rate_per_cpu)] if name != "timm" else ["1", "1"]
        if n != threads["timm"]:
            ratios[0] = "–"  # with other numbers of threads only CPU times can be compared
        made.append([name, str(n), *cells, *ratios])
    return made


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="the folder of the build")
    parser.add_argument("photos", help="a class folder of JPEGs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2, help="threads of tench, workers of timm")
    parser.add_argument("--files", type=int, default=1000, help="photographs at most")
    return parser.parse_args()


def main():
    options = arguments()
    environments.enter("timm")
    here = machine.here_and_now()
    files = make_files(options.photos, options.files)
    everyone = contestants(options, files)
    rounds = []
    for number in range(options.rounds):
        rounds.append({name: measure.run(command) for name, (_, command) in everyone.items()})
        say(f"round {number + 1} of {options.rounds} done")
    n_files = sum(len(names) for _, _, names in os.walk(files))
    print(f"{n_files} photographs, 70 % JPEG, 20 % PNG, 10 % WebP, warm; rounds: {options.rounds}. "
          f"tench and {rounds[0]['timm']['version']}. {here}\n")
    head = ["", "threads", "images/s", "images/CPU-s", "× timm by the clock", "× timm by CPU time"]
    print(table.markdown(head, rows(rounds, {name: n for name, (n, _) in everyone.items()})))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"mixed: {failure}")
