"""Square rooms as text and as a picture: the walls, the goal, the walker, and which of the rooms it is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core import canvas
from ..core.environment import Last
from ..core.pictures import agent, board
from .pictures import panel
from .rooms import goal_cell

WINDOW = 21  # the most rows, and columns, of a room that are written
STRIP = 12  # the most rooms that are painted side by side


class View(NamedTuple):
    """What is shown: which of how many rooms, its side, and the cells (row, column) of the goal and of the walker."""

    room: int
    rooms: int
    side: int
    goal: tuple[int, int]
    at: tuple[int, int]


def view(p: Any, s: Any, i: int) -> View:
    """Return what there is to show of lane ``i``; ``p`` and ``s`` are those of any task of rooms."""
    room = int(s.room[i])
    with np.errstate(over="ignore"):  # the hash wraps around
        goal = divmod(int(goal_cell(room, p.side, p.seeded, p.key)), p.side)
    return View(room, p.rooms, p.side, goal, (int(s.row[i]), int(s.column[i])))


def write(shown: View, mark: str, last: Last) -> str:
    """Draw the room, of a large one the cells around the walker: o the walker, ``mark`` the goal."""
    rows, columns = (
        range(low, min(low + WINDOW, shown.side))
        for low in (max(min(place - WINDOW // 2, shown.side - WINDOW), 0) for place in shown.at)
    )
    marks = {shown.goal: mark, shown.at: "o"}
    lines = ["".join(marks.get((row, column), ".") for column in columns) for row in rows]
    return "\n".join([*lines, f"room {shown.room} of 0..{shown.rooms - 1}  step {last.clock}  total {last.total[0]:g}"])


def paint(title: str, shown: View, last: Last, number: tuple[str, str]) -> np.ndarray:
    """Paint the room, the row of rooms with the present one marked, and a panel with one ``number`` of the task."""
    frame = board(title, last)
    cell = 272.0 / shown.side
    canvas.rectangle(frame, 60, 60, 280, 280, canvas.INK, radius=6)
    canvas.rectangle(frame, 64, 64, 272, 272, canvas.PANEL)
    for k in range(1, shown.side if cell > 6 else 0):
        canvas.line(frame, 64 + k * cell, 64, 64 + k * cell, 336, canvas.FAINT, width=1)
        canvas.line(frame, 64, 64 + k * cell, 336, 64 + k * cell, canvas.FAINT, width=1)
    size = max(cell, 8.0)  # what is large enough to be seen
    row, column = (min(place * cell, 272 - size) for place in shown.goal)
    canvas.rectangle(frame, 64 + column, 64 + row, size, size, canvas.GOOD)
    agent(frame, 64 + (shown.at[1] + 0.5) * cell, 64 + (shown.at[0] + 0.5) * cell)
    _paint_strip(frame, shown)
    panel(frame, last, [("room", f"{shown.room} of {shown.rooms:,}"), number])
    return frame


def _paint_strip(frame: np.ndarray, shown: View) -> None:
    count = min(shown.rooms, STRIP)
    first = max(min(shown.room - STRIP // 2, shown.rooms - STRIP), 0)
    for k in range(count):
        here = first + k == shown.room
        left = 494.0 - 10.0 * count + 20.0 * k
        canvas.rectangle(frame, left + 2, 74, 16, 16, canvas.ACCENT if here else canvas.FAINT, radius=3)
