"""Choose the relaxation parameter of SOR for one linear system after another, with or without a look at the system.

Description
-----------
Every step brings a new system ``(delsq + c I) x = b``: the five-point Laplacian of a square grid with zero boundary,
its diagonal shifted by ``c``, and a random right-hand side. The agent chooses omega, the system is solved by successive
over-relaxation from ``x = 0`` until the residual has fallen by ``tolerance``, and what it costs is the number of
sweeps. The best omega depends on ``c``: near the least shift it is 1.85 and saves nine sweeps in ten, at the greatest
it is 1.33.

``SorBandit-v0`` shows nothing: the best that can be learned from the counts alone is the best fixed omega.
``SorContextual-v0`` shows ``c`` before each choice.

The shift is ``c = least_shift + 0.6 B`` by one of three laws. ``high`` (of the variance): B has the law Beta(1/2, 3/2).
``low``: Beta(2, 6). Both have the mean 1/4. ``drift``: ``B = (1 - cos(2 pi t / 1000)) / 2`` at step t, not random. The
entries of ``b`` are standard normal, drawn again as long as its norm exceeds the square root of their number.

Action Space
------------
``Discrete(actions)``: omega from 1 to 1.95 at equal distances, by default in steps of 0.05.

Observation Space
-----------------
``SorBandit-v0``: ``Discrete(1)``. ``SorContextual-v0``: ``Box`` of one float64, ``c``, from ``least_shift`` to
``least_shift + 0.8`` (the interval that learners were given in the published experiments; ``c`` stays below + 0.6).

Rewards
-------
``-(k - 1) / 100`` for k sweeps.

Starting State
--------------
A shift is drawn.

Episode End
-----------
Truncated after ``steps`` systems; never terminated. The criterion is the average reward, as no system depends on those
before.

``info`` holds, of the system just solved (0 before the first), ``sweeps``, its ``shift``, the best omega in theory
``omega_star``, and ``capped``, 1 where ``cap`` sweeps were not enough.

Arguments
---------
law : how shifts are drawn, ``high``, ``low`` or ``drift``.
grid : points in a row; the published experiments have 10, which makes 100 unknowns.
least_shift : the least shift. The matrix has to be positive definite: above ``4 cos(pi / (grid + 1)) - 4``.
actions : number of relaxation parameters.
tolerance : relative residual at which a solve ends.
cap : most sweeps of a solve.
steps : length of an episode.

Certificate
-----------
For one shift the theory of SOR is exact: ``beta = 4 cos(pi / (grid + 1)) / (4 + c)`` is the spectral radius of Jacobi's
iteration, ``omega_star = 2 / (1 + sqrt(1 - beta**2))`` has the least spectral radius, ``omega_star - 1``, which the
facts give at both ends of the shifts. It governs the last of many sweeps; how many there are also depends on ``b``. So
the values are *references*, means over simulated systems: the best fixed omega in hindsight for ``SorBandit-v0``; for
``SorContextual-v0`` the best omega for each of 50 intervals of equal probability of ``c`` (chosen on one half of the
systems, measured on the other). ``low`` and ``high`` are five standard errors away. The facts hold the mean sweeps of
every fixed omega, of the formula ``omega_star(c)``, which need not be an action, and of the best action for each single
system in hindsight, which nobody can know in advance.

With the defaults they are stored (``assets/reference/linear.json``, written by ``python
benchmarks/reference_linear.py``); for other settings fewer systems are simulated when they are asked for.

Version History
---------------
v0: first version.

References
----------
M. Khodak, E. Chow, M.-F. Balcan and A. Talwalkar, "Learning to relax: setting solver parameters across a sequence of
linear system instances", ICLR 2024, arXiv:2310.02246 (section 5; the laws, the tolerance and the actions).
D. M. Young, "Iterative solution of large linear systems", Academic Press 1971.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, kernel
from ..core.environment import Last
from ..core.fusing import fuse
from ..core.streams import SAMPLED, seed_streams
from . import picture, reference
from .rows import LAWS
from .sor import best_omega, check_shift, jacobi_radius, neighbour_bound, omegas, relax, spectral_radius
from .systems import CONTEXT_WIDTH, SEEDS, WIDTH, draw_right, draw_share

REWARD_UNIT = 100.0  # sweeps


class Params(NamedTuple):
    """The relaxation parameters by action, the grid and its `neighbour_bound`, and the numbers that knobs set."""

    omegas: np.ndarray
    grid: int
    neighbours: float
    law: int
    least_shift: float
    tolerance: float
    cap: int
    steps: int
    contextual: bool


class State(NamedTuple):
    """One entry a lane: the ``shift`` of the system to be solved next and its number ``step``; of the one solved last
    its shift, its ``sweeps`` and whether it was ``capped``. ``x`` and ``b`` (lanes, grid + 2, grid + 2) are working
    memory.
    """

    key: np.ndarray
    shift: np.ndarray
    step: np.ndarray
    solved_shift: np.ndarray
    sweeps: np.ndarray
    capped: np.ndarray
    x: np.ndarray
    b: np.ndarray


def params(law, grid, least_shift, actions, tolerance, cap, steps, contextual=False):
    """Build the parameters from checked knobs; ValueError for a matrix that is not positive definite."""
    check_shift(least_shift, grid, "least_shift")
    bound = neighbour_bound(grid)
    return Params(omegas(actions), grid, bound, LAWS.index(law), least_shift, tolerance, cap, steps, contextual)


def spec(p):
    """Declare the task: one player, a costly step, systems drawn from a stream."""
    context = Observation.vector([p.least_shift], [p.least_shift + CONTEXT_WIDTH])
    return Spec(
        actions=(len(p.omegas),),
        action_names=(tuple(f"omega = {omega:.4g}" for omega in p.omegas),),
        observation=context if p.contextual else Observation.integers(1),
        reward_range=(-(p.cap - 1) / REWARD_UNIT, 0.0),
        criterion=Criterion("gain"),
        horizon=p.steps,
        sampled=True,
        enumerable=False,
        scratch=("x", "b"),
        info=("sweeps", "shift", "omega_star", "capped"),
        guarded=True,
    )


def kernels(p):
    """Show the shift, or nothing."""
    return {"observe": observe if p.contextual else observe_nothing}


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    fields = (np.zeros((lanes, p.grid + 2, p.grid + 2)) for _ in range(2))
    counts = (np.zeros(lanes, np.int64) for _ in range(2))
    return State(
        np.zeros(lanes, np.uint64), np.zeros(lanes), np.zeros(lanes, np.int64), np.zeros(lanes), *counts, *fields
    )


@kernel
def start(p, c, stage, prob):
    """There is nothing to choose: the shift is drawn from the lane's stream."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Draw the first shift."""
    s.step[i] = 0
    s.solved_shift[i] = 0.0
    s.sweeps[i] = 0
    s.capped[i] = 0
    next_shift(p, s, i)


@kernel
def next_shift(p, s, i):
    """Draw the shift of the next system."""
    s.shift[i] = p.least_shift + WIDTH * draw_share(p.law, s.key, i, s.step[i])


@kernel
def apply(p, s, i, a, c, r):
    """Solve the system with the chosen omega, and draw the next shift."""
    draw_right(s.b, s.key, i, p.grid)
    count, converged = relax(s.x, s.b, i, 4.0 + s.shift[i], float(p.omegas[a[i, 0]]), p.grid, p.tolerance, p.cap)
    s.sweeps[i] = count
    s.capped[i] = 0 if converged else 1
    s.solved_shift[i] = s.shift[i]
    s.step[i] += 1
    next_shift(p, s, i)
    r[i, 0] = (1 - count) / REWARD_UNIT
    return False


@kernel
def observe(p, s, i, o):
    """Show the shift."""
    o[i, 0, 0] = s.shift[i]


@kernel
def observe_nothing(p, s, i, o):
    """Show nothing."""
    o[i, 0] = 0


@kernel
def info(p, s, i, v):
    """Write what the last solve took, and what theory says of its system."""
    v[i, 0] = s.sweeps[i]
    v[i, 1] = s.solved_shift[i]
    v[i, 2] = best_omega(jacobi_radius(s.solved_shift[i], p.neighbours)) if s.step[i] > 0 else 0.0
    v[i, 3] = s.capped[i]


# Comparators and the certificate --------------------------------------------------------------------------------------


class Replay(NamedTuple):
    """The systems of one seed, solved again. ``shifts`` (steps,), ``sweeps`` (steps, actions) with every action, and
    ``formula`` (steps,) with ``omega_star`` of each.
    """

    shifts: np.ndarray
    sweeps: np.ndarray
    formula: np.ndarray


def replay(p: Params, seed: int, steps: int, parameters: np.ndarray | None = None) -> Replay:
    """Solve the first ``steps`` systems of an environment seeded ``seed`` with every action.

    What an agent chooses does not change the systems, so these are the very ones that it met in lane 0: the same shifts
    and the same right-hand sides. It takes as many solves a step as there are actions, and one more.

    Parameters
    ----------
    p : the environment's parameters.
    seed, steps : as they were played, an episode or several.
    parameters : other relaxation parameters than the actions', float64 (n,).
    """
    tried = p.omegas if parameters is None else np.asarray(parameters, np.float64)
    found = Replay(np.zeros(steps), np.zeros((steps, len(tried)), np.int64), np.zeros(steps, np.int64))
    s = allocate(p, 1)
    s.key[:] = seed_streams(np.array([seed % 2**64], np.uint64), SAMPLED)
    run: Any = fuse(_replay, {}, "linear_sor")
    run(p, s, tried, *found)
    return found


def _replay(p, s, tried, shifts, sweeps, formula):
    next_shift(p, s, 0)
    for t in range(shifts.shape[0]):
        draw_right(s.b, s.key, 0, p.grid)
        shift = s.shift[0]
        shifts[t] = shift
        for k in range(tried.shape[0]):
            sweeps[t, k] = relax(s.x, s.b, 0, 4.0 + shift, tried[k], p.grid, p.tolerance, p.cap)[0]
        star = best_omega(jacobi_radius(shift, p.neighbours))
        formula[t] = relax(s.x, s.b, 0, 4.0 + shift, star, p.grid, p.tolerance, p.cap)[0]
        s.step[0] += 1
        next_shift(p, s, 0)
        if s.step[0] == p.steps:  # the episode is over: the environment begins the next one with a shift of its own
            s.step[0] = 0
            next_shift(p, s, 0)


def certificate(p: Params) -> Certificate:
    """Return the references of the module's page."""
    stored, source = reference.recall("sor", settings(p)), reference.COMMAND
    if stored is None:
        stored, source = summarise(p, max(200, 100_000 // p.grid**2)), "computed now"
    return reference.of_bandit(p, stored, source, ends_of_theory(p), REWARD_UNIT)


def settings(p: Params) -> dict[str, Any]:
    """Return what the references depend on."""
    numbers = {name: getattr(p, name) for name in ("grid", "least_shift", "tolerance", "cap")}
    return {"law": LAWS[p.law], **numbers, "actions": len(p.omegas)}


def summarise(p: Params, systems: int) -> dict[str, Any]:
    """Return the `reference.summary` of so many systems of the first training seed."""
    return reference.summary(replay(p, SEEDS["train"][0], systems))


def ends_of_theory(p: Params) -> dict[str, tuple[float, float]]:
    """Return what is exact at the least and at the greatest shift: the best omega and its spectral radius."""
    betas = [jacobi_radius(shift, p.neighbours) for shift in (p.least_shift, p.least_shift + WIDTH)]
    best = [best_omega(beta) for beta in betas]
    radii = [spectral_radius(omega, beta) for omega, beta in zip(best, betas, strict=True)]
    return {"omega_star": (best[0], best[1]), "spectral_radius": (radii[0], radii[1])}


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Write the system that comes and the one that was solved, with the chosen omega among the others."""
    chosen = None if last.actions is None else int(last.actions[0])
    shown = f"c = {s.shift[i]:+.4f}" if p.contextual else "hidden"
    lines = [f"system {s.step[i] + 1} of {p.steps}: {shown}", picture.scale(p.omegas, chosen)]
    if chosen is not None:
        star = best_omega(jacobi_radius(s.solved_shift[i], p.neighbours))
        lines.append(
            f"solved: c = {s.solved_shift[i]:+.4f}, omega {p.omegas[chosen]:.4g} (best in theory {star:.4f}), "
            f"{s.sweeps[i]:,} sweeps{' (capped)' if s.capped[i] else ''}"
        )
    lines.append(f"reward {last.rewards[0]:+.2f}   total {last.total[0]:+.2f}")
    return "\n".join(lines)


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint how the spectral radius depends on omega for the system solved last, with the chosen and the best omega."""
    chosen = -1 if last.actions is None else int(last.actions[0])
    solved = chosen >= 0
    shift = float(s.solved_shift[i] if solved else s.shift[i])
    frame = picture.frame("SOR, one omega a system", last)
    curve = shift if solved or p.contextual else None
    picture.radius_curve(frame, p.omegas, p.neighbours, curve, chosen, p.tolerance)
    picture.numbers(
        frame,
        [
            ("next c", f"{s.shift[i]:+.3f}" if p.contextual else "hidden"),
            ("solved c", f"{shift:+.3f}" if solved else "-"),
            ("omega", f"{p.omegas[chosen]:.3g}" if solved else "-"),
            ("sweeps", f"{s.sweeps[i]:,}" if solved else "-"),
            ("reward", f"{last.rewards[0]:+.2f}"),
            ("total", f"{last.total[0]:+.1f}"),
        ],
    )
    return frame
