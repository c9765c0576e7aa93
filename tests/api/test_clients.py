"""Real clients, not mocks: Stable-Baselines3 and TorchRL (extra ``clients``)."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

import regretlab

CLIENTS = 'needs the extra clients: python -m pip install ".[clients]"'


def _vector(id="toys/Signal-v0", lanes=5, **arguments):
    return regretlab.make_vec(id, lanes, AutoresetMode.SAME_STEP, **arguments)


@pytest.mark.parametrize("seen", ["integer", "vector", "image"])
def test_steps_equal_those_of_dummy_vec_env(seen):
    vec_env = pytest.importorskip("stable_baselines3.common.vec_env", reason=CLIENTS)
    makers = [lambda: regretlab.make("toys/Signal-v0", seen=seen, horizon=4)] * 5
    theirs, ours = vec_env.DummyVecEnv(makers), regretlab.to_sb3(_vector(seen=seen, horizon=4))
    assert (theirs.observation_space, theirs.action_space) == (ours.observation_space, ours.action_space)
    generator = np.random.default_rng(0)
    for seed in (5, None):
        for env in (theirs, ours):
            if seed is not None:
                assert env.seed(seed) == [5, 6, 7, 8, 9]
            env.set_options({"outcome": 1})
        assert np.array_equal(theirs.reset(), ours.reset())
        assert theirs.reset_infos == ours.reset_infos
        for _ in range(40):
            actions = generator.integers(0, 3, 5)
            (*expected, their_infos), (*returned, our_infos) = theirs.step(actions), ours.step(actions)
            for a, b in zip(expected, returned, strict=True):
                assert a.dtype == b.dtype
                assert np.array_equal(a, b)
            for their, our in zip(their_infos, our_infos, strict=True):
                assert np.array_equal(their.pop("terminal_observation", 0), our.pop("terminal_observation", 0))
                assert their == our
            assert theirs.reset_infos == ours.reset_infos


def test_what_stable_baselines_asks_of_a_lane():
    pytest.importorskip("stable_baselines3", reason=CLIENTS)
    from stable_baselines3.common.monitor import Monitor

    env = regretlab.to_sb3(_vector(masked=True, render_mode="rgb_array"))
    env.seed(0)
    lights = env.reset()
    masks = env.env_method("action_masks", indices=[1, 3])
    assert [mask.tolist() for mask in masks] == [[a != (lights[k] + 1) % 3 for a in range(3)] for k in (1, 3)]
    assert env.env_method("state", indices=2) == [{"light": lights[2], "steps": 0}]
    assert env.get_attr("render_mode", indices=0) == ["rgb_array"]
    assert env.get_attr("action_space") == [env.action_space] * 5
    assert env.env_is_wrapped(Monitor) == [False] * 5
    assert env.render().dtype == np.uint8
    assert not env.has_attr("colour")
    env.set_attr("colour", "red")
    assert env.get_attr("colour") == ["red"] * 5
    with pytest.raises(ValueError, match="indices=0 is not allowed"):
        env.set_attr("colour", "blue", indices=0)
    with pytest.raises(AttributeError, match="a lane has no method 'paint'; it has action_masks"):
        env.env_method("paint")
    env.set_options({"start": 1})
    with pytest.raises(ValueError, match="options has no 'start'"):
        env.reset()
    env.close()


ONE_PLAYER = [row.id for row in regretlab.catalog() if row.players == "one" and row.id.startswith("regretlab/")]


@pytest.mark.parametrize("id", ONE_PLAYER)
def test_ppo_steps_every_environment_of_one_player(id):
    """A learner of Stable-Baselines3 plays and learns from 64 steps of each, and its policy takes every observation."""
    ppo = pytest.importorskip("stable_baselines3", reason=CLIENTS).PPO
    torch = pytest.importorskip("torch", reason=CLIENTS)
    torch.set_num_threads(1)
    env = regretlab.to_sb3(_vector(id, lanes=2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries, about devices and batch sizes
        agent = ppo("MlpPolicy", env, n_steps=16, batch_size=16, n_epochs=1, seed=0, device="cpu").learn(64)
    actions, _ = agent.predict(env.reset())
    assert agent.num_timesteps == 64 and all(env.action_space.contains(action) for action in actions)
    env.close()


def test_other_autoreset_modes_are_refused():
    pytest.importorskip("stable_baselines3", reason=CLIENTS)
    with pytest.raises(ValueError, match=r"autoreset mode 'NextStep': make .* autoreset_mode='SameStep'"):
        regretlab.to_sb3(regretlab.make_vec("toys/Signal-v0", 2))


def test_a_missing_stable_baselines_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    monkeypatch.setitem(sys.modules, "stable_baselines3.common.vec_env", None)
    monkeypatch.delitem(sys.modules, "regretlab.envs.api.sb3_vec_env", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"to_sb3 needs stable_baselines3.*regretlab\[clients\]"):
        regretlab.to_sb3(_vector())


def test_ppo_learns_the_optimal_policy_of_riverswim():
    """With three places, always right has the gain 0.4468; of the other seven policies none has more than 0.005."""
    stable_baselines3 = pytest.importorskip("stable_baselines3", reason=CLIENTS)
    env = regretlab.to_sb3(_vector("RiverSwim-v0", 16, states=3, max_episode_steps=32))
    learner = stable_baselines3.PPO(
        "MlpPolicy", env, n_steps=32, batch_size=256, learning_rate=3e-3, gamma=0.95, seed=0, device="cpu",
        policy_kwargs={"net_arch": [16]},
    )  # fmt: skip
    learner.learn(16 * 32 * 12)
    assert learner.predict(np.arange(3), deterministic=True)[0].tolist() == [1, 1, 1]


def test_torchrl_steps_the_single_environment():
    torchrl_envs = pytest.importorskip("torchrl.envs", reason=CLIENTS)
    env = torchrl_envs.GymWrapper(regretlab.make("toys/Signal-v0", seen="vector", horizon=9))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchRL's own
        torchrl_envs.check_env_specs(env)
    data = env.rollout(50, break_when_any_done=False)
    assert data.batch_size == (50,)
    assert data["next", "truncated"].any()


def test_torchrl_steps_and_resets_the_vector_environment():
    torchrl_envs = pytest.importorskip("torchrl.envs", reason=CLIENTS)
    vector = regretlab.make_vec("toys/Signal-v0", 4, AutoresetMode.DISABLED, horizon=3)
    env = torchrl_envs.GymWrapper(vector)
    data = env.rollout(20, break_when_any_done=False)
    assert data.batch_size == (4, 20)
    ended = data["next", "done"][..., 0]
    clock = [[0] for _ in range(4)]
    for lane in range(4):
        for done in ended[lane, :-1].tolist():
            clock[lane].append(0 if done else clock[lane][-1] + 1)
    assert max(map(max, clock)) == 2  # resets by mask: no episode is longer than its three steps
    assert ended.any(1).all()
