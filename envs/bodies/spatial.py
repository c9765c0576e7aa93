"""Any number of bodies in space: gravity and the arithmetic of vectors on arrays.

The counterpart of `planar`, function by function: masses ``m`` (bodies,), and vectors ``x``, ``v``, ``a``, ``j`` of
three numbers a body in one row, (3 * bodies,). Functions write into the arrays ``out`` that they are given, which may
be one of the arguments where the sum is taken coordinate by coordinate, and return them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import kernel
from ..core.fusing import specialise
from .hermite_formulas import correct, predict
from .planar import SCRATCH
from .step_rules import body_scale, derivatives


@kernel
def attract(out, m, x, softening):
    """Return the accelerations."""
    out[:] = 0.0
    soft = softening * softening
    for i in range(m.shape[0]):
        for k in range(i + 1, m.shape[0]):
            dx, dy, dz = x[3 * k] - x[3 * i], x[3 * k + 1] - x[3 * i + 1], x[3 * k + 2] - x[3 * i + 2]
            r2 = dx * dx + dy * dy + dz * dz + soft
            r3 = 1.0 / (r2 * math.sqrt(r2))
            dx, dy, dz = dx * r3, dy * r3, dz * r3
            out[3 * i] += m[k] * dx
            out[3 * i + 1] += m[k] * dy
            out[3 * i + 2] += m[k] * dz
            out[3 * k] -= m[i] * dx
            out[3 * k + 1] -= m[i] * dy
            out[3 * k + 2] -= m[i] * dz
    return out


@kernel
def attract_and_jerk(out, out_jerk, m, x, v, softening):
    """Return accelerations and jerks."""
    out[:] = 0.0
    out_jerk[:] = 0.0
    soft = softening * softening
    for i in range(m.shape[0]):
        for k in range(i + 1, m.shape[0]):
            dx, dy, dz = x[3 * k] - x[3 * i], x[3 * k + 1] - x[3 * i + 1], x[3 * k + 2] - x[3 * i + 2]
            du, dv, dw = v[3 * k] - v[3 * i], v[3 * k + 1] - v[3 * i + 1], v[3 * k + 2] - v[3 * i + 2]
            inverse = 1.0 / (dx * dx + dy * dy + dz * dz + soft)
            r3 = inverse * math.sqrt(inverse)
            approach = 3.0 * (dx * du + dy * dv + dz * dw) * inverse
            dx, dy, dz = dx * r3, dy * r3, dz * r3
            du, dv, dw = du * r3 - approach * dx, dv * r3 - approach * dy, dw * r3 - approach * dz
            out[3 * i] += m[k] * dx
            out[3 * i + 1] += m[k] * dy
            out[3 * i + 2] += m[k] * dz
            out[3 * k] -= m[i] * dx
            out[3 * k + 1] -= m[i] * dy
            out[3 * k + 2] -= m[i] * dz
            out_jerk[3 * i] += m[k] * du
            out_jerk[3 * i + 1] += m[k] * dv
            out_jerk[3 * i + 2] += m[k] * dw
            out_jerk[3 * k] -= m[i] * du
            out_jerk[3 * k + 1] -= m[i] * dv
            out_jerk[3 * k + 2] -= m[i] * dw
    return out, out_jerk


@kernel
def pair_rate(m, x, v, softening):
    """Return the squared rate ``tau**-2`` of `planar.gravity`."""
    soft = softening * softening
    rate = 0.0
    for i in range(m.shape[0]):
        for k in range(i + 1, m.shape[0]):
            dx, dy, dz = x[3 * k] - x[3 * i], x[3 * k + 1] - x[3 * i + 1], x[3 * k + 2] - x[3 * i + 2]
            du, dv, dw = v[3 * k] - v[3 * i], v[3 * k + 1] - v[3 * i + 1], v[3 * k + 2] - v[3 * i + 2]
            inverse = 1.0 / (dx * dx + dy * dy + dz * dz + soft)
            crossing, orbit = (du * du + dv * dv + dw * dw) * inverse, (m[i] + m[k]) * inverse * math.sqrt(inverse)
            rate = max(rate, max(crossing, orbit))
    return rate


@kernel
def kinetic_energy(m, v):
    """Return the kinetic energy."""
    total = 0.0
    for i in range(m.shape[0]):
        total += m[i] * (v[3 * i] * v[3 * i] + v[3 * i + 1] * v[3 * i + 1] + v[3 * i + 2] * v[3 * i + 2])
    return 0.5 * total


@kernel
def binding_energy(m, x, softening):
    """Return minus the potential energy, a positive number."""
    soft = softening * softening
    total = 0.0
    for i in range(m.shape[0]):
        for k in range(i + 1, m.shape[0]):
            dx, dy, dz = x[3 * k] - x[3 * i], x[3 * k + 1] - x[3 * i + 1], x[3 * k + 2] - x[3 * i + 2]
            total += m[i] * m[k] / math.sqrt(dx * dx + dy * dy + dz * dz + soft)
    return total


# Vectors --------------------------------------------------------------------------------------------------------------


@kernel
def shift(out, x, h, v):
    """Return ``x + h * v``."""
    for k in range(x.shape[0]):
        out[k] = x[k] + h * v[k]
    return out


@kernel
def scale(out, h, v):
    """Return ``h * v``."""
    for k in range(v.shape[0]):
        out[k] = h * v[k]
    return out


@kernel
def blend(out, x, h, w1, k1, w2, k2, w3, k3, w4, k4, w5, k5):
    """Return ``x + h * (w1 * k1 + ... + w5 * k5)``."""
    for k in range(x.shape[0]):
        out[k] = x[k] + h * (w1 * k1[k] + w2 * k2[k] + w3 * k3[k] + w4 * k4[k] + w5 * k5[k])
    return out


@kernel
def keep(out, x):
    """Return ``x`` as it is now."""
    for k in range(x.shape[0]):
        out[k] = x[k]
    return out


@kernel
def predict_all(out, out_velocity, x, v, a, j, h):
    """Return positions and velocities after time ``h`` by `predict`."""
    for k in range(x.shape[0]):
        out[k], out_velocity[k] = predict(x[k], v[k], a[k], j[k], h)
    return out, out_velocity


@kernel
def correct_all(out, out_velocity, x, v, a, j, a_new, j_new, h):
    """Return positions and velocities after time ``h`` by `correct`."""
    for k in range(x.shape[0]):
        out[k], out_velocity[k] = correct(x[k], v[k], a[k], j[k], a_new[k], j_new[k], h)
    return out, out_velocity


@kernel
def mean_square(error, x):
    """Return the mean square of ``error / (1 + abs(x))`` over the coordinates."""
    total = 0.0
    for k in range(x.shape[0]):
        share = error[k] / (1.0 + abs(x[k]))
        total += share * share
    return total / x.shape[0]


@kernel
def finite(x, v):
    """Return whether every coordinate is a finite number."""
    total = 0.0
    for k in range(x.shape[0]):
        total += x[k] + v[k]
    return total - total == 0.0


@kernel
def least_scale(rule, out_snap, out_crackle, a, j, a_new, j_new, h):
    """Return the least squared time scale of a body at the end of a step by ``rule`` (see `step_rules`)."""
    most = 0.0
    for k in range(a.shape[0]):
        out_snap[k], out_crackle[k] = derivatives(a[k], j[k], a_new[k], j_new[k], h)
    for k in range(0, a.shape[0], 3):
        most = max(most, square(a_new, k))
    least = math.inf
    for k in range(0, a.shape[0], 3):
        scale2 = body_scale(rule, square(a_new, k), square(j_new, k), square(out_snap, k), square(out_crackle, k), most)
        least = min(least, scale2)
    return least


@kernel
def square(a, k):
    """Return the squared length of the vector that begins at ``k``."""
    return a[k] * a[k] + a[k + 1] * a[k + 1] + a[k + 2] * a[k + 2]


@kernel
def load(values):
    """Return an array of a caller as these functions take it."""
    return values


@kernel
def load_masses(values):
    """Return the masses as these functions take them."""
    return values


@kernel
def store(out, x):
    """Write ``x`` into an array of a caller."""
    for k in range(x.shape[0]):
        out[k] = x[k]


FUNCTIONS = {
    "attract": attract,
    "attract_and_jerk": attract_and_jerk,
    "pair_rate": pair_rate,
    "kinetic_energy": kinetic_energy,
    "binding_energy": binding_energy,
    "shift": shift,
    "scale": scale,
    "blend": blend,
    "keep": keep,
    "predict_all": predict_all,
    "correct_all": correct_all,
    "mean_square": mean_square,
    "finite": finite,
    "least_scale": least_scale,
    "load": load,
    "load_masses": load_masses,
    "store": store,
}


def bind(kernel: Any) -> Any:
    """Return a kernel that was written with the functions of `planar`, such as a scheme's step, with those from here.

    Its ``memory`` before ``begin`` is that of `blank`, whose arrays it fills.
    """
    return specialise(kernel, FUNCTIONS)


def blank(bodies: int) -> tuple[tuple[np.ndarray, np.ndarray, float], tuple[np.ndarray, ...]]:
    """Return ``memory`` and ``scratch`` for so many bodies, as `planar.BLANK` and `planar.SCRATCH` are for three."""
    size = 3 * bodies
    return (np.zeros(size), np.zeros(size), 0.0), tuple(np.zeros(size) for _ in SCRATCH)
