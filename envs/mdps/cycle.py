"""Cycle: states that follow one another for ever, so that the law of the state never settles.

Description
-----------
From each of ``states`` places the walk goes on to the next, and from the last one back to the first. The chain is
periodic: its mixing time is infinite, though its gain is as simple as can be. Value iteration that is not told so never
converges here, and some packages report a gain of 0.

Action Space
------------
``Discrete(1)``: go on.

Observation Space
-----------------
``Discrete(states)``: the place. Nothing is hidden.

Rewards
-------
1 for the step from the last place to the first, else 0.

Starting State
--------------
Always the first place.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
states : int, default 6, at least 2. How many places.

Certificate
-----------
One reward in ``states`` steps: the gain is 1 / states. The place before the present one is the farthest, so the
diameter is states - 1. After the reward the most is missing, and a step before it the least: the relative values span
1 - 1 / states. Facts: ``diameter``, ``bias_span``, ``period``, and ``mixing_time``, which is infinite.

Version History
---------------
v0: first version.

References
----------
Levin, Peres and Wilmer, Markov Chains and Mixing Times, 2nd edition, AMS 2017, section 1.3.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board
from .pictures import panel, ring

ACTIONS = ("go on",)


class Params(NamedTuple):
    """``states``: how many places."""

    states: int


class State(NamedTuple):
    """``place`` int64, one a lane."""

    place: np.ndarray


def params(states):
    """Build the parameters from checked knobs."""
    return Params(states)


def spec(p):
    """Declare the task: one player, an observation a place, one action; continuing, judged by its gain."""
    return Spec(
        actions=(1,),
        action_names=(ACTIONS,),
        observation=Observation.integers(p.states),
        reward_range=(0.0, 1.0),
        criterion=Criterion("gain"),
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
    """Stand at the first place."""
    s.place[i] = 0


@kernel
def apply(p, s, i, a, c, r):
    """Go on; the way back to the first place pays."""
    last = s.place[i] == p.states - 1
    r[i, 0] = 1.0 if last else 0.0
    s.place[i] = 0 if last else s.place[i] + 1
    return False


@kernel
def observe(p, s, i, o):
    """Show the place."""
    o[i, 0] = s.place[i]


def certificate(p: Params) -> Certificate:
    """Return what the module's page derives."""
    gain = Value(1.0 / p.states, "closed-form", "one reward a round")
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=gain,
        random=gain,
        memoryless=gain,
        facts={
            "diameter": float(p.states - 1),
            "bias_span": 1.0 - 1.0 / p.states,
            "period": p.states,
            "mixing_time": math.inf,
        },
    )


def places(p, s):
    """Put the places in a row."""
    return np.stack([np.zeros_like(s.place), np.zeros_like(s.place), s.place], axis=1)


def ansi(p, s, i, last) -> str:
    """Say where the walk is."""
    return f"place {int(s.place[i])} of 0..{p.states - 1}  step {last.clock}  total {last.total[0]:g}"


def paint(p, s, i, last) -> np.ndarray:
    """Paint the ring of places."""
    place = int(s.place[i])
    frame = board("Cycle", last)
    ring(frame, p.states, place, lambda k: canvas.mix(canvas.FAINT, canvas.MUTED, 0.4))
    panel(frame, last, [("place", f"{place}"), ("places", f"{p.states:,}")])
    return frame
