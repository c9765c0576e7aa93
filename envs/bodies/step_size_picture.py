"""Pictures of `step_size`: the bodies with their latest paths, and beside them the step size and the errors."""

from __future__ import annotations

import math

import numpy as np

from ..core import canvas
from ..core.environment import Last
from .hermite import coordinates
from .picture import bodies_map, paint_bodies
from .planar import gravity, load_masses
from .step_size import BOUND, LEAST_ERROR, LEAST_STEP, MOST_STEP, REASONS, UNDER_WAY, Params, State

#: The part of the flight whose paths are shown.
TRAIL = 0.12
#: The least distance from the middle to the edge of the view.
VIEW = 1.25


def describe(p: Params, s: State, i: int, last: Last) -> str:
    """Return a map of the bodies, and the numbers of lane ``i``."""
    step = "none yet" if last.actions is None else f"{s.dt[i]:.1e}"
    return "\n".join(
        [
            *bodies_map(_shown(p, s.positions[i]), least=VIEW),
            f"time {s.time[i]:.4g} of {p.duration:.4g}   step {step}   tau {_tau(p, s, i):.1e}",
            f"energy error {s.error[i]:.1e} (limit {p.error_limit:g}), of the last decision {s.step_error[i]:.1e}",
            f"decision {s.decision[i]:,}   force evaluations {s.evaluations[i]:,}   {REASONS[s.reason[i]]}",
            f"reward {last.rewards[0]:+.4f}   return {last.total[0]:+.3f}",
        ]
    )


def picture(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Return the frame of lane ``i``, uint8 (440, 660, 3)."""
    frame = canvas.blank(660, 440)
    past = min(TRAIL * p.duration, float(s.time[i]))
    masses = load_masses(p.masses)
    paint_bodies(frame[10:430, 10:430], masses, s.positions[i], s.velocities[i], past, p.softening, VIEW, "")

    left, right = 450, 645
    canvas.text(frame, left, 20, f"time {s.time[i]:.4g} / {p.duration:.4g}")
    canvas.bar(frame, left, 42, right - left, 8, s.time[i] / p.duration, canvas.MUTED)

    # both on the scale of the action space; the tick is tau, which the step should stay well below
    canvas.text(frame, left, 66, "step", canvas.MUTED)
    canvas.text(frame, right, 66, "-" if last.actions is None else f"{s.dt[i]:.1e}", align="right")
    canvas.bar(frame, left, 90, right - left, 12, 0.0 if last.actions is None else _share(s.dt[i]), canvas.ACCENT)
    tick = left + (right - left) * _share(_tau(p, s, i))
    canvas.line(frame, tick, 86, tick, 106, canvas.INK, width=3)
    canvas.text(frame, min(tick, right - 10), 108, "tau", canvas.INK, scale=1, align="center")

    for row, (name, error) in enumerate((("|dE/E|", s.error[i]), ("last", s.step_error[i]))):
        top = 136 + 58 * row
        share = math.log10(max(error, LEAST_ERROR) / LEAST_ERROR) / math.log10(p.error_limit / LEAST_ERROR)
        alarm = canvas.mix(canvas.GOOD, canvas.BAD, min(max(2.0 * share - 1.0, 0.0), 1.0))
        canvas.text(frame, left, top, name, canvas.MUTED)
        canvas.text(frame, right, top, f"{error:.1e}", align="right")
        canvas.bar(frame, left, top + 24, right - left, 12, min(share, 1.0), alarm)

    for row, (name, value) in enumerate(
        [
            ("decisions", f"{s.decision[i]:,}"),
            ("forces", f"{s.evaluations[i]:,}"),
            ("reward", f"{last.rewards[0]:+.4f}"),
            ("return", f"{last.total[0]:+.2f}"),
        ]
    ):
        canvas.text(frame, left, 262 + 32 * row, name, canvas.MUTED)
        canvas.text(frame, right, 262 + 32 * row, value, align="right")
    if s.reason[i] != UNDER_WAY:
        colour = canvas.GOOD if REASONS[s.reason[i]] == "arrived" else canvas.BAD
        canvas.text(frame, (left + right) / 2, 400, REASONS[s.reason[i]], colour, align="center")
    return frame


def _tau(p: Params, s: State, i: int) -> float:
    """Return the shortest time scale of a pair, within 1e-20 and 1e20."""
    bodies = coordinates(s.positions, i), coordinates(s.velocities, i)
    rate = float(gravity(load_masses(p.masses), *bodies, p.softening)[2])
    return min(max(1.0 / math.sqrt(rate), 10.0**-BOUND), 10.0**BOUND) if rate > 0.0 else 10.0**BOUND


def _share(h: float) -> float:
    """Return where a step lies between the least and the most, from 0 to 1."""
    share = math.log10(h / LEAST_STEP) / math.log10(MOST_STEP / LEAST_STEP)
    return min(max(share, 0.0), 1.0)


def _shown(p: Params, positions: np.ndarray) -> np.ndarray:
    """Return the positions (bodies, 2) of the bodies with mass."""
    return positions.reshape(3, 2)[p.masses > 0.0]
