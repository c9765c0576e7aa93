"""Random linear systems: laws of the shift of the diagonal, right-hand sides, and named sets of seeds."""

from __future__ import annotations

import math

from ..core.kernel import kernel
from ..core.streams import normal, uniform
from .rows import LAWS

HIGH, LOW, DRIFT = range(len(LAWS))
#: The shift is ``least_shift`` plus this times a number in [0, 1]; its context is declared on a wider interval, as in
#: the published experiments.
WIDTH, CONTEXT_WIDTH = 0.6, 0.8
PERIOD = 1_000  # steps of the drift

#: Seeds by name. Lane ``i`` of an environment seeded ``s`` has the systems of seed ``s + i``: the sets have none in
#: common.
SEEDS = {"train": range(0, 10_000), "validation": range(10_000, 20_000), "test": range(20_000, 30_000)}


@kernel
def draw_share(law, stream, i, step):
    """Return a number in [0, 1] by ``law``: Beta(1/2, 3/2), Beta(2, 6), or a wave of the time ``step``."""
    if law == HIGH:
        while True:  # the squared sine of an angle of density cos^2, by rejection from a uniform one
            angle = 0.5 * math.pi * uniform(stream, i)
            cosine = math.cos(angle)
            if uniform(stream, i) < cosine * cosine:
                sine = math.sin(angle)
                return sine * sine
    if law == LOW:  # the second smallest of seven uniform numbers
        least, second = 1.0, 1.0
        for _ in range(7):
            u = uniform(stream, i)
            if u < least:
                second = least
                least = u
            elif u < second:
                second = u
        return second
    return 0.5 - 0.5 * math.cos(2.0 * math.pi * step / PERIOD)


@kernel
def draw_right(b, stream, i, grid):
    """Write a right-hand side: standard normal numbers, drawn again until their norm is at most ``grid``, which is the
    square root of their number.
    """
    total = math.inf
    while total > grid * grid:
        total = 0.0
        for row in range(1, grid + 1):
            for column in range(1, grid + 1):
                value = normal(stream, i)
                b[i, row, column] = value
                total += value * value
