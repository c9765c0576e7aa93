"""The examples that are no part of the README (see test_readme for the agent)."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from fences import ROOT


def example(name, needs="stable_baselines3"):
    """Return the module ``examples/name.py``."""
    pytest.importorskip(needs, reason="the example needs Stable-Baselines3 (extra clients)")
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_stable_baselines_learns_to_cooperate():
    """Mutual cooperation earns 8 of the optimum's 8.02 a round, a regret of 2; mutual defection 5, one of 300."""
    assert 0 <= example("stable_baselines").main(steps=20_000) < 100


@pytest.mark.parametrize(("choose", "regret"), [(False, 1.0), (True, 0.0)])
def test_stable_baselines_learns_with_a_stack_of_two_what_it_cannot_with_a_window_of_two(choose, regret):
    """At the junction the window holds nothing of the cue, so that whatever is done there is right for one of two."""
    assert example("adaptive_stack_sb3").main(choose, steps=40_000) == regret


def test_a_battery_of_ones_own_is_certified():
    """Selling at level k earns its price every k / .7 + 1 steps; the best level is the third: 1 / (3 / .7 + 1)."""
    card, regret = example("certify_my_mdp", needs="regretlab").main(steps=50_000)
    assert card.gain.gain == pytest.approx(max(p / (k / 0.7 + 1) for k, p in enumerate((0, 0.2, 0.5, 1, 1.2, 1.3))))
    assert 0 < regret < 0.25 * 50_000 * card.gain.gain


def test_three_bodies_of_ones_own():
    """The momentum is conserved, so the centre of mass moves uniformly; dearer schemes lose less energy."""
    module = example("three_bodies", needs="regretlab")
    runs = module.main()
    errors = [run.energy_error()[-1] for run in runs.values()]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-12
    m, x, v = (np.array(values) for values in (module.MASSES, module.POSITIONS, module.VELOCITIES))
    for run in runs.values():
        assert run.reason == "finished"
        np.testing.assert_allclose(m @ run.positions[-1], m @ x + 20.0 * (m @ v), atol=1e-11)
