"""Level-based foraging (``LevelForaging-v0``): collect food with partners whose ways have to be found out.

Description
-----------
You and one to three partners walk on a small grid on which food lies. Everybody and every food has a level. A food is
collected when those who load it at the same time, standing beside it, have levels that sum to at least its own; so some
food needs company, and whoever comes too late has nothing of it. This is the domain of Albrecht and Ramamoorthy, with
the rewards of Papoudakis et al.

The partners follow one of these rules; all partners of an episode the same:

* ``nearest``: goes for the food with the shortest way, of several the first;
* ``able``: the same, but only for food that it can load alone; where there is none it waits;
* ``greatest``: goes for the food of the highest level;
* ``central``: goes for the food whose ways from all players have the least sum;
* ``follower``: goes for the food that is nearest to you;
* ``apart``: goes for the food that is farthest from you;
* ``careless``: as ``nearest``, but with probability 0.2 takes any action, all equally likely;
* ``uniform``: takes every action with equal probability;
* ``idle``: does nothing.

A partner takes the first move (up, down, left, right) that shortens the way to its food, and loads when it stands
beside it. The pool ``train`` holds ``nearest``, ``able``, ``greatest`` and ``uniform``; ``held-out`` holds ``central``,
``follower``, ``apart`` and ``careless``.

Everybody acts at once. A move off the grid or onto food does nothing. Where several want to be on one cell, the one who
stands there stays and the others do not come; where nobody stands, nobody comes. Two may change places. Who loads
beside several foods loads the one above, else below, left, right.

Action Space
------------
``Discrete(6)``: 0 nothing, 1 up, 2 down, 3 left, 4 right, 5 load.

Observation Space
-----------------
``Discrete(size**(2 * players) * 2**foods)``: who is where and what is left, in mixed radix: your cell (row * ``size`` +
column) is the most significant digit, then the cells of the partners, then one bit a food (1: still there; food 0 is
the least significant bit); 0 when the episode is over. The rule of the partners is not shown. Levels and places of food
are those of the map.

Rewards
-------
When you take part in loading a food: its level, times your share in the levels of all who load it, divided by the sum
of the levels of all food of the map. So all players together earn 1 when nothing is left.

Starting State
--------------
The map has its food where ``layout`` puts it; the players stand on different free cells, all equally likely. Of several
rules of the partners one is drawn, every one with equal probability.

Episode End
-----------
Terminated when no food is left, and after every step with probability 1 - ``continuation``; never truncated.

Arguments
---------
size : int, default 5, from 2 to 8. Rows and columns of the grid.
players : int, default 2, from 2 to 4, you included.
foods : int, default 2, from 1 to 4. No two lie side by side, not even across a corner, and none cuts off a cell.
partner : the rule of the partners; ``train`` or ``held-out`` for a whole pool; or a list of rules. Of several the lane
    parameter ``partner`` of a batch chooses (-1, the default, draws one).
layout : int, default 8, at least 0. The number of the map: it seeds where the food lies, its levels, and the levels of
    the players, which are 1 or 2. A food's level is at most the sum of the players' levels.
continuation : float, default 0.96, from 0 to 0.999. Probability that the episode goes on after a step; it lasts at most
    1 / (1 - ``continuation``) steps on average, so that there is no time to lose.

Certificate
-----------
Solved from the exact model: the best response, over the whole episode, of one who knows the rule of the partners (of
several, the mean). All rules depend on what is seen only, so it is exact, and a policy of the observation attains it
against a known rule. The states can be listed for two players on every grid, and for three and four up to 5 x 5; where
there are more than a million the certificate is refused.

Version History
---------------
v0: first version.

References
----------
Albrecht and Ramamoorthy, "A game-theoretic model and best-response learning method for ad hoc coordination in
multiagent systems", AAMAS 2013, arXiv:1506.01170.
Papoudakis, Christianos, Schafer and Albrecht, "Benchmarking multi-agent deep reinforcement learning algorithms in
cooperative tasks", NeurIPS 2021, arXiv:2006.07869.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core import Criterion, Observation, Spec, canvas, kernel, pictures
from ..core.environment import Last
from ..core.hints import did_you_mean
from .floor import FAR, MOVES, beside, connected, distances, towards

ACTIONS = ("nothing", *MOVES, "load")
NOTHING, LOAD = 0, 5
RULES = ("nearest", "able", "greatest", "central", "follower", "apart", "careless", "uniform", "idle")
NEAREST, ABLE, GREATEST, CENTRAL, FOLLOWER, APART, CARELESS, UNIFORM, IDLE = range(len(RULES))
POOLS = {"train": ("nearest", "able", "greatest", "uniform"), "held-out": ("central", "follower", "apart", "careless")}
SLIP = 0.2  # how often a careless partner takes any action
MOST_LEVEL = 2  # of a player
DRAWN = -1  # the partner of a lane that has none of its own
TRIES = 1_000


class Params(NamedTuple):
    """The map: ``levels`` (players,), ``cells`` and ``worth`` (level) of the foods, (foods,), and ``total`` of the
    latter; ``near[left, food, cell]``, how many moves a cell is away from one beside the food while the foods of the
    bits ``left`` are there; the ``rules`` that a partner may have. All int64.
    """

    size: int
    players: int
    foods: int
    continuation: float
    levels: np.ndarray
    cells: np.ndarray
    worth: np.ndarray
    total: int
    near: np.ndarray
    rules: np.ndarray


class State(NamedTuple):
    """One entry a lane, int64: the cell of every player, ``place`` (lanes, players); the foods that are ``left``, as
    bits; the number of the partners' rule in `Params.rules`, ``kind``. ``partner`` is the lane's own choice of it;
    ``target`` and ``doing``, both (lanes, players), are working memory.
    """

    place: np.ndarray
    left: np.ndarray
    kind: np.ndarray
    partner: np.ndarray
    target: np.ndarray
    doing: np.ndarray


def params(size, players, foods, partner, layout, continuation):
    """Build the map from checked knobs.

    Raises ValueError for a rule that does not exist, or a grid that is too small for so much food or so many players.
    """
    rules = np.array(_rules(partner), np.int64)
    generator = np.random.default_rng(layout)
    cells = _scatter(size, foods, generator)
    if cells is None or size * size - foods < players:
        raise ValueError(f"size={size} is not allowed: the grid is too small for foods={foods} and players={players}")
    levels = generator.integers(1, MOST_LEVEL + 1, size=players)
    worth = generator.integers(1, levels.sum() + 1, size=foods)
    near = np.zeros((2**foods, foods, size * size), np.int64)
    for left in range(2**foods):
        free = np.ones(size * size, bool)
        free[[cell for food, cell in enumerate(cells) if left >> food & 1]] = False
        for food, cell in enumerate(cells):
            around = [int(beside(size, cell, move)) for move in range(4)]
            near[left, food] = distances(size, free, [each for each in around if each >= 0 and free[each]])
    return Params(
        size, players, foods, continuation, levels, np.array(cells, np.int64), worth, int(worth.sum()), near, rules
    )


def _rules(partner: Any) -> list[int]:
    known = (*RULES, *POOLS)
    if isinstance(partner, str):
        names = POOLS.get(partner, (partner,))
    elif isinstance(partner, list | tuple) and partner:
        names = tuple(partner)
    else:
        raise ValueError(
            f"partner={partner!r} is not allowed: it must be one of {', '.join(known)}, or a list of rules"
        )
    for name in names:
        if name not in RULES:
            hint = did_you_mean(str(name), known)
            raise ValueError(f"partner={name!r} is not a rule or a pool{hint} There are: {', '.join(known)}")
    return [RULES.index(name) for name in names]


def _scatter(size: int, foods: int, generator: np.random.Generator) -> list[int] | None:
    """Return cells for the foods, drawn until they lie apart and all others are connected; None if that fails."""
    rows, columns = np.divmod(np.arange(size * size), size)
    for _ in range(TRIES):
        cells: list[int] = []
        for cell in generator.permutation(size * size).tolist():
            if all(max(abs(rows[cell] - rows[each]), abs(columns[cell] - columns[each])) > 1 for each in cells):
                cells.append(cell)
            if len(cells) == foods:
                break
        free = np.ones(size * size, bool)
        free[cells] = False
        if len(cells) == foods and connected(size, free):
            return cells
    return None


def spec(p):
    """Declare the task: one player, six actions; the partners' actions are chance, a stage each, and then the end."""
    several = len(p.rules) > 1
    return Spec(
        actions=(len(ACTIONS),),
        action_names=(ACTIONS,),
        observation=Observation.integers(p.size ** (2 * p.players) * 2**p.foods),
        reward_range=(0.0, 1.0),
        criterion=Criterion("return"),
        stages=p.players,
        outcomes=len(ACTIONS),
        start_stages=1 + p.players,
        start_outcomes=max(p.size * p.size, len(p.rules)),
        lane_parameters={"partner": DRAWN} if several else {},
        lane_ranges={"partner": (DRAWN, len(p.rules) - 1)} if several else {},
        scratch=("partner", "target", "doing"),
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    players, one = np.zeros((lanes, p.players), np.int64), np.zeros(lanes, np.int64)
    return State(players, one, one.copy(), np.full(lanes, DRAWN, np.int64), players.copy(), players.copy())


@kernel
def start(p, c, stage, prob):
    """Draw the partners' rule, then a free cell for each player that nobody before has."""
    if stage == 0:
        for k in range(p.rules.shape[0]):
            prob[k] = 1.0 / p.rules.shape[0]
        return p.rules.shape[0]
    cells = p.size * p.size
    share = 1.0 / (cells - p.foods - stage + 1)
    for cell in range(cells):
        prob[cell] = share
    for food in range(p.foods):
        prob[p.cells[food]] = 0.0
    for before in range(1, stage):
        prob[c[before]] = 0.0
    return cells


@kernel
def begin(p, s, i, c):
    """Put the players where they were drawn; all food is there."""
    s.kind[i] = s.partner[i] if s.partner[i] >= 0 else c[0]
    for k in range(p.players):
        s.place[i, k] = c[k + 1]
    s.left[i] = (1 << p.foods) - 1


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities of a partner's actions; in the last stage, of going on and of the end."""
    if stage == p.players - 1:
        prob[0] = p.continuation
        prob[1] = 1.0 - p.continuation
        return 2
    rule = p.rules[s.kind[i]]
    loose = 1.0 if rule == UNIFORM else SLIP if rule == CARELESS else 0.0
    for action in range(6):
        prob[action] = loose / 6.0
    if rule != UNIFORM:
        prob[_intended(p, s, i, rule, stage + 1)] += 1.0 - loose
    return 6


@kernel
def _intended(p, s, i, rule, player):
    """Return the action that ``rule`` has for ``player``."""
    left, cell = s.left[i], s.place[i, player]
    food, least = -1, FAR * 16
    for each in range(p.foods):
        if (left >> each) & 1:
            cost = _cost(p, s, i, rule, player, each)
            if cost < least:
                food, least = each, cost
    if food < 0:
        return NOTHING
    if p.near[left, food, cell] == 0:
        return LOAD
    return 1 + towards(p.size, p.near[left, food], cell)  # none is NOTHING


@kernel
def _cost(p, s, i, rule, player, food):
    """Return by what a rule chooses among foods: it takes the least; from 16 FAR on it takes none."""
    near = p.near[s.left[i], food]
    if (rule == ABLE and p.worth[food] > p.levels[player]) or rule == IDLE:
        return FAR * 16
    if rule == GREATEST:
        return -p.worth[food]
    if rule == FOLLOWER:
        return near[s.place[i, 0]]
    if rule == APART:
        return -near[s.place[i, 0]]
    if rule == CENTRAL:
        total = 0
        for k in range(p.players):
            total += near[s.place[i, k]]
        return total
    return near[s.place[i, player]]


@kernel
def _loads(p, left, cell):
    """Return which food one on ``cell`` loads: that above, else below, left, right; -1 for none."""
    for move in range(4):
        then = beside(p.size, cell, move)
        for food in range(p.foods):
            if (left >> food) & 1 and p.cells[food] == then:
                return food
    return -1


@kernel
def apply(p, s, i, a, c, r):
    """Move everybody at once, then load."""
    s.doing[i, 0] = a[i, 0]
    for k in range(1, p.players):
        s.doing[i, k] = c[k - 1]
    _move(p, s, i)
    r[i, 0] = 0.0
    left = s.left[i]
    for food in range(p.foods):
        if (left >> food) & 1:
            together = 0
            for k in range(p.players):
                if s.doing[i, k] == LOAD and _loads(p, left, s.place[i, k]) == food:
                    together += p.levels[k]
            if together >= p.worth[food]:
                s.left[i] -= 1 << food
                if s.doing[i, 0] == LOAD and _loads(p, left, s.place[i, 0]) == food:
                    r[i, 0] += p.worth[food] * p.levels[0] / (together * p.total)
    over = s.left[i] == 0 or c[p.players - 1] == 1
    if over:  # one last state, whatever was left
        s.left[i] = 0
        for k in range(p.players):
            s.place[i, k] = 0
    return over


@kernel
def _move(p, s, i):
    """Move the players whose way is free. One that is kept back stands in the way of others, hence the repetition."""
    for k in range(p.players):
        s.target[i, k] = s.place[i, k]
        if 1 <= s.doing[i, k] <= 4:
            then = beside(p.size, s.place[i, k], s.doing[i, k] - 1)
            for food in range(p.foods):
                if (s.left[i] >> food) & 1 and p.cells[food] == then:
                    then = -1
            if then >= 0:
                s.target[i, k] = then
    for _ in range(p.players):
        kept = 0
        for k in range(p.players):
            for other in range(p.players):
                if other != k and s.target[i, other] == s.target[i, k]:
                    kept |= 1 << k
        for k in range(p.players):
            if (kept >> k) & 1:
                s.target[i, k] = s.place[i, k]
    for k in range(p.players):
        s.place[i, k] = s.target[i, k]


@kernel
def observe(p, s, i, o):
    """Show who is where and what is left."""
    seen = 0
    for k in range(p.players):
        seen = seen * p.size * p.size + s.place[i, k]
    o[i, 0] = seen * (1 << p.foods) + s.left[i]


# Pictures -------------------------------------------------------------------------------------------------------------


def ansi(p: Params, s: State, i: int, last: Last) -> str:
    """Draw the grid: A you, B, C, D the partners, digits the foods, each with its level."""
    marks = {int(cell): str(int(p.worth[k])) for k, cell in enumerate(p.cells) if s.left[i] >> k & 1}
    if s.left[i]:
        marks |= {int(cell): "ABCD"[k] for k, cell in enumerate(s.place[i])}
    rows = ["".join(marks.get(row * p.size + column, ".") for column in range(p.size)) for row in range(p.size)]
    levels = ", ".join(f"{'ABCD'[k]} {int(level)}" for k, level in enumerate(p.levels))
    action = pictures.name_of(ACTIONS, last)
    numbers = f"step {last.clock}  action {action}  reward {last.rewards[0]:.3g}  total {last.total[0]:.3g}"
    return "\n".join([*rows, f"levels: {levels}", numbers])


def paint(p: Params, s: State, i: int, last: Last) -> np.ndarray:
    """Paint the grid with food and players, all with their levels."""
    frame = pictures.board("Level-based foraging", last)
    cell = 272.0 / p.size
    canvas.rectangle(frame, 60, 60, 280, 280, canvas.FAINT, radius=6)
    for k in range(p.size * p.size):
        row, column = divmod(k, p.size)
        canvas.rectangle(frame, 65 + column * cell, 65 + row * cell, cell - 2, cell - 2, canvas.PANEL)

    def middle(place: int) -> tuple[float, float]:
        return 64 + (place % p.size + 0.5) * cell, 64 + (place // p.size + 0.5) * cell

    for k in range(p.foods):
        if s.left[i] >> k & 1:
            x, y = middle(int(p.cells[k]))
            canvas.circle(frame, x, y, 0.36 * cell, canvas.BAD)
            canvas.text(frame, x, y - 7, f"{int(p.worth[k])}", canvas.PANEL, align="center")
    for k in range(p.players if s.left[i] else 0):  # nobody is there when it is over
        x, y = middle(int(s.place[i, k]))
        canvas.rectangle(
            frame, x - 0.32 * cell, y - 0.32 * cell, 0.64 * cell, 0.64 * cell, canvas.PLAYERS[k], radius=0.2 * cell
        )
        canvas.text(frame, x, y - 7, f"{int(p.levels[k])}", canvas.PANEL, align="center")
    canvas.rectangle(frame, 372, 60, 244, 280, canvas.PANEL, radius=10)
    rows = [
        ("food left", f"{int(s.left[i]).bit_count()} of {p.foods}"),
        ("last action", pictures.name_of(ACTIONS, last)),
        ("reward", f"{last.rewards[0]:.3g}"),
        ("total", f"{last.total[0]:.3g}"),
    ]
    for row, (label, value) in enumerate(rows):
        canvas.text(frame, 386, 80 + 28 * row, label, canvas.MUTED)
        canvas.text(frame, 602, 80 + 28 * row, value, align="right")
    for k in range(p.players):
        y = 208 + 30 * k
        canvas.rectangle(frame, 386, y, 20, 20, canvas.PLAYERS[k], radius=6)
        canvas.text(frame, 416, y + 3, f"{'you' if k == 0 else 'partner'}, level {int(p.levels[k])}")
    return frame
