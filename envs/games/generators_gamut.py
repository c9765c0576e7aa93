"""Random games with a story: the classes of GAMUT that are drawn and that no other file of this folder defines.

As in `regretlab.envs.games.generators`, knobs stand in `FAMILIES`, a seed starts a generator of its own, and draws are
uniform on [0, 1). Where GAMUT leaves functions and bounds to options, the definition here says what it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from ..core.knobs import Knob
from .family import Family, check_size, company, joint_actions, players_knob, set_names
from .game import NormalFormGame, new_game
from .generators import ACTIONS, GRAPH_KNOB, SEED, adjacency
from .parametric_markets import congestion_payoffs

COOPERATE = ("cooperate", "defect")


def prisoners_dilemma(seed: int) -> NormalFormGame:
    """Random payoffs with temptation > reward > punishment > sucker's payoff; both defecting is dominant."""
    return _ordered([[2, 0], [3, 1]], [[2, 3], [0, 1]], COOPERATE, seed)


def chicken(seed: int) -> NormalFormGame:
    """Random payoffs in the order of chicken: to dare alone > both swerve > to swerve alone > both dare."""
    return _ordered([[2, 1], [3, 0]], [[2, 3], [1, 0]], ("swerve", "dare"), seed)


def battle_of_the_sexes(seed: int) -> NormalFormGame:
    """Random payoffs high > low > miss: meeting at one's favourite > meeting at the other's > missing each other."""
    return _ordered([[2, 0], [0, 1]], [[1, 0], [0, 2]], ("first", "second"), seed)


def two_by_two(seed: int) -> NormalFormGame:
    """Each player ranks the four outcomes 1 to 4 at random: one of the 576 strict ordinal games, with equal chances."""
    rng = np.random.default_rng(seed)
    return new_game(np.stack([rng.permutation(4).reshape(2, 2) + 1.0 for _ in range(2)]))


def collaboration(players: int, actions: int, seed: int) -> NormalFormGame:
    """All get 1, the most there is, when all choose the same action; all other payoffs are uniform on [0, 1)."""
    action = joint_actions((actions,) * players)
    payoffs = np.random.default_rng(seed).random(action.shape)
    return new_game(np.where((action == action[0]).all(axis=0), 1.0, payoffs))


def coordination(players: int, actions: int, seed: int) -> NormalFormGame:
    """All get the same uniform payoff of an action that all choose, and 0 when they do not all choose the same."""
    action = joint_actions((actions,) * players)
    worth = 1.0 - np.random.default_rng(seed).random(actions)  # in (0, 1], so that meeting is always better
    return new_game(np.where((action == action[0]).all(axis=0), worth[action], 0.0))


def majority_voting(players: int, candidates: int, seed: int) -> NormalFormGame:
    """The candidate with most votes wins, in a tie that of lowest number, and pays each voter a uniform amount.

    From three voters on every unanimous vote is an equilibrium, as nobody can change it.
    """
    vote = joint_actions((candidates,) * players)
    worth = np.random.default_rng(seed).random((players, candidates))
    winner, most = np.zeros(vote.shape[1:], np.int64), np.zeros(vote.shape[1:], np.int64)
    for candidate in range(candidates):
        votes = (vote == candidate).sum(axis=0)
        winner[votes > most] = candidate
        most = np.maximum(most, votes)
    return new_game(worth[:, winner])


def random_congestion(players: int, resources: int, seed: int) -> NormalFormGame:
    """Everybody uses any non-empty set of the resources, whose costs to each user grow with their users.

    A further user adds a uniform amount to a resource's cost; payoffs are minus costs over n times the resources.
    """
    paths = [path for size in range(1, resources + 1) for path in combinations(range(resources), size)]
    check_size((len(paths),) * players)
    steps = np.random.default_rng(seed).random((resources, players)) / (players * resources)
    delays = np.concatenate([np.zeros((resources, 1)), steps.cumsum(axis=1)], axis=1)
    return new_game(congestion_payoffs(players, paths, delays), action_names=(set_names(paths),) * players)


def local_effect(players: int, actions: int, graph: str, seed: int) -> NormalFormGame:
    """Local-effect game: an action costs more with its own crowd and with the crowds on its neighbours in a graph.

    The cost of a is F_a(n_a) + sum over neighbours b of w_ba n_b, where F_a grows by a uniform amount with each user
    and the w are uniform; payoffs are minus costs over n times the number of actions.
    """
    rng = np.random.default_rng(seed)
    return _local_effects(players, actions, graph, rng, rng.random((actions, actions)))


def bidirectional_local_effect(players: int, actions: int, graph: str, seed: int) -> NormalFormGame:
    """Local-effect game in which two neighbours affect one another equally: w_ab = w_ba.

    As effects are linear, it is an exact potential game: sum_a (F_a(1) + ... + F_a(n_a)) + sum_{edges ab} w_ab n_a n_b.
    """
    rng = np.random.default_rng(seed)
    weights = rng.random((actions, actions))
    return _local_effects(players, actions, graph, rng, np.triu(weights) + np.triu(weights, k=1).T)


def uniform_local_effect(players: int, actions: int, graph: str, seed: int) -> NormalFormGame:
    """Local-effect game in which an action affects all its neighbours equally: w_ba is the same for all a."""
    rng = np.random.default_rng(seed)
    return _local_effects(players, actions, graph, rng, np.tile(rng.random((actions, 1)), actions))


def _local_effects(
    players: int, actions: int, graph: str, rng: np.random.Generator, weights: np.ndarray
) -> NormalFormGame:
    """Return the local-effect game in which a user of b costs each user of its neighbour a ``weights[b, a]``."""
    action = joint_actions((actions,) * players)
    effects = weights * adjacency(graph, actions, rng)
    cost = rng.random((actions, players)).cumsum(axis=1)[action, company(action) - 1]
    for other in action:
        cost += effects[other, action]
    return new_game(-cost / (players * actions))


def _ordered(row: list[list[int]], column: list[list[int]], names: tuple[str, str], seed: int) -> NormalFormGame:
    """Return a 2 x 2 game whose payoffs are uniform draws in the order of the ranks given, equal where these are."""
    ranks = np.array([row, column])
    draws = np.sort(np.random.default_rng(seed).random(ranks.max() + 1))
    return new_game(draws[ranks], action_names=(names, names))


_GAMUT = "Nudelman, Wortman, Shoham and Leyton-Brown, Run the GAMUT, AAMAS 2004."
_LEG = "Leyton-Brown and Tennenholtz, Local-effect games, IJCAI 2003."
_CROWD = {"players": players_knob(3), "actions": ACTIONS, "graph": GRAPH_KNOB, "seed": SEED}
_PLAYERS_AND_ACTIONS = {"players": players_knob(2), "actions": ACTIONS, "seed": SEED}


def _row(
    name: str,
    title: str,
    build: Callable[..., NormalFormGame],
    knobs: dict[str, Knob],
    tags: tuple[str, ...],
    gamut: str,
    citation: str = _GAMUT,
) -> Family:
    return Family(name, title, build, knobs, (*tags, "random"), citation, "random", gamut)


FAMILIES = (
    _row(
        "random-prisoners-dilemma",
        "Random prisoner's dilemma",
        prisoners_dilemma,
        {"seed": SEED},
        ("symmetric", "potential", "social-dilemma"),
        "PrisonersDilemma",
    ),
    _row("random-chicken", "Random game of chicken", chicken, {"seed": SEED}, ("symmetric", "potential"), "Chicken"),
    _row(
        "random-battle-of-the-sexes",
        "Random battle of the sexes",
        battle_of_the_sexes,
        {"seed": SEED},
        ("coordination", "potential"),
        "BattleOfTheSexes",
    ),
    _row("random-two-by-two", "Random ordinal 2 x 2 game", two_by_two, {"seed": SEED}, (), "TwoByTwoGame"),
    _row(
        "collaboration",
        "Random collaboration game",
        collaboration,
        _PLAYERS_AND_ACTIONS,
        ("coordination",),
        "CollaborationGame",
    ),
    _row(
        "random-coordination",
        "Random coordination game",
        coordination,
        _PLAYERS_AND_ACTIONS,
        ("coordination", "common-interest", "potential", "symmetric"),
        "CoordinationGame",
    ),
    _row(
        "majority-voting",
        "Majority voting",
        majority_voting,
        {
            "players": players_knob(3),
            "candidates": Knob(3, "number of candidates", low=1, high=1000),
            "seed": SEED,
        },
        (),
        "MajorityVoting",
    ),
    _row(
        "random-congestion",
        "Random congestion game",
        random_congestion,
        {
            "players": players_knob(3),
            "resources": Knob(3, "number of resources; an action is a set of them", low=1, high=12),
            "seed": SEED,
        },
        ("symmetric", "potential"),
        "CongestionGame",
    ),
    _row("local-effect", "Random local-effect game", local_effect, _CROWD, ("symmetric",), "RandomLEG", _LEG),
    _row(
        "bidirectional-local-effect",
        "Random bidirectional local-effect game",
        bidirectional_local_effect,
        _CROWD,
        ("symmetric", "potential"),
        "BidirectionalLEG",
        _LEG,
    ),
    _row(
        "uniform-local-effect",
        "Random uniform local-effect game",
        uniform_local_effect,
        _CROWD,
        ("symmetric",),
        "UniformLEG",
        _LEG,
    ),
)
