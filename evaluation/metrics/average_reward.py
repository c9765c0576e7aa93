"""Regret of continuing tasks, whose value is the gain: pseudo-regret, growth, and how soon play is good.

Arrays hold one number a step, checkpoint, or pair of state and action. Realised regret, the optimal gain times the
steps minus the rewards, is `cumulative_regret`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from .regret import finite


def advantage_gaps(transitions: sparse.spmatrix, rewards: ArrayLike, gain: float, bias: ArrayLike) -> np.ndarray:
    """Return what each action loses in the long run: gain + h(s) - r(s, a) - sum over s' of P(s' | s, a) h(s').

    The gaps are the least positive where gain and bias are optimal (rounding may leave -1e-16 times the span).

    Parameters
    ----------
    transitions : (S * A, S), row ``state * A + action``.
    rewards : (S, A).
    gain : the optimal gain.
    bias : (S,), the optimal bias up to a constant (see `regretlab.solvers.optimal_gain`).

    Raises
    ------
    ValueError
        for shapes that do not fit, or numbers that are not finite.
    """
    rewards, bias = finite(rewards, "rewards"), finite(bias, "bias")
    if rewards.ndim != 2 or bias.shape != rewards.shape[:1] or transitions.shape != (rewards.size, len(bias)):
        raise ValueError(
            f"transitions (S * A, S), rewards (S, A) and bias (S,) do not fit: {transitions.shape}, {rewards.shape}, "
            f"{bias.shape}"
        )
    return gain + bias[:, None] - rewards - (transitions @ bias).reshape(rewards.shape)


def pseudo_regret(visits: ArrayLike, gaps: ArrayLike) -> np.ndarray:
    """Return the sum over all steps of the gap of the action that was taken.

    It has the luck of the transitions taken out: in expectation it is the optimal gain times the steps, minus the
    rewards, plus h of the first state minus h of the last (a martingale argument; Auer and Ortner 2006).

    Parameters
    ----------
    visits : (..., S, A), how often each action was taken in each state.
    gaps : (S, A), see `advantage_gaps`.

    Returns
    -------
    (...,).
    """
    visits, gaps = finite(visits, "visits"), finite(gaps, "gaps")
    if gaps.ndim != 2 or visits.shape[-2:] != gaps.shape:
        raise ValueError(f"visits must be (..., {', '.join(map(str, gaps.shape))}), as the gaps, not {visits.shape}")
    return (visits * gaps).sum(axis=(-2, -1))


def policy_gain_regret(optimal: float, gains: ArrayLike, lengths: ArrayLike) -> np.ndarray:
    """Return the cumulative regret of policies judged by their own gains, as Colosseum reports it (without its clip).

    Parameters
    ----------
    optimal : the optimal gain.
    gains : (checkpoints,), the gain of the policy that was played in each block.
    lengths : (checkpoints,), the steps of each block.
    """
    gains, lengths = finite(gains, "gains"), finite(lengths, "lengths")
    if gains.shape != lengths.shape:
        raise ValueError(f"gains and lengths must have the same shape, not {gains.shape} and {lengths.shape}")
    return np.cumsum((optimal - gains) * lengths, axis=-1)


def normalised_regret(regret: ArrayLike, steps: ArrayLike, optimal: float, random: float) -> np.ndarray:
    """Return cumulative regret in units of that of uniformly random play: 0 is optimal, 1 as bad as random.

    Raises ValueError where optimal and random play have the same gain.
    """
    if optimal == random:
        raise ValueError(f"optimal and random play both have the gain {optimal}; there is no normalised regret")
    return finite(regret, "regret") / (finite(steps, "steps") * (optimal - random))


def growth_exponent(steps: ArrayLike, regret: ArrayLike) -> float:
    """Return the slope of log regret over log steps on the last decade of steps: 1 is linear, 1/2 the square root.

    NaN where the last decade holds fewer than three checkpoints or a regret that is not positive.

    Parameters
    ----------
    steps : (checkpoints,), increasing.
    regret : (checkpoints,), cumulative.
    """
    steps, regret = finite(steps, "steps"), finite(regret, "regret")
    if steps.ndim != 1 or steps.shape != regret.shape or np.any(np.diff(steps) <= 0):
        raise ValueError(f"steps must increase and have the shape of regret, not {steps.shape} and {regret.shape}")
    last = steps >= steps[-1] / 10
    if last.sum() < 3 or np.any(regret[last] <= 0):
        return float("nan")
    return float(np.polyfit(np.log(steps[last]), np.log(regret[last]), 1)[0])


def steps_until_near_optimal(steps: ArrayLike, amounts: ArrayLike, optimal: float, epsilon: float = 0.1) -> float:
    """Return the first checkpoint from which the mean reward of all that follows is at least (1 - epsilon) optimal.

    0 where that holds from the first step; infinity where it never does.

    Parameters
    ----------
    steps : (checkpoints,), steps taken at the end of each block.
    amounts : (checkpoints,), the sum of the rewards of each block.
    optimal : the optimal gain, positive.
    epsilon : from 0 to 1.

    Raises
    ------
    ValueError
        for an optimum that is not positive, of which a share means nothing, or an epsilon out of range.
    """
    steps, amounts = finite(steps, "steps"), finite(amounts, "amounts")
    if optimal <= 0:
        raise ValueError(f"optimal={optimal} is not allowed: a share of the optimum needs a positive one")
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon={epsilon} is not allowed: epsilon must lie between 0 and 1")
    lengths = np.diff(steps, prepend=0.0)
    following = np.cumsum(amounts[::-1])[::-1] / np.cumsum(lengths[::-1])[::-1]
    near = following >= (1 - epsilon) * optimal
    return float(steps[np.argmax(near)] - lengths[np.argmax(near)]) if near.any() else float("inf")


def coverage(visits: ArrayLike) -> np.ndarray:
    """Return the share of all pairs of state and action that were tried at all, (...,) for visits (..., S, A)."""
    visits = finite(visits, "visits")
    if visits.ndim < 2:
        raise ValueError(f"visits must be (..., S, A), not {visits.shape}")
    return (visits > 0).mean(axis=(-2, -1))
