"""What the pictures of the memory tasks share: the frame with its title, and the panels below the task.

A frame is 640 pixels wide and 360 high. The task itself is painted between the rows 60 and 232.
"""

from __future__ import annotations

import numpy as np

from ..core import canvas
from ..core.environment import Last


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
