"""How well one can play against a partner that learns: nothing is exact, so the best of many ways, by simulation."""

from __future__ import annotations

import copy
import math
from typing import NamedTuple

import numpy as np

from ..baselines.learner import Learner, load
from ..baselines.lockstep import Lockstep
from ..baselines.seats import LearnerSeat
from ..envs.core.batch import Batch
from ..envs.core.certificate import Value
from ..envs.core.environment import Environment
from ..envs.core.registry import build
from ..envs.core.single_agent import as_single_agent
from ..envs.core.streams import EVALUATION, lane_seeds, seed_streams
from ..envs.partners import pools
from ..envs.partners.learning import against_learners
from ..envs.partners.partner_game import find_game
from ..envs.partners.several import choose_partner, union
from ..solvers.normal_form import check_payoffs

SELF, LEARNER = 0, 1
SIGMAS = 2.5758  # the normal quantile of 99.5 %
RESPONDERS = ("fictitious_play", "frequency_predictor", "rmax", "q_learning")
READER, DRAWS = "best replies to its next mixed action", 30


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
    one, and so on; the learners are `RESPONDERS`; and last comes one that knows the learner's state, though not what it
    will draw, and answers its next mixed action. The first half of the seeds picks the best of them, the second half
    says what it earns, so that the choice does not flatter it.

    Parameters
    ----------
    payoffs : the stage game of two players, (2, A_0, A_1); the learner plays player 1.
    learner : learns from the first round on, anew with every seed.
    rounds : at least 1.
    seeds : games with every way to play, an even number of at least 4.
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
    for responder in RESPONDERS if memory else RESPONDERS[:1]:  # the others go by what they see
        names.append(responder)
        returns.append(_responder(payoffs, load(responder), learner, rounds, seeds, seed, memory))
    names.append(READER)
    returns.append(_reader(payoffs, learner, rounds, seeds, seed, memory))
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
    known = find_game("payoffs", payoffs=mirrored)
    entrants = [each.automaton for pool in pools.names() for each in known.pool(pool)]
    game = _repeated(mirrored, learner, rounds + 1, memory)  # so that nothing begins anew after the last round
    environment = choose_partner(as_single_agent(game, {LEARNER: union(entrants)}), entrants)
    lanes = np.tile(np.arange(len(entrants)), seeds)
    play = Lockstep(environment, learner, lanes=len(lanes), seed=seed, lane_parameters={"partner": lanes})
    play.advance(rounds)
    earned = play.batch.state.totals[:, LEARNER].reshape(seeds, len(entrants))  # the learner is player 0 here
    return [each.name for each in entrants], list(earned.T)


def _responder(
    payoffs: np.ndarray, responder: Learner, learner: Learner, rounds: int, seeds: int, seed: int, memory: int
) -> np.ndarray:
    """Return what a learner earns against the learner in each game, (seeds,)."""
    game = build("regretlab/IteratedGame-v0", payoffs=payoffs, horizon=rounds, memory=memory, feedback="full")
    play = Lockstep(against_learners(game, [learner], told=True), responder, lanes=seeds, seed=seed)
    return play.advance(rounds).rewards[:, 0]


def _reader(payoffs: np.ndarray, learner: Learner, rounds: int, seeds: int, seed: int, memory: int) -> np.ndarray:
    """Return what the best replies to the learner's next mixed action earn in each game, (seeds,).

    The mixed action is what the learner draws from its present state with `DRAWS` other streams.
    """
    game = _repeated(payoffs, learner, rounds, memory)
    seat, batch = LearnerSeat(game, learner, (LEARNER,)), Batch(game, seeds, autoreset="same_step")
    batch.reset(seed=seed)
    state = seat.begin(lane_seeds(seed, seeds))
    lanes, actions, earned = np.arange(seeds), np.zeros((seeds, 2), np.int64), np.zeros(seeds)
    with np.errstate(over="ignore"):  # the streams wrap around, of which plain Python would warn
        for t in range(rounds):
            seen = batch.observation.copy() if seat.looks else seat.nothing_seen(seeds)
            likely = np.zeros((seeds, payoffs.shape[2]))
            for k in range(DRAWS):
                other = copy.deepcopy(state)
                other.key[:] = seed_streams(lane_seeds(t * DRAWS + k, seeds), EVALUATION)
                seat.choose(other, seen, actions)
                likely[lanes, actions[:, LEARNER]] += 1.0
            seat.choose(state, seen, actions)
            actions[:, SELF] = (likely @ payoffs[SELF].T).argmax(axis=1)
            told = batch.payoffs(actions) if seat.full else None
            step = batch.step(actions)
            seat.update(state, batch, seen, actions, step, told)
            earned += step[1][:, SELF]
    return earned


def _repeated(payoffs: np.ndarray, learner: Learner, rounds: int, memory: int) -> Environment:
    """Return the repeated game that tells the learner what it wants to know."""
    feedback = "bandit" if learner.accepts.feedback == "bandit" else "full"
    return build("regretlab/IteratedGame-v0", payoffs=payoffs, horizon=rounds, memory=memory, feedback=feedback)


def _estimate(returns: np.ndarray, how: str) -> Value:
    mean, margin = float(returns.mean()), SIGMAS * float(returns.std(ddof=1)) / math.sqrt(len(returns))
    return Value(mean, "reference", how, mean - margin, mean + margin)
