"""The T-maze of Adaptive Stacking: a cue says which of two arms at the far end pays.

Description
-----------
A corridor of ``length`` columns ends at a junction with an upper and a lower arm. Its first cell shows a colour, red if
the upper arm pays and green if the lower one does; the cells after it all look the same.

In the *passive* maze the agent begins on the cue and is carried along whatever it does; it decides only at the
junction, where the cue is ``length - 1`` steps old. This isolates memory: exploration and control are trivial. In the
*active* maze the agent walks by itself and begins one cell to the right of the cue, so that it has to go and look
first, and its time is short. The *continual* mazes never end: entering an arm leads back to the start.

TMazeActive has a timeout that costs as much as the wrong arm. TMazeActivePaper has the published one, which costs
nothing: an agent that remembers too little can then commit itself on one colour and let the time run out on the other
one, which earns 1/2. They differ in nothing else.

Action Space
------------
``Discrete(4)``: 0 up, 1 right, 2 down, 3 left. Active: a step in that direction, and walls are bumped into. Passive: in
the corridor every action moves right; at the junction up and right enter the upper arm, down and left the lower one.

Observation Space
-----------------
``Discrete(4)``: 0 corridor, 1 junction, 2 red, 3 green. The first cell shows the cue's colour. The upper arm is red and
the lower one green; an arm is seen only as the last observation of an episode, never in a continual maze.

``info["needed"]`` is a set of observations (bit x stands for observation x): the cue, from the moment it is seen until
the episode ends or, in a continual maze, the passage.

Rewards
-------
+1 for entering the arm of the cue's colour, -1 for entering the other one, else 0. Active: ``timeout_reward`` for a
step that ends the time outside the arms, and ``step_penalty`` is subtracted from every reward.

Starting State
--------------
The first cell (passive) or the second (active; with ``length`` 2 this is the junction). The cue is red or green with
probability 1/2 each. With ``random_length`` the junction's column is uniform on 2 .. ``length``, drawn anew each time.

Episode End
-----------
Terminated on entering an arm. Passive: this is after as many steps as the junction's column, and the truncation at
``length + 1`` steps is never reached. Active: the time is ``length + 1 + slack`` steps, ``slack`` more than the best
policy takes. With a ``timeout_reward`` other than 0 its end is a termination, and the clock is a part of the state;
else it is a truncation. Continual: there is no end; the step into an arm draws a new cue (and junction) and leads back
to the start.

Arguments
---------
length : int, default 10, at least 2. The junction's column (with ``random_length``: the last one possible).
random_length : bool, default False. Draw the junction's column; ``length`` is then at most 1,000,000.
active : bool, default False (TMazeContinual; fixed in the others). Whether the agent walks by itself.
slack : int, default 1, from 0 to 1000 (active). Steps to spare.
timeout_reward : float, from -1 to 0 (active). Default -1 in TMazeActive, 0 in TMazeActivePaper.
step_penalty : float, default 0, from 0 to 0.25 (active). What each step costs.

Certificate
-----------
Let m be the mean column of the junction: ``length``, or (``length`` + 2) / 2 with ``random_length``; let c be
``step_penalty``, T ``timeout_reward`` and n the time, ``length + 1 + slack``.

*Optimum.* Passive: a passage takes m steps on average under every policy, and an agent that remembers the cue earns +1
each time: return 1, or gain 1/m (renewal reward). Active: looking first takes m + 1 steps and earns 1 - c (m + 1). An
agent that does not look is right half of the time and needs at least m - 1 steps: at most -c (m - 1), which is less
because c < 1/2; waiting for the end earns T - c n, which is less still. Continual, active: the gain is 1 / (m + 1).
Looking takes two steps more than guessing and is worth one reward more, and two steps of that gain are worth less.

*Memoryless.* An arm is entered from the junction, whose observation says nothing of the cue: whenever a policy of the
present observation enters one, it is the upper one with the same probability u. If its passage ends in an arm
with probability h when the cue is red and k when it is green, it is right with probability (h u + k (1 - u)) / 2, at
most 1/2. Passive: 0. Active: a passage takes at least m - 1 steps, so that the return is at most -c (m - 1) if T = -1,
which walking right and then up earns. For T > -1 the passages that time out add at most (1 + T) / 2: a bound, and the
value given is that of walking right, the best policy that does not draw its actions. Continual: both colours
are drawn equally often, so that the gain is 0 in every case.

*Uniform random play* is as often right as wrong, because it does not depend on the cue. Passive and continual: 0.
Active: T (1 - h) - c s, where h is the probability that the walk enters an arm in time and s the mean number of its
steps; both are computed from the distribution of the walk, step by step. It reaches the junction in time only if at
least length - 2 of its first n - 1 steps go right, of probability at most C(n - 1, length - 2) / 4**(length - 2), which
for a length above 4096 is less than the least float64: then T - c n. With many random lengths it is only bounded.

Facts: ``k_star`` = ``length``, the shortest window of observations with which the optimum is reached (with
``random_length`` the longest corridor needs it; shorter windows then reach some of the optimum). At the junction a
shorter window no longer holds the cue, and what it holds instead is the same for both colours. ``kappa`` = 2, the
observations that must be kept if the agent chooses which: the cue and the present one. ``optimal_steps``, the mean
steps of a passage, m or m + 1. Continual: ``bias_span``, the range of the relative values that optimal play meets: a
passage is worth 1 - (steps to go) * gain, from 0 at its start to 1 - gain before its last step.

Version History
---------------
v0: first version.

References
----------
Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows: learning to manage memory in non-Markovian
environments", arXiv:2512.19154, 2025 (this form: https://github.com/geraudnt/adaptive-stacking, tmaze-v0).
Bakker, "Reinforcement learning with long short-term memory", NeurIPS 2001 (the first T-maze with a cue).
Ni, Ma, Eysenbach and Bacon, "When do transformers shine in RL? Decoupling memory from credit assignment", NeurIPS 2023
(active and passive forms, with other rewards).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel, pictures
from . import maze_pictures
from .maze_walks import uniform_walk

CORRIDOR, JUNCTION, RED, GREEN = range(4)
UP, RIGHT, DOWN, LEFT = range(4)
SEEN = ("corridor", "junction", "red", "green")
ACTIONS = ("up", "right", "down", "left")
COLOURS = (maze_pictures.CORRIDOR, maze_pictures.JUNCTION, maze_pictures.UPPER, maze_pictures.LOWER)
LONGEST_WALK, MOST_WORK = 4096, 40_000_000
MOST_DRAWN = 1_000_000  # columns in the distribution that is written at every start


class Params(NamedTuple):
    """``length`` is the column of the junction; ``continual`` teleports to the start instead of ending.

    ``timed``: the active maze ends at ``limit`` steps with a reward.
    """

    length: int
    random_length: bool
    continual: bool
    active: bool
    timed: bool
    limit: int
    timeout_reward: float
    step_penalty: float


class State(NamedTuple):
    """One entry a lane: ``column`` 1 .. ``junction`` (int32), ``arm`` (0 none, 1 up, 2 down), ``cue`` (0 red, 1 green)
    (both int8): narrow, because the loops over many lanes are limited by memory.
    """

    column: np.ndarray
    junction: np.ndarray
    arm: np.ndarray
    cue: np.ndarray


class ActiveState(NamedTuple):
    """The same, with whether the cue has been ``seen`` (int8) and, where the timeout pays, the ``clock`` (int32)."""

    column: np.ndarray
    junction: np.ndarray
    arm: np.ndarray
    cue: np.ndarray
    seen: np.ndarray
    clock: np.ndarray


def params(
    length, random_length=False, continual=False, active=False, slack=1, timeout_reward=0.0, step_penalty=0.0
) -> Params:
    """Build the parameters from checked knobs.

    Raises ValueError for a ``length`` of which no random one can be drawn.
    """
    if random_length and length > MOST_DRAWN:
        raise ValueError(
            f"length={length} is not allowed with random_length=True: length must be at most {MOST_DRAWN:,}"
        )
    timed = timeout_reward != 0.0
    return Params(length, random_length, continual, active, timed, length + 1 + slack, timeout_reward, step_penalty)


def spec(p: Params) -> Spec:
    """Declare the task: one player, four observations, four actions."""
    horizon = p.limit if p.active else p.length + 1
    return Spec(
        actions=(4,),
        action_names=(ACTIONS,),
        observation=Observation.integers(4),
        observation_names=SEEN,
        reward_range=(-1.0 - p.step_penalty, 1.0 - p.step_penalty),
        criterion=_criterion(p),
        horizon=None if p.continual or p.timed else horizon,
        start_stages=1 + p.random_length,
        start_outcomes=max(2, p.length - 1) if p.random_length else 2,
        stages=(1 + p.random_length) if p.continual else 0,
        outcomes=max(2, p.length - 1) if p.random_length else 2,
        info=("needed",),
        hidden=True,
    )


def _criterion(p: Params) -> Criterion:
    return Criterion("gain" if p.continual else "return")


def allocate(p: Params, lanes: int) -> State | ActiveState:
    """Allocate the state of ``lanes`` lanes."""
    state = State(*(np.zeros(lanes, dtype) for dtype in (np.int32, np.int32, np.int8, np.int8)))
    return ActiveState(*state, np.zeros(lanes, np.int8), np.zeros(lanes, np.int32)) if p.active else state


def kernels(p: Params) -> dict:
    """Choose the kernels of the active maze; those of the passive one have the plain names."""
    if not p.active:
        return {}
    return {"begin": begin_active, "chance": chance_active, "apply": apply_active, "info": info_active}


@kernel
def start(p, c, stage, prob):
    """Stage 0 draws the cue; stage 1 (random length) the junction's column, uniform on 2 .. length."""
    count = 2 if stage == 0 else p.length - 1
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def begin(p, s, i, c):
    """Stand on the cue's cell."""
    s.column[i] = 1
    s.arm[i] = 0
    s.cue[i] = c[0]
    s.junction[i] = 2 + c[1] if p.random_length else p.length


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Continual mode: the step into an arm draws the next cue (and length)."""
    if s.column[i] == s.junction[i]:
        return start(p, c, stage, prob)
    prob[0] = 1.0
    return 1


@kernel
def apply(p, s, i, a, c, r):
    """Move right in the corridor whatever the action; at the junction, up and right enter the upper arm."""
    at_junction = s.column[i] == s.junction[i]
    lower = a[i, 0] >= DOWN
    correct = lower == (s.cue[i] == 1)
    r[i, 0] = (1.0 if correct else -1.0) if at_junction else 0.0
    if p.continual:
        if at_junction:
            begin(p, s, i, c)
        else:
            s.column[i] += 1
        return False
    s.arm[i] = (2 if lower else 1) if at_junction else 0
    s.column[i] += 0 if at_junction else 1
    return at_junction


@kernel
def observe(p, s, i, o):
    """Show the cue's colour at the start, the arm's colour in an arm, else corridor or junction."""
    column = s.column[i]
    place = JUNCTION if column == s.junction[i] else CORRIDOR
    arm = s.arm[i]
    o[i, 0] = RED + s.cue[i] if column == 1 else (place if arm == 0 else CORRIDOR + 1 + arm)


@kernel
def info(p, s, i, v):
    """Write the bit of the cue's colour until an arm is entered."""
    v[i, 0] = 4.0 + 4.0 * s.cue[i] if s.arm[i] == 0 else 0.0


@kernel
def begin_active(p, s, i, c):
    """Stand on the cell to the right of the cue."""
    begin(p, s, i, c)
    s.column[i] = 2
    s.seen[i] = 0
    s.clock[i] = 0


@kernel
def enters(s, i, a):
    """Return whether the action leads from the junction into an arm (active)."""
    return (s.column[i] == s.junction[i]) & ((a[i, 0] == UP) | (a[i, 0] == DOWN))


@kernel
def chance_active(p, s, i, a, c, stage, prob):
    """As `chance`."""
    if enters(s, i, a):
        return start(p, c, stage, prob)
    prob[0] = 1.0
    return 1


@kernel
def apply_active(p, s, i, a, c, r):
    """Walk; the step that ends the time outside the arms pays what the timeout does."""
    action, column = a[i, 0], s.column[i]
    inside = enters(s, i, a)
    lower = action == DOWN
    correct = lower == (s.cue[i] == 1)
    time = s.clock[i] + 1
    late = p.timed & (time >= p.limit)
    r[i, 0] = ((1.0 if correct else -1.0) if inside else (p.timeout_reward if late else 0.0)) - p.step_penalty
    if p.continual and inside:
        begin_active(p, s, i, c)
        return False
    forth = 1 if (action == RIGHT) & (column < s.junction[i]) else 0
    back = 1 if (action == LEFT) & (column > 1) else 0
    place = column + forth - back
    s.column[i] = place
    s.arm[i] = (2 if lower else 1) if inside else 0
    s.seen[i] = 1 if place == 1 else s.seen[i]
    s.clock[i] = time if p.timed else 0
    return inside | late


@kernel
def info_active(p, s, i, v):
    """Write the bit of the cue's colour from the moment it is seen until the end."""
    ended = (s.arm[i] != 0) | (p.timed & (s.clock[i] >= p.limit))
    v[i, 0] = 0.0 if ended else (4.0 + 4.0 * s.cue[i]) * s.seen[i]


def certificate(p: Params) -> Certificate:
    """Return the values that the module's page derives."""
    column = (p.length + 2) / 2 if p.random_length else float(p.length)
    steps = column + 1 if p.active else column
    facts = {"k_star": p.length, "kappa": 2, "optimal_steps": steps}
    chance = Value(0.0, "closed-form", "right with probability 1/2, because the junction tells nothing of the cue")
    if p.continual:
        optimal = Value(1.0 / steps, "closed-form", "renewal reward: +1 for each passage of the corridor")
        return Certificate(_criterion(p).unit, optimal, chance, chance, {**facts, "bias_span": 1.0 - 1.0 / steps})
    if not p.active:
        optimal = Value(1.0, "closed-form", "+1 at the arm of the cue")
        return Certificate(_criterion(p).unit, optimal, chance, chance, facts)
    optimal = Value(1.0 - p.step_penalty * steps, "closed-form", "look at the cue, then +1 at its arm")
    guess = 0.0 - p.step_penalty * (column - 1)
    how = "walk right and up: no policy without memory is right more than half of the time"
    memoryless = Value(guess, "closed-form", how)
    if p.timeout_reward > -1.0:
        most = min(optimal.value, guess + (1.0 + p.timeout_reward) / 2)
        how = "walk right and up; letting the time run out on one of the colours could add to it"
        memoryless = Value(guess, "bound", how, guess, most)
    return Certificate(_criterion(p).unit, optimal, _uniform_play(p), memoryless, facts)


def _uniform_play(p: Params) -> Value:
    """Return the value of uniform random play in the active maze."""
    if p.timeout_reward == 0.0 and p.step_penalty == 0.0:
        return Value(0.0, "closed-form", "as often right as wrong, because it does not depend on the cue")
    never = p.timeout_reward - p.step_penalty * p.limit
    if p.length > LONGEST_WALK and not p.random_length:
        return Value(never, "closed-form", "the walk never reaches the junction in time, but for less than 1e-300")
    junctions = range(2 if p.random_length else p.length, p.length + 1)
    if len(junctions) * p.limit * (2000 + p.length) > MOST_WORK:
        most = 0.0 - p.step_penalty * p.length / 2
        return Value(never, "bound", "the timeout; some walks end in an arm before it", never, most)
    total = 0.0
    for junction in junctions:
        total += p.timeout_reward
        for here in uniform_walk(junction - 1, 1, p.limit):
            total -= p.timeout_reward * 0.5 * here[-1] + p.step_penalty * here.sum()
    return Value(float(total) / len(junctions), "solved", "exact distribution of the walk, step by step")


def ansi(p, s, i, last) -> str:
    """Draw the maze, and say what the agent sees."""
    seen, action = SEEN[pictures.number_seen(observe, p, s, i)], pictures.name_of(ACTIONS, last)
    status = f"cue {SEEN[RED + s.cue[i]]}  column {s.column[i]} of {s.junction[i]}"
    return maze_pictures.write(_maze(p, s, i), seen, status, action, last)


def paint(p, s, i, last) -> np.ndarray:
    """Paint the maze, and what the agent sees."""
    seen, action = pictures.number_seen(observe, p, s, i), pictures.name_of(ACTIONS, last)
    title = f"T-maze, {'active' if p.active else 'passive'}"
    return maze_pictures.paint(title, _maze(p, s, i), SEEN[seen], COLOURS[seen], action, last)


def _maze(p: Params, s: State | ActiveState, i: int) -> maze_pictures.Maze:
    column, junction, arm, cue = (int(field[i]) for field in s[:4])
    arms = maze_pictures.two_arms("RG", cue, "+1", "-1")
    return maze_pictures.Maze(p.length - 1, junction - 1, column - 1, (0, -1, 1)[arm], cue, arms)
