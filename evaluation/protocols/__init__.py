"""How a learner meets an environment: each protocol plays a group of seeds and says what they achieved."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import Any, NamedTuple

from ...envs.core.certificate import Certificate
from ...envs.core.environment import Environment


class Outcome(NamedTuple):
    """What one seed achieved: the value under the certificate's criterion, its curve and further metrics.

    ``curve`` has the keys measure, unit, steps and values (see `regretlab.evaluation.store.Curve`); ``parts`` those of
    `regretlab.evaluation.store.Part` for each part that has a name.
    """

    achieved: float
    curve: dict[str, Any]
    metrics: dict[str, float]
    parts: Mapping[str, dict[str, Any]] = {}


class Meeting(NamedTuple):
    """Who meets what, and for how long.

    ``player`` is a learner or a class of agents; the seeds are ``seed`` .. ``seed + seeds - 1``, each played for
    ``steps`` steps; a curve has at most ``checkpoints`` points. ``managed`` is ``environment`` with an oracle that
    manages the memory in the player's place, where that makes sense.
    """

    environment: Environment
    certificate: Certificate
    player: Any
    seed: int
    seeds: int
    steps: int
    checkpoints: int
    managed: Environment | None = None

    @property
    def blocks(self) -> list[int]:
        """The lengths of the blocks of steps between checkpoints, which differ by one at most."""
        count = min(self.steps, self.checkpoints)
        edges = [self.steps * k // count for k in range(count + 1)]
        return [high - low for low, high in pairwise(edges)]


def unsuited(name: str, environment: Environment) -> str | None:
    """Return why ``environment`` cannot be played by the protocol ``name`` (see `run`), or None when it can."""
    return _module(name).unsuited(environment)


def certify(name: str, environment: Environment) -> Certificate:
    """Return the certificate that play by the protocol ``name`` is measured against.

    Raises ValueError for an environment that has none.
    """
    from ...solvers.certify import certify_environment

    return certify_environment(environment, memoryless=name != "partner")  # whose pools are slow to search for one


def run(name: str, meeting: Meeting) -> list[Outcome]:
    """Play ``meeting`` by the protocol ``online``, ``train-test``, ``self-play``, ``partner`` or ``flight``.

    The module of that name says what is measured.

    Raises
    ------
    ValueError
        for an environment that the protocol does not suit, a learner that cannot play it, or steps that are too few.
    """
    reason = unsuited(name, meeting.environment)
    if reason is not None:
        raise ValueError(reason)
    return _module(name).run(meeting)


def _module(name: str) -> ModuleType:
    return import_module(f".{name.replace('-', '_')}", __package__)
