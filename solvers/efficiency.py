"""What selfish play costs: price of anarchy and price of stability."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .correlated import Range, welfare_range
from .equilibrium import Equilibrium
from .normal_form import check_payoffs
from .vertex_enumeration import vertex_enumeration


@dataclass(frozen=True)
class Efficiency:
    """The best welfare of a game against that of its equilibria.

    Attributes
    ----------
    optimum : the largest welfare (sum of payoffs) of all profiles.
    worst, best : the least and the largest welfare at an equilibrium.
    price_of_anarchy : ``optimum / worst`` of payoffs, ``worst / optimum`` of costs; at least 1.
    price_of_stability : ``optimum / best`` of payoffs, ``best / optimum`` of costs; at least 1.
    residual : the largest gain from deviating at the equilibria.
    """

    optimum: float
    worst: float
    best: float
    price_of_anarchy: float
    price_of_stability: float
    residual: float


def nash_efficiency(payoffs: np.ndarray, equilibria: Iterable[Equilibrium] | None = None) -> Efficiency:
    """Return the prices of anarchy and of stability over Nash equilibria.

    Source: Koutsoupias and Papadimitriou, STACS 1999; Anshelevich et al., FOCS 2004. The sign of the welfare says what
    the game is about: payoffs where it is positive, costs (negative payoffs) where it is negative.

    Parameters
    ----------
    payoffs : (n, A_1, ..., A_n).
    equilibria : the Nash equilibria; left out, all extreme equilibria of a two-player game are computed, among which
        are the worst and the best. A price over some equilibria only is a bound on that over all: from below for
        anarchy, from above for stability.

    Raises
    ------
    ValueError
        for malformed payoffs; no equilibria, or no list of them for a game of three or more players; welfare that is
        not of one sign (add a constant to the payoffs, and say which: the prices depend on it). As
        `vertex_enumeration` when the equilibria are computed.
    """
    payoffs = check_payoffs(payoffs)
    if equilibria is None:
        if len(payoffs) != 2:
            raise ValueError(f"equilibria must be given for a game of {len(payoffs)} players; two are solved here")
        equilibria = vertex_enumeration(payoffs).equilibria
    equilibria = list(equilibria)
    if not equilibria:
        raise ValueError("equilibria must hold at least one equilibrium")
    welfare = [float(each.payoffs.sum()) for each in equilibria]
    return _efficiency(payoffs, min(welfare), max(welfare), max(each.residual for each in equilibria))


def correlated_efficiency(payoffs: np.ndarray, *, coarse: bool = False) -> Efficiency:
    """Return the prices of anarchy and of stability over all (coarse) correlated equilibria.

    The price of anarchy of coarse ones is the price of total anarchy (Blum, Hajiaghayi, Ligett and Roth, STOC 2008),
    which bounds what learners without external regret lose.

    Raises
    ------
    ValueError
        as `correlated_equilibrium`, and for welfare that is not of one sign, as `nash_efficiency`.
    ArithmeticError
        as `correlated_equilibrium`.
    """
    return efficiency_of_range(payoffs, welfare_range(payoffs, coarse=coarse))


def efficiency_of_range(payoffs: np.ndarray, welfare: Range) -> Efficiency:
    """Return the prices over a set of equilibria whose ``welfare`` is known; raises ValueError as `nash_efficiency`."""
    return _efficiency(check_payoffs(payoffs), welfare.low, welfare.high, welfare.residual)


def _efficiency(payoffs: np.ndarray, worst: float, best: float, residual: float) -> Efficiency:
    optimum = float(payoffs.sum(axis=0).max())
    rounding = 1e-9 * float(np.abs(payoffs).sum(axis=0).max())
    if worst > rounding:
        anarchy, stability = optimum / worst, optimum / best
    elif optimum < -rounding:
        anarchy, stability = worst / optimum, best / optimum
    else:
        raise ValueError(
            "payoffs must give a welfare of one sign for prices to have a meaning, positive for payoffs and negative "
            f"for costs, and the equilibria have {worst} to {best} where {optimum} is the most: add a constant"
        )
    return Efficiency(optimum, worst, best, anarchy, stability, residual)
