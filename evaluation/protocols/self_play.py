"""Every player of a game is a learner of its own: what is achieved is the gap of their average play."""

from __future__ import annotations

from contextlib import suppress
from itertools import accumulate

import numpy as np

from ...baselines.tally import MOST_JOINT_ACTIONS
from ...envs.core.environment import Environment
from ...envs.games.stages import NEVER, Params, tensor
from ...solvers.normal_form import joint_payoffs, marginals, nash_conv
from ..metrics.games import cooperation_rate, egalitarian_welfare, equality, equilibrium_gaps, welfare
from ..metrics.regret import deviation_gains_of_play, external_regret, internal_regret, swap_regret
from . import Meeting, Outcome
from .online import match


def unsuited(environment: Environment) -> str | None:
    """Say so where there is no stage game of several players, or one too large to count its joint actions."""
    spec = environment.spec
    if spec.players == 1 or not isinstance(environment.params, Params):
        return f"the protocol self-play is for games of several players with a tensor of payoffs, not {environment.id}"
    if environment.params.switching != NEVER:
        return (
            "the protocol self-play counts joint actions and holds them against one stage game; that of this "
            f"{environment.id} changes (switching={environment.knobs['switching']!r})"
        )
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
    ``nash_conv_of_marginals`` (what is achieved, under its full name) and ``largest_gain`` of its marginals; the mean
    over players of ``external_regret``, ``internal_regret`` and ``swap_regret`` per round of realised play; ``welfare``
    (sum of the players' rewards per round), ``egalitarian_welfare`` (the least), ``equality`` (unless everybody got the
    game's least payoff), and ``cooperation_rate``, the mean over players where all have an action ``cooperate``.
    """
    payoffs = tensor(meeting.environment.params)
    lengths = meeting.blocks
    play = match(meeting)
    joint = np.cumsum([play.advance(length).joint for length in lengths], axis=0)
    rounds = list(accumulate(lengths))
    names = meeting.environment.spec.action_names
    return [
        _outcome(payoffs, joint[:, lane] / np.array(rounds)[:, None], rounds, names) for lane in range(meeting.seeds)
    ]


def _outcome(
    payoffs: np.ndarray, frequencies: np.ndarray, rounds: list[int], names: tuple[tuple[str, ...], ...]
) -> Outcome:
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
            **equilibrium_gaps(payoffs, final),
            **{name: float(np.mean([regret(each) for each in gains])) for name, regret in regrets.items()},
            **_social(payoffs, final, names),
        },
    )


def _social(payoffs: np.ndarray, joint: np.ndarray, names: tuple[tuple[str, ...], ...]) -> dict[str, float]:
    """Return what play was worth to everybody, without the metrics that are undefined for it."""
    rewards = joint_payoffs(payoffs, joint)
    found = {"welfare": welfare(rewards), "egalitarian_welfare": egalitarian_welfare(rewards)}
    with suppress(ValueError):  # nothing to share
        found["equality"] = equality(rewards, low=float(payoffs.min()))
    places = {own.index("cooperate") for own in names if "cooperate" in own}
    if len(places) == 1 and all("cooperate" in own for own in names):
        found["cooperation_rate"] = float(cooperation_rate(joint, places.pop()).mean())
    return found
