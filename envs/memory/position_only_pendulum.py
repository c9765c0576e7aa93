"""Swing up a pendulum and hold it, seeing where it is but not how fast it moves, with or without noise.

Description
-----------
Gymnasium's Pendulum-v1, whose angular velocity POPGym hides: a rod that turns about one end, with a motor too weak to
lift it directly. Whoever remembers the observation before the present one knows the velocity; with noise, two
observations say little, and the longer past has to be filtered.

The motion is Gymnasium's to the last digits, in float64: gravity 10, mass 1, length 1, speeds of at most 8 rad/s, and
steps of 0.05 s in which the angle moves with the new velocity. Only the torque differs: here it is one of a grid.

Action Space
------------
``Discrete(torques)``: torques from -2 to 2 at equal distances, in steps of 1 by default. Gymnasium and POPGym have the
whole interval.

Observation Space
-----------------
``Box`` of 2 float64 from -1 to 1: the cosine and the sine of the angle, which is 0 at the top. With ``noise`` an
independent normal number of that standard deviation is added to each, and the sum is clipped to the bounds.

Rewards
-------
The cost of a step is ``angle**2 + 0.1 * velocity**2 + 0.001 * torque**2`` before the motion, with the angle in
-pi .. pi. It is at most 16.2736044; as in POPGym the reward is ``(1 - cost / 8.1368022) / steps``, from -1 / ``steps``
to 1 / ``steps``.

Starting State
--------------
The angle is uniform on -pi .. pi, the velocity on -1 .. 1 rad/s.

Episode End
-----------
Truncated after ``steps`` steps; never terminated.

``info["needed"]`` is always 1.0: what came before, without which the velocity is not known, has to be remembered. (A
vector has no number that could be a bit of a set.)

Arguments
---------
steps : int, default 200, from 1 to 1,000. Length of an episode; POPGym has 200, 150 and 100 (Easy, Medium, Hard).
torques : int, default 5, from 2 to 21. How many torques there are.
noise : float, default 0 (0.1 in NoisyPositionOnlyPendulum-v0), at least 0. Standard deviation of the noise; POPGym has
    0.1, 0.2 and 0.3.

Certificate
-----------
Nobody knows the optimum of the continuum of states. The optimal value is a *reference*: what a player earns who
remembers the observation before and plans by dynamic programming on a grid of 301 angles and 201 velocities, as far as
200 steps ahead, with values interpolated linearly. A step turns the rod by at most 0.4 rad, so that two angles without
noise tell the velocity exactly; only the first action is chosen for the average of all velocities. It is the mean over
64 by 32 starts, in the middle of cells of equal probability (0.9147 with the defaults). A grid of 401 by 401 gives
0.0004 more, so that a better agent may exceed the reference by little; no return exceeds 1. With noise the reference
stays that of the player without noise, and how much of it can be reached is not known.

The random value is the mean of simulated episodes with fixed seeds, whose ``low`` and ``high`` are five standard errors
away. The memoryless value is left out: the policies of the present angle form no finite set, and none is known to be
the best. So are ``k_star`` and ``kappa``: two observations tell the state but not the steps that are left.

Version History
---------------
v0: first version.

References
----------
Morad, Kortvelesy, Bettini, Liwicki and Prorok, "POPGym: benchmarking partially observable reinforcement learning",
ICLR 2023 (PositionOnlyPendulum, NoisyPositionOnlyPendulum).
Towers et al., "Gymnasium: a standard interface for reinforcement learning environments", 2024 (Pendulum-v1).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel, pictures
from ..core.environment import Last
from ..core.fusing import fuse
from ..core.streams import normal, uniform
from .random_play import random_play

TURN, TICK = 2.0 * math.pi, 0.05
FASTEST, STRONGEST, START_SPEED = 8.0, 2.0, 1.0
#: Half of the greatest cost, as POPGym rounds it.
HALF_COST = 16.2736044 / 2.0
GREATEST_COST = math.pi * math.pi + 0.1 * FASTEST * FASTEST + 0.001 * STRONGEST * STRONGEST

#: The reference: angles and velocities of the grid, how many steps ahead it plans, angles and velocities of the starts.
GRID, AHEAD, STARTS = (301, 201), 200, (64, 32)


class Params(NamedTuple):
    """``steps`` of an episode, the grid of ``torques``, and the standard deviation of the ``noise``."""

    steps: int
    torques: np.ndarray
    noise: float


class State(NamedTuple):
    """One entry a lane (float64): the angle, which is never wrapped, and its ``velocity``; the two numbers ``seen``
    (lanes, 2). ``key`` is the stream of starts and noise.
    """

    key: np.ndarray
    angle: np.ndarray
    velocity: np.ndarray
    seen: np.ndarray


def params(steps, torques, noise):
    """Build the parameters from checked knobs."""
    return Params(steps, np.linspace(-STRONGEST, STRONGEST, torques), noise)


def action_names(p: Params) -> tuple[str, ...]:
    """Return the torques in words."""
    return tuple(f"torque {torque:+.2g}" for torque in p.torques)


def spec(p):
    """Declare the task: one player, the torques, two floats, continuous and drawn from a stream."""
    return Spec(
        actions=(len(p.torques),),
        action_names=(action_names(p),),
        observation=Observation.vector((-1.0, -1.0), (1.0, 1.0)),
        reward_range=((1.0 - GREATEST_COST / HALF_COST) / p.steps, 1.0 / p.steps),
        criterion=Criterion("return"),
        horizon=p.steps,
        sampled=True,
        enumerable=False,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.uint64), np.zeros(lanes), np.zeros(lanes), np.zeros((lanes, 2)))


@kernel
def start(p, c, stage, prob):
    """There is nothing to choose: the start is drawn from the lane's stream."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Draw angle and velocity."""
    s.angle[i] = math.pi * (2.0 * uniform(s.key, i) - 1.0)
    s.velocity[i] = START_SPEED * (2.0 * uniform(s.key, i) - 1.0)
    look(p, s, i)


@kernel
def swing(angle, velocity, torque):
    """Return angle and velocity after 0.05 s, and the cost."""
    wrapped = (angle + math.pi) % TURN - math.pi
    cost = wrapped * wrapped + 0.1 * (velocity * velocity) + 0.001 * (torque * torque)
    velocity = velocity + (15.0 * math.sin(angle) + 3.0 * torque) * TICK
    velocity = min(max(velocity, -FASTEST), FASTEST)
    return angle + velocity * TICK, velocity, cost


@kernel
def apply(p, s, i, a, c, r):
    """Swing for 0.05 s."""
    s.angle[i], s.velocity[i], cost = swing(s.angle[i], s.velocity[i], p.torques[a[i, 0]])
    look(p, s, i)
    r[i, 0] = (1.0 - cost / HALF_COST) / p.steps
    return False


@kernel
def look(p, s, i):
    """Keep what is seen of the present state: drawn once, so that an observation does not change when shown again."""
    cosine, sine = math.cos(s.angle[i]), math.sin(s.angle[i])
    if p.noise > 0.0:
        cosine += p.noise * normal(s.key, i)
        sine += p.noise * normal(s.key, i)
    s.seen[i, 0] = min(max(cosine, -1.0), 1.0)
    s.seen[i, 1] = min(max(sine, -1.0), 1.0)


@kernel
def observe(p, s, i, o):
    """Show cosine and sine."""
    o[i, 0, 0] = s.seen[i, 0]
    o[i, 0, 1] = s.seen[i, 1]


@kernel
def info(p, s, i, v):
    """Write 1.0: the past is needed."""
    v[i, 0] = 1.0


# The certificate ------------------------------------------------------------------------------------------------------


def certificate(p: Params) -> Certificate:
    """Return the reference on the optimum, and the simulated value of random play (see "Certificate")."""
    how = (
        f"mean over {STARTS[0] * STARTS[1]:,} starts of a player who remembers two observations without noise and "
        f"plans on a grid of {GRID[0]} by {GRID[1]} states; a better one may exceed it"
    )
    kernels = {"start": start, "begin": begin, "apply": apply}
    random = random_play(p, spec(p), allocate(p, 1), kernels, "PositionOnlyPendulum")
    planned = planned_return(p)
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(planned, "reference", how, low=random.low if p.noise > 0.0 else planned, high=1.0),
        random=random,
    )


def planned_return(p: Params) -> float:
    """Return the mean return of the player whom the page describes."""
    from scipy.sparse import csr_matrix

    points = GRID[0] * GRID[1]
    angles, velocities = np.arange(GRID[0]) * (TURN / GRID[0]), np.linspace(-FASTEST, FASTEST, GRID[1])
    *after, cost = _outcomes(p, *_pairs(angles, velocities))
    corners, weights = (np.stack(each, axis=-1).ravel() for each in _interpolation(*after))
    successors = csr_matrix((weights, corners, np.arange(0, 4 * cost.size + 1, 4)), shape=(cost.size, points))
    to_go = [np.zeros(points)]
    while len(to_go) <= min(p.steps, AHEAD):
        to_go.append((cost + (successors @ to_go[-1]).reshape(cost.shape)).min(axis=0))
    middles = [(np.arange(count) + 0.5) / count * 2.0 - 1.0 for count in STARTS]
    angle, velocity = _pairs(math.pi * middles[0], START_SPEED * middles[1])
    total, lanes = np.zeros(len(angle)), np.arange(len(angle))
    for left in range(p.steps, 0, -1):
        *after, cost = _outcomes(p, angle, velocity)
        values = to_go[min(left - 1, AHEAD)]
        worth = cost + sum(weight * values[corner] for corner, weight in zip(*_interpolation(*after), strict=True))
        if left == p.steps:  # one observation does not tell the velocity
            worth = np.repeat(worth.reshape(-1, *STARTS).mean(axis=2), STARTS[1], axis=1)
        best = worth.argmin(axis=0)
        angle, velocity = (each[best, lanes] for each in after)
        total += cost[best, lanes]
    return float(1.0 - total.mean() / HALF_COST / p.steps)


def _pairs(angles: np.ndarray, velocities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs, as two arrays (angles * velocities,)."""
    return np.repeat(angles, len(velocities)), np.tile(velocities, len(angles))


def _outcomes(p: Params, angle: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    """Return angle, velocity and cost, float64 (3, torques, n), of every torque in ``n`` states.

    The states come last: the least of few long rows is found many times faster than that of many short ones.
    """
    out = np.zeros((3, len(p.torques), len(angle)))
    swing_all: Any = fuse(_swing_all, {"swing": swing}, "PositionOnlyPendulum")
    swing_all(p.torques, angle, velocity, out)
    return out


def _swing_all(torques, angle, velocity, out):
    for k in range(torques.shape[0]):
        for n in range(angle.shape[0]):
            out[0, k, n], out[1, k, n], out[2, k, n] = swing(angle[n], velocity[n], torques[k])


def _interpolation(angle: np.ndarray, velocity: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the four points of the grid around each of these states, and their weights."""
    across = angle % TURN / TURN * GRID[0]
    up = (velocity + FASTEST) / (2.0 * FASTEST) * (GRID[1] - 1)
    left, low = across.astype(np.int64), np.minimum(up.astype(np.int64), GRID[1] - 2)
    share, rise = across - left, up - low
    corners = [(left + right) % GRID[0] * GRID[1] + low + above for right in (0, 1) for above in (0, 1)]
    return corners, [part * rest for part in (1.0 - share, share) for rest in (1.0 - rise, rise)]


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Write where the pendulum is, what is seen, and what is hidden."""
    degrees = math.degrees((s.angle[i] + math.pi) % TURN - math.pi)
    rows = [[" "] * 13 for _ in range(7)]
    for share in (0.4, 0.7, 1.0):
        column, row = 6 - round(6 * share * math.sin(s.angle[i])), 3 - round(3 * share * math.cos(s.angle[i]))
        rows[row][column] = "O" if share == 1.0 else "."
    rows[3][6] = "+"
    return "\n".join(
        [
            *("".join(row).rstrip() for row in rows),
            f"agent sees: cos {s.seen[i, 0]:+.3f}  sin {s.seen[i, 1]:+.3f}",
            f"true: {degrees:+.1f} deg from the top, {s.velocity[i]:+.3f} rad/s",
            f"step {last.clock}  action {pictures.name_of(action_names(p), last)}  reward {last.rewards[0]:g}  "
            f"total {last.total[0]:g}",
        ]
    )


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint the rod with its (hidden) velocity and the torque, and as an outline where the agent sees it."""
    frame = pictures.board("Pendulum, position only", last)
    x, y, length = 320.0, 146.0, 74.0
    canvas.circle(frame, x, y, length + 8, canvas.FAINT, border=2)
    angle = float(s.angle[i])
    tip = x - length * math.sin(angle), y - length * math.cos(angle)
    canvas.line(frame, x, y, *tip, canvas.PLAYERS[1], width=12)
    canvas.circle(frame, x - length * s.seen[i, 1], y - length * s.seen[i, 0], 9, canvas.INK, border=2)
    canvas.circle(frame, x, y, 6, canvas.INK)
    for row, (name, number, most, colour) in enumerate(
        [
            ("velocity", float(s.velocity[i]), FASTEST, canvas.ACCENT),
            ("torque", 0.0 if last.actions is None else float(p.torques[last.actions[0]]), STRONGEST, canvas.GOOD),
        ]
    ):
        top = 96 + 62 * row
        canvas.text(frame, 480, top, name, canvas.MUTED)
        canvas.text(frame, 610, top, f"{number:+.2f}", align="right")
        canvas.rectangle(frame, 480, top + 22, 130, 8, canvas.FAINT, radius=4)
        canvas.line(frame, 545, top + 26, 545 + 63 * number / most, top + 26, colour, width=8)
    seen = f"{s.seen[i, 0]:+.2f} {s.seen[i, 1]:+.2f}"
    pictures.panels(frame, seen, canvas.PLAYERS[1], pictures.name_of(action_names(p), last), last)
    canvas.text(frame, 284, 258, "cos, sin", canvas.MUTED, align="right")
    return frame
