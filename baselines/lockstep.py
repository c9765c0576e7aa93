"""Lockstep: the batch loops of an environment and of its learners take turns.

Each learner's loops are compiled once and serve every environment, so N environments and M learners need N + M
compilations. `fused` gives the same numbers from one loop compiled for a pair.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..envs.core.batch import Batch, direct
from ..envs.core.environment import Environment
from ..envs.core.fusing import fuse
from ..envs.core.streams import lane_seeds
from .agent import AgentSeat
from .learner import Learner
from .seats import LearnerSeat
from .tally import Totals, count, new_tally, take


class Record(NamedTuple):
    """Every step of a run, in order: arrays (steps, lanes, players), observations with their own shape after that.

    ``following`` is what a step led to, also where the episode ended; ``predictions`` are the next observations that
    were expected, -1 where nothing was. ``forecasts`` (steps, lanes, outcomes) are the distributions of what a single
    learner forecasts, of no outcomes where it does not.
    """

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    following: np.ndarray
    predictions: np.ndarray
    forecasts: np.ndarray


def count_lanes(tally, actions, rewards, terminated, truncated, discount):
    """Add one step of every lane to the sums."""
    for i in range(actions.shape[0]):
        count(tally, i, actions, rewards, terminated[i] | truncated[i], discount)


class Lockstep:
    """Lanes of one environment, played by learners that learn while they play.

    Parameters
    ----------
    environment : what they play.
    players : one learner for all players (in self-play each player is a learner of its own), or a sequence with one
        a player. A player may be a `Learner` or a class of outside agents (see `agent`).
    lanes : independent copies; a lane is a seed.
    seed : lane ``i`` is seeded ``seed + i``, the environment and the learners with streams of their own.
    max_episode_steps : steps after which an episode is truncated; None takes the environment's horizon. The oracle
        plans for it.
    states : states of the learners to go on from, as found in `states` of an earlier run (they are changed in place);
        None begins with nothing learned. The episodes begin anew, so what belongs to one under way is forgotten.
    learning : False plays without any update, to evaluate what was learned.
    record : keep every action and prediction, for short runs (see `record`).
    lane_parameters : values by name for the environment's per-lane parameters, one number or one a lane, so that one
        run plays several games: lane ``i`` is still seeded ``seed + i``.

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
        players: Learner | type | Sequence[Learner | type],
        *,
        lanes: int = 1,
        seed: int = 0,
        max_episode_steps: int | None = None,
        states: Sequence[Any] | None = None,
        learning: bool = True,
        record: bool = False,
        lane_parameters: dict[str, Any] | None = None,
    ) -> None:
        spec = environment.spec
        seats: list[Any] = list(players) if isinstance(players, (list, tuple)) else [players]
        if len(seats) not in (1, spec.players):
            raise ValueError(f"players must be one learner or {spec.players} for {environment.id}, not {len(seats)}")
        if max_episode_steps is not None:
            environment = dataclasses.replace(environment, spec=dataclasses.replace(spec, horizon=max_episode_steps))
        self.learning = learning
        self.discount = spec.criterion.discount if spec.criterion.kind == "discounted" else 1.0
        self._seats = [
            _seat(environment, each, (k,) if len(seats) > 1 else tuple(range(spec.players)))
            for k, each in enumerate(seats)
        ]
        self.environment = self._seats[0].environment
        self.batch = Batch(
            self.environment,
            lanes,
            autoreset="same_step",
            max_episode_steps=max_episode_steps,
            lane_parameters=lane_parameters,
        )
        self.batch.reset(seed=seed)
        self.states = [seat.begin(lane_seeds(seed, lanes)) for seat in self._seats] if states is None else list(states)
        if states is not None:
            self._interrupt(np.ones(lanes, np.bool_))
        self._tally = new_tally(spec, lanes)
        self._actions = np.zeros((lanes, spec.players), np.int64)
        self._predictions = np.full((lanes, spec.players), -1, np.int64)
        self._forecasts = getattr(self.states[0], "forecast", np.zeros((lanes, 0)))
        self._log: list[Record] | None = [] if record else None
        self._count = direct(fuse(count_lanes, {}, "tally"))

    @property
    def predicts(self) -> tuple[bool, ...]:
        """Whether each player predicts, one flag a player."""
        return tuple(seat.predicts for seat in self._seats for _ in seat.players)

    @property
    def reports(self) -> list[dict[str, float]]:
        """What the outside agents of each lane report of themselves, see `regretlab.baselines.agent`."""
        reports: list[dict[str, float]] = [{} for _ in range(self.batch.lanes)]
        for seat, state in zip(self._seats, self.states, strict=True):
            if isinstance(seat, AgentSeat):
                for lane, said in enumerate(seat.reports(state)):
                    reports[lane] |= said
        return reports

    @property
    def record(self) -> Record:
        """All steps so far; RuntimeError unless the run was made with ``record=True``."""
        if self._log is None:
            raise RuntimeError("this run keeps no record: make it with record=True")
        return Record(*(np.array(part) for part in zip(*self._log, strict=True)))

    def advance(self, steps: int) -> Totals:
        """Play ``steps`` steps in every lane and return what happened in them."""
        with np.errstate(over="ignore"):  # the streams wrap around, of which plain Python would warn
            for _ in range(steps):
                self._step()
        return take(self._tally, steps)

    def _step(self) -> None:
        batch, actions = self.batch, self._actions
        looks = self._log is not None or any(seat.looks for seat in self._seats)
        seen: Any = batch.observation.copy() if looks else None
        for seat, state in zip(self._seats, self.states, strict=True):
            seat.act(state, batch, seen, actions)
            if self._log is not None and seat.predicts:
                seat.predict(state, seen, self._predictions)
        forecasts = self._forecasts.copy() if self._log is not None else self._forecasts
        payoffs = batch.payoffs(actions) if any(seat.full for seat in self._seats) else None
        step = batch.step(actions)
        following, rewards, terminated, truncated = step
        if self.learning:
            for seat, state in zip(self._seats, self.states, strict=True):
                seat.update(state, batch, seen, actions, step, payoffs)
        else:
            self._interrupt(terminated | truncated)
        self._count(self._tally, actions, rewards, terminated, truncated, self.discount)
        if self._log is not None:
            ended = (terminated | truncated).reshape(-1, *(1,) * (following.ndim - 1))
            then = np.where(ended, batch.final_observation, following)
            said = self._predictions.copy(), forecasts
            self._log.append(Record(seen, actions.copy(), rewards.copy(), then, *said))

    def _interrupt(self, ended: np.ndarray) -> None:
        for seat, state in zip(self._seats, self.states, strict=True):
            seat.interrupt(state, ended)


def _seat(environment: Environment, player: Learner | type, players: tuple[int, ...]) -> LearnerSeat | AgentSeat:
    if isinstance(player, Learner):
        return LearnerSeat(environment, player, players)
    if isinstance(player, type):
        return AgentSeat(environment, player, players)
    raise TypeError(f"players must be learners (see load) or classes of agents, not {player!r}")
