"""How well one can play against a partner that learns: nothing is exact, so the best of many ways, by simulation."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..baselines.learner import Learner, load
from ..baselines.lockstep import Lockstep
from ..envs.core.certificate import Value
from ..envs.core.registry import build
from ..envs.games.histories import decode
from ..envs.partners import pools
from ..envs.partners.learning import against_learners
from ..envs.partners.partner_game import find_game
from ..solvers.normal_form import check_payoffs

SELF, LEARNER = 0, 1
SIGMAS = 2.5758  # the normal quantile of 99.5 %
RESPONDERS = ("fictitious_play", "frequency_predictor", "rmax", "q_learning")


class SimulatedResponse(NamedTuple):
    """The ``value`` of the best way found, a return over all rounds, with an interval; its ``name``; and the value of
    uniformly ``random`` play.
    """

    value: Value
    name: str
    random: Value


def simulated_best_response(
    payoffs: np.ndarray, learner: Learner, rounds: int, seeds: int = 100, seed: int = 0, memory: int = 1
) -> SimulatedResponse:
    """Play many automata and some learners against a learner, and return what the best of them earns.

    The automata are the partners of all pools, made for the other seat: constant play, cycles, all strategies of memory
    one, and so on; the learners are `RESPONDERS`. The first half of the seeds picks the best of them, the second half
    says what it earns, so that the choice does not flatter it.

    Parameters
    ----------
    payoffs : the stage game of two players, (2, A_0, A_1); the learner plays player 1.
    learner : learns from the first round on, anew with every seed.
    rounds : at least 1.
    seeds : games with every automaton, an even number of at least 4.
    seed : of the first of them.
    memory : how many of the last joint actions the learner sees.

    Returns
    -------
    SimulatedResponse
        Its ``value`` is of kind ``reference``: the mean return, from ``low`` to ``high`` with 99 % confidence (normal
        approximation). A better response, such as one that leads the learner on, may well exist.

    Raises
    ------
    ValueError
        for a game that is not of two players, too few or an odd number of seeds, or a learner that cannot play it.
    """
    payoffs = check_payoffs(payoffs)
    if len(payoffs) != 2:
        raise ValueError(f"payoffs must be those of two players, not of {len(payoffs)}")
    if seeds < 4 or seeds % 2:
        raise ValueError(f"seeds={seeds} is not allowed: it must be an even number of at least 4")
    names, returns = _automata(payoffs, learner, rounds, seeds, seed, memory)
    random = returns[names.index("uniform")]
    for responder in RESPONDERS:
        names.append(responder)
        returns.append(_responder(payoffs, load(responder), learner, rounds, seeds, seed, memory))
    half = seeds // 2
    best = int(np.argmax([each[:half].mean() for each in returns]))
    how = f"simulated: {names[best]}, the best of {len(names)} ways to play, {half} games"
    return SimulatedResponse(
        _estimate(returns[best][half:], how),
        names[best],
        _estimate(random, f"simulated: uniform play, {seeds} games"),
    )


def _automata(
    payoffs: np.ndarray, learner: Learner, rounds: int, seeds: int, seed: int, memory: int
) -> tuple[list[str], list[np.ndarray]]:
    """Return the automata of all pools by name, and what each earns against the learner in each game, (seeds,)."""
    mirrored = payoffs[::-1].transpose(0, 2, 1)
    game = find_game("payoffs", payoffs=mirrored)
    entrants = [each.automaton for pool in pools.names() for each in game.pool(pool)]
    environment = build("regretlab/PartnerGame-v0", payoffs=mirrored, partner=entrants, rounds=rounds, memory=memory)
    lanes = np.tile(np.arange(len(entrants)), seeds)
    play = Lockstep(environment, learner, lanes=len(lanes), seed=seed, record=True, lane_parameters={"partner": lanes})
    play.advance(rounds)
    earned = _earned(payoffs, play.record.following[:, :, 0]).reshape(seeds, len(entrants))
    return [each.name for each in entrants], list(earned.T)


def _responder(
    payoffs: np.ndarray, responder: Learner, learner: Learner, rounds: int, seeds: int, seed: int, memory: int
) -> np.ndarray:
    """Return what a learner earns against the learner in each game, (seeds,)."""
    game = build("regretlab/IteratedGame-v0", payoffs=payoffs, horizon=rounds, memory=memory, feedback="full")
    play = Lockstep(against_learners(game, [learner], told=True), responder, lanes=seeds, seed=seed)
    return play.advance(rounds).rewards[:, 0]


def _estimate(returns: np.ndarray, how: str) -> Value:
    mean, margin = float(returns.mean()), SIGMAS * float(returns.std(ddof=1)) / math.sqrt(len(returns))
    return Value(mean, "reference", how, mean - margin, mean + margin)


def _earned(payoffs: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the sum of player 0's payoffs over the rounds, (lanes,); the learner is who sees ``seen``, and first."""
    found, places = np.unique(seen, return_inverse=True)
    counts = payoffs.shape[2], payoffs.shape[1]
    joint = np.array([decode(o, counts)[-1] for o in found.tolist()])
    return payoffs[SELF, joint[:, 1], joint[:, 0]][places].reshape(seen.shape).sum(axis=0)
