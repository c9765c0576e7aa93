"""How well one can play against a partner that learns: nothing is exact, so the best of many ways, by simulation."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..baselines.learner import Learner
from ..baselines.lockstep import Lockstep
from ..envs.core.certificate import Value
from ..envs.core.registry import build
from ..envs.games.histories import decode
from ..envs.partners import pools
from ..envs.partners.partner_game import find_game
from ..solvers.normal_form import check_payoffs

SELF, LEARNER = 0, 1
SIGMAS = 2.5758  # the normal quantile of 99.5 %


class SimulatedResponse(NamedTuple):
    """The ``value`` of the best way found, a return over all rounds, with an interval; and its ``name``."""

    value: Value
    name: str


def simulated_best_response(
    payoffs: np.ndarray, learner: Learner, rounds: int, seeds: int = 100, seed: int = 0
) -> SimulatedResponse:
    """Play many automata against a learner, and return what the best of them earns.

    The automata are the partners of all pools, made for the other seat: constant play, cycles, all strategies of memory
    one, and so on. The first half of the seeds picks the best of them, the second half says what it earns, so that the
    choice does not flatter it.

    Parameters
    ----------
    payoffs : the stage game of two players, (2, A_0, A_1); the learner plays player 1.
    learner : learns from the first round on, anew with every seed.
    rounds : at least 1.
    seeds : games with every automaton, an even number of at least 4.
    seed : of the first of them.

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
    mirrored = payoffs[::-1].transpose(0, 2, 1)
    game = find_game("payoffs", payoffs=mirrored)
    entrants = [each.automaton for pool in pools.names() for each in game.pool(pool)]
    environment = build("regretlab/PartnerGame-v0", payoffs=mirrored, partner=entrants, rounds=rounds)
    lanes = np.tile(np.arange(len(entrants)), seeds)
    play = Lockstep(environment, learner, lanes=len(lanes), seed=seed, record=True, lane_parameters={"partner": lanes})
    play.advance(rounds)
    earned = _earned(payoffs, play.record.following[:, :, 0]).reshape(seeds, len(entrants))
    half = seeds // 2
    best = int(earned[:half].mean(axis=0).argmax())
    fresh = earned[half:, best]
    mean, margin = float(fresh.mean()), SIGMAS * float(fresh.std(ddof=1)) / math.sqrt(half)
    how = f"simulated: {entrants[best].name}, the best of {len(entrants)} automata, {half} games"
    return SimulatedResponse(Value(mean, "reference", how, mean - margin, mean + margin), entrants[best].name)


def _earned(payoffs: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return the sum of player 0's payoffs over the rounds, (lanes,); the learner is who sees ``seen``, and first."""
    found, places = np.unique(seen, return_inverse=True)
    counts = payoffs.shape[2], payoffs.shape[1]
    joint = np.array([decode(o, counts)[-1] for o in found.tolist()])
    return payoffs[SELF, joint[:, 1], joint[:, 0]][places].reshape(seen.shape).sum(axis=0)
