"""The environment that shows what its history tells: the number of the belief state, which the best policy plays on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .environment import Environment
from .environment import _nothing as inner_apply
from .environment import _nothing as inner_begin
from .environment import _nothing as inner_observe
from .kernel import kernel
from .model import Model
from .reveal import reveal
from .spec import Observation
from .wrapping import look_inside, wrap


class Table(NamedTuple):
    """What tracks the B beliefs over the S states of a model with A actions, all int64.

    Attributes
    ----------
    group_of : (S,), the number of every state's observation; states that end an episode have one of their own.
    group : (B,), the number of the observation that all states of a belief share.
    first : (B * A + 1,), where the successors of belief b after action a begin: at ``first[b * A + a]``.
    successor : the beliefs that may follow, of which no two have the same observation.
    start : the beliefs in which an episode may begin.
    """

    group_of: np.ndarray
    group: np.ndarray
    first: np.ndarray
    successor: np.ndarray
    start: np.ndarray


class Params(NamedTuple):
    """The parameters of the environment that shows its state, the ``table``, and the numbers of states and actions."""

    inner: Any
    table: Table
    states: int
    actions: int


class State(NamedTuple):
    """The state of the environment that shows its state, what it has ``shown`` last (int64 (lanes, 1)), and the
    ``belief`` of every lane, or -1.
    """

    inner: Any
    shown: np.ndarray
    belief: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


def show_belief(environment: Environment, model: Model, table: Table, steps: int = 1) -> Environment:
    """Return ``environment`` observed as the belief state of an agent that remembers everything (and the clock).

    The observation is the integer ``belief + B * min(clock, steps - 1)``, B being the number of beliefs and the clock
    counting the steps of the episode. The belief is tracked by what the agent is shown: the observations, the actions
    and whether the episode has ended; the hidden state only names the observation. Everything else, random numbers
    included, stays as it is. After an observation that the beliefs exclude, as under other lane parameters, -1 is
    shown. The result is not listed itself.

    Parameters
    ----------
    environment : an environment of one player.
    model : its exact model.
    table : of the model's beliefs (see `regretlab.solvers.believe`).
    steps : how many values of the clock are told apart.

    Raises ValueError for several players.
    """
    shown = reveal(environment, model, steps)
    return wrap(
        shown,
        "Believed",
        {"begin": _begin, "apply": _apply, "observe": _observe},
        Params(shown.params, table, model.size, model.joint_actions),
        lambda lanes: State(shown.new_state(lanes), np.zeros((lanes, 1), np.int64), np.zeros(lanes, np.int64)),
        observation=Observation.integers(len(table.group) * steps),
        observation_names=(),
        scratch=("shown",),
    )


@kernel
def _seen(p, s, i):
    """Return the number of the observation that lane ``i`` shows, or -1 in a state that the model does not have."""
    inner_observe(p.inner, s.inner, i, s.shown)
    state = s.shown[i, 0]
    return -1 if state < 0 else p.table.group_of[state % p.states]


@kernel
def _among(table, beliefs, first, end, seen):
    """Return which of the beliefs at ``first`` .. ``end - 1`` has the observation ``seen``, or -1."""
    found = -1
    for k in range(first, end):
        if table.group[beliefs[k]] == seen:
            found = beliefs[k]
    return found


@kernel
def _begin(p, s, i, c):
    inner_begin(p.inner, s.inner, i, c)
    s.belief[i] = _among(p.table, p.table.start, 0, p.table.start.shape[0], _seen(p, s, i))


@kernel
def _apply(p, s, i, a, c, r):
    ended = inner_apply(p.inner, s.inner, i, a, c, r)
    belief = s.belief[i]
    if belief >= 0:
        row = belief * p.actions + a[i, 0]
        s.belief[i] = _among(p.table, p.table.successor, p.table.first[row], p.table.first[row + 1], _seen(p, s, i))
    return ended


@kernel
def _observe(p, s, i, o):
    clock = s.shown[i, 0] // p.states
    o[i, 0] = -1 if s.belief[i] < 0 else s.belief[i] + p.table.group.shape[0] * clock
