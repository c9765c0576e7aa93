"""An image: one of four pixels is lit; the action names it."""

from typing import NamedTuple

import numpy as np

from regretlab.envs.core import Criterion, Observation, Spec, kernel


class Params(NamedTuple):
    side: int


class State(NamedTuple):
    lit: np.ndarray


def params(side):
    return Params(side)


def spec(p):
    return Spec(
        actions=(4,),
        observation=Observation.image(p.side, p.side, 1),
        reward_range=(0.0, 1.0),
        criterion=Criterion("return"),
        horizon=5,
        start_outcomes=4,
    )


def allocate(p, lanes):
    return State(np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    for k in range(4):
        prob[k] = 0.25
    return 4


@kernel
def begin(p, s, i, c):
    s.lit[i] = c[0]


@kernel
def apply(p, s, i, a, c, r):
    r[i, 0] = 1.0 if a[i, 0] == s.lit[i] else 0.0
    s.lit[i] = (s.lit[i] + 1) % 4
    return False


@kernel
def observe(p, s, i, o):
    for row in range(p.side):
        for column in range(p.side):
            o[i, 0, row, column, 0] = 255 if (row % 2) * 2 + column % 2 == s.lit[i] else 0
