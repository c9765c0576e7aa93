"""Successive over-relaxation (SOR) on the five-point Laplacian: sweeps as kernels, and its theory in closed form.

The matrix is ``A = delsq + shift * I`` on the interior of a square of ``grid`` by ``grid`` points with zero boundary:
its diagonal is ``4 + shift``, and -1 stands wherever two points are neighbours. Fields are float64
(lanes, grid + 2, grid + 2) with a rim of zeros.

Theory: Young, "Iterative solution of large linear systems", Academic Press 1971, chapters 5 and 6. The problem is that
of Khodak, Chow, Balcan and Talwalkar, "Learning to relax: setting solver parameters across a sequence of linear system
instances", ICLR 2024, arXiv:2310.02246.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..core.fusing import fuse
from ..core.kernel import kernel

#: The grid of relaxation parameters, ``numpy.linspace(1, 1.95, actions)``.
LEAST_OMEGA, MOST_OMEGA = 1.0, 1.95


class Solved(NamedTuple):
    """A solution (grid, grid), the sweeps or iterations that it took, and whether the tolerance was met by them."""

    solution: np.ndarray
    iterations: int
    converged: bool


def omegas(actions: int) -> np.ndarray:
    """Return the relaxation parameters of so many actions, at equal distances from 1 to 1.95 (a single one is 1)."""
    return np.linspace(LEAST_OMEGA, MOST_OMEGA, actions)


def neighbour_bound(grid: int) -> float:
    """Return the largest eigenvalue of the sum over neighbours, ``4 cos(pi / (grid + 1))``."""
    return 4.0 * math.cos(math.pi / (grid + 1))


def check_shift(shift: float, grid: int, name: str = "shift") -> None:
    """Raise ValueError, naming the argument, unless ``A`` is positive definite (shift above its least eigenvalue's)."""
    bound = neighbour_bound(grid) - 4.0
    if not (math.isfinite(shift) and shift > bound):
        fault = "singular" if shift == bound else "not positive definite"
        raise ValueError(
            f"{name}={shift!r} is not allowed: on a grid of {grid} by {grid} the matrix is {fault}; {name} must be "
            f"above 4 cos(pi / {grid + 1}) - 4 = {bound:.6g}"
        )


def check_omega(omega: float) -> None:
    """Raise ValueError unless 0 < ``omega`` < 2, outside of which SOR diverges (Kahan 1958)."""
    if not 0.0 < omega < 2.0:
        raise ValueError(f"omega={omega!r} is not allowed: omega must lie strictly between 0 and 2")


# Theory ---------------------------------------------------------------------------------------------------------------


@kernel
def jacobi_radius(shift, neighbours):
    """Return beta, the spectral radius of Jacobi's iteration; ``neighbours`` is `neighbour_bound` of the grid."""
    return neighbours / (4.0 + shift)


@kernel
def best_omega(beta):
    """Return the omega of the least spectral radius, 2 / (1 + sqrt(1 - beta^2)) (Young 1971, theorem 6.2.3)."""
    return 2.0 / (1.0 + math.sqrt(1.0 - beta * beta))


@kernel
def spectral_radius(omega, beta):
    """Return the spectral radius of SOR's iteration: omega - 1 from the best omega on, below it
    (omega beta + sqrt(omega^2 beta^2 - 4 (omega - 1)))^2 / 4 (Young 1971, theorem 6.2.2).
    """
    inside = omega * beta * (omega * beta) - 4.0 * (omega - 1.0)
    if omega >= best_omega(beta) or inside < 0.0:  # rounding may make it negative just below the best omega
        return omega - 1.0
    root = omega * beta + math.sqrt(inside)
    return 0.25 * root * root


@kernel
def next_chebyshev(omega, beta, half_sweep):
    """Return the omega of Chebyshev acceleration for ``half_sweep`` = 0, 1, ...; ``omega`` is that of the one before.

    1, then 1 / (1 - beta^2 / 2), then 1 / (1 - beta^2 omega / 4), which falls to `best_omega`: the cyclic Chebyshev
    semi-iterative method (Golub and Varga, Numerische Mathematik 3:147, 1961).
    """
    if half_sweep == 0:
        return 1.0
    if half_sweep == 1:
        return 1.0 / (1.0 - 0.5 * beta * beta)
    return 1.0 / (1.0 - 0.25 * beta * beta * omega)


def chebyshev_factor(half_sweeps: int, beta: float) -> float:
    """Return what the error of the points relaxed last is multiplied by at most (in the Euclidean norm, relative to the
    error of all points at the start) after so many half-sweeps of Chebyshev acceleration: 1 / T_m(1 / beta), T_m being
    Chebyshev's polynomial. No polynomial of this degree does better for all spectra within -beta .. beta.
    """
    return 1.0 / math.cosh(half_sweeps * math.acosh(1.0 / beta)) if beta > 0.0 else 0.0


# Sweeps ---------------------------------------------------------------------------------------------------------------


@kernel
def clear(x, i, grid):
    """Set the field of lane ``i`` to zero."""
    for row in range(1, grid + 1):
        for column in range(1, grid + 1):
            x[i, row, column] = 0.0


@kernel
def square(x, i, grid):
    """Return the sum of squares of the field of lane ``i``."""
    total = 0.0
    for row in range(1, grid + 1):
        for column in range(1, grid + 1):
            total += x[i, row, column] * x[i, row, column]
    return total


@kernel
def residual_square(x, b, i, diagonal, grid):
    """Return the squared norm of b - A x."""
    total = 0.0
    for row in range(1, grid + 1):
        for column in range(1, grid + 1):
            around = x[i, row - 1, column] + x[i, row, column - 1] + x[i, row, column + 1] + x[i, row + 1, column]
            left = b[i, row, column] + around - diagonal * x[i, row, column]
            total += left * left
    return total


@kernel
def sweep(x, b, i, diagonal, omega, grid):
    """Relax every point once, row by row."""
    keep, take = 1.0 - omega, omega / diagonal
    for row in range(1, grid + 1):
        for column in range(1, grid + 1):
            # The left neighbour, which was changed last, is added last: so the points wait least for each other.
            others = b[i, row, column] + x[i, row - 1, column] + x[i, row, column + 1] + x[i, row + 1, column]
            x[i, row, column] = (keep * x[i, row, column] + take * others) + take * x[i, row, column - 1]


@kernel
def half_sweep(x, b, i, diagonal, omega, grid, colour):
    """Relax the points of one colour: those where row plus column, counted from 1, is even (0) or odd (1)."""
    keep, take = 1.0 - omega, omega / diagonal
    for row in range(1, grid + 1):
        for column in range(2 - (row + colour) % 2, grid + 1, 2):
            around = x[i, row - 1, column] + x[i, row, column - 1] + x[i, row, column + 1] + x[i, row + 1, column]
            x[i, row, column] = keep * x[i, row, column] + take * (b[i, row, column] + around)


@kernel
def relax(x, b, i, diagonal, omega, grid, tolerance, cap):
    """Sweep from x = 0 until the residual is below ``tolerance`` times that of the start.

    Returns the number of sweeps, at most ``cap``, and whether they were enough.
    """
    clear(x, i, grid)
    limit = tolerance * tolerance * square(b, i, grid)
    for count in range(1, cap + 1):
        sweep(x, b, i, diagonal, omega, grid)
        if residual_square(x, b, i, diagonal, grid) < limit:
            return count, True
    return cap, False


def solve_sor(right: ArrayLike, shift: float, omega: float, tolerance: float = 1e-8, cap: int = 10_000) -> Solved:
    """Solve ``(delsq + shift * I) x = right`` by SOR from x = 0.

    Parameters
    ----------
    right : float (grid, grid), the right-hand side on the interior points.
    shift : what is added to the diagonal of 4.
    omega : the relaxation parameter.
    tolerance : residual, relative to that of the start, below which the sweeps end.
    cap : most sweeps.

    Raises
    ------
    ValueError
        for a right-hand side that is not square, not finite or zero (the relative residual is undefined), a matrix that
        is singular or not positive definite, or an omega outside (0, 2).
    """
    b = padded(right, "right")
    grid = b.shape[1] - 2
    check_shift(shift, grid)
    check_omega(omega)
    check_effort(tolerance, cap)
    x = np.zeros_like(b)
    run: Any = fuse(relax_alone, {}, "linear_sor")
    count, converged = run(x, b, 4.0 + float(shift), float(omega), grid, float(tolerance), int(cap))
    return Solved(x[0, 1:-1, 1:-1], int(count), bool(converged))


def relax_alone(x, b, diagonal, omega, grid, tolerance, cap):
    """Run `relax` in lane 0."""
    return relax(x, b, 0, diagonal, omega, grid, tolerance, cap)


def padded(field: ArrayLike, name: str) -> np.ndarray:
    """Return ``field`` (grid, grid) with a rim of zeros as one lane; ValueError, naming it, as `solve_sor` says."""
    values = np.asarray(field, np.float64)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or values.size == 0:
        raise ValueError(f"{name} must have the shape (grid, grid), not {values.shape}")
    if not np.all(np.isfinite(values)) or not np.any(values):
        raise ValueError(f"{name} must hold finite numbers that are not all zero")
    return np.pad(values, 1)[None]


def check_effort(tolerance: float, cap: int) -> None:
    """Raise ValueError unless 0 < ``tolerance`` < 1 and ``cap`` is at least 1."""
    if not 0.0 < tolerance < 1.0:
        raise ValueError(f"tolerance={tolerance!r} is not allowed: tolerance must lie strictly between 0 and 1")
    if cap < 1:
        raise ValueError(f"cap={cap!r} is not allowed: cap must be at least 1")
