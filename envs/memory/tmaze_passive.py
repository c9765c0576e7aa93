"""The passive T-maze: a cue at the start says which arm pays at the far end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel

CORRIDOR, JUNCTION, RED, GREEN = range(4)
UP, RIGHT, DOWN, LEFT = range(4)


class Params(NamedTuple):
    """``length`` is the column of the junction; ``continual`` teleports to the start instead of ending."""

    length: int
    random_length: bool
    continual: bool


class State(NamedTuple):
    """One entry a lane: ``column`` 1 .. ``junction``, ``arm`` (0 in the corridor, 1 up, 2 down), ``cue`` (0 red: up pays, 1 green)."""

    column: np.ndarray
    junction: np.ndarray
    arm: np.ndarray
    cue: np.ndarray


def params(length, random_length, continual):
    """Build the parameters from checked knobs."""
    return Params(length, random_length, continual)


def spec(p):
    """Declare the task: one player, four observations, four actions; reward +1, -1 or 0."""
    return Spec(
        actions=(4,),
        action_names=(("up", "right", "down", "left"),),
        observation=Observation.integers(4),
        reward_range=(-1.0, 1.0),
        criterion=Criterion("gain" if p.continual else "return"),
        horizon=None if p.continual else p.length + 1,
        start_stages=1 + p.random_length,
        start_outcomes=max(2, p.length - 1) if p.random_length else 2,
        stages=(1 + p.random_length) if p.continual else 0,
        outcomes=max(2, p.length - 1) if p.random_length else 2,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(*(np.zeros(lanes, np.int64) for _ in State._fields))


@kernel
def start(p, c, stage, prob):
    """Stage 0 draws the cue; stage 1 (random length) the junction's column, uniform on 2 .. length."""
    count = 2 if stage == 0 else p.length - 1
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def begin(p, s, i, c):
    """Stand on the cue's cell."""
    s.column[i] = 1
    s.arm[i] = 0
    s.cue[i] = c[0]
    s.junction[i] = 2 + c[1] if p.random_length else p.length


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Continual mode: the step into an arm draws the next cue (and length)."""
    if s.column[i] == s.junction[i]:
        return start(p, c, stage, prob)
    prob[0] = 1.0
    return 1


@kernel
def apply(p, s, i, a, c, r):
    """Move right in the corridor whatever the action; at the junction, up and right enter the upper arm."""
    at_junction = s.column[i] == s.junction[i]
    lower = a[i, 0] >= DOWN
    correct = lower == (s.cue[i] == 1)
    r[i, 0] = (1.0 if correct else -1.0) if at_junction else 0.0
    if p.continual:
        if at_junction:
            begin(p, s, i, c)
        else:
            s.column[i] += 1
        return False
    s.arm[i] = (2 if lower else 1) if at_junction else 0
    s.column[i] += 0 if at_junction else 1
    return at_junction


@kernel
def observe(p, s, i, o):
    """Show the cue's colour at the start, the arm's colour in an arm, else corridor or junction."""
    column = s.column[i]
    place = JUNCTION if column == s.junction[i] else CORRIDOR
    arm = s.arm[i]
    o[i, 0] = RED + s.cue[i] if column == 1 else (place if arm == 0 else CORRIDOR + 1 + arm)
