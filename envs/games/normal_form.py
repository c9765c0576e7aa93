"""Play of a normal-form game, once (``MatrixGame-v0``) or round after round (``IteratedGame-v0``).

Description
-----------
Every round the n players pick their actions all at once, and player i receives ``payoffs[i, a_0, ..., a_{n-1}]``. The
game is a named one of the library or any tensor of shape (n, A_0, ..., A_{n-1}): axis k of every player's own tensor is
player k's action, numbers of actions may differ, and n may be anything from 1. A matrix game is the iterated game that
certainly stops after its first round and remembers nothing; the two ids are two rows of one definition.

An environment may hold several games of one shape. Which one a lane plays is the lane parameter ``game``, so that one
batch, and one run of a learner, plays all of them:
``make_batch(id, 144, games="144", lane_parameters={"game": numpy.arange(144)})``. The game that is played may also
change from round to round (``switching``): then the present one is hidden state, and every episode starts with the
lane's own.

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
The payoff of the joint action, exactly as in the tensor. With ``noise="gaussian"`` plus ``noise_scale`` times a
standard normal number, each player's own, drawn again beyond 6 in size; with ``noise="bernoulli"`` the reward is 0 or 1
where all payoffs lie between, else the least or the greatest payoff of all games, with such a probability that the mean
is the payoff. The exact model holds the means.

With ``feedback="full"`` learners may also be told what each own action would have paid (`Batch.payoffs`); with
``"bandit"`` nobody is told anything but rewards. Noise needs the latter.

Starting State
--------------
Nothing was played.

Episode End
-----------
Terminated: after each round with probability 1 - ``continuation`` (a matrix game: after the first). Truncated: after
``horizon`` rounds.

Arguments
---------
game : name of a game of the library (``regretlab.envs.games.names()``) or of a family of games (``family_names()``).
parameters : of a family's game, by name, such as ``{"players": 4}`` for ``public-goods``.
payoffs : a tensor to play instead, float (n, A_0, ..., A_{n-1}).
games : several games instead, of one shape: ``"144"``, ``"78"`` or ``"sym12"`` for all strict ordinal 2x2 games up to
    symmetry (``regretlab.envs.games.all_2x2``), a list of names of the library, or an array (G, n, A_0, ..., A_{n-1}).
index : the number of the game that is played (first), in lanes to which ``lane_parameters`` gives no other.
feedback : ``full`` or ``bandit``, see Rewards.
noise : ``none``, ``gaussian`` or ``bernoulli``, see Rewards.
noise_scale : standard deviation of Gaussian noise, in payoffs.
horizon : rounds after which the episode is truncated; 0 means never.
discount : weight of a round's reward relative to the round before, in the return that is optimised. 1 is undiscounted.
continuation : probability that another round follows; 1 means that chance never stops the game.
memory : how many of the last joint actions are observed.
switching : ``never``; ``schedule``: after every ``period`` rounds the next game of ``games``, cyclically; ``hazard``:
    after each round with probability ``hazard`` one of the other games, all equally likely; ``sinusoidal``: in round t
    (from 0, modulo ``period``) the payoffs are those of the lane's own game times w plus those of the other one times
    1 - w, w being (1 + cos(2 pi t / period)) / 2.
period : rounds until a scheduled change, or of one oscillation.
hazard : probability of a change after a round.

A matrix game has no knob from ``horizon`` on. Without a horizon, with ``discount=1`` and ``continuation=1``, the
criterion is the gain (average reward per round).

Certificate
-----------
Several players: the optimum is a gap of 0 and what is achieved is a NashConv *of the stage game*, the sum over players
of what each could gain by deviating in one round (sum, not mean or maximum). For the iterated game that is the NashConv
of the players' average play, each player's frequencies of actions; an equilibrium of the stage game played in every
round has gap 0 and is an equilibrium of the iterated game, but by the folk theorem not its only one. ``facts`` holds
the known equilibria of a named game, the largest NashConv of a pure profile and the greatest welfare. Of several games
the certificate is that of number ``index``; where the game changes, equilibrium play of the present game has gap 0.
One player: the value of always playing the best action of the present game, which a player who is not told of a change
can only approach; ``best_fixed_value`` in ``facts`` is then the value of the best action that is never changed.

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
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec
from ..core.fusing import specialise
from . import stages
from .certificates import certify_gap, certify_value
from .game import NormalFormGame, check_payoffs, new_game
from .library import identify, load
from .pictures import ansi, paint  # noqa: F401 (part of an environment's file, as are the kernels)
from .stages import (  # noqa: F401
    GAUSSIAN,
    HAZARD,
    LAST,
    MASK,
    REMAINDER,
    SCHEDULE,
    SINUSOIDAL,
    Params,
    State,
    apply,
    begin,
    chance,
    observe,
    payoffs,
    start,
)
from .taxonomy import all_2x2

SWITCHINGS = {"never": stages.NEVER, "schedule": SCHEDULE, "hazard": HAZARD, "sinusoidal": SINUSOIDAL}
NOISES = {"none": stages.NONE, "gaussian": GAUSSIAN, "bernoulli": stages.BERNOULLI}
FEEDBACKS = ("full", "bandit")
MOST_SMALL = 9  # joint actions of a game whose payoffs are chosen rather than looked up
MOST_HISTORIES = 2**61  # of one round more than are remembered, so that no 64-bit integer overflows
GAMES = "'144', '78' or 'sym12', a list of names of the library, or an array (games, players, actions of player 0, ...)"


def params(
    game: str,
    payoffs: Any,
    parameters: Mapping[str, Any] | None = None,
    games: Any = None,
    index: int = 0,
    feedback: str = "full",
    noise: str = "none",
    noise_scale: float = 1.0,
    horizon: int = 0,
    discount: float = 1.0,
    continuation: float = 0.0,
    memory: int = 0,
    switching: str = "never",
    period: int = 1,
    hazard: float = 0.0,
) -> Params:
    """Build the parameters from checked knobs; the defaults are those of one single round of one game.

    Raises
    ------
    ValueError, TypeError
        for an unknown game or parameter, payoffs that are no finite tensor of the right shape, games of different
        shapes, knobs that exclude each other, or a memory with so many histories that a 64-bit integer cannot number
        them.
    """
    chosen = _chosen(game, parameters, payoffs, games)
    count, actions = len(chosen), chosen[0].actions
    if index >= count:
        raise ValueError(f"index={index} is not allowed: index must be below {count}, the number of games")
    if noise != "none" and feedback != "bandit":
        raise ValueError(f"noise={noise!r} needs feedback='bandit': payoffs that are told have none")
    if switching != "never" and (count < 2 or (switching == "sinusoidal" and count > 2)):
        wanted = "exactly two games" if switching == "sinusoidal" else "at least two games"
        raise ValueError(f"switching={switching!r} needs {wanted}, not {count}: see the knob games")
    joint = int(np.prod(actions))
    if joint ** (memory + 1) > MOST_HISTORIES:
        most = int(math.log(MOST_HISTORIES, joint)) - 1
        raise ValueError(f"memory={memory} is not allowed: with {joint} joint actions memory must be at most {most}")
    table = np.concatenate([each.payoffs.reshape(len(actions), joint).T for each in chosen])
    single = games is None and noise != "bernoulli" and joint <= MOST_SMALL
    low, high = float(table.min()), float(table.max())
    if noise == "bernoulli" and low >= 0.0 and high <= 1.0:
        low, high = 0.0, 1.0
    angle = 2.0 * np.pi * np.arange(period if switching == "sinusoidal" else 1) / period
    return Params(
        table=table,
        small=tuple(table.ravel().tolist()) if single else (),
        actions=np.array(actions, np.int64),
        strides=np.array([int(np.prod(actions[k + 1 :])) for k in range(len(actions))], np.int64),
        joints=joint,
        games=count,
        first=index,
        memory=memory,
        full=sum(joint**k for k in range(memory)),
        window=joint**memory,
        horizon=horizon,
        discount=discount,
        continuation=continuation,
        several=games is not None,
        switching=SWITCHINGS[switching],
        period=period,
        cycle=period * (count if switching == "schedule" else 1),
        hazard=hazard,
        weights=(1.0 + np.cos(angle)) / 2.0,
        told=feedback == "full",
        noise=NOISES[noise],
        scale=noise_scale,
        low=low,
        high=high,
        labels=stages.write_labels(chosen),
    )


def _chosen(game: str, parameters: Mapping[str, Any] | None, payoffs: Any, games: Any) -> list[NormalFormGame]:
    """Return the games that the knobs ask for."""
    given = {"payoffs": payoffs, "games": games, "parameters": parameters}
    several = [name for name, value in given.items() if value is not None]
    if len(several) > 1:
        raise ValueError(f"{several[0]} and {several[1]} exclude each other: each says which game is played")
    if parameters is not None and not isinstance(parameters, Mapping):
        raise TypeError(f"parameters={parameters!r} is not allowed: parameters must be a dict, or None")
    if games is not None:
        return _several(games)
    return [load(game, **(parameters or {})) if payoffs is None else identify(check_payoffs(payoffs))]


def _several(games: Any) -> list[NormalFormGame]:
    """Return the games of the knob ``games``."""
    if isinstance(games, (str, int)):  # a command line reads 144 as a number
        return list(all_2x2(str(games)))
    try:
        entries = list(games)
    except TypeError:
        raise TypeError(f"games={games!r} is not allowed: games must be {GAMES}") from None
    if not entries:
        raise ValueError(f"games={games!r} is not allowed: games must be {GAMES}")
    found: list[NormalFormGame] = []
    for k, entry in enumerate(entries):
        try:
            found.append(load(entry) if isinstance(entry, str) else new_game(entry))
        except (TypeError, ValueError) as error:
            raise type(error)(f"games[{k}]: {error}") from None
        if found[k].actions != found[0].actions:
            shapes = f"games[{k}] has {found[k].payoffs.shape}, games[0] has {found[0].payoffs.shape}"
            raise ValueError(f"games must be of one shape: {shapes}")
    return found


def spec(p: Params) -> Spec:
    """Declare the players, the observation of the last joint actions, and how an episode ends."""
    players = len(p.actions)
    endless = p.horizon == 0 and p.continuation == 1.0
    if p.discount < 1.0:
        criterion = Criterion("discounted", p.discount)
    else:
        criterion = Criterion("gain" if endless else "return")
    beyond = stages.WIDEST * p.scale if p.noise == GAUSSIAN else 0.0
    used = {"game": p.several, "phase": p.switching != stages.NEVER, "key": False}  # the key is no part of the state
    return Spec(
        actions=tuple(map(int, p.actions)),
        action_names=stages.action_names(p),
        observation=Observation.integers(*(p.full + p.window,) * players),
        reward_range=(p.low - beyond, p.high + beyond),
        criterion=criterion,
        horizon=p.horizon or None,
        stages=_noise_stages(p) + _ends_by_chance(p) + (p.switching == HAZARD),
        outcomes=max(2, p.games if p.switching == HAZARD else 0),
        sampled=p.noise == GAUSSIAN,
        lane_parameters={"game": p.first} if p.several else {},
        lane_ranges={"game": (0, p.games - 1)} if p.several else {},
        scratch=tuple(name for name, use in used.items() if not use),
    )


def _noise_stages(p: Params) -> int:
    return len(p.actions) if p.noise == stages.BERNOULLI else 0


def _ends_by_chance(p: Params) -> int:
    return int(0.0 < p.continuation < 1.0)


def allocate(p: Params, lanes: int) -> State:
    """Allocate the state of ``lanes`` lanes."""
    history, game, phase = (np.zeros(lanes, np.int64) for _ in range(3))
    return State(history, game, phase, np.zeros(lanes, np.uint64))


def kernels(p: Params) -> dict[str, Callable[..., Any] | None]:
    """Compile the kernels for what may happen: how an episode ends, how the history is kept, where the payoffs stand,
    and what is drawn. Without full feedback there is none that tells payoffs.
    """
    if p.memory < 2:
        register = LAST
    else:
        register = MASK if p.window.bit_count() == 1 else REMAINDER
    constants = {
        "ENDS": p.continuation < 1.0,
        "REGISTER": register,
        "SMALL": len(p.table) if p.small else 0,
        "SEVERAL": p.several,
        "SWITCHES": p.switching != stages.NEVER,
        "NOISE": p.noise,
        "ENDING": _noise_stages(p),
        "CHANGING": _noise_stages(p) + _ends_by_chance(p),
    }
    compiled: dict[str, Any] = {each.__name__: specialise(each, constants) for each in (begin, chance, apply, payoffs)}
    return compiled if p.told else {**compiled, "payoffs": None}


def means(p: Params) -> Params | None:
    """Return the parameters of the environment of the same states that pays the mean rewards; None: this one does, or
    its distributions are written.
    """
    return p._replace(noise=stages.NONE) if p.noise == GAUSSIAN else None


def certificate(p: Params) -> Certificate:
    """Certify a gap of 0 (one player: the value of the best action); see this module's Certificate section."""
    return certify_value(p, spec(p).criterion) if len(p.actions) == 1 else certify_gap(p)
