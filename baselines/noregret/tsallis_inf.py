"""Tsallis-INF: follow the regularised leader, with the regulariser that suits adversarial and stochastic bandits alike.

Zimmert and Seldin, "Tsallis-INF: an optimal algorithm for stochastic and adversarial bandits", Journal of Machine
Learning Research 22, 2021, with alpha = 1/2. The probability of an action is 4 / (eta (L - x))^2, L being the sum of
its estimated losses and x the number that makes these sum to 1; eta falls like 1 / sqrt(t), so that no horizon has to
be known.

Losses are measured in the range of rewards, as the theory wants. With ``scale="mean"`` they are measured in their mean
so far, for costs whose cap is far above what they usually are; ``newton="literal"`` also finds the probabilities as
the code of Khodak, Chow, Balcan and Talwalkar, "Learning to relax", ICLR 2024, arXiv:2310.02246, does, by 20 steps of
Newton's method from x = -1, which often crosses a pole: what comes out need not sum to 1 and is normalised for the
draw alone.

Accepts environments that tell only the own reward; it ignores observations.

    regretlab watch regretlab/IteratedGame-v0 --knob feedback=bandit --learner tsallis_inf
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .bandit import estimate, loss
from .mixing import allocate_totals, drawn_from, know_range, with_fields

ACCEPTS = Accepts(observation="none", feedback="bandit")
#: How losses are scaled, and how the probabilities are found.
FORM = {
    "scale": Knob(
        "range", "what losses are measured in: the range of rewards, or their mean so far", choices=("range", "mean")
    ),
    "newton": Knob(
        "robust", "how probabilities are found: exactly, or as published code does", choices=("robust", "literal")
    ),
}
KNOBS = {
    "reduced_variance": Knob(False, "estimate losses less 1/2 where that lowers the variance, and learn twice as fast"),
    **FORM,
}
MOST_STEPS = 100  # of Newton's method, which needs about 5
LITERAL_STEPS = 20


class Params(NamedTuple):
    """The estimator, whether losses are measured in their mean and probabilities found literally, and the least reward
    and the width of its range.
    """

    reduced_variance: bool
    by_mean: bool
    literal: bool
    low: float = 0.0
    width: float = 1.0


#: ``total`` are the sums of estimated losses, ``lost`` (rows,) that of the losses met, and ``mass`` (rows,) what the
#: probabilities summed to before they were normalised.
State = with_fields(__name__, "lost", "mass")
prepare = know_range


def params(reduced_variance: bool, scale: str, newton: str) -> Params:
    """Build the parameters; ValueError for a reduced variance of losses that are not in [0, 1]."""
    if reduced_variance and (scale, newton) != ("range", "robust"):
        raise ValueError(
            f"reduced_variance=True is not allowed with scale={scale!r} and newton={newton!r}: its baseline "
            "is the middle of the range of rewards, for scale='range' and newton='robust'"
        )
    return Params(reduced_variance, scale == "mean", newton == "literal")


def allocate(lp: Params, observations: int, actions: int, rows: int) -> Any:
    """Allocate ``rows`` learners."""
    return State(*allocate_totals(lp, observations, actions, rows), np.zeros(rows), np.ones(rows))


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray | None:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges.

    Theorem 1 of the paper: 4 sqrt(K T) + 1, with reduced variance 2 sqrt(K T) + 10 K ln T + 16. Against any payoffs,
    in expectation over the learner's draws, and with respect to the action that is best in expectation (pseudo-regret);
    in a stochastic bandit it is logarithmic besides. None for losses in their mean, or literal probabilities.
    """
    if lp.by_mean or lp.literal:
        return None
    if lp.reduced_variance:
        return 2 * np.sqrt(actions * rounds) + 10 * actions * np.log(np.maximum(rounds, 1)) + 16
    return 4 * np.sqrt(actions * rounds) + 1


@kernel
def present_rate(lp, ls, row):
    """Return the learning rate of the present round."""
    return (4.0 if lp.reduced_variance else 2.0) / math.sqrt(ls.rounds[row] + 1)


@kernel
def normaliser(losses, row, count, least, eta):
    """Return the z of at least 2 for which the squares of 2 / (z + eta (losses - least)) sum to 1.

    Newton's method on sum^(-1/2) - 1, which rises and is concave in z (a norm of exponent -2), from z = 2, where it is
    not positive yet: every step stays below the root. With equal losses the first step hits it.
    """
    z = 2.0
    for _ in range(MOST_STEPS):
        squares = 0.0
        cubes = 0.0
        for a in range(count):
            weight = 2.0 / (z + eta * (losses[row, a] - least))
            squares += weight * weight
            cubes += weight * weight * weight
        step = 2.0 * squares * (math.sqrt(squares) - 1.0) / cubes
        z += step
        if step <= 1e-15 * z:
            break
    return z


@kernel
def probabilities(policy, losses, row, count, eta, literal):
    """Write 4 / (eta (L - x))^2 for every action into ``policy[:count]``; return what it summed to before it was
    normalised, which is 1 unless it is found literally.
    """
    if literal:
        return literal_probabilities(policy, losses, row, count, eta)
    least = losses[row, 0]
    for a in range(1, count):
        least = min(least, losses[row, a])
    z = normaliser(losses, row, count, least, eta)
    for a in range(count):
        weight = 2.0 / (z + eta * (losses[row, a] - least))
        policy[a] = weight * weight
    return 1.0


@kernel
def literal_probabilities(policy, losses, row, count, eta):
    """Write what 20 steps of Newton's method from x = -1 find, uniform where that is no distribution."""
    x = -1.0
    mass = 0.0
    for _ in range(LITERAL_STEPS):
        mass, slope = 0.0, 0.0
        for a in range(count):
            weight = abs(2.0 / (eta * (losses[row, a] - x)))
            policy[a] = weight * weight
            mass += weight * weight
            slope += weight * weight * weight
        x -= (mass - 1.0) / (eta * slope)
    if not (mass > 0.0 and mass < math.inf):
        mass = 1.0
        for a in range(count):
            policy[a] = 1.0
    total = 0.0
    for a in range(count):
        total += policy[a]
    for a in range(count):
        policy[a] /= total
    return mass


@kernel
def scaled_rate(rate, by_mean, lost, rounds):
    """Return the learning rate for losses in the range of rewards: divided by their mean where that is their unit."""
    return rate * rounds / lost if by_mean and lost > 0.0 else rate


@kernel
def strategy(lp, ls, row):
    """Write 4 / (eta (L - x))^2 for every action."""
    eta = scaled_rate(present_rate(lp, ls, row), lp.by_mean, ls.lost[row], ls.rounds[row])
    ls.mass[row] = probabilities(ls.policy[row], ls.total, row, ls.actions[row], eta, lp.literal)


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add the estimated losses: that of the action, and with reduced variance the baseline of all likely ones."""
    eta = present_rate(lp, ls, row)
    ls.rounds[row] += 1
    ls.lost[row] += loss(lp, reward)
    for a in range(ls.actions[row]):
        probability = ls.policy[row, a] * ls.mass[row]
        baseline = 0.5 if lp.reduced_variance and probability >= eta * eta else 0.0
        ls.total[row, a] += baseline
        if a == action:
            ls.total[row, a] += estimate(loss(lp, reward) - baseline, probability, 0.0, False)
