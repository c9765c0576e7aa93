"""Registers the toy of ``signals.py`` for one player (`SIGNAL`) and for several (`SIGNALS`)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import regretlab

MODULE = "regretlab_signals_toy"


def _row(id: str, players: int) -> regretlab.Row:
    knobs = {
        "players": regretlab.Knob(players, "how many", low=1, high=3),
        "horizon": regretlab.Knob(0, "steps of an episode, 0 for no limit", low=0),
        "seen": regretlab.Knob("integer", "observation", choices=("integer", "vector", "image")),
        "masked": regretlab.Knob(False, "forbid an action"),
    }
    return regretlab.Row(id, MODULE, "toys", "Answer the light.", knobs, "one" if players == 1 else "several")


@pytest.fixture(scope="session", autouse=True)
def signals() -> None:
    spec = importlib.util.spec_from_file_location(MODULE, Path(__file__).with_name("signals.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    spec.loader.exec_module(module)
    regretlab.register(_row("toys/Signal-v0", 1))
    regretlab.register(_row("toys/Signals-v0", 2))
