"""Q-learning over bins of a vector observation, as one table of joint cells or as a sum over its entries.

The interval of each entry that is looked at is cut into equal bins. With ``cells="joint"`` a combination of bins is a
state of tabular Q-learning (Watkins and Dayan, "Q-learning", Machine Learning 8, 1992). With ``cells="sum"`` the value
of an action is the sum of a weight for the bin of each entry: Q-learning with linear features, of which one an entry is
1 and the others are 0 (Sutton and Barto, "Reinforcement learning", 2nd edition, sections 9.5 and 11.3, semi-gradient).
The step size is shared between the entries, so that an update moves the value by alpha of the error in both.

Accepts vector observations and every criterion; on a task of average reward it optimises the discounted one.

    regretlab watch regretlab/StepSize-v0 --learner binned_q
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import scaled, uniform
from ..choose import EXPLORATION, annealed, greedy_of
from ..learner import Accepts
from .values import BOOTSTRAPPING

ACCEPTS = Accepts(observation="vector")
MOST_CELLS = 1_000_000
KNOBS = {
    "entries": Knob("all", "which entries of the observation it looks at, such as 0,5; all of them"),
    "bins": Knob(40, "bins of each entry's interval", low=1, high=10_000),
    "cells": Knob("sum", "a value for each joint cell, or a sum over the entries", choices=("joint", "sum")),
    "initial": Knob(0.0, "value of every action at first sight"),
    **BOOTSTRAPPING,
    **EXPLORATION,
}


class Params(NamedTuple):
    """The knobs that the kernels read; ``entries`` (K,) of the observation, with their intervals (K,)."""

    alpha: float
    gamma: float
    terminal: bool
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    bins: int
    joint: bool
    entries: np.ndarray
    low: np.ndarray
    span: np.ndarray


class State(NamedTuple):
    """First axis: row. ``weights`` (rows, cells, actions), one block of ``bins`` cells an entry unless they are joint;
    ``values`` and ``following`` (rows, actions) are those of the present and of the next observation.
    """

    key: np.ndarray
    actions: np.ndarray
    weights: np.ndarray
    values: np.ndarray
    following: np.ndarray
    steps: np.ndarray


def params(entries: str, cells: str, truncation: str, **knobs: Any) -> Params:
    """Build the parameters; ValueError for ``entries`` that are no numbers separated by commas."""
    words = [] if entries == "all" else str(entries).split(",")
    if not all(word.strip().isdecimal() for word in words):
        raise ValueError(f"entries={entries!r} is not allowed: entries must be all, or numbers such as 0,5")
    chosen = np.array([int(word) for word in words], np.int64)
    blank = np.zeros(0)
    return Params(
        terminal=truncation == "terminal", joint=cells == "joint", entries=chosen, low=blank, span=blank, **knobs
    )


def unsuited(lp: Params, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so where the observation has no such entries, or where they make too many cells."""
    fewest = min(environment.spec.observation.sizes[player] for player in players)
    wrong = lp.entries[lp.entries >= fewest]
    if len(wrong):
        return (
            f"entries={wrong[0]} is not allowed: an observation of {environment.id} has the entries 0 to {fewest - 1}"
        )
    count = len(lp.entries) or fewest
    if lp.joint and count * math.log(lp.bins) > math.log(MOST_CELLS):
        return (
            f"bins={lp.bins} of {count} entries make more than {MOST_CELLS:,} joint cells: choose fewer bins or entries"
        )
    return None


def prepare(lp: Params, environment: Environment) -> Params:
    """Learn the intervals of the entries."""
    seen = environment.spec.observation
    low, high = np.array(seen.low, np.float64), np.array(seen.high, np.float64)
    entries = lp.entries if len(lp.entries) else np.arange(len(low))
    span = high[entries] - low[entries]
    return lp._replace(entries=entries, low=low[entries], span=np.where(span > 0, span, 1.0))


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` learners that have seen nothing."""
    count = len(lp.entries)
    cells, share = (lp.bins**count, 1) if lp.joint else (lp.bins * count, count)
    return State(
        key=np.zeros(rows, np.uint64),
        actions=np.zeros(rows, np.int64),
        weights=np.full((rows, cells, actions), lp.initial / share),
        values=np.zeros((rows, actions)),
        following=np.zeros((rows, actions)),
        steps=np.zeros(rows, np.int64),
    )


@kernel
def bin_of(lp, observation, k):
    """Return the bin of the ``k``-th entry."""
    place = int((observation[lp.entries[k]] - lp.low[k]) / lp.span[k] * lp.bins)
    return min(max(place, 0), lp.bins - 1)


@kernel
def joint_cell(lp, observation):
    """Return the number of the joint cell."""
    cell = 0
    for k in range(lp.entries.shape[0]):
        cell = cell * lp.bins + bin_of(lp, observation, k)
    return cell


@kernel
def value_all(lp, ls, row, observation, values):
    """Write the value of every action into ``values[row]``."""
    for a in range(ls.actions[row]):
        values[row, a] = 0.0
    if lp.joint:
        cell = joint_cell(lp, observation)
        for a in range(ls.actions[row]):
            values[row, a] = ls.weights[row, cell, a]
    else:
        for k in range(lp.entries.shape[0]):
            cell = k * lp.bins + bin_of(lp, observation, k)
            for a in range(ls.actions[row]):
                values[row, a] += ls.weights[row, cell, a]


@kernel
def act(lp, ls, row, observation):
    """Take an epsilon-greedy action."""
    u = uniform(ls.key, row)
    epsilon = annealed(lp.epsilon, lp.final_epsilon, lp.decay_steps, ls.steps[row])
    if u < epsilon:
        return scaled(u / epsilon, ls.actions[row])
    value_all(lp, ls, row, observation, ls.values)
    return greedy_of(ls.values[row], ls.actions[row], (u - epsilon) / (1.0 - epsilon))


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Move the action's value towards the reward plus the discounted best value of what follows."""
    ls.steps[row] += 1
    value_all(lp, ls, row, observation, ls.values)
    target = reward
    if not (terminated or (truncated and lp.terminal)):
        value_all(lp, ls, row, next_observation, ls.following)
        best = ls.following[row, 0]
        for a in range(1, ls.actions[row]):
            best = max(best, ls.following[row, a])
        target += lp.gamma * best
    change = lp.alpha * (target - ls.values[row, action])
    if lp.joint:
        ls.weights[row, joint_cell(lp, observation), action] += change
    else:
        for k in range(lp.entries.shape[0]):
            ls.weights[row, k * lp.bins + bin_of(lp, observation, k), action] += change / lp.entries.shape[0]
