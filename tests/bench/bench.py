#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""All contenders on the same files, in turn, in one run: `./dev bench DATASET [option…]`.

    bench.py PROGRAM DATASET [--rounds 5] [--threads 2] [--batch 64] [--seconds 1.5] [--only REGEX]
                             [--recipe train|eval] [--under COMMAND] [--before PROGRAM] [--json FILE]

It first prepares what the contenders need: environments, converted files, the index, the pack. Then one round runs that
does not count: it fills the page cache, measures the memory, and finds how many epochs take --seconds. Each further
round runs every contender once. A contender that fails is listed with its error, and the others run. --under puts a
command before every measured one, for example `taskset -c 2,3`. --before runs an older build of the program in the same
rounds.
"""
import argparse
import datetime
import hashlib
import json
import math
import os
import re
import shlex
import sys

import contenders
import environments
import machine
import measure
import table
from environments import Failure


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


def survey(dataset):
    """Counts the JPEGs and makes a digest of their sizes, so that no files are used that were converted from others."""
    count, digest = 0, hashlib.sha256(os.path.realpath(dataset).encode())
    for folder, folders, names in os.walk(dataset):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith((".jpg", ".jpeg")):
                count += 1
                digest.update(f"{name} {os.path.getsize(os.path.join(folder, name))}\n".encode())
    return count, digest.hexdigest()[:12]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("dataset")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--only", type=re.compile, default=re.compile(""))
    parser.add_argument("--recipe", choices=table.RECIPES, action="append")
    parser.add_argument("--under", type=shlex.split, default=[])
    parser.add_argument("--before", default="")
    parser.add_argument("--json")
    return parser.parse_args()


def repeat(options):
    """The command that repeats the run, without paths of this machine."""
    said = {"--rounds": (options.rounds, 5), "--threads": (options.threads, 2), "--batch": (options.batch, 64),
            "--seconds": (options.seconds, 1.5), "--only": (options.only.pattern, "")}
    words = [word for key, (value, usual) in said.items() if value != usual for word in (key, str(value))]
    words += [word for recipe in options.recipe or () for word in ("--recipe", recipe)]
    words += ["--before", "PROGRAM"] if options.before else []
    return shlex.join(["./dev", "bench", "DATASET", *words])


class Bench:
    def __init__(self, options):
        self.options = options
        self.recipes = options.recipe or table.RECIPES
        count, digest = survey(options.dataset)
        if count < options.batch:
            sys.exit(f"bench: {options.dataset} has {count} JPEGs, less than one batch of {options.batch}")
        name = os.path.basename(os.path.realpath(options.dataset))
        work = os.path.join(environments.CACHE, "bench", f"{name}-{digest}")
        os.makedirs(work, exist_ok=True)
        self.setting = contenders.Setting(options.program, options.dataset, work, options.batch, options.threads,
                                          options.before)
        known = contenders.everyone(options.threads, bool(options.before))
        everyone = {c.name: c for c in known if options.only.search(c.name)}
        self.active = dict(everyone)
        self.epochs = {}  # (recipe, name) -> how many epochs take options.seconds
        self.run = {
            "dataset": name, "images": count, "size": 224, "batch": options.batch, "threads": options.threads,
            "machine": machine.name(), "date": datetime.date.today().isoformat(),
            "repeat": repeat(options),
            "contenders": {name: c.threads for name, c in everyone.items()},
            "versions": {"tench": f"tench {contenders.doctor(options.program, 'tench')}"},
            "errors": {}, "memory": {recipe: {} for recipe in self.recipes}, "rounds": [],
        }

    def drop(self, name, why):
        say(f"{name}: {why}")
        self.run["errors"][name] = str(why)
        self.active.pop(name, None)

    def prepare(self):
        """Prepares each need once. Removes the contenders whose needs cannot be met."""
        for need in dict.fromkeys(need for c in self.active.values() for need in c.needs):
            say(f"preparing: {need}")
            try:
                contenders.prepare(self.setting, need)
            except Failure as failure:
                for name in [name for name, c in self.active.items() if need in c.needs]:
                    self.drop(name, failure)

    def measure(self, recipe, name, epochs, **how):
        contender = self.active[name]
        command = contender.command(self.setting, recipe, epochs)
        return measure.run(command, contender.environment, self.options.under, **how)

    def probe(self, recipe, name):
        contender = self.active[name]
        result = self.measure(recipe, name, contender.probe_epochs, with_memory=True)
        if "version" in result:
            self.run["versions"][name] = result["version"]
        self.run["memory"][recipe][name] = result["pss_mib"]
        one_epoch = result["seconds"] / contender.probe_epochs
        self.epochs[recipe, name] = max(1, math.ceil(self.options.seconds / one_epoch))

    def each(self, action):
        """Runs the action for every recipe and every contender that has not failed."""
        for recipe in self.recipes:
            for name in list(self.active):
                try:
                    action(recipe, name)
                except Failure as failure:
                    self.drop(name, f"{recipe}: {failure}")

    def one_round(self, number):
        results = {recipe: {} for recipe in self.recipes}

        def action(recipe, name):
            results[recipe][name] = self.measure(recipe, name, self.epochs[recipe, name])

        self.each(action)
        self.run["rounds"].append(results)
        say(f"round {number} of {self.options.rounds} done")
        self.keep()

    def keep(self):
        """Saves the numbers after each round, so that an interrupted run is not lost."""
        if self.options.json:
            with open(self.options.json, "w", encoding="utf-8") as file:
                json.dump(self.run, file, indent=1)


def main():
    bench = Bench(arguments())
    bench.prepare()
    say("a round that does not count")
    bench.each(bench.probe)
    for number in range(bench.options.rounds):
        bench.one_round(number + 1)
    print(table.show(bench.run), end="")


if __name__ == "__main__":
    main()
