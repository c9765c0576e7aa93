"""Alpha-rank against published laws, symmetry, and sums over spanning trees in decimal arithmetic."""

import itertools
from decimal import Decimal, localcontext

import numpy as np
import pytest

from regretlab.envs.games import load
from regretlab.solvers import TooLargeError, alpha_rank

STRENGTHS = [0.5, 3.0, 1e3, 1e12, np.inf]


def symmetric(row):
    return np.array([row, np.transpose(row)], float)


def test_commitments_of_han_et_al():
    """Han, Pereira, Santos and Lenaerts, Good agreements make good friends, Scientific Reports 2013: proposers of
    commitments, cooperators, defectors, fake committers and free riders. The law is that of OpenSpiel's own test.
    """
    r, t, p, s, compensation, cost = 1.0, 2.0, 0.0, -1.0, 4.0, 0.25
    payoffs = symmetric(
        [
            [r - cost / 2, r - cost, 0, s + compensation - cost, r - cost],
            [r, r, s, s, s],
            [0, t, p, p, p],
            [t - compensation, t, p, p, p],
            [r, t, p, p, p],
        ]
    )
    found = alpha_rank(payoffs, 0.1, population=20, single_population=True)
    assert found.distribution == pytest.approx([0.40966787, 0.07959841, 0.20506998, 0.08505983, 0.2206039], abs=1e-8)
    assert found.residual <= 1e-15


@pytest.mark.parametrize("alpha", STRENGTHS)
@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("matching-pennies", [[1 / 4, 1 / 4], [1 / 4, 1 / 4]]),
        ("rock-paper-scissors", np.full((3, 3), 1 / 9)),
        ("prisoners-dilemma", [[0, 0], [0, 1]]),
        ("bach-or-stravinsky", [[1 / 2, 0], [0, 1 / 2]]),
        ("stag-hunt", [[1 / 2, 0], [0, 1 / 2]]),
        ("chicken", [[0, 1 / 2], [1 / 2, 0]]),
    ],
)
def test_two_populations(name, law, alpha):
    """Cycles in equal shares, and the pure equilibria: from these every way out loses at least 1, which exp(-49 alpha)
    makes less likely than any way back, of which at most 4 and a rate of no less than 1 - exp(-alpha) matter.
    """
    found = alpha_rank(load(name).payoffs, alpha)
    left = 4 * np.exp(-49 * alpha) / (1 - np.exp(-alpha))
    assert found.distribution == pytest.approx(np.array(law), abs=max(1e-12, left))
    assert found.residual <= 1e-15


@pytest.mark.parametrize("population", [2, 50])
def test_shapley_in_the_limit(population):
    """Six cells form the cycle, which a loser leaves for the diagonal with the rate 1 / m of a neutral mutant, while
    both players leave the diagonal: by a winning mutant each, or by a neutral one. Hence diagonal and cycle are as
    1 : m + 1; with m = 2, 1/21 and 1/7.
    """
    diagonal = 1 / (3 + 6 * (population + 1))
    law = np.where(np.eye(3, dtype=bool), diagonal, (population + 1) * diagonal)
    for alpha in (1e3, 1e9, np.inf):
        found = alpha_rank(load("shapley").payoffs, alpha, population=population)
        assert found.distribution == pytest.approx(law, abs=1e-14)
        assert found.residual <= 1e-15
    assert population > 2 or law[0, 1] == pytest.approx(1 / 7)


@pytest.mark.parametrize("alpha", STRENGTHS)
def test_one_population(alpha):
    """Rock-paper-scissors in equal shares; of hunters and gatherers 4, 0, 2, 2 both take over as easily."""
    found = alpha_rank(load("rock-paper-scissors").payoffs, alpha, single_population=True)
    assert found.distribution == pytest.approx([1 / 3] * 3, abs=1e-14)
    assert found.residual <= 1e-15
    found = alpha_rank(load("prisoners-dilemma").payoffs, alpha, single_population=True)
    assert found.distribution == pytest.approx([0, 1], abs=np.exp(-alpha))
    assert found.residual <= 1e-15


def law_of_trees(payoffs, alpha, population):
    """The stationary law in 40 digits: each state's weight is the sum over the trees that lead to it of the products of
    their rates (Freidlin and Wentzell 1984, lemma 6.3.1), all of them positive.
    """
    cells = list(itertools.product(*map(range, payoffs.shape[1:])))
    ways = {here: [] for here in cells}
    for here, there in itertools.permutations(cells, 2):
        moved = [k for k, (a, b) in enumerate(zip(here, there, strict=True)) if a != b]
        if len(moved) == 1:
            gain = Decimal(float(payoffs[(moved[0], *there)] - payoffs[(moved[0], *here)]))
            losing = (-Decimal(alpha) * gain).exp()
            rate = (1 - losing) / (1 - losing**population) if gain else 1 / Decimal(population)
            ways[here].append((there, rate))
    weights = []
    for root in cells:
        others = [cell for cell in cells if cell != root]
        total = Decimal(0)
        for choice in itertools.product(*(ways[cell] for cell in others)):
            towards = {cell: there for cell, (there, _) in zip(others, choice, strict=True)}
            if all(leads(towards, cell, root) for cell in others):
                product = Decimal(1)
                for _, rate in choice:
                    product *= rate
                total += product
        weights.append(total)
    return np.array([float(weight / sum(weights)) for weight in weights]).reshape(payoffs.shape[1:])


def leads(towards, cell, root):
    for _ in towards:
        cell = towards.get(cell, root)
    return cell == root


@pytest.mark.parametrize("sizes", [(2, 3), (2, 2, 2)])
@pytest.mark.parametrize("alpha", [1e-3, 0.3, 4.0, 40.0])
def test_any_intensity_of_selection(sizes, alpha):
    """Rates down to exp(-2280), which doubles do not hold; the payoffs are halves, so that there are ties."""
    rng = np.random.default_rng(sum(sizes))
    for _ in range(2):
        payoffs = rng.integers(-3, 4, (len(sizes), *sizes)) / 2.0
        with localcontext() as context:
            context.prec = 40
            expected = law_of_trees(payoffs, alpha, 20)
        found = alpha_rank(payoffs, alpha, population=20)
        assert found.distribution == pytest.approx(expected, rel=1e-9, abs=1e-300)
        assert found.residual <= 1e-14


def test_the_limit_is_that_of_ever_larger_alpha():
    """Integer payoffs: at alpha = 1e3 every tie is a tie and every difference decides."""
    rng = np.random.default_rng(0)
    for sizes in ((4, 4), (2, 3, 2), (6, 5)):
        payoffs = rng.integers(0, 4, (len(sizes), *sizes)).astype(float)
        limit = alpha_rank(payoffs, np.inf)
        assert limit.distribution == pytest.approx(alpha_rank(payoffs, 1e3).distribution, abs=1e-10)
        assert limit.residual <= 1e-14
        assert limit.distribution.sum() == pytest.approx(1, abs=1e-12)


def test_a_hundred_profiles():
    """Random games of 10 x 10, from weak selection, where all are nearly alike, to strong."""
    payoffs = np.random.default_rng(0).uniform(size=(2, 10, 10))
    weak = alpha_rank(payoffs, 1e-6)
    assert weak.distribution == pytest.approx(np.full((10, 10), 0.01), abs=1e-4)
    for alpha in (1e-6, 1.0, 30.0, 1e4, np.inf):
        found = alpha_rank(payoffs, alpha)
        assert found.residual <= 1e-14
        assert found.distribution.sum() == pytest.approx(1, abs=1e-12)


def test_games_without_a_choice():
    assert alpha_rank(np.ones((2, 1, 1)), 1.0).distribution.tolist() == [[1.0]]
    assert alpha_rank(np.ones((2, 1, 1)), 1.0, single_population=True).distribution.tolist() == [1.0]
    flat = alpha_rank(np.ones((2, 2, 3)), np.inf)
    assert flat.distribution == pytest.approx(np.full((2, 3), 1 / 6), abs=1e-14)
    assert flat.residual <= 1e-15


@pytest.mark.parametrize("alpha", [0, -1.0, -np.inf, np.nan, "1", None])
def test_selection_must_be_positive(alpha):
    with pytest.raises(ValueError, match=r"alpha must be positive \(np.inf for the limit of strong selection\), not"):
        alpha_rank(load("chicken").payoffs, alpha)


def test_bad_input():
    chicken = load("chicken").payoffs
    with pytest.raises(ValueError, match="population must be an integer of at least 2, not 1"):
        alpha_rank(chicken, 1.0, population=1)
    with pytest.raises(ValueError, match="alpha must stay finite times the payoffs and the population, not 1e\\+308"):
        alpha_rank(chicken, 1e308)
    with pytest.raises(ValueError, match="symmetric game of two players"):
        alpha_rank(load("bach-or-stravinsky").payoffs, 1.0, single_population=True)
    with pytest.raises(TooLargeError, match="2,500 profiles, and at most 2,000"):
        alpha_rank(np.zeros((2, 50, 50)), 1.0)
    with pytest.raises(TooLargeError, match="2 strategies in a population of 10,000,000 take 40,000,000 numbers"):
        alpha_rank(chicken, 1.0, population=10_000_000, single_population=True)
    with pytest.raises(ValueError, match="finite"):
        alpha_rank(np.full((2, 2, 2), np.nan), 1.0)
