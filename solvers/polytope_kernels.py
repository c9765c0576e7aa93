"""Compiled pivoting on the best-response polytopes of a game of two players.

A player's strategies y, scaled by what the other's best reply gets, are the points but 0 of {y >= 0, V y <= 1}, where
V > 0 holds the other's payoffs. The slack of reply i is 0 where i is a best reply, y_j is 0 where j is not played, and
the equilibria are the pairs of points in which every action of either player is one or the other (von Stengel,
Computing equilibria for two-person games, Handbook of Game Theory 3, 2002).

In the tableau row i holds the slack of reply i, column j the weight y_j, until a pivot exchanges the two; the last
column holds the right side. So a basis is a set of replies (rows exchanged) and as large a set of actions (columns).
"""

from __future__ import annotations

from ..envs.core.kernel import kernel
from .bimatrix_kernels import TOLERANCE, assess, scale

REACHED, NOT_FINITE, FULL, TIED, ENDLESS = 0, -1, -2, -3, -4
MOST_PIVOTS = 1_000_000


@kernel
def begin(payoffs, player, tableau):
    """Write the tableau in which ``player`` plays nothing; return whether payoffs are finite."""
    finite = scale(payoffs, 1 - player, tableau)
    height, width = tableau.shape[0], tableau.shape[1] - 1
    for i in range(height):
        for j in range(width):
            tableau[i, j] += 1.0
        tableau[i, width] = 1.0
    return finite


@kernel
def pivot(tableau, row, column):
    """Exchange the variables of a row and a column."""
    inverse = 1.0 / tableau[row, column]
    for c in range(tableau.shape[1]):
        tableau[row, c] *= inverse
    tableau[row, column] = inverse
    for r in range(tableau.shape[0]):
        if r != row:
            factor = tableau[r, column]
            tableau[r, column] = 0.0
            for c in range(tableau.shape[1]):
                tableau[r, c] -= factor * tableau[row, c]


@kernel
def exchange(start, tableau, support, replies, partner):
    """Write the tableau of a basis; ``partner[i]`` is the column that row i was exchanged with, or -1."""
    height, width = tableau.shape[0], tableau.shape[1] - 1
    for i in range(height):
        partner[i] = -1
        for c in range(width + 1):
            tableau[i, c] = start[i, c]
    for j in range(width):
        if (support >> j) & 1:
            row = -1
            for i in range(height):
                if (replies >> i) & 1 and partner[i] < 0 and (row < 0 or abs(tableau[i, j]) > abs(tableau[row, j])):
                    row = i
            pivot(tableau, row, j)
            partner[row] = j


@kernel
def difference(tableau, partner, column, first, second):
    """Compare two rows in the ratio test: which becomes 0 first as the variable of ``column`` grows.

    Where both do, the right side of row i counts as if it were larger by the i-th power of a number that is
    infinitely small (lexicographic rule), so that no two are equal. The coefficients of these powers are the columns of
    the slacks.
    """
    last = tableau.shape[1] - 1
    up, down = tableau[first, column], tableau[second, column]
    gap = tableau[first, last] * down - tableau[second, last] * up
    i = 0
    while abs(gap) <= TOLERANCE * down and i < tableau.shape[0]:
        if partner[i] >= 0:
            gap = tableau[first, partner[i]] * down - tableau[second, partner[i]] * up
        else:
            gap = (down if first == i else 0.0) - (up if second == i else 0.0)
        i += 1
    return gap


@kernel
def visit(support, replies, work, known):
    """Add a basis that is not known yet; return how many are."""
    slots = work.slots
    slot = support * 0x9E3779B1 + replies * 0x5851F42D4C957F2D
    slot = (slot ^ (slot >> 32)) & (slots.shape[0] - 1)
    while slots[slot] > 0:
        other = slots[slot] - 1
        if work.basis[0, other] == support and work.basis[1, other] == replies:
            return known
        slot = (slot + 1) & (slots.shape[0] - 1)
    if known < work.basis.shape[1]:
        work.basis[0, known] = support
        work.basis[1, known] = replies
        slots[slot] = known + 1
    return known + 1


@kernel
def read(tableau, partner, work, at):
    """Write the strategy of the present basis, its support and all its best replies; return whether it has a tie."""
    height, last = tableau.shape[0], tableau.shape[1] - 1
    for j in range(last):
        work.strategies[at, j] = 0.0
    total = 0.0
    for i in range(height):
        if partner[i] >= 0:
            total += tableau[i, last]
    support = replies = 0
    tied = False
    for i in range(height):
        small = tableau[i, last] <= TOLERANCE
        tied |= small
        if small or partner[i] >= 0:
            replies |= 1 << i
        if partner[i] >= 0 and not small:
            support |= 1 << partner[i]
            work.strategies[at, partner[i]] = tableau[i, last] / total
    work.supports[at] = support
    work.replies[at] = replies
    return tied


def walk(payoffs, player, work):
    """List the vertices of a player's polytope: from each basis to all its neighbours, each computed from the start.

    A vertex with ties has several bases and is listed once for each. Returns the number of bases (the first, zeros in
    ``work.basis``, is the point 0, which is no strategy), and whether ties were met.
    """
    tableau, partner = work.tableau, work.partner
    height, width = tableau.shape[0], tableau.shape[1] - 1
    if not begin(payoffs, player, work.start):
        return NOT_FINITE, False
    degenerate = False
    known = visit(work.basis[0, 0], work.basis[1, 0], work, 0)
    at = 0
    while at < known:
        support, replies = work.basis[0, at], work.basis[1, at]
        exchange(work.start, tableau, support, replies, partner)
        degenerate |= read(tableau, partner, work, at)
        for column in range(width):
            leaving = -1
            for row in range(height):
                if tableau[row, column] > TOLERANCE and (
                    leaving < 0 or difference(tableau, partner, column, row, leaving) < 0.0
                ):
                    leaving = row
            if leaving < 0:
                continue  # rounding: the polytope is bounded
            entered, left = support, replies
            if (support >> column) & 1:  # the column holds the slack of the row that it was exchanged with
                for row in range(height):
                    if partner[row] == column:
                        left ^= 1 << row
            else:
                entered ^= 1 << column
            if partner[leaving] >= 0:
                entered ^= 1 << partner[leaving]
            else:
                left ^= 1 << leaving
            known = visit(entered, left, work, known)
            if known > work.basis.shape[1]:
                return FULL, degenerate
        at += 1
    return known, degenerate


def match(supports, replies, other_supports, other_replies, pairs):
    """Write the pairs of strategies that are best replies to each other, while there is room; return how many."""
    count = 0
    for i in range(supports.shape[0]):
        for j in range(other_supports.shape[0]):
            if supports[i] & ~other_replies[j] == 0 and other_supports[j] & ~replies[i] == 0:
                if count < pairs.shape[0]:
                    pairs[count, 0] = i
                    pairs[count, 1] = j
                count += 1
    return count


def assess_pairs(payoffs, pairs, firsts, seconds, found):
    """Write the profile of every pair into a row of ``found``."""
    for at in range(pairs.shape[0]):
        assess(payoffs, firsts[pairs[at, 0]], seconds[pairs[at, 1]], found[at])


@kernel
def write_end(payoffs, tableaux, labels, row):
    """Write the profile that two tableaux hold, its payoffs and its residual."""
    m, n = payoffs.shape[1], payoffs.shape[2]
    for player in range(2):
        tableau = tableaux[player]
        low, high = (0, m) if player == 0 else (m, m + n)
        total = 0.0
        for label in range(low, high):
            row[label] = 0.0
        for r in range(tableau.shape[0]):
            label = labels[player][r]
            if low <= label < high:
                row[label] = max(0.0, tableau[r, tableau.shape[1] - 1])
                total += row[label]
        for label in range(low, high):
            row[label] /= total
    assess(payoffs, row[:m], row[m : m + n], row)


def follow(payoffs, label, tableaux, labels, row):
    """Follow the path of Lemke and Howson and write the equilibrium at its end; return `REACHED`, or why none.

    ``tableaux`` holds the first player's and the second's, and ``labels`` for both those of their rows, then columns:
    label k is action k of the first player, or k - A_0 of the second.
    """
    m, n = payoffs.shape[1], payoffs.shape[2]
    for player in range(2):
        if not begin(payoffs, player, tableaux[player]):
            return NOT_FINITE
        height = n if player == 0 else m
        for r in range(height):
            labels[player][r] = m + r if player == 0 else r
        for c in range(m + n - height):
            labels[player][height + c] = c if player == 0 else m + c
    player = 0 if label < m else 1
    entering = label
    for _ in range(MOST_PIVOTS):
        tableau, name = tableaux[player], labels[player]
        height, last = tableau.shape[0], tableau.shape[1] - 1
        column = 0
        while name[height + column] != entering:
            column += 1
        leaving = -1
        tied = False
        for r in range(height):
            if tableau[r, column] > TOLERANCE:
                if leaving < 0:
                    leaving = r
                else:
                    gap = tableau[r, last] * tableau[leaving, column] - tableau[leaving, last] * tableau[r, column]
                    if abs(gap) <= TOLERANCE * tableau[leaving, column]:
                        tied = True
                    elif gap < 0.0:
                        leaving = r
                        tied = False
        if tied or leaving < 0:
            return TIED
        pivot(tableau, leaving, column)
        entering = name[leaving]
        name[leaving] = name[height + column]
        name[height + column] = entering
        if entering == label:
            write_end(payoffs, tableaux, labels, row)
            return REACHED
        player = 1 - player
    return ENDLESS
