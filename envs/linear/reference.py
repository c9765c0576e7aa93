"""Reference values of the solver tasks: stored ones, summaries of simulated systems, and certificates made of them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from importlib import resources
from typing import Any

import numpy as np

from ...assets import reference as folder
from ..core.certificate import Certificate, Value
from ..core.spec import Criterion

COMMAND = "python benchmarks/reference_linear.py"
INTERVALS, LEAST_SYSTEMS = 50, 20  # of the shift, and the fewest systems by which an interval's action is chosen
ERRORS = 5.0


def recall(task: str, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what is stored of ``task`` for exactly these settings, or None."""
    text = (resources.files(folder) / "linear.json").read_text(encoding="utf-8")
    for run in json.loads(text)["runs"]:
        if run["task"] == task and run["settings"] == dict(settings):
            return run["summary"]
    return None


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """Return the mean of independent values and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def summary(found: Any) -> dict[str, Any]:
    """Return what the certificates need of a `sor_bandit.Replay`: means and standard errors of the sweeps.

    ``fixed`` by action, ``formula`` with omega_star of each shift, ``instance`` with the best action of each system,
    and ``context`` with the action that was best for the interval of the shift, chosen on the systems of even number
    and measured on the others.
    """
    chosen, judged = (slice(start, None, 2) for start in (0, 1))
    intervals = max(1, min(INTERVALS, len(found.shifts[chosen]) // LEAST_SYSTEMS))
    edges = np.quantile(found.shifts[chosen], np.arange(1, intervals) / intervals)
    places = np.searchsorted(edges, found.shifts)
    best = [int(found.sweeps[chosen][places[chosen] == k].mean(axis=0).argmin()) for k in range(intervals)]
    by_context = found.sweeps[np.arange(len(places)), np.array(best)[places]][judged]
    fixed = [mean_and_error(column) for column in found.sweeps.T]
    return {
        "systems": len(found.shifts),
        "fixed": [mean for mean, _ in fixed],
        "fixed_errors": [error for _, error in fixed],
        "formula": mean_and_error(found.formula),
        "instance": mean_and_error(found.sweeps.min(axis=1)),
        "context": mean_and_error(by_context),
    }


def of_bandit(p: Any, stored: Mapping[str, Any], source: str, theory: Mapping[str, Any], unit: float) -> Certificate:
    """Return the certificate of SorBandit or SorContextual from a `summary`, which ``source`` made.

    A reward is (1 - sweeps) / ``unit``; ``theory`` is `sor_bandit.ends_of_theory`.
    """
    fixed = np.array(stored["fixed"])
    best = int(fixed.argmin())
    over = f"over {stored['systems']:,} systems ({source})"
    bracket = f"low and high are {ERRORS:g} standard errors away"
    if p.contextual:
        mean, error = stored["context"]
        optimal = _reward(mean, error, unit, f"the best omega for each interval of the shift, {over}; {bracket}")
    else:
        how = f"omega = {p.omegas[best]:.4g}, the best fixed one in hindsight, {over}; {bracket}"
        optimal = _reward(fixed[best], stored["fixed_errors"][best], unit, how)
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=optimal,
        # sums of errors that are not independent exceed their root mean square, so this is on the safe side
        random=_reward(
            fixed.mean(), float(np.mean(stored["fixed_errors"])), unit, f"every omega equally often, {over}"
        ),
        facts={
            "best_fixed_omega": float(p.omegas[best]),
            "mean_sweeps_of_best_fixed": float(fixed[best]),
            "mean_sweeps_of_each_action": tuple(fixed.tolist()),
            "mean_sweeps_of_omega_star_formula": stored["formula"][0],
            "mean_sweeps_of_best_by_shift": stored["context"][0],
            "mean_sweeps_of_best_of_each_system": stored["instance"][0],
            "omega_star_at_ends": theory["omega_star"],
            "spectral_radius_at_ends": theory["spectral_radius"],
        },
    )


def _reward(mean: float, error: float, unit: float, how: str) -> Value:
    value, width = float((1.0 - mean) / unit), float(ERRORS * error / unit)
    return Value(value, "reference", how, value - width, value + width)
