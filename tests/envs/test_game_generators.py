"""The random families: what their definitions promise of every draw, and of many draws together."""

from itertools import combinations

import numpy as np
import pytest

from regretlab.envs.games import load
from regretlab.envs.games.families import FAMILIES
from regretlab.solvers.normal_form import pure_nash

RANDOM = [name for name, family in FAMILIES.items() if family.kind == "random"]
SIGMAS = 6  # a normal variable is further off with probability 2e-9
# neighbours of each of four nodes
NEIGHBOURS = {
    "complete": [{1, 2, 3}, {0, 2, 3}, {0, 1, 3}, {0, 1, 2}],
    "cycle": [{1, 3}, {0, 2}, {1, 3}, {0, 2}],
    "path": [{1}, {0, 2}, {1, 3}, {2}],
    "star": [{1, 2, 3}, {0}, {0}, {0}],
}


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_is_a_game(name):
    first, again, other = (load(name, seed=seed).payoffs for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    if name == "random-two-by-two":
        assert len({load(name, seed=seed).payoffs.tobytes() for seed in range(20)}) > 10
    else:
        assert not np.array_equal(first, other)


def test_only_random_families_have_a_seed():
    assert [name for name, family in FAMILIES.items() if "seed" in family.knobs] == RANDOM
    assert all(("random" in family.tags) == (family.kind == "random") for family in FAMILIES.values())


@pytest.mark.parametrize("players", [1, 2, 3])
def test_uniform(players):
    payoffs = load("uniform", players=players, actions=50, seed=1).payoffs
    assert payoffs.min() >= 0
    assert payoffs.max() < 1
    assert abs(payoffs.mean() - 0.5) < SIGMAS / np.sqrt(12 * payoffs.size)


@pytest.mark.parametrize(("players", "actions"), [(2, 450), (3, 58), (4, 21)])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
def test_covariant(players, actions, share):
    # x and y standard normal with correlation rho: E xy = rho and var xy = 1 + rho^2, so that the mean of N products
    # is within 6 sqrt((1 + rho^2) / N) of rho
    least = -1 / (players - 1)
    rho = least + share * (1 - least)
    payoffs = load("covariant", players=players, actions=actions, rho=rho, seed=5).payoffs
    draws = payoffs.reshape(players, -1)
    count = draws.shape[1]
    assert np.all(np.abs(draws.mean(axis=1)) < SIGMAS / np.sqrt(count))
    assert np.all(np.abs((draws**2).mean(axis=1) - 1) < SIGMAS * np.sqrt(2 / count))
    for i, j in combinations(range(players), 2):
        assert abs((draws[i] * draws[j]).mean() - rho) < SIGMAS * np.sqrt((1 + rho**2) / count)
    if share == 0:  # zero-sum
        np.testing.assert_allclose(draws.sum(axis=0), 0, atol=1e-7)
    if share == 1:  # common interest
        np.testing.assert_allclose(draws, np.broadcast_to(draws[0], draws.shape), rtol=1e-12)


def test_covariant_refuses_an_impossible_correlation():
    with pytest.raises(ValueError, match=r"rho=-0.6 .* for 3 players rho must be from -0.5 to 1"):
        load("covariant", players=3, rho=-0.6)
    assert load("covariant", players=4, rho=-1 / 3).players == 4


def test_zero_sum_is_spread_evenly():
    row = load("zero-sum", actions=200, seed=2).payoffs[0]
    assert -1 <= row.min() < -0.99
    assert 0.99 < row.max() < 1
    assert abs(row.mean()) < SIGMAS / np.sqrt(3 * row.size)


@pytest.mark.parametrize("seed", range(5))
def test_potential_games_have_pure_equilibria(seed):
    # Monderer and Shapley 1996, Lemma 2.3
    assert pure_nash(load("potential", players=3, actions=4, seed=seed).payoffs)
    payoffs = load("potential", players=3, actions=4, seed=seed).payoffs
    assert np.ptp(payoffs[0] - payoffs[1]) > 0.1  # not merely common interest


@pytest.mark.parametrize("graph", NEIGHBOURS)
@pytest.mark.parametrize("name", ["graphical", "polymatrix"])
def test_payoffs_depend_on_neighbours_only(name, graph):
    payoffs = load(name, players=4, actions=3, graph=graph, seed=1).payoffs
    for player, near in enumerate(NEIGHBOURS[graph]):
        for other in range(4):
            changes = np.ptp(payoffs[player], axis=other).max()
            assert (changes > 0.01) == (other in near or other == player)


@pytest.mark.parametrize(("name", "graph"), [("polymatrix", "complete"), ("polymatrix", "random"), ("compound", None)])
def test_payoffs_are_sums_over_pairs(name, graph):
    # u_i = sum_j M_ij(a_i, a_j) has no mixed difference in the actions of two others
    knobs = {"graph": graph} if graph else {}
    payoffs = load(name, players=4, actions=3, seed=2, **knobs).payoffs
    for player in range(4):
        for j, k in combinations([other for other in range(4) if other != player], 2):
            mixed = np.diff(np.diff(payoffs[player], axis=j), axis=k)
            np.testing.assert_allclose(mixed, 0, atol=1e-15)
    assert np.ptp(payoffs) > 0.1


@pytest.mark.parametrize("graph", NEIGHBOURS)
def test_polymatrix_payoffs_are_averages_over_neighbours(graph):
    # the mean of d payoffs uniform on [0, 1); with 400 entries an edge none of them would stay below 1/2 or pass 1
    payoffs = load("polymatrix", players=4, actions=20, graph=graph, seed=3).payoffs
    for own, near in zip(payoffs, NEIGHBOURS[graph], strict=True):
        assert 0.5 < own.max() < 1
        assert abs(own.mean() - 0.5) < SIGMAS / np.sqrt(12 * 400 * len(near))


def test_compound_is_one_table_for_all():
    payoffs = load("compound", players=3, actions=3, seed=4).payoffs
    table = payoffs[0, :, range(3), range(3)].T  # both others play the same: the average is one entry
    for a, b, c in np.ndindex(3, 3, 3):
        np.testing.assert_allclose(payoffs[0, a, b, c], (table[a, b] + table[a, c]) / 2)


def test_random_graphs_join_half_of_the_pairs():
    # 190 pairs a graph of 20 nodes; only the graph is drawn here, the games would be too large
    from regretlab.envs.games.generators import adjacency

    rng = np.random.default_rng(0)
    graphs = np.array([adjacency("random", 20, rng) for _ in range(100)])
    np.testing.assert_array_equal(graphs, graphs.transpose(0, 2, 1))
    assert not graphs[:, range(20), range(20)].any()
    pairs = graphs[:, *np.triu_indices(20, 1)]
    assert abs(pairs.mean() - 0.5) < SIGMAS * 0.5 / np.sqrt(pairs.size)


def test_unit_vectors():
    # Savani and von Stengel 2016: the columns of the row player's matrix are unit vectors
    payoffs = load("unit-vector", actions=40, seed=6).payoffs
    assert set(np.unique(payoffs[0])) == {0, 1}
    np.testing.assert_array_equal(payoffs[0].sum(axis=0), 1)
    assert payoffs[0].sum(axis=1).max() < 10  # 40 columns spread over 40 rows
    assert len(np.unique(payoffs[1])) == 1600


@pytest.mark.parametrize("seed", range(10))
def test_two_by_two_games_keep_their_order(seed):
    own, _ = load("random-prisoners-dilemma", seed=seed).payoffs
    assert own[1, 0] > own[0, 0] > own[1, 1] > own[0, 1]  # T > R > P > S
    assert pure_nash(load("random-prisoners-dilemma", seed=seed).payoffs) == [(1, 1)]
    own, _ = load("random-chicken", seed=seed).payoffs
    assert own[1, 0] > own[0, 0] > own[0, 1] > own[1, 1]
    assert pure_nash(load("random-chicken", seed=seed).payoffs) == [(0, 1), (1, 0)]
    row, column = load("random-battle-of-the-sexes", seed=seed).payoffs
    assert row[0, 0] == column[1, 1] > row[1, 1] == column[0, 0] > row[0, 1] == row[1, 0] == column[0, 1]
    assert pure_nash(load("random-battle-of-the-sexes", seed=seed).payoffs) == [(0, 0), (1, 1)]
    ranks = load("random-two-by-two", seed=seed).payoffs
    assert np.sort(ranks.reshape(2, 4)).tolist() == [[1, 2, 3, 4]] * 2


@pytest.mark.parametrize("players", [2, 3])
def test_collaboration_and_coordination(players):
    diagonal = (slice(None), *[np.arange(4)] * players)
    payoffs = load("collaboration", players=players, actions=4, seed=1).payoffs
    assert np.all(payoffs[diagonal] == 1)
    assert (payoffs == 1).sum() == players * 4
    assert set(pure_nash(payoffs)) >= {(action,) * players for action in range(4)}
    payoffs = load("random-coordination", players=players, actions=4, seed=1).payoffs
    assert (payoffs > 0).sum() == players * 4
    assert np.all(payoffs[diagonal] > 0)
    assert np.all(payoffs == payoffs[0])


def test_majority_voting():
    game = load("majority-voting", players=3, candidates=3, seed=2)
    worth = np.array([game.payoffs[:, c, c, c] for c in range(3)])
    for joint in np.ndindex(3, 3, 3):
        votes = [joint.count(candidate) for candidate in range(3)]
        np.testing.assert_array_equal(game.payoffs[(slice(None), *joint)], worth[votes.index(max(votes))])
    assert set(pure_nash(game.payoffs)) >= {(c, c, c) for c in range(3)}


def test_random_congestion():
    game = load("random-congestion", players=2, resources=2, seed=3)
    assert game.action_names[0] == ("0", "1", "0+1")
    cost = -game.payoffs[0]
    np.testing.assert_allclose(cost[2, 2], cost[0, 0] + cost[1, 1])  # a set costs what its resources cost
    np.testing.assert_allclose(cost[2, 0], cost[0, 0] + cost[1, 0])
    assert pure_nash(game.payoffs)
    for seed in range(10):  # each further user costs more
        cost = -load("random-congestion", players=3, resources=2, seed=seed).payoffs[0]
        assert cost[0, 0, 0] > cost[0, 0, 1] > cost[0, 1, 1] > 0


@pytest.mark.parametrize("name", ["local-effect", "bidirectional-local-effect", "uniform-local-effect"])
def test_local_effects(name):
    # Leyton-Brown and Tennenholtz 2003: a node costs more with its own crowd and those of its neighbours. On the path
    # 0 - 1 - 2 with three players, the effect of one user of b on a user of a comes from moving a player onto b.
    cost = -load(name, players=3, actions=3, graph="path", seed=7).payoffs[0] * 3 * 3
    assert cost[0, 0, 0] > cost[0, 0, 2] > cost[0, 2, 2] > 0
    np.testing.assert_allclose(cost[0, 2, 2], cost[0, 2, 2].min())
    effect = {
        (b, a): cost[a, b, 2 - a] - cost[a, 2 - a, 2 - a] for b, a in [(1, 0), (1, 2)]
    }  # 0 and 2 are no neighbours
    effect |= {(b, 1): cost[1, b, b] / 2 for b in (0, 2)}
    own = cost[0, 2, 2]
    np.testing.assert_allclose(cost[0, 1, 1], own + 2 * effect[1, 0])  # linear
    assert (abs(effect[1, 0] - effect[1, 2]) < 1e-12) == (name == "uniform-local-effect")
    # w_01 - w_10 = w_21 - w_12 up to the common own cost of node 1 if, for all pairs, both directions are equal
    symmetric = abs((cost[1, 0, 0] - cost[1, 2, 2]) / 2 - (effect[1, 0] - effect[1, 2])) < 1e-12
    assert symmetric == (name == "bidirectional-local-effect")
