import math

import numpy as np
import pytest
from numba import config
from scipy.special import softmax

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import load
from regretlab.baselines.mixed_play import MixedPlay
from regretlab.baselines.noregret.swap_regret import stationary
from regretlab.solvers.normal_form import cce_gap, ce_gap, marginals, nash_conv

long_run = pytest.mark.skipif(config.DISABLE_JIT, reason="a long run is for compiled code")


def test_regret_matching_holds_the_external_regret_of_its_play(rows):
    learner = rows(load("regret_matching"), actions=3)
    draws = np.random.default_rng(1)
    table, taken = draws.normal(size=(50, 3)), []
    for payoffs in table:
        taken.append(learner.act())
        learner.update(0, taken[-1], payoffs[taken[-1]], 0, payoffs=payoffs)
    np.testing.assert_allclose(learner.state.total[0], (table - table[range(50), taken][:, None]).sum(axis=0))


def test_regret_matching_draws_in_proportion_to_positive_regrets(rows):
    learner = rows(load("regret_matching"), actions=4)
    learner.state.total[0] = [1.0, -5.0, 0.0, 3.0]
    picks = np.bincount([learner.act() for _ in range(4000)], minlength=4)
    assert picks[1] == picks[2] == 0 and abs(picks[0] - 1000) < 5 * math.sqrt(4000 * 3 / 16)


@long_run
def test_regret_matching_in_self_play_approaches_the_equilibrium_of_rock_paper_scissors(average_play):
    # The squared positive regrets grow by at most 1 + 4 a round, the squared steps, in expectation (Blackwell's
    # condition), so a regret is sqrt(5 / T) a round at most; in a zero-sum game the two add up to the NashConv.
    bounds = []
    for rounds in (1_000, 100_000):
        payoffs, joint = average_play("rock-paper-scissors", load("regret_matching"), rounds, lanes=16)
        gap = np.mean([nash_conv(payoffs, marginals(each)) for each in joint])
        assert 0 < gap < 2 * math.sqrt(5 / rounds)
        bounds.append(gap)
    assert bounds[1] < bounds[0] / 3


@long_run
def test_in_shapleys_game_external_regret_leads_to_coarse_equilibria_only_and_conditional_regret_further(average_play):
    # The squared positive regrets grow by at most 2 a round in Shapley's game (one action pays 1, the others 0), so no
    # player's regret exceeds sqrt(2 / T) a round. The play circles the cells that pay, welfare 1, and is no correlated
    # equilibrium: tests/solvers/test_normal_form.py shows the same in NumPy. Computed independently for 100,000 rounds:
    # external CCE gap 1e-4 and CE gap 0.248, conditional CE gap 0.043 and falling, welfare 0.89. How far single seeds
    # lie from the mean of all decides how near these have to come.
    rounds, lanes = 100_000, 16
    results = {}
    for name, knobs in (("regret_matching", {}), ("conditional_regret_matching", {"inertia": 1.0})):
        payoffs, joint = average_play("shapley", load(name, **knobs), rounds, lanes)
        results[name] = np.array([[ce_gap(payoffs, x), cce_gap(payoffs, x), (payoffs * x).sum()] for x in joint])
    external, conditional = results.values()
    assert np.all(external[:, 1] < 2 * math.sqrt(2 / rounds)) and external[:, 1].mean() < 2e-4
    assert np.all(external[:, 0] > 0.2) and external[:, 2] == pytest.approx(1.0, abs=1e-3)
    assert np.all(conditional[:, 0] < external[:, 0].min() / 2)
    for found, published in ((external[:, 0], 0.248), (conditional[:, 0], 0.043), (conditional[:, 2], 0.89)):
        assert abs(found.mean() - published) < 2 * found.std()
    payoffs, later = average_play("shapley", load("conditional_regret_matching", inertia=1.0), 10 * rounds, lanes)
    assert max(ce_gap(payoffs, x) for x in later) < conditional[:, 0].mean() / 1.5


def test_conditional_regret_matching_switches_in_proportion_to_what_would_have_been_better(rows):
    # By hand: R(0, .) after two rounds of action 0 is (0, 3, -1); mu = 2 x 2 x width 4 = 16, t = 3 rounds.
    learner = rows(load("conditional_regret_matching"), actions=3, width=4.0)
    learner.act()
    np.testing.assert_allclose(learner.state.policy[0], 1 / 3)
    learner.update(0, 0, 1.0, 0, payoffs=(1.0, 3.0, 1.0))
    learner.update(0, 1, 2.0, 0, payoffs=(0.0, 2.0, 4.0))
    learner.update(0, 0, 1.0, 0, payoffs=(1.0, 2.0, 0.0))
    learner.act()
    np.testing.assert_allclose(learner.state.policy[0], [1 - 3 / 48, 3 / 48, 0.0])
    learner.update(0, 1, 2.0, 0, payoffs=(0.0, 2.0, 4.0))
    learner.act()
    np.testing.assert_allclose(learner.state.policy[0], [0.0, 1 - 4 / 64, 4 / 64])


def test_regret_matching_plus_keeps_no_debt(rows):
    # By hand. Round 1, policy (1/2, 1/2): payoffs (1, 0) leave (1/2, 0) where regret matching has (1/2, -1/2). Round 2,
    # policy (1, 0): payoffs (0, 1) leave (1/2, 1) and (1/2, 1/2).
    table = [(1.0, 0.0), (0.0, 1.0), (0.0, 0.0)]
    plus, _ = rows(load("regret_matching_plus")).exchange(3, lambda t, policy: table[t])
    plain, _ = rows(load("regret_matching")).exchange(3, lambda t, policy: table[t])
    np.testing.assert_allclose(plus, [[1 / 2, 1 / 2], [1, 0], [1 / 3, 2 / 3]])
    np.testing.assert_allclose(plain, [[1 / 2, 1 / 2], [1, 0], [1 / 2, 1 / 2]])


def test_predictive_regret_matching_expects_the_last_regrets_again(rows):
    # By hand, with the regrets kept as in regret matching plus and the last ones added. Round 1: r = (1/2, -1/2), kept
    # (1/2, 0), predicted (1, -1/2). Round 2, policy (1, 0), payoffs (1, 2/3): r = (0, -1/3), kept (1/2, 0), predicted
    # (1/2, -1/3). Round 3, policy (1, 0), payoffs (0, 1/4): r = (0, 1/4), kept (1/2, 1/4), predicted (1/2, 1/2).
    table = [(1.0, 0.0), (1.0, 2 / 3), (0.0, 1 / 4), (0.0, 0.0)]
    policies, _ = rows(load("predictive_regret_matching")).exchange(4, lambda t, policy: table[t])
    np.testing.assert_allclose(policies, [[1 / 2, 1 / 2], [1, 0], [1, 0], [1 / 2, 1 / 2]])


def test_the_last_policies_of_predictive_regret_matching_settle_where_those_of_regret_matching_cycle():
    # Farina, Kroer and Sandholm 2021: prediction makes the average converge much faster. In biased rock-paper-scissors.
    payoffs = np.array([[0.0, -1.0, 3.0], [1.0, 0.0, -1.0], [-3.0, 1.0, 0.0]])
    payoffs = np.stack([payoffs, -payoffs])
    rounds, start = 2_000, np.array([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    gaps = {}
    for name in ("regret_matching", "regret_matching_plus", "predictive_regret_matching"):
        play = MixedPlay(payoffs, load(name), start=start)
        gaps[name] = nash_conv(payoffs, play.advance(rounds).policies[0] / rounds)
    assert gaps["predictive_regret_matching"] < min(gaps["regret_matching"], gaps["regret_matching_plus"]) / 10


@pytest.mark.parametrize("eta", [0.1, 30.0])
def test_the_policy_against_swap_regret_is_stationary(rows, eta):
    # Blum and Mansour 2007: p = p Q, the rows of Q being the copies' policies.
    draws = np.random.default_rng(8)
    learner = rows(load("swap_regret", eta=eta), actions=5)
    for _ in range(40):
        learner.exchange(1, lambda t, policy: draws.uniform(size=5))
        learner.kernels.strategy(learner.params, learner.state, 0)
        policy = learner.state.policy[0]
        matrix = np.stack([softmax(eta * total) for total in learner.state.total[0]])
        np.testing.assert_allclose(policy @ matrix, policy, rtol=1e-12, atol=0)
        assert policy.sum() == pytest.approx(1.0, rel=1e-12)


def test_stationary_distributions_are_exact_to_rounding():
    # Two states left with probabilities a and b: (b, a) / (a + b), however small they are. Three states in a ring that
    # are left with 1e-200, 1e-180 and 1e-190, which no inverse in double precision tells apart. A state never left.
    p = np.zeros(3)
    stationary(np.array([[1.0, 1e-250], [1e-260, 1.0]]), 2, p)
    np.testing.assert_allclose(p[:2], [1e-10 / (1 + 1e-10), 1 / (1 + 1e-10)], rtol=1e-12)
    ring = np.eye(3)
    ring[0, 1], ring[1, 2], ring[2, 0] = 1e-200, 1e-180, 1e-190
    stationary(ring, 3, p)
    np.testing.assert_allclose(p, np.array([1.0, 1e-20, 1e-10]) / (1 + 1e-10 + 1e-20), rtol=1e-12)
    for kept in range(3):
        matrix = np.full((3, 3), 1 / 3)
        matrix[kept] = np.eye(3)[kept]
        stationary(matrix.copy(), 3, p)
        np.testing.assert_allclose(p, np.eye(3)[kept], atol=1e-15)
    huge = np.array([[1.0, 1e-200, 0.0], [0.0, 1.0, 1e-200], [1e-299, 0.0, 1.0]])
    stationary(huge, 3, p)
    np.testing.assert_allclose(p, [1e-99, 1e-99, 1.0], rtol=1e-12)


@long_run
def test_learning_without_swap_regret_leads_to_correlated_equilibria(average_play):
    # The mean over lanes of a player's realised swap regret keeps to the bound of its expectation; the CE gap is the
    # sum of the players' swap regrets a round. In Shapley's game external regret learners stay above 0.2 (see above).
    rounds, lanes = 100_000, 16
    learner = load("swap_regret", eta=math.sqrt(8 * 3 * math.log(3) / rounds))
    payoffs, joint = average_play("shapley", learner, rounds, lanes)
    bound = 2 * float(learner.regret_bound(3, rounds)) / rounds
    assert bound == pytest.approx(2 * math.sqrt(3 * math.log(3) / 2 / rounds))
    assert 0 < np.mean([ce_gap(payoffs, each) for each in joint]) < bound < 0.01
