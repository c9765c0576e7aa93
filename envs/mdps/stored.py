"""Tasks whose transitions are stored: sparse rows that are sampled by one look-up in an alias table.

The outcomes of a step are the two halves of each cell of the row's alias table (Walker 1977; Vose 1991), in the order
of the cells, so that a number drawn uniformly finds its outcome without a search.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from ..core import Criterion, Observation, Spec, canvas, kernel
from ..core.fusing import fuse
from ..core.pictures import board
from .pictures import panel, ring


class Params(NamedTuple):
    """``states``, ``actions`` and the alias tables, a row for each state and action (state * actions + action).

    A row has a cell for each of its successors, ``widest`` at the most, so that one long row costs no memory in the
    others. ``begins`` int64 (rows + 1,): the first cell of each row; ``keep`` float64 (cells,): the share of a cell
    that is its own; ``target`` int32 (2 * cells,): where its own half and the rest lead; ``reward`` float64 (rows,).
    ``first`` is the state of the start.
    """

    states: int
    actions: int
    widest: int
    begins: np.ndarray
    keep: np.ndarray
    target: np.ndarray
    reward: np.ndarray
    first: int


class State(NamedTuple):
    """``state`` int64, one a lane."""

    state: np.ndarray


def tabulate(transitions: sparse.csr_matrix, rewards: np.ndarray, first: int) -> Params:
    """Build the parameters of checked ``transitions`` (S * A, S) and ``rewards`` (S, A)."""
    states, actions = rewards.shape
    begins = transitions.indptr.astype(np.int64)
    widest = int(np.diff(begins).max())
    keep, target = np.ones(transitions.nnz), np.repeat(transitions.indices.astype(np.int32), 2)
    _compiled()(begins, transitions.data.astype(np.float64), keep, target, np.zeros((2, widest), np.int64))
    return Params(states, actions, widest, begins, keep, target, rewards.astype(np.float64).ravel(), first)


@lru_cache(maxsize=1)
def _compiled() -> Any:
    return fuse(make_aliases, {}, "aliases")


def make_aliases(begins, probability, keep, target, stacks):
    """Let the cells of each row share what they have too much (Vose 1991); ``probability`` (cells,) is overwritten.

    ``keep`` comes as ones, ``target`` with each cell's own successor in both halves.
    """
    for row in range(len(begins) - 1):
        small, large = 0, 0
        for k in range(begins[row], begins[row + 1]):
            probability[k] *= begins[row + 1] - begins[row]
            if probability[k] < 1.0:
                stacks[0, small] = k
                small += 1
            else:
                stacks[1, large] = k
                large += 1
        while small > 0 and large > 0:
            small -= 1
            less, more = stacks[0, small], stacks[1, large - 1]
            keep[less] = probability[less]
            target[2 * less + 1] = target[2 * more]
            probability[more] -= 1.0 - probability[less]
            if probability[more] < 1.0:
                large -= 1
                stacks[0, small] = more
                small += 1


def spec(p):
    """Declare the task: one player, an observation a state; continuing, judged by its gain."""
    return Spec(
        actions=(p.actions,),
        observation=Observation.integers(p.states),
        reward_range=(float(p.reward.min()), float(p.reward.max())),
        criterion=Criterion("gain"),
        stages=1,
        outcomes=2 * p.widest,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros(lanes, np.int64))


@kernel
def start(p, c, stage, prob):
    """There is one start."""
    prob[0] = 1.0
    return 1


@kernel
def begin(p, s, i, c):
    """Stand at the first state."""
    s.state[i] = p.first


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Write the probabilities of the halves of the alias cells."""
    row = s.state[i] * p.actions + a[i, 0]
    first = p.begins[row]
    width = p.begins[row + 1] - first
    for k in range(width):
        prob[2 * k] = p.keep[first + k] / width
        prob[2 * k + 1] = (1.0 - p.keep[first + k]) / width
    return 2 * width


@kernel
def pick(p, s, i, a, c, stage, u):
    """Return the half of a cell that ``u`` picks (u * width is below width, rounded or not)."""
    row = s.state[i] * p.actions + a[i, 0]
    first = p.begins[row]
    scaled = u * (p.begins[row + 1] - first)
    k = int(scaled)
    return 2 * k + int(scaled - k >= p.keep[first + k])


@kernel
def apply(p, s, i, a, c, r):
    """Pay and move."""
    row = s.state[i] * p.actions + a[i, 0]
    r[i, 0] = p.reward[row]
    s.state[i] = p.target[2 * p.begins[row] + c[0]]
    return False


@kernel
def observe(p, s, i, o):
    """Show the state."""
    o[i, 0] = s.state[i]


def ansi(p, s, i, last) -> str:
    """Say which state it is."""
    action = "-" if last.actions is None else int(last.actions[0])
    return (
        f"state {int(s.state[i])} of 0..{p.states - 1}  step {last.clock}  action {action}  "
        f"reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint_states(title: str, p: Params, s: State, i: int, last: Any) -> np.ndarray:
    """Paint the states on a ring, darker where the best immediate reward is larger."""
    frame = board(title, last)
    best = p.reward.reshape(p.states, p.actions).max(axis=1)
    spread = float(np.ptp(best)) or 1.0
    ring(
        frame,
        p.states,
        int(s.state[i]),
        lambda k: canvas.mix(canvas.FAINT, canvas.GOOD, float(best[k] - best.min()) / spread),
    )
    taken = "-" if last.actions is None else f"{int(last.actions[0])}"
    panel(frame, last, [("state", f"{int(s.state[i])} of {p.states:,}"), ("last action", taken)])
    return frame
