"""Tsallis-INF: follow the regularised leader, with the regulariser that suits adversarial and stochastic bandits alike.

Zimmert and Seldin, "Tsallis-INF: an optimal algorithm for stochastic and adversarial bandits", Journal of Machine
Learning Research 22, 2021, with alpha = 1/2. The probability of an action is 4 / (eta (L - x))^2, L being the sum of
its estimated losses and x the number that makes these sum to 1; eta falls like 1 / sqrt(t), so that no horizon has to
be known.

Accepts environments that tell only the own reward; it ignores observations.

    regretlab watch regretlab/IteratedGame-v0 --knob feedback=bandit --learner tsallis_inf
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .bandit import estimate, loss
from .mixing import allocate_totals, drawn_from, know_range

ACCEPTS = Accepts(observation="none", feedback="bandit")
KNOBS = {
    "reduced_variance": Knob(False, "estimate losses less 1/2 where that lowers the variance, and learn twice as fast")
}
MOST_STEPS = 100  # of Newton's method, which needs about 5


class Params(NamedTuple):
    """The estimator, and the least reward and the width of its range."""

    reduced_variance: bool
    low: float = 0.0
    width: float = 1.0


params, prepare, allocate = Params, know_range, allocate_totals


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the expected external regret is at most after each number of ``rounds``, in reward ranges.

    Theorem 1 of the paper: 4 sqrt(K T) + 1, with reduced variance 2 sqrt(K T) + 10 K ln T + 16. Against any payoffs,
    in expectation over the learner's draws, and with respect to the action that is best in expectation (pseudo-regret);
    in a stochastic bandit it is logarithmic besides.
    """
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
def strategy(lp, ls, row):
    """Write 4 / (eta (L - x))^2 for every action."""
    count = ls.actions[row]
    eta = present_rate(lp, ls, row)
    least = ls.total[row, 0]
    for a in range(1, count):
        least = min(least, ls.total[row, a])
    z = normaliser(ls.total, row, count, least, eta)
    for a in range(count):
        weight = 2.0 / (z + eta * (ls.total[row, a] - least))
        ls.policy[row, a] = weight * weight


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Add the estimated losses: that of the action, and with reduced variance the baseline of all likely ones."""
    eta = present_rate(lp, ls, row)
    ls.rounds[row] += 1
    for a in range(ls.actions[row]):
        probability = ls.policy[row, a]
        baseline = 0.5 if lp.reduced_variance and probability >= eta * eta else 0.0
        ls.total[row, a] += baseline
        if a == action:
            ls.total[row, a] += estimate(loss(lp, reward) - baseline, probability, 0.0, False)
