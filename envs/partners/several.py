"""Several partners in one environment: one is drawn at every start, or a lane has its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.automaton import Automaton
from ..core.environment import Environment
from ..core.environment import _nothing as inner_begin
from ..core.kernel import kernel
from ..core.wrapping import look_inside, wrap

DRAWN = -1  # the partner of a lane that has none of its own


class Params(NamedTuple):
    """The parameters inside, and the first state of each partner as a row of the tables inside, int64 (partners,)."""

    inner: Any
    first: np.ndarray


class State(NamedTuple):
    """The state inside, and the number of each lane's ``partner`` (`DRAWN`: drawn at every start)."""

    inner: Any
    partner: np.ndarray

    def __getattr__(self, name: str) -> Any:
        return look_inside(self, name)


def union(machines: Sequence[Automaton]) -> Automaton:
    """Return the automaton that is one of ``machines``, each with equal probability, for a whole episode.

    Raises ValueError for machines of different shapes.
    """
    shapes = {each.next.shape[1:] for each in machines}
    if len(shapes) > 1:
        raise ValueError(f"partners must be made for one game, not for games of {sorted(shapes)} actions")
    base = bases(machines)
    return Automaton(
        "one of several",
        np.concatenate([each.start for each in machines]) / len(machines),
        np.concatenate([each.policy for each in machines]),
        np.concatenate([each.next + low for each, low in zip(machines, base, strict=True)]),
    )


def choose_partner(environment: Environment, machines: Sequence[Automaton]) -> Environment:
    """Return ``environment``, in which their `union` plays, with the lane parameter ``partner``.

    Raises ValueError for a partner whose first state is drawn: which one a lane has would not say where it begins.
    """
    for each in machines:
        if each.start.max() < 1:
            raise ValueError(f"{each} draws its first state; of several partners each must have one to begin in")
    first = np.array([low + each.start.argmax() for each, low in zip(machines, bases(machines), strict=True)])
    ranges = {**environment.spec.lane_ranges, "partner": (DRAWN, len(machines) - 1)}
    return wrap(
        environment,
        "SeveralPartners",
        {"begin": _begin},
        Params(environment.params, first),
        lambda lanes: State(environment.allocate(lanes), np.full(lanes, DRAWN, np.int64)),
        lane_parameters={**environment.spec.lane_parameters, "partner": DRAWN},
        lane_ranges=ranges,
        scratch=("partner",),  # after the start it is the partner's state that counts, whoever chose it
    )


def bases(machines: Sequence[Automaton]) -> np.ndarray:
    """Return the first row of each of ``machines`` in the tables of their `union`, int64 (machines,)."""
    return np.cumsum([0, *(each.states for each in machines[:-1])])


@kernel
def _begin(p, s, i, c):
    inner_begin(p.inner, s.inner, i, c)
    if s.partner[i] >= 0:
        s.inner.partners[i, 0] = p.first[s.partner[i]]
