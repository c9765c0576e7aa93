"""Markov chains as plain data: checks, the chain of a policy, and its one closed class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .components import closed_classes
from .gain import MultichainError, refuse_terminal
from .model_data import one_player, under

if TYPE_CHECKING:
    from ..envs.core.model import Model

SUM_TOLERANCE = 1e-9


def checked_chain(chain: Any) -> sparse.csr_matrix:
    """Return the transition matrix ``chain`` (S, S), an array or any sparse matrix, as a csr_matrix without zeros.

    Raises
    ------
    TypeError
        for entries that are no real numbers.
    ValueError
        for a matrix that is not square or empty, an entry that is negative or not finite, and a row that does not sum
        to 1; it names the first such row and how far off it is.
    """
    try:
        given = chain if sparse.issparse(chain) else np.asarray(chain)
    except ValueError:
        raise TypeError("chain must be a matrix, and its rows have different lengths") from None
    if given.dtype.kind not in "biuf":
        raise TypeError(f"chain must be a matrix of real numbers, not of {given.dtype}")
    matrix = sparse.csr_matrix(given, dtype=np.float64)
    if matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise ValueError(f"chain must be a square matrix with a row a state, not one of shape {matrix.shape}")
    if not np.all(np.isfinite(matrix.data)) or matrix.data.min(initial=0.0) < 0:
        entry = int(np.flatnonzero(~(matrix.data >= 0) | np.isinf(matrix.data))[0])
        row = int(np.searchsorted(matrix.indptr, entry, side="right")) - 1
        raise ValueError(f"chain must hold probabilities, and row {row} holds {matrix.data[entry]}")
    excess = np.asarray(matrix.sum(axis=1)).ravel() - 1.0
    wrong = np.abs(excess) > SUM_TOLERANCE
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"every row of chain must sum to 1, and row {row} is off by {excess[row]:g}")
    if matrix.data.min(initial=1.0) == 0:
        matrix = matrix.copy()
        matrix.eliminate_zeros()
    return matrix


def chain_under(model: Model, policy: np.ndarray) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Return the transitions (S, S) and the expected rewards (S,) of a stationary policy in a continuing model.

    Parameters
    ----------
    model : a model of one player without terminal states.
    policy : integer (S,) or float (S, A), see `under`.

    Raises
    ------
    ValueError
        for several players, a malformed or terminating model or policy.
    """
    refuse_terminal(model, "chain_under")
    chain, rewards = one_player(under(model, policy), "chain_under")
    return chain, rewards[:, 0]


def recurrent_states(chain: sparse.csr_matrix) -> np.ndarray:
    """Return the one closed class of a chain, bool (S,); the other states are transient.

    Raises
    ------
    MultichainError
        when there are several closed classes; it names a state of two of them.
    """
    labels = closed_classes(chain)
    if labels.max() > 0:
        examples = [int(np.flatnonzero(labels == label)[0]) for label in (0, 1)]
        raise MultichainError(
            f"the chain has {labels.max() + 1} closed classes (one holds state {examples[0]}, another state "
            f"{examples[1]}), so what it tends to depends on where it starts; give one class at a time"
        )
    return labels == 0
