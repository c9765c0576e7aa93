"""Watch somebody in a grid world (``GridObserver-v0``), and tell what they do next, what they want or believe.

Description
-----------
After the experiments of the ToMnet (Rabinowitz et al.): an agent walks through a grid with walls towards one of four
objects, its favourite, the same for a whole episode. You see where it is, and before every step answer a question.
What you answer changes nothing. When the agent has arrived it takes the object, and begins anew on a free cell: a new
walk, of the same agent. There are three kinds:

* ``goal-seeking``: it knows where everything is and goes to its favourite;
* ``shallow-sighted``: it sees its favourite only from at most ``sight`` moves away, and then goes to it. Until then it
  walks from one to the next of four places, the middles of the quarters of the grid, clockwise; every walk draws with
  which it begins;
* ``false-belief``: it first goes to a star, and then to its favourite. When it steps on the star, the objects change
  places with probability ``swap``: each goes on by one, two or three places, equally likely. You see it; the agent sees
  what is at a place only when that is at most ``sight`` moves away. So it goes on to where it believes its favourite
  to be, until it sees otherwise; then it tries the next place in turn, or goes to its favourite if that is in sight.
  This is the test of Sally and Anne (Wimmer and Perner; Baron-Cohen et al.).

Agents go the shortest way, around objects that they do not want; of several first moves they take the first in the
order up, down, left, right. An object stands on each of the four places: object k on place k, before a change.

Action Space
------------
Your answer. ``question="action"``: ``Discrete(5)``, what the agent does next: 0 up, 1 down, 2 left, 3 right, 4 take.
``question="goal"``: ``Discrete(4)``, its favourite. ``question="belief"``, of a false believer: ``Discrete(4)``, the
place where it believes its favourite to be.

Observation Space
-----------------
The agent's cell, ``Discrete(size**2)`` (row * ``size`` + column). Of a false believer ``Discrete(8 * size**2)``: cell +
size**2 * (shift + 4 * star), where the objects have gone on by ``shift`` places, and star is 1 from the moment when the
star was reached in this walk. What the agent did before is for you to remember.

Rewards
-------
1 for a right answer, 0 for a wrong one.

Starting State
--------------
The favourite and the cell are drawn, each object and each free cell (without an object or the star) equally likely, and
so is the cell where a later walk begins.

Episode End
-----------
Truncated after ``steps`` steps. The criterion is the return.

Arguments
---------
agent : str, default "goal-seeking". ``goal-seeking``, ``shallow-sighted`` or ``false-belief``.
question : str, default "action". ``action``, ``goal``, or of a false believer ``belief``.
size : int, default 11, from 5 to 21. Rows and columns of the grid; a tenth of its cells are walls.
sight : int, default 3, at least 1. How many moves away the agent sees an object.
swap : float, default 0.5, from 0 to 1. Probability that the objects change places behind a false believer.
layout : int, default 0, at least 0. The number of the map: it seeds where walls, objects and the star are.
steps : int, default 100, from 1 to 10,000. Length of an episode.

Certificate
-----------
The favourite is hidden, so the optimum is that of the best policy of the history: the Bayes predictor's mean number of
right answers, which knows the map and how agents of this kind decide. As agents do not draw, what the past leaves open
is a set of favourites (and of beliefs), and there are few; it is solved from the exact model by backward induction over
these. Uniform answers are right one time in five, or in four.

Version History
---------------
v0: first version.

References
----------
Rabinowitz, Perbet, Song, Zhang, Eslami and Botvinick, "Machine theory of mind", ICML 2018, arXiv:1802.07740.
Wimmer and Perner, "Beliefs about beliefs", Cognition 13 (1983) 103-128.
Baron-Cohen, Leslie and Frith, "Does the autistic child have a theory of mind?", Cognition 21 (1985) 37-46.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Criterion, Observation, Spec, canvas, kernel, pictures
from ..core.environment import Last
from .floor import FAR, MOVES, beside, connected, distances, towards

GOAL_SEEKING, SHALLOW_SIGHTED, FALSE_BELIEF = range(3)
AGENTS = ("goal-seeking", "shallow-sighted", "false-belief")
ACTION, GOAL, BELIEF = range(3)
QUESTIONS = ("action", "goal", "belief")
OBJECTS, TAKE = 4, 4
STAR, ROUND = 4, 5  # rows of `Params.away`: the places of the objects, the star, the four middles of the quarters
WALLS = 0.1  # share of the cells
TRIES = 1_000
DOINGS = (*MOVES, "take")
LETTERS = "ABCD"


class Params(NamedTuple):
    """The knobs, ``agent`` and ``question`` as numbers, and the map.

    ``free`` int64 are the cells where a walk may begin; ``spots`` int64 (9,) the cells of the four places, the star,
    and the four middles, and ``away[spot, cell]`` how many moves a cell is away from each, around (other) objects;
    ``walls`` bool (cells,).
    """

    agent: int
    question: int
    size: int
    sight: int
    swap: float
    steps: int
    free: np.ndarray
    spots: np.ndarray
    away: np.ndarray
    walls: np.ndarray


class State(NamedTuple):
    """One entry a lane, int64: the agent's ``cell`` and favourite ``goal``; the place where it believes that to be,
    ``belief``; by how many places the objects have gone on, ``shift``; whether the ``star`` was reached; and which
    middle of a quarter is next, ``way``.
    """

    cell: np.ndarray
    goal: np.ndarray
    belief: np.ndarray
    shift: np.ndarray
    star: np.ndarray
    way: np.ndarray


def params(agent, question, size, sight, swap, layout, steps):
    """Build the map from checked knobs; ValueError for the belief of an agent that has none to be told."""
    if question == "belief" and agent != "false-belief":
        raise ValueError(f"question={question!r} is not allowed for agent={agent!r}: ask it of agent='false-belief'")
    walls, places, star = _map(size, np.random.default_rng(layout))
    spots = [*places, star, *_middles(size, walls, places)]
    away = np.zeros((len(spots), size * size), np.int64)
    for k, spot in enumerate(spots):
        floor = ~walls
        floor[places] = False
        away[k] = distances(size, floor, [spot])
    free = ~walls
    free[[*places, star]] = False
    numbers = AGENTS.index(agent), QUESTIONS.index(question)
    return Params(*numbers, size, sight, swap, steps, np.flatnonzero(free), np.array(spots, np.int64), away, walls)


def _map(size: int, generator: np.random.Generator) -> tuple[np.ndarray, list[int], int]:
    """Return walls, places of objects and the star: drawn until the rest is connected and leads to every object."""
    cells = size * size
    walled = int(WALLS * cells)
    for _ in range(TRIES):
        order = generator.permutation(cells)
        walls = np.zeros(cells, bool)
        walls[order[:walled]] = True
        places, star = order[walled : walled + OBJECTS].tolist(), int(order[walled + OBJECTS])
        floor = ~walls
        floor[places] = False
        reached = [distances(size, floor, [star])]
        around = [
            [reached[0][then] for move in range(4) if (then := beside(size, place, move)) >= 0] for place in places
        ]
        if connected(size, floor) and all(min(each) < FAR for each in around):
            return walls, places, star
    raise ValueError(f"size={size} is not allowed with this layout: no connected map was found; choose another layout")


def _middles(size: int, walls: np.ndarray, places: list[int]) -> list[int]:
    """Return the free cells nearest to the middles of the quarters, clockwise from the top left one."""
    low, high = size // 4, size - 1 - size // 4
    row, column = np.divmod(np.arange(size * size), size)
    taken = walls.copy()
    taken[places] = True
    return [
        int(np.argmin(abs(row - y) + abs(column - x) + FAR * taken))
        for y, x in ((low, low), (low, high), (high, high), (high, low))
    ]


def spec(p):
    """Declare the task: one player, an answer a step, a truncated episode."""
    answers = DOINGS if p.question == ACTION else LETTERS if p.question == GOAL else ("1", "2", "3", "4")
    shown = 2 * OBJECTS if p.agent == FALSE_BELIEF else 1
    return Spec(
        actions=(len(answers),),
        action_names=(tuple(answers),),
        observation=Observation.integers(p.size * p.size * shown),
        reward_range=(0.0, 1.0),
        criterion=Criterion("return"),
        horizon=p.steps,
        stages=2,
        outcomes=max(len(p.free), OBJECTS),
        start_stages=3,
        start_outcomes=max(len(p.free), OBJECTS),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(*(np.zeros(lanes, np.int64) for _ in State._fields))


@kernel
def start(p, c, stage, prob):
    """Draw where the agent begins and which way it looks first, then its favourite."""
    if stage == 2:
        return _alike(OBJECTS, prob)
    return _alike(_choices(p, stage), prob)


@kernel
def _alike(count, prob):
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def _choices(p, stage):
    """Return how many beginnings of a walk there are: cells, then ways (which matter to the shallow-sighted only)."""
    if stage == 0:
        return p.free.shape[0]
    return 4 if p.agent == SHALLOW_SIGHTED else 1


@kernel
def begin(p, s, i, c):
    """Put the agent where its first walk begins."""
    s.goal[i] = c[2]
    _walk(p, s, i, c)


@kernel
def _walk(p, s, i, c):
    """Begin a walk: every object is in its place, and the agent knows it."""
    s.cell[i] = p.free[c[0]]
    s.belief[i] = s.goal[i]
    s.shift[i] = 0
    s.star[i] = 0
    s.way[i] = c[1]
    _turn(p, s, i)


@kernel
def _turn(p, s, i):
    """Let the shallow-sighted look for the next middle when they stand on this one."""
    if p.agent == SHALLOW_SIGHTED and s.cell[i] == p.spots[ROUND + s.way[i]]:
        s.way[i] = (s.way[i] + 1) % 4


@kernel
def _wanted(p, s, i):
    """Return the row of `Params.away` of the spot that the agent walks to."""
    if p.agent == GOAL_SEEKING:
        return s.goal[i]
    if p.agent == FALSE_BELIEF:
        return STAR if s.star[i] == 0 else s.belief[i]
    return s.goal[i] if p.away[s.goal[i], s.cell[i]] <= p.sight else ROUND + s.way[i]


@kernel
def _does(p, s, i):
    """Return what the agent does: one of the four moves, or `TAKE`."""
    spot = _wanted(p, s, i)
    if spot < OBJECTS and p.away[spot, s.cell[i]] == 0:
        return TAKE
    return towards(p.size, p.away[spot], s.cell[i])


@kernel
def _steps_on_star(p, s, i, does):
    return p.agent == FALSE_BELIEF and s.star[i] == 0 and beside(p.size, s.cell[i], does) == p.spots[STAR]


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Draw where a new walk begins, or by how much the objects go on when the star is reached."""
    does = _does(p, s, i)
    if does == TAKE:
        return _alike(_choices(p, stage), prob)
    if stage == 0 and _steps_on_star(p, s, i, does):
        prob[0] = 1.0 - p.swap
        for k in range(1, OBJECTS):
            prob[k] = p.swap / (OBJECTS - 1)
        return OBJECTS
    prob[0] = 1.0
    return 1


@kernel
def apply(p, s, i, a, c, r):
    """Compare the answer, and let the agent act."""
    does = _does(p, s, i)
    right = does if p.question == ACTION else s.goal[i] if p.question == GOAL else s.belief[i]
    r[i, 0] = 1.0 if a[i, 0] == right else 0.0
    if does == TAKE:
        _walk(p, s, i, c)
        return False
    if _steps_on_star(p, s, i, does):
        s.star[i] = 1
        s.shift[i] = c[0]
    s.cell[i] = beside(p.size, s.cell[i], does)
    _turn(p, s, i)
    if p.agent == FALSE_BELIEF and s.star[i] == 1:
        _look(p, s, i)
    return False


@kernel
def _look(p, s, i):
    """See what is near: the favourite, or that it is not where it was believed to be."""
    place = (s.goal[i] + s.shift[i]) % OBJECTS
    if p.away[place, s.cell[i]] <= p.sight:
        s.belief[i] = place
    elif p.away[s.belief[i], s.cell[i]] <= p.sight:
        s.belief[i] = (s.belief[i] + 1) % OBJECTS


@kernel
def observe(p, s, i, o):
    """Show the cell, and of a false believer how the objects stand and whether the star was reached."""
    o[i, 0] = s.cell[i] + p.size * p.size * (s.shift[i] + OBJECTS * s.star[i])


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Draw the map: # walls, A to D objects, * the star, o the agent; and what it has in mind."""
    cells = ["#" if wall else "." for wall in p.walls]
    if p.agent == FALSE_BELIEF:
        cells[p.spots[STAR]] = "*"
    for k in range(OBJECTS):
        cells[p.spots[(k + s.shift[i]) % OBJECTS]] = LETTERS[k]
    cells[s.cell[i]] = "o"
    rows = ["".join(cells[row * p.size : (row + 1) * p.size]) for row in range(p.size)]
    numbers = f"step {last.clock}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    return "\n".join([*rows, f"favourite (hidden) {LETTERS[s.goal[i]]}, next {DOINGS[_does(p, s, i)]}", numbers])


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint the map, the objects, the agent, and beside it what is hidden from who watches."""
    frame = pictures.board("Grid observer", last)
    cell = 272.0 / p.size
    canvas.rectangle(frame, 60, 60, 280, 280, canvas.FAINT, radius=6)

    def middle(place: int) -> tuple[float, float]:
        return 64 + (place % p.size + 0.5) * cell, 64 + (place // p.size + 0.5) * cell

    for k, wall in enumerate(p.walls):
        x, y = middle(k)
        canvas.rectangle(frame, x - cell / 2, y - cell / 2, cell - 1, cell - 1, canvas.INK if wall else canvas.PANEL)
    if p.agent == FALSE_BELIEF:
        x, y = middle(int(p.spots[STAR]))
        canvas.circle(frame, x, y, 0.42 * cell, canvas.PLAYERS[6])
    for k in range(OBJECTS):
        x, y = middle(int(p.spots[(k + s.shift[i]) % OBJECTS]))
        canvas.rectangle(frame, x - 0.4 * cell, y - 0.4 * cell, 0.8 * cell, 0.8 * cell, canvas.PLAYERS[k + 1], radius=3)
        canvas.text(frame, x, y - 7, LETTERS[k], canvas.PANEL, align="center")
    x, y = middle(int(s.cell[i]))
    canvas.circle(frame, x, y, 0.36 * cell, canvas.ACCENT)
    canvas.circle(frame, x, y, 0.16 * cell, canvas.PANEL)
    canvas.rectangle(frame, 372, 60, 244, 280, canvas.PANEL, radius=10)
    names = DOINGS if p.question == ACTION else LETTERS if p.question == GOAL else ("1", "2", "3", "4")
    rows = [
        ("favourite", LETTERS[int(s.goal[i])]),
        ("believed at", f"{int(s.belief[i]) + 1}" if p.agent == FALSE_BELIEF else "-"),
        ("does next", DOINGS[int(_does(p, s, i))]),
        ("last answer", pictures.name_of(tuple(names), last)),
        ("reward", f"{last.rewards[0]:g}"),
        ("total", f"{last.total[0]:g}"),
    ]
    canvas.text(frame, 386, 76, "hidden from you:", canvas.INK)
    for row, (label, value) in enumerate(rows):
        y = 112 + 32 * row + (20 if row > 2 else 0)
        canvas.text(frame, 386, y, label, canvas.MUTED)
        canvas.text(frame, 602, y, value, align="right")
    return frame
