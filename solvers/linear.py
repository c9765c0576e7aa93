"""Sparse linear systems, refused before their factors outgrow the memory."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee
from scipy.sparse.linalg import splu

MOST_ENTRIES, MOST_WORK = 5e7, 1e10


class TooLargeError(ValueError):
    """The factors of a matrix would take too much memory or time; an iterative method remains."""


def solve(matrix: sparse.spmatrix, right: np.ndarray) -> np.ndarray:
    """Solve ``matrix @ x = right`` by sparse LU with one step of iterative refinement.

    Raises
    ------
    TooLargeError
        when even after reordering to a narrow band the factors may hold too many entries.
    """
    matrix = sparse.csc_matrix(matrix)
    size, width = matrix.shape[0], bandwidth(matrix)
    if size * width > MOST_ENTRIES or size * width**2 > MOST_WORK:
        raise TooLargeError(f"a system of {size} states with a bandwidth of {width} is too large to factorise")
    factors = splu(matrix)
    solution = factors.solve(right)
    return solution + factors.solve(right - matrix @ solution)


def bandwidth(matrix: sparse.csc_matrix) -> int:
    """Return the bandwidth that the reverse Cuthill-McKee order leaves; columns that are full do not count.

    It bounds the fill of the factors (George and Liu, Computer Solution of Large Sparse Positive Definite Systems,
    1981).
    """
    entries = matrix.tocoo()
    size = matrix.shape[0]
    full = np.diff(matrix.indptr) == size
    if size == 1 or full.all():
        return size
    kept = ~full[entries.col]
    rows, columns = entries.row[kept], entries.col[kept]
    ones = np.ones(2 * len(rows))
    pattern = sparse.csr_matrix((ones, (np.r_[rows, columns], np.r_[columns, rows])), shape=matrix.shape)
    place = np.empty(size, np.int64)
    place[reverse_cuthill_mckee(pattern, symmetric_mode=True)] = np.arange(size)
    return int(np.abs(place[rows] - place[columns]).max(initial=0)) + 1 + int(full.sum())
