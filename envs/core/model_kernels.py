"""The loop that lists all states of an environment, a template like those of `batch_kernels`.

One scratch lane is set to a known state, moved by the environment's own kernels under every joint action and every
path of outcomes, and its bytes are looked up in a hash table; bytes not seen before are a new state.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .environment import _no_chance as chance
from .environment import _nothing as apply
from .environment import _nothing as begin
from .environment import _nothing as start
from .kernel import kernel

PLAYERS = 1
STAGES = 0
START_STAGES = 1

LISTED, FULL = range(2)
_PRIME = np.uint64(0x100000001B3)
_OFFSET = np.uint64(0xCBF29CE484222325)
_HALF = np.uint64(32)
_ONE = np.uint64(1)


class Listing(NamedTuple):
    """What is written, with room for S states, J joint actions each, and E transitions."""

    known: np.ndarray  # uint8 (S, bytes): the states
    terminal: np.ndarray  # bool (S,): entered by a terminating step
    initial: np.ndarray  # float64 (S,): probability of starting there
    rewards: np.ndarray  # float64 (S, J, players): expected rewards
    first: np.ndarray  # int64 (S * J + 1,): first transition of each row
    successor: np.ndarray  # int64 (E,)
    probability: np.ndarray  # float64 (E,)
    slots: np.ndarray  # int64 (power of two): state + 1, or 0 where free
    states: np.ndarray  # int64 (1,): states known
    rows: np.ndarray  # int64 (1,): rows written
    entries: np.ndarray  # int64 (1,): transitions written


class Path(NamedTuple):
    """Working memory of one walk through the outcomes of all stages."""

    row: np.ndarray  # uint8 (bytes,): the packed lane
    actions: np.ndarray  # int64 (1, players)
    reward: np.ndarray  # float64 (1, players)
    counts: np.ndarray  # int64 (players,)
    outcome: np.ndarray  # int64 (stages,)
    prob: np.ndarray  # float64 (stages, outcomes)
    size: np.ndarray  # int64 (stages,)
    weight: np.ndarray  # float64 (stages + 1,)


@kernel
def find(known, terminal, slots, row, flag):
    """Return the slot of the state with these bytes and flag, or the free slot where it belongs."""
    h = _OFFSET
    for k in range(row.shape[0]):
        h = (h ^ np.uint64(row[k])) * _PRIME
    h = (h ^ np.uint64(flag)) * _PRIME
    h ^= h >> _HALF
    last = np.uint64(slots.shape[0] - 1)
    slot = h & last
    while slots[slot] != 0:
        state = slots[slot] - 1
        same = terminal[state] == flag
        for k in range(row.shape[0]):
            same &= known[state, k] == row[k]
        if same:
            return slot
        slot = (slot + _ONE) & last
    return slot


@kernel
def keep(views, t, path, flag):
    """Return the state of the scratch lane, adding it if it is new; -1 when there is no room."""
    k = 0
    for view in views:
        for j in range(view.shape[0]):
            path.row[k] = view[j]
            k += 1
    slot = find(t.known, t.terminal, t.slots, path.row, flag)
    if t.slots[slot] == 0:
        state = t.states[0]
        if state == t.known.shape[0]:
            return -1
        for j in range(k):
            t.known[state, j] = path.row[j]
        t.terminal[state] = flag
        t.slots[slot] = state + 1
        t.states[0] = state + 1
    return t.slots[slot] - 1


@kernel
def restore(views, t, state):
    """Set the scratch lane to ``state``."""
    k = 0
    for view in views:
        for j in range(view.shape[0]):
            view[j] = t.known[state, k]
            k += 1


@kernel
def expand(p, s, views, t, path, state, joint):
    """Walk all paths of outcomes from ``state`` (-1: the starts) and record where they lead; False when out of room."""
    starting = state < 0
    stages = START_STAGES if starting else STAGES
    c = path.outcome
    depth = 0
    path.weight[0] = 1.0
    entering = True
    if not starting:
        restore(views, t, state)
    while depth >= 0:
        if depth == stages:
            weight = path.weight[depth]
            if starting:
                begin(p, s, 0, c)
                successor = keep(views, t, path, False)
                if successor < 0:
                    return False
                t.initial[successor] += weight
            else:
                flag = apply(p, s, 0, path.actions, c, path.reward)
                successor = keep(views, t, path, flag)
                entry = t.entries[0]
                if successor < 0 or entry == t.successor.shape[0]:
                    return False
                t.successor[entry] = successor
                t.probability[entry] = weight
                t.entries[0] = entry + 1
                for k in range(PLAYERS):
                    t.rewards[state, joint, k] += weight * path.reward[0, k]
                restore(views, t, state)
            depth -= 1
            entering = False
            continue
        if entering:
            prob = path.prob[depth]
            path.size[depth] = start(p, c, depth, prob) if starting else chance(p, s, 0, path.actions, c, depth, prob)
            c[depth] = -1
        c[depth] += 1
        if c[depth] == path.size[depth]:
            depth -= 1
            entering = False
        elif path.prob[depth, c[depth]] > 0.0:
            path.weight[depth + 1] = path.weight[depth] * path.prob[depth, c[depth]]
            depth += 1
            entering = True
        else:
            entering = False
    return True


def list_states(p, s, views, t, path):
    """Go on listing until every known state has been expanded (`LISTED`) or there is no room (`FULL`; call again)."""
    joints = t.rewards.shape[1]
    if t.rows[0] < 0:
        for state in range(t.states[0]):
            t.initial[state] = 0.0
        if not expand(p, s, views, t, path, -1, 0):
            return FULL
        t.rows[0] = 0
    while t.rows[0] < t.states[0] * joints:
        row = t.rows[0]
        state = row // joints
        joint = row % joints
        t.entries[0] = t.first[row]
        if not t.terminal[state]:
            rest = joint
            for k in range(PLAYERS - 1, -1, -1):
                path.actions[0, k] = rest % path.counts[k]
                rest //= path.counts[k]
            for k in range(PLAYERS):
                t.rewards[state, joint, k] = 0.0
            if not expand(p, s, views, t, path, state, joint):
                return FULL
        t.rows[0] = row + 1
        t.first[row + 1] = t.entries[0]
    return LISTED


def look_up(known, terminal, slots, rows, flags, found):
    """Write into ``found`` the state of each packed lane (``rows``, ``flags``), or -1."""
    for i in range(rows.shape[0]):
        found[i] = slots[find(known, terminal, slots, rows[i], flags[i])] - 1
