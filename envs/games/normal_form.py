"""Play of a normal-form game, once (``MatrixGame-v0``) or round after round (``IteratedGame-v0``).

Description
-----------
Every round the n players pick their actions all at once, and player i receives ``payoffs[i, a_0, ..., a_{n-1}]``. The
game is a named one of the library or any tensor of shape (n, A_0, ..., A_{n-1}): axis k of every player's own tensor is
player k's action, numbers of actions may differ, and n may be anything from 1. A matrix game is the iterated game that
certainly stops after its first round and remembers nothing; the two ids are two rows of one definition.

Action Space
------------
``Discrete(A_k)`` for player k. The joint index of a joint action is mixed-radix with player 0 most significant
(``numpy.ravel_multi_index(actions, (A_0, ..., A_{n-1}))``).

Observation Space
-----------------
``Discrete(J**0 + J**1 + ... + J**memory)``, J being the number of joint actions: the index of the last ``memory`` joint
actions, the same number for every player (not turned to the player's own point of view: player 0's action always comes
first). 0 means that nothing was played yet; with ``memory=1`` the number is 1 + the last joint index; in general it is
the bijective base-J numeral whose digits are 1 + the joint indices, oldest first (see `histories`, which converts).
A matrix game and ``memory=0`` show 0.

Rewards
-------
The payoff of the joint action, exactly as in the tensor.

Starting State
--------------
Nothing was played.

Episode End
-----------
Terminated: after each round with probability 1 - ``continuation`` (a matrix game: after the first). Truncated: after
``horizon`` rounds.

Arguments
---------
game : name of a game of the library (``regretlab.envs.games.names()``).
payoffs : a tensor to play instead, float (n, A_0, ..., A_{n-1}).
horizon : rounds after which the episode is truncated; 0 means never.
discount : weight of a round's reward relative to the round before, in the return that is optimised. 1 is undiscounted.
continuation : probability that another round follows; 1 means that chance never stops the game.
memory : how many of the last joint actions are observed.

Without a horizon, with ``discount=1`` and ``continuation=1``, the criterion is the gain (average reward per round).

Certificate
-----------
Several players: the optimum is a gap of 0 and what is achieved is a NashConv *of the stage game*, the sum over players
of what each could gain by deviating in one round (sum, not mean or maximum). For the iterated game that is the NashConv
of the players' average play, each player's frequencies of actions; an equilibrium of the stage game played in every
round has gap 0 and is an equilibrium of the iterated game, but by the folk theorem not its only one. ``facts`` holds
the known equilibria of a named game, the largest NashConv of a pure profile and the greatest welfare.
One player: the value of always playing the best action.

Version History
---------------
v0: first release.

References
----------
M. J. Osborne and A. Rubinstein, A Course in Game Theory, MIT Press 1994 (normal-form games; repeated games).
D. Fudenberg and E. Maskin, "The folk theorem in repeated games with discounting or with incomplete information",
Econometrica 54 (1986) 533-554. Each named game gives the source of its payoffs (``load(name).citation``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, kernel
from ..core.fusing import specialise
from .library import check_payoffs, identify, load
from .pictures import ansi, paint  # noqa: F401 (part of an environment's file)

LAST, MASK, REMAINDER = range(3)
PLAYERS, ENDS, REGISTER, SMALL = 1, True, REMAINDER, 0  # fuse-time constants: see `kernels`; the engine binds PLAYERS
MOST_SMALL = 9  # joint actions of a game whose payoffs are chosen rather than looked up
MOST_HISTORIES = 2**61  # of one round more than are remembered, so that no 64-bit integer overflows


class Params(NamedTuple):
    """What the kernels read.

    ``table`` float64 (J, players) holds the payoffs, a row a joint index, so that what one step reads lies together;
    ``small`` the same numbers, row after row, if J is small: as single numbers they stay in registers;
    ``actions`` and ``strides`` (players,) the number of actions of each player and what its action adds to the index.
    Histories of full length are the numbers from ``full`` below ``full + window``, window being J**memory; ``horizon``
    0 means never.
    """

    table: np.ndarray
    small: tuple[float, ...]
    actions: np.ndarray
    strides: np.ndarray
    memory: int
    full: int
    window: int
    horizon: int
    discount: float
    continuation: float


class State(NamedTuple):
    """One entry a lane: ``history`` is the observation, a shift register of joint actions."""

    history: np.ndarray


def params(
    game: str,
    payoffs: Any,
    horizon: int = 0,
    discount: float = 1.0,
    continuation: float = 0.0,
    memory: int = 0,
) -> Params:
    """Build the parameters from checked knobs; the defaults are those of one single round.

    Raises
    ------
    ValueError, TypeError
        for an unknown game, payoffs that are no finite tensor of the right shape, or a memory with so many histories
        that a 64-bit integer cannot number them.
    """
    stage = load(game).payoffs if payoffs is None else check_payoffs(payoffs)
    actions = stage.shape[1:]
    joint = int(np.prod(actions))
    if joint ** (memory + 1) > MOST_HISTORIES:
        most = int(math.log(MOST_HISTORIES, joint)) - 1
        raise ValueError(f"memory={memory} is not allowed: with {joint} joint actions memory must be at most {most}")
    table = stage.reshape(len(actions), joint).T
    return Params(
        table=table,
        small=tuple(table.ravel().tolist()) if joint <= MOST_SMALL else (),
        actions=np.array(actions, np.int64),
        strides=np.array([int(np.prod(actions[k + 1 :])) for k in range(len(actions))], np.int64),
        memory=memory,
        full=sum(joint**k for k in range(memory)),
        window=joint**memory,
        horizon=horizon,
        discount=discount,
        continuation=continuation,
    )


def tensor(p: Params) -> np.ndarray:
    """Return the payoffs of ``p`` as a tensor (players, A_0, ..., A_{n-1})."""
    return p.table.T.reshape(-1, *p.actions)


def spec(p: Params) -> Spec:
    """Declare the players, the observation of the last joint actions, and how an episode ends."""
    players = len(p.actions)
    endless = p.horizon == 0 and p.continuation == 1.0
    if p.discount < 1.0:
        criterion = Criterion("discounted", p.discount)
    else:
        criterion = Criterion("gain" if endless else "return")
    return Spec(
        actions=tuple(map(int, p.actions)),
        action_names=identify(tensor(p)).action_names,
        observation=Observation.integers(*(p.full + p.window,) * players),
        reward_range=(float(p.table.min()), float(p.table.max())),
        criterion=criterion,
        horizon=p.horizon or None,
        stages=int(0.0 < p.continuation < 1.0),
        outcomes=2,
    )


def allocate(p: Params, lanes: int) -> State:
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64))


def kernels(p: Params) -> dict[str, Callable[..., Any]]:
    """Compile ``apply`` for how an episode may end, how the history is kept and where the payoffs stand."""
    if p.memory < 2:
        register = LAST
    else:
        register = MASK if p.window.bit_count() == 1 else REMAINDER
    small = len(p.table) if p.small else 0
    return {"apply": specialise(apply, {"ENDS": p.continuation < 1.0, "REGISTER": register, "SMALL": small})}


@kernel
def start(p, c, stage, prob):
    """There is one initial state."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Nothing was played."""
    s.history[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Another round (0) or the end (1)."""
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
def apply(p, s, i, a, c, r):
    """Pay for the joint action and append it to the history, whose oldest digit drops out when it is full."""
    joint = joint_index(p, i, a)
    for k in range(PLAYERS):
        if SMALL:  # choosing among numbers vectorises, a look-up in memory does not
            payoff = p.small[k]
            for other in range(1, SMALL):
                payoff = p.small[PLAYERS * other + k] if joint == other else payoff
            r[i, k] = payoff
        else:
            r[i, k] = p.table[np.uint64(joint), k]
    if REGISTER == LAST:
        s.history[i] = p.memory * (1 + joint)
    else:
        grown = s.history[i] * p.table.shape[0] + 1 + joint
        beyond = grown - p.full - p.window
        newest = beyond & (p.window - 1) if REGISTER == MASK else beyond % p.window
        s.history[i] = grown if beyond < 0 else p.full + newest
    if not ENDS:
        return False
    return p.continuation == 0.0 or c[0] == 1


@kernel
def observe(p, s, i, o):
    """Show every player the same index of the last joint actions."""
    for k in range(PLAYERS):
        o[i, k] = s.history[i]


@kernel
def payoffs(p, s, i, a, u):
    """Write the reward that each own action would have had against the others' actions in ``a[i]``."""
    joint = joint_index(p, i, a)
    for k in range(PLAYERS):
        others = joint - a[i, k] * p.strides[k]
        for own in range(p.actions[k]):
            u[i, k, own] = p.table[others + own * p.strides[k], k]


def certificate(p: Params) -> Certificate:
    """Certify a gap of 0 (one player: the value of the best action); see this module's Certificate section."""
    game = tensor(p)
    if len(p.actions) == 1:
        return _one_player(p)
    known = identify(game)
    facts: dict[str, Any] = {
        "largest_pure_nash_conv": _largest_pure_nash_conv(game),
        "max_welfare": known.max_welfare,
    }
    if known.name:
        facts["game"] = known.name
        facts["equilibria"] = known.equilibria
        facts["equilibrium_payoffs"] = known.equilibrium_payoffs
    return Certificate(
        unit="NashConv of the stage game, reward per round",
        optimal=Value(0.0, "closed-form", "every finite game has a Nash equilibrium (Nash 1950), whose NashConv is 0"),
        random=Value(_uniform_nash_conv(game), "closed-form", "NashConv of uniform play of the stage game"),
        facts=facts,
        measure="gap",
    )


def _one_player(p: Params) -> Certificate:
    """Certify the value of always playing the best action, and of playing all equally often."""
    criterion = spec(p).criterion
    stay = p.discount * p.continuation  # the weight of a round relative to the one before
    if criterion.kind == "gain":
        rounds = 1.0
    elif stay == 1.0:
        rounds = float(p.horizon)
    else:
        rounds = (1.0 - (stay**p.horizon if p.horizon else 0.0)) / (1.0 - stay)
    weight = f"times {rounds:g}, the expected {'discounted ' if p.discount < 1.0 else ''}number of rounds"
    best = Value(rounds * float(p.table.max()), "closed-form", f"the best action's payoff {weight}")
    random = Value(rounds * float(p.table.mean()), "closed-form", f"the mean payoff {weight}")
    return Certificate(criterion.unit, best, random, best, facts={"best_action": int(p.table[:, 0].argmax())})


def _uniform_nash_conv(payoffs: np.ndarray) -> float:
    """Return the sum over players of what each could gain by deviating when all play uniformly.

    ``payoffs`` is a tensor (n, A_0, ..., A_{n-1}).
    """
    players = range(payoffs.shape[0])
    own = [payoffs[k].mean(axis=tuple(j for j in players if j != k)) for k in players]
    return float(sum(values.max() - values.mean() for values in own))


def _largest_pure_nash_conv(payoffs: np.ndarray) -> float:
    """Return the largest NashConv of any joint action of the tensor ``payoffs`` (n, A_0, ..., A_{n-1})."""
    gains = (payoffs[k].max(axis=k, keepdims=True) - payoffs[k] for k in range(payoffs.shape[0]))
    return float(sum(gains).max())
