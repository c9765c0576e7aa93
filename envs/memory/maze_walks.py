"""Uniform random play in a corridor with two arms at its end, step by step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def uniform_walk(junction: int, column: int, steps: int) -> Iterator[np.ndarray]:
    """Yield where uniform play is before each of ``steps`` steps: float64 (junction + 1,), without what has ended.

    A step goes right, left, up or down with probability 1/4 each; walls are bumped into, and at the last column, the
    junction, up and down lead into the arms, where the walk ends. It begins in ``column`` (counted from 0).
    """
    here = np.zeros(junction + 1)
    here[column] = 1.0
    for _ in range(steps):
        yield here
        moved = 0.5 * here
        moved[0] += 0.25 * here[0]
        moved[-1] -= 0.25 * here[-1]
        moved[1:] += 0.25 * here[:-1]
        moved[:-1] += 0.25 * here[1:]
        here = moved
