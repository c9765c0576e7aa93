"""Maze: a maze of any size that is computed, not stored, crossed again and again.

Description
-----------
Between the cells of a square there are walls. Each cell but the first has, by a coin of its own, an opening to the left
or to the top (cells of the first row to the left, of the first column to the top), which makes a maze without loops;
further openings come by chance. The walker starts in the top left corner; who arrives in the bottom right corner is
paid and starts again. A move into a wall stays where it is; now and then a move slips. A way that never turns back
always exists, but dead ends lead down and to the right everywhere.

Action Space
------------
``Discrete(4)``: 0 up, 1 down, 2 left, 3 right.

Observation Space
-----------------
``Discrete(side**2)``: row * side + column; the goal is never seen. Nothing is hidden.

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
side : int, default 8, at least 2. Rows, and columns.
loops : float, default 0.1, from 0 to 1. Chance of an opening in each further wall between neighbours.
slip : float, default 0.1, from 0 to 1. Chance that a move is replaced by one drawn from up, down, left, right and none.
seed : int, default 0, at least 0. Of the maze.

Certificate
-----------
Solved from the exact model. Without slips the shortest way has 2 (side - 1) steps, as every cell has an opening towards
the start, so the gain is 1 / (2 (side - 1)). In the maze without loops the goal is a dead end, so that every other cell
can be reached without passing it.

Version History
---------------
v0: first version.

References
----------
Buck, Mazes for Programmers, 2015 (binary tree mazes).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Criterion, Observation, Spec, canvas, kernel
from ..core.pictures import agent, board
from ..core.streams import mix64
from .grid import ACTIONS, DOWN, LEFT, MOVES, RIGHT, STAY, across, along, pick_slip, slips
from .pictures import panel

_ONE, _SHIFT, _UNIT = np.uint64(1), np.uint64(11), 2.0**-53
DRAWN_SIDE = 40  # the most cells of a side whose walls are painted


class Params(NamedTuple):
    """``key`` (uint64) of the coins."""

    side: int
    loops: float
    slip: float
    key: np.uint64


def params(side, loops, slip, seed):
    """Build the parameters from checked knobs."""
    return Params(side, loops, slip, np.uint64(seed))


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
def coin(p, row, column, number):
    """Return the coin of a cell, from 0 to 1; ``number`` tells several of a cell apart."""
    word = mix64(mix64(mix64(p.key + _ONE) + np.uint64(row * p.side + column)) + np.uint64(number))
    return np.float64(word >> _SHIFT) * _UNIT


@kernel
def opens(p, row, column, left):
    """Return whether a cell has an opening to the ``left``, or else to the top."""
    outwards = column == 0 if left else row == 0
    forced = row == 0 if left else column == 0
    first = coin(p, row, column, 0) < 0.5
    chosen = first if left else not first
    return (not outwards) & (forced | chosen | (coin(p, row, column, 1) < p.loops))


@kernel
def free(p, row, column, move):
    """Return whether there is an opening the way of a move: that of the lower or of the right one of the two cells."""
    outwards = ((move == DOWN) & (row == p.side - 1)) | ((move == RIGHT) & (column == p.side - 1))
    lower = row + 1 if move == DOWN else row
    further = column + 1 if move == RIGHT else column
    return (move != STAY) & (not outwards) & opens(p, lower, further, (move == LEFT) | (move == RIGHT))


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
    """Return the halves of the square by name."""
    return {"upper left": s.row + s.column < p.side - 1, "lower right": s.row + s.column >= p.side - 1}


@np.errstate(over="ignore")  # the hash wraps around
def ansi(p, s, i, last) -> str:
    """Draw the maze: o the walker, G the goal."""
    shown = range(min(p.side, 20))
    marks = {(p.side - 1, p.side - 1): "G", (int(s.row[i]), int(s.column[i])): "o"}
    lines = []
    for row in shown:
        cells = (marks.get((row, k), ".") + (" " if free(p, row, k, RIGHT) else "|") for k in shown)
        lines += ["".join(cells), "".join(("  " if free(p, row, k, DOWN) else "- ") for k in shown)]
    place = f"row {int(s.row[i])}, column {int(s.column[i])}"
    return "\n".join([*lines, f"{place}  step {last.clock}  reward {last.rewards[0]:g}  total {last.total[0]:g}"])


@np.errstate(over="ignore")
def paint(p, s, i, last) -> np.ndarray:
    """Paint the maze with its walls, the goal and the walker."""
    frame = board("Maze", last)
    cell = 272.0 / p.side
    canvas.rectangle(frame, 60, 60, 280, 280, canvas.INK, radius=6)
    canvas.rectangle(frame, 64, 64, 272, 272, canvas.PANEL)
    canvas.rectangle(frame, 336 - cell, 336 - cell, cell, cell, canvas.GOOD)
    width = min(4.0, 0.2 * cell)
    for row in range(p.side if p.side <= DRAWN_SIDE else 0):
        for column in range(p.side):
            x, y = 64 + column * cell, 64 + row * cell
            if column > 0 and not opens(p, row, column, True):
                canvas.line(frame, x, y, x, y + cell, canvas.INK, width=width)
            if row > 0 and not opens(p, row, column, False):
                canvas.line(frame, x, y, x + cell, y, canvas.INK, width=width)
    agent(frame, 64 + (s.column[i] + 0.5) * cell, 64 + (s.row[i] + 0.5) * cell)
    panel(frame, last, [("row", f"{int(s.row[i])}"), ("column", f"{int(s.column[i])}")])
    return frame
