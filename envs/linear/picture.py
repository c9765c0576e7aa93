"""What the pictures of the solver tasks share: the frame, the scale of omegas, fields as maps, and columns of
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..core import canvas
from ..core.environment import Last
from .sor import best_omega, jacobi_radius, spectral_radius

#: Left, top, width and height of the panel on the left side.
PANEL = (20.0, 56.0, 360.0, 284.0)
NUMBERS_LEFT, NUMBERS_RIGHT = 404, 620


def frame(title: str, last: Last) -> np.ndarray:
    """Return a frame, uint8 (360, 640, 3), with the title, the step, and an empty panel."""
    picture = canvas.blank(640, 360)
    canvas.text(picture, 20, 18, title, scale=3)
    canvas.text(picture, NUMBERS_RIGHT, 22, f"step {last.clock}", canvas.MUTED, align="right")
    canvas.rectangle(picture, *PANEL, canvas.PANEL, radius=8)
    return picture


def numbers(picture: np.ndarray, rows: Sequence[tuple[str, str]], top: int = 64) -> None:
    """Write names and values in the column on the right."""
    for row, (name, value) in enumerate(rows):
        canvas.text(picture, NUMBERS_LEFT, top + 30 * row, name, canvas.MUTED)
        canvas.text(picture, NUMBERS_RIGHT, top + 30 * row, value, align="right")


def omega_bars(picture: np.ndarray, omegas: np.ndarray, chosen: int, top: float) -> None:
    """Paint a bar an omega in the column on the right, the chosen one coloured."""
    pitch = (NUMBERS_RIGHT - NUMBERS_LEFT) / len(omegas)
    for k in range(len(omegas)):
        height = 8.0 + 28.0 * k / max(len(omegas) - 1, 1)
        colour = canvas.ACCENT if k == chosen else canvas.FAINT
        left = NUMBERS_LEFT + pitch * k
        canvas.rectangle(picture, left, top + 36.0 - height, max(0.7 * pitch, 1.0), height, colour, radius=2)


def radius_curve(
    picture: np.ndarray, omegas: np.ndarray, neighbours: float, shift: float | None, chosen: int, tolerance: float
) -> None:
    """Paint the sweeps that theory expects, ln(tolerance) / ln(spectral radius), over omega on a logarithmic scale.

    ``shift`` None paints the axes alone; ``chosen`` -1 marks no action.
    """
    left, top, width, height = PANEL
    x0, x1, y0, y1 = left + 50, left + width - 20, top + height - 44, top + 40
    canvas.text(picture, left + 12, top + 12, "sweeps in theory", canvas.MUTED)
    for count in (10, 100, 1000):
        y = y0 + (y1 - y0) * (math.log10(count) - 1.0) / 2.5
        canvas.line(picture, x0, y, x1, y, canvas.FAINT, width=1)
        canvas.text(picture, x0 - 8, y - 4, str(count), canvas.MUTED, scale=1, align="right")
    for omega in (1.0, 1.5, 1.95):
        x = x0 + (x1 - x0) * (omega - 1.0) / 0.95
        canvas.text(picture, x, y0 + 10, f"{omega:g}", canvas.MUTED, scale=1, align="center")
    canvas.text(picture, (x0 + x1) / 2, y0 + 22, "omega", canvas.MUTED, align="center")
    if shift is None:
        return

    beta = jacobi_radius(shift, neighbours)

    def place(omega: float) -> tuple[float, float]:
        radius = min(max(spectral_radius(omega, beta), 1e-3), 1.0 - 1e-6)
        level = math.log10(max(math.log(tolerance) / math.log(radius), 10.0)) - 1.0
        return x0 + (x1 - x0) * (omega - 1.0) / 0.95, y0 + (y1 - y0) * min(level / 2.5, 1.0)

    canvas.polyline(picture, [place(float(omega)) for omega in np.linspace(1.0, 1.95, 96)], canvas.INK, width=2)
    for omega in omegas:
        canvas.circle(picture, *place(float(omega)), 3, canvas.MUTED)
    star = min(best_omega(beta), 1.95)
    canvas.circle(picture, *place(star), 7, canvas.GOOD, border=3)
    if chosen >= 0:
        canvas.circle(picture, *place(float(omegas[chosen])), 7, canvas.BAD)


def field(picture: np.ndarray, values: np.ndarray, largest: float) -> None:
    """Paint the field (rows, columns) in the panel: white is 0, blue above, red below, full colour at ``largest``."""
    left, top, width, height = PANEL
    side = int(min(width, height)) - 24
    rows, columns = values.shape
    cells = np.ix_(np.arange(side) * rows // side, np.arange(side) * columns // side)
    share = np.clip(np.nan_to_num(values[cells] / largest if largest > 0.0 else 0.0 * values[cells]), -1.0, 1.0)
    ends = np.where(share[..., None] >= 0.0, canvas.ACCENT, canvas.BAD)
    colours = np.array(canvas.PANEL) + np.sqrt(np.abs(share))[..., None] * (ends - np.array(canvas.PANEL))
    y, x = int(top) + 12, int(left + (width - side) / 2)
    canvas.rectangle(picture, x - 2, y - 2, side + 4, side + 4, canvas.MUTED, radius=2)
    picture[y : y + side, x : x + side] = np.rint(colours).astype(np.uint8)


def scale(omegas: np.ndarray, chosen: int | None) -> str:
    """Return the actions as a line of text, the chosen one marked."""
    marks = ["." for _ in omegas]
    if chosen is not None:
        marks[chosen] = "#"
    return f"omega {omegas[0]:g} [{''.join(marks)}] {omegas[-1]:g}"


def field_lines(values: np.ndarray, largest: float, most: int = 24) -> list[str]:
    """Return the field (rows, columns) as lines of text, a character for its size relative to ``largest``."""
    rows, columns = (min(count, most) for count in values.shape)
    cells = np.ix_(np.arange(rows) * values.shape[0] // rows, np.arange(columns) * values.shape[1] // columns)
    share = np.abs(np.nan_to_num(values[cells])) / (largest if largest > 0.0 else 1.0)
    steps = np.minimum((share * 9.999).astype(int), 9)
    return ["".join(2 * " .:-=+*#%@"[step] for step in row) for row in steps]


def progress(picture: np.ndarray, top: float, share: float, goal: str) -> None:
    """Paint a bar in the column on the right that is full at the goal."""
    width = NUMBERS_RIGHT - NUMBERS_LEFT
    canvas.bar(picture, NUMBERS_LEFT, top, width, 10, share, canvas.GOOD)
    canvas.text(picture, NUMBERS_RIGHT, top + 16, goal, canvas.MUTED, scale=1, align="right")
