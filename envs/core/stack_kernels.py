"""The kernels of environments that show a stack of their observations, templates for `regretlab.envs.core.stacks`.

The names ``inner_...`` stand for the kernels of the environment inside, ``slot`` for the one that says which slot of
the stack is dropped, ``keep`` for what is then left of it, and ``own`` for the action that the environment inside is
given.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .environment import _nothing as inner_apply
from .environment import _nothing as inner_begin
from .environment import _nothing as inner_chance
from .environment import _nothing as inner_info
from .environment import _nothing as inner_legal
from .environment import _nothing as inner_observe
from .environment import _nothing as inner_payoffs
from .environment import _nothing as inner_pick
from .kernel import kernel
from .wrapping import look_inside


class Params(NamedTuple):
    """What the kernels read.

    ``size`` is k, ``actions`` the number of actions inside, ``width`` the length of one observation (1 for an integer).
    Integers: ``powers`` holds base**0 .. base**k, the base being the number of observations + 1; ``window`` is
    base**(k-1). ``padding`` is what the first observation's digit is multiplied with (for vectors: whether it is
    repeated); ``needed`` the column of that name among the numbers of the environment inside.
    """

    inner: Any
    size: int
    actions: int
    width: int
    base: int
    window: int
    powers: np.ndarray
    padding: int
    needed: int


class State(NamedTuple):
    """The state of the environment inside, and the ``stack``: a number (lanes, 1), or (lanes, 1, k * width).

    The rest is working memory: the action that goes inside, its numbers, and one observation.
    """

    inner: Any
    stack: np.ndarray
    action: np.ndarray
    told: np.ndarray
    seen: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


# Which slot is dropped (0 the oldest) -------------------------------------------------------------------------------


@kernel
def oldest(p, s, i, a):
    """A window drops the oldest."""
    return 0


@kernel
def chosen(p, s, i, a):
    """Adaptive: the memory action is the slot."""
    return a[i, 0] // p.actions


@kernel
def push_or_skip(p, s, i, a):
    """Memory action 0 drops the oldest, 1 the present observation."""
    return 0 if a[i, 0] < p.actions else p.size - 1


@kernel
def not_needed(p, s, i, a):
    """The oldest slot that is empty, not needed or repeated by a later one; the oldest if there is none (integers)."""
    inner_info(p.inner, s.inner, i, s.told)
    needed = np.int64(s.told[i, p.needed])
    rest = s.stack[i, 0]
    later = 0
    slot = 0
    for back in range(p.size):
        digit = rest % p.base
        rest = rest // p.base
        bit = (1 << digit) >> 1  # of the observation digit - 1; 0 where the slot is empty
        if needed & bit & ~later == 0:
            slot = p.size - 1 - back
        later |= bit
    return slot


slot = oldest


# What the environment inside is given -------------------------------------------------------------------------------


@kernel
def as_given(p, i, a, action):
    """Its own action."""
    return a


@kernel
def without_memory(p, i, a, action):
    """A joint action's least significant digit, in the array ``action``."""
    action[i, 0] = a[i, 0] % p.actions
    return action


own = as_given


@kernel
def chance(p, s, i, a, c, stage, prob):
    """Pass on."""
    return inner_chance(p.inner, s.inner, i, own(p, i, a, s.action), c, stage, prob)


@kernel
def pick(p, s, i, a, c, stage, u):
    """Pass on."""
    return inner_pick(p.inner, s.inner, i, own(p, i, a, s.action), c, stage, u)


@kernel
def legal(p, s, i, m):
    """Every memory action is legal with every legal action of the environment inside."""
    inner_legal(p.inner, s.inner, i, m)
    for k in range(p.actions, m.shape[2]):
        m[i, 0, k] = m[i, 0, k - p.actions]


@kernel
def payoffs(p, s, i, a, u):
    """The memory action earns nothing."""
    inner_payoffs(p.inner, s.inner, i, own(p, i, a, s.action), u)
    for k in range(p.actions, u.shape[2]):
        u[i, 0, k] = u[i, 0, k - p.actions]


# Stacks of integers: one number, the newest observation least significant -------------------------------------------


@kernel
def keep_window(p, s, i, a):
    """Drop the most significant digit and shift the others."""
    return (s.stack[i, 0] % p.window) * p.base


@kernel
def keep_others(p, s, i, a):
    """Drop the digit of the slot and shift those that are newer."""
    place = p.size - 1 - slot(p, s, i, a)
    stack = s.stack[i, 0]
    return stack - stack % p.powers[place + 1] + (stack % p.powers[place]) * p.base


keep = keep_window


@kernel
def begin(p, s, i, c):
    """Begin with the first observation, and empty slots or the same in all of them."""
    inner_begin(p.inner, s.inner, i, c)
    inner_observe(p.inner, s.inner, i, s.stack)
    s.stack[i, 0] = (s.stack[i, 0] + 1) * p.padding


@kernel
def apply(p, s, i, a, c, r):
    """Drop a slot, move, and append what is seen then."""
    kept = keep(p, s, i, a)
    stop = inner_apply(p.inner, s.inner, i, own(p, i, a, s.action), c, r)
    inner_observe(p.inner, s.inner, i, s.stack)
    s.stack[i, 0] += kept + 1
    return stop


@kernel
def observe(p, s, i, o):
    """Show the number."""
    o[i, 0] = s.stack[i, 0]


# Stacks of vectors: one after the other, the newest last ------------------------------------------------------------


@kernel
def begin_vectors(p, s, i, c):
    """Begin with the first observation, and zeros or the same in all slots."""
    inner_begin(p.inner, s.inner, i, c)
    inner_observe(p.inner, s.inner, i, s.seen)
    last = (p.size - 1) * p.width
    for k in range(p.size):
        for j in range(p.width):
            shown = p.padding != 0 or k * p.width == last
            s.stack[i, 0, k * p.width + j] = s.seen[i, 0, j] if shown else 0


@kernel
def apply_vectors(p, s, i, a, c, r):
    """Drop a slot, move, and append what is seen then."""
    last = (p.size - 1) * p.width
    for j in range(slot(p, s, i, a) * p.width, last):
        s.stack[i, 0, j] = s.stack[i, 0, j + p.width]
    stop = inner_apply(p.inner, s.inner, i, own(p, i, a, s.action), c, r)
    inner_observe(p.inner, s.inner, i, s.seen)
    for j in range(p.width):
        s.stack[i, 0, last + j] = s.seen[i, 0, j]
    return stop


@kernel
def observe_vectors(p, s, i, o):
    """Show all vectors."""
    for j in range(p.size * p.width):
        o[i, 0, j] = s.stack[i, 0, j]
