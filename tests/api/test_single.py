"""The Gymnasium environment for one player."""

from __future__ import annotations

import copy
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import HumanRendering, RenderCollection, TimeLimit

import regretlab
from regretlab.envs.api.conformance import GYMNASIUM_IGNORED

TOYS = [
    ("toys/Signal-v0", {"seen": seen, "masked": masked}) for seen in ("integer", "vector", "image") for masked in (0, 1)
]
TASKS = [
    *((id, {**knobs, "masked": bool(knobs["masked"])}) for id, knobs in TOYS),
    ("TMazePassive-v0", {"length": 4}),
    ("TMazePassive-v0", {"random_length": True}),
    ("RiverSwim-v0", {}),
    ("HermiteEta-v0", {"decisions": 3}),
    ("PartnerGame-v0", {}),
]


def _legal(env, info, generator):
    mask = info.get("action_mask", np.ones(env.action_space.n, np.int8))
    return int(generator.choice(np.flatnonzero(mask)))


def _play(env, steps, seed):
    """Return all that ``steps`` random steps return, the resets too."""
    generator = np.random.default_rng(seed)
    observation, info = env.reset(seed=seed)
    heard = [(observation, info)]
    for _ in range(steps):
        heard.append(env.step(_legal(env, heard[-1][-1], generator)))
        if heard[-1][2] or heard[-1][3]:
            heard.append(env.reset())
    return heard


def _same(first, second):
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(_same(first[key], second[key]) for key in first)
    if isinstance(first, (tuple, list)):
        return len(first) == len(second) and all(map(_same, first, second))
    return type(first) is type(second) and np.array_equal(first, second)


@pytest.mark.parametrize(("id", "knobs"), [task for task in TASKS if not task[1].get("masked")])
def test_check_env_has_nothing_to_say(id, knobs):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(regretlab.make(id, **knobs))
    messages = [str(warning.message) for warning in caught]
    assert [message for message in messages if not any(known in message for known in GYMNASIUM_IGNORED)] == []


@pytest.mark.parametrize(("id", "knobs"), TASKS)
def test_equals_a_lane_of_a_batch(id, knobs):
    env = regretlab.make(id, **knobs)
    batch = regretlab.make_batch(id, 3, autoreset="same_step", **knobs)
    observations = batch.reset(40).copy()
    generator = np.random.default_rng(1)
    seen, info = env.reset(seed=42)
    for _ in range(60):
        assert np.array_equal(seen, observations[2, 0])
        assert {name: value for name, value in info.items() if name != "action_mask"} == {
            name: values[2] for name, values in batch.info().items()
        }
        actions = [generator.choice(np.flatnonzero(mask)) for mask in batch.legal()[:, 0]]
        seen, reward, terminated, truncated, info = env.step(actions[2])
        batch.step(np.array(actions))
        observations = batch.observation.copy()
        assert (reward, terminated, truncated) == (batch.reward[2, 0], batch.terminated[2], batch.truncated[2])
        if terminated or truncated:
            assert np.array_equal(seen, batch.final_observation[2, 0])
            seen, info = env.reset()


def test_types_are_those_that_clients_expect():
    env = regretlab.make("toys/Signal-v0", masked=True)
    seen, info = env.reset(seed=0)
    assert type(seen) is np.int64
    assert info["action_mask"].dtype == np.int8
    assert np.array_equal(info["action_mask"], env.action_masks())
    action = np.flatnonzero(env.action_masks())[0]
    seen, reward, terminated, truncated, info = env.step(action)
    assert [type(each) for each in (seen, reward, terminated, truncated)] == [np.int64, float, bool, bool]
    assert {name: type(value) for name, value in info.items()} == {
        "light": float,
        "steps": float,
        "action_mask": np.ndarray,
    }


def test_the_mask_is_that_of_the_toy():
    env = regretlab.make("toys/Signal-v0", masked=True)
    for seed in range(10):
        light, info = env.reset(seed=seed)
        assert info["action_mask"].tolist() == [int(action != (light + 1) % 3) for action in range(3)]


def test_equal_seeds_agree_and_others_do_not():
    runs = [_play(regretlab.make("toys/Signal-v0", seen="vector"), 500, seed) for seed in (3, 3, 4)]
    assert _same(runs[0], runs[1])
    assert not _same(runs[0], runs[2])


def test_resets_without_a_seed_vary_and_go_on():
    env = regretlab.make("toys/Signal-v0")
    env.reset(seed=9)
    first = [env.reset()[0] for _ in range(30)]
    env.reset(seed=9)
    assert first == [env.reset()[0] for _ in range(30)]
    assert len(set(first)) == 4  # all four lights: 30 draws miss one with probability 4 * 0.75**30 < 8e-4
    fresh = [[env.reset()[0] for _ in range(30)] for env in (regretlab.make("toys/Signal-v0") for _ in range(2))]
    assert fresh[0] != fresh[1]


def test_the_seed_of_a_first_reset_without_one_is_known():
    env = regretlab.make("toys/Signal-v0")
    first = [env.reset()[0] for _ in range(20)]
    seed = env.np_random_seed
    assert first == [env.reset(seed=seed)[0], *(env.reset()[0] for _ in range(19))]


def test_a_start_can_be_chosen():
    env = regretlab.make("toys/Signal-v0")
    options = {"outcome": 2}
    assert {env.reset(seed=seed, options=options)[0] for seed in range(20)} == {3}
    assert options == {"outcome": 2}
    maze = regretlab.make("TMazePassive-v0", random_length=True, length=6)
    maze.reset(seed=0, options={"outcome": [1, 3]})
    assert (maze.state()["cue"], maze.state()["junction"]) == (1, 5)


@pytest.mark.parametrize("seen", ["vector", "image"])
def test_what_is_returned_is_a_copy(seen):
    env = regretlab.make("toys/Signal-v0", seen=seen)
    observation, _ = env.reset(seed=0)
    kept = observation.copy()
    state = env.state()
    for _ in range(20):
        if env.step(0)[2]:
            env.reset()
    assert np.array_equal(observation, kept)
    state["light"] += 7
    assert env.state()["light"] <= 4


def test_a_saved_state_goes_on_the_same_way():
    env = regretlab.make("toys/Signal-v0", horizon=6, render_mode="ansi")
    env.reset(seed=1)
    while env.step(1)[2]:
        env.reset()
    saved = env.get_state()
    picture = env.render()

    def go_on(env):
        heard = []
        for _ in range(30):
            heard.append(env.step(0))
            if heard[-1][2] or heard[-1][3]:
                heard.append(env.reset())
        return heard

    first = go_on(env)
    other = regretlab.make("toys/Signal-v0", horizon=6, render_mode="ansi")
    for again in (env, other):
        again.set_state(saved)
        assert again.render() == picture
        assert _same(go_on(again), first)


@pytest.mark.parametrize(("id", "knobs"), TASKS)
def test_a_deep_copy_is_independent(id, knobs):
    env = regretlab.make(id, max_episode_steps=7, **knobs)
    _play(env, 3, 1)
    twin = copy.deepcopy(env)
    clock = env.batch.clock[0]
    heard = _play(twin, 20, 2)
    assert env.batch.clock[0] == clock
    assert _same(_play(env, 20, 2), heard)
    # Without a new seed too, from the middle of an episode.
    again = copy.deepcopy(env)
    for each in (env, again):
        each.reset(options={})
    action = int(np.flatnonzero(env.action_masks())[0])
    assert _same(env.step(action), again.step(action))


def test_an_image_follows_every_step():
    """The toy paints its light and its clock; the picture of a step is never that of the step before."""
    env = regretlab.make("toys/Signal-v0", seen="image")
    env.reset(seed=0)
    for _ in range(20):
        seen, *_, terminated, _, _ = env.step(0)
        assert np.array_equal(seen, env.batch.observe()[0, 0])
        assert np.array_equal(seen, env.batch.observation[0, 0])
        if terminated:
            env.reset()


# Time limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 3, 8])
@pytest.mark.parametrize("horizon", [0, 5])
def test_the_limit_equals_the_wrappers(limit, horizon):
    """Shorter and longer than the task's own horizon; also where an episode terminates at the limit by itself."""
    native = regretlab.make("toys/Signal-v0", horizon=horizon, max_episode_steps=limit)
    wrapped = gymnasium.make("toys/Signal-v0", horizon=horizon, max_episode_steps=limit)
    bare = TimeLimit(regretlab.make("toys/Signal-v0"), limit)
    heard = _play(native, 400, 5)
    assert _same(_play(wrapped, 400, 5), heard)
    assert _same(_play(bare, 400, 5), heard)
    ends = {each[2:4] for each in heard if len(each) == 5}
    assert (True, True) in ends or limit == 8
    assert (False, True) in ends


def test_the_horizon_of_the_knobs_is_obeyed_by_gymnasium():
    for horizon in (3, 30):
        env = gymnasium.make("toys/Signal-v0", horizon=horizon)
        assert _same(_play(env, 300, 2), _play(regretlab.make("toys/Signal-v0", horizon=horizon), 300, 2))
        assert "TimeLimit" not in str(env)


def test_gymnasium_can_lift_the_limit():
    env = gymnasium.make("toys/Signal-v0", horizon=2, max_episode_steps=-1)
    heard = _play(env, 300, 2)
    assert not any(each[3] for each in heard if len(each) == 5)


@pytest.mark.parametrize("make", [gymnasium.make, regretlab.make])
def test_minus_one_lifts_the_limit_everywhere(make):
    env = make("toys/Signal-v0", horizon=2, max_episode_steps=-1)
    many = regretlab.make_vec("toys/Signal-v0", 1, horizon=2, max_episode_steps=-1)
    batch = regretlab.make_batch("toys/Signal-v0", 1, horizon=2, max_episode_steps=-1)
    heard = _play(env, 100, 2)
    assert not any(each[3] for each in heard if len(each) == 5)
    assert many.batch.max_episode_steps is batch.max_episode_steps is None
    if make is regretlab.make:
        assert _same(_play(gymnasium.make(env.spec), 100, 2), heard)


def test_gymnasiums_synchronous_vector_obeys_the_limit():
    arguments = {"horizon": 2, "max_episode_steps": 4}
    synchronous = gymnasium.make_vec("toys/Signal-v0", 5, vectorization_mode="sync", **arguments)
    native = gymnasium.make_vec("toys/Signal-v0", 5, vectorization_mode="vector_entry_point", **arguments)
    for env in (synchronous, native):
        env.reset(seed=0)
    for _ in range(40):
        first, second = (env.step(np.zeros(5, np.int64)) for env in (synchronous, native))
        assert all(np.array_equal(a, b) for a, b in zip(first[:4], second[:4], strict=True))


# Pictures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("id", "knobs"), TASKS)
def test_pictures_of_every_step(id, knobs):
    generator = np.random.default_rng(0)
    for mode in ("ansi", "rgb_array"):
        env = regretlab.make(id, render_mode=mode, **knobs)
        _, info = env.reset(seed=0)
        pictures = [env.render()]
        for _ in range(2):
            *_, info = env.step(_legal(env, info, generator))
            pictures.append(env.render())
        if mode == "ansi":
            assert all(isinstance(picture, str) and picture for picture in pictures)
            assert len(set(pictures)) == 3
        else:
            assert all((picture.dtype, picture.ndim, picture.shape[2]) == (np.uint8, 3, 3) for picture in pictures)
            assert not np.array_equal(pictures[0], pictures[1])


def test_the_plain_picture_says_what_happened():
    env = regretlab.make("toys/Signal-v0", render_mode="ansi")
    env.reset(seed=0, options={"outcome": 1})
    assert env.render().splitlines() == [
        "step: 0",
        "action: none yet",
        "reward: 0",
        "total: 0",
        "light: 2",
        "steps: 0",
    ]
    env.step(2)
    assert env.render().splitlines()[:4] == ["step: 1", "action: 2", "reward: 1", "total: 1"]
    env.step((env.state()["light"] + 1) % 3)
    assert env.render().splitlines()[:4] == ["step: 2", f"action: {env._action[0, 0]}", "reward: -0.5", "total: 0.5"]


def test_list_and_human_modes_are_gymnasiums():
    frames = regretlab.make("TMazePassive-v0", render_mode="rgb_array_list")
    assert isinstance(frames, RenderCollection)
    frames.reset(seed=0)
    frames.step(1)
    assert len(frames.render()) == 2
    pytest.importorskip("pygame", reason="a window needs pygame (extra play)")
    assert isinstance(regretlab.make("TMazePassive-v0", render_mode="human"), HumanRendering)


# Bad input ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [-1, 3, 2**62])
def test_an_action_out_of_range(action):
    env = regretlab.make("toys/Signal-v0")
    env.reset(seed=0)
    with pytest.raises(ValueError, match=rf"action {action} of player 0 .* must be 0 to 2"):
        env.step(action)


@pytest.mark.parametrize("action", [1.0, np.float32(1), "1", None, [1], 2**70, True])
def test_an_action_of_another_type(action):
    env = regretlab.make("toys/Signal-v0")
    env.reset(seed=0)
    with pytest.raises(TypeError, match=r"action=.* must be an integer from 0 to 2"):
        env.step(action)


def test_an_illegal_action_names_the_legal_ones():
    env = regretlab.make("toys/Signal-v0", masked=True)
    env.reset(options={"outcome": 0})
    with pytest.raises(ValueError, match=r"action 2 .* must be one of \[0, 1\]"):
        env.step(2)
    assert env.batch.clock[0] == 0  # nothing has moved


def test_step_needs_a_reset():
    env = regretlab.make("toys/Signal-v0", horizon=1)
    with pytest.raises(RuntimeError, match="call reset before step"):
        env.step(0)
    env.reset()
    env.step(0)
    with pytest.raises(RuntimeError, match="the episode is over"):
        env.step(0)


def test_an_unknown_option():
    env = regretlab.make("toys/Signal-v0")
    with pytest.raises(ValueError, match="options has no 'start': the keys of a reset are 'outcome'"):
        env.reset(options={"start": 0})


@pytest.mark.parametrize(
    ("outcome", "error"), [(4, ValueError), (-2, ValueError), (1.0, TypeError), ([0, 0], ValueError)]
)
def test_a_start_that_cannot_happen(outcome, error):
    with pytest.raises(error, match="outcome"):
        regretlab.make("toys/Signal-v0").reset(options={"outcome": outcome})


def test_an_unknown_render_mode():
    for make in (regretlab.make, lambda *args, **kwargs: regretlab.make_vec(args[0], 1, **kwargs)):
        with pytest.raises(ValueError, match=r"render_mode='svg' is not allowed: .*'rgb_array'"):
            make("TMazePassive-v0", render_mode="svg")
