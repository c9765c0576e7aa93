"""The fourth-order Hermite integrator in PEC form with steps of ``mu * tau``, for three bodies in a plane.

A PEC step predicts positions and velocities with a Taylor series, evaluates acceleration and jerk there once, and
corrects with the fourth-order Hermite formula; the accelerations at the predicted place serve the next step. Bodies are
tuples as in `planar`.
"""

from __future__ import annotations

import math

from ..core import kernel
from .planar import ZERO, correct_all, gravity, predict_all


@kernel
def pec_step(m, x, v, a, j, h, softening):
    """Advance by time ``h`` and return positions, velocities, accelerations, jerks and `gravity`'s squared rate."""
    predicted, speeds = predict_all(ZERO, ZERO, x, v, a, j, h)
    a_new, j_new, rate = gravity(m, predicted, speeds, softening)
    x, v = correct_all(ZERO, ZERO, x, v, a, j, a_new, j_new, h)
    return x, v, a_new, j_new, rate


@kernel
def advance(m, x, v, mu, duration, limit, softening):
    """Integrate for ``duration`` with steps of ``mu * tau``; return positions, velocities, steps and the time reached.

    The last step is cut to end on time. After ``limit`` steps the integration stops where it is, at an earlier time.
    """
    a, j, rate = gravity(m, x, v, softening)
    time = 0.0
    steps = 0
    while time < duration and steps < limit:
        h = mu / math.sqrt(rate)
        if time + h < duration:
            time += h
        else:
            h = duration - time
            time = duration
        x, v, a, j, rate = pec_step(m, x, v, a, j, h, softening)
        steps += 1
    return x, v, steps, time


@kernel
def coordinates(values, i):
    """Return row ``i`` of an array (lanes, 6) as a tuple of numbers, as the functions of this file take it."""
    return (
        float(values[i, 0]),
        float(values[i, 1]),
        float(values[i, 2]),
        float(values[i, 3]),
        float(values[i, 4]),
        float(values[i, 5]),
    )
