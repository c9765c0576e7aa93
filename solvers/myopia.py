"""What a discount costs where the average reward counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .dynamic_programming import discounted
from .gain import optimal_gain, policy_gain

if TYPE_CHECKING:
    from ..envs.core.model import Model

LOST = 1e-9  # relative: a gain that is lower by no more is the optimal one


def gains_of_discounting(model: Model, discounts: Sequence[float]) -> np.ndarray:
    """Return the gain of the policy that is optimal for each discount, from the initial distribution.

    Where a discount leaves several actions equally good, one of them is taken.

    Parameters
    ----------
    model : a continuing model of one player.
    discounts : from 0, below 1.

    Raises
    ------
    ValueError
        for several players, a malformed or terminating model, or a discount out of range.
    """
    return np.array([policy_gain(model, discounted(model, discount).policy).value for discount in discounts])


def myopia_gaps(model: Model, discounts: Sequence[float]) -> np.ndarray:
    """Return for each discount how much gain its optimal policy gives away; raises what `optimal_gain` raises too."""
    best = optimal_gain(model).gain
    return np.maximum(best - gains_of_discounting(model, discounts), 0.0)


def blackwell_threshold(model: Model, discounts: Sequence[float]) -> float:
    """Return the least of ``discounts`` from which on every one leads to the optimal gain, infinity where the largest
    does not.

    A grid tells no more than that: the true threshold lies between it and the next smaller of ``discounts`` (Blackwell
    1962: from some discount on the optimal policies are the same). Raises what `myopia_gaps` raises.
    """
    grid = np.sort(np.asarray(discounts, np.float64))
    lost = myopia_gaps(model, grid.tolist()) > LOST * max(1.0, abs(optimal_gain(model).gain))
    after = int(np.flatnonzero(lost)[-1]) + 1 if lost.any() else 0
    return float(grid[after]) if after < len(grid) else math.inf
