import math

import numpy as np
import pytest
from numba import config

import regretlab  # noqa: F401 (registers the environments)
from regretlab.baselines import accepts, load
from regretlab.baselines.fused import Fused
from regretlab.baselines.lockstep import Lockstep
from regretlab.baselines.noregret import tsallis_inf
from regretlab.baselines.noregret.bandit import estimate
from regretlab.envs.core.fusing import plain
from regretlab.envs.core.registry import build

long_run = pytest.mark.skipif(config.DISABLE_JIT, reason="a long run is for compiled code")
BANDITS = ("exp3", "exp3_ix", "tsallis_inf", "sampled_policy_gradient", "neurd_cix", "explore_then_commit")
GENERAL = ("boltzmann_q", "wolf_phc")
FULL = ("hedge", "regret_matching", "fictitious_play")


def repeated(**knobs):
    return build("IteratedGame-v0", **{"horizon": 0, "memory": 0, "feedback": "bandit", **knobs})


def bandit(*means, period=1_000_000, scale=1.0, low=0.0, **knobs):
    """Bernoulli arms whose means, a row each, change after every ``period`` rounds."""
    games = scale * np.array(means)[:, None] + low
    changes = {"switching": "schedule", "period": period} if len(means) > 1 else {}
    return repeated(games=games, noise="bernoulli", **changes, **knobs)


@pytest.mark.parametrize("name", BANDITS)
def test_a_policy_is_a_distribution_over_the_players_own_actions(name):
    uneven = repeated(payoffs=np.random.default_rng(3).normal(size=(2, 3, 5)), memory=1)
    run = Lockstep(uneven, load(name), lanes=20)
    for rounds in (1, 2, 50, 400):
        run.advance(rounds)
        policies = run.states[0].policy.reshape(20, 2, 5)
        np.testing.assert_allclose(policies.sum(axis=2), 1.0, rtol=0, atol=1e-12)
        assert np.all(policies >= 0) and np.all(policies[:, 0, 3:] == 0)


@pytest.mark.parametrize("name", [*BANDITS, *GENERAL])
def test_a_lane_is_the_single_run_of_its_seed(identical, name):
    game = bandit((0.3, 0.6, 0.4, 0.5), period=40)
    many, single = Fused(game, load(name), lanes=3, seed=11), Fused(game, load(name), seed=12)
    rewards, alone = (run.advance(200).rewards for run in (many, single))
    assert identical(rewards[1:2], alone) and not identical(rewards[:1], alone)
    for part, alone in zip(many.states[0], single.states[0], strict=True):
        if isinstance(part, np.ndarray):
            assert identical(part[1:2], alone)


@pytest.mark.parametrize("name", BANDITS)
def test_bandit_learners_refuse_full_feedback(name):
    game = repeated(feedback="full")
    assert "feedback" in accepts(load(name), game)
    with pytest.raises(ValueError, match="feedback='bandit'"):
        Lockstep(game, load(name))


@pytest.mark.parametrize("name", FULL)
def test_full_information_learners_refuse_bandit_feedback(name):
    assert accepts(load(name), repeated(feedback="full")) is None
    with pytest.raises(ValueError, match="rewards of all its actions"):
        Lockstep(repeated(), load(name))


@pytest.mark.parametrize("name", GENERAL)
def test_general_learners_take_both(name):
    assert accepts(load(name), repeated()) is None is accepts(load(name), repeated(feedback="full"))


# --- the estimates -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "gamma", "mean", "variance"),
    [
        # mean r p / min(1, p + gamma), variance r^2 p / min(1, p + gamma)^2 - mean^2, here for r = 1
        (0.01, 0.0, 1.0, 99.0),
        (0.01, 0.1, 0.0909, 0.8182),
        (0.01, 1.0, 0.01, 0.0099),
        (0.1, 0.1, 0.5, 2.25),
    ],
)
def test_moments_of_capped_implicit_exploration(probability, gamma, mean, variance):
    drawn = plain(estimate)(1.0, probability, gamma, True)
    assert probability * drawn == pytest.approx(mean, abs=5e-5)
    assert probability * drawn**2 - (probability * drawn) ** 2 == pytest.approx(variance, abs=5e-5)


def test_the_cap_holds_what_implicit_exploration_would_shrink():
    assert plain(estimate)(1.0, 0.6, 0.9, True) == 1.0
    assert plain(estimate)(1.0, 0.6, 0.9, False) == pytest.approx(1 / 1.5)


def moves(learner, payoffs):
    """Return by drawn action how the logits move, in units of eta, and the policy they move from."""
    out = []
    learner.act()
    policy, start, rounds = learner.state.policy[0].copy(), learner.state.total[0].copy(), learner.state.rounds[0]
    for action, payoff in enumerate(payoffs):
        learner.state.total[0], learner.state.policy[0], learner.state.rounds[0] = start, policy, rounds
        learner.update(0, action, payoff, 0)
        out.append(learner.state.total[0] - start)
    learner.state.total[0] = start
    return policy, np.array(out)


@pytest.mark.parametrize("baseline", [0.0, 0.3, 1.0])
def test_samples_estimate_the_gradients_of_the_softmax_without_bias(rows, baseline):
    # Expected over the draw: SPG p_a (u_a - v), whatever b; NeuRD-MC u_a - b, the advantage but for a common number.
    payoffs = np.array([0.9, 0.2, 0.5])
    for name, knobs in (("sampled_policy_gradient", {}), ("neurd_cix", {"gamma": 0.0})):
        learner = rows(load(name, baseline=baseline, **knobs), actions=3)
        learner.state.total[0] = [3.0, -10.0, 20.0]
        policy, moved = moves(learner, payoffs)
        wanted = policy * (payoffs - policy @ payoffs) if not knobs else payoffs - baseline
        np.testing.assert_allclose(policy @ moved, wanted, atol=1e-14)
        if not knobs:  # and after each draw (1[a = A] - p(a)) (r - b)
            np.testing.assert_allclose(moved, (np.eye(3) - policy) * (payoffs - baseline)[:, None], atol=1e-14)


def test_neurd_cix_goes_from_importance_weights_to_policy_gradient(rows):
    payoffs = np.array([0.9, 0.2])
    for gamma in (0.0, 0.25, 1.0):
        learner = rows(load("neurd_cix", gamma=gamma, baseline=0.0))
        learner.state.total[0] = [0.0, 20.0]
        policy, moved = moves(learner, payoffs)
        np.testing.assert_allclose(moved, np.diag(payoffs / np.minimum(1.0, policy + gamma)))
    learner = rows(load("sampled_policy_gradient", baseline=0.0))
    learner.state.total[0] = [0.0, 20.0]
    gradient = moves(learner, payoffs)[1]
    # what is left of the gradient is the mean, r p(a), which it takes from every logit
    np.testing.assert_allclose(gradient + payoffs[:, None] * policy, moved, atol=1e-14)


def test_the_threshold_stops_a_logit_from_both_sides(rows):
    # At eta 0.1 the totals 15 and -15 are the logits 1.5 and -1.5.
    for beta, total, moved in ((2.0, 15.0, True), (1.0, 15.0, False), (0.0, 15.0, True), (1.0, -15.0, True)):
        learner = rows(load("neurd_cix", beta=beta, baseline=0.0))
        learner.state.total[0] = [total, -total]
        assert bool(moves(learner, (1.0, 1.0))[1][0, 0]) == moved
    for beta, moved in ((2.0, True), (1.0, False)):
        learner = rows(load("neurd_cix", beta=beta, baseline=1.0))
        learner.state.total[0] = [-15.0, 15.0]
        assert bool(moves(learner, (0.0, 0.0))[1][0, 0]) == moved


def test_exp3_ix_is_neurd_cix_without_a_cap():
    # Neu's algorithm: losses over p + eta / 2.
    game = bandit((0.0, 0.3, 0.8, 0.9))
    runs = [
        Fused(game, learner, lanes=8)
        for learner in (
            load("exp3_ix", rate="fixed", eta=0.2),
            load("neurd_cix", eta=0.2, gamma=0.1, cap=False, baseline=1.0),
        )
    ]
    np.testing.assert_array_equal(*(run.advance(500).rewards for run in runs))
    np.testing.assert_array_equal(*(run.states[0].total for run in runs))


def test_estimates_count_rewards_in_units_of_the_reward_range(identical):
    # The same arms in other units, powers of 2, so that nothing is rounded: play is the same.
    games = bandit((0.0, 0.75, 1.0)), bandit((0.0, 0.75, 1.0), scale=64.0, low=-128.0)
    for name in BANDITS:
        one, other = (Fused(game, load(name), lanes=4).advance(300).rewards for game in games)
        assert identical(64.0 * one - 128.0 * 300, other)


@pytest.mark.parametrize("name", ["sampled_policy_gradient", "neurd_cix"])
def test_learners_with_logits_begin_where_they_are_told(name):
    game, learner = repeated(game="rock-paper-scissors"), load(name)
    state = learner.rows(game, (0, 1), np.arange(3, dtype=np.uint64))
    policies = np.random.default_rng(0).dirichlet(np.ones(3), size=6)
    learner.start_from(state, policies)
    run = Lockstep(game, learner, lanes=3, states=[state])
    run.advance(1)
    np.testing.assert_allclose(state.policy, policies, rtol=1e-12)
    with pytest.raises(ValueError, match="exp3 cannot begin"):
        load("exp3").start_from(state, policies)


# --- Tsallis-INF ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actions", [1, 2, 5, 1000])
@pytest.mark.parametrize("spread", [0.0, 1.0, 1e3, 1e9])
def test_the_normaliser_of_tsallis_inf_solves_its_equation(actions, spread):
    losses = spread * np.random.default_rng(actions).random((1, actions))
    gaps = losses[0] - losses.min()
    for eta in (2.0, 0.01):
        z = plain(tsallis_inf.normaliser)(losses, 0, actions, losses.min(), eta)
        assert z >= 2.0
        assert math.fsum((2.0 / (z + eta * gaps)) ** 2) == pytest.approx(1.0, abs=1e-12)


def test_newtons_method_takes_few_steps(monkeypatch):
    monkeypatch.setattr(tsallis_inf, "MOST_STEPS", 12)
    draws = np.random.default_rng(1)
    for spread in (0.1, 3.0, 30.0, 1e5):
        losses = spread * draws.random((1, 50))
        z = plain(tsallis_inf.normaliser)(losses, 0, 50, losses.min(), 1.0)
        assert np.sum((2.0 / (z + losses[0] - losses.min())) ** 2) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("reduced", [False, True])
def test_tsallis_inf_minimises_the_regularised_losses(rows, reduced):
    # The policy is the minimiser of eta L . p - 4 sum(sqrt(p)), so moving mass between any two actions gains nothing:
    # eta L_a - 2 / sqrt(p_a) is the same for all. The loss estimates have the right means (here exactly: the draw is
    # summed over), with variance reduction too.
    learner = rows(load("tsallis_inf", reduced_variance=reduced), actions=4)
    learner.state.total[0] = [5.0, 0.0, 2.0, 2.5]
    learner.state.rounds[0] = 63
    payoffs = np.array([0.1, 0.9, 0.4, 0.7])
    policy, moved = moves(learner, payoffs)
    eta = (4 if reduced else 2) / math.sqrt(64)
    assert np.ptp(eta * learner.state.total[0] - 2 / np.sqrt(policy)) < 1e-12
    np.testing.assert_allclose(policy @ moved, 1 - payoffs, atol=1e-14)
    assert np.any(moved[0, 1:] != 0) == reduced


@long_run
@pytest.mark.parametrize("reduced", [False, True])
def test_tsallis_inf_is_logarithmic_in_a_stochastic_bandit(reduced):
    # Its bound for any payoffs grows fourfold in 16 times the rounds; in a stochastic bandit the regret is logarithmic
    # (Zimmert and Seldin 2021), which from 1,000 rounds on is far from threefold: ln 16,000 / ln 1,000 = 1.4.
    learner = load("tsallis_inf", reduced_variance=reduced)
    run = Fused(bandit((0.9, 0.5, 0.5, 0.5, 0.1)), learner, lanes=400)
    early, late = np.cumsum([0.9 * rounds - run.advance(rounds).rewards[:, 0] for rounds in (1_000, 15_000)], axis=0)
    small, large = learner.regret_bound(5, [1_000, 16_000])
    assert 0 < early.mean() < small and early.mean() < late.mean() < large
    spare = 3 * early - late
    assert spare.mean() > 5 * spare.std() / math.sqrt(400)


# --- regret bounds -------------------------------------------------------------------------------------------------

ROUNDS = 20_000
# An adversary that pays the first action in two rounds of three and else the second: uniform play regrets T / 6 and to
# settle on the second action T / 3, both more than any of the bounds below.
ADVERSARY = (1.0, 0.0), (1.0, 0.0), (0.0, 1.0)


def regrets_of(learner, seeds=200):
    game = repeated(games=np.array(ADVERSARY)[:, None], switching="schedule", period=1)
    best = sum(ADVERSARY[t % 3][0] for t in range(ROUNDS))
    return best - Fused(game, learner, lanes=seeds).advance(ROUNDS).rewards[:, 0]


@long_run
def test_the_expected_regret_of_exp3_is_below_its_bound():
    # Auer et al. 2002, corollary 3.2: with this gamma at most 2 sqrt(e - 1) sqrt(T K ln K) = 2.63 sqrt(T K ln K).
    gamma = math.sqrt(2 * math.log(2) / ((math.e - 1) * ROUNDS))
    learner = load("exp3", gamma=gamma)
    bound = learner.regret_bound(2, ROUNDS)
    assert bound == pytest.approx(2 * math.sqrt((math.e - 1) * ROUNDS * 2 * math.log(2)))
    assert 0 < regrets_of(learner).mean() < bound < ROUNDS / 6
    assert load("exp3", gamma=0.1).regret_bound(2, 100.0) == pytest.approx((math.e - 1) * 10 + 20 * math.log(2))
    assert load("exp3", gamma=0.1, eta=0.2).regret_bound(2, 100.0) is None
    assert load("exp3", gamma=0.1).regret_bound(11, 100.0) is not None, "0.1 / 11 * 11 > 0.1 in floating point"
    with pytest.raises(ValueError, match=r"gamma=0.0 and eta=0.0"):
        load("exp3", gamma=0.0)


@long_run
@pytest.mark.parametrize("rate", ["fixed", "anytime"])
def test_the_regret_of_exp3_ix_is_below_its_bound_in_almost_every_run(rate):
    # Neu 2015, theorem 1, delta = 0.05. The regret is that of the realised play of each seed.
    log, confidence = math.log(2), math.log(2 / 0.05)
    learner = load("exp3_ix", rate=rate, eta=math.sqrt(2 * log / (2 * ROUNDS)))
    bound = learner.regret_bound(2, ROUNDS)
    if rate == "fixed":
        wide = math.sqrt(2 * 2 * ROUNDS / log)
        assert bound == pytest.approx(2 * math.sqrt(2 * 2 * ROUNDS * log) + (wide + 1) * confidence)
    else:
        wide = 2 * math.sqrt(2 * ROUNDS / log)
        assert bound == pytest.approx(4 * math.sqrt(2 * ROUNDS * log) + (wide + 1) * confidence)
    regrets = regrets_of(learner)
    assert bound < ROUNDS / 6 and regrets.mean() > 0
    assert np.mean(regrets <= bound) >= 0.95


@long_run
@pytest.mark.parametrize("reduced", [False, True])
def test_the_expected_regret_of_tsallis_inf_is_below_its_bound(reduced):
    learner = load("tsallis_inf", reduced_variance=reduced)
    assert 0 < regrets_of(learner).mean() < learner.regret_bound(2, ROUNDS) < ROUNDS / 6


def test_bounds_of_tsallis_inf():
    # Zimmert and Seldin 2021, theorem 1
    rounds = np.array([0, 1, 10_000])
    np.testing.assert_allclose(load("tsallis_inf").regret_bound(4, rounds), [1, 9, 801])
    reduced = load("tsallis_inf", reduced_variance=True).regret_bound(4, rounds)
    np.testing.assert_allclose(reduced, [16, 20, 416 + 40 * math.log(10_000)])


def test_explore_then_commit_commits_to_the_best_arm():
    # After m = 50 rounds an arm, a worse one leads with probability at most exp(-50 * 0.5^2) (Hoeffding).
    means, m = (0.4, 0.9, 0.1, 0.4), 50
    learner = load("explore_then_commit", explore=m)
    run = Fused(bandit(means), learner, lanes=40)
    run.advance(4 * m)
    assert np.ptp(run.states[0].total, axis=0).max() > 0, "rewards are noisy"
    for _ in range(3):
        run.advance(1)
        np.testing.assert_array_equal(run.states[0].policy, np.tile([0, 1, 0, 0], (40, 1)))
    totals = run.states[0].total.copy()
    assert abs(totals[:, 1].mean() / m - 0.9) < 5 * math.sqrt(0.09 / (40 * m))
    run.advance(100)
    np.testing.assert_array_equal(run.states[0].total, totals)


def test_explore_then_commit_tries_every_action_in_turn(rows):
    learner = rows(load("explore_then_commit", explore=2), actions=3)
    payoffs = (0.0, 1.0, 1.0)
    for action in (0, 1, 2, 0, 1, 2, 1, 1, 1):  # of equals it keeps the first
        assert learner.act() == action
        learner.update(0, action, payoffs[action], 0)


@long_run
def test_the_bound_of_explore_then_commit_holds_for_any_gap():
    # Gaps of about sqrt(1 / m) are the ones that m rounds an arm cannot tell apart. What is compared is the regret of
    # the means: m rounds at each arm, then the gap of the one that it committed to.
    m, rounds = 100, 20_000
    learner = load("explore_then_commit", explore=m)
    bound = learner.regret_bound(4, rounds)
    for gap in (0.02, 0.08, 0.3):
        means = np.array([0.5, 0.5, 0.5, 0.5 + gap])
        run = Fused(bandit(means), learner, lanes=400)
        run.advance(4 * m + 1)
        gaps = means.max() - means
        regret = m * gaps.sum() + (rounds - 4 * m) * (run.states[0].policy @ gaps).mean()
        assert m * gaps.sum() <= regret < bound
    assert bound < rounds * 0.3 * 0.75, "uniform play at the last gap"
    np.testing.assert_allclose(learner.regret_bound(4, [10, 400]), [10, 300])


# --- a bandit that changes -----------------------------------------------------------------------------------------

BEST, OTHERS, PERIOD, SEEDS = 0.8, 0.2, 1_000, 60


def dynamic_regrets(name, **knobs):
    """Return the regrets (seeds,) against always playing the best arm, at the eta of the least mean.

    Five Bernoulli arms, of which the best rotates.
    """
    game = bandit(*np.where(np.eye(5), BEST, OTHERS), period=PERIOD, horizon=4 * PERIOD)
    optimum = game.certify().optimal.value
    assert optimum == pytest.approx(BEST * 4 * PERIOD)
    cells = []
    for eta in (0.01, 0.03, 0.1, 0.3, 1.0):
        totals = Fused(game, load(name, eta=eta, **knobs), lanes=SEEDS).advance(4 * PERIOD)
        np.testing.assert_array_equal(totals.episodes, 1)
        cells.append(optimum - totals.returns[:, 0])
    return min(cells, key=np.mean)


@long_run
def test_capped_implicit_exploration_lies_between_neurd_and_policy_gradient():
    # Loss form, b = 1, best eta for each cell; (mean, standard error) over 60 seeds as found in NumPy by an independent
    # simulation of the same rules. Two means of 60 seeds differ by less than 5 standard errors of their difference;
    # where only the mean is known, ours stands for both.
    known = {
        "spg": (1733, 20),
        0.0: (492, 32),
        0.01: (246, 6),
        0.02: (260, None),
        0.05: (334, None),
        0.1: (450, None),
        0.3: (761, None),
        1.0: (1211, None),
    }
    found = {gamma: dynamic_regrets("neurd_cix", gamma=gamma) for gamma in known if gamma != "spg"}
    found["spg"] = dynamic_regrets("sampled_policy_gradient")
    for cell, (mean, error) in known.items():
        ours = found[cell].std(ddof=1) / math.sqrt(SEEDS)
        assert abs(found[cell].mean() - mean) < 5 * math.hypot(ours, ours if error is None else error), cell
    means = {cell: each.mean() for cell, each in found.items()}
    assert means[0.01] < means[0.0] < means[1.0] < means["spg"]
    assert found[0.01].std() < found[0.0].std() / 3, "what the bias buys"


@long_run
def test_without_the_loss_form_learners_lock_in_on_the_first_good_arm():
    # The same simulation with payoffs instead of losses, b = 0. 1,800 is the regret of staying with the first arm for
    # ever, which all estimates with implicit exploration come near; with b = 1/2 all of them regret about 1,200.
    known = {0.01: 1805, 0.02: 1810, 0.05: 1810, 0.1: 1810, 0.3: 1807, 1.0: 1807}
    for gamma, mean in known.items():
        found = dynamic_regrets("neurd_cix", baseline=0.0, gamma=gamma)
        assert abs(found.mean() - mean) < 5 * math.sqrt(2) * found.std(ddof=1) / math.sqrt(SEEDS), gamma
        assert dynamic_regrets("neurd_cix", baseline=0.5, gamma=gamma).mean() == pytest.approx(1_200, abs=30), gamma
    for name, knobs, mean, error in (
        ("neurd_cix", {"gamma": 0.0, "baseline": 0.0}, 1679, 26),
        ("sampled_policy_gradient", {"baseline": 0.0}, 1735, 21),
        ("sampled_policy_gradient", {"baseline": 0.5}, 1734, 20),  # the same for any b
    ):
        found = dynamic_regrets(name, **knobs)
        assert abs(found.mean() - mean) < 5 * math.hypot(found.std(ddof=1) / math.sqrt(SEEDS), error), (name, knobs)


def test_what_uniform_play_and_the_first_arm_regret_in_the_rotating_bandit():
    # By hand: 4,000 (0.8 - (0.8 + 4 x 0.2) / 5); the first arm is right in one period of four; the worst is never right
    game = bandit(*np.where(np.eye(5), BEST, OTHERS), period=PERIOD, horizon=4 * PERIOD)
    certificate = game.certify()
    assert certificate.optimal.value - certificate.random.value == pytest.approx(1_920)
    for arm, regret in ((0, 1_800), (4, 2_400)):
        earned = Fused(game, load("fixed", action=arm), lanes=SEEDS).advance(4 * PERIOD).returns[:, 0]
        # the mean of 60 runs of 4,000 payoffs, each of variance 0.16
        error = 5 * math.sqrt(0.16 * 4 * PERIOD / SEEDS)
        assert certificate.optimal.value - earned.mean() == pytest.approx(regret, abs=error)


# --- learners of values --------------------------------------------------------------------------------------------

ASYMMETRIC_PENNIES = np.array([[[3.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])


@long_run
def test_boltzmann_q_learners_settle_on_the_logit_equilibrium():
    # The logit equilibrium as the rest point of smoothed replies, found by damped iteration; it is far from the Nash
    # equilibrium, (1/2, 1/2) against (1/3, 2/3). With step size alpha a value varies by alpha / 2 of the payoff's
    # variance, at most 4, about its mean, and the curvature of the logistic function (at most 0.1 / temperature^2)
    # moves a probability by at most half of the product, 0.0008; 20 x 50,000 draws add sqrt(1 / 4e6) each.
    temperature, alpha = 0.5, 0.002
    row, column = ASYMMETRIC_PENNIES
    x = y = np.full(2, 0.5)
    for _ in range(10_000):
        one, other = np.exp(row @ y / temperature), np.exp(x @ column / temperature)
        x, y = x + 0.01 * (one / one.sum() - x), y + 0.01 * (other / other.sum() - y)
    run = Fused(
        repeated(payoffs=ASYMMETRIC_PENNIES),
        load("boltzmann_q", alpha=alpha, gamma=0.0, temperature=temperature),
        lanes=20,
    )
    run.advance(20_000)
    joint = run.advance(50_000).joint.mean(axis=0).reshape(2, 2) / 50_000
    tolerance = 0.5 * 0.1 / temperature**2 * alpha / 2 * 4 + 5 * math.sqrt(1 / 4e6)
    np.testing.assert_allclose(joint.sum(axis=1), x, atol=tolerance)
    np.testing.assert_allclose(joint.sum(axis=0), y, atol=tolerance)
    assert abs(x[0] - 1 / 2) > 5 * tolerance and abs(y[0] - 1 / 3) > 5 * tolerance


def test_boltzmann_q_draws_from_the_softmax_of_the_values_of_what_it_observes(rows):
    learner = rows(load("boltzmann_q", temperature=0.5), observations=3, actions=3)
    learner.state.values[0, 1] = [0.0, 0.5 * math.log(3.0), -500.0]
    picks = np.bincount([learner.act(1) for _ in range(4000)], minlength=3)
    np.testing.assert_allclose(learner.state.policy[0], [0.25, 0.75, 0.0], atol=1e-12)
    assert picks[2] == 0 and abs(picks[0] - 1000) < 5 * math.sqrt(4000 * 3 / 16)


@long_run
def test_wolf_approaches_the_mixed_equilibrium_and_a_single_rate_circles_it():
    # Bowling and Veloso 2002, section 5.1 (matching pennies), here with unequal stakes, so that neither player begins
    # at the equilibrium, (1/2, 1/2) against (1/3, 2/3).
    distances = {}
    for win, lose in ((0.0005, 0.002), (0.002, 0.002)):
        learner = load("wolf_phc", gamma=0.0, win=win, lose=lose, epsilon=0.02)
        run = Fused(repeated(payoffs=ASYMMETRIC_PENNIES), learner, lanes=40)
        run.advance(100_000)
        policies = run.states[0].policies[:, 0, 0].reshape(40, 2)
        distances[win] = np.abs(policies - [1 / 2, 1 / 3]).mean()
    assert distances[0.0005] < 0.05
    assert distances[0.002] > 4 * distances[0.0005]


def test_wolf_climbs_fast_only_when_it_loses(rows):
    # table 5 of the paper, by hand, for 3 actions
    learner = rows(load("wolf_phc", alpha=1.0, gamma=0.0, win=0.02, lose=0.1), actions=3)
    state = learner.state
    learner.update(0, 2, 1.0, 0)  # neither above nor below its average: a step of 0.1, half from each other action
    np.testing.assert_allclose(state.policies[0, 0], [1 / 3 - 0.05, 1 / 3 - 0.05, 1 / 3 + 0.1])
    np.testing.assert_allclose(state.averages[0, 0], 1 / 3)
    learner.update(0, 2, 1.0, 0)  # better than its average: a step of 0.02
    np.testing.assert_allclose(state.policies[0, 0], [1 / 3 - 0.06, 1 / 3 - 0.06, 1 / 3 + 0.12])
    learner.update(0, 0, 5.0, 0)  # now the first action is best, of which it plays less than on average
    np.testing.assert_allclose(state.policies[0, 0], [1 / 3 + 0.04, 1 / 3 - 0.11, 1 / 3 + 0.07])
    for _ in range(100):
        learner.update(0, 0, 5.0, 0)
    np.testing.assert_array_equal(state.policies[0, 0], [1.0, 0.0, 0.0])
