"""Solve one linear system by over-relaxation, choosing omega anew for every half-sweep.

Description
-----------
The system is one of `SorContextual-v0`: the five-point Laplacian of a square grid with a shifted diagonal, and a random
right-hand side. Its points are coloured like a chessboard, and no two neighbours share a colour. A decision is a
half-sweep: all points of one colour are relaxed with the chosen omega, the colours taking turns. The fewer sweeps
until the residual has fallen by ``tolerance`` the better. One omega for all of them is not the best: what theory
advises begins with 1, jumps up to 1.99, and falls to the best fixed omega.

Action Space
------------
``Discrete(actions)``: omega from 1 to 1.99 at equal distances, by default in steps of 0.01.

Observation Space
-----------------
``Box`` of 3 float64: the shift ``c`` of the diagonal (``least_shift`` to ``least_shift + 0.8``), the decimal logarithm
of the residual relative to that of the start (-15 to 5), and the number of half-sweeps so far (0 to ``2 * cap``), of
which an even number means that the points at even row plus column are next.

Rewards
-------
-0.5 a half-sweep, so that the return is minus the number of sweeps.

Starting State
--------------
A shift and a right-hand side are drawn, as in `SorContextual-v0`; ``x = 0``.

Episode End
-----------
Terminated when the residual, relative to that of the start, is below ``tolerance``. Truncated after ``cap`` sweeps.

``info`` holds the ``sweeps`` so far, the ``residual`` relative to that of the start, the ``shift``, the best fixed
omega in theory ``omega_star``, and ``omega_chebyshev``, what Chebyshev acceleration would take next.

Arguments
---------
law : how the shift is drawn, ``high`` for -0.15 + 0.6 Beta(1/2, 3/2), ``low`` for -0.15 + 0.6 Beta(2, 6).
grid : points in a row.
least_shift : in the place of -0.15. The matrix has to be positive definite.
actions : number of relaxation parameters.
tolerance : relative residual at which a solve ends.
cap : most sweeps of a solve.

Certificate
-----------
Chebyshev acceleration takes ``omega_0 = 1``, ``omega_1 = 1 / (1 - beta**2 / 2)``,
``omega_n+1 = 1 / (1 - beta**2 omega_n / 4)``, ``beta`` being the spectral radius of Jacobi's iteration. After m
half-sweeps it has reduced the error of the colour relaxed last by ``1 / T_m(1 / beta)`` or more, which is exact and
the least possible guarantee for all right-hand sides; the facts give the half-sweeps after which that is below
``tolerance`` at both ends of the shifts. For a single right-hand side others may do better, so its mean return is a
*reference*, not the optimum. So is the value of random play. Both are means over simulated systems, ``low`` and
``high`` being five standard errors away. The reference takes omega exactly; rounded to the default actions Chebyshev
acceleration needs two sweeps more. The facts hold the mean sweeps of the best fixed omega of each system, too.

Version History
---------------
v0: first version.

References
----------
G. H. Golub and R. S. Varga, "Chebyshev semi-iterative methods, successive overrelaxation iterative methods, and second
order Richardson iterative methods", Numerische Mathematik 3:147, 1961.
M. Khodak, E. Chow, M.-F. Balcan and A. Talwalkar, "Learning to relax", ICLR 2024, arXiv:2310.02246 (the systems).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel
from ..core.environment import Last
from ..core.fusing import fuse
from ..core.streams import EVALUATION, SAMPLED, below, seed_streams
from . import picture
from .reference import ERRORS, mean_and_error
from .rows import LAWS
from .sor import (
    best_omega,
    check_shift,
    clear,
    half_sweep,
    jacobi_radius,
    neighbour_bound,
    next_chebyshev,
    residual_square,
    square,
)
from .systems import CONTEXT_WIDTH, SEEDS, WIDTH, draw_right, draw_share

MOST_OMEGA = 1.99
COST = 0.5  # sweeps
LEAST_LOG, MOST_LOG = -15.0, 5.0
CHEBYSHEV, STAR, RANDOM = range(3)


class Params(NamedTuple):
    """The relaxation parameters by action, the grid and its `neighbour_bound`, and the numbers that knobs set."""

    omegas: np.ndarray
    grid: int
    neighbours: float
    law: int
    least_shift: float
    tolerance: float
    cap: int


class State(NamedTuple):
    """The system and its approximate solution, ``shift`` (lanes,), ``b`` and ``x`` (lanes, grid + 2, grid + 2); the
    squared norm of the right-hand side ``first`` and the relative ``residual``; the half-sweeps so far, and ``omega``,
    what Chebyshev acceleration takes next.
    """

    key: np.ndarray
    shift: np.ndarray
    first: np.ndarray
    residual: np.ndarray
    half_sweeps: np.ndarray
    omega: np.ndarray
    x: np.ndarray
    b: np.ndarray


def params(law, grid, least_shift, actions, tolerance, cap):
    """Build the parameters from checked knobs; ValueError for a matrix that is not positive definite."""
    check_shift(least_shift, grid, "least_shift")
    omegas = np.linspace(1.0, MOST_OMEGA, actions)
    return Params(omegas, grid, neighbour_bound(grid), LAWS.index(law), least_shift, tolerance, cap)


def spec(p):
    """Declare the task: one player, three floats, systems drawn from a stream."""
    return Spec(
        actions=(len(p.omegas),),
        action_names=(tuple(f"omega = {omega:.4g}" for omega in p.omegas),),
        observation=Observation.vector(
            [p.least_shift, LEAST_LOG, 0.0], [p.least_shift + CONTEXT_WIDTH, MOST_LOG, 2.0 * p.cap]
        ),
        reward_range=(-COST, -COST),
        criterion=Criterion("return"),
        horizon=2 * p.cap,
        sampled=True,
        enumerable=False,
        info=("sweeps", "residual", "shift", "omega_star", "omega_chebyshev"),
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    numbers = (np.zeros(lanes) for _ in range(3))
    fields = (np.zeros((lanes, p.grid + 2, p.grid + 2)) for _ in range(2))
    return State(np.zeros(lanes, np.uint64), *numbers, np.zeros(lanes, np.int64), np.zeros(lanes), *fields)


@kernel
def start(p, c, stage, prob):
    """There is nothing to choose: the system is drawn from the lane's stream."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Draw a system."""
    s.shift[i] = p.least_shift + WIDTH * draw_share(p.law, s.key, i, 0)
    draw_right(s.b, s.key, i, p.grid)
    clear(s.x, i, p.grid)
    s.first[i] = square(s.b, i, p.grid)
    s.residual[i] = 1.0
    s.half_sweeps[i] = 0
    s.omega[i] = 1.0


@kernel
def relax_colour(p, s, i, omega):
    """Relax the points whose turn it is with ``omega``; return whether the system is solved."""
    diagonal = 4.0 + s.shift[i]
    half_sweep(s.x, s.b, i, diagonal, omega, p.grid, s.half_sweeps[i] % 2)
    s.residual[i] = math.sqrt(residual_square(s.x, s.b, i, diagonal, p.grid) / s.first[i])
    s.half_sweeps[i] += 1
    s.omega[i] = next_chebyshev(s.omega[i], jacobi_radius(s.shift[i], p.neighbours), s.half_sweeps[i])
    return s.residual[i] < p.tolerance


@kernel
def apply(p, s, i, a, c, r):
    """Relax the points of one colour."""
    r[i, 0] = -COST
    return relax_colour(p, s, i, p.omegas[a[i, 0]])


@kernel
def observe(p, s, i, o):
    """Show the shift, the size of the residual and the number of half-sweeps."""
    o[i, 0, 0] = s.shift[i]
    o[i, 0, 1] = min(max(math.log10(max(s.residual[i], 1e-300)), LEAST_LOG), MOST_LOG)
    o[i, 0, 2] = s.half_sweeps[i]


@kernel
def info(p, s, i, v):
    """Write the cost so far, and what theory says of the system."""
    v[i, 0] = COST * s.half_sweeps[i]
    v[i, 1] = s.residual[i]
    v[i, 2] = s.shift[i]
    v[i, 3] = best_omega(jacobi_radius(s.shift[i], p.neighbours))
    v[i, 4] = s.omega[i]


# The certificate ------------------------------------------------------------------------------------------------------


def certificate(p: Params) -> Certificate:
    """Return the references of the module's page."""
    systems = max(200, 200_000 // p.grid**2)
    chebyshev, star, random = (simulate(p, policy, systems) for policy in (CHEBYSHEV, STAR, RANDOM))
    over = f"over {systems:,} systems; low and high are {ERRORS:g} standard errors away"
    ends = [jacobi_radius(shift, p.neighbours) for shift in (p.least_shift, p.least_shift + WIDTH)]
    return Certificate(
        unit=Criterion("return").unit,
        optimal=_value(chebyshev, f"Chebyshev acceleration, {over}; a better policy may exceed it"),
        random=_value(random, f"every omega equally often, {over}"),
        facts={
            "mean_sweeps_of_chebyshev": float(chebyshev.mean()),
            "mean_sweeps_of_omega_star": float(star.mean()),
            "omega_star_at_ends": tuple(best_omega(beta) for beta in ends),
            "guaranteed_half_sweeps_at_ends": tuple(guaranteed_half_sweeps(p.tolerance, beta) for beta in ends),
        },
    )


def guaranteed_half_sweeps(tolerance: float, beta: float) -> int:
    """Return the least m for which `sor.chebyshev_factor` of m half-sweeps is at most ``tolerance``."""
    if beta <= 0.0:
        return 1
    return math.ceil(math.acosh(1.0 / tolerance) / math.acosh(1.0 / beta))


def simulate(p: Params, policy: int, systems: int, seed: int = SEEDS["train"][0]) -> np.ndarray:
    """Return the sweeps, float64 (systems,), that ``policy`` takes for the first systems of ``seed``, at most the cap.

    The policies are `CHEBYSHEV`, `STAR` (the best fixed omega in theory, for every half-sweep) and `RANDOM`.
    """
    s, sweeps = allocate(p, 1), np.zeros(systems)
    keys = np.array([seed], np.uint64)
    s.key[:] = seed_streams(keys, SAMPLED)
    run: Any = fuse(_simulate, {}, "linear_sor_sweep")
    run(p, s, policy, seed_streams(keys, EVALUATION), np.zeros(1, np.int64), sweeps)
    return sweeps


def _simulate(p, s, policy, stream, c, sweeps):
    for k in range(sweeps.shape[0]):
        begin(p, s, 0, c)
        solved = False
        while not solved and s.half_sweeps[0] < 2 * p.cap:
            omega = s.omega[0]
            if policy == STAR:
                omega = best_omega(jacobi_radius(s.shift[0], p.neighbours))
            elif policy == RANDOM:
                omega = p.omegas[below(stream, 0, p.omegas.shape[0])]
            solved = relax_colour(p, s, 0, omega)
        sweeps[k] = COST * s.half_sweeps[0]


def _value(sweeps: np.ndarray, how: str) -> Value:
    mean, error = mean_and_error(sweeps)
    return Value(-mean, "reference", how, -mean - ERRORS * error, -mean + ERRORS * error)


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Draw the solution so far as a map, with the numbers of lane ``i``."""
    chosen = None if last.actions is None else int(last.actions[0])
    inside = s.x[i, 1:-1, 1:-1]
    omega = "none yet" if chosen is None else f"{p.omegas[chosen]:.4g}"
    return "\n".join(
        [
            *picture.field_lines(inside, float(np.abs(inside).max())),
            f"c = {s.shift[i]:+.4f}   half-sweep {s.half_sweeps[i]} of {2 * p.cap}",
            f"omega {omega}   next by Chebyshev {s.omega[i]:.4f}",
            f"residual {s.residual[i]:.2e} (until {p.tolerance:.0e})   total {last.total[0]:+.1f}",
        ]
    )


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint the solution so far, uint8 (360, 640, 3), and how far the residual has fallen."""
    chosen = -1 if last.actions is None else int(last.actions[0])
    frame = picture.frame("SOR, one omega a half-sweep", last)
    inside = s.x[i, 1:-1, 1:-1]
    picture.field(frame, inside, float(np.abs(inside).max()))
    picture.numbers(
        frame,
        [
            ("c", f"{s.shift[i]:+.3f}"),
            ("omega", "-" if chosen < 0 else f"{p.omegas[chosen]:.4g}"),
            ("by Chebyshev", f"{s.omega[i]:.4f}"),
            ("next colour", "odd" if s.half_sweeps[i] % 2 else "even"),
            ("total", f"{last.total[0]:+.1f}"),
            ("residual", f"{s.residual[i]:.1e}"),
        ],
    )
    share = math.log10(max(s.residual[i], p.tolerance)) / math.log10(p.tolerance)
    picture.progress(frame, 248, share, f"until {p.tolerance:.0e}")
    picture.omega_bars(frame, p.omegas, chosen, 290)
    return frame
