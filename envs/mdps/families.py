"""Families of continuing tasks that grow with one number, with the exponents at which they become harder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.environment import Environment
from ..core.hints import did_you_mean
from ..core.registry import build


@dataclass(frozen=True)
class Family:
    """Tasks of one kind and growing size.

    Parameters
    ----------
    name : as `family` takes it.
    id : of the environment.
    knobs : the knobs of a scale, a positive integer.
    least : the smallest scale.
    exponents : at which quantities grow with the scale, asymptotically: ``diameter``, ``mixing_time`` (of an optimal
        policy) and ``residence_time`` (of the region `region`), where they are known.
    region : the name of a set of states whose residence time grows as declared.
    """

    name: str
    id: str
    knobs: Callable[[int], dict[str, Any]]
    least: int
    exponents: Mapping[str, float]
    region: str = ""

    def scale(self, size: int) -> Environment:
        """Return the task of scale ``size``.

        Raises TypeError or ValueError unless it is an integer of at least ``least``.
        """
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"size={size!r} is not allowed: size must be an integer of at least {self.least}")
        if size < self.least:
            raise ValueError(f"size={size} is not allowed: the least of {self.name} is {self.least}")
        return build(self.id, **self.knobs(size))


_ALL = (
    Family(
        "task-ring",
        "regretlab/TaskRing-v0",
        lambda size: {"tasks": size},
        2,
        {"diameter": 1, "mixing_time": 2, "residence_time": 1},
        "first half",
    ),
    Family(
        "task-ring-random",
        "regretlab/TaskRing-v0",
        lambda size: {"tasks": size, "mode": "random"},
        2,
        {"diameter": 1, "mixing_time": 0, "residence_time": 0},
        "first half",
    ),
    Family(
        "task-ring-duration",
        "regretlab/TaskRing-v0",
        lambda size: {"tasks": 8, "duration": float(size)},
        1,
        {"diameter": 1, "mixing_time": 1, "residence_time": 1},
        "first half",
    ),
    Family(
        "lazy-ring",
        "regretlab/LazyRing-v0",
        lambda size: {"states": size},
        3,
        {"diameter": 2, "mixing_time": 2, "residence_time": 1},
        "first half",
    ),
    Family(
        "barbell",
        "regretlab/Barbell-v0",
        lambda size: {"clique": size},
        2,
        {"diameter": 2, "residence_time": 2},
        "first clique",
    ),
    Family(
        "river-swim",
        "regretlab/RiverSwim-v0",
        lambda size: {"states": size},
        2,
        {"diameter": 1, "mixing_time": 1},
    ),
    Family(
        "rooms",
        "regretlab/BottleneckRooms-v0",
        lambda size: {"rooms": size},
        1,
        {"mixing_time": 2},
    ),
    Family(
        "rooms-random",
        "regretlab/BottleneckRooms-v0",
        lambda size: {"rooms": size, "evolution": "random"},
        1,
        {"mixing_time": 0},
    ),
    Family(
        "small-rooms",
        "regretlab/BottleneckRooms-v0",
        lambda size: {"rooms": size, "side": 2},
        1,
        {"mixing_time": 2},
    ),
    Family(
        "small-rooms-random",
        "regretlab/BottleneckRooms-v0",
        lambda size: {"rooms": size, "side": 2, "evolution": "random"},
        1,
        {"mixing_time": 0},
    ),
    Family(
        "residence-rooms",
        "regretlab/ResidenceRooms-v0",
        lambda size: {"side": size, "exponent": 2},
        2,
        {"mixing_time": 2, "residence_time": 2},
        "room 0",
    ),
)
FAMILIES = {each.name: each for each in _ALL}


def family(name: str) -> Family:
    """Return the family ``name``, one of `FAMILIES`.

    Raises ValueError for an unknown name, with the nearest, and TypeError for what is no name.
    """
    if not isinstance(name, str):
        raise TypeError(f"name={name!r} is not allowed: name must be one of {', '.join(FAMILIES)}")
    if name not in FAMILIES:
        raise ValueError(f"unknown family {name!r}{did_you_mean(name, FAMILIES)} families: {', '.join(FAMILIES)}")
    return FAMILIES[name]
