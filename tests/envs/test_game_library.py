"""The named games: payoffs, equilibria and the NashConv of uniform play, each computed here from its definition."""

import json
from importlib import resources
from itertools import product

import numpy as np
import pytest

from regretlab.assets import games as folder
from regretlab.envs.games import load, names
from regretlab.envs.games.library import check_payoffs, expected_payoffs, identify, parse

# (row player's matrix, column player's, payoffs in each known equilibrium, greatest welfare, NashConv of uniform play);
# the values are those of the sources that the games cite, checked by vertex enumeration.
PD, CHICKEN, STAG = [[3, 0], [5, 1]], [[6, 2], [7, 0]], [[4, 0], [2, 2]]
PENNIES, RPS = [[1, -1], [-1, 1]], [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
SHAPLEY = [[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
TABLE = {
    "prisoners-dilemma": (PD, np.transpose(PD), [(1, 1)], 6, 1.5),
    "chicken": (CHICKEN, np.transpose(CHICKEN), [(2, 7), (7, 2), (14 / 3, 14 / 3)], 12, 0.5),
    "stag-hunt": (STAG, np.transpose(STAG), [(4, 4), (2, 2), (2, 2)], 8, 0),
    "bach-or-stravinsky": ([[2, 0], [0, 1]], [[1, 0], [0, 2]], [(2, 1), (1, 2), (2 / 3, 2 / 3)], 3, 0.5),
    "matching-pennies": (PENNIES, np.negative(PENNIES), [(0, 0)], 0, 0),
    "rock-paper-scissors": (RPS, np.negative(RPS), [(0, 0)], 0, 0),
    "shapley": (*SHAPLEY, [(1 / 3, 1 / 3)], 1, 0),
}


def deviation_gains(payoffs, profile):
    """What each player could gain by a pure deviation, straight from the definition."""
    actions = payoffs.shape[1:]

    def value(player, mixed):
        return sum(
            payoffs[(player, *joint)] * np.prod([mixed[k][a] for k, a in enumerate(joint)])
            for joint in product(*map(range, actions))
        )

    gains = []
    for player, count in enumerate(actions):
        replies = [[*profile[:player], np.eye(count)[a], *profile[player + 1 :]] for a in range(count)]
        gains.append(max(value(player, reply) for reply in replies) - value(player, profile))
    return np.array(gains)


def uniform(actions):
    return [np.full(count, 1 / count) for count in actions]


def test_the_library_holds_the_eight_games():
    assert names() == tuple(sorted([*TABLE, "jordan-pennies"]))


@pytest.mark.parametrize("name", TABLE)
def test_payoffs_and_known_values(name):
    row, column, equilibrium_payoffs, welfare, nash_conv = TABLE[name]
    game = load(name)
    np.testing.assert_array_equal(game.payoffs, [row, column])
    np.testing.assert_allclose(game.equilibrium_payoffs, equilibrium_payoffs, atol=1e-15)
    assert game.max_welfare == welfare
    assert deviation_gains(game.payoffs, uniform(game.actions)).sum() == pytest.approx(nash_conv, abs=1e-15)


def test_jordan_pennies():
    # u1 = 1 if a = b, u2 = 1 if b = c, u3 = 1 if c differs from a, else -1 (Jordan 1993)
    game = load("jordan-pennies")
    for a, b, c in product(range(2), repeat=3):
        assert list(game.payoffs[:, a, b, c]) == [1 if won else -1 for won in (a == b, b == c, c != a)]
    assert game.max_welfare == 1
    assert game.equilibrium_payoffs == ((0, 0, 0),)
    assert deviation_gains(game.payoffs, uniform(game.actions)).sum() == 0


def test_the_axes_are_players():
    # Bach or Stravinsky: at Bach, the row player gets 2 and the column player 1; in the prisoner's dilemma player 0
    # gets 5 by defecting (its action is the first axis of both tensors) while player 1 gets 0.
    assert load("bach-or-stravinsky").payoffs[:, 0, 0].tolist() == [2, 1]
    assert load("prisoners-dilemma").payoffs[:, 1, 0].tolist() == [5, 0]
    assert load("shapley").payoffs[:, 0, 2].tolist() == [1, 0]


@pytest.mark.parametrize("name", names())
def test_equilibria_leave_nothing_to_gain(name):
    game = load(name)
    assert game.equilibria
    for profile, paid in zip(game.equilibria, game.equilibrium_payoffs, strict=True):
        assert np.abs(deviation_gains(game.payoffs, profile)).max() < 1e-14
        np.testing.assert_allclose(expected_payoffs(game.payoffs, profile), paid, atol=1e-14)


@pytest.mark.parametrize("name", names())
def test_no_pure_equilibrium_is_missing(name):
    game = load(name)
    pure = {
        joint
        for joint in product(*map(range, game.actions))
        if deviation_gains(game.payoffs, [np.eye(n)[a] for n, a in zip(game.actions, joint, strict=True)]).max() <= 0
    }
    listed = {tuple(int(np.argmax(own)) for own in p) for p in game.equilibria if all(max(own) == 1 for own in p)}
    assert listed == pure


@pytest.mark.parametrize("name", names())
def test_tags_are_true(name):
    game = load(name)
    assert ("zero-sum" in game.tags) == (not game.payoffs.sum(axis=0).any())
    symmetric = game.players == 2 and np.array_equal(game.payoffs[0], game.payoffs[1].T)
    assert ("symmetric" in game.tags) == symmetric
    assert "x".join(map(str, game.actions)) in game.tags
    assert ("unique-equilibrium" in game.tags or "dominance-solvable" in game.tags) == (len(game.equilibria) == 1)


def test_a_tensor_is_recognised_and_another_is_not():
    for name in names():
        assert identify(load(name).payoffs.copy()) is load(name)
    other = identify(2.0 * load("chicken").payoffs)
    assert (other.name, other.equilibria, other.max_welfare) == ("", (), 24)
    assert other.action_names == (("0", "1"), ("0", "1"))


def test_payoffs_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        load("chicken").payoffs[0, 0, 0] = 9


def test_unknown_game():
    with pytest.raises(ValueError, match="game='chiken' is not in the library; did you mean 'chicken'\\? It has: bach"):
        load("chiken")
    with pytest.raises(ValueError, match="did you mean 'stag-hunt'"):
        load("Stag-Hunt")
    for wrong in (3, None, ["chicken"]):
        with pytest.raises(TypeError, match=r"game=.* must be the name of a game"):
            load(wrong)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"players": 3}, "players is 3"),
        ({"action_names": [["a", "b"], ["a"]]}, "action_names must hold"),
        ({"action_names": [["a", "b"], ["a", "a"]]}, "different names"),
        ({"equilibria": [{"profile": [["1/2", "1/3"], ["1", "0"]], "payoffs": [0, 0]}]}, "no distribution"),
        ({"equilibria": [{"profile": [["3/2", "-1/2"], ["1", "0"]], "payoffs": [0, 0]}]}, "no distribution"),
        ({"equilibria": [{"profile": [["1", "0"], ["1", "0"]], "payoffs": [6, 7]}]}, "does not pay"),
        ({"max_welfare": 13}, "max_welfare is 13"),
        ({"payoffs": [[[6, 2], [7, None]], [[6, 7], [2, 0]]]}, "payoffs=.* must be a tensor"),
        ({"colour": "red"}, "must have"),
    ],
)
def test_a_malformed_file_is_refused(change, message):
    data = json.loads(resources.files(folder).joinpath("chicken.json").read_text(encoding="utf-8"))
    parse(data)
    with pytest.raises((ValueError, TypeError), match=message):
        parse({**data, **change})


def test_a_missing_key_is_refused():
    data = json.loads(resources.files(folder).joinpath("chicken.json").read_text(encoding="utf-8"))
    del data["citation"]
    with pytest.raises(ValueError, match="it must have"):
        parse(data)


@pytest.mark.parametrize(
    ("payoffs", "error", "message"),
    [
        ([["a", "b"]], TypeError, r"payoffs=\[\['a', 'b'\]\] is not allowed"),
        ([[True, False]], TypeError, "finite numbers"),
        ([[1j, 0]], TypeError, "finite numbers"),
        (None, TypeError, "payoffs=None is not allowed"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], ValueError, "payoffs=.* must be a tensor"),
        ([[1, 2], [3, 4]], ValueError, r"shape \(2, 2\).*first of length n"),
        (np.zeros((3, 2, 2)), ValueError, r"shape \(3, 2, 2\)"),
        (np.zeros((2, 2, 0)), ValueError, r"shape \(2, 2, 0\)"),
        (5.0, ValueError, r"shape \(\)"),
        ([[[1, 2], [np.nan, 4]], [[1, 2], [3, 4]]], ValueError, r"payoffs\[0, 1, 0\]=nan is not allowed"),
        ([[1, np.inf]], ValueError, r"payoffs\[0, 1\]=inf"),
    ],
)
def test_bad_payoffs(payoffs, error, message):
    with pytest.raises(error, match=message):
        check_payoffs(payoffs)


def test_good_payoffs_are_copied():
    mine = np.arange(4.0).reshape(1, 4)
    checked = check_payoffs(mine)
    mine[0, 0] = 9
    assert checked.tolist() == [[0, 1, 2, 3]]
    assert not checked.flags.writeable
    assert check_payoffs([[[1, 2]], [[3, 4]]]).dtype == np.float64
