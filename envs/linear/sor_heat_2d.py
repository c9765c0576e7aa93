"""Choose omega of the SSOR preconditioner for every implicit step of a heat equation.

Description
-----------
Heat spreads on the unit square with zero boundary, ``u_t = kappa(t) (u_xx + u_yy) + f``, its diffusion changing with
time: ``kappa(t) = max(sin(2 pi t) / 10, -10 sin(2 pi t))``, slow for half a unit of time and fast for the other. A
source goes round in a circle. Each step of 0.001 is one of Crank and Nicolson, ``(I - dt kappa L / 2) u' = (I + dt
kappa L / 2) u + dt f`` with kappa and f in the middle of the step, which conjugate gradients solve from the present u.
The agent chooses omega of their SSOR preconditioner, and what it costs is the number of iterations. The best omega
follows kappa.

The source is ``32 bump(0.125)`` around ``(0.5 + cos(16 pi t) / 4, 0.5 + sin(16 pi t) / 4)`` and the start
``bump(0.25)`` around the middle, with ``bump(r) = exp(1 - 1 / (1 - d**2 / r**2))`` at distances d below r, 0 beyond.
Nothing is random.

Action Space
------------
``Discrete(actions)``: omega from 1 to 1.95 at equal distances, by default in steps of 0.05.

Observation Space
-----------------
``Box`` of 2 float64: ``kappa`` at the present time (0 to 10), and the iterations of the last step (0 to ``cap``).

Rewards
-------
``-k / 10`` for k iterations.

Starting State
--------------
Time 0.

Episode End
-----------
Truncated after ``steps`` steps; never terminated. The criterion is the average reward.

``info`` holds the ``iterations`` of the last step, ``kappa`` in the middle of it, the ``time`` now, and ``capped``, 1
where ``cap`` iterations were not enough.

Arguments
---------
nx : intervals in each direction, so that there are ``(nx - 1)**2`` unknowns; 25 to 400 in the published experiments.
actions : number of relaxation parameters.
tolerance : residual, relative to the norm of the right-hand side, at which a solve ends.
cap : most iterations of a solve.
steps : length of an episode; 5,000 in the published experiments, which is five units of time.

Certificate
-----------
Nobody knows the optimum: an omega that leaves a smaller error makes the next start a better one, by little. The optimal
value is a *reference*: at every step the omega of the actions that takes the fewest iterations, found by trying all of
them, which nobody can know in advance. The random value is a *reference* too, the mean over the fixed omegas. The
facts hold the iterations of every fixed omega in a whole episode. For the defaults they are stored
(``assets/reference/linear.json``, written by ``python benchmarks/reference_linear.py``); for other settings they are
computed, which takes as long as playing ``2 * actions`` episodes.

Version History
---------------
v0: first version.

References
----------
M. Khodak, E. Chow, M.-F. Balcan and A. Talwalkar, "Learning to relax: setting solver parameters across a sequence of
linear system instances", ICLR 2024, arXiv:2310.02246 (the experiment with the heat equation).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel
from ..core.environment import Last
from ..core.fusing import fuse
from . import picture, reference
from .sor import omegas
from .ssor_pcg import conjugate_gradients, product

STEP = 1e-3
MOST_KAPPA = 10.0
REWARD_UNIT = 10.0  # iterations
SOURCE, SOURCE_RADIUS, START_RADIUS = 32.0, 0.125, 0.25


class Params(NamedTuple):
    """The relaxation parameters by action, the interior points ``grid`` in a row, and the numbers that knobs set."""

    omegas: np.ndarray
    grid: int
    tolerance: float
    cap: int
    steps: int


class State(NamedTuple):
    """The temperature ``u`` (lanes, grid + 2, grid + 2), and one entry a lane: the number of steps so far, and of the
    last one its kappa, its iterations and whether they were ``capped``. ``b`` and ``work`` are working memory.
    """

    u: np.ndarray
    step: np.ndarray
    kappa: np.ndarray
    iterations: np.ndarray
    capped: np.ndarray
    b: np.ndarray
    r: np.ndarray
    z: np.ndarray
    d: np.ndarray
    q: np.ndarray


def params(nx, actions, tolerance, cap, steps):
    """Build the parameters from checked knobs."""
    return Params(omegas(actions), nx - 1, tolerance, cap, steps)


def spec(p):
    """Declare the task: one player, two floats, a deterministic and costly step."""
    return Spec(
        actions=(len(p.omegas),),
        action_names=(tuple(f"omega = {omega:.4g}" for omega in p.omegas),),
        observation=Observation.vector([0.0, 0.0], [MOST_KAPPA, float(p.cap)]),
        reward_range=(-p.cap / REWARD_UNIT, 0.0),
        criterion=Criterion("gain"),
        horizon=p.steps,
        enumerable=False,
        scratch=("b", "r", "z", "d", "q"),
        info=("iterations", "kappa", "time", "capped"),
        guarded=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    u, *work = (np.zeros((lanes, p.grid + 2, p.grid + 2)) for _ in range(6))
    counts = (np.zeros(lanes, np.int64) for _ in range(2))
    return State(u, np.zeros(lanes, np.int64), np.zeros(lanes), *counts, *work)


@kernel
def diffusivity(t):
    """Return kappa at time ``t``."""
    wave = math.sin(2.0 * math.pi * t)
    return max(0.1 * wave, -MOST_KAPPA * wave)


@kernel
def bump(x, y, radius):
    """Return the bump of this radius at the distance (x, y) from its middle."""
    share = (x * x + y * y) / (radius * radius)
    return math.exp(1.0 - 1.0 / (1.0 - share)) if share < 1.0 else 0.0


@kernel
def start(p, c, stage, prob):
    """There is one start."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Put a bump into the middle."""
    width = 1.0 / (p.grid + 1)
    for row in range(1, p.grid + 1):
        for column in range(1, p.grid + 1):
            s.u[i, row, column] = bump(row * width - 0.5, column * width - 0.5, START_RADIUS)
    s.step[i] = 0
    s.kappa[i] = 0.0
    s.iterations[i] = 0
    s.capped[i] = 0


@kernel
def right_side(p, s, i):
    """Write the right-hand side of the next step into ``b``; return kappa and the diffusion number of half a step."""
    middle = STEP * s.step[i] + 0.5 * STEP
    width = 1.0 / (p.grid + 1)
    kappa = diffusivity(middle)
    a = 0.5 * STEP * kappa / (width * width)
    x = 0.5 + 0.25 * math.cos(16.0 * math.pi * middle)
    y = 0.5 + 0.25 * math.sin(16.0 * math.pi * middle)
    for row in range(1, p.grid + 1):
        for column in range(1, p.grid + 1):
            explicit = product(s.u, i, -a, p.grid, row, column)
            source = SOURCE * bump(row * width - x, column * width - y, SOURCE_RADIUS)
            s.b[i, row, column] = explicit + STEP * source
    return kappa, a


@kernel
def apply(p, s, i, a, c, r):
    """Take one step of the heat equation with the chosen omega."""
    s.kappa[i], diffusion = right_side(p, s, i)
    work = s.r, s.z, s.d, s.q
    omega = float(p.omegas[a[i, 0]])
    count, converged = conjugate_gradients(s.u, s.b, work, i, diffusion, omega, p.grid, p.tolerance, p.cap)
    s.iterations[i] = count
    s.capped[i] = 0 if converged else 1
    s.step[i] += 1
    r[i, 0] = -count / REWARD_UNIT
    return False


@kernel
def observe(p, s, i, o):
    """Show kappa now, and the iterations of the last step."""
    o[i, 0, 0] = diffusivity(STEP * s.step[i])
    o[i, 0, 1] = s.iterations[i]


@kernel
def info(p, s, i, v):
    """Write the numbers of the last step."""
    v[i, 0] = s.iterations[i]
    v[i, 1] = s.kappa[i]
    v[i, 2] = STEP * s.step[i]
    v[i, 3] = s.capped[i]


# Comparators and the certificate --------------------------------------------------------------------------------------


def fixed_iterations(p: Params, steps: int, omega: float) -> np.ndarray:
    """Return the iterations of each of ``steps`` steps, int64 (steps,), with one ``omega`` for all of them."""
    return _run(p, steps, np.array([omega]))[:, 0]


def all_iterations(p: Params, steps: int) -> np.ndarray:
    """Return the iterations of every action at each step, int64 (steps, actions).

    All of them begin at the same temperature, and the one with the fewest iterations goes on.
    """
    return _run(p, steps, p.omegas)


def _run(p: Params, steps: int, tried: np.ndarray) -> np.ndarray:
    found = np.zeros((steps, len(tried)), np.int64)
    s = allocate(p, 1)
    play: Any = fuse(_try_all, {}, "linear_heat")
    play(p, s, np.zeros_like(s.u), np.zeros_like(s.u), tried, np.zeros(1, np.int64), found)
    return found


@kernel
def copy(target, source, grid):
    """Copy the field of lane 0."""
    for row in range(1, grid + 1):
        for column in range(1, grid + 1):
            target[0, row, column] = source[0, row, column]


def _try_all(p, s, before, best, tried, c, found):
    begin(p, s, 0, c)
    work = s.r, s.z, s.d, s.q
    for t in range(found.shape[0]):
        _, diffusion = right_side(p, s, 0)
        copy(before, s.u, p.grid)
        fewest = p.cap + 1
        for k in range(tried.shape[0]):
            copy(s.u, before, p.grid)
            count, _ = conjugate_gradients(s.u, s.b, work, 0, diffusion, tried[k], p.grid, p.tolerance, p.cap)
            found[t, k] = count
            if count < fewest:
                fewest = count
                copy(best, s.u, p.grid)
        copy(s.u, best, p.grid)
        s.step[0] = t + 1


def summary(p: Params) -> dict[str, Any]:
    """Return what the certificate needs: iterations of an episode ``fixed`` by action, and those of the ``best``."""
    return {
        "fixed": [int(fixed_iterations(p, p.steps, float(omega)).sum()) for omega in p.omegas],
        "best": int(all_iterations(p, p.steps).min(axis=1).sum()),
    }


def settings(p: Params) -> dict[str, Any]:
    """Return what the references depend on."""
    numbers = {name: getattr(p, name) for name in ("grid", "tolerance", "cap", "steps")}
    return {**numbers, "actions": len(p.omegas)}


def certificate(p: Params) -> Certificate:
    """Return the references of the module's page."""
    found, how = reference.recall("heat", settings(p)), reference.COMMAND
    if found is None:
        found, how = summary(p), "computed now"
    fixed = np.array(found["fixed"])
    best = int(fixed.argmin())
    worth = -1.0 / REWARD_UNIT / p.steps
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=Value(worth * found["best"], "reference", f"at every step the action of the fewest iterations ({how})"),
        random=Value(worth * float(fixed.mean()), "reference", f"mean over the fixed actions ({how})"),
        facts={
            "iterations_of_best_of_each_step": found["best"],
            "iterations_of_each_action": tuple(fixed.tolist()),
            "best_fixed_omega": float(p.omegas[best]),
            "iterations_of_best_fixed": int(fixed[best]),
        },
    )


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Draw the temperature as a map, with the numbers of lane ``i``."""
    omega = "none yet" if last.actions is None else f"{p.omegas[last.actions[0]]:.4g}"
    inside = s.u[i, 1:-1, 1:-1]
    now = STEP * s.step[i]
    return "\n".join(
        [
            *picture.field_lines(inside, float(np.abs(inside).max())),
            f"time {now:.3f}   kappa {diffusivity(now):.3f}   step {s.step[i]} of {p.steps}",
            f"omega {omega}   iterations {s.iterations[i]}{' (capped)' if s.capped[i] else ''}",
            f"reward {last.rewards[0]:+.2f}   total {last.total[0]:+.2f}",
        ]
    )


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint the temperature, uint8 (360, 640, 3), with the diffusion now and the iterations of the last step."""
    chosen = -1 if last.actions is None else int(last.actions[0])
    frame = picture.frame("Heat, SSOR-CG", last)
    inside = s.u[i, 1:-1, 1:-1]
    picture.field(frame, inside, float(np.abs(inside).max()))
    now = STEP * s.step[i]
    picture.numbers(
        frame,
        [
            ("time", f"{now:.3f}"),
            ("kappa", f"{diffusivity(now):.3f}"),
            ("omega", "-" if chosen < 0 else f"{p.omegas[chosen]:.4g}"),
            ("iterations", f"{s.iterations[i]}"),
            ("reward", f"{last.rewards[0]:+.2f}"),
            ("total", f"{last.total[0]:+.1f}"),
        ],
    )
    picture.omega_bars(frame, p.omegas, chosen, 290)
    return frame
