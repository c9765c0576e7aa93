"""Numbers that tell how three bodies in a plane stand, and how large an error is; bodies are tuples as in `planar`.

A body without mass belongs to no pair and is not measured.
"""

from __future__ import annotations

import math

from ..core import kernel

#: Errors count as at least and at most this.
LEAST_ERROR, MOST_ERROR = 1e-15, 1e10
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
    return max(0.0, math.log10(max(error, LEAST_ERROR) / allowed))


@kernel
def logarithm(value):
    """Return the logarithm within the bounds of the observation."""
    if not value > 1e-300:
        return -BOUND
    return min(max(math.log10(value), -BOUND), BOUND)


@kernel
def nearest(m, x, v):
    """Return the squared distance and relative speed of the nearest pair with mass, and the cosine between them."""
    square, speed, product = math.inf, 0.0, 0.0
    for first in range(2):
        for second in range(first + 1, 3):
            dx, dy = x[2 * second] - x[2 * first], x[2 * second + 1] - x[2 * first + 1]
            du, dw = v[2 * second] - v[2 * first], v[2 * second + 1] - v[2 * first + 1]
            if m[first] * m[second] > 0.0 and dx * dx + dy * dy < square:
                square, speed, product = dx * dx + dy * dy, du * du + dw * dw, dx * du + dy * dw
    size = math.sqrt(square) * math.sqrt(speed)
    return square, speed, min(max(product / size, -1.0), 1.0) if size > 0.0 else 0.0


@kernel
def longest(m, values):
    """Return the largest squared length of a vector of a body with mass."""
    most = 0.0
    for body in range(3):
        if m[body] > 0.0:
            most = max(most, values[2 * body] * values[2 * body] + values[2 * body + 1] * values[2 * body + 1])
    return most


@kernel
def farthest(m, x, goal):
    """Return the largest distance of a body with mass from its goal."""
    most = 0.0
    for body in range(3):
        if m[body] > 0.0:
            dx, dy = x[2 * body] - goal[2 * body], x[2 * body + 1] - goal[2 * body + 1]
            most = max(most, dx * dx + dy * dy)
    return math.sqrt(most)
