"""Values of zero-sum games, against closed forms and all equilibria."""

import itertools

import numpy as np
import pytest

from regretlab.solvers import TooLargeError, nash_conv, vertex_enumeration, zero_sum


def game(row, total=0.0):
    return np.array([row, total - np.array(row)], float)


def test_biased_rock_paper_scissors():
    """Its only equilibrium is (1, 10, 5) / 16 for both: there every action of either pays 0."""
    answer = zero_sum(game([[0, -25, 50], [25, 0, -5], [-50, 5, 0]]))
    for x in answer.profile:
        assert x == pytest.approx(np.array([1, 10, 5]) / 16, abs=1e-13)
    assert answer.payoffs == pytest.approx([0, 0], abs=1e-12)
    assert answer.residual <= 1e-11


def test_oneill():
    """Value -1/5, both play the joker with 2/5 (O'Neill, PNAS 84, 1987; payoffs of 1 and -1)."""
    row = 1.0 - 2.0 * np.eye(4)
    row[0], row[1:, 0] = [1, -1, -1, -1], -1
    answer = zero_sum(game(row))
    for x in answer.profile:
        assert x == pytest.approx([0.4, 0.2, 0.2, 0.2], abs=1e-13)
    assert answer.payoffs == pytest.approx([-0.2, 0.2], abs=1e-13)


@pytest.mark.parametrize(("soldiers", "actions"), [(3, 10), (5, 21), (10, 66)])
def test_blotto_is_fair(soldiers, actions):
    """A symmetric zero-sum game has the value 0 (three fields, whoever wins more of them)."""
    splits = np.array([each for each in itertools.product(range(soldiers + 1), repeat=3) if sum(each) == soldiers])
    assert len(splits) == actions
    row = np.sign(np.sign(splits[:, None] - splits).sum(axis=2))
    answer = zero_sum(game(row))
    assert answer.residual <= 1e-11
    assert answer.payoffs == pytest.approx([0, 0], abs=answer.residual + 1e-15)


def kuhn_poker():
    """The first player's mean payoff (27, 64): a plan for each of three cards, over the six deals.

    The first player bets, checks and folds, or checks and calls; the second answers a check by a check or a bet, and a
    bet by folding or calling. The ante is 1, a bet 1.
    """
    payoffs = np.zeros((27, 64))
    deals = list(itertools.permutations(range(3), 2))
    for r, first in enumerate(itertools.product(("bet", "fold", "call"), repeat=3)):
        for c, second in enumerate(itertools.product(itertools.product((False, True), repeat=2), repeat=3)):
            for own, other in deals:
                bets, calls = second[other]
                if first[own] == "bet":
                    stake = 2 if calls else 0
                else:
                    stake = 1 if not bets else 2 if first[own] == "call" else -1
                won = 1 if own > other else -1
                payoffs[r, c] += {0: 1, -1: -1}.get(stake, stake * won) / len(deals)
    return payoffs


def test_kuhn_poker():
    # Kuhn, A simplified two-person poker, 1950: worth -1/18 to who moves first
    row = kuhn_poker()
    found = zero_sum([row, -row])
    assert found.payoffs[0] == pytest.approx(-1 / 18, abs=1e-9)
    assert found.residual < 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_two_by_two_in_closed_form(seed):
    """Without a saddle point the value is (ad - bc) / (a + d - b - c) (von Neumann and Morgenstern, 1944, 18.2)."""
    a, b, c, d = np.random.default_rng(seed).uniform(-1, 1, 4)
    low, high = max(min(a, b), min(c, d)), min(max(a, c), max(b, d))
    value = low if low == high else (a * d - b * c) / (a + d - b - c)
    assert zero_sum(game([[a, b], [c, d]])).payoffs == pytest.approx([value, -value], abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_random_games_of_any_constant_sum(seed):
    """All equilibria have one value; residual and guarantees by definition."""
    random = np.random.default_rng(seed)
    total = random.integers(-3, 4)
    payoffs = game(random.normal(size=random.integers(1, 7, 2)), total)
    answer = zero_sum(payoffs)
    x, y = answer.profile
    assert nash_conv(payoffs, answer.profile) <= 2e-12
    assert (x @ payoffs[0]).min() == pytest.approx((payoffs[0] @ y).max(), abs=2e-12)
    assert answer.payoffs.sum() == pytest.approx(total, abs=1e-12)
    for each in vertex_enumeration(payoffs).equilibria:
        assert each.payoffs == pytest.approx(answer.payoffs, abs=1e-12)


def test_payoffs_may_be_of_any_size():
    row = np.random.default_rng(0).normal(size=(20, 30))
    for scale in (1e-9, 1e9):
        answer = zero_sum(game(scale * row))
        assert answer.residual <= 1e-11 * scale
        assert answer.payoffs == pytest.approx(scale * zero_sum(game(row)).payoffs, abs=1e-11 * scale)
    assert zero_sum(np.full((2, 2, 3), 7.0)).payoffs.tolist() == [7, 7]


def test_bad_input():
    with pytest.raises(ValueError, match=r"constant sum, and their sums span 2\.0 to 6\.0"):
        zero_sum([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    with pytest.raises(ValueError, match="of 2 players, and this game has 3"):
        zero_sum(np.zeros((3, 2, 2, 2)))
    with pytest.raises(ValueError, match="must be finite"):
        zero_sum(np.full((2, 2, 2), np.nan))
    with pytest.raises(TooLargeError, match="1001 x 1000 actions; the limit is 1,000,000 pairs"):
        zero_sum(np.zeros((2, 1001, 1000)))
