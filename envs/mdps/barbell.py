"""Barbell: two crowded rooms joined by a single door, the standard bottleneck.

Description
-----------
Two cliques of ``clique`` places each, in which every place is next to every other, are joined by an edge between the
last place of the first clique and the first place of the second. A walker stays with probability 1/2 and else goes to a
neighbour drawn uniformly. There is nothing to decide; it is a test of solvers: hardly anybody finds the door.

Action Space
------------
``Discrete(1)``: walk.

Observation Space
-----------------
``Discrete(2 * clique)``: the place, the first clique first. Nothing is hidden.

Rewards
-------
1 for a step from the second clique, else 0.

Starting State
--------------
Always place 0, in the first clique.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
clique : int, default 8, at least 2. How many places each clique has.

Certificate
-----------
The walk is reversible, so that its stationary law is proportional to the number of neighbours, and the two cliques
weigh the same: the gain is 1/2. A clique has m (m - 1) + 1 ends of edges (m = clique), one of which leads out, with
probability 1/2 that the walker moves at all: the conductance is 1 / (2 (m (m - 1) + 1)), and a visit to a clique takes
as many steps as the denominator says. Facts: ``conductance``, ``residence_time``.

Version History
---------------
v0: first version.

References
----------
Levin, Peres and Wilmer, Markov Chains and Mixing Times, 2nd edition, AMS 2017, section 7.4 and example 10.16.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board
from .pictures import panel

ACTIONS = ("walk",)


class Params(NamedTuple):
    """``clique``: places of each clique."""

    clique: int


class State(NamedTuple):
    """``place`` int64, one a lane."""

    place: np.ndarray


def params(clique):
    """Build the parameters from checked knobs."""
    return Params(clique)


def spec(p):
    """Declare the task: one player, an observation a place, one action; continuing, judged by its gain."""
    return Spec(
        actions=(1,),
        action_names=(ACTIONS,),
        observation=Observation.integers(2 * p.clique),
        reward_range=(0.0, 1.0),
        criterion=Criterion("gain"),
        stages=1,
        outcomes=p.clique + 1,
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
def neighbours(p, s, i):
    """Return how many places are next to the lane's."""
    at_door = (s.place[i] == p.clique - 1) | (s.place[i] == p.clique)
    return p.clique if at_door else p.clique - 1


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities to stay, to go to each other place of the clique, and to use the door (if here)."""
    count = neighbours(p, s, i)
    prob[0] = 0.5
    for k in range(count):
        prob[1 + k] = 0.5 / count
    return 1 + count


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return what ``u`` picks from the distribution of `chance`."""
    count = neighbours(p, s, i)
    return 0 if u < 0.5 else min(1 + int((u - 0.5) * 2.0 * count), count)


@kernel
def apply(p, s, i, a, c, r):
    """Pay in the second clique, then move."""
    place = s.place[i]
    second = place >= p.clique
    r[i, 0] = 1.0 if second else 0.0
    first = p.clique if second else 0
    inside = place - first
    other = first + (c[0] - 1 if c[0] - 1 < inside else c[0])
    through = p.clique - 1 if second else p.clique
    moved = through if c[0] == p.clique else other
    s.place[i] = place if c[0] == 0 else moved
    return False


@kernel
def observe(p, s, i, o):
    """Show the place."""
    o[i, 0] = s.place[i]


def certificate(p: Params) -> Certificate:
    """Return what the module's page derives."""
    gain = Value(0.5, "closed-form", "symmetry of the two cliques")
    leaving = 1.0 / (2.0 * (p.clique * (p.clique - 1) + 1))
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=gain,
        random=gain,
        memoryless=gain,
        facts={"conductance": leaving, "residence_time": 1.0 / leaving},
    )


def regions(p, s):
    """Return the two cliques by name."""
    return {"first clique": s.place < p.clique, "second clique": s.place >= p.clique}


def places(p, s):
    """Put the cliques into two panels, their places in a row."""
    second = (s.place >= p.clique).astype(np.int64)
    return np.stack([second, np.zeros_like(s.place), s.place - second * p.clique], axis=1)


def ansi(p, s, i, last) -> str:
    """Say where the walker is."""
    clique, inside = divmod(int(s.place[i]), p.clique)
    total = f"reward {last.rewards[0]:g}  total {last.total[0]:g}"
    return f"clique {clique + 1}, place {inside}  step {last.clock}  {total}"


def paint(p, s, i, last) -> np.ndarray:
    """Paint the two cliques as rings of places with the door between them."""
    place = int(s.place[i])
    frame = board("Barbell", last)
    canvas.line(frame, 160, 200, 220, 200, canvas.INK, width=4)
    shown = min(p.clique, 24)
    for clique, (x, colour) in enumerate(((92, canvas.MUTED), (288, canvas.GOOD))):
        faint = canvas.mix(canvas.BACKGROUND, colour, 0.45)
        canvas.circle(frame, x, 200, 68, canvas.mix(canvas.BACKGROUND, colour, 0.18))
        for k in range(shown):
            turn = 2 * np.pi * k / shown + (0.0 if clique == 0 else np.pi)
            canvas.circle(frame, x + 56 * np.cos(turn), 200 + 56 * np.sin(turn), 7, faint)
    clique, inside = divmod(place, p.clique)
    at = (inside + 1) % p.clique if clique == 0 else inside  # the doors face each other
    turn = 2 * np.pi * at / p.clique + (0.0 if clique == 0 else np.pi)
    x = (92, 288)[clique] + 56 * np.cos(turn)
    canvas.circle(frame, x, 200 + 56 * np.sin(turn), 13, canvas.ACCENT)
    canvas.circle(frame, x, 200 + 56 * np.sin(turn), 5, canvas.PANEL)
    panel(frame, last, [("clique", f"{clique + 1}"), ("place", f"{inside} of {p.clique:,}")])
    return frame
