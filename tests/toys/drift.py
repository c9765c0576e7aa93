"""A sampled environment: a point drifts by continuous noise until it leaves (-1, 1)."""

from typing import NamedTuple

import numpy as np

from regretlab.envs.core import Criterion, Observation, Spec, kernel
from regretlab.envs.core.streams import uniform


class Params(NamedTuple):
    noise: float


class State(NamedTuple):
    place: np.ndarray
    key: np.ndarray


def params(noise):
    return Params(noise)


def spec(p):
    return Spec(
        actions=(3,),
        observation=Observation.vector([-2.0, 0.0], [2.0, 2.0], dtype=np.float32),
        reward_range=(0.0, 1.0),
        criterion=Criterion("return"),
        horizon=30,
        sampled=True,
    )


def allocate(p, lanes):
    return State(np.zeros(lanes), np.zeros(lanes, np.uint64))


@kernel
def start(p, c, stage, prob):
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    s.place[i] = 0.2 * uniform(s.key, i) - 0.1


@kernel
def apply(p, s, i, a, c, r):
    s.place[i] += 0.1 * (a[i, 0] - 1) + p.noise * (uniform(s.key, i) - 0.5)
    r[i, 0] = 1.0
    return abs(s.place[i]) >= 1.0


@kernel
def observe(p, s, i, o):
    o[i, 0, 0] = s.place[i]
    o[i, 0, 1] = abs(s.place[i])
