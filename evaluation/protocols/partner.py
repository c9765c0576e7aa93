"""One player meets a partner with a fixed policy: how well it tells what the partner does, and how well it answers."""

from __future__ import annotations

from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from ...baselines.lockstep import Lockstep
from ...envs.core.automaton import Automaton
from ...envs.core.environment import Environment
from ...envs.core.single_agent_kernels import Params as Seated
from ...envs.core.streams import EVALUATION, lane_seeds, seed_streams
from ...envs.games.histories import decode
from ...envs.games.stages import NEVER, Params, stage_game, tensor
from ...envs.partners.learning import Params as Learning
from ...envs.partners.partner_game import find_game, find_learners, find_partners
from ...solvers.best_response import best_response_to
from ...solvers.cross_play import expected_returns
from ..metrics import partners as metrics
from . import Meeting, Outcome

SELF, PARTNER = 0, 1
LATE, WINDOW = 25, 10  # rounds over which late regret and adaptation are measured


class Opponent(NamedTuple):
    """Whom the player meets: its name, and what the best response and uniform play earn a round."""

    name: str
    optimum: float
    random: float


class Played(NamedTuple):
    """What was played, first axis rounds, second lanes; ``predicted`` is None for a player that predicts nothing."""

    rewards: np.ndarray
    actual: np.ndarray
    predicted: np.ndarray | None
    forecasts: np.ndarray
    reports: list[dict[str, float]]


def unsuited(environment: Environment) -> str | None:
    """Say so where the player does not meet partners in a repeated game with a horizon."""
    spec, game = environment.spec, stage_game(environment)
    repeated = game is not None and game.switching == NEVER  # an observation then ends with the actions
    seated = isinstance(environment.params, (Seated, Learning)) or "partner" in spec.lane_parameters
    if spec.players == 1 and spec.horizon is not None and repeated and seated and not spec.heads:
        return None
    return (
        f"the protocol partner is for one player against a partner in a repeated game with a horizon whose payoffs do "
        f"not change, not {environment.id} (more of the past is shown by the game's knob memory, not by a frame stack)"
    )


def run(meeting: Meeting) -> list[Outcome]:
    """Play the steps of ``meeting``, which are whole episodes, with each of its seeds.

    What is achieved is the mean return of an episode; the curve is the cumulative regret, the certified optimum being
    spread evenly over the rounds. Of several partners a seed meets each, one by one and from the beginning, for all the
    steps. A part of the run is a partner, and everything else the mean over the partners.

    Metrics (see `regretlab.evaluation.metrics.partners`): ``functional_regret`` per round, ``normalised_regret`` where
    something is at stake, ``late_regret`` of the last 25 rounds; for a player that predicts ``tom_percent``,
    ``delta_tom_regret``, ``delta_tom_value_error`` and ``coupling_gap``; for one that forecasts probabilities
    ``brier_score`` and ``log_loss``; and what an outside agent reports of itself. Where a player that predicts expects
    nothing, its prediction is a uniform guess, and ``delta_tom_regret`` compares the answer to the prediction with the
    best answer to what the partner did in that round. A part has the ``adaptation_time`` too, if there is one, and the
    run the share of partners that were ``adapted`` to; of several partners the run has ``worst_regret``, the mean
    functional regret of the tenth of them where it is largest.

    Raises ValueError when the steps are not a number of whole episodes.
    """
    environment, steps = meeting.environment, meeting.steps
    horizon = environment.spec.horizon
    assert horizon is not None  # else unsuited
    if steps % horizon:
        raise ValueError(f"steps={steps} is not allowed: it must be a multiple of the episode's {horizon} rounds")
    several = "partner" in environment.spec.lane_parameters
    opponents = _opponents(meeting, horizon) if several else [_opponent(meeting, horizon)]
    played = _play(meeting, len(opponents), several)
    payoffs = tensor(_game(environment))[SELF]
    ends = list(accumulate(meeting.blocks))
    outcomes = []
    for first in range(0, meeting.seeds * len(opponents), len(opponents)):
        parts = {
            each.name: _part(each, played, first + k, payoffs, ends, steps // horizon)
            for k, each in enumerate(opponents)
        }
        outcomes.append(_outcome(parts, ends))
    return outcomes


def _opponents(meeting: Meeting, horizon: int) -> list[Opponent]:
    knobs = meeting.environment.knobs
    game = find_game(knobs["game"], knobs["parameters"], knobs["payoffs"])
    learners = find_learners(game, knobs["partner"])
    if learners:
        best, random = (meeting.certificate.facts[fact] for fact in ("best_responses", "random_responses"))
        return [Opponent(name, best[name] / horizon, random[name] / horizon) for name in learners]
    yours = game.payoffs.shape[1]
    still = np.zeros((1, *game.payoffs.shape[1:]), np.int64)
    anybody = Automaton("uniform", np.ones(1), np.full((1, yours), 1 / yours), still)
    found: dict[str, Opponent] = {}
    for each in find_partners(game, knobs["partner"]):
        best = best_response_to(game.payoffs, each, horizon=horizon).value
        random = expected_returns(game.payoffs, anybody, each, horizon)[SELF]
        name = each.name if each.name not in found else f"{each.name}, no. {len(found) + 1}"
        found[name] = Opponent(name, best / horizon, float(random) / horizon)
    return list(found.values())


def _opponent(meeting: Meeting, horizon: int) -> Opponent:
    certificate, partner = meeting.certificate, meeting.environment.knobs.get("partner")
    assert certificate.random is not None
    name = partner if isinstance(partner, str) else "partner"
    return Opponent(name, certificate.optimal.value / horizon, certificate.random.value / horizon)


def _play(meeting: Meeting, opponents: int, several: bool) -> Played:
    """Play every seed against every opponent, a lane each, seed by seed."""
    environment, seed, lanes = meeting.environment, meeting.seed * opponents, meeting.seeds * opponents
    chosen = {"partner": np.tile(np.arange(opponents), meeting.seeds)} if several else None
    play = Lockstep(environment, meeting.player, seed=seed, lanes=lanes, record=True, lane_parameters=chosen)
    play.advance(meeting.steps)
    record = play.record
    actual = partner_actions(environment, record.following[:, :, SELF])
    predicted = None
    if play.predicts[SELF]:
        predicted = partner_actions(environment, record.predictions[:, :, SELF])
        others = _game(environment).actions[PARTNER]
        for lane, key in enumerate(seed_streams(lane_seeds(seed, lanes), EVALUATION).tolist()):
            guess = np.random.default_rng(key).integers(others, size=meeting.steps)
            predicted[:, lane] = np.where(predicted[:, lane] < 0, guess, predicted[:, lane])
    return Played(record.rewards[:, :, SELF], actual, predicted, record.forecasts, play.reports)


def _part(
    opponent: Opponent, played: Played, lane: int, payoffs: np.ndarray, ends: list[int], episodes: int
) -> dict[str, Any]:
    """Return what was achieved in a lane, see `regretlab.evaluation.store.Part`."""
    rewards, actual, (_, optimum, random) = played.rewards[:, lane], played.actual[:, lane], opponent
    regret = np.cumsum(optimum - rewards)
    functional = metrics.functional_regret(optimum, rewards)
    found: dict[str, float | None] = {"cumulative_regret": float(regret[-1]), "functional_regret": functional}
    if optimum > random + 1e-9:
        found["normalised_regret"] = metrics.normalised_functional_regret(functional, optimum, random)
        if len(rewards) >= WINDOW:
            found["adaptation_time"] = metrics.adaptation_time(optimum, rewards, random, WINDOW)
    if len(rewards) >= LATE:
        found["late_regret"] = metrics.late_regret(optimum, rewards, LATE)
    if played.predicted is not None:
        said = played.predicted[:, lane]
        delta = metrics.delta_tom_regret(payoffs, said, actual, payoffs.max(axis=0)[actual])
        found["tom_percent"] = metrics.tom_percent(said, actual)
        found["delta_tom_regret"] = delta
        found["delta_tom_value_error"] = metrics.delta_tom_value_error(payoffs, said, actual)
        found["coupling_gap"] = metrics.coupling_gap(functional, delta)
    if played.forecasts.shape[2]:
        found["brier_score"] = metrics.brier_score(played.forecasts[:, lane], actual)
        surprise = metrics.log_loss(played.forecasts[:, lane], actual)
        found["log_loss"] = surprise if np.isfinite(surprise) else None
    found |= played.reports[lane]
    return {
        "achieved": float(rewards.sum()) / episodes,
        "optimum": optimum * len(rewards) / episodes,
        "random": random * len(rewards) / episodes,
        "metrics": {name: float(value) for name, value in found.items() if value is not None},
        "values": regret[np.array(ends) - 1].tolist(),
    }


def _outcome(parts: dict[str, dict[str, Any]], ends: list[int]) -> Outcome:
    """Return the mean over the partners; of the metrics those that all parts have."""
    every = [part["metrics"] for part in parts.values()]
    shared = [name for name in every[0] if all(name in each for each in every)]
    means = {name: float(np.mean([each[name] for each in every])) for name in shared if name != "adaptation_time"}
    means["adapted"] = float(np.mean(["adaptation_time" in each for each in every]))
    if len(parts) > 1:
        means["worst_regret"] = -metrics.worst_decile([-each["functional_regret"] for each in every])
    values = np.mean([part["values"] for part in parts.values()], axis=0).tolist()
    return Outcome(
        achieved=float(np.mean([part["achieved"] for part in parts.values()])),
        curve={"measure": "cumulative regret", "unit": "reward", "steps": ends, "values": values},
        metrics=means,
        parts=parts,
    )


def partner_actions(environment: Environment, observations: np.ndarray) -> np.ndarray:
    """Return the partner's action that each observation ends with, -1 for an observation (-1 or 0) that holds none."""
    actions = _game(environment).actions.tolist()
    found, places = np.unique(observations, return_inverse=True)
    ends_with = [decode(o, actions)[-1][PARTNER] if o > 0 else -1 for o in found.tolist()]
    return np.array(ends_with)[places].reshape(observations.shape)


def _game(environment: Environment) -> Params:
    game = stage_game(environment)
    assert game is not None  # else unsuited
    return game
