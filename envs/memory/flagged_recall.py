"""Flagged recall: store the symbols that carry a flag, and tell the one that was stored j flags ago.

Description
-----------
Every step shows a symbol, drawn uniformly, and two marks, drawn independently of it. A flag says that the symbol has to
be stored. A query asks for the symbol of the j-th last flagged step before the present one (``items`` = j; with j = 1
the last flagged symbol), so that a first-in-first-out store of j items is needed. Nobody knows how long an item has to
be kept: the distance is random, the symbols in between distract, and every flag rewrites the store. There are no
queries before j symbols have been stored.

Action Space
------------
``Discrete(symbols)``: the symbol that is named; without effect unless there is a query.

Observation Space
-----------------
``Discrete(4 * symbols)``: 4 * symbol + 2 * flag + query, both marks 0 or 1.

Rewards
-------
At a query +1 for the right symbol, else -1; without a query 0.

Starting State
--------------
The first step's symbol and flag have been drawn, and the store is empty.

Episode End
-----------
Terminated after ``steps`` steps, T for short.

Arguments
---------
symbols : int, default 4, from 2 to 13. How many different symbols there are; m for short.
items : int, default 2, from 1 to 50 and below ``steps``. Symbols to be stored; j for short.
p_flag : float, default 0.2, from 0 to 1. Probability of a flag.
p_query : float, default 0.2, from 0 to 1. Probability of a query, once j symbols have been stored before.
steps : int, default 100, at most 10**6. Length of an episode.

``info["needed"]`` is the set of the observations with a flag whose symbols may still be asked for, now or later.

Certificate
-----------
All values are exact. Let q(t) be the probability that at least j of t steps have a flag, a tail of the binomial
distribution. There are Q = ``p_query`` * (q(0) + ... + q(T - 1)) queries on average, all answered rightly by who stores
the last j flagged symbols: return Q. The symbol that is asked for is uniform and independent of the present
observation, and so is uniform play right with probability 1/m like every policy without memory: Q (2/m - 1).

Facts: ``kappa`` = j + 1, the last j flagged observations and the present one. That j slots are too few follows from the
episodes that begin with j flags without a query and go on with a fixed symbol, a flag and a query at each of the next j
steps, which ask for the j symbols one after the other: at the first of these steps, m**j stores have to be told apart,
but of stacks with this last observation, which consist of fewer than j of the first j and of empty slots, there are
only 1 + m + ... + m**(j - 1). (This needs T >= 2 j; in shorter episodes ``kappa_at_least`` = 2, ``kappa_at_most`` = j +
1.) ``k_star`` = T, since the j flags may have come first and the query last (with ``p_flag`` = 1, j + 1).
``k_star_quantile_99`` is the shortest window that holds the symbol that is asked for at 99 % of the queries: among the
w - 1 steps before a query are j flags with probability q(min(t, w - 1)) at step t. ``queries`` = Q. Without queries (a
probability of 0) one observation is enough. ``optimal_steps`` = T.

Raises
------
ValueError where ``items`` is not below ``steps``.

Version History
---------------
v0: first version.

References
----------
Defined here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board, name_of, panels
from ..core.streams import scaled
from .card_pictures import symbol_colour, tile
from .deck import refill, slots

QUERY, FLAG = 1, 2  # bits of an observation; the symbol stands above them


class Params(NamedTuple):
    """The knobs."""

    symbols: int
    items: int
    p_flag: float
    p_query: float
    steps: int


class State(NamedTuple):
    """``store`` int8 (lanes, j), the last j observations with a flag before the present one, the oldest first, and 0
    where there are fewer; ``present`` int8, the present observation; ``step`` int32, from 0.
    """

    store: np.ndarray
    present: np.ndarray
    step: np.ndarray


def params(symbols, items, p_flag, p_query, steps):
    """Build the parameters from checked knobs.

    Raises ValueError where ``items`` is not below ``steps``.
    """
    if items >= steps:
        raise ValueError(f"items={items} is not allowed: items must be below steps={steps}, or nothing is ever asked")
    return Params(symbols, items, p_flag, p_query, steps)


def spec(p):
    """Declare the task: one player, who sees marked symbols and names symbols."""
    names = tuple(map(str, range(p.symbols)))
    marks = ("", "?", " flag", " flag?")
    return Spec(
        actions=(p.symbols,),
        action_names=(names,),
        observation=Observation.integers(4 * p.symbols),
        observation_names=tuple(name + mark for name in names for mark in marks),
        reward_range=(-1.0, 1.0),
        criterion=Criterion("return"),
        start_outcomes=4 * p.symbols,
        stages=1,
        outcomes=4 * p.symbols,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros((lanes, p.items), np.int8), np.zeros(lanes, np.int8), np.zeros(lanes, np.int32))


@kernel
def show(p, p_query, prob):
    """Write the distribution of an observation."""
    for symbol in range(p.symbols):
        prob[4 * symbol] = (1.0 - p.p_flag) * (1.0 - p_query) / p.symbols
        prob[4 * symbol + QUERY] = (1.0 - p.p_flag) * p_query / p.symbols
        prob[4 * symbol + FLAG] = p.p_flag * (1.0 - p_query) / p.symbols
        prob[4 * symbol + FLAG + QUERY] = p.p_flag * p_query / p.symbols
    return 4 * p.symbols


@kernel
def next_query(p, s, i):
    """Return the probability of a query at the next step: 0 unless the store, with the present flag, is full."""
    flag = (s.present[i] >> 1) & 1
    full = (flag == p.items) | (s.store[i, min(flag, p.items - 1)] > 0)
    return p.p_query if full else 0.0


@kernel
def start(p, c, stage, prob):
    """Draw the first observation, which has no query."""
    return show(p, 0.0, prob)


@kernel
def begin(p, s, i, c):
    """Empty the store and show the first observation."""
    refill(s.store, i, p.items, 0)
    s.present[i] = c[0]
    s.step[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Draw the next observation."""
    return show(p, next_query(p, s, i), prob)


@kernel
def pick(p, s, i, a, c, stage, u):
    """Draw the next observation at once: what ``u`` leaves over when it has picked the symbol picks the marks."""
    symbol = scaled(u, p.symbols)
    marks = u * p.symbols - symbol
    p_query = next_query(p, s, i)
    flag = marks >= 1.0 - p.p_flag
    query = marks >= (1.0 - p.p_flag * p_query if flag else (1.0 - p.p_flag) * (1.0 - p_query))
    return 4 * symbol + FLAG * flag + QUERY * query


@kernel
def apply(p, s, i, a, c, r):
    """Judge the answer to a query, store the present observation if it has a flag, and show the next one."""
    present, last = s.present[i], p.items - 1
    right = a[i, 0] == s.store[i, 0] >> 2
    r[i, 0] = (1.0 if right else -1.0) if present & QUERY else 0.0
    if present & FLAG:
        for k in range(last):
            s.store[i, k] = s.store[i, k + 1]
        s.store[i, last] = present
    s.present[i] = c[0]
    s.step[i] += 1
    return s.step[i] == p.steps


@kernel
def observe(p, s, i, o):
    """Show the present observation."""
    o[i, 0] = s.present[i]


@kernel
def info(p, s, i, v):
    """Tell which flagged observations may still be asked for.

    Place k of the store is asked for at a query that follows k more flags, the present one included, in as many steps.
    """
    present, rest = s.present[i], p.steps - 1 - s.step[i]
    asked, flag = present & QUERY, (present >> 1) & 1
    needed = np.int64((flag > 0) & (p.items <= rest)) << np.int64(present)
    for k in range(p.items):
        needed |= np.int64((k >= flag - asked) & (k < max(asked, flag + rest))) << np.int64(s.store[i, k])
    empty = np.int64(1)
    v[i, 0] = needed & ~empty if (p.p_query > 0.0) & (rest >= 0) else 0


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    full = _stored(p)
    queries = float(p.p_query * full.sum())
    chance = Value(queries * (2 / p.symbols - 1), "closed-form", "right with probability 1 / symbols at each query")
    facts = {"queries": queries, "optimal_steps": p.steps}
    if queries == 0.0:
        facts |= {"k_star": 1, "kappa": 1}
    else:
        least = p.items + 1 if p.steps >= 2 * p.items else 2
        window = np.arange(1, p.steps + 1)
        answered = np.cumsum(full) + (p.steps - window) * full  # sum of q(min(t, window - 1)) over the steps t
        facts |= {
            "k_star": p.items + 1 if p.p_flag == 1.0 else p.steps,
            "k_star_quantile_99": int(window[np.argmax(answered >= 0.99 * answered[-1])]),
            **slots(least, p.items + 1),
        }
    return Certificate(
        unit=Criterion("return").unit,
        optimal=Value(queries, "closed-form", "the last flagged symbols, remembered, answer every query"),
        random=chance,
        memoryless=chance,
        facts=facts,
    )


def _stored(p: Params) -> np.ndarray:
    """Return q(t) for t from 0 to T - 1: the probability of at least j flags in t steps."""
    from scipy.special import betainc

    steps = np.arange(p.items, p.steps)
    return np.concatenate([np.zeros(p.items), betainc(p.items, steps - p.items + 1, p.p_flag)])


def ansi(p, s, i, last) -> str:
    """Write the store, the oldest symbol first, and the present observation."""
    names, seen = spec(p).action_names[0], spec(p).observation_names[s.present[i]]
    stored = (names[item >> 2] if item else "-" for item in s.store[i])
    return (
        f"store {' '.join(stored)}  agent sees: {seen}\n"
        f"step {last.clock}  action {name_of(names, last)}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the store (at most 16 items, the one that a query asks for with a frame) and the present symbol."""
    names, present = spec(p).action_names[0], int(s.present[i])
    frame = board("Flagged recall", last)
    shown = min(p.items, 16)
    pitch = min(56.0, 400.0 / shown)
    canvas.text(frame, 230, 76, "stored, the oldest first", canvas.MUTED, align="center")
    for place in range(shown):
        x, item = 230 + pitch * (place - (shown - 1) / 2), int(s.store[i, place])
        if item:
            tile(frame, x, 140, 0.66 * pitch, item >> 2, marked=place == 0)
        else:
            canvas.rectangle(frame, x - pitch / 3, 140 - pitch / 3, pitch / 1.5, pitch / 1.5, canvas.FAINT, radius=6)
    tile(frame, 510, 140, 64, present >> 2)
    if present & FLAG:
        canvas.line(frame, 556, 172, 556, 104, canvas.INK, width=4)
        canvas.polygon(frame, ((556, 104), (592, 116), (556, 128)), canvas.BAD)
    label = f"asked: {p.items} flags ago" if present & QUERY else "nothing is asked"
    canvas.text(frame, 510, 190, label, canvas.ACCENT if present & QUERY else canvas.MUTED, align="center")
    canvas.text(frame, 510, 76, "present", canvas.MUTED, align="center")
    seen = spec(p).observation_names[present]
    panels(frame, seen, symbol_colour(present >> 2), name_of(names, last), last)
    return frame
