"""The passive T-maze: a cue at the start says which arm pays at the far end.

Description
-----------
A corridor of ``length`` columns ends at a junction with an upper and a lower arm. The first cell shows a colour, red if
the upper arm pays and green if the lower one does; the cells after it all look the same. The agent is carried along the
corridor whatever it does and decides only at the junction, where the cue is ``length - 1`` steps old. The task isolates
memory: exploration and control are trivial, and without the cue every policy is right half of the time.

Action Space
------------
``Discrete(4)``: 0 up, 1 right, 2 down, 3 left. In the corridor every action moves right. At the junction up and right
enter the upper arm, down and left the lower one.

Observation Space
-----------------
``Discrete(4)``: 0 corridor, 1 junction, 2 red, 3 green. The first cell shows the cue's colour. The upper arm is red and
the lower one green; an arm is seen only as the last observation of an episode, never in continual mode.

Rewards
-------
+1 for entering the arm of the cue's colour, -1 for entering the other one, else 0.

Starting State
--------------
The first cell. The cue is red or green with probability 1/2 each. With ``random_length`` the junction's column is
uniform on 2 .. ``length``, drawn anew each time.

Episode End
-----------
Terminated on entering an arm, after as many steps as the junction's column. Truncation at ``length + 1`` steps is never
reached. In continual mode there is no end: entering an arm draws a new cue (and junction) and leads back to the first
cell in the same step.

Arguments
---------
length : int, default 10, at least 2. The junction's column (with ``random_length``: the last one possible).
random_length : bool, default False. Draw the junction's column.
continual : bool, default False. Never end; the criterion is then the gain, else the return of an episode.

Certificate
-----------
All values are exact. A passage takes the same steps under every policy, the junction's column: on average m =
``length``, or (``length`` + 2) / 2 with ``random_length``. An agent that remembers the cue earns +1 each time: return
1, or gain 1/m (renewal reward: one reward a passage). At the junction the present observation is independent of the
cue, so that uniform play and every policy without memory are right with probability 1/2: return and gain 0. Facts:
``k_star`` = ``length``, the shortest window of observations with which the optimum is reached (with ``random_length``
the longest corridor needs it; shorter windows then reach some of the optimum); ``kappa`` = 2, the observations that
must be kept if the agent chooses which; ``optimal_steps`` = m, the (average) steps of a passage.

Version History
---------------
v0: first version.

References
----------
Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows: learning to manage memory in non-Markovian
environments", arXiv:2512.19154, 2025 (this form: https://github.com/geraudnt/adaptive-stacking, tmaze-v0, passive).
Bakker, "Reinforcement learning with long short-term memory", NeurIPS 2001 (the first T-maze with a cue).
Ni, Ma, Eysenbach and Bacon, "When do transformers shine in RL? Decoupling memory from credit assignment", NeurIPS 2023
(active and passive forms, with other rewards).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel

CORRIDOR, JUNCTION, RED, GREEN = range(4)
UP, RIGHT, DOWN, LEFT = range(4)
SEEN = ("corridor", "junction", "red", "green")
ACTIONS = ("up", "right", "down", "left")
COLOURS = (canvas.FAINT, canvas.mix(canvas.MUTED, canvas.FAINT, 0.4), canvas.BAD, canvas.GOOD)


class Params(NamedTuple):
    """``length`` is the column of the junction; ``continual`` teleports to the start instead of ending."""

    length: int
    random_length: bool
    continual: bool


class State(NamedTuple):
    """One entry a lane: ``column`` 1 .. ``junction`` (int32), ``arm`` (0 none, 1 up, 2 down), ``cue`` (0 red, 1 green)
    (both int8): narrow, because the loops over many lanes are limited by memory.
    """

    column: np.ndarray
    junction: np.ndarray
    arm: np.ndarray
    cue: np.ndarray


def params(length, random_length, continual):
    """Build the parameters from checked knobs."""
    return Params(length, random_length, continual)


def spec(p):
    """Declare the task: one player, four observations, four actions; reward +1, -1 or 0."""
    return Spec(
        actions=(4,),
        action_names=(ACTIONS,),
        observation=Observation.integers(4),
        reward_range=(-1.0, 1.0),
        criterion=Criterion("gain" if p.continual else "return"),
        horizon=None if p.continual else p.length + 1,
        start_stages=1 + p.random_length,
        start_outcomes=max(2, p.length - 1) if p.random_length else 2,
        stages=(1 + p.random_length) if p.continual else 0,
        outcomes=max(2, p.length - 1) if p.random_length else 2,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(*(np.zeros(lanes, dtype) for dtype in (np.int32, np.int32, np.int8, np.int8)))


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


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    steps = (p.length + 2) / 2 if p.random_length else float(p.length)
    if p.continual:
        optimal = Value(1.0 / steps, "closed-form", "renewal reward: +1 for each passage of the corridor")
    else:
        optimal = Value(1.0, "closed-form", "+1 at the arm of the cue")
    chance = Value(0.0, "closed-form", "right with probability 1/2, because the junction tells nothing of the cue")
    return Certificate(
        unit=Criterion("gain" if p.continual else "return").unit,
        optimal=optimal,
        random=chance,
        memoryless=chance,
        facts={"k_star": p.length, "kappa": 2, "optimal_steps": steps},
    )


def ansi(p, s, i, last) -> str:
    """Draw the maze as it is (a long corridor shortened to 40 characters), and say what the agent sees."""
    column, junction, arm, cue = (int(field[i]) for field in s)
    width = min(junction, 40)
    cells = ["RG"[cue], *"-" * (width - 2), "+"]
    arms = ["R", "G"]
    if arm:
        arms[arm - 1] = "o"
    else:
        cells[round((column - 1) * (width - 1) / (junction - 1))] = "o"
    action = "-" if last.actions is None else ACTIONS[int(last.actions[0])]
    return (
        f"{' ' * (width - 1)}{arms[0]} {1 - 2 * cue:+d}\n"
        f"{''.join(cells)}\n"
        f"{' ' * (width - 1)}{arms[1]} {2 * cue - 1:+d}\n"
        f"agent sees: {SEEN[_seen(p, s, i)]}\n"
        f"cue {SEEN[RED + cue]}  column {column} of {junction}  step {last.clock}  action {action}  "
        f"reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the maze as it is, with what the arms pay, and apart from it the one observation that the agent gets."""
    column, junction, arm, cue = (int(field[i]) for field in s)
    frame = canvas.blank(640, 360)
    canvas.text(frame, 24, 22, "T-maze, passive", scale=3)
    canvas.text(frame, 616, 22, f"step {last.clock}", scale=3, align="right")

    pitch = min(50.0, 500.0 / (p.length - 1))
    first, y = 300.0 - pitch * (p.length - 1) / 2, 148.0
    end = first + pitch * (junction - 1)
    canvas.rectangle(frame, first - 22, y - 22, end - first + 44, 44, COLOURS[CORRIDOR], radius=12)
    canvas.rectangle(frame, end - 22, y - 76, 44, 152, COLOURS[CORRIDOR], radius=12)
    canvas.rectangle(frame, end - 18, y - 18, 36, 36, COLOURS[JUNCTION], radius=8)
    if pitch > 6.0:
        for k in range(1, junction - 1):
            canvas.circle(frame, first + pitch * k, y, min(0.2 * pitch, 4.0), canvas.BACKGROUND)
    canvas.rectangle(frame, first - 18, y - 18, 36, 36, COLOURS[RED + cue], radius=8)
    canvas.text(frame, first, y + 30, "cue", canvas.MUTED, align="center")
    for way, colour in ((-1, RED), (1, GREEN)):
        canvas.rectangle(frame, end - 18, y + 54 * way - 18, 36, 36, COLOURS[colour], radius=8)
        pays = "+1" if colour == RED + cue else "-1"
        canvas.text(frame, end + 32, y + 54 * way - 7, pays)
    x, y = first + pitch * (column - 1), y + (0.0, -54.0, 54.0)[arm]
    canvas.circle(frame, x, y, 13, canvas.PANEL)
    canvas.circle(frame, x, y, 11, canvas.ACCENT)
    canvas.circle(frame, x, y, 5, canvas.PANEL)

    seen = _seen(p, s, i)
    canvas.rectangle(frame, 24, 244, 276, 92, canvas.PANEL, radius=10)
    canvas.text(frame, 40, 258, "the agent sees", canvas.MUTED)
    canvas.rectangle(frame, 40, 284, 40, 40, COLOURS[seen], radius=8)
    canvas.text(frame, 94, 294, SEEN[seen], scale=3)
    canvas.rectangle(frame, 316, 244, 300, 92, canvas.PANEL, radius=10)
    action = "-" if last.actions is None else ACTIONS[int(last.actions[0])]
    rows = ("last action", action), ("reward", f"{last.rewards[0]:g}"), ("total", f"{last.total[0]:g}")
    for row, (label, value) in enumerate(rows):
        canvas.text(frame, 332, 256 + 26 * row, label, canvas.MUTED)
        canvas.text(frame, 600, 256 + 26 * row, value, align="right")
    return frame


def _seen(p: Params, s: State, i: int) -> int:
    """Return the observation of lane ``i``."""
    seen = np.zeros((i + 1, 1), np.int64)
    observe(p, s, i, seen)
    return int(seen[i, 0])
