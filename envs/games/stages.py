"""What a lane plays in a round of a normal-form game: parameters, state and kernels of `normal_form`.

The games of an environment are the rows of one table, one after the other; a lane's own is a number in its state. The
names in capitals are constants when a loop is compiled (see `regretlab.envs.games.normal_form.kernels`): as they stand
here the kernels are the most general ones, and for a single game that never changes all of that falls away.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..core import kernel
from ..core.environment import Environment
from ..core.fusing import plain
from ..core.streams import normal
from .game import NormalFormGame

NEVER, SCHEDULE, HAZARD, SINUSOIDAL = range(4)  # how the game of a lane changes
NONE, GAUSSIAN, BERNOULLI = range(3)  # what is added to a payoff
LAST, MASK, REMAINDER = range(3)  # how the history is kept
WIDEST = 6.0  # standard deviations beyond which Gaussian noise is drawn again

PLAYERS, ENDS, REGISTER, SMALL = 1, True, REMAINDER, 0
SEVERAL, SWITCHES, NOISE, ENDING, CHANGING = True, True, NONE, 0, 0


class Params(NamedTuple):
    """What the kernels read.

    ``table`` float64 (G * J, players) holds the payoffs of G games with J joint actions, a row a joint index, so that
    what one step reads lies together; ``small`` the same numbers, row after row, if there is one game and J is small:
    as single numbers they stay in registers. ``joints`` is J, ``games`` is G and ``first`` the game that is played
    first unless a lane has another. ``actions`` and ``strides`` (players,) are the number of actions of each player and
    what its action adds to the index. Histories of full length are the numbers from ``full`` below ``full + window``,
    window being J**memory; ``horizon`` 0 means never.

    ``switching`` is `NEVER`, `SCHEDULE`, `HAZARD` or `SINUSOIDAL`; ``period`` a number of rounds, ``cycle`` the rounds
    after which a clock starts anew, ``hazard`` a probability, and ``weights`` (period,) what the first of two games
    weighs in each round. ``noise`` is `NONE`, `GAUSSIAN` (with the standard deviation ``scale``) or `BERNOULLI`;
    ``low`` and ``high`` are the least and the greatest payoff (or what Bernoulli noise pays). ``several`` says whether
    a lane has a game of its own, ``told`` whether all payoffs are (full feedback). ``labels`` holds titles and names
    (see `write_labels`), as text is nothing that compiled code takes.
    """

    table: np.ndarray
    small: tuple[float, ...]
    actions: np.ndarray
    strides: np.ndarray
    joints: int
    games: int
    first: int
    memory: int
    full: int
    window: int
    horizon: int
    discount: float
    continuation: float
    several: bool
    switching: int
    period: int
    cycle: int
    hazard: float
    weights: np.ndarray
    told: bool
    noise: int
    scale: float
    low: float
    high: float
    labels: np.ndarray


class State(NamedTuple):
    """One entry a lane; a field that an environment does not use stays as it is and counts as scratch.

    ``history`` is the observation, a shift register of joint actions. ``game`` is the number of the lane's own game, a
    lane parameter. ``phase`` is where the switching stands: under a hazard the number of the present game, else the
    rounds since the start, modulo the cycle. ``key`` is the stream of Gaussian noise.
    """

    history: np.ndarray
    game: np.ndarray
    phase: np.ndarray
    key: np.ndarray


def stage_game(environment: Environment) -> Params | None:
    """Return the parameters of the game inside ``environment``, whatever is around it, or None where there is none."""
    p = environment.params
    while hasattr(p, "inner"):
        p = p.inner
    return p if isinstance(p, Params) else None


def tensor(p: Params, game: int | None = None) -> np.ndarray:
    """Return the payoffs of ``game`` (None: the one that is played first), (players, A_0, ..., A_{n-1})."""
    row = p.joints * (p.first if game is None else game)
    return p.table[row : row + p.joints].T.reshape(-1, *p.actions)


def mixed(p: Params, first: int, phase: int) -> np.ndarray:
    """Return the payoffs of round ``phase`` of a sinusoidal change from game ``first`` to the other one."""
    one, other = tensor(p, first), tensor(p, 1 - first)
    weight = p.weights[phase]
    return np.clip(weight * one + (1.0 - weight) * other, np.minimum(one, other), np.maximum(one, other))


def present(p: Params, s: State, i: int) -> np.ndarray:
    """Return the mean payoffs in the present round of lane ``i``, (players, A_0, ..., A_{n-1})."""
    game = present_game(p, s, i)
    return mixed(p, game, s.phase[i]) if p.switching == SINUSOIDAL else tensor(p, game)


def present_game(p: Params, s: State, i: int) -> int:
    """Return the number of the present game of lane ``i``, of a sinusoidal change that of the lane's own."""
    return int(plain(first_row)(p, s, i)) // p.joints


def write_labels(games: Sequence[NormalFormGame]) -> np.ndarray:
    """Return the titles of ``games`` and the names of the actions as the bytes of a JSON text, uint8.

    The names are those that all the games have in common, or else numbers.
    """
    names = games[0].action_names
    if any(each.action_names != names for each in games):
        names = tuple(tuple(map(str, range(count))) for count in games[0].actions)
    text = json.dumps({"titles": [each.title for each in games], "names": names})
    return np.frombuffer(text.encode(), np.uint8)


def titles(p: Params) -> list[str]:
    """Return the title of every game."""
    return json.loads(p.labels.tobytes())["titles"]


def action_names(p: Params) -> tuple[tuple[str, ...], ...]:
    """Return the names of each player's actions."""
    return tuple(map(tuple, json.loads(p.labels.tobytes())["names"]))


@kernel
def start(p, c, stage, prob):
    """There is one initial state."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Nothing was played; the lane's own game comes first."""
    s.history[i] = 0
    if SWITCHES:
        s.phase[i] = s.game[i] if p.switching == HAZARD else 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Bernoulli noise, a stage a player: the low reward (0) or the high one (1); then another round (0) or the end
    (1); then under a hazard the same game (0) or one of the G - 1 others, by its distance from the present one.
    """
    if NOISE == BERNOULLI and stage < PLAYERS:
        payoff = mean_payoff(p, s, i, first_row(p, s, i), joint_index(p, i, a), stage)
        prob[1] = (payoff - p.low) / (p.high - p.low) if p.high > p.low else 0.0
        prob[0] = 1.0 - prob[1]
        return 2
    if SWITCHES and p.switching == HAZARD and stage == CHANGING:
        stays = p.continuation < 1.0 and (p.continuation == 0.0 or c[ENDING] == 1)  # after the end nothing changes
        hazard = 0.0 if stays else p.hazard
        for k in range(1, p.games):
            prob[k] = hazard / (p.games - 1)
        prob[0] = 1.0 - hazard
        return p.games
    prob[0] = p.continuation
    prob[1] = 1.0 - p.continuation
    return 2


@kernel
def joint_index(p, i, a):
    """Return the mixed-radix index of the joint action ``a[i, :]``, player 0 most significant."""
    joint = 0
    for k in range(PLAYERS):
        joint = joint * p.actions[k] + a[i, k]
    return joint


@kernel
def first_row(p, s, i):
    """Return the row of the table at which the present game of lane ``i`` begins."""
    if not SEVERAL:
        return 0
    game = s.game[i]
    if SWITCHES:
        if p.switching == HAZARD:
            game = s.phase[i]
        elif p.switching == SCHEDULE:
            game = (game + s.phase[i] // p.period) % p.games
    return game * p.joints


@kernel
def mean_payoff(p, s, i, row, joint, k):
    """Return what player ``k`` gets for a joint action, before noise, if the present game begins at ``row``."""
    payoff = p.table[np.uint64(row + joint), k]
    if SWITCHES and p.switching == SINUSOIDAL:
        other = p.table[np.uint64(p.joints - row + joint), k]  # of two games
        weight = p.weights[s.phase[i]]
        blend = weight * payoff + (1.0 - weight) * other
        return min(max(blend, min(payoff, other)), max(payoff, other))  # rounding must not leave the range
    return payoff


@kernel
def truncated_normal(stream, i):
    """Draw from the standard normal distribution within `WIDEST`, again where it lies beyond."""
    while True:
        z = normal(stream, i)
        if abs(z) <= WIDEST:
            return z


@kernel
def apply(p, s, i, a, c, r):
    """Pay for the joint action and append it to the history, whose oldest digit drops out when it is full."""
    joint = joint_index(p, i, a)
    row = first_row(p, s, i)
    for k in range(PLAYERS):
        if SMALL:  # choosing among numbers vectorises, a look-up in memory does not
            payoff = p.small[k]
            for other in range(1, SMALL):
                payoff = p.small[PLAYERS * other + k] if joint == other else payoff
        elif NOISE == BERNOULLI:
            payoff = p.high if c[k] == 1 else p.low
        else:
            payoff = mean_payoff(p, s, i, row, joint, k)
        if NOISE == GAUSSIAN:
            payoff += p.scale * truncated_normal(s.key, i)
        r[i, k] = payoff
    if SWITCHES:
        if p.switching == HAZARD:
            s.phase[i] = (s.phase[i] + c[CHANGING]) % p.games
        else:
            s.phase[i] = s.phase[i] + 1 if s.phase[i] + 1 < p.cycle else 0
    if REGISTER == LAST:
        s.history[i] = p.memory * (1 + joint)
    else:
        grown = s.history[i] * p.joints + 1 + joint
        beyond = grown - p.full - p.window
        newest = beyond & (p.window - 1) if REGISTER == MASK else beyond % p.window
        s.history[i] = grown if beyond < 0 else p.full + newest
    if not ENDS:
        return False
    return p.continuation == 0.0 or c[ENDING] == 1


@kernel
def observe(p, s, i, o):
    """Show every player the same index of the last joint actions."""
    for k in range(PLAYERS):
        o[i, k] = s.history[i]


@kernel
def payoffs(p, s, i, a, u):
    """Write the reward that each own action would have had against the others' actions in ``a[i]``."""
    joint = joint_index(p, i, a)
    row = first_row(p, s, i)
    for k in range(PLAYERS):
        others = joint - a[i, k] * p.strides[k]
        for own in range(p.actions[k]):
            u[i, k, own] = mean_payoff(p, s, i, row, others + own * p.strides[k], k)
