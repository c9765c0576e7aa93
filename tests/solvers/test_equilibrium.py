"""Payoffs and residual of a profile."""

import numpy as np
import pytest

from regretlab.solvers import equilibrium


def test_matching_pennies_of_three_players():
    """Jordan 1993: uniform play is the equilibrium and pays 0; where all match, the third gains 2 by not doing so."""
    a, b, c = np.indices((2, 2, 2))
    payoffs = np.where(np.array([a == b, b == c, c != a]), 1.0, -1.0)
    answer = equilibrium(payoffs, [np.full(2, 0.5)] * 3)
    assert answer.residual == 0
    np.testing.assert_array_equal(answer.payoffs, 0)
    answer = equilibrium(payoffs, [np.array([1.0, 0.0])] * 3)
    assert answer.residual == 2
    np.testing.assert_array_equal(answer.payoffs, [1, 1, -1])


def test_the_residual_is_the_largest_gain():
    """Prisoner's dilemma 3, 0, 5, 1: the first cooperates and gains 1 by not doing so, the second defects."""
    payoffs = np.array([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    answer = equilibrium(payoffs, ([1, 0], [0, 1]))
    assert answer.residual == 1
    np.testing.assert_array_equal(answer.payoffs, [0, 5])


def test_bad_input():
    with pytest.raises(ValueError, match=r"profile\[1\]"):
        equilibrium(np.zeros((2, 2, 2)), ([1, 0], [0.5, 0.6]))
    with pytest.raises(ValueError, match="shape"):
        equilibrium(np.zeros((2, 2)), ([1, 0], [1, 0]))
