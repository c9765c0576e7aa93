import numpy as np
import pytest
from numba import config

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import load
from regretlab.baselines.fused import Fused
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.core.registry import build

long_run = pytest.mark.skipif(config.DISABLE_JIT, reason="a long run is for compiled code")
MAZE = build("TMazePassive-v0", length=4)


def test_uniform_takes_every_action_equally_often():
    joint = Fused(build("MatrixGame-v0", game="rock-paper-scissors"), load("uniform"), lanes=4).advance(9_000).joint
    assert np.all(np.abs(joint - 1_000) < 5 * np.sqrt(9_000 * 8 / 81))


def test_fixed_takes_its_action():
    joint = Fused(build("MatrixGame-v0", game="rock-paper-scissors"), load("fixed", action=2)).advance(50).joint
    assert joint.tolist() == [[0] * 8 + [50]]


def test_the_bandit_holds_an_action_for_an_episode_and_learns_the_best(rows):
    learner = rows(load("epsilon_greedy", epsilon=0.0), actions=3)
    held = []
    for _ in range(6):
        episode = [learner.act(observation) for observation in range(4)]
        assert len(set(episode)) == 1
        held.append(episode[0])
        for step in range(4):
            learner.update(0, episode[0], -10.0 + episode[0], 0, terminated=step == 3)
    assert sorted(held[:3]) == [0, 1, 2], "every action is tried for one episode first"
    assert held[3:] == [2, 2, 2]
    np.testing.assert_array_equal(learner.state.means[0, 0], [-40.0, -36.0, -32.0])
    assert learner.state.counts[0].tolist() == [1, 1, 4]


def test_the_bandit_averages_and_explores(rows):
    learner = rows(load("epsilon_greedy", epsilon=0.5), actions=2)
    returns = {0: iter(np.arange(1000.0)), 1: iter(np.full(1000, -1.0))}
    for _ in range(400):
        action = learner.act()
        learner.update(0, action, next(returns[action]), 0, truncated=True)
    good = int(learner.state.counts[0, 0])
    assert learner.state.means[0, 0, 0] == pytest.approx((good - 1) / 2)
    assert abs(good - 300) < 5 * np.sqrt(400 * 3 / 16), "three quarters of the episodes hold the better action"


def test_the_oracle_earns_the_optimum_of_a_memory_task():
    totals = Fused(MAZE, load("optimal"), lanes=5, seed=3).advance(400)
    np.testing.assert_array_equal(totals.episodes, 100)
    np.testing.assert_array_equal(totals.returns[:, 0], 100.0)


@long_run
def test_the_oracle_earns_the_gain_of_riverswim():
    # Swimming right is a birth-death chain, whose law gives g = 3601.5 / 8402.5 (tests/solvers/test_gain.py). It mixes
    # in some 13 steps and a reward varies by 1/2 at most: the mean over 8 x 200,000 steps has a standard error of
    # sqrt(2 x 13 / 4 / 1.6e6) = 0.002, and 4 of them are allowed.
    rewards = Fused(build("RiverSwim-v0"), load("optimal"), lanes=8).advance(200_000).rewards
    assert rewards.mean() / 200_000 == pytest.approx(3601.5 / 8402.5, abs=0.008)


def test_the_oracle_follows_the_clock_where_episodes_are_short():
    # Within 4 steps from the left end nobody reaches the right one: staying left, 4 x 0.005, is optimal.
    short = build("RiverSwim-v0")
    for run in (Lockstep, Fused):
        totals = run(_episodic(short, 4), load("optimal"), lanes=3).advance(40)
        np.testing.assert_allclose(totals.returns[:, 0], 10 * 4 * 0.005)
        np.testing.assert_array_equal(totals.episodes, 10)


def _episodic(environment, horizon):
    import dataclasses

    from regretlab.envs.core.spec import Criterion

    spec = dataclasses.replace(environment.spec, horizon=horizon, criterion=Criterion("return"))
    return dataclasses.replace(environment, spec=spec, certify=None)
