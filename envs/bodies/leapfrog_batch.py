"""The leapfrog on many systems of three bodies in a plane at once.

The innermost loop runs over the systems, so that the processor takes several in one instruction; blocks of systems that
stay in its cache take all their steps before the next block begins.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import kernel
from ..core.fusing import fuse
from .planar import ZERO, attract

#: Systems that take their steps together: 12 numbers each.
BLOCK = 128


def leapfrog(
    masses: Any, positions: np.ndarray, velocities: np.ndarray, h: float, steps: int, softening: float = 0.0
) -> None:
    """Advance systems by ``steps`` kick-drift-kick steps ``h``, in place.

    Kicks that meet become one, so that the numbers are those of the scheme "kdk" up to rounding. Systems in which two
    bodies coincide hold values that are not finite afterwards; the others are not affected.

    Parameters
    ----------
    masses : (3,), positive, the same in all systems.
    positions, velocities : float64 (6, systems), contiguous; rows x1, y1, x2, y2, x3, y3.

    Raises
    ------
    ValueError
        for masses that are not three positive numbers, arrays of another kind, a step that is not positive.
    """
    m = tuple(float(mass) for mass in masses)
    if len(m) != 3 or not all(0.0 < mass < np.inf for mass in m):
        raise ValueError(f"masses={masses!r}: three positive numbers are needed")
    for name, values in (("positions", positions), ("velocities", velocities)):
        right = isinstance(values, np.ndarray) and values.dtype == np.float64 and values.flags.c_contiguous
        if not right or values.ndim != 2 or values.shape != (6, positions.shape[1]):
            raise ValueError(f"{name}: contiguous float64 (6, systems), the same for both, is needed")
    if not 0.0 < h < np.inf or steps < 0 or not 0.0 <= softening < np.inf:
        raise ValueError(f"h={h!r}, steps={steps!r}, softening={softening!r}: h has to be positive, none negative")
    run = fuse(advance, {}, "leapfrog_batch")
    run(m, positions, velocities, float(h), int(steps), float(softening), np.zeros((12, BLOCK)))


def advance(m, x, v, h, steps, softening, block):
    """Advance all systems, block by block."""
    for first in range(0, x.shape[1], BLOCK):
        count = min(BLOCK, x.shape[1] - first)
        for k in range(6):
            for i in range(count):
                block[k, i] = x[k, first + i]
                block[6 + k, i] = v[k, first + i]
        if steps > 0:
            move(m, block, count, 0.0, 0.5 * h, softening)
        for step in range(steps):
            move(m, block, count, h, h if step < steps - 1 else 0.5 * h, softening)
        for k in range(6):
            for i in range(count):
                x[k, first + i] = block[k, i]
                v[k, first + i] = block[6 + k, i]


@kernel
def move(m, block, count, drift, kick, softening):
    """Drift and kick the systems of a block; the columns of ``block`` (12, BLOCK) hold positions and velocities."""
    for i in range(count):
        x1, y1 = block[0, i] + drift * block[6, i], block[1, i] + drift * block[7, i]
        x2, y2 = block[2, i] + drift * block[8, i], block[3, i] + drift * block[9, i]
        x3, y3 = block[4, i] + drift * block[10, i], block[5, i] + drift * block[11, i]
        a = attract(ZERO, m, (x1, y1, x2, y2, x3, y3), softening)
        block[0, i], block[1, i], block[2, i], block[3, i], block[4, i], block[5, i] = x1, y1, x2, y2, x3, y3
        for k in range(6):
            block[6 + k, i] += kick * a[k]
