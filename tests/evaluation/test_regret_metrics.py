import itertools

import numpy as np
import pytest

from regretlab.envs.core import Certificate, Value
from regretlab.evaluation.metrics import regret
from regretlab.evaluation.metrics.dynamic import dynamic_regret, tracking_regret
from regretlab.solvers.normal_form import ce_gap, empirical_joint

GAIN = Certificate("reward per step", Value(2.0, "solved", ""), Value(0.5, "solved", ""))
GAP = Certificate("NashConv", Value(0.0, "closed-form", ""), Value(1.5, "closed-form", ""), measure="gap")


def test_regret_is_optimum_minus_achieved():
    assert regret.per_step_regret(GAIN, [2.0, 0.5, 3.0]).tolist() == [0.0, 1.5, -1.0]
    assert regret.cumulative_regret(GAIN, [[2.0, 0.5, 3.0]]).tolist() == [[0.0, 1.5, 0.5]]
    assert regret.cumulative_regret(GAP, [1.5, 0.5]).tolist() == [1.5, 2.0]


def test_normalised_score_is_0_for_random_and_1_for_the_optimum():
    assert regret.normalised_score(GAIN, [0.5, 2.0, 1.25, -1.0]).tolist() == [0.0, 1.0, 0.5, -1.0]
    with pytest.raises(ValueError, match="gap"):
        regret.normalised_score(GAP, 0.5)
    with pytest.raises(ValueError, match="finite"):
        regret.normalised_score(GAIN, np.nan)
    with pytest.raises(ValueError, match="finite"):
        regret.per_step_regret(GAIN, [])


@pytest.mark.parametrize(("value", "apart"), [(3.0, True), (2.4, False), (1.0, False)])
def test_a_reference_has_to_be_above_what_random_play_may_be_worth(value, apart):
    random = Value(2.0, "reference", "simulated", 1.5, 2.5)
    certificate = Certificate("return per episode", Value(value, "reference", "simulated", 0.0, 4.0), random)
    assert certificate.apart is apart
    if apart:
        assert certificate.normalised(2.5) == 0.5
    else:
        with pytest.raises(ValueError, match="not known to differ"):
            certificate.normalised(2.5)


# The definitions, written out: games literature, e.g. Blum and Mansour, From External to Internal Regret, JMLR 2007.
def external_by_definition(utilities, strategies):
    return max(sum(u[a] - x @ u for u, x in zip(utilities, strategies, strict=True)) for a in range(len(utilities[0])))


def swap_by_definition(utilities, strategies):
    actions = range(len(utilities[0]))
    return sum(
        max(sum(x[a] * (u[b] - u[a]) for u, x in zip(utilities, strategies, strict=True)) for b in actions)
        for a in actions
    )


def internal_by_definition(utilities, strategies):
    actions = range(len(utilities[0]))
    return max(
        sum(x[a] * (u[b] - u[a]) for u, x in zip(utilities, strategies, strict=True)) for a in actions for b in actions
    )


def test_regrets_of_mixed_play_match_their_definitions():
    rng = np.random.default_rng(4)
    for actions in (1, 2, 3, 5):
        utilities, strategies = rng.normal(size=(40, actions)), rng.dirichlet(np.ones(actions), 40)
        gains = regret.deviation_gains(utilities, strategies)
        external, internal, swap = (
            regret.external_regret(gains),
            regret.internal_regret(gains),
            regret.swap_regret(gains),
        )
        assert external == pytest.approx(external_by_definition(utilities, strategies), abs=1e-12)
        assert internal == pytest.approx(internal_by_definition(utilities, strategies), abs=1e-12)
        assert swap == pytest.approx(swap_by_definition(utilities, strategies), abs=1e-12)
        assert internal <= swap + 1e-12 and swap <= actions * internal + 1e-12 and external <= swap + 1e-12


def test_counts_give_the_same_regrets_as_the_sequence():
    rng = np.random.default_rng(6)
    payoffs = rng.normal(size=(2, 3, 4))
    plays = rng.integers(0, (2, 3, 4), size=(50, 3))
    counts = 50 * empirical_joint(plays, (2, 3, 4))
    for player, actions in enumerate((2, 3, 4)):
        axes = [plays[:, other] for other in range(3) if other != player]
        utilities = np.moveaxis(payoffs, player, -1)[tuple(axes)]
        from_sequence = regret.deviation_gains(utilities, np.eye(actions)[plays[:, player]])
        np.testing.assert_allclose(regret.deviation_gains_of_play(payoffs, counts, player), from_sequence, atol=1e-12)


def test_aumanns_correlated_equilibrium_has_no_swap_regret():
    # Chicken [[6, 2], [7, 0]] with (C,C) half and (C,D), (D,C) a quarter each is a correlated equilibrium, welfare 10.5
    row = np.array([[6.0, 2.0], [7.0, 0.0]])
    frequencies = np.array([[0.5, 0.25], [0.25, 0.0]])
    for player, payoffs in enumerate((row, row.T)):
        gains = regret.deviation_gains_of_play(payoffs, frequencies, player)
        # after "C" obeying pays 0.5 * 6 + 0.25 * 2 = 3.5, deviating 0.5 * 7 = 3.5; after "D" 0.25 * 7 and 0.25 * 6
        np.testing.assert_allclose(gains, [[0.0, 0.0], [-0.25, 0.0]], atol=1e-15)
        assert regret.swap_regret(gains) == 0 and regret.internal_regret(gains) == 0
        assert regret.external_regret(gains) == 0


def test_uniform_play_of_the_prisoners_dilemma():
    # NashConv of uniform play with payoffs 3/0/5/1 is 1.5: each would gain 0.75 by defecting
    payoffs = np.array([[3.0, 0.0], [5.0, 1.0]])
    gains = regret.deviation_gains_of_play(payoffs, np.full((2, 2), 0.25), 0)
    assert regret.external_regret(gains) == 0.75
    assert regret.internal_regret(gains) == regret.swap_regret(gains) == 0.75


def test_external_regret_is_negative_for_changing_actions_at_the_right_times():
    gains = regret.deviation_gains(np.eye(2), np.eye(2))
    assert regret.external_regret(gains) == -1
    assert regret.internal_regret(gains) == regret.swap_regret(gains) == 0


def test_curves_are_the_regrets_of_the_play_so_far():
    rng = np.random.default_rng(7)
    utilities, strategies = rng.normal(size=(30, 4)), rng.dirichlet(np.ones(4), 30)
    gains = regret.cumulative_deviation_gains(utilities, strategies)
    for curve in (regret.external_regret, regret.internal_regret, regret.swap_regret):
        assert curve(gains).shape == (30,)
        for rounds in (1, 7, 30):
            so_far = curve(regret.deviation_gains(utilities[:rounds], strategies[:rounds]))
            assert curve(gains)[rounds - 1] == pytest.approx(so_far, abs=1e-12)


def test_swap_regret_per_round_is_the_players_term_of_the_ce_gap():
    """Hart and Mas-Colell 2000: play without internal regret is a correlated equilibrium."""
    rng = np.random.default_rng(8)
    sizes = (3, 2, 4)
    payoffs, played = rng.normal(size=(3, *sizes)), rng.integers(0, sizes, size=(200, 3))
    swaps = []
    for player, actions in enumerate(sizes):
        utilities = regret.utilities_of_play(payoffs[player], played, player)
        own = utilities[np.arange(200), played[:, player]]
        np.testing.assert_array_equal(own, payoffs[player][tuple(played.T)])
        swaps.append(regret.swap_regret(regret.deviation_gains(utilities, np.eye(actions)[played[:, player]])) / 200)
    assert sum(swaps) == pytest.approx(ce_gap(payoffs, empirical_joint(played, sizes)), abs=1e-12)


def test_dynamic_and_tracking_regret_by_hand():
    """Action 0 pays 1, 1, 0, 0 and action 1 pays 0, 0, 3, 0; played is action 0 throughout."""
    utilities = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
    strategies = np.tile([1.0, 0.0], (4, 1))
    assert dynamic_regret(utilities, strategies).tolist() == [0, 0, 3, 3]
    assert tracking_regret(utilities, strategies, 0).tolist() == [0, 0, 1, 1]  # always 1 earns 3, always 0 earns 2
    assert tracking_regret(utilities, strategies, 1).tolist() == [0, 0, 3, 3]
    # The better action changes every round: a stretch of odd length wins one round more than it loses, and of the S + 1
    # stretches that fill 8 rounds an even number is odd.
    utilities = np.eye(2)[np.arange(8) % 2]
    strategies = np.full((8, 2), 0.5)
    for switches, best in ((0, 4), (1, 5), (2, 5), (3, 6), (7, 8), (100, 8)):
        assert tracking_regret(utilities, strategies, switches)[-1] == best - 4


def test_tracking_regret_is_that_of_the_best_sequence():
    """All sequences are tried, and the order dynamic >= tracking >= external holds with both ends attained."""
    rng = np.random.default_rng(9)
    rounds, actions = 6, 3
    utilities, strategies = rng.normal(size=(rounds, actions)), rng.dirichlet(np.ones(actions), rounds)
    earned = np.cumsum((strategies * utilities).sum(axis=1))
    previous = regret.external_regret(regret.cumulative_deviation_gains(utilities, strategies))
    for switches in range(rounds):
        curve = tracking_regret(utilities, strategies, switches)
        for length in range(1, rounds + 1):
            best = max(
                utilities[np.arange(length), list(sequence)].sum()
                for sequence in itertools.product(range(actions), repeat=length)
                if np.count_nonzero(np.diff(sequence)) <= switches
            )
            assert curve[length - 1] == pytest.approx(best - earned[length - 1], abs=1e-12)
        assert np.all(curve >= previous - 1e-12)
        if switches == 0:
            np.testing.assert_allclose(curve, previous, atol=1e-12)
        previous = curve
    np.testing.assert_allclose(previous, dynamic_regret(utilities, strategies), atol=1e-12)


def test_bad_play_is_refused():
    with pytest.raises(ValueError, match=r"must both have the shape"):
        regret.deviation_gains(np.zeros((3, 2)), np.zeros((2, 2)))
    for function in (regret.deviation_gains, regret.cumulative_deviation_gains, dynamic_regret):
        with pytest.raises(ValueError, match=r"strategies must hold probabilities .* row 1 sums to 1\.1"):
            function(np.zeros((2, 2)), [[0.5, 0.5], [0.5, 0.6]])
        with pytest.raises(ValueError, match=r"strategies must hold probabilities .* entry \(0, 1\) is -0\.5"):
            function(np.zeros((1, 2)), [[1.5, -0.5]])
    with pytest.raises(ValueError, match="switches must not be negative, and is -1"):
        tracking_regret(np.zeros((1, 2)), [[1, 0]], -1)
    with pytest.raises(ValueError, match=r"actions must be integer \(rounds, 2\)"):
        regret.utilities_of_play(np.zeros((2, 2)), [[0.0, 1.0]], 0)
    with pytest.raises(ValueError, match=r"from 0 to below \(2, 2\) in every round"):
        regret.utilities_of_play(np.zeros((2, 2)), [[0, 2]], 0)
    with pytest.raises(ValueError, match="player must be from 0 to 1, not 2"):
        regret.utilities_of_play(np.zeros((2, 2)), [[0, 1]], 2)
    with pytest.raises(ValueError, match="player must be from 0 to 1, not 2"):
        regret.deviation_gains_of_play(np.zeros((2, 2)), np.ones((2, 2)), 2)
    with pytest.raises(ValueError, match="at least one positive"):
        regret.deviation_gains_of_play(np.zeros((2, 2)), np.zeros((2, 2)), 0)
    with pytest.raises(ValueError, match="same shape"):
        regret.deviation_gains_of_play(np.zeros((2, 2)), np.zeros((2, 3)), 0)
    with pytest.raises(ValueError, match="square"):
        regret.swap_regret(np.zeros((2, 3)))
