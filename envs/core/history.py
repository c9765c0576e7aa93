"""Environments that show something of the past beside the observation: the previous action, or that there is none.

Integer observations stay integers: the observation x of n gets the digit d to be ``x + n * d``, the observation itself
being the least significant digit. Vectors get entries appended. What is added is a part of the state, so that the
result is listed exactly; it is an environment like any other. Its certificate is the one inside, as a policy that sees
a part of the past is a policy of the history, but for the memoryless value and the facts of how many observations
suffice, which are those of other observations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .environment import Environment
from .environment import _nothing as inner_apply
from .environment import _nothing as inner_begin
from .environment import _nothing as inner_observe
from .fusing import specialise
from .kernel import kernel
from .spec import Observation
from .wrapping import look_inside, of_the_history, wrap

MOST_OBSERVATIONS = 2**62


class Params(NamedTuple):
    """``size`` is the number of observations inside, or the length of a vector; ``digits`` the values of the mark."""

    inner: Any
    size: int
    digits: int


class State(NamedTuple):
    """The state inside and the ``mark`` of every lane, int64; ``seen`` (lanes, 1, ...) is working memory."""

    inner: Any
    mark: np.ndarray
    seen: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


def previous_action(environment: Environment) -> Environment:
    """Return ``environment`` with the action of the step before shown beside the observation.

    Integers: the digit is 0 at the start of an episode and 1 + a after the action a. Vectors: a one-hot of A + 1
    entries is appended, the first of which says that there was none; a zero vector would do as well for this, but it is
    easily mistaken for an action.

    Parameters
    ----------
    environment : one player, integer or vector observations.

    Raises ValueError for several players, images, or more than 2**62 observations.
    """
    digits = environment.spec.actions[0] + 1
    return _marked(environment, "PreviousAction", digits, _no_action, _that_action, _one_hot, digits)


def is_first(environment: Environment) -> Environment:
    """Return ``environment`` with a mark on the first observation of an episode.

    Integers: the digit is 1 at the start of an episode, else 0. Vectors: the entry 1.0 or 0.0 is appended.

    Parameters and errors are those of `previous_action`.
    """
    return _marked(environment, "IsFirst", 2, _first, _later, _entry, 1)


def _marked(
    environment: Environment, name: str, digits: int, at_start: Any, after: Any, write: Any, entries: int
) -> Environment:
    spec = environment.spec
    seen = spec.observation
    if spec.players != 1 or seen.kind == "image":
        raise ValueError(
            f"{environment.id} has {spec.players} players and {seen.kind} observations: "
            "a view of the past takes one player and integer or vector observations"
        )
    size = seen.sizes[0]
    integer = seen.kind == "integer"
    if integer and size * digits > MOST_OBSERVATIONS:
        raise ValueError(f"{environment.id} has {size} observations: times {digits} they are more than 2**62")
    shown = Observation.integers(size * digits)
    if not integer:
        shown = Observation.vector((*seen.low, *[0.0] * entries), (*seen.high, *[1.0] * entries), dtype=seen.dtype)
    bound = {"at_start": at_start, "after": after, "write": write}
    kernels = {"begin": _begin, "apply": _apply, "observe": _observe if integer else _observe_vector}
    marked = wrap(
        environment,
        name if integer else f"{name}Vector",
        {each: specialise(template, bound) for each, template in kernels.items()},
        Params(environment.params, size, digits),
        lambda lanes: State(
            environment.allocate(lanes), np.zeros(lanes, np.int64), np.zeros((lanes, 1, *seen.shape), seen.dtype)
        ),
        observation=shown,
        observation_names=(),
        scratch=("seen",),
    )
    return of_the_history(marked)


@kernel
def _no_action():
    return 0


@kernel
def _that_action(a):
    return 1 + a


@kernel
def _first():
    return 1


@kernel
def _later(a):
    return 0


@kernel
def _one_hot(p, mark, i, o):
    for digit in range(p.digits):
        o[i, 0, p.size + digit] = 1.0 if digit == mark else 0.0


@kernel
def _entry(p, mark, i, o):
    o[i, 0, p.size] = mark


at_start, after, write = _no_action, _that_action, _one_hot


@kernel
def _begin(p, s, i, c):
    inner_begin(p.inner, s.inner, i, c)
    s.mark[i] = at_start()


@kernel
def _apply(p, s, i, a, c, r):
    s.mark[i] = after(a[i, 0])
    return inner_apply(p.inner, s.inner, i, a, c, r)


@kernel
def _observe(p, s, i, o):
    inner_observe(p.inner, s.inner, i, o)
    o[i, 0] += p.size * s.mark[i]


@kernel
def _observe_vector(p, s, i, o):
    inner_observe(p.inner, s.inner, i, s.seen)
    for j in range(p.size):
        o[i, 0, j] = s.seen[i, 0, j]
    write(p, s.mark[i], i, o)
