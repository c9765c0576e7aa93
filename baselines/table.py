"""Value tables addressed by an observation: dense when there are few, else a hash table of fixed capacity."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..envs.core.kernel import kernel
from ..envs.core.knobs import Knob
from ..envs.core.streams import mix64

#: The knobs of a table of action values.
STORAGE = {
    "initial": Knob(0.0, "value of every action at first sight"),
    "capacity": Knob(16_384, "most observations that are stored", low=1),
}

ABSENT = -1
_ONE = np.uint64(1)


class Table(NamedTuple):
    """Which slot of a learner's arrays belongs to which observation.

    Attributes
    ----------
    keys : int64 (rows, capacity), the observation of each slot; (rows, 0) when slot and observation are the same.
    buckets : int32 (rows, buckets), slot + 1 by hash, 0 where free; open addressing with linear probing.
    used : int64 (rows,), how many slots are taken, in the order of first sight.
    full : bool (rows,), an observation was turned away. The learner then acts uniformly in what it has no slot for,
        and what it has stored stays as it is.
    """

    keys: np.ndarray
    buckets: np.ndarray
    used: np.ndarray
    full: np.ndarray


def new_table(observations: int, capacity: int, rows: int, *, hashed: bool = False) -> tuple[Table, int]:
    """Allocate a table and return it with its number of slots a row.

    Parameters
    ----------
    observations : how many observations there are (they count from 0).
    capacity : the most slots a row may have. With at most so many observations every one has its slot from the start
        (a dense table), unless ``hashed`` asks for slots in the order of first sight.
    rows : learners.
    """
    dense = observations <= capacity and not hashed
    slots = min(observations, capacity)
    buckets = 1
    while buckets < 2 * slots:  # at most half full, so that probes stay short
        buckets *= 2
    table = Table(
        np.zeros((rows, 0 if dense else slots), np.int64),
        np.zeros((rows, 0 if dense else buckets), np.int32),
        np.full(rows, slots if dense else 0, np.int64),
        np.zeros(rows, np.bool_),
    )
    return table, slots


def action_values(rows: int, slots: int, actions: int, initial: float) -> np.ndarray:
    """Allocate float64 (rows, slots, actions), all ``initial``; zeros take no memory before they are written to."""
    shape = rows, slots, actions
    return np.zeros(shape) if initial == 0.0 else np.full(shape, initial)


@kernel
def find(table, row, observation):
    """Return the slot of ``observation``, -1 where it has none."""
    if table.keys.shape[1] == 0:
        return observation
    return table.buckets[row, _probe(table, row, observation)] - 1


@kernel
def claim(table, row, observation):
    """Return the slot of ``observation``, taking a free one at first sight; -1 (and ``full``) where none is left."""
    if table.keys.shape[1] == 0:
        return observation
    bucket = _probe(table, row, observation)
    slot = table.buckets[row, bucket] - 1
    if slot != ABSENT:
        return slot
    slot = table.used[row]
    if slot == table.keys.shape[1]:
        table.full[row] = True
        return ABSENT
    table.buckets[row, bucket] = slot + 1
    table.keys[row, slot] = observation
    table.used[row] = slot + 1
    return slot


@kernel
def _probe(table, row, observation):
    """Return the bucket that holds ``observation``, or the free one where it belongs."""
    last = table.buckets.shape[1] - 1
    bucket = np.int64(mix64(np.uint64(observation) + _ONE) & np.uint64(last))
    while True:
        slot = table.buckets[row, bucket] - 1
        if slot == ABSENT or table.keys[row, slot] == observation:
            return bucket
        bucket = (bucket + 1) & last
