"""Sparse lags: add up symbols of fixed ages, modulo the number of symbols.

Description
-----------
A random symbol is shown at every step t. Once enough of them have been shown, the agent has to name, at every step, the
sum of the symbols that are ``lags`` steps old, modulo ``symbols``: x[t - l] summed over the lags l, 0 being the present
one. Every symbol is used as often as there are lags, so that it has to be kept until it has reached the greatest age,
and forgetting one is enough to be right by chance only. How far back the task reaches is one knob, and how many items
are combined another.

Action Space
------------
``Discrete(symbols)``: the sum that is named.

Observation Space
-----------------
``Discrete(symbols)``: the present symbol x[t].

Rewards
-------
+1 for the right sum, else -1; 0 during the first L steps, L being the greatest lag.

Starting State
--------------
The first symbol has been shown. All symbols are independent and uniform.

Episode End
-----------
Terminated after ``steps`` steps, T for short.

Arguments
---------
symbols : int, default 4, from 2 to 26. How many different symbols there are; m for short.
lags : tuple of distinct integers, default (1, 4), from 0 to 10,000. The ages of the symbols that are added.
steps : int, default 100, at least L + 1 and at most 10**9.

``info["needed"]`` is the set of those symbols, as observations, that will still be added: a symbol of age a is needed
while one of the lags is a or more, and reached before the end.

Certificate
-----------
All values are exact; T - L decisions count. Who keeps the last L + 1 symbols is always right: return T - L. Without the
oldest of them the sum is uniform, whatever else is known, because the symbols are independent and uniform. So uniform
play and, unless the present symbol is the only one that is added, every policy without memory are right with
probability 1/m: (T - L) (2 / m - 1). For the same reason ``k_star`` = L + 1. ``kappa`` = L + 1 too, no choice of L
observations is enough, if T > 2 L: consider the L + 1 sums from step t = L on, of whose terms only those up to t count
here. The sum at t + h contains x[t + h - L] and otherwise only later symbols, so that the L + 1 symbols up to t and
these sums determine each other: all m**(L + 1) values of the symbols have to be told apart, whatever follows. But there
are only m + m**2 + ... + m**L stacks of L observations and empty slots. In shorter episodes fewer sums are asked for:
``kappa_at_most`` = L + 1, ``kappa_at_least`` = 2. ``optimal_steps`` = T.

Raises
------
TypeError for ``lags`` that are no sequence of integers; ValueError for none, a negative one, one that is given twice,
or one that is not below ``steps``.

Version History
---------------
v0: first version.

References
----------
Defined here.
"""

from __future__ import annotations

from numbers import Integral
from typing import NamedTuple

import numpy as np

from ..core import Certificate, Criterion, Observation, Spec, Value, canvas, kernel
from ..core.pictures import board, name_of, panels
from ..core.streams import scaled
from .card_pictures import symbol_colour, tile
from .deck import first_deal, refill, slots

MOST = 10_000


class Params(NamedTuple):
    """``lags`` int64, increasing; ``reach`` int64 (L + 1,), the smallest lag that is not below the index."""

    symbols: int
    lags: np.ndarray
    reach: np.ndarray
    steps: int


class State(NamedTuple):
    """``recent`` int8 (lanes, L + 1), the last symbols, the present one at ``place`` (int16) and the others before it,
    in a circle; ``step`` int32, from 0.
    """

    recent: np.ndarray
    place: np.ndarray
    step: np.ndarray


def params(symbols, lags, steps):
    """Build the parameters from checked knobs.

    Raises TypeError and ValueError as the module's page says.
    """
    most = min(MOST, steps - 1)
    refusal = f"lags={lags!r} is not allowed: lags must be distinct integers from 0 to {most}, and below steps={steps}"
    if not isinstance(lags, (tuple, list, np.ndarray)) or not all(isinstance(lag, Integral) for lag in lags):
        raise TypeError(refusal)
    ages = sorted(map(int, lags))
    if not ages or len(set(ages)) < len(ages) or ages[0] < 0 or ages[-1] > most:
        raise ValueError(refusal)
    reach = np.array(ages)[np.searchsorted(ages, np.arange(ages[-1] + 1))]
    return Params(symbols, np.array(ages, np.int64), reach.astype(np.int64), steps)


def spec(p):
    """Declare the task: one player, who sees symbols and names one."""
    names = tuple(map(str, range(p.symbols)))
    return Spec(
        actions=(p.symbols,),
        action_names=(names,),
        observation=Observation.integers(p.symbols),
        observation_names=names,
        reward_range=(-1.0, 1.0),
        criterion=Criterion("return"),
        start_outcomes=p.symbols,
        stages=1,
        outcomes=p.symbols,
        info=("needed",),
        hidden=True,
    )


def allocate(p, lanes):
    """Allocate the state of ``lanes`` lanes."""
    return State(np.zeros((lanes, len(p.reach)), np.int8), np.zeros(lanes, np.int16), np.zeros(lanes, np.int32))


@kernel
def start(p, c, stage, prob):
    """Draw the first symbol."""
    return first_deal(p.symbols, prob)


@kernel
def begin(p, s, i, c):
    """Show the first symbol."""
    refill(s.recent, i, p.reach.shape[0], 0)
    s.recent[i, 0] = c[0]
    s.place[i] = 0
    s.step[i] = 0


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Draw the next symbol."""
    return first_deal(p.symbols, prob)


@kernel
def pick(p, s, i, a, c, stage, u):
    """Draw the next symbol at once."""
    return scaled(u, p.symbols)


@kernel
def aged(p, s, i, age):
    """Return the symbol that is ``age`` steps old."""
    place = np.int64(s.place[i]) - age
    return s.recent[i, place + p.reach.shape[0] if place < 0 else place]


@kernel
def apply(p, s, i, a, c, r):
    """Judge the sum; the next symbol takes the place of the oldest one."""
    total = np.int64(0)
    for k in range(p.lags.shape[0]):
        total += aged(p, s, i, p.lags[k])
        total -= p.symbols if total >= p.symbols else 0
    size = p.reach.shape[0]
    step = s.step[i]
    reward = 1.0 if a[i, 0] == total else -1.0
    r[i, 0] = reward if step >= size - 1 else 0.0
    place = s.place[i] + 1
    place = 0 if place == size else place
    s.place[i] = place
    s.recent[i, place] = c[0]
    s.step[i] = step + 1
    return step + 1 == p.steps


@kernel
def observe(p, s, i, o):
    """Show the present symbol."""
    o[i, 0] = s.recent[i, s.place[i]]


@kernel
def info(p, s, i, v):
    """Tell which symbols will still be added: all that are kept, but for the first steps and the last."""
    needed = np.int64(0)
    step, size = np.int64(s.step[i]), p.reach.shape[0]
    if (step >= size - 1) & (step + size <= p.steps):
        for k in range(size):
            needed |= np.int64(1) << np.int64(s.recent[i, k])
    else:
        for age in range(min(step, size - 1) + 1):
            lag = p.reach[max(age, size - 1 - step + age)]
            needed |= np.int64(step + lag - age < p.steps) << np.int64(aged(p, s, i, age))
    v[i, 0] = needed


def certificate(p: Params) -> Certificate:
    """Return the exact values that the module's page derives."""
    greatest = len(p.reach) - 1
    decisions = p.steps - greatest
    optimal = Value(float(decisions), "closed-form", f"the last {greatest + 1} symbols, remembered: right every time")
    chance = Value(decisions * (2 / p.symbols - 1), "closed-form", "right with probability 1 / symbols")
    least = greatest + 1 if p.steps > 2 * greatest else 2
    return Certificate(
        unit=Criterion("return").unit,
        optimal=optimal,
        random=chance,
        memoryless=chance if greatest else optimal,
        facts={"k_star": greatest + 1, **slots(least, greatest + 1), "optimal_steps": p.steps},
    )


def ansi(p, s, i, last) -> str:
    """Write the last symbols, the oldest first, and below them which of them are added."""
    symbols, names = _recent(p, s, i), tuple(map(str, range(p.symbols)))
    width = len(names[-1])
    marks = ("^" if age in p.lags else "" for age in range(len(symbols) - 1, -1, -1))
    return (
        f"{' '.join(f'{symbol:>{width}}' for symbol in symbols)}\n{' '.join(f'{mark:>{width}}' for mark in marks)}\n"
        f"step {last.clock}  action {name_of(names, last)}  reward {last.rewards[0]:g}  total {last.total[0]:g}"
    )


def paint(p, s, i, last) -> np.ndarray:
    """Paint the last symbols, at most 24, the present one at the right, with a frame around those that are added."""
    symbols = _recent(p, s, i)
    frame = board("Sparse lags", last)
    shown = min(len(p.reach), 24)
    pitch = min(56.0, 590.0 / shown)
    counts = len(symbols) == len(p.reach)
    for age in range(min(shown, len(symbols))):
        x = 320 + pitch * ((shown - 1) / 2 - age)
        tile(frame, x, 140, 0.66 * pitch, symbols[-1 - age], marked=counts and age in p.lags)
        if age in p.lags:
            sign = f"-{age}" if age else "now"
            canvas.text(frame, x, 148 + 0.5 * pitch, sign, canvas.MUTED, scale=1, align="center")
    label = "the sum of the framed symbols is asked for" if counts else "nothing is asked for yet"
    canvas.text(frame, 320, 200, f"{label}, modulo {p.symbols}", canvas.MUTED, align="center")
    names = tuple(map(str, range(p.symbols)))
    panels(frame, names[symbols[-1]], symbol_colour(symbols[-1]), name_of(names, last), last)
    return frame


def _recent(p: Params, s: State, i: int) -> list[int]:
    """Return the last symbols, at most L + 1, the present one last."""
    size, place = len(p.reach), int(s.place[i])
    return [int(s.recent[i, (place - age) % size]) for age in range(min(size, int(s.step[i]) + 1))][::-1]
