"""TwoState: the smallest chain, whose mixing is known in closed form.

Description
-----------
A machine breaks with probability ``break_probability`` and is repaired with probability ``repair_probability``; nobody
can do anything about it. It is made for tests of solvers and metrics: everything about it is a formula.

Action Space
------------
``Discrete(1)``: watch.

Observation Space
-----------------
``Discrete(2)``: 0 works, 1 is broken. Nothing is hidden.

Rewards
-------
1 for a step from a working machine, else 0.

Starting State
--------------
The machine works.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
break_probability : float, default 0.002, above 0 and at most 1. Chance p to break, in a step.
repair_probability : float, default 0.004, above 0 and at most 1. Chance q to be repaired, in a step.

Certificate
-----------
The stationary law is (q, p) / (p + q), and the distance to it in total variation after t steps is
max(p, q) / (p + q) * abs(1 - p - q)**t (the eigenvalues are 1 and 1 - p - q). So the gain is q / (p + q), and the
mixing time the least t at which that is at most 1/4, infinite where p = q = 1. The diameter is 1 / min(p, q). Facts:
``mixing_time``, ``diameter``, ``second_eigenvalue``.

Version History
---------------
v0: first version.

References
----------
Levin, Peres and Wilmer, Markov Chains and Mixing Times, 2nd edition, AMS 2017, example 1.1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board
from .pictures import panel

ACTIONS = ("watch",)


class Params(NamedTuple):
    """``change[state]``: the probability to leave a state."""

    change: tuple[float, float]


class State(NamedTuple):
    """``broken`` int64, 0 or 1, one a lane."""

    broken: np.ndarray


def params(break_probability, repair_probability):
    """Build the parameters from checked knobs; ValueError for a probability of 0."""
    for name, value in (("break_probability", break_probability), ("repair_probability", repair_probability)):
        if value == 0:
            raise ValueError(f"{name}=0.0 is not allowed: {name} must be above 0, or the chain would end in one state")
    return Params((break_probability, repair_probability))


def spec(p):
    """Declare the task: one player, two observations, one action; continuing, judged by its gain."""
    return Spec(
        actions=(1,),
        action_names=(ACTIONS,),
        observation=Observation.integers(2),
        observation_names=("works", "broken"),
        reward_range=(0.0, 1.0),
        criterion=Criterion("gain"),
        stages=1,
        outcomes=2,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """There is one start."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """The machine works."""
    s.broken[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities to stay and to change."""
    change = p.change[1] if s.broken[i] == 1 else p.change[0]
    prob[0] = 1.0 - change
    prob[1] = change
    return 2


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return what ``u`` picks from the distribution of `chance`."""
    change = p.change[1] if s.broken[i] == 1 else p.change[0]
    return int(u >= 1.0 - change)


@kernel
def apply(p, s, i, a, c, r):
    """Pay for a working machine, then stay or change."""
    r[i, 0] = 1.0 - s.broken[i]
    s.broken[i] ^= c[0]
    return False


@kernel
def observe(p, s, i, o):
    """Show whether the machine is broken."""
    o[i, 0] = s.broken[i]


def certificate(p: Params) -> Certificate:
    """Return what the module's page derives."""
    breaks, repaired = p.change
    gain = Value(repaired / (breaks + repaired), "closed-form", "stationary law of two states")
    second = 1.0 - breaks - repaired
    first = max(p.change) / (breaks + repaired)
    mixing = 1.0 if second == 0 else math.inf
    if 0 < abs(second) < 1:  # ``first`` is at least 1/2
        mixing = float(math.ceil(math.log(0.25 / first) / math.log(abs(second)) - 1e-12))
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=gain,
        random=gain,
        memoryless=gain,
        facts={"mixing_time": mixing, "diameter": 1 / min(p.change), "second_eigenvalue": second},
    )


def regions(p, s):
    """Return the two states by name."""
    return {"works": s.broken == 0, "broken": s.broken == 1}


def places(p, s):
    """Put the states side by side."""
    return np.stack([np.zeros_like(s.broken), np.zeros_like(s.broken), s.broken], axis=1)


def ansi(p, s, i, last) -> str:
    """Say how the machine is."""
    return (
        f"{('works', 'broken')[int(s.broken[i])]}  breaks with {p.change[0]:g}, is repaired with {p.change[1]:g}\n"
        f"step {last.clock}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the two states with the ways between them."""
    broken = int(s.broken[i])
    frame = board("Two states", last)
    for state, (x, name, colour) in enumerate(((100, "works", canvas.GOOD), (280, "broken", canvas.BAD))):
        canvas.circle(frame, x, 200, 46, colour if state == broken else canvas.mix(canvas.BACKGROUND, colour, 0.25))
        canvas.text(frame, x, 262, name, align="center")
        canvas.text(frame, x, 130, f"stays {1 - p.change[state]:.4g}", canvas.MUTED, align="center")
    for y, (tail, tip), change in ((186, (152, 228), p.change[0]), (214, (228, 152), p.change[1])):
        canvas.arrow(frame, tail, y, tip, y, canvas.INK, width=3, head=10)
        canvas.text(frame, 190, y - 26 if y < 200 else y + 14, f"{change:.4g}", align="center")
    panel(frame, last, [("state", ("works", "broken")[broken])])
    return frame
