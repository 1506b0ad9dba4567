#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Loading from each kind of source: what it costs beside a class folder, and beside the readers of others.

    sources.py BUILD PHOTOS [--rounds 9] [--reader-rounds 3] [--files 1000] [--only REGEX]

It writes JPEGs of the folder PHOTOS as a class folder and as containers, by the tools that users take
(adapters/write_sources.py), below ~/.cache/tench/bench. Then BUILD/tests/bench_sources loads epochs from the folder and
from each container in turn, in one process and by one thread; files are in memory. It checks that all make the same
images. `train` is the transform of training; `fetch` decodes a corner of 8 × 8 pixels, so that fetching counts more.

The second table compares tench with readers of the same containers (adapters/load_source.py), one after the other in
each round, by CPU time. The environment `sources` has the readers; TENCH_PYTHON names another Python that has them.
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
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
GOAL = 1.03  # the greatest CPU time of an epoch from plain extents, in epochs from the folder
TRANSFORMS = {  # text, and how many epochs are measured at once
    "train": ("random_resized_crop size=224 interpolation=bicubic; hflip; convert dtype=u8", 1),
    "fetch": ("crop box=0,0,8,8; convert dtype=u8", 8),
}
# Container: kind of source, path, and whether its samples are plain extents.
CONTAINERS = {
    "tar": ("tar", "photos.tar", True),
    "WebDataset": ("wds", "shards", True),
    "zip, stored": ("zip", "photos.zip", True),
    "Parquet": ("parquet", "parquet", True),
    "Parquet, snappy": ("parquet", "parquet-snappy", False),
    "LMDB": ("lmdb", "lmdb", True),
    "TFRecord": ("tfrecord", "photos.tfrecord", True),
}
# Reader of adapters/load_source.py: what reads, and the kind and path that tench reads in the same round.
READERS = {
    "timm-folder": ("timm, folder", "folder", "folder"),
    "timm-tar": ("timm, tar", "tar", "photos.tar"),
    "timm-wds": ("timm, wds/", "wds", "shards"),
    "timm-hfds": ("timm, hfds/", "parquet", "parquet"),
    "webdataset": ("webdataset", "wds", "shards"),
    "datasets": ("Hugging Face datasets", "parquet", "parquet"),
    "lmdb": ("lmdb and Pillow", "lmdb", "lmdb"),
    "tfrecord": ("tfrecord and Pillow", "tfrecord", "photos.tfrecord"),
}


def make_files(photos, limit):
    """Writes the folder and the containers, unless they are there. Returns their folder."""
    python = environments.python("sources")
    name = os.path.basename(os.path.realpath(photos))
    out = os.path.join(environments.CACHE, "bench", f"sources-{name}-{survey(photos)[1]}-{limit}")
    if not os.path.exists(out):
        say(f"writing containers below {out}")
        part = out + ".part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        contenders.call([python, os.path.join(HERE, "adapters", "write_sources.py"), photos, part, str(limit)])
        os.rename(part, out)
    return out


def read_rounds(text):
    """What bench_sources printed: {argument: [(seconds, seconds from the folder)…]}."""
    rounds = {}
    for line in text.splitlines():
        argument, own, folder = line.rsplit(" ", 2)
        rounds.setdefault(argument, []).append((float(own), float(folder)))
    return rounds


def time_containers(options, files, names, transform):
    """{container: [(seconds, seconds from the folder)…]}."""
    text, n_epochs = TRANSFORMS[transform]
    arguments = {name: f"{kind}={os.path.join(files, path)}" for name, (kind, path, _) in CONTAINERS.items()
                 if name in names}
    command = [os.path.join(options.build, "tests", "bench_sources"), str(options.rounds), str(n_epochs), text,
               f"folder={os.path.join(files, 'folder')}", *arguments.values()]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(environments.last_words(done.stderr))
    rounds = read_rounds(done.stdout)
    return {name: rounds[argument] for name, argument in arguments.items()}


def container_cell(pairs, goal):
    """The ratios to the folder, with the verdict on their median."""
    ratios = [own / folder for own, folder in pairs]
    middle = statistics.median(ratios)
    verdict = "" if goal is None else f", {'within' if middle <= goal else 'misses'} {goal:g}"
    return f"**{middle:.3f}** ({min(ratios):.3f}–{max(ratios):.3f}){verdict}"


def container_table(times, n_images):
    """times: {transform: {container: pairs}}."""
    rows = []
    for name in next(iter(times.values())):
        goal = GOAL if CONTAINERS[name][2] else None
        cells = []
        for transform, by_name in times.items():
            n = n_images * TRANSFORMS[transform][1]
            cells.append(f"{1e6 * statistics.median(own for own, _ in by_name[name]) / n:.1f}")
            cells.append(container_cell(by_name[name], goal if transform == "train" else None))
        rows.append([name, *cells])
    head = ["source"] + [f"{transform}, {what}" for transform in times for what in ("µs an image", "of the folder's")]
    return table.markdown(head, rows)


def time_reader(options, files, name):
    """One round: tench and the reader on the same container. Returns both results."""
    _, kind, path = READERS[name]
    setting = contenders.Setting(os.path.join(options.build, "tench"), os.path.join(files, path), files, BATCH, 1)
    ours = measure.run(contenders.run_of(setting, "train", setting.dataset, 1, 4, f"source={kind}", "index=off"))
    command = [environments.python("sources"), os.path.join(HERE, "adapters", "load_source.py"), files, "train",
               "--batch", str(BATCH), "--reader", name]
    theirs = measure.run(command, {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"})
    return ours, theirs


def reader_row(name, rounds):
    """rounds: [(result of tench, result of the reader)…]."""
    ours = [table.rate_per_cpu(mine) for mine, _ in rounds]
    theirs = [table.rate_per_cpu(other) for _, other in rounds]
    version = rounds[0][1]["version"]
    return [f"{READERS[name][0]} ({version})", f"{statistics.median(theirs):.0f}", f"{statistics.median(ours):.0f}",
            table.spread([a / b for a, b in zip(ours, theirs)])]


def time_readers(options, files, names):
    """Returns the rows of the table, and lines about readers that failed."""
    rounds, failures = {}, {}
    for number in range(options.reader_rounds):
        for name in names:
            if name in failures:
                continue
            try:
                rounds.setdefault(name, []).append(time_reader(options, files, name))
            except Failure as failure:
                failures[name] = f"- not measured: {READERS[name][0]}: {failure}."
        say(f"readers: round {number + 1} of {options.reader_rounds} done")
    return [reader_row(name, rounds[name]) for name in names if rounds.get(name)], list(failures.values())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="the folder of the build")
    parser.add_argument("photos", help="a class folder of JPEGs")
    parser.add_argument("--rounds", type=int, default=9, help="of the containers")
    parser.add_argument("--reader-rounds", type=int, default=3, help="of the readers of others")
    parser.add_argument("--files", type=int, default=1000, help="photographs at most")
    parser.add_argument("--only", type=re.compile, default=re.compile(""), help="containers and readers to measure")
    return parser.parse_args()


def main():
    options = arguments()
    here = machine.here_and_now()
    try:
        files = make_files(options.photos, options.files)
        containers = [name for name in CONTAINERS if options.only.search(name)]
        readers = [name for name in READERS if options.only.search(name)]
        n_images = survey(os.path.join(files, "folder"))[0]
        print(f"{n_images} images, warm, one thread, CPU time; rounds: {options.rounds} and {options.reader_rounds}. "
              f"{here}")
        times = {}
        for transform in TRANSFORMS if containers else ():
            times[transform] = time_containers(options, files, containers, transform)
            say(f"{transform}: done")
        if times:
            print("\n" + container_table(times, n_images), flush=True)
        if readers:
            rows, failures = time_readers(options, files, readers)
            head = ["reader", "its images/CPU-s", "tench's from the same files", "tench is × as fast"]
            print("\n".join(["", table.markdown(head, rows), *failures]))
    except Failure as failure:
        sys.exit(f"sources: {failure}")


if __name__ == "__main__":
    main()
