"""Aggregates over runs: interquartile mean, bootstrap intervals over seeds, paired differences, P(A > B).

Every interval is a 95 % percentile bootstrap. ``rng`` is a numpy Generator or a seed; by default it is the seed 0, so
that the same runs give the same interval.
Source: Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, NeurIPS 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES = 5000
LEVEL = 0.95


class Estimate(NamedTuple):
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


def interquartile_mean(values: ArrayLike, axis: int | None = None) -> np.ndarray:
    """Return the mean of the middle half of ``values`` along ``axis`` (None: of all of them).

    Of n sorted values the lowest and the highest ``n // 4`` are dropped, as ``scipy.stats.trim_mean(values, 0.25)``
    does: whole values, no weights, so that fewer than four values give their mean.
    """
    data = np.asarray(values, np.float64)
    if axis is None:
        data, axis = data.ravel(), -1
    count = data.shape[axis]
    if count == 0 or not np.all(np.isfinite(data)):
        raise ValueError(f"values must hold finite numbers, at least one, not {values!r}")
    ordered = np.moveaxis(np.sort(data, axis=axis), axis, -1)
    return ordered[..., count // 4 : count - count // 4].mean(axis=-1)


def stratified_interval(strata: Sequence[ArrayLike], rng: np.random.Generator | int = 0) -> Estimate:
    """Return the interquartile mean of all values, with a bootstrap interval over seeds within each stratum.

    Parameters
    ----------
    strata : one sequence of scores a task, one score a seed. Each is resampled by itself (`scipy.stats.bootstrap` with
        several samples), so that the mix of tasks stays fixed; a task with more seeds weighs more.
    rng : generator or seed.

    Raises
    ------
    ValueError
        for a stratum of fewer than two values, whose spread is unknown.
    """
    return _bootstrap(_strata(strata), _pooled(interquartile_mean), rng)


def stratified_difference(
    first: Sequence[ArrayLike], second: Sequence[ArrayLike], rng: np.random.Generator | int = 0
) -> Estimate:
    """Return the interquartile mean of ``first`` less that of ``second``, both as for `stratified_interval`.

    The two are resampled apart: their strata are different tasks. Errors as `stratified_interval`.
    """
    samples = _strata(first) + _strata(second)
    count = len(first)

    def difference(*parts, axis=-1):
        left, right = (np.concatenate(half, axis=axis) for half in (parts[:count], parts[count:]))
        return interquartile_mean(left, axis=axis) - interquartile_mean(right, axis=axis)

    return _bootstrap(samples, difference, rng)


def paired_difference(first: ArrayLike, second: ArrayLike, rng: np.random.Generator | int = 0) -> Estimate:
    """Return the mean of ``first - second`` with a bootstrap interval over the pairs.

    ``first[j]`` and ``second[j]`` belong to the same seed. Raises ValueError for unequal shapes or fewer than 2 pairs.
    """
    first, second = _scores(first, "first"), _scores(second, "second")
    if first.shape != second.shape or len(first) < 2:
        raise ValueError(f"first and second must be at least two pairs, not {len(first)} and {len(second)} values")
    return _bootstrap((first - second,), _pooled(np.mean), rng)


def probability_of_improvement(first: ArrayLike, second: ArrayLike) -> float:
    """Return P(A > B) for a run of A in ``first`` and a run of B in ``second``, drawn apart; a tie counts half.

    This is the Mann-Whitney U of ``first`` over the number of pairs. The numbers of runs may differ.
    """
    first, second = _scores(first, "first"), _scores(second, "second")
    ordered = np.sort(second)
    below = np.searchsorted(ordered, first, "left")
    up_to = np.searchsorted(ordered, first, "right")
    return float((below + up_to).mean() / (2 * len(second)))


def mean_band(curves: ArrayLike, rng: np.random.Generator | int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and the upper end (points,) of the interval of the mean curve, from ``curves`` (seeds, points).

    The interval holds point by point. Whole curves are resampled (a vectorised resample; `scipy.stats.bootstrap` would
    copy them all). Raises ValueError for fewer than two curves.
    """
    data = np.asarray(curves, np.float64)
    if data.ndim != 2 or len(data) < 2:
        raise ValueError(f"curves must have the shape (seeds, points) with at least two seeds, not {data.shape}")
    count = len(data)
    weights = np.random.default_rng(rng).multinomial(count, np.full(count, 1 / count), size=RESAMPLES) / count
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(weights @ data, (tail, 1 - tail), axis=0)
    return low, high


def _scores(values: ArrayLike, name: str) -> np.ndarray:
    data = np.asarray(values, np.float64)
    if data.ndim != 1 or len(data) == 0 or not np.all(np.isfinite(data)):
        raise ValueError(f"{name} must be a flat sequence of finite numbers, at least one, not {values!r}")
    return data


def _strata(strata: Sequence[ArrayLike]) -> tuple[np.ndarray, ...]:
    samples = tuple(np.asarray(stratum, np.float64) for stratum in strata)
    if not samples or any(sample.ndim != 1 or len(sample) < 2 for sample in samples):
        raise ValueError("an interval needs strata of at least two seeds each, given as flat sequences")
    return samples


def _pooled(statistic):
    """Return ``statistic`` of all strata together."""
    return lambda *parts, axis=-1: statistic(np.concatenate(parts, axis=axis), axis=axis)


def _bootstrap(samples: tuple[np.ndarray, ...], statistic, rng) -> Estimate:
    from scipy.stats import bootstrap

    settings = {"n_resamples": RESAMPLES, "confidence_level": LEVEL, "method": "percentile", "batch": 500}
    result = bootstrap(samples, statistic, vectorized=True, rng=np.random.default_rng(rng), **settings)
    low, high = result.confidence_interval
    return Estimate(float(statistic(*samples)), float(low), float(high))
