"""Alpha-rank: how often evolving populations play each profile of a game.

Source: Omidshafiei et al., alpha-Rank: multi-agent evaluation by evolution, Scientific Reports 9, 2019. Each player is
a population in which, now and then, one mutant appears and takes over or dies out before the next comes. The profiles
form a Markov chain, and its stationary law ranks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np

from .linear import TooLargeError
from .normal_form import check_payoffs
from .population_dynamics import symmetric_matrix

MOST_PROFILES, MOST_ENTRIES = 2000, 20_000_000
TIE = 1e-9  # payoffs that differ by less, of the largest difference, are equal in the limit of strong selection
NEGLIGIBLE = 40.0  # exp(-40) is below the rounding of 1
MODEST = 300.0  # no rate of the chain is below exp(-MODEST): it can do without orders of magnitude


@dataclass(frozen=True, eq=False)
class AlphaRank:
    """The stationary law of alpha-rank's chain.

    Attributes
    ----------
    distribution : (A_1, ..., A_n) over pure profiles; (A,) over the strategies of a single population.
    residual : the sum over profiles of how much one step of the chain changes the probability, 0 but for rounding.
    """

    distribution: np.ndarray
    residual: float


def alpha_rank(
    payoffs: np.ndarray, alpha: float, *, population: int = 50, single_population: bool = False
) -> AlphaRank:
    """Rank the pure profiles of a game by the share of time that evolution spends in them.

    A mutant whose payoff is larger by d takes over a population of m with the probability (1 - exp(-alpha d)) /
    (1 - exp(-alpha m d)). Powers of e are kept as exponents, so that any alpha may be taken.

    Parameters
    ----------
    payoffs : (n, A_1, ..., A_n), of a symmetric game of two players for a single population.
    alpha : the intensity of selection, in inverse units of payoff; positive. ``np.inf`` gives the limit of strong
        selection, in which a mutant with the same payoff still takes over with the probability 1 / m (payoffs within
        1e-9 of the largest difference are the same).
    population : m, the size of each population, at least 2.
    single_population : mutants and residents of one population play one another, nobody itself.

    Raises
    ------
    ValueError
        for malformed payoffs, alpha that is not positive, a population below 2, a single population in a game that is
        not symmetric; `TooLargeError` for more than 2,000 profiles, or a single population with A * A * m above
        20,000,000.
    """
    payoffs = check_payoffs(payoffs)
    if not isinstance(alpha, Real) or not alpha > 0:
        raise ValueError(f"alpha must be positive (np.inf for the limit of strong selection), not {alpha}")
    if not isinstance(population, (int, np.integer)) or population < 2:
        raise ValueError(f"population must be an integer of at least 2, not {population!r}")
    scale = float(max(np.ptp(own) for own in payoffs)) or 1.0
    strength = 1.0 if np.isinf(alpha) else alpha
    if not np.isfinite(strength * scale * population):
        raise ValueError(f"alpha must stay finite times the payoffs and the population, not {alpha}; take np.inf")
    tie = TIE * scale if np.isinf(alpha) else 0.0
    if single_population:
        matrix = symmetric_matrix(payoffs)
        rate, order = _rates_within(matrix, strength, population, tie)
        sizes: tuple[int, ...] = matrix.shape[:1]
    else:
        rate, order = _rates_between(payoffs, strength, population, tie)
        sizes = payoffs.shape[1:]
    if tie == 0.0 and order.max() * len(sizes) <= MODEST:
        rate *= np.exp(-order)
        order[:] = 0.0
    chain = rate * np.exp(-order) if tie == 0.0 else rate * (order <= tie)
    law = np.empty(len(rate))
    _stationary()(rate, order, tie, tie or NEGLIGIBLE, law, np.empty(len(rate)))
    residual = np.abs(law @ chain - law * chain.sum(axis=1)).sum()
    return AlphaRank(law.reshape(sizes), float(residual))


def _rates_between(payoffs: np.ndarray, alpha: float, population: int, tie: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates of the chain of profiles (S, S), as coefficients and exponents (`stationary_kernels`)."""
    sizes, profiles = payoffs.shape[1:], payoffs[0].size
    if profiles > MOST_PROFILES:
        raise TooLargeError(f"payoffs have {profiles:,} profiles, and at most {MOST_PROFILES:,} are ranked")
    rate, order = np.zeros((2, profiles, profiles))
    mutants = max(1, sum(size - 1 for size in sizes))
    place = np.arange(profiles).reshape(sizes)
    for player, size in enumerate(sizes):
        own = np.moveaxis(payoffs[player], player, -1).reshape(-1, size)
        here = np.moveaxis(place, player, -1).reshape(-1, size)
        gains = own[:, None, :] - own[:, :, None]  # from row to column, in every profile of the others
        source, target = np.broadcast_arrays(here[:, :, None], here[:, None, :])
        apart = np.broadcast_to(~np.eye(size, dtype=bool), gains.shape)
        coefficient, exponent = _takeover(gains[apart], alpha, population, tie)
        rate[source[apart], target[apart]] = coefficient / mutants
        order[source[apart], target[apart]] = exponent
    return rate, order


def _takeover(gains: np.ndarray, alpha: float, population: int, tie: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability that a mutant with a constant gain takes over, as coefficient and exponent.

    For losses, numerator and denominator are divided by their exponentials: 1 - exp(y) = -exp(y) (1 - exp(-y)).
    """
    neutral = np.abs(gains) <= tie
    size = alpha * np.abs(gains)
    exponent = np.where((gains < 0) & ~neutral, (population - 1) * size, 0.0)
    if tie > 0.0:
        return np.where(neutral, 1.0 / population, 1.0), exponent
    with np.errstate(invalid="ignore", divide="ignore"):
        coefficient = np.expm1(-size) / np.expm1(-population * size)
    return np.where(size == 0.0, 1.0 / population, coefficient), exponent


def _rates_within(matrix: np.ndarray, alpha: float, population: int, tie: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates of the chain of strategies (A, A), as coefficients and exponents.

    One mutant takes over with the probability 1 / sum_k exp(-alpha (gain of 1 mutant + ... + gain of k)), k < m, for
    the payoffs depend on how many mutants there are (Traulsen, Nowak and Pacheco, Physical Review E 74, 2006).
    """
    actions = len(matrix)
    if actions**2 * population > MOST_ENTRIES:
        raise TooLargeError(
            f"{actions} strategies in a population of {population:,} take {actions**2 * population:,} numbers, "
            f"and at most {MOST_ENTRIES:,} are taken"
        )
    mutants = np.arange(1, population)[:, None, None]
    same = np.diag(matrix)
    # (mutants, resident, mutant): what each kind earns against the others.
    mutant = (mutants - 1) * same + (population - mutants) * matrix.T
    resident = mutants * matrix + (population - mutants - 1) * same[:, None]
    paths = np.zeros((population, actions, actions))
    paths[1:] = -alpha * np.cumsum((mutant - resident) / (population - 1), axis=0)
    order = paths.max(axis=0)
    if tie > 0.0:
        rate = 1.0 / (paths >= order - tie).sum(axis=0)
    else:
        rate = 1.0 / np.exp(paths - order).sum(axis=0)
    rate /= max(1, actions - 1)
    np.fill_diagonal(rate, 0.0)
    np.fill_diagonal(order, 0.0)
    return rate, order


@lru_cache(maxsize=1)
def _stationary() -> Any:
    from ..envs.core.batch import direct
    from ..envs.core.fusing import fuse
    from . import stationary_kernels

    return direct(fuse(stationary_kernels.stationary, {}, "stationary"))
