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
    return lost_gains(model, optimal_gain(model).gain, discounts)


def lost_gains(model: Model, best: float, discounts: Sequence[float]) -> np.ndarray:
    """Return `myopia_gaps` where the optimal gain ``best`` is known already."""
    return np.maximum(best - gains_of_discounting(model, discounts), 0.0)


def blackwell_threshold(model: Model, discounts: Sequence[float]) -> float:
    """Return the least of ``discounts`` from which on every one leads to the optimal gain, infinity where the largest
    does not.

    A grid tells no more than that: the true threshold lies between it and the next smaller of ``discounts`` (Blackwell
    1962: from some discount on the optimal policies are the same). Raises what `myopia_gaps` raises.
    """
    best = optimal_gain(model).gain
    return least_that_suffices(discounts, lost_gains(model, best, discounts), best)


def least_that_suffices(discounts: Sequence[float], lost: np.ndarray, best: float) -> float:
    """Return the `blackwell_threshold` of ``discounts`` that lose ``lost`` of the optimal gain ``best``."""
    order = np.argsort(discounts, kind="stable")
    short = lost[order] > LOST * max(1.0, abs(best))
    after = int(np.flatnonzero(short)[-1]) + 1 if short.any() else 0
    return float(discounts[order[after]]) if after < len(order) else math.inf
