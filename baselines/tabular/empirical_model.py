"""What model-based learners count: how often each step was taken, where it led and what it paid.

Observations are states, numbered from 0. The successors of each pair of state and action are a short list in the order
of first sight, so that sweeps over the model cost what was seen and not the square of the number of states.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob

SUCCESSORS = Knob(64, "most different successors of a state and an action that are told apart", low=1)
ABSENT = -1


class Counts(NamedTuple):
    """First axis: row; then state and action.

    Attributes
    ----------
    tries : int64 (rows, S, A), how often the action was taken.
    rewards : float64 (rows, S, A), sum of its rewards.
    known : int32 (rows, S, A), how many successors are listed.
    successor : int32 (rows, S, A, width), the listed successors.
    followed : int64 (rows, S, A, width), how often each of them followed.
    full : bool (rows,), a successor beyond the width was turned away; its step was not counted.
    """

    tries: np.ndarray
    rewards: np.ndarray
    known: np.ndarray
    successor: np.ndarray
    followed: np.ndarray
    full: np.ndarray


def new_counts(observations: int, actions: int, rows: int, successors: int) -> Counts:
    """Allocate empty counts with room for ``successors`` successors (at most ``observations``) of every pair."""
    shape = rows, observations, actions
    width = min(successors, observations)
    return Counts(
        tries=np.zeros(shape, np.int64),
        rewards=np.zeros(shape),
        known=np.zeros(shape, np.int32),
        successor=np.zeros((*shape, width), np.int32),
        followed=np.zeros((*shape, width), np.int64),
        full=np.zeros(rows, np.bool_),
    )


@kernel
def record(counts, row, state, action, reward, following):
    """Count a step; return the place of ``following`` in the list of successors, -1 where there was no room."""
    listed = counts.known[row, state, action]
    place = 0
    while place < listed and counts.successor[row, state, action, place] != following:
        place += 1
    if place == listed:
        if listed == counts.successor.shape[3]:
            counts.full[row] = True
            return ABSENT
        counts.successor[row, state, action, place] = following
        counts.known[row, state, action] = listed + 1
    counts.followed[row, state, action, place] += 1
    counts.tries[row, state, action] += 1
    counts.rewards[row, state, action] += reward
    return place


@kernel
def draw_successor(counts, row, state, action, u):
    """Return the successor that ``u`` in [0, 1) picks by the frequencies; the pair must have been tried."""
    left = u * counts.tries[row, state, action]
    place = 0
    last = counts.known[row, state, action] - 1
    while place < last and left >= counts.followed[row, state, action, place]:
        left -= counts.followed[row, state, action, place]
        place += 1
    return np.int64(counts.successor[row, state, action, place])
