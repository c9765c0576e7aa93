"""Painting of frames with NumPy alone: what an environment's ``paint`` uses.

A frame is a uint8 array of shape (height, width, 3). Every function below paints into the frame it is given::

    frame = canvas.blank(480, 320)
    canvas.rectangle(frame, 20, 20, 120, 80, canvas.PANEL, radius=8)             # left, top, width, height
    canvas.rectangle(frame, 20, 20, 120, 80, canvas.MUTED, radius=8, border=2)   # only its outline, inside the edge
    canvas.circle(frame, 200, 60, 30, canvas.ACCENT)                             # centre and radius; border= for a ring
    canvas.line(frame, 20, 150, 460, 150, canvas.INK, width=3)                   # round ends
    canvas.polyline(frame, [(20, 200), (90, 170), (160, 210)], canvas.GOOD)      # round joins, closed=True for a loop
    canvas.polygon(frame, [(200, 170), (240, 210), (160, 210)], canvas.BAD)      # filled
    canvas.arrow(frame, 260, 200, 340, 170, canvas.INK, width=3, head=12)        # the tip is at the second point
    canvas.text(frame, 240, 240, "step 3", scale=2, align="center")              # y is the top of the capitals
    canvas.bar(frame, 20, 280, 200, 12, 0.4)                                     # a horizontal bar, filled to 0.4
    canvas.gauge(frame, 400, 270, 24, 0.7)                                       # a ring, filled clockwise from the top

Coordinates are pixels and may be fractions: x to the right, y downwards, (0, 0) the top-left corner of the first pixel,
so that ``rectangle(frame, 0, 0, 10, 10, ...)`` covers exactly ten by ten pixels. Edges are anti-aliased, and what lies
outside the frame is clipped. A colour is a tuple of three integers from 0 to 255: `BACKGROUND`, `PANEL`, `FAINT`,
`MUTED`, `INK`, `ACCENT`, `GOOD`, `BAD` and `PLAYERS`, one colour a player; `mix` makes tints. They are those of Okabe
and Ito ("Color universal design", 2008), which colour-blind people can tell apart, on a calm background.

The built-in font has printable ASCII (another character becomes "?"): capitals are 7 pixels high, letters descend by 2;
letters have their natural width and digits all the same, so that a counter does not jitter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np

Colour = tuple[int, int, int]

BACKGROUND: Colour = (245, 246, 243)
PANEL: Colour = (255, 255, 255)
FAINT: Colour = (221, 226, 230)
MUTED: Colour = (116, 128, 140)
INK: Colour = (34, 45, 56)
ACCENT: Colour = (0, 114, 178)
GOOD: Colour = (0, 158, 115)
BAD: Colour = (213, 94, 0)
PLAYERS: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (240, 228, 66),
    (34, 45, 56),
)

# Nine digits a character, from space to tilde: its rows from the top, in base 32, whose five bits are the pixels.
_FONT = (
    "000000000444440400aaa0000000avava0004fke5u400pp248jj00cik8lid00444000000"
    "688888600c22222c0004lel4000044v44000000000448000e0000000000040011248gg00"
    "ehjlphe004c4444e00eh168gv00eh161he0026aiv2200vgu11he0068guhhe00v12244400"
    "ehhehhe00ehhf12c00004004000004004480248g8420000v0v0000842124800eh1640400"
    "ehnlngf00ehhvhhh00uhhuhhu00ehggghe00uhhhhhu00vgguggv00vgguggg00ehgnhhe00"
    "hhhvhhh00e44444e0031111he00hikokih00ggggggv00hrllhhh00hppljjh00ehhhhhe00"
    "uhhuggg00ehhhlid00uhhukih00fgge11u00v44444400hhhhhhe00hhhhaa400hhhllrh00"
    "hha4ahh00hha444400v1248gv00e88888e00gg8421100e22222e004ah0000000000000v0"
    "84000000000e1fhf00gguhhhu0000eggge0011fhhhf0000ehvge0068s88880000fhhhf1e"
    "gguhhhh00404444400404444448ggikoki00888888c0000qllll0000uhhhh0000ehhhe00"
    "00uhhhugg00fhhhf1100moggg0000fge1u0088s888c0000hhhhf0000hhha40000hllla00"
    "00ha4ah0000hhhhf1e00v248v00688g88600444444440c22122c00008l20000"
)


def blank(width: int, height: int, colour: Colour = BACKGROUND) -> np.ndarray:
    """Return a new frame, uint8 (height, width, 3), filled with ``colour``."""
    return np.full((height, width, 3), colour, np.uint8)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour ``share`` (0 to 1) of the way from ``first`` to ``second``."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def rectangle(
    frame: np.ndarray,
    left: float,
    top: float,
    width: float,
    height: float,
    colour: Colour,
    radius: float = 0.0,
    border: float = 0.0,
) -> None:
    """Paint a filled rectangle with corners of ``radius``, or its outline of thickness ``border`` inside the edge."""
    rows, columns, y, x = _grid(frame, left, top, left + width, top + height)
    radius = min(radius, width / 2, height / 2)
    beside = np.abs(x - (left + width / 2)) - (width / 2 - radius)
    above = np.abs(y - (top + height / 2)) - (height / 2 - radius)
    outside = np.hypot(np.maximum(beside, 0.0), np.maximum(above, 0.0))
    distance = outside + np.minimum(np.maximum(beside, above), 0.0) - radius
    _blend(frame, rows, columns, _coverage(distance, border), colour)


def circle(frame: np.ndarray, x: float, y: float, radius: float, colour: Colour, border: float = 0.0) -> None:
    """Paint a disc around (``x``, ``y``), or a ring of thickness ``border`` inside its edge."""
    rows, columns, ys, xs = _grid(frame, x - radius, y - radius, x + radius, y + radius)
    _blend(frame, rows, columns, _coverage(np.hypot(xs - x, ys - y) - radius, border), colour)


def line(frame: np.ndarray, x0: float, y0: float, x1: float, y1: float, colour: Colour, width: float = 2.0) -> None:
    """Paint a line with round ends from (``x0``, ``y0``) to (``x1``, ``y1``)."""
    polyline(frame, ((x0, y0), (x1, y1)), colour, width)


def polyline(
    frame: np.ndarray, points: Sequence | np.ndarray, colour: Colour, width: float = 2.0, closed: bool = False
) -> None:
    """Paint a line with round joins through ``points`` (at least two pairs x, y); ``closed`` joins last and first."""
    path = np.asarray(points, np.float64).reshape(-1, 2)
    if closed:
        path = np.concatenate([path, path[:1]])
    margin = width / 2
    low, high = path.min(axis=0) - margin, path.max(axis=0) + margin
    rows, columns, y, x = _grid(frame, low[0], low[1], high[0], high[1])
    coverage = np.zeros((y.shape[0], x.shape[1]))
    # Each segment touches only the pixels near it, and the greatest coverage counts: the joins have no seam.
    for (x0, y0), (x1, y1) in pairwise(path):
        part, across, ys, xs = _grid(
            frame, min(x0, x1) - margin, min(y0, y1) - margin, max(x0, x1) + margin, max(y0, y1) + margin
        )
        along_x, along_y = x1 - x0, y1 - y0
        squared = along_x * along_x + along_y * along_y
        share = np.clip(((xs - x0) * along_x + (ys - y0) * along_y) / squared, 0.0, 1.0) if squared else 0.0
        distance = np.hypot(xs - x0 - share * along_x, ys - y0 - share * along_y) - margin
        near = coverage[
            part.start - rows.start : part.stop - rows.start, across.start - columns.start : across.stop - columns.start
        ]
        np.maximum(near, _coverage(distance), out=near)
    _blend(frame, rows, columns, coverage, colour)


def polygon(frame: np.ndarray, points: Sequence | np.ndarray, colour: Colour) -> None:
    """Paint the inside of the polygon through ``points`` (at least three pairs x, y; even-odd rule)."""
    corners = np.asarray(points, np.float64).reshape(-1, 2)
    low, high = corners.min(axis=0), corners.max(axis=0)
    rows, columns, y, x = _grid(frame, low[0], low[1], high[0], high[1])
    nearest = np.full((y.shape[0], x.shape[1]), np.inf)
    inside = np.zeros(nearest.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along_x, along_y = x1 - x0, y1 - y0
        squared = along_x * along_x + along_y * along_y
        if squared == 0.0:
            continue
        share = np.clip(((x - x0) * along_x + (y - y0) * along_y) / squared, 0.0, 1.0)
        np.minimum(nearest, np.hypot(x - x0 - share * along_x, y - y0 - share * along_y), out=nearest)
        if along_y:
            inside ^= ((y >= y0) != (y >= y1)) & (x < x0 + (y - y0) * (along_x / along_y))
    _blend(frame, rows, columns, _coverage(np.where(inside, -nearest, nearest)), colour)


def arrow(
    frame: np.ndarray,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    colour: Colour,
    width: float = 3.0,
    head: float = 10.0,
) -> None:
    """Paint an arrow from (``x0``, ``y0``) whose tip is at (``x1``, ``y1``); ``head`` is the length of its head."""
    length = math.hypot(x1 - x0, y1 - y0)
    if length == 0.0:
        return
    across_x, across_y = (x1 - x0) / length, (y1 - y0) / length
    neck_x, neck_y = x1 - head * across_x, y1 - head * across_y
    if length > head:
        line(frame, x0, y0, neck_x, neck_y, colour, width)
    side_x, side_y = -0.6 * head * across_y, 0.6 * head * across_x
    polygon(frame, ((x1, y1), (neck_x + side_x, neck_y + side_y), (neck_x - side_x, neck_y - side_y)), colour)


def text(
    frame: np.ndarray, x: float, y: float, string: str, colour: Colour = INK, scale: int = 2, align: str = "left"
) -> None:
    """Write one line whose capitals begin at ``y`` and are 7 * ``scale`` pixels high.

    ``align`` says what ``x`` is: the "left" end, the "center" or the "right" end of the line.

    Raises
    ------
    ValueError
        where ``align`` is none of the three.
    """
    shares = {"left": 0.0, "center": 0.5, "right": 1.0}
    if align not in shares:
        raise ValueError(f"align={align!r} is not allowed: it must be one of {', '.join(map(repr, shares))}")
    mask = _line_mask(string, scale)
    left, top = round(x - shares[align] * mask.shape[1]), round(y)
    rows, columns, _, _ = _grid(frame, left, top, left + mask.shape[1], top + mask.shape[0], margin=0)
    shown = mask[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    frame[rows, columns][shown] = colour


def text_width(string: str, scale: int = 2) -> int:
    """Return the width in pixels of a line that `text` writes."""
    return _line_mask(string, scale).shape[1]


def bar(
    frame: np.ndarray,
    left: float,
    top: float,
    width: float,
    height: float,
    fraction: float,
    colour: Colour = ACCENT,
    track: Colour = FAINT,
) -> None:
    """Paint a horizontal bar with round ends, filled from the left to ``fraction`` (clipped to 0 .. 1)."""
    rectangle(frame, left, top, width, height, track, radius=height / 2)
    filled = min(max(fraction, 0.0), 1.0) * width
    if filled > 0.0:
        rectangle(frame, left, top, max(filled, height), height, colour, radius=height / 2)


def gauge(
    frame: np.ndarray,
    x: float,
    y: float,
    radius: float,
    fraction: float,
    colour: Colour = ACCENT,
    track: Colour = FAINT,
    width: float = 6.0,
) -> None:
    """Paint a ring of thickness ``width``, filled clockwise from the top to ``fraction`` (clipped to 0 .. 1)."""
    circle(frame, x, y, radius, track, border=width)
    turn = 2.0 * math.pi * min(max(fraction, 0.0), 1.0)
    if turn > 0.0:
        angles = np.linspace(0.0, turn, 2 + int(turn * 10))
        middle = radius - width / 2
        polyline(frame, np.stack([x + middle * np.sin(angles), y - middle * np.cos(angles)], axis=1), colour, width)


def _grid(
    frame: np.ndarray, left: float, top: float, right: float, bottom: float, margin: int = 1
) -> tuple[slice, slice, np.ndarray, np.ndarray]:
    """Return the rows and columns of the frame that a box touches, and the centres of their pixels (y, x)."""
    height, width = frame.shape[:2]
    first_row, last_row = (int(min(max(edge, 0), height)) for edge in (top - margin, math.ceil(bottom) + margin))
    first, last = (int(min(max(edge, 0), width)) for edge in (left - margin, math.ceil(right) + margin))
    y = np.arange(first_row, last_row)[:, None] + 0.5
    x = np.arange(first, last)[None, :] + 0.5
    return slice(first_row, last_row), slice(first, last), y, x


def _coverage(distance: np.ndarray, border: float = 0.0) -> np.ndarray:
    """Turn signed distances from an edge (negative inside) into the share of each pixel that is covered."""
    covered = np.clip(0.5 - distance, 0.0, 1.0)
    return covered - np.clip(0.5 - distance - border, 0.0, 1.0) if border else covered


def _blend(frame: np.ndarray, rows: slice, columns: slice, coverage: np.ndarray, colour: Colour) -> None:
    """Lay ``colour`` over the frame, in the proportion of ``coverage``."""
    under = frame[rows, columns]
    under[:] = np.rint(under + coverage[:, :, None] * (np.array(colour, np.float64) - under))


@lru_cache(maxsize=512)
def _line_mask(string: str, scale: int) -> np.ndarray:
    """Return the pixels that the line covers, bool (9 * scale, width)."""
    gap = np.zeros((9, 1), bool)
    parts = [part for character in string for part in (_glyph(character), gap)]
    pixels = np.concatenate(parts[:-1], axis=1) if parts else gap[:, :0]
    return pixels.repeat(scale, axis=0).repeat(scale, axis=1)


def _glyph(character: str) -> np.ndarray:
    """Return a character's pixels, bool (9, its width): a space is 3 wide, a digit 5, a letter as wide as its ink."""
    if character == " ":
        return np.zeros((9, 3), bool)
    first = 9 * (ord(character if " " < character <= "~" else "?") - 32)
    rows = [int(digit, 32) for digit in _FONT[first : first + 9]]
    pixels = np.array([[row >> shift & 1 for shift in (4, 3, 2, 1, 0)] for row in rows], bool)
    if "0" <= character <= "9":
        return pixels
    inked = np.flatnonzero(pixels.any(axis=0))
    return pixels[:, inked[0] : inked[-1] + 1]
