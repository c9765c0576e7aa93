"""Learners of the average reward: what they reach where that is known, and their inner problems by other means."""

import math

import numpy as np
import pytest
from scipy.optimize import linprog, minimize_scalar

from regretlab.baselines.fused import Fused
from regretlab.baselines.learner import load
from regretlab.baselines.tabular import episodes, kl_ucrl, psrl, rho, ucrl2, ucrl2b
from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build
from regretlab.solvers import bias_of, chain_under, optimal_gain, policy_gain, stationary_law, uniform_policy

# By learner: the knob that is its exploration, or None, and other knobs.
LEARNERS = {
    "ucrl2b": (None, {}),
    "kl_ucrl": (None, {}),
    "psrl": (None, {}),
    "optimistic_q": (None, {"span": 0.2, "horizon": 20.0}),
    "actor_critic": (None, {}),
    "certainty_equivalence": ("epsilon", {}),
    "r_learning": ("epsilon", {}),
    "rvi_q": ("epsilon", {}),
    "differential_q": ("epsilon", {}),
    "dyna_q": ("epsilon", {}),
    "replay_q": ("epsilon", {}),
    "model_td": ("epsilon", {}),
    "n_step_policy_gradient": ("epsilon", {}),
    "on_policy_rho": ("epsilon", {}),
    "off_policy_rho": ("epsilon", {}),
    "rho_gradient": ("epsilon", {}),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_comes_near_the_optimum_of_its_exploration(name):
    """The machine of TabularMDP: 97 % of the exact gain of the optimal policy mixed with the learner's exploration."""
    exploration, knobs = LEARNERS[name]
    environment, learner = build("TabularMDP-v0"), load(name, **knobs)
    model = enumerate_model(environment)
    epsilon = learner.knobs[exploration] if exploration else 0.0
    soft = (1 - epsilon) * np.eye(2)[optimal_gain(model).policy] + epsilon / 2
    play = Fused(environment, learner, lanes=3)
    play.advance(50_000)
    earned = play.advance(50_000).rewards[:, 0] / 50_000
    assert earned.min() >= 0.97 * policy_gain(model, soft).value


@pytest.mark.parametrize("name", ["differential_q", "r_learning", "rvi_q", "actor_critic"])
def test_the_gain_is_estimated_where_there_is_nothing_to_choose(name):
    """Two states of gain 1/2: the estimates average 1 / step sizes errors of at most 1, so that .05 is wide."""
    environment = build("TwoState-v0", break_probability=0.5, repair_probability=0.5)
    knobs = {"alpha": 0.01, **({"eta": 0.1} if name in ("differential_q", "actor_critic") else {})}
    knobs |= {"beta": 0.001} if name == "r_learning" else {}
    play = Fused(environment, load(name, **knobs), lanes=4)
    play.advance(200_000)
    state = play.states[0]
    gain = state.values[:, 0, 0] if name == "rvi_q" else state.gain  # the reference pair's value
    assert gain == pytest.approx(np.full(4, 0.5), abs=0.05)


def test_differential_td_finds_the_values_of_uniform_play():
    """The critic alone (beta 0), on the machine: the bias of the uniform policy by linear equations, up to a constant.

    Steady errors of TD are of the order of sqrt(alpha), so that the mean of 8 lanes is right to a tenth of the span.
    """
    environment = build("TabularMDP-v0")
    model = enumerate_model(environment)
    chain, paid = chain_under(model, uniform_policy(model))
    expected = bias_of(chain, paid)
    play = Fused(environment, load("actor_critic", beta=0.0, alpha=0.003, eta=0.3), lanes=8)
    play.advance(300_000)
    found = play.states[0].values.mean(axis=0)[model.observations[:, 0]]
    assert found - found.mean() == pytest.approx(expected - expected.mean(), abs=0.1 * np.ptp(expected))
    assert play.states[0].gain.mean() == pytest.approx(stationary_law(chain).law @ paid, abs=0.02)


@pytest.mark.parametrize("reference", ["mean", "max"])
def test_other_references_of_rvi_learning_settle_too(reference):
    environment = build("TwoState-v0", break_probability=0.5, repair_probability=0.5)
    play = Fused(environment, load("rvi_q", alpha=0.01, reference=reference), lanes=2)
    play.advance(200_000)
    values = play.states[0].values[:, :, 0]
    found = values.mean(axis=1) if reference == "mean" else values.max(axis=1)
    assert found == pytest.approx(np.full(2, 0.5), abs=0.05)
    assert play.states[0].total == pytest.approx(values.sum(axis=1))


def test_undirected_exploration_fails_on_a_long_river_and_posterior_sampling_does_not():
    """Differential Q with epsilon .1 stays near .0046; a reference implementation measured 5 million steps of that."""
    environment = build("RiverSwim-v0", states=25)
    steps = 200_000
    failing = Fused(environment, load("differential_q"), lanes=3).advance(steps).rewards[:, 0] / steps
    assert np.all((failing > 0.004) & (failing < 0.005))
    for name in ("psrl", "ucrl2b"):
        play = Fused(environment, load(name), lanes=3)
        play.advance(1_000_000)
        earned = play.advance(steps).rewards[:, 0] / steps
        assert earned.min() > 0.97 * environment.certify().optimal.value, name


def test_regret_of_ucrl2_is_below_its_bound_and_sublinear():
    environment = build("RiverSwim-v0")
    certificate = environment.certify()
    play, regret = Fused(environment, load("ucrl2"), lanes=5), np.zeros(5)
    found = []
    for steps in (100_000, 900_000, 9_000_000):
        regret += steps * certificate.optimal.value - play.advance(steps).rewards[:, 0]
        found.append(regret.copy())
    limit = ucrl2.regret_limit(certificate.facts["diameter"], 6, 2, 10_000_000)
    assert found[-1].max() < limit
    assert np.all(found[2] < 10**0.75 * found[1])  # the order is 1/2 at last, 1 would be linear


def test_ucrl2_ends_an_episode_when_a_count_has_doubled():
    environment = build("RiverSwim-v0")
    play = Fused(environment, load("ucrl2"), seed=3)
    tries, begun, episodes_ended = np.zeros((6, 2), int), np.zeros((6, 2), int), 0
    for _ in range(3_000):
        play.advance(1)
        state = play.states[0]
        s, a = np.argwhere(state.counts.tries[0] != tries)[0]
        tries[s, a] += 1
        if tries[s, a] - begun[s, a] >= max(1, begun[s, a]):
            begun, episodes_ended = tries.copy(), episodes_ended + 1
        assert np.array_equal(state.begun[0], begun) and state.episodes[0] == episodes_ended


@pytest.mark.parametrize("name", ["ucrl2", "ucrl2b", "kl_ucrl"])
def test_what_cannot_occur_is_not_hoped_for_for_ever(name):
    """Fruit, Pirotta and Lazaric, NeurIPS 2018: a state that cannot be reached makes the regret of UCRL2 linear.

    In rooms that come in a cycle nobody stands on the first and last observation, a door where nobody enters. To the
    letter of UCRL2 one of them stays the best state that there is; else the gain of the policy becomes the optimum.
    """
    environment = build("BottleneckRooms-v0", rooms=2, side=2)
    model = enumerate_model(environment)
    shown = model.observations[:, 0]
    assert set(range(8)) - set(shown) == {0, 7}
    letter = Fused(environment, load(name, truncated=False), lanes=3)
    letter.advance(100_000)
    assert set(letter.states[0].values.argmax(axis=1)) <= {0, 7}
    play = Fused(environment, load(name), lanes=3)
    play.advance(1_000_000)
    state = play.states[0]
    assert np.all(state.values[:, [0, 7]] <= state.values.max(axis=1, keepdims=True))
    assert np.array_equal(state.seen, np.isin(np.arange(8), shown)[None].repeat(3, axis=0))
    optimum = optimal_gain(model).gain
    for policy in state.policy[:, shown]:
        assert policy_gain(model, policy).value > 0.98 * optimum  # of which slipping is .485 - .480


@pytest.mark.parametrize("name", ["kl_ucrl", "ucrl2"])
def test_regret_rises_with_the_rooms_of_a_cycle_and_not_with_those_that_are_drawn(name):
    """Riemer et al. 2022: what the structure of a growing task does to mixing, and so to regret.

    Shares of the optimum lost in ten million steps, small enough rooms being learned long before. In a cycle 16 rooms
    cost every seed at least four times what 2 rooms cost any; drawn at random they cost every seed less than 4 rooms in
    a cycle cost any.
    """
    lost = {}
    for evolution, sizes in (("cycles", (2, 4, 16)), ("random", (2, 16))):
        for rooms in sizes:
            environment = build("BottleneckRooms-v0", rooms=rooms, side=2, evolution=evolution)
            gain = optimal_gain(enumerate_model(environment)).gain
            play = Fused(environment, load(name), lanes=3)
            lost[evolution, rooms] = 1 - play.advance(10_000_000).rewards[:, 0] / 10_000_000 / gain
    assert lost["cycles", 16].min() > 4 * lost["cycles", 2].max()
    assert lost["random", 16].max() < lost["cycles", 4].min()


def believer(module, seed, states=6, listed=4, tries=40):
    """A learner's state with random values and counts of one pair (state 0, action 0)."""
    random = np.random.default_rng(seed)
    lp = module.params(delta=0.05, scale=1.0, truncated=False, successors=states)
    ls = module.allocate(lp, states, 2, 1)
    ls.actions[:] = 2
    ls.steps[:] = 1_000
    ls.values[0] = random.random(states) * 5
    counts = random.multinomial(tries - listed, np.ones(listed) / listed) + 1
    ls.counts.known[0, 0, 0] = listed
    ls.counts.successor[0, 0, 0, :listed] = random.choice(states, listed, replace=False)
    ls.counts.followed[0, 0, 0, :listed] = counts
    ls.counts.tries[0, 0, 0] = tries
    ls.counts.rewards[0, 0, 0] = 0.3 * tries
    share = np.zeros(states)
    share[ls.counts.successor[0, 0, 0, :listed]] = counts / tries
    return lp, ls, share, int(np.argmax(ls.values[0]))


def best_mean(values, **constraints):
    found = linprog(-values, A_eq=np.ones((1, len(values))), b_eq=[1], **constraints)
    assert found.success
    return -found.fun


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("tries", [20, 2_000, 200_000])
def test_favourable_model_of_ucrl2_is_that_of_a_linear_programme(seed, tries):
    lp, ls, share, sure = believer(ucrl2, seed, tries=tries)
    radius = math.sqrt(14 * 6 * math.log(2 * 2 * 1_000 / 0.05) / tries)
    reward = min(1.0, 0.3 + math.sqrt(7 * math.log(2 * 6 * 2 * 1_000 / 0.05) / (2 * tries)))
    values = np.r_[ls.values[0], np.zeros(6)]  # further variables bound the absolute differences
    rows = np.block([[np.identity(6), -np.identity(6)], [-np.identity(6), -np.identity(6)], [np.zeros(6), np.ones(6)]])
    limits = np.r_[share, -share, radius]
    found = linprog(-values, rows, limits, np.r_[np.ones(6), np.zeros(6)][None], [1], bounds=(0, None))
    assert ucrl2.optimistic(lp, ls, 0, 0, 0, sure) == pytest.approx(reward - found.fun, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("tries", [20, 2_000, 200_000])
def test_favourable_model_of_ucrl2b_is_that_of_a_linear_programme(seed, tries):
    lp, ls, share, sure = believer(ucrl2b, seed, tries=tries)
    ucrl2b.sort_states(ls, 0)
    logarithm = math.log(6 * 6 * 2 * tries / 0.05)
    off = 2 * np.sqrt(share * (1 - share) * logarithm / tries) + 6 * logarithm / tries
    reward = min(1.0, 0.3 + 2 * math.sqrt(0.21 * logarithm / tries) + 6 * logarithm / tries)
    bounds = list(zip(np.maximum(share - off, 0), share + off, strict=True))
    expected = reward + best_mean(ls.values[0], bounds=bounds)
    assert ucrl2b.optimistic(lp, ls, 0, 0, 0, sure) == pytest.approx(expected, abs=1e-9)
    assert not ls.work[0, 1].any()  # left as it was found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("size", [1e-6, 1e-3, 0.1, 1.0, 20.0])
def test_favourable_model_of_kl_ucrl_is_that_of_its_dual(seed, size):
    """The dual of max q.V with KL(p, q) <= c is the minimum over l >= max V of l - exp(sum p ln(l - V) - c)."""
    _, ls, share, sure = believer(kl_ucrl, seed)
    values = ls.values[0]
    seen = share > 0

    def dual(logarithm):
        gaps = values.max() - values[seen] + math.exp(logarithm)
        return values.max() + math.exp(logarithm) - math.exp(float(share[seen] @ np.log(gaps)) - size)

    found = minimize_scalar(dual, bounds=(-60, 20), method="bounded", options={"xatol": 1e-10})
    assert kl_ucrl.largest_mean(ls, 0, 0, 0, sure, size) == pytest.approx(min(found.fun, dual(-60)), abs=1e-6)


@pytest.mark.parametrize("shape", [0.04, 0.5, 1.0, 7.5])
def test_gamma_numbers_have_their_moments(shape):
    """Mean and variance are the shape; sampling errors of 6 standard deviations, the fourth moment being known."""
    key, count = np.array([12345], np.uint64), 20_000
    with np.errstate(over="ignore"):
        drawn = np.array([psrl.gamma(key, 0, shape) for _ in range(count)])
    fourth = 3 * shape**2 + 6 * shape
    assert abs(drawn.mean() - shape) < 6 * math.sqrt(shape / count)
    assert abs(drawn.var() - shape) < 6 * math.sqrt((fourth - shape**2) / count)


def test_drawn_models_are_distributions_around_the_frequencies():
    lp = psrl.params(prior=1.0, successors=3)
    ls = psrl.allocate(lp, 3, 1, 1)
    ls.actions[:], ls.key[:] = 1, 99
    ls.counts.known[0, 0, 0] = 2
    ls.counts.successor[0, 0, 0, :2] = [2, 0]
    ls.counts.followed[0, 0, 0, :2] = [30_000, 10_000]
    ls.counts.tries[0, 0, 0], ls.counts.rewards[0, 0, 0] = 40_000, 10_000
    with np.errstate(over="ignore"):
        psrl.draw_model(lp, ls, 0)
    assert ls.drawn[0].sum(axis=2) == pytest.approx(np.ones((3, 1)))
    # Standard deviations are below sqrt(.25 / 40,000) = .0025.
    assert ls.drawn[0, 0, 0] == pytest.approx([0.25, 0.0, 0.75], abs=0.015)
    assert ls.paid[0, 0, 0] == pytest.approx(0.25, abs=0.015)


def gains_by_equations(chain, reward):
    states = len(chain)
    system = np.vstack([chain.T - np.identity(states), np.ones(states)])
    return float(np.linalg.lstsq(system, np.eye(states + 1)[-1], rcond=None)[0] @ reward)


def test_a_step_of_the_rho_gradient_by_hand():
    """The logits of one state move by alpha (rho(a) - mean) grad log pi(a | s), a drawn; pi = softmax(logits / T)."""
    learner = load("rho_gradient", samples=1, alpha=0.4, temperature=0.5)
    play = Fused(build("TabularMDP-v0"), learner, seed=5)
    play.advance(60)
    state, lp, moved = play.states[0], play._learner.params, set()
    for observation, action, reward, then in ((0, 0, 1.0, 1), (1, 1, 0.0, 0), (0, 1, 0.5, 0), (1, 0, 0.2, 1)):
        logits, policy = state.logits[0].copy(), state.policy[0].copy()
        learner.kernels["update"](lp, state, 0, observation, action, reward, then, False, False, None)
        change = state.logits[0] - logits
        (s,) = np.flatnonzero(np.abs(change).sum(axis=1))
        gains, pi = state.gains[0], policy[s]
        wanted = [0.4 * (gains[a] - pi @ gains) / 0.5 * (np.eye(len(pi))[a] - pi) for a in range(len(pi))]
        assert min(np.abs(change[s] - each).max() for each in wanted) < 1e-12
        soft = np.exp(state.logits[0, s] / 0.5)
        np.testing.assert_allclose(state.policy[0, s], soft / soft.sum(), rtol=1e-12)
        moved.add(int(s))
    assert len(moved) == 2


def stream_of_rho(form, steps, epsilon=0.3):
    environment = build("BottleneckRooms-v0", rooms=2, side=3)
    learner = load("on_policy_rho", form=form, refresh=50, epsilon=epsilon)
    play = Fused(environment, learner)
    play.advance(steps)
    return play


def test_both_forms_of_rho_learning_are_the_same():
    """Gains to 1e-9 and every action, along a stream with many refreshed inverses in between."""
    fast, plain = stream_of_rho("fast", 400), stream_of_rho("plain", 400)
    for _ in range(100):
        fast.advance(1)
        plain.advance(1)
        assert fast.states[0].gains == pytest.approx(plain.states[0].gains, abs=1e-9)
        assert np.array_equal(fast.states[0].policy, plain.states[0].policy)
        assert np.array_equal(fast.batch.state.row, plain.batch.state.row)


def test_gains_are_those_of_the_believed_chains():
    """Renewal against linear equations, for every action in every state; and rank-one updates against a new inverse."""
    play = stream_of_rho("fast", 330)
    lp, ls = play._learner.params, play.states[0]
    assert 0 < ls.changes[0] <= 50
    states = ls.chain.shape[1]
    inverse = np.linalg.inv(np.identity(states) - ls.chain[0] + 1 / states)
    assert ls.inverse[0] == pytest.approx(inverse, rel=1e-7, abs=1e-7)
    assert ls.bias[0] == pytest.approx(inverse @ ls.reward[0], rel=1e-7, abs=1e-7)
    assert ls.total[0] == pytest.approx(inverse.sum(axis=0), rel=1e-7, abs=1e-7)
    for s in range(states):
        rho.compare(lp, ls, 0, s)
        for a in range(4):
            chain, reward = ls.chain[0].copy(), ls.reward[0].copy()
            chain[s] = 0
            rho.add_row(lp, ls, 0, s, a, 1.0, chain[s])
            reward[s] = rho.believed_reward(lp, ls, 0, s, a)
            assert chain.sum(axis=1) == pytest.approx(np.ones(states))
            assert ls.gains[0, a] == pytest.approx(gains_by_equations(chain, reward), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_inverse_needs_no_pivoting(seed):
    chain = np.random.default_rng(seed).random((30, 30)) ** 8 + 1e-9
    matrix = np.identity(30) - chain / chain.sum(axis=1, keepdims=True) + 1 / 30
    inverse = matrix.copy()
    rho.invert(inverse)
    assert inverse @ matrix == pytest.approx(np.identity(30), abs=1e-9)


def test_states_are_drawn_from_the_law_of_the_policy():
    for form in ("fast", "plain"):
        play = stream_of_rho(form, 200)
        lp, ls = play._learner.params, play.states[0]
        states = ls.chain.shape[1]
        law = np.linalg.matrix_power(ls.chain[0], 4_096)[0]
        with np.errstate(over="ignore"):
            counts = np.bincount([rho.draw_visited(lp, ls, 0) for _ in range(4_000)], minlength=states)
        assert np.abs(counts / 4_000 - law).max() < 6 * math.sqrt(0.25 / 4_000)


@pytest.mark.parametrize("name", ["off_policy_rho", "ucrl2", "psrl", "dyna_q"])
def test_too_many_observations_are_refused(name):
    environment = build("RiverSwim-v0", states=10**7)
    with pytest.raises(ValueError, match=r"observations|numbers"):
        load(name).prepared(environment)


@pytest.mark.parametrize("name", ["ucrl2", "psrl", "off_policy_rho", "dyna_q", "replay_q", "rvi_q", "actor_critic"])
def test_lanes_are_seeds(name):
    """Lane 1 of a run seeded 5 is the run seeded 6."""
    environment = build("RiverSwim-v0")
    both = Fused(environment, load(name), lanes=2, seed=5).advance(2_000).rewards[1]
    alone = Fused(environment, load(name), lanes=1, seed=6).advance(2_000).rewards[0]
    assert both == alone


def test_a_successor_beyond_the_width_is_turned_away_and_said():
    play = Fused(build("Garnet-v0", branches=5), load("ucrl2", successors=2))
    play.advance(500)
    counts = play.states[0].counts
    assert counts.full[0] and counts.known.max() == 2
    assert counts.tries.sum() == counts.followed.sum() < 500


def test_planning_settles_where_the_world_is_periodic():
    play = Fused(build("Cycle-v0"), load("certainty_equivalence"))
    assert play.advance(6_000).rewards[0, 0] == 1_000
    assert play.states[0].episodes[0] > 0 and episodes.MOST_SWEEPS == 100_000
