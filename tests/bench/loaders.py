#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whole loaders against each other: tench and timm's real loader in turn, in one run, on the same files.

    loaders.py PROGRAM DATASET [--rounds 5] [--threads 2] [--batch 64] [--epochs 2] [--json FILE]

Run it with the Python of a venv that has tests/golden/requirements.txt. Each round runs every contender once, one
after the other; a ratio is taken within a round, and the table shows the median over the rounds. PSS is the peak of the
whole process tree, sampled every 20 ms.
"""
import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            direct = [int(word) for word in file.read().split()]
    except OSError:
        return []
    return direct + [grandchild for child in direct for grandchild in children(child)]


def pss_mib(pid):
    total = 0
    for process in [pid] + children(pid):
        try:
            with open(f"/proc/{process}/smaps_rollup", encoding="ascii") as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass
    return total / 1024


def run(command):
    """The JSON object that the command prints, and the peak PSS of its processes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = [0.0]

    def watch():
        while process.poll() is None:
            peak[0] = max(peak[0], pss_mib(process.pid))
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, errors = process.communicate()
    watcher.join()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{errors}")
    result = json.loads(output.strip().splitlines()[-1])
    result["pss_mib"] = peak[0]
    result["images_per_cpu_s"] = result["images"] / result["cpu_s"]
    return result


def contenders(arguments):
    """Rows of the table: (recipe, output) -> {name: command}."""
    rows = {}
    for recipe in ("train", "eval"):
        for output in ("u8", "f32"):
            ours = [
                arguments.program, "run", os.path.join(HERE, f"{recipe}.lua"), arguments.dataset,
                f"threads={arguments.threads}", f"batch_size={arguments.batch}",
                f"epochs={arguments.epochs}", f"dtype={output}", "--json",
            ]
            timm = [
                sys.executable, os.path.join(HERE, "timm_epochs.py"), arguments.dataset, recipe, output,
                "--workers", str(arguments.threads), "--batch", str(arguments.batch),
                "--epochs", str(arguments.epochs),
            ]
            rows[recipe, output] = {"tench": ours, "timm": timm}
    return rows


def ratios(rounds):
    def median(key, invert=False):
        values = [r["tench"][key] / r["timm"][key] for r in rounds]
        return statistics.median(1 / value if invert else value for value in values)

    return {
        "per CPU-second": median("images_per_cpu_s"),
        "wall": median("images_per_s"),
        "memory": median("pss_mib", invert=True),
    }


def show(results):
    print(f"| recipe, output | loader | images/s | images/CPU-s | peak PSS MiB | first batch s "
          f"| × per CPU-second | × wall | ÷ memory |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for (recipe, output), rounds in results.items():
        ratio = ratios(rounds)
        for name in ("timm", "tench"):
            cells = [statistics.median(r[name][key] for r in rounds)
                     for key in ("images_per_s", "images_per_cpu_s", "pss_mib", "first_batch_s")]
            shown = [f"{cells[0]:.0f}", f"{cells[1]:.0f}", f"{cells[2]:.0f}", f"{cells[3]:.3f}"]
            shown += [f"**{value:.2f}**" for value in ratio.values()] if name == "tench" else ["1", "1", "1"]
            print(f"| {recipe} bicubic, {output} | {name} | " + " | ".join(shown) + " |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("dataset")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    results = {key: [] for key in contenders(arguments)}
    for number in range(arguments.rounds):
        for key, commands in contenders(arguments).items():
            results[key].append({name: run(command) for name, command in commands.items()})
            print(f"round {number + 1}: {key}", file=sys.stderr)
    versions = next(iter(results.values()))[0]["timm"]["version"]
    print(f"{arguments.threads} threads or workers, batch {arguments.batch}, {arguments.rounds} rounds of "
          f"{arguments.epochs} epochs; {versions}; {platform.machine()}, {os.cpu_count()} CPUs\n")
    show(results)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({" ".join(key): value for key, value in results.items()}, file, indent=1)


if __name__ == "__main__":
    main()
