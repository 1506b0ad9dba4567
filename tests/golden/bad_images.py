#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares damaged and odd image files with Pillow, through data sets and loaders: verdicts and pixels.

    bad_images.py FOLDER [--build DIR] [--sanitized DIR]

FOLDER has a MANIFEST.tsv with the columns `file` and `content`. Run this with the Pillow of
requirements.txt, from the top of a checkout that is built in build/release (--build), and
optionally with ASan in build/dev (--sanitized).

1. Each file of a format that tench reads runs in its own process with a limit on memory and time. The verdict and every byte of
   the whole image must be Pillow's. A file may differ only if the table of src/codec/README.md
   names it and gives the reason.
2. All files, whatever they contain, are named .jpg, mixed with as many good ones, and go through the
   training recipe. on_fault=skip must give one hash for any number of threads, stay within the
   memory that the loader announced, and name each file whose header `tench info` cannot use.
   on_fault=raise must end with code 3.
3. The sanitized build does the same.
"""
import argparse
import csv
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings

from PIL import Image

TOP = pathlib.Path(__file__).resolve().parents[2]
RECIPE = TOP / "recipes/imagenet_train.lua"
MIB = 1 << 20
ALONE_MIB = 3072  # an image at Pillow's limit: coefficients 1024 MiB, pixels 512, their copies
ALONE_SECONDS = 60
LARGE_MIB = 192  # memory for images larger than a worker's scratch
PROGRAM_MIB = 48
# In the manifest, what tench and Pillow read. JPEG XL and HEIF are read by tench alone.
CONTENTS = "jpeg jpegish png bmp gif pnm qoi webp avif tiff jp2".split()
EPOCH_SECONDS = 600


def read_manifest(folder):
    with open(folder / "MANIFEST.tsv", encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def known_differences():
    """Reads the names between backticks in the first column of the README's table, with their reasons."""
    known = {}
    for line in (TOP / "src/codec/README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4:
            for name in re.findall(r"`([^`]+)`", cells[0]):
                known[name] = cells[3]
    return known


def pillow_verdict(path):
    """Decodes with Pillow. Returns (width, height, digest of the pixels), or the error as text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as file:
                image = file.convert("RGB")
        return image.width, image.height, hashlib.md5(image.tobytes()).hexdigest()
    except Exception as error:  # a broken file may raise anything
        return f"{type(error).__name__}: {error}"


def limit_data(mib):
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (mib * MIB, mib * MIB))


def our_verdict(build, path, folder):
    """The same with tench, in its own process."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data/class").mkdir(parents=True)
    os.symlink(path, folder / "data/class/image.jpg")
    environment = {**os.environ, "LUA_PATH": f"{TOP}/lua/?.lua;;",
                   "TENCH_LIB": str(build / "libtench.so")}
    command = ["luajit", TOP / "tests/golden/decode_all.lua", folder / "data", folder]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=ALONE_SECONDS,
                              preexec_fn=limit_data(ALONE_MIB), check=False)
    except subprocess.TimeoutExpired:
        return f"HANG: more than {ALONE_SECONDS} s"
    if done.returncode != 0:
        return f"CRASH: exit code {done.returncode}: {done.stderr.decode(errors='replace')}"
    _, status, width, height, message = done.stdout.decode().rstrip("\n").split("\t", 4)
    if status != "TN_OK":
        return f"{status}: {message.split(': ', 2)[-1]}"
    with open(folder / "1.rgb", "rb") as pixels:
        return int(width), int(height), hashlib.file_digest(pixels, "md5").hexdigest()


def show(verdict):
    return verdict if isinstance(verdict, str) else f"decodes, {verdict[0]}x{verdict[1]}"


def differ(ours, theirs):
    if isinstance(ours, str) != isinstance(theirs, str):
        return True
    return ours != theirs if not isinstance(ours, str) else ours.startswith(("HANG", "CRASH"))


def check_alone(files, build, folder):
    """Part 1. Returns the failures."""
    known, seen, failures, n_bad = known_differences(), [], [], 0
    slowest = (0.0, "")
    for path in files:
        begun = time.monotonic()
        ours = our_verdict(build, path, folder)
        slowest = max(slowest, (time.monotonic() - begun, path.name))
        theirs = pillow_verdict(path)
        n_bad += isinstance(ours, str) and isinstance(theirs, str)
        if not differ(ours, theirs):
            continue
        reason = known.get(path.name.rpartition("__")[2])
        seen.append((path.name, show(theirs), show(ours), reason or "NOT LISTED"))
        if not reason or isinstance(ours, str) and ours.startswith(("HANG", "CRASH")):
            failures.append(path.name)
    for row in seen:
        print("| " + " | ".join(row) + " |")
    print(f"alone: {len(files)} files, {n_bad} that neither decodes, {len(seen)} that differ, "
          f"{len(failures)} of them not listed; slowest {slowest[0]:.2f} s, {slowest[1]}")
    return failures


def make_mixture(paths, folder):
    """Makes a folder with links to all files and to as many good ones."""
    good = next(path for path in paths if path.name == "photo-reference.jpg")
    (folder / "bad").mkdir(parents=True)
    (folder / "good").mkdir()
    for number, path in enumerate(paths):
        os.symlink(path, folder / f"bad/{number:04d}.jpg")
        os.symlink(good, folder / f"good/{number:04d}.jpg")


def run(build, folder, *settings, data_mib=None):
    command = [build / "tench", "run", RECIPE, folder, "dataset.search_split=no",
               "loader.drop_last=no", f"loader.large_bytes={LARGE_MIB * MIB}", "--json", "--hash",
               *settings]
    return subprocess.run(command, capture_output=True, timeout=EPOCH_SECONDS, check=False,
                          preexec_fn=limit_data(data_mib) if data_mib else None)


def check_skip(build, folder, threads, expected, bounded):
    """Part 2 with one number of threads. Returns the failures and the hash."""
    budget = json.loads(run(build, folder, f"threads={threads}", "epochs=0").stdout)["budget_mib"]
    limit = int(budget) + LARGE_MIB + PROGRAM_MIB
    done = run(build, folder, f"threads={threads}", "epochs=2", "on_fault=skip",
               data_mib=limit if bounded else None)
    if done.returncode != 0 or done.stderr:
        return [f"exit code {done.returncode}: {done.stderr.decode(errors='replace')}"], None
    facts = json.loads(done.stdout)
    named = {fault["name"] for fault in facts["fault_list"]}
    wrong = [f"{name} is not among the faults" for name in expected - named]
    wrong += [f"{f['name']}: no stage or no message" for f in facts["fault_list"]
              if not f["stage"] or not f["message"]]
    if bounded and facts["peak_mib"] > limit:
        wrong.append(f"{facts['peak_mib']:.0f} MiB resident, over {limit} MiB")
    print(f"mixed: {threads} threads: {facts['images']} images, {facts['faults']} faults of "
          f"{len(named)} files, {facts['seconds']:.1f} s, {facts['peak_mib']:.0f} MiB"
          + (f" (limit {limit})" if bounded else "") + f", hash {facts['hash']}")
    return wrong, facts["hash"]


def check_raise(build, folder):
    done = run(build, folder, "threads=3", "on_fault=raise")
    if done.returncode != 3 or json.loads(done.stdout)["faults"] < 1 or b"bad/" not in done.stderr:
        return [f"raise: exit code {done.returncode}: {done.stderr.decode(errors='replace')}"]
    return []


def unreadable(build, folder):
    done = subprocess.run([build / "tench", "info", folder, "search_split=no", "--json"],
                          capture_output=True, timeout=EPOCH_SECONDS, check=True)
    return {fault["name"] for fault in json.loads(done.stdout)["unreadable"]}


def check_mixed(build, folder, bounded):
    """Part 2; without a limit on memory, part 3."""
    failures, hashes = check_raise(build, folder), set()
    expected = unreadable(build, folder)
    for threads in (1, 2, 3, 8) if bounded else (3,):
        wrong, text = check_skip(build, folder, threads, expected, bounded)
        failures += wrong
        hashes.add(text)
    return failures, hashes


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build/release")
    parser.add_argument("--sanitized", type=pathlib.Path)
    given = parser.parse_args()
    rows = read_manifest(given.folder)
    paths = [(given.folder / row["file"]).resolve() for row in rows]
    readable = [path for path, row in zip(paths, rows) if row["content"] in CONTENTS]
    with tempfile.TemporaryDirectory(prefix="tench-bad-") as work:
        work = pathlib.Path(work)
        failures = check_alone(readable, given.build.resolve(), work / "alone")
        make_mixture(paths, work / "mixed")
        hashes = set()
        for build, bounded in ((given.build, True), (given.sanitized, False)):
            if build:
                wrong, found = check_mixed(build.resolve(), work / "mixed", bounded)
                failures += wrong
                hashes |= found
    if len(hashes) != 1:
        failures.append(f"{len(hashes)} hashes: {hashes}")
    for failure in failures:
        print(f"FAILED: {failure}")
    print(f"verdict: {len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
