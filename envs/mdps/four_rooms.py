"""FourRooms: a house of four rooms with four doors, crossed again and again.

Description
-----------
A square house of ``side`` cells is divided by a wall in the middle row and one in the middle column, with a door in
each half of each wall. The walker starts in the top left corner; who arrives in the bottom right corner is paid and
starts again. A move into a wall stays where it is; now and then a move slips.

Action Space
------------
``Discrete(4)``: 0 up, 1 down, 2 left, 3 right.

Observation Space
-----------------
``Discrete(side**2)``: row * side + column; cells of the walls and the goal are never seen. Nothing is hidden.

Rewards
-------
1 for arriving in the bottom right corner, else 0.

Starting State
--------------
Always the top left corner.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
side : int, default 7, odd, at least 5. Rows, and columns, walls included.
slip : float, default 0.1, from 0 to 1. Chance that a move is replaced by one drawn from up, down, left, right and none.

Certificate
-----------
Solved from the exact model. Without slips the shortest way has 2 (side - 1) steps, so the gain is 1 / (2 (side - 1)).

Version History
---------------
v0: first version.

References
----------
Sutton, Precup and Singh, "Between MDPs and semi-MDPs", Artificial Intelligence 112, 1999 (the rooms).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Criterion, Observation, Spec, canvas, kernel
from ..core.pictures import agent, board
from .grid import ACTIONS, MOVES, across, along, pick_slip, slips
from .pictures import panel


class Params(NamedTuple):
    """``side`` of the house and the probability to ``slip``."""

    side: int
    slip: float


def params(side, slip):
    """Build the parameters from checked knobs; ValueError for an even side, whose wall has no middle."""
    if side % 2 == 0:
        raise ValueError(f"side={side} is not allowed: side must be odd, so that the walls stand in the middle")
    return Params(side, slip)


class State(NamedTuple):
    """``row`` and ``column``, int64, one a lane."""

    row: np.ndarray
    column: np.ndarray


def spec(p):
    """Declare the task: one player, an observation a cell, four actions; continuing, judged by its gain."""
    return Spec(
        actions=(4,),
        action_names=(ACTIONS,),
        observation=Observation.integers(p.side**2),
        reward_range=(0.0, 1.0),
        criterion=Criterion("gain"),
        stages=1,
        outcomes=MOVES,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64), np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """There is one start."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Stand in the top left corner."""
    s.row[i] = 0
    s.column[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities of the moves."""
    return slips(p.slip, a[i, 0], prob)


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return what ``u`` picks from the distribution of `chance`."""
    return pick_slip(p.slip, a[i, 0], u)


@kernel
def wall(p, row, column):
    """Return whether a cell belongs to a wall: the middle row or column, but for a door in each half."""
    middle, door = p.side // 2, p.side // 4
    row_door = (column == door) | (column == p.side - 1 - door)
    column_door = (row == door) | (row == p.side - 1 - door)
    return ((row == middle) & (not row_door)) | ((column == middle) & (not column_door))


@kernel
def free(p, row, column, move):
    """Return whether a move from a cell leads to a cell of a room."""
    row, column = row + along(move), column + across(move)
    inside = (row >= 0) & (row < p.side) & (column >= 0) & (column < p.side)
    return inside & (not wall(p, row, column))


@kernel
def apply(p, s, i, a, c, r):
    """Move unless there is a wall; arriving at the goal pays, and the next round begins."""
    passes = free(p, s.row[i], s.column[i], c[0])
    row = s.row[i] + (along(c[0]) if passes else 0)
    column = s.column[i] + (across(c[0]) if passes else 0)
    arrived = (row == p.side - 1) & (column == p.side - 1)
    r[i, 0] = 1.0 if arrived else 0.0
    s.row[i] = 0 if arrived else row
    s.column[i] = 0 if arrived else column
    return False


@kernel
def observe(p, s, i, o):
    """Show the cell."""
    o[i, 0] = s.row[i] * p.side + s.column[i]


def places(p, s):
    """Return the cells of the grid."""
    return np.stack([np.zeros_like(s.row), s.row, s.column], axis=1)


def regions(p, s):
    """Return the four rooms by name (doors belong to none)."""
    middle = p.side // 2
    above, left = s.row < middle, s.column < middle
    below, right = s.row > middle, s.column > middle
    return {
        "top left": above & left,
        "top right": above & right,
        "bottom left": below & left,
        "bottom right": below & right,
    }


def ansi(p, s, i, last) -> str:
    """Draw the house: o the walker, G the goal."""
    marks = {(p.side - 1, p.side - 1): "G", (int(s.row[i]), int(s.column[i])): "o"}
    rows = [
        "".join(marks.get((row, column), "#" if wall(p, row, column) else ".") for column in range(min(p.side, 41)))
        for row in range(min(p.side, 41))
    ]
    return "\n".join([*rows, f"step {last.clock}  reward {last.rewards[0]:g}  total {last.total[0]:g}"])


def paint(p, s, i, last) -> np.ndarray:
    """Paint the house with its walls, the goal and the walker."""
    frame = board("Four rooms", last)
    cell = 272.0 / p.side
    canvas.rectangle(frame, 60, 60, 280, 280, canvas.INK, radius=6)
    canvas.rectangle(frame, 64, 64, 272, 272, canvas.PANEL)
    middle = p.side // 2
    for k in range(p.side):
        for row, column in ((middle, k), (k, middle)):
            if wall(p, row, column):
                canvas.rectangle(frame, 64 + column * cell, 64 + row * cell, cell, cell, canvas.INK)
    canvas.rectangle(frame, 336 - cell, 336 - cell, cell, cell, canvas.GOOD)
    agent(frame, 64 + (s.column[i] + 0.5) * cell, 64 + (s.row[i] + 0.5) * cell)
    panel(frame, last, [("row", f"{int(s.row[i])}"), ("column", f"{int(s.column[i])}")])
    return frame
