"""RiverSwim: a chain whose large reward lies upstream, at the far end of a swim that usually drifts back.

PLACEHOLDER
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel

LEFT, RIGHT = range(2)
FIRST, MIDDLE, LAST = range(3)


class Variant(NamedTuple):
    """One published parameter set.

    ``first``, ``middle`` and ``last`` are the probabilities of moving (left, not at all, right) under the action right
    at the left end, between the ends and at the right end. ``drift`` is the probability that the action left fails,
    and ``jump`` that of a jump to a uniformly drawn state, taken off the rightmost branch of the action right.
    """

    first: tuple[float, float, float]
    middle: tuple[float, float, float]
    last: tuple[float, float, float]
    left_reward: float
    right_reward: float
    drift: float = 0.0
    jump: float = 0.0


VARIANTS = {
    "classic": Variant((0.0, 0.4, 0.6), (0.05, 0.6, 0.35), (0.4, 0.6, 0.0), 0.005, 1.0),
    "statrl": Variant((0.0, 0.6, 0.4), (0.05, 0.55, 0.4), (0.05, 0.95, 0.0), 0.005, 1.0),
    "statrl-default": Variant((0.0, 0.4, 0.6), (0.05, 0.35, 0.6), (0.05, 0.95, 0.0), 0.1, 0.99),
    "naik": Variant((0.0, 0.1, 0.9), (0.05, 0.05, 0.9), (0.05, 0.95, 0.0), 0.005, 1.0),
    "ergodic": Variant((0.0, 0.4, 0.6), (0.05, 0.35, 0.6), (0.05, 0.95, 0.0), 0.1, 1.0, drift=0.001),
    "jump": Variant((0.0, 0.7, 0.3), (0.1, 0.6, 0.3), (0.7, 0.3, 0.0), 0.2, 1.0, jump=0.01),
}
JUMP_STATES = 6


class Params(NamedTuple):
    """``probability[action, place, outcome]`` and ``reward[action, place]``, the place being first, middle or last.

    ``below[action, place, k]`` is the probability of the outcomes up to k, infinite from the last possible one on.
    """

    states: int
    outcomes: int
    probability: np.ndarray
    below: np.ndarray
    reward: np.ndarray


class State(NamedTuple):
    """``position`` from 0 (left) to ``states - 1``, int64, one a lane."""

    position: np.ndarray


def params(states, variant):
    """Build the tables from checked knobs; the variant "jump" is published for six states only."""
    known = VARIANTS[variant]
    if known.jump and states != JUMP_STATES:
        raise ValueError(f"states={states} is not allowed: the variant {variant!r} has states={JUMP_STATES} only")
    outcomes = 3 + (states if known.jump else 0)
    probability = np.zeros((2, 3, outcomes))
    e = known.drift
    probability[LEFT, :, :3] = (0.0, 1.0 - e / 2, e / 2), (1.0 - e, e / 2, e / 2), (1.0 - e, e, 0.0)
    probability[RIGHT, :, :3] = known.first, known.middle, known.last
    below = np.full((2, 3, outcomes - 1), np.inf)
    for action in (LEFT, RIGHT):
        for place in (FIRST, MIDDLE, LAST):
            row = probability[action, place]
            possible = np.flatnonzero(row)
            if known.jump:
                row[possible[0 if action == LEFT else -1]] -= known.jump
                row[3:] = known.jump / states
                possible = np.flatnonzero(row)
            below[action, place, : possible[-1]] = list(accumulate(row))[: possible[-1]]
    reward = np.zeros((2, 3))
    reward[LEFT, FIRST], reward[RIGHT, LAST] = known.left_reward, known.right_reward
    return Params(states, outcomes, probability, below, reward)


def spec(p):
    """Declare the task: one player, an observation a state, two actions; continuing, judged by its gain."""
    return Spec(
        actions=(2,),
        action_names=(("left", "right"),),
        observation=Observation.integers(p.states),
        reward_range=(0.0, float(p.reward.max())),
        criterion=Criterion("gain"),
        stages=1,
        outcomes=p.outcomes,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """Begin in one way only."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Stand at the left end."""
    s.position[i] = 0


@kernel
def place(p, position):
    """Say whether a position is the first, in the middle or the last."""
    return int(position > 0) + int(position == p.states - 1)


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Outcomes 0, 1, 2: move left, stay, move right; outcome 3 + k (only where there are jumps): jump to state k."""
    row = p.probability[a[i, 0], place(p, s.position[i])]
    for k in range(p.outcomes):
        prob[k] = row[k]
    return p.outcomes


@kernel
def pick(p, s, i, a, c, stage, u):
    """Pick the outcome that the uniform number ``u`` selects from the distribution that `chance` writes."""
    row = p.below[a[i, 0], place(p, s.position[i])]
    outcome = int(u >= row[0]) + int(u >= row[1])
    for k in range(2, p.outcomes - 1):
        outcome += int(u >= row[k])
    return outcome


@kernel
def apply(p, s, i, a, c, r):
    """Pay for the state and the action, then move; an impossible outcome would still stay inside the chain."""
    position = s.position[i]
    r[i, 0] = p.reward[a[i, 0], place(p, position)]
    moved = min(max(position + c[0] - 1, 0), p.states - 1)
    s.position[i] = moved if c[0] < 3 else c[0] - 3
    return False


@kernel
def observe(p, s, i, o):
    """Show the position."""
    o[i, 0] = s.position[i]
