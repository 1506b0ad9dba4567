#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares every way to make a batch with the real Pillow, in one table.

    matrix.py DATASET [--sets A,B] [--levels L,M] [--ways plain,index,…] [--cache DIR] [key=value …]

The sets are links to DATASET's own files (`original`), and the files that tests/golden/reencode makes of them. They are
kept below --cache, and each is as large as DATASET. For each set and recipe, one epoch is dumped, and Pillow and timm
make every row of it again (replay.py, eval.py). That proves the epoch's hash. Each instruction set must then give the
same hash: from plain files, with the index, while the index is built (`auto`), and from the coefficient pack in both
layouts (`pack`, `small`). Unpacking must restore the files, byte for byte. A proven hash is kept beside the sets with
the digest of all files, so the next run asks Pillow only about new files (`known`). If only some files have an index,
or none, the table says `partly` or `unused`.

Keys go to every `tench run`. Run this with the Python of requirements.txt, from the top of a checkout that is built in
build/release (`./dev golden DATASET --matrix` does both). The exit code is 0 if no byte differs. A case that cannot run
is `skipped`, with the reason below the table.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = TOP / "tests/golden"
TENCH = TOP / "build/release/tench"
REENCODE = TOP / "build/release/tests/reencode"
INDEX = ".tench-index"
LEVELS = ("scalar", "avx2", "avx512")
TRAIN = ("{{ ops = {{ op.random_resized_crop{{ size = 224, interpolation = '{}' }}, op.hflip{{}}, op.normalize{{}}, "
         "op.convert{{ dtype = 'u8' }} }}, loader = {{ batch_size = 64 }} }}")
RECIPES = {  # name: the recipe, settings, and the arguments of eval.py if timm alone makes the reference
    "train bilinear": (TRAIN.format("bilinear"), (), None),
    "train bicubic": (TRAIN.format("bicubic"), (), None),
    "train bicubic, L": (TRAIN.format("bicubic"), ("dataset.input_img_mode=L", "ops.normalize.mean=0.5",
                                                   "ops.normalize.std=0.5"), None),
    "eval bicubic": ("{ ops = create_transform{ interpolation = 'bicubic' }, loader = { batch_size = 64 } }", (),
                     ("interpolation=bicubic",)),
}


class Skipped(Exception):
    """This program or this machine lacks a way or an instruction set."""


class Failed(Exception):
    """A way cannot be prepared."""


def call(*command, level=None):
    environment = {**os.environ, "TENCH_CPU": level} if level else None
    return subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True,
                          check=False)


def called(*command, **options):
    """The same for a command that must succeed. Returns its output."""
    done = call(*command, **options)
    if done.returncode != 0:
        raise SystemExit(f"matrix: {' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done.stdout


def digest(folder):
    """Digest of names and contents."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != INDEX):
        with open(path, "rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder)} {content}\n".encode())
    return total.hexdigest()


def check_level(level):
    if f" {level} instructions" not in called(TENCH, "doctor", level=level):
        raise Skipped(f"this machine has no {level}")


def has_verb(verb):
    return call(TENCH, "help", verb).returncode == 0


def check_verb(verb):
    if not has_verb(verb):
        raise Skipped(f"this program has no `tench {verb}`")


def link_files(source, target):
    """Makes a folder of links, so that nothing is written beside the original files."""
    for path in source.rglob("*"):
        if path.is_file():
            link = target / path.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)


class Set:
    """One set of files, with its folder and settings for each way to read it."""

    def __init__(self, name, dataset, cache):
        self.name = name
        self.folder = cache / name
        self.made = cache / f"{name}.made"
        if name == "original":
            shutil.rmtree(self.folder, ignore_errors=True)
            link_files(dataset, self.folder)
        elif not self.folder.exists():
            called(REENCODE, name, dataset, self.folder)
        self.drop_packs()
        self.made.mkdir()
        self.digest = digest(self.folder)

    def plain(self):
        return self.folder, (("dataset.index=off",) if has_verb("index") else ())

    def index(self):
        check_verb("index")
        called(TENCH, "index", self.folder, "search_split=no", "--force")
        return self.folder, ("dataset.index=use",)

    def auto(self):
        check_verb("index")
        return self.folder, ("dataset.index=auto",)

    def pack(self, layout="fast"):
        """Checks that the files come out of the pack as they went in."""
        check_verb("pack")
        pack, unpacked = self.made / layout, self.made / "unpacked"
        shutil.rmtree(pack, ignore_errors=True)
        called(TENCH, "pack", self.folder, pack, "search_split=no", "--layout", layout)
        called(TENCH, "unpack", pack, unpacked)
        if digest(unpacked) != self.digest:
            raise Failed(f"{self.name}: other files come out of the pack, layout {layout}")
        shutil.rmtree(unpacked)
        return pack, ()

    def small(self):
        return self.pack("small")

    def drop_packs(self):
        shutil.rmtree(self.made, ignore_errors=True)


def how_much(facts, count):
    """Says whether the count covers each image."""
    if count is None or facts[count] == facts["images"]:
        return "same"
    return "partly" if facts[count] else "unused"


class Matrix:
    def __init__(self, given):
        self.given = given
        self.proven_path = given.cache / "proven.json"
        self.proven = json.loads(self.proven_path.read_text()) if self.proven_path.exists() else {}
        self.counts = dict.fromkeys(("same", "known", "partly", "unused", "DIFFER", "FAILED", "skipped"), 0)
        self.reasons, self.details = {}, []

    def run(self, recipe, dataset, settings, level, *options):
        """The facts of a run. Prints a failure and returns None."""
        text, more, _ = RECIPES[recipe]
        file = self.work / "recipe.lua"
        file.write_text(f"return {text}\n")
        done = call(TENCH, "run", file, dataset, "epochs=1", "dtype=u8", "dataset.search_split=no", "--json", "--hash",
                    "--quiet", *options, *more, *settings, *self.given.keys, level=level)
        if done.returncode == 0:
            return json.loads(done.stdout)
        self.details.append(f"{recipe}, {level}: {dataset}: exit code {done.returncode}: {done.stderr.strip()}")
        return None

    def replay(self, recipe, files, dataset, settings, level):
        """The hash of an epoch, if Pillow makes each of its rows the same; else None."""
        dump = self.work / "dump"
        shutil.rmtree(dump, ignore_errors=True)
        facts = self.run(recipe, dataset, settings, level, "--dump", dump)
        arguments = RECIPES[recipe][2]
        script = HERE / ("replay.py" if arguments is None else "eval.py")
        done = facts and call(sys.executable, script, files, dump, *(arguments or ()))
        shutil.rmtree(dump, ignore_errors=True)
        if done and done.returncode == 0:
            return facts["hash"]
        if done:
            self.details.append(f"{recipe}, {level}, {dataset} {' '.join(settings)}: not what Pillow makes:\n"
                                + "\n".join((done.stdout + done.stderr).strip().splitlines()[-6:]))
        return None

    def prove(self, files, recipe):
        """The verdict, and the hash that Pillow proves, from the first level that gives it."""
        key = hashlib.sha256(json.dumps([files.digest, RECIPES[recipe], self.given.keys,
                                         (HERE / "requirements.txt").read_text()]).encode()).hexdigest()
        if key in self.proven:
            return "known", self.proven[key]
        for level in self.levels:
            proven = self.replay(recipe, files.folder, *files.plain(), level)
            if proven:
                self.proven[key] = proven
                self.proven_path.write_text(json.dumps(self.proven, indent=1))
                return "same", proven
        return "DIFFER", None

    def cell(self, files, recipe, way, level, reference):
        name, made = way
        if isinstance(made, Exception):
            return "skipped" if isinstance(made, Skipped) else "FAILED"
        if name == "auto":
            (files.folder / INDEX).unlink(missing_ok=True)
        facts = self.run(recipe, *made, level)
        if not facts:
            return "FAILED"
        if facts["hash"] == reference:
            return how_much(facts, {"index": "index_used", "auto": "index_built"}.get(name))
        if reference:
            self.replay(recipe, files.folder, *made, level)
        return "DIFFER"

    def row(self, files, recipe, ways):
        verdict, reference = self.prove(files, recipe)
        verdicts = [verdict]
        for way in zip(self.given.ways, ways):
            verdicts += [self.cell(files, recipe, way, level, reference) for level in self.levels]
        for verdict in verdicts:
            self.counts[verdict] += 1
        print(f"{files.name:26s}{recipe:18s}" + "".join(f"{verdict:>9s}" for verdict in verdicts), flush=True)

    def prepare(self, files, name):
        try:
            return getattr(files, name)()
        except Skipped as reason:
            self.reasons[name] = str(reason)
            return reason
        except Failed as reason:
            self.details.append(str(reason))
            return reason

    def find_levels(self):
        self.levels = []
        for level in self.given.levels:
            try:
                check_level(level)
                self.levels.append(level)
            except Skipped as reason:
                self.reasons[level] = str(reason)

    def print_head(self):
        print(called(TENCH, "doctor").strip())
        print(called(sys.executable, "-c", "import PIL, timm; from PIL import features; print('Pillow', "
                     "PIL.__version__, 'libjpeg-turbo', features.version('libjpeg_turbo'), 'timm', timm.__version__)"))
        columns = [(way, level) for way in self.given.ways for level in self.levels]
        print(f"{'':44s}{'':9s}" + "".join(f"{way:>9s}" for way, _ in columns))
        print(f"{'set':26s}{'recipe':18s}{'Pillow':>9s}" + "".join(f"{level:>9s}" for _, level in columns))

    def all(self):
        self.find_levels()
        self.print_head()
        for name in self.given.sets:
            files = Set(name, self.given.dataset, self.given.cache)
            ways = [self.prepare(files, way) for way in self.given.ways]
            for recipe in RECIPES:
                self.row(files, recipe, ways)
            files.drop_packs()

    def print_foot(self):
        for what, reason in self.reasons.items():
            print(f"skipped {what}: {reason}")
        for detail in self.details:
            print(detail)
        print("matrix: " + ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items()))


def words(text):
    return text.split(",")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    parser.add_argument("dataset", type=pathlib.Path)
    parser.add_argument("--sets", type=words, default=["original", *called(REENCODE, "--list").split()])
    parser.add_argument("--levels", type=words, default=LEVELS)
    parser.add_argument("--ways", type=words, default=["plain", "index", "auto", "pack", "small"])
    parser.add_argument("--cache", type=pathlib.Path, help="default: ~/.cache/tench/golden/NAME-OF-DATASET")
    parser.add_argument("keys", nargs="*")
    given = parser.parse_args()
    given.dataset = given.dataset.resolve()
    given.cache = given.cache or cache / "tench/golden" / given.dataset.name
    given.cache.mkdir(parents=True, exist_ok=True)
    return given


def main():
    matrix = Matrix(parse())
    with tempfile.TemporaryDirectory(prefix="tench-matrix-") as work:
        matrix.work = pathlib.Path(work)
        matrix.all()
    matrix.print_foot()
    sys.exit(1 if matrix.counts["DIFFER"] + matrix.counts["FAILED"] or not matrix.counts["same"] else 0)


if __name__ == "__main__":
    main()
