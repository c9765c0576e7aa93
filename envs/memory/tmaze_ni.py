"""The T-maze of Ni et al.: a fixed number of steps, none to spare, and a penalty for every step that is behind time.

Description
-----------
A corridor leads from x = 0 over ``length`` cells to the junction at x = ``oracle_length + length``, with one arm above
it and one below. The cell x = 0 shows which arm is the goal, once, when it is first visited. The agent begins
``oracle_length`` cells to its right: with 0 (the passive task) it sees the cue at once, with 1 (the active task) it has
to go back for it. An episode has exactly as many steps as the shortest way over the cue into the arm, and what counts
is where it ends. The penalty makes the reward dense: that it pays to hurry is learnt from the next reward, so that with
``oracle_length`` 0 only memory is difficult.

Action Space
------------
``Discrete(4)``: 0 right, 1 up, 2 left, 3 down; walls are bumped into. The arms can be left again, by the junction only.

Observation Space
-----------------
``observation="integer"``: ``Discrete(6)``, 0 corridor, 1 cue up, 2 cue down, 3 junction, 4 upper arm, 5 lower arm.
``observation="vector"``: ``Box(-1, 1, (2,), float32)`` as in the source: (0, 0) corridor, (0, 1) cue up, (0, -1) cue
down, (1, y) at the junction (y = 0) and in the arms (y = 1 or -1).

``info["needed"]`` is a set of integer observations (bit x stands for observation x): the cue, from the moment it is
seen until the end.

Rewards
-------
The last step: 1 if the agent is at the goal's height y (which only the goal arm has), else 0. Every other step t = 1, 2
...: ``penalty`` if x < t - ``oracle_length`` (more is lost than the way to the cue and back takes), plus
``distract_reward`` if x = 0; x is where the step has led.

Starting State
--------------
x = ``oracle_length``, y = 0. The goal is up or down with probability 1/2 each.

Episode End
-----------
Terminated after ``length + 1 + 2 * oracle_length`` steps; the clock is a part of the state.

Arguments
---------
length : int, default 10, at least 1. Cells from x = ``oracle_length`` to the junction.
oracle_length : int, default 0, 0 or 1. Cells from x = 0 to the start.
penalty : float or None, default None, from -1000 to 0. None is -1 / ``length``.
distract_reward : float, default 0, from -1000 to 1000. For a step that leads to x = 0, but for the last one.
observation : ``"integer"`` (default) or ``"vector"``.

Certificate
-----------
Write T for the steps, L, o, p and d for the first four arguments. Call the agent late at time t if x < t - o. No step
gains on time, so that who is late stays so, and pays p at every further step but the last; and only who is not late at
time T - 1 can reach the goal at time T.

*Optimum.* To reach the goal for certain one has to see the cue: 1 + o d, because with o = 1 one step leads to x = 0; a
second one would be late. Without the cue: at most 1/2, with no step to x = 0. Late: at best all steps lead to x = 0,
of which all but those up to time o are late: (T - 1) d + (T - 1 - o) p. (A step to x = 0 earns d, or d + p if it is
late; so what pays at all pays most if it is done all the time.) The optimum is the largest of the three. Always left
earns the last and right, then up earns 1/2: neither needs memory.

*Memoryless.* Who has seen the cue and is not late reaches the junction at time T - 1, where the observation does not
tell the cue: the last step leads up with probability u and down with at most 1 - u, whatever the cue. If it is reached
so with probability h when the goal is up and k when it is down, this is right with probability (h u + k (1 - u)) / 2.
Who has not seen the cue is right half of the time. So being right has at most probability 1/2, and for d <= 0 nothing
else earns more than 0: 1/2. For d > 0: a bound, between the better one of the two policies above and the optimum.

*Uniform random play.* The distribution of (x - t, y) among those who are not late has few values and is followed step
by step; after 600 steps less is left than the least float64. Each step to x = 0 adds d: these are counted with the
distribution of x, up to a junction at 2,000; beyond that, with d other than 0, the value is only bounded.

Facts, where seeing the cue is best: ``k_star`` = L + 1 + o, the window that holds the cue at the last decision (what a
shorter one holds is the same for both); ``kappa`` = 2, the cue and the present observation. Else both are 1.
``optimal_steps`` = T.

Version History
---------------
v0: first version.

References
----------
Ni, Ma, Eysenbach and Bacon, "When do transformers shine in RL? Decoupling memory from credit assignment", NeurIPS 2023,
arXiv:2307.03864 (https://github.com/twni2016/Memory-RL, envs/tmaze.py: TMazeClassicPassive and TMazeClassicActive).
Osband et al., "Deep exploration via bootstrapped DQN", NeurIPS 2016 (the distracting reward).
"""

from __future__ import annotations

from itertools import product
from numbers import Real
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel, pictures
from . import maze_pictures

CORRIDOR, CUE, CUE_DOWN, JUNCTION, UPPER, LOWER = range(6)
RIGHT, UP, LEFT, DOWN = range(4)
MOVES = ((1, 0), (0, 1), (-1, 0), (0, -1))
UNSEEN, SHOWN, PAST = range(3)
SEEN = ("corridor", "cue up", "cue down", "junction", "upper arm", "lower arm")
ACTIONS = ("right", "up", "left", "down")
COLOURS = (
    maze_pictures.CORRIDOR,
    maze_pictures.UPPER,
    maze_pictures.LOWER,
    maze_pictures.JUNCTION,
    maze_pictures.UPPER,
    maze_pictures.LOWER,
)
LONGEST_LUCK, LONGEST_WALK = 600, 2000
COSTLIEST = 1000  # penalty


class Params(NamedTuple):
    """The start is at x = ``oracle``, the junction at x = ``end``; an episode has ``steps`` steps."""

    end: int
    oracle: int
    steps: int
    penalty: float
    distract: float
    vector: bool


class State(NamedTuple):
    """One entry a lane: ``x`` and ``clock`` (int32), ``y`` from -1 to 1, ``goal`` (0 up, 1 down), and whether the cue
    has been ``seen`` (0 no, 1 just now, 2 before; all int8).
    """

    x: np.ndarray
    clock: np.ndarray
    y: np.ndarray
    goal: np.ndarray
    seen: np.ndarray


def params(length, oracle_length, penalty, distract_reward, observation) -> Params:
    """Build the parameters from checked knobs.

    Raises
    ------
    TypeError, ValueError
        for a ``penalty`` that is neither None nor a number from -1000 to 0.
    """
    allowed = f"penalty must be None (-1 / length) or a number from -{COSTLIEST} to 0"
    if penalty is None:
        penalty = -1.0 / length
    if not isinstance(penalty, Real) or isinstance(penalty, bool):
        raise TypeError(f"penalty={penalty!r} is not allowed: {allowed}")
    if not -COSTLIEST <= penalty <= 0:  # type: ignore[operator]
        raise ValueError(f"penalty={penalty!r} is not allowed: {allowed}")
    end, steps = oracle_length + length, length + 1 + 2 * oracle_length
    return Params(end, oracle_length, steps, float(penalty), distract_reward, observation == "vector")


def spec(p: Params) -> Spec:
    """Declare the task: one player, four actions; six observations or vectors of two entries."""
    low, high = (0.0, p.penalty, p.distract, p.penalty + p.distract), (1.0, p.distract, p.penalty + p.distract)
    return Spec(
        actions=(4,),
        action_names=(ACTIONS,),
        observation=Observation.vector((0, -1), (1, 1), dtype=np.float32) if p.vector else Observation.integers(6),
        observation_names=() if p.vector else SEEN,
        reward_range=(min(low), max(high)),
        criterion=Criterion("return"),
        start_outcomes=2,
        info=("needed",),
        hidden=True,
    )


def allocate(p: Params, lanes: int) -> State:
    """Allocate the state of ``lanes`` lanes."""
    return State(*(np.zeros(lanes, dtype) for dtype in (np.int32, np.int32, np.int8, np.int8, np.int8)))


def kernels(p: Params) -> dict:
    """Choose the view of the observation."""
    return {"observe": observe_vector} if p.vector else {}


@kernel
def start(p, c, stage, prob):
    """The goal is the upper or the lower arm."""
    prob[0] = 0.5
    prob[1] = 0.5
    return 2


@kernel
def begin(p, s, i, c):
    """Stand ``oracle`` cells to the right of the cue."""
    s.x[i] = p.oracle
    s.y[i] = 0
    s.clock[i] = 0
    s.goal[i] = c[0]
    s.seen[i] = SHOWN if p.oracle == 0 else UNSEEN


@kernel
def apply(p, s, i, a, c, r):
    """Walk, and pay for where the step leads."""
    action, x, y = a[i, 0], s.x[i], s.y[i]
    right = 1 if (action == RIGHT) & (y == 0) & (x < p.end) else 0
    left = 1 if (action == LEFT) & (y == 0) & (x > 0) else 0
    up = 1 if (action == UP) & (x == p.end) & (y < 1) else 0
    down = 1 if (action == DOWN) & (x == p.end) & (y > -1) else 0
    x, y = x + right - left, y + up - down
    time = s.clock[i] + 1
    ends = time >= p.steps
    success = y == 1 - 2 * s.goal[i]
    late = x < time - p.oracle
    dense = (p.penalty if late else 0.0) + (p.distract if x == 0 else 0.0)
    r[i, 0] = (1.0 if success else 0.0) if ends else dense
    seen = s.seen[i]
    s.seen[i] = PAST if seen != UNSEEN else (SHOWN if x == 0 else UNSEEN)
    s.x[i] = x
    s.y[i] = y
    s.clock[i] = time
    return ends


@kernel
def observe(p, s, i, o):
    """Show the cue when it is new, else the kind of place."""
    y = s.y[i]
    arm = JUNCTION if y == 0 else (UPPER if y == 1 else LOWER)
    place = arm if s.x[i] == p.end else CORRIDOR
    o[i, 0] = CUE + s.goal[i] if s.seen[i] == SHOWN else place


@kernel
def observe_vector(p, s, i, o):
    """The same as the pair of whether this is the junction or an arm, and the cue's or the arm's height."""
    at_end = s.x[i] == p.end
    o[i, 0, 0] = 1.0 if at_end else 0.0
    o[i, 0, 1] = s.y[i] if at_end else (1 - 2 * s.goal[i] if s.seen[i] == SHOWN else 0)


@kernel
def info(p, s, i, v):
    """Write the bit of the cue from the moment it is seen until the end."""
    v[i, 0] = 2.0 + 2.0 * s.goal[i] if (s.seen[i] != UNSEEN) & (s.clock[i] < p.steps) else 0.0


def certificate(p: Params) -> Certificate:
    """Return the values that the module's page derives."""
    look = 1.0 + p.oracle * p.distract
    late = (p.steps - 1) * p.distract + (p.steps - 1 - p.oracle) * p.penalty
    blind = max(0.5, late)
    optimal = Value(
        max(look, blind),
        "closed-form",
        "look at the cue, then end in its arm, or the better of two policies without memory",
    )
    memoryless = Value(blind, "closed-form", "no policy without memory is right more than half of the time")
    if p.distract > 0.0 and blind < optimal.value:
        memoryless = Value(blind, "bound", "guess, or stay at x = 0", blind, optimal.value)
    needed = look > blind
    facts = {"k_star": p.end + 1 if needed else 1, "kappa": 2 if needed else 1, "optimal_steps": float(p.steps)}
    return Certificate(Criterion("return").unit, optimal, _uniform_play(p), memoryless, facts)


def _uniform_play(p: Params) -> Value:
    """Return the value of uniform random play."""
    spare = 2 * p.oracle  # x - (t - oracle): how many steps may still be lost before one is late
    mass = np.zeros((spare + 1, 3))
    mass[spare, 1] = 1.0
    late, lucky_steps = 0.0, min(p.steps - 1, LONGEST_LUCK)
    for time in range(lucky_steps):
        moved = np.zeros_like(mass)
        for left, y, (along, across) in product(range(spare + 1), (-1, 0, 1), MOVES):
            x = time - p.oracle + left
            along *= y == 0 and 0 <= x + along <= p.end
            across *= x == p.end and abs(y + across) <= 1
            if left + along >= 1:
                moved[left + along - 1, y + across + 1] += mass[left, y + 1] / 4
        mass = moved
        late += 1.0 - mass.sum()
    right = mass[0, 1] / 4 + 3 * mass[0, 2] / 4 if lucky_steps == p.steps - 1 else 0.0
    value = right + p.penalty * (late + p.steps - 1 - lucky_steps)
    if p.distract == 0.0 or p.end <= LONGEST_WALK:
        value += p.distract * _visits(p) if p.distract else 0.0
        return Value(float(value), "solved", "exact distribution of the walk, step by step")
    ends = sorted((0.0, p.distract * (p.steps - 1)))
    return Value(float(value), "bound", "without the steps to x = 0", float(value + ends[0]), float(value + ends[1]))


def _visits(p: Params) -> float:
    """Return how many steps but the last lead to x = 0 on average under uniform random play."""
    here = np.zeros(p.end + 2)  # the last entry is both arms together
    here[p.oracle] = 1.0
    visits = 0.0
    for _ in range(p.steps - 1):
        moved = 0.5 * here
        moved[0] += here[0] / 4
        moved[:-2] += here[1:-1] / 4
        moved[1:-1] += here[:-2] / 4
        moved[-2] += here[-1] / 4 - here[-2] / 4
        moved[-1] += here[-2] / 2 + here[-1] / 4
        here = moved
        visits += here[0]
    return visits


def ansi(p, s, i, last) -> str:
    """Draw the maze, and say what the agent sees."""
    seen, action = SEEN[pictures.number_seen(observe, p, s, i)], pictures.name_of(ACTIONS, last)
    status = f"goal {ACTIONS[UP + 2 * s.goal[i]]}  x {s.x[i]} of {p.end}  time {s.clock[i]} of {p.steps}"
    return maze_pictures.write(_maze(p, s, i), seen, status, action, last)


def paint(p, s, i, last) -> np.ndarray:
    """Paint the maze, and what the agent sees."""
    seen, action = pictures.number_seen(observe, p, s, i), pictures.name_of(ACTIONS, last)
    return maze_pictures.paint("T-maze of Ni et al.", _maze(p, s, i), SEEN[seen], COLOURS[seen], action, last)


def _maze(p: Params, s: State, i: int) -> maze_pictures.Maze:
    goal = int(s.goal[i])
    arms = maze_pictures.two_arms("UD", goal, "1", "0")
    return maze_pictures.Maze(p.end, p.end, int(s.x[i]), -int(s.y[i]), goal, arms)
