#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the numbers of a run into Markdown. bench.py calls it at its end; for a run that was saved (--json):

    table.py RUN.json             prints the tables
    table.py RUN.json RESULTS.md  puts them between the two bench marks of RESULTS.md

A ratio is taken within a round, because both sides then meet the same machine. The tables show the median over the
rounds, the least and the greatest. Nothing here measures anything: test_bench.py gives it made-up numbers.
"""
import json
import statistics
import sys

from goals import BUILDING, GOALS, REASONS, SCALING

RECIPES = ("train", "eval")
STAGES = ("read", "plan", "decode", "transform", "finish")
KINDS = ("plain", "index", "pack")
LEVELS = ("avx512", "avx2")
COLUMNS = [(kind, level) for level in LEVELS for kind in KINDS]
TITLE = {"avx512": "AVX-512", "avx2": "AVX2"}
SINGLE = ("Pillow", "pillow-simd", "libvips")
LOADERS = ("timm", "torchvision", "DALI", "SPDL", "FFCV q96", "FFCV q90/500")


def ours(kind, level, threads):
    return f"tench {kind} {level} x{threads}"


def rate(result):
    return result["images"] / result["seconds"]


def rate_per_cpu(result):
    return result["images"] / result["cpu_s"]


def of_rounds(run, recipe, name, measure):
    """The measure of one contender in each round that it finished."""
    return [measure(r[recipe][name]) for r in run["rounds"] if name in r.get(recipe, {})]


def ratios(run, recipe, name, peer, measure):
    """The measure of `name` divided by that of `peer`, for the rounds that both finished."""
    both = [r[recipe] for r in run["rounds"] if {name, peer} <= r.get(recipe, {}).keys()]
    return [measure(r[name]) / measure(r[peer]) for r in both]


def digits(value):
    """Writes a factor with as many digits as its noise allows: two after the point below 10."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def spread(values):
    return f"**{digits(statistics.median(values))}** ({digits(min(values))}–{digits(max(values))})"


def middle(values, form):
    return format(statistics.median(values), form) if values else "–"


def markdown(head, rows):
    if not rows:
        return ""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def rates(run):
    """One row for each contender: its speed, its CPU time, its memory, and the time of its first batch."""
    head = ["", "threads"] + [f"{recipe}, {what}" for recipe in RECIPES for what in ("images/s", "images/CPU-s")]
    rows = []
    for name, threads in run["contenders"].items():
        if name in run["errors"] or name.startswith("tench first epoch"):
            continue
        cells = [middle(of_rounds(run, recipe, name, measure), ".0f")
                 for recipe in RECIPES for measure in (rate, rate_per_cpu)]
        first = middle(of_rounds(run, "train", name, lambda r: r["first_batch_s"]), ".2f")
        memory = run["memory"].get("train", {}).get(name)
        rows.append([name, str(threads), *cells, first, "–" if memory is None else f"{memory:.0f}"])
    return markdown([*head, "first batch, s", "peak PSS, MiB"], rows)


def failures(run):
    """A line for each error, with the contenders that could not run because of it."""
    by_error = {}
    for name, error in run["errors"].items():
        by_error.setdefault(error, []).append(name)
    return "\n".join(f"- not measured: {', '.join(names)}: {error.rstrip('.')}." for error, names in by_error.items())


def verdict(values, goal):
    if not values:
        return "–"
    if goal is None:
        return spread(values)
    return f"{spread(values)}, {'reaches' if statistics.median(values) >= goal else 'misses'} {goal:g}"


def comparisons(run):
    """Yields (recipe, peer, what is compared, {column: (ratios, goal)}) for each peer, and for two threads against
    one."""
    threads = run["threads"]
    for recipe in RECIPES:
        for peer in (*SINGLE, *LOADERS):
            alone = peer in SINGLE
            measure, mine = (rate_per_cpu, 1) if alone else (rate, threads)
            by = "CPU time" if alone else f"wall time, {threads} threads"
            goals = GOALS.get((recipe, peer), {})
            yield recipe, peer, by, {
                column: (ratios(run, recipe, ours(*column, mine), peer, measure), goals.get(column))
                for column in COLUMNS
            }
        if threads == 2:
            yield recipe, "scaling", "wall time, 2 threads : 1", {
                column: (ratios(run, recipe, ours(*column, 2), ours(*column, 1), rate), SCALING)
                for column in COLUMNS
            }


def factors(run):
    """How many times as fast as each peer tench is."""
    head = ["× as fast as", "by"] + [f"{kind}, {TITLE[level]}" for kind, level in COLUMNS]
    rows = []
    for recipe, peer, by, cells in comparisons(run):
        if not any(values for values, _ in cells.values()):
            continue
        name = "itself" if peer == "scaling" else peer
        rows.append([f"{recipe}: {name}", by, *(verdict(*cells[column]) for column in COLUMNS)])
    return markdown(head, rows)


def misses(run):
    """A line for each missed goal, with the reason from goals.py."""
    lines, told = [], {}
    for recipe, peer, _, cells in comparisons(run):
        for (kind, level), (values, goal) in cells.items():
            if values and goal is not None and statistics.median(values) < goal:
                what = "two threads against one" if peer == "scaling" else f"against {peer}"
                reason = REASONS.get((recipe, peer, kind, level), "no reason is known yet")
                reached = digits(statistics.median(values))
                where = f"{recipe}, {what}, {kind} at {TITLE[level]}"
                first = told.setdefault(reason, where)
                lines.append(f"- {where}: {reached} of {goal:g}: {reason if first == where else f'as {first}'}.")
    return "\n".join(lines)


def building(run):
    """The cost of a first epoch that builds the index."""
    lines = []
    for recipe in RECIPES:
        names = [f"tench first epoch index={index} avx512 x{run['threads']}" for index in ("off", "auto")]
        values = ratios(run, recipe, *names, rate_per_cpu)
        if values:
            reason = REASONS.get((recipe, "building", "index", "avx512"), "no reason is known yet")
            is_met = statistics.median(values) <= BUILDING
            word = f"within {BUILDING:g}" if is_met else f"misses {BUILDING:g}: {reason}"
            lines.append(f"- {recipe}: a first epoch that builds the index takes {spread(values)} times the CPU time "
                         f"of a plain one, {word}.")
    return "\n".join(lines)


def changes(run):
    """tench against an older build that ran in the same rounds."""
    rows = []
    for recipe in RECIPES:
        for threads, measure, by in ((1, rate_per_cpu, "CPU time"), (run["threads"], rate, "wall time")):
            cells = [ratios(run, recipe, ours(kind, level, threads), f"before {kind} {level} x{threads}", measure)
                     for kind, level in COLUMNS]
            if any(cells):
                rows.append([recipe, f"{by}, x{threads}", *(spread(cell) if cell else "–" for cell in cells)])
    return markdown(["× as fast as before", "by", *(f"{kind}, {TITLE[level]}" for kind, level in COLUMNS)], rows)


def stages(run):
    """The time of each stage on one thread, in µs an image."""
    rows = []
    for recipe in RECIPES:
        for kind, level in COLUMNS:
            name = ours(kind, level, 1)
            parts = [of_rounds(run, recipe, name, lambda r, stage=stage: 1e6 * r[f"{stage}_s"] / r["images"])
                     for stage in STAGES]
            if parts[0]:
                total = of_rounds(run, recipe, name, lambda r: 1e6 * r["cpu_s"] / r["images"])
                rows.append([f"{recipe}, {kind}, {TITLE[level]}", *(middle(part, ".0f") for part in parts),
                             middle(total, ".0f")])
    return markdown(["µs an image, one thread", *STAGES, "CPU time in all"], rows)


def preface(run):
    versions = "; ".join(dict.fromkeys(run["versions"].values()))
    return (f"{run['images']} images of {run['dataset']}, {run['size']} x {run['size']} u8, bicubic, batches of "
            f"{run['batch']}, files in the page cache; rounds: {len(run['rounds'])}, medians. {versions}. "
            f"{run['machine']}, {run['date']}. Repeat with `{run['repeat']}`.")


def show(run):
    parts = [preface(run), rates(run), failures(run), factors(run), changes(run), misses(run), building(run),
             stages(run)]
    return "\n\n".join(part for part in parts if part) + "\n"


def between_marks(text, shown):
    """Replaces the text between the marks."""
    begin, end = "<!-- bench:begin -->\n", "<!-- bench:end -->"
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"no {begin.strip()} followed by {end}")
    return head + begin + shown + end + tail


def main():
    with open(sys.argv[1], encoding="utf-8") as source:
        shown = show(json.load(source))
    if len(sys.argv) < 3:
        print(shown, end="")
        return
    with open(sys.argv[2], "r+", encoding="utf-8") as page:
        text = between_marks(page.read(), shown)
        page.seek(0)
        page.write(text)
        page.truncate()


if __name__ == "__main__":
    main()
