"""Three bodies in a plane: gravity and the arithmetic of vectors, unrolled.

Bodies are tuples of numbers, which the compiler keeps in registers: masses ``m = (m1, m2, m3)``, positions
``x = (x1, y1, x2, y2, x3, y3)``, and in the same order velocities ``v``, accelerations ``a`` and jerks ``j`` (the time
derivatives of the accelerations). Units are any in which the gravitational constant is 1. A ``softening`` e replaces
every distance r by sqrt(r^2 + e^2); with 0 a point where two bodies coincide is not handled.

`spatial` has functions of the same names and arguments for any number of bodies in space, whose vectors are arrays.
There every function writes its result into the array ``out`` that it is given, and returns it; here ``out`` is ignored.
`schemes` are written once in terms of these functions, and are bound to either.
"""

from __future__ import annotations

import math

from ..core import kernel
from .hermite_formulas import correct, predict
from .step_rules import body_scale, derivatives

ZERO = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
#: What a step has for ``memory`` before `Scheme.begin` and for ``scratch`` at any time.
BLANK = (ZERO, ZERO, 0.0)
SCRATCH = (0.0,) * 16


@kernel
def gravity(m, x, v, softening):
    """Return accelerations, jerks and the squared rate ``tau**-2`` of the system.

    The time scale of a pair at distance r with relative speed u is the smaller of r/u and sqrt(r^3 / (m_i + m_j)), and
    ``tau`` is the smallest of all pairs. Squared rates need no further root.
    """
    m1, m2, m3 = m
    x1, y1, x2, y2, x3, y3 = x
    u1, w1, u2, w2, u3, w3 = v
    # pairs: a is 1-2, b is 1-3, c is 2-3
    ax, ay, au, aw = x2 - x1, y2 - y1, u2 - u1, w2 - w1
    bx, by, bu, bw = x3 - x1, y3 - y1, u3 - u1, w3 - w1
    cx, cy, cu, cw = x3 - x2, y3 - y2, u3 - u2, w3 - w2
    soft = softening * softening
    a2 = 1.0 / (ax * ax + ay * ay + soft)
    b2 = 1.0 / (bx * bx + by * by + soft)
    c2 = 1.0 / (cx * cx + cy * cy + soft)
    a3, b3, c3 = a2 * math.sqrt(a2), b2 * math.sqrt(b2), c2 * math.sqrt(c2)
    a_approach = 3.0 * (ax * au + ay * aw) * a2
    b_approach = 3.0 * (bx * bu + by * bw) * b2
    c_approach = 3.0 * (cx * cu + cy * cw) * c2

    a_crossing, a_orbit = (au * au + aw * aw) * a2, (m1 + m2) * a3
    b_crossing, b_orbit = (bu * bu + bw * bw) * b2, (m1 + m3) * b3
    c_crossing, c_orbit = (cu * cu + cw * cw) * c2, (m2 + m3) * c3
    rate = max(max(max(a_crossing, a_orbit), max(b_crossing, b_orbit)), max(c_crossing, c_orbit))

    # attraction and its time derivative, both for a unit mass
    ax, ay, bx, by, cx, cy = ax * a3, ay * a3, bx * b3, by * b3, cx * c3, cy * c3
    au, aw = au * a3 - a_approach * ax, aw * a3 - a_approach * ay
    bu, bw = bu * b3 - b_approach * bx, bw * b3 - b_approach * by
    cu, cw = cu * c3 - c_approach * cx, cw * c3 - c_approach * cy
    accelerations = (
        m2 * ax + m3 * bx,
        m2 * ay + m3 * by,
        m3 * cx - m1 * ax,
        m3 * cy - m1 * ay,
        -m1 * bx - m2 * cx,
        -m1 * by - m2 * cy,
    )
    jerks = (
        m2 * au + m3 * bu,
        m2 * aw + m3 * bw,
        m3 * cu - m1 * au,
        m3 * cw - m1 * aw,
        -m1 * bu - m2 * cu,
        -m1 * bw - m2 * cw,
    )
    return accelerations, jerks, rate


@kernel
def attract(out, m, x, softening):
    """Return the accelerations."""
    m1, m2, m3 = m
    x1, y1, x2, y2, x3, y3 = x
    ax, ay, bx, by, cx, cy = x2 - x1, y2 - y1, x3 - x1, y3 - y1, x3 - x2, y3 - y2
    soft = softening * softening
    a2 = ax * ax + ay * ay + soft
    b2 = bx * bx + by * by + soft
    c2 = cx * cx + cy * cy + soft
    a3, b3, c3 = 1.0 / (a2 * math.sqrt(a2)), 1.0 / (b2 * math.sqrt(b2)), 1.0 / (c2 * math.sqrt(c2))
    ax, ay, bx, by, cx, cy = ax * a3, ay * a3, bx * b3, by * b3, cx * c3, cy * c3
    return (
        m2 * ax + m3 * bx,
        m2 * ay + m3 * by,
        m3 * cx - m1 * ax,
        m3 * cy - m1 * ay,
        -m1 * bx - m2 * cx,
        -m1 * by - m2 * cy,
    )


@kernel
def attract_and_jerk(out, out_jerk, m, x, v, softening):
    """Return accelerations and jerks."""
    a, j, _ = gravity(m, x, v, softening)
    return a, j


@kernel
def pair_rate(m, x, v, softening):
    """Return the squared rate ``tau**-2`` of `gravity`."""
    return gravity(m, x, v, softening)[2]


@kernel
def kinetic_energy(m, v):
    """Return the kinetic energy."""
    m1, m2, m3 = m
    u1, w1, u2, w2, u3, w3 = v
    return 0.5 * (m1 * (u1 * u1 + w1 * w1) + m2 * (u2 * u2 + w2 * w2) + m3 * (u3 * u3 + w3 * w3))


@kernel
def pair_energies(m, x, softening):
    """Return the binding energies of the pairs 1-2, 1-3 and 2-3, positive numbers."""
    m1, m2, m3 = m
    x1, y1, x2, y2, x3, y3 = x
    soft = softening * softening
    r12 = math.sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1) + soft)
    r13 = math.sqrt((x3 - x1) * (x3 - x1) + (y3 - y1) * (y3 - y1) + soft)
    r23 = math.sqrt((x3 - x2) * (x3 - x2) + (y3 - y2) * (y3 - y2) + soft)
    return m1 * m2 / r12, m1 * m3 / r13, m2 * m3 / r23


@kernel
def binding_energy(m, x, softening):
    """Return minus the potential energy, a positive number."""
    e12, e13, e23 = pair_energies(m, x, softening)
    return e12 + e13 + e23


@kernel
def energy(m, x, v, softening):
    """Return kinetic plus potential energy."""
    e12, e13, e23 = pair_energies(m, x, softening)
    return kinetic_energy(m, v) - e12 - e13 - e23


@kernel
def angular_momentum(m, x, v):
    """Return the angular momentum about the origin, counted anticlockwise."""
    m1, m2, m3 = m
    x1, y1, x2, y2, x3, y3 = x
    u1, w1, u2, w2, u3, w3 = v
    return m1 * (x1 * w1 - y1 * u1) + m2 * (x2 * w2 - y2 * u2) + m3 * (x3 * w3 - y3 * u3)


# Vectors --------------------------------------------------------------------------------------------------------------


@kernel
def shift(out, x, h, v):
    """Return ``x + h * v``."""
    return (
        x[0] + h * v[0],
        x[1] + h * v[1],
        x[2] + h * v[2],
        x[3] + h * v[3],
        x[4] + h * v[4],
        x[5] + h * v[5],
    )


@kernel
def scale(out, h, v):
    """Return ``h * v``."""
    return h * v[0], h * v[1], h * v[2], h * v[3], h * v[4], h * v[5]


@kernel
def blend(out, x, h, w1, k1, w2, k2, w3, k3, w4, k4, w5, k5):
    """Return ``x + h * (w1 * k1 + ... + w5 * k5)``."""
    return (
        x[0] + h * (w1 * k1[0] + w2 * k2[0] + w3 * k3[0] + w4 * k4[0] + w5 * k5[0]),
        x[1] + h * (w1 * k1[1] + w2 * k2[1] + w3 * k3[1] + w4 * k4[1] + w5 * k5[1]),
        x[2] + h * (w1 * k1[2] + w2 * k2[2] + w3 * k3[2] + w4 * k4[2] + w5 * k5[2]),
        x[3] + h * (w1 * k1[3] + w2 * k2[3] + w3 * k3[3] + w4 * k4[3] + w5 * k5[3]),
        x[4] + h * (w1 * k1[4] + w2 * k2[4] + w3 * k3[4] + w4 * k4[4] + w5 * k5[4]),
        x[5] + h * (w1 * k1[5] + w2 * k2[5] + w3 * k3[5] + w4 * k4[5] + w5 * k5[5]),
    )


@kernel
def keep(out, x):
    """Return ``x`` as it is now."""
    return x


@kernel
def predict_all(out, out_velocity, x, v, a, j, h):
    """Return positions and velocities after time ``h`` by `predict`."""
    x1, u1 = predict(x[0], v[0], a[0], j[0], h)
    y1, w1 = predict(x[1], v[1], a[1], j[1], h)
    x2, u2 = predict(x[2], v[2], a[2], j[2], h)
    y2, w2 = predict(x[3], v[3], a[3], j[3], h)
    x3, u3 = predict(x[4], v[4], a[4], j[4], h)
    y3, w3 = predict(x[5], v[5], a[5], j[5], h)
    return (x1, y1, x2, y2, x3, y3), (u1, w1, u2, w2, u3, w3)


@kernel
def correct_all(out, out_velocity, x, v, a, j, a_new, j_new, h):
    """Return positions and velocities after time ``h`` by `correct`."""
    x1, u1 = correct(x[0], v[0], a[0], j[0], a_new[0], j_new[0], h)
    y1, w1 = correct(x[1], v[1], a[1], j[1], a_new[1], j_new[1], h)
    x2, u2 = correct(x[2], v[2], a[2], j[2], a_new[2], j_new[2], h)
    y2, w2 = correct(x[3], v[3], a[3], j[3], a_new[3], j_new[3], h)
    x3, u3 = correct(x[4], v[4], a[4], j[4], a_new[4], j_new[4], h)
    y3, w3 = correct(x[5], v[5], a[5], j[5], a_new[5], j_new[5], h)
    return (x1, y1, x2, y2, x3, y3), (u1, w1, u2, w2, u3, w3)


@kernel
def mean_square(error, x):
    """Return the mean square of ``error / (1 + abs(x))`` over the coordinates."""
    e1, e2, e3 = error[0] / (1.0 + abs(x[0])), error[1] / (1.0 + abs(x[1])), error[2] / (1.0 + abs(x[2]))
    e4, e5, e6 = error[3] / (1.0 + abs(x[3])), error[4] / (1.0 + abs(x[4])), error[5] / (1.0 + abs(x[5]))
    return (e1 * e1 + e2 * e2 + e3 * e3 + e4 * e4 + e5 * e5 + e6 * e6) / 6.0


@kernel
def finite(x, v):
    """Return whether every coordinate is a finite number."""
    total = x[0] + x[1] + x[2] + x[3] + x[4] + x[5] + v[0] + v[1] + v[2] + v[3] + v[4] + v[5]
    return total - total == 0.0


@kernel
def least_scale(rule, out_snap, out_crackle, a, j, a_new, j_new, h):
    """Return the least squared time scale of a body at the end of a step by ``rule`` (see `step_rules`)."""
    s1, c1 = derivatives(a[0], j[0], a_new[0], j_new[0], h)
    s2, c2 = derivatives(a[1], j[1], a_new[1], j_new[1], h)
    s3, c3 = derivatives(a[2], j[2], a_new[2], j_new[2], h)
    s4, c4 = derivatives(a[3], j[3], a_new[3], j_new[3], h)
    s5, c5 = derivatives(a[4], j[4], a_new[4], j_new[4], h)
    s6, c6 = derivatives(a[5], j[5], a_new[5], j_new[5], h)
    a, j, s, c = a_new, j_new, (s1, s2, s3, s4, s5, s6), (c1, c2, c3, c4, c5, c6)
    most = max(max(square(a, 0), square(a, 2)), square(a, 4))
    first = body_scale(rule, square(a, 0), square(j, 0), square(s, 0), square(c, 0), most)
    second = body_scale(rule, square(a, 2), square(j, 2), square(s, 2), square(c, 2), most)
    third = body_scale(rule, square(a, 4), square(j, 4), square(s, 4), square(c, 4), most)
    return min(min(first, second), third)


@kernel
def square(a, k):
    """Return the squared length of the vector that begins at ``k``."""
    return a[k] * a[k] + a[k + 1] * a[k + 1]


@kernel
def load(values):
    """Return an array of a caller as these functions take it: six coordinates."""
    return (
        float(values[0]),
        float(values[1]),
        float(values[2]),
        float(values[3]),
        float(values[4]),
        float(values[5]),
    )


@kernel
def load_masses(values):
    """Return the masses as these functions take them."""
    return float(values[0]), float(values[1]), float(values[2])


@kernel
def store(out, x):
    """Write ``x`` into an array of a caller."""
    for k in range(6):
        out[k] = x[k]
