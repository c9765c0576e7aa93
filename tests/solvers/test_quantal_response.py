"""Logit equilibria: closed forms, one-dimensional roots, and where the path ends."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from regretlab.envs.games import load
from regretlab.solvers import TooLargeError, action_values, nash_conv, quantal_response_path


def assert_answers(path, payoffs):
    """Every point answers itself, as written out here; the last is a Nash equilibrium but for log(A_i) / lambda."""
    assert path.precision[0] == 0
    # The equations hold to 1e-13 of the logits' range; a probability differs by at most twice as much, up to scaling.
    rounding = 4e-13 * max(1.0, path.precision.max() * np.ptp(payoffs))
    assert path.residuals.max() <= rounding
    for k in range(len(path.precision)):
        profile = [x[k] for x in path.profiles]
        for x, values in zip(profile, action_values(payoffs, profile), strict=True):
            weights = np.exp(path.precision[k] * (values - values.max()))
            assert x == pytest.approx(weights / weights.sum(), abs=rounding)
    last = [x[-1] for x in path.profiles]
    assert 0 <= path.nash_residual <= np.log(max(payoffs.shape[1:])) / path.precision[-1]
    assert path.nash_residual <= nash_conv(payoffs, last) + 1e-15


@pytest.mark.parametrize("name", ["matching-pennies", "rock-paper-scissors", "shapley", "jordan-pennies", "hawk-dove"])
def test_uniform_equilibria_stay(name):
    """Where uniform play is an equilibrium, it is one at every precision."""
    payoffs = load(name).payoffs
    path = quantal_response_path(payoffs, 1000.0)
    assert_answers(path, payoffs)
    for x in path.profiles:
        assert x == pytest.approx(np.full(x.shape, 1 / x.shape[1]), abs=1e-12)


def test_prisoners_dilemma_in_closed_form():
    """Cooperation at rate p loses 3 p - (5 p + 1 - p) = -(1 + p): log(p / (1 - p)) = -lambda (1 + p)."""
    path = quantal_response_path(load("prisoners-dilemma").payoffs, 5.0)
    assert_answers(path, load("prisoners-dilemma").payoffs)
    for x in path.profiles:
        assert np.log(x[:, 0] / x[:, 1]) == pytest.approx(-path.precision * (1 + x[:, 0]), abs=1e-9)
    for k, precision in enumerate(path.precision):
        root = brentq(lambda p, rate=precision: p - expit(-rate * (1 + p)), 0, 1, xtol=1e-15)
        assert path.profiles[0][k, 0] == pytest.approx(root, abs=1e-12)


def test_asymmetric_matching_pennies():
    """McKelvey, Palfrey and Weber 2000: with 9 for one match the row player plays it more than half of the time, though
    the only Nash equilibrium is (1/2, 1/2), (1/10, 9/10). The path is a root of one equation at every precision.
    """
    payoffs = np.array([[[9.0, 0], [0, 1]], [[0, 1], [1, 0]]])
    path = quantal_response_path(payoffs, 1e4)
    assert_answers(path, payoffs)
    row, column = path.profiles[0][:, 0], path.profiles[1][:, 0]
    for k in range(1, len(row)):
        rate = path.precision[k]
        q = brentq(lambda q, rate=rate: q - expit(rate * (1 - 2 * expit(rate * (10 * q - 1)))), 0, 1, xtol=1e-15)
        assert column[k] == pytest.approx(q, abs=1e-9)
    assert np.all(row[1:] > 0.5)
    assert row.max() > 0.6
    assert (row[-1], column[-1]) == pytest.approx((0.5, 0.1), abs=1e-3)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("coordination-4-8", [0, 1]),  # the risk-dominant equilibrium, McKelvey and Palfrey 1995
        ("chicken", [2 / 3, 1 / 3]),  # the symmetric one, as the path keeps the symmetry
        ("biased-rock-paper-scissors", [1 / 16, 10 / 16, 5 / 16]),
        ("travellers-dilemma-2-6", [1, 0, 0, 0, 0]),
        ("penalty-100", [0, 1, 0]),  # the safe one
    ],
)
def test_which_equilibrium_is_selected(name, limit):
    payoffs = load(name).payoffs
    path = quantal_response_path(payoffs, 2000.0)
    assert_answers(path, payoffs)
    for x in path.profiles:
        assert x[-1] == pytest.approx(limit, abs=1e-3)


def test_a_path_that_turns():
    """In some games the branch that starts at uniform play goes back to lower precision before it ends."""
    rng = np.random.default_rng(1)
    turned = 0
    for _ in range(25):
        payoffs = rng.normal(size=(3, 4, 3, 2))
        path = quantal_response_path(payoffs, 100.0)
        assert_answers(path, payoffs)
        assert path.precision[-1] == 100
        turned += bool(np.any(np.diff(path.precision) < 0))
        # No jump from branch to branch: neighbours differ by a bounded step.
        assert max(np.abs(np.diff(x, axis=0)).max() for x in path.profiles) < 0.5
    assert turned > 0


def test_one_player_and_one_action():
    payoffs = np.array([[1.0, 3.0, 2.0]])
    path = quantal_response_path(payoffs, 2.0)
    assert_answers(path, payoffs)
    assert path.profiles[0][-1] == pytest.approx(np.exp([2, 6, 4]) / np.exp([2, 6, 4]).sum(), abs=1e-12)
    alone = quantal_response_path(np.ones((2, 1, 1)), 1.0)
    assert alone.profiles[0].tolist() == [[1.0]] * len(alone.precision)


@pytest.mark.parametrize("precision", [0.0, -1.0, np.nan, np.inf])
def test_bad_precision(precision):
    with pytest.raises(ValueError, match="precision must be positive and finite"):
        quantal_response_path(load("chicken").payoffs, precision)


def test_games_too_large():
    with pytest.raises(TooLargeError, match=r"202 actions .*at most 200"):
        quantal_response_path(np.zeros((2, 101, 101)), 1.0)
    with pytest.raises(ValueError, match="finite"):
        quantal_response_path(np.full((2, 2, 2), np.nan), 1.0)
