"""Four ordinary differential equations ``y' = field(y)``, and one step of Dormand and Prince's method of order 5.

A state ``y`` is a tuple of four numbers; the last ones of a smaller system are 0 and stay 0. `field` stands for the
equations of one system: `regretlab.envs.core.fusing.specialise` binds it.

Sources: Lorenz, J. Atmos. Sci. 20, 1963; Henon and Heiles, AJ 69, 1964; van der Pol, Phil. Mag. 2, 1926. Steps, starts
of Lorenz' system and the tolerance are those of Dellnitz et al., SIAM J. Sci. Comput. 45, 2023 (arXiv:2104.03562) and
its code; the method is that of Dormand and Prince, J. Comput. Appl. Math. 6, 1980, table 2.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import kernel

GRAVITY = 9.81
DAMPING = 5.0  # mu of the van der Pol oscillator
EVALUATIONS = 6
#: Steps by which the error of one step is measured: of order 5, they are about 16**5, a million times, more accurate.
SUB_STEPS = 16


@kernel
def lorenz(y):
    """Lorenz' convection: x, y, z with sigma = 10, rho = 28 and beta = 8/3."""
    return 10.0 * (y[1] - y[0]), y[0] * (28.0 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3.0 * y[2], 0.0


@kernel
def double_pendulum(y):
    """Two unit masses on unit rods: the angles from straight down, and their velocities."""
    sine1, cosine1, sine2, cosine2 = sine(y[0]), cosine(y[0]), sine(y[1]), cosine(y[1])
    sine_between, cosine_between = sine1 * cosine2 - cosine1 * sine2, cosine1 * cosine2 + sine1 * sine2
    square1, square2, below = y[2] * y[2], y[3] * y[3], 1.0 + sine_between * sine_between
    push1 = GRAVITY * (sine2 * cosine_between - 2.0 * sine1) - sine_between * (square2 + square1 * cosine_between)
    push2 = 2.0 * GRAVITY * (sine1 * cosine_between - sine2)
    push2 += sine_between * (2.0 * square1 + square2 * cosine_between)
    return y[2], y[3], push1 / below, push2 / below


@kernel
def henon_heiles(y):
    """A star in a galaxy: places x, y and velocities in the potential (x^2 + y^2) / 2 + x^2 y - y^3 / 3."""
    return y[2], y[3], -y[0] - 2.0 * y[0] * y[1], y[1] * y[1] - y[1] - y[0] * y[0]


@kernel
def van_der_pol(y):
    """Van der Pol's oscillator: place and velocity."""
    return y[1], DAMPING * (1.0 - y[0] * y[0]) * y[1] - y[0], 0.0, 0.0


@kernel
def sine(angle):
    """Return the sine; plain Python raises an error for an infinite angle, where compiled code returns NaN."""
    return math.sin(angle) if abs(angle) < math.inf else math.nan


@kernel
def cosine(angle):
    """Return the cosine, NaN of an infinite angle."""
    return math.cos(angle) if abs(angle) < math.inf else math.nan


class System(NamedTuple):
    """Equations and what goes with them.

    ``names`` of the coordinates, as many as there are. ``grid``: the steps to choose from, in ascending order.
    ``scales``: by what the stages are divided, one a coordinate. Starts are uniform between ``low`` and ``high``.
    """

    title: str
    field: Any
    names: tuple[str, ...]
    grid: tuple[float, ...]
    scales: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def _grid(first: float, last: float, count: int) -> tuple[float, ...]:
    """Return steps of equal ratios, to six digits, which every machine rounds alike."""
    return tuple(float(f"{first * (last / first) ** (k / (count - 1)):.6g}") for k in range(count))


# Scales are about the root mean square of each derivative along solutions from the starts.
SYSTEMS = {
    "lorenz": System(
        "Lorenz",
        lorenz,
        ("x", "y", "z"),
        (0.02, 0.022, 0.025, 0.029, 0.033, 0.039, 0.045, 0.052, 0.06, 0.07),
        (40.0, 65.0, 80.0),
        (-10.0, -10.0, 15.0),
        (10.0, 10.0, 35.0),
    ),
    "double-pendulum": System(
        "double pendulum",
        double_pendulum,
        ("angle 1", "angle 2", "velocity 1", "velocity 2"),
        _grid(0.014, 0.1, 20),
        (3.0, 5.0, 15.0, 20.0),
        (-3.0, -3.0, -1.0, -1.0),
        (3.0, 3.0, 1.0, 1.0),
    ),
    "henon-heiles": System(
        "Henon-Heiles",
        henon_heiles,
        ("x", "y", "u", "v"),
        (0.56, 0.58, 0.6, 0.62, 0.65, 0.68, 0.71, 0.74, 0.77, 0.8),
        (0.15, 0.15, 0.15, 0.15),
        # the energy is below 0.14 everywhere in this box; from 1/6 on a star may escape
        (-0.25,) * 4,
        (0.25,) * 4,
    ),
    "van-der-pol": System(
        "van der Pol",
        van_der_pol,
        ("x", "v"),
        _grid(0.03, 0.3, 10),
        (1.3, 7.5),
        (-2.0, -2.0),
        (2.0, 2.0),
    ),
}
#: Seeds of the tables of starts.
SEEDS = {"train": 1, "validation": 2, "test": 3}

#: The equations that are bound; see above.
field = lorenz


def starts(system: str, seeds: str, count: int) -> np.ndarray:
    """Return ``count`` starts, float64 (count, 4), uniform in the system's box: those of ``default_rng(SEEDS[seeds])``.

    The first rows of a longer table are those of a shorter one.
    """
    of = SYSTEMS[system]
    table = np.zeros((count, 4))
    table[:, : len(of.names)] = np.random.default_rng(SEEDS[seeds]).uniform(of.low, of.high, (count, len(of.names)))
    return table


@kernel
def dormand_prince(y, h):
    """Take a step ``h`` of order 5 and return the new state and the six stages, each a derivative."""
    k1 = field(y)
    k2 = field(along(y, h / 5.0, k1))
    k3 = field(along(along(y, h * 3.0 / 40.0, k1), h * 9.0 / 40.0, k2))
    place = along(along(y, h * 44.0 / 45.0, k1), h * -56.0 / 15.0, k2)
    k4 = field(along(place, h * 32.0 / 9.0, k3))
    place = along(along(y, h * 19372.0 / 6561.0, k1), h * -25360.0 / 2187.0, k2)
    k5 = field(along(along(place, h * 64448.0 / 6561.0, k3), h * -212.0 / 729.0, k4))
    place = along(along(y, h * 9017.0 / 3168.0, k1), h * -355.0 / 33.0, k2)
    place = along(along(place, h * 46732.0 / 5247.0, k3), h * 49.0 / 176.0, k4)
    k6 = field(along(place, h * -5103.0 / 18656.0, k5))
    stages = (k1, k2, k3, k4, k5, k6)
    return carried(y, h, stages), stages


@kernel
def carried(y, h, stages):
    """Return ``y`` after a step ``h`` of these stages; -h leads back from where it led."""
    k1, _, k3, k4, k5, k6 = stages
    y = along(along(y, h * 35.0 / 384.0, k1), h * 500.0 / 1113.0, k3)
    return along(along(along(y, h * 125.0 / 192.0, k4), h * -2187.0 / 6784.0, k5), h * 11.0 / 84.0, k6)


@kernel
def accurate(y, h):
    """Return the state after ``h``, by `SUB_STEPS` equal steps."""
    for _ in range(SUB_STEPS):
        y, _ = dormand_prince(y, h / SUB_STEPS)
    return y


@kernel
def along(y, h, slope):
    """Return ``y + h * slope``."""
    return y[0] + h * slope[0], y[1] + h * slope[1], y[2] + h * slope[2], y[3] + h * slope[3]


@kernel
def distance(y, z):
    """Return the Euclidean distance of two states."""
    a, b, c, d = y[0] - z[0], y[1] - z[1], y[2] - z[2], y[3] - z[3]
    return math.sqrt(a * a + b * b + c * c + d * d)


@kernel
def finite(y):
    """Return whether all numbers are finite."""
    return abs(y[0]) + abs(y[1]) + abs(y[2]) + abs(y[3]) < math.inf
