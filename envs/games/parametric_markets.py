"""Parametric games of firms, roads and rivals on a line: Cournot, Bertrand, Hotelling, congestion, attrition.

The arguments of each definition are the knobs of its row in `FAMILIES`.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from ..core.knobs import Knob
from .family import Family, joint_actions, players_knob, set_names
from .game import NormalFormGame, new_game


def cournot(players: int, intercept: float, slope: float, cost: float, fineness: int) -> NormalFormGame:
    """Firms choose quantities, and the price falls with the sum: u_i = q_i (intercept - slope sum_j q_j - cost).

    The grid goes from 0 to (intercept - cost) / slope, what sells at cost, in fineness (n + 1) steps, so that it holds
    the equilibrium q* = (intercept - cost) / (slope (n + 1)), of index ``fineness``. The price is not cut off at 0:
    that keeps the potential (a - c) sum q - b sum q^2 - b sum_{i<j} q_i q_j (Monderer and Shapley 1996).
    A grid can add equilibria beside q*, where the best quantity lies half way between two steps.
    """
    if intercept <= cost:
        raise ValueError(f"intercept={intercept} is not allowed: intercept must be larger than cost={cost}")
    steps = fineness * (players + 1)
    grid = np.linspace(0, (intercept - cost) / slope, steps + 1)
    quantity = grid[joint_actions((steps + 1,) * players)]
    return _numbered(quantity * (intercept - slope * quantity.sum(axis=0) - cost), grid)


def bertrand(players: int, demand: int, cost: int) -> NormalFormGame:
    """Firms choose whole prices, and the cheapest share the demand: u_i = (p - cost) (demand - p) / (firms at p).

    Prices are 0, ..., demand. Everybody at cost is an equilibrium (profit 0). For two firms with
    demand > cost + 1 the only other one is both at cost + 1.
    """
    if cost >= demand:
        raise ValueError(f"cost={cost} is not allowed: cost must be less than demand={demand}")
    price = joint_actions((demand + 1,) * players)
    cheapest = price == price.min(axis=0)
    return _numbered(cheapest * (price - cost) * (demand - price) / cheapest.sum(axis=0), np.arange(demand + 1))


def hotelling(length: float, left: float, right: float, freight: float, highest: int) -> NormalFormGame:
    """Two shops stand ``left`` and ``right`` from the ends of a street of buyers and choose whole prices up to highest.

    A buyer pays the price and ``freight`` a unit of way, and takes the cheaper offer; production is free. If the prices
    differ by at most freight (length - left - right), shop 0 sells (length + left - right + (p_1 - p_0) / freight) / 2,
    else the cheaper sells to all. Equilibrium: p_0 = freight (length + (left - right) / 3), p_1 likewise. The
    default, Hotelling's own example, has prices 36 and 34, sales 18 and 17, and profits 648 and 578.
    """
    between = length - left - right
    if between <= 0:
        raise ValueError(f"left={left}, right={right} is not allowed: left + right must be less than length={length}")
    price = joint_actions((highest + 1,) * 2)
    lead = (price[1] - price[0]) / freight
    sales = np.where(np.abs(lead) <= between, (length + left - right + lead) / 2, np.where(lead > 0, length, 0.0))
    return _numbered(price * np.stack([sales, length - sales]), np.arange(highest + 1))


def congestion(
    players: int, paths: Sequence[Sequence[int]], slopes: Sequence[float], constants: Sequence[float]
) -> NormalFormGame:
    """Everybody chooses one of the paths, sets of resources; a resource with k users costs slope k + constant to each.

    Payoffs are minus the cost. Rosenthal's sum over resources of the costs of 1, ..., k users is (minus) an exact
    potential, so that there is a pure equilibrium.
    """
    slope, constant = _numbers("slopes", slopes), _numbers("constants", constants)
    if len(slope) != len(constant):
        raise ValueError(f"constants={constants!r} is not allowed: constants must hold {len(slope)} numbers, as slopes")
    allowed = f"paths must be sets of the resources 0, ..., {len(slope) - 1}, each with one at least, all different"
    try:
        sets = [tuple(sorted({operator.index(resource) for resource in path})) for path in paths]
    except TypeError as error:
        raise TypeError(f"paths={paths!r} is not allowed: {allowed}") from error
    known = set(range(len(slope)))
    if not sets or len(set(sets)) < len(sets) or not all(path and set(path) <= known for path in sets):
        raise ValueError(f"paths={paths!r} is not allowed: {allowed}")
    delays = slope[:, None] * np.arange(players + 1) + constant[:, None]
    return new_game(congestion_payoffs(players, sets, delays), action_names=(set_names(sets),) * players)


def congestion_payoffs(players: int, paths: Sequence[Sequence[int]], delays: np.ndarray) -> np.ndarray:
    """Return the payoffs (n, A, ..., A) of a congestion game.

    Parameters
    ----------
    players : the number of players.
    paths : for each action, the resources that it uses.
    delays : (resources, players + 1), the cost of each resource to each of its users when it has 0, 1, ... of them.

    Raises
    ------
    ValueError
        for a tensor that is too large.

    Source: Rosenthal, A class of games possessing pure-strategy Nash equilibria, 1973.
    """
    action = joint_actions((len(paths),) * players)
    cost = np.zeros(action.shape)
    for resource, delay in enumerate(delays):
        users = np.array([resource in path for path in paths])[action]
        cost += users * delay[users.sum(axis=0)]
    return -cost


def pigou(players: int) -> NormalFormGame:
    """A wide road that always costs 1, and a narrow one that costs the share of the players on it.

    All on the narrow road is an equilibrium of total cost n. The best is half on each, at 3 n / 4 for even n and
    (3 n^2 + 1) / (4 n) for odd n: a price of anarchy of 4/3, or 4 n^2 / (3 n^2 + 1), which tends to it.
    """
    return _renamed(congestion(players, ((0,), (1,)), (0, 1 / players), (1, 0)), ("wide", "narrow"))


def braess(players: int, shortcut: bool) -> NormalFormGame:
    """Two ways, each over a narrow road (cost: share of players) and a wide one (cost 1), and perhaps a shortcut.

    The free shortcut joins the two narrow roads. With it all taking it is an equilibrium of cost 2 each; without it
    an even split is, of cost 3/2 each for even n. The shortcut does not lower the best total, which is 3 n / 2, or
    (3 n^2 + 1) / (2 n) for odd n, so that the price of anarchy is 4/3, or 4 n^2 / (3 n^2 + 1).
    """
    ways = ((0, 1), (2, 3), (0, 3))[: 2 + shortcut]
    game = congestion(players, ways, (1 / players, 0, 0, 1 / players), (0, 1, 1, 0))
    return _renamed(game, ("upper", "lower", "shortcut")[: 2 + shortcut])


def arms_race(benefit: float, rivalry: float, cost: float, fineness: int) -> NormalFormGame:
    """Two countries choose their arms; arms cost, and to have more of them than the other is worth something.

    u_i = benefit d - rivalry d^2 / 2 - cost x_i^2 / 2, where d is the lead x_i - x_j: a convex cost and a concave gain.
    The grid goes from 0 to twice benefit / cost in 2 fineness steps; benefit / cost, of index ``fineness``, is the
    symmetric equilibrium, though both would be best off with none.
    """
    grid = np.linspace(0, 2 * benefit / cost, 2 * fineness + 1)
    arms = grid[joint_actions((len(grid),) * 2)]
    lead = arms - arms[::-1]
    return _numbered(benefit * lead - rivalry * lead**2 / 2 - cost * arms**2 / 2, grid)


def war_of_attrition(value: float, cost: float, rounds: int) -> NormalFormGame:
    """Two rivals choose how many rounds to hold out; whoever holds out longer wins, and both pay for the shorter time.

    The winner gets value, in a tie each half of it. The pure equilibria are those in which one leaves at once and the
    other would hold out for value / cost rounds or more (for cost < value / 2).
    """
    time = joint_actions((rounds + 1,) * 2)
    share = np.where(time == time[::-1], 0.5, time > time[::-1])
    return _numbered(value * share - cost * time.min(axis=0), np.arange(rounds + 1))


def grab_the_dollar(times: int, win: float, lose: float, tie: float) -> NormalFormGame:
    """Two players choose when to grab a prize: the first has it, but grabbing together spoils it for both.

    With tie < lose < win the 2 (times - 1) pure equilibria are those in which exactly one grabs at once.
    """
    if not tie < lose < win:
        raise ValueError(f"win={win}, lose={lose}, tie={tie} is not allowed: tie must be less than lose, lose than win")
    time = joint_actions((times,) * 2)
    return _numbered(np.where(time == time[::-1], tie, np.where(time < time[::-1], win, lose)), np.arange(times))


def _numbers(name: str, values: Sequence[float]) -> np.ndarray:
    try:
        numbers = np.array(values, np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}={values!r} is not allowed: {name} must hold one finite number a resource") from error
    if numbers.ndim != 1 or len(numbers) == 0 or not np.all(np.isfinite(numbers)):
        raise ValueError(f"{name}={values!r} is not allowed: {name} must hold one finite number a resource")
    return numbers


def _numbered(payoffs: np.ndarray, grid: np.ndarray) -> NormalFormGame:
    return new_game(payoffs, action_names=(tuple(f"{value:g}" for value in grid),) * len(payoffs))


def _renamed(game: NormalFormGame, names: tuple[str, ...]) -> NormalFormGame:
    return new_game(game.payoffs, action_names=(names,) * game.players)


_FINENESS = Knob(2, "how many steps of the grid lead to the equilibrium", low=1, high=1000)

FAMILIES = (
    Family(
        "cournot",
        "Cournot oligopoly",
        cournot,
        {
            "players": players_knob(2, low=1),
            "intercept": Knob(10.0, "price at which nothing is bought"),
            "slope": Knob(1.0, "fall of the price a unit", low=1e-6),
            "cost": Knob(1.0, "cost of a unit", low=0.0),
            "fineness": _FINENESS,
        },
        ("symmetric", "potential"),
        "Cournot, Recherches sur les principes mathematiques de la theorie des richesses, 1838; Monderer and Shapley, "
        "Potential games, Games and Economic Behavior 14, 1996.",
        gamut="CournotDuopoly",
    ),
    Family(
        "bertrand",
        "Bertrand oligopoly",
        bertrand,
        {
            "players": players_knob(2),
            "demand": Knob(10, "buyers at a price of 0, one less for each unit of the price", low=1, high=1000),
            "cost": Knob(2, "cost of a unit", low=0, high=999),
        },
        ("symmetric",),
        "Bertrand, review of Cournot's Recherches, Journal des Savants 1883; Nudelman, Wortman, Shoham and "
        "Leyton-Brown, Run the GAMUT, AAMAS 2004.",
        gamut="BertrandOligopoly",
    ),
    Family(
        "hotelling",
        "Hotelling's shops",
        hotelling,
        {
            "length": Knob(35.0, "length of the street", low=1e-6),
            "left": Knob(4.0, "way from shop 0 to the left end", low=0.0),
            "right": Knob(1.0, "way from shop 1 to the right end", low=0.0),
            "freight": Knob(1.0, "cost of a unit of way", low=1e-6),
            "highest": Knob(60, "largest price", low=1, high=1000),
        },
        (),
        "Hotelling, Stability in competition, Economic Journal 39, 1929.",
        gamut="LocationGame",
    ),
    Family(
        "congestion",
        "Congestion game",
        congestion,
        {
            "players": players_knob(3, low=1),
            "paths": Knob(((0,), (1,), (2,)), "for each action, the resources that it uses"),
            "slopes": Knob((1.0, 1.0, 1.0), "for each resource, the cost that a user adds"),
            "constants": Knob((0.0, 0.0, 0.0), "for each resource, the cost without users"),
        },
        ("symmetric", "potential"),
        "Rosenthal, A class of games possessing pure-strategy Nash equilibria, International Journal of Game Theory 2, "
        "1973.",
    ),
    Family(
        "pigou",
        "Pigou's roads",
        pigou,
        {"players": players_knob(4, low=1)},
        ("symmetric", "potential"),
        "Pigou, The economics of welfare, 1920; Roughgarden and Tardos, How bad is selfish routing?, JACM 49, 2002.",
    ),
    Family(
        "braess",
        "Braess's paradox",
        braess,
        {"players": players_knob(4, low=1), "shortcut": Knob(True, "whether the shortcut is open")},
        ("symmetric", "potential"),
        "Braess, Ueber ein Paradoxon aus der Verkehrsplanung, Unternehmensforschung 12, 1968; Roughgarden and Tardos "
        "2002.",
    ),
    Family(
        "arms-race",
        "Arms race",
        arms_race,
        {
            "benefit": Knob(1.0, "worth of the first unit of lead", low=1e-6),
            "rivalry": Knob(0.5, "by how much the worth of a unit of lead falls", low=0.0),
            "cost": Knob(1.0, "growth of the cost of a unit of arms", low=1e-6),
            "fineness": _FINENESS,
        },
        ("symmetric", "potential"),
        "Nudelman, Wortman, Shoham and Leyton-Brown, Run the GAMUT, AAMAS 2004.",
        gamut="ArmsRace",
    ),
    Family(
        "war-of-attrition",
        "War of attrition",
        war_of_attrition,
        {
            "value": Knob(4.0, "of the prize", low=0.0),
            "cost": Knob(1.0, "of holding out for a round", low=0.0),
            "rounds": Knob(8, "most rounds", low=1, high=1000),
        },
        ("symmetric",),
        "Maynard Smith, The theory of games and the evolution of animal conflicts, Journal of Theoretical Biology 47, "
        "1974.",
        gamut="WarOfAttrition",
    ),
    Family(
        "grab-the-dollar",
        "Grab the dollar",
        grab_the_dollar,
        {
            "times": Knob(5, "number of moments", low=2, high=1000),
            "win": Knob(1.0, "payoff of the first"),
            "lose": Knob(0.0, "payoff of the second"),
            "tie": Knob(-1.0, "payoff of both when they grab together"),
        },
        ("symmetric",),
        "Fudenberg and Tirole, Game theory, MIT Press 1991; Nudelman, Wortman, Shoham and Leyton-Brown 2004.",
        gamut="GrabTheDollar",
    ),
)
