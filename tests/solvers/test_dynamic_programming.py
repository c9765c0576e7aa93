"""Discounted and finite-horizon optima: closed forms, linear programs, exhaustive search."""

import dataclasses
import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from regretlab.solvers import linear
from regretlab.solvers.criteria import evaluate, optimum
from regretlab.solvers.dynamic_programming import discounted, evaluate_plan, finite_horizon
from regretlab.solvers.model_data import under, uniform_policy


def linear_programme_values(model, discount):
    """The optimal values as the least ones that no action exceeds (Puterman 1994, 6.9)."""
    states, actions = model.rewards.shape[:2]
    above = np.repeat(np.eye(states), actions, axis=0) - discount * model.transitions.toarray()
    return linprog(np.ones(states), A_ub=-above, b_ub=-model.rewards.ravel(), bounds=(None, None)).x


@pytest.mark.parametrize("terminal", [0, 2])
@pytest.mark.parametrize("seed", range(4))
def test_discounted_equals_the_linear_programme(random_model, seed, terminal):
    rng = np.random.default_rng(seed)
    model = random_model(15, 3, 3, rng, "discounted", 0.9, terminal)
    found, values = discounted(model), linear_programme_values(model, 0.9)
    assert found.values == pytest.approx(values, abs=1e-8)
    assert found.low <= found.value <= found.high
    assert found.high - found.low < 1e-11
    assert evaluate(model, found.policy).value == pytest.approx(found.value, abs=1e-11)


def test_a_discount_near_one_equals_the_linear_programme(random_model):
    """Value iteration alone would take some 200,000 sweeps; policy iteration finishes what it began."""
    model = random_model(15, 3, 3, np.random.default_rng(1), "discounted", 0.9999)
    found = discounted(model)
    assert found.values == pytest.approx(linear_programme_values(model, 0.9999), rel=1e-8)
    assert "policy iteration" in found.how


def test_a_constant_reward_is_worth_a_geometric_sum(build):
    model = build({0: [(2.0, {1: 1.0})], 1: [(2.0, {0: 1.0})]}, "discounted", 0.75)
    assert discounted(model).value == pytest.approx(8.0, abs=1e-13)
    assert discounted(model, 0.0).value == 2.0


def test_the_bracket_holds_the_exact_value(build):
    """One step of reward 1, then 0 for ever; 0.1 + ... are not exact in binary, so the bracket must not be a point."""
    model = build({0: [(0.1, {0: 0.9, 1: 0.1})], 1: [(0.0, {1: 1.0})]}, "discounted", 0.9)
    found, exact = discounted(model), 0.1 / (1 - 0.81)
    assert found.low < exact < found.high
    assert found.high - found.low < 1e-13


def test_large_systems_fall_back_on_value_iteration(random_model, monkeypatch):
    model = random_model(40, 2, 3, np.random.default_rng(5), "discounted", 0.95)
    exact = discounted(model)
    monkeypatch.setattr(linear, "MOST_WORK", 0)
    alone = discounted(model)
    assert alone.how.startswith("value iteration")
    assert alone.low <= exact.value <= alone.high
    assert alone.high - alone.low < 1e-8


@pytest.mark.parametrize("kind", ["return", "discounted"])
def test_finite_horizon_equals_exhaustive_search(random_model, kind):
    """All 2^(3 * 3) plans of three states and three steps."""
    model = random_model(3, 2, 2, np.random.default_rng(2), kind, 0.8 if kind == "discounted" else 1.0, horizon=3)
    plans = np.array(list(itertools.product((0, 1), repeat=9))).reshape(-1, 3, 3)
    best = max(evaluate_plan(model, plan).value for plan in plans)
    found = finite_horizon(model)
    assert found.value == pytest.approx(best, abs=1e-14)
    assert found.policy.shape == (3, 3)
    assert evaluate(model, found.policy).value == pytest.approx(best, abs=1e-14)


def test_finite_horizon_brackets_the_exact_sum(build):
    """A thousand times the binary number next to 0.1, added in exact arithmetic: the floating sum is off by 1e-12."""
    model = build({0: [(0.1, {0: 1.0})]}, "return", horizon=1000)
    exact = 1000 * Fraction(0.1)
    for found in (
        finite_horizon(model),
        evaluate(model, np.array([0])),
        evaluate_plan(model, np.zeros((1000, 1), int)),
    ):
        assert Fraction(found.value) != exact
        assert Fraction(found.low) < exact < Fraction(found.high)
        assert found.high - found.low < 1e-9


@pytest.mark.parametrize("kind", ["return", "discounted"])
def test_evaluation_equals_matrix_powers(random_model, kind):
    discount = 0.7 if kind == "discounted" else 1.0
    model = random_model(8, 3, 3, np.random.default_rng(7), kind, discount, horizon=5)
    policy = np.random.default_rng(8).dirichlet(np.ones(3), 8)
    chain = np.einsum("sa,sat->st", policy, model.transitions.toarray().reshape(8, 3, 8))
    reward = (policy * model.rewards[:, :, 0]).sum(axis=1)
    expected = sum(discount**t * model.initial @ np.linalg.matrix_power(chain, t) @ reward for t in range(5))
    found = evaluate(model, policy)
    assert found.value == pytest.approx(expected, abs=1e-13)
    assert found.low <= expected <= found.high
    assert found.policy is policy


def test_tit_for_tat_and_alternation_over_a_hundred_rounds(build):
    """Optimum a round against automata for T = 100: IPD tit-for-tat 8.02 (defect last), battle of the sexes 9.95.

    The state is the partner's next move. Payoffs of Akata et al. 2023; in the second game the first move is random.
    """
    dilemma = {0: [(8.0, {0: 1.0}), (10.0, {1: 1.0})], 1: [(0.0, {0: 1.0}), (5.0, {1: 1.0})]}
    assert optimum(build(dilemma, "return", horizon=100)).value / 100 == pytest.approx(8.02, abs=1e-12)
    sexes = {0: [(10.0, {0: 1.0}), (0.0, {1: 1.0})], 1: [(0.0, {0: 1.0}), (7.0, {1: 1.0})]}
    model = build(sexes, "return", horizon=100, initial=[0.5, 0.5])
    assert optimum(model).value / 100 == pytest.approx(9.95, abs=1e-12)


def test_stationary_play_against_tit_for_tat(build):
    """Uniform play against IPD tit-for-tat earns (8 + 10 + 0 + 5) / 4, 2.25 a round less than mutual cooperation."""
    dilemma = {0: [(8.0, {0: 1.0}), (10.0, {1: 1.0})], 1: [(0.0, {0: 1.0}), (5.0, {1: 1.0})]}
    model = build(dilemma, initial=[0.5, 0.5])
    assert 8 - evaluate(model, uniform_policy(model)).value == pytest.approx(2.25, abs=1e-12)
    assert evaluate(model, np.array([0, 0])).value == pytest.approx(8.0, abs=1e-12)


def test_several_players_are_refused(build):
    model = dataclasses.replace(build({0: [(0.0, {0: 1.0})]}), actions=(1, 1))
    for solver in (discounted, finite_horizon, optimum):
        with pytest.raises(ValueError, match=r"one player, not of 2.*as_single_agent"):
            solver(model)


def test_malformed_models_and_policies_are_refused(build):
    model = build({0: [(1.0, {0: 1.0}), (0.0, {1: 1.0})], 1: [(0.0, {0: 1.0})] * 2}, "discounted", 0.5)
    with pytest.raises(ValueError, match="discount must be at least 0 and below 1, not 1"):
        discounted(model, 1.0)
    with pytest.raises(ValueError, match="horizon must be at least 1, not None"):
        finite_horizon(model)
    with pytest.raises(ValueError, match="horizon must be at least 1, not 0"):
        finite_horizon(model, 0)
    with pytest.raises(ValueError, match=r"state 1, action 0 sum to 0\.5, not to 1"):
        discounted(build({0: [(1.0, {0: 1.0})], 1: [(0.0, {0: 0.5})]}, "discounted", 0.5))
    with pytest.raises(ValueError, match="not to 0, as the state is terminal"):
        discounted(dataclasses.replace(model, terminal=np.array([False, True])))
    with pytest.raises(ValueError, match="must be finite"):
        discounted(dataclasses.replace(model, rewards=np.full((2, 2, 1), np.nan)))
    negative = sparse.csr_matrix([[2.0, -1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="must not be negative"):
        discounted(dataclasses.replace(model, transitions=negative))
    for policy, message in [
        (np.array([0, 2]), "actions from 0 to 1, not 0 to 2"),
        (np.array([0.0, 1.0]), r"integer \(2,\) or float \(2, 2\)"),
        (np.array([[0.5, 0.6], [1.0, 0.0]]), "distribution over 2 actions"),
        (np.array([[np.nan, 1.0], [1.0, 0.0]]), "distribution over 2 actions"),
    ]:
        with pytest.raises(ValueError, match=message):
            evaluate(model, policy)
    with pytest.raises(ValueError, match="one row for each of 3 steps"):
        evaluate(model, np.zeros((3, 2), int))
    with pytest.raises(ValueError, match=r"integer \(horizon, 2\)"):
        evaluate_plan(model, np.zeros((3, 3), int))


def test_a_policy_leaves_a_model_of_one_action(random_model):
    model = random_model(6, 3, 2, np.random.default_rng(0))
    played = under(model, uniform_policy(model))
    assert played.actions == (1,) and played.transitions.shape == (6, 6)
    assert played.transitions.toarray() == pytest.approx(model.transitions.toarray().reshape(6, 3, 6).mean(axis=1))
