"""Stationary laws, bias, hitting times and the Kemeny constant: independent ways agree."""

import numpy as np
import pytest
from chains import barbell, cycle, lazy_ring, random_chain, random_reversible, two_states
from scipy import sparse

from regretlab.solvers import MultichainError
from regretlab.solvers.deviation import bias_of, deviation_matrix, hitting_times, kemeny_constant
from regretlab.solvers.stationary import stationary_law


def by_equations(chain):
    states = len(chain)
    system = np.vstack([chain.T - np.identity(states), np.ones(states)])
    return np.linalg.lstsq(system, np.eye(states + 1)[-1], rcond=None)[0]


@pytest.mark.parametrize("states", [1, 2, 3, 10, 31])
def test_elimination_agrees_with_linear_equations(states):
    """An odd and an even number of states: two are taken out at a time."""
    chain = random_chain(states, states)
    found = stationary_law(chain)
    assert found.law == pytest.approx(by_equations(chain), abs=1e-12)
    assert found.residual < 1e-14


def test_all_three_methods_agree(monkeypatch):
    chain = sparse.csr_matrix(barbell(40))
    exact = stationary_law(chain)
    monkeypatch.setattr("regretlab.solvers.stationary.DENSE", 2)
    factors = stationary_law(chain)
    monkeypatch.setattr("regretlab.solvers.linear.MOST_ENTRIES", 10)
    powers = stationary_law(chain)
    assert factors.how == "sparse LU" and powers.how.startswith("power iteration")
    assert np.abs(factors.law - exact.law).sum() < 1e-12
    assert np.abs(powers.law - exact.law).sum() < 1e-7  # 1e-13 a sweep, over the relaxation time


def test_tiny_probabilities_keep_their_digits():
    """A birth-death chain against the current: ratios of neighbours are known exactly."""
    up, down, states = 1e-3, 0.5, 60
    chain = np.diag(np.full(states - 1, up), 1) + np.diag(np.full(states - 1, down), -1)
    chain += np.diag(1 - chain.sum(axis=1))
    law = stationary_law(chain).law
    assert law[1:] / law[:-1] == pytest.approx(np.full(states - 1, up / down), rel=1e-12)
    assert 0 < law[-1] < 1e-150


def test_transient_states_weigh_nothing_and_cycles_are_uniform():
    chain = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    assert stationary_law(chain).law == pytest.approx([0, 0.5, 0.5], abs=1e-15)
    assert stationary_law(cycle(7)).law == pytest.approx(np.full(7, 1 / 7), abs=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_hitting_times_solve_their_equations(seed):
    chain = random_chain(seed, 12)
    times = hitting_times(chain)
    for target in range(12):
        others = np.arange(12) != target
        system = np.identity(11) - chain[np.ix_(others, others)]
        assert times[others, target] == pytest.approx(np.linalg.solve(system, np.ones(11)), rel=1e-9)
    # The expected steps to a state drawn from the stationary law are the same from everywhere (Kemeny and Snell).
    assert times @ stationary_law(chain).law == pytest.approx(np.full(12, kemeny_constant(chain)), rel=1e-9)


def test_kemeny_constant_of_two_states_and_of_eigenvalues():
    """Where being there takes no step it is the sum of 1 / (1 - lambda) over the other eigenvalues."""
    assert kemeny_constant(two_states(0.1, 0.3)) == pytest.approx(1 / 0.4, rel=1e-12)
    chain = lazy_ring(9)
    values = np.sort(np.linalg.eigvals(chain).real)[:-1]
    assert kemeny_constant(chain) == pytest.approx((1 / (1 - values)).sum(), rel=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_bias_is_the_deviation_matrix_times_the_rewards(seed):
    chain = random_reversible(seed)
    rewards = np.random.default_rng(seed).random(len(chain))
    gain = stationary_law(chain).law @ rewards
    bias = bias_of(chain, rewards)
    assert bias == pytest.approx(deviation_matrix(chain) @ rewards, abs=1e-10)
    assert bias == pytest.approx(rewards - gain + chain @ bias, abs=1e-12)


def test_a_state_that_may_be_missed_takes_for_ever():
    times = hitting_times([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5], [0.0, 0.5, 0.5]])
    assert np.isinf(times[1, 0]) and times[0, 1] == pytest.approx(3.0) and times[0, 0] == 0


@pytest.mark.parametrize("solver", [stationary_law, deviation_matrix, kemeny_constant, hitting_times])
def test_several_closed_classes_are_refused(solver):
    with pytest.raises(MultichainError, match="2 closed classes"):
        solver(np.identity(2))


def test_rewards_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="rewards must be finite"):
        bias_of(two_states(0.1, 0.1), [1.0, np.inf])
