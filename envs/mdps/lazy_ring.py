"""LazyRing: a random walk on a ring, the standard example of a mixing time that grows with the square of the size.

Description
-----------
A walker on a ring of ``states`` places stays with probability 1/2 and else goes left or right. There is nothing to
decide; it is a test of solvers at any size, and the reference for how fast mixing can slow down.

Action Space
------------
``Discrete(1)``: walk.

Observation Space
-----------------
``Discrete(states)``: the place. Nothing is hidden.

Rewards
-------
1 for a step from the first half of the ring (the places below states // 2), else 0.

Starting State
--------------
Always place 0.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
states : int, default 16, at least 3. How many places.

Certificate
-----------
The stationary law is uniform: the gain is (states // 2) / states. The second eigenvalue is
(1 + cos(2 pi / states)) / 2; the bottleneck is half the ring, left through two ends with probability 1/4 each, so the
conductance is 1 / (2 * (states // 2)); a place k steps away takes 2 k (states - k) steps (gambler's ruin, half of the
time idle), so the diameter is that for k = states // 2. Facts: ``spectral_gap``, ``conductance``, ``diameter``. The
mixing time grows as .095 states**2.

Version History
---------------
v0: first version.

References
----------
Levin, Peres and Wilmer, Markov Chains and Mixing Times, 2nd edition, AMS 2017, sections 2.3 and 12.3.1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board
from .pictures import panel, ring

ACTIONS = ("walk",)


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
        stages=1,
        outcomes=3,
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
    """Stand at place 0."""
    s.place[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities to go left, to stay and to go right."""
    prob[0] = 0.25
    prob[1] = 0.5
    prob[2] = 0.25
    return 3


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return what ``u`` picks from the distribution of `chance`."""
    return int(u >= 0.25) + int(u >= 0.75)


@kernel
def apply(p, s, i, a, c, r):
    """Pay in the first half, then move."""
    place = s.place[i]
    r[i, 0] = 1.0 if place < p.states // 2 else 0.0
    moved = place + c[0] - 1
    moved = p.states - 1 if moved < 0 else moved
    s.place[i] = 0 if moved == p.states else moved
    return False


@kernel
def observe(p, s, i, o):
    """Show the place."""
    o[i, 0] = s.place[i]


def certificate(p: Params) -> Certificate:
    """Return what the module's page derives."""
    half = p.states // 2
    gain = Value(half / p.states, "closed-form", "uniform stationary law")
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=gain,
        random=gain,
        memoryless=gain,
        facts={
            "spectral_gap": (1.0 - math.cos(2.0 * math.pi / p.states)) / 2.0,
            "conductance": 1.0 / (2 * half),
            "diameter": 2.0 * half * (p.states - half),
        },
    )


def regions(p, s):
    """Return the two halves of the ring by name."""
    return {"first half": s.place < p.states // 2, "second half": s.place >= p.states // 2}


def places(p, s):
    """Put the places in a row."""
    return np.stack([np.zeros_like(s.place), np.zeros_like(s.place), s.place], axis=1)


def ansi(p, s, i, last) -> str:
    """Say where the walker is."""
    return f"place {int(s.place[i])} of 0..{p.states - 1}  step {last.clock}  total {last.total[0]:g}"


def paint(p, s, i, last) -> np.ndarray:
    """Paint the ring, the half that pays in green."""
    place = int(s.place[i])
    frame = board("Lazy ring", last)
    pays, plain = canvas.mix(canvas.BACKGROUND, canvas.GOOD, 0.6), canvas.mix(canvas.FAINT, canvas.MUTED, 0.4)
    ring(frame, p.states, place, lambda k: pays if k < p.states // 2 else plain)
    panel(frame, last, [("place", f"{place}"), ("places", f"{p.states:,}")])
    return frame
