"""The umbrella chain: whether it will rain is told at once, whether the umbrella was taken counts much later.

Description
-----------
An observation says whether an umbrella is needed at the end of the chain. The first action takes one or leaves it; no
other action has an effect. On the way every step pays +1 or -1 by the toss of a coin, and the last step tells whether
the umbrella was there when it was needed. The need and the umbrella stand in *every* observation, so the task needs no
memory at all: it is the control among the memory tasks, and tests the assignment of credit over ``length`` steps of
noise.

Action Space
------------
``Discrete(2)``: 0 leave the umbrella, 1 take it (or keep it).

Observation Space
-----------------
With d = ``distractors``. ``observation="vector"``: ``Box`` of 3 + d float32, exactly bsuite's: whether an umbrella is
needed, whether there is one, 1 - t / ``length``, and d fair coins, tossed anew in every step. bsuite's shape is
(1, 3 + d). ``observation="integer"``: ``Discrete((length + 1) * 4 * 2**d)``, ((2 t + need) 2 + has) 2**d + coins.

Rewards
-------
+1 or -1 with probability 1/2 each in every step but the last; there +1 if an umbrella is there exactly if it is
needed, else -1.

Starting State
--------------
Need, has and the coins are 0 or 1 with probability 1/2 each.

Episode End
-----------
Terminated after ``length`` steps. There is no time limit.

Arguments
---------
length : int, default 10, from 1 to 1,000,000. Steps of an episode.
distractors : int, default 0, from 0 to 100. Coins in an observation.
observation : "integer" or "vector", default "integer".

Certificate
-----------
All values are exact. The coins' rewards have mean 0. Doing what is needed earns 1, uniform play is right with
probability 1/2: returns 1 and 0. The best policy reads the need off the present observation, so that the memoryless
return is 1 too, and ``k_star`` = ``kappa`` = 1. Fact ``optimal_steps`` = ``length``.

Raises
------
ValueError for integers where there would be more than 2**62 observations.

Version History
---------------
v0: first version.

References
----------
Osband et al., "Behaviour suite for reinforcement learning", ICLR 2020, arXiv:1908.03568
(https://github.com/google-deepmind/bsuite, umbrella_chain, release 0.3.6).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board, name_of, panels, track

LEAVE, TAKE = range(2)
ACTIONS = ("leave", "take")
MOST_OBSERVATIONS = 2**62


class Params(NamedTuple):
    """What the kernels read."""

    length: int
    distractors: int
    vector: bool


class State(NamedTuple):
    """One entry a lane: the ``clock`` (int32), whether an umbrella is needed and whether there is one (``need`` and
    ``has``, int8), and the ``coins``, int8 (lanes, distractors).
    """

    clock: np.ndarray
    need: np.ndarray
    has: np.ndarray
    coins: np.ndarray


def params(length, distractors, observation):
    """Build the parameters from checked knobs."""
    if observation == "integer" and (length + 1) * 4 * 2**distractors > MOST_OBSERVATIONS:
        raise ValueError(
            f"distractors={distractors} is not allowed with length={length} and observation='integer': there may be "
            "at most 2**62 observations, so choose fewer or observation='vector'"
        )
    return Params(length, distractors, observation == "vector")


def spec(p):
    """Declare the task: one player, an integer or bsuite's vector, two actions; reward +1 or -1."""
    size = 3 + p.distractors
    return Spec(
        actions=(2,),
        action_names=(ACTIONS,),
        observation=Observation.vector([0.0] * size, [1.0] * size, dtype=np.float32)
        if p.vector
        else Observation.integers((p.length + 1) * 4 * 2**p.distractors),
        reward_range=(-1.0, 1.0),
        criterion=Criterion("return"),
        start_stages=2 + p.distractors,
        start_outcomes=2,
        stages=1 + p.distractors,
        outcomes=2,
    )


def kernels(p):
    """Choose the view."""
    return {"observe": observe_vector} if p.vector else {}


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    shapes = (lanes, np.int32), (lanes, np.int8), (lanes, np.int8), ((lanes, p.distractors), np.int8)
    return State(*(np.zeros(shape, dtype) for shape, dtype in shapes))


@kernel
def start(p, c, stage, prob):
    """Every stage tosses a coin: for the need, for the umbrella, and for each distractor."""
    prob[0] = 0.5
    prob[1] = 0.5
    return 2


@kernel
def begin(p, s, i, c):
    """Show the need."""
    s.clock[i] = 0
    s.need[i] = c[0]
    s.has[i] = c[1]
    for k in range(p.distractors):
        s.coins[i, k] = c[2 + k]


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Every stage tosses a coin: for the reward, which the last step ignores, and for each distractor."""
    return start(p, c, stage, prob)


@kernel
def apply(p, s, i, a, c, r):
    """Take the umbrella in the first step; pay a coin, and in the last step what it was taken for."""
    has = a[i, 0] if s.clock[i] == 0 else s.has[i]
    s.has[i] = has
    s.clock[i] += 1
    over = s.clock[i] >= p.length
    right = has == s.need[i] if over else c[0] == 1
    r[i, 0] = 1.0 if right else -1.0
    for k in range(p.distractors):
        s.coins[i, k] = c[1 + k]
    return over


@kernel
def observe(p, s, i, o):
    """Show everything as one number."""
    number = (2 * np.int64(s.clock[i]) + s.need[i]) * 2 + s.has[i]
    for k in range(p.distractors):
        number = 2 * number + s.coins[i, k]
    o[i, 0] = number


@kernel
def observe_vector(p, s, i, o):
    """Show everything as bsuite does."""
    o[i, 0, 0] = s.need[i]
    o[i, 0, 1] = s.has[i]
    o[i, 0, 2] = 1.0 - s.clock[i] / p.length
    for k in range(p.distractors):
        o[i, 0, 3 + k] = s.coins[i, k]


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    optimal = Value(1.0, "closed-form", "do what is needed; the other rewards have mean 0")
    return Certificate(
        unit=Criterion("return").unit,
        optimal=optimal,
        random=Value(0.0, "closed-form", "right with probability 1/2; the other rewards have mean 0"),
        memoryless=optimal,
        facts={"k_star": 1, "kappa": 1, "optimal_steps": p.length},
    )


def ansi(p, s, i, last) -> str:
    """Write the need, the umbrella, the time and the coins."""
    clock, need, has = int(s.clock[i]), int(s.need[i]), int(s.has[i])
    return (
        f"{_words(need, has)}\n"
        f"t = {clock} of {p.length}  coins {''.join(str(int(coin)) for coin in s.coins[i]) or '-'}\n"
        f"action {name_of(ACTIONS, last)}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the steps in a row, with the weather at the end and the umbrella over the agent."""
    clock, need, has = int(s.clock[i]), int(s.need[i]), int(s.has[i])
    frame = board("Umbrella chain", last)
    weather = canvas.ACCENT if need else canvas.PLAYERS[1]
    ends = track(frame, p.length + 1, {0: canvas.MUTED, p.length: weather}, clock, 166.0)
    canvas.text(frame, ends[0], 200, "take it?", canvas.MUTED, align="center")
    canvas.text(frame, ends[1], 200, "rain" if need else "sun", canvas.MUTED, align="center")
    if has:
        x = ends[0] + (ends[1] - ends[0]) * clock / p.length
        arc = np.linspace(0.0, np.pi, 20)
        canvas.polygon(frame, np.stack([x + 26 * np.cos(arc), 138 - 20 * np.sin(arc)], axis=1), canvas.INK)
        canvas.line(frame, x, 136, x, 152, canvas.INK)
    for k, coin in enumerate(s.coins[i][:40]):
        canvas.circle(frame, 30 + 14.5 * k, 80, 5, canvas.MUTED if coin else canvas.FAINT)
    panels(frame, _words(need, has), weather, name_of(ACTIONS, last), last)
    return frame


def _words(need: int, has: int) -> str:
    return f"{'rain' if need else 'sun'}, {'has one' if has else 'has none'}"
