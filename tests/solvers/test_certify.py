"""Certificates solved from models."""

import json

import numpy as np
import pytest

from regretlab.solvers.certify import certify


def test_gain_of_river_swim(swim):
    found = certify(swim(6))
    assert found.unit == "reward per step"
    assert found.optimal.value == pytest.approx(3601.5 / 8402.5, abs=1e-13)
    assert found.optimal.kind == "solved" and found.optimal.low <= found.optimal.value <= found.optimal.high
    assert found.facts == {"states": 6, "actions": 2, "bias_span": pytest.approx(6.3103, abs=5e-5)}
    # Uniform play is a birth-death chain too: up p / 2, down (1 + q) / 2, and each end pays half the time.
    up, down = np.array([0.3, *[0.175] * 4]), np.array([*[0.525] * 4, 0.7])
    law = np.cumprod(np.r_[1.0, up / down])
    law /= law.sum()
    assert found.random.value == pytest.approx(0.0025 * law[0] + 0.5 * law[-1], abs=1e-13)
    assert found.memoryless.value == found.optimal.value and found.memoryless.kind == "solved"
    assert found.normalised(found.random.value) == 0 and found.normalised(found.optimal.value) == 1
    json.dumps([found.optimal.low, found.random.high, found.facts["bias_span"]])


def test_each_criterion(build):
    """One step pays 1 with action 1 and 0 with action 0; the state returns to itself."""
    steps = {0: [(0.0, {0: 1.0}), (1.0, {0: 1.0})]}
    for kind, discount, horizon, best in [
        ("gain", 1.0, None, 1),
        ("discounted", 0.5, None, 2),
        ("return", 1.0, 7, 7),
        ("discounted", 0.5, 2, 1.5),
    ]:
        found = certify(build(steps, kind, discount, horizon))
        assert found.optimal.value == pytest.approx(best, abs=1e-12)
        assert found.random.value == pytest.approx(best / 2, abs=1e-12)
    ended = certify(build({0: [(0.0, {1: 1.0}), (1.0, {1: 1.0})]}, "return", terminal=[1]), unit="points")
    assert (ended.unit, ended.optimal.value, ended.random.value) == ("points", 1.0, 0.5)


def test_multichain_and_unproved_memoryless(build):
    """A lottery of no return, then two states that look alike."""
    steps = {
        0: [(0.0, {1: 1.0})] * 2,
        1: [(1.0, {2: 1.0}), (-1.0, {1: 1.0})],
        2: [(-1.0, {2: 1.0}), (1.0, {1: 1.0})],
        3: [(2.0, {3: 1.0})] * 2,
    }
    found = certify(build(steps, observations=[0, 1, 1, 2], initial=[0.5, 0, 0, 0.5]))
    assert found.optimal.value == pytest.approx(1.5, abs=1e-12)
    assert "components" in found.optimal.how and "bias_span" not in found.facts
    assert found.memoryless.kind == "bound"
    assert found.memoryless.value == pytest.approx(0.5, abs=1e-12)
    assert found.memoryless.high == pytest.approx(1.5, abs=1e-9)


def test_long_rivers_need_no_memory_either(swim):
    """A hundred states would make 2^100 maps, but each observation tells the state."""
    assert certify(swim(100)).memoryless.value == pytest.approx(3 / 7, abs=1e-9)


def test_memoryless_is_left_out_where_no_map_ends(build):
    """The exit lies between two states that look alike: a map runs on from one of them, at 1 a step. With memory, left
    and then right: 1 step from one and 2 from the other.
    """
    steps = {0: [(-1.0, {0: 1.0}), (-1.0, {1: 1.0})], 2: [(-1.0, {1: 1.0}), (-1.0, {2: 1.0})]}
    model = build(steps, "return", terminal=[1], observations=[5, 9, 5], initial=[0.5, 0, 0.5])
    found = certify(model, hidden=True)
    assert found.optimal.value == pytest.approx(-1.5, abs=1e-12) and found.memoryless is None


def test_a_policy_of_belief_states_is_none_of_states(build):
    """Each observation tells the state, but beliefs are numbered otherwise than states, as many of them as there are.

    From 0 to the exit 3 by way of 1 and 2, for which the actions 1, 0 and 0 are right; the others stay, at 1 a step.
    """
    stay = [(-1.0, {state: 1.0}) for state in range(3)]
    steps = {0: [stay[0], (-1.0, {1: 1.0})], 1: [(-1.0, {2: 1.0}), stay[1]], 2: [(-1.0, {3: 1.0}), stay[2]]}
    model = build(steps, "return", terminal=[3], observations=[3, 2, 1, 0], initial=[0.4, 0.3, 0.3, 0])
    found = certify(model, hidden=True)
    assert found.optimal.value == pytest.approx(-(0.4 * 3 + 0.3 * 2 + 0.3), abs=1e-12)
    assert found.memoryless.value == found.optimal.value and "tells the state" in found.memoryless.how
    assert found.needs_memory is False


def test_memoryless_is_left_out_when_it_would_take_too_long(build, monkeypatch):
    monkeypatch.setattr("regretlab.solvers.memory_search.MOST_WORK", 1.0)
    steps = {s: [(0.0, {(s + 1) % 30: 1.0}), (1.0, {0: 1.0})] for s in range(30)}
    assert certify(build(steps, observations=[s // 2 for s in range(30)])).memoryless is None
