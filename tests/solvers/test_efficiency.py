"""Prices of anarchy and of stability, from welfare known in closed form."""

import numpy as np
import pytest

from regretlab.envs.games import load
from regretlab.solvers import correlated_efficiency, equilibrium, nash_efficiency, uniform_profile


def assert_prices(found, optimum, worst, best, anarchy, stability):
    assert (found.optimum, found.worst, found.best) == pytest.approx((optimum, worst, best), abs=1e-9)
    assert (found.price_of_anarchy, found.price_of_stability) == pytest.approx((anarchy, stability), abs=1e-9)
    assert found.residual <= 1e-9


def test_chicken():
    """12 at best; Nash equilibria have 9 (pure) and 28/3 (mixed), correlated ones 7.2 to 10.5 (Aumann 1974)."""
    payoffs = load("chicken").payoffs
    assert_prices(nash_efficiency(payoffs), 12, 9, 28 / 3, 4 / 3, 9 / 7)
    assert_prices(correlated_efficiency(payoffs), 12, 7.2, 10.5, 5 / 3, 8 / 7)
    assert_prices(correlated_efficiency(payoffs, coarse=True), 12, 7.2, 10.5, 5 / 3, 8 / 7)


def test_coarse_equilibria_may_be_better():
    """Traveller's dilemma: 12 at best, 4 in the only correlated equilibrium, up to 32/3 in coarse ones."""
    payoffs = load("travellers-dilemma-2-6").payoffs
    assert_prices(nash_efficiency(payoffs), 12, 4, 4, 3, 3)
    assert_prices(correlated_efficiency(payoffs, coarse=True), 12, 4, 32 / 3, 3, 9 / 8)


def test_costs():
    """Pigou's roads for two: one takes 2, the other as long as it has drivers. Both there take 4, one on each 3."""
    cost = np.array([[2.0, 2.0], [1.0, 2.0]])
    roads = -np.array([cost, cost.T])
    assert_prices(nash_efficiency(roads), -3, -4, -3, 4 / 3, 1)
    assert_prices(correlated_efficiency(roads), -3, -4, -3, 4 / 3, 1)
    assert_prices(nash_efficiency(load("prisoners-dilemma-lola").payoffs), -2, -4, -4, 2, 2)


def test_three_players():
    """The minority of three gets 1: at most one does, and does in every pure equilibrium. Uniform play, the worst, has
    3/4.
    """
    payoffs = load("minority-3").payoffs
    known = [equilibrium(payoffs, uniform_profile(payoffs)), equilibrium(payoffs, [[1, 0], [1, 0], [0, 1]])]
    assert_prices(nash_efficiency(payoffs, known), 1, 3 / 4, 1, 4 / 3, 1)
    assert_prices(correlated_efficiency(payoffs), 1, 3 / 4, 1, 4 / 3, 1)
    with pytest.raises(ValueError, match="equilibria must be given for a game of 3 players"):
        nash_efficiency(payoffs)


@pytest.mark.parametrize("prices", [nash_efficiency, correlated_efficiency])
@pytest.mark.parametrize("shift", [0.0, -4.6])
def test_welfare_of_no_sign(prices, shift):
    """Matching pennies has none; chicken moved by -4.6 a player has at most 2.8, and -0.2 at its pure equilibria."""
    payoffs = load("matching-pennies").payoffs if shift == 0 else load("chicken").payoffs + shift
    with pytest.raises(ValueError, match=r"welfare of one sign.*add a constant"):
        prices(payoffs)


def test_no_equilibria():
    with pytest.raises(ValueError, match="equilibria must hold at least one"):
        nash_efficiency(load("chicken").payoffs, [])
