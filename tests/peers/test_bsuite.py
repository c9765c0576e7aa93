"""Agreement with bsuite 0.3.6, step for step, and what its memory chain gets wrong: the extra ``peers`` installs it.

Each episode begins in the same hidden state on both sides, and both get the same actions. For the umbrella chain a
second generator of the same seed draws what bsuite draws, and ours is given those outcomes.
"""

from __future__ import annotations

import numpy as np
import pytest

from regretlab.envs.core.registry import build

MISSING = "AGREEMENT WITH BSUITE IS NOT TESTED: pip install '.[peers]'"
EPISODES = 30


@pytest.fixture(scope="module")
def memory_chain():
    return pytest.importorskip("bsuite.environments.memory_chain", reason=MISSING)


@pytest.fixture(scope="module")
def umbrella_chain():
    return pytest.importorskip("bsuite.environments.umbrella_chain", reason=MISSING)


class Ours:
    """One lane of an environment that is told what chance does."""

    def __init__(self, id, **knobs):
        self.environment = build(id, observation="vector", **knobs)
        self.kernels, self.params = self.environment.kernels, self.environment.params
        self.state = self.environment.new_state(1)

    def reset(self, outcomes):
        self.kernels["begin"](self.params, self.state, 0, np.array(outcomes, np.int64))
        return self.observe()

    def step(self, action, outcomes=(0,)):
        reward = np.zeros((1, 1))
        outcomes = np.array(outcomes, np.int64)
        stop = self.kernels["apply"](self.params, self.state, 0, np.array([[action]]), outcomes, reward)
        return self.observe(), float(reward[0, 0]), bool(stop)

    def observe(self):
        declared = self.environment.spec.observation
        seen = np.full((1, 1, *declared.shape), np.nan, declared.dtype)
        self.kernels["observe"](self.params, self.state, 0, seen)
        return seen[0]


def same(theirs, ours):
    """Whether two observations agree to the last bit, in the type as well."""
    return theirs.dtype == ours.dtype and theirs.shape == ours.shape and np.array_equal(theirs, ours)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 10, 100])
@pytest.mark.parametrize("bits", [1, 2, 5, 40])
def test_memory_chain(memory_chain, length, bits):
    theirs = memory_chain.MemoryChain(memory_length=length, num_bits=bits, seed=length)
    ours = Ours("MemoryChain-v0", memory_length=length, bits=bits, bsuite_compat=True)
    actions = np.random.default_rng(bits)
    regret = 0.0
    for _ in range(EPISODES):
        step = theirs.reset()
        assert same(step.observation, ours.reset([*theirs._context, theirs._query]))
        for number in range(1, length + 2):
            action = int(actions.integers(2))
            step, (seen, reward, stop) = theirs.step(action), ours.step(action)
            assert same(step.observation, seen)
            assert (step.reward, step.last()) == (reward, stop)
            assert stop == (number == length + 1)
        regret += 1.0 - reward
    # Its own count of the regret is ours, against the certified optimum.
    assert regret == theirs.bsuite_info()["total_regret"]
    assert ours.environment.certify().optimal.value == 1.0


@pytest.mark.parametrize("length", [1, 2, 10, 37])
@pytest.mark.parametrize("distractors", [0, 1, 20])
def test_umbrella_chain(umbrella_chain, length, distractors):
    theirs = umbrella_chain.UmbrellaChain(chain_length=length, n_distractor=distractors, seed=5)
    ours = Ours("UmbrellaChain-v0", length=length, distractors=distractors)
    twin = np.random.RandomState(5)
    actions = np.random.default_rng(distractors)

    def toss(count=None):
        return twin.binomial(1, 0.5, count)

    toss()  # when it is made
    for _ in range(EPISODES):
        step = theirs.reset()
        assert same(step.observation, ours.reset([toss(), toss(), *toss(distractors)]))
        for number in range(1, length + 1):
            action = int(actions.integers(2))
            noise = toss() if number < length else 0
            step, (seen, reward, stop) = theirs.step(action), ours.step(action, [noise, *toss(distractors)])
            assert same(step.observation, seen)
            assert (step.reward, step.last()) == (reward, stop)
            assert stop == (number == length)
    assert ours.environment.certify().optimal.value == theirs.optimal_return


def test_the_memory_chain_shows_its_context_twice(memory_chain):
    """So that what is to be remembered for m steps has to be remembered for m - 1, and with m = 1 for none at all."""
    theirs = memory_chain.MemoryChain(memory_length=1, num_bits=3, seed=0)
    first, second = theirs.reset().observation, theirs.step(0).observation
    if not second[0, 2:].any():
        pytest.skip("bsuite shows the context once: MemoryChain's bsuite_compat is about older releases")
    assert np.array_equal(first, second)
    right = 0
    for _ in range(200):
        theirs.reset()
        seen = theirs.step(0).observation[0]
        right += theirs.step(int(seen[2 + int(seen[1])] > 0)).reward == 1.0
    assert right == 200
    # Ours asks without showing it again, and says of the compatible one that it needs no memory.
    assert build("MemoryChain-v0", memory_length=1, bits=3).certify().needs_memory
    assert not build("MemoryChain-v0", memory_length=1, bits=3, bsuite_compat=True).certify().needs_memory


def test_the_umbrella_chain_needs_no_memory(umbrella_chain):
    """Need and umbrella stand in every observation: reading them off the present one is always right."""
    theirs = umbrella_chain.UmbrellaChain(chain_length=6, n_distractor=2, seed=1)
    for _ in range(50):
        seen = theirs.reset().observation[0]
        need = seen[0]
        for _ in range(6):
            step = theirs.step(int(seen[0]))
            seen = step.observation[0]
            assert seen[0] == seen[1] == need
        assert step.reward == 1.0
    assert build("UmbrellaChain-v0").certify().needs_memory is False
