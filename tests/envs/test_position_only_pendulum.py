"""The pendulum against Gymnasium's Pendulum-v1, whose states are set, and against POPGym's rewards and observations."""

import math

import gymnasium
import numpy as np
import pytest

from regretlab import certificate
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.memory import position_only_pendulum as pendulum

ID, NOISY = "PositionOnlyPendulum-v0", "NoisyPositionOnlyPendulum-v0"
HALF = 16.2736044 / 2  # POPGym's constant


def test_one_step_from_any_state_is_gymnasiums():
    generator = np.random.default_rng(1)
    angles, velocities = generator.uniform(-9, 9, 300), generator.uniform(-8, 8, 300)
    batch = Batch(build(ID, torques=9), 300, autoreset="disabled")
    batch.reset(seed=0)
    batch.state.angle[:], batch.state.velocity[:] = angles, velocities
    actions = generator.integers(9, size=(300, 1))
    observations, rewards, _, _ = batch.step(actions)
    env = gymnasium.make("Pendulum-v1").unwrapped
    env.reset(seed=0)
    for lane in range(300):
        env.state = np.array([angles[lane], velocities[lane]])
        seen, reward, _, _, _ = env.step(np.array([-2.0 + 0.5 * actions[lane, 0]]))
        # the same operations in float64: only the last digit of a sine may differ
        np.testing.assert_allclose([batch.state.angle[lane], batch.state.velocity[lane]], env.state, rtol=4e-15)
        np.testing.assert_allclose(observations[lane, 0], seen[:2], atol=1e-6)  # theirs is float32
        assert rewards[lane, 0] == pytest.approx((reward + HALF) / HALF / 200, rel=1e-13, abs=1e-16)


def test_two_seconds_are_gymnasiums():
    env = gymnasium.make("Pendulum-v1").unwrapped
    generator = np.random.default_rng(2)
    batch = Batch(build(ID), 1, autoreset="disabled")
    for seed in range(10):
        batch.reset(seed=seed)
        env.reset(seed=seed)
        env.state = np.array([batch.state.angle[0], batch.state.velocity[0]])
        for _ in range(40):
            action = int(generator.integers(5))
            batch.step(np.array([[action]]))
            env.step(np.array([action - 2.0]))
            # errors grow as exp(sqrt(15) t) at most: by 2,300 in two seconds
            np.testing.assert_allclose([batch.state.angle[0], batch.state.velocity[0]], env.state, rtol=0, atol=1e-11)


def test_two_observations_tell_the_state():
    # The angle moves with the new velocity, and by less than half a turn.
    batch = Batch(build(ID), 200, autoreset="disabled")
    before = batch.reset(seed=6)[:, 0].copy()
    generator = np.random.default_rng(6)
    for _ in range(100):
        now = batch.step(generator.integers(5, size=(200, 1)))[0][:, 0].copy()
        turned = np.arctan2(now[:, 1] * before[:, 0] - now[:, 0] * before[:, 1], (now * before).sum(axis=1))
        np.testing.assert_allclose(turned / 0.05, batch.state.velocity, atol=1e-11)
        before = now


def test_starts_rewards_and_ends():
    batch = Batch(build(ID, steps=3), 20_000, autoreset="disabled")
    batch.reset(seed=5)
    drawn = np.stack([batch.state.angle / math.pi, batch.state.velocity])
    assert np.abs(drawn).max() < 1.0
    # standard errors of mean and mean square of 20,000 uniform numbers: 0.0041 and 0.0021; 5 of them
    assert np.abs(drawn.mean(axis=1)).max() < 0.0205 and np.abs((drawn**2).mean(axis=1) - 1 / 3).max() < 0.0105
    batch.state.angle[:2], batch.state.velocity[:2] = (0.0, math.pi), (0.0, 8.0)
    actions = np.full((20_000, 1), 2)
    actions[1] = 0
    _, rewards, terminated, truncated = batch.step(actions)
    assert rewards[0, 0] == 1 / 3  # upright, still, no torque
    assert rewards[1, 0] == pytest.approx(-1 / 3, rel=1e-8)  # the greatest cost
    for step in (2, 3):
        assert not truncated.any()
        _, _, terminated, truncated = batch.step(actions)
        assert truncated.all() == (step == 3) and not terminated.any()
        assert np.all(batch.info()["needed"] == 1.0)


def test_noise_is_normal_and_clipped():
    batch = Batch(build(NOISY), 20_000)
    seen = batch.reset(seed=3)[:, 0]
    true = np.stack([np.cos(batch.state.angle), np.sin(batch.state.angle)], axis=1)
    errors = ((seen - true) / 0.1)[np.abs(true).max(axis=1) < 0.8]  # at least 2 standard deviations from the bounds ...
    inside = np.abs(errors) < 2.0  # ... so that no error below 2 is clipped
    # a standard normal number lies within 2 with probability 0.9545, and has there the variance 0.7737
    assert abs(inside.mean() - 0.9545) < 5 * math.sqrt(0.9545 * 0.0455 / inside.size)
    assert abs(errors[inside].var() - 0.7737) < 5 * math.sqrt(2 / inside.sum())
    assert np.abs(seen).max() == 1.0


def test_the_reference_is_what_a_planner_reaches():
    # Two torques: a coarser task, and one step of the value iteration by hand: with one step to go the cost is the
    # present one, whatever is done, so that the mean of the reward is that of the starts.
    p = pendulum.params(1, 2, 0.0)
    mean_cost = math.pi**2 / 3 + 0.1 / 3 + 0.001 * 4
    assert pendulum.planned_return(p) == pytest.approx(1 - mean_cost / HALF, abs=1e-3)  # midpoints of 64 by 32 cells
    known, fewer = certificate(ID), certificate(ID, torques=2)
    assert known.optimal.kind == "reference" and known.optimal.high == 1.0
    # An independent solver (401 by 401 points, velocity known at once, 4,000 random starts) found 0.9150 and 0.9142.
    assert known.optimal.value == pytest.approx(0.9150, abs=0.004)
    assert fewer.optimal.value == pytest.approx(0.9142, abs=0.004) and fewer.optimal.value < known.optimal.value
    assert known.memoryless is None and known.facts == {}
    assert known.random.low < known.random.value < known.random.high < known.optimal.value
    noisy = certificate(NOISY)
    assert noisy.optimal.value == known.optimal.value and noisy.optimal.low == noisy.random.low


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"torques": 1}, "torques=1 is not allowed"),
        ({"steps": 1001}, "steps=1001 is not allowed"),
        ({"noise": -1.0}, "noise=-1.0 is not allowed"),
    ],
)
def test_bad_knobs_are_refused(knobs, message):
    with pytest.raises(ValueError, match=message):
        build(ID, **knobs)


def test_the_text_shows_what_is_hidden():
    from regretlab.envs.core.environment import Last

    environment = build(ID)
    state = environment.new_state(1)
    state.angle[0], state.velocity[0] = math.pi / 2, -1.25
    last = Last(1, np.array([4]), np.zeros(1), np.zeros(1))
    text = pendulum.ansi(environment.params, state, 0, last)
    assert text.splitlines()[3].startswith("O ") and "+90.0 deg" in text and "-1.250 rad/s" in text
    assert "torque +2" in text
