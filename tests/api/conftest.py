"""Registers the toy of ``signals.py`` while these tests run: ``toys/Signal-v0``, for several ``toys/Signals-v0``."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import pettingzoo
import pytest

import regretlab
from regretlab.envs.core import registry

MODULE = "regretlab_signals_toy"


def _row(id: str, players: int) -> regretlab.Row:
    knobs = {
        "players": regretlab.Knob(players, "how many", low=1, high=3),
        "horizon": regretlab.Knob(0, "steps of an episode, 0 for no limit", low=0),
        "seen": regretlab.Knob("integer", "observation", choices=("integer", "vector", "image")),
        "masked": regretlab.Knob(False, "forbid an action"),
    }
    return regretlab.Row(id, MODULE, "toys", "Answer the light.", knobs, "one" if players == 1 else "several")


@pytest.fixture(scope="module", autouse=True)
def signals() -> Iterator[None]:
    if MODULE not in sys.modules:
        spec = importlib.util.spec_from_file_location(MODULE, Path(__file__).with_name("signals.py"))
        sys.modules[MODULE] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[MODULE])
    toys = [_row("toys/Signal-v0", 1), _row("toys/Signals-v0", 2)]
    for row in toys:
        regretlab.register(row)
    yield
    for known in (registry._rows, gymnasium.registry, pettingzoo.parallel_registry, pettingzoo.aec_registry):
        for row in toys:
            known.pop(row.id, None)
