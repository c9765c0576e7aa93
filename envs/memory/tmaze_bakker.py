"""The T-maze of Bakker (2001), the first one: a road sign at the start says which arm has the goal.

Description
-----------
A corridor leads from the starting cell over ``length`` moves east to a junction with an arm to the north and one to the
south. A sign at the start, visible only there, says in which of them the goal is. Every cell of the corridor looks the
same; in the noisy variant each looks different every time. The agent walks by itself, and standing still costs as much
as the wrong arm, so that it has to learn to walk as well as to remember.

Action Space
------------
``Discrete(4)``: 0 north, 1 east, 2 south, 3 west. A step against a wall is standing still.

Observation Space
-----------------
``observation="integer"``: ``Discrete(4)``, 0 corridor, 1 junction, 2 sign north, 3 sign south.
``observation="vector"``: ``Box(0, 1, (3,), float32)``, the bits of the source: corridor 101, junction 010, sign north
011, sign south 110; with ``noise`` a corridor is (a, 0, b), a and b drawn uniformly from 0 to 1 at every step. The arms
(the last observation of an episode) look like the junction.

``info["needed"]`` is a set of integer observations (bit x stands for observation x): the sign until an arm is entered.

Rewards
-------
4 for entering the arm with the goal, -0.1 for entering the other one, -0.1 for standing still, 0 for other moves.

Starting State
--------------
The starting cell. The goal is in the north or in the south with probability 1/2 each.

Episode End
-----------
Terminated on entering an arm, truncated after ``steps`` steps.

Arguments
---------
length : int, default 10, at least 1. Moves from the start to the junction (the source: N = 5 .. 70).
steps : int, default 200, at least ``length`` + 1. Steps after which an episode is truncated.
discount : float, default 1, from 0 to 1. With less than 1 the criterion is the discounted return (the source: 0.98).
observation : ``"integer"`` (default) or ``"vector"``.
noise : bool, default False. Draw the bits of the corridor; needs vectors, and has no exact model.

Certificate
-----------
Write N for ``length`` and g for ``discount``; the first reward counts in full.

*Optimum*: N moves east and the right arm, 4 g**N. No episode pays more than one arm, nor earlier.

*Memoryless*: N moves east and always the same arm, (4 - 0.1) / 2 * g**N = 1.95 g**N. This is the best. When an arm
is entered it is the northern one with the same probability u whatever the sign, because the junction does not tell it;
so entering is worth A = 4 u - 0.1 (1 - u) or B = 4 (1 - u) - 0.1 u by the goal, A + B = 3.9, both at most 4. Play both
goals with the same random numbers. As long as the two stay together they enter at the same time t' >= N, for 3.9 g**t'
together, or never. They can part only at the start, where one stands still at a time t while the other one moves:
-0.1 g**t. After that they earn at most 3.9 g**N where neither earns less than 0 from an arm, or else at most 4 g**t'
with t' > t, that is 3.9 g**t' in all.

*Uniform random play*: the distribution of the walk, step by step. What still walks after 10,000 steps is only bounded:
it pays at most 0.1 a step, and earns at most the mean of the arms, 1.95.

Facts: ``k_star`` = N + 1, the window that holds the sign when the junction is reached. In a shorter one nothing but
corridor is left by then, and both signs look the same from there on. ``kappa`` = 2, the sign and the present
observation. ``optimal_steps`` = N + 1.

Version History
---------------
v0: first version.

References
----------
Bakker, "Reinforcement learning with long short-term memory", NeurIPS 14, 2001, section 4.1. The paper does not say what
the arms look like.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel, pictures
from ..core.streams import uniform
from . import maze_pictures
from .maze_walks import uniform_walk

CORRIDOR, JUNCTION, SIGN, SIGN_SOUTH = range(4)
NORTH, EAST, SOUTH, WEST = range(4)
GOAL, COST = 4.0, -0.1
SEEN = ("corridor", "junction", "sign north", "sign south")
ACTIONS = ("north", "east", "south", "west")
COLOURS = (maze_pictures.CORRIDOR, maze_pictures.JUNCTION, maze_pictures.UPPER, maze_pictures.LOWER)
LONGEST_WALK = 10_000


class Params(NamedTuple):
    """``length`` is the column of the junction, the start being column 0."""

    length: int
    steps: int
    discount: float
    vector: bool
    noise: bool


class State(NamedTuple):
    """One entry a lane: ``column`` (int32), ``arm`` (0 none, 1 north, 2 south), ``goal`` (0 north, 1 south; int8)."""

    column: np.ndarray
    arm: np.ndarray
    goal: np.ndarray


class NoisyState(NamedTuple):
    """The same, with the ``first`` and ``third`` bit of a corridor (float64) and the stream ``key`` they come from."""

    column: np.ndarray
    arm: np.ndarray
    goal: np.ndarray
    first: np.ndarray
    third: np.ndarray
    key: np.ndarray


def params(length, steps, discount, observation, noise) -> Params:
    """Build the parameters from checked knobs.

    Raises
    ------
    ValueError
        for fewer ``steps`` than the way to an arm takes, and for ``noise`` in integer observations.
    """
    if steps <= length:
        raise ValueError(f"steps={steps} is not allowed: no arm can be reached, steps must be at least {length + 1}")
    if noise and observation != "vector":
        raise ValueError(f"noise=True is not allowed with observation={observation!r}: it must be 'vector'")
    return Params(length, steps, discount, observation == "vector", noise)


def spec(p: Params) -> Spec:
    """Declare the task: one player, four actions; four observations or vectors of three entries."""
    return Spec(
        actions=(4,),
        action_names=(ACTIONS,),
        observation=Observation.vector((0,) * 3, (1,) * 3, dtype=np.float32) if p.vector else Observation.integers(4),
        observation_names=() if p.vector else SEEN,
        reward_range=(COST, GOAL),
        criterion=_criterion(p),
        horizon=p.steps,
        start_outcomes=2,
        sampled=p.noise,
        info=("needed",),
        hidden=True,
    )


def _criterion(p: Params) -> Criterion:
    return Criterion("return") if p.discount == 1.0 else Criterion("discounted", p.discount)


def allocate(p: Params, lanes: int) -> State | NoisyState:
    """Allocate the state of ``lanes`` lanes."""
    state = State(np.zeros(lanes, np.int32), np.zeros(lanes, np.int8), np.zeros(lanes, np.int8))
    return NoisyState(*state, np.zeros(lanes), np.zeros(lanes), np.zeros(lanes, np.uint64)) if p.noise else state


def kernels(p: Params) -> dict:
    """Choose the view of the observation, and whether noise is drawn."""
    if p.noise:
        return {"begin": begin_noisy, "apply": apply_noisy, "observe": observe_noisy}
    return {"observe": observe_vector} if p.vector else {}


@kernel
def start(p, c, stage, prob):
    """The goal is in the north or in the south."""
    prob[0] = 0.5
    prob[1] = 0.5
    return 2


@kernel
def begin(p, s, i, c):
    """Stand beside the sign."""
    s.column[i] = 0
    s.arm[i] = 0
    s.goal[i] = c[0]


@kernel
def apply(p, s, i, a, c, r):
    """Walk; standing still costs."""
    action, column = a[i, 0], s.column[i]
    at_junction = column == p.length
    inside = at_junction & ((action == NORTH) | (action == SOUTH))
    correct = (action == SOUTH) == (s.goal[i] == 1)
    east = 1 if (action == EAST) & (not at_junction) else 0
    west = 1 if (action == WEST) & (column > 0) else 0
    r[i, 0] = (GOAL if correct else COST) if inside else (0.0 if (east + west) == 1 else COST)
    s.column[i] = column + east - west
    s.arm[i] = (2 if action == SOUTH else 1) if inside else 0
    return inside


@kernel
def observe(p, s, i, o):
    """Show the sign at the start, else the kind of place."""
    column = s.column[i]
    o[i, 0] = SIGN + s.goal[i] if column == 0 else (JUNCTION if column == p.length else CORRIDOR)


@kernel
def observe_vector(p, s, i, o):
    """The same as three bits."""
    column, goal = s.column[i], s.goal[i]
    inside = (column > 0) & (column < p.length)
    o[i, 0, 0] = 1.0 if inside | ((column == 0) & (goal == 1)) else 0.0
    o[i, 0, 1] = 0.0 if inside else 1.0
    o[i, 0, 2] = 1.0 if inside | ((column == 0) & (goal == 0)) else 0.0


@kernel
def begin_noisy(p, s, i, c):
    """As `begin`."""
    begin(p, s, i, c)
    s.first[i] = 0.0
    s.third[i] = 0.0


@kernel
def apply_noisy(p, s, i, a, c, r):
    """As `apply`, and draw what the corridor looks like."""
    stop = apply(p, s, i, a, c, r)
    s.first[i] = uniform(s.key, i)
    s.third[i] = uniform(s.key, i)
    return stop


@kernel
def observe_noisy(p, s, i, o):
    """As `observe_vector`, with drawn bits in the corridor."""
    observe_vector(p, s, i, o)
    if (s.column[i] > 0) & (s.column[i] < p.length):
        o[i, 0, 0] = s.first[i]
        o[i, 0, 2] = s.third[i]


@kernel
def info(p, s, i, v):
    """Write the bit of the sign until an arm is entered."""
    v[i, 0] = 4.0 + 4.0 * s.goal[i] if s.arm[i] == 0 else 0.0


def certificate(p: Params) -> Certificate:
    """Return the values that the module's page derives."""
    discounted = p.discount**p.length
    guess = (GOAL + COST) / 2 * discounted
    return Certificate(
        _criterion(p).unit,
        Value(GOAL * discounted, "closed-form", "the goal's arm after as many moves as the corridor is long"),
        _uniform_play(p, guess),
        Value(guess, "closed-form", "east, then always the same arm; coupling of the two goals"),
        {"k_star": p.length + 1, "kappa": 2, "optimal_steps": p.length + 1.0},
    )


def _uniform_play(p: Params, most: float) -> Value:
    """Return the value of uniform random play, which is at most ``most``."""
    followed = min(p.steps, LONGEST_WALK)
    value, weight, walking = 0.0, 1.0, 1.0
    for here in uniform_walk(min(p.length, followed + 1), 0, followed):
        walking = float(here.sum())
        standing = 0.5 * walking + 0.25 * float(here[0] - here[-1])
        value += weight * (COST * standing + (GOAL + COST) / 2 * 0.5 * float(here[-1]))
        weight *= p.discount
        walking -= 0.5 * float(here[-1])
    left = p.steps - followed
    rest = left if p.discount == 1.0 else (1.0 - p.discount**left) / (1.0 - p.discount)
    low, high = value + weight * walking * COST * rest, min(most, value + weight * walking * (GOAL + COST) / 2)
    if left == 0 or high - low < 1e-12:
        return Value(value, "solved", "exact distribution of the walk, step by step")
    return Value(low, "bound", f"distribution of the walk for {followed:,} steps, bounds for the rest", low, high)


def ansi(p, s, i, last) -> str:
    """Draw the maze, and say what the agent sees."""
    seen, action = SEEN[pictures.number_seen(observe, p, s, i)], pictures.name_of(ACTIONS, last)
    status = f"goal {ACTIONS[2 * s.goal[i]]}  column {s.column[i]} of {p.length}"
    return maze_pictures.write(_maze(p, s, i), seen, status, action, last)


def paint(p, s, i, last) -> np.ndarray:
    """Paint the maze, and what the agent sees."""
    seen, action = pictures.number_seen(observe, p, s, i), pictures.name_of(ACTIONS, last)
    return maze_pictures.paint("T-maze of Bakker", _maze(p, s, i), SEEN[seen], COLOURS[seen], action, last)


def _maze(p: Params, s: State | NoisyState, i: int) -> maze_pictures.Maze:
    goal = int(s.goal[i])
    arms = maze_pictures.two_arms("NS", goal, f"{GOAL:g}", f"{COST:g}")
    return maze_pictures.Maze(p.length, p.length, int(s.column[i]), (0, -1, 1)[s.arm[i]], goal, arms)
