"""Outside agents: plain Python classes that play through observations, one object a lane and player.

An agent is a class with

* ``__init__(self, observation_space, action_space, seed)``: Gymnasium spaces and an integer;
* ``act(self, obs)``: the action, an integer;
* ``update(self, obs, action, reward, next_obs, terminated, truncated)``: called after every step;
* optionally ``predict(self, obs)``: the next observation it expects, an integer or None. Without it, metrics of
  prediction refuse.
* optionally ``report(self)``: numbers by name that it tells of itself, such as a share of invalid answers; the
  protocol ``partner`` keeps them beside its metrics.

A class whose ``concurrency`` is above 1 (for agents that wait for a server) has that many objects, each of a lane of
its own, called at the same time, in threads; where one of them fails or the run is interrupted, the class's ``stop()``,
if there is one, tells those under way to ask nothing more. A class whose ``peeks`` is true cheats, as a reference:
before ``act`` its attribute ``peeked`` is set to the observation that action 0 would lead to.

``next_obs`` is what the step led to, also at the end of an episode; the next ``act`` is then given the first
observation of a new episode. Integer observations are integers, all others NumPy arrays.
"""

from __future__ import annotations

import importlib.util
import operator
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ..envs.api.spaces import action_space, observation_space, observed
from ..envs.core.batch import Batch
from ..envs.core.environment import Environment
from ..envs.core.streams import LEARNER, seed_streams
from ..envs.games.histories import decode
from ..envs.games.stages import NEVER, NONE, stage_game, tensor
from .learner import Learner
from .seats import LearnerSeat

METHODS = ("act", "update")


class HaltError(RuntimeError):
    """Why a run cannot go on for now, though nothing is wrong with what was played: a server that does not answer."""


def load_agent(path: str) -> type:
    """Return the agent class that ``path`` names, as in ``path/to/file.py:MyAgent``.

    Raises
    ------
    ValueError
        when ``path`` has no class name, there is no such file or no such class in it.
    TypeError
        when the class lacks a method of an agent.
    """
    file, colon, name = path.rpartition(":")
    if not colon or not name.isidentifier():
        raise ValueError(f"agent={path!r} is not allowed: it must have the form path/to/file.py:ClassName")
    source = Path(file)
    if not source.is_file():
        raise ValueError(f"agent={path!r}: there is no file {file}")
    spec = importlib.util.spec_from_file_location(f"agent_{source.stem}", source)
    if spec is None or spec.loader is None:
        raise ValueError(f"agent={path!r}: {file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, name, None)
    if not isinstance(found, type):
        classes = [key for key, value in vars(module).items() if isinstance(value, type)]
        raise ValueError(f"agent={path!r}: {file} has no class {name}; it has: {', '.join(classes) or 'none'}")
    check_agent(found)
    return found


def check_agent(agent: type) -> None:
    """Raise a TypeError when the class ``agent`` lacks a method of an agent."""
    missing = [method for method in METHODS if not callable(getattr(agent, method, None))]
    if missing:
        raise TypeError(f"{agent.__name__} is no agent: it lacks {' and '.join(missing)}")


def as_agent(learner: Learner, environment: Environment, player: int = 0) -> type:
    """Return a class of outside agents that plays and learns as ``learner`` does, in the seat of ``player``.

    Its numbers are those of the learner in a run of one lane of the same seed. Observations are what the learner
    accepts, integers or vectors, or are ignored by it. A learner that has to be told what its other actions would have
    paid can play a repeated game whose observations show the joint action (``memory=1`` or more): its agent works it
    out from the payoffs.

    Raises
    ------
    ValueError
        for a learner that cannot play ``environment`` or that needs more than an agent is told: the state, or what
        its other actions would have paid.
    """
    full = learner.accepts.feedback == "full"
    if learner.accepts.observation == "state" or (full and not _shows_payoffs(environment)):
        needs = "the state" if learner.accepts.observation == "state" else "the rewards of all its actions"
        raise ValueError(f"{learner.name} needs {needs}, which an agent is not told")
    seat = LearnerSeat(environment, learner, (player,))
    shape = (1, environment.spec.players)

    class LearnerAgent:
        def __init__(self, observation_space: Any, action_space: Any, seed: int) -> None:
            self.state = seat.begin(np.array([seed % 2**64], np.uint64))
            self.seen, self.following = (seat.nothing_seen(1) for _ in range(2))
            self.actions = np.zeros(shape, np.int64)
            self.rewards = np.zeros(shape)

        def act(self, obs: Any) -> int:
            self.seen[0, player] = obs if seat.looks else 0
            with np.errstate(over="ignore"):
                seat.choose(self.state, self.seen, self.actions)
            return int(self.actions[0, player])

        def update(self, obs: Any, action: int, reward: float, next_obs: Any, *over: bool) -> None:
            self.seen[0, player] = obs if seat.looks else 0
            self.following[0, player] = next_obs if seat.looks else 0
            self.actions[0, player], self.rewards[0, player] = action, reward
            terminated, truncated = (np.array([flag], bool) for flag in over)
            would = _payoffs(environment, player, next_obs) if full else None
            told = self.rewards, self.following, self.following
            with np.errstate(over="ignore"):
                seat.learn(self.state, self.seen, self.actions, *told, terminated, truncated, would)

    if seat.predicts:

        def predict(self: Any, obs: Any) -> int | None:
            self.seen[0, player] = obs
            expected = np.zeros(shape, np.int64)
            with np.errstate(over="ignore"):
                seat.predict(self.state, self.seen, expected)
            return None if expected[0, player] < 0 else int(expected[0, player])

        LearnerAgent.predict = predict  # type: ignore[attr-defined]
    LearnerAgent.__name__ = LearnerAgent.__qualname__ = learner.name
    return LearnerAgent


def _shows_payoffs(environment: Environment) -> bool:
    """Return whether the payoffs of all actions follow from what is observed after a round."""
    game = stage_game(environment)
    fixed = game is not None and not game.several and game.switching == NEVER and game.noise == NONE
    return fixed and game.memory >= 1  # type: ignore[union-attr]


def _payoffs(environment: Environment, player: int, seen: Any) -> np.ndarray:
    """Return what each action of ``player`` would have paid in the round that ends with the observation ``seen``.

    Float64 (1, players, most actions); only the player's own row is filled.
    """
    game = stage_game(environment)
    assert game is not None
    joint: list[Any] = list(decode(int(seen), tuple(game.actions.tolist()))[-1])
    joint[player] = slice(None)
    found = np.zeros((1, len(joint), int(game.actions.max())))
    found[0, player, : game.actions[player]] = tensor(game)[(player, *joint)]
    return found


class AgentSeat:
    """Outside agents of one class in the players ``players`` of every lane, each an object of its own.

    The seed that an agent is given depends on the lane's seed and the player's number only.
    """

    looks, full, model = True, False, None

    def __init__(self, environment: Environment, agent: type, players: tuple[int, ...]) -> None:
        check_agent(agent)
        self.environment, self.agent, self.players = environment, agent, players
        self.predicts = callable(getattr(agent, "predict", None))

    def begin(self, seeds: np.ndarray) -> Any:
        """Return a new agent for every lane and player, as a list of lists."""
        keys = {k: seed_streams(seed_streams(seeds, LEARNER), k) >> np.uint64(33) for k in self.players}
        return [[self._new(k, int(keys[k][lane])) for k in self.players] for lane in range(len(seeds))]

    def act(self, state: Any, batch: Batch, seen: Any, actions: np.ndarray) -> None:
        """Write the agents' actions into ``actions`` (lanes, players); TypeError for one that is no integer."""
        if getattr(self.agent, "peeks", False):
            self._peek(state, batch)

        def ask(i: int) -> None:
            for k, agent in zip(self.players, state[i], strict=True):
                action = agent.act(self._shown(seen, i, k))
                try:
                    actions[i, k] = operator.index(action)
                except TypeError:
                    raise TypeError(f"{self.agent.__name__}.act returned {action!r}; an action is an integer") from None

        self._for_every_lane(ask, len(state))

    def predict(self, state: Any, seen: np.ndarray, predictions: np.ndarray) -> None:
        """Write the next observations that the agents expect, -1 for None."""

        def ask(i: int) -> None:
            for k, agent in zip(self.players, state[i], strict=True):
                expected = agent.predict(self._shown(seen, i, k))
                predictions[i, k] = -1 if expected is None else operator.index(expected)

        self._for_every_lane(ask, len(state))

    def reports(self, state: Any) -> list[dict[str, float]]:
        """Return what the agents of each lane report of themselves, nothing where they do not."""
        said: list[dict[str, float]] = [{} for _ in state]
        for lane, agents in enumerate(state):
            for agent in agents:
                if callable(getattr(agent, "report", None)):
                    said[lane] |= {name: float(value) for name, value in agent.report().items()}
        return said

    def update(
        self, state: Any, batch: Batch, seen: Any, actions: np.ndarray, step: Any, payoffs: np.ndarray | None
    ) -> None:
        """Tell every agent what came of its action."""
        following, rewards, terminated, truncated = step
        for i, agents in enumerate(state):
            over = bool(terminated[i]), bool(truncated[i])
            then = batch.final_observation if any(over) else following
            for k, agent in zip(self.players, agents, strict=True):
                agent.update(
                    self._shown(seen, i, k),
                    int(actions[i, k]),
                    float(rewards[i, k]),
                    self._shown(then, i, k),
                    *over,
                )

    def interrupt(self, state: Any, ended: np.ndarray) -> None:
        """Do nothing: an agent that is asked for an action after the end of an episode is not told of the end."""

    def _peek(self, state: Any, batch: Batch) -> None:
        """Tell the agents what they would observe after their first action; the lanes stay as they are."""
        saved = batch.get_state()
        following, _, terminated, truncated = batch.step(np.zeros((batch.lanes, batch.spec.players), np.int64))
        then = np.where((terminated | truncated)[:, None], batch.final_observation, following)
        for lane, agents in enumerate(state):
            for k, agent in zip(self.players, agents, strict=True):
                agent.peeked = self._shown(then, lane, k)
        batch.set_state(saved)

    def _for_every_lane(self, ask: Callable[[int], None], lanes: int) -> None:
        at_once = min(getattr(self.agent, "concurrency", 1), lanes)
        if at_once <= 1:
            for lane in range(lanes):
                ask(lane)
            return
        with ThreadPoolExecutor(at_once) as threads:
            try:
                for _ in threads.map(ask, range(lanes)):
                    pass
            except BaseException:  # an interrupt too: the executor waits for what is under way
                getattr(self.agent, "stop", lambda: None)()
                raise

    def _new(self, player: int, seed: int) -> Any:
        spaces = [make(self.environment.spec, player) for make in (observation_space, action_space)]
        for space in spaces:
            space.seed(seed)  # an agent that samples from its spaces is reproducible too
        return self.agent(*spaces, seed)

    def _shown(self, observations: np.ndarray, lane: int, player: int) -> Any:
        return observed(self.environment.spec, observations[lane], player)
