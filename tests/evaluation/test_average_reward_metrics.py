"""Regret of continuing tasks: the identity of pseudo-regret, known slopes, and refusals."""

import math

import numpy as np
import pytest

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.envs.core.visits import count_visits
from regretlab.evaluation.metrics import average_reward as metrics
from regretlab.solvers import optimal_gain, uniform_policy
from regretlab.solvers.chain import chain_under

STEPS = 500


def river():
    model = enumerate_model(build("RiverSwim-v0"))
    optimum = optimal_gain(model)
    return model, optimum, metrics.advantage_gaps(model.transitions, model.rewards[:, :, 0], optimum.gain, optimum.bias)


def test_no_action_gains_on_the_optimum_and_the_optimal_ones_lose_nothing():
    model, optimum, gaps = river()
    assert gaps.min() > -1e-12
    assert np.abs(gaps[np.arange(model.size), optimum.policy]).max() < 1e-12


def test_expected_pseudo_regret_is_expected_regret_corrected_by_the_bias():
    """Exactly, by matrix powers: T g - E[sum r] + h(s_0) - E[h(s_T)] for the uniform policy."""
    model, optimum, gaps = river()
    policy = uniform_policy(model)
    chain, rewards = chain_under(model, policy)
    law, visits, earned = model.initial, np.zeros(gaps.shape), 0.0
    for _ in range(STEPS):
        visits += law[:, None] * policy
        earned += law @ rewards
        law = chain.T @ law
    regret = STEPS * optimum.gain - earned
    identity = regret + model.initial @ optimum.bias - law @ optimum.bias
    assert metrics.pseudo_regret(visits, gaps) == pytest.approx(identity, abs=1e-9)


def test_realised_and_pseudo_regret_differ_by_a_martingale_and_the_bias():
    """Azuma's inequality: differences of at most span + reward range, with probability 1 - 1e-9 for all 8 lanes."""
    _, optimum, gaps = river()
    steps, lanes = 20_000, 8
    play = Fused(count_visits(build("RiverSwim-v0")), load("differential_q"), lanes=lanes)
    rewards = play.advance(steps).rewards[:, 0]
    visits = play.batch.state.visits
    assert np.array_equal(visits.sum(axis=(1, 2)), np.full(lanes, steps))
    difference = steps * optimum.gain - rewards - metrics.pseudo_regret(visits, gaps)
    swing = optimum.span + 1.0
    assert np.abs(difference).max() <= optimum.span + swing * math.sqrt(2 * steps * math.log(2 * lanes / 1e-9))


def test_counting_visits_changes_nothing_else():
    plain, counted = (
        Fused(environment, load("q_learning"), lanes=3, seed=5)
        for environment in (build("RiverSwim-v0"), count_visits(build("RiverSwim-v0")))
    )
    assert np.array_equal(plain.advance(2_000).rewards, counted.advance(2_000).rewards)
    assert np.array_equal(plain.states[0].values, counted.states[0].values)


@pytest.mark.parametrize("exponent", [0.5, 2 / 3, 1.0])
def test_growth_exponent_of_a_power_law(exponent):
    steps = np.arange(1, 101) * 1_000
    assert metrics.growth_exponent(steps, 3.0 * steps**exponent) == pytest.approx(exponent, abs=1e-12)


def test_growth_exponent_is_not_a_number_where_regret_is_not_positive():
    assert math.isnan(metrics.growth_exponent([1, 2, 3], [1.0, -1.0, 2.0]))
    assert math.isnan(metrics.growth_exponent([1, 100], [1.0, 2.0]))


def test_policy_gain_regret_adds_up_blocks():
    assert metrics.policy_gain_regret(1.0, [0.5, 1.0, 0.9], [10, 10, 20]) == pytest.approx([5.0, 5.0, 7.0])


def test_normalised_regret_is_one_for_random_and_zero_for_optimal_play():
    assert metrics.normalised_regret([0.0, 30.0], [100, 100], 0.5, 0.2) == pytest.approx([0.0, 1.0])


def test_steps_until_near_optimal():
    steps, optimal = [10, 20, 30, 40], 1.0
    assert metrics.steps_until_near_optimal(steps, [0.0, 10.0, 10.0, 10.0], optimal) == 10
    assert metrics.steps_until_near_optimal(steps, [10.0, 10.0, 10.0, 10.0], optimal) == 0
    assert metrics.steps_until_near_optimal(steps, [10.0, 10.0, 10.0, 0.0], optimal) == math.inf


def test_coverage_is_the_share_of_pairs_tried():
    assert metrics.coverage([[[3, 0], [0, 0]], [[1, 1], [1, 1]]]) == pytest.approx([0.25, 1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.pseudo_regret(np.ones((2, 3)), np.ones((3, 2))), "visits must be"),
        (lambda: metrics.policy_gain_regret(1.0, [1.0], [1, 2]), "same shape"),
        (lambda: metrics.normalised_regret([1.0], [1], 0.5, 0.5), "no normalised regret"),
        (lambda: metrics.growth_exponent([2, 1], [1.0, 1.0]), "steps must increase"),
        (lambda: metrics.steps_until_near_optimal([1], [1.0], 0.0), "optimal=0.0"),
        (lambda: metrics.steps_until_near_optimal([1], [1.0], 1.0, 2.0), "epsilon=2.0"),
        (lambda: metrics.coverage([1, 2]), "visits must be"),
        (lambda: metrics.advantage_gaps(np.eye(2), [[1.0]], 1.0, [0.0, 1.0]), "do not fit"),
        (lambda: metrics.policy_gain_regret(1.0, [math.nan], [1]), "gains must hold finite"),
        (lambda: count_visits(build("MatrixGame-v0")), "2 players"),
    ],
)
def test_undefined_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
