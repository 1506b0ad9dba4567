#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""table.py LINES OUT.json: lines of JSON from gpu_day become one file, and a table on stdout."""
import json
import sys

COLUMNS = ("dtype", "layout", "width", "kind", "batch", "us", "GB/s", "copy GB/s", "share")


def row(line):
    mix = {1: " in u8", 2: " in floats"}.get(line["mix"], "")
    cells = dict(line, batch=line["batch"] + mix)
    return "| " + " | ".join(str(cells[c]) for c in COLUMNS) + " |"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [json.loads(text) for text in file if text.strip()]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(lines, file, indent=1)
    for line in lines:
        if line["what"] == "device":
            print(line["device"], end="\n\n")
        elif line["what"] == "check":
            print(f"{line['batches']} random batches against the CPU: {line['wrong']} differ\n")
        elif line["what"] == "upload":
            print(f"\nA batch from pinned memory: {line['GB/s']} GB/s; "
                  f"a long copy: {line['pinned GB/s']} GB/s; share {line['share']}")
    print("\n| " + " | ".join(COLUMNS) + " |\n" + "| --- " * len(COLUMNS) + "|")
    print("\n".join(row(line) for line in lines if line["what"] == "kernel"))


if __name__ == "__main__":
    main()
