"""What the compiled solvers of games of two players share: scaled payoffs, and the residual of a profile."""

from __future__ import annotations

import math

import numpy as np

from ..envs.core.kernel import kernel

#: Scaled payoffs and probabilities that differ by less are equal. Rounding leaves some 1e-14 in games of ten actions,
#: and a game drawn at random has a tie this near about once in a million.
TOLERANCE = 1e-10


@kernel
def scale(payoffs, player, values):
    """Write a player's payoffs, own actions first, moved and scaled to the range from 0 to 1.

    Neither changes an equilibrium. Returns whether they are finite, and so is their range.
    """
    low = high = payoffs[player, 0, 0]
    finite = True
    for i in range(payoffs.shape[1]):
        for j in range(payoffs.shape[2]):
            value = payoffs[player, i, j]
            low = min(low, value)
            high = max(high, value)
            finite &= math.isfinite(value)
    if not finite or not math.isfinite(high - low):
        return False
    factor = 1.0 / (high - low) if high > low else 0.0
    for i in range(payoffs.shape[1]):
        for j in range(payoffs.shape[2]):
            value = (payoffs[player, i, j] - low) * factor
            if player == 0:
                values[i, j] = value
            else:
                values[j, i] = value
    return True


@kernel
def assess(payoffs, x, y, row):
    """Write a profile, both payoffs and the largest gain from deviating into ``row``, one after the other."""
    m, n = payoffs.shape[1], payoffs.shape[2]
    first = second = 0.0
    best_first = best_second = -np.inf
    for i in range(m):
        value = 0.0
        for j in range(n):
            value += payoffs[0, i, j] * y[j]
        first += x[i] * value
        best_first = max(best_first, value)
        row[i] = x[i]
    for j in range(n):
        value = 0.0
        for i in range(m):
            value += payoffs[1, i, j] * x[i]
        second += y[j] * value
        best_second = max(best_second, value)
        row[m + j] = y[j]
    row[m + n] = first
    row[m + n + 1] = second
    row[m + n + 2] = max(0.0, best_first - first, best_second - second)
