"""The checks that numbers and probabilities are some, with errors that name what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

TOLERANCE = 1e-9


def as_numbers(values: ArrayLike, name: str) -> np.ndarray:
    """Return ``values``, which the caller calls ``name``, as float64.

    Raises
    ------
    ValueError
        for rows of different lengths, or what is no number.
    """
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        must = f"{name} must hold numbers, in rows of one length"
        raise ValueError(f"{name}={in_short(values)} is not allowed: {must}") from error


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
    table = as_numbers(values, name)
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


def in_short(value: Any) -> str:
    """Return ``value`` as text for a message, its end left out if it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
