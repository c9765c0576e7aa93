"""Pictures of `ode_step_size`: the last step, where the exact solution goes from here, the step size and the error."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import canvas
from ..core.environment import Last
from ..core.fusing import specialise
from .measures import MOST_ERROR
from .ode_step_size import REASONS, UNDER_WAY, Params, State, advised, place, system_of
from .ode_systems import carried, dormand_prince

#: The solution is shown so many of the longest steps ahead, and by so many points.
AHEAD, POINTS = 20, 240
#: What is shown of each system: left, right, bottom and top of the view.
VIEWS = {
    "Lorenz": (-25.0, 25.0, 0.0, 50.0),
    "double pendulum": (-2.3, 2.3, -2.3, 2.3),
    "Henon-Heiles": (-0.6, 0.6, -0.6, 0.6),
    "van der Pol": (-2.5, 2.5, -9.0, 9.0),
}
#: The coordinates across and upwards.
AXES = {"Lorenz": (0, 2), "Henon-Heiles": (0, 1), "van der Pol": (0, 1)}
COLUMNS, ROWS = 61, 21
LEAST_SHOWN = 1e-12


def describe(p: Params, s: State, i: int, last: Last) -> str:
    """Return a map of the solution ahead, and the numbers of lane ``i``."""
    of = system_of(p)
    grid = np.full((ROWS, COLUMNS), " ")
    before, ahead = _paths(p, s, i)
    for mark, path in ((".", ahead), ("+", before[:1]), ("o", ahead[:1])):
        for x, y in _inside(of.title, path):
            grid[round((1.0 - y) * (ROWS - 1)), round(x * (COLUMNS - 1))] = mark
    edge = "+" + "-" * COLUMNS + "+"
    return "\n".join(
        [
            edge,
            *("|" + "".join(line) + "|" for line in grid),
            edge,
            f"{of.title}: o now, + before the last step, . exact solution ahead",
            f"time {s.time[i]:.5g} of {p.duration:.5g}   step {s.h[i]:.3g}   next: up to {_accurate(p, s, i)}",
            f"error {s.error[i]:.1e} (tolerance {p.tolerance:g})",
            f"evaluations {s.evaluations[i]:,}   {REASONS[s.reason[i]]}",
            f"reward {last.rewards[0]:+.4f}   return {last.total[0]:+.3f}",
        ]
    )


def picture(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Return the frame of lane ``i``, uint8 (440, 660, 3)."""
    of = system_of(p)
    frame = canvas.blank(660, 440)
    _paint_solution(frame[10:430, 10:430], p, s, i)

    left, right = 450, 645
    canvas.text(frame, left, 20, of.title)
    canvas.text(frame, left, 48, f"time {s.time[i]:.4g} / {p.duration:.4g}", canvas.MUTED)
    canvas.bar(frame, left, 70, right - left, 8, s.time[i] / p.duration, canvas.MUTED)

    # on the scale of the action space; below it the step with the greatest reward from here
    shortest, longest = p.choices[0], p.choices[-1]
    canvas.text(frame, left, 94, "step", canvas.MUTED)
    canvas.text(frame, right, 94, f"{s.h[i]:.3g}", align="right")
    colour = canvas.ACCENT if s.error[i] < p.tolerance else canvas.BAD
    canvas.bar(frame, left, 118, right - left, 12, math.log(s.h[i] / shortest) / p.ratio, colour)
    canvas.text(frame, left, 136, f"{shortest:.3g}", canvas.MUTED, scale=1)
    canvas.text(frame, right, 136, f"{longest:.3g}", canvas.MUTED, scale=1, align="right")
    canvas.text(
        frame, (left + right) / 2, 136, f"next: up to {_accurate(p, s, i)}", canvas.INK, scale=1, align="center"
    )

    error = max(s.error[i], LEAST_SHOWN)
    whole = math.log10(1.0 / LEAST_SHOWN)
    canvas.text(frame, left, 162, "error", canvas.MUTED)
    canvas.text(frame, right, 162, "overflow" if error >= MOST_ERROR else f"{error:.1e}", align="right")
    canvas.bar(frame, left, 186, right - left, 12, min(math.log10(error / LEAST_SHOWN) / whole, 1.0), colour)
    tick = left + (right - left) * min(math.log10(p.tolerance / LEAST_SHOWN) / whole, 1.0)
    canvas.line(frame, tick, 182, tick, 202, canvas.INK, width=3)
    canvas.text(frame, min(tick, right - 30), 206, "tolerance", canvas.INK, scale=1, align="center")

    for row, (name, value) in enumerate(
        [
            ("evaluations", f"{s.evaluations[i]:,}"),
            ("reward", f"{last.rewards[0]:+.4f}"),
            ("return", f"{last.total[0]:+.2f}"),
        ]
    ):
        canvas.text(frame, left, 244 + 32 * row, name, canvas.MUTED)
        canvas.text(frame, right, 244 + 32 * row, value, align="right")
    if s.reason[i] != UNDER_WAY:
        colour = canvas.GOOD if REASONS[s.reason[i]] == "arrived" else canvas.BAD
        canvas.text(frame, (left + right) / 2, 400, REASONS[s.reason[i]], colour, align="center")
    return frame


def _paint_solution(frame: np.ndarray, p: Params, s: State, i: int) -> None:
    """Paint the solution ahead, fading, and the last step over it."""
    side, title = len(frame), system_of(p).title
    canvas.rectangle(frame, 0, 0, side, side, canvas.PANEL, radius=8)

    def pixels(points: np.ndarray) -> np.ndarray:
        return np.array([15, side - 15]) + (side - 30) * _inside(title, points) * [1.0, -1.0]

    before, ahead = map(pixels, _paths(p, s, i))
    parts = 8
    for part in reversed(range(parts)):
        first, last = (len(ahead) - 1) * part // parts, (len(ahead) - 1) * (part + 1) // parts
        colour = canvas.mix(canvas.ACCENT, canvas.PANEL, 0.3 + 0.55 * part / (parts - 1))
        canvas.polyline(frame, ahead[first : last + 1], colour, width=2)
    (x0, y0), (x1, y1) = before
    if title == "double pendulum":
        x, y = pixels(_first_bob(s.y[i : i + 1]))[0]
        canvas.polyline(frame, [(side / 2, side / 2), (x, y), (x1, y1)], canvas.INK, width=3)
        canvas.circle(frame, x, y, 8, canvas.INK)
    canvas.line(frame, x0, y0, x1, y1, canvas.BAD, width=3)
    canvas.circle(frame, x0, y0, 5, canvas.BAD)
    canvas.circle(frame, x1, y1, 8, canvas.INK)
    if title in AXES:
        across, upwards = (system_of(p).names[axis] for axis in AXES[title])
        canvas.text(frame, side - 16, side - 24, across, canvas.MUTED, align="right")
        canvas.text(frame, 12, 12, upwards, canvas.MUTED)


def _paths(p: Params, s: State, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the last step and the solution ahead as points on the view's plane, (2, 2) and (points, 2)."""
    step: Any = specialise(dormand_prince, {"field": system_of(p).field})
    now = place(s.y, i)
    taken = float(s.h[i]) if s.time[i] < p.duration else 0.0  # the last one was cut
    before = carried(now, -taken, s.stages[i].reshape(6, 4).tolist())
    ahead = [now]
    for _ in range(POINTS - 1):
        ahead.append(step(ahead[-1], AHEAD * float(p.choices[-1]) / (POINTS - 1))[0])
    title = system_of(p).title
    return _project(title, np.array([before, now])), _project(title, np.array(ahead))


def _project(title: str, states: np.ndarray) -> np.ndarray:
    """Return where states (points, 4) lie on the view's plane; the second weight of a double pendulum."""
    states = np.nan_to_num(states, nan=0.0, posinf=1e6, neginf=-1e6)
    if title in AXES:
        return states[:, AXES[title]]
    return _first_bob(states) + np.stack([np.sin(states[:, 1]), -np.cos(states[:, 1])], axis=1)


def _first_bob(states: np.ndarray) -> np.ndarray:
    return np.stack([np.sin(states[:, 0]), -np.cos(states[:, 0])], axis=1)


def _inside(title: str, points: np.ndarray) -> np.ndarray:
    """Return points as shares of the view's width and height, from 0 to 1."""
    left, right, bottom, top = VIEWS[title]
    return np.clip((points - [left, bottom]) / [right - left, top - bottom], 0.0, 1.0)


def _accurate(p: Params, s: State, i: int) -> str:
    """Return the action with the greatest reward from here, as a step."""
    rule: Any = specialise(advised, {"field": system_of(p).field})
    return f"{p.choices[rule(p, s, i, 0.0)]:.3g}"
