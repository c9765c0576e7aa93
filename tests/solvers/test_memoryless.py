"""Policies that see only the present observation: what is proved, and what is only a bound."""

import numpy as np
import pytest

from regretlab.solvers.criteria import evaluate, optimum
from regretlab.solvers.memoryless import best_memoryless
from regretlab.solvers.model_data import uniform_policy

CORRIDOR, JUNCTION, RED, GREEN = range(4)


def t_maze(build, length, horizon=True):
    """The passive T-maze: a cue, a corridor, a junction where the arm of the cue pays 1 and the other costs 1."""
    steps, observations, end = {}, [], 2 * length
    for cue in (0, 1):
        for column in range(length):
            state = cue * length + column
            if column == length - 1:
                steps[state] = [(1.0 if arm == cue else -1.0, {end: 1.0}) for arm in (0, 1)]
                observations.append(JUNCTION)
            else:
                steps[state] = [(0.0, {state + 1: 1.0})] * 2
                observations.append(CORRIDOR if column else RED + cue)
    initial = np.zeros(2 * length + 1)
    initial[[0, length]] = 0.5
    limit = length + 1 if horizon else None
    return build(steps, "return", horizon=limit, initial=initial, terminal=[end], observations=[*observations, RED])


@pytest.mark.parametrize("horizon", [True, False])
@pytest.mark.parametrize("length", [2, 3, 10])
def test_t_maze_without_memory_is_worth_nothing(build, length, horizon):
    """Optimum +1, memoryless 0, proved: only the junction decides, and it comes once an episode."""
    model = t_maze(build, length, horizon)
    found = best_memoryless(model)
    assert optimum(model).value == pytest.approx(1.0, abs=1e-14)
    assert abs(found.value) < 1e-14
    assert found.low <= 0 <= found.high < 1e-9
    assert found.how.endswith("1 bounds; no deciding observation comes twice")


def test_drawing_actions_may_beat_every_map(build):
    """Two states look alike and need opposite actions: maps earn -1 a step, even odds 0 (Singh et al. 1994)."""
    steps = {0: [(1.0, {1: 1.0}), (-1.0, {0: 1.0})], 1: [(-1.0, {1: 1.0}), (1.0, {0: 1.0})]}
    model = build(steps, observations=[7, 7])
    found = best_memoryless(model)
    assert found.value == pytest.approx(-1.0, abs=1e-12)
    assert found.high >= optimum(model).value == pytest.approx(1.0)
    assert "may be better" in found.how
    assert found.value < evaluate(model, uniform_policy(model)).value == pytest.approx(0.0, abs=1e-12)


def test_an_observation_that_tells_the_state_loses_nothing(swim):
    """Twenty states would make 2^20 maps; none is tried."""
    found, best = best_memoryless(swim(20)), optimum(swim(20))
    assert (found.value, found.low, found.high) == (best.value, best.low, best.high)
    assert "tells the state" in found.how


def test_a_map_that_is_optimal_is_proved(build):
    """States 0 and 1 look alike and both want action 1."""
    steps = {0: [(0.0, {0: 1.0}), (0.0, {1: 1.0})], 1: [(0.0, {1: 1.0}), (1.0, {0: 1.0})]}
    found = best_memoryless(build(steps, observations=[3, 3]))
    assert found.value == pytest.approx(0.5, abs=1e-12)
    assert found.policy.tolist() == [1, 1]
    assert found.high - found.low < 1e-9


def test_no_drawn_policy_exceeds_a_proved_value(build):
    """Layers of states with shared observations, each layer met once: 100 random policies stay below."""
    rng = np.random.default_rng(0)
    steps, observations = {}, [0]
    steps[0] = [(float(rng.normal()), {1: p, 2: 1 - p}) for p in rng.random(2)]
    for layer in range(3):
        for number in range(2):
            state, following = 1 + 2 * layer + number, 3 + 2 * layer
            laws = [{following: p, following + 1: 1 - p} if layer < 2 else {7: 1.0} for p in rng.random(2)]
            steps[state] = [(float(rng.normal()), law) for law in laws]
            observations.append(1 + layer)
    model = build(steps, "return", terminal=[7], observations=[*observations, 0])
    found = best_memoryless(model)
    assert "no deciding observation comes twice" in found.how
    assert found.value < optimum(model).value - 0.01  # aliasing costs something here
    for _ in range(100):
        rule = rng.dirichlet([0.3, 0.3], 4)
        assert evaluate(model, rule[[*observations, 0]]).value <= found.high


def test_maps_that_lose_for_ever_are_passed_over(build):
    """One observation, two actions; the first never leaves a costly loop."""
    model = build(
        {0: [(-1.0, {0: 1.0}), (-3.0, {1: 1.0})], 1: [(-1.0, {0: 1.0}), (-3.0, {2: 1.0})]},
        "return",
        terminal=[2],
        observations=[5, 5, 5],
    )
    assert best_memoryless(model).value == pytest.approx(-6.0, abs=1e-13)


def test_many_maps_need_few_bounds(build):
    """13 observations make 8192 maps; always 1 pays 1 a step, which is the optimum of the model."""
    steps = {s: [(0.0, {(s + 1) % 26: 1.0}), (1.0, {0: 1.0})] for s in range(26)}
    found = best_memoryless(build(steps, observations=[s // 2 for s in range(26)]))
    assert found.value == pytest.approx(1.0, abs=1e-12) and found.how.endswith("optimal in the model")


def test_a_search_that_is_stopped_keeps_a_bound(build):
    """The two states that look alike again, with a limit that leaves no bound to spare."""
    steps = {0: [(1.0, {1: 1.0}), (-1.0, {0: 1.0})], 1: [(-1.0, {1: 1.0}), (1.0, {0: 1.0})]}
    found = best_memoryless(build(steps, observations=[7, 7]), limit=1)
    assert "stopped at limit=1" in found.how
    assert found.value == pytest.approx(-1.0, abs=1e-12) and found.high >= 1.0
