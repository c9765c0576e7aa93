"""Compiling ahead: what `regretlab warmup` runs, so that the first real run finds everything in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import numpy as np

from ..envs.core.batch import Batch
from ..envs.core.environment import Environment
from ..envs.core.model import enumerate_model
from ..envs.core.registry import build, rows
from ..solvers.certify import certify_environment
from . import suites
from .runs import Group, groups, play

SUITE = "quick"
STEPS = 1_000  # enough for an episode of every task of the suite


class Item(NamedTuple):
    """Something to compile: what it is called, and the function that does it by running it once."""

    name: str
    run: Callable[[], None]


def items(ids: Sequence[str] = ()) -> list[Item]:
    """Return what to run for the environments ``ids`` with their default knobs: the batch loops and the exact model.

    Without ids: for all environments, and every pair of the suite ``quick``. Raises KeyError for an unknown id.
    """
    chosen = [build(id) for id in ids or [row.id for row in rows()]]
    result = [Item(each.id, partial(environment, each)) for each in chosen]
    if ids:
        return result
    for group in groups(suites.load(SUITE), seeds=1):
        short = group._replace(task=group.task.model_copy(update={"steps": min(STEPS, group.task.steps)}))
        played = build(group.task.environment, **group.task.knobs)
        name = f"{group.task.name}, {group.entry.title}"
        result.append(Item(name, partial(_pair, short, played)))
    return result


def environment(built: Environment) -> None:
    """Reset and step one lane of ``built``, and list its exact model if it has one."""
    batch = Batch(built, 1)
    batch.reset(seed=0)
    batch.observe()
    actions = np.argmax(batch.legal(), axis=2)
    if "payoffs" in built.defined:
        batch.payoffs(actions)
    batch.step(actions)
    with suppress(ValueError):  # without a model, or with one that is too large
        enumerate_model(built)


def _pair(group: Group, played: Environment) -> None:
    play(group, certify_environment(played))
