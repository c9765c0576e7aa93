"""HermiteEta: choose the accuracy of a three-body integration, again every 0.1 years.

Description
-----------
Three stars of one solar mass move in a plane under their gravity, which is chaotic. A fourth-order Hermite integrator
(`hermite.advance`) moves them with steps of ``mu * tau``, where ``tau`` is the shortest time scale of any pair: small
``mu`` is accurate and costs many sub-steps. Every 0.1 years the agent chooses the ``mu`` of the next 0.1 years. It is
rewarded for a large ``mu`` and punished for the error of the total energy so far. This is the environment published by
Saz Ulibarrena and Portegies Zwart, with initial conditions, actions, observations and reward as in their code.

Units: G = 1, the total mass is 1, lengths in astronomical units; 0.1 years are ``0.2 * pi * sqrt(3)``. The motion takes
no function but the square root, so that it is the same to the last digit on every machine.

Action Space
------------
``Discrete(10)``: ``mu`` = 1e-4, 2.2e-4, 4.6e-4, 1e-3, ... 1e-1, three values a decade.

Observation Space
-----------------
``Box`` of 13 float64. 0 to 5: a tenth of the positions ``x1, y1, x2, y2, x3, y3``, clipped to -100 .. 100. 6 to 11: the
velocities in the same order, clipped to -100 .. 100 (neither exceeds 11 in any episode behind the certificate). 12:
``-log10(e)``, from -10 to 20, and 0 before the first decision; e is the relative energy error
``abs((E - E0) / E0 + 1e-20)`` since the start, at most 1e10. The index of the decision, on which the reward depends, is
not observed.

Rewards
-------
Decision k = 1 is worth 0. From k = 2 on ::

    R_k = 4 / abs(log10(mu)) - 3000 * log10(e / 1e-10) / abs(log10(e))**3 / k

which is variant 5 of the published code with the weights (3000, 0, 4) of its trained models. In this formula e counts
as 0.1 where it is larger, which happens only in the decision that ends an episode: as published, the formula has a pole
at e = 1, so that the mean of a policy that may lose the orbit is infinite, and it forgives errors far beyond 1. Every
reward lies between -13,500 (e = 0.1 at k = 2) and 56/9 (e = 1e-15 with ``mu`` = 0.1 at k = 2).

Starting State
--------------
Chance picks row s of a table, uniformly, or ``options={"outcome": s}`` does. Row s holds the published initial
condition of seed s: with ``u = numpy.random.RandomState(s).random_sample(4)`` the stars stand at (0, 0),
(5 + 15 u0, 10 u1) and (-10 u2, 5 + 15 u3), their velocities are (0, 10), (-10, 0) and (0, 0) km/s, all relative to the
centre of mass.

Episode End
-----------
Terminated: the relative energy error exceeds 0.1. Truncated: after ``decisions`` decisions.

``info`` holds the ``sub_steps`` of the episode so far (the cost: each is one evaluation of all forces),
``energy_error``, the relative energy error e (0 before the first decision), and ``cost_capped``, the decisions of the
episode that ``sub_step_cap`` cut short.

Arguments
---------
decisions : length of an episode in decisions of 0.1 years; 100 in published training, 300 in published evaluation.
starts : number of rows of the table of starts; 100 in published evaluation.
sub_step_cap : most sub-steps of one decision; the decision then ends early, at an earlier time.

Certificate
-----------
Nobody knows the optimum. The optimal value is a *reference*: the mean return, over the table of starts, of the fixed
``mu`` that is best in hindsight. An agent that changes ``mu`` may exceed it, and its regret is then negative. It is the
reference because published policies do not reach it: in an independent port, over 100 starts and 300 decisions, the
released network "1444" has a mean return of 260 (63,456 sub-steps, median error 3.5e-10) and its fine-tuned successor
"88" one of -104,525 (by the unbounded formula), while the fixed ``mu`` = 0.01 has 551 (8,464 sub-steps, 1.2e-8) and
``mu`` = 0.0046 has 505 (18,060 sub-steps, 3.3e-10). Uniform random play is the mean of simulated episodes.

Both are stored for 100 and 300 decisions, 1 to 100 starts and the default cap (``assets/reference/hermite_eta.json``,
written by ``python benchmarks/reference_hermite_eta.py``). For other settings they are computed, which takes about half
a minute for 100 starts and 100 decisions.

Version History
---------------
v0: first release.

References
----------
V. Saz Ulibarrena and S. Portegies Zwart, "Reinforcement learning for adaptive time-stepping in the chaotic
gravitational three-body problem", arXiv:2502.12809; code: github.com/veronicasaz/ThreeBodyProblem_astronomy, commit
583e67d, of which this is an independent port.
"""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from ...assets import reference as folder
from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.environment import Last
from ..core.fusing import fuse
from ..core.streams import EVALUATION, below, seed_streams
from .hermite import advance, coordinates
from .picture import bodies_map, paint_bodies
from .planar import energy

#: ``numpy.logspace(-4, -1, 10)``. Literals, because in a chaotic system the last digit decides where the stars go.
MUS = (
    0.0001,
    0.00021544346900318845,
    0.00046415888336127773,
    0.001,
    0.002154434690031882,
    0.004641588833612777,
    0.01,
    0.021544346900318822,
    0.046415888336127774,
    0.1,
)
MASSES = (1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0)
DECISION = 0.2 * math.pi * math.sqrt(3.0)
#: The velocity of a circular orbit of one astronomical unit around three solar masses, in km/s.
VELOCITY_UNIT = math.sqrt(3.0 * 1.3271244e20 / 149597870700.0) / 1000.0

SPEED_WEIGHT, ERROR_WEIGHT, ERROR_GOAL = 4.0, 3000.0, 1e-10
ERROR_LIMIT = 0.1
LEAST_ERROR, MOST_ERROR = 1e-20, 1e10
BOUND = 100.0

RANDOM_EPISODES = 100


class Params(NamedTuple):
    """``mus`` and their reward ``speed_rewards`` by action, the table of starts (starts, 6), and the two limits."""

    mus: np.ndarray
    speed_rewards: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    decisions: int
    sub_step_cap: int


class State(NamedTuple):
    """The bodies (lanes, 6), and one entry a lane: the energy at the start, its relative ``error`` since, and since the
    start the numbers of decisions, of sub-steps and of ``capped`` decisions.
    """

    positions: np.ndarray
    velocities: np.ndarray
    first_energy: np.ndarray
    error: np.ndarray
    decision: np.ndarray
    sub_steps: np.ndarray
    capped: np.ndarray


def params(decisions: int, starts: int, sub_step_cap: int) -> Params:
    """Build the parameters from checked knobs."""
    table = [initial_condition(seed) for seed in range(starts)]
    return Params(
        mus=np.array(MUS),
        speed_rewards=np.array([SPEED_WEIGHT / abs(math.log10(mu)) for mu in MUS]),
        positions=np.array([positions for positions, _ in table]),
        velocities=np.array([velocities for _, velocities in table]),
        decisions=decisions,
        sub_step_cap=sub_step_cap,
    )


def initial_condition(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions and velocities, float64 (6,), of the published initial condition of ``seed``."""
    u = np.random.RandomState(seed).random_sample(4)
    positions = np.array([[0.0, 0.0], [5.0 + 15.0 * u[0], 10.0 * u[1]], [-10.0 * u[2], 5.0 + 15.0 * u[3]]])
    velocities = np.array([[0.0, 10.0], [-10.0, 0.0], [0.0, 0.0]]) / VELOCITY_UNIT
    return (positions - positions.mean(axis=0)).ravel(), (velocities - velocities.mean(axis=0)).ravel()


def spec(p: Params) -> Spec:
    """Declare the task: one player, ten actions, 13 floats, a deterministic and costly step."""
    return Spec(
        actions=(len(MUS),),
        action_names=(tuple(f"mu = {mu:.1e}" for mu in MUS),),
        observation=Observation.vector([-BOUND] * 12 + [-10.0], [BOUND] * 12 + [20.0]),
        reward_range=(-13_500.0, 6.25),
        criterion=Criterion("return"),
        horizon=p.decisions,
        start_outcomes=len(p.positions),
        enumerable=False,
        info=("sub_steps", "energy_error", "cost_capped"),
        guarded=True,
    )


def allocate(p: Params, lanes: int) -> State:
    """Allocate the state of ``lanes`` lanes."""
    bodies = (np.zeros((lanes, 6)) for _ in range(2))
    energies = (np.zeros(lanes) for _ in range(2))
    return State(*bodies, *energies, *(np.zeros(lanes, np.int64) for _ in range(3)))


@kernel
def start(p, c, stage, prob):
    """Draw a row of the table of starts, uniformly."""
    count = p.positions.shape[0]
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def begin(p, s, i, c):
    """Place the bodies as in row ``c[0]`` of the table."""
    for k in range(6):
        s.positions[i, k] = p.positions[c[0], k]
        s.velocities[i, k] = p.velocities[c[0], k]
    s.first_energy[i] = energy(MASSES, coordinates(s.positions, i), coordinates(s.velocities, i), 0.0)
    s.error[i] = 0.0
    s.decision[i] = 0
    s.sub_steps[i] = 0
    s.capped[i] = 0


@kernel
def apply(p, s, i, a, c, r):
    """Integrate 0.1 years with the chosen ``mu`` and weigh it against the energy error."""
    x, v, steps, time = advance(
        MASSES,
        coordinates(s.positions, i),
        coordinates(s.velocities, i),
        float(p.mus[a[i, 0]]),
        DECISION,
        p.sub_step_cap,
        0.0,
    )
    for k in range(6):
        s.positions[i, k] = x[k]
        s.velocities[i, k] = v[k]
    before = s.first_energy[i]
    error = abs((energy(MASSES, x, v, 0.0) - before) / before + LEAST_ERROR)
    if not error < MOST_ERROR:  # catches NaN too
        error = MOST_ERROR
    s.error[i] = error
    s.decision[i] += 1
    s.sub_steps[i] += steps
    s.capped[i] += time < DECISION
    r[i, 0] = reward(p, a[i, 0], error, s.decision[i]) if s.decision[i] > 1 else 0.0
    return error > ERROR_LIMIT


@kernel
def reward(p, action, error, decision):
    """Return the reward of a decision after the first, whose index ``decision`` counts from 1."""
    error = min(error, ERROR_LIMIT)
    size = -math.log10(error)
    penalty = math.log10(error / ERROR_GOAL) / (size * size * size) / decision
    return p.speed_rewards[action] - ERROR_WEIGHT * penalty


@kernel
def observe(p, s, i, o):
    """Show positions, velocities and the size of the energy error."""
    for k in range(6):
        o[i, 0, k] = clip(0.1 * s.positions[i, k])
        o[i, 0, 6 + k] = clip(s.velocities[i, k])
    o[i, 0, 12] = -math.log10(s.error[i]) if s.decision[i] > 0 else 0.0


@kernel
def info(p, s, i, out):
    """Write sub-steps, energy error and capped decisions of the episode so far."""
    out[i, 0] = s.sub_steps[i]
    out[i, 1] = s.error[i]
    out[i, 2] = s.capped[i]


@kernel
def clip(value):
    """Return ``value`` within the bounds of the observation (NaN becomes the lower one)."""
    if value > BOUND:
        return BOUND
    return value if value > -BOUND else -BOUND


# The certificate ------------------------------------------------------------------------------------------------------


class Measured(NamedTuple):
    """Episodes from every start of a table.

    ``returns``, ``sub_steps`` and ``errors`` (starts, 10): return, sub-steps and last energy error of fixed actions.
    ``random_returns`` and ``random_variances`` (starts,): mean and variance of the return of uniform random play.
    """

    returns: np.ndarray
    sub_steps: np.ndarray
    errors: np.ndarray
    random_returns: np.ndarray
    random_variances: np.ndarray


def certificate(p: Params) -> Certificate:
    """Return the reference values: the best fixed ``mu`` in hindsight, and uniform random play (see "Certificate")."""
    stored = recall(p)
    measured = measure(p) if stored is None else stored
    starts, actions = measured.returns.shape
    command = "computed now" if stored is None else "python benchmarks/reference_hermite_eta.py"
    means = measured.returns.mean(axis=0)
    best = int(means.argmax())
    deviation = math.sqrt(measured.random_variances.sum() / RANDOM_EPISODES) / starts
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(
            float(means[best]),
            "reference",
            f"mu = {MUS[best]:.2g}, the best in hindsight of {actions} fixed values over {starts} starts and "
            f"{p.decisions} decisions; an agent that changes mu may exceed it ({command})",
        ),
        random=Value(
            float(measured.random_returns.mean()),
            "reference",
            f"mean of {RANDOM_EPISODES} episodes from each start, standard error {deviation:.2g} ({command})",
        ),
        facts={
            "best_fixed_action": best,
            "best_fixed_mu": MUS[best],
            "mean_returns": tuple(means.tolist()),
            "mean_sub_steps": tuple(measured.sub_steps.mean(axis=0).tolist()),
            "median_energy_errors": tuple(np.median(measured.errors, axis=0).tolist()),
            "best_fixed_action_of_each_start": tuple(measured.returns.argmax(axis=1).tolist()),
            "mean_return_of_best_fixed_action_of_each_start": float(measured.returns.max(axis=1).mean()),
        },
    )


def recall(p: Params) -> Measured | None:
    """Return the stored measurements of these parameters, or None where there are none."""
    text = (resources.files(folder) / "hermite_eta.json").read_text(encoding="utf-8")
    for run in json.loads(text)["runs"]:
        same = run["decisions"] == p.decisions and run["sub_step_cap"] == p.sub_step_cap
        if same and run["starts"] >= len(p.positions):
            return Measured(*(np.array(run[name])[: len(p.positions)] for name in Measured._fields))
    return None


def measure(p: Params) -> Measured:
    """Play every fixed action, and `RANDOM_EPISODES` episodes of uniform random play, from every start of the table.

    A start has a random stream of its own, so that its numbers do not depend on the length of the table.
    """
    run: Any = fuse(play, {}, "HermiteEta_reference")
    starts, s = len(p.positions), allocate(p, 1)
    streams = seed_streams(np.arange(starts), EVALUATION)
    work = np.zeros((1, 1), np.int64), np.zeros(1, np.int64), np.zeros((1, 1))
    fixed = np.zeros((3, starts, len(MUS)))
    random_returns = np.zeros((starts, RANDOM_EPISODES))
    for row in range(starts):
        for action in range(len(MUS)):
            fixed[0, row, action] = run(p, s, row, action, streams, *work)
            fixed[1:, row, action] = s.sub_steps[0], s.error[0]
        for episode in range(RANDOM_EPISODES):
            random_returns[row, episode] = run(p, s, row, -1, streams, *work)
    return Measured(fixed[0], fixed[1], fixed[2], random_returns.mean(axis=1), random_returns.var(axis=1, ddof=1))


def play(p, s, row, action, streams, a, c, r):
    """Play an episode from start ``row`` in lane 0 and return its return; ``action`` -1 draws every action."""
    total = 0.0
    c[0] = row
    begin(p, s, 0, c)
    for _ in range(p.decisions):
        a[0, 0] = action if action >= 0 else below(streams, row, len(MUS))
        terminated = apply(p, s, 0, a, c, r)
        total += r[0, 0]
        if terminated:
            break
    return total


# Pictures -------------------------------------------------------------------------------------------------------------

YEARS = 0.1
TRAIL = 15.0 * DECISION


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Draw a map of the stars, 1 to 3, and the numbers of lane ``i``."""
    action = "none yet" if last.actions is None else f"{MUS[last.actions[0]]:.1e}"
    return "\n".join(
        [
            *bodies_map(s.positions[i]),
            f"decision {s.decision[i]} of {p.decisions} ({YEARS * s.decision[i]:.1f} years)   mu {action}",
            f"energy error {s.error[i]:.1e} (limit {ERROR_LIMIT:g})   sub-steps {s.sub_steps[i]:,}",
            f"reward {last.rewards[0]:+.3f}   return {last.total[0]:+.2f}",
        ]
    )


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint lane ``i``, uint8 (440, 660, 3): the stars with their velocities and latest paths, and the numbers."""
    frame = canvas.blank(660, 440)
    elapsed = DECISION * s.decision[i]
    paint_bodies(frame[10:430, 10:430], MASSES, s.positions[i], s.velocities[i], min(TRAIL, elapsed))

    left, right = 450, 645
    canvas.text(frame, left, 20, f"decision {s.decision[i]} / {p.decisions}")
    canvas.bar(frame, left, 42, right - left, 8, s.decision[i] / p.decisions, canvas.MUTED)
    canvas.text(frame, left, 58, f"{YEARS * s.decision[i]:.1f} years", canvas.MUTED)

    action = -1 if last.actions is None else int(last.actions[0])
    canvas.text(frame, left, 100, "mu", canvas.MUTED)
    canvas.text(frame, right, 100, "-" if action < 0 else f"{MUS[action]:.1e}", align="right")
    for k in range(len(MUS)):
        height = 6 + 2 * k
        colour = canvas.ACCENT if k == action else canvas.FAINT
        canvas.rectangle(frame, left + 20 * k, 146 - height, 14, height, colour, radius=2)

    # both ends of the scale are fixed: rounding error of float64, and the error that ends the episode
    share = 1.0 + math.log10(max(s.error[i], 1e-16) / ERROR_LIMIT) / 15.0
    alarm = canvas.mix(canvas.GOOD, canvas.BAD, min(max(2.0 * share - 1.0, 0.0), 1.0))
    canvas.text(frame, left, 180, "|dE/E|", canvas.MUTED)
    canvas.text(frame, right, 180, f"{s.error[i]:.1e}", align="right")
    canvas.bar(frame, left, 204, right - left, 12, share, alarm)
    canvas.text(frame, left, 222, "1e-16", canvas.MUTED, scale=1)
    canvas.text(frame, right, 222, "limit 0.1", canvas.MUTED, scale=1, align="right")

    for row, (name, value) in enumerate(
        [
            ("sub-steps", f"{s.sub_steps[i]:,}"),
            ("reward", f"{last.rewards[0]:+.2f}"),
            ("return", f"{last.total[0]:+.1f}"),
        ]
    ):
        canvas.text(frame, left, 264 + 34 * row, name, canvas.MUTED)
        canvas.text(frame, right, 264 + 34 * row, value, align="right")
    if s.error[i] > ERROR_LIMIT:
        canvas.text(frame, (left + right) / 2, 390, "energy lost", canvas.BAD, align="center")
    return frame
