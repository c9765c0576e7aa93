"""Random games, each drawn from a seed: the classes on which solvers and learners are compared.

The arguments of each definition are the knobs of its row in `FAMILIES`; ``seed`` starts a NumPy generator of its own,
and the same knobs give the same game. Unless a definition says otherwise, payoffs are drawn uniformly from [0, 1) or
are averages of such draws.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from ..core.knobs import Knob
from .family import Family, check_size, players_knob
from .game import NormalFormGame, new_game


def uniform(players: int, actions: int, seed: int) -> NormalFormGame:
    """All payoffs are independent and uniform."""
    return new_game(_random(players, actions, seed).random((players,) + (actions,) * players))


def covariant(players: int, actions: int, rho: float, seed: int) -> NormalFormGame:
    """The players' payoffs are standard normal in every joint action, with correlation ``rho`` between any two players.

    rho = 1 is common interest, rho = -1 / (n - 1), the least there is, makes the payoffs sum to 0.
    """
    least = -1 / (players - 1)
    if rho < least - 1e-12:
        raise ValueError(f"rho={rho} is not allowed: for {players} players rho must be from {least:g} to 1")
    draws = _random(players, actions, seed).standard_normal((players,) + (actions,) * players)
    # own I + shared 11' is the symmetric root of (1 - rho) I + rho 11'
    own = sqrt(1 - rho)
    shared = (sqrt(max(0.0, 1 + (players - 1) * rho)) - own) / players
    return new_game(own * draws + shared * draws.sum(axis=0))


def zero_sum(actions: int, seed: int) -> NormalFormGame:
    """Two players, and what one gets, uniform on [-1, 1), the other loses."""
    row = _random(2, actions, seed).uniform(-1, 1, (actions, actions))
    return new_game(np.stack([row, -row]))


def potential(players: int, actions: int, seed: int) -> NormalFormGame:
    """Payoffs are those of a common potential, plus for each player a part that does not depend on the own action.

    u_i = (P(a) + D_i(a_-i)) / 2 with P and D_i uniform; P / 2 is an exact potential, and its maximum an equilibrium.
    """
    rng = _random(players, actions, seed)
    shape = (actions,) * players
    common = rng.random(shape)
    others = [rng.random((*shape[:player], 1, *shape[player + 1 :])) for player in range(players)]
    return new_game(np.stack([(common + part) / 2 for part in others]))


def polymatrix(players: int, actions: int, graph: str, seed: int) -> NormalFormGame:
    """Neighbours of a graph play a random two-player game on each edge, with one action for all their games.

    u_i is the average over i's neighbours j of M_ij(a_i, a_j) with independent uniform tables; 0 without neighbours.
    """
    rng = _random(players, actions, seed)
    return new_game(_edge_games(adjacency(graph, players, rng), rng.random((players, players, actions, actions))))


def compound(players: int, actions: int, seed: int) -> NormalFormGame:
    """Every player plays one random symmetric two-player game against each other player, with one action for all.

    u_i is the average over the others j of M(a_i, a_j), with one uniform table M.
    """
    rng = _random(players, actions, seed)
    tables = np.broadcast_to(rng.random((actions, actions)), (players, players, actions, actions))
    return new_game(_edge_games(adjacency("complete", players, rng), tables))


def graphical(players: int, actions: int, graph: str, seed: int) -> NormalFormGame:
    """A player's payoffs are uniform, and depend on the own action and those of its neighbours in a graph only."""
    rng = _random(players, actions, seed)
    near = adjacency(graph, players, rng) | np.eye(players, dtype=bool)
    tables = [rng.random([actions if seen else 1 for seen in row]) for row in near]
    return new_game(np.stack([np.broadcast_to(table, (actions,) * players) for table in tables]))


def unit_vector(actions: int, seed: int) -> NormalFormGame:
    """Against each column one random row pays row 1 and the others 0; the column player's payoffs are uniform."""
    rng = _random(2, actions, seed)
    row = np.zeros((actions, actions))
    row[rng.integers(actions, size=actions), np.arange(actions)] = 1.0
    return new_game(np.stack([row, rng.random((actions, actions))]))


def adjacency(graph: str, nodes: int, rng: np.random.Generator) -> np.ndarray:
    """Return which nodes are neighbours: symmetric bool (nodes, nodes) without loops.

    Parameters
    ----------
    graph : one of `GRAPHS`; in ``random`` each pair is joined with probability 1/2.
    nodes : the number of nodes.
    rng : what ``random`` draws from.
    """
    node = np.arange(nodes)
    apart = np.abs(np.subtract.outer(node, node))
    if graph == "random":
        above = np.triu(rng.random((nodes, nodes)) < 0.5, k=1)
        return above | above.T
    return {
        "complete": apart > 0,
        "cycle": (apart == 1) | ((apart == nodes - 1) & (apart > 0)),
        "path": apart == 1,
        "star": np.logical_xor.outer(node == 0, node == 0),
    }[graph]


def _random(players: int, actions: int, seed: int) -> np.random.Generator:
    check_size((actions,) * players)
    return np.random.default_rng(seed)


def _edge_games(near: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Return the payoffs of a game of games: ``tables[i, j, a_i, a_j]`` is what i gets in the one with j."""
    players, actions = tables.shape[0], tables.shape[2]
    payoffs = np.zeros((players,) + (actions,) * players)
    for i, j in np.argwhere(near):
        shape = [actions if player in (i, j) else 1 for player in range(players)]
        table = tables[i, j] if i < j else tables[i, j].T  # axes in the order of the players
        payoffs[i] += table.reshape(shape) / near[i].sum()
    return payoffs


GRAPHS = ("complete", "cycle", "path", "star", "random")
SEED = Knob(0, "of the draw", low=0)
ACTIONS = Knob(3, "number of actions of each player", low=1, high=4000)
GRAPH_KNOB = Knob("cycle", "who is whose neighbour", choices=GRAPHS)
_GAMUT = "Nudelman, Wortman, Shoham and Leyton-Brown, Run the GAMUT, AAMAS 2004."

FAMILIES = (
    Family(
        "uniform",
        "Uniform random game",
        uniform,
        {"players": players_knob(2, low=1), "actions": ACTIONS, "seed": SEED},
        ("random",),
        _GAMUT,
        kind="random",
        gamut="RandomGame",
    ),
    Family(
        "covariant",
        "Covariant random game",
        covariant,
        {
            "players": players_knob(2),
            "actions": ACTIONS,
            "rho": Knob(0.0, "correlation of two players' payoffs, at least -1 / (players - 1)", low=-1.0, high=1.0),
            "seed": SEED,
        },
        ("random",),
        "Rinott and Scarsini, On the number of pure strategy Nash equilibria in random games, Games and Economic "
        "Behavior 33, 2000.",
        kind="random",
        gamut="CovariantGame",
    ),
    Family(
        "zero-sum",
        "Random zero-sum game",
        zero_sum,
        {"actions": ACTIONS, "seed": SEED},
        ("zero-sum", "random"),
        _GAMUT,
        kind="random",
        gamut="RandomZeroSum",
    ),
    Family(
        "potential",
        "Random potential game",
        potential,
        {"players": players_knob(2), "actions": ACTIONS, "seed": SEED},
        ("potential", "random"),
        "Monderer and Shapley, Potential games, Games and Economic Behavior 14, 1996.",
        kind="random",
    ),
    Family(
        "polymatrix",
        "Random polymatrix game",
        polymatrix,
        {"players": players_knob(4), "actions": ACTIONS, "graph": GRAPH_KNOB, "seed": SEED},
        ("polymatrix", "random"),
        "Yanovskaya, Equilibrium points in polymatrix games, Litovskii Matematicheskii Sbornik 8, 1968; GAMUT 2004.",
        kind="random",
        gamut="PolymatrixGame",
    ),
    Family(
        "compound",
        "Random compound game",
        compound,
        {"players": players_knob(3), "actions": ACTIONS, "seed": SEED},
        ("symmetric", "polymatrix", "random"),
        _GAMUT,
        kind="random",
        gamut="RandomCompoundGame",
    ),
    Family(
        "graphical",
        "Random graphical game",
        graphical,
        {"players": players_knob(4), "actions": ACTIONS, "graph": GRAPH_KNOB, "seed": SEED},
        ("graphical", "random"),
        "Kearns, Littman and Singh, Graphical models for game theory, UAI 2001.",
        kind="random",
        gamut="RandomGraphicalGame",
    ),
    Family(
        "unit-vector",
        "Random unit-vector game",
        unit_vector,
        {"actions": ACTIONS, "seed": SEED},
        ("random",),
        "Savani and von Stengel, Unit vector games, International Journal of Economic Theory 12, 2016.",
        kind="random",
    ),
)
