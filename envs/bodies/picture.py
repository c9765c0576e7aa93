"""Pictures of three bodies in a plane, for the terminal and as a frame."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import canvas
from ..core.fusing import fuse
from .hermite import advance

TRAIL_POINTS = 90
TRAIL_MU = 0.03


def bodies_map(positions: np.ndarray, columns: int = 61, rows: int = 21, least: float = 5.0) -> list[str]:
    """Return the lines of a framed map with the bodies as digits, and its scale.

    ``positions``: float64, as many as two for each body. ``least``: the least distance from the middle to the edge.
    """
    reach = _reach(positions, least)
    grid = np.full((rows, columns), " ")
    grid[rows // 2, columns // 2] = "+"
    for body, (x, y) in enumerate(_finite(positions).reshape(-1, 2)):
        column = round((0.5 + 0.5 * x / reach) * (columns - 1))
        row = round((0.5 - 0.5 * y / reach) * (rows - 1))
        grid[min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)] = str(body + 1)
    edge = "+" + "-" * columns + "+"
    return [edge, *("|" + "".join(line) + "|" for line in grid), edge, f"{2.0 * reach:g} across, + centre of mass"]


def paint_bodies(
    frame: np.ndarray,
    masses: tuple[float, float, float],
    positions: np.ndarray,
    velocities: np.ndarray,
    past: float,
    softening: float = 0.0,
    least: float = 5.0,
    unit: str = " au",
) -> None:
    """Paint the bodies, their velocities and the paths of the last ``past`` units of time over the whole ``frame``.

    ``positions`` and ``velocities`` are float64 (6,); a body without mass is not shown. ``least``: the least distance
    from the middle to the edge. The state holds no paths: they are integrated backwards from it.
    """
    height, width = frame.shape[:2]
    canvas.rectangle(frame, 0, 0, width, height, canvas.PANEL, radius=8)
    shown = [body for body in range(3) if masses[body] > 0.0]
    reach = _reach(positions.reshape(3, 2)[shown], least)
    scale = 0.5 * min(width, height) / reach
    place = _finite(positions).reshape(3, 2)
    arrows = _finite(velocities).reshape(3, 2)

    def pixels(points: np.ndarray) -> np.ndarray:
        return np.clip([0.5 * width, 0.5 * height] + scale * points * [1.0, -1.0], -width, 2.0 * width)

    x, y = 0.5 * width, 0.5 * height
    canvas.line(frame, x - 6, y, x + 6, y, canvas.FAINT)
    canvas.line(frame, x, y - 6, x, y + 6, canvas.FAINT)
    if past > 0.0 and np.isfinite(positions).all() and np.isfinite(velocities).all():
        _paint_paths(frame, pixels(_paths(masses, positions, velocities, past, softening)), shown)
    for body in shown:
        colour = canvas.PLAYERS[body]
        (x, y), speed = pixels(place)[body], np.hypot(*arrows[body])
        if speed > 0.0:
            length = 16.0 + 50.0 * math.tanh(speed)
            tip_x, tip_y = arrows[body] / speed * length
            canvas.arrow(frame, x, y, x + tip_x, y - tip_y, canvas.mix(colour, canvas.INK, 0.3), width=2, head=9)
        canvas.circle(frame, x, y, 10, canvas.PANEL)
        canvas.circle(frame, x, y, 9, colour)
        canvas.text(frame, x, y - 3, str(body + 1), canvas.PANEL, scale=1, align="center")
    length = 0.25 * reach
    left, bottom = 16, height - 16
    canvas.line(frame, left, bottom, left + scale * length, bottom, canvas.MUTED)
    canvas.text(frame, left, bottom - 20, f"{length:g}{unit}", canvas.MUTED)


def _paint_paths(frame: np.ndarray, points: np.ndarray, shown: list[int]) -> None:
    """Paint the paths of the bodies ``shown``, (times, 3, 2) in pixels from now backwards, that fade with age."""
    parts = 6
    for part in reversed(range(parts)):
        first, last = (len(points) - 1) * part // parts, (len(points) - 1) * (part + 1) // parts
        for body in shown:
            colour = canvas.mix(canvas.PLAYERS[body], canvas.PANEL, 0.25 + 0.6 * part / (parts - 1))
            canvas.polyline(frame, points[first : last + 1, body], colour, width=2)


def _paths(
    masses: tuple[float, float, float], positions: np.ndarray, velocities: np.ndarray, past: float, softening: float
) -> np.ndarray:
    """Return where the bodies were, float64 (times, 3, 2), from now backwards to ``past`` ago."""
    run: Any = fuse(retrace, {}, "bodies")
    trail = np.zeros((TRAIL_POINTS, 6))
    run(masses, tuple(map(float, positions)), tuple(map(float, -velocities)), past, softening, trail)
    return trail.reshape(TRAIL_POINTS, 3, 2)


def retrace(m, x, v, past, softening, trail):
    """Write the positions at equal times over ``past`` into ``trail`` (times, 6), the present first."""
    interval = past / (trail.shape[0] - 1)
    for k in range(trail.shape[0]):
        for coordinate in range(6):
            trail[k, coordinate] = x[coordinate]
        x, v, _, _ = advance(m, x, v, TRAIL_MU, interval, 1000, softening)


def _reach(positions: np.ndarray, least: float) -> float:
    """Return the distance from the middle to the edge of the view: ``least``, twice that, four times that ... so that
    the view jumps seldom.
    """
    farthest = 1.15 * float(np.abs(_finite(positions)).max())
    return least * 2.0 ** math.ceil(math.log2(max(farthest, least) / least))


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values, nan=0.0, posinf=1e6, neginf=-1e6)
