"""ResidenceRooms: rooms that are changed by the clock, so that mixing takes as long as one stays in them.

Description
-----------
The walker is in one of ``rooms`` square rooms, each with a goal. Who arrives at the goal is paid and put on a cell of
the same room at random. After a step the room changes with probability 1 / (2 side**exponent), whatever was done: the
next one of a cycle begins, at the same cell. Walls bounce and moves slip as in BottleneckRooms. The expected visit to a
room, 2 side**exponent steps, scales the mixing time while every room stays as easy.

Action Space
------------
``Discrete(4)``: 0 up, 1 down, 2 left, 3 right.

Observation Space
-----------------
``Discrete(rooms * side**2)``: (room * side + row) * side + column. Nothing is hidden.

Rewards
-------
1 for arriving at the goal of the room, else 0.

Starting State
--------------
The middle of room 0 (row and column side // 2).

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
rooms : int, default 4, at least 2. How many rooms.
exponent : int, default 1, from 0 to 8. Of the expected visit to a room, 2 side**exponent steps.
side : int, default 5, at least 2. Rows, and columns, of each room.
slip : float, default 0.05, from 0 to 1. Chance that a move is replaced by one drawn from up, down, left, right, none.
goals : str, default "corners". Where the goals are: "corners" (top left, bottom right, bottom left, top right, and
    again), or "seeded", a cell drawn for each room.
seed : int, default 0, at least 0. Of those cells.

Certificate
-----------
Solved from the exact model; the expected visit to a room is known, as the clock alone ends it. The source changes the
room after exactly so many steps: its chain has a period and never mixes, unless time counts as hidden. Here visits are
geometric with that mean.

Version History
---------------
v0: first version.

References
----------
Riemer, Raparthy, Cases, Subbaraj, Puelma Touzel and Rish, "Continual learning in environments with polynomial mixing
times", NeurIPS 2022, arXiv:2112.07066; https://github.com/SharathRaparthy/polynomial-mixing-times (NCycleClass).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Criterion, Observation, Spec, kernel
from ..core.streams import scaled
from . import rooms_picture
from .grid import ACTIONS, MOVES, across, along, pick_slip, slips
from .rooms import SEEDED, bounced, goal_cell


class Params(NamedTuple):
    """``change`` is the probability of another room after a step; ``seeded`` goals are drawn by ``key`` (uint64)."""

    rooms: int
    side: int
    slip: float
    change: float
    seeded: bool
    key: np.uint64


class State(NamedTuple):
    """``room``, ``row`` and ``column``, int64, one a lane."""

    room: np.ndarray
    row: np.ndarray
    column: np.ndarray


def params(rooms, side, exponent, slip, goals, seed):
    """Build the parameters from checked knobs."""
    return Params(rooms, side, slip, 1.0 / (2 * side**exponent), goals == SEEDED, np.uint64(seed))


def spec(p):
    """Declare the task: one player, an observation a cell, four actions; continuing, judged by its gain."""
    return Spec(
        actions=(4,),
        action_names=(ACTIONS,),
        observation=Observation.integers(p.rooms * p.side**2),
        reward_range=(0.0, 1.0),
        criterion=Criterion("gain"),
        stages=4,
        outcomes=max(MOVES, p.side),
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64), np.zeros(lanes, np.int64), np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """There is one start."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Stand in the middle of room 0."""
    s.room[i] = 0
    s.row[i] = p.side // 2
    s.column[i] = p.side // 2


@kernel
def arrives(p, s, i, move):
    """Return whether a move leads to the goal."""
    row = bounced(s.row[i], along(move), p.side)
    column = bounced(s.column[i], across(move), p.side)
    return row * p.side + column == goal_cell(s.room[i], p.side, p.seeded, p.key)


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities of the moves; at the goal, of the row and of the column that follow; and of staying."""
    if stage == 0:
        return slips(p.slip, a[i, 0], prob)
    if stage == 3:
        prob[0] = 1.0 - p.change
        prob[1] = p.change
        return 2
    count = p.side if arrives(p, s, i, c[0]) else 1
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return what ``u`` picks from the distribution of `chance`."""
    if stage == 0:
        return pick_slip(p.slip, a[i, 0], u)
    if stage == 3:
        return int(u >= 1.0 - p.change)
    return scaled(u, p.side) if arrives(p, s, i, c[0]) else 0


@kernel
def apply(p, s, i, a, c, r):
    """Move; pay at the goal and begin again somewhere; then the room may change."""
    row = bounced(s.row[i], along(c[0]), p.side)
    column = bounced(s.column[i], across(c[0]), p.side)
    arrived = row * p.side + column == goal_cell(s.room[i], p.side, p.seeded, p.key)
    r[i, 0] = 1.0 if arrived else 0.0
    s.row[i] = c[1] if arrived else row
    s.column[i] = c[2] if arrived else column
    following = 0 if s.room[i] == p.rooms - 1 else s.room[i] + 1
    s.room[i] = following if c[3] == 1 else s.room[i]
    return False


@kernel
def observe(p, s, i, o):
    """Show room and cell."""
    o[i, 0] = (s.room[i] * p.side + s.row[i]) * p.side + s.column[i]


def regions(p, s):
    """Return the rooms, of at most 64, by name."""
    return {f"room {k}": s.room == k for k in range(p.rooms)} if p.rooms <= 64 else {}


def places(p, s):
    """Return room, row and column."""
    return np.stack([s.room, s.row, s.column], axis=1)


def ansi(p, s, i, last) -> str:
    """Draw the room: o the walker, G the goal."""
    return rooms_picture.write(rooms_picture.view(p, s, i), "G", last)


def paint(p, s, i, last) -> np.ndarray:
    """Paint the room with its goal and the walker."""
    number = "visit", f"{1 / p.change:g} steps"
    return rooms_picture.paint("Residence rooms", rooms_picture.view(p, s, i), last, number)
