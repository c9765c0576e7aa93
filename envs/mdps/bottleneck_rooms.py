"""BottleneckRooms: rooms that are only left through one cell, so that mixing takes longer with every room.

Description
-----------
The walker is in one of ``rooms`` square rooms. In each one cell is the door: who arrives there is paid and finds itself
on the same cell of another room, whose door is elsewhere. Which room comes next is the ``evolution`` of tasks: the
rooms in a cycle, any of them at random (the same one too), or a curriculum of rounds that grow by one room each (0; 0,
1; 0, 1, 2; ... up to all of them, then again from the beginning). Walls bounce: a move into a wall leads one cell the
other way. Now and then a move slips.

Action Space
------------
``Discrete(4)``: 0 up, 1 down, 2 left, 3 right.

Observation Space
-----------------
``Discrete(rooms * side**2)``: (room * side + row) * side + column. In a curriculum the round is not shown; it is
the same for every policy, whatever it knows.

Rewards
-------
1 for arriving at the door of the room, else 0.

Starting State
--------------
The middle of room 0 (row and column side // 2), in the first round.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
rooms : int, default 4, at least 1. How many rooms.
evolution : str, default "cycles". Which room comes next: "cycles", "random" or "curricular".
side : int, default 5, at least 2. Rows, and columns, of each room.
slip : float, default 0.05, from 0 to 1. Chance that a move is replaced by one drawn from up, down, left, right, none.
goals : str, default "corners". Where the doors are: "corners" (top left, bottom right, bottom left, top right, and
    again), or "seeded", a cell drawn for each room.
seed : int, default 0, at least 0. Of those cells.

Info
----
``leg_ratio``: the sum over all legs from door to door of (steps taken) / (Manhattan distance, at least 1) - 1, the
regret that the source reports, each leg against its own distance. It is no regret against the optimal gain.

Certificate
-----------
Solved from the exact model. In rooms of side 5 with doors in the corners the optimal gain is .158584 for 4 rooms in a
cycle; one reward in a mean distance would be .166667, but moves slip.

Version History
---------------
v0: first version. The source keeps x, y of a door drawn from the global generator, gives the next leg the distance of
the one before, and moves a curriculum's door before its room; here those are mended.

References
----------
Riemer, Raparthy, Cases, Subbaraj, Puelma Touzel and Rish, "Continual learning in environments with polynomial mixing
times", NeurIPS 2022, arXiv:2112.07066; https://github.com/SharathRaparthy/polynomial-mixing-times (NBottleneckClass).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Criterion, Observation, Spec, kernel
from ..core.streams import scaled
from . import rooms_picture
from .grid import ACTIONS, MOVES, across, along, pick_slip, slips
from .rooms import SEEDED, bounced, goal_cell

CYCLES, RANDOM, CURRICULAR = EVOLUTIONS = ("cycles", "random", "curricular")


class Params(NamedTuple):
    """``seeded`` doors are drawn by ``key`` (uint64); ``drawn`` and ``growing`` tell the evolution."""

    rooms: int
    side: int
    slip: float
    drawn: bool
    growing: bool
    seeded: bool
    key: np.uint64


class State(NamedTuple):
    """``room``, ``round`` (last room of the curriculum's round), ``row`` and ``column``; and of the legs so far the
    ``ratio``, of the present one the ``steps`` and the ``distance``. int64 but for ``ratio``, one a lane.
    """

    room: np.ndarray
    round: np.ndarray
    row: np.ndarray
    column: np.ndarray
    ratio: np.ndarray
    steps: np.ndarray
    distance: np.ndarray


def params(rooms, side, evolution, slip, goals, seed):
    """Build the parameters from checked knobs."""
    return Params(rooms, side, slip, evolution == RANDOM, evolution == CURRICULAR, goals == SEEDED, np.uint64(seed))


def spec(p):
    """Declare the task: one player, an observation a cell, four actions; continuing, judged by its gain."""
    return Spec(
        actions=(4,),
        action_names=(ACTIONS,),
        observation=Observation.integers(p.rooms * p.side**2),
        reward_range=(0.0, 1.0),
        criterion=Criterion("gain"),
        stages=2 if p.drawn else 1,
        outcomes=max(MOVES, p.rooms if p.drawn else 1),
        info=("leg_ratio",),
        scratch=("ratio", "steps", "distance"),
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(*(np.zeros(lanes, np.float64 if name == "ratio" else np.int64) for name in State._fields))


@kernel
def start(p, c, stage, prob):
    """There is one start."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Stand in the middle of room 0."""
    s.room[i] = 0
    s.round[i] = 0 if p.growing else p.rooms - 1
    s.row[i] = p.side // 2
    s.column[i] = p.side // 2
    s.ratio[i] = 0.0
    s.steps[i] = 0
    s.distance[i] = way(p, s, i)


@kernel
def way(p, s, i):
    """Return the Manhattan distance to the door, at least 1."""
    goal = goal_cell(s.room[i], p.side, p.seeded, p.key)
    return max(abs(s.row[i] - goal // p.side) + abs(s.column[i] - goal % p.side), 1)


@kernel
def arrives(p, s, i, move):
    """Return whether a move leads to the door."""
    row = bounced(s.row[i], along(move), p.side)
    column = bounced(s.column[i], across(move), p.side)
    return row * p.side + column == goal_cell(s.room[i], p.side, p.seeded, p.key)


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities of the moves; then, where rooms are drawn, those of the rooms behind the door."""
    if stage == 0:
        return slips(p.slip, a[i, 0], prob)
    if not arrives(p, s, i, c[0]):
        prob[0] = 1.0
        return 1
    for k in range(p.rooms):
        prob[k] = 1.0 / p.rooms
    return p.rooms


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return what ``u`` picks from the distribution of `chance`."""
    if stage == 0:
        return pick_slip(p.slip, a[i, 0], u)
    return scaled(u, p.rooms) if arrives(p, s, i, c[0]) else 0


@kernel
def apply(p, s, i, a, c, r):
    """Move; at the door pay and change the room."""
    room, last = s.room[i], s.round[i]
    goal = goal_cell(room, p.side, p.seeded, p.key)
    row = bounced(s.row[i], along(c[0]), p.side)
    column = bounced(s.column[i], across(c[0]), p.side)
    arrived = row * p.side + column == goal
    r[i, 0] = 1.0 if arrived else 0.0
    s.row[i] = row
    s.column[i] = column
    s.steps[i] += 1
    if arrived:
        following = 0 if room >= last else room + 1
        s.round[i] = (0 if last == p.rooms - 1 else last + 1) if p.growing and room >= last else last
        s.room[i] = c[1] if p.drawn else following
        s.ratio[i] += s.steps[i] / s.distance[i] - 1.0
        s.steps[i] = 0
        s.distance[i] = way(p, s, i)
    return False


@kernel
def observe(p, s, i, o):
    """Show room and cell."""
    o[i, 0] = (s.room[i] * p.side + s.row[i]) * p.side + s.column[i]


@kernel
def info(p, s, i, v):
    """Write the sum of the legs' ratios."""
    v[i, 0] = s.ratio[i]


def regions(p, s):
    """Return the rooms, of at most 64, by name."""
    return {f"room {k}": s.room == k for k in range(p.rooms)} if 1 < p.rooms <= 64 else {}


def places(p, s):
    """Return room, row and column."""
    return np.stack([s.room, s.row, s.column], axis=1)


def ansi(p, s, i, last) -> str:
    """Draw the room: o the walker, D the door."""
    return rooms_picture.write(rooms_picture.view(p, s, i), "D", last)


def paint(p, s, i, last) -> np.ndarray:
    """Paint the room with its door and the walker."""
    number = "leg", f"{int(s.steps[i])} steps"
    return rooms_picture.paint("Bottleneck rooms", rooms_picture.view(p, s, i), last, number)
