#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes lists/, and lists.inc: the path and the label that Python reads from each row of each list.

    make_lists.py      (in tests/golden; Python 3, nothing else)

Python's csv module writes the tables in its dialects, and reads them back; its json module does so for JSON lines. Labels
are texts, so that every byte of a cell counts. Rows without a path are left out.
"""
import csv
import io
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "lists")
ROWS = [("a/1.jpg", "cat"), ("a/2, 3.jpg", "a \"quoted\" cat"), ("b/4.jpg", ""), ("b/5.jpg", "two\nlines"),
        ("b/6.jpg", "two\r\nlines; and a semicolon"), ("caf\u00e9/7.jpg", "\u00fcber|bar"), ("b/8.jpg", "tab\there"),
        ("b/9.jpg", "'single'"), ("b/10.jpg", "\"\""), ("b/11.jpg", " blanks "), ("b/12.jpg", "a,b,c")]


def table(name, bom=False, header=("path", "label"), order=(0, 1), **dialect):
    raw = io.StringIO(newline="")
    writer = csv.writer(raw, **dialect)
    if header:
        writer.writerow([header[i] for i in order])
    for number, row in enumerate(ROWS):
        writer.writerow([row[i] for i in order])
        if number == 3:
            raw.write(dialect.get("lineterminator", "\r\n"))  # an empty line
    text = raw.getvalue()
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(text.encode("utf-8-sig" if bom else "utf-8"))
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), **dialect) if row]
    if header:
        rows = rows[1:]
    return [(row[order.index(0)], row[order.index(1)]) for row in rows]


def lines(name, ascii_only, end):
    text = "".join(json.dumps({"label": label, "more": [1, {"path": "no"}], "file_name": path}, ensure_ascii=ascii_only) + end
                   for path, label in ROWS)
    text = text.replace(end, end + end, 1)  # an empty line
    with open(os.path.join(OUT, name), "wb") as file:
        file.write(text.encode())
    found = [json.loads(line) for line in text.split("\n") if line.strip()]
    return [(item["file_name"], item["label"]) for item in found]


def quote(text):
    """A string of C; octal escapes end after three digits."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else "\\%03o" % b for b in text.encode()) + '"'


def main():
    os.makedirs(OUT, exist_ok=True)
    made = {
        "excel.csv": table("excel.csv"),
        "unix.csv": table("unix.csv", lineterminator="\n", quoting=csv.QUOTE_ALL),
        "mac.csv": table("mac.csv", lineterminator="\r", quoting=csv.QUOTE_ALL),
        "marked.csv": table("marked.csv", bom=True, header=("Filename", "Class"), order=(1, 0)),
        "semicolons.csv": table("semicolons.csv", delimiter=";"),
        "tabs.tsv": table("tabs.tsv", delimiter="\t", lineterminator="\n"),
        "bare.csv": table("bare.csv", header=None),
        "escaped.jsonl": lines("escaped.jsonl", True, "\n"),
        "plain.ndjson": lines("plain.ndjson", False, "\r\n"),
    }
    with open(os.path.join(HERE, "lists.inc"), "w") as file:
        file.write("/* SPDX-License-Identifier: MIT */\n/* Made by make_lists.py: a list and its number of entries; then "
                   "their paths and labels. */\n")
        for name, rows in made.items():
            file.write('{%s, NULL, %d},\n' % (quote(name), len(rows)))
            for path, label in rows:
                file.write("{%s, %s, 0},\n" % (quote(path), quote(label)))


main()
