"""Actions that carry a prediction of the partner's action in the same round: the literal query."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.environment import Environment
from ..core.environment import _no_chance as inner_chance
from ..core.environment import _no_pick as inner_pick
from ..core.environment import _nothing as inner_apply
from ..core.environment import _nothing as inner_begin
from ..core.fusing import specialise
from ..core.kernel import kernel
from ..core.wrapping import look_inside, wrap
from .rules import PARTNER
from .several import State as Several

NOTHING = -1.0  # before the first round


class Params(NamedTuple):
    """The parameters inside, and your number of actions."""

    inner: Any
    actions: int


class State(NamedTuple):
    """The state inside; ``own`` (lanes, 1) is the action without the prediction, and ``right`` (lanes,) whether the
    last prediction was right (1), wrong (0) or there is none yet.
    """

    inner: Any
    own: np.ndarray
    right: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


def with_prediction(environment: Environment, action_names: tuple[tuple[str, ...], ...]) -> Environment:
    """Return ``environment``, a game with a partner, whose actions are pairs: ``action + A_0 * prediction``.

    The info ``predicted`` is 1 where the partner did what was predicted, 0 where it did not, -1 at the start.
    """
    yours, its = (len(names) for names in action_names)
    pairs = tuple(f"{own}, expecting {other}" for other in action_names[PARTNER] for own in action_names[0])
    played = _played_inside if isinstance(environment.allocate(1), Several) else _played
    kernels = {"begin": _begin, "apply": specialise(_apply, {"_played": played}), "info": _info}
    kernels |= {"chance": _chance} if "chance" in environment.defined else {}
    kernels |= {"pick": _pick} if "pick" in environment.defined else {}
    return wrap(
        environment,
        "Predicting",
        kernels,
        Params(environment.params, yours),
        lambda lanes: State(environment.allocate(lanes), np.zeros((lanes, 1), np.int64), np.full(lanes, NOTHING)),
        actions=(yours * its,),
        action_names=(pairs,),
        heads=(yours, its),
        info=("predicted",),
        scratch=("own", "right"),
    )


@kernel
def _played(s, i):
    return s.joint[i, PARTNER]


@kernel
def _played_inside(s, i):
    return s.inner.joint[i, PARTNER]


@kernel
def _begin(p, s, i, c):
    s.right[i] = NOTHING
    inner_begin(p.inner, s.inner, i, c)


@kernel
def _chance(p, s, i, a, c, stage, prob):
    s.own[i, 0] = a[i, 0] % p.actions
    return inner_chance(p.inner, s.inner, i, s.own, c, stage, prob)


@kernel
def _pick(p, s, i, a, c, stage, u):
    s.own[i, 0] = a[i, 0] % p.actions
    return inner_pick(p.inner, s.inner, i, s.own, c, stage, u)


@kernel
def _apply(p, s, i, a, c, r):
    s.own[i, 0] = a[i, 0] % p.actions
    terminated = inner_apply(p.inner, s.inner, i, s.own, c, r)
    s.right[i] = 1.0 if _played(s.inner, i) == a[i, 0] // p.actions else 0.0
    return terminated


@kernel
def _info(p, s, i, v):
    v[i, 0] = s.right[i]
