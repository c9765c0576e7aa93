"""Equilibrium gaps of named games with known equilibria, against brute force and linear programs."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from regretlab.solvers.normal_form import (
    action_values,
    cce_gap,
    ce_gap,
    deviation_gains,
    empirical_joint,
    expected_payoffs,
    joint_payoffs,
    largest_pure_nash_conv,
    marginals,
    nash_conv,
    product_joint,
    pure_nash,
    uniform_profile,
)


def bimatrix(row, column):
    return np.array([row, column], float)


def symmetric(row):
    return bimatrix(row, np.array(row).T)


def zero_sum(row):
    return bimatrix(row, -np.array(row))


def rule(sizes, payoff):
    """The tensor of ``payoff(actions) -> payoffs of all players``."""
    tensor = np.empty((len(sizes), *sizes))
    for actions in itertools.product(*map(range, sizes)):
        tensor[(slice(None), *actions)] = payoff(actions)
    return tensor


def traveller(a, b):
    low, difference = min(a, b) + 2, np.sign(b - a)  # claims 2 .. 6, a bonus of 2 to the lower
    return low + 2 * difference, low - 2 * difference


CHICKEN = symmetric([[6, 2], [7, 0]])
SHAPLEY = bimatrix([[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]])
JORDAN = rule((2, 2, 2), lambda a: [1 if a[0] == a[1] else -1, 1 if a[1] == a[2] else -1, 1 if a[2] != a[0] else -1])
BIASED_RPS = zero_sum([[0, -25, 50], [25, 0, -5], [-50, 5, 0]])
SEXES = bimatrix(np.diag([2, 1]), np.diag([1, 2]))
TRAVELLER = rule((5, 5), lambda a: traveller(*a))
INSPECTION = bimatrix([[0, -1], [-2, 0]], [[0, 1], [1, -1]])
CLIMBING = symmetric([[11, -30, 0], [-30, 7, 6], [0, 0, 5]])
CLIMBING[1] = CLIMBING[0]
ONEILL = zero_sum(2 * (np.arange(4)[:, None] != np.arange(4)) - 1.0)
ONEILL[:, 0, :] *= -1  # the joker wins against itself and loses to numbers; unequal numbers win
ONEILL[:, 1:, 0] *= -1


def penalty(k):
    return bimatrix([[10, 0, k], [0, 2, 0], [k, 0, 10]], [[10, 0, k], [0, 2, 0], [k, 0, 10]])


# name, payoffs, NashConv of uniform play, pure equilibria, mixed equilibria with payoffs
TABLE = [
    ("prisoners_dilemma", symmetric([[3, 0], [5, 1]]), 1.5, [(1, 1)], []),
    ("prisoners_dilemma_lola", symmetric([[-1, -3], [0, -2]]), 1, [(1, 1)], []),
    ("prisoners_dilemma_openspiel", symmetric([[5, 0], [10, 1]]), 3, [(1, 1)], []),
    ("chicken_aumann", CHICKEN, 0.5, [(0, 1), (1, 0)], [([2 / 3, 1 / 3], [2 / 3, 1 / 3], 14 / 3, 14 / 3)]),
    (
        "chicken_mfos",
        symmetric([[0, -1], [1, -100]]),
        49,
        [(0, 1), (1, 0)],
        [([0.99, 0.01], [0.99, 0.01], -0.01, -0.01)],
    ),
    ("hawk_dove", symmetric([[-1, 2], [0, 1]]), 0, [(0, 1), (1, 0)], [([0.5, 0.5], [0.5, 0.5], 0.5, 0.5)]),
    ("stag_hunt", symmetric([[4, 0], [2, 2]]), 0, [(0, 0), (1, 1)], [([0.5, 0.5], [0.5, 0.5], 2, 2)]),
    ("bach_or_stravinsky", SEXES, 0.5, [(0, 0), (1, 1)], [([2 / 3, 1 / 3], [1 / 3, 2 / 3], 2 / 3, 2 / 3)]),
    ("coordination", symmetric(np.diag([4, 8])), 2, [(0, 0), (1, 1)], [([2 / 3, 1 / 3], [2 / 3, 1 / 3], 8 / 3, 8 / 3)]),
    (
        "rationalizable",
        symmetric(np.diag([1, 2, 3])),
        2 / 3,
        [(0, 0), (1, 1), (2, 2)],
        [([6 / 11, 3 / 11, 2 / 11], [6 / 11, 3 / 11, 2 / 11], 6 / 11, 6 / 11)],
    ),
    ("matching_pennies", zero_sum([[1, -1], [-1, 1]]), 0, [], [([0.5, 0.5], [0.5, 0.5], 0, 0)]),
    ("rock_paper_scissors", zero_sum([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]), 0, [], [([1 / 3] * 3, [1 / 3] * 3, 0, 0)]),
    ("biased_rps", BIASED_RPS, 50 / 3, [], [([1 / 16, 10 / 16, 5 / 16], [1 / 16, 10 / 16, 5 / 16], 0, 0)]),
    ("shapley", SHAPLEY, 0, [], [([1 / 3] * 3, [1 / 3] * 3, 1 / 3, 1 / 3)]),
    ("oneill", ONEILL, 0.5, [], [([0.4, 0.2, 0.2, 0.2], [0.4, 0.2, 0.2, 0.2], -0.2, 0.2)]),
    (
        "climbing",
        CLIMBING,
        12 + 2 / 9,
        [(0, 0), (1, 1)],
        [([5 / 16, 0, 11 / 16], [5 / 16, 0, 11 / 16], 55 / 16, 55 / 16)],
    ),
    (
        "penalty_10",
        penalty(-10),
        8 / 9,
        [(0, 0), (1, 1), (2, 2)],
        [([1 / 6, 5 / 6, 0], [1 / 6, 5 / 6, 0], 5 / 3, 5 / 3)],
    ),
    ("penalty_100", penalty(-100), 40 + 8 / 9, [(0, 0), (1, 1), (2, 2)], []),
    ("traveller", TRAVELLER, 0.8, [(0, 0)], []),
    ("inspection", INSPECTION, 0.5, [], [([2 / 3, 1 / 3], [1 / 3, 2 / 3], -2 / 3, 1 / 3)]),
    ("deadlock", symmetric([[1, 0], [3, 2]]), 2, [(1, 1)], []),
    (
        "minimum_effort",
        rule((4, 4), lambda a: [2 * min(a) - own + 1 for own in a]),
        0.5,
        [(e, e) for e in range(4)],
        [],
    ),
]
NAMES = [row[0] for row in TABLE]


@pytest.mark.parametrize(("name", "payoffs", "uniform_gap", "pure", "mixed"), TABLE, ids=NAMES)
def test_named_games(name, payoffs, uniform_gap, pure, mixed):
    """NashConv of uniform play, pure and mixed equilibria with their payoffs, known from vertex enumeration."""
    assert nash_conv(payoffs, uniform_profile(payoffs)) == pytest.approx(uniform_gap, abs=1e-12)
    assert pure_nash(payoffs) == pure
    for row, column, row_payoff, column_payoff in mixed:
        profile = [np.array(row), np.array(column)]
        assert nash_conv(payoffs, profile) == pytest.approx(0, abs=1e-13)
        assert expected_payoffs(payoffs, profile) == pytest.approx([row_payoff, column_payoff], abs=1e-13)
        assert ce_gap(payoffs, product_joint(profile)) == pytest.approx(0, abs=1e-13)


def test_games_of_three_players():
    """Jordan 1993: the only equilibrium of the three-player pennies is uniform play. Minority: 6 pure ones."""
    assert nash_conv(JORDAN, uniform_profile(JORDAN)) == pytest.approx(0, abs=1e-14)
    assert expected_payoffs(JORDAN, uniform_profile(JORDAN)) == pytest.approx([0, 0, 0], abs=1e-14)
    assert pure_nash(JORDAN) == []
    assert largest_pure_nash_conv(JORDAN) == 6  # at (0, 1, 0) all three lose 1, and each alone could win 1
    minority = rule((2, 2, 2), lambda a: [1.0 if sum(a) in (1, 2) and a.count(own) == 1 else 0.0 for own in a])
    assert len(pure_nash(minority)) == 6
    assert nash_conv(minority, uniform_profile(minority)) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(("troops", "actions", "gap"), [(3, 10, 0.6), (5, 21, 4 / 7), (10, 66, 0.636)])
def test_blotto(troops, actions, gap):
    """Uniform play of sign Blotto on three fields, for growing numbers of actions."""
    splits = np.array([s for s in itertools.product(range(troops + 1), repeat=3) if sum(s) == troops])
    won = np.sign(np.sign(splits[:, None] - splits[None]).sum(axis=2))
    assert won.shape == (actions, actions)
    assert nash_conv(zero_sum(won), uniform_profile(zero_sum(won))) == pytest.approx(gap, abs=5e-4)


def equilibrium_programme(payoffs, coarse, objective):
    """Largest ``objective`` over (coarse) correlated equilibria, constraints written out cell by cell."""
    sizes = payoffs.shape[1:]
    cells = list(itertools.product(*map(range, sizes)))
    rows = []
    for player, size in enumerate(sizes):
        for told, other in itertools.product(range(size), repeat=2):
            row = [0.0] * len(cells)
            for number, cell in enumerate(cells):
                if coarse or cell[player] == told:
                    instead = (*cell[:player], other, *cell[player + 1 :])
                    row[number] = payoffs[(player, *instead)] - payoffs[(player, *cell)]
            rows.append(row)
    found = linprog(-objective.ravel(), A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=np.ones((1, len(cells))), b_eq=[1])
    return -found.fun, np.maximum(found.x, 0).reshape(sizes) / np.maximum(found.x, 0).sum()


def test_aumann_chicken():
    """Aumann 1974: the best correlated equilibrium plays (6, 6) half of the time, the unequal cells a quarter each."""
    joint = np.array([[0.5, 0.25], [0.25, 0.0]])
    assert ce_gap(CHICKEN, joint) == pytest.approx(0, abs=1e-15)
    assert joint_payoffs(CHICKEN, joint) == pytest.approx([5.25, 5.25])
    value, found = equilibrium_programme(CHICKEN, False, CHICKEN.sum(axis=0))
    assert value == pytest.approx(10.5, abs=1e-9)
    assert found == pytest.approx(joint, abs=1e-8)
    assert equilibrium_programme(CHICKEN, False, -CHICKEN.sum(axis=0))[0] == pytest.approx(-7.2, abs=1e-9)


@pytest.mark.parametrize(
    ("payoffs", "least", "most"),
    [(SHAPLEY, 2 / 3, 1), (SEXES, 4 / 3, 3), (TRAVELLER, 4, 4), (INSPECTION, -1 / 3, -1 / 3), (penalty(-10), 0, 20)],
    ids=["shapley", "sexes", "traveller", "inspection", "penalty"],
)
def test_range_of_correlated_welfare(payoffs, least, most):
    welfare = payoffs.sum(axis=0)
    for sign, value in ((1, most), (-1, -least)):
        found, joint = equilibrium_programme(payoffs, False, sign * welfare)
        assert found == pytest.approx(value, abs=1e-7)
        assert ce_gap(payoffs, joint) == pytest.approx(0, abs=1e-7)


def test_coarse_equilibria_are_more_than_correlated_ones():
    """Traveller's dilemma: only (2, 2) is a correlated equilibrium, but coarse ones pay more; their CE gap shows it."""
    welfare, joint = equilibrium_programme(TRAVELLER, True, TRAVELLER.sum(axis=0))
    assert welfare > 4.5
    assert cce_gap(TRAVELLER, joint) == pytest.approx(0, abs=1e-8)
    assert ce_gap(TRAVELLER, joint) > 0.1


def brute_force_gaps(payoffs, joint):
    """CE and CCE gap as the best of all maps from own action to own action, of all and of constant ones."""
    ce = cce = 0.0
    for player, size in enumerate(joint.shape):
        best = {True: 0.0, False: 0.0}
        for swap in itertools.product(range(size), repeat=size):
            total = 0.0
            for cell in itertools.product(*map(range, joint.shape)):
                instead = (*cell[:player], swap[cell[player]], *cell[player + 1 :])
                total += joint[cell] * (payoffs[(player, *instead)] - payoffs[(player, *cell)])
            constant = len(set(swap)) == 1
            best[constant] = max(best[constant], total)
        ce += max(best.values())
        cce += best[True]
    return ce, cce


@pytest.mark.parametrize("sizes", [(3,), (2, 3), (3, 2, 4), (2, 2, 2, 2)])
def test_random_games_with_unequal_numbers_of_actions(sizes):
    """Every axis belongs to its player: expectations, deviations and gaps against sums written out cell by cell."""
    rng = np.random.default_rng(len(sizes))
    payoffs = rng.normal(size=(len(sizes), *sizes))
    profile = [rng.dirichlet(np.ones(size)) for size in sizes]
    joint = rng.dirichlet(np.ones(np.prod(sizes))).reshape(sizes)
    expected, gains = [], []
    for player, size in enumerate(sizes):
        values = np.zeros(size)
        for cell in itertools.product(*map(range, sizes)):
            others = np.prod([profile[k][a] for k, a in enumerate(cell) if k != player])
            values[cell[player]] += others * payoffs[(player, *cell)]
        assert action_values(payoffs, profile)[player] == pytest.approx(values, abs=1e-13)
        expected.append(values @ profile[player])
        gains.append(values.max() - expected[-1])
    assert expected_payoffs(payoffs, profile) == pytest.approx(expected, abs=1e-13)
    assert deviation_gains(payoffs, profile) == pytest.approx(gains, abs=1e-13)
    assert nash_conv(payoffs, profile) == pytest.approx(sum(gains), abs=1e-13)
    assert joint_payoffs(payoffs, product_joint(profile)) == pytest.approx(expected, abs=1e-13)
    ce, cce = brute_force_gaps(payoffs, joint)
    assert ce_gap(payoffs, joint) == pytest.approx(ce, abs=1e-12)
    assert cce_gap(payoffs, joint) == pytest.approx(cce, abs=1e-12)
    assert cce_gap(payoffs, product_joint(profile)) == pytest.approx(sum(gains), abs=1e-12)
    for x, y in zip(marginals(product_joint(profile)), profile, strict=True):
        assert x == pytest.approx(y, abs=1e-14)


def test_no_mixed_profile_has_a_larger_gap_than_the_worst_pure_one():
    """NashConv is convex in each player's distribution; at pure profiles it is attained."""
    rng = np.random.default_rng(0)
    payoffs = rng.normal(size=(3, 2, 3, 2))
    largest = largest_pure_nash_conv(payoffs)
    cells = itertools.product(range(2), range(3), range(2))
    pure = [nash_conv(payoffs, [np.eye(n)[a] for n, a in zip((2, 3, 2), cell, strict=True)]) for cell in cells]
    assert largest == pytest.approx(max(pure), abs=1e-13)
    for _ in range(200):
        assert nash_conv(payoffs, [rng.dirichlet(np.full(n, 0.3)) for n in (2, 3, 2)]) <= largest + 1e-12


def test_external_regret_is_not_swap_regret():
    """Regret matching on Shapley's game: after 2,000 rounds the play is nearly coarse correlated, not correlated."""
    rng = np.random.default_rng(0)
    regrets, played = np.zeros((2, 3)), np.zeros((2000, 2), int)
    for t in range(2000):
        odds = np.maximum(regrets, 0) + 1e-12
        played[t] = [rng.choice(3, p=x / x.sum()) for x in odds]
        row, column = played[t]
        regrets[0] += SHAPLEY[0, :, column] - SHAPLEY[0, row, column]
        regrets[1] += SHAPLEY[1, row, :] - SHAPLEY[1, row, column]
    joint = empirical_joint(played, (3, 3))
    # Hart and Mas-Colell 2000: the mean regret a round is at most sqrt(3 / 2000) = 0.039 for each player.
    assert cce_gap(SHAPLEY, joint) < 0.1
    assert ce_gap(SHAPLEY, joint) > 0.2


def test_empirical_joint():
    joint = empirical_joint(np.array([[0, 2], [0, 2], [1, 0], [0, 1]]), (2, 3))
    assert joint.tolist() == [[0, 0.25, 0.5], [0.25, 0, 0]]
    assert [x.tolist() for x in marginals(joint)] == [[0.75, 0.25], [0.25, 0.25, 0.5]]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.zeros((0, 2), int), "at least one round"),
        (np.zeros((4, 3), int), r"integer \(T, 2\), not int64 \(4, 3\)"),
        (np.zeros((4, 2)), r"integer \(T, 2\), not float64"),
        (np.array([[0, 3]]), r"actions must lie from 0 to below \(2, 3\)"),
        (np.array([[-1, 0]]), "actions must lie"),
    ],
)
def test_bad_actions(actions, message):
    with pytest.raises(ValueError, match=message):
        empirical_joint(actions, (2, 3))


@pytest.mark.parametrize("payoffs", [np.zeros((2, 3)), np.zeros((3, 2, 2)), np.zeros((2, 2, 0)), np.zeros(4)])
def test_bad_payoff_shapes(payoffs):
    with pytest.raises(ValueError, match=r"payoffs must have the shape \(n, A_1, \.\.\., A_n\)"):
        uniform_profile(payoffs)


@pytest.mark.parametrize("payoffs", [[[[1, 2], [3]], [[1, 2], [3, 4]]], [[["a", 1]], [[2, 3]]], [[None, 1j]]])
def test_payoffs_that_are_ragged_or_no_numbers(payoffs):
    for function in (uniform_profile, pure_nash):
        with pytest.raises(
            ValueError, match=r"payoffs=\[\[.* is not allowed: payoffs must hold numbers, in rows of one"
        ):
            function(payoffs)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_payoffs_that_are_not_finite(bad):
    payoffs = SEXES.copy()
    payoffs[0, 1, 1] = bad
    for function in (uniform_profile, pure_nash, largest_pure_nash_conv):
        with pytest.raises(ValueError, match="payoffs must be finite, and hold 1 entries"):
            function(payoffs)


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ([np.array([1.0, 0.0])], "one distribution for each of 2 players, not 1"),
        ([np.array([1.0, 0.0]), np.array([1.0, 0.0, 0.0])], r"profile\[1\] must have the shape \(2,\)"),
        ([np.array([1.0, 0.0]), np.array([0.5, 0.4])], r"profile\[1\] must hold probabilities"),
        ([np.array([1.5, -0.5]), np.array([0.5, 0.5])], r"profile\[0\] must hold probabilities.*entry 1 is -0.5"),
        ([np.array([np.nan, 1.0]), np.array([0.5, 0.5])], r"profile\[0\] must hold probabilities.*entry 0 is nan"),
        ([np.array([1.0, 0.0]), ["a", 1.0]], r"profile\[1\]=\['a', 1.0\] is not allowed.*must hold numbers"),
    ],
)
def test_bad_profiles(profile, message):
    for function in (nash_conv, expected_payoffs, deviation_gains, action_values):
        with pytest.raises(ValueError, match=message):
            function(SEXES, profile)


@pytest.mark.parametrize("function", [ce_gap, cce_gap, joint_payoffs])
def test_bad_joints(function):
    with pytest.raises(ValueError, match=r"joint must have the shape \(2, 2\), not \(4,\)"):
        function(SEXES, np.full(4, 0.25))
    with pytest.raises(ValueError, match="joint must hold probabilities"):
        function(SEXES, np.full((2, 2), 0.3))
    with pytest.raises(ValueError, match="joint must hold numbers, in rows of one length"):
        function(SEXES, [[0.5, 0.5], [0.0]])
