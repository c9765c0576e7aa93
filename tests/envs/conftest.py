"""What the tests of the memory tasks share: an episode played by a rule, and the best policy of the history."""

from types import SimpleNamespace

import numpy as np
import pytest

from regretlab.envs.core.batch import Batch


def _episode(environment, outcome, decide, seed=0):
    """Play an episode whose actions are ``decide(observations so far)``, begun with ``outcome`` (start stages).

    Returns observations (an integer, or a tuple for a vector), rewards, ``needed`` (before the first step, and after
    each), and whether it was terminated.
    """
    batch = Batch(environment, 1, autoreset="disabled")
    batch.reset(seed=seed, outcome=np.atleast_2d(outcome))
    seen, rewards, needed = [], [], []

    def note():
        entry = batch.observation[0, 0]
        seen.append(int(entry) if entry.ndim == 0 else tuple(entry.tolist()))
        needed.append(int(batch.info()["needed"][0]))

    note()
    while not batch.done[0]:
        rewards.append(float(batch.step(np.array([decide(seen)]))[1][0, 0]))
        note()
    return SimpleNamespace(observations=seen, rewards=rewards, needed=needed, terminated=bool(batch.terminated[0]))


def _best_of_history(model, steps):
    """Return the largest expected (discounted) sum of ``steps`` rewards of a policy of the history.

    In plain Python, by recursion over the observations that may come: what the past tells is the distribution over the
    model's states.
    """
    size, actions = model.size, model.joint_actions
    moves = model.transitions.toarray().reshape(size, actions, size)
    seen = np.unique(model.observations.reshape(size, -1), axis=0, return_inverse=True)[1].ravel()
    kinds = [seen == kind for kind in range(seen.max() + 1)]
    known = {}

    def value(belief, left):
        total = belief.sum()
        if left == 0 or total < 1e-15:
            return 0.0
        belief = np.round(belief / total, 12)
        key = belief.tobytes(), left
        if key not in known:
            known[key] = max(
                belief @ model.rewards[:, action, 0]
                + model.criterion.discount
                * sum(
                    value(np.where(kind & ~model.terminal, belief @ moves[:, action], 0.0), left - 1) for kind in kinds
                )
                for action in range(actions)
            )
        return total * known[key]

    return sum(value(np.where(kind, model.initial, 0.0), steps) for kind in kinds)


@pytest.fixture
def episode():
    return _episode


@pytest.fixture
def best_of_history():
    return _best_of_history
