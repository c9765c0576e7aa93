"""One player meets a partner with a fixed policy: how well it tells what the partner does, and how well it answers."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from ...baselines.lockstep import Lockstep, Record
from ...envs.core.environment import Environment
from ...envs.core.streams import EVALUATION, lane_seeds, seed_streams
from ...envs.games.histories import decode
from ...envs.games.stages import NEVER, Params, tensor
from ..metrics.partners import delta_tom_regret, delta_tom_value_error, functional_regret, tom_percent
from . import Meeting, Outcome

SELF, PARTNER = 0, 1


def unsuited(environment: Environment) -> str | None:
    """Say so where the player does not meet a partner in a repeated game with a horizon."""
    spec = environment.spec
    inner = getattr(environment.params, "inner", None)
    game = isinstance(inner, Params) and inner.switching == NEVER  # an observation then ends with the actions
    if spec.players == 1 and spec.horizon is not None and game:
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

    Raises ValueError when the steps are not a number of whole episodes.
    """
    environment, steps = meeting.environment, meeting.steps
    horizon = environment.spec.horizon
    assert horizon is not None  # else unsuited
    if steps % horizon:
        raise ValueError(f"steps={steps} is not allowed: it must be a multiple of the episode's {horizon} rounds")
    play = Lockstep(environment, meeting.player, seed=meeting.seed, lanes=meeting.seeds, record=True)
    play.advance(steps)
    optimum = meeting.certificate.optimal.value / horizon
    ends = list(accumulate(meeting.blocks))
    record = play.record
    guesses = seed_streams(lane_seeds(meeting.seed, meeting.seeds), EVALUATION)
    return [
        _outcome(environment, record, lane, optimum, ends, int(guesses[lane]) if play.predicts[SELF] else None)
        for lane in range(meeting.seeds)
    ]


def _outcome(
    environment: Environment, record: Record, lane: int, optimum: float, ends: list[int], guess: int | None
) -> Outcome:
    rewards = record.rewards[:, lane, SELF]
    regret = np.cumsum(optimum - rewards)
    metrics = {"cumulative_regret": float(regret[-1]), "functional_regret": functional_regret(optimum, rewards)}
    if guess is not None:
        payoffs = tensor(environment.params.inner)[SELF]
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
    actions = environment.params.inner.actions.tolist()
    ends_with = {int(o): decode(o, actions)[-1][PARTNER] if o > 0 else -1 for o in np.unique(observations)}
    return np.array([ends_with[int(o)] for o in observations])
