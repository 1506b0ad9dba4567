# SPDX-License-Identifier: MIT
"""The peers' Python environments: one a peer, outside the checkout, made when first needed.

An environment is a requirements file with pinned versions and a virtual environment made from it. A copy of the file in
the environment says what was installed; where the two differ the environment is made anew.
"""
import filecmp
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tench")

# What pip's build of a package sees besides the environment it runs in.
BUILD_FLAGS = {"pillow-simd": {"CC": "cc -mavx2"}}


class Failure(Exception):
    """What could not be had, in words for the table."""


def last_words(text, lines=3):
    """The end of a program's complaints, on one line."""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(said[-lines:]) or "no message"


def place(name):
    """(folder, requirements). timm's is the one that ./dev golden uses."""
    if name == "timm":
        return os.path.join(CACHE, "venv"), os.path.join(HERE, "..", "golden", "requirements.txt")
    return os.path.join(CACHE, "peers", name), os.path.join(HERE, "requirements", f"{name}.txt")


def is_made(folder, requirements):
    stamp = os.path.join(folder, "installed.txt")
    return os.path.exists(stamp) and filecmp.cmp(stamp, requirements, shallow=False)


def install(name, folder, requirements):
    print(f"-- installing {os.path.relpath(requirements)} from PyPI into {folder}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    pip = os.path.join(folder, "bin", "pip")
    for step in ([sys.executable, "-m", "venv", folder], [pip, "install", "-q", "-r", requirements]):
        done = subprocess.run(step, env={**os.environ, **BUILD_FLAGS.get(name, {})}, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"not installed: {last_words(done.stderr)}")
    shutil.copy(requirements, os.path.join(folder, "installed.txt"))


def python(name):
    """The interpreter of environment `name`, made if it is not there. Raises Failure."""
    if name == "timm" and os.environ.get("TENCH_PYTHON"):
        return os.environ["TENCH_PYTHON"]
    folder, requirements = place(name)
    if not is_made(folder, requirements):
        install(name, folder, requirements)
    return os.path.join(folder, "bin", "python")
