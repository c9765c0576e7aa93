"""The compiled search of `support_enumeration`: for every support of one player, a tree of the other's replies.

Fix the support J of the mixing player. The weights y_j >= 0 of its actions are free, and the slack of a reply i against
the first reply chosen is linear in them. Each further reply that joins the best replies makes its own slack zero, which
expresses one weight by those left (an elimination), so that after |J| - 1 of them one weight is left, and the strategy
is known but for scale. As the weights left are never negative, a weight or slack all of whose coefficients are negative
proves that no strategy lies below this branch. At the root that is conditional dominance (Porter, Nudelman and Shoham,
Simple search methods for finding a Nash equilibrium, Games and Economic Behavior 63, 2008).

What is listed is every strategy with as many independent best replies as actions in its support. The equilibria of a
game that is not degenerate are the pairs in which each support is the other's best replies.
"""

from __future__ import annotations

from ..envs.core.kernel import kernel
from .bimatrix_kernels import TOLERANCE, assess, scale

NOT_FINITE, FULL = -1, -2


@kernel
def eliminate(rows, depth, height, width, chosen):
    """Make row ``chosen`` zero by one of ``width`` weights; False when no strategy can be left after it."""
    pivot = -1
    largest = TOLERANCE
    positive = negative = True
    for c in range(width):
        value = rows[depth, chosen, c]
        positive &= value > TOLERANCE
        negative &= value < -TOLERANCE
        if abs(value) > largest:
            largest = abs(value)
            pivot = c
    if positive or negative or pivot < 0:
        return False
    inverse = 1.0 / rows[depth, chosen, pivot]
    last = width - 1
    for r in range(height):
        factor = rows[depth, r, pivot] * inverse
        negative = True
        for c in range(last):
            source = last if c == pivot else c
            value = rows[depth, r, source] - factor * rows[depth, chosen, source]
            rows[depth + 1, r, c] = value
            negative &= value < -TOLERANCE
        if negative:
            return False
    return True


@kernel
def plant(values, height, support, size, first, rows):
    """Write weights and slacks against reply ``first`` at the root; False when another reply is always better."""
    c = 0
    for j in range(values.shape[1]):
        if (support >> j) & 1:
            for r in range(size):
                rows[0, r, c] = 1.0 if r == c else 0.0
            for i in range(height):
                rows[0, size + i, c] = values[first, j] - values[i, j]
            c += 1
    for i in range(height):
        negative = True
        for c in range(size):
            negative &= rows[0, size + i, c] < -TOLERANCE
        if negative:
            return False
    return True


@kernel
def harvest(work, player, at, support, size, height):
    """Write the strategy at a leaf; return whether all of its support has weight, and whether it has too many replies.

    A strategy with more best replies than actions makes the game degenerate.
    """
    rows, depth = work.rows, size - 1
    total = 0.0
    for r in range(size):
        total += rows[depth, r, 0]
    whole = True
    for r in range(size):
        whole &= rows[depth, r, 0] > TOLERANCE * total
    best = 0
    for d in range(size):
        best |= 1 << work.chosen[d]
    tied = not whole
    for i in range(height):
        if not (best >> i) & 1:
            tied |= rows[depth, size + i, 0] <= TOLERANCE * total
    work.supports[player, at] = support
    work.replies[player, at] = best
    r = 0
    for j in range(work.strategies.shape[2]):
        work.strategies[player, at, j] = 0.0
        if (support >> j) & 1:
            work.strategies[player, at, j] = rows[depth, r, 0] / total
            r += 1
    return whole, tied


@kernel
def list_strategies(work, player, width, height):
    """List the strategies of a player with ``width`` actions against ``height`` replies; return how many, and ties."""
    rows, chosen = work.rows, work.chosen
    count = 0
    degenerate = False
    for size in range(1, min(width, height) + 1):
        support = (1 << size) - 1
        while support < 1 << width:
            for first in range(height - size + 1):
                if not plant(work.values, height, support, size, first, rows):
                    continue
                chosen[0] = first
                depth = 0
                while True:
                    if depth == size - 1:
                        if count == work.supports.shape[1]:
                            return FULL, degenerate
                        whole, tied = harvest(work, player, count, support, size, height)
                        degenerate |= tied
                        count += whole
                    else:
                        depth += 1
                        chosen[depth] = chosen[depth - 1]
                    # the next reply at this depth, or at the last one above that has any left
                    grown = False
                    while depth > 0 and not grown:
                        chosen[depth] += 1
                        if chosen[depth] > height - size + depth:
                            depth -= 1
                        else:
                            grown = eliminate(rows, depth - 1, size + height, size - depth + 1, size + chosen[depth])
                    if depth == 0:
                        break
            lowest = support & -support  # the next larger number with as many bits
            carried = support + lowest
            support = carried | ((support ^ carried) // lowest >> 2)
    return count, degenerate


def search(payoffs, work, found):
    """Write the equilibria into the rows of ``found``; return how many (or why not), and whether ties were met."""
    m, n = payoffs.shape[1], payoffs.shape[2]
    if not scale(payoffs, 1, work.values):
        return NOT_FINITE, False
    firsts, degenerate = list_strategies(work, 0, m, n)
    if not scale(payoffs, 0, work.values):
        return NOT_FINITE, False
    seconds, tied = list_strategies(work, 1, n, m)
    if firsts < 0 or seconds < 0:
        return FULL, False
    count = 0
    for i in range(firsts):
        for j in range(seconds):
            if work.supports[0, i] == work.replies[1, j] and work.replies[0, i] == work.supports[1, j]:
                assess(payoffs, work.strategies[0, i], work.strategies[1, j], found[count])
                count += 1
    return count, degenerate or tied
