"""The endless T-maze: corridor after corridor, each with a new cue that has to replace the one before.

Description
-----------
A corridor begins with a cell that shows a colour, red or green, and ends at a junction with an upper and a lower arm;
the colour says which arm pays, red the upper and green the lower one. Behind the arm, whichever was taken, the next
corridor begins with a colour of its own, until ``junctions`` decisions have been made. The agent is carried along the
corridors whatever it does. The task isolates the rewriting of a memory: keeping the first colour for good is as bad as
keeping none.

In the source the agent walks by itself, and a wrong turn ends the episode. Both are left out: an agent that may stand
still can wait before every green cue, and so earn more than 0 without remembering anything.

Action Space
------------
``Discrete(3)``: 0 up, 1 forward, 2 down. In a corridor every action moves forward. At a junction up and down take an
arm; forward is a wrong turn, behind which the next corridor begins as well.

Observation Space
-----------------
``Discrete(4)``: 0 corridor, 1 junction, 2 red, 3 green. A corridor's first cell shows its cue. The last observation of
an episode is 0.

Rewards
-------
At a junction +1 for the arm that pays and ``wrong`` for everything else; in a corridor 0.

Starting State
--------------
The first cell of the first corridor. Whenever a corridor begins, its colour is drawn, red or green with probability 1/2
each, and its length, the number of steps from its first cell to its junction, uniform on ``min_length`` ..
``max_length``.

Episode End
-----------
Terminated by the decision at the last junction, after one step more than a corridor is long for each of them. There is
no time limit.

Arguments
---------
junctions : int, default 5, at least 1. How many corridors follow one another.
min_length : int, default 3, at least 1. Steps from the cue to the junction in the shortest corridor.
max_length : int, default 8, at least ``min_length``. The same in the longest corridor; equal numbers make all corridors
alike.
wrong : float, default -1, from -1 to 0. Reward of a wrong turn.

``info["needed"]`` is the present corridor's colour as a set of observations: 4 (red) or 8 (green), 0 at the end.

Certificate
-----------
All values are exact. The number of steps does not depend on the actions. An agent that keeps the latest colour earns 1
at each of the n = ``junctions`` junctions: return n. Uniform play is right with probability 1/3: n (1 + 2 ``wrong``) /
3. The observation at a junction is independent of the cue, so that without memory up and down are right with
probability 1/2 and forward never: n (1 + ``wrong``) / 2. Facts: ``k_star`` = ``max_length`` + 1, since a window that
reaches from the junction of the longest corridor back to its cue holds that many observations, and the latest colour in
any window that long is the right one; ``kappa`` = 2, the latest colour and the present observation; ``optimal_steps`` =
n (m + 1) with the mean length m = (``min_length`` + ``max_length``) / 2.

Raises
------
ValueError for a ``min_length`` above ``max_length``.

Version History
---------------
v0: first version.

References
----------
Shchendrigin, Cherepanov, Kovalev and Panov, "Memory retention is not enough to master memory tasks in reinforcement
learning", AAMAS 2026, arXiv:2601.15086 (Endless T-Maze, with corridors of fixed or uniform length).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel
from ..core.pictures import name_of, number_seen
from . import maze_pictures

CORRIDOR, JUNCTION, RED, GREEN = range(4)
UP, FORWARD, DOWN = range(3)
SEEN = ("corridor", "junction", "red", "green")
ACTIONS = ("up", "forward", "down")
COLOURS = (maze_pictures.CORRIDOR, maze_pictures.JUNCTION, maze_pictures.UPPER, maze_pictures.LOWER)


class Params(NamedTuple):
    """What the kernels read; ``lengths`` is how many lengths a corridor can have."""

    junctions: int
    min_length: int
    lengths: int
    wrong: float


class State(NamedTuple):
    """One entry a lane: the ``column`` 0 .. ``length`` in a corridor of that length, the number of junctions ``passed``
    (all int32) and the corridor's ``cue`` (0 red, 1 green; int8).
    """

    column: np.ndarray
    length: np.ndarray
    passed: np.ndarray
    cue: np.ndarray


def params(junctions, min_length, max_length, wrong):
    """Build the parameters from checked knobs."""
    if min_length > max_length:
        raise ValueError(f"min_length={min_length} is not allowed: it must be at most max_length={max_length}")
    return Params(junctions, min_length, max_length - min_length + 1, wrong)


def spec(p):
    """Declare the task: one player, four observations, three actions."""
    stages, outcomes = 1 + (p.lengths > 1), max(2, p.lengths)
    return Spec(
        actions=(3,),
        action_names=(ACTIONS,),
        observation=Observation.integers(4),
        observation_names=SEEN,
        reward_range=(p.wrong, 1.0),
        criterion=Criterion("return"),
        start_stages=stages,
        start_outcomes=outcomes,
        stages=stages,
        outcomes=outcomes,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(*(np.zeros(lanes, dtype) for dtype in (np.int32, np.int32, np.int32, np.int8)))


@kernel
def start(p, c, stage, prob):
    """Stage 0 draws a corridor's colour; stage 1, where lengths differ, its length."""
    count = 2 if stage == 0 else p.lengths
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def enter(p, s, i, c):
    """Stand on the first cell of a new corridor."""
    s.column[i] = 0
    s.length[i] = p.min_length + (c[1] if p.lengths > 1 else 0)
    s.cue[i] = c[0]


@kernel
def begin(p, s, i, c):
    """Enter the first corridor."""
    s.passed[i] = 0
    enter(p, s, i, c)


@kernel
def chance(p, s, i, a, c, stage, prob):
    """The decision at a junction, except the last, draws the next corridor."""
    if s.column[i] == s.length[i] and s.passed[i] + 1 < p.junctions:
        return start(p, c, stage, prob)
    prob[0] = 1.0
    return 1


@kernel
def apply(p, s, i, a, c, r):
    """Move on in a corridor whatever the action; a junction pays and leads into the next corridor, if there is one."""
    at_junction = s.column[i] == s.length[i]
    right = a[i, 0] == 2 * s.cue[i]
    r[i, 0] = (1.0 if right else p.wrong) if at_junction else 0.0
    if at_junction:
        s.passed[i] += 1
        if s.passed[i] < p.junctions:
            enter(p, s, i, c)
    else:
        s.column[i] += 1
    return s.passed[i] >= p.junctions


@kernel
def observe(p, s, i, o):
    """Show the colour at the start of a corridor, else corridor or junction."""
    column = s.column[i]
    place = JUNCTION if column == s.length[i] else CORRIDOR
    shown = RED + s.cue[i] if column == 0 else place
    o[i, 0] = shown if s.passed[i] < p.junctions else CORRIDOR


@kernel
def info(p, s, i, v):
    """Write the colour of the present corridor."""
    v[i, 0] = 4.0 + 4.0 * s.cue[i] if s.passed[i] < p.junctions else 0.0


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    longest = p.min_length + p.lengths - 1
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(float(p.junctions), "closed-form", "+1 at every junction"),
        random=Value(
            p.junctions * (1 + 2 * p.wrong) / 3, "closed-form", "one of the three actions is right at a junction"
        ),
        memoryless=Value(
            p.junctions * (1 + p.wrong) / 2, "closed-form", "a junction tells nothing of its corridor's cue"
        ),
        facts={
            "k_star": longest + 1,
            "kappa": 2,
            "optimal_steps": p.junctions * ((p.min_length + longest) / 2 + 1),
        },
    )


def ansi(p, s, i, last) -> str:
    """Draw the present corridor, and say what the agent sees."""
    seen, action = SEEN[number_seen(observe, p, s, i)], name_of(ACTIONS, last)
    status = f"passed {s.passed[i]} of {p.junctions} junctions"
    return maze_pictures.write(_maze(p, s, i), seen, status, action, last)


def paint(p, s, i, last) -> np.ndarray:
    """Paint the present corridor, the number of junctions passed, and what the agent sees."""
    seen, action = number_seen(observe, p, s, i), name_of(ACTIONS, last)
    title = f"Endless T-maze, {s.passed[i]} of {p.junctions}"
    return maze_pictures.paint(title, _maze(p, s, i), SEEN[seen], COLOURS[seen], action, last)


def _maze(p: Params, s: State, i: int) -> maze_pictures.Maze:
    column, length, cue = int(s.column[i]), int(s.length[i]), int(s.cue[i])
    arms = maze_pictures.two_arms("RG", cue, "+1", f"{p.wrong:g}")
    return maze_pictures.Maze(p.min_length + p.lengths - 1, length, column, 0, cue, arms)
