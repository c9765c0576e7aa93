"""RiverSwim: a chain whose large reward lies upstream, at the end of a swim that the current works against.

Description
-----------
A swimmer is in one of ``states`` places of a river that flows to the left. Swimming left always goes along with the
current. Swimming right may succeed, hold the place or be carried back. The left bank pays a little at once, the right
end pays a lot to whoever holds out there: a learner that explores without a plan stays at the left bank. The task never
ends and is judged by its gain, the average reward a step.

The literature uses this name for several sets of numbers, and the knob ``variant`` names them. Probabilities of moving
left/staying/moving right under the action right, and rewards at the left/right end:

============== ======== ========== ========= ========= ===========================================
variant        left end in between right end rewards   source
============== ======== ========== ========= ========= ===========================================
classic        0/.4/.6  .05/.6/.35 .4/.6/0   .005/1    Osband, Russo and Van Roy 2013
statrl         0/.6/.4  .05/.55/.4 .05/.95/0 .005/1    experiments of the StatisticalRL group
statrl-default 0/.4/.6  .05/.35/.6 .05/.95/0 .1/.99    defaults of StatisticalRL's RiverSwim
naik           0/.1/.9  .05/.05/.9 .05/.95/0 .005/1    RiverSwim of Naik's average-reward-methods
ergodic        0/.4/.6  .05/.35/.6 .05/.95/0 .1/1      defaults of StatisticalRL's ErgodicRiverSwim
jump           0/.7/.3  .1/.6/.3   .7/.3/0   .2/1      JumpRiverSwim of Wei et al. 2020
============== ======== ========== ========= ========= ===========================================

In ``ergodic`` the action left fails with probability .001: it goes left with .999 (where there is a left), drifts right
with .0005 (where there is a right) and else stays. In ``jump``, which has six places only, each of the six is jumped to
with probability .01/6, and the .01 is taken off one branch: off the certain one under left, off the branch of .3 under
right. Some StatisticalRL experiments with 25 places pay .99 instead of 1. Colosseum's RiverSwim, whose moves are
certain but for its parameters p_rand and p_lazy, is a family of its own and no variant here.

Action Space
------------
``Discrete(2)``: 0 left, 1 right.

Observation Space
-----------------
``Discrete(states)``: the place, 0 at the left end. Nothing is hidden.

Rewards
-------
The left reward for the action left at the left end, the right reward for the action right at the right end, wherever
that leads; else 0.

Starting State
--------------
Always the left end. (Strehl and Littman begin in the second or third place, Naik anywhere; the gain is the same.)

Episode End
-----------
Never: there is neither termination nor a time limit.

Arguments
---------
states : int, default 6, at least 2. How many places.
variant : str, default "classic". One of the names in the table. (JumpRiverSwim is the variant jump, ErgodicRiverSwim
    the variant ergodic.)
drift : float, default 0.001, from 0 to .999, of ErgodicRiverSwim only. Probability that the action left fails.

Certificate
-----------
Without jumps, every policy makes the river a birth-death chain, whose stationary law is a product of ratios. Always
swimming right is optimal: its relative values h rise to the right, so that the action left loses wherever it pays
nothing, and at the left end it would win only if the left reward were about as large as the gain, which no variant has
at any length. The expected time from the left to the right end under that policy is the diameter, and the span of h is
the gain times the diameter. For ``classic`` with 6 places the gain is 3601.5/8402.5 = 0.4286. Facts: ``always_left``
(the gain of staying at the left bank), ``diameter``, ``span``. The gain of ``jump``, whose optimal policy swims left in
the two leftmost places, is solved from the exact model.

Version History
---------------
v0: first version.

References
----------
Strehl and Littman, "An analysis of model-based interval estimation for Markov decision processes", JCSS 2008.
Osband, Russo and Van Roy, "(More) efficient reinforcement learning via posterior sampling", NeurIPS 2013 (classic).
https://github.com/StatisticalRL/environments (statrl, statrl-default, ergodic).
https://github.com/abhisheknaik96/average-reward-methods (naik; its RiverSwim_Harder is classic).
Wei, Jafarnia-Jahromi, Luo, Sharma and Jain, "Model-free reinforcement learning in infinite-horizon average-reward
Markov decision processes", ICML 2020 (jump).
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel

LEFT, RIGHT = range(2)
CASES = (0, 1, 2, 3, 4, 5)  # the action left at the left end, in between and at the right end; then the action right
JUMP_STATES = 6


class Variant(NamedTuple):
    """One published parameter set.

    ``first``, ``middle`` and ``last`` are the probabilities of moving (left, not at all, right) under the action right
    at the left end, in between and at the right end. ``drift`` is the probability that the action left fails, and
    ``jump`` that of a jump to a uniformly drawn place.
    """

    first: tuple[float, float, float]
    middle: tuple[float, float, float]
    last: tuple[float, float, float]
    left_reward: float
    right_reward: float
    drift: float = 0.0
    jump: float = 0.0


VARIANTS = {
    "classic": Variant((0.0, 0.4, 0.6), (0.05, 0.6, 0.35), (0.4, 0.6, 0.0), 0.005, 1.0),
    "statrl": Variant((0.0, 0.6, 0.4), (0.05, 0.55, 0.4), (0.05, 0.95, 0.0), 0.005, 1.0),
    "statrl-default": Variant((0.0, 0.4, 0.6), (0.05, 0.35, 0.6), (0.05, 0.95, 0.0), 0.1, 0.99),
    "naik": Variant((0.0, 0.1, 0.9), (0.05, 0.05, 0.9), (0.05, 0.95, 0.0), 0.005, 1.0),
    "ergodic": Variant((0.0, 0.4, 0.6), (0.05, 0.35, 0.6), (0.05, 0.95, 0.0), 0.1, 1.0, drift=0.001),
    "jump": Variant((0.0, 0.7, 0.3), (0.1, 0.6, 0.3), (0.7, 0.3, 0.0), 0.2, 1.0, jump=0.01),
}


class Params(NamedTuple):
    """``probability[case, outcome]`` and ``reward[case]`` for the six `CASES`; the rest is for sampling.

    Outcomes are the jumps to place 0, 1, ... (where there are jumps), then left, stay and right. ``edges`` holds the
    probability below each jump and, last, below the moves; ``up_to_left[case]`` and ``up_to_stay[case]`` that up to the
    move, infinite where nothing comes after it. Tuples, and not arrays, let the compiler turn look-ups into selections.
    """

    states: int
    probability: np.ndarray
    reward: tuple[float, ...]
    edges: tuple[float, ...]
    up_to_left: tuple[float, ...]
    up_to_stay: tuple[float, ...]


class State(NamedTuple):
    """``place`` from 0 (the left end) to ``states - 1``, int64, one a lane."""

    place: np.ndarray


def params(states, variant, drift=None):
    """Build the tables from checked knobs; ``drift`` replaces that of the variant.

    Raises ValueError for ``jump`` with another number of states than it was published for.
    """
    known = VARIANTS[variant] if drift is None else VARIANTS[variant]._replace(drift=drift)
    if known.jump and states != JUMP_STATES:
        raise ValueError(f"states={states} is not allowed: the variant {variant!r} must have states={JUMP_STATES}")
    stray = known.drift / 2
    under_left = (0.0, 1.0 - stray, stray), (1.0 - known.drift, stray, stray), (1.0 - known.drift, known.drift, 0.0)
    moves = np.array([*under_left, known.first, known.middle, known.last])
    jumps = [known.jump / states] * states if known.jump else []
    if jumps:
        # One branch gives the probability of the jumps: the only one under left, the rightmost one under right.
        for row in moves:
            row[np.flatnonzero(row)[-1]] -= known.jump
    probability = np.hstack([np.tile(jumps, (len(CASES), 1)), moves])
    up_to = np.array([list(accumulate(row)) for row in probability])[:, len(jumps) :]
    last = [np.flatnonzero(row)[-1] for row in moves]
    return Params(
        states=states,
        probability=probability,
        reward=(known.left_reward, 0.0, 0.0, 0.0, 0.0, known.right_reward),
        edges=tuple(accumulate([0.0, *jumps])),
        up_to_left=tuple(math.inf if last[case] <= 0 else float(up_to[case, 0]) for case in CASES),
        up_to_stay=tuple(math.inf if last[case] <= 1 else float(up_to[case, 1]) for case in CASES),
    )


def spec(p):
    """Declare the task: one player, an observation a place, two actions; continuing, judged by its gain."""
    return Spec(
        actions=(2,),
        action_names=(("left", "right"),),
        observation=Observation.integers(p.states),
        reward_range=(0.0, max(p.reward)),
        criterion=Criterion("gain"),
        stages=1,
        outcomes=p.probability.shape[1],
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """There is one start."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Stand at the left end."""
    s.place[i] = 0


@kernel
def select(p, s, i, a, row):
    """Return the entry of ``row`` (one for each of the `CASES`) for the lane's place and action, without a branch."""
    first = s.place[i] == 0
    last = s.place[i] == p.states - 1
    under_left = row[0] if first else (row[2] if last else row[1])
    under_right = row[3] if first else (row[5] if last else row[4])
    return under_right if a[i, 0] == RIGHT else under_left


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities of the jumps, if there are any, and of moving left, staying and moving right."""
    case = select(p, s, i, a, CASES)
    count = p.probability.shape[1]
    for outcome in range(count):
        prob[outcome] = p.probability[case, outcome]
    return count


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return the outcome that ``u`` picks from the distribution of `chance`: how many lower edges it has passed."""
    outcome = int(u >= select(p, s, i, a, p.up_to_left)) + int(u >= select(p, s, i, a, p.up_to_stay)) - 1
    for edge in p.edges:
        outcome += int(u >= edge)
    return outcome


@kernel
def apply(p, s, i, a, c, r):
    """Pay for the action at this place, then move; even an impossible outcome stays within the river."""
    r[i, 0] = select(p, s, i, a, p.reward)
    jumps = len(p.edges) - 1
    moved = min(max(s.place[i] + c[0] - jumps - 1, 0), p.states - 1)
    s.place[i] = c[0] if c[0] < jumps else moved
    return False


@kernel
def observe(p, s, i, o):
    """Show the place."""
    o[i, 0] = s.place[i]


def certificate(p: Params) -> Certificate | None:
    """Return gain, diameter and span in closed form (see the module's page), or None for ``jump``, which is solved."""
    if len(p.edges) > 1:
        return None
    optimal = Value(_gain(p, 1.0), "closed-form", "stationary law of the birth-death chain of always swimming right")
    left, _, right = _chain(p, 1.0)
    diameter = climb = 0.0
    for place in range(p.states - 1):
        climb = (1.0 + left[place] * climb) / right[place]
        diameter += climb
    return Certificate(
        unit=Criterion("gain").unit,
        optimal=optimal,
        random=Value(_gain(p, 0.5), "closed-form", "stationary law of the birth-death chain of uniform play"),
        memoryless=optimal,
        facts={"always_left": _gain(p, 0.0), "diameter": float(diameter), "span": optimal.value * float(diameter)},
    )


def _chain(p: Params, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return left, reward and right of a step, (states,) each, when swimming right with probability ``share``."""
    table = np.column_stack([p.probability[:, 0], p.reward, p.probability[:, 2]])
    places = (table[3:] * share + table[:3] * (1.0 - share))[[0, *[1] * (p.states - 2), 2]]
    return places[:, 0], places[:, 1], places[:, 2]


def _gain(p: Params, share: float) -> float:
    """Return the average reward of swimming right with probability ``share`` everywhere."""
    left, reward, right = _chain(p, share)
    with np.errstate(divide="ignore"):  # a place that is never reached has the logarithm minus infinity
        weights = np.cumsum(np.concatenate([[0.0], np.log(right[:-1] / left[1:])]))
    law = np.exp(weights - weights.max())
    return float(law @ reward / law.sum())


def regions(p, s):
    """Return the two halves of the river by name."""
    return {"left half": s.place < p.states // 2, "right half": s.place >= p.states // 2}


def places(p, s):
    """Put the places in a row."""
    return np.stack([np.zeros_like(s.place), np.zeros_like(s.place), s.place], axis=1)


def ansi(p, s, i, last) -> str:
    """Draw the river as a line of text, the swimmer as an o, of a long river the 40 places around it."""
    place = int(s.place[i])
    low = min(max(place - 20, 0), max(p.states - 40, 0))
    river = "".join("o" if k == place else "~" for k in range(low, min(low + 40, p.states)))
    left = "..." if low else f"[{p.reward[0]:g}]"
    right = "..." if low + 40 < p.states else f"[{p.reward[5]:g}]"
    action = "-" if last.actions is None else ("left", "right")[int(last.actions[0])]
    return (
        f"{left}{river}{right}\n"
        f"place {place} of 0..{p.states - 1}  step {last.clock}  action {action}  "
        f"reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the river with its two rewards, the swimmer, the odds of each action from here and the rewards so far."""
    place = int(s.place[i])
    frame = canvas.blank(640, 360)
    canvas.text(frame, 24, 22, "RiverSwim", scale=3)
    canvas.text(frame, 616, 22, f"step {last.clock}", scale=3, align="right")
    _paint_river(frame, p, place, last)

    canvas.text(frame, 24, 214, f"odds at place {place} of 0 to {p.states - 1}", canvas.MUTED)
    names = ("left", "stay", "right")
    for column, name in enumerate(names):
        canvas.text(frame, 155 + 90 * column, 242, name, canvas.MUTED, align="center")
    where = int(place > 0) + int(place == p.states - 1)
    for action, y in ((LEFT, 266), (RIGHT, 300)):
        canvas.text(frame, 24, y, names[2 * action])
        for column, odds in enumerate(p.probability[3 * action + where, -3:]):
            canvas.bar(frame, 120 + 90 * column, y + 2, 70, 10, odds)
            canvas.text(frame, 155 + 90 * column, y + 16, f"{odds:.4g}", canvas.MUTED, scale=1, align="center")
    if len(p.edges) > 1:
        canvas.text(frame, 24, 336, f"and {p.edges[-1]:g} for a jump to any place", canvas.MUTED, scale=1)

    canvas.rectangle(frame, 400, 212, 216, 124, canvas.PANEL, radius=10)
    taken = "-" if last.actions is None else names[2 * int(last.actions[0])]
    average = f"{last.total[0] / last.clock:.4f}" if last.clock else "-"
    rows = (
        ("last action", taken),
        ("reward", f"{last.rewards[0]:g}"),
        ("total", f"{last.total[0]:.7g}"),
        ("average", average),
    )
    for row, (label, value) in enumerate(rows):
        canvas.text(frame, 414, 224 + 28 * row, label, canvas.MUTED)
        canvas.text(frame, 602, 224 + 28 * row, value, align="right")
    return frame


def _paint_river(frame: np.ndarray, p: Params, place: int, last: Any) -> None:
    """Paint banks, current, places and swimmer between the heights 62 and 194."""
    water = canvas.mix(canvas.BACKGROUND, canvas.PLAYERS[4], 0.45)
    ripple = canvas.mix(water, canvas.PANEL, 0.6)
    canvas.rectangle(frame, 24, 62, 592, 132, water, radius=14)
    for row, y in enumerate((76, 180)):
        for x in range(112 + 28 * row, 528, 56):
            canvas.polyline(frame, ((x + 6, y - 6), (x, y), (x + 6, y + 6)), ripple, width=3)
    for x, reward, paid in ((28, p.reward[0], LEFT), (540, p.reward[5], RIGHT)):
        earned = last.rewards[0] > 0 and int(last.actions[0]) == paid
        canvas.rectangle(frame, x, 66, 72, 124, canvas.mix(canvas.BACKGROUND, canvas.PLAYERS[1], 0.3), radius=10)
        canvas.circle(frame, x + 36, 116, 10 + 16 * reward**0.5, canvas.GOOD if earned else canvas.PLAYERS[1])
        canvas.text(frame, x + 36, 158, f"{reward:g}", align="center")

    gap = 368.0 / (p.states - 1)
    radius = min(0.3 * gap, 16.0)
    if radius > 1.5:
        for k in range(p.states):
            canvas.circle(frame, 136 + gap * k, 128, radius, ripple)
    here = 136 + gap * place
    canvas.circle(frame, here, 128, max(radius, 8.0), canvas.ACCENT)
    canvas.circle(frame, here, 128, 0.45 * max(radius, 8.0), canvas.PANEL)
    if last.actions is not None:
        way = 2 * int(last.actions[0]) - 1
        canvas.arrow(frame, here - 14 * way, 98, here + 18 * way, 98, canvas.INK, width=4, head=12)
