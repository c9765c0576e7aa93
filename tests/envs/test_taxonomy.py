"""The strict ordinal 2x2 games: how many there are of which kind, counted here over whole classes of games."""

from collections import Counter
from itertools import permutations, product

import numpy as np
import pytest

from regretlab.envs.games import all_2x2, load
from regretlab.envs.games.taxonomy import SYMMETRIC

# Brute force over all 576 games; 144, 78 and 12 are those of Robinson and Goforth 2005 and Rapoport and Guyer 1966.
COUNTS = {"576": 576, "144": 144, "78": 78, "sym12": 12}
PURE_EQUILIBRIA = {"144": {0: 18, 1: 108, 2: 18}, "78": {0: 9, 1: 57, 2: 12}, "sym12": {1: 6, 2: 6}}
DOMINANT_ACTIONS = {"144": {2: 36, 1: 72, 0: 36}, "78": {2: 21, 1: 36, 0: 21}}
WIN_WIN = {"144": 36, "78": 21}
DOMINATED_EQUILIBRIUM = {"144": 7, "78": 4}  # the prisoner's dilemma family
# The orders of R = u(C, C), S = u(C, D), T = u(D, C), P = u(D, D) that define the symmetric games (Bruns 2015)
NAMED = {
    "Prisoner's dilemma": lambda R, S, T, P: T > R > P > S,
    "Chicken": lambda R, S, T, P: T > R > S > P,
    "Leader": lambda R, S, T, P: T > S > R > P,
    "Hero": lambda R, S, T, P: S > T > R > P,
    "Compromise": lambda R, S, T, P: T > P > S > R,
    "Deadlock": lambda R, S, T, P: T > P > R > S,
    "Stag hunt": lambda R, S, T, P: R > T > P > S,
    "Assurance": lambda R, S, T, P: R > P > T > S,
    "Coordination": lambda R, S, T, P: R > P > S > T,
    "Peace": lambda R, S, T, P: R > S > P > T,
    "Harmony": lambda R, S, T, P: R > S > T > P,
    "Concord": lambda R, S, T, P: R > T > S > P,
}


def key(payoffs):
    return tuple(np.ravel(payoffs).tolist())


def relabelled(payoffs):
    """The payoffs with every order of the actions."""
    return {key(payoffs[:, ::rows, ::columns]) for rows, columns in product((1, -1), repeat=2)}


def swapped(payoffs):
    """The payoffs after the players have changed places."""
    return np.transpose(payoffs[::-1], (0, 2, 1))


def pure_equilibria(payoffs):
    best = [payoffs[player] == payoffs[player].max(axis=player, keepdims=True) for player in (0, 1)]
    return np.argwhere(best[0] & best[1]).tolist()


@pytest.mark.parametrize("taxonomy", COUNTS)
def test_number_of_games(taxonomy):
    games = all_2x2(taxonomy)
    assert len(games) == len({game.name for game in games}) == COUNTS[taxonomy]
    assert [game.name for game in games] == sorted(game.name for game in games)
    for game in games:
        assert sorted(game.payoffs[0].ravel()) == sorted(game.payoffs[1].ravel()) == [1, 2, 3, 4]
        assert game.name == "2x2-" + "-".join("".join(f"{rank:.0f}" for rank in own.ravel()) for own in game.payoffs)


def test_each_class_stands_for_its_games_once():
    everything = {key(ranks) for ranks in product(permutations(range(1, 5)), repeat=2)}
    classes = [relabelled(game.payoffs) for game in all_2x2("144")]
    assert all(len(own) == 4 for own in classes)
    assert sum(map(len, classes)) == 576 and set.union(*classes) == everything
    classes = [relabelled(game.payoffs) | relabelled(swapped(game.payoffs)) for game in all_2x2("78")]
    assert sum(map(len, classes)) == 576 and set.union(*classes) == everything
    assert {len(own) for own in classes} == {4, 8}
    assert {key(game.payoffs) for game in all_2x2("576")} == everything
    smaller = [{game.name for game in all_2x2(taxonomy)} for taxonomy in ("sym12", "78", "144", "576")]
    assert smaller[0] < smaller[1] < smaller[2] < smaller[3]


def test_with_ties_there_are_1413_games_of_which_38_are_symmetric():
    # Bruns 2015. The ranks of four payoffs with ties are the 75 weak orders; games are counted up to the order of the
    # actions. The strict ones among them are the 144.
    orders = {tuple(sorted(set(ranks)).index(rank) for rank in ranks) for ranks in product(range(4), repeat=4)}
    assert len(orders) == 75
    games = [np.reshape(ranks, (2, 2, 2)) for ranks in product(orders, repeat=2)]
    classes = {min(relabelled(game)) for game in games}
    assert len(classes) == 1413
    assert sum(sorted(ranks) == [0, 0, 1, 1, 2, 2, 3, 3] for ranks in classes) == len(all_2x2("144"))
    assert len({min(relabelled(game)) for game in games if key(swapped(game)) == key(game)}) == 38


@pytest.mark.parametrize("taxonomy", PURE_EQUILIBRIA)
def test_pure_equilibria(taxonomy):
    assert Counter(len(pure_equilibria(game.payoffs)) for game in all_2x2(taxonomy)) == PURE_EQUILIBRIA[taxonomy]


@pytest.mark.parametrize("taxonomy", DOMINANT_ACTIONS)
def test_dominant_actions(taxonomy):
    def dominant(payoffs):
        return sum(len(set(np.argmax(payoffs[player], axis=player).tolist())) == 1 for player in (0, 1))

    assert Counter(dominant(game.payoffs) for game in all_2x2(taxonomy)) == DOMINANT_ACTIONS[taxonomy]


@pytest.mark.parametrize("taxonomy", WIN_WIN)
def test_win_win(taxonomy):
    games = {game.name for game in all_2x2(taxonomy) if (game.payoffs == 4).all(axis=0).any()}
    assert len(games) == WIN_WIN[taxonomy]
    assert games == {game.name for game in all_2x2(taxonomy) if "win-win" in game.tags}


@pytest.mark.parametrize("taxonomy", DOMINATED_EQUILIBRIUM)
def test_the_prisoners_dilemma_family(taxonomy):
    count = 0
    for game in all_2x2(taxonomy):
        equilibria = pure_equilibria(game.payoffs)
        if len(equilibria) == 1:
            paid = game.payoffs[:, equilibria[0][0], equilibria[0][1]][:, None, None]
            count += (game.payoffs > paid).all(axis=0).any()
    assert count == DOMINATED_EQUILIBRIUM[taxonomy]


def test_constant_sum_games():
    constant = [game for game in all_2x2("144") if (game.payoffs.sum(axis=0) == 5).all()]
    assert len(constant) == 6
    assert Counter(len(pure_equilibria(game.payoffs)) for game in constant) == {1: 4, 0: 2}  # the 2 are cyclic
    assert constant == [game for game in all_2x2("144") if "constant-sum" in game.tags]


def test_names_of_the_symmetric_games():
    games = all_2x2("sym12")
    assert {game.title for game in games} == set(NAMED) == set(SYMMETRIC.values())
    for game in games:
        assert key(swapped(game.payoffs)) == key(game.payoffs) and "symmetric" in game.tags
        forms = [game.payoffs[0].ravel(), game.payoffs[0, ::-1, ::-1].ravel()]
        assert [name for name, fits in NAMED.items() if any(fits(*form) for form in forms)] == [game.title]
    symmetric = {game.name for game in all_2x2("144") if key(swapped(game.payoffs)) in relabelled(game.payoffs)}
    assert symmetric == {game.name for game in games}


def test_load_finds_each_of_the_576():
    for game in all_2x2("576"):
        assert load(game.name) is game
    dilemma = load("2x2-3142-3412")
    assert dilemma.title == "Prisoner's dilemma"
    np.testing.assert_array_equal(dilemma.payoffs, [[[3, 1], [4, 2]], [[3, 4], [1, 2]]])


def test_bad_names():
    with pytest.raises(ValueError, match="taxonomy='145' is not allowed: taxonomy must be one of 576, 144, 78, sym12"):
        all_2x2("145")
    for name in ("2x2-3142", "2x2-3141-3412", "2x2-3142-3412-", "2x2-"):
        with pytest.raises(ValueError, match=f"game='{name}' is not allowed: the id of a strict ordinal 2x2 game"):
            load(name)
    with pytest.raises(TypeError, match="has no knobs"):
        load("2x2-3142-3412", players=2)
