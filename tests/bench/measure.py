# SPDX-License-Identifier: MIT
"""Runs one contender once, and reads the JSON object that it prints. On request measures the peak memory of all its
processes."""
import json
import os
import subprocess
import threading
import time

from environments import Failure, last_words

LIMIT_S = 900  # a contender that takes longer has failed
SAMPLE_S = 0.05


def tree(pid):
    """Lists a process and all its descendants."""
    found = [pid]
    for parent in found:
        try:
            with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


def command_line(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read().split("\0")[:-1]
    except OSError:
        return None


def pss_mib(pid):
    """The memory of one process: its own pages, and its share of shared pages, so that a sum counts each page once."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024
    except (OSError, StopIteration):
        return 0.0


def watch(process, command):
    """The peak of the summed memory of `command`'s processes, without those of a wrapper around it, until it ends."""
    peak, root = 0.0, None
    while process.poll() is None:
        if root is None:
            root = next((pid for pid in tree(process.pid) if command_line(pid) == command), None)
        if root is not None:
            peak = max(peak, sum(pss_mib(pid) for pid in tree(root)))
        time.sleep(SAMPLE_S)
    return peak


def run(command, environment=None, wrapper=(), with_memory=False):
    """Runs the command and returns the JSON object that it prints. Reading the memory map of a large process takes
    milliseconds of a CPU, so the time of a run with memory does not count. Raises Failure."""
    process = subprocess.Popen(
        [*wrapper, *command], env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    peak = []
    watcher = threading.Thread(target=lambda: peak.append(watch(process, command)))
    if with_memory:
        watcher.start()
    try:
        output, errors = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Failure(f"it did not finish within {LIMIT_S} s") from None
    finally:
        if with_memory:
            watcher.join()
    if process.returncode != 0:
        raise Failure(f"exit code {process.returncode}: {last_words(errors)}")
    try:
        result = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise Failure(f"no JSON in its output: {last_words(output)}") from None
    if with_memory:
        result["pss_mib"] = peak[0]
    return result
