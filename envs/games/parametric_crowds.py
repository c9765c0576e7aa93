"""Parametric games of n players in which everybody's choice counts the same: dilemmas, crowds and guesses.

The arguments of each definition are the knobs of its row in `FAMILIES`. All of these games are symmetric.
"""

from __future__ import annotations

import numpy as np

from ..core.knobs import Knob
from .family import Family, company, joint_actions, players_knob
from .game import NormalFormGame, new_game


def public_goods(players: int, factor: float) -> NormalFormGame:
    """Keep one unit or give it; what was given is multiplied by ``factor`` and shared by all.

    u_i = 1 - c_i + (factor / n) sum_j c_j with c_i in {0, 1}. For 1 < factor < n keeping is dominant, the only
    equilibrium pays everybody 1, and all giving would pay everybody ``factor``. With n / 2 < factor < n it meets the
    definition of the n-player prisoner's dilemma too: C(k) = X k + Y and D(k) = X k + Z with 0 < Z - Y < X, where k
    others give, X = Y = factor / n and Z = 1.
    """
    given = joint_actions((2,) * players)
    return _same_names(1 - given + (factor / players) * given.sum(axis=0), ("keep", "give"))


def volunteers_dilemma(players: int, needed: int, benefit: float, cost: float) -> NormalFormGame:
    """All get the benefit when enough players volunteer, and every volunteer pays the cost in any case.

    With ``needed`` 1 the symmetric equilibrium volunteers with probability 1 - (cost / benefit)^(1 / (n - 1)); in
    general it solves benefit P[Bin(n - 1, p) = needed - 1] = cost.
    """
    if needed > players:
        raise ValueError(f"needed={needed} is not allowed: needed must be at most players={players}")
    volunteers = joint_actions((2,) * players)
    return _same_names(benefit * (volunteers.sum(axis=0) >= needed) - cost * volunteers, ("wait", "volunteer"))


def minimum_effort(players: int, efforts: int, base: float, benefit: float, cost: float) -> NormalFormGame:
    """Effort is paid for by each, and its fruit is that of the least effort.

    u_i = base + benefit min_j e_j - cost e_i with e in 1, ..., efforts. With 0 < cost < benefit every common effort is
    an equilibrium, the highest is the best; benefit min_j e_j - cost sum_j e_j is an exact potential.
    """
    effort = joint_actions((efforts,) * players) + 1
    return _same_names(base + benefit * effort.min(axis=0) - cost * effort, _numbers(1, efforts))


def travellers_dilemma(players: int, lowest: int, highest: int, bonus: float) -> NormalFormGame:
    """Everybody claims a number and is paid the least claim, with a bonus for the least and a malus for the others.

    Claims are the integers from lowest to highest; when all claim the same, they get it. With bonus > 1 the only
    pure equilibrium is that all claim the lowest, for two players the only rationalisable play.
    """
    if highest <= lowest:
        raise ValueError(f"highest={highest} is not allowed: highest must be larger than lowest={lowest}")
    claim = joint_actions((highest - lowest + 1,) * players) + lowest
    least = claim.min(axis=0)
    reward = np.where(claim == least, bonus, -bonus) * (least != claim.max(axis=0))
    return _same_names(least + reward, _numbers(lowest, highest))


def eleven_twenty(lowest: int, highest: int, bonus: float) -> NormalFormGame:
    """Ask for an amount and get it, and a bonus for asking exactly one less than the other player.

    With amounts from 11 to 20 and a bonus of 20, the only symmetric equilibrium puts (.25, .25, .2, .15, .1, .05) on
    15, ..., 20 (Arad and Rubinstein 2012).
    """
    if highest <= lowest:
        raise ValueError(f"highest={highest} is not allowed: highest must be larger than lowest={lowest}")
    amount = joint_actions((highest - lowest + 1,) * 2) + lowest
    return _same_names(amount + bonus * (amount == amount[::-1] - 1), _numbers(lowest, highest))


def p_beauty(players: int, highest: int, fraction: float, prize: float) -> NormalFormGame:
    """Guess ``fraction`` of the average guess; whoever is nearest gets the prize, shared in a tie.

    Guesses are 0, ..., highest. With fraction < 1 all guessing 0 is an equilibrium, for two players in weakly dominant
    actions. (With integer guesses all guessing 1 may be another: for 2/3 it is one from four players on.)
    """
    guess = joint_actions((highest + 1,) * players)
    distance = np.abs(guess - fraction * guess.mean(axis=0))
    nearest = distance <= distance.min(axis=0) + 1e-9 * (1 + highest)  # two guesses may tie but for rounding
    return _same_names(prize * nearest / nearest.sum(axis=0), _numbers(0, highest))


def el_farol(players: int, capacity: int, good: float, stay: float, bad: float) -> NormalFormGame:
    """Go to a bar that is good up to its capacity and bad when it is crowded, or stay at home.

    With bad < stay < good the symmetric mixed equilibrium goes with the probability p that solves
    P[Bin(n - 1, p) <= capacity - 1] = (stay - bad) / (good - bad), and any ``capacity`` players going is a pure one.
    """
    if capacity >= players:
        raise ValueError(f"capacity={capacity} is not allowed: capacity must be less than players={players}")
    going = joint_actions((2,) * players)
    return _same_names(np.where(going == 1, np.where(going.sum(axis=0) <= capacity, good, bad), stay), ("stay", "go"))


def minority(players: int) -> NormalFormGame:
    """Choose one of two sides; those on the side of fewer players get 1, the others nothing.

    An even split pays nobody. With n odd, each of the 2 C(n, (n - 1) / 2) profiles with (n - 1) / 2 players on one side
    is an equilibrium, and so is everybody mixing evenly.
    """
    side = joint_actions((2,) * players)
    count = np.where(side == 1, side.sum(axis=0), players - side.sum(axis=0))
    return _same_names((2 * count < players).astype(np.float64), ("left", "right"))


def dispersion(players: int, actions: int) -> NormalFormGame:
    """Be where few others are: the payoff falls with the number of players who chose the same action.

    u_i = 1 - (others on i's action) / (n - 1). Its pure equilibria are the even spreads, n! of them when there are as
    many actions as players, and uniform play is a mixed one.
    """
    action = joint_actions((actions,) * players)
    return _same_names(1 - (company(action) - 1) / (players - 1), _numbers(0, actions - 1))


def _same_names(payoffs: np.ndarray, names: tuple[str, ...]) -> NormalFormGame:
    return new_game(payoffs, action_names=(names,) * len(payoffs))


def _numbers(first: int, last: int) -> tuple[str, ...]:
    return tuple(map(str, range(first, last + 1)))


_AMOUNTS = {
    "lowest": Knob(11, "least amount", low=0, high=10_000),
    "highest": Knob(20, "largest amount", low=1, high=10_000),
}

FAMILIES = (
    Family(
        "public-goods",
        "Public goods",
        public_goods,
        {"players": players_knob(4), "factor": Knob(3.0, "by how much gifts are multiplied", low=0.0)},
        ("symmetric", "potential", "social-dilemma"),
        "Ledyard, Public goods: a survey of experimental research, Handbook of Experimental Economics 1995.",
        gamut="NPlayerPrisonersDilemma",
    ),
    Family(
        "volunteers-dilemma",
        "Volunteer's dilemma",
        volunteers_dilemma,
        {
            "players": players_knob(3),
            "needed": Knob(1, "how many volunteers it takes", low=1, high=20),
            "benefit": Knob(2.0, "what everybody gets when enough volunteer", low=0.0),
            "cost": Knob(1.0, "what volunteering costs", low=0.0),
        },
        ("symmetric", "potential", "social-dilemma"),
        "Diekmann, Volunteer's dilemma, Journal of Conflict Resolution 29, 1985; with a threshold: Taylor and Ward, "
        "Chickens, whales, and lumpy goods, Political Studies 30, 1982.",
        gamut="NPlayerChicken",
    ),
    Family(
        "minimum-effort",
        "Minimum effort",
        minimum_effort,
        {
            "players": players_knob(2),
            "efforts": Knob(4, "number of levels of effort, from 1", low=1, high=1000),
            "base": Knob(0.0, "what everybody gets in any case"),
            "benefit": Knob(2.0, "what a unit of the least effort is worth to each"),
            "cost": Knob(1.0, "what a unit of own effort costs"),
        },
        ("symmetric", "potential", "coordination"),
        "Van Huyck, Battalio and Beil, Tacit coordination games, strategic uncertainty, and coordination failure, "
        "American Economic Review 80, 1990.",
        gamut="MinimumEffortGame",
    ),
    Family(
        "travellers-dilemma",
        "Traveller's dilemma",
        travellers_dilemma,
        {
            "players": players_knob(2),
            "lowest": Knob(2, "least claim", low=0, high=10_000),
            "highest": Knob(6, "largest claim", low=1, high=10_000),
            "bonus": Knob(2.0, "reward of the least claim and malus of the others", low=0.0),
        },
        ("symmetric", "social-dilemma"),
        "Basu, The traveler's dilemma: paradoxes of rationality in game theory, American Economic Review 84, 1994.",
        gamut="TravelersDilemma",
    ),
    Family(
        "eleven-twenty",
        "11-20 money request game",
        eleven_twenty,
        {**_AMOUNTS, "bonus": Knob(20.0, "for asking one less than the other", low=0.0)},
        ("symmetric",),
        "Arad and Rubinstein, The 11-20 money request game: a level-k reasoning study, American Economic Review 102, "
        "2012.",
    ),
    Family(
        "p-beauty",
        "p-beauty contest",
        p_beauty,
        {
            "players": players_knob(3),
            "highest": Knob(10, "largest guess", low=1, high=10_000),
            "fraction": Knob(2 / 3, "of the average guess, to be guessed", low=0.0, high=1.0),
            "prize": Knob(1.0, "what the nearest share", low=0.0),
        },
        ("symmetric", "constant-sum"),
        "Nagel, Unraveling in guessing games: an experimental study, American Economic Review 85, 1995.",
        gamut="GuessThirdsAve",
    ),
    Family(
        "el-farol",
        "El Farol bar",
        el_farol,
        {
            "players": players_knob(5),
            "capacity": Knob(3, "how many may go before it is crowded", low=1, high=19),
            "good": Knob(2.0, "payoff of going while there is room"),
            "stay": Knob(1.0, "payoff of staying"),
            "bad": Knob(0.0, "payoff of going when it is crowded"),
        },
        ("symmetric", "potential"),
        "Arthur, Inductive reasoning and bounded rationality, American Economic Review 84, 1994.",
    ),
    Family(
        "minority",
        "Minority game",
        minority,
        {"players": players_knob(3)},
        ("symmetric", "potential"),
        "Challet and Zhang, Emergence of cooperation and organization in an evolutionary game, Physica A 246, 1997.",
    ),
    Family(
        "dispersion",
        "Dispersion game",
        dispersion,
        {"players": players_knob(3), "actions": Knob(3, "number of actions", low=1, high=1000)},
        ("symmetric", "potential"),
        "Grenager, Powers and Shoham, Dispersion games: general definitions and some specific learning results, AAAI "
        "2002.",
        gamut="DispersionGame",
    ),
)
