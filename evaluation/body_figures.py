"""Figures of controlled integrations: what they cost and how precise they are, and what happens on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..baselines.learner import Learner
from ..baselines.lockstep import Lockstep
from ..envs.core.certificate import Certificate
from ..envs.core.environment import Environment
from .figures import INK, MUTED, SERIES, looks, new_figure
from .metrics.work_precision import pareto_front
from .store import Record, ResultsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

PROTOCOL = "flight"
DISTANCE, LAST_STEP, ERROR, DONE = 1, 5, 7, 9  # entries of what StepSize-v0 shows
MARKERS = ("o", "s", "^")
LINES = {
    "the rule eta * tau": ("rule_evaluations", "rule_median_energy_errors"),
    "a fixed mu": ("mean_sub_steps", "median_energy_errors"),
}


def work_figure(records: Sequence[Record], task: str, quoted: Mapping[str, tuple[float, float, float]]) -> Figure:
    """Draw a point a learner of ``task``: mean cost and median error of its flights, up to the worst tenth.

    Means over seeds of the protocol ``flight``. Lines are the comparators of the certificate, at every setting; the
    steps are the Pareto front of the learners, most of whose flights arrive. ``quoted`` adds points (cost, median
    error, 90 % quantile) by name that are published and were not measured here.

    Raises ResultsError where there is no such run of the task.
    """
    runs = [each for each in records if each.task == task and each.protocol.name == PROTOCOL and _finished(each)]
    if not runs:
        tasks = sorted({each.task for each in records if each.protocol.name == PROTOCOL and _finished(each)})
        raise ResultsError(f"there is no finished flight of the task {task!r}; there are: {', '.join(tasks) or 'none'}")
    names = list(dict.fromkeys(each.learner.name for each in runs))
    look = looks(names)
    figure = new_figure(760, 460)
    axes = figure.subplots()
    _draw_comparators(axes, runs[0].certificate)
    points = []
    for name in names:
        own = [each.metrics for each in runs if each.learner.name == name]
        cost, median, worst = (
            float(np.mean([each[key] for each in own])) for key in ("mean_cost", "median_digits", "q90_digits")
        )
        points.append((cost, 10.0**median))
        _draw_point(axes, cost, 10.0**median, 10.0**worst, name, SERIES[look[name].colour], MARKERS[look[name].dash])
    for name, (cost, error, worst) in quoted.items():
        _draw_point(axes, cost, error, worst, f"{name} (quoted)", MUTED, "D")
    arrived = np.array([point for point in points if point[1] < 1.0])
    if len(arrived):
        front = arrived[pareto_front(*arrived.T)]
        axes.step(*front.T, where="post", color=INK, linewidth=1.0, linestyle=":", label="Pareto front")
    axes.set(xscale="log", yscale="log", xlabel="cost of a flight, evaluations", ylabel="energy error at the end")
    _decades(axes.xaxis, axes.yaxis)
    axes.set_title(f"Work and precision: {task}")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", fontsize=9)
    return figure


def flight_figure(environment: Environment, learners: Mapping[str, Learner], start: int) -> Figure:
    """Draw one flight from ``start``: distance of the nearest pair, the steps of each learner, and the energy error.

    Raises
    ------
    ValueError
        for an environment that does not show what `StepSize-v0` shows, or that has no such start.
    """
    if environment.spec.observation.sizes != (10,) or "momentum_change" not in environment.spec.info:
        raise ValueError(f"a flight is drawn of StepSize-v0 and its kin, not of {environment.id}")
    if not 0 <= start < environment.spec.start_outcomes:
        most = environment.spec.start_outcomes - 1
        raise ValueError(f"start={start} is not allowed: {environment.id} has the starts 0 to {most}")
    look = looks(list(learners))
    figure = new_figure(760, 560)
    rows: Any = figure.subplots(3, 1, sharex=True)
    for name, learner in learners.items():
        shown = _fly(environment, learner, start)
        line = {**look[name].line, "linewidth": 1.2}
        for axes, entry, label in zip(rows, (DISTANCE, LAST_STEP, ERROR), (None, None, name), strict=True):
            axes.plot(shown[:, DONE], 10.0 ** shown[:, entry], label=label, **line)
    for axes, label in zip(rows, ("distance of the nearest pair", "step", "energy error"), strict=True):
        axes.set(yscale="log", ylabel=label)
        _decades(axes.yaxis)
    rows[0].set_title(f"{environment.id}, start {start}")
    rows[2].set_xlabel("share of the flight")
    rows[2].set_xlim(0.0, 1.0)
    figure.legend(*rows[2].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9)
    return figure


def _fly(environment: Environment, learner: Learner, start: int) -> np.ndarray:
    """Return what is observed on the way (decisions + 1, 10)."""
    play = Lockstep(environment, learner, learning=False)
    shown = [play.batch.reset(seed=0, outcome=start)[0, 0].copy()]
    while True:
        over = play.advance(1).episodes[0] > 0
        shown.append((play.batch.final_observation if over else play.batch.observation)[0, 0].copy())
        if over:
            return np.array(shown)


def _decades(*scales: Axis) -> None:
    """Write the decades of logarithmic scales as 1e-3."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    for scale in scales:
        scale.set_major_formatter(FuncFormatter(lambda value, _: f"1e{round(math.log10(value))}"))
        scale.set_minor_formatter(NullFormatter())


def _finished(record: Record) -> bool:
    return record.status == "finished"


def _draw_comparators(axes: Axes, certificate: Certificate | None) -> None:
    facts = {} if certificate is None else certificate.facts
    for (name, (cost, error)), way in zip(LINES.items(), ("-", "--"), strict=True):
        if cost in facts:
            work, lost = np.array(facts[cost]), np.array(facts[error])
            order = np.argsort(work)
            axes.plot(work[order], lost[order], way, color=MUTED, linewidth=1.1, marker=".", label=f"{name}, median")


def _draw_point(axes: Axes, cost: float, error: float, worst: float, name: str, colour: str, marker: str) -> None:
    axes.plot([cost, cost], [error, worst], color=colour, linewidth=1.2, alpha=0.6)
    axes.plot([cost], [worst], color=colour, marker="_", markersize=9)
    axes.plot([cost], [error], color=colour, marker=marker, markersize=6, linestyle="none", label=name)
