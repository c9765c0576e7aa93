"""Correlated equilibria by linear programs: known ranges, certificates by duality, and refusals."""

import itertools

import numpy as np
import pytest

from regretlab.envs.games import load, names
from regretlab.solvers import (
    TooLargeError,
    cce_gap,
    ce_gap,
    correlated_equilibrium,
    payoff_ranges,
    swap_gains,
    vertex_enumeration,
    welfare_range,
)
from regretlab.solvers.correlated import deviation_gain, deviation_matrix

KNOWN = [name for name in names() if {"ce_welfare", "cce_welfare"} <= set(load(name).known)]
CHICKEN = load("chicken").payoffs


def spread(payoffs):
    return np.ptp(payoffs) * payoffs[0].size  # HiGHS keeps each scaled constraint to 1e-10; the joint is then rescaled


@pytest.mark.parametrize("name", KNOWN)
def test_ranges_of_welfare_of_the_named_games(name):
    """The ranges that the library publishes, from vertex enumeration of the CE polytope or its sources."""
    game = load(name)
    for coarse, key in ((False, "ce_welfare"), (True, "cce_welfare")):
        found = welfare_range(game.payoffs, coarse=coarse)
        assert (found.low, found.high) == pytest.approx(tuple(game.known[key]), abs=1e-9 * spread(game.payoffs))
        assert 0 <= found.residual <= 1e-10 * spread(game.payoffs)
        assert found.gap <= 1e-10 * spread(game.payoffs)


def test_there_are_named_games_with_known_ranges():
    assert len(KNOWN) >= 20


def test_best_correlated_equilibrium_of_chicken():
    """Aumann 1974: (6, 6) half of the time, the unequal cells a quarter each, 10.5 together."""
    best = correlated_equilibrium(CHICKEN)
    assert best.joint == pytest.approx(np.array([[0.5, 0.25], [0.25, 0.0]]), abs=1e-9)
    assert best.payoffs == pytest.approx([5.25, 5.25], abs=1e-9)
    assert (best.value, best.bound) == pytest.approx((10.5, 10.5), abs=1e-9)
    assert best.residual <= 1e-9
    # The same equilibrium is the fairest: were the least payoff above 5.25, the welfare would be above 10.5.
    fair = correlated_equilibrium(CHICKEN, "egalitarian")
    assert fair.payoffs.min() == pytest.approx(fair.value) == pytest.approx(5.25, abs=1e-9)
    assert fair.residual <= 1e-9


def test_what_each_player_can_get():
    """Chicken: at best 7, the other yielding, at worst 2, yielding: both are pure equilibria and bounds of the game
    that no equilibrium passes, for 2 is what yielding secures. Traveller's dilemma: 2 each, but coarse ones pay more.
    """
    for found in payoff_ranges(CHICKEN):
        assert (found.low, found.high) == pytest.approx((2, 7), abs=1e-9)
        assert found.residual <= 1e-9
        assert found.gap <= 1e-9
    traveller = load("travellers-dilemma-2-6").payoffs
    assert correlated_equilibrium(traveller).joint[0, 0] == pytest.approx(1, abs=1e-9)
    coarse = correlated_equilibrium(traveller, coarse=True)
    assert coarse.value == pytest.approx(32 / 3, abs=1e-9)
    assert cce_gap(traveller, coarse.joint) <= 1e-9
    assert ce_gap(traveller, coarse.joint) > 0.1
    assert coarse.residual <= 1e-9


@pytest.mark.parametrize("sizes", [(2, 2), (3, 4), (2, 3, 2), (2, 2, 2, 2)])
def test_random_games_nest(sizes):
    """Nash equilibria lie within the correlated, and these within the coarse ones, whose value duality certifies."""
    rng = np.random.default_rng(sum(sizes))
    for _ in range(5):
        payoffs = rng.normal(size=(len(sizes), *sizes))
        fine, coarse = welfare_range(payoffs), welfare_range(payoffs, coarse=True)
        for found in (fine, coarse):
            assert found.residual <= 1e-9
            assert found.gap <= 1e-9
        assert coarse.low - 1e-9 <= fine.low <= fine.high <= coarse.high + 1e-9
        if len(sizes) == 2:
            for each in vertex_enumeration(payoffs).equilibria:
                assert fine.low - 1e-9 <= each.payoffs.sum() <= fine.high + 1e-9


def test_the_constraints_are_the_gains_from_deviating():
    """Row by row the gains of `swap_gains` off the diagonal, which are tested against brute force."""
    rng = np.random.default_rng(1)
    sizes = (3, 2, 4)
    payoffs, joint = rng.normal(size=(3, *sizes)), rng.dirichlet(np.ones(24)).reshape(sizes)
    gains = swap_gains(payoffs, joint)
    scale = [np.ptp(payoffs[player], axis=player).max() for player in range(3)]  # the largest gain of all
    fine = np.concatenate([own[~np.eye(len(own), dtype=bool)] / s for own, s in zip(gains, scale, strict=True)])
    coarse = np.concatenate([own.sum(axis=0) / s for own, s in zip(gains, scale, strict=True)])
    assert deviation_matrix(payoffs, False).shape == (3 * 2 + 2 * 1 + 4 * 3, 24)  # A (A - 1) a player, and A if coarse
    assert deviation_matrix(payoffs, True).shape == (3 + 2 + 4, 24)
    assert deviation_matrix(payoffs, False) @ joint.ravel() == pytest.approx(fine, abs=1e-14)
    assert deviation_matrix(payoffs, True) @ joint.ravel() == pytest.approx(coarse, abs=1e-14)
    assert deviation_gain(payoffs, joint) == pytest.approx(max(own.max() for own in gains))
    assert deviation_gain(payoffs, joint, coarse=True) == pytest.approx(max(own.sum(axis=0).max() for own in gains))


def test_ten_players():
    """Volunteer's dilemma of ten: 1 to all when somebody volunteers, who pays 1/2. One volunteer is an equilibrium, of
    welfare 9.5, which is also the most that any profile gives.
    """
    actions = np.array(list(itertools.product((0, 1), repeat=10)))
    payoffs = (actions.any(axis=1)[:, None] - 0.5 * actions).T.reshape(10, *(2,) * 10)
    best = correlated_equilibrium(payoffs)
    assert best.value == pytest.approx(9.5, abs=1e-9)
    assert best.residual <= 1e-9
    assert best.bound == pytest.approx(9.5, abs=1e-9)


def test_payoffs_of_any_unit():
    """Payoffs times a million, and moved: the same equilibrium."""
    best = correlated_equilibrium(1e6 * CHICKEN - 5e6)
    assert best.joint == pytest.approx(np.array([[0.5, 0.25], [0.25, 0.0]]), abs=1e-9)
    assert best.value == pytest.approx(0.5e6, abs=1e-2)
    assert best.residual <= 1e-3


@pytest.mark.parametrize("objective", ["utilitarian", 2, -1, True, 0.0, None])
def test_unknown_objectives(objective):
    with pytest.raises(ValueError, match=r"objective must be 'welfare', 'egalitarian' or a player from 0 to 1"):
        correlated_equilibrium(CHICKEN, objective)


def test_bad_input():
    with pytest.raises(ValueError, match="maximise must be True for the objective 'egalitarian'"):
        correlated_equilibrium(CHICKEN, "egalitarian", maximise=False)
    with pytest.raises(TooLargeError, match=r"20,\d+,\d+ coefficients, and at most 2,000,000"):
        welfare_range(np.zeros((20, *(2,) * 20)))
    with pytest.raises(ValueError, match="finite"):
        payoff_ranges(np.full((2, 2, 2), np.nan))
    with pytest.raises(ValueError, match="payoffs must have the shape"):
        correlated_equilibrium(np.zeros((3, 2, 2)))
