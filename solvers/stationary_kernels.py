"""The stationary law of a Markov chain whose rates may differ by any number of orders of magnitude."""

from __future__ import annotations

import math


def stationary(rate, order, tie, negligible, law, level):
    """Write the stationary law (S,) of the chain whose off-diagonal rates (S, S) are ``rate * exp(-order)``.

    One state after the other is taken out and its rates are handed to those that stay, without any subtraction
    (Grassmann, Taksar and Heyman, Operations Research 33, 1985), so that no digit is lost; orders are kept apart, so
    that nothing over- or underflows. Orders that differ by no more than ``tie`` are equal, and what is smaller by
    ``negligible`` orders counts for nothing; with both the same and positive, the law is the limit of ever larger
    orders. Both arrays of rates are overwritten, a rate of 0 means no way, and ``level`` (S,) is a work array.
    """
    size = len(law)
    for k in range(size - 1, 0, -1):
        least = math.inf
        for j in range(k):
            if rate[k, j] > 0.0 and order[k, j] < least:
                least = order[k, j]
        total = 0.0
        for j in range(k):
            gap = order[k, j] - least
            if rate[k, j] > 0.0 and (gap <= tie or gap < negligible):
                total += rate[k, j] if gap <= tie else rate[k, j] * math.exp(-gap)
        for i in range(k):
            if rate[i, k] == 0.0:
                continue
            rate[i, k] /= total
            order[i, k] -= least
            for j in range(k):
                more = rate[i, k] * rate[k, j]
                if more == 0.0 or j == i:
                    continue
                added = order[i, k] + order[k, j]
                gap = added - order[i, j]
                if rate[i, j] == 0.0 or (gap <= -negligible and gap < -tie):
                    rate[i, j] = more
                    order[i, j] = added
                elif abs(gap) <= tie:
                    rate[i, j] += more
                elif gap < 0.0:
                    rate[i, j] = more + rate[i, j] * math.exp(gap)
                    order[i, j] = added
                elif gap < negligible:
                    rate[i, j] += more * math.exp(-gap)
    law[0] = 1.0
    level[0] = 0.0
    top = 0.0
    for k in range(1, size):
        level[k] = math.inf
        for i in range(k):
            if rate[i, k] > 0.0 and level[i] + order[i, k] < level[k]:
                level[k] = level[i] + order[i, k]
        law[k] = 0.0
        for i in range(k):
            gap = level[i] + order[i, k] - level[k]
            if rate[i, k] > 0.0 and (gap <= tie or gap < negligible):
                law[k] += law[i] * rate[i, k] if gap <= tie else law[i] * rate[i, k] * math.exp(-gap)
        if level[k] < top:
            top = level[k]
    total = 0.0
    for k in range(size):
        gap = level[k] - top
        if gap > tie:
            law[k] *= 0.0 if tie > 0.0 else math.exp(-gap)
        total += law[k]
    for k in range(size):
        law[k] /= total
