"""Balance a pole on a cart, seeing the positions but not the velocities, with or without noise.

Description
-----------
The cart pole of Barto, Sutton and Anderson in the form of Gymnasium's CartPole-v1: a cart is pushed to the left or
right with 10 N, and the pole that stands on it must not fall. POPGym hides both velocities. Whoever remembers the
observation before the present one knows them; with noise, two observations say little, and the longer past has to be
filtered.

The motion is Gymnasium's to the last digits, in float64: gravity 9.8, masses 1 and 0.1, half the pole's length 0.5, and
the explicit Euler rule with steps of 0.02 s (positions move with the velocities of before).

Action Space
------------
``Discrete(2)``: 0 push to the left, 1 push to the right.

Observation Space
-----------------
``Box`` of 2 float64: the cart's position in metres, within -4.8 .. 4.8, and the pole's angle from the vertical in
radians, within -0.419 .. 0.419 (24 degrees). With ``noise`` an independent normal number of that standard deviation is
added to each of the two, in metres and radians, and the sum is clipped to the bounds.

Rewards
-------
``1 / steps`` for every step, also the one with which the pole falls, as in POPGym.

Starting State
--------------
The position, the angle and both velocities are uniform on -0.05 .. 0.05.

Episode End
-----------
Terminated when the cart is more than 2.4 m from the middle or the pole more than 12 degrees from the vertical.
Truncated after ``steps`` steps.

``info["needed"]`` is 1.0 until the pole falls: what came before, without which the velocities are not known, has to be
remembered. (A vector has no number that could be a bit of a set.)

Arguments
---------
steps : int, default 200, at least 1. Length of an episode; POPGym has 200, 400 and 600 (Easy, Medium, Hard).
noise : float, default 0 (0.1 in NoisyPositionOnlyCartPole-v0), at least 0. Standard deviation of the noise; POPGym has
    0.1, 0.2 and 0.3.

Certificate
-----------
No return exceeds ``steps`` * (1 / ``steps``) = 1: the optimal value is that *bound*. Without noise it is attained, as
far as simulation can tell: `balance`, which looks at the last two observations only, keeps the pole up for 200, 400 and
600 steps from every one of 10,000 starts (a test plays them), so that ``k_star`` and ``kappa`` are at most 2. It is no
proof for the starts in between, which are a continuum. With noise nobody knows how much of the bound can be reached,
nor with how many observations.

The random value is a *reference*: the mean of simulated episodes with fixed seeds, whose ``low`` and ``high`` are five
standard errors away. The memoryless value is left out: the policies of the present positions form no finite set, and
none is known to be the best. (Pushing towards the side to which the pole leans lasts for 42 of 200 steps.)

Version History
---------------
v0: first version.

References
----------
Morad, Kortvelesy, Bettini, Liwicki and Prorok, "POPGym: benchmarking partially observable reinforcement learning",
ICLR 2023 (PositionOnlyCartPole, NoisyPositionOnlyCartPole).
Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning control problems", IEEE
Transactions on Systems, Man, and Cybernetics SMC-13, 1983.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel, pictures
from ..core.environment import Last
from ..core.streams import normal, uniform
from .random_play import random_play

LEFT, RIGHT = range(2)
ACTIONS = ("left", "right")
GRAVITY, TOTAL_MASS, POLE_MASS, HALF_LENGTH = 9.8, 1.1, 0.1, 0.5
POLE_MOMENT = POLE_MASS * HALF_LENGTH
FORCE, TICK = 10.0, 0.02
FARTHEST, STEEPEST = 2.4, 12 * 2 * math.pi / 360
START = 0.05
#: Weights of position, velocity, angle and angular velocity in `balance`.
GAINS = (0.1, 0.2, 1.0, 0.2)


class Params(NamedTuple):
    """``steps`` of an episode, and the standard deviation of the ``noise``."""

    steps: int
    noise: float


class State(NamedTuple):
    """One entry a lane (float64): position, angle and their velocities, and the two numbers ``seen`` (lanes, 2).
    ``key`` is the stream of starts and noise.
    """

    key: np.ndarray
    x: np.ndarray
    x_velocity: np.ndarray
    angle: np.ndarray
    angle_velocity: np.ndarray
    seen: np.ndarray


def params(steps, noise):
    """Build the parameters from checked knobs."""
    return Params(steps, noise)


def spec(p):
    """Declare the task: one player, two actions, two floats, continuous and drawn from a stream."""
    bounds = np.array([2.0 * FARTHEST, 2.0 * STEEPEST])
    return Spec(
        actions=(2,),
        action_names=(ACTIONS,),
        observation=Observation.vector(-bounds, bounds),
        reward_range=(0.0, 1.0 / p.steps),
        criterion=Criterion("return"),
        horizon=p.steps,
        sampled=True,
        enumerable=False,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.uint64), *(np.zeros(lanes) for _ in range(4)), np.zeros((lanes, 2)))


@kernel
def start(p, c, stage, prob):
    """There is nothing to choose: the start is drawn from the lane's stream."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Draw the four numbers of the start."""
    s.x[i] = START * (2.0 * uniform(s.key, i) - 1.0)
    s.x_velocity[i] = START * (2.0 * uniform(s.key, i) - 1.0)
    s.angle[i] = START * (2.0 * uniform(s.key, i) - 1.0)
    s.angle_velocity[i] = START * (2.0 * uniform(s.key, i) - 1.0)
    look(p, s, i)


@kernel
def apply(p, s, i, a, c, r):
    """Push for 0.02 s."""
    x, x_velocity, angle, angle_velocity = s.x[i], s.x_velocity[i], s.angle[i], s.angle_velocity[i]
    force = FORCE if a[i, 0] == RIGHT else -FORCE
    cosine, sine = math.cos(angle), math.sin(angle)
    pull = (force + POLE_MOMENT * (angle_velocity * angle_velocity) * sine) / TOTAL_MASS
    turning = (GRAVITY * sine - cosine * pull) / (
        HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * (cosine * cosine) / TOTAL_MASS)
    )
    moving = pull - POLE_MOMENT * turning * cosine / TOTAL_MASS
    s.x[i] = x + TICK * x_velocity
    s.x_velocity[i] = x_velocity + TICK * moving
    s.angle[i] = angle + TICK * angle_velocity
    s.angle_velocity[i] = angle_velocity + TICK * turning
    look(p, s, i)
    r[i, 0] = 1.0 / p.steps
    return fallen(s, i)


@kernel
def look(p, s, i):
    """Keep what is seen of the present state: drawn once, so that an observation does not change when shown again."""
    x, angle = s.x[i], s.angle[i]
    if p.noise > 0.0:
        x += p.noise * normal(s.key, i)
        angle += p.noise * normal(s.key, i)
    s.seen[i, 0] = min(max(x, -2.0 * FARTHEST), 2.0 * FARTHEST)
    s.seen[i, 1] = min(max(angle, -2.0 * STEEPEST), 2.0 * STEEPEST)


@kernel
def fallen(s, i):
    """Return whether the pole has fallen or the cart left the track."""
    return abs(s.x[i]) > FARTHEST or abs(s.angle[i]) > STEEPEST


@kernel
def observe(p, s, i, o):
    """Show position and angle."""
    o[i, 0, 0] = s.seen[i, 0]
    o[i, 0, 1] = s.seen[i, 1]


@kernel
def info(p, s, i, v):
    """Write 1.0 while the past is needed."""
    v[i, 0] = 0.0 if fallen(s, i) else 1.0


def balance(before: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return actions, int64 (lanes,), that balance the pole, from the last two observations (lanes, 2) without noise.

    Between two steps the positions move with the velocities of before, which their difference tells exactly. The push
    goes to the side of the weighted sum (`GAINS`) of both positions and both velocities. When an episode has only one
    observation yet, it is given twice.
    """
    x_velocity, angle_velocity = (now - before).T / TICK
    a, b, c, d = GAINS
    return (a * now[:, 0] + b * x_velocity + c * now[:, 1] + d * angle_velocity > 0.0).astype(np.int64)


def certificate(p: Params) -> Certificate:
    """Return the bound on the optimum, and the simulated value of random play (see "Certificate")."""
    how = "a reward of 1 / steps in each of at most `steps` steps"
    facts = {}
    if p.noise == 0.0:
        how += "; the controller `balance` of the last two observations attains it from every start that was tried"
        facts = {"k_star_at_most": 2, "kappa_at_most": 2}
    kernels = {"start": start, "begin": begin, "apply": apply}
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(1.0, "bound", how, high=1.0),
        random=random_play(p, spec(p), allocate(p, 1), kernels, "PositionOnlyCartPole"),
        facts=facts,
    )


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Draw the track with the cart, and write the hidden state beside what is seen."""
    column = round((min(max(s.x[i] / FARTHEST, -1.0), 1.0) + 1.0) * 20)
    lean = "|" if abs(s.angle[i]) < STEEPEST / 3 else ("/" if s.angle[i] > 0.0 else "\\")
    return (
        f"{' ' * column}{lean}\n"
        f"{'-' * column}#{'-' * (40 - column)}\n"
        f"agent sees: x {s.seen[i, 0]:+.3f} m  angle {math.degrees(s.seen[i, 1]):+.2f} deg\n"
        f"true: x {s.x[i]:+.3f} m {s.x_velocity[i]:+.3f} m/s  angle {math.degrees(s.angle[i]):+.2f} deg "
        f"{math.degrees(s.angle_velocity[i]):+.2f} deg/s\n"
        f"step {last.clock}  action {pictures.name_of(ACTIONS, last)}  reward {last.rewards[0]:g}  "
        f"total {last.total[0]:g}"
    )


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint cart and pole with the (hidden) velocity of the cart, and as an outline where the agent sees them."""
    frame = pictures.board("Cart pole, positions only", last)
    canvas.line(frame, 40, 220, 600, 220, canvas.MUTED, width=2)
    for edge in (-FARTHEST, FARTHEST):
        canvas.line(frame, _across(edge), 210, _across(edge), 230, canvas.BAD, width=3)
    _paint_pole(frame, s.seen[i, 0], s.seen[i, 1], canvas.FAINT, canvas.FAINT)
    _paint_pole(frame, s.x[i], s.angle[i], canvas.ACCENT, canvas.PLAYERS[1])
    x, speed = _across(s.x[i]), 60.0 * min(max(float(s.x_velocity[i]), -3.0), 3.0)
    if abs(speed) > 8.0:
        canvas.arrow(frame, x, 205, x + speed, 205, canvas.INK, width=2, head=8)
    seen = f"{s.seen[i, 0]:+.2f} {math.degrees(s.seen[i, 1]):+.1f}"
    pictures.panels(frame, seen, canvas.ACCENT, pictures.name_of(ACTIONS, last), last)
    canvas.text(frame, 284, 258, "m, deg", canvas.MUTED, align="right")
    return frame


def _across(x: float) -> float:
    return 320.0 + 260.0 * float(x) / FARTHEST


def _paint_pole(frame: np.ndarray, x: float, angle: float, cart: canvas.Colour, pole: canvas.Colour) -> None:
    middle, length = _across(x), 4.0 * HALF_LENGTH * 65.0
    canvas.rectangle(frame, middle - 26, 192, 52, 26, cart, radius=6)
    canvas.line(frame, middle, 192, middle + length * math.sin(angle), 192 - length * math.cos(angle), pole, width=8)
    canvas.circle(frame, middle, 192, 5, canvas.INK)
