"""Families of continuing tasks that grow by one number while what happens locally stays the same.

    environment = family("task-ring").scale(16)

A family declares how diameter, residence time and mixing time grow with its scale nu: the exponent k says that the
quantity is of the order of nu**k when nu is large. The notions are those of Riemer, Raparthy, Cases, Subbaraj, Puelma
Touzel and Rish, "Continual learning in environments with polynomial mixing times", NeurIPS 2022, arXiv:2112.07066, who
call such a family a scalable MDP. More rooms or tasks mix more slowly only where they come in an order: drawn at random
they do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..core.hints import did_you_mean

if TYPE_CHECKING:
    from ..core.environment import Environment


@dataclass(frozen=True)
class Family:
    """A family of environments of one id, told apart by the value of one knob, the scale nu.

    Parameters
    ----------
    name : of the family.
    id : of its environments.
    knob : the knob that is the scale.
    states : exponent of the number of states. Divide another exponent by this one (where it is not 0) for the growth
        with the number of states.
    diameter : exponent of the diameter (the longest of the shortest expected ways between two states).
    residence_time : exponent of the longest expected visit, under the optimal policy, to a region that the environment
        names and that holds at most half of the stationary mass.
    mixing_time : exponent of the worst-case mixing time of the optimal policy.
    fixed : the other knobs that are not at their defaults.
    """

    name: str
    id: str
    knob: str
    states: float
    diameter: float
    residence_time: float
    mixing_time: float
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def scale(self, nu: float) -> Environment:
        """Build the environment of scale ``nu``; TypeError or ValueError where the knob does not allow it."""
        from ..core.registry import build

        return build(self.id, **{self.knob: nu}, **self.fixed)


_TASK_RING, _ROOMS = "regretlab/TaskRing-v0", "regretlab/BottleneckRooms-v0"

FAMILIES = {
    family.name: family
    for family in (
        Family("task-ring", _TASK_RING, "tasks", 1, 1, 1, 2),
        Family("task-ring-random", _TASK_RING, "tasks", 1, 1, 0, 0, {"mode": "random"}),
        Family("task-ring-tau", _TASK_RING, "duration", 0, 1, 1, 1, {"tasks": 16}),
        Family("lazy-ring", "regretlab/LazyRing-v0", "states", 1, 2, 1, 2),
        Family("barbell", "regretlab/Barbell-v0", "clique", 1, 2, 2, 2),
        Family("river-swim", "regretlab/RiverSwim-v0", "states", 1, 1, 0, 1),
        Family("bottleneck-rooms", _ROOMS, "rooms", 1, 1, 0, 2),
        Family("bottleneck-rooms-random", _ROOMS, "rooms", 1, 1, 0, 0, {"evolution": "random"}),
        Family("residence-rooms", "regretlab/ResidenceRooms-v0", "side", 2, 2, 2, 2, {"exponent": 2}),
    )
}


def family(name: str) -> Family:
    """Return the family ``name``; ValueError for an unknown one, with the nearest."""
    if name not in FAMILIES:
        hint = did_you_mean(name, FAMILIES)
        raise ValueError(f"unknown family {name!r}{hint} There are: {', '.join(FAMILIES)}")
    return FAMILIES[name]
