"""A Nash equilibrium with its payoffs and its residual, and what the solvers of games of two players share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .linear import TooLargeError
from .normal_form import check_payoffs, check_profile, deviation_gains, expected_payoffs

MOST_ACTIONS = 62  # of a player, where a set of actions is the bits of an integer


@dataclass(frozen=True, eq=False, slots=True)
class Equilibrium:
    """A profile that is a Nash equilibrium but for ``residual``.

    Attributes
    ----------
    profile : one distribution a player.
    payoffs : (n,), what every player gets.
    residual : the most that one player gains by deviating, from the payoffs themselves: 0 but for rounding.
    """

    profile: tuple[np.ndarray, ...]
    payoffs: np.ndarray
    residual: float


def equilibrium(payoffs: np.ndarray, profile: Sequence[np.ndarray]) -> Equilibrium:
    """Return ``profile`` with the players' payoffs and the largest gain from deviating, whatever it is.

    Raises
    ------
    ValueError
        when ``payoffs`` or ``profile`` has the wrong shape, NaN, or entries that are no probabilities.
    """
    payoffs = check_payoffs(payoffs)
    profile = tuple(check_profile(payoffs, profile))
    gains = deviation_gains(payoffs, profile)
    return Equilibrium(profile, expected_payoffs(payoffs, profile), float(gains.max()))


def check_two_players(payoffs: np.ndarray) -> np.ndarray:
    """Return ``payoffs`` as contiguous float64 (2, A_0, A_1); `check_finite_range` is left to the compiled loops.

    Raises
    ------
    ValueError
        when ``payoffs`` has the wrong shape, or the game is not one of two players.
    """
    payoffs = np.ascontiguousarray(payoffs, np.float64)
    if payoffs.ndim != 3 or payoffs.shape[0] != 2 or payoffs.size == 0:
        raise ValueError(f"payoffs must be of 2 players, and this game has {len(check_payoffs(payoffs))}")
    return payoffs


def check_sets(payoffs: np.ndarray) -> None:
    """Raise a TooLargeError when a player has more actions than an integer has bits."""
    _, m, n = payoffs.shape
    if max(m, n) > MOST_ACTIONS:
        raise TooLargeError(f"the game has {m} x {n} actions; the limit is {MOST_ACTIONS} a player")


def check_finite_range(payoffs: np.ndarray) -> None:
    """Raise a ValueError when payoffs are not finite, or so far apart that their difference is not."""
    low, high = check_payoffs(payoffs).min(), payoffs.max()
    with np.errstate(over="ignore"):
        if not np.isfinite(high - low):
            raise ValueError(f"payoffs must span a finite range, not {low} to {high}")


def from_rows(rows: np.ndarray, actions: int) -> tuple[Equilibrium, ...]:
    """Return the equilibria in the rows that `bimatrix_kernels.assess` wrote; the first player has ``actions``."""
    return tuple([Equilibrium((row[:actions], row[actions:-3]), row[-3:-1], float(row[-1])) for row in rows])
