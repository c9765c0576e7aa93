"""What learners with eligibility traces share: replacing traces over a short list of observation-action pairs.

Sutton and Barto, 1st edition, chapter 7. A pair that is visited holds the trace 1, which decays by gamma lambda a step.
It leaves the list when its trace falls below one in a thousand, or when the list is full and its trace is the smallest.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...envs.core.kernel import kernel
from ...envs.core.knobs import Knob
from ..choose import EXPLORATION
from ..table import STORAGE
from . import values
from .values import BOOTSTRAPPING

LAMBDA = "lambda; a pair visited n steps ago has the trace (gamma lambda)^n"
NEGLIGIBLE = 1e-3
FIELDS = ("traced", "slot", "action", "trace")


def knobs(trace_decay: float) -> dict[str, Knob]:
    """Return the knobs of a learner whose lambda is ``trace_decay`` by default."""
    return {
        **BOOTSTRAPPING,
        "trace_decay": Knob(trace_decay, LAMBDA, low=0.0, high=1.0),
        "traces": Knob(64, "most pairs that hold a trace", low=1),
        **EXPLORATION,
        **STORAGE,
    }


class Params(NamedTuple):
    """The knobs that the kernels read; ``terminal`` says that a truncated step is the last, as a terminated one is."""

    alpha: float
    gamma: float
    terminal: bool
    trace_decay: float
    traces: int
    epsilon: float
    final_epsilon: float
    decay_steps: int
    initial: float
    capacity: int


params = partial(values.build, Params)


def allocate(lp: Params, observations: int, actions: int, rows: int) -> tuple[Any, ...]:
    """Return the fields of `values.Values` and `FIELDS` of ``rows`` learners that have seen nothing.

    The first ``traced`` entries of ``slot``, ``action`` and ``trace`` (rows, traces) are the pairs that hold a trace.
    """
    shape = rows, lp.traces
    traces = np.zeros(rows, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape)
    return (*values.allocate(lp, observations, actions, rows), *traces)


@kernel
def mark(ls, row, slot, action):
    """Give the pair a trace of 1, in its own entry, a free one, or that of the smallest trace."""
    count = ls.traced[row]
    smallest = 0
    for j in range(count):
        if ls.slot[row, j] == slot and ls.action[row, j] == action:
            ls.trace[row, j] = 1.0
            return
        if ls.trace[row, j] < ls.trace[row, smallest]:
            smallest = j
    entry = smallest
    if count < ls.trace.shape[1]:
        entry = count
        ls.traced[row] = count + 1
    ls.slot[row, entry] = slot
    ls.action[row, entry] = action
    ls.trace[row, entry] = 1.0


@kernel
def spread(ls, row, step, decay):
    """Add ``step`` times its trace to every pair's value, then decay the traces and drop the negligible ones."""
    count = ls.traced[row]
    j = 0
    while j < count:
        trace = ls.trace[row, j]
        ls.values[row, ls.slot[row, j], ls.action[row, j]] += step * trace
        trace *= decay
        if trace >= NEGLIGIBLE:
            ls.trace[row, j] = trace
            j += 1
        else:  # the last pair takes the place: it is visited next
            count -= 1
            ls.slot[row, j] = ls.slot[row, count]
            ls.action[row, j] = ls.action[row, count]
            ls.trace[row, j] = ls.trace[row, count]
    ls.traced[row] = count
