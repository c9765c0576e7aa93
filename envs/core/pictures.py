"""What the pictures of small tasks share: the frame with its title, and the panels below the task.

A frame is 640 pixels wide and 360 high. The task itself is painted between the rows 60 and 232.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from . import canvas
from .environment import Last


def board(title: str, last: Last) -> np.ndarray:
    """Return a frame with the title and the step."""
    frame = canvas.blank(640, 360)
    canvas.text(frame, 24, 22, title, scale=3)
    canvas.text(frame, 616, 22, f"step {last.clock}", scale=3, align="right")
    return frame


def panels(frame: np.ndarray, seen: str, colour: canvas.Colour, action: str, last: Last) -> None:
    """Paint what the agent sees now (its name and colour), and its last action, reward and total reward."""
    canvas.rectangle(frame, 24, 244, 276, 92, canvas.PANEL, radius=10)
    canvas.text(frame, 40, 258, "the agent sees", canvas.MUTED)
    canvas.rectangle(frame, 40, 284, 40, 40, colour, radius=8)
    canvas.text(frame, 94, 294, seen, scale=3)
    canvas.rectangle(frame, 316, 244, 300, 92, canvas.PANEL, radius=10)
    rows = ("last action", action), ("reward", f"{last.rewards[0]:g}"), ("total", f"{last.total[0]:g}")
    for row, (label, value) in enumerate(rows):
        canvas.text(frame, 332, 256 + 26 * row, label, canvas.MUTED)
        canvas.text(frame, 600, 256 + 26 * row, value, align="right")


def name_of(names: tuple[str, ...], last: Last) -> str:
    """Return the name of the last action, "-" after a reset."""
    return "-" if last.actions is None else names[int(last.actions[0])]


def agent(frame: np.ndarray, x: float, y: float) -> None:
    """Paint the agent around (``x``, ``y``)."""
    for radius, colour in ((13, canvas.PANEL), (11, canvas.ACCENT), (5, canvas.PANEL)):
        canvas.circle(frame, x, y, radius, colour)


def track(frame: np.ndarray, cells: int, colours: Mapping[int, canvas.Colour], place: int, y: float) -> np.ndarray:
    """Paint a row of ``cells`` cells around the height ``y``, some of them coloured, with the agent in one.

    Returns the x of the coloured cells, in their order.
    """
    pitch = min(50.0, 552.0 / max(cells - 1, 1))
    first = 320.0 - pitch * (cells - 1) / 2
    half = max(min(18.0, 0.4 * pitch), 3.0)
    canvas.rectangle(frame, first - 22, y - 22, pitch * (cells - 1) + 44, 44, canvas.FAINT, radius=12)
    for cell, colour in colours.items():
        canvas.rectangle(frame, first + pitch * cell - half, y - half, 2 * half, 2 * half, colour, radius=half / 2)
    agent(frame, first + pitch * place, y)
    return first + pitch * np.array(list(colours), np.float64)


def number_seen(observe: Callable[..., None], p: Any, s: Any, i: int) -> int:
    """Return the integer that the kernel ``observe`` shows of lane ``i``."""
    seen = np.zeros((i + 1, 1), np.int64)
    observe(p, s, i, seen)
    return int(seen[i, 0])
