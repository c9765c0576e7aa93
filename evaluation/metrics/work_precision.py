"""Work and precision of controlled integrations: errors that are looked at side by side, fronts, and scalarised regret.

Costs count evaluations of the forces, never seconds. Errors are absolute values relative to something, such as
abs(dE/E). Both are compared on logarithmic axes, since they go over many decades; the tail of a chaotic problem is lost
in a mean, so quantiles stand beside each other. Hypervolume: Zitzler and Thiele, "Multiobjective evolutionary
algorithms", IEEE Transactions on Evolutionary Computation 3, 1999.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .regret import finite


def error_summary(errors: ArrayLike, limit: float, floor: float = 1e-16) -> dict[str, float]:
    """Return ``median``, ``q90`` and ``most`` of log10 errors, and ``survival``, the share of those within ``limit``.

    Quantiles are errors that occurred (the lower of two), so that they exist where some runs were lost.

    Parameters
    ----------
    errors : (runs,), at least 0; infinite where a run was lost.
    limit : the error beyond which a run counts as lost.
    floor : errors below it count as this much, which is that of rounding.

    Raises
    ------
    ValueError
        for no errors, errors that are negative or no numbers, or a limit or floor that is not positive and finite.
    """
    lost = np.asarray(errors, np.float64)
    if lost.ndim != 1 or lost.size == 0 or np.isnan(lost).any() or (lost < 0).any():
        raise ValueError(f"errors must be numbers of at least 0, one a run, not {errors!r}")
    for name, value in (("limit", limit), ("floor", floor)):
        if not (0 < value < math.inf):
            raise ValueError(f"{name} must be positive and finite, not {value!r}")
    digits = np.log10(np.maximum(lost, floor))
    median, q90 = np.quantile(digits, [0.5, 0.9], method="inverted_cdf")
    survival = float(np.mean(lost <= limit))
    return {"median": float(median), "q90": float(q90), "most": float(digits.max()), "survival": survival}


def pareto_front(costs: ArrayLike, errors: ArrayLike) -> np.ndarray:
    """Return the points that no other beats in both cost and error, as integers (points on the front,), by rising cost.

    Of equal points the first stands for all. Raises ValueError unless both are finite, positive and of one length.
    """
    work, lost = _points(costs, errors)
    front: list[int] = []
    for k in np.lexsort((np.arange(work.size), lost, work)):
        if not front or lost[k] < lost[front[-1]]:
            front.append(int(k))
    return np.array(front)


def hypervolume(costs: ArrayLike, errors: ArrayLike, *, most_cost: float = 1e6, decades: float = 6.0) -> float:
    """Return the area that the points dominate below the corner (``most_cost``, error 1), in square decades.

    Parameters
    ----------
    costs, errors : (points,), positive; what lies outside of the box counts as if it lay on its edge, so that beyond
        the corner a point dominates nothing.
    most_cost : the cost of the corner.
    decades : the sides of the box on both axes: the best possible is ``decades**2``.

    Raises
    ------
    ValueError
        as `pareto_front`, or for a box that is not positive.
    """
    if not (0 < most_cost < math.inf and 0 < decades < math.inf):
        raise ValueError(f"most_cost and decades must be positive and finite, not {most_cost!r} and {decades!r}")
    work, lost = _points(costs, errors)
    saved = np.clip(math.log10(most_cost) - np.log10(work), 0.0, decades)
    gained = np.clip(-np.log10(lost), 0.0, decades)
    area, reached = 0.0, 0.0
    for width, height in sorted(zip(saved, gained, strict=True), reverse=True):
        area += width * max(0.0, height - reached)
        reached = max(reached, height)
    return float(area)


def scalarised(costs: ArrayLike, errors: ArrayLike, tolerance: float, weight: float = 1.0) -> np.ndarray:
    """Return log10 cost + ``weight`` * max(0, log10 error - log10 ``tolerance``), of the shape of costs and errors.

    Lower is better: a decade of work weighs as much as ``1 / weight`` decades of error beyond the tolerance. Raises
    ValueError unless costs and errors are finite, positive and of one shape, and tolerance and weight are positive.
    """
    if not (0 < tolerance < math.inf and 0 < weight < math.inf):
        raise ValueError(f"tolerance and weight must be positive and finite, not {tolerance!r} and {weight!r}")
    work, lost = _points(costs, errors)
    return np.log10(work) + weight * np.maximum(0.0, np.log10(lost) - math.log10(tolerance))


def regret_to_fixed(played: ArrayLike, table: ArrayLike) -> float:
    """Return the mean of ``played`` (instances,) less that of the action that is the best for all instances together.

    ``table`` is (instances, actions); both hold what `scalarised` returns. Negative where the best fixed action in
    hindsight was beaten. Raises ValueError for other shapes and for numbers that are not finite.
    """
    own, fixed = _instances(played, table)
    return float(own.mean() - fixed.mean(axis=0).min())


def regret_to_instance_best(played: ArrayLike, table: ArrayLike) -> float:
    """Return the mean of ``played`` less that of the best action of each instance; as `regret_to_fixed`."""
    own, fixed = _instances(played, table)
    return float(own.mean() - fixed.min(axis=1).mean())


def _points(costs: ArrayLike, errors: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    work, lost = finite(costs, "costs"), finite(errors, "errors")
    if work.shape != lost.shape or work.size == 0 or (work <= 0).any() or (lost <= 0).any():
        raise ValueError(f"costs and errors must be positive and of one shape, not {costs!r} and {errors!r}")
    return work, lost


def _instances(played: ArrayLike, table: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    own, fixed = finite(played, "played"), finite(table, "table")
    if own.ndim != 1 or fixed.ndim != 2 or len(own) != len(fixed) or fixed.size == 0:
        raise ValueError(f"played must be (instances,) and table (instances, actions), not {own.shape}, {fixed.shape}")
    return own, fixed
