"""Policy regret: against what a fixed action would have earned from opponents that react to it.

The other regrets keep the opponents' actions as they were. Against an opponent with a memory this asks the wrong
question: always defecting has no external regret against tit-for-tat, which would have cooperated.

Source: Arora, Dekel and Tewari, Online bandit learning against an adaptive adversary: from regret to policy regret,
ICML 2012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...baselines.learner import Learner, load
from ...baselines.lockstep import Lockstep
from ...envs.core.environment import Environment


@dataclass(frozen=True, eq=False)
class PolicyRegret:
    """Rewards of the player over all rounds, and what they fall short of. A lane is a seed.

    Attributes
    ----------
    regret : float64 (lanes,), the best of ``fixed`` minus ``realised``; it may be negative.
    realised : float64 (lanes,), what the player earned.
    fixed : float64 (actions, lanes), what each of its actions, taken in every round, earned from fresh opponents.
    curve : float64 (rounds, lanes), the regret after each round, of which ``regret`` is the last.
    """

    regret: np.ndarray
    realised: np.ndarray
    fixed: np.ndarray
    curve: np.ndarray


def policy_regret(
    environment: Environment,
    players: Sequence[Learner | type],
    *,
    rounds: int,
    player: int = 0,
    lanes: int = 1,
    seed: int = 0,
) -> PolicyRegret:
    """Play a game, and again with each fixed action of one player against fresh opponents of the same seeds.

    Rewards are realised, not expected: where the opponents or the game draw, the best fixed action of a lane is the
    best in hindsight.

    Parameters
    ----------
    environment : a game of several players.
    players : one a seat, learners or classes of agents (see `regretlab.baselines.lockstep.Lockstep`).
    rounds : how many are played.
    player : whose regret.
    lanes : how many seeds, ``seed`` .. ``seed + lanes - 1``.
    seed : the first of them.

    Raises
    ------
    ValueError
        for a number of players that is not the environment's, a player that does not exist, no rounds, or as
        `Lockstep`.
    """
    actions = environment.spec.actions
    if len(players) != len(actions):
        raise ValueError(f"players must hold one for each of {len(actions)} seats, not {len(players)}")
    if not 0 <= player < len(actions):
        raise ValueError(f"player must be from 0 to {len(actions) - 1}, not {player}")
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, not {rounds}")

    def earned(own: Learner | type) -> np.ndarray:
        """Return the sums of the rewards (rounds, lanes) with ``own`` in the player's seat."""
        seats = [own if seat == player else other for seat, other in enumerate(players)]
        run = Lockstep(environment, seats, lanes=lanes, seed=seed, record=True)
        run.advance(rounds)
        return run.record.rewards[:, :, player].cumsum(axis=0)

    realised = earned(players[player])
    fixed = np.array([earned(load("fixed", action=action)) for action in range(actions[player])])
    curve = fixed.max(axis=0) - realised
    return PolicyRegret(curve[-1], realised[-1], fixed[:, -1], curve)
