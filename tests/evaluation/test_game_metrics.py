"""What play of a game was like, against numbers worked out by hand."""

import numpy as np
import pytest

from regretlab.envs.games import load
from regretlab.envs.games.strategies import PLACES, as_policy
from regretlab.evaluation.metrics.games import (
    basin_frequencies,
    conditional_cooperation,
    cooperation_rate,
    egalitarian_welfare,
    equality,
    equilibrium_gaps,
    find_cycle,
    iterate_gaps,
    pareto_efficiency,
    pareto_efficient,
    welfare,
)
from regretlab.solvers.normal_form import empirical_joint

OWN = np.array([[3.0, 0.0], [5.0, 1.0]])
DILEMMA = np.array([OWN, OWN.T])
PENNIES = np.array([[[1.0, -1.0], [-1.0, 1.0]], [[-1.0, 1.0], [1.0, -1.0]]])


def test_gaps_of_the_joint_and_of_its_marginals_are_different_numbers():
    """Matching pennies that always match: the marginals are the equilibrium, the joint costs player 1 a penny a round.

    After either recommendation player 1 gains 2 by the other action (CE gap 2); a fixed action gains it 1 (CCE gap 1).
    """
    found = equilibrium_gaps(PENNIES, np.diag([0.5, 0.5]))
    assert found == {"nash_conv_of_marginals": 0, "largest_gain": 0, "ce_gap": 2, "cce_gap": 1}
    # Chicken (6, 2, 7, 0): Aumann's correlated equilibrium; its marginals (3/4, 1/4) pay 5 for C, 5.25 for D
    own = np.array([[6.0, 2.0], [7.0, 0.0]])
    found = equilibrium_gaps(np.array([own, own.T]), [[0.5, 0.25], [0.25, 0.0]])
    assert found["ce_gap"] == found["cce_gap"] == 0
    gain = 5.25 - (0.75 * 5 + 0.25 * 5.25)
    assert found["largest_gain"] == pytest.approx(gain) and found["nash_conv_of_marginals"] == pytest.approx(2 * gain)


def test_time_average_and_last_iterate():
    """Matching pennies in which both switch every round: the average is the equilibrium, the last round is not."""
    pure = np.eye(2)[[0, 1, 0, 1]]
    found = iterate_gaps(PENNIES, [pure, pure])
    assert found == {"time_average": 0, "last_iterate": 2}  # the loser of a pure profile gains 2
    with pytest.raises(ValueError, match="as many rounds"):
        iterate_gaps(PENNIES, [pure, pure[:2]])
    with pytest.raises(ValueError, match=r"profile\[1\] must hold probabilities"):
        iterate_gaps(PENNIES, [pure, pure + 0.5])


def test_welfare_and_equality():
    assert welfare([3, 1]) == 4 and egalitarian_welfare([3, 1]) == 1
    # 1 - (|3 - 1| + |1 - 3|) / (2 * 2 * 4)
    assert equality([3, 1]) == 0.75
    assert equality([2, 2, 2]) == 1
    assert equality([1, 0, 0, 0]) == pytest.approx(1 / 4)  # one has everything: 1/n
    assert equality([-1, -3], low=-3) == 0.5  # shifted to 2, 0
    assert equality([0.1 + 0.2 - 0.3, 1]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match=r"returns must be at least low=0\.0, not -1"):
        equality([2, -1])
    with pytest.raises(ValueError, match="undefined where every return is the least possible"):
        equality([-3, -3], low=-3)
    for function in (welfare, egalitarian_welfare, equality):
        with pytest.raises(ValueError, match="finite numbers, one a player"):
            function([np.nan, 1])


def test_cooperation():
    actions = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [1, 0], [0, 0]])
    np.testing.assert_allclose(cooperation_rate(empirical_joint(actions, (2, 2))), [3 / 6, 4 / 6])
    # player 0 played C, then after CC C, after CD D, after DC D and C, after DD D
    assert conditional_cooperation(actions) == {"start": 1, "CC": 1, "CD": 0, "DC": 0.5, "DD": 0}
    # player 1 played C, then after CC D, after its DC (player 0's CD) C, after its CD D and C, after DD C
    assert conditional_cooperation(actions, 1) == {"start": 1, "CC": 0, "CD": 0.5, "DC": 1, "DD": 1}
    # with a new episode in round 3 nothing is known of what follows DC, and the start came twice
    begins = np.array([True, False, False, True, False, False])
    assert conditional_cooperation(actions, begins=begins) == {"start": 0.5, "CC": 1, "CD": 0, "DC": 1, "DD": 0}
    assert set(conditional_cooperation(actions[:2])) == {"start", "CC"}  # never 0 for what never came
    # with D called cooperation every number is turned, and so are the conditions
    assert conditional_cooperation(actions, cooperate=1)["DD"] == 0
    with pytest.raises(ValueError, match="player 0 or 1 of two, not 0 of 3"):
        conditional_cooperation(np.zeros((4, 3), int))
    with pytest.raises(ValueError, match="begins must be bool"):
        conditional_cooperation(actions, begins=np.zeros(6, bool))
    with pytest.raises(ValueError, match=r"actions must be integer \(rounds, players\)"):
        conditional_cooperation(np.zeros((0, 2), int))
    with pytest.raises(ValueError, match="cooperate must be an action of every player, 0 to 1, not 2"):
        cooperation_rate(np.full((2, 3), 1 / 6), 2)


def test_conditional_cooperation_estimates_the_strategy():
    """20,000 rounds in episodes of 5: each condition comes 500 times at least, so 5 errors are 0.5 * 5 / sqrt(500)."""
    rng = np.random.default_rng(0)
    strategies = rng.uniform(0.2, 0.8, (2, 5))
    policies = [as_policy(each, (2, 2), k) for k, each in enumerate(strategies)]
    actions, seen = np.empty((20_000, 2), int), 0
    begins = np.arange(len(actions)) % 5 == 0
    for t in range(len(actions)):
        seen = 0 if begins[t] else seen
        actions[t] = [rng.random() >= policy[seen, 0] for policy in policies]
        seen = 1 + 2 * actions[t, 0] + actions[t, 1]
    for player in (0, 1):
        found = conditional_cooperation(actions, player, begins=begins)
        np.testing.assert_allclose([found[place] for place in PLACES], strategies[player], atol=0.5 * 5 / np.sqrt(500))


def test_pareto_efficiency():
    # in the dilemma everything but mutual defection is efficient
    assert pareto_efficient(DILEMMA).tolist() == [[True, True], [True, False]]
    assert pareto_efficiency(DILEMMA, [[0.25, 0.0], [0.0, 0.75]]) == 0.25
    # a zero-sum game has no inefficient outcome
    assert pareto_efficient(PENNIES).all()
    # the same for one and less for the other is dominated; equals are not
    payoffs = np.array([[[1.0, 1.0, 0.0]], [[2.0, 1.0, 2.0]]])
    assert pareto_efficient(payoffs).tolist() == [[True, False, False]]
    assert pareto_efficient(np.zeros((2, 2, 2))).all()
    assert pareto_efficient(load("shapley").payoffs).sum() == 6  # (1, 0) and (0, 1) dominate the diagonal's (0, 0)


@pytest.mark.parametrize(
    ("before", "cycle", "rounds"),
    [("", "A", 6), ("BC", "A", 9), ("", "AABB", 8), ("CAAB", "AABBC", 30), ("AB", "CD", 400), ("ABCA", "ABCB", 41)],
)
def test_cycles_are_found(before, cycle, rounds):
    text = (before + cycle * rounds)[:rounds]
    actions = np.array([divmod("ABCD".index(letter), 2) for letter in text])
    found = find_cycle(actions)
    assert found.period == len(cycle)
    # by definition: the first round from which on everything comes back after one period, and no shorter one does
    returns = [all(text[t] == text[t + found.period] for t in range(s, rounds - found.period)) for s in range(rounds)]
    assert found.start == returns.index(True) <= len(before)


def test_what_is_no_cycle_is_refused():
    rng = np.random.default_rng(1)
    for actions in (
        rng.integers(0, 2, (200, 2)),  # at random: the last rounds may agree, but not half of the record
        np.arange(50)[:, None],
        np.array([[0, 0]]),
        np.array([[0], [1]]),
        np.array([[0], [1], [2], [3], [3]]),  # 3 twice, too little to be called a cycle
    ):
        with pytest.raises(ValueError, match="no cycle fills the last half of the"):
            find_cycle(actions)


def test_fictitious_play_of_a_coordination_cycle():
    """Long records are read in linear time; two players that alternate in the battle of the sexes have period 2."""
    actions = np.tile([[0, 0], [1, 1]], (50_000, 1))
    assert find_cycle(actions) == (0, 2)


def test_basins_of_attraction():
    ends = [[0.0, 0.99], [0.02, 1.0], [1.0, 0.0], [0.5, 0.5]]
    found = basin_frequencies(ends, [[0, 1], [1, 0], [1, 1]], tolerance=0.05)
    assert found.tolist() == [0.5, 0.25, 0], "and a quarter ended elsewhere"
    # of two near attractors the nearest
    assert basin_frequencies([[0.4]], [[0.0], [0.5]], tolerance=1).tolist() == [0, 1]
    with pytest.raises(ValueError, match="tolerance positive, not 0"):
        basin_frequencies(ends, [[0, 1]], 0)
    with pytest.raises(ValueError, match=r"not \(4, 2\), \(1, 3\)"):
        basin_frequencies(ends, [[0, 1, 2]], 0.1)
