"""Numbers 0 to 4 that are shown one after the other, with everything that a stack has to hand on to what is inside.

With probability action / 4 the action is added to the number, else 1 (modulo 5). Action a earns (a + number) / 10. With
``masked`` the action ``number % 3`` is illegal. ``info["needed"]`` is a set that changes with every step: all numbers x
with (2 * number + x + day) % 3 == 0. A vector is (1 + number, -day).
"""

from typing import NamedTuple

import numpy as np

from regretlab.envs.core import Criterion, Observation, Spec, kernel

NUMBERS, DAYS = 5, 7


class Params(NamedTuple):
    vector: bool
    masked: bool


class State(NamedTuple):
    number: np.ndarray
    day: np.ndarray


def params(vector, masked):
    return Params(vector, masked)


def spec(p):
    return Spec(
        actions=(3,),
        action_names=(("stay", "walk", "run"),),
        observation=Observation.vector((1.0, -DAYS), (5.0, 0.0)) if p.vector else Observation.integers(NUMBERS),
        observation_names=() if p.vector else ("zero", "one", "two", "three", "four"),
        reward_range=(0.0, 0.6),
        criterion=Criterion("return"),
        stages=1,
        outcomes=2,
        start_outcomes=NUMBERS,
        info=("day", "needed"),
    )


def kernels(p):
    return {
        "legal": legal if p.masked else None,
        "observe": observe_vector if p.vector else observe,
    }


def allocate(p, lanes):
    return State(np.zeros(lanes, np.int64), np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    for k in range(NUMBERS):
        prob[k] = 1.0 / NUMBERS
    return NUMBERS


@kernel
def begin(p, s, i, c):
    s.number[i], s.day[i] = c[0], 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    prob[0] = 0.25 * a[i, 0]
    prob[1] = 1.0 - prob[0]
    return 2


@kernel
def apply(p, s, i, a, c, r):
    r[i, 0] = (a[i, 0] + s.number[i]) / 10
    s.number[i] = (s.number[i] + (a[i, 0] if c[0] == 0 else 1)) % NUMBERS
    s.day[i] += 1
    return s.day[i] >= DAYS


@kernel
def observe(p, s, i, o):
    o[i, 0] = s.number[i]


@kernel
def observe_vector(p, s, i, o):
    o[i, 0, 0], o[i, 0, 1] = 1 + s.number[i], -s.day[i]


@kernel
def legal(p, s, i, m):
    for k in range(3):
        m[i, 0, k] = k != s.number[i] % 3


@kernel
def info(p, s, i, v):
    needed = 0
    for x in range(NUMBERS):
        if (2 * s.number[i] + x + s.day[i]) % 3 == 0:
            needed |= 1 << x
    v[i, 0], v[i, 1] = s.day[i], needed


@kernel
def payoffs(p, s, i, a, u):
    for k in range(3):
        u[i, 0, k] = (k + s.number[i]) / 10


def ansi(p, s, i, last) -> str:
    action = "-" if last.actions is None else int(last.actions[0])
    return f"number {s.number[i]}  action {action}"
