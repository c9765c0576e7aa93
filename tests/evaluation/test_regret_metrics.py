import numpy as np
import pytest

from regretlab.envs.core import Certificate, Value
from regretlab.evaluation.metrics import regret
from regretlab.solvers.normal_form import empirical_joint

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


def test_bad_play_is_refused():
    with pytest.raises(ValueError, match=r"must both have the shape"):
        regret.deviation_gains(np.zeros((3, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="distribution"):
        regret.deviation_gains(np.zeros((1, 2)), [[0.5, 0.6]])
    with pytest.raises(ValueError, match="distribution"):
        regret.deviation_gains(np.zeros((1, 2)), [[1.5, -0.5]])
    with pytest.raises(ValueError, match="player must be from 0 to 1, not 2"):
        regret.deviation_gains_of_play(np.zeros((2, 2)), np.ones((2, 2)), 2)
    with pytest.raises(ValueError, match="at least one positive"):
        regret.deviation_gains_of_play(np.zeros((2, 2)), np.zeros((2, 2)), 0)
    with pytest.raises(ValueError, match="same shape"):
        regret.deviation_gains_of_play(np.zeros((2, 2)), np.zeros((2, 3)), 0)
    with pytest.raises(ValueError, match="square"):
        regret.swap_regret(np.zeros((2, 3)))
