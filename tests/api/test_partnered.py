"""A game whose other seats are played by agents that learn."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import regretlab
from regretlab.baselines.agent import as_agent
from regretlab.baselines.learner import load
from regretlab.baselines.lockstep import Lockstep
from regretlab.envs.api.partnered import PartneredEnv
from regretlab.envs.core.registry import build


class Counter:
    """Plays its number of updates modulo its actions, and keeps what it was told."""

    def __init__(self, observation_space, action_space, seed):
        self.actions, self.seed, self.told = action_space.n, seed, []

    def act(self, obs):
        return len(self.told) % self.actions

    def update(self, *told):
        self.told.append(told)


def test_the_partner_acts_on_its_own_observation_and_learns_from_its_own_reward():
    env = PartneredEnv(build("IteratedGame-v0", game="chicken", horizon=2), {1: Counter})
    assert env.reset(seed=3)[0] == 0
    chicken = [[6, 2], [7, 0]]
    assert env.step(1)[:4] == (3, chicken[1][0], False, False)  # joint (1, 0) is observation 1 + 2
    assert env.step(0)[:4] == (2, chicken[0][1], False, True)
    assert env._agents[1].told == [(0, 0, 2.0, 3, False, False), (3, 1, 7.0, 2, False, True)]


def test_partners_go_on_learning_until_a_reset_with_a_seed():
    env = PartneredEnv(build("IteratedGame-v0", horizon=3), {1: Counter})
    env.reset(seed=0)
    agent = env._agents[1]
    for _ in range(3):
        env.step(0)
    env.reset()
    assert env._agents[1] is agent and len(agent.told) == 3
    env.reset(seed=0)
    assert env._agents[1] is not agent and env._agents[1].seed == agent.seed
    env.reset(seed=1)
    assert env._agents[1].seed != agent.seed


@pytest.mark.parametrize("player", [0, 1])
def test_the_numbers_are_those_of_a_lockstep_run(player):
    environment = build("IteratedGame-v0", game="stag-hunt", horizon=10, continuation=0.9)
    first, second = load("q_learning", epsilon=0.2), load("q_learning", epsilon=0.4)
    agents = [as_agent(learner, environment, seat) for seat, learner in enumerate((first, second))]
    run = Lockstep(environment, agents, lanes=1, seed=11, record=True)
    run.advance(40)
    env = PartneredEnv(environment, {1 - player: agents[1 - player]}, player)
    seen, _ = env.reset(seed=11)
    for step in range(40):
        assert seen == run.record.observations[step, 0, player]
        seen, reward, terminated, truncated, _ = env.step(run.record.actions[step, 0, player])
        assert reward == run.record.rewards[step, 0, player]
        assert seen == run.record.following[step, 0, player]
        if terminated or truncated:
            seen, _ = env.reset()


def test_gymnasium_accepts_it():
    check_env(PartneredEnv(build("IteratedGame-v0", horizon=5), {1: Counter}), skip_render_check=True)


def test_it_shows_the_game():
    env = PartneredEnv(build("IteratedGame-v0"), {1: Counter}, render_mode="rgb_array")
    env.reset(seed=0)
    env.step(1)
    frame = env.render()
    assert frame.dtype == np.uint8 and frame.ndim == 3
    env.close()


def test_the_package_takes_its_mode_and_limit():
    env = regretlab.as_single_agent(
        "IteratedGame-v0", {1: load("q_learning")}, render_mode="ansi", max_episode_steps=3, horizon=50
    )
    env.reset(seed=0)
    assert [env.step(0)[3] for _ in range(3)] == [False, False, True]
    assert isinstance(env.render(), str)
    with pytest.raises(TypeError, match="give them to make"):
        regretlab.as_single_agent("IteratedGame-v0", {1: np.tile([1.0, 0.0], (5, 1))}, max_episode_steps=3)


def test_after_the_end_and_before_the_start():
    env = PartneredEnv(build("IteratedGame-v0", horizon=1), {1: Counter})
    assert isinstance(env, gymnasium.Env)
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(0)
    env.reset(seed=0)
    env.step(0)
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(0)
    assert len(env._agents[1].told) == 1


@pytest.mark.parametrize(
    ("partners", "error", "message"),
    [
        ({}, ValueError, r"partners must be given for the players \[1\]"),
        (
            {1: "q_learning"},
            TypeError,
            r"partners\[1\]='q_learning' .* must be a class of agents",
        ),
    ],
)
def test_what_is_no_partner_is_refused(partners, error, message):
    with pytest.raises(error, match=message):
        PartneredEnv(build("IteratedGame-v0"), partners)
