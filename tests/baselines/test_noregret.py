import math

import numpy as np
import pytest
from numba import config

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import load
from regretlab.baselines.fused import Fused
from regretlab.envs.core.registry import build
from regretlab.solvers.normal_form import cce_gap, ce_gap, marginals, nash_conv

long_run = pytest.mark.skipif(config.DISABLE_JIT, reason="a long run is for compiled code")


def game(name):
    environment = build("IteratedGame-v0", game=name, horizon=0, memory=0)
    return environment, environment.params.table.T.reshape(-1, *environment.params.actions)


def average_play(name, learner, rounds, lanes):
    environment, payoffs = game(name)
    joint = Fused(environment, load(learner), lanes=lanes).advance(rounds).joint / rounds
    return payoffs, joint.reshape(lanes, *payoffs.shape[1:])


def test_the_regret_of_hedge_against_an_alternating_adversary_is_known(rows):
    # The adversary pays (1, 0), then (0, 1), and so on. Hedge expects 1/2, then 1 / (1 + e^eta), of the 1 that each
    # action earns in two rounds. The bound is ln K / eta + eta T / 8 (Cesa-Bianchi and Lugosi 2006, theorem 2.2); with
    # this eta its terms are equal, and the regret is the second of them less a part of order eta^3.
    rounds = 4_000
    eta = math.sqrt(8 * math.log(2) / rounds)
    learner = rows(load("hedge", eta=eta))
    expected = 0.0
    for t in range(rounds):
        payoffs = (1.0, 0.0) if t % 2 == 0 else (0.0, 1.0)
        action = learner.act()
        expected += float(learner.state.policy[0] @ payoffs)
        learner.update(0, action, payoffs[action], 0, payoffs=payoffs)
    regret = rounds / 2 - expected
    assert regret == pytest.approx(rounds / 2 * (0.5 - 1 / (1 + math.exp(eta))), rel=1e-9)
    bound = math.log(2) / eta + eta * rounds / 8
    assert bound == pytest.approx(math.sqrt(rounds * math.log(2) / 2))
    assert 0.49 * bound < regret < bound


@pytest.mark.parametrize("actions", [2, 3, 10])
def test_the_regret_of_hedge_stays_below_its_bound(rows, actions):
    # The adversary always pays the action that Hedge finds least likely.
    rounds, eta = 2_000, 0.1
    learner = rows(load("hedge", eta=eta), actions=actions)
    expected, sums = 0.0, np.zeros(actions)
    for _ in range(rounds):
        learner.act()
        policy = learner.state.policy[0]
        payoffs = np.eye(actions)[policy.argmin()]
        expected += policy @ payoffs
        sums += payoffs
        learner.update(0, 0, 0.0, 0, payoffs=payoffs)
    assert 0 < sums.max() - expected <= math.log(actions) / eta + eta * rounds / 8


def test_hedge_counts_payoffs_in_units_of_the_reward_range():
    environment, payoffs = game("prisoners-dilemma")
    learner = load("hedge").prepared(environment)
    assert (learner.params.low, learner.params.width) == (payoffs.min(), np.ptp(payoffs))


def test_hedge_draws_from_its_policy(rows):
    learner = rows(load("hedge", eta=1.0), actions=3)
    learner.update(0, 0, 0.0, 0, payoffs=(0.0, math.log(3.0), -800.0))
    picks = np.bincount([learner.act() for _ in range(4000)], minlength=3)
    np.testing.assert_allclose(learner.state.policy[0], [0.25, 0.75, 0.0], atol=1e-12)
    assert picks[2] == 0 and abs(picks[0] - 1000) < 5 * math.sqrt(4000 * 3 / 16)


def test_regret_matching_holds_the_external_regret_of_its_play(rows):
    learner = rows(load("regret_matching"), actions=3)
    draws = np.random.default_rng(1)
    table, taken = draws.normal(size=(50, 3)), []
    for payoffs in table:
        taken.append(learner.act())
        learner.update(0, taken[-1], payoffs[taken[-1]], 0, payoffs=payoffs)
    np.testing.assert_allclose(learner.state.regret[0], (table - table[range(50), taken][:, None]).sum(axis=0))


def test_regret_matching_draws_in_proportion_to_positive_regrets(rows):
    learner = rows(load("regret_matching"), actions=4)
    learner.state.regret[0] = [1.0, -5.0, 0.0, 3.0]
    picks = np.bincount([learner.act() for _ in range(4000)], minlength=4)
    assert picks[1] == picks[2] == 0 and abs(picks[0] - 1000) < 5 * math.sqrt(4000 * 3 / 16)


@long_run
def test_regret_matching_in_self_play_approaches_the_equilibrium_of_rock_paper_scissors():
    # The squared positive regrets grow by at most 1 + 4 a round, the squared steps, in expectation (Blackwell's
    # condition), so a regret is sqrt(5 / T) a round at most; in a zero-sum game the two add up to the NashConv.
    bounds = []
    for rounds in (1_000, 100_000):
        payoffs, joint = average_play("rock-paper-scissors", "regret_matching", rounds, lanes=16)
        gap = np.mean([nash_conv(payoffs, marginals(each)) for each in joint])
        assert 0 < gap < 2 * math.sqrt(5 / rounds)
        bounds.append(gap)
    assert bounds[1] < bounds[0] / 3


@long_run
def test_external_regret_leads_to_coarse_equilibria_only():
    # The squared positive regrets grow by at most 2 a round in Shapley's game (one action pays 1, the others 0), so no
    # player's regret exceeds sqrt(2 / T) a round. The play circles the cells that pay and is no correlated equilibrium:
    # tests/solvers/test_normal_form.py shows the same in NumPy, with the same bound from below.
    rounds = 100_000
    payoffs, joint = average_play("shapley", "regret_matching", rounds, lanes=4)
    for each in joint:
        assert cce_gap(payoffs, each) < 2 * math.sqrt(2 / rounds)
        assert ce_gap(payoffs, each) > 0.2


@long_run
def test_fictitious_play_cycles_in_shapleys_game():
    # The play keeps to the cells that pay (1 in sum) and is without regret in the limit, so best responses to the
    # marginals earn 1 in sum too. Independent draws from them earn 1 unless they meet on the diagonal, where nobody is
    # paid: the NashConv tends to the probability of that, x . y. It does not vanish, as the play never settles
    # (Shapley 1964); round the cycle it lies between 0.277 and 0.289 (best responses to counts, iterated in NumPy).
    for rounds, precision in ((2_000, 0.05), (200_000, 0.01)):
        payoffs, joint = average_play("shapley", "fictitious_play", rounds, lanes=4)
        for each in joint:
            x, y = marginals(each)
            gap = nash_conv(payoffs, [x, y])
            assert gap == pytest.approx(x @ y, abs=precision)
            assert 0.277 - precision < gap < 0.289 + precision


@long_run
def test_fictitious_play_converges_in_matching_pennies():
    # Robinson 1951; the gap falls like 1 / sqrt(T) (Karlin's conjecture, here with the constant 4).
    for rounds in (400, 40_000):
        payoffs, joint = average_play("matching-pennies", "fictitious_play", rounds, lanes=4)
        for each in joint:
            assert nash_conv(payoffs, marginals(each)) < 4 / math.sqrt(rounds)


def test_fictitious_play_replies_best_to_the_past(rows):
    learner = rows(load("fictitious_play"), actions=3)
    assert {learner.act() for _ in range(60)} == {0, 1, 2}, "the first action is random"
    learner.update(0, 0, 0.0, 0, payoffs=(0.0, 2.0, 1.0))
    learner.update(0, 0, 0.0, 0, payoffs=(0.0, 0.0, 1.5))
    assert {learner.act() for _ in range(20)} == {2}
