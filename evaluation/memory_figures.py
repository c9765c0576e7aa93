"""Figures of memory: success against length, retention, value against size, and memory regret over training.

Each function takes plain data and returns a figure, which `regretlab.evaluation.figures.save` writes; the data comes
from stored results (`ladders`), from `memory_runs`, or from `regretlab.solvers.capacity`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..envs.core.certificate import Certificate, Value
from ..envs.core.environment import Environment
from ..envs.core.registry import find
from .figures import INK, MUTED, PAPER, looks, new_figure, short
from .game_figures import draw_mean
from .metrics.retention import Retention, half_life
from .metrics.statistics import mean_band
from .store import Record, ResultsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rates = Mapping[int, Sequence[float]]  # a number a seed, by length or by size of memory
SUCCESS = "success_rate"  # the metric of a record
PANEL, LEGEND = 430, 230  # points wide


def ladders(
    records: Sequence[Record], knob: str = "length", names: Collection[str] = ()
) -> dict[str, dict[str, dict[int, list[float]]]]:
    """Return the success rates of finished runs, a number a seed, by environment, learner and value of ``knob``.

    Learners that have played fewer than half of an environment's values are left out of its ladder, and environments
    with fewer than half of the values of the longest one; ``names`` chooses among the learners, none takes all.

    Raises ResultsError where no run has both the knob and a success rate, or for a name that is not among the learners,
    and UnknownEnvironment for an environment that this version of RegretLab does not have.
    """
    found: dict[str, dict[str, dict[int, list[float]]]] = {}
    for record in records:
        if record.status == "finished" and SUCCESS in record.metrics and knob in record.knobs:
            others = {name: value for name, value in record.knobs.items() if name != knob}
            learners = found.setdefault(_title(record.environment, others), {})
            rates = learners.setdefault(record.learner.name, {})
            rates.setdefault(int(record.knobs[knob]), []).append(record.metrics[SUCCESS])
    if not found:
        raise ResultsError(f"no finished run has the knob {knob!r} and the metric {SUCCESS!r}")
    known = sorted({name for learners in found.values() for name in learners})
    for name in names:
        if name not in known:
            raise ResultsError(f"no learner of these runs is called {name!r}; there are: {', '.join(known)}")
    longest = max(len(_values(learners)) for learners in found.values())
    chosen = {
        task: _ladder(learners, names) for task, learners in found.items() if 2 * len(_values(learners)) >= longest
    }
    return {task: learners for task, learners in chosen.items() if learners}


def _ladder(learners: dict[str, dict[int, list[float]]], names: Collection[str]) -> dict[str, dict[int, list[float]]]:
    """Return those of ``names`` (or all) that have played at least half of the values."""
    half = len(_values(learners)) / 2
    wanted = names or learners
    return {name: rates for name, rates in learners.items() if len(rates) >= half and name in wanted}


def _values(learners: dict[str, dict[int, list[float]]]) -> set[int]:
    return {value for rates in learners.values() for value in rates}


def title_of(environment: Environment) -> str:
    """Return the name of a registered environment, with the knobs that are not at their defaults."""
    return _title(environment.id, environment.knobs)


def ladder_figure(data: Mapping[str, Mapping[str, Rates]], knob: str = "length") -> Figure:
    """Draw success against length, a panel a task and a line a learner: means over seeds with 95 % intervals.

    ``data`` as returned by `ladders`; ``knob`` is what the axis of lengths is called.
    """
    look = looks(list(dict.fromkeys(name for panel in data.values() for name in panel)))
    columns = min(len(data), 2)
    rows = -(-len(data) // columns)
    figure = new_figure(PANEL * columns + LEGEND, 330 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for axes, (task, learners) in zip(panels, data.items(), strict=False):
        for name, rates in learners.items():
            place = list(look).index(name)
            apart = 1.02 ** (place - (len(look) - 1) / 2)  # a little, so that intervals do not hide one another
            width = _width(place, len(look))
            _draw_rates(axes, rates, name, look[name].line | {"linewidth": width, "markersize": width + 2}, apart)
        axes.set(xscale="log", ylim=(-0.03, 1.05), xlabel=knob.replace("_", " "), title=task)
        _plain_ticks(axes, sorted({each for rates in learners.values() for each in rates}))
    for axes in panels[len(data) :]:
        axes.set_axis_off()
    for axes in panels[::columns]:
        axes.set_ylabel("success rate of the learned policy")
    handles = {line.get_label(): line for axes in panels for line in axes.lines}
    figure.legend([handles[name] for name in look], list(look), loc="outside right upper", fontsize=9)
    return figure


def retention_figure(curves: Mapping[str, Retention], title: str) -> Figure:
    """Draw the probability that what is still needed is in memory, by the steps since it was last seen.

    ``curves`` by the name in the legend, which tells the half-life beside it.
    """
    figure = new_figure(560, 380)
    axes = figure.add_subplot()
    look = looks(list(curves))
    for place, (name, curve) in enumerate(curves.items()):
        half = half_life(curve)
        tail = f"none in {curve.ages[-1]} steps" if half is None else f"{half} step{'s' * (half > 1)}"
        width = _width(place, len(curves))
        marker = "o" if len(curve.ages) <= 30 else ""
        line = look[name].line | {"linewidth": width, "marker": marker, "markersize": width + 2.5}
        axes.plot(curve.ages, curve.kept, label=f"{name}; half-life: {tail}", **line)
    axes.axhline(0.5, color=MUTED, linewidth=0.8, linestyle=":")
    axes.set(xlabel="steps since it was last seen", ylabel="P(in memory | still needed)", title=title)
    axes.set_ylim(-0.03, 1.05)
    _whole_numbers(axes)
    figure.legend(loc="outside lower left", fontsize=9)
    return figure


def capacity_figure(
    certificate: Certificate, exact: Mapping[str, Mapping[int, Value]], learned: Mapping[str, Rates], title: str
) -> Figure:
    """Draw value against the size k of the memory: what is possible as steps, what was learned as points.

    Parameters
    ----------
    certificate : of the task; its optimum is drawn.
    exact : J*_k by k, by kind of memory. A value that is only a lower bound is an open point.
    learned : what learners achieved, a number a seed, by k and by the name in the legend; may be empty. Means with 95 %
        intervals.
    title : of the figure.
    """
    figure = new_figure(560, 400)
    axes = figure.add_subplot()
    axes.axhline(certificate.optimal.value, color=INK, linewidth=1.0, linestyle="--", label="optimum", zorder=3)
    look = looks([*exact, *learned])
    for place, (kind, values) in enumerate(exact.items()):
        sizes = np.array(sorted(values))
        heights = np.array([values[size].value for size in sizes])
        edges = np.append(sizes - 0.5, sizes[-1] + 0.5)
        colour, width = look[kind].line["color"], _width(place, len(exact))
        axes.stairs(heights, edges, baseline=None, color=colour, linewidth=width, label=kind)
        bounds = [size for size in sizes if values[size].kind == "bound"]
        if bounds:
            low = [values[size].value for size in bounds]
            axes.plot(bounds, low, "^", color=colour, markerfacecolor=PAPER, zorder=3, label=f"{kind}: a lower bound")
    for place, (name, rates) in enumerate(learned.items()):
        shift = 0.12 * (place - (len(learned) - 1) / 2)
        _draw_rates(axes, rates, name, look[name].line | {"linestyle": "none", "markersize": 4}, shift=shift)
    axes.set(xlabel="observations in memory, k", ylabel=f"value ({certificate.unit})", title=title)
    _whole_numbers(axes)
    figure.legend(loc="outside lower left", fontsize=9, ncols=2)
    return figure


def memory_regret_figure(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], title: str) -> Figure:
    """Draw the memory regret per eligible step over training: means over seeds with 95 % intervals.

    ``curves`` hold steps of training (points,) and values (seeds, points), by the name in the legend.
    """
    from matplotlib.ticker import FuncFormatter

    figure = new_figure(560, 380)
    axes = figure.add_subplot()
    for (name, (steps, values)), look in zip(curves.items(), looks(list(curves)).values(), strict=True):
        draw_mean(axes, steps, values, name, look.line["color"])
    axes.set(xlabel="steps of training", ylabel="memory regret per eligible step", title=title, ylim=(-0.03, 1.05))
    axes.margins(x=0)
    axes.xaxis.set_major_formatter(FuncFormatter(short))
    figure.legend(loc="outside lower left", fontsize=9, ncols=2)
    return figure


def _title(id: str, knobs: Mapping[str, Any]) -> str:
    table = find(id).knobs
    changed = [f"{name} {value}" for name, value in knobs.items() if value != table[name].default]
    return ", ".join([id.removeprefix("regretlab/"), *changed])


def _draw_rates(
    axes: Axes, rates: Rates, name: str, line: dict[str, Any], factor: float = 1.0, shift: float = 0.0
) -> None:
    """Draw the mean over seeds at each place, with its 95 % interval where there are several seeds."""
    places = sorted(rates)
    at = factor * np.array(places) + shift
    values = [np.asarray(rates[place], np.float64) for place in places]
    means = np.array([each.mean() for each in values])
    if all(len(each) > 1 for each in values):
        low, high = np.array([np.ravel(mean_band(each[:, None])) for each in values]).T
        axes.errorbar(at, means, (means - low, high - means), color=line["color"], linestyle="none", capsize=3)
    axes.plot(at, means, label=name, marker="o", **line)


def _width(place: int, count: int) -> float:
    """Return a line's width: wider ones are drawn first, so that lines that coincide show one beside the other."""
    return 1.8 + 4.8 * (count - 1 - place) / max(count - 1, 4)


def _plain_ticks(axes: Axes, values: Sequence[int]) -> None:
    from matplotlib.ticker import NullLocator

    axes.set_xticks(values, [short(each) for each in values])
    axes.xaxis.set_minor_locator(NullLocator())


def _whole_numbers(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=(1, 2, 5, 10)))
