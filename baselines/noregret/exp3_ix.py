"""Exp3-IX: exponential weights of losses that are estimated with implicit exploration.

Neu, "Explore no more: improved high-probability regret bounds for non-stochastic bandits", NIPS 2015, algorithm 1. A
loss is divided by the action's probability plus gamma = eta / 2, which keeps the estimates small without any uniform
play, so that the regret is bounded with high probability and not only on average.

Accepts environments that tell only the own reward; it ignores observations.

    regretlab watch regretlab/IteratedGame-v0 --knob feedback=bandit --learner exp3_ix
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..learner import Accepts
from .bandit import estimate, loss
from .mixing import ETA, allocate_totals, drawn_from, know_range, softmax

ACCEPTS = Accepts(observation="none", feedback="bandit")
DELTA = 0.05  # the bound may fail with this probability
FIXED, ANYTIME = range(2)
RATES = ("fixed", "anytime")
KNOBS = {
    "eta": ETA,
    "rate": Knob("anytime", "'fixed' uses eta, 'anytime' sqrt(ln K / (K t)) in round t with K actions", choices=RATES),
}


class Params(NamedTuple):
    """The learning rate, the number of its rule in `RATES`, and the least reward and the width of its range."""

    eta: float
    rate: int
    low: float = 0.0
    width: float = 1.0


prepare, allocate = know_range, allocate_totals


def params(eta: float, rate: str) -> Params:
    """Build the parameters."""
    return Params(eta, RATES.index(rate))


def regret_bound(lp: Params, actions: int, rounds: np.ndarray) -> np.ndarray:
    """Return what the external regret is at most with probability 0.95, in reward ranges.

    It is the regret of the realised play, after each number of ``rounds``, each for itself. Theorem 1 of the paper with
    delta = 0.05: for the anytime rate 4 sqrt(K T ln K) + (2 sqrt(K T / ln K) + 1) ln(2 / delta); for a fixed one
    2 ln K / eta + eta K T + (2 / eta + 1) ln(2 / delta), which is the theorem's at its eta = sqrt(2 ln K / (K T)).
    """
    log, confidence = math.log(actions), math.log(2 / DELTA)
    if lp.rate == FIXED:
        return 2 * log / lp.eta + lp.eta * actions * rounds + (2 / lp.eta + 1) * confidence
    return 4 * np.sqrt(actions * rounds * log) + (2 * np.sqrt(actions * rounds / log) + 1) * confidence


@kernel
def present_rate(lp, ls, row):
    """Return the learning rate of the present round."""
    if lp.rate == FIXED:
        return lp.eta
    count = ls.actions[row]
    return math.sqrt(math.log(count) / (count * (ls.rounds[row] + 1)))


@kernel
def strategy(lp, ls, row):
    """Write the softmax of minus the scaled losses."""
    softmax(ls, row, ls.total, present_rate(lp, ls, row))


act = drawn_from(strategy)


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Subtract the estimated loss of the action."""
    gamma = 0.5 * present_rate(lp, ls, row)
    ls.rounds[row] += 1
    ls.total[row, action] -= estimate(loss(lp, reward), ls.policy[row, action], gamma, False)
