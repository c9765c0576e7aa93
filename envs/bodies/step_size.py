"""StepSize and its kin: choose the next time step of an integration of three bodies.

Description
-----------
Bodies move in a plane under their gravity (G = 1), integrated by a ``scheme`` that takes whatever step it is told. The
agent tells it: one step, or up to 16 equal ones, a decision. Every evaluation of the forces costs, and so does an
energy error above the budget of ``tolerance`` per unit of time. Close encounters need steps a thousand times shorter
than the rest of the way, and a single one that is missed ruins all that follows: a fixed step loses, while steps in
proportion to the shortest time scale of a pair do not. One definition, five environments:

======================= ==========================================================================================
``StepSize-v0``         the chaotic stars of ``HermiteEta-v0``, a new start each episode, for ``years`` years
``StepSizeKepler-v0``   two bodies on ellipses of any ``eccentricity``, of which every place is known
``Pythagorean-v0``      masses 3, 4 and 5 at rest in the corners of a triangle, with a reference of 20 digits
``PeriodicOrbit-v0``    three bodies that come back: figure-eight, butterflies, moth, yin-yang, goggles, Broucke's ...
``FreeFall-v0``         unit masses that fall from rest, so that collisions are near; forces are softened
======================= ==========================================================================================

Action Space
------------
``action="grid"``: ``Discrete(20)``, the step itself, 1e-5 to 1 with equal ratios of 1.83. ``action="factor"``:
``Discrete(7)``, the last step times 1/8, 1/4, 1/2, 1, 2, 4 or 8, kept within 1e-9 and 1; the first "last step" is a
hundredth of the time scale tau at the start. ``action="continuous"``: ``Box(-1, 1, (1,))``, a number a for the step
10^(2.5 (a - 1)), with the exponent rounded to 1/200 (learners of RegretLab see 1,001 actions). The step that would pass
the end of the flight is cut to end on time.

Observation Space
-----------------
``Box`` of 10 float64, the same for any rotation, reflection, shift and numbering of the bodies. Logarithms to base 10,
within -20 and 20: 0 of tau, the shortest time scale of any pair (r/v and sqrt(r^3/(m_i + m_j)), as in
``HermiteEta-v0``); 1 of the smallest distance; 2 of the relative speed of that pair; 3 of the largest acceleration; 4
of the largest jerk; 5 of the last step; 6 of the energy error of the last decision; 7 of that since the start; both
errors are relative to the energy at the start. 8: the cosine of the angle between distance and relative velocity of the
nearest pair, -1 when they fall towards each other. 9: the part of the flight that is done, 0 to 1. A body without mass
is in no pair.

Rewards
-------
For a decision with n evaluations of all forces, a time step of h in all and an energy error of d::

    - force_weight * n - error_weight * max(0, log10(d / (tolerance * h)))

On arrival, where the right places are known, less ``max(0, log10(position_error / 0.001))``. A flight that does not
arrive costs another 100, so that giving up never pays. Errors count as at least 1e-15 and at most 1e10.

Starting State
--------------
``seeds`` names the set of starts, ``train``, ``validation`` or ``test``, which have none in common, and chance picks
one of the first ``starts`` rows uniformly, or ``options={"outcome": row}`` does. Rows of ``StepSize-v0`` are published
initial conditions, ``test`` those of the published evaluation (see ``HermiteEta-v0``); of ``StepSizeKepler-v0``, phases
on the ellipse, drawn uniformly; of ``FreeFall-v0``, places of the third body, drawn uniformly from Agekyan and
Anosova's region. The Pythagorean problem and a periodic orbit have one start.

Two bodies of the Pythagorean problem pass each other at a distance of 4.1e-4 when t = 15.83, where tau is below 3e-6. A
flight to 20 or 30 therefore needs steps shorter than the grid's, that is ``action="factor"``.

Episode End
-----------
Terminated, ``info["reason"]`` telling why: 1 arrived at the end of the flight, 2 the energy error since the start
exceeds ``error_limit`` (or a number overflowed: the bodies then stay where they were before), 3 two bodies are within
1e-6 of each other and forces are not softened, 4 the number of ``decisions`` was used up before. Truncated as well at
4: it is the time limit. 0: under way.

``info`` holds further, since the start, the force ``evaluations``, ``energy_error``, the absolute ``momentum_change``
(of angular momentum), ``time``, the number of decisions that were ``cost_capped`` (cut short after ``step_cap`` steps,
rejected ones included), and ``position_error``: on arrival the largest distance of a body from where it should be, else
and where nobody knows -1.

Arguments
---------
scheme : of `schemes`, with its order and cost. ``rkf4`` and ``rkf45`` reject a step whose estimated error is above
    ``tolerance`` and take a shorter one, at their own cost. ``logh`` steps in a transformed time; its step is that of
    the physical time only approximately, and so is the end of its flight.
action : ``grid``, ``factor`` or ``continuous``.
steps : steps of one decision.
tolerance : energy error that is allowed per unit of time.
force_weight : price of an evaluation of all forces.
error_weight : price of a decade of error above what is allowed.
error_limit : energy error that ends the episode.
decisions : most decisions of an episode.
step_cap : most steps of one decision, rejected ones included.
softening : length e that replaces distances r by sqrt(r^2 + e^2).
seeds : set of starts, ``train``, ``validation`` or ``test``; where there is more than one start.
starts : how many starts of the set.
years : of ``StepSize-v0``, length of the flight.
eccentricity : of ``StepSizeKepler-v0``: 0, 0.5, 0.9 or 0.99.
periods : of ``StepSizeKepler-v0`` and ``PeriodicOrbit-v0``, length of the flight.
orbit : of ``PeriodicOrbit-v0``, its name.
until : of ``Pythagorean-v0`` (1, 5, 10, 15, 20 or 30) and ``FreeFall-v0``, length of the flight.

Certificate
-----------
Nobody knows the optimum, and this is a *reference*: the best, over the table of starts, of each fixed action (of a
continuous one 21 fixed steps) and of the analytic rule "the longest step of the action space that is at most eta *
tau", for seven values of eta, both chosen in hindsight. An agent may exceed it, and its regret is then negative.
``facts`` has each comparator by itself: the best fixed action over all starts, the mean over starts of the best fixed
action of each, and the rule. Uniform random play is the mean of simulated episodes. For the default knobs, for all sets
of starts and for all periodic orbits the numbers are stored (``assets/reference/step_size.json``, written by ``python
benchmarks/reference_step_size.py``); others are computed, which takes some seconds to a minute.

Version History
---------------
v0: first release.

References
----------
V. Saz Ulibarrena and S. Portegies Zwart, arXiv:2502.12809 (the task, with a decision every 0.1 years); Szebehely and
Peters, AJ 72, 1967 (Pythagorean problem); Agekyan and Anosova, Astron. Zh. 44, 1967 (region of free fall); those of
the orbits are named in ``regretlab.envs.bodies.orbits``.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, kernel
from ..core.environment import Last
from ..core.fusing import specialise
from . import hermite_eta, systems
from .hermite import coordinates
from .measures import BOUND, LEAST_ERROR, MOST_ERROR, bounded_error, excess, farthest, logarithm, longest, nearest
from .planar import BLANK, SCRATCH, angular_momentum, binding_energy, energy, finite, gravity, load_masses
from .schemes import SCHEMES
from .schemes import begin_with_accelerations as prepare
from .schemes import kick_drift_kick as step
from .step_rules import reduced

#: Six digits of ``logspace(-5, 0, 20)``, which every machine rounds alike: chaos amplifies the last digit.
GRID = tuple(float(f"{10.0 ** (5.0 * k / 19.0 - 5.0):.6g}") for k in range(20))
#: The same with 200 steps a decade, which stand for any step.
CONTINUUM = tuple(float(f"{10.0 ** (k / 200.0 - 5.0):.6g}") for k in range(1_001))
FACTORS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
#: Bounds of the steps; those of the grid, and below it for a factor.
LEAST_STEP, MOST_STEP, LEAST_BY_FACTOR = GRID[0], GRID[-1], 1e-9
FIRST_ETA = 0.01

LOSS = 100.0
GOAL_TOLERANCE = 1e-3
#: Least distance of two bodies without softening.
CONTACT = 1e-6
UNDER_WAY, ARRIVED, ENERGY_LOST, COLLISION, USED_UP = range(5)
REASONS = ("under way", "arrived", "energy lost", "collision", "decisions used up")


class Params(NamedTuple):
    """The masses (3,), the tables of starts and goals (starts, 6), the steps or factors by action, and the knobs.

    ``rejects``: errors above which a step is rejected. ``transformed``: steps are of the transformed time. ``scheme``:
    its place in `schemes.SCHEMES`.
    """

    masses: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    goals: np.ndarray
    has_goal: bool
    duration: float
    choices: np.ndarray
    by_factor: bool
    steps: int
    tolerance: float
    force_weight: float
    error_weight: float
    error_limit: float
    decisions: int
    step_cap: int
    softening: float
    scheme: int
    rejects: float
    transformed: bool


class State(NamedTuple):
    """The bodies and what the scheme keeps of them (lanes, 6), and one entry a lane.

    ``row`` of the table of starts; ``dt``, the last step; energies and angular momentum at the start and now; the
    errors of the last decision and since the start; the place in the episode, and why it ended.
    """

    positions: np.ndarray
    velocities: np.ndarray
    accelerations: np.ndarray
    jerks: np.ndarray
    extra: np.ndarray
    time: np.ndarray
    dt: np.ndarray
    first_energy: np.ndarray
    energy: np.ndarray
    first_momentum: np.ndarray
    step_error: np.ndarray
    error: np.ndarray
    gap: np.ndarray
    row: np.ndarray
    decision: np.ndarray
    evaluations: np.ndarray
    capped: np.ndarray
    reason: np.ndarray


_SYSTEMS: dict[str, Any] = {
    "three-stars": systems.three_stars,
    "kepler": systems.kepler,
    "pythagorean": systems.pythagorean,
    "periodic": systems.periodic,
    "free-fall": systems.free_fall,
}


def params(
    system: str,
    scheme: str,
    action: str,
    steps: int,
    tolerance: float,
    force_weight: float,
    error_weight: float,
    error_limit: float,
    decisions: int,
    step_cap: int,
    softening: float,
    **flight: Any,
) -> Params:
    """Build the parameters from checked knobs; ``flight`` are those of the ``system``.

    Raises
    ------
    ValueError
        for a ``step_cap`` below ``steps``, which no decision could keep.
    """
    if step_cap < steps:
        raise ValueError(f"step_cap={step_cap} is not allowed: one decision takes steps={steps}")
    masses, positions, velocities, goals, duration = _SYSTEMS[system](**flight)
    return Params(
        masses=masses,
        positions=positions,
        velocities=velocities,
        goals=np.zeros_like(positions) if goals is None else goals,
        has_goal=goals is not None,
        duration=duration,
        choices=np.array({"grid": GRID, "factor": FACTORS, "continuous": CONTINUUM}[action]),
        by_factor=action == "factor",
        steps=steps,
        tolerance=tolerance,
        force_weight=force_weight,
        error_weight=error_weight,
        error_limit=error_limit,
        decisions=decisions,
        step_cap=step_cap,
        softening=softening,
        scheme=list(SCHEMES).index(scheme),
        rejects=tolerance if scheme in ("rkf4", "rkf45") else math.inf,
        transformed=scheme == "logh",
    )


def spec(p: Params) -> Spec:
    """Declare the task: one player, 20 or 1,001 steps or 7 factors, 10 floats, and a limit of decisions."""
    scheme = list(SCHEMES.values())[p.scheme]
    worst = p.force_weight * scheme.evaluations * p.step_cap + LOSS
    worst += p.error_weight * math.log10(MOST_ERROR / LEAST_ERROR)
    worst += math.log10(MOST_ERROR / GOAL_TOLERANCE)
    continuous = len(p.choices) == len(CONTINUUM)
    names = (f"dt * {each:g}" for each in FACTORS) if p.by_factor else (f"dt = {each:.1e}" for each in GRID)
    return Spec(
        actions=(len(p.choices),),
        action_names=() if continuous else (tuple(names),),
        observation=Observation.vector([-BOUND] * 8 + [-1.0, 0.0], [BOUND] * 8 + [1.0, 1.0]),
        reward_range=(-worst, 0.0),
        criterion=Criterion("return"),
        horizon=p.decisions,
        start_outcomes=len(p.positions),
        enumerable=False,
        info=("evaluations", "energy_error", "momentum_change", "position_error", "time", "cost_capped", "reason"),
        guarded=True,
        continuous=continuous,
    )


def kernels(p: Params) -> dict[str, Any]:
    """Bind the scheme."""
    scheme = list(SCHEMES.values())[p.scheme]
    return {"begin": specialise(begin, {"prepare": scheme.begin}), "apply": specialise(apply, {"step": scheme.step})}


def allocate(p: Params, lanes: int) -> State:
    """Allocate the state of ``lanes`` lanes."""
    vectors = (np.zeros((lanes, 6)) for _ in range(4))
    numbers = (np.zeros(lanes) for _ in range(9))
    return State(*vectors, *numbers, *(np.zeros(lanes, np.int64) for _ in range(5)))


#: Draws a row of the table of starts, uniformly.
start = hermite_eta.start


@kernel
def begin(p, s, i, c):
    """Place the bodies as in row ``c[0]`` of the table."""
    m = load_masses(p.masses)
    x, v = coordinates(p.positions, c[0]), coordinates(p.velocities, c[0])
    memory, evaluations = prepare(m, x, v, BLANK, p.softening, SCRATCH)
    keep_bodies(s, i, x, v, memory)
    s.time[i] = 0.0
    s.dt[i] = within(p, FIRST_ETA / math.sqrt(gravity(m, x, v, p.softening)[2]))
    s.first_energy[i] = energy(m, x, v, p.softening)
    s.energy[i] = s.first_energy[i]
    s.first_momentum[i] = angular_momentum(m, x, v)
    s.step_error[i] = 0.0
    s.error[i] = 0.0
    s.gap[i] = -1.0
    s.row[i] = c[0]
    s.decision[i] = 0
    s.evaluations[i] = evaluations
    s.capped[i] = 0
    s.reason[i] = UNDER_WAY


@kernel
def apply(p, s, i, a, c, r):
    """Take the steps of one decision, weigh their cost and error, and see whether the episode ends."""
    m = load_masses(p.masses)
    x, v = coordinates(s.positions, i), coordinates(s.velocities, i)
    memory = coordinates(s.accelerations, i), coordinates(s.jerks, i), float(s.extra[i])
    h = within(p, s.dt[i] * p.choices[a[i, 0]]) if p.by_factor else float(p.choices[a[i, 0]])
    s.dt[i] = h
    clock = float(s.time[i])
    steps, tries, evaluations = 0, 0, 0
    overflow, collision = False, False
    while steps < p.steps and tries < p.step_cap and clock < p.duration and not overflow and not collision:
        used = min(h, p.duration - clock)
        size = used * binding_energy(m, x, p.softening) if p.transformed else used
        x_new, v_new, memory_new, elapsed, cost = step(m, x, v, memory, size, p.softening, SCRATCH)
        tries += 1
        evaluations += cost
        if not finite(x_new, v_new) or not elapsed > 0.0:
            overflow = True
        elif memory_new[2] > p.rejects and not p.transformed:
            h = used * reduced(memory_new[2] / p.rejects)
        else:
            x, v, memory = x_new, v_new, memory_new
            steps += 1
            clock = p.duration if used < h and not p.transformed else clock + elapsed
            collision = p.softening == 0.0 and nearest(m, x, v)[0] < CONTACT * CONTACT
    keep_bodies(s, i, x, v, memory)

    after = energy(m, x, v, p.softening)
    step_error = MOST_ERROR if overflow else bounded_error((after - s.energy[i]) / s.first_energy[i])
    s.error[i] = MOST_ERROR if overflow else bounded_error((after - s.first_energy[i]) / s.first_energy[i])
    s.step_error[i] = step_error
    allowed = max(p.tolerance * (clock - s.time[i]), LEAST_ERROR)
    s.energy[i] = after
    s.time[i] = clock
    s.decision[i] += 1
    s.evaluations[i] += evaluations
    s.capped[i] += steps < p.steps and tries == p.step_cap and clock < p.duration

    reason = UNDER_WAY
    if s.error[i] > p.error_limit:
        reason = ENERGY_LOST
    elif collision:
        reason = COLLISION
    elif clock >= p.duration:
        reason = ARRIVED
    elif s.decision[i] >= p.decisions:
        reason = USED_UP
    s.reason[i] = reason
    cost = p.force_weight * evaluations + p.error_weight * excess(step_error, allowed)
    if reason == ARRIVED and p.has_goal:
        s.gap[i] = min(farthest(m, x, coordinates(p.goals, s.row[i])), MOST_ERROR)
        cost += excess(s.gap[i], GOAL_TOLERANCE)
    if reason > ARRIVED:
        cost += LOSS
    r[i, 0] = -cost
    return reason != UNDER_WAY


@kernel
def observe(p, s, i, o):
    """Show the numbers that tell how fast the system changes, and how well it went."""
    m = load_masses(p.masses)
    x, v = coordinates(s.positions, i), coordinates(s.velocities, i)
    a, j, rate = gravity(m, x, v, p.softening)
    square, speed, cosine = nearest(m, x, v)
    o[i, 0, 0] = -0.5 * logarithm(rate)
    o[i, 0, 1] = 0.5 * logarithm(square)
    o[i, 0, 2] = 0.5 * logarithm(speed)
    o[i, 0, 3] = 0.5 * logarithm(longest(m, a))
    o[i, 0, 4] = 0.5 * logarithm(longest(m, j))
    o[i, 0, 5] = logarithm(s.dt[i])
    o[i, 0, 6] = logarithm(max(s.step_error[i], LEAST_ERROR))
    o[i, 0, 7] = logarithm(max(s.error[i], LEAST_ERROR))
    o[i, 0, 8] = cosine
    o[i, 0, 9] = min(s.time[i] / p.duration, 1.0)


@kernel
def info(p, s, i, out):
    """Write cost, errors, time and the reason for the end."""
    momentum = angular_momentum(load_masses(p.masses), coordinates(s.positions, i), coordinates(s.velocities, i))
    out[i, 0] = s.evaluations[i]
    out[i, 1] = s.error[i]
    out[i, 2] = abs(momentum - s.first_momentum[i])
    out[i, 3] = s.gap[i]
    out[i, 4] = s.time[i]
    out[i, 5] = s.capped[i]
    out[i, 6] = s.reason[i]


# Numbers --------------------------------------------------------------------------------------------------------------


@kernel
def keep_bodies(s, i, x, v, memory):
    """Write the bodies and what the scheme keeps into lane ``i``."""
    a, j, extra = memory
    for k in range(6):
        s.positions[i, k] = x[k]
        s.velocities[i, k] = v[k]
        s.accelerations[i, k] = a[k]
        s.jerks[i, k] = j[k]
    s.extra[i] = extra


@kernel
def within(p, h):
    """Return a step within what is allowed."""
    return min(max(h, LEAST_BY_FACTOR if p.by_factor else LEAST_STEP), MOST_STEP)


@kernel
def advised(p, s, i, eta):
    """Return the action with the longest step that is at most ``eta * tau``, the first action if there is none."""
    m = load_masses(p.masses)
    rate = gravity(m, coordinates(s.positions, i), coordinates(s.velocities, i), p.softening)[2]
    wanted = eta / math.sqrt(rate)
    scale = float(s.dt[i]) if p.by_factor else 1.0
    action = 0
    for k in range(p.choices.shape[0]):
        if p.choices[k] * scale <= wanted:
            action = k
    return action


def certificate(p: Params) -> Certificate:
    """Return the reference values (see "Certificate")."""
    from .step_size_reference import certify

    return certify(p)


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Draw a map of the bodies, and the numbers of lane ``i``."""
    from .step_size_picture import describe

    return describe(p, s, i, last)


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint lane ``i``, uint8 (440, 660, 3): the bodies with their latest paths, the step size and the errors."""
    from .step_size_picture import picture

    return picture(p, s, i, last)
