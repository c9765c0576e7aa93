"""What learners share that forecast their partner: the rules of the game, and predictions as observations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..envs.core.environment import Environment
from ..envs.core.kernel import kernel
from ..envs.games.stages import stage_game, tensor


class Rules(NamedTuple):
    """``payoffs`` float64 (own actions, partner's actions), and how joint actions make observations: those of full
    length are the numbers from ``full`` below ``full + window``.
    """

    payoffs: np.ndarray
    full: int
    window: int


UNKNOWN = Rules(np.zeros((1, 1)), 0, 1)  # before the environment is known


def unsuited(name: str, environment: Environment) -> str | None:
    """Say so where there is no partner, or where its last action is not observed."""
    game = stage_game(environment)
    pair = game is not None and len(game.actions) == 2 and environment.spec.players == 1
    if game is not None and pair and game.memory >= 1 and environment.spec.actions == (int(game.actions[0]),):
        return None
    return (
        f"{name} needs a repeated game of two players against a partner, with memory=1 or more and actions without "
        f"predictions, not {environment.id}"
    )


def rules(environment: Environment) -> Rules:
    """Return the rules of an environment that is not `unsuited`."""
    game = stage_game(environment)
    assert game is not None
    return Rules(tensor(game)[0], int(game.full), int(game.window))


@kernel
def partner_action(rules, observation):
    """Return the partner's action that an observation ends with."""
    return (observation - 1) % rules.payoffs.shape[1]


@kernel
def expected(rules, observation, own, forecast):
    """Return the observation that follows ``own`` and the partner's likeliest action, of equally likely the first."""
    others = rules.payoffs.shape[1]
    likeliest = 0
    for b in range(1, others):
        if forecast[b] > forecast[likeliest]:
            likeliest = b
    joint = rules.payoffs.shape[0] * others
    grown = observation * joint + 1 + own * others + likeliest
    beyond = grown - rules.full - rules.window
    return grown if beyond < 0 else rules.full + beyond % rules.window
