"""The cart pole against Gymnasium's CartPole-v1, whose states are set, and POPGym's rewards and observations."""

import math

import gymnasium
import numpy as np
import pytest

from regretlab import certificate
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.registry import build
from regretlab.envs.memory import position_only_cart_pole as cart_pole

ID, NOISY = "PositionOnlyCartPole-v0", "NoisyPositionOnlyCartPole-v0"


def states(batch):
    s = batch.state
    return np.stack([s.x, s.x_velocity, s.angle, s.angle_velocity], axis=1)


def put(batch, wanted):
    s = batch.state
    for field, column in zip((s.x, s.x_velocity, s.angle, s.angle_velocity), np.atleast_2d(wanted).T, strict=True):
        field[:] = column


def test_one_step_from_any_state_is_gymnasiums():
    generator = np.random.default_rng(1)
    wanted = generator.uniform(-1, 1, (300, 4)) * (2.3, 3.0, 0.2, 3.0)
    actions = generator.integers(2, size=(300, 1))
    batch = Batch(build(ID), 300, autoreset="disabled")
    batch.reset(seed=0)
    put(batch, wanted)
    observations, rewards, terminated, _ = batch.step(actions)
    env = gymnasium.make("CartPole-v1").unwrapped
    env.reset(seed=0)
    for lane in range(300):
        env.state, env.steps_beyond_terminated = wanted[lane], None
        seen, reward, over, _, _ = env.step(int(actions[lane, 0]))
        # the same operations in float64: only the last digit of a sine may differ
        np.testing.assert_allclose(states(batch)[lane], env.state, rtol=0, atol=4e-15)
        np.testing.assert_allclose(observations[lane, 0], seen[[0, 2]], rtol=1e-6, atol=1e-7)  # theirs is float32
        assert terminated[lane] == over and rewards[lane, 0] == reward / 200  # POPGym: 1 / T a step
    assert 0 < terminated.sum() < 300


def test_episodes_of_random_play_are_gymnasiums():
    generator = np.random.default_rng(2)
    env = gymnasium.make("CartPole-v1").unwrapped
    batch = Batch(build(ID), 1, autoreset="disabled")
    for seed in range(20):
        batch.reset(seed=seed)
        env.reset(seed=seed)
        env.state = states(batch)[0]
        over = False
        while not over:
            action = int(generator.integers(2))
            terminated = bool(batch.step(np.array([[action]]))[2][0])
            over = env.step(action)[2]
            # errors grow as exp(4 t) at most, and random play lasts two seconds at most
            np.testing.assert_allclose(states(batch)[0], env.state, rtol=0, atol=1e-12)
            assert terminated == over


def test_starts_are_uniform_on_a_twentieth():
    batch = Batch(build(ID), 20_000)
    batch.reset(seed=4)
    drawn = states(batch) / 0.05
    assert np.abs(drawn).max() < 1.0
    # standard errors of mean and mean square of 20,000 uniform numbers: 0.0041 and 0.0021; 5 of them
    assert np.abs(drawn.mean(axis=0)).max() < 0.0205 and np.abs((drawn**2).mean(axis=0) - 1 / 3).max() < 0.0105
    correlations = np.corrcoef(drawn.T) - np.eye(4)
    assert np.abs(correlations).max() < 5 / math.sqrt(20_000)


@pytest.mark.parametrize("steps", [200, 400, 600])
def test_two_observations_are_enough_to_balance(steps):
    # POPGym's three lengths; the bound of 1 is attained from each of 10,000 starts.
    batch = Batch(build(ID, steps=steps), 10_000, autoreset="disabled")
    before = now = batch.reset(seed=7)[:, 0].copy()
    total = np.zeros(10_000)
    for step in range(steps):
        observations, rewards, terminated, truncated = batch.step(cart_pole.balance(before, now)[:, None])
        before, now = now, observations[:, 0].copy()
        total += rewards[:, 0]
        assert not terminated.any() and truncated.all() == (step == steps - 1)
    np.testing.assert_allclose(total, 1.0, atol=1e-9)


def test_one_observation_is_not_enough_for_the_simplest_controllers():
    # Pushing towards the side to which the pole leans: 42 steps of 200, as is well known of CartPole-v1.
    batch = Batch(build(ID), 2_000, autoreset="disabled")
    observation = batch.reset(seed=7)
    lasted, standing = np.zeros(2_000), np.ones(2_000, bool)
    while standing.any():
        observation, _, terminated, _ = batch.step((observation[:, :, 1] > 0.0).astype(np.int64))
        lasted += standing
        standing &= ~terminated
        batch.reset(mask=terminated)
    assert 40 < lasted.mean() < 45


def test_noise_is_normal_and_clipped_and_leaves_the_motion_alone():
    quiet, noisy = Batch(build(ID), 20_000), Batch(build(NOISY), 20_000)
    quiet.reset(seed=3)
    seen = noisy.reset(seed=3)[:, 0]
    np.testing.assert_array_equal(states(quiet), states(noisy))
    np.testing.assert_array_equal(quiet.observation[:, 0], states(quiet)[:, [0, 2]])
    errors = (seen - states(noisy)[:, [0, 2]]) / 0.1
    assert np.abs(errors.mean(axis=0)).max() < 5 / math.sqrt(20_000)
    assert abs(errors[:, 0].std() - 1.0) < 5 / math.sqrt(40_000)
    assert abs(np.corrcoef(errors.T)[0, 1]) < 5 / math.sqrt(20_000)
    once = noisy.observation.copy()
    action = np.ones((20_000, 1), np.int64)
    quiet.step(action)
    assert not np.array_equal(noisy.step(action)[0], once)
    np.testing.assert_array_equal(states(quiet), states(noisy))
    loud = Batch(build(NOISY, noise=10.0), 1_000)
    assert np.abs(loud.reset(seed=0)[:, 0]).max(axis=0) == pytest.approx([4.8, 24 * math.pi / 180])


def test_the_past_is_needed_until_the_pole_falls():
    batch = Batch(build(ID), 50, autoreset="disabled")
    batch.reset(seed=0)
    put(batch, np.repeat([[2.39, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]], 25, axis=0))
    _, _, terminated, _ = batch.step(np.ones((50, 1), np.int64))
    np.testing.assert_array_equal(batch.info()["needed"], 1.0 - terminated)
    assert terminated.sum() == 25


def test_certificates():
    quiet, noisy = certificate(ID), certificate(NOISY)
    for known in (quiet, noisy):
        assert (known.optimal.value, known.optimal.kind, known.optimal.high) == (1.0, "bound", 1.0)
        assert known.memoryless is None and known.needs_memory is None
        assert known.random.low < 22.3 / 200 < known.random.high  # random play of CartPole-v1 lasts 22.3 steps
    assert quiet.facts == {"k_star_at_most": 2, "kappa_at_most": 2} and noisy.facts == {}
    assert certificate(ID, steps=400).random.value == pytest.approx(quiet.random.value / 2, rel=1e-9)


@pytest.mark.parametrize(
    ("knobs", "error", "message"),
    [
        ({"steps": 0}, ValueError, "steps=0 is not allowed"),
        ({"noise": -0.1}, ValueError, "noise=-0.1 is not allowed"),
        ({"noise": float("nan")}, ValueError, "noise=nan is not allowed"),
        ({"noise": "loud"}, TypeError, "noise='loud' is not allowed"),
    ],
)
def test_bad_knobs_are_refused(knobs, error, message):
    with pytest.raises(error, match=message):
        build(ID, **knobs)


def test_asking_for_the_exact_model_is_an_error():
    from regretlab import model

    with pytest.raises(ValueError, match="draws continuous random numbers"):
        model(ID)


def test_the_text_shows_what_is_hidden():
    from regretlab.envs.core.environment import Last

    environment = build(ID)
    state = environment.new_state(1)
    state.x_velocity[0], state.angle[0] = 1.5, 0.15
    text = cart_pole.ansi(environment.params, state, 0, Last(0, None, np.zeros(1), np.zeros(1)))
    assert text.splitlines()[0].strip() == "/" and "+1.500 m/s" in text and "+8.59 deg" in text
