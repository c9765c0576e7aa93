"""IAS15: a Gauss-Radau integrator of order 15 that chooses its steps to the precision of the machine.

Within a step the acceleration is ``a(t + h dt) = a + b0 h + b1 h^2 + ... + b6 h^7`` with h from 0 to 1. The b are found
by sweeping over the seven nodes until they stand still; those of the next step are extrapolated from them. Positions
and velocities are summed with compensation for rounding.

Two rules choose the step. ``prs``, that of Pham, Rein and Spiegel, takes the time scale of `step_rules` (with its
guard) at the end of the step times ``(5040 epsilon)^(1/7)``. ``global``, that of Rein and Spiegel, takes
``(epsilon max|a| / max|b6|)^(1/7)`` times the step. A step that should have been less than a quarter as long is taken
again.

Vectors are arrays: (3 * bodies,), or (6,) for three bodies in a plane (`IN_PLANE`).

Sources: Everhart, "An efficient integrator that uses Gauss-Radau spacings", 1985; Rein and Spiegel, MNRAS 446, 2015;
Pham, Rein and Spiegel, Open J. Astrophysics 7, 2024.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..core import kernel
from .march import FINISHED, LIMIT, NEARLY, NOT_FINITE, STALLED
from .planar import ZERO, load
from .planar import attract as attract_in_plane
from .planar import load_masses as load_masses_in_plane
from .planar import pair_rate as pair_rate_in_plane
from .planar import store as store_in_plane
from .spatial import attract, finite, load_masses, pair_rate, store
from .step_rules import prs_scale

#: Numbers a body; bound to 2 for bodies in a plane.
DIMENSION = 3
NODES = (
    0.0562625605369221464656521910318,
    0.180240691736892364987579942780,
    0.352624717113169637373907769648,
    0.547153626330555383001448554766,
    0.734210177215410531523210605558,
    0.885320946839095768090359771030,
    0.977520613561287501891174488626,
)
MOST_SWEEPS = 12
REJECTION, GROWTH, FORGET = 0.25, 4.0, 20.0


def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the coefficients between powers and Newton's polynomials, and the reciprocals of differences of nodes.

    ``prod_(i <= k) (h - h_i) = sum_j to_powers[k, j] h^j`` and ``h^j = sum_k to_newton[j, k] prod_(i <= k) (h - h_i)``.
    """
    to_powers, to_newton, reciprocals = np.eye(7), np.eye(7), np.zeros((7, 7))
    for k in range(6):
        for j in range(k + 1):
            to_powers[k + 1, j] = (to_powers[k, j - 1] if j > 0 else 0.0) - NODES[k] * to_powers[k, j]
            to_newton[k + 1, j] = (to_newton[k, j - 1] if j > 0 else 0.0) + NODES[j] * to_newton[k, j]
    for n in range(7):
        for q in range(n):
            reciprocals[n, q] = 1.0 / (NODES[n] - NODES[q])
    return to_powers, to_newton, reciprocals


TO_POWERS, TO_NEWTON, RECIPROCALS = _tables()
BINOMIALS = np.array([[float(math.comb(k + 1, j + 1)) for k in range(7)] for j in range(7)])


class Work(NamedTuple):
    """What a run keeps: the coefficients b, their prediction e and Newton's g (7, size), and vectors (size,)."""

    b: np.ndarray
    e: np.ndarray
    g: np.ndarray
    start: np.ndarray
    at: np.ndarray
    place: np.ndarray
    x_rest: np.ndarray
    v_rest: np.ndarray


def allocate(size: int) -> Work:
    """Return the memory of a run with vectors of ``size``."""
    return Work(*(np.zeros((7, size)) for _ in range(3)), *(np.zeros(size) for _ in range(5)))


@kernel
def sweep(m, x, v, w, dt, softening):
    """Evaluate at all nodes and update b; return the largest change of b6 over the largest acceleration."""
    change, most = 0.0, 0.0
    for n in range(7):
        h = NODES[n]
        for k in range(length(x)):
            tail = w.b[3, k] * (1.0 / 30.0) + h * (
                w.b[4, k] * (1.0 / 42.0) + h * (w.b[5, k] * (1.0 / 56.0) + h * w.b[6, k] * (1.0 / 72.0))
            )
            head = w.b[0, k] * (1.0 / 6.0) + h * (w.b[1, k] * (1.0 / 12.0) + h * (w.b[2, k] * (1.0 / 20.0) + h * tail))
            moved = dt * h * (v[k] + dt * h * (0.5 * w.start[k] + h * head))
            w.place[k] = x[k] + (w.x_rest[k] + moved)
        attract(w.at, m, w.place, softening)
        for k in range(length(x)):
            newton = (w.at[k] - w.start[k]) / h
            for q in range(n):
                newton = (newton - w.g[q, k]) * RECIPROCALS[n, q]
            difference = newton - w.g[n, k]
            w.g[n, k] = newton
            for j in range(n + 1):
                w.b[j, k] += difference * TO_POWERS[n, j]
            if n == 6:
                change = max(change, abs(difference))
                most = max(most, abs(w.at[k]))
    return change / most


@kernel
def converge(m, x, v, w, dt, softening):
    """Sweep until b stands still and return the number of sweeps."""
    for k in range(length(x)):
        for n in range(7):
            w.g[n, k] = 0.0
            for j in range(n, 7):
                w.g[n, k] += w.b[j, k] * TO_NEWTON[j, n]
    last = math.inf
    for count in range(MOST_SWEEPS):
        change = sweep(m, x, v, w, dt, softening)
        if change < 1e-16 or (count >= 2 and change >= last):
            return count + 1
        last = change
    return MOST_SWEEPS


@kernel
def proposed(w, by_b6, epsilon, size):
    """Return the next step as a multiple of this one."""
    if by_b6:
        most, highest = 0.0, 0.0
        for k in range(size):
            most = max(most, abs(w.at[k]))
            highest = max(highest, abs(w.b[6, k]))
        return math.pow(epsilon * most / highest, 1.0 / 7.0) if highest > 0.0 else math.inf
    largest = 0.0
    for body in range(0, size, DIMENSION):
        largest = max(largest, final_squares(w, body)[0])
    least = math.inf
    for body in range(0, size, DIMENSION):
        a, j, s = final_squares(w, body)
        least = min(least, prs_scale(a, j, s, largest))
    return math.sqrt(least) * math.pow(5040.0 * epsilon, 1.0 / 7.0)


@kernel
def final_squares(w, body):
    """Return the squared acceleration, jerk and snap, the step being the unit of time, at the end of the step."""
    a2, j2, s2 = 0.0, 0.0, 0.0
    for k in range(body, body + DIMENSION):
        a, j, s = w.start[k], 0.0, 0.0
        for n in range(7):
            a += w.b[n, k]
            j += (n + 1) * w.b[n, k]
            s += (n + 1) * n * w.b[n, k]
        a2, j2, s2 = a2 + a * a, j2 + j * j, s2 + s * s
    return a2, j2, s2


@kernel
def finish(x, v, w, dt):
    """Move to the end of the step."""
    for k in range(length(x)):
        b = w.b
        place = 0.5 * w.start[k] + (b[0, k] / 6.0 + b[1, k] / 12.0 + b[2, k] / 20.0 + b[3, k] / 30.0)
        place += b[4, k] / 42.0 + b[5, k] / 56.0 + b[6, k] / 72.0
        speed = w.start[k] + (b[0, k] / 2.0 + b[1, k] / 3.0 + b[2, k] / 4.0 + b[3, k] / 5.0)
        speed += b[4, k] / 6.0 + b[5, k] / 7.0 + b[6, k] / 8.0
        moved = dt * v[k] + (dt * (dt * place + w.v_rest[k]) + w.x_rest[k])
        total = x[k] + moved
        w.x_rest[k] = moved - (total - x[k])
        x[k] = total
        moved = dt * speed + w.v_rest[k]
        total = v[k] + moved
        w.v_rest[k] = moved - (total - v[k])
        v[k] = total


@kernel
def extrapolate(w, ratio, size):
    """Predict b for a next step ``ratio`` times as long, corrected by the error of the last prediction."""
    for k in range(size):
        power = 1.0
        for j in range(7):
            power *= ratio
            value = 0.0
            for n in range(j, 7):
                value += BINOMIALS[j, n] * w.b[n, k]
            value = value * power if ratio <= FORGET else 0.0
            # b of higher j is not yet overwritten
            correction = w.b[j, k] - w.e[j, k] if ratio <= FORGET else 0.0
            w.e[j, k] = value
            w.b[j, k] = value + correction


@kernel
def shorten(w, ratio, size):
    """Take b and e, which describe a step, for the first part of it."""
    for k in range(size):
        power = 1.0
        for j in range(7):
            power *= ratio
            w.b[j, k] *= power
            w.e[j, k] *= power


@kernel
def length(x):
    """Return the number of coordinates."""
    return x.shape[0]


def run(m, x, v, w, kept, times, by_b6, epsilon, softening, limit, positions, velocities, counts):
    """Write the states at ``times`` into the rows of ``positions`` and ``velocities``, as `march.march` does.

    ``x`` and ``v`` are left in the last state; ``kept`` are two vectors for the state before a step.
    """
    m = load_masses(m)
    size = length(x)
    time, reason = 0.0, FINISHED
    h = 0.01 / math.sqrt(pair_rate(m, x, v, softening))
    for row in range(times.shape[0]):
        while time < times[row] and reason == FINISHED:
            remaining = times[row] - time
            clipped = h >= remaining * NEARLY
            used = remaining if clipped else h
            if counts[0] + counts[1] >= limit:
                reason = LIMIT
                break
            if not time + used > time:
                reason = STALLED
                break
            attract(w.start, m, x, softening)
            counts[2] += 1 + 7 * converge(m, x, v, w, used, softening)
            ratio = proposed(w, by_b6, epsilon, size)
            if ratio < REJECTION:
                shorten(w, ratio, size)
                h = used * ratio
                counts[1] += 1
                continue
            store(kept[0], x)
            store(kept[1], v)
            finish(x, v, w, used)
            if not finite(x, v):
                store(x, kept[0])
                store(v, kept[1])
                reason = NOT_FINITE
                break
            counts[0] += 1
            time = times[row] if clipped else time + used
            if not clipped:
                h = used * min(ratio, GROWTH)
            extrapolate(w, h / used, size)
        store(positions[row], x)
        store(velocities[row], v)
        if reason != FINISHED:
            return reason, time
        counts[3] += 1
    return reason, time


# Three bodies in a plane ----------------------------------------------------------------------------------------------


@kernel
def attract_three(out, m, x, softening):
    """Return the accelerations."""
    store_in_plane(out, attract_in_plane(ZERO, m, load(x), softening))
    return out


@kernel
def pair_rate_of_three(m, x, v, softening):
    """Return the squared rate ``tau**-2``."""
    return pair_rate_in_plane(m, load(x), load(v), softening)


@kernel
def length_of_three(x):
    """Return the number of coordinates, a constant."""
    return 6


IN_PLANE = {
    "DIMENSION": 2,
    "attract": attract_three,
    "pair_rate": pair_rate_of_three,
    "length": length_of_three,
    "load_masses": load_masses_in_plane,
}
