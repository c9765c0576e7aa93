"""Average reward: published RiverSwim values, closed forms, linear programs, periodic and multichain models."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import linprog

from regretlab.solvers import gain, linear
from regretlab.solvers.dynamic_programming import discounted
from regretlab.solvers.gain import MultichainError, howard, optimal_gain, policy_gain, relative_value_iteration
from regretlab.solvers.model_data import uniform_policy
from regretlab.solvers.multichain import multichain_gain


def linear_programme_gain(model):
    """The largest average reward of a unichain or communicating model as a linear programme (Puterman 1994, 8.8)."""
    states, actions = model.rewards.shape[:2]
    flow = np.repeat(np.eye(states), actions, axis=0) - model.transitions.toarray()
    equal = np.vstack([flow.T, np.ones(states * actions)])
    return -linprog(-model.rewards.ravel(), A_eq=equal, b_eq=np.r_[np.zeros(states), 1.0]).fun


def cesaro_gain(model, policy):
    """The average reward by squaring the lazy chain, which has the limit of the averages of the chain itself."""
    states, actions = model.rewards.shape[:2]
    chain = np.einsum("sa,sat->st", policy, model.transitions.toarray().reshape(states, actions, states))
    chain = (chain + np.eye(states)) / 2
    for _ in range(60):
        chain = chain @ chain
        chain /= chain.sum(axis=1, keepdims=True)
    return model.initial @ chain @ (policy * model.rewards[:, :, 0]).sum(axis=1)


@pytest.mark.parametrize(
    ("states", "known_gain", "known_span"),
    [(6, 3601.5 / 8402.5, 6.3103), (25, 0.42857143, 33.452), (100, 0.42857143, 140.595)],
)
def test_river_swim_gain_and_span(swim, states, known_gain, known_span):
    """Swimming right is a birth-death chain: detailed balance gives its law, the flow between neighbours its bias."""
    found = optimal_gain(swim(states))
    up = np.r_[0.6, np.full(states - 2, 0.35)]
    down = np.r_[np.full(states - 2, 0.05), 0.4]
    law = np.cumprod(np.r_[1.0, up / down])
    law /= law.sum()
    assert found.gain == pytest.approx(law[-1], abs=1e-12)
    assert found.low <= law[-1] + 1e-15 and found.high >= law[-1] - 1e-15
    assert found.high - found.low < 1e-11
    assert found.gain == pytest.approx(known_gain, abs=5e-9)
    assert found.span == pytest.approx(known_span, abs=5e-4)
    assert np.all(found.policy == 1)
    # Poisson's equation summed up to s, with the reward 1 at the end: law(s) up(s) (h(s+1) - h(s)) = g law(0..s).
    steps = law[-1] * np.cumsum(law)[:-1] / (law[:-1] * up)
    assert np.diff(found.bias) == pytest.approx(steps, rel=1e-7)


def test_span_of_six_states_needs_few_sweeps(swim):
    """The aperiodic copy converges in some 229 sweeps to 1e-10; a wrong laziness would change the number by factors."""
    bracket = relative_value_iteration(swim(6), tolerance=1e-10)
    sweeps = int(bracket.how.split()[-2])
    assert 200 <= sweeps <= 260
    assert bracket.low <= 3601.5 / 8402.5 <= bracket.high
    assert bracket.high - bracket.low <= 1.1e-10


@pytest.mark.parametrize(("states", "expected"), [(100, 3 / 7), (150, 0.005)])
def test_discounting_is_myopic_on_long_rivers(swim, states, expected):
    """The policy that is optimal for discount 0.99 has the optimal gain at 100 states, and swims left at 150."""
    model = swim(states)
    assert policy_gain(model, discounted(model, 0.99).policy).value == pytest.approx(expected, abs=1e-9)
    assert optimal_gain(model).gain == pytest.approx(3 / 7, abs=1e-9)


def test_two_cycle(build):
    """A deterministic cycle of two states with one reward has gain 1/2 though its chain has period 2."""
    model = build({0: [(1.0, {1: 1.0})], 1: [(0.0, {0: 1.0})]})
    for solver in (optimal_gain, relative_value_iteration, howard, multichain_gain):
        assert solver(model).value == pytest.approx(0.5, abs=1e-10)
    assert policy_gain(model, np.array([0, 0])).value == pytest.approx(0.5, abs=1e-15)
    assert optimal_gain(model).span == pytest.approx(0.5)


@pytest.mark.parametrize("size", [5, 10])
def test_deep_sea_that_starts_again(build, size):
    """The continuing DeepSea has gain 0.99 / N and period N: right N times costs 0.01 and earns 1."""
    steps = {}
    for row in range(size):
        for column in range(row + 1):
            state, moves = row * size + column, []
            for right in (0, 1):
                reward = -0.01 / size * right + (right and row == column == size - 1)
                following = 0 if row == size - 1 else (row + 1) * size + (column + 1 if right else max(column - 1, 0))
                moves.append((reward, {following: 1.0}))
            steps[state] = moves
    used = {state: number for number, state in enumerate(steps)}
    model = build({used[s]: [(r, {used[t]: 1.0 for t in law}) for r, law in row] for s, row in steps.items()})
    assert optimal_gain(model).gain == pytest.approx(0.99 / size, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_gain_equals_the_linear_programme_on_garnets(random_model, seed):
    rng = np.random.default_rng(seed)
    model = random_model(int(rng.integers(5, 40)), int(rng.integers(1, 5)), 3, rng)
    try:
        found = optimal_gain(model)
    except MultichainError:
        pytest.fail("choose seeds whose models are weakly communicating")
    optimum = linear_programme_gain(model)
    assert found.gain == pytest.approx(optimum, abs=1e-8)
    assert found.low - 1e-8 <= optimum <= found.high + 1e-8
    assert policy_gain(model, found.policy).value == pytest.approx(found.gain, abs=1e-11)


def test_shaping_and_affine_rewards(random_model):
    """A potential difference in the reward leaves the gain alone; a positive affine map acts on it as on the reward."""
    model = random_model(20, 3, 4, np.random.default_rng(11))
    potential = np.random.default_rng(1).normal(size=20)
    change = (model.transitions @ potential).reshape(20, 3) - potential[:, None]
    base = optimal_gain(model).gain
    shaped = dataclasses.replace(model, rewards=model.rewards + change[:, :, None])
    affine = dataclasses.replace(model, rewards=2.5 * model.rewards - 3)
    assert optimal_gain(shaped).gain == pytest.approx(base, abs=1e-12)
    assert optimal_gain(affine).gain == pytest.approx(2.5 * base - 3, abs=1e-12)


@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_policy_gain_equals_the_limit_of_averages(random_model, seed, stochastic):
    rng = np.random.default_rng(seed)
    model = random_model(12, 3, 2, rng)
    weights = rng.dirichlet(np.ones(3), 12) if stochastic else np.eye(3)[rng.integers(0, 3, 12)]
    policy = weights if stochastic else weights.argmax(axis=1)
    found = policy_gain(model, policy)
    assert found.value == pytest.approx(cesaro_gain(model, weights), abs=1e-9)
    assert found.low <= found.value <= found.high


@pytest.fixture
def fork(build):
    """State 0 leads to a cycle of gain 1/2, or with equal odds to states that pay 3 and -2 for ever."""
    return build(
        {
            0: [(10.0, {1: 1.0}), (0.0, {3: 0.5, 4: 0.5})],
            1: [(1.0, {2: 1.0})] * 2,
            2: [(0.0, {1: 1.0})] * 2,
            3: [(3.0, {3: 1.0})] * 2,
            4: [(-2.0, {4: 1.0})] * 2,
        }
    )


def test_a_multichain_model_is_refused_and_solved_apart(fork):
    for solver in (optimal_gain, howard, relative_value_iteration):
        with pytest.raises(MultichainError, match="3 separate sets of states"):
            solver(fork)
    found = multichain_gain(fork)
    assert found.value == pytest.approx(0.5, abs=1e-12)
    assert found.low <= 0.5 <= found.high and found.high - found.low < 1e-10
    assert found.values == pytest.approx([0.5, 0.5, 0.5, 3.0, -2.0])
    assert policy_gain(fork, np.array([1, 0, 0, 0, 0])).value == pytest.approx(0.5, abs=1e-12)
    assert policy_gain(fork, uniform_policy(fork)).value == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_multichain_gain_equals_the_best_of_all_policies(build, seed):
    """Deterministic stationary policies suffice (Puterman 1994, theorem 9.1.8): try all 2^7 on sparse random graphs."""
    rng = np.random.default_rng(seed)
    steps = {}
    for state in range(7):
        laws = [rng.choice(7, 2) for _ in range(2)]
        steps[state] = [(rng.uniform(-1, 1), {int(a): 1.0} if a == b else {int(a): 0.3, int(b): 0.7}) for a, b in laws]
    model = build(steps)
    best = max(policy_gain(model, np.array([number >> s & 1 for s in range(7)])).value for number in range(128))
    found = multichain_gain(model)
    assert found.value == pytest.approx(best, abs=1e-10)
    assert policy_gain(model, found.policy).value == pytest.approx(best, abs=1e-10)


def test_one_closed_class_behind_transient_states(build):
    """Weakly communicating models may start in states that are left for ever; a waiting room makes them multichain."""
    steps = {0: [(5.0, {1: 1.0})], 1: [(1.0, {2: 1.0})], 2: [(0.0, {1: 1.0})]}
    assert optimal_gain(build(steps)).gain == pytest.approx(0.5, abs=1e-12)
    waiting = {0: [(5.0, {1: 1.0}), (0.6, {0: 1.0})], 1: [(1.0, {2: 1.0})] * 2, 2: [(0.0, {1: 1.0})] * 2}
    with pytest.raises(MultichainError):
        optimal_gain(build(waiting))
    assert multichain_gain(build(waiting)).value == pytest.approx(0.6, abs=1e-12)


def test_optimal_policies_with_several_closed_classes(build):
    """Both states pay for staying: an optimal policy has two closed classes, and its unichain system is singular."""
    steps = {0: [(1.0, {0: 1.0}), (0.0, {1: 1.0})], 1: [(1.0, {1: 1.0}), (0.0, {0: 1.0})]}
    assert optimal_gain(build(steps)).gain == pytest.approx(1.0, abs=1e-12)


def test_large_systems_fall_back_on_value_iteration(random_model, monkeypatch):
    model = random_model(30, 2, 3, np.random.default_rng(3))
    exact, uniform = optimal_gain(model), policy_gain(model, uniform_policy(model))
    monkeypatch.setattr(linear, "MOST_WORK", 0)
    alone = optimal_gain(model)
    assert alone.how.startswith("relative value iteration")
    assert alone.low <= exact.gain <= alone.high
    assert alone.high - alone.low < 1e-9
    assert policy_gain(model, uniform_policy(model)).value == pytest.approx(uniform.value, abs=1e-9)


def test_disagreement_is_an_error(swim, monkeypatch):
    """If one of the two methods were wrong, no number would come out."""
    wrong = dataclasses.replace(howard(swim(6)), gain=0.4, low=0.4, high=0.4)
    monkeypatch.setattr(gain, "policy_iteration", lambda *model: wrong)
    with pytest.raises(ArithmeticError, match=r"policy iteration found the gain 0\.4"):
        optimal_gain(swim(6))


def test_terminating_models_are_refused(build):
    model = build({0: [(1.0, {1: 1.0})]}, terminal=[1])
    for solver in (optimal_gain, howard, relative_value_iteration, multichain_gain):
        with pytest.raises(ValueError, match="takes a continuing model, and 1 of 2 states"):
            solver(model)
    with pytest.raises(ValueError, match="continuing"):
        policy_gain(model, np.array([0, 0]))


def test_ten_thousand_states(swim):
    """The bias spans 14,283 here, and the bracket stays narrow all the same."""
    found = optimal_gain(swim(10_000))
    assert found.gain == pytest.approx(3 / 7, abs=1e-10)
    assert found.low <= 3 / 7 <= found.high
    assert found.high - found.low < 1e-10
