"""The values of `hidden_goal_reach`: means over all starts and goals, in steps of length 1 and then scaled.

Along an axis the start is x and the goal g, both uniform on 0 .. K (K = ``moves``) and independent, or on the whole
numbers 0 .. K (lattice). Their distance is D = j + f with j whole and f in [0, 1); in the continuous case its density
is (2 / K) (1 - D / K).
"""

from __future__ import annotations

from math import comb, factorial
from typing import Any

import numpy as np


def optimum(p: Any) -> float:
    """Return the mean return of the optimal policy.

    ``reached``: with N moves to the goal the reward is 1 in ``horizon + 1 - max(N, 1)`` steps. ``distance``: minus
    ``horizon`` times the first distance, plus the decreases, each times the number of steps that it counts. The M whole
    steps along all axes come first; a last part of ``2 f - 1``, where f > 1/2, then comes after the M and after those
    parts of other axes that are larger.
    """
    d, horizon = p.dimensions, p.horizon
    if p.reached:
        return horizon + 1 - optimal_steps(p) - _chance_of_no_move(p) ** d
    whole, mean, square = _axis_moments(p)
    first = d * mean
    whole_sum, whole_square = d * whole, d * square + d * (d - 1) * whole * whole
    decreases = (horizon + 0.5) * whole_sum - 0.5 * whole_square  # M (horizon + 1) - M (M + 1) / 2
    if not p.lattice:
        part, part_whole, part_later = _last_parts(p.moves)
        decreases += d * (horizon * part - part_whole - (d - 1) * (part * whole + part_later))
    return (decreases - horizon * first) / p.moves


def optimal_steps(p: Any) -> float:
    """Return the mean number of moves to the goal: along an axis, the distance rounded to a whole number."""
    count = p.moves
    axis = count * (count + 2) / (3 * (count + 1)) if p.lattice else count / 3 - 1 / (12 * count)
    return p.dimensions * axis


def random(p: Any) -> float:
    """Return the mean return of uniform play."""
    start, far, near = _cells(p)
    if not p.reached:
        total, chance = 0.0, start
        for _ in range(p.horizon):
            chance = _walked(chance, 1 / (2 * p.dimensions + 1))
            total += chance @ far
        return float(-p.dimensions * total / p.moves)
    # by axis: how likely one is near the goal after so many moves along this axis; then over how many there are
    by_moves = np.zeros(p.horizon + 1)
    chance = start
    for count in range(p.horizon + 1):
        by_moves[count] = chance @ near
        chance = _walked(chance, 0.5)
    reached = np.ones(p.horizon + 1)
    for axis in range(1, p.dimensions + 1):
        reached = _split(by_moves, reached, 2 / (2 * axis + 1))
    return float(reached[1:].sum())


def memoryless_bound(p: Any, best: float) -> float:
    """Return a bound on the return of policies that see the present observation only; ``best`` is the optimum.

    After ``dimensions * moves`` steps the optimum earns the same in every step; a policy of the position has at most as
    many places to be as there are positions when the goal disappears.
    """
    d, count = p.dimensions, p.moves
    places = _ball(d, p.visible_steps)
    later = p.horizon - d * count
    if p.reached:
        goals = float(count + 1) ** d if p.lattice else float(count) ** d
        return best - later * max(0.0, 1.0 - places / goals)
    if p.lattice:
        goals = float(count + 1) ** d
        least = sum(max(0.0, 1.0 - places * _ball(d, radius) / goals) for radius in range(d * count)) / count
        return best - later * least
    radius = (factorial(d) / places) ** (1 / d) / 2  # of `places` balls of volume (2 r)**d / d! each that fill the cube
    return best - later * max(0.0, radius * d / (d + 1) - d / (4 * count))


def _axis_moments(p: Any) -> tuple[float, float, float]:
    """Return the means along an axis of the whole steps j, of the distance, and of the square of j."""
    count = p.moves
    if p.lattice:
        mean = count * (count + 2) / (3 * (count + 1))
        return mean, mean, count * (count + 2) / 6
    j = np.arange(count)
    chance = 2 / count * (1 - (j + 0.5) / count)
    return float(chance @ j), count / 3, float(chance @ (j * j))


def _last_parts(count: int) -> tuple[float, float, float]:
    """Return the means of the last part (2 f - 1 where f > 1/2, else 0) along an axis, of it times the whole steps j,
    and of it where another axis has a larger f.

    The density of f is 1 + (1 - 2 f) / K, and f is exceeded with probability (1 - f) (1 - f / K).
    """
    j = np.arange(count)
    by_whole = 2 / count * ((1 - j / count) / 4 - 5 / (24 * count))  # the integral over f from 1/2 to 1
    nodes, weights = np.polynomial.legendre.leggauss(4)  # exact for the polynomial of degree 4
    f, weights = 0.75 + nodes / 4, weights / 4
    later = weights @ ((2 * f - 1) * (1 + (1 - 2 * f) / count) * (1 - f) * (1 - f / count))
    return float(by_whole.sum()), float(by_whole @ j), float(later)


def _chance_of_no_move(p: Any) -> float:
    """Return how likely the distance along an axis rounds to 0."""
    return 1 / (p.moves + 1) if p.lattice else 1 / p.moves - 1 / (4 * p.moves**2)


def _cells(p: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each place along an axis how likely one starts there, the mean distance to the goal, and how likely
    the goal is at most half a step away.

    In the continuous case a position is place + rest, and the means are taken over the rest too, which never changes.
    """
    count, place = p.moves, np.arange(p.first, p.last + 1)
    inside = (place >= 0) & (place <= count - 1 + p.lattice)
    start = inside / inside.sum()
    if p.lattice:
        other = count - place
        far = (place * (place + 1) + other * (other + 1)) / (2 * (count + 1))
        return start, far, np.full(count + 1, 1 / (count + 1))
    other = count - 1 - place
    squares = place * (place + 1) + other * (other + 1) + 2 / 3  # means of x**2 + (K - x)**2
    far = np.where(inside, squares / (2 * count), np.abs(place + 0.5 - count / 2))
    near = inside.astype(float)
    for edge, beyond in (
        (0, -1),
        (count - 1, count),
    ):  # within half a step of the edge a part of the interval is cut off
        near[place == edge] -= 1 / 8
        near[place == beyond] += 1 / 8
    return start, far, near / count


def _walked(chance: np.ndarray, each: float) -> np.ndarray:
    """Return the distribution after a step either way with probability ``each``; one that leads out does nothing."""
    after = (1 - 2 * each) * chance
    after[1:] += each * chance[:-1]
    after[:-1] += each * chance[1:]
    after[0] += each * chance[0]
    after[-1] += each * chance[-1]
    return after


def _split(one: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
    """Return for each n the mean of ``one[k] * others[n - k]``, k being binomial with n trials of chance ``share``."""
    mixed = np.zeros(len(one))
    binomial = np.ones(1)
    for n in range(len(one)):
        mixed[n] = (binomial * one[: n + 1]) @ others[n::-1]
        binomial = np.append((1 - share) * binomial, 0.0) + np.append(0.0, share * binomial)
    return mixed


def _ball(d: int, radius: int) -> int:
    """Return how many points of whole coordinates have absolute values that sum to at most ``radius``."""
    return sum(2**k * comb(d, k) * comb(radius, k) for k in range(d + 1))
