"""KL-UCRL: optimism within balls of the Kullback-Leibler divergence, which never deny what was seen.

Filippi, Cappe and Garivier, "Optimism in reinforcement learning and Kullback-Leibler divergence", Allerton 2010. The
probabilities q of an action taken n times satisfy KL(p, q) <= C / n with p the frequencies, B = ln(2 e S^2 A ln(t) /
delta) and C = S (B + ln(B + 1 / ln t) (1 + 1 / (B + 1 / ln t))); a mean reward may be off by sqrt(ln(4 S A ln(t) /
delta) / (1.99 n)). The most favourable q is found by bisection of a single number.

Accepts integer observations (which it takes for states), one player and the criterion gain.

    regretlab watch regretlab/RiverSwim-v0 --learner kl_ucrl --train 100000
"""

from __future__ import annotations

import math

from ...envs.core.fusing import specialise
from ...envs.core.kernel import kernel
from . import episodes
from .episodes import ACCEPTS, OPTIMISM, act, allocate, params, prepare, unsuited  # noqa: F401 (part of a learner)

KNOBS = OPTIMISM
HALVINGS = 100
NARROW = 1e-12  # values that differ by less are equal


@kernel
def optimistic(lp, ls, row, state, action, sure):
    """Return the largest reward plus the largest expected value over the ball."""
    counts, values = ls.counts, ls.values
    tries = counts.tries[row, state, action]
    if tries == 0:
        return 1.0 + values[row, sure]
    states, count = values.shape[1], ls.actions[row]
    logarithm = math.log(max(ls.steps[row], 3))
    base = math.log(2.0 * math.e * states * states * count * logarithm / lp.delta)
    wider = base + 1.0 / logarithm
    size = lp.scale * lp.scale * states * (base + math.log(wider) * (1.0 + 1.0 / wider)) / tries
    reward = counts.rewards[row, state, action] / tries
    reward += lp.scale * math.sqrt(math.log(4.0 * states * count * logarithm / lp.delta) / (1.99 * tries))
    return min(reward, 1.0) + largest_mean(ls, row, state, action, sure, size)


@kernel
def divergence(ls, row, state, action, floor, distance):
    """Return sum p ln(l - V) + ln(sum p / (l - V)), the divergence that the level l = floor + distance stands for."""
    counts, values = ls.counts, ls.values
    tries = counts.tries[row, state, action]
    logarithms, inverses = 0.0, 0.0
    for k in range(counts.known[row, state, action]):
        share = counts.followed[row, state, action, k] / tries
        gap = floor - values[row, counts.successor[row, state, action, k]] + distance  # no digit is lost
        logarithms += share * math.log(gap)
        inverses += share / gap
    return logarithms + math.log(inverses)


@kernel
def largest_mean(ls, row, state, action, sure, size):
    """Return the largest mean of the values over the distributions q with KL(p, q) <= ``size``.

    q is proportional to p / (level - V) on what was seen; the level is no less than any value, and where the divergence
    at the largest value does not use up ``size``, that state gets the rest.
    """
    counts, values = ls.counts, ls.values
    tries = counts.tries[row, state, action]
    listed = counts.known[row, state, action]
    top, mean, square = -math.inf, 0.0, 0.0
    for k in range(listed):
        value = values[row, counts.successor[row, state, action, k]]
        share = counts.followed[row, state, action, k] / tries
        top = max(top, value)
        mean += share * value
        square += share * value * value
    highest = values[row, sure]
    if highest > top + NARROW:
        left = size - divergence(ls, row, state, action, highest, 0.0)
        if left > 0.0:
            rest = 1.0 - math.exp(-left)
            return rest * highest + (1.0 - rest) * tilted(ls, row, state, action, highest, 0.0)
        floor = highest
    else:
        variance = square - mean * mean
        if variance <= NARROW * NARROW or listed == 1:
            return top
        floor = top
    # The divergence falls to 0 with the distance from the floor, which is doubled first and then bisected.
    spread = max(floor - mean, NARROW)
    high = spread
    while divergence(ls, row, state, action, floor, high) > size:
        high *= 2.0
    low = 0.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if middle <= low or middle >= high or high - low < 1e-10 * high:
            break
        if divergence(ls, row, state, action, floor, middle) > size:
            low = middle
        else:
            high = middle
    return tilted(ls, row, state, action, floor, high)


@kernel
def tilted(ls, row, state, action, floor, distance):
    """Return the mean of the values under p / (floor + distance - V), normalised."""
    counts, values = ls.counts, ls.values
    weight, total = 0.0, 0.0
    for k in range(counts.known[row, state, action]):
        value = values[row, counts.successor[row, state, action, k]]
        share = counts.followed[row, state, action, k] / (floor - value + distance)
        weight += share
        total += share * value
    return total / weight


plan = specialise(episodes.extended_value_iteration, {"optimistic": optimistic})
update = specialise(episodes.update, {"plan": plan})
