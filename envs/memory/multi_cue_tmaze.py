"""The T-maze of many cues: some colours at the start, and as many junctions at the far end that ask for them.

Description
-----------
The first ``cues`` cells each show a colour. Then come ``delay`` cells of corridor, and then as many junctions as there
were cues. Each junction asks for one colour, that is for the arm that carries it: the first junction for the first
colour, the second for the second and so on, or with ``order="reverse"`` for the last colour first. The agent is carried
along and decides at the junctions alone, which all look the same. The task turns the number of things to remember, the
time for which they have to be remembered, and, with the order, which of them has to be kept the longest.

Action Space
------------
``Discrete(colours)``: the arm of each colour, 0 up (red), 1 down (green), 2 right (blue), 3 left (yellow). Before the
junctions every action moves on.

Observation Space
-----------------
``Discrete(2 + colours)``: 0 corridor, 1 junction, 2 red, 3 green, 4 blue, 5 yellow. The last observation of an episode
is 0.

Rewards
-------
+1 for the arm of the colour that a junction asks for, -1 for another one; else 0.

Starting State
--------------
The first cue's cell. Each cue has one of the ``colours`` with equal probability, independently of the others.

Episode End
-----------
Terminated by the decision at the last junction, after 2 ``cues`` + ``delay`` steps. There is no time limit.

Arguments
---------
cues : int, default 3, from 1 to 24. How many colours there are to be remembered.
colours : int, default 2, from 2 to 4. How many different ones there may be.
delay : int, default 3, at least 0. Cells between the last cue and the first junction.
order : "same" or "reverse", default "same". In which order the junctions ask.

``info["needed"]`` is the set of the observations that show a colour which has been seen and is still to be asked for
(bit 2 red, 3 green, 4 blue, 5 yellow). A colour that was shown twice is in it once, though an agent has to know both
places.

Certificate
-----------
All values are exact; n, C and D stand for ``cues``, ``colours`` and ``delay``. The steps do not depend on the actions.
An agent that remembers everything earns 1 at each junction: return n. At a junction the present observation is
independent of the cues, so that uniform play and every policy without memory are right with probability 1/C: n (2/C -
1). Facts:

``k_star``: in the same order the colour asked for was seen n + D steps ago at each junction, the oldest of n + D + 1
observations, and no smaller window has the first one. In reverse order the last junction asks for the first observation
of all, 2 n + D observations ago.

``kappa`` = n + 1: an agent that keeps the cues and at each junction drops the one it has just used needs one place for
each cue, and the present observation. With only k <= n places, k - 1 are kept when the observation after the last cue
arrives: some cues, and before them places that were never filled, together sum C^j for j = 0 .. k - 1, which is less
than C^n. Two of the C^n sequences of cues are then the same to the agent, and what it does afterwards is wrong for one
of them.

``optimal_steps`` = 2 n + D.

Version History
---------------
v0: first version.

References
----------
Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows: learning to manage memory in non-Markovian
environments", arXiv:2512.19154, 2025 (its passive T-maze is this task with one cue of two colours).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board, name_of, number_seen, panels, track

CORRIDOR, JUNCTION, RED, GREEN, BLUE, YELLOW = range(6)
UP, DOWN, RIGHT, LEFT = range(4)
SEEN = ("corridor", "junction", "red", "green", "blue", "yellow")
ACTIONS = ("up", "down", "right", "left")
COLOURS = (
    canvas.FAINT,
    canvas.mix(canvas.MUTED, canvas.FAINT, 0.4),
    canvas.BAD,
    canvas.GOOD,
    canvas.PLAYERS[4],
    canvas.PLAYERS[6],
)


class Params(NamedTuple):
    """What the kernels read."""

    cues: int
    colours: int
    delay: int
    reverse: bool


class State(NamedTuple):
    """One entry a lane: the ``clock`` (int32), and the ``colours`` of the cues, two bits each, the first cue in the
    lowest ones (int64).
    """

    clock: np.ndarray
    colours: np.ndarray


def params(cues, colours, delay, order):
    """Build the parameters from checked knobs."""
    return Params(cues, colours, delay, order == "reverse")


def spec(p):
    """Declare the task: one player, 2 + C observations, C actions; reward +1, -1 or 0."""
    return Spec(
        actions=(p.colours,),
        action_names=(ACTIONS[: p.colours],),
        observation=Observation.integers(2 + p.colours),
        observation_names=SEEN[: 2 + p.colours],
        reward_range=(-1.0, 1.0),
        criterion=Criterion("return"),
        start_stages=p.cues,
        start_outcomes=p.colours,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int32), np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """Each stage draws the colour of one cue."""
    for colour in range(p.colours):
        prob[colour] = 1.0 / p.colours
    return p.colours


@kernel
def begin(p, s, i, c):
    """Stand on the first cue's cell."""
    s.clock[i] = 0
    colours = 0
    for cue in range(p.cues):
        colours |= c[cue] << 2 * cue
    s.colours[i] = colours


@kernel
def asked(p, s, i):
    """Return which cue the present junction asks for; a number below 0 or from ``cues`` on away from the junctions."""
    junction = s.clock[i] - p.cues - p.delay
    return p.cues - 1 - junction if p.reverse else junction


@kernel
def apply(p, s, i, a, c, r):
    """Move on; a junction pays for the arm of the colour it asks for."""
    cue = asked(p, s, i)
    at_junction = 0 <= cue < p.cues
    right = a[i, 0] == s.colours[i] >> 2 * (cue if at_junction else 0) & 3
    r[i, 0] = (1.0 if right else -1.0) if at_junction else 0.0
    s.clock[i] += 1
    return s.clock[i] >= 2 * p.cues + p.delay


@kernel
def observe(p, s, i, o):
    """Show the cues one after the other, then corridor, then junctions."""
    clock = s.clock[i]
    cue = asked(p, s, i)
    place = JUNCTION if 0 <= cue < p.cues else CORRIDOR
    shows = clock < p.cues
    o[i, 0] = RED + (s.colours[i] >> 2 * (clock if shows else 0) & 3) if shows else place


@kernel
def info(p, s, i, v):
    """Write the set of the colours that have been seen and are still to be asked for."""
    first, last = 0, min(s.clock[i], p.cues - 1)
    passed = s.clock[i] - p.cues - p.delay
    if passed > 0:
        if p.reverse:
            last -= passed
        else:
            first = passed
    needed = 0
    for cue in range(first, last + 1):
        needed |= 4 << (s.colours[i] >> 2 * cue & 3)
    v[i, 0] = needed


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    steps = 2 * p.cues + p.delay
    blind = Value(
        p.cues * (2 / p.colours - 1),
        "closed-form",
        "right with probability 1/C: the junctions tell nothing of the cues",
    )
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(float(p.cues), "closed-form", "+1 at every junction"),
        random=blind,
        memoryless=blind,
        facts={
            "k_star": steps if p.reverse else p.cues + p.delay + 1,
            "kappa": p.cues + 1,
            "optimal_steps": steps,
        },
    )


def ansi(p, s, i, last) -> str:
    """Write the cues, the junctions (with the colours that they ask for) and the agent's place in between."""
    clock, colours = int(s.clock[i]), _colours(p, s, i)
    answers = colours[::-1] if p.reverse else colours
    delay = "-" * p.delay if p.delay <= 40 else f"-({p.delay} cells)-"
    place = clock if clock < p.cues or p.delay <= 40 else clock - p.delay + len(delay)
    if p.cues <= clock < p.cues + p.delay and p.delay > 40:
        place = p.cues + len(delay) // 2
    letters = ["RGBY"[colour] for colour in colours], ["RGBY"[colour] for colour in answers]
    return (
        f"{''.join(letters[0])}{delay}{''.join(letters[1])}\n{' ' * place}o\n"
        f"agent sees: {SEEN[number_seen(observe, p, s, i)]}\n"
        f"step {last.clock}  action {name_of(ACTIONS, last)}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the cells in a row: the cues, the corridor, and the junctions with the colours that they ask for."""
    frame = board("T-maze of many cues", last)
    colours = _colours(p, s, i)
    answers = colours[::-1] if p.reverse else colours
    cells = 2 * p.cues + p.delay
    painted = {cue: COLOURS[RED + colour] for cue, colour in enumerate(colours)}
    painted |= {p.cues + p.delay + k: COLOURS[JUNCTION] for k in range(p.cues)}
    x = track(frame, cells + 1, painted, int(s.clock[i]), 150.0)
    canvas.text(frame, x[: p.cues].mean(), 184, "cues", canvas.MUTED, align="center")
    canvas.text(frame, x[p.cues :].mean(), 184, "junctions", canvas.MUTED, align="center")
    size = min(14.0, 0.3 * (x[-1] - x[0]) / max(cells - 1, 1))
    for where, colour in zip(x[p.cues :], answers, strict=True):
        canvas.circle(frame, where, 106, size, COLOURS[RED + colour])
    canvas.text(frame, 24, 64, f"the junctions ask in {'reverse' if p.reverse else 'the same'} order", canvas.MUTED)
    seen = number_seen(observe, p, s, i)
    panels(frame, SEEN[seen], COLOURS[seen], name_of(ACTIONS, last), last)
    return frame


def _colours(p: Params, s: State, i: int) -> list[int]:
    """Return the colours of the cues of lane ``i``, 0 red .. 3 yellow."""
    return [int(s.colours[i]) >> 2 * cue & 3 for cue in range(p.cues)]
