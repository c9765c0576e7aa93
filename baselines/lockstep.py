"""Lockstep: the batch loops of an environment and of its learners take turns.

Each learner's loops are compiled once and serve every environment, so N environments and M learners need N + M
compilations. `fused` gives the same numbers from one loop compiled for a pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..envs.core.batch import Batch
from ..envs.core.environment import Environment
from ..envs.core.fusing import fuse
from ..envs.core.kernel import kernel
from ..envs.core.streams import lane_seeds
from .agent import Agents, AgentClass
from .learner import Learner
from .tally import Totals, count, new_tally, take


class Record(NamedTuple):
    """Every step of the calls so far, in order (arrays of shape (steps, lanes, players)).

    ``predictions`` are the next observations that learners expected, -1 where one expected nothing.
    """

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    predictions: np.ndarray


class Lockstep:
    """Lanes of one environment, played by learners that learn while they play.

    Parameters
    ----------
    environment : what they play.
    players : one learner for all players (in self-play each player is a learner of its own), or a sequence with one
        a player. A player may be a `Learner` or a class of outside agents (see `agent`).
    lanes : independent copies; a lane is a seed.
    seed : lane ``i`` is seeded ``seed + i``, the environment and the learners with streams of their own.
    max_episode_steps : steps after which an episode is truncated; None takes the environment's horizon.
    states : states of the learners to go on from, as found in `states` of an earlier run (they are changed in place);
        None begins with nothing learned.
    learning : False plays without any update, to evaluate what was learned.
    record : keep every action and prediction, for short runs (see `record`).

    Attributes
    ----------
    batch : the environment's lanes, in autoreset mode ``same_step``.
    states : one state a learner, rows as in `Learner.rows`; for outside agents the agents by lane.

    Raises
    ------
    ValueError
        for a learner that cannot play the environment, or a number of learners that is not 1 or the number of players.
    """

    def __init__(
        self,
        environment: Environment,
        players: Learner | AgentClass | Sequence[Learner | AgentClass],
        *,
        lanes: int = 1,
        seed: int = 0,
        max_episode_steps: int | None = None,
        states: Sequence[Any] | None = None,
        learning: bool = True,
        record: bool = False,
    ) -> None:
        spec = environment.spec
        seats = list(players) if isinstance(players, Sequence) else [players]
        if len(seats) not in (1, spec.players):
            raise ValueError(f"players must be one learner or {spec.players} for {environment.id}, not {len(seats)}")
        self.environment = environment
        self.learning = learning
        self.discount = spec.criterion.discount if spec.criterion.kind == "discounted" else 1.0
        self._seats = [
            _seat(environment, each, (k,) if len(seats) > 1 else tuple(range(spec.players)))
            for k, each in enumerate(seats)
        ]
        self.batch = Batch(environment, lanes, autoreset="same_step", max_episode_steps=max_episode_steps)
        seeds = lane_seeds(seed, lanes)
        self.states = [seat.begin(seeds) for seat in self._seats] if states is None else list(states)
        self.batch.reset(seed=seed)
        self._tally = new_tally(spec, lanes)
        self._actions = np.zeros((lanes, spec.players), np.int64)
        self._predictions = np.full((lanes, spec.players), -1, np.int64)
        self._log: list[Record] | None = [] if record else None
        self._count = fuse(count_lanes, {}, "tally")
