"""How long a Markov chain remembers where it began: the worst-case mixing time, and the spectral gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import eigs

from .chain import checked_chain
from .linear import TooLargeError
from .model_data import check_states
from .period import period
from .quantity import Quantity
from .stationary import stationary_law

DENSE = 4_000  # states, up to which powers of the whole matrix are formed
EIGENVALUES = 2_000  # states, up to which all eigenvalues are found
SQUARINGS = 48  # powers up to 2**48 steps
BLOCK = 256  # starts that are propagated together
TIE = 1e-12  # relative: a distance of exactly epsilon counts as reached in spite of rounding

Norm = Literal["tv", "l1"]
_WEIGHTS = {"tv": 0.5, "l1": 1.0}


def mixing_time(
    chain: Any,
    epsilon: float = 0.25,
    norm: Norm = "tv",
    starts: Sequence[int] | None = None,
    most_steps: int = 1_000_000,
) -> Quantity:
    """Return the least t at which the law after t steps is within ``epsilon`` of the stationary one from every start.

    The distance is d(t) = max over s of 1/2 sum over s' of abs(P^t(s, s') - mu(s')) (total variation), or twice that in
    the L1 norm, which other authors use: L1 within 1/4 is total variation within 1/8. As d never increases, t is found
    by bisection over powers formed by repeated squaring, exactly but for rounding (d(t) within a relative 1e-12 of
    ``epsilon`` counts as reached).

    Parameters
    ----------
    chain : (S, S), an array or a sparse matrix; transient states are starts like any other.
    epsilon : between 0 and 1, or 2 in the L1 norm.
    norm : ``"tv"`` or ``"l1"``.
    starts : the starts that count, whose mixing time is a lower bound; None takes all. Beyond 4,000 states the starts
        are propagated step by step, in blocks.
    most_steps : of the propagation; where more are needed, this number is returned as a lower bound.

    Returns
    -------
    Quantity, infinite with the period in ``how`` where the chain is periodic.

    Raises
    ------
    ValueError
        for a matrix that is no chain, several closed classes (`MultichainError`), an unknown norm, an ``epsilon`` out
        of range, or a start that does not exist.

    Source: Levin, Peres and Wilmer, Markov Chains and Mixing Times, 2nd edition, section 4.5.
    """
    if norm not in _WEIGHTS:
        raise ValueError(f"norm={norm!r} is not allowed: norm must be 'tv' or 'l1'")
    weight = _WEIGHTS[norm]
    if not 0 < epsilon < 2 * weight:
        raise ValueError(f"epsilon={epsilon} is not allowed: epsilon must lie between 0 and {2 * weight:g}")
    chain = checked_chain(chain)
    states = chain.shape[0]
    if starts is not None:
        check_states(starts, states, "starts")
    cycle = period(chain)
    if cycle > 1:
        return Quantity(math.inf, "exact", f"the chain has period {cycle}: its law keeps cycling")
    law, reached = stationary_law(chain).law, epsilon * (1.0 + TIE)
    if starts is None and states <= DENSE:
        return _by_squaring(chain.toarray(), law, weight, reached)
    steps = _by_blocks(chain, law, weight, reached, range(states) if starts is None else starts, most_steps)
    if steps > most_steps:
        return Quantity(most_steps, "lower", f"propagation of starts, given up after {most_steps:,} steps")
    if starts is None:
        return Quantity(steps, "exact", f"propagation of all {states:,} starts")
    return Quantity(steps, "lower", f"propagation of {len(starts):,} of {states:,} starts")


def _by_squaring(power: np.ndarray, law: np.ndarray, weight: float, reached: float) -> Quantity:
    if _distance(np.identity(len(law)), law, weight) <= reached:
        return Quantity(0, "exact", "every start is as close as that")
    powers = [power]
    while _distance(powers[-1], law, weight) > reached:
        if len(powers) > SQUARINGS:
            return Quantity(2.0**SQUARINGS, "lower", f"no power of the matrix up to 2**{SQUARINGS} is mixed")
        powers.append(_stochastic(powers[-1] @ powers[-1]))
    steps, past = 0, None  # the most steps that are known not to suffice, and that power
    for exponent in range(len(powers) - 2, -1, -1):
        further = powers[exponent] if past is None else _stochastic(past @ powers[exponent])
        if _distance(further, law, weight) > reached:
            steps, past = steps + 2**exponent, further
    return Quantity(steps + 1, "exact", "bisection over powers of the matrix")


def _by_blocks(
    chain: sparse.csr_matrix, law: np.ndarray, weight: float, reached: float, starts: Sequence[int], most: int
) -> int:
    """Return the steps after which the last of ``starts`` is mixed, or ``most`` + 1."""
    transposed = chain.T.tocsr()
    steps = 0
    for first in range(0, len(starts), BLOCK):
        block = np.asarray(starts[first : first + BLOCK])
        laws = np.zeros((chain.shape[0], len(block)))
        laws[block, np.arange(len(block))] = 1.0
        taken = 0
        while taken <= most and laws.shape[1]:
            apart = weight * np.abs(laws - law[:, None]).sum(axis=0) > reached
            if not apart.any():
                break
            laws = transposed @ laws[:, apart]  # those that are mixed stay so
            taken += 1
        steps = max(steps, taken)
    return steps


def _distance(power: np.ndarray, law: np.ndarray, weight: float) -> float:
    return weight * max(
        float(np.abs(rows - law).sum(axis=1).max()) for rows in np.array_split(power, 1 + len(law) // 500)
    )


def _stochastic(power: np.ndarray) -> np.ndarray:
    """Return ``power`` with rows that sum to 1, so that rounding does not build up along the squarings."""
    power /= power.sum(axis=1, keepdims=True)
    return power


def second_eigenvalue_modulus(chain: Any) -> float:
    """Return the largest modulus of the eigenvalues of a chain (S, S) but one that is 1: 1 where it is periodic.

    All eigenvalues are found up to 2,000 states. Beyond, ARPACK finds some of largest modulus; as it may pass over one,
    the answer is a lower bound.

    Raises
    ------
    ValueError
        for a matrix that is no chain; `MultichainError` for several closed classes; `TooLargeError` where ARPACK does
        not converge.
    """
    chain = checked_chain(chain)
    if period(chain) > 1:
        return 1.0
    states = chain.shape[0]
    if states == 1:
        return 0.0
    if states <= EIGENVALUES:
        moduli = np.abs(np.linalg.eigvals(chain.toarray()))
    else:
        try:
            moduli = np.abs(eigs(chain.astype(float), k=6, which="LM", return_eigenvectors=False, v0=np.ones(states)))
        except Exception as error:
            raise TooLargeError(f"ARPACK found no eigenvalues of {states:,} states: {error}") from None
    return float(np.sort(moduli)[-2])


def spectral_gap(chain: Any) -> float:
    """Return the absolute spectral gap of a chain: 1 less its second largest eigenvalue modulus (an upper bound beyond
    2,000 states).

    Its reciprocal is the relaxation time, which bounds the mixing time of a reversible chain from both sides (Levin,
    Peres and Wilmer, theorems 12.4 and 12.5). Raises what `second_eigenvalue_modulus` raises.
    """
    return 1.0 - second_eigenvalue_modulus(chain)
