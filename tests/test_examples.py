"""The examples that are no part of the README (see test_readme for the agent)."""

from __future__ import annotations

import importlib.util

import pytest

from fences import ROOT


def test_stable_baselines_learns_to_cooperate():
    """Mutual cooperation earns 8 of the optimum's 8.02 a round, a regret of 2; mutual defection 5, one of 300."""
    pytest.importorskip("stable_baselines3", reason="the example needs Stable-Baselines3 (extra clients)")
    spec = importlib.util.spec_from_file_location("example", ROOT / "examples" / "stable_baselines.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert 0 <= module.main(steps=20_000) < 100
