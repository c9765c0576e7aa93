"""The paths of Lemke and Howson, against all equilibria."""

import numpy as np
import pytest

from regretlab.solvers import TooLargeError, lemke_howson, nash_conv, vertex_enumeration, zero_sum


@pytest.mark.parametrize("seed", range(40))
def test_every_path_ends_at_an_equilibrium(seed):
    random = np.random.default_rng(seed)
    payoffs = random.normal(size=(2, *random.integers(1, 7, 2)))
    known = np.array([np.concatenate(each.profile) for each in vertex_enumeration(payoffs).equilibria])
    for label in range(sum(payoffs.shape[1:])):
        answer = lemke_howson(payoffs, label)
        assert answer.residual <= 1e-13 * np.ptp(payoffs)
        assert nash_conv(payoffs, answer.profile) <= 2e-13 * np.ptp(payoffs)
        assert np.abs(known - np.concatenate(answer.profile)).max(axis=1).min() <= 1e-11


def test_a_label_of_each_player_finds_each_pure_equilibrium():
    """Bach or Stravinsky: dropping an action makes its player begin with it, and the other reply."""
    payoffs = np.array([np.diag([2, 1]), np.diag([1, 2])])
    for label, action in enumerate((0, 1, 0, 1)):
        for x in lemke_howson(payoffs, label).profile:
            np.testing.assert_array_equal(x, np.eye(2)[action])


def test_an_equilibrium_that_no_path_reaches():
    """Shapley 1974, section 4 (an example of R. Wilson): of three equilibria all labels lead to the same one."""
    row = np.array([[0, 3, 0], [2, 2, 0], [3, 0, 1]])
    payoffs = np.array([row, row.T])
    assert len(vertex_enumeration(payoffs).equilibria) == 3
    for label in range(6):
        for x in lemke_howson(payoffs, label).profile:
            np.testing.assert_array_equal(x, [0, 0, 1])


def test_a_large_game_against_linear_programming():
    """The value of a zero-sum game is one. Either residual bounds how far its value may be off."""
    row = np.random.default_rng(0).normal(size=(80, 60))
    payoffs = np.array([row, -row])
    path, program = lemke_howson(payoffs, 7), zero_sum(payoffs)
    assert path.residual <= 1e-12
    assert path.payoffs == pytest.approx(program.payoffs, abs=path.residual + program.residual + 1e-14)


WATER = np.array([[0, -1, 1, 0], [1, 0, -1, 0], [-1, 1, 0, 0], [0, 0, 0, 0]])  # rock, paper, scissors, and it ties


@pytest.mark.parametrize(
    "payoffs",
    [np.zeros((2, 3, 3)), [[[1, 1], [0, 0]], [[1, 1], [0, 0]]], [WATER, -WATER]],
    ids=["zero", "tied-replies", "water"],
)
def test_a_degenerate_game_is_refused(payoffs):
    assert vertex_enumeration(payoffs).degenerate
    with pytest.raises(ValueError, match="the game is degenerate: the path of label=0 meets a tie; use vertex_enum"):
        lemke_howson(payoffs)


def test_bad_input():
    payoffs = np.random.default_rng(0).normal(size=(2, 2, 3))
    for label in (-1, 5):
        with pytest.raises(
            ValueError, match=f"label={label} is not allowed: it must be from 0 to 4 in a game of 2 x 3"
        ):
            lemke_howson(payoffs, label)
    with pytest.raises(TypeError, match="float"):
        lemke_howson(payoffs, 1.0)
    with pytest.raises(ValueError, match="of 2 players, and this game has 1"):
        lemke_howson(np.zeros((1, 3)))
    with pytest.raises(ValueError, match="must be finite"):
        lemke_howson(np.full((2, 2, 2), np.nan))
    with pytest.raises(TooLargeError, match="2 x 201 actions; the limit is 200 a player"):
        lemke_howson(np.zeros((2, 2, 201)))
