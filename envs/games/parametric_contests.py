"""Parametric games of two players: Blotto, inspection, hiding, and games made to be hard for solvers.

The arguments of each definition are the knobs of its row in `FAMILIES`.
"""

from __future__ import annotations

from itertools import combinations, pairwise
from math import comb

import numpy as np

from ..core.knobs import Knob
from .family import Family, check_size, set_names
from .game import NormalFormGame, new_game


def blotto(soldiers: int, fields: int) -> NormalFormGame:
    """Both divide their soldiers among the fields; whoever has more on more fields wins: the payoff is 1, 0 or -1.

    There are C(soldiers + fields - 1, fields - 1) divisions (10, 21 and 66 for 3, 5 and 10 soldiers on 3 fields). The
    game is symmetric and zero-sum, so that its value is 0.
    """
    count = comb(soldiers + fields - 1, fields - 1)
    check_size((count, count))
    # a division is where fields - 1 bars stand in a row of soldiers and bars
    bars = combinations(range(soldiers + fields - 1), fields - 1)
    edges = [(-1, *places, soldiers + fields - 1) for places in bars]
    divisions = np.array([[right - left - 1 for left, right in pairwise(row)] for row in edges])
    won = np.zeros((count, count))
    for field in range(fields):
        won += np.sign(np.subtract.outer(divisions[:, field], divisions[:, field]))
    names = tuple("-".join(map(str, division)) for division in divisions)
    return _zero_sum(np.sign(won), names, names)


def inspection(cost: float, compensation: float, penalty: float, damage: float) -> NormalFormGame:
    """An inspector inspects or not, an inspectee complies or violates an agreement.

    Without inspection compliance pays 0 to both, a violation 1 to the inspectee and -1 to the inspector; an inspection
    costs the inspector ``cost`` and pays the inspectee ``compensation`` when it was in vain, and damage and penalty
    are what the two lose when it finds a violation. For damage < 1 the only equilibrium inspects with probability
    1 / (1 + penalty + compensation) and violates with probability cost / (1 + cost - damage).
    """
    inspector = [[0, -1], [-cost, -damage]]
    inspectee = [[0, 1], [compensation, -penalty]]
    return new_game([inspector, inspectee], action_names=(("ignore", "inspect"), ("comply", "violate")))


def simple_inspection(cells: int, inspected: int, used: int) -> NormalFormGame:
    """One player inspects up to ``inspected`` cells, the other uses up to ``used`` of them and hopes not to meet.

    The inspector gets 1 when a cell that is used is inspected, else 0, and the other loses that. The value is
    inspected / cells: use one cell at random, inspect as many as possible at random.
    """
    inspector, other = _subsets(cells, inspected, "inspected"), _subsets(cells, used, "used")
    check_size((len(inspector), len(other)))
    return _zero_sum(_meet(inspector, other), set_names(inspector), set_names(other))


def greedy(cells: int, taken: int, guarded: int, fine: float) -> NormalFormGame:
    """One player takes up to ``taken`` cells and has their number if none of them is guarded, else loses fine times it.

    The other guards up to ``guarded`` cells, and loses what the first gets. The value is the largest, over sizes k up
    to taken, of k ((1 + fine) s_k - fine), where s_k = C(cells - k, guarded) / C(cells, guarded) is the probability
    that k cells escape a random guard: take k at random, guard at random.
    """
    first, second = _subsets(cells, taken, "taken"), _subsets(cells, guarded, "guarded")
    check_size((len(first), len(second)))
    size = np.array([len(subset) for subset in first])[:, None]
    return _zero_sum(np.where(_meet(first, second) > 0, -fine * size, size), set_names(first), set_names(second))


def shapley_beta(beta: float) -> NormalFormGame:
    """Shapley's game with a parameter: row wins on the diagonal and column to the right of it, in a circle.

    The winner gets 1; beta goes to row where neither wins, and -beta to column where row wins. For -1 < beta < 1 the
    only equilibrium is uniform and pays ((1 + beta) / 3, (1 - beta) / 3).
    """
    row = np.array([[1, 0, beta], [beta, 1, 0], [0, beta, 1]])
    column = np.array([[-beta, 1, 0], [0, -beta, 1], [1, 0, -beta]])
    return new_game(np.stack([row, column]))


def sgc(size: int) -> NormalFormGame:
    """A game of 4 size - 1 actions whose only equilibrium mixes 2 size - 1 of them: the medium support that is hard.

    The first 2 size - 1 actions are a cyclic contest of each with all others (1 for beating, 1/2 for losing, 3/4 for a
    tie); the equilibrium is uniform over them and pays 3/4 to both. The other 2 size actions form pairs, in which row
    wants to match and column to mismatch (3/4 or 0). Across the blocks the first gets 1/2 and the second 0.
    """
    cycle, pairs = 2 * size - 1, 2 * size
    check_size((cycle + pairs,) * 2)
    ahead = np.subtract.outer(np.arange(cycle), np.arange(cycle)) % cycle  # how far the own action is ahead
    contest = np.where(ahead == 0, 0.75, np.where(ahead < size, 1.0, 0.5))
    row = np.zeros((cycle + pairs, cycle + pairs))
    row[:cycle, cycle:] = 0.5
    row[:cycle, :cycle] = contest
    column = row.T.copy()
    match = np.arange(pairs)
    row[cycle + match, cycle + match] = 0.75
    column[cycle + match, cycle + (match ^ 1)] = 0.75
    return new_game(np.stack([row, column]))


def _zero_sum(row: np.ndarray, row_names: tuple[str, ...], column_names: tuple[str, ...]) -> NormalFormGame:
    return new_game(np.stack([row, -row]), action_names=(row_names, column_names))


def _subsets(cells: int, most: int, name: str) -> list[tuple[int, ...]]:
    if most > cells:
        raise ValueError(f"{name}={most} is not allowed: {name} must be at most cells={cells}")
    return [subset for size in range(1, most + 1) for subset in combinations(range(cells), size)]


def _meet(first: list[tuple[int, ...]], second: list[tuple[int, ...]]) -> np.ndarray:
    """Return 1.0 where a set of ``first`` (rows) has an element in common with one of ``second`` (columns)."""
    masks = [np.array([sum(1 << cell for cell in subset) for subset in sets]) for sets in (first, second)]
    return (np.bitwise_and.outer(*masks) != 0).astype(np.float64)


_CELLS = Knob(4, "number of cells", low=1, high=16)

FAMILIES = (
    Family(
        "blotto",
        "Colonel Blotto",
        blotto,
        {
            "soldiers": Knob(5, "of each player", low=1, high=1000),
            "fields": Knob(3, "number of fields", low=1, high=20),
        },
        ("symmetric", "zero-sum"),
        "Borel, La theorie du jeu et les equations integrales a noyau symetrique, 1921.",
    ),
    Family(
        "inspection",
        "Inspection game",
        inspection,
        {
            "cost": Knob(2.0, "of an inspection that finds nothing", low=0.0),
            "compensation": Knob(1.0, "of the inspectee for an inspection in vain", low=0.0),
            "penalty": Knob(1.0, "of a violation that is found", low=0.0),
            "damage": Knob(0.0, "to the inspector by a violation that is found", low=0.0, high=1.0),
        },
        (),
        "Avenhaus, von Stengel and Zamir, Inspection games, Handbook of Game Theory 3, 2002.",
    ),
    Family(
        "simple-inspection",
        "Inspection of cells",
        simple_inspection,
        {
            "cells": _CELLS,
            "inspected": Knob(2, "most cells inspected", low=1, high=16),
            "used": Knob(2, "most cells used", low=1, high=16),
        },
        ("zero-sum",),
        "Ruckle, Geometric games and their applications, Pitman 1983.",
        gamut="SimpleInspectionGame",
    ),
    Family(
        "greedy",
        "Greedy game",
        greedy,
        {
            "cells": _CELLS,
            "taken": Knob(3, "most cells taken", low=1, high=16),
            "guarded": Knob(1, "most cells guarded", low=1, high=16),
            "fine": Knob(0.0, "for each cell of a set of which one is guarded", low=0.0),
        },
        ("zero-sum",),
        "Ruckle, Geometric games and their applications, Pitman 1983; with a fine: Baston, Some Cinderella Ruckle type "
        "games, in Search theory: a game theoretic perspective, Springer 2013.",
        gamut="GreedyGame",
    ),
    Family(
        "shapley-beta",
        "Shapley's family",
        shapley_beta,
        {"beta": Knob(0.0, "payoff of the row player where neither wins", low=-1.0, high=1.0)},
        (),
        "van Strien and Sparrow, Fictitious play in 3 x 3 games: chaos and dithering behaviour, Games and Economic "
        "Behavior 73, 2011; Ostrovski and van Strien, Payoff performance of fictitious play, arXiv:1308.4049.",
    ),
    Family(
        "sgc",
        "Medium-support game",
        sgc,
        {"size": Knob(2, "of the contest: it has 2 size - 1 actions, the game 4 size - 1", low=1, high=1000)},
        (),
        "Sandholm, Gilpin and Conitzer, Mixed-integer programming methods for finding Nash equilibria, AAAI 2005.",
    ),
)
