"""What `regretlab games solve` knows of a game, as data and as a page."""

import io
import json

import numpy as np
import pytest
from rich.console import Console

from regretlab.envs import games
from regretlab.envs.games.game import new_game
from regretlab.evaluation import game_solution


def page(data):
    console = Console(file=io.StringIO(), width=200)
    for table in game_solution.tables(data):
        console.print(table)
    return console.file.getvalue()


def test_chicken():
    """Aumann 1974: (2, 7), (7, 2), 14/3 each; correlated equilibria have a welfare of 7.2 to 10.5."""
    data = game_solution.solve(games.load("chicken"))
    assert json.loads(json.dumps(data)) == data
    assert data["name"] == "chicken" and data["action_names"] == [["swerve", "straight"]] * 2
    nash = data["nash"]
    assert nash["complete"] and not nash["degenerate"]
    paid = sorted(each["payoffs"] for each in nash["equilibria"])
    assert np.array(paid) == pytest.approx(np.array([[2, 7], [14 / 3, 14 / 3], [7, 2]]))
    for kind in ("correlated", "coarse"):
        assert [data[kind]["welfare"][end] for end in ("low", "high")] == pytest.approx([7.2, 10.5])
        assert np.array(data[kind]["best"]["joint"]) == pytest.approx(np.array([[0.5, 0.25], [0.25, 0.0]]))
        assert data[kind]["best"]["residual"] < 1e-9
    # The greatest welfare is 12: over the worst and the best equilibrium.
    assert data["efficiency"]["nash"]["price_of_anarchy"] == pytest.approx(12 / 9)
    assert data["efficiency"]["nash"]["price_of_stability"] == pytest.approx(12 / (28 / 3))
    assert data["efficiency"]["correlated"]["price_of_stability"] == pytest.approx(12 / 10.5)
    assert np.array(data["alpha_rank"]["distribution"]) == pytest.approx(np.array([[0, 0.5], [0.5, 0]]))
    assert all(each["residual"] < 1e-9 for each in nash["equilibria"])
    text = page(data)
    assert "Nash equilibria: all 3" in text and "swerve; straight  pays 2, 7" in text
    assert "7.2 to 10.5; price of anarchy 1.66667, of stability 1.14286" in text


def test_a_degenerate_game_is_said_to_be_so():
    """Rock paper scissors with an action that always draws: each player mixes it with the uniform rest at will."""
    data = game_solution.solve(games.load("rock-paper-scissors-water"))
    assert data["nash"]["degenerate"] and data["nash"]["components"] == [[0, 1, 2, 3]]
    assert len(data["nash"]["equilibria"]) == 4
    assert "refused" in data["efficiency"]["nash"]  # no price where the welfare is 0
    text = page(data)
    assert "a degenerate game, 4 extreme ones" in text and "the equilibria between 1, 2, 3, 4" in text
    assert "Nash  0 to 0" in text


def test_three_players_have_pure_equilibria_and_the_end_of_the_logit_path():
    """Jordan 1993: three-player matching pennies has one equilibrium, uniform play."""
    data = game_solution.solve(games.load("jordan-pennies"))
    assert not data["nash"]["complete"] and data["nash"]["equilibria"] == []
    assert np.array(data["logit"]["profile"]) == pytest.approx(0.5 * np.ones((3, 2)))
    text = page(data)
    assert "pure Nash equilibria: 0" in text and "where the quantal response path leads" in text
    assert "\nresidual  nobody" not in text  # of no equilibrium at all


def test_pure_equilibria_of_three_players():
    """Minority of three: all profiles in which not everybody does the same."""
    data = game_solution.solve(games.load("minority-3"))
    assert len(data["nash"]["equilibria"]) == 6
    text = page(data)
    assert "pure Nash equilibria: 6" in text and "these Nash  1 to 1" in text


def test_long_lists_are_cut_on_the_page_only():
    """Pure coordination of six actions: 2^6 - 1 equilibria, uniform on any set of actions."""
    data = game_solution.solve(new_game(np.array([np.eye(6)] * 2)))
    assert len(data["nash"]["equilibria"]) == 63
    assert "and 51 more (--json lists them)" in page(data)


def test_what_is_too_large_is_refused_and_the_rest_told():
    data = game_solution.solve(new_game(np.zeros((2, 63, 32))))
    assert data["nash"]["left_out"] == "the game has 63 x 32 actions; the limit is 62 a player"
    assert not data["nash"]["complete"] and len(data["nash"]["equilibria"]) == 2_016
    assert "2,000 are ranked" in data["alpha_rank"]["refused"]
    assert data["correlated"]["welfare"]["low"] == data["correlated"]["welfare"]["high"] == 0.0
    text = page(data)
    assert "left out  the game has 63 x 32 actions; the limit is 62 a player" in text
    assert "2,016 joint actions" in text


def test_a_large_game_of_constant_sum_has_its_linear_program():
    """Blotto with 5 soldiers on 3 fields: value 0 by symmetry; it has no pure equilibrium."""
    data = game_solution.solve(games.load("blotto-5-3"))
    (only,) = data["nash"]["equilibria"]
    assert not data["nash"]["complete"] and only["residual"] < 1e-9
    np.testing.assert_allclose(only["payoffs"], 0.0, atol=1e-9)


def test_play_that_never_happens_is_not_shown():
    """Deadlock is solved by dominance: one equilibrium, in which each plays one action for sure."""
    text = page(game_solution.solve(games.load("deadlock")))
    (line,) = [line for line in text.splitlines() if line.startswith("1 ") and "pays" in line]
    assert "0." not in line and "+" not in line
