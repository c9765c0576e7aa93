"""The correlated equilibrium of maximum entropy: closed forms, and the condition that no equilibrium is better."""

import numpy as np
import pytest
from scipy.optimize import linprog

from regretlab.envs.games import load, names
from regretlab.solvers import TooLargeError, ce_gap, maximum_entropy_correlated_equilibrium, product_joint
from regretlab.solvers.correlated import deviation_matrix

SMALL = [name for name in names() if load(name).payoffs[0].size <= 36]


def assert_least_biased(payoffs, coarse):
    """Entropy is concave: no equilibrium has more when none is better for its slope -log(joint), which is linear; and
    the cells that are not played, where the slope is infinite, are played by no equilibrium.
    """
    found = maximum_entropy_correlated_equilibrium(payoffs, coarse=coarse)
    joint, cells = found.joint.ravel(), payoffs[0].size
    assert found.residual <= 1e-12 * max(1.0, np.abs(payoffs).max())
    assert joint.sum() == pytest.approx(1, abs=1e-12)
    played = joint > 0
    assert found.entropy == pytest.approx(-joint[played] @ np.log(joint[played]), abs=1e-12)
    assert abs(found.bound - found.entropy) <= 1e-10
    table = deviation_matrix(payoffs, coarse)
    rest = {"A_ub": table, "b_ub": np.zeros(table.shape[0]), "A_eq": np.ones((1, cells)), "b_eq": [1]}
    slope = np.where(played, -np.log(np.where(played, joint, 1)), 0)
    assert -linprog(-slope, **rest).fun <= found.entropy + 1e-6  # the slope magnifies HiGHS' tolerance of 1e-7
    assert -linprog(-1.0 * ~played, **rest).fun <= 1e-6
    return found


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("name", SMALL)
def test_named_games(name, coarse):
    assert_least_biased(load(name).payoffs, coarse)


@pytest.mark.parametrize("sizes", [(2, 2), (4, 3), (3, 2, 3), (2,) * 5])
def test_random_games(sizes):
    """Some have a face of the simplex for support, some the whole."""
    rng = np.random.default_rng(len(sizes))
    for _ in range(5):
        payoffs = rng.normal(size=(len(sizes), *sizes))
        for coarse in (False, True):
            assert_least_biased(payoffs, coarse)


def test_chicken_in_closed_form():
    """Play is (a, b; b, c). Whoever is told to dare gains 2 c - b from yielding, which binds: c = b / 2. Of what is
    left the entropy is largest at a = b / 2**0.2.
    """
    b = 1 / (2.5 + 2**-0.2)
    found = maximum_entropy_correlated_equilibrium(load("chicken").payoffs)
    assert found.joint == pytest.approx(np.array([[b / 2**0.2, b], [b, b / 2]]), abs=1e-9)


def test_where_the_equilibrium_is_known():
    """Uniform play where it is an equilibrium at all; the only equilibrium where there is one."""
    for name in ("hawk-dove", "rock-paper-scissors", "matching-pennies", "shapley", "jordan-pennies", "stag-hunt"):
        payoffs = load(name).payoffs
        found = maximum_entropy_correlated_equilibrium(payoffs)
        # Constraints that bind without pushing are met to the root of the barrier, 1e-12.
        assert found.joint == pytest.approx(np.full(payoffs[0].shape, 1 / payoffs[0].size), abs=1e-6)
        assert found.residual <= 1e-12
    defect = maximum_entropy_correlated_equilibrium(load("prisoners-dilemma").payoffs)
    assert defect.joint.tolist() == [[0, 0], [0, 1]]
    assert (defect.entropy, defect.residual) == (0, 0)
    mix = np.array([1, 10, 5]) / 16
    biased = maximum_entropy_correlated_equilibrium(load("biased-rock-paper-scissors").payoffs)
    assert biased.joint == pytest.approx(product_joint([mix, mix]), abs=1e-12)
    assert biased.residual <= 1e-12


def test_more_than_any_nash_equilibrium():
    """Mixed equilibria are correlated ones; bach or stravinsky's has the entropy 2 H(1/3) = 1.273."""
    payoffs = load("bach-or-stravinsky").payoffs
    mixed = product_joint([np.array([2, 1]) / 3, np.array([1, 2]) / 3])
    assert ce_gap(payoffs, mixed) == pytest.approx(0, abs=1e-15)
    assert maximum_entropy_correlated_equilibrium(payoffs).entropy > -(mixed * np.log(mixed)).sum() + 0.05


def test_games_too_large():
    with pytest.raises(TooLargeError, match=r"1,600 cells times 3,120 deviations, and at most 2,000,000"):
        maximum_entropy_correlated_equilibrium(np.zeros((2, 40, 40)))
    with pytest.raises(ValueError, match="finite"):
        maximum_entropy_correlated_equilibrium(np.full((2, 2, 2), np.inf))
