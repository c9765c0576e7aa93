"""Undiscounted episodic optima: closed forms, linear programs, exhaustive search, and what must be refused."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from regretlab.solvers import linear
from regretlab.solvers.criteria import evaluate
from regretlab.solvers.dynamic_programming import discounted
from regretlab.solvers.model_data import uniform_policy
from regretlab.solvers.total_return import NeverEndsError, total_return


def test_gambler_with_a_cost(build):
    """A fair walk on 0 .. 4 from 2 at cost 1 a step ends after 2 * (4 - 2) = 4 steps (Feller 1968, XIV.3)."""
    steps = {s: [(-1.0, {s - 1: 0.5, s + 1: 0.5})] for s in (1, 2, 3)}
    model = build(steps, "return", initial=[0, 0, 1, 0, 0], terminal=[0, 4])
    found = total_return(model)
    assert found.value == pytest.approx(-4.0, abs=1e-13)
    assert found.low <= -4.0 <= found.high
    assert found.high - found.low < 1e-11


def test_shortest_path_in_a_slippery_grid(build):
    """Each move of a 6 x 6 grid succeeds with probability 0.9, so ten moves cost 10 / 0.9; walks may be endless."""
    steps = {}
    for x, y in itertools.product(range(6), repeat=2):
        if (x, y) != (5, 5):
            moves = []
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                to = min(max(x + dx, 0), 5) * 6 + min(max(y + dy, 0), 5)
                moves.append((-1.0, {to: 1.0} if to == x * 6 + y else {to: 0.9, x * 6 + y: 0.1}))
            steps[x * 6 + y] = moves
    found = total_return(build(steps, "return", terminal=[35]))
    assert found.value == pytest.approx(-10 / 0.9, abs=1e-11)
    assert found.low <= -10 / 0.9 <= found.high
    assert evaluate(build(steps, "return", terminal=[35]), found.policy).value == pytest.approx(found.value, abs=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_linear_programme(random_model, seed):
    """Costs at every step and a terminal state: the values are the least that no action exceeds."""
    model = random_model(15, 3, 3, np.random.default_rng(seed), "return", terminal=1)
    model.rewards[:-1] -= 1.0
    found = total_return(model)
    above = np.repeat(np.eye(15), 3, axis=0) - model.transitions.toarray()
    values = linprog(np.ones(15), A_ub=-above, b_ub=-model.rewards.ravel(), bounds=(None, None)).x
    assert found.values == pytest.approx(values, abs=1e-7)
    assert found.low <= found.value <= found.high and found.high - found.low < 1e-9


@pytest.mark.parametrize("seed", range(16))
def test_equals_the_best_of_all_policies(build, seed):
    """Sparse graphs with rewards -1, 0 and once +1 have exits, free and costly loops; all 2^6 policies are tried."""
    rng = np.random.default_rng(seed)
    steps = {}
    for state in range(6):
        laws = [rng.choice(7, 2) for _ in range(2)]
        steps[state] = [
            (float(rng.choice([-1.0, 0.0])), {int(a): 1.0} if a == b else {int(a): 0.3, int(b): 0.7}) for a, b in laws
        ]
    steps[int(rng.integers(6))][0] = (1.0, {6: 1.0})
    model = build(steps, "return", terminal=[6])
    values = []
    for policy in itertools.product((0, 1), repeat=6):
        chain = model.transitions.toarray().reshape(7, 2, 7)[np.arange(7), [*policy, 0]]
        reward = model.rewards[np.arange(7), [*policy, 0], 0]
        sums = np.zeros(7)  # of the first 4,000 steps
        for _ in range(4000):
            sums = reward + chain @ sums
        values.append(sums)
    best = np.max(values, axis=0)
    found = total_return(model)
    assert found.values == pytest.approx(best, abs=1e-9)
    assert found.low <= best[0] + 1e-12 and found.high >= best[0] - 1e-12
    assert found.high - found.low < 1e-9
    assert evaluate(model, found.policy).value == pytest.approx(best[0], abs=1e-9)


def test_free_waiting_is_worth_nothing(build):
    """A free loop with an exit that pays 2 is worth 2; with an exit that costs 2 it is best never left."""
    for exit_reward in (2.0, -2.0):
        model = build({0: [(0.0, {0: 1.0}), (exit_reward, {1: 1.0})]}, "return", terminal=[1])
        found = total_return(model)
        assert found.value == pytest.approx(max(exit_reward, 0.0), abs=1e-14)
        assert found.policy[0] == (1 if exit_reward > 0 else 0)


def test_divergence_is_refused(build):
    paying = {0: [(0.5, {1: 1.0}), (0.0, {2: 1.0})], 1: [(-0.25, {0: 1.0}), (0.0, {2: 1.0})]}
    with pytest.raises(ValueError, match=r"diverges.*gains 0\.125 a step.*horizon or a discount"):
        total_return(build(paying, "return", terminal=[2]))
    even = {0: [(1.0, {1: 1.0}), (0.0, {2: 1.0})], 1: [(-1.0, {0: 1.0}), (0.0, {2: 1.0})]}
    with pytest.raises(ValueError, match=r"diverges.*never loses on average"):
        total_return(build(even, "return", terminal=[2]))
    losing = {0: [(1.0, {1: 1.0}), (0.0, {2: 1.0})], 1: [(-1.5, {0: 1.0}), (0.0, {2: 1.0})]}
    assert total_return(build(losing, "return", terminal=[2])).value == pytest.approx(1.0, abs=1e-13)


def test_a_costly_trap_is_refused(build):
    trap = {0: [(0.0, {2: 1.0}), (0.0, {1: 1.0})], 1: [(-1.0, {1: 1.0})] * 2}
    with pytest.raises(NeverEndsError, match="1 of 3 states, such as state 1"):
        total_return(build(trap, "return", terminal=[2]))


def test_evaluation_of_a_policy_that_never_ends(build):
    model = build({0: [(-1.0, {0: 1.0}), (-1.0, {1: 1.0})]}, "return", terminal=[1])
    with pytest.raises(NeverEndsError):
        evaluate(model, np.array([0, 0]))
    assert evaluate(model, np.array([1, 0])).value == -1.0
    assert evaluate(model, uniform_policy(model)).value == pytest.approx(-2.0, abs=1e-14)


def test_a_probability_of_continuing_is_a_discount(random_model):
    """Ending with probability 0.1 before every next step leaves the value of discount 0.9 (Puterman 1994, 5.3)."""
    model = random_model(10, 2, 3, np.random.default_rng(4))
    ending = sparse.hstack([0.9 * model.transitions, np.full((20, 1), 0.1)])
    ending = sparse.vstack([ending, sparse.csr_matrix((2, 11))]).tocsr()
    stopped = dataclasses.replace(
        random_model(11, 2, 3, np.random.default_rng(4), "return", terminal=1),
        transitions=ending,
        rewards=np.concatenate([model.rewards, np.zeros((1, 2, 1))]),
    )
    assert total_return(stopped).value == pytest.approx(discounted(model, 0.9).value, abs=1e-12)


def test_sweeps_find_what_factors_find(build, monkeypatch):
    """Where every action may end the run, value iteration alone has the same answer, within its own bracket."""
    rng = np.random.default_rng(0)
    steps = {
        state: [
            (float(rng.normal()), dict(enumerate((0.9 * rng.dirichlet(np.ones(6))).tolist())) | {6: 0.1})
            for _ in range(3)
        ]
        for state in range(6)
    }
    model, brief = build(steps, "return", terminal=[6]), build({0: [(-1.0, {1: 1.0})]}, "return", terminal=[1])
    walk = build({0: [(-1.0, {0: 0.5, 1: 0.5}), (-1.0, {0: 1.0})]}, "return", terminal=[1])
    exact = total_return(model)
    monkeypatch.setattr(linear, "MOST_ENTRIES", 0)
    swept = total_return(model)
    assert (exact.how, swept.how) == ("policy iteration with sparse LU", "value iteration")
    assert swept.low <= exact.value <= swept.high and swept.high - swept.low < 1e-8
    np.testing.assert_array_equal(swept.policy[:6], exact.policy[:6])
    assert total_return(brief).value == -1  # it ends at once, by its only action
    with pytest.raises(linear.TooLargeError, match="some actions never end a run"):
        total_return(walk)
