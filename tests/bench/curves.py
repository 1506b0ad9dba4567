#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does a model learn the same from tench's batches as from timm's?

    curves.py LIBRARY DATASET [--seeds 5] [--epochs 20] [--size 64] [--threads 2] [--picture curves.png]
                              [--json runs.json] [--from runs.json]

It trains one of timm's small models on the CPU, with each loader, once for each seed. It compares the ends of the runs:
the training loss and the validation accuracy, each as the mean over the last fifth of the epochs. They overlap within
seed noise if an exact permutation test (two-sided, difference of the means) gives p >= 0.05 for both. A control shows
that the test can find a difference: the same recipe without colour jitter and erasing must have another training loss,
p < 0.05. The exit code is 0 if all this holds. The picture shows mean and standard deviation over the seeds.
"""
import argparse
import itertools
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import environments

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ("timm", "tench", "plain")
MEASURES = {"train_loss": "training loss", "accuracy": "validation accuracy"}
LEVEL = 0.05
LEAST_SEEDS = 4  # with three seeds each, no p is below 2 / 20


def train(options):
    """Runs all kinds in parallel, because nothing is timed. Returns {kind: runs}."""
    python = environments.python("timm")
    script = os.path.join(HERE, "adapters", "train_curves.py")
    settings = [f"--{name}={getattr(options, name)}" for name in ("seeds", "epochs", "size", "threads")]
    running = {
        kind: subprocess.Popen([python, script, options.dataset, kind, *settings], stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "TENCH_LIB": os.path.abspath(options.library)})
        for kind in KINDS
    }
    said = {kind: process.communicate()[0] for kind, process in running.items()}
    failed = [kind for kind, process in running.items() if process.returncode != 0]
    if failed:
        sys.exit(f"curves: {', '.join(failed)}: failed")
    return {kind: [json.loads(line) for line in text.splitlines()] for kind, text in said.items()}


def mean(numbers):
    return sum(numbers) / len(numbers)


def deviation(numbers):
    middle = mean(numbers)
    return (sum((number - middle) ** 2 for number in numbers) / (len(numbers) - 1)) ** 0.5


def ends(runs, measure):
    """The end of each run: the mean over the last fifth of its epochs."""
    return [mean(run[measure][-max(1, len(run[measure]) // 5):]) for run in runs]


def permutation_p(a, b):
    """Splits all values into groups of the sizes of a and b in every way. Returns the share of splits whose means
    differ at least as much as those of a and b."""
    both, seen = a + b, abs(mean(a) - mean(b))
    splits = [set(chosen) for chosen in itertools.combinations(range(len(both)), len(a))]

    def apart(chosen):
        return abs(mean([both[i] for i in chosen]) - mean([x for i, x in enumerate(both) if i not in chosen]))

    return sum(apart(chosen) >= seen - 1e-12 for chosen in splits) / len(splits)


def compare(runs, kind, measure):
    """Returns p, and a line about what was compared."""
    a, b = ends(runs["timm"], measure), ends(runs[kind], measure)
    pooled = ((deviation(a) ** 2 + deviation(b) ** 2) / 2) ** 0.5
    p, difference = permutation_p(a, b), mean(b) - mean(a)
    return p, (f"{MEASURES[measure]}: timm {mean(a):.4f}, {kind} {mean(b):.4f}; difference {difference:+.4f}, which is "
               f"{abs(difference) / pooled:.2f} of a seed's standard deviation ({pooled:.4f}); p = {p:.3f}")


def verdict(runs):
    held = True
    for measure in MEASURES:
        p, line = compare(runs, "tench", measure)
        held &= p >= LEVEL
        print(line)
    p, line = compare(runs, "plain", "train_loss")
    print(f"control, no jitter and no erasing: {line}")
    theirs, ours = (runs[kind][0]["validation_sum"] for kind in ("timm", "tench"))
    print(f"all values of the validation images: sum {theirs:.2f} with timm, {ours:.2f} with tench")
    print("the curves overlap within seed noise" if held else "the curves DIFFER by more than seed noise",
          "and the control is noticed" if p < LEVEL else "but the control is NOT noticed: more seeds or epochs",
          sep=", ")
    return 0 if held and p < LEVEL else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("dataset")
    for name, usual in (("seeds", 5), ("epochs", 20), ("size", 64), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--picture", default="curves.png")
    parser.add_argument("--json", default="curves.json")
    parser.add_argument("--from", dest="kept", help="runs that --json kept: trains nothing")
    options = parser.parse_args()
    if options.seeds < LEAST_SEEDS:
        parser.error(f"--seeds must be at least {LEAST_SEEDS}: with fewer no difference has p < {LEVEL}")
    for path in (options.library, *(os.path.join(options.dataset, split) for split in ("train", "validation"))):
        if not (options.kept or os.path.exists(path)):
            parser.error(f"{path} does not exist")
    if options.kept:
        with open(options.kept, encoding="utf-8") as file:
            runs = json.load(file)
    else:
        runs = train(options)
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(runs, file)
    subprocess.run([environments.python("curves"), os.path.join(HERE, "plot_curves.py"), options.picture],
                   input=json.dumps(runs), text=True, check=True)
    sys.exit(verdict(runs))


if __name__ == "__main__":
    main()
