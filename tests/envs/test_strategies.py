"""Named strategies of memory one, their order of entries, and tables over histories."""

import numpy as np
import pytest

from regretlab.envs.core.distributions import check_distributions
from regretlab.envs.games.histories import decode, encode, memory_of, successors
from regretlab.envs.games.strategies import MEMORY_ONE, PLACES, as_policy, extortion


def test_the_first_round_stands_first_and_the_own_action_comes_before_the_others():
    """Distinct numbers, so that any other order fails: after CD player 1, who played D, is in its own DC."""
    strategy = (0.1, 0.2, 0.3, 0.4, 0.5)
    assert PLACES == ("start", "CC", "CD", "DC", "DD")
    np.testing.assert_allclose(as_policy(strategy, (2, 2), 0)[:, 0], [0.1, 0.2, 0.3, 0.4, 0.5])
    np.testing.assert_allclose(as_policy(strategy, (2, 2), 1)[:, 0], [0.1, 0.2, 0.4, 0.3, 0.5])
    # rows are observations: 1 + the joint index, player 0's action first for everybody
    assert encode([(0, 1)], (2, 2), 1) == 2


def test_a_table_of_a_larger_game_is_turned_to_the_seat():
    rng = np.random.default_rng(0)
    actions = (2, 3, 4)
    for player in range(3):
        own = rng.dirichlet(np.ones(actions[player]), 25)
        others = [seat for seat in range(3) if seat != player]
        policy = as_policy(own, actions, player)
        np.testing.assert_array_equal(policy[0], own[0])
        for joint in np.ndindex(*actions):
            seen = np.ravel_multi_index(
                (joint[player], *(joint[other] for other in others)),
                (actions[player], *(actions[other] for other in others)),
            )
            np.testing.assert_array_equal(policy[encode([joint], actions, 1)], own[1 + seen])


@pytest.mark.parametrize(
    ("name", "against", "expected"),
    [  # the own moves, by the definition of each strategy
        ("TFT", "DCDDC", "CDCDD"),
        ("STFT", "CCDDC", "DCCDD"),
        ("GRIM", "CCDCC", "CCCDD"),
        ("WSLS", "CDDCC", "CCDCC"),
        ("alternator", "CCCCC", "CDCDC"),
        ("ALLC", "DDDDD", "CCCCC"),
        ("ALLD", "CCCCC", "DDDDD"),
    ],
)
def test_named_strategies_move_as_their_names_say(name, against, expected):
    policy, moves, last = as_policy(MEMORY_ONE[name], (2, 2), 0), "", []
    for other in against:
        row = policy[encode(last, (2, 2), 1)]
        assert row.max() == 1
        moves += "CD"[int(row.argmax())]
        last = [("CD".index(moves[-1]), "CD".index(other))]
    assert moves == expected


def test_extortion_gives_the_published_strategies():
    """Press and Dyson 2012, text after equation 8: chi = 3 and the largest phi, 1/26, with R, S, T, P = 3, 0, 5, 1."""
    np.testing.assert_allclose(extortion((3, 0, 5, 1), 3, 1 / 26), (1, 11 / 13, 1 / 2, 7 / 26, 0), atol=1e-15)
    np.testing.assert_allclose(extortion((3, 0, 5, 1), 3, 1 / 26), MEMORY_ONE["ZD-extort"], atol=1e-15)
    # (.8571, .5, .3571, 0) belongs to -1, -3, 0, -2
    np.testing.assert_allclose(extortion((-1, -3, 0, -2), 3, 1 / 14)[1:], (0.8571, 0.5, 0.3571, 0), atol=5e-5)
    for chi, phi in ((3, 1 / 12), (0.5, 0.01), (3, -0.01), (3, 0)):
        with pytest.raises(ValueError, match=f"chi={chi} and phi={phi} are not allowed"):
            extortion((3, 0, 5, 1), chi, phi)


def test_a_strategy_that_is_none_is_refused_by_player_and_entry():
    with pytest.raises(ValueError, match=r"strategy of player 1 must hold probabilities, but after CD it has 1\.5"):
        as_policy((1, 0, 1.5, 0, 0), (2, 2), 1)
    with pytest.raises(ValueError, match=r"player 0 .* in the first round it has nan"):
        as_policy((np.nan, 0, 1, 0, 0), (2, 2), 0)
    with pytest.raises(ValueError, match=r"strategy of player 0 must have the shape \(5, 2\), not \(4,\)"):
        as_policy((1, 0, 1, 0), (2, 2), 0)
    with pytest.raises(ValueError, match=r"must have the shape \(7, 2\), not \(5,\)"):
        as_policy((1, 1, 0, 1, 0), (2, 3), 0)
    table = np.full((5, 2), 0.5)
    table[3] = 0.5, 0.6
    with pytest.raises(ValueError, match=r"strategy of player 1 .* row 3 sums to 1\.1"):
        as_policy(table, (2, 2), 1)
    table[4] = 1.25, -0.25
    with pytest.raises(ValueError, match=r"entry \(4, 1\) is -0\.25"):
        as_policy(table, (2, 2), 1)


def test_distributions_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"x must hold probabilities that sum to 1, but they sum to 0\.5"):
        check_distributions([0.25, 0.25], "x")
    with pytest.raises(ValueError, match="entry 1 is nan"):
        check_distributions([1.0, np.nan], "x")
    with pytest.raises(ValueError, match="they sum to 2"):
        check_distributions(np.eye(2), "x", axis=None)
    assert check_distributions([[1, 0], [0, 1]], "x").dtype == np.float64


@pytest.mark.parametrize(("actions", "memory"), [((2, 2), 0), ((2, 2), 1), ((2, 2), 3), ((2, 3), 2), ((1, 2, 2), 2)])
def test_successors_append_to_the_history(actions, memory):
    """By definition: the history with the new joint action, of which the last ``memory`` are kept."""
    following = successors(actions, memory)
    joint = int(np.prod(actions))
    assert following.shape == (sum(joint**k for k in range(memory + 1)), *actions)
    assert memory_of(len(following), actions) == memory
    for observation in range(len(following)):
        for played in np.ndindex(*actions):
            assert following[(observation, *played)] == encode([*decode(observation, actions), played], actions, memory)


def test_rows_of_no_memory_are_refused():
    with pytest.raises(ValueError, match=r"6 rows are no table over histories: with 4 .* 1, 5, 21, 85, \.\.\. values"):
        memory_of(6, (2, 2))
