# SPDX-License-Identifier: MIT
"""Names the machine of a measurement, and says whether other programs used it."""
import datetime
import os
import platform
import time

WATCHED_S = 2  # how long the machine is watched while the benchmark does nothing
QUIET = 0.05  # the greatest share of the CPUs' time that other programs may use


def name():
    """Names the number of CPUs, the CPU and the operating system."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/etc/os-release", encoding="utf-8") as file:
        system = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
    cpu = names[0] if names else platform.machine()
    return f"{len(os.sched_getaffinity(0))} CPUs, {cpu}, {system.get('PRETTY_NAME', 'Linux').strip(chr(34))}"


def ticks():
    """The first line of /proc/stat: the time of all CPUs in each state."""
    with open("/proc/stat", encoding="ascii") as file:
        return [int(word) for word in file.readline().split()[1:9]]


def share_used(before, after):
    """The share of the CPUs' time between two looks at /proc/stat that was not idle. Waiting for a disk is idle."""
    spent = [b - a for a, b in zip(before, after)]
    return 1 - (spent[3] + spent[4]) / max(1, sum(spent))


def remark(share):
    return "" if share <= QUIET else f" Busy machine: provisional (other programs used {share:.0%} of its CPUs)."


def here_and_now():
    """The machine, the date, and a remark if other programs use the machine. Call it before a measurement."""
    before = ticks()
    time.sleep(WATCHED_S)
    return f"{name()}, {datetime.date.today()}.{remark(share_used(before, ticks()))}"
