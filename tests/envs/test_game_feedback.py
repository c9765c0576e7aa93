"""What players of a normal-form game are told: all payoffs, their own, or their own with noise."""

import math

import numpy as np
import pytest
from numba import config

import regretlab
from regretlab.baselines import accepts
from regretlab.baselines import load as learner
from regretlab.baselines.fused import Fused
from regretlab.envs.core.batch import Batch
from regretlab.envs.core.fusing import specialise
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.stacks import frame_stack
from regretlab.envs.games.stages import truncated_normal
from regretlab.testing import check_certificate, check_declaration, check_determinism, check_equality, check_model

PAYOFFS = np.random.default_rng(0).normal(size=(2, 2, 3)).round(2)
ARMS = np.array([[[0.9, 0.2, 0.4]], [[0.1, 0.7, 0.6]], [[0.3, 0.4, 1.0]]])  # three bandits of three arms
GAUSSIAN = {"feedback": "bandit", "noise": "gaussian"}
BERNOULLI = {"feedback": "bandit", "noise": "bernoulli"}
CERTIFICATE = pytest.param(
    check_certificate, marks=pytest.mark.skipif(config.DISABLE_JIT, reason="a long run is for compiled code")
)


def iterated(**knobs):
    return build("regretlab/IteratedGame-v0", **knobs)


def rewards_of(joint, lanes=200_000, **knobs):
    """Rewards (lanes, players) of one round in which all lanes play ``joint``."""
    environment = build("regretlab/MatrixGame-v0", **knobs)
    batch = Batch(environment, lanes)
    batch.reset(seed=0)
    rewards = batch.step(np.tile(joint, (lanes, 1)))[1].copy()
    low, high = environment.spec.reward_range
    assert low <= rewards.min() and rewards.max() <= high
    return rewards


# Noise ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("joint", [(0, 0), (1, 2)])
@pytest.mark.parametrize("scale", [0.25, 3.0])
def test_gaussian_noise_has_the_payoff_as_its_mean_and_the_scale_as_its_deviation(joint, scale):
    rewards = rewards_of(joint, payoffs=PAYOFFS, noise_scale=scale, **GAUSSIAN)
    z = (rewards - PAYOFFS[(slice(None), *joint)]) / scale
    n = len(z)
    # Standard errors of the moments of a normal sample; truncation at 6 takes less than 1e-6 of the variance.
    assert np.all(np.abs(z.mean(axis=0)) < 6 / math.sqrt(n))
    assert np.all(np.abs(z.var(axis=0) - 1.0) < 6 * math.sqrt(2 / n) + 1e-6)
    assert np.all(np.abs((z**3).mean(axis=0)) < 6 * math.sqrt(15 / n))
    assert np.all(np.abs((z**4).mean(axis=0) - 3.0) < 6 * math.sqrt(96 / n))
    assert abs(np.mean(z[:, 0] * z[:, 1])) < 6 / math.sqrt(n), "each player has noise of its own"
    assert np.abs(z).max() <= 6.0
    # Kolmogorov-Smirnov: the distance exceeds x / sqrt(n) with probability below 2 exp(-2 x**2); here 1e-9.
    normal = np.array([(1 + math.erf(each / math.sqrt(2))) / 2 for each in np.linspace(-3, 3, 61)])
    seen = np.searchsorted(np.sort(z[:, 0]), np.linspace(-3, 3, 61)) / n
    assert np.abs(seen - normal).max() < math.sqrt(math.log(2e9) / 2 / n)


def test_gaussian_noise_is_drawn_again_beyond_the_widest():
    # Beyond 6 only twice in a thousand million draws, so the bound of this test is 1, beyond which there are 32 %.
    draw, stream = specialise(truncated_normal, {"WIDEST": 1.0}), np.array([7], np.uint64)
    with np.errstate(over="ignore"):
        draws = [draw(stream, 0) for _ in range(400)]
    assert 0.9 < np.abs(draws).max() <= 1.0


def test_the_range_of_gaussian_rewards_is_finite():
    low, high = iterated(payoffs=PAYOFFS, noise_scale=0.5, **GAUSSIAN).spec.reward_range
    assert (low, high) == (PAYOFFS.min() - 3.0, PAYOFFS.max() + 3.0)
    assert set(rewards_of((0, 1), 100, payoffs=PAYOFFS, noise_scale=0.0, **GAUSSIAN)[:, 1]) == {PAYOFFS[1, 0, 1]}


@pytest.mark.parametrize("joint", [(0, 0), (1, 2)])
def test_bernoulli_noise_pays_the_least_or_the_greatest_payoff(joint):
    rewards = rewards_of(joint, payoffs=PAYOFFS, **BERNOULLI)
    low, high = PAYOFFS.min(), PAYOFFS.max()
    assert set(np.unique(rewards)) <= {low, high}
    share = (rewards == high).mean(axis=0)
    expected = (PAYOFFS[(slice(None), *joint)] - low) / (high - low)
    assert np.all(np.abs(share - expected) <= math.sqrt(math.log(4e9) / 2 / len(rewards))), "Hoeffding"
    both = np.mean((rewards == high).all(axis=1))
    assert abs(both - expected.prod()) <= math.sqrt(math.log(2e9) / 2 / len(rewards)), "the players are independent"


def test_bernoulli_noise_of_a_constant_game():
    assert set(rewards_of((0,), 10, payoffs=[[3.0, 3.0]], **BERNOULLI).ravel()) == {3.0}


def test_bernoulli_rewards_of_probabilities_are_0_and_1():
    knobs = {"games": ARMS, "switching": "schedule", "period": 1, "horizon": 0, **BERNOULLI}
    batch = Batch(iterated(**knobs), 20_000)
    batch.reset(seed=0)
    for t in range(4):
        rewards = batch.step(np.zeros(20_000, int))[1]
        assert set(np.unique(rewards)) <= {0.0, 1.0}
        assert abs(rewards.mean() - ARMS[t % 3, 0, 0]) <= math.sqrt(math.log(2e9) / 2 / 20_000), "Hoeffding"


# The exact model ------------------------------------------------------------------------------------------------------

MODELS = [
    {"payoffs": PAYOFFS},
    {"payoffs": PAYOFFS, "memory": 2, "continuation": 0.75},
    {"games": ARMS, "switching": "hazard", "hazard": 0.2},
    {"games": ARMS, "switching": "schedule", "period": 3, "index": 2, "continuation": 0.5},
    {"games": ARMS[:2], "switching": "sinusoidal", "period": 5},
]


@pytest.mark.parametrize("noise", [GAUSSIAN, BERNOULLI])
@pytest.mark.parametrize("knobs", MODELS)
def test_the_model_carries_the_mean_rewards(noise, knobs):
    exact, noisy = enumerate_model(iterated(**knobs)), enumerate_model(iterated(**knobs, **noise))
    assert noisy.size == exact.size and noisy.horizon == exact.horizon
    by_state = [np.lexsort((model.terminal, model.states.phase, model.states.history)) for model in (exact, noisy)]
    np.testing.assert_allclose(noisy.rewards[by_state[1]], exact.rewards[by_state[0]], atol=1e-14)
    joints = exact.joint_actions
    moves = [
        model.transitions.toarray().reshape(model.size, joints, -1)[order][:, :, order]
        for model, order in zip((exact, noisy), by_state, strict=True)
    ]
    np.testing.assert_allclose(moves[1], moves[0], atol=1e-14)


@pytest.mark.parametrize("check", [check_declaration, check_equality, check_determinism, check_model, CERTIFICATE])
@pytest.mark.parametrize(
    "knobs",
    [
        {"games": ARMS, "switching": "hazard", "hazard": 0.2, "horizon": 20, "noise_scale": 0.5, **GAUSSIAN},
        {"games": ARMS, "switching": "hazard", "memory": 0, "horizon": 0, "continuation": 0.9, **BERNOULLI},
        {"payoffs": PAYOFFS, "continuation": 0.8, **BERNOULLI},
    ],
)
def test_the_kit_holds(check, knobs):
    check(iterated(**knobs))


def test_a_noisy_lane_is_found_in_the_model():
    environment = iterated(games=ARMS, switching="hazard", hazard=0.5, horizon=0, **GAUSSIAN)
    model, batch = enumerate_model(environment), Batch(environment, 50)
    batch.reset(seed=0)
    for _ in range(10):
        batch.step(np.ones(50, int))
        found = model.locate(batch)
        np.testing.assert_array_equal(model.states.phase[found], batch.state.phase)
        np.testing.assert_array_equal(model.observations[found], batch.observation)


def test_wrappers_of_a_noisy_game_have_its_model():
    inner = iterated(payoffs=PAYOFFS, horizon=5, **GAUSSIAN)
    quiet = iterated(payoffs=PAYOFFS, horizon=5)
    partner = {1: np.full((7, 3), 1 / 3)}
    seated, plain = (regretlab.as_single_agent(each, partner) for each in (inner, quiet))
    assert seated.has_model and seated.spec.sampled
    np.testing.assert_allclose(regretlab.model(seated).rewards, regretlab.model(plain).rewards, atol=1e-15)
    optimum = regretlab.certificate(plain).optimal.value
    assert regretlab.certificate(seated).optimal.value == pytest.approx(optimum, abs=1e-9)
    assert regretlab.certificate(frame_stack(seated, 2)).optimal.value == pytest.approx(optimum, abs=1e-9)


# Feedback -------------------------------------------------------------------------------------------------------------


def test_bandit_feedback_tells_no_payoffs():
    full, bandit = iterated(), iterated(feedback="bandit")
    assert full.defined - bandit.defined == {"payoffs"}
    batch = Batch(bandit, 2)
    batch.reset(seed=0)
    with pytest.raises(ValueError, match="bandit feedback only"):
        batch.payoffs(np.zeros((2, 2), int))
    other = Batch(full, 2)
    other.reset(seed=0)
    for joint in np.ndindex(2, 2):
        for part, same in zip(batch.step(np.tile(joint, (2, 1))), other.step(np.tile(joint, (2, 1))), strict=True):
            np.testing.assert_array_equal(part, same)


def test_learners_are_refused_the_feedback_that_they_are_not_made_for():
    full, bandit = iterated(), iterated(feedback="bandit")
    assert "make it with feedback='full'" in accepts(learner("hedge"), bandit)
    assert "make it with feedback='bandit'" in accepts(learner("exp3"), full)
    assert accepts(learner("hedge"), full) is accepts(learner("exp3"), bandit) is None
    for name in ("q_learning", "uniform"):
        assert accepts(learner(name), full) is accepts(learner(name), bandit) is None
    with pytest.raises(ValueError, match=r"exp3 learns from its own reward alone.*full-information learner"):
        Fused(full, learner("exp3"))
    river = build("RiverSwim-v0")
    assert "feedback" not in accepts(learner("hedge"), river) and accepts(learner("exp3"), river) is None


def test_a_bandit_learner_finds_the_better_arm_in_noise():
    environment = iterated(payoffs=[[0.0, 2.0]], horizon=0, memory=0, **GAUSSIAN)
    assert np.all(Fused(environment, learner("exp3"), lanes=20).advance(3000).rewards[:, 0] / 3000 > 1.3)


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"noise": "gaussian"}, "noise='gaussian' needs feedback='bandit'"),
        ({"noise": "bernoulli"}, "noise='bernoulli' needs feedback='bandit'"),
        ({"noise": "uniform"}, "noise='uniform' is not allowed"),
        ({"feedback": "none"}, "feedback='none' is not allowed"),
        ({"noise_scale": -1.0, **GAUSSIAN}, "noise_scale=-1.0"),
        ({"noise_scale": np.nan, **GAUSSIAN}, "noise_scale=nan"),
    ],
)
def test_bad_knobs_are_refused(knobs, words):
    for id in ("MatrixGame-v0", "IteratedGame-v0"):
        with pytest.raises(ValueError, match=words):
            build(id, **knobs)
