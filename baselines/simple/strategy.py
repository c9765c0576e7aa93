"""A fixed strategy of memory one, such as tit for tat: what it plays depends on the last round alone.

The strategies are named in `regretlab.envs.games.strategies`, with their sources: five probabilities of the first
action ("cooperate" in a prisoner's dilemma), in the first round and after the last round's own and other action.

Accepts iterated games of two players with two actions each that show at least the last round (``memory=1`` or more).

    regretlab watch regretlab/IteratedGame-v0 --learner strategy
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...envs.core.environment import Environment
from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ...envs.core.streams import uniform
from ...envs.games.strategies import MEMORY_ONE
from ..learner import Accepts

ACCEPTS = Accepts()
KNOBS = {"name": Knob("TFT", "the strategy that is played", choices=tuple(MEMORY_ONE))}


class Params(NamedTuple):
    """``first`` (5,), the probability of action 0 in the first round and after CC, CD, DC, DD, own action first."""

    first: np.ndarray


class State(NamedTuple):
    """First axis: row. ``player`` is the number of the player whose seat it is."""

    key: np.ndarray
    actions: np.ndarray
    player: np.ndarray


def params(name: str) -> Params:
    """Build the parameters."""
    return Params(np.array(MEMORY_ONE[name], np.float64))


def unsuited(lp: Params, environment: Environment, players: Sequence[int]) -> str | None:
    """Say so unless it is an iterated game of two players with two actions each that shows the last round."""
    spec = environment.spec
    histories = sum(4**k for k in range(environment.knobs.get("memory", 0) + 1))
    if spec.actions == (2, 2) and spec.observation.sizes[0] == histories > 1:
        return None
    return f"strategy needs an iterated game of 2 players with 2 actions and memory=1 or more, not {environment.id}"


def allocate(lp: Params, observations: int, actions: int, rows: int) -> State:
    """Allocate ``rows`` players."""
    return State(np.zeros(rows, np.uint64), np.zeros(rows, np.int64), np.zeros(rows, np.int64))


@kernel
def act(lp, ls, row, observation):
    """Draw the action that follows the last round."""
    place = observation
    if observation > 0:
        last = (observation - 1) % 4  # twice player 0's action plus player 1's
        place = 1 + (last if ls.player[row] == 0 else 2 * (last % 2) + last // 2)
    return 0 if uniform(ls.key, row) < lp.first[place] else 1


@kernel
def update(lp, ls, row, observation, action, reward, next_observation, terminated, truncated, payoffs):
    """Learn nothing."""
