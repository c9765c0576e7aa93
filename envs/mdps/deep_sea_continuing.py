"""DeepSeaContinuing: a dive that only one sequence of moves completes, again and again.

Description
-----------
The diver sinks one row a step on a square grid and moves left or right while sinking. Only who goes right all the way
finds the treasure in the last corner; each move to the right costs a little, so that a learner without a plan learns to
stay at the left. After the last row the next dive begins. It is bsuite's DeepSea as one continuing stream.

Action Space
------------
``Discrete(2)``. Which of the two goes right is a coin of each cell, unless ``mapped`` is False: then 1 does.

Observation Space
-----------------
``Discrete(size**2)``: row * size + column. The cells above the diagonal are never seen. Nothing is hidden.

Rewards
-------
-0.01 / size for a move to the right, and 1 for the move to the right in the last corner, else 0.

Starting State
--------------
Always row 0, column 0.

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
size : int, default 10, at least 2. Rows, and columns.
mapped : bool, default True. Draw for each cell which action goes right.
seed : int, default 0, at least 0. Of those coins.

Certificate
-----------
A dive to the right earns 1 - 0.01 = .99 in ``size`` steps, any other one 0 at most: the optimal gain is .99 / size.
Uniform play pays .005 a dive for its moves, and finds the treasure in one of 2**size dives. Every dive takes as long,
so the chain of any policy has a period, fact ``period``, and never mixes.

Version History
---------------
v0: first version.

References
----------
Osband et al., "Behaviour suite for reinforcement learning", ICLR 2020, arXiv:1908.03568 (deep_sea).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import agent, board
from ..core.streams import mix64
from .pictures import panel

TREASURE, COST = 1.0, 0.01
ONE = np.uint64(1)


class Params(NamedTuple):
    """``cost`` of a move to the right; ``key`` (uint64) of the coins."""

    size: int
    cost: float
    mapped: bool
    key: np.uint64


class State(NamedTuple):
    """``row`` and ``column`` int64, one a lane."""

    row: np.ndarray
    column: np.ndarray


def params(size, mapped, seed):
    """Build the parameters from checked knobs."""
    return Params(size, COST / size, mapped, np.uint64(seed))


def spec(p):
    """Declare the task: one player, an observation a cell, two actions; continuing, judged by its gain."""
    return Spec(
        actions=(2,),
        observation=Observation.integers(p.size**2),
        reward_range=(-p.cost, TREASURE),
        criterion=Criterion("gain"),
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
    """Begin at the surface, at the left."""
    s.row[i] = 0
    s.column[i] = 0


@kernel
def right_action(p, row, column):
    """Return which action goes right in a cell: a coin of its own, or 1."""
    coin = mix64(mix64(p.key + ONE) + np.uint64(row * p.size + column))
    return np.int64(coin & ONE) if p.mapped else 1


@kernel
def apply(p, s, i, a, c, r):
    """Pay for the move, then sink; below the last row the next dive begins."""
    row, column = s.row[i], s.column[i]
    right = a[i, 0] == right_action(p, row, column)
    last = row == p.size - 1
    found = right & (column == p.size - 1)
    r[i, 0] = (TREASURE if found else 0.0) - (p.cost if right else 0.0)
    moved = min(column + 1, p.size - 1) if right else max(column - 1, 0)
    s.row[i] = 0 if last else row + 1
    s.column[i] = 0 if last else moved
    return False


@kernel
def observe(p, s, i, o):
    """Show the cell."""
    o[i, 0] = s.row[i] * p.size + s.column[i]


def certificate(p: Params) -> Certificate:
    """Return what the module's page derives."""
    optimal = Value((TREASURE - COST) / p.size, "closed-form", "one treasure a dive, for moves to the right alone")
    random = 0.5**p.size * TREASURE / p.size - p.cost / 2
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=optimal,
        random=Value(random, "closed-form", "half of the moves go right; one dive of 2**size finds the treasure"),
        memoryless=optimal,
        facts={"period": p.size},
    )


def regions(p, s):
    """Return the cells from which the treasure can still be found by name."""
    return {"diagonal": s.row == s.column}


def places(p, s):
    """Return the cells of the grid."""
    return np.stack([np.zeros_like(s.row), s.row, s.column], axis=1)


@np.errstate(over="ignore")  # the hash wraps around
def ansi(p, s, i, last) -> str:
    """Say where the diver is."""
    row, column = int(s.row[i]), int(s.column[i])
    return (
        f"row {row}, column {column} of 0..{p.size - 1}; right is action {int(right_action(p, row, column))}\n"
        f"step {last.clock}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


@np.errstate(over="ignore")
def paint(p, s, i, last) -> np.ndarray:
    """Paint the sea, the diagonal to the treasure, and the diver."""
    row, column = int(s.row[i]), int(s.column[i])
    frame = board("Deep sea", last)
    cell = 272.0 / p.size
    water = canvas.mix(canvas.BACKGROUND, canvas.PLAYERS[4], 0.45)
    canvas.rectangle(frame, 64, 64, 272, 272, water, radius=8)
    canvas.line(frame, 64 + cell / 2, 64 + cell / 2, 336 - cell / 2, 336 - cell / 2, canvas.PANEL, width=2)
    canvas.circle(frame, 336 - cell / 2, 336 - cell / 2, max(min(0.35 * cell, 14.0), 4.0), canvas.PLAYERS[1])
    agent(frame, 64 + cell * (column + 0.5), 64 + cell * (row + 0.5))
    panel(frame, last, [("row", f"{row}"), ("column", f"{column}"), ("size", f"{p.size:,}")])
    return frame
