"""The XOR maze: look at two colours that lie apart, then take the upper arm if they agree and the lower one if not.

Description
-----------
Four arms of equal length meet at a junction. The left and the right arm end in a cell that shows a colour, red or
green; the upper and the lower arm are exits, and look red and green at their ends whatever they pay. The upper exit
pays if the two colours agree, the lower one if they differ. Neither colour alone says anything, so the agent has to
walk to both and to remember the first while it fetches the second (active perception, and two things to combine). It
starts beside the left colour, with arms of length 0 at the junction itself.

Whoever waits instead of deciding runs into the time limit. If that costs nothing (``timeout_reward`` 0, as in the
source), abstaining pays: an agent with too little memory decides only after the observations that happen to be
favourable. Therefore running out of time costs as much as the wrong exit unless told otherwise; `XorMazePaper-v0` is
the row of the source.

Action Space
------------
``Discrete(4)``: 0 up, 1 right, 2 down, 3 left. Walking into a wall leaves the agent where it is.

Observation Space
-----------------
``Discrete(4)``: 0 corridor, 1 junction, 2 red, 3 green. The ends of the exits, 2 above and 3 below, are seen only as
the last observation of an episode.

Rewards
-------
+1 for the exit that pays, -1 for the other one, ``timeout_reward`` for running out of time, else 0; minus
``step_penalty`` in every step.

Starting State
--------------
Beside the left colour. Each colour is red or green with probability 1/2, independently of the other.

Episode End
-----------
Terminated at the end of an exit. After ``limit`` steps terminated too, with ``timeout_reward``; but truncated where
that is 0.

Arguments
---------
arm_length : int, default 0, from 0 to 1,000. Corridor cells between the junction and the end of each arm (0 is the
source's MAP5, 1 its MAP10).
step_penalty : float, default 0, from 0 to 1. What a step costs.
timeout_reward : float, default -1 (0 in `XorMazePaper-v0`), from -1 to 0. Reward of running out of time.
limit : int, default 100, at most 10,000. The most steps of an episode, at least the 4 ``arm_length`` + 5 of the
shortest way.

``info["needed"]`` is the set of the observations that show a colour which the agent has seen: 4 (red), 8 (green) or 12
(both), 0 before the first and at the end. Two equal colours are in it once, though an agent has to know that it has
seen both.

Certificate
-----------
Write d for ``arm_length``, q for ``step_penalty`` and t for ``timeout_reward``.

*Optimum.* Given at most one of the colours each exit pays with probability 1/2. An agent that sees both takes at least
4 d + 5 steps (left colour, right colour, junction, exit); one that decides without takes at least 2 d + 1 and earns
nothing by it; waiting earns t <= 0 and takes more steps still. The optimum is the larger one of 1 - (4 d + 5) q and
-(2 d + 1) q, exactly.

*Uniform play* is as often right as wrong, as its way up mirrors its way down: t times the probability that it runs out
of time, less q for each step, from the distribution of a random walk on the cells.

*Memoryless.* Let u be the probability that an agent without memory leaves by the upper exit if it leaves ever. It does
not depend on the colours, as these are seen in the other two arms only. So for equal colours it earns at most u + (1 -
u) t, for different ones at most 1 - u + u t, and on average at most (1 + t) / 2, less q for each of at least 2 d + 1
steps. For d = 0 walking up at once earns -q, which for t = -1 is this bound. Else the two bracket the value (kind
``bound``); for d > 0 the lower end is the value of uniform play.

Facts: ``optimal_steps`` = 4 d + 5 (where looking at both colours is best). With d = 0 furthermore:

``k_star`` = 4: the window (colour, junction, colour, junction) has both. Windows of 3 do not suffice. At the junction
such a window has the last colour seen, and before it the same colour or the junction, so that there are two windows for
each colour. One of the two must not leave, because after the first colour nothing is known. For each last colour there
is then at most one window that does leave, so that the exit depends on the last colour only: the upper one after red
and after green, because the first may have been the same, which is wrong when they differ.

``kappa`` = 3: the two colours and the junction. With 2 places, all that is known at the junction is what stands in the
other place: empty, the junction, red or green. Two of them leave, one up and one down, and "empty" is how the episode
begins; at most one other does not leave. After the first colour one of the two that do not leave must follow. If it is
the same one for both colours, the colour is forgotten. If not, then "empty" follows one of the colours and stands for
the start as well; two cues of that colour never lead out, or the first of them leads out already.

With d > 0 these numbers are not known exactly. A window of 4 d + 4 observations suffices, which reaches from the last
step before the exit back to the first colour, and so do 4 chosen observations: the two colours, the junction, and the
present one (facts ``k_star_at_most`` and ``kappa_at_most``).

Raises
------
ValueError for a ``limit`` below 4 ``arm_length`` + 5.

Version History
---------------
v0: first version.

References
----------
Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows: learning to manage memory in non-Markovian
environments", arXiv:2512.19154, 2025 (https://github.com/geraudnt/adaptive-stacking, xormaze-v0).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import agent, board, name_of, number_seen, panels
from . import maze_pictures

CORRIDOR, JUNCTION, RED, GREEN = range(4)
UP, RIGHT, DOWN, LEFT = range(4)
SEEN = ("corridor", "junction", "red", "green")
ACTIONS = ("up", "right", "down", "left")
COLOURS = (maze_pictures.CORRIDOR, maze_pictures.JUNCTION, maze_pictures.UPPER, maze_pictures.LOWER)


class Params(NamedTuple):
    """What the kernels read; ``end`` is the distance from the junction to the end of an arm. With ``timed`` the limit
    is a termination, else the engine truncates.
    """

    end: int
    step_penalty: float
    timeout_reward: float
    limit: int
    timed: bool


class State(NamedTuple):
    """One entry a lane: ``x`` to the right and ``y`` upwards from the junction, the ``clock``, always 0 unless the
    limit is a termination (all int32), the ``colours`` (bit 0 the left one, bit 1 the right one, set for green) and
    which of the two have been ``met`` (both int8).
    """

    x: np.ndarray
    y: np.ndarray
    clock: np.ndarray
    colours: np.ndarray
    met: np.ndarray


def params(arm_length, step_penalty, timeout_reward, limit):
    """Build the parameters from checked knobs."""
    shortest = 4 * arm_length + 5
    if limit < shortest:
        raise ValueError(f"limit={limit} is not allowed: with arm_length={arm_length} it must be at least {shortest}")
    return Params(arm_length + 1, step_penalty, timeout_reward, limit, timeout_reward != 0)


def spec(p):
    """Declare the task: one player, four observations, four actions."""
    return Spec(
        actions=(4,),
        action_names=(ACTIONS,),
        observation=Observation.integers(4),
        observation_names=SEEN,
        reward_range=(-1.0 - p.step_penalty, 1.0 - p.step_penalty),
        criterion=Criterion("return"),
        horizon=None if p.timed else p.limit,
        start_outcomes=4,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(*(np.zeros(lanes, dtype) for dtype in (np.int32, np.int32, np.int32, np.int8, np.int8)))


@kernel
def start(p, c, stage, prob):
    """Draw both colours."""
    for k in range(4):
        prob[k] = 0.25
    return 4


@kernel
def begin(p, s, i, c):
    """Stand beside the left colour."""
    s.x[i] = 1 - p.end
    s.y[i] = 0
    s.clock[i] = 0
    s.colours[i] = c[0]
    s.met[i] = 0


@kernel
def apply(p, s, i, a, c, r):
    """Walk, unless there is a wall; an exit and the last step pay."""
    action = a[i, 0]
    x, y = s.x[i], s.y[i]
    right = 1 if action == RIGHT else (-1 if action == LEFT else 0)
    up = 1 if action == UP else (-1 if action == DOWN else 0)
    x, y = (
        min(max(x + (right if y == 0 else 0), -p.end), p.end),
        min(max(y + (up if x == 0 else 0), -p.end), p.end),
    )
    s.x[i] = x
    s.y[i] = y
    s.met[i] |= 1 if x == -p.end else (2 if x == p.end else 0)
    s.clock[i] += p.timed
    out = y == p.end or y == -p.end
    late = s.clock[i] >= p.limit
    agree = s.colours[i] == 0 or s.colours[i] == 3
    paid = (1.0 if (y > 0) == agree else -1.0) if out else (p.timeout_reward if late else 0.0)
    r[i, 0] = paid - p.step_penalty
    return out or late


@kernel
def observe(p, s, i, o):
    """Show the colours and the ends of the exits, else corridor or junction."""
    x, y = s.x[i], s.y[i]
    colour = (s.colours[i] >> 1 if x > 0 else s.colours[i]) & 1
    shown = JUNCTION if x == 0 and y == 0 else CORRIDOR
    shown = RED + colour if x == p.end or x == -p.end else shown
    shown = RED if y == p.end else shown
    o[i, 0] = GREEN if y == -p.end else shown


@kernel
def info(p, s, i, v):
    """Write the set of the colours that have been seen."""
    left = (4 << (s.colours[i] & 1)) * (s.met[i] & 1)
    right = (4 << (s.colours[i] >> 1)) * (s.met[i] >> 1)
    ended = s.y[i] == p.end or s.y[i] == -p.end or s.clock[i] >= p.limit
    v[i, 0] = 0.0 if ended else float(left | right)


def certificate(p: Params) -> Certificate:
    """Return the values that the module's page derives."""
    steps = 4 * p.end + 1
    look, guess = 1.0 - steps * p.step_penalty, 0.0 - (2 * p.end - 1) * p.step_penalty
    facts: dict[str, int] = {"optimal_steps": steps} if look >= guess else {}
    if look > guess:
        facts |= {"k_star": 4, "kappa": 3} if p.end == 1 else {"k_star_at_most": 4 * p.end, "kappa_at_most": 4}
    random = _uniform_play(p)
    least = guess if p.end == 1 else random
    most = min(max(look, guess), guess + (1.0 + p.timeout_reward) / 2)
    how = "up at once" if p.end == 1 else "uniform play"
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(max(look, guess), "closed-form", "look at both colours, or decide without if steps cost more"),
        random=Value(random, "solved", "exact distribution of the walk, step by step"),
        memoryless=Value(least, "closed-form", f"{how}: the exit cannot depend on the colours")
        if least == most
        else Value(least, "bound", f"{how}; high: the exit cannot depend on the colours, waiting can", least, most),
        facts=facts,
    )


def ansi(p, s, i, last) -> str:
    """Draw the maze (long arms shortened to 10 cells), and say what the agent sees."""
    colours = int(s.colours[i])
    reach = min(p.end, 10)
    x, y = (round(int(field[i]) * reach / p.end) for field in (s.x, s.y))
    rows = [[" "] * (2 * reach + 1) for _ in range(2 * reach + 1)]
    rows[reach] = ["RG"[colours & 1], *"-" * (2 * reach - 1), "RG"[colours >> 1]]
    for row in range(2 * reach + 1):
        rows[row][reach] = "|"
    rows[reach][reach] = "+"
    rows[0][reach], rows[-1][reach] = "R", "G"
    rows[reach - y][reach + x] = "o"
    return (
        "\n".join("".join(row).rstrip() for row in rows) + "\n"
        f"agent sees: {SEEN[number_seen(observe, p, s, i)]}\n"
        f"the {'upper' if colours in (0, 3) else 'lower'} exit pays  step {last.clock} of {p.limit}  "
        f"action {name_of(ACTIONS, last)}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the maze with what the exits pay, which colours the agent has seen, and its observation."""
    colours, met = int(s.colours[i]), int(s.met[i])
    frame = board("XOR maze", last)
    x, y = 320.0, 146.0
    wide, high = min(56.0, 240.0 / p.end), 64.0 / p.end
    for width, height in ((wide * p.end, 0.0), (0.0, high * p.end)):
        canvas.rectangle(frame, x - width - 20, y - height - 20, 2 * width + 40, 2 * height + 40, COLOURS[CORRIDOR], 10)
    canvas.rectangle(frame, x - 16, y - 16, 32, 32, COLOURS[JUNCTION], radius=8)
    for side, colour in ((-1, colours & 1), (1, colours >> 1)):
        where = x + side * wide * p.end
        canvas.rectangle(frame, where - 16, y - 16, 32, 32, COLOURS[RED + colour], radius=8)
        seen_before = met >> (side > 0) & 1
        canvas.text(frame, where, y + 28, "seen" if seen_before else "unseen", canvas.MUTED, align="center")
    for way, colour in ((-1, RED), (1, GREEN)):
        canvas.rectangle(frame, x - 16, y + 64 * way - 16, 32, 32, COLOURS[colour], radius=8)
        pays = "+1" if (colour == RED) == (colours in (0, 3)) else "-1"
        canvas.text(frame, x + 30, y + 64 * way - 7, pays)
    agent(frame, x + wide * int(s.x[i]), y - high * int(s.y[i]))
    seen = number_seen(observe, p, s, i)
    panels(frame, SEEN[seen], COLOURS[seen], name_of(ACTIONS, last), last)
    return frame


def _uniform_play(p: Params) -> float:
    """Return the value of uniform play from where its walk is before each step."""
    end, total = p.end, 0.0
    across = np.zeros(2 * end + 1)  # from the left to the right, the junction in the middle
    upright = np.zeros(2 * end + 1)  # from the bottom to the top, without the junction
    across[1] = 1.0
    for _ in range(p.limit):
        total -= p.step_penalty * (across.sum() + upright.sum())
        junction, across[end] = across[end], 0.0
        across, upright = _spread(across), _spread(upright)
        across[end] += upright[end]
        across[[end - 1, end + 1]] += junction / 4
        upright[[end - 1, end + 1]] += junction / 4
        upright[[0, end, -1]] = 0.0
    return float(total + p.timeout_reward * (across.sum() + upright.sum()))


def _spread(cells: np.ndarray) -> np.ndarray:
    """Return the distribution (n,) one step later of a walk that goes either way with probability 1/4, else stays."""
    after = cells / 2
    after[1:] += cells[:-1] / 4
    after[:-1] += cells[1:] / 4
    after[[0, -1]] += cells[[0, -1]] / 4
    return after
