"""One player meets a partner with a fixed policy: how well it tells what the partner does, and how well it answers."""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

import numpy as np

from ...baselines.lockstep import Lockstep, Record
from ...envs.core.environment import Environment
from ...envs.core.single_agent_kernels import Params as Seated
from ...envs.core.streams import EVALUATION, lane_seeds, seed_streams
from ...envs.games.histories import decode
from ...envs.games.stages import NEVER, Params, stage_game, tensor
from ...envs.partners.partner_game import find_game, find_partners
from ...solvers.best_response import best_response_to
from ..metrics.partners import (
    delta_tom_regret,
    delta_tom_value_error,
    functional_regret,
    tom_percent,
    worst_decile,
)
from . import Meeting, Outcome

SELF, PARTNER = 0, 1


class Opponents(NamedTuple):
    """Whom the player meets: the lane parameter that chooses each (None: there is one), and the best response's return
    per round.
    """

    lanes: np.ndarray | None
    optima: np.ndarray


def unsuited(environment: Environment) -> str | None:
    """Say so where the player does not meet partners in a repeated game with a horizon."""
    spec, game = environment.spec, stage_game(environment)
    repeated = game is not None and game.switching == NEVER  # an observation then ends with the actions
    seated = isinstance(environment.params, Seated) or "partner" in spec.lane_parameters
    if spec.players == 1 and spec.horizon is not None and repeated and seated and not spec.heads:
        return None
    return (
        f"the protocol partner is for one player against a partner in a repeated game with a horizon whose payoffs do "
        f"not change, not {environment.id} (more of the past is shown by the game's knob memory, not by a frame stack)"
    )


def run(meeting: Meeting) -> list[Outcome]:
    """Play the steps of ``meeting``, which are whole episodes, with each of its seeds.

    What is achieved is the mean return of an episode; the curve is the cumulative regret, the certified optimum being
    spread evenly over the rounds. Metrics: ``functional_regret`` per round and, for a player that predicts,
    ``tom_percent``, ``delta_tom_regret`` and ``delta_tom_value_error`` (see `regretlab.evaluation.metrics.partners`);
    where it expects nothing its prediction is a uniform guess, and ``delta_tom_regret`` compares the answer to the
    prediction with the best answer to what the partner did in that round. Without predictions these three do not exist.

    Of several partners a seed meets each, one by one and from the beginning, for all the steps; everything is the mean
    over the partners then, and ``worst_regret`` the mean functional regret of the tenth of them where it is largest.

    Raises ValueError when the steps are not a number of whole episodes.
    """
    environment, steps = meeting.environment, meeting.steps
    horizon = environment.spec.horizon
    assert horizon is not None  # else unsuited
    if steps % horizon:
        raise ValueError(f"steps={steps} is not allowed: it must be a multiple of the episode's {horizon} rounds")
    opponents = _opponents(meeting, horizon)
    if opponents.lanes is None:
        return _play(meeting, opponents, meeting.seed, meeting.seeds)
    outcomes = []
    for seed in range(meeting.seed, meeting.seed + meeting.seeds):
        count = len(opponents.lanes)
        outcomes.append(_mean(_play(meeting, opponents, seed * count, count)))
    return outcomes


def _opponents(meeting: Meeting, horizon: int) -> Opponents:
    spec, knobs = meeting.environment.spec, meeting.environment.knobs
    if "partner" not in spec.lane_parameters:
        return Opponents(None, np.array([meeting.certificate.optimal.value / horizon]))
    game = find_game(knobs["game"], knobs["parameters"], knobs["payoffs"])
    machines = find_partners(game, knobs["partner"])
    optima = [best_response_to(game.payoffs, each, horizon=horizon).value / horizon for each in machines]
    return Opponents(np.arange(len(machines)), np.array(optima))


def _play(meeting: Meeting, opponents: Opponents, seed: int, lanes: int) -> list[Outcome]:
    """Play ``lanes`` lanes, all against one partner or each against its own, and say what each achieved."""
    environment, lane_parameters = meeting.environment, {}
    if opponents.lanes is not None:
        lane_parameters = {"partner": opponents.lanes}
    play = Lockstep(
        environment, meeting.player, seed=seed, lanes=lanes, record=True, lane_parameters=lane_parameters or None
    )
    play.advance(meeting.steps)
    optima = np.broadcast_to(opponents.optima, lanes)
    ends = list(accumulate(meeting.blocks))
    record = play.record
    guesses = seed_streams(lane_seeds(seed, lanes), EVALUATION)
    return [
        _outcome(environment, record, lane, optima[lane], ends, int(guesses[lane]) if play.predicts[SELF] else None)
        for lane in range(lanes)
    ]


def _mean(outcomes: list[Outcome]) -> Outcome:
    """Return the mean of what was achieved against several partners."""
    regrets = np.array([each.metrics["functional_regret"] for each in outcomes])
    metrics = {name: float(np.mean([each.metrics[name] for each in outcomes])) for name in outcomes[0].metrics}
    values = np.mean([each.curve["values"] for each in outcomes], axis=0).tolist()
    return Outcome(
        achieved=float(np.mean([each.achieved for each in outcomes])),
        curve={**outcomes[0].curve, "values": values},
        metrics={**metrics, "worst_regret": -worst_decile(-regrets)},
    )


def _outcome(
    environment: Environment, record: Record, lane: int, optimum: float, ends: list[int], guess: int | None
) -> Outcome:
    rewards = record.rewards[:, lane, SELF]
    regret = np.cumsum(optimum - rewards)
    metrics = {"cumulative_regret": float(regret[-1]), "functional_regret": functional_regret(optimum, rewards)}
    if guess is not None:
        payoffs = tensor(_game(environment))[SELF]
        actual = partner_actions(environment, record.following[:, lane, SELF])
        predicted = partner_actions(environment, record.predictions[:, lane, SELF])
        random = np.random.default_rng(guess).integers(payoffs.shape[1], size=len(predicted))
        predicted = np.where(predicted < 0, random, predicted)
        metrics["tom_percent"] = tom_percent(predicted, actual)
        metrics["delta_tom_regret"] = delta_tom_regret(payoffs, predicted, actual, payoffs.max(axis=0)[actual])
        metrics["delta_tom_value_error"] = delta_tom_value_error(payoffs, predicted, actual)
    return Outcome(
        achieved=float(rewards.sum() / (len(rewards) / environment.spec.horizon)),  # type: ignore[operator]
        curve={
            "measure": "cumulative regret",
            "unit": "reward",
            "steps": ends,
            "values": regret[np.array(ends) - 1].tolist(),
        },
        metrics=metrics,
    )


def partner_actions(environment: Environment, observations: np.ndarray) -> np.ndarray:
    """Return the partner's action that each observation ends with, -1 for an observation (-1 or 0) that holds none."""
    actions = _game(environment).actions.tolist()
    ends_with = {int(o): decode(o, actions)[-1][PARTNER] if o > 0 else -1 for o in np.unique(observations)}
    return np.array([ends_with[int(o)] for o in observations])


def _game(environment: Environment) -> Params:
    game = stage_game(environment)
    assert game is not None  # else unsuited
    return game
