"""The check that probabilities are some, with an error that names the first entry that is wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

TOLERANCE = 1e-9


def check_distributions(values: ArrayLike, name: str, axis: int | None = -1) -> np.ndarray:
    """Return ``values`` as float64 if they are distributions.

    Parameters
    ----------
    values : probabilities of any shape.
    name : what the caller calls them.
    axis : along which they must sum to 1; -1 for one distribution a row, None for a single one over all entries.

    Raises
    ------
    ValueError
        for an entry that is negative or no number, or else a row that does not sum to 1, named by its indices.
    """
    table = np.asarray(values, np.float64)
    must = f"{name} must hold probabilities that sum to 1, but"
    wrong = np.argwhere(~(table >= 0))  # NaN too
    if len(wrong):
        raise ValueError(f"{must} entry {_index(wrong[0])} is {table[tuple(wrong[0])]:g}")
    sums = np.asarray(table.sum(axis=axis))
    off = np.argwhere(~(np.abs(sums - 1) <= TOLERANCE))
    if len(off):
        who = f"row {_index(off[0])} sums" if sums.ndim else "they sum"
        raise ValueError(f"{must} {who} to {sums[tuple(off[0])]:.12g}")
    return table


def _index(place: np.ndarray) -> str:
    return str(place[0]) if len(place) == 1 else str(tuple(place.tolist()))
