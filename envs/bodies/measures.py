"""Numbers that tell how three bodies in a plane stand, and how large an error is; bodies are tuples as in `planar`.

A body without mass belongs to no pair and is not measured.
"""

from __future__ import annotations

import math

from ..core import kernel

#: Errors count as at least and at most this.
LEAST_ERROR, MOST_ERROR = 1e-15, 1e10
#: The C library's log10 takes three times as long as its log.
LOG10_E = 0.4342944819032518
#: Logarithms are kept within minus and plus this.
BOUND = 20.0


@kernel
def bounded_error(error):
    """Return the size of an error, at most `MOST_ERROR`, also of one that is not a number."""
    size = abs(error)
    return size if size < MOST_ERROR else MOST_ERROR


@kernel
def excess(error, allowed):
    """Return by how many decades an error exceeds what is allowed."""
    return math.log(error / allowed) * LOG10_E if error > allowed else 0.0


@kernel
def logarithm(value):
    """Return the logarithm within the bounds of the observation."""
    value = value if value > 1e-300 else 1e-300  # also one that is not a number
    return min(max(math.log(value) * LOG10_E, -BOUND), BOUND)


@kernel
def nearest(m, x, v):
    """Return the squared distance and relative speed of the nearest pair with mass, and the cosine between them."""
    m1, m2, m3 = m
    square, speed, product = pair(m1 * m2, x[2] - x[0], x[3] - x[1], v[2] - v[0], v[3] - v[1])
    square13, speed13, product13 = pair(m1 * m3, x[4] - x[0], x[5] - x[1], v[4] - v[0], v[5] - v[1])
    square23, speed23, product23 = pair(m2 * m3, x[4] - x[2], x[5] - x[3], v[4] - v[2], v[5] - v[3])
    if square13 < square:
        square, speed, product = square13, speed13, product13
    if square23 < square:
        square, speed, product = square23, speed23, product23
    size = math.sqrt(square * speed)
    cosine = product / size if size > 0.0 else 0.0
    return square, speed, min(cosine, 1.0) if cosine >= -1.0 else -1.0  # -1 also where numbers overflowed


@kernel
def pair(mass, dx, dy, du, dw):
    """Return squared distance, squared speed and their scalar product; an infinite distance if ``mass`` is 0."""
    return dx * dx + dy * dy if mass > 0.0 else math.inf, du * du + dw * dw, dx * du + dy * dw


@kernel
def longest(m, values):
    """Return the largest squared length of a vector of a body with mass."""
    a, b, c = (
        of_mass(m[0], values[0], values[1]),
        of_mass(m[1], values[2], values[3]),
        of_mass(m[2], values[4], values[5]),
    )
    return max(max(a, b), c)


@kernel
def of_mass(mass, dx, dy):
    """Return the squared length of a vector, 0 for a body without mass."""
    return dx * dx + dy * dy if mass > 0.0 else 0.0


@kernel
def farthest(m, x, goal):
    """Return the largest distance of a body with mass from its goal."""
    off = (x[0] - goal[0], x[1] - goal[1], x[2] - goal[2], x[3] - goal[3], x[4] - goal[4], x[5] - goal[5])
    return math.sqrt(longest(m, off))
