"""A seat: whoever plays one or several players of a batch, be it a learner of kernels or outside agents."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..envs.core.batch import Batch, direct
from ..envs.core.environment import Environment
from ..envs.core.environment import _nothing as act
from ..envs.core.environment import _nothing as predict
from ..envs.core.environment import _nothing as update
from ..envs.core.fusing import fuse
from ..envs.core.kernel import kernel
from .learner import Learner

if TYPE_CHECKING:
    from ..envs.core.model import Model
    from ..solvers.belief import Beliefs

FULL = False


def act_rows(lp, ls, first, count, seen, actions):
    """Choose the actions of players ``first`` .. ``first + count - 1`` of every lane."""
    for i in range(actions.shape[0]):
        for k in range(count):
            actions[i, first + k] = act(lp, ls, i * count + k, seen[i, first + k])


def predict_rows(lp, ls, first, count, seen, predictions):
    """Ask the same players for the next observation they expect."""
    for i in range(predictions.shape[0]):
        for k in range(count):
            predictions[i, first + k] = predict(lp, ls, i * count + k, seen[i, first + k])


def update_rows(lp, ls, first, count, seen, actions, rewards, following, final, terminated, truncated, payoffs):
    """Let the same players learn from the step; ``final`` replaces ``following`` in the lanes that ended."""
    for i in range(actions.shape[0]):
        ended = terminated[i] | truncated[i]
        for k in range(count):
            j = first + k
            row = i * count + k
            then = final[i, j] if ended else following[i, j]
            would = payoffs[i, j] if FULL else payoffs[0, 0]
            update(lp, ls, row, seen[i, j], actions[i, j], rewards[i, j], then, terminated[i], truncated[i], would)


@kernel
def interrupt(lp, ls, row):
    """Stand in for a learner that keeps nothing for an episode."""


def interrupt_rows(lp, ls, count, ended):
    """Let the players of the lanes that ``ended`` forget the episode under way."""
    for i in range(ended.shape[0]):
        if ended[i]:
            for k in range(count):
                interrupt(lp, ls, i * count + k)


class LearnerSeat:
    """A learner that controls the players ``players`` (consecutive numbers) in every lane.

    ``environment`` is what has to be played so that the learner sees what it accepts: the given one, or for the oracle
    the one that reveals its state (or the belief state). ``looks`` says whether it needs the observations, ``full``
    whether it needs counterfactual rewards.
    """

    def __init__(self, environment: Environment, learner: Learner, players: tuple[int, ...]) -> None:
        self.players = players
        self.learner = learner.prepared(environment, players)
        self.looks = learner.accepts.observation != "none"
        revealed = learner.accepts.observation == "state"
        self.environment = _revealed(environment) if revealed else environment
        self.full = learner.accepts.feedback == "full"
        self.predicts = self.looks and "predict" in learner.kernels
        self._blind = np.zeros((0, 0), np.int64)
        self._no_payoffs = np.zeros((1, 1, 0))
        self._act = self._fuse(act_rows, "act")
        self._update = self._fuse(update_rows, "update")
        self._predict = self._fuse(predict_rows, "predict") if self.predicts else None
        self._interrupt = self._fuse(interrupt_rows, "interrupt") if "interrupt" in self.learner.kernels else None

    def begin(self, seeds: np.ndarray) -> Any:
        """Allocate and seed the learner's state (see `Learner.rows`)."""
        return self.learner.rows(self.environment, self.players, seeds)

    def nothing_seen(self, lanes: int) -> np.ndarray:
        """Return zeros in the shape of what the learner is shown: integers (lanes, players), or vectors of them."""
        shown, players = self.environment.spec.observation, self.environment.spec.players
        if self.learner.accepts.observation == "vector":
            return np.zeros((lanes, players, *shown.shape), shown.dtype)
        return np.zeros((lanes, players), np.int64)

    def act(self, state: Any, batch: Batch, seen: Any, actions: np.ndarray) -> None:
        """Write the actions of the seat's players into ``actions`` (lanes, players)."""
        self.choose(state, seen if self.looks else self._zeros(batch), actions)

    def choose(self, state: Any, seen: np.ndarray, actions: np.ndarray) -> None:
        """Write the actions for what is ``seen`` (as `nothing_seen`) into ``actions``."""
        self._act(self.learner.params, state, self.players[0], len(self.players), seen, actions)

    def predict(self, state: Any, seen: np.ndarray, predictions: np.ndarray) -> None:
        """Write the next observations that the seat's players expect into ``predictions`` (lanes, players)."""
        assert self._predict is not None
        self._predict(self.learner.params, state, self.players[0], len(self.players), seen, predictions)

    def update(
        self, state: Any, batch: Batch, seen: Any, actions: np.ndarray, step: Any, payoffs: np.ndarray | None
    ) -> None:
        """Learn from one step; ``step`` is what the batch returned for ``actions``."""
        following, rewards, terminated, truncated = step
        final = batch.final_observation
        if not self.looks:
            seen = following = final = self._zeros(batch)
        self.learn(state, seen, actions, rewards, following, final, terminated, truncated, payoffs)

    def learn(
        self,
        state: Any,
        seen: np.ndarray,
        actions: np.ndarray,
        rewards: np.ndarray,
        following: np.ndarray,
        final: np.ndarray,
        terminated: np.ndarray,
        truncated: np.ndarray,
        payoffs: np.ndarray | None = None,
    ) -> None:
        """Learn from one step given as arrays (first axis: lane); observations are as `nothing_seen`."""
        table = payoffs if self.full and payoffs is not None else self._no_payoffs
        scope = self.learner.params, state, self.players[0], len(self.players)
        self._update(*scope, seen, actions, rewards, following, final, terminated, truncated, table)

    def interrupt(self, state: Any, ended: np.ndarray) -> None:
        """Forget the episode under way in the lanes that ``ended``, bool (lanes,), with no update at its end."""
        if self._interrupt is not None:
            self._interrupt(self.learner.params, state, len(self.players), ended)

    def _zeros(self, batch: Batch) -> np.ndarray:
        if len(self._blind) != batch.lanes:
            self._blind = self.nothing_seen(batch.lanes)
        return self._blind

    def _fuse(self, template: Any, name: str) -> Any:
        return direct(fuse(template, {name: self.learner.kernels[name], "FULL": self.full}, self.learner.slug))


def _revealed(environment: Environment) -> Environment:
    from ..envs.core.believe import show_belief
    from ..envs.core.reveal import reveal

    model, steps = exact_model(environment), environment.spec.horizon or 1
    if environment.spec.hidden:
        return show_belief(environment, model, beliefs(environment).table, steps)
    return reveal(environment, model, steps)


def told_model(environment: Environment) -> Model:
    """Return the model of what a learner that is shown the "state" is told: the state itself, or where the observations
    hide it the belief state of an agent that remembers everything.
    """
    return beliefs(environment).model if environment.spec.hidden else exact_model(environment)


@lru_cache(maxsize=4)
def exact_model(environment: Environment) -> Model:
    """Return the exact model of ``environment``, listed once for the oracle and for those who tell it where it is."""
    from ..envs.core.model import enumerate_model

    return enumerate_model(environment)


@lru_cache(maxsize=4)
def beliefs(environment: Environment) -> Beliefs:
    """Return the belief states of ``environment``, listed once."""
    from ..solvers.belief import believe

    return believe(exact_model(environment))
