"""A toy of which every part is known: lights that flash at random, and players who answer.

A light 1 to 4 is drawn uniformly at the start and, with probability 0.9, after every step; else the episode ends.
Player k of n_k actions earns 1 for the action ``light % n_k`` and -0.5 for another one. With ``masked`` the action
``(light + 1) % n_k`` is illegal. The observation is the light, a vector (light, steps / 100, 1) of which player k sees
the first 3 - k entries, or an image of one colour.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from regretlab.envs.core import Criterion, Observation, Spec, kernel

PLAYERS = 1
ACTIONS = (3, 2, 4)
FLASH = 0.225


class Params(NamedTuple):
    players: int
    horizon: int
    seen: str
    masked: bool


class State(NamedTuple):
    light: np.ndarray
    steps: np.ndarray


def params(players, horizon, seen, masked):
    return Params(players, horizon, seen, masked)


def spec(p):
    seen = {
        "integer": Observation.integers(*(5,) * p.players),
        "vector": Observation(
            "vector", tuple(3 - k for k in range(p.players)), (3,), np.float64, (0, 0, 0), (4, 1e6, 1)
        ),
        "image": Observation.image(6, 8, 3, p.players),
    }
    return Spec(
        actions=ACTIONS[: p.players],
        observation=seen[p.seen],
        reward_range=(-0.5, 1.0),
        criterion=Criterion("return"),
        horizon=p.horizon or None,
        stages=1,
        outcomes=5,
        start_outcomes=4,
        info=("light", "steps"),
        enumerable=False,
    )


def allocate(p, lanes):
    return State(np.zeros(lanes, np.int64), np.zeros(lanes, np.int64))


def kernels(p):
    chosen = {"observe": {"integer": observe, "vector": observe_vector, "image": observe_image}[p.seen]}
    return {**chosen, "legal": mask} if p.masked else chosen


@kernel
def start(p, c, stage, prob):
    for k in range(4):
        prob[k] = 0.25
    return 4


@kernel
def begin(p, s, i, c):
    s.light[i] = 1 + c[0]
    s.steps[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    prob[0] = 1.0 - 4.0 * FLASH
    for k in range(4):
        prob[k + 1] = FLASH
    return 5


@kernel
def apply(p, s, i, a, c, r):
    for k in range(PLAYERS):
        r[i, k] = 1.0 if a[i, k] == right(s.light[i], k) else -0.5
    s.light[i] = max(c[0], 1)
    s.steps[i] += 1
    return c[0] == 0


@kernel
def right(light, k):
    return light % (3 if k == 0 else (2 if k == 1 else 4))


@kernel
def mask(p, s, i, m):
    for k in range(PLAYERS):
        count = 3 if k == 0 else (2 if k == 1 else 4)
        for action in range(count):
            m[i, k, action] = action != (s.light[i] + 1) % count


@kernel
def info(p, s, i, x):
    x[i, 0] = s.light[i]
    x[i, 1] = s.steps[i]


@kernel
def observe(p, s, i, o):
    for k in range(PLAYERS):
        o[i, k] = s.light[i]


@kernel
def observe_vector(p, s, i, o):
    for k in range(PLAYERS):
        o[i, k, 0] = s.light[i]
        o[i, k, 1] = s.steps[i] / 100.0
        o[i, k, 2] = 1.0


@kernel
def observe_image(p, s, i, o):
    for k in range(PLAYERS):
        for row in range(6):
            for column in range(8):
                for channel in range(3):
                    o[i, k, row, column, channel] = 50 * s.light[i] + 5 * k
