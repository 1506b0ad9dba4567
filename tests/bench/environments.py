# SPDX-License-Identifier: MIT
"""The Python environments of the peers: one for each, outside the checkout, made at its first use.

An environment is a requirements file with pinned versions and a virtual environment made from it. A copy of the file in
the environment says what was installed. If the two files differ, the environment is made again.
"""
import filecmp
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tench")

# Further variables for pip's build of a package.
BUILD_FLAGS = {"pillow-simd": {"CC": "cc -mavx2"}}


class Failure(Exception):
    """Why a contender cannot be installed, prepared or run, in words for the table."""


def last_words(text, lines=3):
    """The last words of a program's error output, on one line."""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(said[-lines:]) or "no message"


def place(name):
    """Returns (folder, requirements). timm's environment is the one of ./dev golden."""
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
    """Returns the interpreter of the environment `name`, and makes the environment if it does not exist. Raises
    Failure."""
    if name == "timm" and os.environ.get("TENCH_PYTHON"):
        return os.environ["TENCH_PYTHON"]
    folder, requirements = place(name)
    if not is_made(folder, requirements):
        install(name, folder, requirements)
    return os.path.join(folder, "bin", "python")
