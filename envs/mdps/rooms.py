"""The rooms of Riemer et al.: square grids with walls that bounce, in each of which one cell is the goal."""

from __future__ import annotations

import numpy as np

from ..core import kernel
from ..core.streams import mix64

CORNERS, SEEDED = GOALS = ("corners", "seeded")
_ONE, _THREE = np.uint64(1), np.uint64(3)


@kernel
def bounced(position, change, side):
    """Return where a move leads: into a wall, one cell the other way."""
    moved = position + change
    moved = 1 if moved < 0 else moved
    return side - 2 if moved == side else moved


@kernel
def goal_cell(room, side, seeded, key):
    """Return the goal of a room, row * side + column: a corner in turn, or a cell drawn by a hash of the room."""
    drawn = np.int64(mix64(mix64(key + _ONE) + np.uint64(room)) % np.uint64(side * side))
    corner = np.int64(np.uint64(room) & _THREE)
    last = side - 1
    row = last if (corner == 1) | (corner == 2) else 0
    column = last if (corner == 1) | (corner == 3) else 0
    return drawn if seeded else row * side + column
