"""Figures of learners that tune SOR: how many sweeps a system takes them, and their regret against the comparators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import INK, looks, new_figure, short
from .linear_runs import Tuning
from .metrics.statistics import mean_band

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLOCKS, POINTS = 20, 100
WAYS = ("--", "-", ":")  # of the comparators


def regret_figure(found: Tuning, title: str) -> Figure:
    """Draw the sweeps of a system over time beside the comparators, and the regrets against two of them.

    Lines are means over seeds; bands are 95 % bootstrap intervals, where there are several seeds.
    """
    from matplotlib.ticker import FuncFormatter

    look = looks(list(found.spent))
    figure = new_figure(960, 380)
    first, *others = figure.subplots(1, 3)
    blocks = np.array_split(np.arange(found.steps), min(BLOCKS, found.steps))
    middles = np.array([block.mean() + 1 for block in blocks])
    for name, spent in found.spent.items():
        _draw(first, middles, np.array([spent[:, block].mean(axis=1) for block in blocks]).T, name, look[name].line)
    for (name, mean), way in zip(found.comparators().items(), WAYS, strict=True):
        first.axhline(mean, color=INK, linewidth=1.1, linestyle=way, label=name)
    first.set(title=title, ylabel="sweeps of a system", ylim=(0.0, None))
    points = np.unique(np.linspace(0, found.steps - 1, min(POINTS, found.steps)).astype(int))
    for axes, comparator in zip(others, list(found.comparators())[:2], strict=True):
        for name in found.spent:
            _draw(axes, points + 1, found.curves(name)[comparator][:, points], name, look[name].line)
        axes.axhline(0.0, color=INK, linewidth=1.1)
        axes.set_title(f"Regret to the {comparator}", fontsize=10)
    others[0].set_ylabel("sweeps, summed up")
    for axes in (first, *others):
        axes.set_xlabel("systems")
        axes.margins(x=0)
        axes.xaxis.set_major_formatter(FuncFormatter(short))
        axes.yaxis.set_major_formatter(FuncFormatter(short))
    handles, labels = first.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=9)
    return figure


def _draw(axes: Axes, steps: np.ndarray, values: np.ndarray, name: str, line: dict[str, Any]) -> None:
    """Draw the mean of ``values`` (seeds, steps) with its interval."""
    if len(values) > 1:
        axes.fill_between(steps, *mean_band(values), color=line["color"], alpha=0.15, linewidth=0)
    axes.plot(steps, values.mean(axis=0), label=name, **line)
