"""How a learner meets an environment: each protocol plays a group of seeds and says what they achieved."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any, NamedTuple

from ...envs.core.certificate import Certificate
from ...envs.core.environment import Environment


class Outcome(NamedTuple):
    """What one seed achieved: the value under the certificate's criterion, its curve and further metrics.

    ``curve`` has the keys measure, unit, steps and values (see `regretlab.evaluation.store.Curve`).
    """

    achieved: float
    curve: dict[str, Any]
    metrics: dict[str, float]


Protocol = Callable[[Environment, Certificate, Any, int, int, int, int], list[Outcome]]


def load(name: str) -> Protocol:
    """Return the function of the protocol ``online``, ``self-play`` or ``partner``.

    Its arguments are environment, certificate, player, first seed, number of seeds, steps and checkpoints.
    """
    return import_module(f".{name.replace('-', '_')}", __package__).run


def blocks(steps: int, checkpoints: int) -> list[int]:
    """Split ``steps`` into at most ``checkpoints`` blocks whose lengths differ by one at most."""
    count = min(steps, checkpoints)
    edges = [steps * k // count for k in range(count + 1)]
    return [high - low for low, high in pairwise(edges)]
