from types import SimpleNamespace

import numpy as np
import pytest

from regretlab.baselines.learner import Learner
from regretlab.envs.core.streams import LEARNER, seed_streams


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
