"""Correlated and coarse correlated equilibria of games of any number of players, by linear programs.

A joint distribution is a correlated equilibrium when nobody gains by playing b whenever a is recommended (Aumann,
J. Mathematical Economics 1, 1974), and a coarse one when nobody gains by one action fixed in advance (Moulin and Vial,
Int. J. Game Theory 7, 1978). Both sets are polytopes, so that the best and the worst of each is one linear program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from .linear import TooLargeError
from .normal_form import check_payoffs, joint_payoffs, swap_gains

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

MOST_ENTRIES = 2_000_000
FEASIBILITY = 1e-10  # the least that HiGHS takes, of constraints scaled to entries of at most 1


@dataclass(frozen=True, eq=False)
class CorrelatedEquilibrium:
    """A correlated equilibrium, or a coarse one.

    Attributes
    ----------
    joint : (A_1, ..., A_n), the distribution of recommended actions.
    payoffs : (n,), what every player gets.
    value : what was optimised, at ``joint``.
    bound : what no equilibrium passes, by weak duality from the multipliers of the optimum: a certificate that needs no
        trust in the solver. It equals ``value`` but for rounding.
    residual : the largest gain of one player from deviating, `deviation_gain`.
    """

    joint: np.ndarray
    payoffs: np.ndarray
    value: float
    bound: float
    residual: float


@dataclass(frozen=True)
class Range:
    """The least and the largest value over a set of equilibria.

    ``residual`` is the larger of the residuals of the two equilibria, and ``gap`` the larger of the distances between
    their values and what duality proves.
    """

    low: float
    high: float
    residual: float
    gap: float


def correlated_equilibrium(
    payoffs: np.ndarray, objective: str | int = "welfare", *, coarse: bool = False, maximise: bool = True
) -> CorrelatedEquilibrium:
    """Find the correlated equilibrium that is best, or worst, for an objective.

    Where several are, HiGHS picks one of them.

    Parameters
    ----------
    payoffs : (n, A_1, ..., A_n).
    objective : ``"welfare"`` (the sum of the payoffs), ``"egalitarian"`` (the least of the payoffs), or the number of
        the player whose payoff counts.
    coarse : take the coarse correlated equilibria, which are more.
    maximise : False for the worst equilibrium; not of the egalitarian objective, whose least value is the least of the
        players' least payoffs.

    Raises
    ------
    ValueError
        for malformed payoffs or an unknown objective; `TooLargeError` when the program would have more than 2,000,000
        coefficients (sum over players of (A_i - 1) times the number of cells).
    ArithmeticError
        when HiGHS gives up.
    """
    payoffs = check_payoffs(payoffs)
    worths = _worths(payoffs, objective)
    if not maximise:
        if len(worths) > 1:
            raise ValueError(f"maximise must be True for the objective {objective!r}; minimise each player's payoff")
        worths = -worths
    gains, worth_scale = deviation_matrix(payoffs, coarse), np.abs(worths).max() or 1.0
    # One more variable z, to be made as large as every worth allows: z <= worths @ joint.
    table = sparse.block_array([[gains, None], [-worths / worth_scale, np.ones((len(worths), 1))]], format="csc")
    cells = payoffs[0].size
    found = minimum(
        np.append(np.zeros(cells), -1.0),
        table,
        [(0, None)] * cells + [(None, None)],
        A_eq=sparse.csc_array(np.append(np.ones(cells), 0.0)[None]),
        b_eq=[1.0],
    )
    joint = np.maximum(found.x[:-1], 0.0)
    joint = (joint / joint.sum()).reshape(payoffs.shape[1:])
    multipliers = np.maximum(-found.ineqlin.marginals, 0.0)
    weights = multipliers[gains.shape[0] :] / multipliers[gains.shape[0] :].sum()
    bound = (weights @ worths - worth_scale * (gains.T @ multipliers[: gains.shape[0]])).max()
    sign = 1.0 if maximise else -1.0
    value = sign * (worths @ joint.ravel()).min() + 0.0  # no minus zero
    return CorrelatedEquilibrium(
        joint, joint_payoffs(payoffs, joint), float(value), float(sign * bound), deviation_gain(payoffs, joint, coarse)
    )


def welfare_range(payoffs: np.ndarray, *, coarse: bool = False) -> Range:
    """Return the least and the largest sum of payoffs over all (coarse) correlated equilibria.

    Raises
    ------
    ValueError, ArithmeticError
        as `correlated_equilibrium`.
    """
    return _range(payoffs, "welfare", coarse)


def payoff_ranges(payoffs: np.ndarray, *, coarse: bool = False) -> tuple[Range, ...]:
    """Return the least and the largest payoff of every player over all (coarse) correlated equilibria.

    Raises
    ------
    ValueError, ArithmeticError
        as `correlated_equilibrium`.
    """
    return tuple(_range(payoffs, player, coarse) for player in range(len(check_payoffs(payoffs))))


def deviation_gain(payoffs: np.ndarray, joint: np.ndarray, coarse: bool = False) -> float:
    """Return the largest gain of one player from one deviation, weighted with the probability that it is made.

    A deviation plays b whenever a is recommended, or b always in the coarse form. It is 0 at an equilibrium, and never
    less; the gaps `ce_gap` and `cce_gap` are sums of such gains.

    Raises
    ------
    ValueError
        as `joint_payoffs`.
    """
    gains = swap_gains(payoffs, joint)
    return float(max(0.0, *((own.sum(axis=0) if coarse else own).max() for own in gains)))


def deviation_matrix(payoffs: np.ndarray, coarse: bool) -> sparse.csr_array:
    """Return the gains from deviating as a matrix (deviations, cells): equilibria are the joints it maps below 0.

    A row is a player, a recommended action and another (coarse: a player and an action); a column a cell of the joint,
    the last player's action running fastest. Every player's rows are divided by its largest difference of payoffs, so
    that the numbers of all games are alike.
    """
    sizes, cells = payoffs.shape[1:], payoffs[0].size
    entries = cells * sum(size - 1 for size in sizes)
    if entries > MOST_ENTRIES:
        raise TooLargeError(
            f"payoffs of the shape {payoffs.shape} make a linear program of {entries:,} coefficients, "
            f"and at most {MOST_ENTRIES:,} are solved"
        )
    blocks = []
    for player, size in enumerate(sizes):
        own = np.moveaxis(payoffs[player], player, 0).reshape(size, -1)
        place = np.moveaxis(np.arange(cells).reshape(sizes), player, 0).reshape(size, -1)
        told, other = np.nonzero(~np.eye(size, dtype=bool))
        gains = own[other] - own[told]
        gains /= np.abs(gains).max(initial=0.0) or 1.0
        rows = other if coarse else np.arange(len(told))
        triple = (gains.ravel(), (np.repeat(rows, own.shape[1]), place[told].ravel()))
        blocks.append(sparse.csr_array(triple, shape=(size if coarse else len(told), cells)))
    return sparse.vstack(blocks, format="csr")


def minimum(cost: np.ndarray, table: sparse.csc_array, bounds: list, **equalities) -> OptimizeResult:
    """Minimise ``cost @ x`` subject to ``table @ x <= 0``, bounds and equalities, as tightly as HiGHS can.

    Raises
    ------
    ArithmeticError
        when HiGHS gives up: a set of equilibria is never empty.
    """
    from scipy.optimize import linprog

    options = {"primal_feasibility_tolerance": FEASIBILITY, "dual_feasibility_tolerance": FEASIBILITY}
    right = np.zeros(table.shape[0])
    found = linprog(cost, A_ub=table, b_ub=right, bounds=bounds, method="highs", options=options, **equalities)
    if found.status != 0:
        raise ArithmeticError(f"HiGHS found no equilibrium: {found.message}")
    return found


def _worths(payoffs: np.ndarray, objective: str | int) -> np.ndarray:
    """Return the rows (k, cells) of which the least expectation is the objective."""
    table = payoffs.reshape(len(payoffs), -1)
    if objective == "welfare":
        return table.sum(axis=0, keepdims=True)
    if objective == "egalitarian":
        return table
    if isinstance(objective, int | np.integer) and not isinstance(objective, bool) and 0 <= objective < len(payoffs):
        return table[[objective]]
    raise ValueError(
        f"objective must be 'welfare', 'egalitarian' or a player from 0 to {len(payoffs) - 1}, not {objective!r}"
    )


def _range(payoffs: np.ndarray, objective: str | int, coarse: bool) -> Range:
    ends = [correlated_equilibrium(payoffs, objective, coarse=coarse, maximise=most) for most in (False, True)]
    return Range(
        ends[0].value,
        ends[1].value,
        max(end.residual for end in ends),
        max(abs(end.bound - end.value) for end in ends),
    )
