"""Two players with two and three actions; the weather, then a sale that depends on it; one parameter a lane.

Player 0 opens (1) or stays shut (0); player 1 brings 0, 1 or 2 crates. Stage 0 draws the weather (rain 1/4),
stage 1 whether a sale is made, more likely in the sun. A crate may only be brought when the stall's stock allows it.
"""

from typing import NamedTuple

import numpy as np

from regretlab.envs.core import Criterion, Observation, Spec, kernel

PLAYERS = 1


class Params(NamedTuple):
    days: int
    sale: np.ndarray


class State(NamedTuple):
    day: np.ndarray
    stock: np.ndarray
    rain: np.ndarray
    price: np.ndarray
    seen: np.ndarray


def params(days):
    return Params(days, np.array([0.75, 0.25]))


def spec(p):
    return Spec(
        actions=(2, 3),
        observation=Observation.integers(6, 2),
        reward_range=(-2.0, 40.0),
        criterion=Criterion("return"),
        horizon=50,
        stages=2,
        outcomes=2,
        start_stages=2,
        start_outcomes=3,
        lane_parameters={"price": 2.0},
        scratch=("seen",),
        info=("stock", "rain"),
    )


def allocate(p, lanes):
    return State(*(np.zeros(lanes, np.int64) for _ in range(3)), np.zeros(lanes), np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """Stage 0: a stock of 0, 1 or 2 (1 is impossible); stage 1: rain, certain after a stock of 0."""
    if stage == 0:
        prob[0], prob[1], prob[2] = 0.5, 0.0, 0.5
        return 3
    prob[0], prob[1] = (0.0, 1.0) if c[0] == 0 else (0.5, 0.5)
    return 2


@kernel
def begin(p, s, i, c):
    s.day[i], s.stock[i], s.rain[i] = 0, c[0], c[1]


@kernel
def chance(p, s, i, a, c, stage, prob):
    yes = 0.25 if stage == 0 else p.sale[c[0]]
    prob[0], prob[1] = 1.0 - yes, yes
    return 2


@kernel
def apply(p, s, i, a, c, r):
    s.seen[i] += 1
    brought = a[i, 1]
    sold = a[i, 0] * c[1] * min(1, s.stock[i])
    s.stock[i] = min(2, s.stock[i] - sold + brought)
    s.rain[i] = c[0]
    s.day[i] += 1
    for k in range(PLAYERS):
        r[i, k] = s.price[i] * sold - k * brought
    return s.day[i] == p.days


@kernel
def observe(p, s, i, o):
    o[i, 0] = s.stock[i] * 2 + s.rain[i]
    o[i, 1] = s.rain[i]


@kernel
def legal(p, s, i, m):
    for k in range(3):
        m[i, 1, k] = s.stock[i] + k <= 2


@kernel
def info(p, s, i, v):
    v[i, 0] = s.stock[i]
    v[i, 1] = s.rain[i]


@kernel
def payoffs(p, s, i, a, u):
    for k in range(2):
        u[i, 0, k] = k * s.price[i]
    for k in range(3):
        u[i, 1, k] = -1.0 * k
