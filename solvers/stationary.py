"""The stationary law of a Markov chain, with how far off it may be."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from ..envs.core.fusing import fuse
from ..envs.core.kernel import kernel
from .chain import checked_chain, recurrent_states
from .linear import TooLargeError, solve

DENSE = 2_000  # recurrent states, up to which states are taken out one after another
SWEEPS, TOLERANCE = 100_000, 1e-13


class StationaryLaw(NamedTuple):
    """``law`` float (S,), 0 in transient states; ``residual``, the L1 norm of law @ chain - law; ``how``."""

    law: np.ndarray
    residual: float
    how: str


def stationary_law(chain: Any) -> StationaryLaw:
    """Return the one stationary law of a chain (S, S), an array or a sparse matrix; it may be periodic.

    Up to 2,000 recurrent states one state after the other is taken out without any subtraction (Grassmann, Taksar and
    Heyman, Operations Research 33, 1985), so that every entry is accurate, however small; beyond by sparse LU, and
    where its factors are too large by averaged power iteration.

    Raises
    ------
    ValueError
        for a matrix that is no chain; `MultichainError` for several closed classes, each of which has a law.
    ArithmeticError
        when power iteration does not settle.
    """
    chain = checked_chain(chain)
    recurrent = recurrent_states(chain)
    inner = chain if recurrent.all() else chain[recurrent][:, recurrent]
    law, how = _of_class(inner)
    whole = np.zeros(chain.shape[0])
    whole[recurrent] = law
    return StationaryLaw(whole, float(np.abs(chain.T @ whole - whole).sum()), how)


def _of_class(chain: sparse.csr_matrix) -> tuple[np.ndarray, str]:
    states = chain.shape[0]
    if states <= DENSE:
        rates, law = chain.toarray(), np.empty(states)
        _compiled()(rates, law)
        return law, "elimination of states without subtraction"
    try:
        return _by_factors(chain), "sparse LU"
    except TooLargeError:
        return _by_powers(chain)


def _by_factors(chain: sparse.csr_matrix) -> np.ndarray:
    """Solve law @ (I - chain) = 0 with the first equation replaced: law[0] = 1, which is then scaled."""
    states = chain.shape[0]
    matrix = (sparse.identity(states) - chain).T.tocsr()
    law = np.ones(states)
    law[1:] = solve(matrix[1:, 1:], -matrix[1:, :1].toarray().ravel())
    law = np.maximum(law, 0.0)
    return law / law.sum()


def _by_powers(chain: sparse.csr_matrix) -> tuple[np.ndarray, str]:
    """Iterate the chain that stays put with probability 1/2, which has the same law and no period."""
    transposed = chain.T.tocsr()
    law = np.full(chain.shape[0], 1.0 / chain.shape[0])
    for sweep in range(1, SWEEPS + 1):
        following = 0.5 * (law + transposed @ law)
        change = np.abs(following - law).sum()
        law = following / following.sum()
        if change <= TOLERANCE:
            return law, f"power iteration, {sweep} sweeps"
    raise ArithmeticError(f"power iteration still moves by {change:g} a sweep after {SWEEPS:,} sweeps")


@lru_cache(maxsize=1)
def _compiled() -> Any:
    return fuse(take_out_states, {}, "stationary_law")


def take_out_states(rates, law):
    """Write the stationary law (S,) of ``rates`` (S, S), which are overwritten.

    States are taken out two at a time, which halves the passes over the matrix.
    """
    size = law.shape[0]
    k = size - 1
    while k >= 2:
        _hand_on(rates, k)
        m = k - 1  # only row and column m must know of k before m is taken out
        share = rates[m, k]
        for j in range(m):
            rates[m, j] += share * rates[k, j]
        total = 0.0
        for j in range(m):
            total += rates[m, j]
        for i in range(m):
            rates[i, m] = (rates[i, m] + rates[i, k] * rates[k, m]) / total
        for i in range(m):
            first, second = rates[i, k], rates[i, m]
            for j in range(m):
                rates[i, j] += first * rates[k, j] + second * rates[m, j]
        k -= 2
    if k == 1:
        _hand_on(rates, 1)
    law[0] = 1.0
    total = 1.0
    for k in range(1, size):
        mass = 0.0
        for i in range(k):
            mass += law[i] * rates[i, k]
        law[k] = mass
        total += mass
    for k in range(size):
        law[k] /= total


@kernel
def _hand_on(rates, k):
    """Divide the rates into state ``k`` by the sum of those out of it to earlier states."""
    total = 0.0
    for j in range(k):
        total += rates[k, j]
    for i in range(k):
        rates[i, k] /= total
