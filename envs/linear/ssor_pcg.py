"""Conjugate gradients with the SSOR preconditioner on ``(1 + 4 a) I - a * neighbours``, as kernels.

That is the matrix of an implicit step of the heat equation on a square grid with zero boundary, ``a`` being the
diffusion number of half a step. Fields are float64 (lanes, grid + 2, grid + 2) with a rim of zeros. The preconditioner
is ``M = X D^-1 X' / (omega (2 - omega))`` with ``X = D + omega L``, D the diagonal and L the strictly lower triangle
(Axelsson 1972, BIT 13:443; Saad, "Iterative methods for sparse linear systems", 2nd edition, algorithm 9.1 and section
10.2). The published code of `SorHeat2D-v0` has X' before X, which is the same on the grid read backwards.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..core.fusing import fuse
from ..core.kernel import kernel
from .sor import Solved, check_effort, check_omega, padded


@kernel
def product(v, i, a, grid, row, column):
    """Return one entry of A v."""
    around = v[i, row - 1, column] + v[i, row, column - 1] + v[i, row, column + 1] + v[i, row + 1, column]
    return v[i, row, column] + a * (4.0 * v[i, row, column] - around)


@kernel
def precondition(z, r, i, a, omega, grid):
    """Write M^-1 r into ``z``: a forward and a backward substitution."""
    coupling = omega * a / (1.0 + 4.0 * a)
    for row in range(1, grid + 1):
        for column in range(1, grid + 1):
            earlier = z[i, row - 1, column] + z[i, row, column - 1]
            z[i, row, column] = r[i, row, column] / (1.0 + 4.0 * a) + coupling * earlier
    scale = omega * (2.0 - omega)
    for row in range(grid, 0, -1):
        for column in range(grid, 0, -1):
            later = z[i, row + 1, column] + z[i, row, column + 1]
            z[i, row, column] = scale * z[i, row, column] + coupling * later


@kernel
def dot(v, w, i, grid):
    """Return the inner product of two fields."""
    total = 0.0
    for row in range(1, grid + 1):
        for column in range(1, grid + 1):
            total += v[i, row, column] * w[i, row, column]
    return total


@kernel
def conjugate_gradients(x, b, work, i, a, omega, grid, tolerance, cap):
    """Solve A x = b from what is in ``x`` until the residual is at most ``tolerance`` times the norm of b.

    ``work`` are four fields for the residual, its preconditioned form, the direction and A times it. Returns the
    iterations, at most ``cap``, and whether they were enough.
    """
    r, z, d, q = work
    for row in range(1, grid + 1):
        for column in range(1, grid + 1):
            r[i, row, column] = b[i, row, column] - product(x, i, a, grid, row, column)
            d[i, row, column] = 0.0
    limit = tolerance * tolerance * dot(b, b, i, grid)
    if dot(r, r, i, grid) <= limit:
        return 0, True
    before = 1.0
    for count in range(1, cap + 1):
        precondition(z, r, i, a, omega, grid)
        now = dot(r, z, i, grid)
        share = now / before if count > 1 else 0.0
        before = now
        for row in range(1, grid + 1):
            for column in range(1, grid + 1):
                d[i, row, column] = z[i, row, column] + share * d[i, row, column]
        curvature = 0.0
        for row in range(1, grid + 1):
            for column in range(1, grid + 1):
                value = product(d, i, a, grid, row, column)
                q[i, row, column] = value
                curvature += value * d[i, row, column]
        length = now / curvature
        left = 0.0
        for row in range(1, grid + 1):
            for column in range(1, grid + 1):
                x[i, row, column] += length * d[i, row, column]
                value = r[i, row, column] - length * q[i, row, column]
                r[i, row, column] = value
                left += value * value
        if left <= limit:
            return count, True
    return cap, False


def solve_ssor_pcg(
    right: ArrayLike,
    diffusion: float,
    omega: float,
    guess: ArrayLike | None = None,
    tolerance: float = 1e-8,
    cap: int = 10_000,
) -> Solved:
    """Solve ``x + diffusion * delsq x = right`` by conjugate gradients with the SSOR preconditioner.

    Parameters
    ----------
    right : float (grid, grid), the right-hand side on the interior points.
    diffusion : the number ``a``, dt kappa / (2 dx^2) of half a step of the heat equation; at least 0.
    omega : the relaxation parameter of the preconditioner.
    guess : float (grid, grid), where the iteration begins; None is 0.
    tolerance : residual, relative to the norm of the right-hand side, at which it ends.
    cap : most iterations.

    Raises
    ------
    ValueError
        for a right-hand side that is not square, not finite or zero, a guess of another shape or not finite, a negative
        ``diffusion`` (the matrix need not be positive definite), or an omega outside (0, 2).
    """
    b = padded(right, "right")
    if not (math.isfinite(diffusion) and diffusion >= 0.0):
        raise ValueError(
            f"diffusion={diffusion!r} is not allowed: it must be finite and at least 0, else the matrix need not be "
            "positive definite"
        )
    check_omega(omega)
    check_effort(tolerance, cap)
    x = np.zeros_like(b)
    if guess is not None:
        begin = np.asarray(guess, np.float64)
        if begin.shape != b[0, 1:-1, 1:-1].shape or not np.all(np.isfinite(begin)):
            raise ValueError(f"guess must hold finite numbers in the shape of right, not {begin.shape}")
        x[0, 1:-1, 1:-1] = begin
    run: Any = fuse(solve_alone, {}, "linear_ssor_pcg")
    work = tuple(np.zeros_like(b) for _ in range(4))
    rest = float(diffusion), float(omega), b.shape[1] - 2, float(tolerance), int(cap)
    count, converged = run(x, b, work, *rest)
    return Solved(x[0, 1:-1, 1:-1], int(count), bool(converged))


def solve_alone(x, b, work, a, omega, grid, tolerance, cap):
    """Run `conjugate_gradients` in lane 0."""
    return conjugate_gradients(x, b, work, 0, a, omega, grid, tolerance, cap)
