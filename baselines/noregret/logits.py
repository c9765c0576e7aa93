"""What learners that keep logits share: the policy is the softmax of eta times the totals.

Such a learner takes from here what it does not define itself: its parameters, how it is allocated, where it begins, its
strategy and the draw from it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from .mixing import ETA, allocate_totals, drawn_from, know_range, softmax

KNOBS = {"eta": ETA}


class Params(NamedTuple):
    """The learning rate, and the least reward and the width of its range."""

    eta: float
    low: float = 0.0
    width: float = 1.0


params, prepare, allocate = Params, know_range, allocate_totals


def start_from(lp: Any, ls: Any, policies: np.ndarray) -> None:
    """Begin at the mixed actions ``policies`` (rows, actions).

    Raises ValueError where an action that the row has is not given a positive probability.
    """
    ls.total[...] = logarithms(ls, policies) / lp.eta


def logarithms(ls: Any, policies: np.ndarray) -> np.ndarray:
    """Return the logarithms of ``policies`` (rows, actions), 0 for actions that a row does not have.

    Raises ValueError where an action that the row has is not given a positive probability.
    """
    owned = np.arange(policies.shape[1]) < ls.actions[:, None]
    if np.any(owned & ~(policies > 0.0)):
        raise ValueError(
            f"policies must be positive for a learner that keeps logits; the least is {policies[owned].min()}"
        )
    return np.log(np.where(owned, policies, 1.0))


@kernel
def strategy(lp, ls, row):
    """Write the softmax of the scaled totals."""
    softmax(ls, row, ls.total, lp.eta)


act = drawn_from(strategy)
