# SPDX-License-Identifier: MIT
"""Draws the runs of curves.py, given on standard input: plot_curves.py PICTURE."""
import json
import sys

import matplotlib
import numpy

matplotlib.use("Agg")
from matplotlib import pyplot

STYLES = {
    "timm": ("timm's create_loader", "tab:blue", "-"),
    "tench": ("tench", "tab:orange", "-"),
    "plain": ("control: no jitter, no erasing", "tab:gray", "--"),
}
PANELS = (("train_loss", "training loss"), ("accuracy", "validation accuracy"))


def draw(axes, runs, measure, title):
    for kind, (label, colour, line) in STYLES.items():
        values = numpy.array([run[measure] for run in runs[kind]])
        middle, band = values.mean(0), values.std(0, ddof=1)
        epochs = numpy.arange(1, len(middle) + 1)
        axes.plot(epochs, middle, line, color=colour, label=label)
        axes.fill_between(epochs, middle - band, middle + band, color=colour, alpha=0.2, linewidth=0)
    axes.set_title(title)
    axes.set_xlabel("epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)


def main(picture):
    runs = json.load(sys.stdin)
    figure, both = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axes, (measure, title) in zip(both, PANELS):
        draw(axes, runs, measure, f"{title}, mean and standard deviation of {len(runs['timm'])} seeds")
        axes.title.set_fontsize(9)
    both[0].legend(fontsize=8)
    figure.savefig(picture, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
