"""UCRL2B: UCRL2 with confidence sets that know how little a nearly certain outcome varies.

Fruit, Pirotta and Lazaric, "Improved analysis of UCRL2 with empirical Bernstein inequality", arXiv:2007.05456, 2020.
Each probability p may be off by 2 sqrt(p (1 - p) l / n) + 6 l / n with l = ln(6 S A n / delta), and so may a mean
reward r, for which r (1 - r) bounds the variance.

Accepts integer observations (which it takes for states), one player and the criterion gain.

    regretlab watch regretlab/RiverSwim-v0 --learner ucrl2b --train 100000
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...envs.core.fusing import specialise
from ...envs.core.kernel import kernel
from . import episodes
from .episodes import ACCEPTS, OPTIMISM, act, imagines, params, prepare, unsuited  # noqa: F401 (part of a learner)

KNOBS = OPTIMISM


def allocate(lp: Any, observations: int, actions: int, rows: int) -> episodes.State:
    """Allocate ``rows`` learners; ``work[:, 2]`` holds the states by falling value."""
    state = episodes.allocate(lp, observations, actions, rows)
    state.work[:, 2] = np.arange(observations)
    return state


@kernel
def radius(lp, mean, logarithm, tries):
    """Return how far a mean of numbers in [0, 1] may be off."""
    return lp.scale * (2.0 * math.sqrt(max(mean * (1.0 - mean), 0.0) * logarithm / tries) + 6.0 * logarithm / tries)


@kernel
def optimistic(lp, ls, row, state, action, sure):
    """Give every successor as little as it may have, and what is left to the states of the largest values."""
    counts, values = ls.counts, ls.values
    tries = counts.tries[row, state, action]
    if tries == 0:
        return 1.0 + values[row, sure]
    states = values.shape[1]
    logarithm = math.log(6.0 * states * ls.actions[row] * tries / lp.delta)
    reward = counts.rewards[row, state, action] / tries
    reward += radius(lp, reward, logarithm, tries)
    unseen = radius(lp, 0.0, logarithm, tries)
    listed = counts.known[row, state, action]
    left, expected, beyond = 1.0, 0.0, imagines(lp, ls, row, state, action)
    for k in range(listed):
        share = counts.followed[row, state, action, k] / tries
        least = max(share - radius(lp, share, logarithm, tries), 0.0)
        ls.work[row, 1, counts.successor[row, state, action, k]] = share
        left -= least
        expected += least * values[row, counts.successor[row, state, action, k]]
    for place in range(states):
        if left <= 0.0:
            break
        s = np.int64(ls.work[row, 2, place])
        share = ls.work[row, 1, s]
        if not (beyond or ls.seen[row, s]):
            continue
        room = unseen
        if share > 0.0:
            off = radius(lp, share, logarithm, tries)
            room = share + off - max(share - off, 0.0)
        taken = min(room, left)
        left -= taken
        expected += taken * values[row, s]
    for k in range(listed):
        ls.work[row, 1, counts.successor[row, state, action, k]] = 0.0
    return min(reward, 1.0) + expected


@kernel
def sort_states(ls, row):
    """Sort the states by falling value into ``ls.work[row, 2]``; they are nearly sorted from the last time."""
    for place in range(1, ls.values.shape[1]):
        state = ls.work[row, 2, place]
        value = ls.values[row, np.int64(state)]
        k = place
        while k > 0 and ls.values[row, np.int64(ls.work[row, 2, k - 1])] < value:
            ls.work[row, 2, k] = ls.work[row, 2, k - 1]
            k -= 1
        ls.work[row, 2, k] = state


plan = specialise(episodes.extended_value_iteration, {"optimistic": optimistic, "prepare_sweep": sort_states})
update = specialise(episodes.update, {"plan": plan})
