#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""table.py LINES OUT.json: joins the lines of JSON from a GPU day to a file, and prints a report.

Lines of a part that failed or was skipped are missing in both; each part has a status. GOALS lists the
values that the figures should reach."""
import json
import sys

COLUMNS = ("dtype", "layout", "staged", "width", "kind", "batch", "us", "GB/s", "copy GB/s", "share")
# Kind of line, key, meaning, goal, and the test of the goal.
GOALS = (
    ("check", "wrong", "random batches that differ from the CPU's", "0", lambda value: value == 0),
    ("kernel", "share", "a kernel's share of the copy rate", "at least 0.8", lambda value: value >= 0.8),
    ("upload", "share", "a batch's share of the pinned rate", "at least 0.9", lambda value: value >= 0.9),
    ("loader", "launches", "kernels a batch", "1", lambda value: value == 1),
    ("loader", "stall", "share of the time that a busy consumer waits", "below 0.01", lambda value: value < 0.01),
    ("leak", "device_bytes", "bytes more on the device after the leak run", "0", lambda value: value <= 0),
    ("leak", "host_bytes", "bytes more in the process after it", "below 8 MiB", lambda value: value < 8 << 20),
)
MET = {True: "yes", False: "no", None: "not measured"}


def read(path):
    """Reads the lines, and counts those that are not JSON."""
    lines, spoilt = [], 0
    with open(path, encoding="utf-8") as file:
        for text in file:
            try:
                lines.append(json.loads(text))
            except ValueError:
                spoilt += 1
    return lines, spoilt


def of(lines, what):
    return [line for line in lines if line["what"] == what]


def judge(lines):
    """Returns an entry for each goal: the worst value, and whether it suffices. None: not measured."""
    out = []
    for what, key, text, wanted, will_do in GOALS:
        values = [line[key] for line in of(lines, what)]
        bad = [value for value in values if not will_do(value)]
        worst = (min if key == "share" else max)(bad or values, default=None)
        out.append({"goal": f"{what}: {text}", "wanted": wanted, "worst": worst,
                    "met": not bad if values else None})
    return out


def cell(value):
    return str(value).replace("|", "\\|")


def table(columns, rows):
    text = ["| " + " | ".join(columns) + " |", "| --- " * len(columns) + "|"]
    return "\n".join(text + ["| " + " | ".join(cell(row.get(c, "")) for c in columns) + " |"
                             for row in rows])


def kernel_row(line):
    mix = {1: " in u8", 2: " in floats"}.get(line["mix"], "")
    return dict(line, batch=line["batch"] + mix)


def report(day):
    print("Device: " + (day["device"] or "none") + "\n")
    print(table(("part", "status", "seconds", "why"), day["parts"]) + "\n")
    goals = [dict(goal, worst="" if goal["worst"] is None else goal["worst"], met=MET[goal["met"]])
             for goal in day["goals"]]
    print(table(("goal", "wanted", "worst", "met"), goals) + "\n")
    if day["kernels"]:
        print(table(COLUMNS, map(kernel_row, day["kernels"])) + "\n")
    for line in day["uploads"]:
        print(f"A batch from pinned memory: {line['GB/s']} GB/s; "
              f"a long copy: {line['pinned GB/s']} GB/s; share {line['share']}\n")
    loaders = [dict(line, loader="tench") for line in day["loader"]]
    loaders += [dict(line, loader="timm " + line["version"]) for line in day["timm"]]
    if loaders:
        print(table(("loader", "step_ms", "batches", "images/s", "stall", "host_us", "launches"),
                    loaders) + "\n")
    for line in day["leak"]:
        print(f"{line['batches']} batches: {line['device_bytes']} bytes more on the device, "
              f"{line['host_bytes']} in the process\n")


def main():
    lines, spoilt = read(sys.argv[1])
    devices = of(lines, "device")
    day = {"device": devices[0]["device"] if devices else None, "spoilt_lines": spoilt,
           "parts": of(lines, "part"), "goals": judge(lines), "check": of(lines, "check"),
           "kernels": of(lines, "kernel"), "uploads": of(lines, "upload"),
           "loader": of(lines, "loader"), "leak": of(lines, "leak"), "timm": of(lines, "timm")}
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(day, file, indent=1)
    report(day)


if __name__ == "__main__":
    main()
