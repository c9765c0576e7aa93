"""Figures of continuing tasks: mixing time and regret against size, growth of regret, and maps of values and visits.

Each function takes plain data and returns a figure, which `regretlab.evaluation.figures.save` writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .figures import INK, MUTED, PAPER, SERIES, looks, mean_curve, new_figure, short
from .mdp_runs import Size
from .store import Record, ResultsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SLOPES = {1.0: "linear", 0.5: "square root"}
MOST_PANELS = 16


def scaling_figure(families: Mapping[str, Sequence[Size]], steps: int) -> Figure:
    """Draw what grows with the number of states: the mixing time of the optimal policy, and the learners' regret.

    ``families`` by title, each with its sizes as `regretlab.evaluation.mdp_runs.measure` returns them; ``steps`` were
    played. Points of regret are means over seeds with their least and largest; their panels have the same scale.
    """
    names = list(dict.fromkeys(name for sizes in families.values() for size in sizes for name in size.regrets))
    look = looks(names)
    figure = new_figure(320 + 320 * len(families), 360)
    first, *others = figure.subplots(1, 1 + len(families))
    for (title, sizes), way in zip(families.items(), looks(list(families)).values(), strict=True):
        finite = [size for size in sizes if np.isfinite(size.mixing_time.value)]
        states = [size.states for size in finite]
        times = [size.mixing_time.value for size in finite]
        slope = f", exponent {np.polyfit(np.log(states), np.log(times), 1)[0]:.2f}" if len(finite) > 1 else ""
        first.plot(states, times, marker="o", label=f"{title}{slope}", **way.line)
    first.set(xscale="log", yscale="log", xlabel="states", ylabel="steps", title="Mixing time of the optimal policy")
    first.legend(fontsize=9)
    shares = [r / steps / size.gain for sizes in families.values() for size in sizes for r in size.regrets.values()]
    top = max(float(np.max(shares)), 0.01)
    for axes, (title, sizes) in zip(others, families.items(), strict=True):
        states = [size.states for size in sizes]
        for name in names:
            drawn = np.array([size.regrets[name] / steps / size.gain for size in sizes])
            mean = drawn.mean(axis=1)
            spread = np.abs(np.array([drawn.min(axis=1), drawn.max(axis=1)]) - mean)
            axes.errorbar(states, mean, spread, marker="o", markersize=4, capsize=2, label=name, **look[name].line)
        axes.axhline(0.0, color=INK, linewidth=1.2)
        axes.set(xscale="log", xlabel="states", title=title, ylim=(-0.05 * top, 1.05 * top))
        _plain_ticks(axes, states)
    _plain_ticks(first, [size.states for size in next(iter(families.values()))])
    plain_powers(first.yaxis)
    others[0].set_ylabel(f"regret in {short(steps)} steps, share of the optimum")
    handles, labels = others[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(names), 5), fontsize=9)
    return figure


def runs_of(records: Sequence[Record], task: str, names: Sequence[str] = ()) -> dict[str, list[Record]]:
    """Return the finished runs of ``task`` by learner; ``names`` chooses among the learners, none takes all.

    Raises ResultsError for a task or a learner without finished runs.
    """
    of_task: dict[str, list[Record]] = {}
    for record in records:
        if record.task == task and record.status == "finished" and record.curve is not None:
            of_task.setdefault(record.learner.name, []).append(record)
    if not of_task:
        tasks = sorted({record.task for record in records})
        raise ResultsError(f"no finished run is of task {task!r}; there are: {', '.join(tasks)}")
    for name in names:
        if name not in of_task:
            raise ResultsError(f"no learner of these runs is called {name!r}; there are: {', '.join(of_task)}")
    return {name: of_task[name] for name in names or of_task}


def growth_figure(runs: Mapping[str, Sequence[Record]], title: str) -> Figure:
    """Draw cumulative regret on logarithmic axes, a line a learner, beside the slopes that theory knows.

    ``runs`` are finished runs of one continuing task by learner. Regret that is not positive is not drawn. The lines of
    the first learners are wider, so that they are seen where others lie on them.

    Raises ResultsError where there are none.
    """
    if not runs:
        raise ResultsError("there are no finished runs to draw")
    look = looks(list(runs))
    figure = new_figure(640, 420)
    axes = figure.add_subplot()
    first, last, top = np.inf, 0.0, 0.0
    widths = np.linspace(5.0, 1.5, len(runs)) if len(runs) > 1 else [2.0]
    for width, (name, of_learner) in zip(widths, runs.items(), strict=True):
        steps, mean, band, _ = mean_curve(list(of_learner))
        if band is not None:
            low, high = (np.where(edge > 0, edge, np.nan) for edge in band)
            axes.fill_between(steps, low, high, color=look[name].line["color"], alpha=0.15, linewidth=0)
        axes.plot(steps, np.where(mean > 0, mean, np.nan), label=name, **{**look[name].line, "linewidth": width})
        first, last, top = min(first, float(steps[0])), max(last, float(steps[-1])), max(top, float(mean.max()))
    axes.set(xscale="log", yscale="log", xlabel="steps", ylabel="cumulative regret (reward)", title=title)
    plain_powers(axes.xaxis)
    plain_powers(axes.yaxis)
    ends = np.array([max(first, last / 100), last])
    for slope, word in SLOPES.items():
        heights = 1.5 * top * (ends / last) ** slope
        axes.plot(ends, heights, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        above = (0.0, 8 + 8 * slope)
        axes.annotate(word, (ends[0], heights[0]), above, textcoords="offset points", color=MUTED, fontsize=8)
    figure.legend(loc="outside right upper", fontsize=9)
    return figure


def map_figure(places: np.ndarray, panels: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw numbers of states as heat maps: values, visits.

    Parameters
    ----------
    places : integer (S, 3), panel, row and column of each state (see ``Environment.places``).
    panels : by title, float (S,), a number a state; several states of one place are added up.
    title : of the figure.

    Raises ValueError for more than 16 rooms.
    """
    rooms, rows, columns = places.max(axis=0) + 1
    if rooms > MOST_PANELS:
        raise ValueError(f"a map of {rooms} rooms is not drawn: choose knobs with at most {MOST_PANELS}")
    across = int(np.ceil(np.sqrt(rooms)))
    down = -(-int(rooms) // across)
    gap = 1 if rooms > 1 else 0
    figure = new_figure(400 * len(panels), 60 + max(160, 400 * down * rows / (across * columns)))
    figure.suptitle(title.removeprefix("regretlab/"), fontweight="bold", x=0.01, ha="left")
    for axes, (name, values) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        grid = np.full((down * (rows + gap) - gap, across * (columns + gap) - gap), np.nan)
        room, row, column = places.T
        at = room // across * (rows + gap) + row, room % across * (columns + gap) + column
        grid[at] = 0.0
        np.add.at(grid, at, values)
        image = axes.imshow(grid, cmap=_colours(), interpolation="nearest")
        axes.set(title=name, xticks=[], yticks=[])
        axes.grid(False)
        axes.spines[:].set_visible(False)
        figure.colorbar(image, ax=axes, shrink=0.8, format=short)
    return figure


def _colours() -> object:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("regretlab", [PAPER, SERIES[0], INK])


def plain_powers(axis: Axis) -> None:
    """Label a logarithmic axis with numbers such as 10k."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(short))
    axis.set_minor_formatter(NullFormatter())


def _plain_ticks(axes: Axes, values: Sequence[int]) -> None:
    axes.set_xticks(values, labels=[short(value) for value in values])
    axes.minorticks_off()
