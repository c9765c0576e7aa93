import math

import numpy as np
import pytest
from numba import config
from scipy.special import softmax

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import load
from regretlab.baselines.mixed_play import MixedPlay
from regretlab.baselines.noregret.mixing import pick
from regretlab.envs.core.registry import build
from regretlab.envs.games import library
from regretlab.solvers.normal_form import action_values, marginals, nash_conv

long_run = pytest.mark.skipif(config.DISABLE_JIT, reason="a long run is for compiled code")


def test_the_regret_of_hedge_against_an_alternating_adversary_is_known(rows):
    # The adversary pays (1, 0), then (0, 1), and so on. Hedge expects 1/2, then 1 / (1 + e^eta), of the 1 that each
    # action earns in two rounds. The bound is ln K / eta + eta T / 8 (Cesa-Bianchi and Lugosi 2006, theorem 2.2); with
    # this eta its terms are equal, and the regret is the second of them less a part of order eta^3.
    rounds = 4_000
    eta = math.sqrt(8 * math.log(2) / rounds)
    policies, payoffs = rows(load("hedge", eta=eta)).exchange(rounds, lambda t, policy: (1.0 - t % 2, t % 2))
    regret = rounds / 2 - (policies * payoffs).sum()
    assert regret == pytest.approx(rounds / 2 * (0.5 - 1 / (1 + math.exp(eta))), rel=1e-9)
    bound = load("hedge", eta=eta).regret_bound(2, rounds)
    assert bound == pytest.approx(math.sqrt(rounds * math.log(2) / 2))
    assert 0.49 * bound < regret < bound


def test_the_rates_of_hedge(rows):
    # anytime: eta = sqrt(8 ln K / t). AdaHedge: eta = ln K / Delta, Delta the sum of the mixability gaps (de Rooij et
    # al. 2014, section 2), here written with the mixing payoff of one round instead of the difference of soft maxima.
    table = np.random.default_rng(3).uniform(size=(60, 4))
    before = np.vstack([np.zeros(4), table.cumsum(axis=0)[:-1]])
    policies, _ = rows(load("hedge", rate="anytime"), actions=4).exchange(60, lambda t, policy: table[t])
    for t in range(60):
        np.testing.assert_allclose(policies[t], softmax(math.sqrt(8 * math.log(4) / (t + 1)) * before[t]), rtol=1e-12)
    policies, _ = rows(load("hedge", rate="self-confident"), actions=4).exchange(60, lambda t, policy: table[t])
    gap = 0.0
    for t, payoffs in enumerate(table):
        eta = math.log(4) / gap if gap else None
        leads = before[t] == before[t].max()
        policy = softmax(eta * before[t]) if eta else leads / leads.sum()
        np.testing.assert_allclose(policies[t], policy, rtol=1e-9)
        gap += (math.log(policy @ np.exp(eta * payoffs)) / eta if eta else payoffs.max()) - policy @ payoffs


def test_a_clear_best_action_costs_adahedge_a_constant(rows):
    # De Rooij et al. 2014: where one action leads for good, Delta and with it the regret stop growing. Hedge with the
    # rate for the worst case, sqrt(8 ln K / T), has paid nearly ln K / eta = sqrt(T ln K / 8) by then.
    rounds = 1_000
    policies, _ = rows(load("hedge", rate="self-confident")).exchange(rounds, lambda t, policy: (1.0, 0.0))
    regret = np.cumsum(1.0 - policies[:, 0])
    assert regret[-1] == pytest.approx(regret[100], rel=1e-9) and regret[-1] < 1.0
    slow = load("hedge", eta=math.sqrt(8 * math.log(2) / rounds))
    policies, _ = rows(slow).exchange(rounds, lambda t, policy: (1.0, 0.0))
    assert (1.0 - policies[:, 0]).sum() == pytest.approx(math.sqrt(rounds * math.log(2) / 8), rel=0.05)


def test_optimistic_hedge_counts_the_last_payoffs_twice(rows):
    table = np.random.default_rng(4).uniform(size=(30, 3))
    policies, _ = rows(load("optimistic_hedge", eta=0.7), actions=3).exchange(30, lambda t, policy: table[t])
    np.testing.assert_allclose(policies[0], 1 / 3)
    for t in range(1, 30):
        np.testing.assert_allclose(policies[t], softmax(0.7 * (table[:t].sum(axis=0) + table[t - 1])), rtol=1e-12)


def test_hedge_leaves_the_equilibrium_of_rock_paper_scissors_and_optimistic_hedge_finds_it():
    # Computed independently in NumPy, eta 0.1 for payoffs from -1 to 1, which is eta 0.2 for payoffs from 0 to 1: from
    # KL divergence 0.1405 (sum over players) Hedge gets to 4.72 in 2,000 rounds, NashConv of the average 0.032 and of
    # the last policies 1.86; optimistic Hedge gets to 0.0002 and 0.013.
    payoffs = library.load("rock-paper-scissors").payoffs
    assert (payoffs.min(), payoffs.max()) == (-1, 1)
    start = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])
    reached = {}
    for name in ("hedge", "optimistic_hedge"):
        play = MixedPlay(payoffs, load(name, eta=0.2), start=start, record=True)
        assert divergence(play.policies[0]) == pytest.approx(0.1405, abs=5e-5)
        average = play.advance(2_000).policies[0] / 2_000
        last = play.record.policies[-1, 0]
        reached[name] = divergence(play.policies[0]), nash_conv(payoffs, average), nash_conv(payoffs, last)
    assert reached["hedge"] == pytest.approx((4.72, 0.032, 1.86), rel=0.005)
    divergence_left, _, gap = reached["optimistic_hedge"]
    assert divergence_left == pytest.approx(0.0002, abs=5e-5) and gap == pytest.approx(0.013, abs=1e-3)


def divergence(profile):
    """Return the sum over players of the KL divergence of a mixed action from uniform play."""
    return float((-np.log(len(profile[0])) - np.log(profile)).mean(axis=1).sum())


def test_hedge_counts_payoffs_in_units_of_the_reward_range():
    payoffs = library.load("prisoners-dilemma").payoffs
    learner = load("hedge").prepared(build("MatrixGame-v0", game="prisoners-dilemma"))
    assert (learner.params.low, learner.params.width) == (payoffs.min(), np.ptp(payoffs))


def test_hedge_draws_from_its_policy(rows):
    learner = rows(load("hedge", eta=1.0), actions=3)
    learner.update(0, 0, 0.0, 0, payoffs=(0.0, math.log(3.0), -800.0))
    picks = np.bincount([learner.act() for _ in range(4000)], minlength=3)
    np.testing.assert_allclose(learner.state.policy[0], [0.25, 0.75, 0.0], atol=1e-12)
    assert picks[2] == 0 and abs(picks[0] - 1000) < 5 * math.sqrt(4000 * 3 / 16)


@long_run
def test_fictitious_play_cycles_in_shapleys_game(average_play):
    # The play keeps to the cells that pay (1 in sum) and is without regret in the limit, so best responses to the
    # marginals earn 1 in sum too. Independent draws from them earn 1 unless they meet on the diagonal, where nobody is
    # paid: the NashConv tends to the probability of that, x . y. It does not vanish, as the play never settles
    # (Shapley 1964); round the cycle it lies between 0.277 and 0.289 (best responses to counts, iterated in NumPy).
    for rounds, precision in ((1_000, 0.05), (2_000, 0.05), (200_000, 0.01)):
        payoffs, joint = average_play("shapley", load("fictitious_play"), rounds, lanes=4)
        for each in joint:
            x, y = marginals(each)
            gap = nash_conv(payoffs, [x, y])
            assert gap == pytest.approx(x @ y, abs=precision)
            assert 0.277 - precision < gap < 0.289 + precision


@long_run
def test_fictitious_play_converges_in_matching_pennies(average_play):
    # Robinson 1951; the gap falls like 1 / sqrt(T) (Karlin's conjecture, here with the constant 4).
    for rounds in (400, 40_000):
        payoffs, joint = average_play("matching-pennies", load("fictitious_play"), rounds, lanes=4)
        for each in joint:
            assert nash_conv(payoffs, marginals(each)) < 4 / math.sqrt(rounds)


def test_fictitious_play_replies_best_to_the_past(rows):
    learner = rows(load("fictitious_play"), actions=3)
    assert {learner.act() for _ in range(60)} == {0, 1, 2}, "the first action is random"
    learner.update(0, 0, 0.0, 0, payoffs=(0.0, 2.0, 1.0))
    learner.update(0, 0, 0.0, 0, payoffs=(0.0, 0.0, 1.5))
    assert {learner.act() for _ in range(20)} == {2}


def test_fictitious_play_from_given_actions():
    # QuantEcon's own test of its FictitiousPlay on matching pennies: from the actions (0, 0), one more round makes the
    # frequencies ((1, 0), (1/2, 1/2)).
    payoffs = library.load("matching-pennies").payoffs
    play = MixedPlay(payoffs, load("fictitious_play"), start=np.array([[1.0, 0.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(play.advance(2).policies[0] / 2, [[1.0, 0.0], [0.5, 0.5]])


def test_fictitious_play_draws_as_its_strategy_says(rows):
    learner = rows(load("fictitious_play"), actions=4)
    learner.update(0, 0, 0.0, 0, payoffs=(2.0, 1.0, 2.0, 2.0))
    learner.kernels.strategy(learner.params, learner.state, 0)
    np.testing.assert_allclose(learner.state.policy[0], [1 / 3, 0, 1 / 3, 1 / 3])
    picks = np.bincount([learner.act() for _ in range(3000)], minlength=4)
    assert picks[1] == 0 and np.all(np.abs(picks[[0, 2, 3]] - 1000) < 5 * math.sqrt(3000 * 2 / 9))


def test_stochastic_fictitious_play_rests_at_a_logit_equilibrium():
    # Fudenberg and Levine 1995. Where play converges, everybody's policy is the logit reply to the average of the
    # others (payoffs in units of their range, here 3), and policies are their own average. With two actions it
    # converges (Benaim and Hirsch 1999).
    payoffs = np.array([[[3.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [2.0, 0.0]]])
    temperature, rounds = 0.2, 50_000
    play = MixedPlay(payoffs, load("stochastic_fictitious_play", temperature=temperature))
    average = play.advance(rounds).policies[0] / rounds
    for k, values in enumerate(action_values(payoffs, list(average))):
        np.testing.assert_allclose(play.policies[0, k], softmax(values / 3.0 / temperature), rtol=1e-9)
    np.testing.assert_allclose(play.policies[0], average, atol=1e-3)


def test_neurd_without_threshold_is_hedge():
    # Hennes et al. 2020: one state and all actions make neural replicator dynamics Hedge, because what is subtracted
    # from every logit does not show in the softmax.
    payoffs = np.random.default_rng(6).normal(size=(3, 2, 3, 4))
    for eta in (0.05, 2.0):
        one, other = (
            MixedPlay(payoffs, learner, record=True)
            for learner in (load("hedge", eta=eta), load("neurd", eta=eta, beta=0.0))
        )
        one.advance(300), other.advance(300)
        np.testing.assert_allclose(one.record.policies, other.record.policies, rtol=1e-9, atol=1e-15)


def test_the_threshold_of_neurd_is_about_the_mean_of_the_players_own_actions(rows):
    # Two actions of which one always pays more: the logits part by eta a round (gap 1) as long as the upper one lies
    # less than beta above their mean, that is to 2 beta and less than one step beyond. The mean over a third action
    # that the player does not have (OpenSpiel's bug 1156) would stop the upper one elsewhere.
    eta, beta = 0.3, 2.0
    learner = rows(load("neurd", eta=eta, beta=beta), actions=3)
    learner.state.actions[:] = 2
    policies, _ = learner.exchange(200, lambda t, policy: (1.0, 0.0, 0.0))
    parted = np.log(policies[:, 0] / policies[:, 1])
    np.testing.assert_allclose(parted[:14], eta * np.arange(14), atol=1e-9)
    assert 2 * beta <= parted[-1] < 2 * beta + eta and parted[-1] == parted[-2]
    # and it turns round at once
    back, _ = learner.exchange(2, lambda t, policy: (0.0, 1.0, 0.0))
    assert np.log(back[1, 0] / back[1, 1]) == pytest.approx(parted[-1] - eta)


RECOVERY = {  # rounds x eta from logit difference -d to even odds, simulated independently with eta = 0.01
    "softmax_policy_gradient": {2: 5.64, 5: 79.23, 10: 11_023.28},
    "neurd": {2: 2.0, 5: 5.0, 10: 10.0},
}


@long_run
@pytest.mark.parametrize("name", RECOVERY)
@pytest.mark.parametrize("distance", [2, 5, 10])
def test_recovery_from_a_bad_start(name, distance):
    # Two actions, a gap of 1. The logit difference d of the gradient follows d' = 2 eta p (1 - p) = eta / (1 + cosh d),
    # so that it takes (d + sinh d) / eta; the replicator's follows d' = eta. Steps of eta = 0.01 are a little behind.
    eta = 0.01
    learner = load(name, eta=eta, **({"beta": 0.0} if name == "neurd" else {}))
    odds = 1 / (1 + math.exp(distance))
    play = MixedPlay(np.array([[1.0, 0.0]]), learner, start=np.array([[odds, 1 - odds]]))
    exact = distance + math.sinh(distance) if name == "softmax_policy_gradient" else distance
    known = RECOVERY[name][distance]
    assert known == pytest.approx(exact, rel=0.003)
    play.advance(round(known / eta) - 1)
    assert play.policies[0, 0, 0] < 0.5
    play.advance(2)
    assert play.policies[0, 0, 0] > 0.5


def test_replicator_mutator_selects_and_mutates(rows):
    # The formula of its first lines in NumPy; no share falls below mutation / K; without mutation it is Hedge.
    eta, mutation = 0.8, 0.05
    table = np.random.default_rng(9).uniform(size=(50, 4))
    learner = rows(load("replicator_mutator", eta=eta, mutation=mutation), actions=4)
    policies, _ = learner.exchange(50, lambda t, policy: table[t])
    share = np.full(4, 1 / 4)
    for t, payoffs in enumerate(table):
        np.testing.assert_allclose(policies[t], share, rtol=1e-12)
        fit = share * np.exp(eta * payoffs)
        share = (1 - mutation) * fit / fit.sum() + mutation / 4
    learner = rows(load("replicator_mutator", eta=eta, mutation=mutation))
    policies, _ = learner.exchange(300, lambda t, policy: (1.0, 0.0))
    assert policies[:, 1].min() > mutation / 2 and policies[-1, 1] < 2 * mutation
    pure, hedge = (
        rows(learner, actions=4).exchange(50, lambda t, policy: table[t])[0]
        for learner in (load("replicator_mutator", eta=eta, mutation=0.0), load("hedge", eta=eta))
    )
    np.testing.assert_allclose(pure, hedge, rtol=1e-9)


def test_no_action_of_probability_zero_is_picked():
    # Neither first, in the middle, nor last, where rounding leaves the sum below the number drawn.
    last = 1 - 2**-53
    assert [pick(np.array([0.0, 1.0]), 2, u) for u in (0.0, last)] == [1, 1]
    assert [pick(np.array([0.25, 0.0, 0.75]), 3, u) for u in (0.0, 0.2, 0.25, last)] == [0, 0, 2, 2]
    assert pick(np.array([0.5, 0.5 - 1e-12, 0.0]), 3, last) == 1


def test_no_share_is_lost_for_ever(rows):
    # By exp(-10) a round, in 100 rounds a share would fall below every positive number. Hedge is back after 100 more.
    learner = rows(load("replicator_mutator", eta=10.0, mutation=0.0))
    policies, _ = learner.exchange(210, lambda t, policy: (1.0, 0.0) if t < 100 else (0.0, 1.0))
    assert policies[100, 0] > 0.99 and policies[-1, 1] > 0.99


def test_adahedge_with_one_action_keeps_its_numbers(rows):
    # Rounding makes its mixability gap positive, and ln 1 over it is a rate of 0.
    learner = rows(load("hedge", rate="self-confident"), actions=1)
    policies, _ = learner.exchange(50, lambda t, policy: (0.1 + 0.01 * t,))
    assert np.all(policies == 1.0) and np.isfinite(learner.state.gap[0])
