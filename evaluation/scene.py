"""One lane played step by step, whose every state can be drawn, the last of an episode too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..baselines.agent import AgentSeat, load_agent
from ..baselines.learner import Learner, load
from ..baselines.seats import LearnerSeat
from ..envs.api.rendering import draw
from ..envs.core.batch import Batch
from ..envs.core.environment import Environment
from ..envs.core.streams import lane_seeds


def player(name: str) -> Learner | type:
    """Return the learner called ``name`` with its default knobs, or the outside agent in ``path/to/file.py:Class``.

    Raises ValueError or TypeError for a name that is neither.
    """
    return agent(name) if ":" in name else load(name)


def agent(path: str) -> type:
    """Return the outside agent in ``path/to/file.py:Class``; ValueError or TypeError where there is none."""
    try:
        return load_agent(path)
    except (ValueError, TypeError, OSError):
        raise
    except Exception as error:  # whatever the file does when it is imported
        raise ValueError(f"agent={path!r} cannot be loaded: {type(error).__name__}: {error}") from error


def seat(environment: Environment, who: Learner | type, players: tuple[int, ...]) -> LearnerSeat | AgentSeat:
    """Return ``who`` in the seats ``players``; ValueError for a learner that cannot play ``environment``."""
    return LearnerSeat(environment, who, players) if isinstance(who, Learner) else AgentSeat(environment, who, players)


class Scene:
    """One lane, played by the learners in ``seats``, who learn while they play.

    The same numbers as a lane of `regretlab.baselines.lockstep.Lockstep` seeded alike, but an episode stays at its end
    until `begin`, so that the end can be seen.

    Parameters
    ----------
    environment : what is played (by the oracle: as it has to see it).
    seats : see `seat`. Player 0 may be left without one, see `step`.
    seed : seeds the environment and the learners.
    states : states of the learners to go on from, one a seat; None begins with nothing learned.

    Attributes
    ----------
    batch : the environment's lane.
    actions, totals : the last joint action, int64 (1, players), and the rewards of the episode so far, (1, players).
    would : what each own action would have earned in the last step, (1, players, most actions); None without payoffs.
    """

    def __init__(
        self,
        environment: Environment,
        seats: Sequence[LearnerSeat | AgentSeat],
        seed: int = 0,
        states: Sequence[Any] | None = None,
    ) -> None:
        self._seats = seats
        self._states = [each.begin(lane_seeds(seed, 1)) for each in seats] if states is None else states
        if states is not None:  # what they knew of an episode under way is over
            for each, state in zip(seats, states, strict=True):
                each.interrupt(state, np.ones(1, np.bool_))
        self.batch = Batch(seats[0].environment if seats else environment, 1, autoreset="disabled")
        self.batch.reset(seed=seed)
        self.actions = np.zeros((1, environment.spec.players), np.int64)
        self.totals = np.zeros((1, environment.spec.players))
        self.would: np.ndarray | None = None

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return bool(self.batch.done[0])

    def begin(self) -> None:
        """Begin the next episode."""
        self.batch.reset()
        self.totals[...] = 0.0

    def step(self, own: int | None = None) -> np.ndarray:
        """Play a step and return the rewards (players,); ``own`` is the action of a player 0 without a seat."""
        batch, actions = self.batch, self.actions
        seen = batch.observation.copy()
        if own is not None:
            actions[0, 0] = own
        for each, state in zip(self._seats, self._states, strict=True):
            each.act(state, batch, seen, actions)
        if "payoffs" in batch.environment.defined:
            self.would = batch.payoffs(actions)
        step = batch.step(actions)
        batch.final_observation[...] = step[0]  # nothing is reset, so what is seen now is also the last of an episode
        for each, state in zip(self._seats, self._states, strict=True):
            each.update(state, batch, seen, actions, step, self.would)
        self.totals += step[1]
        return step[1][0]

    def picture(self, mode: str) -> Any:
        """Return a picture of the state: a string (``"ansi"``) or uint8 (height, width, 3) (``"rgb_array"``)."""
        return draw(self.batch, 0, mode, self.actions, self.totals)
