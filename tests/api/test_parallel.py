"""The PettingZoo environments: parallel, and turn by turn."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pettingzoo
import pytest
from gymnasium import spaces
from pettingzoo.utils import parallel_to_aec

import regretlab
from regretlab.envs.api.conformance import PETTINGZOO_IGNORED

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # PettingZoo's tests import one of its games in the old way
    from pettingzoo.test import api_test, parallel_api_test, render_test

GAMES = [
    ("IteratedGame-v0", {"horizon": 20}),
    ("IteratedGame-v0", {"game": "shapley", "continuation": 0.9}),
    ("MatrixGame-v0", {"game": "jordan-pennies"}),
    ("toys/Signals-v0", {}),
    ("toys/Signals-v0", {"players": 3, "seen": "vector"}),
    ("toys/Signals-v0", {"seen": "image", "horizon": 4}),
]


def _unexpected(caught):
    messages = [str(warning.message) for warning in caught]
    return [message for message in messages if not any(known in message for known in PETTINGZOO_IGNORED)]


@pytest.mark.parametrize(("id", "knobs"), GAMES)
def test_pettingzoos_own_tests_pass(id, knobs):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parallel_api_test(regretlab.make_parallel(id, **knobs), num_cycles=200)
        api_test(parallel_to_aec(regretlab.make_parallel(id, **knobs)), num_cycles=200)
        render_test(lambda render_mode: parallel_to_aec(regretlab.make_parallel(id, render_mode, **knobs)))
    assert _unexpected(caught) == []


def test_pettingzoos_test_of_turns_passes_with_a_mask():
    """`parallel_api_test` has no way to a mask in an info, `api_test` reads it there."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        api_test(pettingzoo.make("aec", "toys/Signals-v0", masked=True), num_cycles=200)
    assert _unexpected(caught) == []


@pytest.mark.parametrize(("id", "knobs"), GAMES)
def test_equals_a_lane_of_a_batch(id, knobs):
    env = regretlab.make_parallel(id, **knobs)
    batch = regretlab.make_batch(id, 3, autoreset="same_step", **knobs)
    batch.reset(10)
    generator = np.random.default_rng(0)
    seen, infos = env.reset(seed=12)
    agents = env.possible_agents
    sizes = batch.spec.observation.sizes
    vector = batch.spec.observation.kind == "vector"
    for _ in range(60):
        for player, agent in enumerate(agents):
            own = batch.observation[2, player]
            assert np.array_equal(seen[agent], own[: sizes[player]] if vector else own)
            assert env.observation_space(agent).contains(seen[agent])
            assert infos[agent] == {name: values[2] for name, values in batch.info().items()}
        actions = generator.integers(0, batch.spec.actions, (3, len(agents)))
        seen, rewards, terminations, truncations, infos = env.step(dict(zip(agents, actions[2].tolist(), strict=True)))
        batch.step(actions)
        assert list(rewards.values()) == batch.reward[2].tolist()
        assert set(terminations.values()) == {bool(batch.terminated[2])}
        assert set(truncations.values()) == {bool(batch.truncated[2])}
        if not env.agents:
            assert batch.terminated[2] | batch.truncated[2]
            seen, infos = env.reset()


def test_spaces_follow_the_players():
    env = regretlab.make_parallel("toys/Signals-v0", players=3, seen="vector")
    assert env.possible_agents == ["player_0", "player_1", "player_2"]
    assert [env.action_space(agent).n for agent in env.possible_agents] == [3, 2, 4]
    assert [env.observation_space(agent).shape for agent in env.possible_agents] == [(3,), (2,), (1,)]
    assert env.action_space("player_1") is env.action_space("player_1")
    assert isinstance(regretlab.make_parallel("IteratedGame-v0").observation_space("player_0"), spaces.Discrete)


def test_types_are_those_that_clients_expect():
    env = regretlab.make_parallel("toys/Signals-v0", masked=True)
    seen, infos = env.reset(seed=0)
    assert type(seen["player_1"]) is np.int64
    masks = {agent: info["action_mask"] for agent, info in infos.items()}
    assert [(mask.dtype, mask.size) for mask in masks.values()] == [(np.int8, 3), (np.int8, 2)]
    actions = {agent: np.flatnonzero(mask)[0] for agent, mask in masks.items()}
    _, rewards, terminations, truncations, _ = env.step(actions)
    for values, kind in ((rewards, float), (terminations, bool), (truncations, bool)):
        assert {type(value) for value in values.values()} == {kind}


def test_rewards_are_those_of_a_tensor_of_ones_own():
    payoffs = np.random.default_rng(0).normal(size=(3, 2, 3, 4))
    env = regretlab.make_parallel("IteratedGame-v0", payoffs=payoffs, horizon=0)
    env.reset(seed=0)
    for joint in np.ndindex(2, 3, 4):
        rewards = env.step(dict(zip(env.agents, joint, strict=True)))[1]
        assert np.array_equal(list(rewards.values()), payoffs[(slice(None), *joint)])


def test_an_episode_ends_for_all_and_begins_again():
    env = regretlab.make_parallel("toys/Signals-v0", horizon=1)
    for _ in range(2):
        env.reset()
        assert env.agents == env.possible_agents
        env.step({"player_0": 0, "player_1": 0})
        assert env.agents == []
    with pytest.raises(RuntimeError, match="call reset"):
        env.step({})


def test_equal_seeds_agree_and_others_do_not():
    def play(seed):
        env = regretlab.make_parallel("toys/Signals-v0")
        lights = [env.reset(seed=seed)[0]["player_0"]]
        for _ in range(500):
            if not env.agents:
                env.reset()
            lights.append(env.step({"player_0": 0, "player_1": 0})[0]["player_0"])
        return lights

    assert play(1) == play(1)
    assert play(1) != play(2)


def test_the_state_is_one_row():
    env = regretlab.make_parallel("toys/Signals-v0")
    env.reset(seed=0, options={"outcome": 3})
    assert np.array_equal(env.state(), [4.0, 0.0])
    assert env.state().dtype == np.float64


def test_a_saved_state_goes_on_the_same_way():
    env = regretlab.make_parallel("toys/Signals-v0", render_mode="ansi", seen="vector", horizon=30)

    def play(env, steps):
        lights = []
        for _ in range(steps):
            if not env.agents:
                env.reset()
            lights.append(env.step({"player_0": 1, "player_1": 0})[0]["player_0"][0])
        return lights

    env.reset(seed=4)
    play(env, 7)
    saved, picture = env.get_state(), env.render()
    ahead = play(env, 50)
    env.set_state(saved)
    assert env.render() == picture
    assert play(env, 50) == ahead


def test_a_deep_copy_goes_on_by_itself():
    env = regretlab.make_parallel("toys/Signals-v0", horizon=6)
    env.reset(seed=1)
    twin = copy.deepcopy(env)
    for _ in range(6):
        actions = dict.fromkeys(env.agents, 1)
        first, second = env.step(actions), twin.step(actions)
        assert first == second and env.agents == twin.agents
        if not env.agents:
            break


def test_a_window_shows_the_frame(monkeypatch):
    pygame = pytest.importorskip("pygame", reason="a window needs pygame (extra play)")
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = regretlab.make_parallel("IteratedGame-v0", render_mode="human")
    env.reset(seed=0)
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    painted = regretlab.make_parallel("IteratedGame-v0", render_mode="rgb_array")
    painted.reset(seed=0)
    assert np.array_equal(shown, painted.render())
    env.close()
    env.close()


def test_a_window_without_pygame_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pygame", None)
    with pytest.raises(ModuleNotFoundError, match=r"regretlab\[play\]"):
        regretlab.make_parallel("IteratedGame-v0", render_mode="human").reset()


# Bad input ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "error", "message"),
    [
        ({"player_0": 0}, ValueError, "actions must hold one action for each of player_0, player_1"),
        ({"player_0": 0, "player_2": 0}, ValueError, "actions must hold one action for each"),
        ({"player_0": 0, "player_1": 0, "player_2": 0}, ValueError, "actions must hold one action for each"),
        ({"player_0": 0, "player_1": 2}, ValueError, "action 2 of player 1 .* must be 0 to 1"),
        ({"player_0": -1, "player_1": 0}, ValueError, "action -1 of player 0 .* must be 0 to 2"),
        ({"player_0": 0, "player_1": 0.5}, TypeError, "0.5 .float. of player_1 .* an integer from 0 to 1"),
        ({"player_0": None, "player_1": 0}, TypeError, "None .NoneType. of player_0"),
        ({"player_0": True, "player_1": 0}, TypeError, "True .bool. of player_0"),
    ],
)
def test_wrong_actions(actions, error, message):
    env = regretlab.make_parallel("toys/Signals-v0")
    env.reset(seed=0)
    with pytest.raises(error, match=message):
        env.step(actions)


def test_step_needs_a_reset():
    with pytest.raises(RuntimeError, match="call reset"):
        regretlab.make_parallel("toys/Signals-v0").step({"player_0": 0, "player_1": 0})


def test_an_unknown_render_mode():
    with pytest.raises(ValueError, match=r"render_mode='svg' is not allowed"):
        regretlab.make_parallel("toys/Signals-v0", render_mode="svg")
