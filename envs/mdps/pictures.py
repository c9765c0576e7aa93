"""What the pictures of chains share: places on a ring with the agent, and a panel of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..core import canvas
from ..core.environment import Last
from ..core.pictures import agent

SPOTS = 40  # places that are drawn one by one


def ring(frame: np.ndarray, count: int, place: int, colour_of: Callable[[int], canvas.Colour]) -> None:
    """Paint ``count`` places on a ring, from the top clockwise, each in its colour, and the agent on one."""
    x0, y0, radius = 200.0, 206.0, 112.0

    def at(k: float) -> tuple[float, float]:
        angle = 2 * math.pi * k / count
        return x0 + radius * math.sin(angle), y0 - radius * math.cos(angle)

    canvas.circle(frame, x0, y0, radius, canvas.FAINT, border=3.0)
    shown = range(count) if count <= SPOTS else [round(k * count / SPOTS) for k in range(SPOTS)]
    size = min(20.0, 0.36 * 2 * math.pi * radius / len(shown))
    for k in shown:
        canvas.circle(frame, *at(k), size, colour_of(k))
    agent(frame, *at(place))


def panel(frame: np.ndarray, last: Last, rows: Sequence[tuple[str, str]]) -> None:
    """Paint ``rows`` of a label and a value, and below them the last reward, the total and the average."""
    average = f"{last.total[0] / last.clock:.4f}" if last.clock else "-"
    numbers = ("reward", f"{last.rewards[0]:g}"), ("total", f"{last.total[0]:.7g}"), ("average", average)
    everything = [*rows, *numbers]
    height = 28 * len(everything) + 20
    canvas.rectangle(frame, 372, 206 - height / 2, 244, height, canvas.PANEL, radius=10)
    for row, (label, value) in enumerate(everything):
        y = round(206 - height / 2 + 16 + 28 * row)
        canvas.text(frame, 386, y, label, canvas.MUTED)
        canvas.text(frame, 602, y, value, align="right")
