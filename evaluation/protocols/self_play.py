"""Every player of a game is a learner of its own: what is achieved is the gap of their average play."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from ...baselines.tally import MOST_JOINT_ACTIONS
from ...envs.core.environment import Environment
from ...envs.games.normal_form import Params, tensor
from ...solvers.normal_form import cce_gap, ce_gap, marginals, nash_conv
from ..metrics.regret import deviation_gains_of_play, external_regret, internal_regret, swap_regret
from . import Meeting, Outcome
from .online import match


def unsuited(environment: Environment) -> str | None:
    """Say so where there is no stage game of several players, or one too large to count its joint actions."""
    spec = environment.spec
    if spec.players == 1 or not isinstance(environment.params, Params):
        return f"the protocol self-play is for games of several players with a tensor of payoffs, not {environment.id}"
    if spec.joint_actions > MOST_JOINT_ACTIONS:
        return (
            f"the protocol self-play counts joint actions, at most {MOST_JOINT_ACTIONS:,}; "
            f"this {environment.id} has {spec.joint_actions:,}"
        )
    return None


def run(meeting: Meeting) -> list[Outcome]:
    """Play the steps of ``meeting`` as rounds of self-play with each of its seeds.

    What is achieved is the NashConv of the stage game at the players' average play (each one's frequencies of actions);
    the curve shows it after every checkpoint. Metrics: ``ce_gap`` and ``cce_gap`` of the empirical joint distribution,
    the mean over players of ``external_regret``, ``internal_regret`` and ``swap_regret`` per round of realised play,
    and ``welfare`` (sum of the players' rewards per round).
    """
    payoffs = tensor(meeting.environment.params)
    lengths = meeting.blocks
    play = match(meeting)
    joint = np.cumsum([play.advance(length).joint for length in lengths], axis=0)
    rounds = list(accumulate(lengths))
    return [_outcome(payoffs, joint[:, lane] / np.array(rounds)[:, None], rounds) for lane in range(meeting.seeds)]


def _outcome(payoffs: np.ndarray, frequencies: np.ndarray, rounds: list[int]) -> Outcome:
    shaped = frequencies.reshape(-1, *payoffs.shape[1:])
    gaps = [nash_conv(payoffs, marginals(each)) for each in shaped]
    final = shaped[-1]
    players = range(len(payoffs))
    gains = [deviation_gains_of_play(payoffs[k], final, k) for k in players]
    regrets = {"external_regret": external_regret, "internal_regret": internal_regret, "swap_regret": swap_regret}
    return Outcome(
        achieved=gaps[-1],
        curve={"measure": "gap", "unit": "NashConv", "steps": rounds, "values": gaps},
        metrics={
            "ce_gap": ce_gap(payoffs, final),
            "cce_gap": cce_gap(payoffs, final),
            **{name: float(np.mean([regret(each) for each in gains])) for name, regret in regrets.items()},
            "welfare": float((payoffs * final).sum()),
        },
    )
