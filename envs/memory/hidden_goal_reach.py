"""Go to a goal that is shown for the first steps only, and stay there.

Description
-----------
An agent moves in a space of one, two or three dimensions, a fixed step at a time along one axis. The goal is shown
beside the agent's own position in the first ``visible_steps`` observations and then blanked with zeros. It has to be
remembered until the agent is there, and for knowing that it is. This is the plain core of the partially observed
FetchReachDense of Nangue Tasse et al., where a robot's arm reaches for a goal that disappears after two steps.

Start and goal lie in the unit cube. The space goes on for another unit in every direction, and a move that would leave
it does nothing. With ``lattice`` there are only the points whose coordinates are multiples of 1 / ``moves``, from 0
to 1.

Action Space
------------
``Discrete(2 * dimensions + 1)``: 0 stay, then for each axis a step of length 1 / ``moves`` along it and one back:
right, left, up, down, forward, back.

Observation Space
-----------------
``Box`` of 2 * ``dimensions`` float64, from -1 to 2 and then from 0 to 1: the position, and the goal or zeros.

With ``lattice`` an integer. The P = (``moves`` + 1)**``dimensions`` points are numbered with the last axis running
fastest; the observation is ``point`` while the goal is hidden, and ``point + P * (1 + goal)`` while it is shown:
``Discrete(P * (P + 1))``.

Rewards
-------
``reward="distance"``: minus the distance to the goal after the move, the sum of the absolute differences of the
coordinates. ``reward="reached"``: 1 if after the move no coordinate is farther than half a step from the goal's, and
else 0.

Starting State
--------------
Start and goal are independent and uniform on the unit cube (with ``lattice``: on the points), clock 0.

Episode End
-----------
Truncated after ``horizon`` steps; never terminated.

``info["needed"]`` is 0 as long as the next observation shows the goal again, and from the last one that shows it until
the end of the episode: with ``lattice`` and at most 52 different observations, the bit of that one; else 1.0, for "the
goal".

Arguments
---------
dimensions : int, default 2, from 1 to 3.
visible_steps : int, default 1, at least 1. How many observations show the goal; 2 in the source.
horizon : int, default 50, from ``dimensions * moves`` (else some goals could not be reached) to 10,000.
moves : int, default 10, from 1 to 1,000. Steps from one side of the unit cube to the other.
reward : str, default "distance". ``distance`` or ``reached``.
lattice : bool, default False. Only the points of a grid; the states can then be listed.

Certificate
-----------
The first observation shows all there is, so that the best policy of the history is that of the state. Along one axis
the distance decreases step by step by ever less: by whole steps while it is at least a step, then once more if what is
left is more than half a step. Hence at each time the move that decreases it most is optimal, whole steps first: every
decrease counts from its step until the end, and the largest ones come first (an exchange of two moves shows it). So the
return follows from the distances along the axes, and `hidden_goal_values` takes its mean over all starts and goals: in
*closed form*, in the continuous space too. The random value follows from the chain of positions that uniform play
makes, which is carried through its ``horizon`` steps, so that it is exact as well.

Facts: ``optimal_steps``, the mean number of moves to the goal. After n = ``dimensions * moves`` moves the agent is
always there. If v = ``visible_steps`` is at least n, no memory is needed: ``k_star`` = ``kappa`` = 1, and the
memoryless value is the optimum. Else ``kappa`` = 2, an observation that shows the goal and the present one. A window of
n - v + 1 observations is enough, because one without the goal then comes after the last move; this is
``k_star_at_most``, and for one dimension ``k_star``: there every optimal agent that is still moving has gone straight
on, so that a shorter window, in which it has been moving all the time, does not tell whether it has arrived. (In more
dimensions the order of the moves could tell the goal.) This does not grow with ``horizon``, because who has stood still
stays.

The memoryless value is then a *bound*. When the goal has gone, all that can depend on it is where the agent is, which
is one of C places: the number of points with whole coordinates whose absolute values sum to at most v. However well
they are chosen, a policy that sees only its position has for every later step just C places to be, of which the nearest
to a goal that is uniform on the unit cube is on average at least as far away as if the C balls around them did not
overlap. The bound takes this for the steps after the first n, in which the optimum stands still, and the optimum for
those before. It is strict if ``horizon`` exceeds n and C is small beside the number of goals that can be told apart.

Version History
---------------
v0: first version.

References
----------
Nangue Tasse, Riemer, Rosman and Klinger, "Beyond sliding windows: learning to manage memory in non-Markovian
environments", arXiv:2512.19154, 2025 (FetchReachDense-v4 whose goal is blanked).
Plappert et al., "Multi-goal reinforcement learning: challenging robotics environments and request for research",
arXiv:1802.09464, 2018 (FetchReach, with both rewards).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel, pictures
from ..core.environment import Last
from ..core.streams import uniform
from . import hidden_goal_values as values

ACTIONS = ("stay", "right", "left", "up", "down", "forward", "back")
#: Bits of a set that is told as a float64.
MOST_NEEDED = 52


class Params(NamedTuple):
    """The knobs; ``first`` and ``last`` are the least and the greatest ``place`` along an axis."""

    dimensions: int
    visible_steps: int
    horizon: int
    moves: int
    reached: bool
    lattice: bool
    first: int
    last: int


class State(NamedTuple):
    """In steps from the origin, (lanes, dimensions): the whole part of the position ``place`` (int64), its ``rest``
    below 1 and the ``goal`` (float64). One entry a lane (int64): the ``clock``, which stops at ``visible_steps``, and
    the observation that showed the goal last, ``shown`` (-1 before). ``key`` is the stream of starts.
    """

    key: np.ndarray
    place: np.ndarray
    rest: np.ndarray
    goal: np.ndarray
    clock: np.ndarray
    shown: np.ndarray


def params(dimensions, visible_steps, horizon, moves, reward, lattice):
    """Build the parameters from checked knobs.

    Raises ValueError when ``horizon`` is too short for some goals.
    """
    if horizon < dimensions * moves:
        raise ValueError(
            f"horizon={horizon} is not allowed: it must be at least dimensions * moves = {dimensions * moves}, else "
            "some goals cannot be reached"
        )
    first, last = (0, moves) if lattice else (-moves, 2 * moves - 1)
    return Params(dimensions, visible_steps, horizon, moves, reward == "reached", lattice, first, last)


def spec(p):
    """Declare the task: one player, steps along the axes, position and goal, a truncated episode."""
    beyond, inside = [1.0] * p.dimensions, [0.0] * p.dimensions
    points = (p.moves + 1) ** p.dimensions
    count = points * (points + 1)
    widest = p.dimensions if p.lattice else 2 * p.dimensions
    return Spec(
        actions=(2 * p.dimensions + 1,),
        action_names=(ACTIONS[: 2 * p.dimensions + 1],),
        observation=Observation.integers(count)
        if p.lattice
        else Observation.vector([-each for each in beyond] + inside, [2.0] * p.dimensions + beyond),
        observation_names=observation_names(p) if p.lattice and count <= MOST_NEEDED else (),
        reward_range=(0.0, 1.0) if p.reached else (-float(widest), 0.0),
        criterion=Criterion("return"),
        horizon=p.horizon,
        start_stages=2 * p.dimensions if p.lattice else 1,
        start_outcomes=p.moves + 1 if p.lattice else 1,
        sampled=not p.lattice,
        enumerable=p.lattice,
        info=("needed",),
        hidden=True,
    )


def observation_names(p: Params) -> tuple[str, ...]:
    """Return the names of the observations of a lattice."""
    points = ["".join(map(str, point)) for point in np.ndindex((p.moves + 1,) * p.dimensions)]
    return tuple(f"at {point}{goal}" for goal in ("", *(f", goal {each}" for each in points)) for point in points)


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    shape = lanes, p.dimensions
    return State(
        np.zeros(lanes, np.uint64),
        np.zeros(shape, np.int64),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(lanes, np.int64),
        np.zeros(lanes, np.int64),
    )


def kernels(p):
    """Choose what a lattice starts from, shows and remembers, or the continuous space."""
    if not p.lattice:
        return {}
    points = (p.moves + 1) ** p.dimensions
    marked = points * (points + 1) <= MOST_NEEDED
    return {"begin": begin_on_point, "observe": observe_point, "info": info_bit if marked else info}


@kernel
def start(p, c, stage, prob):
    """On a lattice the stages draw the coordinates of start and goal; else the start is drawn from the stream."""
    count = p.moves + 1 if p.lattice else 1
    for k in range(count):
        prob[k] = 1.0 / count
    return count


@kernel
def begin(p, s, i, c):
    """Draw start and goal in the unit cube."""
    for k in range(p.dimensions):
        position = p.moves * uniform(s.key, i)
        s.place[i, k] = int(position)
        s.rest[i, k] = position - s.place[i, k]
        s.goal[i, k] = p.moves * uniform(s.key, i)
    s.clock[i] = 0


@kernel
def begin_on_point(p, s, i, c):
    """Stand on one point, the goal being another (or the same)."""
    for k in range(p.dimensions):
        s.place[i, k] = c[k]
        s.rest[i, k] = 0.0
        s.goal[i, k] = c[p.dimensions + k]
    s.clock[i] = 0
    s.shown[i] = -1
    mark(p, s, i)


@kernel
def apply(p, s, i, a, c, r):
    """Take a step unless it leads out, and be paid for where one is."""
    action = a[i, 0]
    distance, reached = 0.0, True
    for k in range(p.dimensions):
        way = (1 if action == 2 * k + 1 else 0) - (1 if action == 2 * k + 2 else 0)
        s.place[i, k] = min(max(s.place[i, k] + way, p.first), p.last)
        away = abs(s.place[i, k] + s.rest[i, k] - s.goal[i, k])
        distance += away
        reached &= away <= 0.5
    s.clock[i] = min(s.clock[i] + 1, p.visible_steps)
    if p.lattice:
        mark(p, s, i)
    r[i, 0] = (1.0 if reached else 0.0) if p.reached else -distance / p.moves
    return False


@kernel
def mark(p, s, i):
    """Keep the number of the last observation that shows the goal."""
    if s.clock[i] == p.visible_steps - 1:
        s.shown[i] = point_seen(p, s, i)


@kernel
def point_seen(p, s, i):
    """Return the observation on a lattice."""
    point, goal, points = 0, 0, 1
    for k in range(p.dimensions):
        point = point * (p.moves + 1) + s.place[i, k]
        goal = goal * (p.moves + 1) + int(s.goal[i, k])
        points *= p.moves + 1
    return point + points * (1 + goal) if s.clock[i] < p.visible_steps else point


@kernel
def observe(p, s, i, o):
    """Show the position, and the goal or zeros."""
    for k in range(p.dimensions):
        o[i, 0, k] = (s.place[i, k] + s.rest[i, k]) / p.moves
        o[i, 0, p.dimensions + k] = s.goal[i, k] / p.moves if s.clock[i] < p.visible_steps else 0.0


@kernel
def observe_point(p, s, i, o):
    """Show the number of the point, and of the goal."""
    o[i, 0] = point_seen(p, s, i)


@kernel
def info(p, s, i, v):
    """Write 1.0 when the goal is not shown again."""
    v[i, 0] = 1.0 if s.clock[i] >= p.visible_steps - 1 else 0.0


@kernel
def info_bit(p, s, i, v):
    """Write the bit of the observation that showed the goal last."""
    v[i, 0] = float(1 << s.shown[i]) if s.shown[i] >= 0 else 0.0


def certificate(p: Params) -> Certificate:
    """Return the values that the module's page derives."""
    most = p.dimensions * p.moves
    optimum, steps = values.optimum(p), values.optimal_steps(p)
    optimal = Value(optimum, "closed-form", "straight to the goal, whole steps first; mean over starts and goals")
    facts: dict[str, float] = {"optimal_steps": steps}
    if p.visible_steps >= most:
        memoryless = optimal
        facts |= {"k_star": 1, "kappa": 1}
    else:
        bound = values.memoryless_bound(p, optimum)
        memoryless = Value(bound, "bound", "few places to be when the goal has gone (see the page)", high=bound)
        window = most - p.visible_steps + 1
        facts |= {"kappa": 2, **({"k_star": window} if p.dimensions == 1 else {"k_star_at_most": window})}
    return Certificate(
        unit=Criterion("return").unit,
        optimal=optimal,
        random=Value(values.random(p), "closed-form", "the chain of positions under uniform play, step by step"),
        memoryless=memoryless,
        facts=facts,
    )


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Write position and goal, and whether the goal is seen."""
    position, goal, shown = _where(p, s, i)
    return (
        f"position {_numbers(position)}  goal {_numbers(goal)}  distance {np.abs(position - goal).sum():.3f}\n"
        f"agent sees: {_numbers(position)} and {_numbers(goal) if shown else 'no goal'}\n"
        f"step {last.clock}  action {pictures.name_of(ACTIONS, last)}  reward {last.rewards[0]:g}  "
        f"total {last.total[0]:g}"
    )


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint the unit square, the agent and the goal, as a ring when it is hidden; a third dimension as a column. What
    is more than half a unit away from the square is painted at the edge.
    """
    frame = pictures.board("Hidden goal", last)
    position, goal, shown = _where(p, s, i)
    low, high = (0.0, 1.0) if p.lattice else (-0.5, 1.5)
    scale = 150.0 / (high - low)

    def spot(point: np.ndarray) -> tuple[float, float]:
        x, y = np.clip((point[0], point[1] if p.dimensions > 1 else 0.5), low, high)
        return 245.0 + scale * (x - low), 221.0 - scale * (y - low)

    left, bottom = spot(np.zeros(2))
    top = bottom - scale if p.dimensions > 1 else bottom - 4
    canvas.rectangle(frame, 237, 63, 166, 166, canvas.FAINT, radius=8)
    canvas.rectangle(frame, left, top, scale, bottom - top, canvas.PANEL)
    column = p.dimensions == 3
    if column:
        canvas.rectangle(frame, 421, 63, 20, 166, canvas.FAINT, radius=8)
    for point, radius, colour, border in ((goal, 9, canvas.GOOD, 0 if shown else 2), (position, 6, canvas.ACCENT, 0)):
        canvas.circle(frame, *spot(point), radius, colour, border=border)
        if column:
            canvas.circle(frame, 431, spot(point[[0, 2]])[1], radius, colour, border=border)
    seen, colour = ("goal shown", canvas.GOOD) if shown else ("no goal", canvas.FAINT)
    pictures.panels(frame, seen, colour, pictures.name_of(ACTIONS, last), last)
    return frame


def _where(p: Params, s: State, i: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return position and goal, float64 (dimensions,), and whether the goal is shown."""
    return (s.place[i] + s.rest[i]) / p.moves, s.goal[i] / p.moves, bool(s.clock[i] < p.visible_steps)


def _numbers(point: np.ndarray) -> str:
    return "(" + ", ".join(f"{each:.3f}" for each in point) + ")"
