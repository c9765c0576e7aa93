"""Three bodies in a plane: gravity, energy and the fourth-order Hermite integrator in PEC form.

Bodies are tuples of numbers, which the compiler keeps in registers: masses ``m = (m1, m2, m3)``, positions
``x = (x1, y1, x2, y2, x3, y3)``, and in the same order velocities ``v``, accelerations ``a`` and jerks ``j`` (the time
derivatives of the accelerations). Units are any in which the gravitational constant is 1.

A PEC step predicts positions and velocities with a Taylor series, evaluates acceleration and jerk there once, and
corrects with the fourth-order Hermite formula; the accelerations at the predicted place serve the next step. A point
where two bodies coincide is not handled.

Sources: Makino and Aarseth, "On a Hermite integrator with Ahmad-Cohen scheme for gravitational many-body problems",
PASJ 44, 1992; Hut, Makino and McMillan, "Building a better leapfrog", ApJ 443, 1995 (the form of the corrector).
"""

from __future__ import annotations

import math

from ..core import kernel


@kernel
def gravity(m, x, v):
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
    a2 = 1.0 / (ax * ax + ay * ay)
    b2 = 1.0 / (bx * bx + by * by)
    c2 = 1.0 / (cx * cx + cy * cy)
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
def predict(x, v, a, j, h):
    """Return one coordinate and its velocity after time ``h`` by the Taylor series up to the jerk ``j``."""
    half = 0.5 * h
    third = h * (1.0 / 3.0)
    return x + h * (v + half * (a + third * j)), v + h * (a + half * j)


@kernel
def correct(x, v, a, j, a_new, j_new, h):
    """Return one coordinate and its velocity after time ``h`` by the Hermite formula through both ends."""
    half = 0.5 * h
    twelfth = h * h * (1.0 / 12.0)
    v_new = v + half * (a + a_new) + twelfth * (j - j_new)
    return x + half * (v + v_new) + twelfth * (a - a_new), v_new


@kernel
def pec_step(m, x, v, a, j, h):
    """Advance by time ``h`` and return positions, velocities, accelerations, jerks and `gravity`'s squared rate."""
    x1, u1 = predict(x[0], v[0], a[0], j[0], h)
    y1, w1 = predict(x[1], v[1], a[1], j[1], h)
    x2, u2 = predict(x[2], v[2], a[2], j[2], h)
    y2, w2 = predict(x[3], v[3], a[3], j[3], h)
    x3, u3 = predict(x[4], v[4], a[4], j[4], h)
    y3, w3 = predict(x[5], v[5], a[5], j[5], h)
    a_new, j_new, rate = gravity(m, (x1, y1, x2, y2, x3, y3), (u1, w1, u2, w2, u3, w3))
    x1, u1 = correct(x[0], v[0], a[0], j[0], a_new[0], j_new[0], h)
    y1, w1 = correct(x[1], v[1], a[1], j[1], a_new[1], j_new[1], h)
    x2, u2 = correct(x[2], v[2], a[2], j[2], a_new[2], j_new[2], h)
    y2, w2 = correct(x[3], v[3], a[3], j[3], a_new[3], j_new[3], h)
    x3, u3 = correct(x[4], v[4], a[4], j[4], a_new[4], j_new[4], h)
    y3, w3 = correct(x[5], v[5], a[5], j[5], a_new[5], j_new[5], h)
    return (x1, y1, x2, y2, x3, y3), (u1, w1, u2, w2, u3, w3), a_new, j_new, rate


@kernel
def advance(m, x, v, mu, duration, limit):
    """Integrate for ``duration`` with steps of ``mu * tau``; return positions, velocities, steps and the time reached.

    The last step is cut to end on time. After ``limit`` steps the integration stops where it is, at an earlier time.
    """
    a, j, rate = gravity(m, x, v)
    time = 0.0
    steps = 0
    while time < duration and steps < limit:
        h = mu / math.sqrt(rate)
        if time + h < duration:
            time += h
        else:
            h = duration - time
            time = duration
        x, v, a, j, rate = pec_step(m, x, v, a, j, h)
        steps += 1
    return x, v, steps, time


@kernel
def energy(m, x, v):
    """Return kinetic plus potential energy."""
    m1, m2, m3 = m
    x1, y1, x2, y2, x3, y3 = x
    u1, w1, u2, w2, u3, w3 = v
    kinetic = 0.5 * (m1 * (u1 * u1 + w1 * w1) + m2 * (u2 * u2 + w2 * w2) + m3 * (u3 * u3 + w3 * w3))
    r12 = math.sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1))
    r13 = math.sqrt((x3 - x1) * (x3 - x1) + (y3 - y1) * (y3 - y1))
    r23 = math.sqrt((x3 - x2) * (x3 - x2) + (y3 - y2) * (y3 - y2))
    return kinetic - m1 * m2 / r12 - m1 * m3 / r13 - m2 * m3 / r23


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
