"""The T-maze of AMRL with noise: a hint at the start, a noisy corridor, and rewards that have nothing to do with it.

Description
-----------
The agent sees a hint, left or right, and is carried along a corridor whatever it does. At its end, the junction, it
chooses a side. One of the three numbers that it sees is noise at every step, so that a memory that takes up all it sees
is washed out. With ``distractors`` there are further places on the way that announce a choice, less clearly than the
junction does, at which the reward is drawn whatever is chosen: they teach an agent that looking back is of no use.

Action Space
------------
``Discrete(2)``: 0 left, 1 right.

Observation Space
-----------------
The source shows (hint, signal, noise): hint -1 left, 1 right at the start, else 0; signal j / (``distractors`` + 1) at
the j-th place of choice, 1 at the junction, else 0; noise -1 or 1 with equal probability, or 0 without ``noise``. The
last observation of an episode is (0, 0, 0). ``observation="vector"`` is this as ``Box``, float32.

``observation="integer"`` numbers the places: 0 corridor, 1 hint left, 2 hint right, 2 + j the j-th place of choice.
Without ``noise`` this is the observation. With it: 0 at the end, else 1 + 2 * place + (1 if the noise is positive).

``info["needed"]`` is a set of integer observations (bit x stands for observation x): the hint, with the noise that came
with it, until the end.

Rewards
-------
At the junction 4 for the side of the hint, -3 for the other one. At a distractor 4 or -3 with equal probability. Else
0.

Starting State
--------------
The hint is left or right with probability 1/2 each.

Episode End
-----------
Terminated by the choice at the junction, after ``length`` steps.

Arguments
---------
length : int, default 10, at least 2. Steps of an episode; the hint is ``length`` - 1 steps old at the junction.
distractors : int, default 0, at most ``length`` - 6 and 1000. They are on different cells, drawn uniformly from the
sixth cell to the last one before the junction.
noise : bool, default True. Show a random sign at every step.
observation : ``"integer"`` (default) or ``"vector"``.

Certificate
-----------
All values are exact. A distractor is worth 1/2 under every policy; n of them n/2. Who remembers the hint adds 4. Who
does not is right half of the time, because nothing else depends on the hint: 1/2, for uniform play and without memory.
Facts: ``k_star`` = ``length``, the window that holds the hint at the junction; ``kappa`` = 2, the hint and the present
observation; ``optimal_steps`` = ``length``.

Version History
---------------
v0: first version.

References
----------
Beck, Ciosek, Devlin, Tschiatschek, Zhang and Hofmann, "AMRL: aggregated memory for reinforcement learning", ICLR 2020
(T-L and T-LN).
Sorokin, Buzun, Pugachev and Burtsev, "Explain my surprise: learning efficient long-term memory by predicting uncertain
outcomes", NeurIPS 2022 (this form, with distractors: https://github.com/griver/memup, rl/envs/memory_len.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel, pictures
from ..core.environment import Last
from . import maze_pictures

CORRIDOR, HINT, HINT_RIGHT, CHOICE = range(4)
LEFT, RIGHT = range(2)
ACTIONS = ("left", "right")
COLOURS = (maze_pictures.CORRIDOR, maze_pictures.UPPER, maze_pictures.LOWER, maze_pictures.JUNCTION)
SUCCESS, FAILURE = 4.0, -3.0
QUIET = 5  # no distractor is on the first cells


class Params(NamedTuple):
    """``length`` is the number of cells, the junction being the last one."""

    length: int
    distractors: int
    noise: bool
    vector: bool


class State(NamedTuple):
    """One entry a lane: ``cell`` (int32; ``length`` at the end), ``hint`` (0 left, 1 right) and ``noise`` (0 or 1; both
    int8), ``first``, the noise that came with the hint (int8), ``passed``, the places of choice before this cell, and
    ``here``, whether this one is a distractor (int32, int8).
    """

    cell: np.ndarray
    passed: np.ndarray
    hint: np.ndarray
    noise: np.ndarray
    first: np.ndarray
    here: np.ndarray


def params(length, distractors, noise, observation) -> Params:
    """Build the parameters from checked knobs.

    Raises
    ------
    ValueError
        for more ``distractors`` than cells for them.
    """
    most = max(0, length - QUIET - 1)
    if distractors > most:
        raise ValueError(f"distractors={distractors} is not allowed: with length={length} there may be at most {most}")
    return Params(length, distractors, noise, observation == "vector")


def spec(p: Params) -> Spec:
    """Declare the task: one player, two actions; an integer or three numbers."""
    names = _names(p)
    vector = Observation.vector((-1, 0, -1), (1, 1, 1), dtype=np.float32)
    return Spec(
        actions=(2,),
        action_names=(ACTIONS,),
        observation=vector if p.vector else Observation.integers(len(names)),
        observation_names=() if p.vector else names,
        reward_range=(FAILURE, SUCCESS),
        criterion=Criterion("return"),
        stages=1 if p.noise or p.distractors else 0,
        outcomes=8 if p.distractors else 2,
        start_stages=1 + p.noise,
        start_outcomes=2,
        info=("needed",),
        hidden=True,
    )


def _places(p: Params) -> tuple[str, ...]:
    """Return the names of the places."""
    return ("corridor", "hint left", "hint right", *(f"choice {j + 1}" for j in range(p.distractors)), "junction")


def _names(p: Params) -> tuple[str, ...]:
    """Return the names of the integer observations."""
    places = _places(p)
    return ("end", *(f"{place} {sign}" for place in places for sign in "-+")) if p.noise else places


def allocate(p: Params, lanes: int) -> State:
    """Allocate the state of ``lanes`` lanes."""
    return State(*(np.zeros(lanes, dtype) for dtype in (np.int32, np.int32, np.int8, np.int8, np.int8, np.int8)))


def kernels(p: Params) -> dict:
    """Choose the view of the observation, and what chance decides."""
    chosen = {"observe": observe_vector} if p.vector else {}
    return {**chosen, "chance": chance_distractors, "pick": None} if p.distractors else chosen


@kernel
def start(p, c, stage, prob):
    """Stage 0 draws the hint, stage 1 the noise that comes with it."""
    prob[0] = 0.5
    prob[1] = 0.5
    return 2


@kernel
def begin(p, s, i, c):
    """Show the hint."""
    s.cell[i] = 0
    s.passed[i] = 0
    s.here[i] = 0
    s.hint[i] = c[0]
    s.noise[i] = c[1] if p.noise else 0
    s.first[i] = c[1] if p.noise else 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Draw the noise of the next cell."""
    prob[0] = 0.5
    prob[1] = 0.5
    return 2


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return the outcome that ``u`` picks from the distribution of `chance`."""
    return 0 if u < 0.5 else 1


@kernel
def chance_distractors(p, s, i, a, c, stage, prob):
    """Draw the next cell's noise (bit 0), whether it is a distractor (bit 1), and what this one pays (bit 2).

    The distractors that are left are equally likely to be on any of the cells that are left for them (selection
    sampling: Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
    """
    cell = s.cell[i] + 1
    room = p.length - 1 - cell
    left = p.distractors - s.passed[i] - s.here[i]
    place = left / room if (cell >= QUIET) & (room > 0) else 0.0
    positive = 0.5 if p.noise else 0.0
    pays = 0.5 if s.here[i] == 1 else 0.0
    for k in range(8):
        one = positive if k & 1 else 1.0 - positive
        two = place if k & 2 else 1.0 - place
        three = pays if k & 4 else 1.0 - pays
        prob[k] = one * two * three
    return 8


@kernel
def apply(p, s, i, a, c, r):
    """Go on by one cell; pay at the junction and at a distractor."""
    cell = s.cell[i]
    ends = cell >= p.length - 1
    here = s.here[i]
    right = a[i, 0] == s.hint[i]
    if p.distractors > 0:
        lucky = c[0] >= 4
        r[i, 0] = (SUCCESS if right else FAILURE) if ends else (0.0 if here == 0 else (SUCCESS if lucky else FAILURE))
        s.passed[i] += here
        s.here[i] = (c[0] >> 1) & 1
    else:
        r[i, 0] = (SUCCESS if right else FAILURE) if ends else 0.0
    if p.noise:
        s.noise[i] = 0 if ends else c[0] & 1
    s.cell[i] = cell + 1
    return ends


@kernel
def choice(p, s, i):
    """Return the number of the place of choice that lane ``i`` is at, from 1, or 0."""
    final = s.cell[i] == p.length - 1
    return p.distractors + 1 if final else (s.passed[i] + 1 if s.here[i] == 1 else 0)


@kernel
def observe(p, s, i, o):
    """Show the number of the place, and the noise."""
    cell = s.cell[i]
    number = choice(p, s, i)
    place = HINT + s.hint[i] if cell == 0 else (CORRIDOR if number == 0 else CHOICE - 1 + number)
    if p.noise:
        place = 0 if cell >= p.length else 1 + 2 * place + s.noise[i]
    o[i, 0] = place


@kernel
def observe_vector(p, s, i, o):
    """Show the hint, the signal and the noise."""
    cell = s.cell[i]
    o[i, 0, 0] = (2 * s.hint[i] - 1) if cell == 0 else 0
    o[i, 0, 1] = choice(p, s, i) / (p.distractors + 1)
    o[i, 0, 2] = (2 * s.noise[i] - 1) if p.noise & (cell < p.length) else 0


@kernel
def info(p, s, i, v):
    """Write the bit of the hint as it was seen, until the end."""
    seen = np.int64(3 + 2 * s.hint[i] + s.first[i]) if p.noise else np.int64(1 + s.hint[i])
    v[i, 0] = float(1 << seen) if s.cell[i] < p.length else 0.0


def certificate(p: Params) -> Certificate:
    """Return the values that the module's page derives."""
    chance = (SUCCESS + FAILURE) / 2
    most, blind = p.distractors * chance + SUCCESS, (p.distractors + 1) * chance
    guess = Value(blind, "closed-form", "right with probability 1/2: nothing but the hint tells the side")
    return Certificate(
        Criterion("return").unit,
        Value(most, "closed-form", "the side of the hint, and whatever the distractors pay"),
        guess,
        guess,
        {"k_star": p.length, "kappa": 2, "optimal_steps": float(p.length)},
    )


def ansi(p, s, i, last) -> str:
    """Draw the maze, and say what the agent sees."""
    seen, action = _names(p)[pictures.number_seen(observe, p, s, i)], pictures.name_of(ACTIONS, last)
    status = f"hint {ACTIONS[s.hint[i]]}  cell {s.cell[i]} of {p.length}"
    return maze_pictures.write(_maze(p, s, i, last), seen, status, action, last)


def paint(p, s, i, last) -> np.ndarray:
    """Paint the maze, and what the agent sees."""
    number, action = pictures.number_seen(observe, p, s, i), pictures.name_of(ACTIONS, last)
    place = max(0, number - 1) // 2 if p.noise else number
    colour = COLOURS[min(place, CHOICE)]
    return maze_pictures.paint("T-maze with noise", _maze(p, s, i, last), _names(p)[number], colour, action, last)


def _maze(p: Params, s: State, i: int, last: Last) -> maze_pictures.Maze:
    cell, hint = int(s.cell[i]), int(s.hint[i])
    arms = maze_pictures.two_arms("LR", hint, f"{SUCCESS:g}", f"{FAILURE:g}")
    entered = cell == p.length and last.actions is not None
    side = 2 * int(last.actions[0]) - 1 if entered else 0
    return maze_pictures.Maze(p.length - 1, p.length - 1, min(cell, p.length - 1), side, hint, arms)
