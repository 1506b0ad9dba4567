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

# Environments that TENCH_PYTHON stands for.
GIVEN = ("timm", "sources")

# Further variables for pip's build of a package.
BUILD_FLAGS = {"pillow-simd": {"CC": "cc -mavx2"}}


class Failure(Exception):
    """Why a contender cannot be installed, prepared or run, in words for the table."""


def last_words(text, lines=3):
    """The last words of a program's error output, on one line."""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(said[-lines:]) or "no message"


# Prints what the Python that runs it has of other versions than the requirements file wants.
CHECK = """
import importlib.metadata, sys
for line in open(sys.argv[1], encoding="utf-8"):
    name, pinned, wanted = line.partition("#")[0].strip().partition("==")
    try:
        found = importlib.metadata.version(name) if name else ""
    except importlib.metadata.PackageNotFoundError:
        found = "none"
    if name and (found == "none" or pinned and found.partition("+")[0] != wanted):
        print(f"{name} {wanted}".strip(), "(found:", found + ")")
"""


def check_versions(interpreter, requirements):
    """Checks that a Python has the pinned versions. Raises Failure."""
    done = subprocess.run([interpreter, "-c", CHECK, requirements], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{interpreter}: {last_words(done.stderr)}")
    if done.stdout:
        raise Failure(f"{interpreter} lacks {'; '.join(done.stdout.splitlines())}")


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
    """Returns the interpreter of the environment `name`, and makes the environment if it does not exist. The variable
    TENCH_PYTHON stands for some environments, if it has their versions. Raises Failure."""
    folder, requirements = place(name)
    if name in GIVEN and os.environ.get("TENCH_PYTHON"):
        check_versions(os.environ["TENCH_PYTHON"], requirements)
        return os.environ["TENCH_PYTHON"]
    if not is_made(folder, requirements):
        install(name, folder, requirements)
    return os.path.join(folder, "bin", "python")


def enter(name):
    """Runs this program again in the environment `name`, unless it runs there already."""
    try:
        wanted = python(name)
    except Failure as failure:
        sys.exit(f"{os.path.basename(sys.argv[0])}: {failure}")
    if os.path.abspath(sys.executable) != os.path.abspath(wanted):
        os.execv(wanted, [wanted, *sys.argv])
