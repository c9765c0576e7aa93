from types import SimpleNamespace

import numpy as np
import pytest

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import Learner
from regretlab.envs.core.registry import build
from regretlab.envs.core.streams import LEARNER, seed_streams
from regretlab.envs.games import library


class Rows:
    """Rows of a learner, driven from plain Python without any environment."""

    def __init__(self, learner: Learner, observations=1, actions=2, rows=1, seed=0, **prepared):
        module = __import__(learner.module, fromlist=["allocate"])
        self.params = learner.params._replace(**prepared)
        self.state = module.allocate(self.params, observations, actions, rows)
        self.state.key[:] = seed_streams(seed + np.arange(rows), LEARNER)
        self.state.actions[:] = actions
        self.kernels = SimpleNamespace(**learner.kernels)

    def act(self, observation=0, row=0):
        with np.errstate(over="ignore"):
            return int(self.kernels.act(self.params, self.state, row, observation))

    def update(self, observation, action, reward, following, terminated=False, truncated=False, payoffs=(), row=0):
        would = np.array(payoffs, float)
        step = (observation, action, float(reward), following, terminated, truncated, would)
        with np.errstate(over="ignore"):
            self.kernels.update(self.params, self.state, row, *step)

    def predict(self, observation, row=0):
        with np.errstate(over="ignore"):
            return int(self.kernels.predict(self.params, self.state, row, observation))

    def exchange(self, rounds, adversary):
        """Give a mixed action each round and be told the payoffs ``adversary(t, policy)``; return both by round."""
        policies, table = [], []
        for t in range(rounds):
            self.kernels.strategy(self.params, self.state, 0)
            policies.append(self.state.policy[0].copy())
            table.append(np.array(adversary(t, policies[-1]), float))
            self.update(0, -1, policies[-1] @ table[-1], 0, payoffs=table[-1])
        return np.array(policies), np.array(table)

    def live(self, rewards, successors, steps, observation=0):
        """Live in a deterministic chain given as tables (states, actions); return the sum of the rewards."""
        total = 0.0
        for _ in range(steps):
            action = self.act(observation)
            reward, following = rewards[observation][action], successors[observation][action]
            self.update(observation, action, reward, following)
            total += reward
            observation = following
        return total


@pytest.fixture
def rows():
    return Rows


def _average_play(name, learner, rounds, lanes):
    """Return the payoffs of a game and each lane's empirical joint play in ``rounds`` rounds of self-play."""
    payoffs = library.load(name).payoffs
    game = build("IteratedGame-v0", game=name, horizon=0, memory=0)
    joint = Fused(game, learner, lanes=lanes).advance(rounds).joint / rounds
    return payoffs, joint.reshape(lanes, *payoffs.shape[1:])


@pytest.fixture
def average_play():
    return _average_play


def _identical(one, other):
    """Whether two nested tuples of arrays and numbers are equal to the last bit."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(_identical(a, b) for a, b in zip(one, other, strict=True))
    return one == other


@pytest.fixture
def identical():
    return _identical
