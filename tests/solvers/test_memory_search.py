"""The best deterministic map of the present observation: against all maps, all trajectories, and published values."""

import dataclasses
import itertools

import numpy as np
import pytest

from regretlab.envs.core.model import enumerate_model
from regretlab.envs.core.registry import build as environment
from regretlab.envs.core.remember import remember
from regretlab.solvers import NeverEndsError, best_of_observation, certify, evaluate, history_optimum, optimum
from regretlab.solvers.linear import TooLargeError


def model_of(id, memory, **knobs):
    return enumerate_model(remember(environment(id, **knobs), memory))


def best_of_all_maps(model, observations):
    values = []
    for choice in itertools.product(range(model.joint_actions), repeat=observations):
        try:
            values.append(evaluate(model, np.array(choice)[model.observations[:, 0]]).value)
        except NeverEndsError:
            continue
    return max(values)


def best_of_all_trajectories(model):
    """The best map of a model without chance but for the start: run the starts one after another, and whenever a run
    comes to an observation for the first time go on with each action; stop when the rest cannot make up for it.

    Rewards are at most 1 an episode. Actions that do the same after an observation are tried once.
    """
    actions, living = model.joint_actions, np.flatnonzero(~model.terminal)
    following = np.zeros((model.size, actions), np.int64)
    for state in living:
        for action in range(actions):
            (following[state, action],) = model.transitions[state * actions + action].indices
    rewards, looks = model.rewards[:, :, 0], model.observations[:, 0]
    distinct = {}
    for look in np.unique(looks[living]):
        alike = living[looks[living] == look]
        effects = {(*following[alike, a], *rewards[alike, a]): a for a in reversed(range(actions))}
        distinct[look] = list(effects.values())
    starts = np.flatnonzero(model.initial)
    left = np.append(np.cumsum(model.initial[starts][::-1])[::-1], 0.0)
    policy, best = {}, -np.inf

    def run(number, state, clock, earned):
        nonlocal best
        while model.terminal[state] or clock == model.horizon or looks[state] in policy:
            if model.terminal[state] or clock == model.horizon:
                number += 1
                if earned + left[number] <= best + 1e-12:
                    return
                if number == len(starts):
                    best = earned
                    return
                state, clock = starts[number], 0
            else:
                action = policy[looks[state]]
                earned += model.initial[starts[number]] * rewards[state, action]
                state, clock = following[state, action], clock + 1
        for action in distinct[looks[state]]:
            policy[looks[state]] = action
            run(number, state, clock, earned)
        del policy[looks[state]]

    run(0, starts[0], 0, 0.0)
    return best


@pytest.mark.parametrize(
    ("kind", "discount", "horizon", "terminal"),
    [("return", 1.0, 6, 2), ("discounted", 0.9, 5, 1), ("discounted", 0.9, None, 0), ("gain", 1.0, None, 0)],
)
@pytest.mark.parametrize("seed", range(3))
def test_no_map_is_better(random_model, kind, discount, horizon, terminal, seed):
    """27 maps of three observations in random models, under each criterion."""
    generator = np.random.default_rng(seed)
    model = random_model(8, 3, 2, generator, kind, discount, terminal, horizon)
    living = ~model.terminal
    looks = np.r_[:3, generator.integers(3, size=5)][:, None]
    model = dataclasses.replace(model, observations=looks, initial=living / living.sum())
    found = best_of_observation(model)
    assert found.value == pytest.approx(best_of_all_maps(model, 3), abs=1e-9)
    assert found.low <= found.value <= found.high <= found.value + 1e-8
    assert evaluate(model, found.policy).value == pytest.approx(found.value, abs=1e-12)
    for look in range(3):
        assert len(set(found.policy[living & (looks[:, 0] == look)])) == 1


@pytest.mark.parametrize("seed", range(3))
def test_no_map_is_better_where_no_state_comes_twice(random_model, seed):
    """Layers: state s leads to later states only, so that no horizon is needed."""
    generator = np.random.default_rng(seed)
    model = random_model(9, 2, 2, generator, "return", terminal=1)
    later = model.transitions.tolil()
    later[:] = 0
    for state in range(8):
        for action in range(2):
            later[2 * state + action, generator.integers(state + 1, 9)] = 1.0
    looks = np.r_[0, 1, 2, 3, generator.integers(4, size=5)][:, None]
    model = dataclasses.replace(model, transitions=later.tocsr(), observations=looks)
    found = best_of_observation(model)
    assert found.value == pytest.approx(best_of_all_maps(model, 4), abs=1e-9)
    assert found.high <= found.value + 1e-8


@pytest.mark.parametrize("length", [3, 5])
@pytest.mark.parametrize(
    ("id", "memory", "value"),
    [
        ("TMazePassive-v0", "frame-stack {}", 1.0),
        ("TMazePassive-v0", "adaptive-stack 1", 0.0),
        ("TMazePassive-v0", "adaptive-stack 2", 1.0),
        ("TMazeActivePaper-v0", "frame-stack 1", 0.0),
        ("TMazeActivePaper-v0", "frame-stack 2", 0.5),
        ("TMazeActivePaper-v0", "frame-stack {}", 1.0),
        ("TMazeActivePaper-v0", "adaptive-stack 1", 0.0),
        ("TMazeActivePaper-v0", "adaptive-stack 2", 1.0),
    ],
)
def test_capacities_of_t_mazes(id, memory, value, length):
    """Windows shorter than the corridor earn nothing, or half where an episode that times out costs nothing (commit
    after one cue, dither after the other); two observations of one's own choice are enough. By search: arXiv:2512.19154
    (the mazes), values by exhaustive reasoning for the passive one.
    """
    found = best_of_observation(model_of(id, memory.format(length), length=length))
    assert found.value == pytest.approx(value, abs=1e-9) and found.high == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize(("id", "value"), [("TMazePassive-v0", 0.0), ("TMazeActivePaper-v0", 0.5)])
def test_a_window_one_too_short(id, value):
    found = best_of_observation(model_of(id, "frame-stack 4", length=5))
    assert found.value == pytest.approx(value, abs=1e-9) and found.high == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize(
    ("memory", "value"),
    [
        ("frame-stack 1", 0.0),
        ("frame-stack 2", 0.25),
        ("frame-stack 3", 0.5),
        ("frame-stack 4", 1.0),
        ("adaptive-stack 2", 0.5),
        ("adaptive-stack 3", 1.0),
    ],
)
def test_capacities_of_the_xor_maze(memory, value):
    """Two cues to be compared, of which the windows 3 and the stack 2 lose one every other time."""
    found = best_of_observation(model_of("XorMazePaper-v0", memory))
    assert found.value == pytest.approx(value, abs=1e-9) and found.high == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("memory", ["frame-stack 2", "frame-stack 3", "adaptive-stack 2"])
def test_no_trajectory_of_the_xor_maze_is_better(memory):
    model = model_of("XorMazePaper-v0", memory, limit=12)
    assert best_of_observation(model).value == pytest.approx(best_of_all_trajectories(model), abs=1e-9)


@pytest.mark.parametrize("limit", [1, 20, 200])
def test_a_search_that_is_stopped_brackets_the_value(limit):
    """The exact value is 0.5 (above), found after some 40,000 partial maps."""
    found = best_of_observation(model_of("XorMazePaper-v0", "frame-stack 3"), limit)
    assert found.how.endswith(f"stopped at limit={limit}")
    assert found.low <= 0.5 <= found.high and found.high > found.value


def test_predictions_need_no_search():
    """RepeatFirst: actions change nothing but the reward, so that one bound is the optimum. Of the 4 + 16 + 64
    windows 4 never occur: there are two cards of each suit.
    """
    found = best_of_observation(model_of("RepeatFirst-v0", "frame-stack 3", suits=4, ranks=2))
    assert (
        found.how
        == "branch and bound over the deterministic maps of 80 observations below policies of the history, 1 bounds"
    )
    assert found.high - found.low < 1e-8


def test_states_bound_where_beliefs_are_too_many(random_model, monkeypatch):
    generator = np.random.default_rng(1)
    model = random_model(8, 2, 3, generator, "discounted", 0.9)
    model = dataclasses.replace(model, observations=(np.arange(8) % 3)[:, None])
    monkeypatch.setattr("regretlab.solvers.memory_search.MOST_BELIEFS", 20)
    found = best_of_observation(model)
    assert "policies of the state" in found.how
    assert found.value == pytest.approx(best_of_all_maps(model, 3), abs=1e-9)
    assert found.high <= min(optimum(model).high, found.value + 1e-8)


def test_states_bound_where_beliefs_are_too_many_to_be_solved(random_model):
    """7 states have 7,047 belief states, each of which leads to many others."""
    model = random_model(7, 2, 2, np.random.default_rng(39), "return", terminal=1)
    looks = np.array([0, 1, 2, 2, 0, 2, 0])[:, None]
    model = dataclasses.replace(model, rewards=-np.abs(model.rewards), observations=looks)
    with pytest.raises(TooLargeError):
        history_optimum(model)
    found = best_of_observation(model)
    assert "policies of the state" in found.how
    assert found.value == pytest.approx(best_of_all_maps(model, 3), abs=1e-9)
    certified = certify(model, hidden=True)
    assert certified.optimal.kind == "bound" and "too large to factorise" in certified.optimal.how
    assert certified.memoryless.value == found.value < certified.optimal.high == optimum(model).high


def test_a_map_that_never_comes_to_a_trap_is_not_blamed_for_it(build):
    """State 2 never ends and looks like state 0; the best map never goes there."""
    steps = {
        0: [(-1.0, {1: 1.0}), (0.0, {2: 1.0})],
        1: [(-1.0, {3: 1.0}), (-1.0, {0: 1.0})],
        2: [(-1.0, {2: 1.0})] * 2,
    }
    found = best_of_observation(build(steps, "return", terminal=[3], observations=[0, 1, 0, 9]))
    assert found.value == pytest.approx(-2, abs=1e-12) and np.isnan(found.values[2])
    assert found.policy[[0, 1]].tolist() == [0, 0]


def test_maps_that_all_run_on_are_refused(build):
    steps = {0: [(-1.0, {0: 1.0}), (-1.0, {1: 1.0})], 1: [(-1.0, {2: 1.0}), (-1.0, {1: 1.0})]}
    with pytest.raises(NeverEndsError, match="no policy of the present observation ends"):
        best_of_observation(build(steps, "return", terminal=[2], observations=[5, 5, 5]))


def test_a_search_that_found_no_end_within_its_limit_says_so(build):
    """Left from state 0 and right from state 1 end, which the first map that is tried does not do."""
    steps = {0: [(-1.0, {0: 1.0}), (-1.0, {2: 1.0})], 1: [(-1.0, {1: 1.0}), (-1.0, {2: 1.0})]}
    model = build(steps, "return", terminal=[2], observations=[5, 6, 7], initial=[0.5, 0.5, 0])
    with pytest.raises(TooLargeError, match="searched within limit=1 ends"):
        best_of_observation(model, limit=1)
    assert best_of_observation(model).value == pytest.approx(-1.0, abs=1e-12)


def test_too_many_steps_are_refused(swim):
    with pytest.raises(TooLargeError, match="10 states in each of 3000000 steps"):
        best_of_observation(swim(10, "return", horizon=3_000_000))
